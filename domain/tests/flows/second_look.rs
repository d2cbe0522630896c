//! What a second look at the security of codes, changes and ways back in has asked for (CODE-4, CODE-7, PW-3, SESS-3,
//! SESS-6, TOTP-3, LOG-1).

use std::time::Duration;

use domain::clock::{DAY, MINUTE, SECOND};
use domain::error::{Error, Field, Problem, Result};
use domain::flows::{activity, change_password, limits, lost_app, not_me, reauthenticate, recovery_codes};
use domain::flows::{second_factor, security_events, sign_in};
use domain::secrets::password::Password;
use domain::store::users;
use domain::view::{ActivityFilter, PasswordChange, SecondFactor};

use crate::support::{PASSWORD, PERIOD, SignedIn, Somebody, Stage, WRONG, both, left, not, place, raw, refused};
use crate::support::{scan, wait};

const NEW: &str = "copper lantern seldom rains";

/// Reports the app as lost from this half sign-in, up to the right code.
async fn report(stage: &Stage, who: &Somebody, half: &str, n: usize) {
    lost_app::ask(stage, &place(n), half).await.expect("a letter");
    let code = stage.mailed_code(&who.email).await;
    assert_eq!(lost_app::confirm(stage, &place(n), half, &code).await, Ok(()));
}

/// Asks for a code of "This wasn't me"; says it.
async fn not_me_code(stage: &Stage, who: &SignedIn) -> String {
    assert_eq!(not_me::begin(stage, &who.actor).await, Ok(()));
    stage.mailed_code(&who.email).await
}

/// Wrong codes in a row, as they are counted there.
async fn in_a_row(stage: &Stage, key: &str) -> i64 {
    stage.number(&format!("SELECT in_a_row FROM limits WHERE key = '{key}'")).await
}

/// Whether this waits as long as somebody else changes how a person gets in; it comes through afterwards.
async fn waits_its_turn<F>(stage: &Stage, who: &Somebody, what: F) -> bool
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut tx = stage.db.begin().await.expect("a transaction");
    security_events::one_at_a_time(&mut tx, stage, &who.id).await.expect("the first to come");
    let task = tokio::spawn(what);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waited = !task.is_finished();
    tx.commit().await.expect("committed");
    assert_eq!(task.await.expect("an answer"), Ok(()));
    waited
}

