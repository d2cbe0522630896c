//! Signing in where the second factor is the app, and where it is off (SESS-8, CODE-4, REC-1, TOTP-6).

use domain::actor::Actor;
use domain::clock::{DAY, MINUTE, SECOND};
use domain::error::{Error, Result};
use domain::flows::sign_in::{self, Begun};
use domain::flows::{limits, second_factor};
use domain::store::sessions;
use domain::view::{CodePrompt, SecondFactor};

use crate::support::{App, PASSWORD, PERIOD, Somebody, Stage, both, half_of, left, place, raw, refused, wait};

const NO_RECOVERY_CODE: &str = "22222-22222-22222-22222";

/// Every client allows everybody to do without.
async fn allow_off(stage: &Stage, allowed: bool) {
    let required = if allowed { "FALSE" } else { "TRUE" };
    raw::run(&stage.db, &format!("UPDATE tenants SET requires_second_factor = {required}")).await.expect("set");
}

async fn method(stage: &Stage, who: &Somebody) -> Vec<String> {
    let sql = format!("SELECT method FROM sessions WHERE user_id = '{}' ORDER BY created_at DESC, id DESC", who.id);
    raw::texts(&stage.db, &sql).await
}

/// Somebody who has switched the second factor off.
async fn person_without(stage: &Stage, name: &str) -> Somebody {
    let somebody = stage.person(name).await;
    let signed_in = stage.sign_in(&somebody).await;
    allow_off(stage, true).await;
    second_factor::begin(stage, &signed_in.actor, SecondFactor::Off).await.expect("allowed");
    let code = stage.mailed_code(&somebody.email).await;
    let proved = second_factor::prove(stage, &signed_in.actor, &code).await.expect("the right code");
    assert!(proved.through, "it holds at once");
    somebody
}

/// What a sign-in from the `n`th place comes to, with the code that the app shows.
async fn by_app(stage: &Stage, who: &Somebody, n: usize, app: &App) -> Result<()> {
    let half = stage.begin(who, &place(n)).await;
    let code = app.code(stage.clock.now());
    sign_in::finish(stage, &place(n), &half, &code).await.map(|_| ())
}

/// The same with a recovery code.
async fn by_recovery(stage: &Stage, who: &Somebody, n: usize, code: &str) -> Result<()> {
    let half = stage.begin(who, &place(n)).await;
    sign_in::finish_with_recovery(stage, &place(n), &half, code).await.map(|_| ())
}

/// Five wrong codes in one sign-in from the `n`th place, of recovery or of the app.
async fn five_wrong(stage: &Stage, who: &Somebody, n: usize, app: &App, of_recovery: bool) {
    let half = stage.begin(who, &place(n)).await;
    for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
        let guess = if of_recovery {
            sign_in::finish_with_recovery(stage, &place(n), &half, NO_RECOVERY_CODE).await
        } else {
            sign_in::finish(stage, &place(n), &half, &app.wrong(stage.clock.now())).await
        };
        assert_eq!(refused(guess), refusal);
    }
}

/// A hundred wrong codes in a row, with all the pauses on the way: over twenty sign-ins, on two instances, of both
/// kinds. The last one is of the app.
async fn lock(stage: &Stage, who: &Somebody, app: &App) {
    let other = stage.again().await;
    let pauses = [900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400, u32::MAX];
    for (n, pause) in pauses.into_iter().enumerate() {
        five_wrong(stage, who, 100 + n, app, true).await;
        five_wrong(&other, who, 200 + n, app, false).await;
        assert_eq!(by_app(stage, who, 300 + n, app).await, Err(wait(pause)), "a right one");
        if pause < u32::MAX {
            stage.clock.advance(i64::from(pause) * SECOND);
        }
    }
}

