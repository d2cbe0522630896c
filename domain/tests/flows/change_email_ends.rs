//! What ends a change of the e-mail address that is under way (EM-4, SESS-6).

use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::flows::{change_email, sign_out};
use domain::store::{email_changes, sessions};
use domain::view::EmailChange;

use crate::support::{SignedIn, Stage, both, left, place, refused};

const NEW: &str = "new@x.example";

/// Both steps are dead, the address is as it was, and nothing is shown as pending.
async fn is_dead(stage: &Stage, who: &SignedIn, code: &str) {
    assert_eq!(change_email::request(stage, &who.actor, NEW, code).await, Err(Error::AttemptOver));
    assert_eq!(refused(change_email::finish(stage, &who.actor, code).await), Error::AttemptOver);
    assert_eq!(change_email::resend(stage, &who.actor).await, Err(Error::AttemptOver));
    let fresh = who.actor.is_fresh(stage.clock.now());
    let at_the_start = if fresh { EmailChange::Idle } else { EmailChange::PasswordFirst };
    assert_eq!(change_email::state(stage, &who.actor).await, Ok(at_the_start));
    assert_eq!(stage.number("SELECT COUNT(*) FROM users WHERE email = 'olivia@acme.example'").await, 1);
}

both! {
    async fn cancelling(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        assert_eq!(change_email::cancel(&stage, &signed_in.actor).await, Ok(()));
        is_dead(&stage, &signed_in, &code).await;
        assert_eq!(change_email::cancel(&stage, &signed_in.actor).await, Ok(()), "twice is no fault");
        assert!(stage.actor(&signed_in.token).await.is_some());
    }

    async fn signing_out(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        sign_out::sign_out(&stage, &signed_in.actor).await.expect("signed out");
        is_dead(&stage, &signed_in, &code).await;
        let again = stage.sign_in(&olivia).await;
        is_dead(&stage, &again, &code).await;
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes WHERE purpose <> 'sign_in'").await, 0);
    }

    async fn signing_out_elsewhere_does_not(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let elsewhere = stage.sign_in_from(&olivia, &place(1)).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        sign_out::sign_out(&stage, &elsewhere.actor).await.expect("signed out");
        assert!(change_email::finish(&stage, &signed_in.actor, &code).await.is_ok());
    }

    async fn the_end_of_all_sessions(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        sessions::end_others(&mut tx, &olivia.id, "").await.expect("ended");
        tx.commit().await.expect("committed");
        is_dead(&stage, &signed_in, &code).await;
        is_dead(&stage, &stage.sign_in(&olivia).await, &code).await;
    }

    async fn a_newer_request_here_or_in_another_browser(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let code = stage.ask_change(&here).await;
        stage.clock.advance(MINUTE);
        let newer = stage.ask_change(&there).await;
        is_dead(&stage, &here, &code).await;
        assert_eq!(change_email::request(&stage, &there.actor, NEW, &code).await, Err(left(4)));
        stage.clock.advance(MINUTE);
        let newest = stage.ask_change(&there).await;
        assert_eq!(change_email::request(&stage, &there.actor, NEW, &newer).await, Err(left(4)));
        assert_eq!(change_email::request(&stage, &there.actor, NEW, &newest).await, Ok(()));
    }

    async fn ten_minutes_at_the_first_step(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = stage.ask_change(&signed_in).await;
        stage.clock.advance(10 * MINUTE + SECOND);
        is_dead(&stage, &signed_in, &code).await;
    }

    async fn ten_minutes_at_the_second_step(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        stage.clock.advance(10 * MINUTE + SECOND);
        is_dead(&stage, &signed_in, &code).await;
    }

    async fn not_a_moment_less_than_ten_minutes(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let first = stage.ask_change(&signed_in).await;
        stage.clock.advance(10 * MINUTE - 1);
        assert_eq!(change_email::request(&stage, &signed_in.actor, NEW, &first).await, Ok(()));
        let second = stage.mailed_code(NEW).await;
        stage.clock.advance(10 * MINUTE - 1);
        assert!(change_email::finish(&stage, &signed_in.actor, &second).await.is_ok());
    }

    async fn a_session_that_ended_before_the_last_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        sessions::end(&mut tx, &signed_in.actor.session().id).await.expect("ended");
        tx.commit().await.expect("committed");
        assert_eq!(stage.number("SELECT COUNT(*) FROM email_changes").await, 0);
        is_dead(&stage, &signed_in, &code).await;
    }

    async fn no_other_session_goes_on_with_a_change(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let code = stage.pend_change(&here, NEW).await;
        is_dead(&stage, &there, &code).await;
        is_dead(&stage, &foreign, &code).await;
        assert!(change_email::finish(&stage, &here.actor, &code).await.is_ok(), "and nobody disturbed it");
    }

    async fn a_change_waits_for_one_address_and_lives_until_its_time(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let session = stage.sign_in(&olivia).await.actor.session().id.clone();
        let mut tx = stage.db.begin().await.expect("a transaction");
        email_changes::begin(&mut tx, "c", &olivia.id, &session, 0, 100).await.expect("begun");
        assert_eq!(email_changes::prolong(&mut tx, "c", 100, 200).await, Ok(false), "too late");
        assert_eq!(email_changes::prolong(&mut tx, "c", 99, 200).await, Ok(true));
        assert_eq!(email_changes::set_address(&mut tx, "c", "a@x.example", 200, 300).await, Ok(false), "too late");
        assert_eq!(email_changes::set_address(&mut tx, "c", "a@x.example", 199, 300).await, Ok(true));
        assert_eq!(email_changes::set_address(&mut tx, "c", "b@x.example", 199, 300).await, Ok(false), "not again");
        tx.commit().await.expect("committed");
        let live = email_changes::live(&stage.db, &olivia.id, &session, 299).await.expect("a read").expect("live");
        assert_eq!((live.id.as_str(), live.new_email.as_deref()), ("c", Some("a@x.example")));
        assert!(email_changes::live(&stage.db, &olivia.id, &session, 300).await.expect("a read").is_none());
        assert_eq!(email_changes::prune(&stage.db, 299).await, Ok(0));
        assert_eq!(email_changes::prune(&stage.db, 300).await, Ok(1));
    }
}
