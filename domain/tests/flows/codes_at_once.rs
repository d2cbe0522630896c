//! Codes typed many times at the same moment, at two instances (CODE-3, CODE-5).

use domain::error::{Error, Result};
use domain::flows::sign_in;
use domain::store::sessions;
use tokio::task::JoinSet;

use crate::support::{Stage, both, left, not, place, refused};

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
    async fn of_fifty_right_codes_exactly_one_wins(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        // Each round signs in anew, so it also shows that the losers before did the account no harm.
        for round in 0..5 {
            let (half, code) = stage.half(&olivia, &place(round)).await;
            let outcomes = fifty(&stage, &other, &half, &code).await;
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let refused = outcomes.iter().filter(|outcome| is_refusal(outcome)).count();
            assert_eq!((won, refused), (1, 49), "round {round}: {outcomes:?}");
            assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(round as i64 + 1));
        }
    }

    async fn of_fifty_wrong_codes_five_are_compared(stage: Stage) {
        let other = stage.again().await;
        for name in ["olivia", "max", "una"] {
            let somebody = stage.person(name).await;
            let (half, code) = stage.half(&somebody, &place(1)).await;
            let outcomes = fifty(&stage, &other, &half, &not(&code)).await;
            assert!(outcomes.iter().all(is_refusal), "{outcomes:?}");
            // Five tries left, or none, is the answer where there is no code to compare with any more.
            let mut compared: Vec<u32> = outcomes
                .iter()
                .filter_map(|outcome| match outcome {
                    Err(Error::CodeWrong { tries_left }) if (1..5).contains(tries_left) => Some(*tries_left),
                    _ => None,
                })
                .collect();
            compared.sort_unstable();
            assert_eq!(compared, [1, 2, 3, 4], "{outcomes:?}");
            assert!(outcomes.contains(&Err(Error::AttemptOver)), "{outcomes:?}");
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
        }
    }

    async fn a_double_click_signs_in_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for round in 0..20 {
            let (half, code) = stage.half(&olivia, &place(round)).await;
            let (one, two) = (place(round), place(round));
            let (one, two) = tokio::join!(
                sign_in::finish(&stage, &one, &half, &code),
                sign_in::finish(&stage, &two, &half, &code),
            );
            let outcomes = [one.map(|_| ()), two.map(|_| ())];
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "round {round}: {outcomes:?}");
            assert_eq!(outcomes.iter().filter(|outcome| is_refusal(outcome)).count(), 1, "round {round}: {outcomes:?}");
        }
    }

    async fn a_right_code_among_wrong_ones_wins_or_the_sign_in_is_over(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        let wrong = not(&code);
        let here = place(1);
        let outcomes = tokio::join!(
            sign_in::finish(&stage, &here, &half, &wrong),
            sign_in::finish(&stage, &here, &half, &wrong),
            sign_in::finish(&stage, &here, &half, &code),
            sign_in::finish(&stage, &here, &half, &wrong),
        );
        let wrong_ones: Vec<_> = [outcomes.0, outcomes.1, outcomes.3].into_iter().map(refused).collect();
        assert!(outcomes.2.is_ok(), "three wrong ones leave two tries");
        assert!(wrong_ones.iter().all(|error| is_refusal(&Err(error.clone())) && *error != left(0)), "{wrong_ones:?}");
    }
}
