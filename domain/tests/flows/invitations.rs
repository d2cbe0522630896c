//! Invitations that have come to somebody: accepting and rejecting them (INV-1, INV-2).

use domain::clock::DAY;
use domain::error::{Error, Field, Problem};
use domain::flows::{activity, invitations, inviting};
use domain::store;
use domain::view::{ActivityFilter, BuiltinGroup, Client, Invitation, Moment, Permission, SecondFactor};
use tokio::task::JoinSet;

use crate::support::guests::{
    at_acme, group_of_acme, guest, invite, of_acme, open_at_acme, outsider, put_into, signed_in, take_from, the_one,
};
use crate::support::{SignedIn, Somebody, Stage, both, raw, refused};

const VOID: Error = Error::InvitationVoid;

/// Olivia of Acme Ltd, who looks after guests, and Greta of Borealis GmbH, invited into this group.
async fn invited(stage: &Stage, group: BuiltinGroup) -> (SignedIn, SignedIn, Invitation) {
    let olivia = of_acme(stage, "olivia", BuiltinGroup::Management).await;
    let greta = outsider(stage, "greta").await;
    assert_eq!(invite(stage, &olivia, &greta.email, group).await, Ok(()));
    let greta = signed_in(stage, &greta).await;
    let invitation = the_one(stage, &greta).await;
    (olivia, greta, invitation)
}

async fn accept(stage: &Stage, who: &SignedIn, id: &str) -> Result<Client, Error> {
    invitations::accept(stage, &stage.next(who).await, "acme", id).await
}

async fn is_at_acme(stage: &Stage, who: &SignedIn) -> bool {
    stage.next(who).await.member(stage, "acme").await.is_ok()
}

/// What stands of invitations and clients in somebody's activity, newest first.
async fn said(stage: &Stage, who: &SignedIn) -> Vec<String> {
    let actor = stage.next(who).await;
    let page = activity::page(stage, &actor, Some(ActivityFilter::Clients), None).await.expect("a read");
    page.entries.into_iter().map(|entry| format!("{}: {}", entry.what, entry.detail)).collect()
}

/// How many invitations are listed as open to somebody, and how many the header counts.
async fn open_to(stage: &Stage, who: &SignedIn) -> (usize, i64) {
    let actor = stage.next(who).await;
    let mine = invitations::mine(stage, &actor).await.expect("a read");
    (mine.len(), actor.session().open_invitations)
}

async fn run(stage: &Stage, sql: &str) {
    assert_eq!(raw::run(&stage.db, sql).await.expect(sql), 1, "{sql}");
}