both! {
    async fn a_mailed_code_makes_no_wrong_codes_of_the_app_forgotten(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let mut half = String::new();
        for (n, tries) in [(1, 5), (2, 4)] {
            half = stage.begin(&olivia, &place(n)).await;
            for _ in 0..tries {
                let wrong = app.wrong(stage.clock.now());
                refused(sign_in::finish(&stage, &place(n), &half, &wrong).await);
            }
        }
        // The tenth try is a right code by mail: it is no wrong one, and forgets none.
        report(&stage, &olivia, &half, 3).await;
        assert_eq!(in_a_row(&stage, &format!("code:{}", olivia.id)).await, 9);
        let half = stage.begin(&olivia, &place(4)).await;
        let (now, here) = (stage.clock.now(), place(4));
        assert_eq!(refused(sign_in::finish(&stage, &here, &half, &app.wrong(now)).await), left(4));
        assert_eq!(refused(sign_in::finish(&stage, &here, &half, &app.code(now)).await), wait(900));
        stage.clock.advance(15 * MINUTE);
        stage.sign_in_by_app(&olivia, &app, &place(5)).await;
        assert_eq!(in_a_row(&stage, &format!("code:{}", olivia.id)).await, 0, "the app itself does");
    }

    async fn showing_the_factor_in_use_gives_the_session_a_new_token(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        let proved = second_factor::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        assert!(!proved.through && stage.actor(&signed_in.token).await.is_none(), "the old token is dead");
        let now = stage.with_token(&signed_in, &proved.token).await;
        assert_eq!(now.actor.session().id, signed_in.actor.session().id);
        assert_eq!(now.actor.session().authenticated_at, signed_in.actor.session().authenticated_at);
        let (id, app) = scan(stage.factor_change(&now).await);
        let code = app.code(stage.clock.now());
        let token = second_factor::set_up(&stage, &now.actor, &id, &code, true).await.expect("the right code");
        let now = stage.with_token(&now, &token).await;
        stage.clock.advance(PERIOD);
        recovery_codes::begin(&stage, &now.actor).await.expect("fresh");
        let code = app.code(stage.clock.now());
        let token = recovery_codes::prove(&stage, &now.actor, &code).await.expect("the right code");
        assert!(stage.actor(&now.token).await.is_none(), "the old token is dead");
        assert!(stage.actor(token.reveal()).await.is_some());
    }

    async fn wrong_codes_of_not_me_pause_that_page_alone(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let thief = stage.sign_in(&olivia).await;
        for _ in 0..2 {
            let code = not_me_code(&stage, &thief).await;
            for _ in 0..5 {
                refused(not_me::finish(&stage, &thief.actor, NEW, NEW, &not(&code)).await);
            }
            stage.clock.advance(MINUTE);
        }
        let code = not_me_code(&stage, &thief).await;
        let pauses = not_me::finish(&stage, &thief.actor, NEW, NEW, &code).await;
        assert_eq!(pauses, Err(wait(14 * 60)));
        // The owner signs in as ever, and that forgets nothing of the thief's.
        let owner = stage.sign_in_from(&olivia, &place(1)).await;
        assert_eq!(in_a_row(&stage, &format!("code:not_me:{}", olivia.id)).await, 10);
        assert!(stage.actor(&owner.token).await.is_some());
        assert_eq!(limits::unlock(&stage, &olivia.id).await, Ok(()));
        assert_eq!(not_me::finish(&stage, &thief.actor, NEW, NEW, &code).await, Ok(()));
        assert_eq!(in_a_row(&stage, &format!("code:not_me:{}", olivia.id)).await, 0);
    }

    async fn a_code_that_is_still_to_come_is_void_once_it_was_typed(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let clock = |tries_left| Error::ClockWrong { tries_left };
        let past = app.code(stage.clock.now() - 5 * PERIOD);
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &past).await), clock(4));
        let code = app.code(stage.clock.now());
        assert!(sign_in::finish(&stage, &place(1), &half, &code).await.is_ok(), "one of the past voids nothing");
        let half = stage.begin(&olivia, &place(2)).await;
        let early = app.code(stage.clock.now() + 5 * PERIOD);
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &half, &early).await), clock(4));
        stage.clock.advance(5 * PERIOD);
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &half, &early).await), left(3));
        stage.clock.advance(PERIOD);
        stage.sign_in_by_app(&olivia, &app, &place(3)).await;
    }

    async fn so_it_is_at_the_set_up(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (id, app) = stage.begin_app(&signed_in).await;
        let early = app.code(stage.clock.now() + 5 * PERIOD);
        let set_up = second_factor::set_up(&stage, &signed_in.actor, &id, &early, true).await;
        assert_eq!(refused(set_up), Error::ClockWrong { tries_left: 4 });
        stage.clock.advance(5 * PERIOD);
        let set_up = second_factor::set_up(&stage, &signed_in.actor, &id, &early, true).await;
        assert_eq!(refused(set_up), left(3));
        stage.clock.advance(PERIOD);
        let code = app.code(stage.clock.now());
        assert!(second_factor::set_up(&stage, &signed_in.actor, &id, &code, true).await.is_ok());
    }

    async fn a_password_replaced_at_the_end_of_the_wait_opens_nothing(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        report(&stage, &olivia, &half, 1).await;
        stage.clock.advance(DAY);
        let new = Password::read(NEW).expect("short enough");
        let hash = stage.hasher.hash(new, &stage.rng).await.expect("hashed");
        let mut tx = stage.db.begin().await.expect("a transaction");
        security_events::one_at_a_time(&mut tx, &stage, &olivia.id).await.expect("the first to come");
        let (on, email) = (stage.clone(), olivia.email.clone());
        let former = tokio::spawn(async move { on.guess(&email, PASSWORD, &place(2)).await });
        // By now the former password was found right, and whoever typed it waits for us.
        tokio::time::sleep(Duration::from_millis(300)).await;
        security_events::end_everything(&mut tx, &olivia.id, None).await.expect("ended");
        users::set_password(&mut tx, &olivia.id, &hash, stage.clock.now()).await.expect("set");
        tx.commit().await.expect("committed");
        assert_eq!(former.await.expect("an answer"), Err(Error::SignInRefused));
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 0);
    }

    async fn giving_up_in_one_session_leaves_the_change_of_another(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        change_password::request(&stage, &here.actor, PASSWORD, NEW, NEW).await.expect("the right password");
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(change_password::cancel(&stage, &there.actor).await, Ok(()));
        assert_ne!(change_password::state(&stage, &here.actor).await, Ok(PasswordChange::Idle));
        assert!(change_password::confirm(&stage, &here.actor, &code).await.is_ok());

        let (here, there) = (stage.sign_in_from(&max, &place(2)).await, stage.sign_in_from(&max, &place(3)).await);
        second_factor::begin(&stage, &here.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&max.email).await;
        assert_eq!(second_factor::cancel(&stage, &there.actor).await, Ok(()));
        assert_eq!(recovery_codes::cancel(&stage, &there.actor).await, Ok(()));
        assert!(second_factor::prove(&stage, &here.actor, &code).await.is_ok());
    }

    async fn a_code_sent_again_at_sign_in_takes_its_turn(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, _) = stage.half(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        let on = stage.clone();
        let again = async move { sign_in::resend(&on, &place(1), &half).await };
        assert!(waits_its_turn(&stage, &olivia, again).await);
    }

    async fn so_does_the_code_for_a_lost_app(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let on = stage.clone();
        let asks = async move { lost_app::ask(&on, &place(1), &half).await };
        assert!(waits_its_turn(&stage, &olivia, asks).await);
    }

    async fn a_wrong_password_within_a_session_stands_in_the_activity(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let wrong = Error::at(Field::CurrentPassword, Problem::WrongPassword);
        let request = change_password::request(&stage, &signed_in.actor, WRONG, NEW, NEW).await;
        assert_eq!(request, Err(wrong.clone()));
        assert_eq!(refused(reauthenticate::with_password(&stage, &signed_in.actor, WRONG).await), wrong);
        assert_eq!(reauthenticate::prove_password(&stage, &signed_in.actor, PASSWORD).await, Ok(()));
        let page = activity::page(&stage, &signed_in.actor, Some(ActivityFilter::Password), None).await;
        let entries = page.expect("a page").entries;
        let said: Vec<_> = entries.iter().map(|entry| (entry.what.as_str(), entry.address.as_str())).collect();
        assert_eq!(said, [("Wrong password entered", "192.0.2.1"); 2]);
    }

    async fn a_code_of_a_change_is_sent_again_after_60_seconds_and_not_a_moment_less(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        stage.clock.advance(59 * SECOND);
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Ok(()));
    }

    async fn so_is_the_one_for_a_lost_app(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Ok(()));
        stage.clock.advance(59 * SECOND);
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Ok(()));
    }

    async fn the_address_is_no_password_where_it_is_in_no_name_either(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let new = "Qzvkwmtrbx-2026";
        assert_eq!(change_password::request(&stage, &signed_in.actor, PASSWORD, new, new).await, Ok(()));
        raw::run(&stage.db, "UPDATE users SET email = 'qzvkwmtrbx@acme.example'").await.expect("moved");
        let own = change_password::request(&stage, &signed_in.actor, PASSWORD, new, new).await;
        assert_eq!(own, Err(Error::at(Field::NewPassword, Problem::ContainsOwn)));
    }
}
