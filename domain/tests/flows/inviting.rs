//! Inviting guests, for those who may (INV-1, INV-2, ENUM-2).

use domain::clock::{DAY, HOUR};
use domain::error::{Error, Field, Problem};
use domain::flows::inviting::{self, MAILED_PER_DAY, PER_DAY, PER_HOUR, SHOWN};
use domain::flows::{invitations as received, look};
use domain::store::groups::{self, NewGroup};
use domain::store::invitations::{self, NewInvitation};
use domain::store::limits::{self, Counter};
use domain::text::Language;
use domain::view::{BuiltinGroup, InviteGroup, Permission, SentInvitation};

use crate::support::guests::{
    at_acme, group_of_acme, guest, invite, mailed_link, of_acme, open_at_acme, outsider, signed_in, take_from,
};
use crate::support::{SignedIn, Somebody, Stage, both, raw, refused, wait};

const GUEST: BuiltinGroup = BuiltinGroup::Guest;
const NOT_PERMITTED: Error = Error::NotPermitted(Permission::GuestsInvite);

/// Olivia of Acme Ltd, who looks after guests.
async fn olivia(stage: &Stage) -> SignedIn {
    of_acme(stage, "olivia", BuiltinGroup::Management).await
}

/// A group that is not one of the four.
async fn group(stage: &Stage, slug: &str, name: &str, permissions: &str) -> String {
    let (tenant, id) = (stage.tenant(name, slug).await, stage.rng.id(0));
    let group = NewGroup {
        tenant_id: &tenant.id,
        id: &id,
        builtin: None,
        name,
        description: "",
        permissions,
        open_to_join: false,
    };
    let mut tx = stage.db.begin().await.expect("a transaction");
    groups::insert(&mut tx, &group, 0).await.expect("a free name");
    tx.commit().await.expect("committed");
    id
}

/// How many rows there are of all that an invitation leaves behind.
async fn traces(stage: &Stage) -> [i64; 4] {
    let mut rows = [0; 4];
    for (count, table) in rows.iter_mut().zip(["invitations", "outbox", "activity", "users"]) {
        *count = stage.number(&format!("SELECT COUNT(*) FROM {table}")).await;
    }
    rows
}

