//! The way back in for somebody who has lost the app: a mailed code, a day, and two notices (CODE-2, CODE-3, NOT-1).

use domain::clock::{DAY, HOUR, MINUTE, SECOND};
use domain::error::Error;
use domain::flows::{lost_app, second_factor, sign_in};
use domain::mail::outbox;
use domain::view::{LostApp, SecondFactor};

use crate::support::{App, PERIOD, Somebody, Stage, both, left, not, place, refused, wait};

const ASKED: &str = "Your authenticator app was reported lost";
const DUE: &str = "You can now sign in without your authenticator app";
const CHANGED: &str = "Your second sign-in step was changed";

/// Somebody with an app who has reported it as lost; the wait begins now.
async fn waiting(stage: &Stage) -> (Somebody, App) {
    let (olivia, app, _) = stage.person_with_app("olivia").await;
    let half = stage.begin(&olivia, &place(1)).await;
    lost_app::ask(stage, &place(1), &half).await.expect("a letter");
    let code = stage.mailed_code(&olivia.email).await;
    lost_app::confirm(stage, &place(1), &half, &code).await.expect("the right code");
    (olivia, app)
}

/// Which factor the second step asks for now.
async fn asked_for(stage: &Stage, who: &Somebody, n: usize) -> SecondFactor {
    let half = stage.begin(who, &place(n)).await;
    sign_in::prompt(stage, &place(n), &half).await.expect("half-way").by
}

async fn waits(stage: &Stage) -> bool {
    stage.number("SELECT COUNT(*) FROM factor_resets").await == 1
}

