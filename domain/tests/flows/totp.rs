//! Codes of the app: which are right, each once, and how often one may guess (TOTP-2, TOTP-3, CODE-3, CODE-4).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Result};
use domain::flows::{recovery_codes, second_factor, sign_in};
use domain::store::sessions;
use domain::view::SecondFactor;
use tokio::task::JoinSet;

use crate::support::{App, PERIOD, SignedIn, Somebody, Stage, both, left, place, refused, wait};

fn clock(tries_left: u32) -> Error {
    Error::ClockWrong { tries_left }
}

/// Both steps from a place of its own, with a code of so many periods off.
async fn sign_in(stage: &Stage, who: &Somebody, app: &App, n: usize, off: i64) -> Result<()> {
    let half = stage.begin(who, &place(n)).await;
    let code = app.code(stage.clock.now() + off * PERIOD);
    sign_in::finish(stage, &place(n), &half, &code).await.map(|_| ())
}

/// The same code, fifty times at once, each from a place of its own.
async fn fifty(stage: &Stage, other: &Stage, half: &str, typed: &str) -> Vec<Result<()>> {
    let mut all = JoinSet::new();
    for n in 0..50 {
        let (on, half) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, half.to_owned());
        let typed = typed.to_owned();
        all.spawn(async move { sign_in::finish(&on, &place(100 + n), &half, &typed).await.map(|_| ()) });
    }
    all.join_all().await
}

/// Refusals that a race may bring; a fault of ours is none of them.
fn is_refusal(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::CodeWrong { .. } | Error::AttemptOver | Error::TooMany { .. }))
}

