//! Entering a client, and leaving one as a guest (TEN-2, TEN-3).

use std::time::{Duration, Instant};

use domain::clock::MINUTE;
use domain::error::{Error, Field, Problem};
use domain::flows::{accounts, activity, group_edit, invitations, rights, sign_in};
use domain::store::tenants::{self, Kind};
use domain::store::{Db, memberships};
use domain::view::{AccountLoss, ActivityFilter, BuiltinGroup, Client, Permission};
use tokio::task::JoinSet;

use crate::support::groups::{guest_in, make};
use crate::support::guests::{at_acme, guest, of_acme, outsider, signed_in};
use crate::support::{SignedIn, Somebody, Stage, anywhere, both, refused};

/// Greta of Borealis GmbH, a guest of Acme Ltd.
async fn greta(stage: &Stage) -> SignedIn {
    let olivia = of_acme(stage, "olivia", BuiltinGroup::Management).await;
    guest(stage, &olivia, "greta", BuiltinGroup::User).await
}

fn acme() -> Client {
    Client { slug: "acme".into(), name: "Acme Ltd".into(), colour: "blue".into() }
}

/// What stands of clients in somebody's activity, newest first.
async fn said(stage: &Stage, who: &SignedIn) -> Vec<String> {
    let actor = stage.next(who).await;
    let page = activity::page(stage, &actor, Some(ActivityFilter::Clients), None).await.expect("a read");
    page.entries.into_iter().map(|entry| format!("{}: {}", entry.what, entry.detail)).collect()
}

