//! Making, changing and deleting user groups (GRP-1, TEN-1).

use domain::error::{Error, Field, Problem, Result};
use domain::flows::group_edit::{self, GROUPS_MAX, NewGroup};
use domain::flows::{groups as joining, late_entries};
use domain::store::groups;
use domain::view::{BuiltinGroup, GroupDetails, Permission, PersonLoss};
use tokio::task::JoinSet;

use crate::support::groups::{crowd, foreign, groups_said, make};
use crate::support::guests::{at_acme, group_of_acme, of_acme};
use crate::support::{SignedIn, Stage, both};

const PLAIN: NewGroup<'_> = NewGroup { name: "Sales", description: "", open: false, permissions: &[] };

async fn olivia(stage: &Stage) -> SignedIn {
    of_acme(stage, "olivia", BuiltinGroup::FullAccess).await
}

async fn create(stage: &Stage, by: &SignedIn, new: NewGroup<'_>) -> Result<String> {
    group_edit::create(stage, &at_acme(stage, by).await, &new).await
}

async fn save(stage: &Stage, by: &SignedIn, id: &str, new: NewGroup<'_>) -> Result<()> {
    let member = at_acme(stage, by).await;
    let seen = group_edit::one(stage, &member, id).await.map(|shown| group_edit::version(stage, &shown));
    group_edit::save(stage, &member, id, &seen.unwrap_or_default(), &new).await
}

async fn delete(stage: &Stage, by: &SignedIn, id: &str) -> Result<()> {
    group_edit::delete(stage, &at_acme(stage, by).await, id).await
}

async fn one(stage: &Stage, by: &SignedIn, id: &str) -> Result<GroupDetails> {
    group_edit::one(stage, &at_acme(stage, by).await, id).await
}

fn at_name(problem: Problem) -> Error {
    Error::at(Field::GroupName, problem)
}

/// What each door says to somebody who asks for a group by this id.
async fn at_each_door(stage: &Stage, by: &SignedIn, id: &str) -> Vec<Result<()>> {
    let member = at_acme(stage, by).await;
    vec![
        group_edit::save(stage, &member, id, "", &PLAIN).await,
        group_edit::delete(stage, &member, id).await,
        group_edit::losses(stage, &member, id).await.map(|_| ()),
        group_edit::add_member(stage, &member, id, "max@acme.example").await,
        group_edit::remove_member(stage, &member, id, by.actor.user_id()).await,
    ]
}