both! {
    async fn those_who_may_not_invite_may_do_none_of_it(stage: Stage) {
        let una = signed_in(&stage, &stage.person("una").await).await;
        let (una, guest) = (at_acme(&stage, &una).await, group_of_acme(&stage, GUEST).await);
        assert_eq!(inviting::invite(&stage, &una, "x@x.example", &guest).await, Err(NOT_PERMITTED));
        assert_eq!(inviting::send_again(&stage, &una, "x").await, Err(NOT_PERMITTED));
        assert_eq!(inviting::withdraw(&stage, &una, "x").await, Err(NOT_PERMITTED));
        assert_eq!(refused(inviting::open(&stage, &una, None).await), NOT_PERMITTED);
        assert_eq!(refused(inviting::groups_to_choose(&stage, &una).await), NOT_PERMITTED);
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations").await, 0);
    }

    async fn rights_of_a_minute_ago_do_not_count(stage: Stage) {
        let olivia = olivia(&stage).await;
        invite(&stage, &olivia, "x@x.example", GUEST).await.expect("invited");
        let id = open_at_acme(&stage, &olivia).await.remove(0).id;
        let (member, guest) = (at_acme(&stage, &olivia).await, group_of_acme(&stage, GUEST).await);
        take_from(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(inviting::invite(&stage, &member, "y@x.example", &guest).await, Err(NOT_PERMITTED));
        assert_eq!(inviting::send_again(&stage, &member, &id).await, Err(NOT_PERMITTED));
        assert_eq!(inviting::withdraw(&stage, &member, &id).await, Err(NOT_PERMITTED));
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations WHERE ended_at IS NULL").await, 1);
    }

    async fn groups_above_the_own_rights_are_locked_and_no_others(stage: Stage) {
        let olivia = olivia(&stage).await;
        let sales = group(&stage, "acme", "Sales", "users.view").await;
        let clerks = group(&stage, "acme", "Clerks", "users.view client.edit").await;
        let member = at_acme(&stage, &olivia).await;
        let choice = inviting::groups_to_choose(&stage, &member).await.expect("a read");
        let lacks = |group: &InviteGroup| (group.name.clone(), group.lacks);
        let expected = [
            ("Full access", Some(Permission::GroupsEdit)),
            ("Management", None),
            ("User", None),
            ("Guest", None),
            ("Clerks", Some(Permission::ClientEdit)),
            ("Sales", None),
        ];
        assert_eq!(choice.iter().map(lacks).collect::<Vec<_>>(), expected.map(|(name, it)| (name.to_owned(), it)));
        let preselected: Vec<_> = choice.iter().filter(|group| group.preselected).map(|group| group.builtin).collect();
        assert_eq!(preselected, [Some(GUEST)]);
        assert_eq!(inviting::invite(&stage, &member, "x@x.example", &sales).await, Ok(()));
        let above = Err(Error::NotPermitted(Permission::ClientEdit));
        assert_eq!(inviting::invite(&stage, &member, "y@x.example", &clerks).await, above);
        let full = group_of_acme(&stage, BuiltinGroup::FullAccess).await;
        assert!(matches!(inviting::invite(&stage, &member, "y@x.example", &full).await, Err(Error::NotPermitted(_))));
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations").await, 1);
    }

    async fn bad_input_is_said_at_its_field_and_foreign_groups_do_not_exist(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (member, guests) = (at_acme(&stage, &olivia).await, group_of_acme(&stage, GUEST).await);
        let theirs = group(&stage, "borealis", "Borealis GmbH", "groups.view").await;
        let at = |field, problem| Err(Error::at(field, problem));
        let cases = [
            ("", guests.as_str(), at(Field::Email, Problem::Empty)),
            ("a@b.de,c@d.de", guests.as_str(), at(Field::Email, Problem::NotAnAddress)),
            ("x@x.example", "", at(Field::Group, Problem::Empty)),
            ("x@x.example", theirs.as_str(), Err(Error::NotFound)),
            ("x@x.example", "nothing", Err(Error::NotFound)),
            (" OLIVIA@acme.example", guests.as_str(), at(Field::Email, Problem::AlreadyMember)),
        ];
        for (email, group, answer) in cases {
            assert_eq!(inviting::invite(&stage, &member, email, group).await, answer, "{email} {group}");
        }
        let greta = guest(&stage, &olivia, "greta", GUEST).await;
        let again = invite(&stage, &olivia, &greta.email, BuiltinGroup::User).await;
        assert_eq!(again, at(Field::Email, Problem::AlreadyMember), "guests belong to it as well");
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations").await, 1);
    }

    async fn whether_somebody_has_an_account_is_not_told(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (greta, boris) = (outsider(&stage, "greta").await, outsider(&stage, "boris").await);
        stage.disable(&boris).await;
        let mut former = traces(&stage).await;
        let mut left = Vec::new();
        for email in ["nobody@x.example", &greta.email, &boris.email] {
            assert_eq!(invite(&stage, &olivia, email, GUEST).await, Ok(()), "{email}");
            let now = traces(&stage).await;
            left.push([0, 1, 2, 3].map(|table: usize| now[table] - former[table]));
            former = now;
        }
        assert_eq!(left, [[1, 1, 1, 0]; 3]);
        let shown = open_at_acme(&stage, &olivia).await;
        let said = |row: &SentInvitation| (row.group.clone(), row.inviter.clone(), row.sent.clone(), row.until.clone());
        assert!(shown.iter().all(|row| said(row) == said(&shown[0])), "{shown:?}");
    }

    async fn a_letter_speaks_the_language_of_whoever_gets_it(stage: Stage) {
        let (olivia, greta) = (olivia(&stage).await, outsider(&stage, "greta").await);
        let actor = signed_in(&stage, &greta).await.actor;
        look::choose(&stage, &actor, Some(Language::De), None).await.expect("kept");
        invite(&stage, &olivia, &greta.email, GUEST).await.expect("invited");
        let letter = stage.letter_about(&greta.email, "Einladung zu Acme Ltd").await;
        assert!(letter.contains("Benutzergruppe Gast"), "{letter}");
    }

    async fn twenty_an_hour_and_five_a_day_to_one_address(stage: Stage) {
        let olivia = olivia(&stage).await;
        for n in 0..PER_DAY {
            stage.clock.advance(1);
            assert_eq!(invite(&stage, &olivia, "x@x.example", GUEST).await, Ok(()), "{n}");
        }
        let day = u32::try_from(DAY / 1_000).expect("short");
        let again = invite(&stage, &olivia, "X@x.example", GUEST).await;
        assert_eq!(again, Err(wait(day)), "begun 4 ms ago, and rounded up");
        for n in PER_DAY..PER_HOUR {
            assert_eq!(invite(&stage, &olivia, &format!("x{n}@x.example"), GUEST).await, Ok(()), "{n}");
        }
        while stage.deliver().await > 0 {}
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        assert_eq!(invite(&stage, &max, "x@x.example", GUEST).await, Err(wait(day)), "whoever sends it");
        stage.clock.advance(HOUR - 5);
        let olivia = signed_in(&stage, &somebody(&olivia)).await;
        assert_eq!(invite(&stage, &olivia, "z@x.example", GUEST).await, Err(wait(1)));
        let id = open_at_acme(&stage, &olivia).await.remove(0).id;
        let again = inviting::send_again(&stage, &at_acme(&stage, &olivia).await, &id).await;
        assert_eq!(again, Err(wait(1)), "sending again counts as well");
        stage.clock.advance(1);
        assert_eq!(invite(&stage, &olivia, "z@x.example", GUEST).await, Ok(()));
        stage.clock.advance(DAY - HOUR - 1);
        let olivia = signed_in(&stage, &somebody(&olivia)).await;
        assert_eq!(invite(&stage, &olivia, "x@x.example", GUEST).await, Err(wait(1)));
        stage.clock.advance(1);
        assert_eq!(invite(&stage, &olivia, "x@x.example", GUEST).await, Ok(()));
    }

    async fn no_client_uses_up_what_another_may_send(stage: Stage) {
        let (olivia, boris) = (olivia(&stage).await, signed_in(&stage, &outsider(&stage, "boris").await).await);
        let into = format!(
            "INSERT INTO group_members (tenant_id, group_id, user_id, created_at)
             SELECT g.tenant_id, g.id, '{}', 0 FROM groups g JOIN tenants t ON t.id = g.tenant_id
              WHERE t.slug = 'borealis' AND g.builtin = 'management'",
            boris.actor.user_id()
        );
        assert_eq!(raw::run(&stage.db, &into).await.ok(), Some(1));
        let theirs = "SELECT g.id FROM groups g JOIN tenants t ON t.id = g.tenant_id
                       WHERE t.slug = 'borealis' AND g.builtin = 'guest'";
        let theirs = raw::texts(&stage.db, theirs).await.concat();
        let member = boris.actor.member(&stage, "borealis").await.expect("a member");
        for n in 0..PER_DAY {
            assert_eq!(inviting::invite(&stage, &member, "x@x.example", &theirs).await, Ok(()), "{n}");
        }
        assert!(matches!(inviting::invite(&stage, &member, "x@x.example", &theirs).await, Err(Error::TooMany { .. })));
        assert_eq!(invite(&stage, &olivia, "x@x.example", GUEST).await, Ok(()));
        while stage.deliver().await > 0 {}
        assert_eq!(stage.letters_to("x@x.example").len(), 6);
        let (now, key) = (stage.clock.now(), stage.keys.limit_key("mailed", "x@x.example"));
        let mut tx = stage.db.begin().await.expect("a transaction");
        let full = Counter { count: MAILED_PER_DAY, ..limits::hold(&mut tx, &key, now).await.expect("held") };
        assert_eq!(full.since, now, "it counts those of all clients");
        limits::put(&mut tx, &key, full, now).await.expect("as if others had gone on");
        tx.commit().await.expect("committed");
        assert_eq!(invite(&stage, &olivia, "x@x.example", BuiltinGroup::User).await, Ok(()));
        while stage.deliver().await > 0 {}
        assert_eq!(stage.letters_to("x@x.example").len(), 6, "it stands, and waits for whoever signs in");
        assert_eq!(open_at_acme(&stage, &olivia).await[0].group, "User");
    }

    async fn whoever_sends_it_again_vouches_for_it_and_the_former_link_is_dead(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::Management).await);
        invite(&stage, &olivia, "x@x.example", GUEST).await.expect("invited");
        let link = mailed_link(&stage, "x@x.example").await;
        stage.clock.advance(DAY);
        let max = signed_in(&stage, &somebody(&max)).await;
        let sent = open_at_acme(&stage, &max).await.remove(0);
        assert_eq!((sent.inviter.as_str(), sent.until.human.as_str()), ("Olivia Okafor", "28 Nov 2026, 12:45 UTC"));
        assert_eq!(inviting::send_again(&stage, &at_acme(&stage, &max).await, &sent.id).await, Ok(()));
        let newer = mailed_link(&stage, "x@x.example").await;
        let sent = open_at_acme(&stage, &max).await.remove(0);
        assert_eq!((sent.inviter.as_str(), sent.until.human.as_str()), ("Max Okafor", "29 Nov 2026, 12:45 UTC"));
        let reader = max.actor.visitor();
        assert_eq!(refused(received::find(&stage, reader, &link).await), Error::NotFound);
        let found = received::find(&stage, reader, &newer).await.expect("it works");
        assert_eq!(found.invitation.inviter, "Max Okafor");
    }

    async fn what_belongs_to_another_client_or_is_over_is_not_found(stage: Stage) {
        let olivia = olivia(&stage).await;
        let borealis = stage.tenant("Borealis GmbH", "borealis").await;
        let theirs = group(&stage, "borealis", "Theirs", "").await;
        let row = NewInvitation {
            tenant_id: &borealis.id,
            id: "theirs",
            email: "x@x.example",
            group_id: &theirs,
            invited_by: olivia.actor.user_id(),
        };
        let (now, mut tx) = (stage.clock.now(), stage.db.begin().await.expect("a transaction"));
        invitations::insert(&mut tx, &row, now, now + DAY).await.expect("inserted");
        tx.commit().await.expect("committed");
        invite(&stage, &olivia, "y@x.example", GUEST).await.expect("invited");
        let (member, id) = (at_acme(&stage, &olivia).await, open_at_acme(&stage, &olivia).await.remove(0).id);
        assert_eq!(inviting::withdraw(&stage, &member, &id).await, Ok(()));
        for gone in [id.as_str(), "theirs", "nothing", ""] {
            assert_eq!(inviting::withdraw(&stage, &member, gone).await, Err(Error::NotFound), "{gone}");
            assert_eq!(inviting::send_again(&stage, &member, gone).await, Err(Error::NotFound), "{gone}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations WHERE ended_at IS NULL").await, 1);
    }

    async fn fifty_stand_on_a_page(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (acme, group) = (stage.tenant("Acme Ltd", "acme").await, group_of_acme(&stage, GUEST).await);
        let (now, mut tx) = (stage.clock.now(), stage.db.begin().await.expect("a transaction"));
        for n in 0..=SHOWN {
            let row = NewInvitation {
                tenant_id: &acme.id,
                id: &format!("{n:03}"),
                email: &format!("x{n}@x.example"),
                group_id: &group,
                invited_by: olivia.actor.user_id(),
            };
            invitations::insert(&mut tx, &row, now, now + DAY).await.expect("inserted");
        }
        tx.commit().await.expect("committed");
        let member = at_acme(&stage, &olivia).await;
        let first = inviting::open(&stage, &member, None).await.expect("a read");
        assert_eq!((first.open.len(), first.older.as_deref()), (SHOWN, Some("001")));
        let second = inviting::open(&stage, &member, first.older.as_deref()).await.expect("a read");
        assert_eq!((second.open.len(), second.open[0].email.as_str(), second.older), (1, "x0@x.example", None));
        stage.clock.advance(DAY);
        let olivia = signed_in(&stage, &somebody(&olivia)).await;
        assert!(open_at_acme(&stage, &olivia).await.is_empty(), "what has run out is not open");
        assert_eq!(invitations::prune(&stage.db, now + DAY - 1).await, Ok(0));
        assert_eq!(invitations::prune(&stage.db, now + DAY).await, Ok(51));
    }
}

fn somebody(who: &SignedIn) -> Somebody {
    Somebody { id: who.actor.user_id().to_owned(), email: who.email.clone() }
}