both! {
    async fn entering_is_recorded_and_home_stays_home(stage: Stage) {
        let greta = greta(&stage).await;
        stage.clock.advance(MINUTE);
        assert_eq!(accounts::enter(&stage, &greta.actor, "acme").await, Ok(acme()));
        let member = at_acme(&stage, &greta).await;
        assert_eq!(member.actor().session().current_slug, "acme");
        let all = accounts::view(&stage, &member).await.expect("a read");
        let rows: Vec<_> = all.iter().map(|of| (of.client.slug.as_str(), of.home, of.current)).collect();
        assert_eq!(rows, [("borealis", true, false), ("acme", false, true)]);
        let entered = all[1].last_entered.as_ref().map(|at| at.human.as_str());
        assert_eq!((entered, all[1].groups.clone()), (Some("21 Nov 2026, 12:46 UTC"), vec!["User".to_owned()]));
        assert_eq!(accounts::enter(&stage, &greta.actor, "borealis").await.expect("entered").slug, "borealis");
        assert_eq!(stage.next(&greta).await.session().current_slug, "borealis");
        let accepted = "Accepted an invitation: Acme Ltd";
        let expected = ["Entered a client: Borealis GmbH", "Entered a client: Acme Ltd", accepted];
        assert_eq!(said(&stage, &greta).await, expected);
        let there = "SELECT COUNT(*) FROM activity a JOIN tenants t ON t.id = a.tenant_id
            WHERE t.slug = 'acme' AND a.kind = 'client_entered'";
        assert_eq!(stage.number(there).await, 1, "those who see the activity of Acme see it as well");
    }

    async fn a_client_one_does_not_belong_to_looks_like_one_that_does_not_exist(stage: Stage) {
        stage.tenant("Acme Ltd", "acme").await;
        let greta = signed_in(&stage, &outsider(&stage, "greta").await).await;
        for slug in ["acme", "nowhere", "", "acme' OR '1'='1"] {
            assert_eq!(refused(accounts::enter(&stage, &greta.actor, slug).await), Error::NotFound, "{slug}");
            assert_eq!(refused(accounts::leave(&stage, &greta.actor, slug).await), Error::NotFound, "{slug}");
            assert_eq!(refused(accounts::loss(&stage, &greta.actor, slug).await), Error::NotFound, "{slug}");
        }
        assert_eq!(stage.next(&greta).await.session().current_slug, "borealis");
        assert!(said(&stage, &greta).await.is_empty());
    }

    async fn leaving_says_what_is_lost_and_works_at_once_in_every_tab(stage: Stage) {
        let greta = greta(&stage).await;
        accounts::enter(&stage, &greta.actor, "acme").await.expect("entered");
        let loss = AccountLoss {
            client: acme(),
            groups: vec!["User".into()],
            permissions: vec![Permission::GroupsView, Permission::GroupsJoin],
        };
        assert_eq!(accounts::loss(&stage, &greta.actor, "acme").await, Ok(loss));
        let other = stage.again().await;
        assert_eq!(accounts::leave(&stage, &greta.actor, "acme").await, Ok("borealis".to_owned()));
        for house in [&stage, &other] {
            let actor = house.next(&greta).await;
            assert_eq!(refused(actor.member(house, "acme").await), Error::NotFound);
            assert_eq!(actor.session().current_slug, "borealis");
        }
        assert_eq!(refused(accounts::enter(&stage, &greta.actor, "acme").await), Error::NotFound);
        assert_eq!(said(&stage, &greta).await[0], "Left a client as its guest: Acme Ltd");
        assert_eq!(stage.number("SELECT COUNT(*) FROM memberships WHERE kind = 'guest'").await, 0);
    }

    async fn whoever_leaves_from_elsewhere_stays_where_they_are(stage: Stage) {
        let greta = greta(&stage).await;
        assert_eq!(accounts::leave(&stage, &greta.actor, "acme").await, Ok("borealis".to_owned()));
        assert_eq!(refused(accounts::leave(&stage, &greta.actor, "acme").await), Error::NotFound, "twice");
        assert_eq!(said(&stage, &greta).await[0], "Left a client as its guest: Acme Ltd");
    }

    async fn a_sign_in_and_a_removal_at_once_do_not_wait_for_each_other(stage: Stage) {
        let greta = greta(&stage).await;
        accounts::enter(&stage, &greta.actor, "acme").await.expect("entered");
        stage.clock.advance(MINUTE);
        let (from, other) = (anywhere(), stage.again().await);
        let who = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() };
        let (half, code) = stage.half(&who, &from).await;
        let acme = stage.tenant("Acme Ltd", "acme").await.id;
        let mut tx = stage.db.begin().await.expect("a transaction");
        memberships::go_home(&mut tx, &acme, &who.id).await.expect("held");
        let signing_in = tokio::spawn(async move { sign_in::finish(&other, &from, &half, &code).await.map(|_| ()) });
        // Until it waits for the user's own row; the one to the client must not be held by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(memberships::end_guest(&mut tx, &acme, &who.id).await, Ok(true));
        tx.commit().await.expect("committed");
        assert_eq!(signing_in.await.expect("told"), Ok(()));
    }

    async fn leaving_and_being_put_into_a_group_at_once_are_both_answered(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let runners = make(&stage, &olivia, "Runners", false, &[]).await;
        let (greta, other) = (guest_in(&stage, "greta", BuiltinGroup::Guest).await, stage.again().await);
        let (id, acme) = (greta.actor.user_id(), stage.tenant("Acme Ltd", "acme").await.id);
        let nobody = Error::at(Field::Email, Problem::NobodyHere);
        for round in 0..20 {
            let member = at_acme(&stage, &olivia).await;
            let put = group_edit::add_member(&stage, &member, &runners, &greta.email);
            let (put, left) = tokio::join!(put, accounts::leave(&other, &greta.actor, "acme"));
            assert!(put == Ok(()) || put == Err(nobody.clone()), "{round}: {put:?}");
            assert_eq!(left, Ok("borealis".to_owned()), "{round}");
            let mut tx = stage.db.begin().await.expect("a transaction");
            tenants::join(&mut tx, &acme, id, Kind::Guest, stage.clock.now()).await.expect("joined");
            tx.commit().await.expect("committed");
        }
    }

    async fn strangers_hold_up_no_client(stage: Stage) {
        let acme = stage.tenant("Acme Ltd", "acme").await.id;
        let greta = signed_in(&stage, &outsider(&stage, "greta").await).await;
        // On SQLite, whoever writes at all holds up everybody.
        let mut held = None;
        if let Db::Postgres(_) = stage.db {
            let tx = held.insert(stage.db.begin().await.expect("a transaction"));
            rights::one_at_a_time(tx, &stage, &acme).await.expect("held");
        }
        for slug in ["acme", "nowhere"] {
            let started = Instant::now();
            assert_eq!(refused(accounts::enter(&stage, &greta.actor, slug).await), Error::NotFound, "{slug}");
            assert_eq!(refused(accounts::leave(&stage, &greta.actor, slug).await), Error::NotFound, "{slug}");
            assert_eq!(refused(invitations::accept(&stage, &greta.actor, slug, "x").await), Error::NotFound, "{slug}");
            assert_eq!(invitations::reject(&stage, &greta.actor, slug, "x", "").await, Err(Error::NotFound), "{slug}");
            assert!(started.elapsed() < Duration::from_secs(3), "{slug}: {:?}", started.elapsed());
        }
        drop(held);
    }

    async fn the_home_client_cannot_be_left(stage: Stage) {
        let greta = greta(&stage).await;
        assert_eq!(refused(accounts::leave(&stage, &greta.actor, "borealis").await), Error::HomeClient);
        assert_eq!(refused(accounts::loss(&stage, &greta.actor, "borealis").await), Error::HomeClient);
        assert!(stage.next(&greta).await.member(&stage, "borealis").await.is_ok());
    }

    async fn of_many_who_leave_and_enter_at_once_one_leaves_and_all_are_answered(stage: Stage) {
        let greta = greta(&stage).await;
        let other = stage.again().await;
        let (mut leaving, mut entering) = (JoinSet::new(), JoinSet::new());
        for n in 0..10 {
            let (on, actor) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, greta.actor.clone());
            let (here, me) = (on.clone(), actor.clone());
            leaving.spawn(async move { accounts::leave(&on, &actor, "acme").await });
            entering.spawn(async move { accounts::enter(&here, &me, "acme").await });
        }
        let (left, entered) = (leaving.join_all().await, entering.join_all().await);
        assert_eq!(left.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{left:?}");
        assert_eq!(left.iter().filter(|outcome| **outcome == Err(Error::NotFound)).count(), 9, "{left:?}");
        assert!(entered.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::NotFound))), "{entered:?}");
        assert_eq!(stage.next(&greta).await.session().current_slug, "borealis", "nobody is where they do not belong");
    }
}
