//! How often the programs of one person may ask (RATE-3).

use domain::actor::Actor;
use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::flows::api_rate::{self, PER_MINUTE, Rate};
use domain::flows::limits::{PERSON_ACTS, try_by};
use domain::store::limits;

use crate::support::{Stage, both};

async fn program(stage: &Stage, name: &str) -> Actor {
    let somebody = stage.person(name).await;
    stage.allow_api(&somebody).await;
    let token = stage.api_token(&somebody).await;
    stage.program(&token).await.expect("a program")
}

/// Asks so often without looking at the answers.
async fn ask(stage: &Stage, who: &Actor, times: i64) {
    let key = stage.keys.limit_key("api", who.user_id());
    for _ in 0..times {
        limits::hit(&stage.db, &key, MINUTE, stage.clock.now()).await.expect("counted");
    }
}

fn rate(left: i64, resets_in_s: u32) -> Rate {
    Rate { limit: PER_MINUTE, left, resets_in_s }
}

both! {
    async fn six_hundred_a_minute_by_all_programs_of_a_person_together(stage: Stage) {
        let (olivia, max) = (program(&stage, "olivia").await, program(&stage, "max").await);
        let other = stage.again().await;
        assert_eq!(api_rate::count(&stage, &olivia).await, Ok((rate(599, 60), true)));
        stage.clock.advance(20 * SECOND);
        ask(&stage, &olivia, 597).await;
        assert_eq!(api_rate::count(&other, &olivia).await, Ok((rate(1, 40), true)));
        assert_eq!(api_rate::count(&stage, &olivia).await, Ok((rate(0, 40), true)));
        assert_eq!(api_rate::count(&stage, &olivia).await, Ok((rate(0, 40), false)));
        assert_eq!(api_rate::count(&stage, &max).await, Ok((rate(599, 60), true)), "others have their own");
        stage.clock.advance(40 * SECOND - 1);
        assert_eq!(api_rate::count(&other, &olivia).await, Ok((rate(0, 1), false)));
        stage.clock.advance(1);
        assert_eq!(api_rate::count(&other, &olivia).await, Ok((rate(599, 60), true)));
    }

    async fn what_a_program_does_is_no_act_of_its_owner(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.allow_api(&olivia).await;
        let token = stage.api_token(&olivia).await;
        let program = stage.program(&token).await.expect("a program");
        stage.clock.advance(MINUTE);
        let here = stage.sign_in(&olivia).await;
        for _ in 0..=PERSON_ACTS {
            assert_eq!(try_by(&stage, &program).await, Ok(()));
        }
        for _ in 0..PERSON_ACTS {
            assert_eq!(try_by(&stage, &here.actor).await, Ok(()));
        }
        assert_eq!(try_by(&stage, &here.actor).await, Err(Error::TooMany { retry_after_s: 60 }));
        assert_eq!(try_by(&stage, &program).await, Ok(()));
    }
}