both! {
    async fn password_and_app_make_a_session_and_nothing_is_mailed(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        stage.deliver().await;
        let begun = sign_in::begin(&stage, &place(1), &olivia.email, PASSWORD, Some("/c/acme/account")).await;
        let half = half_of(begun.expect("the right password"));
        let prompt = sign_in::prompt(&stage, &place(1), half.reveal()).await;
        let sent_to = olivia.email.clone();
        assert_eq!(prompt, Ok(CodePrompt { by: SecondFactor::App, sent_to, sent: false, resend_in_s: 0 }));
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(sign_in::resend(&stage, &place(1), half.reveal()).await, Err(Error::NotFound));
        let code = app.code(stage.clock.now());
        let done = sign_in::finish(&stage, &place(1), half.reveal(), &code).await.expect("the right code");
        assert_eq!(done.next_path.as_deref(), Some("/c/acme/account"));
        let actor = Actor::of(&stage, done.token.reveal(), &place(1)).await.expect("a read").expect("signed in");
        assert_eq!(actor.user_id(), olivia.id);
        assert_eq!(method(&stage, &olivia).await[0], "password, app");
        assert_eq!(refused(sign_in::finish(&stage, &place(1), half.reveal(), &code).await), Error::AttemptOver);
    }

    async fn the_password_alone_opens_nothing(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let before = sessions::count(&stage.db, &olivia.id).await;
        let half = stage.begin(&olivia, &place(1)).await;
        assert!(stage.actor(&half).await.is_none());
        stage.clock.advance(10 * MINUTE);
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, "000000").await), Error::AttemptOver);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, before);
    }

    async fn a_mailed_code_is_no_code_of_the_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        // A half sign-in of before, with its code in the mailbox, does not survive the change.
        let (half, code) = stage.half(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        stage.set_up_app(&signed_in).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
        let half = stage.begin(&olivia, &place(1)).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), left(4));
    }

    async fn tries_of_both_kinds_are_tries_of_one_sign_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let wrong = app.wrong(stage.clock.now());
        for tries_left in [4, 2] {
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &wrong).await), left(tries_left));
            let recovery = sign_in::finish_with_recovery(&stage, &place(1), &half, NO_RECOVERY_CODE).await;
            assert_eq!(refused(recovery), left(tries_left - 1));
        }
        let last = sign_in::finish_with_recovery(&stage, &place(1), &half, "").await;
        assert_eq!(refused(last), Error::AttemptOver);
        let code = app.code(stage.clock.now());
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
    }

    async fn twenty_guesses_of_recovery_codes_pause_as_well(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for n in 0..2 {
            let half = stage.begin(&olivia, &place(n)).await;
            for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
                let guess = sign_in::finish_with_recovery(&stage, &place(n), &half, NO_RECOVERY_CODE).await;
                assert_eq!(refused(guess), refusal);
            }
        }
        let half = stage.begin(&olivia, &place(3)).await;
        for _ in 0..10 {
            let guess = sign_in::finish_with_recovery(&stage, &place(4), &half, &app.recovery[0]).await;
            assert_eq!(refused(guess), wait(900));
        }
        let code = app.code(stage.clock.now());
        assert_eq!(refused(sign_in::finish(&stage, &place(3), &half, &code).await), wait(900));
    }

    async fn a_hundred_wrong_codes_lock_the_app_and_a_recovery_code_opens_it(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        lock(&stage, &olivia, &app).await;
        stage.clock.advance(3_650 * DAY);
        assert_eq!(by_app(&stage, &olivia, 1, &app).await, Err(wait(u32::MAX)), "no time opens it");
        assert_eq!(by_recovery(&stage, &olivia, 2, &app.recovery[0]).await, Ok(()));
        assert_eq!(by_app(&stage, &olivia, 3, &app).await, Ok(()));
        let row = format!("SELECT in_a_row FROM limits WHERE key = 'code:{}'", olivia.id);
        assert_eq!(stage.number(&row).await, 0);
    }

    async fn while_the_app_is_locked_one_recovery_code_may_be_tried_in_a_quarter_of_an_hour(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        lock(&stage, &olivia, &app).await;
        assert_eq!(by_recovery(&stage, &olivia, 1, NO_RECOVERY_CODE).await, Err(left(4)), "the first one at once");
        assert_eq!(by_recovery(&stage, &olivia, 1, &app.recovery[0]).await, Err(wait(900)));
        stage.clock.advance(14 * MINUTE + 59 * SECOND);
        assert_eq!(by_recovery(&stage, &olivia, 2, &app.recovery[0]).await, Err(wait(1)));
        stage.clock.advance(SECOND - 1);
        assert_eq!(by_recovery(&stage.again().await, &olivia, 3, &app.recovery[0]).await, Err(wait(1)));
        stage.clock.advance(1);
        assert_eq!(by_app(&stage, &olivia, 4, &app).await, Err(wait(u32::MAX)), "the app stays locked");
        assert_eq!(by_recovery(&stage, &olivia, 4, &app.recovery[0]).await, Ok(()));
        assert_eq!(by_app(&stage, &olivia, 5, &app).await, Ok(()));
    }

    async fn the_operator_opens_a_locked_app_too(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for n in 0..2 {
            let half = stage.begin(&olivia, &place(n)).await;
            for _ in 0..5 {
                refused(sign_in::finish(&stage, &place(n), &half, &app.wrong(stage.clock.now())).await);
            }
        }
        assert_eq!(limits::unlock(&stage, &olivia.id).await, Ok(()));
        stage.sign_in_by_app(&olivia, &app, &place(3)).await;
    }

    async fn recovery_codes_are_for_those_who_have_an_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        let recovery = sign_in::finish_with_recovery(&stage, &place(1), &half, NO_RECOVERY_CODE).await;
        assert_eq!(refused(recovery), Error::NotFound);
        assert!(sign_in::finish(&stage, &place(1), &half, &code).await.is_ok(), "that was no try");
    }

    async fn where_it_is_off_the_password_is_enough(stage: Stage) {
        let olivia = person_without(&stage, "olivia").await;
        stage.clock.advance(PERIOD);
        let begun = sign_in::begin(&stage, &place(1), &olivia.email, PASSWORD, Some("/c/acme/account")).await;
        let Ok(Begun::SignedIn(done)) = begun else { panic!("a second step") };
        assert!(stage.actor(done.token.reveal()).await.is_some());
        assert_eq!(done.next_path.as_deref(), Some("/c/acme/account"));
        assert!(done.device.known_to(&stage.keys, &olivia.id).is_some());
        assert_eq!(method(&stage, &olivia).await[0], "password");
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 0);
        assert!(stage.guess(&olivia.email, crate::support::WRONG, &place(2)).await.is_err());
    }

    async fn where_a_client_asks_for_it_by_now_a_code_is_mailed(stage: Stage) {
        let olivia = person_without(&stage, "olivia").await;
        allow_off(&stage, false).await;
        stage.clock.advance(PERIOD);
        let (half, code) = stage.half(&olivia, &place(1)).await;
        assert!(stage.actor(&half).await.is_none());
        let prompt = sign_in::prompt(&stage, &place(1), &half).await.expect("half-way");
        assert_eq!((prompt.by, prompt.sent, prompt.sent_to), (SecondFactor::Email, true, olivia.email.clone()));
        assert!(sign_in::finish(&stage, &place(1), &half, &code).await.is_ok());
        assert_eq!(method(&stage, &olivia).await[0], "password, email");
    }
}