both! {
    async fn it_says_who_invites_where_and_what_for_and_gives_nothing_before_it_is_accepted(stage: Stage) {
        let (olivia, greta, shown) = invited(&stage, BuiltinGroup::User).await;
        let acme = Client { slug: "acme".into(), name: "Acme Ltd".into(), colour: "blue".into() };
        let expected = Invitation {
            id: shown.id.clone(),
            client: acme.clone(),
            inviter: "Olivia Okafor".into(),
            group: "User".into(),
            permissions: vec![Permission::GroupsView, Permission::GroupsJoin],
            until: Moment { machine: "2026-11-28T12:45:00Z".into(), human: "28 Nov 2026, 12:45 UTC".into() },
        };
        assert_eq!(shown, expected);
        assert!(!is_at_acme(&stage, &greta).await);
        assert_eq!(stage.number("SELECT COUNT(*) FROM memberships WHERE kind = 'guest'").await, 0);
        assert_eq!(accept(&stage, &greta, &shown.id).await, Ok(acme));
        let member = at_acme(&stage, &greta).await;
        let may: Vec<_> = Permission::ALL.into_iter().filter(|any| member.may(*any)).collect();
        assert_eq!(may, shown.permissions, "what the group permits and nothing else");
        assert_eq!(member.frame().open_invitations, 0);
        assert_eq!(invitations::mine(&stage, member.actor()).await, Ok(Vec::new()));
        assert_eq!(said(&stage, &greta).await, ["Accepted an invitation: Acme Ltd"]);
        assert_eq!(said(&stage, &olivia).await, ["Invited a guest: greta@borealis.example, Acme Ltd"]);
        assert!(open_at_acme(&stage, &olivia).await.is_empty());
    }

    async fn nobody_but_the_invited_can_answer_and_it_stays_open(stage: Stage) {
        let (olivia, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let other = signed_in(&stage, &outsider(&stage, "boris").await).await;
        let id = shown.id.as_str();
        for (who, slug, id) in [
            (&other, "acme", id),
            (&olivia, "acme", id),
            (&greta, "borealis", id),
            (&greta, "nowhere", id),
            (&greta, "acme", "nothing"),
            (&greta, "acme", ""),
        ] {
            let answer = invitations::accept(&stage, &who.actor, slug, id).await;
            assert_eq!(refused(answer), Error::NotFound, "{slug} {id}");
            let answer = invitations::reject(&stage, &who.actor, slug, id, "").await;
            assert_eq!(answer, Err(Error::NotFound), "{slug} {id}");
        }
        assert!(invitations::mine(&stage, &other.actor).await.expect("a read").is_empty());
        assert!(accept(&stage, &greta, &shown.id).await.is_ok(), "and it is still open");
    }

    async fn the_address_counts_that_is_proved_at_this_moment(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let id = greta.actor.user_id();
        let address = |email: &str| format!("UPDATE users SET email = '{email}' WHERE id = '{id}'");
        let proved = |at: &str| format!("UPDATE users SET email_proved_at = {at} WHERE id = '{id}'");
        run(&stage, &address("another@borealis.example")).await;
        // The actor was read before the address changed.
        assert_eq!(refused(invitations::accept(&stage, &greta.actor, "acme", &shown.id).await), Error::NotFound);
        assert!(invitations::mine(&stage, &stage.next(&greta).await).await.expect("a read").is_empty());
        run(&stage, &address("greta@borealis.example")).await;
        run(&stage, &proved("NULL")).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), Error::NotFound);
        run(&stage, &proved("1")).await;
        assert!(accept(&stage, &greta, &shown.id).await.is_ok());
    }

    async fn a_first_sign_in_proves_the_address(stage: Stage) {
        let newcomer = stage.newcomer("max").await;
        let hash = stage.user(&stage.person("una").await).await.password_hash.expect("a hash");
        let mut tx = stage.db.begin().await.expect("a transaction");
        store::users::activate(&mut tx, &newcomer.id, &hash, false, 0).await.expect("activated");
        assert_eq!(store::users::proved_address(&mut tx, &newcomer.id).await, Ok(None));
        tx.commit().await.expect("committed");
        signed_in(&stage, &newcomer).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(store::users::proved_address(&mut tx, &newcomer.id).await, Ok(Some(newcomer.email)));
    }

    async fn it_is_open_for_seven_days(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        stage.clock.advance(7 * DAY - 1);
        let somebody = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() };
        let greta = signed_in(&stage, &somebody).await;
        assert_eq!(the_one(&stage, &greta).await.id, shown.id);
        stage.clock.advance(1);
        assert!(invitations::mine(&stage, &greta.actor).await.expect("a read").is_empty());
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
        assert_eq!(invitations::reject(&stage, &greta.actor, "acme", &shown.id, "").await, Err(VOID));
        assert!(!is_at_acme(&stage, &greta).await);
    }

    async fn of_twenty_who_accept_at_once_one_does(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..20 {
            let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let (actor, id) = (greta.actor.clone(), shown.id.clone());
            all.spawn(async move { invitations::accept(&on, &actor, "acme", &id).await.map(|_| ()) });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(VOID)).count(), 19, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM memberships WHERE kind = 'guest'").await, 1);
        assert_eq!(said(&stage, &greta).await.len(), 1);
    }

    async fn what_was_withdrawn_rejected_or_replaced_is_over_like_what_has_run_out(stage: Stage) {
        let (olivia, greta, first) = invited(&stage, BuiltinGroup::Guest).await;
        assert_eq!(inviting::withdraw(&stage, &at_acme(&stage, &olivia).await, &first.id).await, Ok(()));
        assert_eq!(stage.next(&greta).await.session().open_invitations, 0);
        assert_eq!(refused(accept(&stage, &greta, &first.id).await), VOID);
        assert_eq!(invite(&stage, &olivia, &greta.email, BuiltinGroup::Guest).await, Ok(()));
        let second = the_one(&stage, &greta).await;
        assert_eq!(invite(&stage, &olivia, &greta.email, BuiltinGroup::User).await, Ok(()));
        let third = the_one(&stage, &greta).await;
        assert_eq!((refused(accept(&stage, &greta, &second.id).await), third.group.as_str()), (VOID, "User"));
        assert_eq!(invitations::reject(&stage, &greta.actor, "acme", &third.id, "").await, Ok(()));
        assert_eq!(refused(accept(&stage, &greta, &third.id).await), VOID);
        assert_eq!(invitations::reject(&stage, &greta.actor, "acme", &third.id, "").await, Err(VOID));
        assert!(!is_at_acme(&stage, &greta).await);
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations WHERE ended_at IS NULL").await, 0);
    }

    async fn whoever_invited_must_still_be_allowed_to(stage: Stage) {
        let (olivia, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        take_from(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(open_to(&stage, &greta).await, (0, 0), "there is nothing to accept");
        put_into(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(open_to(&stage, &greta).await, (1, 1));
        take_from(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
        assert!(!is_at_acme(&stage, &greta).await);
        assert_eq!(stage.next(&greta).await.session().open_invitations, 0, "it is over");
        put_into(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID, "and stays so");
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations WHERE outcome = 'void'").await, 1);
    }

    async fn nobody_gives_what_they_no_longer_have(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        put_into(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        let greta = signed_in(&stage, &outsider(&stage, "greta").await).await;
        invite(&stage, &olivia, &greta.email, BuiltinGroup::FullAccess).await.expect("invited");
        let shown = the_one(&stage, &greta).await;
        take_from(&stage, olivia.actor.user_id(), BuiltinGroup::FullAccess).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
        // Into a group within the rights that are left, it goes.
        invite(&stage, &olivia, &greta.email, BuiltinGroup::User).await.expect("invited");
        let shown = the_one(&stage, &greta).await;
        assert!(accept(&stage, &greta, &shown.id).await.is_ok());
    }

    async fn with_a_disabled_or_removed_inviter_it_is_void(stage: Stage) {
        let (olivia, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let olivia = Somebody { id: olivia.actor.user_id().to_owned(), email: olivia.email.clone() };
        stage.disable(&olivia).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        let guest = guest(&stage, &max, "boris", BuiltinGroup::Management).await;
        invite(&stage, &guest, &greta.email, BuiltinGroup::Guest).await.expect("invited");
        let shown = the_one(&stage, &greta).await;
        let removed = domain::flows::guests::remove(&stage, &at_acme(&stage, &max).await, guest.actor.user_id()).await;
        assert_eq!(removed, Ok(()));
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
    }

    async fn a_group_that_is_gone_takes_its_invitations_with_it(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let group = group_of_acme(&stage, BuiltinGroup::Guest).await;
        run(&stage, &format!("DELETE FROM groups WHERE id = '{group}'")).await;
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), Error::NotFound);
        assert_eq!(stage.next(&greta).await.session().open_invitations, 0);
    }

    async fn whoever_belongs_there_already_has_nothing_to_accept(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::User).await;
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        let kind = store::tenants::Kind::Guest;
        store::tenants::join(&mut tx, &acme.id, greta.actor.user_id(), kind, 0).await.expect("joined");
        tx.commit().await.expect("committed");
        assert_eq!(refused(accept(&stage, &greta, &shown.id).await), VOID);
        assert!(!at_acme(&stage, &greta).await.may(Permission::GroupsJoin));
    }

    async fn a_rejection_tells_whoever_invited_and_why(stage: Stage) {
        let (olivia, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let reject = |reason: String| {
            let (stage, actor, id) = (stage.clone(), greta.actor.clone(), shown.id.clone());
            async move { invitations::reject(&stage, &actor, "acme", &id, &reason).await }
        };
        let at_reason = |problem| Err(Error::at(Field::Reason, problem));
        assert_eq!(reject("x".repeat(501)).await, at_reason(Problem::TooLong { max: 500 }));
        assert_eq!(reject("a\u{202E}b".into()).await, at_reason(Problem::ForbiddenCharacters));
        assert_eq!(the_one(&stage, &greta).await.id, shown.id, "nothing half done");
        assert_eq!(reject(" No time.\r\nBye <b> ".into()).await, Ok(()));
        let subject = "Your invitation to Acme Ltd was rejected";
        let letter = stage.letter_about(&olivia.email, subject).await;
        assert!(letter.contains("greta@borealis.example has rejected"), "{letter}");
        assert!(letter.contains("No time.\nBye <b>"), "{letter}");
        let page = inviting::open(&stage, &at_acme(&stage, &olivia).await, None).await.expect("a read");
        assert!(page.open.is_empty());
        let rejected = &page.rejected[0];
        assert_eq!((rejected.email.as_str(), rejected.reason.as_deref()), (&*greta.email, Some("No time.\nBye <b>")));
        assert_eq!(said(&stage, &greta).await, ["Rejected an invitation: Acme Ltd"]);
        assert!(!is_at_acme(&stage, &greta).await);
    }

    async fn a_client_that_asks_for_a_second_factor_asks_its_guests(stage: Stage) {
        let (_, greta, shown) = invited(&stage, BuiltinGroup::Guest).await;
        let somebody = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() };
        let elsewhere = signed_in(&stage, &somebody).await;
        run(&stage, "UPDATE tenants SET requires_second_factor = FALSE WHERE slug = 'borealis'").await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        store::users::set_second_factor(&mut tx, &somebody.id, SecondFactor::Off, 0).await.expect("set");
        tx.commit().await.expect("committed");
        assert!(accept(&stage, &greta, &shown.id).await.is_ok());
        assert_eq!(stage.user(&somebody).await.factor(), SecondFactor::Email);
        assert_eq!(stage.letters_about(&greta.email, "Your second sign-in step was changed").await, 1);
        assert!(is_at_acme(&stage, &greta).await && is_at_acme(&stage, &elsewhere).await, "nobody is signed out");
        let page = activity::page(&stage, &greta.actor, Some(ActivityFilter::Factor), None).await.expect("a read");
        assert_eq!(page.entries[0].what, "Two-factor authentication changed");
    }
}
