//! Who changes what they have seen, and nothing that somebody else has made of it meanwhile.

use domain::actor::Member;
use domain::error::{Error, Result};
use domain::flows::client::{self, Edit};
use domain::flows::group_edit::{self, NewGroup};
use domain::flows::{look, personal};
use domain::text::Language;
use domain::view::{BuiltinGroup, GroupDetails, Permission};
use tokio::task::JoinSet;

use crate::support::groups::make;
use crate::support::guests::{at_acme, group_of_acme, of_acme};
use crate::support::{SignedIn, Stage, both};

const SALES: NewGroup<'_> = NewGroup { name: "Sales", description: "", open: false, permissions: &[] };
const ACME: Edit<'_> = Edit { name: "Acme", colour: "teal", requires_second_factor: true };
const MEANWHILE: Result<()> = Err(Error::EditedMeanwhile);

async fn olivia(stage: &Stage) -> (SignedIn, Member) {
    let olivia = of_acme(stage, "olivia", BuiltinGroup::FullAccess).await;
    let member = at_acme(stage, &olivia).await;
    (olivia, member)
}

async fn one(stage: &Stage, by: &Member, id: &str) -> (GroupDetails, String) {
    let group = group_edit::one(stage, by, id).await.expect("a group");
    let version = group_edit::version(stage, &group);
    (group, version)
}

/// The version of the client as its page shows it.
async fn of_client(stage: &Stage, by: &Member) -> String {
    client::version(stage, &client::view(stage, by).await.expect("a read"))
}

