//! Codes typed fifty times at the same moment at the doors of the second factor, at two instances (CODE-3, CODE-5,
//! REC-1).

use domain::actor::Actor;
use domain::error::{Error, Result};
use domain::flows::{lost_app, not_me, second_factor, sign_in};
use domain::store::recovery_codes;
use domain::view::SecondFactor;
use tokio::task::JoinSet;

use crate::support::{SignedIn, Stage, both, left, not, place, refused, scan};

const NEW: &str = "copper lantern seldom rains";

/// The same session fifty times, each from a place of its own.
async fn fifty_of(stage: &Stage, who: &SignedIn) -> Vec<Actor> {
    let mut actors = Vec::new();
    for n in 0..50 {
        let actor = Actor::of(stage, &who.token, &place(100 + n)).await.expect("a read");
        actors.push(actor.expect("signed in"));
    }
    actors
}

/// The same, fifty times at once, at both instances by turns.
async fn at_once<F>(stage: &Stage, what: impl Fn(Stage, usize) -> F) -> Vec<Result<()>>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let other = stage.again().await;
    let mut all = JoinSet::new();
    for n in 0..50 {
        let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
        all.spawn(what(on, n));
    }
    all.join_all().await
}

/// Refusals that a race may bring; a fault of ours is none of them.
fn is_refusal(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::CodeWrong { .. } | Error::AttemptOver | Error::TooMany { .. }))
}

/// Fails unless five of these wrong codes were compared.
fn five_were_compared(outcomes: &[Result<()>]) {
    assert!(outcomes.iter().all(is_refusal), "{outcomes:?}");
    // Five tries left, or none, is the answer where there is nothing to compare with any more.
    let left_of = |outcome: &Result<()>| match outcome {
        Err(Error::CodeWrong { tries_left }) if (1..5).contains(tries_left) => Some(*tries_left),
        _ => None,
    };
    let mut compared: Vec<u32> = outcomes.iter().filter_map(left_of).collect();
    compared.sort_unstable();
    assert_eq!(compared, [1, 2, 3, 4], "{outcomes:?}");
    assert!(outcomes.contains(&Err(Error::AttemptOver)), "{outcomes:?}");
}

both! {
    async fn of_fifty_right_recovery_codes_exactly_one_wins(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        for round in 0..3_usize {
            let half = stage.begin(&olivia, &place(round)).await;
            let outcomes = at_once(&stage, |on, n| {
                let (half, code) = (half.clone(), app.recovery[round].clone());
                async move { sign_in::finish_with_recovery(&on, &place(100 + n), &half, &code).await.map(|_| ()) }
            })
            .await;
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            let lost = outcomes.iter().filter(|outcome| is_refusal(outcome)).count();
            assert_eq!((won, lost), (1, 49), "round {round}: {outcomes:?}");
            assert_eq!(recovery_codes::left(&stage.db, &olivia.id).await, Ok(9 - round as i64));
            stage.clock.advance(domain::clock::MINUTE);
        }
    }

    async fn of_fifty_wrong_codes_of_an_app_to_be_five_are_compared(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        let proved = second_factor::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        let signed_in = stage.with_token(&signed_in, &proved.token).await;
        let (id, app) = scan(stage.factor_change(&signed_in).await);
        let (actors, wrong) = (fifty_of(&stage, &signed_in).await, app.wrong(stage.clock.now()));
        let outcomes = at_once(&stage, |on, n| {
            let (actor, id, wrong) = (actors[n].clone(), id.clone(), wrong.clone());
            async move { second_factor::set_up(&on, &actor, &id, &wrong, true).await.map(|_| ()) }
        })
        .await;
        five_were_compared(&outcomes);
        let code = app.code(stage.clock.now());
        let set_up = second_factor::set_up(&stage, &signed_in.actor, &id, &code, true).await;
        assert_eq!(refused(set_up), Error::AttemptOver);
    }

    async fn of_fifty_wrong_codes_for_a_change_of_the_factor_five_are_compared(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        let (actors, wrong) = (fifty_of(&stage, &signed_in).await, not(&code));
        let outcomes = at_once(&stage, |on, n| {
            let (actor, wrong) = (actors[n].clone(), wrong.clone());
            async move { second_factor::prove(&on, &actor, &wrong).await.map(|_| ()) }
        })
        .await;
        five_were_compared(&outcomes);
        assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &code).await), Error::AttemptOver);
    }

    async fn of_fifty_wrong_codes_for_a_lost_app_five_are_compared(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        let outcomes = at_once(&stage, |on, n| {
            let (half, wrong) = (half.clone(), not(&code));
            async move { lost_app::confirm(&on, &place(100 + n), &half, &wrong).await }
        })
        .await;
        five_were_compared(&outcomes);
        assert_eq!(lost_app::confirm(&stage, &place(1), &half, &code).await, Err(Error::AttemptOver));
    }

    async fn of_fifty_wrong_codes_of_not_me_five_are_compared(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        not_me::begin(&stage, &signed_in.actor).await.expect("a letter");
        let code = stage.mailed_code(&signed_in.email).await;
        let (actors, wrong) = (fifty_of(&stage, &signed_in).await, not(&code));
        let outcomes = at_once(&stage, |on, n| {
            let (actor, wrong) = (actors[n].clone(), wrong.clone());
            async move { not_me::finish(&on, &actor, NEW, NEW, &wrong).await }
        })
        .await;
        five_were_compared(&outcomes);
        assert_eq!(not_me::finish(&stage, &signed_in.actor, NEW, NEW, &code).await, Err(left(5)));
    }
}
