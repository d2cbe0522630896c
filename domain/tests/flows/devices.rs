//! Where one is signed in, and ending it from afar (SESS-7, EM-4).

use domain::clock::MINUTE;
use domain::error::Error;
use domain::flows::{change_email, devices, reauthenticate, sign_in};
use domain::store::sessions;
use domain::view::{DeviceSession, Moment, SignedInBy};
use domain::visitor::Visitor;
use tokio::task::JoinSet;

use crate::support::{PASSWORD, SignedIn, Stage, both, place, refused};

const NEW: &str = "new@x.example";

fn id(who: &SignedIn) -> String {
    who.actor.session().id.clone()
}

/// The ids of all sessions that `who` is shown, in their order.
async fn ids(stage: &Stage, who: &SignedIn) -> Vec<String> {
    let list = devices::list(stage, &who.actor).await.expect("a read");
    list.into_iter().map(|device| device.id).collect()
}

both! {
    async fn everywhere_one_is_signed_in_is_listed_and_here_comes_first(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let here = stage.sign_in(&olivia).await;
        stage.clock.advance(MINUTE);
        let phone = Visitor { browser: "Safari, iPhone".to_owned(), ..place(1) };
        let there = stage.sign_in_from(&olivia, &phone).await;
        stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let at = |minute: u32| Moment {
            machine: format!("2026-11-21T12:{minute}:00Z"),
            human: format!("21 Nov 2026, 12:{minute} UTC"),
        };
        let device = |who: &SignedIn, browser: &str, address: &str, minute, this| DeviceSession {
            id: id(who),
            browser: browser.to_owned(),
            address: address.to_owned(),
            first_seen: at(minute),
            last_seen: at(minute),
            how: Some(SignedInBy::Email),
            this,
        };
        let list = vec![
            device(&here, "Firefox, Linux", "192.0.2.1", 45, true),
            device(&there, "Safari, iPhone", "10.0.0.2", 46, false),
        ];
        assert_eq!(devices::list(&stage, &here.actor).await, Ok(list));
        assert_eq!(ids(&stage, &there).await, [id(&there), id(&here)]);
    }

    async fn what_has_ended_by_time_is_not_listed(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let idle = stage.sign_in_from(&olivia, &place(1)).await;
        stage.clock.advance(1);
        let used = stage.sign_in(&olivia).await;
        stage.clock.advance(30 * MINUTE - 2);
        assert_eq!(ids(&stage, &used).await, [id(&used), id(&idle)]);
        stage.clock.advance(1);
        assert_eq!(ids(&stage, &used).await, [id(&used)]);
    }

    async fn an_ended_one_is_dead_at_once_and_no_other(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let other = stage.again().await;
        assert!(other.actor(&there.token).await.is_some());
        let not_hers = [id(&foreign), String::new(), "nothing".into(), there.token.clone(), "' OR 1=1 --".into()];
        for wrong in not_hers {
            assert_eq!(devices::end(&stage, &here.actor, &wrong).await, Err(Error::NotFound), "{wrong}");
        }
        assert_eq!(devices::end(&stage, &here.actor, &id(&there)).await, Ok(()));
        assert!(other.actor(&there.token).await.is_none());
        assert!(other.actor(&here.token).await.is_some() && other.actor(&foreign.token).await.is_some());
        assert_eq!(devices::end(&stage, &here.actor, &id(&there)).await, Err(Error::NotFound), "twice");
        assert_eq!(ids(&stage, &here).await, [id(&here)]);
    }

    async fn what_was_begun_in_an_ended_one_is_over(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let code = stage.pend_change(&there, NEW).await;
        devices::end(&stage, &here.actor, &id(&there)).await.expect("ended");
        assert_eq!(refused(change_email::finish(&stage, &there.actor, &code).await), Error::AttemptOver);
        assert_eq!(stage.user(&olivia).await.email, olivia.email);
        assert_eq!(stage.number("SELECT COUNT(*) FROM email_changes").await, 0);
    }

    async fn ending_all_others_ends_what_is_under_way_as_well(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let code = stage.pend_change(&here, NEW).await;
        let (half, login_code) = stage.half(&olivia, &place(3)).await;
        assert_eq!(devices::end_others(&stage, &here.actor).await, Ok(()));
        let other = stage.again().await;
        assert!(other.actor(&there.token).await.is_none());
        assert!(other.actor(&here.token).await.is_some() && other.actor(&foreign.token).await.is_some());
        let finished = sign_in::finish(&stage, &place(3), &half, &login_code).await;
        assert_eq!(refused(finished), Error::AttemptOver);
        assert_eq!(refused(change_email::finish(&stage, &here.actor, &code).await), Error::AttemptOver);
        assert_eq!(ids(&stage, &here).await, [id(&here)]);
    }

    async fn an_old_proof_ends_nothing_and_a_new_one_holds_for_five_minutes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        stage.clock.advance(5 * MINUTE + 1);
        let old = Err(Error::ReauthenticationNeeded);
        assert_eq!(devices::end(&stage, &here.actor, &id(&there)).await, old);
        assert_eq!(devices::end_others(&stage, &here.actor).await, old);
        assert!(stage.actor(&there.token).await.is_some());
        let token = reauthenticate::with_password(&stage, &here.actor, PASSWORD).await.expect("the password");
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        stage.clock.advance(5 * MINUTE);
        assert_eq!(devices::end(&stage, &actor, &id(&there)).await, Ok(()));
        assert!(stage.actor(&there.token).await.is_none());
    }

    async fn of_ten_that_end_each_other_at_once_one_stays(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        let mut signed_in = Vec::new();
        for n in 0..10 {
            signed_in.push(stage.sign_in_from(&olivia, &place(n)).await);
        }
        for (n, who) in signed_in.into_iter().enumerate() {
            let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
            all.spawn(async move { devices::end_others(&on, &who.actor).await });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Error::SignedOut)).count(), 9, "{outcomes:?}");
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(1));
    }
}
