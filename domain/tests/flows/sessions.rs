//! Sessions: how long they last and what ends them (SESS-3 to SESS-7).

use domain::actor::{ABSOLUTE, Actor, FRESH, IDLE};
use domain::clock::{HOUR, MINUTE, SECOND};
use domain::flows::{reauthenticate, sign_out};
use domain::store::sessions;

use crate::support::{PASSWORD, both, place, visitor};

both! {
    async fn half_an_hour_without_use_ends_a_session(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (used, idle) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        assert_eq!(IDLE, 30 * MINUTE);
        stage.clock.advance(30 * MINUTE - 1);
        assert!(stage.actor(&used.token).await.is_some());
        stage.clock.advance(1);
        assert!(stage.actor(&idle.token).await.is_none());
        stage.clock.advance(30 * MINUTE - 2);
        assert!(stage.actor(&used.token).await.is_some());
    }

    async fn twelve_hours_end_a_session_used_or_not(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        assert_eq!(ABSOLUTE, 12 * HOUR);
        for _ in 0..35 {
            stage.clock.advance(20 * MINUTE);
            assert!(stage.actor(&signed_in.token).await.is_some());
        }
        stage.clock.advance(20 * MINUTE - 1);
        assert!(stage.actor(&signed_in.token).await.is_some());
        stage.clock.advance(1);
        assert!(stage.actor(&signed_in.token).await.is_none());
    }

    async fn the_last_use_is_kept_to_the_minute(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let begun = stage.clock.now();
        stage.clock.advance(MINUTE - 1);
        stage.actor(&signed_in.token).await;
        assert_eq!(stage.number("SELECT last_seen_at FROM sessions").await, begun);
        stage.clock.advance(1);
        stage.actor(&signed_in.token).await;
        assert_eq!(stage.number("SELECT last_seen_at FROM sessions").await, begun + MINUTE);
    }

    async fn a_proof_is_fresh_for_five_minutes(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let now = stage.clock.now();
        assert_eq!(FRESH, 5 * MINUTE);
        assert!(signed_in.actor.is_fresh(now + 4 * MINUTE + 50 * SECOND));
        assert!(signed_in.actor.is_fresh(now + 5 * MINUTE) && !signed_in.actor.is_fresh(now + 5 * MINUTE + 1));
    }

    async fn a_proof_gives_a_new_token_and_kills_the_old_one(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        stage.clock.advance(10 * MINUTE);
        let now = stage.clock.now();
        let token = reauthenticate::with_password(&stage, &signed_in.actor, PASSWORD).await.expect("the password");
        assert!(stage.actor(&signed_in.token).await.is_none());
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        assert_eq!(actor.session().id, signed_in.actor.session().id);
        assert!(actor.is_fresh(now) && actor.session().created_at == now - 10 * MINUTE);
        assert_eq!(stage.number("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn signing_out_ends_this_session_on_every_instance_and_no_other(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let other = stage.again().await;
        assert!(other.actor(&here.token).await.is_some());
        assert_eq!(sign_out::sign_out(&stage, &here.actor).await, Ok(()));
        assert!(other.actor(&here.token).await.is_none() && stage.actor(&here.token).await.is_none());
        assert!(other.actor(&there.token).await.is_some());
        assert_eq!(sign_out::sign_out(&stage, &here.actor).await, Ok(()), "twice is no fault");
    }

    async fn a_restart_keeps_sessions_and_revives_none(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (kept, ended) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        sign_out::sign_out(&stage, &ended.actor).await.expect("signed out");
        let restarted = stage.again().await;
        assert!(restarted.actor(&kept.token).await.is_some() && restarted.actor(&ended.token).await.is_none());
    }

    async fn who_is_disabled_is_out_at_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let other = stage.again().await;
        stage.disable(&olivia).await;
        assert!(stage.actor(&signed_in.token).await.is_none() && other.actor(&signed_in.token).await.is_none());
    }

    async fn sessions_are_ended_one_by_one_or_all_but_one(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let mut all = Vec::new();
        for n in 0..3 {
            all.push(stage.sign_in_from(&olivia, &place(n)).await);
        }
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(9)).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        sessions::end(&mut tx, &all[0].actor.session().id).await.expect("ended");
        tx.commit().await.expect("committed");
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(2));
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(sessions::end_others(&mut tx, &olivia.id, &all[1].actor.session().id).await, Ok(1));
        tx.commit().await.expect("committed");
        for (signed_in, lives) in all.iter().zip([false, true, false]) {
            assert_eq!(stage.actor(&signed_in.token).await.is_some(), lives);
        }
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(sessions::end_others(&mut tx, &olivia.id, "").await, Ok(1));
        tx.commit().await.expect("committed");
        assert!(stage.actor(&all[1].token).await.is_none() && stage.actor(&foreign.token).await.is_some());
    }

    async fn what_is_no_token_is_nobody(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let id = stage.actor(&signed_in.token).await.expect("signed in").session().id.clone();
        let almost = format!("{}A", &signed_in.token[..42]);
        let long = "A".repeat(10_000);
        for cookie in ["", "null", id.as_str(), almost.as_str(), long.as_str(), "%00", "' OR 1=1 --"] {
            if cookie != signed_in.token {
                assert!(Actor::of(&stage, cookie, &visitor("192.0.2.1")).await.expect("a read").is_none(), "{cookie}");
            }
        }
    }
}