both! {
    async fn the_period_before_the_present_one_and_the_next_are_right(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        stage.clock.advance(PERIOD);
        for (n, off) in [-1, 0, 1].into_iter().enumerate() {
            assert_eq!(sign_in(&stage, &olivia, &app, n, off).await, Ok(()), "{off}");
        }
    }

    async fn two_to_ten_periods_off_the_clock_is_named_and_the_try_counts(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        stage.clock.advance(20 * PERIOD);
        for (n, off) in [-10, -2, 2, 10].into_iter().enumerate() {
            let half = stage.begin(&olivia, &place(n)).await;
            let code = app.code(stage.clock.now() + off * PERIOD);
            let refusals = [clock(4), clock(3)];
            for refusal in refusals {
                assert_eq!(refused(sign_in::finish(&stage, &place(n), &half, &code).await), refusal, "{off}");
            }
        }
        for (n, off) in [(10, -11), (11, 11)] {
            assert_eq!(sign_in(&stage, &olivia, &app, n, off).await, Err(left(4)), "{off}");
        }
        // The ten of before were the ten that CODE-4 allows.
        assert_eq!(sign_in(&stage, &olivia, &app, 12, 0).await, Err(wait(900)));
    }

    async fn the_fifth_code_of_another_time_ends_the_sign_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let code = app.code(stage.clock.now() + 5 * PERIOD);
        for refusal in [clock(4), clock(3), clock(2), clock(1), Error::AttemptOver, Error::AttemptOver] {
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), refusal);
        }
    }

    async fn a_code_is_good_for_one_sign_in_in_whatever_browser(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        assert_eq!(sign_in(&stage, &olivia, &app, 1, 0).await, Ok(()));
        let other = stage.again().await;
        for (n, off) in [(1, 0), (2, 0), (3, -1)] {
            assert_eq!(sign_in(&other, &olivia, &app, n, off).await, Err(left(4)), "{off}");
        }
        stage.clock.advance(PERIOD);
        assert_eq!(sign_in(&stage, &olivia, &app, 4, -1).await, Err(left(4)), "still the one that was used");
        assert_eq!(sign_in(&stage, &olivia, &app, 5, 0).await, Ok(()));
    }

    async fn the_code_of_the_set_up_is_used_up_by_it(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let (app, _) = stage.set_up_app(&signed_in).await;
        for n in 1..3 {
            assert_eq!(sign_in(&stage, &olivia, &app, n, 0).await, Err(left(4)));
        }
        stage.clock.advance(PERIOD);
        assert_eq!(sign_in(&stage, &olivia, &app, 3, 0).await, Ok(()));
    }

    async fn the_code_of_a_sign_in_proves_no_change_in_whatever_browser(stage: Stage) {
        let (olivia, app, elsewhere) = stage.person_with_app("olivia").await;
        let code = app.code(stage.clock.now());
        let token = stage.sign_in_by_app(&olivia, &app, &place(1)).await;
        let actor = stage.actor(&token).await.expect("signed in");
        let here = SignedIn { actor, token, ..elsewhere.clone() };
        let other = stage.again().await;
        for who in [&here, &elsewhere] {
            second_factor::begin(&stage, &who.actor, SecondFactor::Email).await.expect("fresh");
            assert_eq!(refused(second_factor::prove(&stage, &who.actor, &code).await), left(4));
            assert_eq!(refused(second_factor::prove(&other, &who.actor, &code).await), left(3));
            recovery_codes::begin(&stage, &who.actor).await.expect("fresh");
            assert_eq!(refused(recovery_codes::prove(&other, &who.actor, &code).await), left(4));
        }
        stage.clock.advance(PERIOD);
        let code = app.code(stage.clock.now());
        assert!(recovery_codes::prove(&stage, &elsewhere.actor, &code).await.is_ok(), "another one does");
    }

    async fn the_code_that_proved_a_change_signs_nobody_in(stage: Stage) {
        let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = app.code(stage.clock.now());
        second_factor::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        let other = stage.again().await;
        for (on, n) in [(&stage, 1), (&other, 2)] {
            assert_eq!(sign_in(on, &olivia, &app, n, 0).await, Err(left(4)));
        }
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        let again = recovery_codes::prove(&other, &signed_in.actor, &code).await;
        assert_eq!(refused(again), left(4), "nor another change");
        stage.clock.advance(PERIOD);
        let code = app.code(stage.clock.now());
        assert!(recovery_codes::prove(&stage, &signed_in.actor, &code).await.is_ok());
        assert_eq!(sign_in(&stage, &olivia, &app, 3, 0).await, Err(left(4)));
        stage.clock.advance(PERIOD);
        assert_eq!(sign_in(&stage, &olivia, &app, 4, 0).await, Ok(()));
    }

    async fn a_clock_that_steps_back_revives_no_code(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        assert_eq!(sign_in(&stage, &olivia, &app, 1, 0).await, Ok(()));
        stage.clock.advance(-2 * PERIOD);
        for (n, off) in [(2, 0), (3, 1)] {
            assert_eq!(sign_in(&stage, &olivia, &app, n, off).await, Err(left(4)), "{off}");
        }
    }

    async fn of_fifty_right_codes_exactly_one_wins(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let other = stage.again().await;
        let before = sessions::count(&stage.db, &olivia.id).await.expect("a read");
        for round in 0..4 {
            let half = stage.begin(&olivia, &place(round)).await;
            let outcomes = fifty(&stage, &other, &half, &app.code(stage.clock.now())).await;
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let refused = outcomes.iter().filter(|outcome| is_refusal(outcome)).count();
            assert_eq!((won, refused), (1, 49), "round {round}: {outcomes:?}");
            assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(before + round as i64 + 1));
            stage.clock.advance(PERIOD);
        }
    }

    async fn of_fifty_wrong_codes_five_are_compared(stage: Stage) {
        let other = stage.again().await;
        for name in ["olivia", "max", "una"] {
            let (somebody, app, _) = stage.person_with_app(name).await;
            let half = stage.begin(&somebody, &place(1)).await;
            let outcomes = fifty(&stage, &other, &half, &app.wrong(stage.clock.now())).await;
            assert!(outcomes.iter().all(is_refusal), "{outcomes:?}");
            // No tries left is the answer where there is nothing to compare with any more.
            let mut compared: Vec<u32> = outcomes
                .iter()
                .filter_map(|outcome| match outcome {
                    Err(Error::CodeWrong { tries_left }) if *tries_left > 0 => Some(*tries_left),
                    _ => None,
                })
                .collect();
            compared.sort_unstable();
            assert_eq!(compared, [1, 2, 3, 4], "{outcomes:?}");
            let code = app.code(stage.clock.now());
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
            stage.clock.advance(MINUTE);
        }
    }

    async fn one_code_in_eight_browsers_at_once_lets_one_of_them_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let other = stage.again().await;
        for round in 0..3 {
            let code = app.code(stage.clock.now());
            let mut all = JoinSet::new();
            for n in 0..8 {
                let half = stage.begin(&olivia, &place(10 * round + n)).await;
                let (on, code) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, code.clone());
                all.spawn(async move {
                    sign_in::finish(&on, &place(10 * round + n), &half, &code).await.map(|_| ())
                });
            }
            let outcomes = all.join_all().await;
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let refused = outcomes.iter().filter(|outcome| is_refusal(outcome)).count();
            assert_eq!((won, refused), (1, 7), "round {round}: {outcomes:?}");
            // Those who came too late were counted; the next right one makes that forgotten.
            stage.clock.advance(PERIOD);
            stage.sign_in_by_app(&olivia, &app, &place(90 + round)).await;
            stage.clock.advance(PERIOD);
        }
    }

    async fn ten_wrong_codes_pause_and_new_sign_ins_give_no_new_tries(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for n in 0..2 {
            let half = stage.begin(&olivia, &place(n)).await;
            for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
                let wrong = app.wrong(stage.clock.now());
                assert_eq!(refused(sign_in::finish(&stage, &place(n), &half, &wrong).await), refusal);
            }
        }
        assert_eq!(sign_in(&stage, &olivia, &app, 2, 0).await, Err(wait(900)));
        stage.clock.advance(15 * MINUTE - SECOND);
        assert_eq!(sign_in(&stage.again().await, &olivia, &app, 3, 0).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert_eq!(sign_in(&stage, &olivia, &app, 4, 0).await, Ok(()));
    }

    async fn what_cannot_be_a_code_is_counted_as_well(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let long = "1".repeat(10_000);
        for (typed, refusal) in [("", left(4)), (long.as_str(), left(3)), ("BCDF-GHJK", left(2)), ("\0", left(1))] {
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, typed).await), refusal);
        }
        let code = app.code(stage.clock.now());
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(sign_in::finish(&stage, &place(1), &half, &spaced).await.is_ok(), "the fifth try is a try");
    }

    async fn a_secret_that_cannot_be_opened_lets_nobody_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        crate::support::raw::run(&stage.db, "UPDATE totp SET key_id = 'another'").await.expect("changed");
        assert_eq!(sign_in(&stage, &olivia, &app, 1, 0).await, Err(Error::internal()));
        crate::support::raw::run(&stage.db, "DELETE FROM totp").await.expect("changed");
        assert_eq!(sign_in(&stage, &olivia, &app, 2, 0).await, Err(Error::internal()));
    }
}
