//! Recovery codes: each once, few left, and new ones (REC-1, CODE-5, NOT-1).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem, Result};
use domain::flows::{recovery_codes, second_factor, sign_in};
use domain::store;
use domain::view::{RecoveryChange, SecondFactor};
use tokio::task::JoinSet;

use crate::support::raw::{self, dump, hex};
use crate::support::{PERIOD, SignedIn, Somebody, Stage, both, left, place, refused};

const USED: &str = "A recovery code was used";
const RENEWED: &str = "You have new recovery codes";

/// Both steps with a recovery code, from a place of its own; says the token of the session.
async fn sign_in(stage: &Stage, who: &Somebody, n: usize, code: &str) -> Result<String> {
    let half = stage.begin(who, &place(n)).await;
    let done = sign_in::finish_with_recovery(stage, &place(n), &half, code).await?;
    Ok(done.token.reveal().to_owned())
}

async fn state(stage: &Stage, who: &SignedIn) -> RecoveryChange {
    recovery_codes::state(stage, &who.actor).await.expect("a read")
}

/// What the page shows once: the id to be posted back, and ten codes.
async fn shown(stage: &Stage, who: &SignedIn) -> (String, Vec<String>) {
    match state(stage, who).await {
        RecoveryChange::Shown { id, codes } => (id, codes),
        other => panic!("{other:?}"),
    }
}

/// Refusals that a race may bring; a fault of ours is none of them.
fn is_refusal(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::CodeWrong { .. } | Error::AttemptOver | Error::TooMany { .. }))
}