both! {
    async fn a_group_is_made_changed_and_deleted(stage: Stage) {
        let olivia = olivia(&stage).await;
        let new = NewGroup {
            name: " Sales ",
            description: " Sells. ",
            open: true,
            permissions: &[Permission::UsersEdit, Permission::UsersView, Permission::UsersEdit],
        };
        let id = create(&stage, &olivia, new).await.expect("a free name");
        let made = GroupDetails {
            id: id.clone(),
            builtin: None,
            name: "Sales".into(),
            description: "Sells.".into(),
            permissions: vec![Permission::UsersView, Permission::UsersEdit],
            open: true,
            members: 0,
            lacks: None,
        };
        assert_eq!(one(&stage, &olivia, &id).await, Ok(made.clone()));
        let listed = group_edit::list(&stage, &at_acme(&stage, &olivia).await).await.expect("a read");
        let names: Vec<_> = listed.iter().map(|group| (group.name.as_str(), group.members)).collect();
        assert_eq!(names, [("Full access", 1), ("Management", 0), ("User", 1), ("Guest", 0), ("Sales", 0)]);
        assert_eq!(listed[4], made);
        let changed = NewGroup { name: "sales", description: "", open: false, permissions: &[Permission::GroupsView] };
        for _ in 0..2 {
            assert_eq!(save(&stage, &olivia, &id, changed).await, Ok(()), "its own name is free to it");
        }
        let after = one(&stage, &olivia, &id).await.expect("a read");
        assert_eq!((after.name.as_str(), after.description.as_str(), after.open), ("sales", "", false));
        assert_eq!(after.permissions, [Permission::GroupsView]);
        assert_eq!(delete(&stage, &olivia, &id).await, Ok(()));
        assert_eq!(one(&stage, &olivia, &id).await, Err(Error::NotFound));
        assert_eq!(delete(&stage, &olivia, &id).await, Err(Error::NotFound));
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenant_activity").await, 3, "what stays as it is is no change");
    }

    async fn a_name_is_nobody_elses_and_looks_like_nobody_elses(stage: Stage) {
        let olivia = olivia(&stage).await;
        make(&stage, &olivia, "Sales", false, &[]).await;
        let other = make(&stage, &olivia, "Other", false, &[]).await;
        let (long, longer) = ("x".repeat(200), "x".repeat(501));
        for (name, problem) in [
            ("", Problem::Empty),
            (" \t", Problem::Empty),
            (long.as_str(), Problem::TooLong { max: 100 }),
            ("Sales\u{202E}", Problem::ForbiddenCharacters),
            ("Sa\u{200B}les", Problem::ForbiddenCharacters),
            ("Sales", Problem::Taken),
            (" SALES ", Problem::Taken),
            ("\u{ff33}ales", Problem::Taken),
            ("Full \u{a0}access", Problem::Taken),
            ("Vollzugriff", Problem::Taken),
            ("gast", Problem::Taken),
            ("\u{3164}", Problem::ForbiddenCharacters),
            ("Full access\u{fe00}", Problem::ForbiddenCharacters),
            ("Full access\u{fe0f}", Problem::Taken),
            ("Full \u{430}ccess", Problem::LooksTaken),
            ("\u{41c}anagement", Problem::LooksTaken),
            ("S\u{430}les", Problem::LooksTaken),
        ] {
            // Nobody's limit of tries is in the way.
            stage.clock.advance(5_000);
            let new = NewGroup { name, ..PLAIN };
            assert_eq!(create(&stage, &olivia, new).await, Err(at_name(problem)), "{name:?}");
            assert_eq!(save(&stage, &olivia, &other, new).await, Err(at_name(problem)), "{name:?}");
        }
        let both = NewGroup { name: "", description: &longer, ..PLAIN };
        let problems = vec![
            (Field::GroupName, Problem::Empty),
            (Field::Description, Problem::TooLong { max: 500 }),
        ];
        assert_eq!(create(&stage, &olivia, both).await, Err(Error::Invalid(problems)));
        assert_eq!(stage.number("SELECT COUNT(*) FROM groups").await, 6);
        assert_eq!(one(&stage, &olivia, &other).await.expect("a read").name, "Other");
        assert!(create(&stage, &olivia, NewGroup { name: "Sales 2", ..PLAIN }).await.is_ok());
    }

    async fn of_two_who_edit_the_second_sees_the_page_again(stage: Stage) {
        let (ben, eve) = (olivia(&stage).await, of_acme(&stage, "eve", BuiltinGroup::FullAccess).await);
        let id = make(&stage, &ben, "Helpdesk", false, &[Permission::UsersView, Permission::UsersEdit]).await;
        let (ben, eve) = (at_acme(&stage, &ben).await, at_acme(&stage, &eve).await);
        let shown = group_edit::one(&stage, &eve, &id).await.expect("a group");
        let seen = group_edit::version(&stage, &shown);
        let fewer = NewGroup { name: "Helpdesk", permissions: &[Permission::UsersView], ..PLAIN };
        assert_eq!(group_edit::save(&stage, &ben, &id, &seen, &fewer).await, Ok(()));
        let stale = NewGroup { description: "Helps.", permissions: &shown.permissions, ..fewer };
        for seen in [seen.as_str(), ""] {
            assert_eq!(group_edit::save(&stage, &eve, &id, seen, &stale).await, Err(Error::EditedMeanwhile));
        }
        let now = group_edit::one(&stage, &eve, &id).await.expect("a group");
        assert_eq!((now.permissions.as_slice(), now.description.as_str()), (&[Permission::UsersView][..], ""));
        let again = NewGroup { description: "Helps.", ..fewer };
        assert_eq!(group_edit::save(&stage, &eve, &id, &group_edit::version(&stage, &now), &again).await, Ok(()));
    }

    async fn what_is_of_no_use_without_another_permission_brings_it_along(stage: Stage) {
        let olivia = olivia(&stage).await;
        let id = make(&stage, &olivia, "Editors", false, &[Permission::UsersEdit, Permission::GroupsEdit]).await;
        use Permission as P;
        let all = [P::UsersView, P::UsersEdit, P::GroupsView, P::GroupsEdit];
        assert_eq!(one(&stage, &olivia, &id).await.expect("a group").permissions, all);
        assert_eq!(save(&stage, &olivia, &id, NewGroup { permissions: &[P::UsersEdit], ..PLAIN }).await, Ok(()));
        assert_eq!(one(&stage, &olivia, &id).await.expect("a group").permissions, [P::UsersView, P::UsersEdit]);
    }

    async fn there_is_an_end_to_how_many_a_client_has(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (acme, member) = (stage.tenant("Acme Ltd", "acme").await.id, at_acme(&stage, &olivia).await);
        let mut tx = stage.db.begin().await.expect("a transaction");
        for n in 5..GROUPS_MAX {
            let (id, name) = (format!("many{n}"), format!("Many {n}"));
            let (description, permissions) = ("", "");
            let (tenant_id, builtin, open_to_join) = (acme.as_str(), None, false);
            let row =
                groups::NewGroup { tenant_id, id: &id, builtin, name: &name, description, permissions, open_to_join };
            groups::insert(&mut tx, &row, 0).await.expect("a free name");
        }
        tx.commit().await.expect("committed");
        let mut all = JoinSet::new();
        for n in 1..=10 {
            let (stage, member) = (stage.clone(), member.clone());
            all.spawn(async move {
                let name = "x".repeat(n);
                group_edit::create(&stage, &member, &NewGroup { name: &name, ..PLAIN }).await.map(|_| ())
            });
        }
        let outcomes = all.join_all().await;
        let full = Err(at_name(Problem::TooManyGroups { max: GROUPS_MAX }));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == full).count(), 9, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM groups").await, i64::from(GROUPS_MAX));
    }

    async fn changes_count_for_whoever_makes_them(stage: Stage) {
        let (olivia, eve) = (olivia(&stage).await, of_acme(&stage, "eve", BuiltinGroup::FullAccess).await);
        let id = make(&stage, &olivia, "Sales", true, &[]).await;
        let member = at_acme(&stage, &olivia).await;
        for n in 0..14 {
            assert_eq!(joining::join(&stage, &member, &id).await, Ok(()), "{n}");
            assert_eq!(joining::leave(&stage, &member, &id).await, Ok(()), "{n}");
        }
        assert_eq!(joining::join(&stage, &member, &id).await, Ok(()), "the thirtieth");
        for door in at_each_door(&stage, &olivia, &id).await.into_iter().enumerate() {
            let (n, answer) = door;
            assert_eq!(matches!(answer, Err(Error::TooMany { .. })), n != 2, "{n}: {answer:?}");
        }
        assert!(matches!(joining::leave(&stage, &member, &id).await, Err(Error::TooMany { .. })));
        let colleague = at_acme(&stage, &eve).await;
        assert_eq!(colleague.actor().visitor().place(), member.actor().visitor().place());
        assert_eq!(joining::join(&stage, &colleague, &id).await, Ok(()), "from the same place");
    }

    async fn nobody_gives_or_takes_rights_above_their_own(stage: Stage) {
        let olivia = olivia(&stage).await;
        let editors = make(&stage, &olivia, "Editors", false, &[Permission::GroupsView, Permission::GroupsEdit]).await;
        let above = make(&stage, &olivia, "Above", false, &[Permission::GroupsView, Permission::UsersView]).await;
        let eve = of_acme(&stage, "eve", BuiltinGroup::User).await;
        of_acme(&stage, "max", BuiltinGroup::User).await;
        let member = at_acme(&stage, &olivia).await;
        group_edit::add_member(&stage, &member, &editors, &eve.email).await.expect("added");
        let refusal = Error::NotPermitted(Permission::UsersView);
        assert_eq!(one(&stage, &eve, &above).await.expect("a read").lacks, Some(Permission::UsersView));
        let mut expected = vec![Err(refusal.clone()); 5];
        expected[2] = Ok(());
        assert_eq!(at_each_door(&stage, &eve, &above).await, expected, "looking at what would be lost changes nothing");
        let full = group_of_acme(&stage, BuiltinGroup::FullAccess).await;
        let member = at_acme(&stage, &eve).await;
        assert_eq!(group_edit::add_member(&stage, &member, &full, &eve.email).await, Err(refusal.clone()));
        let more = [Permission::GroupsView, Permission::UsersView];
        let new = NewGroup { name: "New", permissions: &more, ..PLAIN };
        assert_eq!(create(&stage, &eve, new).await, Err(refusal.clone()));
        assert_eq!(save(&stage, &eve, &editors, new).await, Err(refusal), "nor to one's own group");
        let own = NewGroup { name: "New", permissions: &[Permission::GroupsJoin], ..PLAIN };
        assert!(create(&stage, &eve, own).await.is_ok(), "what one has one may give");
        assert_eq!(stage.number("SELECT COUNT(*) FROM group_members").await, 5);
    }

    async fn the_four_stay_as_they_are(stage: Stage) {
        let olivia = olivia(&stage).await;
        let member = at_acme(&stage, &olivia).await;
        for builtin in BuiltinGroup::ALL {
            let id = group_of_acme(&stage, builtin).await;
            let refusal = at_name(Problem::Builtin);
            assert_eq!(save(&stage, &olivia, &id, PLAIN).await, Err(refusal.clone()), "{builtin:?}");
            assert_eq!(delete(&stage, &olivia, &id).await, Err(refusal.clone()), "{builtin:?}");
            assert_eq!(group_edit::losses(&stage, &member, &id).await, Err(refusal), "{builtin:?}");
        }
        let listed = group_edit::list(&stage, &member).await.expect("a read");
        assert_eq!(listed.iter().filter_map(|group| group.builtin).collect::<Vec<_>>(), BuiltinGroup::ALL);
    }

    async fn what_is_foreign_and_what_is_not_there_look_alike(stage: Stage) {
        let olivia = olivia(&stage).await;
        let elsewhere = foreign(&stage).await;
        for id in [elsewhere.as_str(), "nothing", "", "*"] {
            assert_eq!(at_each_door(&stage, &olivia, id).await, vec![Err(Error::NotFound); 5], "{id}");
            assert_eq!(one(&stage, &olivia, id).await, Err(Error::NotFound), "{id}");
            let members = group_edit::members(&stage, &at_acme(&stage, &olivia).await, id, None).await;
            assert_eq!(members, Err(Error::NotFound), "{id}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM groups WHERE name = 'Runners'").await, 1);
    }

    async fn without_the_permission_nothing_is_changed(stage: Stage) {
        let olivia = olivia(&stage).await;
        let group = make(&stage, &olivia, "Sales", false, &[]).await;
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        let refusal = Error::NotPermitted(Permission::GroupsEdit);
        assert_eq!(create(&stage, &max, NewGroup { name: "", ..PLAIN }).await, Err(refusal.clone()));
        for id in [group.as_str(), "nothing"] {
            assert_eq!(at_each_door(&stage, &max, id).await, vec![Err(refusal.clone()); 5]);
        }
        assert_eq!(one(&stage, &max, &group).await.expect("a read").lacks, Some(Permission::GroupsEdit));
        let una = of_acme(&stage, "una", BuiltinGroup::User).await;
        let members = group_edit::members(&stage, &at_acme(&stage, &una).await, &group, None).await;
        assert_eq!(members, Err(Error::NotPermitted(Permission::UsersView)));
        let sentence = "For this you need the permission “Edit user groups”. \
                        People in the user group Full access can give it to you.";
        assert_eq!(refusal.sentence(domain::Language::En).as_deref(), Some(sentence));
        assert_eq!((refusal.status(), Error::LastFullAccess.status()), (403, 409));
    }

    async fn who_loses_what_is_said_before_and_told_after(stage: Stage) {
        let olivia = olivia(&stage).await;
        let permissions = [Permission::GroupsView, Permission::ActivityView];
        let group = make(&stage, &olivia, "Viewers", false, &permissions).await;
        let max = of_acme(&stage, "max", BuiltinGroup::User).await;
        let una = of_acme(&stage, "una", BuiltinGroup::Management).await;
        for who in [&max, &una, &olivia] {
            stage.clock.advance(1_000);
            let member = at_acme(&stage, &olivia).await;
            group_edit::add_member(&stage, &member, &group, &who.email).await.expect("added");
        }
        let losses = group_edit::losses(&stage, &at_acme(&stage, &olivia).await, &group).await.expect("a read");
        let loss = |loss: &PersonLoss| (loss.person.email.clone(), loss.loses.clone());
        let expected = [
            (olivia.email.clone(), vec![]),
            (una.email.clone(), vec![]),
            (max.email.clone(), vec![Permission::ActivityView]),
        ];
        assert_eq!(losses.people.iter().map(loss).collect::<Vec<_>>(), expected);
        assert_eq!((losses.invitations, losses.group.members), (0, 3));
        assert!(at_acme(&stage, &max).await.may(Permission::ActivityView));
        delete(&stage, &olivia, &group).await.expect("deleted");
        assert!(!at_acme(&stage, &max).await.may(Permission::ActivityView), "at the next request");
        let taken = "Taken out of a user group | Viewers | Olivia Okafor";
        let added = "Put into a user group | Viewers | Olivia Okafor";
        for who in [&max, &una] {
            assert_eq!(groups_said(&stage, who).await, [taken, added]);
        }
        let own = ["Taken out of a user group | Viewers | ", "Put into a user group | Viewers | "];
        assert_eq!(groups_said(&stage, &olivia).await, own);
    }

    async fn a_crowd_reads_of_it_once_each(stage: Stage) {
        let olivia = olivia(&stage).await;
        let group = make(&stage, &olivia, "Crowd", false, &[]).await;
        crowd(&stage, &group, 120).await;
        delete(&stage, &olivia, &group).await.expect("deleted");
        let waiting = "SELECT COUNT(*) FROM late_entries";
        let written = "SELECT COUNT(*) FROM activity WHERE kind = 'group_taken'";
        assert_eq!((stage.number(waiting).await, stage.number(written).await), (120, 0));
        late_entries::write_due(&stage).await.expect("written");
        assert_eq!((stage.number(waiting).await, stage.number(written).await), (20, 100));
        let other = stage.again().await;
        let (here, there) = tokio::join!(late_entries::write_due(&stage), late_entries::write_due(&other));
        assert_eq!((here, there), (Ok(()), Ok(())));
        assert_eq!((stage.number(waiting).await, stage.number(written).await), (0, 120));
    }
}