both! {
    async fn from_the_report_to_codes_by_mail(stage: Stage) {
        let (olivia, _, signed_in) = stage.person_with_app("olivia").await;
        let here = place(1);
        let half = stage.begin(&olivia, &here).await;
        let send_to = olivia.email.clone();
        assert_eq!(lost_app::state(&stage, &here, &half).await, Ok(LostApp::Idle { send_to, wait_s: 0 }));
        assert_eq!(lost_app::ask(&stage, &here, &half).await, Ok(()));
        let sent_to = olivia.email.clone();
        let state = LostApp::AwaitsCode { sent_to, resend_in_s: 60 };
        assert_eq!(lost_app::state(&stage, &here, &half).await, Ok(state));
        let code = stage.mailed_code(&olivia.email).await;
        let begun_at = stage.clock.now();
        assert_eq!(lost_app::confirm(&stage, &here, &half, &code).await, Ok(()));
        let until = here.moment(begun_at + DAY);
        assert_eq!(lost_app::state(&stage, &here, &half).await, Ok(LostApp::Waits { until: until.clone() }));
        let options = second_factor::options(&stage, &signed_in.actor).await.expect("a read");
        assert_eq!(options.reset_due, Some(until.clone()));
        let letter = stage.letter_about(&olivia.email, ASKED).await;
        for piece in [until.human.as_str(), "10.0.0.2", "/not-me"] {
            assert!(letter.contains(piece), "{piece}: {letter}");
        }
        stage.clock.advance(DAY - 1);
        assert_eq!(asked_for(&stage, &olivia, 2).await, SecondFactor::App, "a moment too early");
        stage.clock.advance(1);
        let (half, code) = stage.half(&olivia, &place(3)).await;
        let done = sign_in::finish(&stage, &place(3), &half, &code).await.expect("the code that was mailed");
        let actor = stage.actor(done.token.reveal()).await.expect("signed in");
        let letter = stage.letter_about(&olivia.email, CHANGED).await;
        assert!(letter.contains("The 24 hours since") && letter.contains("/not-me"), "{letter}");
        let said = [
            "Two-factor authentication reset to email From Authentication via app to Authentication via email",
            "Loss of the app reported",
            "Two-factor authentication changed From Authentication via email to Authentication via app",
        ];
        assert_eq!(stage.factor_activity(&actor).await, said);
        for table in ["totp", "recovery_codes", "factor_resets"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }

    async fn when_the_wait_is_over_the_owner_is_told_once(stage: Stage) {
        let (olivia, _) = waiting(&stage).await;
        stage.clock.advance(DAY - 1);
        lost_app::tell_due(&stage).await.expect("a read");
        assert_eq!(stage.letters_about(&olivia.email, DUE).await, 0);
        stage.clock.advance(1);
        let other = stage.again().await;
        let (one, two) = tokio::join!(lost_app::tell_due(&stage), lost_app::tell_due(&other));
        assert_eq!((one, two), (Ok(()), Ok(())));
        lost_app::tell_due(&stage).await.expect("a read");
        assert_eq!(stage.letters_about(&olivia.email, DUE).await, 1);
        let letter = stage.letter_about(&olivia.email, DUE).await;
        assert!(letter.contains("/not-me"), "{letter}");
    }

    async fn a_sign_in_with_the_app_stops_it(stage: Stage) {
        let (olivia, app) = waiting(&stage).await;
        stage.clock.advance(23 * HOUR);
        let token = stage.sign_in_by_app(&olivia, &app, &place(2)).await;
        assert!(!waits(&stage).await);
        let actor = stage.actor(&token).await.expect("signed in");
        assert_eq!(stage.factor_activity(&actor).await[0], "Report of the lost app withdrawn");
        stage.clock.advance(2 * HOUR);
        assert_eq!(asked_for(&stage, &olivia, 3).await, SecondFactor::App);
        lost_app::tell_due(&stage).await.expect("a read");
        assert_eq!(stage.letters_about(&olivia.email, DUE).await, 0);
    }

    async fn so_does_one_with_a_recovery_code(stage: Stage) {
        let (olivia, app) = waiting(&stage).await;
        let half = stage.begin(&olivia, &place(2)).await;
        assert!(sign_in::finish_with_recovery(&stage, &place(2), &half, &app.recovery[0]).await.is_ok());
        assert!(!waits(&stage).await);
    }

    async fn and_anybody_who_is_signed_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let (_, signed_in) = stage.set_up_app(&signed_in).await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        lost_app::confirm(&stage, &place(1), &half, &code).await.expect("the right code");
        for _ in 0..2 {
            assert_eq!(lost_app::cancel(&stage, &signed_in.actor).await, Ok(()));
            assert!(!waits(&stage).await);
        }
        let said = stage.factor_activity(&signed_in.actor).await;
        assert_eq!(said.iter().filter(|said| *said == "Report of the lost app withdrawn").count(), 1);
        let idle = lost_app::state(&stage, &place(1), &half).await;
        assert!(matches!(idle, Ok(LostApp::Idle { .. })), "{idle:?}");
    }

    async fn half_a_sign_in_does_not_stop_it_and_asking_again_does_not_put_it_off(stage: Stage) {
        let (olivia, _) = waiting(&stage).await;
        let begun_at = stage.clock.now();
        stage.clock.advance(12 * HOUR);
        let half = stage.begin(&olivia, &place(2)).await;
        stage.deliver().await;
        assert_eq!(lost_app::ask(&stage, &place(2), &half).await, Ok(()));
        assert_eq!(stage.deliver().await, 0, "there is nothing to confirm");
        let until = place(2).moment(begun_at + DAY);
        assert_eq!(lost_app::state(&stage, &place(2), &half).await, Ok(LostApp::Waits { until }));
    }

    async fn all_that_was_begun_before_ends_with_the_wait(stage: Stage) {
        let (olivia, app) = waiting(&stage).await;
        stage.clock.advance(DAY - MINUTE);
        // No session is older than the wait and lives, but half a sign-in may be.
        let half = stage.begin(&olivia, &place(2)).await;
        stage.clock.advance(MINUTE);
        assert_eq!(asked_for(&stage, &olivia, 3).await, SecondFactor::Email);
        let code = app.code(stage.clock.now());
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &half, &code).await), Error::AttemptOver);
    }

    async fn it_stays_open_for_a_week(stage: Stage) {
        let (olivia, app) = waiting(&stage).await;
        stage.clock.advance(8 * DAY);
        assert_eq!(asked_for(&stage, &olivia, 2).await, SecondFactor::App);
        lost_app::tell_due(&stage).await.expect("a read");
        assert_eq!(stage.letters_about(&olivia.email, DUE).await, 0);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert!(!waits(&stage).await);
        stage.sign_in_by_app(&olivia, &app, &place(3)).await;
    }

    async fn a_moment_less_than_a_week_is_not_too_late(stage: Stage) {
        let (olivia, _) = waiting(&stage).await;
        stage.clock.advance(8 * DAY - 1);
        assert_eq!(asked_for(&stage, &olivia, 2).await, SecondFactor::Email);
    }

    async fn after_it_ran_out_one_may_ask_again(stage: Stage) {
        let (olivia, _) = waiting(&stage).await;
        assert_eq!(stage.letters_about(&olivia.email, ASKED).await, 1);
        stage.clock.advance(8 * DAY);
        let half = stage.begin(&olivia, &place(2)).await;
        assert_eq!(lost_app::ask(&stage, &place(2), &half).await, Ok(()));
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(lost_app::confirm(&stage, &place(2), &half, &code).await, Ok(()));
        assert_eq!(stage.letters_about(&olivia.email, ASKED).await, 2);
        stage.clock.advance(DAY);
        assert_eq!(asked_for(&stage, &olivia, 3).await, SecondFactor::Email);
    }

    async fn the_fifth_wrong_code_ends_the_sign_in(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        assert_eq!(lost_app::confirm(&stage, &place(1), &half, "BCDF-GHJK").await, Err(left(5)), "none was sent");
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver, Error::AttemptOver] {
            assert_eq!(lost_app::confirm(&stage, &place(1), &half, &not(&code)).await, Err(refusal));
        }
        assert_eq!(refused(sign_in::prompt(&stage, &place(1), &half).await), Error::AttemptOver);
        assert!(!waits(&stage).await);
    }

    async fn wrong_codes_here_and_of_the_app_are_counted_together(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        for _ in 0..5 {
            refused(lost_app::confirm(&stage, &place(1), &half, &not(&code)).await);
        }
        let half = stage.begin(&olivia, &place(2)).await;
        for _ in 0..5 {
            refused(sign_in::finish(&stage, &place(2), &half, &app.wrong(stage.clock.now())).await);
        }
        let half = stage.begin(&olivia, &place(3)).await;
        assert_eq!(lost_app::confirm(&stage, &place(3), &half, "BCDF-GHJK").await, Err(wait(900)));
        let code = app.code(stage.clock.now());
        assert_eq!(refused(sign_in::finish(&stage, &place(3), &half, &code).await), wait(900));
    }

    async fn a_code_for_it_is_no_login_code_and_holds_for_ten_minutes(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Err(wait(60)));
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), left(4));
        stage.clock.advance(9 * MINUTE + 59 * SECOND);
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Ok(()), "which prolongs the sign-in");
        let newer = stage.mailed_code(&olivia.email).await;
        assert_eq!(lost_app::confirm(&stage, &place(1), &half, &code).await, Err(left(4)), "the former one is dead");
        stage.clock.advance(10 * MINUTE);
        let late = lost_app::confirm(&stage, &place(1), &half, &newer).await;
        assert_eq!(late, Err(Error::AttemptOver));
    }

    async fn it_is_for_those_who_have_an_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        stage.deliver().await;
        assert_eq!(lost_app::ask(&stage, &place(1), &half).await, Err(Error::NotFound));
        assert_eq!(lost_app::state(&stage, &place(1), &half).await, Err(Error::NotFound));
        assert_eq!(lost_app::confirm(&stage, &place(1), &half, "").await, Err(Error::NotFound));
        assert_eq!(lost_app::ask(&stage, &place(1), "no token").await, Err(Error::AttemptOver));
        assert_eq!(stage.deliver().await, 0);
    }

    async fn another_change_of_the_factor_ends_the_wait(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let (app, signed_in) = stage.set_up_app(&signed_in).await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        lost_app::confirm(&stage, &place(1), &half, &code).await.expect("the right code");
        stage.clock.advance(PERIOD);
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await.expect("fresh");
        let code = app.code(stage.clock.now());
        assert!(second_factor::prove(&stage, &signed_in.actor, &code).await.is_ok());
        assert!(!waits(&stage).await);
    }
}