both! {
    async fn each_of_the_ten_opens_once(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for (n, code) in app.recovery.iter().enumerate() {
            let typed = if n % 2 == 0 { code.clone() } else { format!(" {} ", code.replace('-', " ")) };
            let token = sign_in(&stage, &olivia, n, &typed).await.expect("unused");
            let actor = stage.actor(&token).await.expect("signed in");
            assert_eq!(recovery_codes::left(&stage, &actor).await, Ok(9 - u32::try_from(n).expect("small")));
            assert_eq!(sign_in(&stage, &olivia, 50 + n, code).await, Err(left(4)), "used before");
            stage.clock.advance(MINUTE);
        }
        assert_eq!(stage.letters_about(&olivia.email, USED).await, 10);
        let methods = raw::texts(&stage.db, "SELECT DISTINCT method FROM sessions ORDER BY method").await;
        assert_eq!(methods, ["password, email", "password, recovery code"]);
    }

    async fn with_three_left_new_ones_are_advised(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for (n, code) in app.recovery.iter().take(7).enumerate() {
            let token = sign_in(&stage, &olivia, n, code).await.expect("unused");
            let actor = stage.actor(&token).await.expect("signed in");
            let options = second_factor::options(&stage, &actor).await.expect("a read");
            let few = n == 6;
            assert_eq!((options.recovery_left, options.recovery_low), (Some(9 - n as u32), few), "{n}");
            let letter = stage.letter_about(&olivia.email, USED).await;
            assert!(letter.contains(&format!("Codes left: {}.", 9 - n)) && letter.contains("/not-me"), "{letter}");
            assert_eq!(letter.contains("Please make new ones soon"), few, "{letter}");
        }
    }

    async fn a_code_of_somebody_else_and_what_is_none_are_wrong_and_counted(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let (_, other, _) = stage.person_with_app("max").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let long = "2".repeat(10_000);
        let typed = [other.recovery[0].as_str(), "", long.as_str(), "null"];
        for (typed, tries_left) in typed.into_iter().zip([4, 3, 2, 1]) {
            let guess = sign_in::finish_with_recovery(&stage, &place(1), &half, typed).await;
            assert_eq!(refused(guess), left(tries_left));
        }
        assert!(sign_in::finish_with_recovery(&stage, &place(1), &half, &app.recovery[0]).await.is_ok());
    }

    async fn one_code_in_eight_browsers_at_once_lets_one_of_them_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..8 {
            let half = stage.begin(&olivia, &place(n)).await;
            let (on, code) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, app.recovery[0].clone());
            all.spawn(async move {
                sign_in::finish_with_recovery(&on, &place(n), &half, &code).await.map(|_| ())
            });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| is_refusal(outcome)).count(), 7, "{outcomes:?}");
        assert_eq!(store::recovery_codes::left(&stage.db, &olivia.id).await, Ok(9));
    }

    async fn of_fifty_at_once_in_one_sign_in_five_are_looked_for(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let other = stage.again().await;
        let half = stage.begin(&olivia, &place(0)).await;
        let mut all = JoinSet::new();
        for n in 0..50 {
            let (on, half) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, half.clone());
            all.spawn(async move {
                let guess = "22222-22222-22222-22222";
                sign_in::finish_with_recovery(&on, &place(100 + n), &half, guess).await.map(|_| ())
            });
        }
        let outcomes = all.join_all().await;
        assert!(outcomes.iter().all(is_refusal), "{outcomes:?}");
        let compared = |outcome: &&Result<()>| matches!(outcome, Err(Error::CodeWrong { tries_left: 1.. }));
        assert_eq!(outcomes.iter().filter(compared).count(), 4, "and the fifth ends it: {outcomes:?}");
        assert_eq!(stage.number("SELECT in_a_row FROM limits WHERE key LIKE 'code:%'").await, 5);
    }

    async fn new_ones_hold_when_they_are_kept_and_the_old_ones_until_then(stage: Stage) {
        let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::Idle);
        assert_eq!(recovery_codes::begin(&stage, &signed_in.actor).await, Ok(()));
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::AwaitsCode);
        let code = app.code(stage.clock.now());
        let token = recovery_codes::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        let signed_in = stage.with_token(&signed_in, &token).await;
        let (id, new) = shown(&stage, &signed_in).await;
        assert!(new.len() == 10 && new.iter().all(|code| !app.recovery.contains(code)));
        assert_eq!(shown(&stage, &signed_in).await, (id.clone(), new.clone()), "looking changes nothing");
        assert_eq!(sign_in(&stage, &olivia, 1, &new[0]).await, Err(left(4)), "not kept yet");
        assert!(sign_in(&stage, &olivia, 2, &app.recovery[0]).await.is_ok());
        let not_kept = Err(Error::at(Field::Kept, Problem::NotKept));
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, false).await, not_kept);
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, "another", true).await, Err(Error::AttemptOver));
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, true).await, Ok(()));
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::Idle, "shown once");
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, true).await, Err(Error::AttemptOver), "twice");
        assert_eq!(sign_in(&stage, &olivia, 3, &app.recovery[1]).await, Err(left(4)), "void");
        assert!(sign_in(&stage, &olivia, 4, &new[0]).await.is_ok());
        assert_eq!(recovery_codes::left(&stage, &signed_in.actor).await, Ok(9));
        assert_eq!(stage.letters_about(&olivia.email, RENEWED).await, 1);
        let said: Vec<_> = stage.factor_activity(&signed_in.actor).await;
        assert_eq!(said[1], "New recovery codes made");
        assert!(stage.actor(&signed_in.token).await.is_some(), "nobody is signed out by it");
    }

    async fn new_ones_take_a_fresh_sign_in_and_the_app(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            let wrong = app.wrong(stage.clock.now());
            assert_eq!(refused(recovery_codes::prove(&stage, &signed_in.actor, &wrong).await), refusal);
        }
        let code = app.code(stage.clock.now());
        assert_eq!(refused(recovery_codes::prove(&stage, &signed_in.actor, &code).await), Error::AttemptOver);
        stage.clock.advance(4 * MINUTE + 30 * SECOND);
        assert_eq!(recovery_codes::begin(&stage, &signed_in.actor).await, Ok(()), "five minutes after the sign-in");
        recovery_codes::cancel(&stage, &signed_in.actor).await.expect("cancelled");
        stage.clock.advance(1);
        let late = recovery_codes::begin(&stage, &signed_in.actor).await;
        assert_eq!(late, Err(Error::ReauthenticationNeeded));
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::PasswordFirst);
    }

    async fn new_ones_wait_ten_minutes(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        recovery_codes::prove(&stage, &signed_in.actor, &app.code(stage.clock.now())).await.expect("right");
        let (id, _) = shown(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE);
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::PasswordFirst);
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, true).await, Err(Error::AttemptOver));
        assert_eq!(recovery_codes::left(&stage, &signed_in.actor).await, Ok(10));
    }

    async fn one_of_the_old_ones_makes_new_ones_too(stage: Stage) {
        let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        assert!(recovery_codes::prove(&stage, &signed_in.actor, &app.recovery[9]).await.is_ok());
        assert_eq!(recovery_codes::left(&stage, &signed_in.actor).await, Ok(9));
        assert_eq!(stage.letters_about(&olivia.email, USED).await, 1);
        let (id, _) = shown(&stage, &signed_in).await;
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, true).await, Ok(()));
        assert_eq!(recovery_codes::left(&stage, &signed_in.actor).await, Ok(10));
    }

    async fn without_an_app_there_are_none(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        assert_eq!(recovery_codes::begin(&stage, &signed_in.actor).await, Err(Error::NotFound));
        assert_eq!(recovery_codes::left(&stage, &signed_in.actor).await, Ok(0));
    }

    async fn new_ones_and_a_new_factor_do_not_meet(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        let code = app.code(stage.clock.now());
        assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &code).await), Error::AttemptOver);
        assert!(recovery_codes::prove(&stage, &signed_in.actor, &code).await.is_ok());
        let (id, _) = shown(&stage, &signed_in).await;
        stage.clock.advance(PERIOD);
        let code = app.code(stage.clock.now());
        let set_up = second_factor::set_up(&stage, &signed_in.actor, &id, &code, true).await;
        assert_eq!(refused(set_up), Error::AttemptOver);
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await.expect("fresh");
        assert_eq!(state(&stage, &signed_in).await, RecoveryChange::Idle, "the newer one ended it");
        assert_eq!(recovery_codes::keep(&stage, &signed_in.actor, &id, true).await, Err(Error::AttemptOver));
    }

    async fn no_code_stands_in_the_database(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        recovery_codes::prove(&stage, &signed_in.actor, &app.code(stage.clock.now())).await.expect("right");
        let (_, new) = shown(&stage, &signed_in).await;
        let dump = dump(&stage.db).await;
        for code in app.recovery.iter().chain(&new) {
            for form in [code.clone(), code.replace('-', "")] {
                assert!(!dump.contains(&form.to_lowercase()) && !dump.contains(&hex(form.as_bytes())), "{form}");
            }
        }
        let hash = domain::secrets::recovery::RecoveryCode::read(&app.recovery[0]).expect("a code").hash();
        assert!(dump.contains(&hex(&hash)), "the dump shows no bytes");
    }
}
