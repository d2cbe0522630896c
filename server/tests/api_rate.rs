//! How often a user may call the API (RATE-5).

use domain::clock::{MINUTE, SECOND};
use serde_json::json;

use crate::support::both;

both! {
    async fn six_hundred_a_minute_and_no_more(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let first = olivia.get("/me").await;
        assert_eq!(first.header("ratelimit-policy"), "\"account\";q=600;w=60");
        assert_eq!(first.header("ratelimit"), "\"account\";r=599;t=60");
        stage.clock.advance(20 * SECOND);
        for left in (0..599).rev() {
            let answer = olivia.get("/me").await;
            let rate = format!("\"account\";r={left};t=40");
            assert_eq!((answer.status, answer.header("ratelimit")), (200, rate.as_str()));
        }
        let over = olivia.post("/groups", &json!({ "name": "Readers" })).await;
        assert_eq!((over.problem(), over.header("retry-after")), ((429, "too_many".into()), "40"));
        assert_eq!(over.header("ratelimit"), "\"account\";r=0;t=40");
        // It is the user who is counted, whatever the token and from wherever; others go on.
        let mut other = stage.api_of("olivia").await;
        assert_eq!(other.get("/me").await.problem().0, 429);
        let mut max = stage.api_of("max").await;
        assert_eq!(max.get("/me").await.header("ratelimit"), "\"account\";r=599;t=60");
        stage.clock.advance(MINUTE - 20 * SECOND);
        assert_eq!(olivia.get("/groups").await.json()["items"].as_array().map(Vec::len), Some(4));
    }

    async fn a_wrong_token_counts_nothing_for_nobody(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        for _ in 0..5 {
            let answer = stage.api("selfsame_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").get("/me").await;
            assert_eq!((answer.problem().0, answer.header("ratelimit")), (401, ""));
        }
        assert_eq!(olivia.get("/me").await.header("ratelimit"), "\"account\";r=599;t=60");
    }
}