both! {
    async fn a_group_has_another_version_with_each_change_and_with_no_other(stage: Stage) {
        let (olivia, member) = olivia(&stage).await;
        let id = make(&stage, &olivia, "Sales", false, &[]).await;
        let (_, first) = one(&stage, &member, &id).await;
        group_edit::add_member(&stage, &member, &id, &olivia.email).await.expect("added");
        assert_eq!(one(&stage, &member, &id).await.1, first, "who is in it is another matter");
        let mut versions = vec![first];
        for new in [
            NewGroup { name: "sales", ..SALES },
            NewGroup { name: "sales", description: "Sells", ..SALES },
            NewGroup { name: "sales", description: "Sells", open: true, ..SALES },
            NewGroup { name: "sales", description: "Sells", open: true, permissions: &[Permission::UsersView] },
        ] {
            let seen = versions.last().cloned();
            assert_eq!(group_edit::save_seen(&stage, &member, &id, seen.as_deref(), &new).await, Ok(()));
            versions.push(one(&stage, &member, &id).await.1);
        }
        let mut different = versions.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 5, "{versions:?}");
        for old in &versions[..4] {
            assert_eq!(group_edit::save_seen(&stage, &member, &id, Some(old), &SALES).await, MEANWHILE);
            assert_eq!(group_edit::delete_seen(&stage, &member, &id, Some(old)).await, MEANWHILE);
        }
        assert_eq!(one(&stage, &member, &id).await.1, versions[4], "nothing was changed");
        assert_eq!(group_edit::delete_seen(&stage, &member, &id, Some(&versions[4])).await, Ok(()));
        let gone = group_edit::delete_seen(&stage, &member, &id, Some(&versions[4])).await;
        assert_eq!(gone, Err(Error::NotFound));
    }

    async fn a_version_is_the_same_in_each_language(stage: Stage) {
        let (olivia, member) = olivia(&stage).await;
        let sales = make(&stage, &olivia, "Sales", false, &[]).await;
        let mut ids = vec![sales];
        for builtin in [BuiltinGroup::Guest, BuiltinGroup::User] {
            ids.push(group_of_acme(&stage, builtin).await);
        }
        let mut english = Vec::new();
        for id in &ids {
            english.push(one(&stage, &member, id).await.1);
        }
        look::choose(&stage, &olivia.actor, Some(Language::De), None).await.expect("kept");
        let member = at_acme(&stage, &olivia).await;
        let mut german = Vec::new();
        for id in &ids {
            german.push(one(&stage, &member, id).await.1);
        }
        assert_eq!(english, german);
        assert!(english[0] != english[1] && english[1] != english[2]);
    }

    async fn who_has_not_looked_saves_as_before(stage: Stage) {
        let (olivia, member) = olivia(&stage).await;
        let id = make(&stage, &olivia, "Sales", false, &[]).await;
        let other = NewGroup { name: "Other", ..SALES };
        assert_eq!(group_edit::save_seen(&stage, &member, &id, None, &other).await, Ok(()));
        assert_eq!(client::save_seen(&stage, &member, None, &ACME).await, Ok(()));
        assert_eq!(personal::save_seen(&stage, &olivia.actor, None, "Zo\u{eb}", "Ng").await, Ok(()));
        assert_eq!(group_edit::save_seen(&stage, &member, &id, Some(""), &SALES).await, MEANWHILE);
        assert_eq!(client::save_seen(&stage, &member, Some(""), &ACME).await, MEANWHILE);
        assert_eq!(personal::save_seen(&stage, &olivia.actor, Some(""), "A", "B").await, MEANWHILE);
    }

    async fn a_client_is_changed_as_it_was_seen(stage: Stage) {
        let (_, member) = olivia(&stage).await;
        let first = of_client(&stage, &member).await;
        assert_eq!(client::save_seen(&stage, &member, Some(&first), &ACME).await, Ok(()));
        let second = of_client(&stage, &member).await;
        let late = Edit { name: "Late", colour: "red", ..ACME };
        let back = Edit { name: "Acme Ltd", colour: "blue", ..ACME };
        assert_eq!(client::save_seen(&stage, &member, Some(&first), &late).await, MEANWHILE);
        assert_eq!(of_client(&stage, &member).await, second);
        assert_eq!(client::save_seen(&stage, &member, Some(&second), &back).await, Ok(()));
        assert_eq!(of_client(&stage, &member).await, first, "what is as before has the version of before");
    }

    async fn names_are_changed_as_they_were_seen(stage: Stage) {
        let (olivia, _) = olivia(&stage).await;
        let first = personal::version(&stage, &olivia.actor);
        let save = |seen: String, name: &'static str| {
            let (stage, actor) = (stage.clone(), olivia.actor.clone());
            async move { personal::save_seen(&stage, &actor, Some(&seen), name, "Okafor").await }
        };
        assert_eq!(save(first.clone(), "Zo\u{eb}").await, Ok(()));
        assert_eq!(save(first.clone(), "Late").await, MEANWHILE, "the actor of before saw other names");
        let actor = stage.next(&olivia).await;
        assert_eq!(actor.person().name, "Zo\u{eb} Okafor");
        assert_eq!(save(personal::version(&stage, &actor), "Olivia").await, Ok(()));
        assert_eq!(personal::version(&stage, &stage.next(&olivia).await), first);
    }

    async fn of_many_who_have_seen_the_same_one_changes_it(stage: Stage) {
        let (olivia, member) = olivia(&stage).await;
        let (id, other) = (make(&stage, &olivia, "Sales", false, &[]).await, stage.again().await);
        let (group, clients) = (one(&stage, &member, &id).await.1, of_client(&stage, &member).await);
        let names = personal::version(&stage, &olivia.actor);
        let mut all = JoinSet::new();
        for n in 0..30 {
            let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let (actor, member, id) = (olivia.actor.clone(), member.clone(), id.clone());
            let (group, clients, names) = (group.clone(), clients.clone(), names.clone());
            all.spawn(async move {
                let name = format!("Name {n}");
                let new = NewGroup { name: &name, ..SALES };
                (n % 3, match n % 3 {
                    0 => group_edit::save_seen(&on, &member, &id, Some(&group), &new).await,
                    1 => client::save_seen(&on, &member, Some(&clients), &Edit { name: &name, ..ACME }).await,
                    _ => personal::save_seen(&on, &actor, Some(&names), &name, "Okafor").await,
                })
            });
        }
        let outcomes = all.join_all().await;
        for which in 0..3 {
            let of = || outcomes.iter().filter(|(n, _)| *n == which).map(|(_, outcome)| outcome);
            assert_eq!(of().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
            assert_eq!(of().filter(|outcome| **outcome == MEANWHILE).count(), 9, "{outcomes:?}");
        }
    }
}
