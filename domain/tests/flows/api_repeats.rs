//! A request that is sent again with the same key is not done again (one answer for each).

use domain::clock::{DAY, SECOND};
use domain::flows::api_repeats::{self, Claim, Kept};
use domain::mail::outbox;
use tokio::task::JoinSet;

use crate::support::raw::dump;
use crate::support::{Somebody, Stage, both};

const KEY: &str = "9c1f6c2e-order-17";
const REQUEST: &[u8] = b"POST /users {\"email\":\"new@x.example\"} \xff";

/// Somebody who may use the API, and their program.
async fn program(stage: &Stage, name: &str) -> (Somebody, domain::actor::Actor) {
    let somebody = stage.person(name).await;
    stage.allow_api(&somebody).await;
    let token = stage.api_token(&somebody).await;
    let actor = stage.program(&token).await.expect("a program");
    (somebody, actor)
}

fn answer() -> Kept {
    Kept { status: 201, location: Some("/users/17".into()), etag: None, body: "{\"id\":\"17\"}".into() }
}

both! {
    async fn what_was_answered_is_answered_again(stage: Stage) {
        let (_, olivia) = program(&stage, "olivia").await;
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Ours));
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Busy));
        api_repeats::keep(&stage, &olivia, KEY, &answer()).await.expect("kept");
        let other = stage.again().await;
        for instance in [&stage, &other] {
            assert_eq!(api_repeats::claim(instance, &olivia, KEY, REQUEST).await, Ok(Claim::Done(answer())));
        }
        let later = Kept { status: 200, ..answer() };
        api_repeats::keep(&stage, &olivia, KEY, &later).await.expect("too late");
        api_repeats::forget(&stage, &olivia, KEY).await.expect("too late");
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Done(answer())));
    }

    async fn a_key_is_for_one_request_of_one_person(stage: Stage) {
        let ((_, olivia), (_, max)) = (program(&stage, "olivia").await, program(&stage, "max").await);
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Ours));
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, b"something else").await, Ok(Claim::Other));
        assert_eq!(api_repeats::claim(&stage, &olivia, "another", REQUEST).await, Ok(Claim::Ours));
        assert_eq!(api_repeats::claim(&stage, &max, KEY, REQUEST).await, Ok(Claim::Ours));
        api_repeats::keep(&stage, &olivia, KEY, &answer()).await.expect("kept");
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, b"something else").await, Ok(Claim::Other));
        assert_eq!(api_repeats::claim(&stage, &max, KEY, REQUEST).await, Ok(Claim::Busy));
    }

    async fn what_came_to_nothing_may_be_sent_again(stage: Stage) {
        let (_, olivia) = program(&stage, "olivia").await;
        for request in [REQUEST, b"and put right"] {
            assert_eq!(api_repeats::claim(&stage, &olivia, KEY, request).await, Ok(Claim::Ours));
            api_repeats::forget(&stage, &olivia, KEY).await.expect("forgotten");
        }
    }

    async fn whoever_has_not_answered_in_a_minute_has_died(stage: Stage) {
        let (_, olivia) = program(&stage, "olivia").await;
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Ours));
        stage.clock.advance(60 * SECOND - 1);
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Busy));
        stage.clock.advance(1);
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Ours));
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Busy));
    }

    async fn an_answer_is_kept_for_a_day(stage: Stage) {
        let (_, olivia) = program(&stage, "olivia").await;
        api_repeats::claim(&stage, &olivia, KEY, REQUEST).await.expect("claimed");
        api_repeats::keep(&stage, &olivia, KEY, &answer()).await.expect("kept");
        stage.clock.advance(DAY - 1);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Done(answer())));
        stage.clock.advance(1);
        assert_eq!(api_repeats::claim(&stage, &olivia, KEY, REQUEST).await, Ok(Claim::Ours));
        stage.clock.advance(DAY);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_repeats").await, 0);
    }

    async fn of_fifty_at_once_one_is_done(stage: Stage) {
        let ((_, olivia), other) = (program(&stage, "olivia").await, stage.again().await);
        let mut all = JoinSet::new();
        for n in 0..50 {
            let (on, actor) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, olivia.clone());
            all.spawn(async move { api_repeats::claim(&on, &actor, KEY, REQUEST).await });
        }
        let claims = all.join_all().await;
        assert_eq!(claims.iter().filter(|claim| **claim == Ok(Claim::Ours)).count(), 1, "{claims:?}");
        assert_eq!(claims.iter().filter(|claim| **claim == Ok(Claim::Busy)).count(), 49, "{claims:?}");
    }

    async fn neither_the_key_nor_the_request_stands_in_the_row(stage: Stage) {
        let (_, olivia) = program(&stage, "olivia").await;
        api_repeats::claim(&stage, &olivia, KEY, REQUEST).await.expect("claimed");
        let dump = dump(&stage.db).await;
        assert!(!dump.contains(KEY) && !dump.contains("new@x.example") && dump.contains("repeat:"));
    }
}
