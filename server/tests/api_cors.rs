//! Pages of other origins that call the API: none, unless the operator named them (API-2).

use domain::clock::DAY;

use crate::support::program_api::BASE;
use crate::support::{Answer, With, both};

const NAMED: &str = "https://app.example";
const OTHERS: [&str; 6] = [
    "https://evil.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.evil.example",
    "null",
    "https://APP.example",
];

fn crosses(answer: &Answer) -> Vec<String> {
    let names = answer.headers.keys().map(ToString::to_string);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

both! {
    async fn without_a_word_of_the_operator_nobody_else_reads(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        for origin in OTHERS.into_iter().chain([NAMED]) {
            let asked = [("origin", origin), ("access-control-request-method", "GET")];
            let preflight = olivia.ask("OPTIONS", "/me", &asked, "").await;
            assert_eq!((preflight.problem().0, crosses(&preflight).len()), (405, 0), "{origin}");
            let answer = olivia.ask("GET", "/me", &[("origin", origin)], "").await;
            assert_eq!((answer.status, crosses(&answer).len(), answer.header("vary")), (200, 0, ""), "{origin}");
        }
    }

    async fn an_origin_that_was_named_reads_and_no_other(stage: Stage) {
        let key = stage.key_until("olivia", stage.clock.now() + DAY).await;
        let named = With { api_origins: vec![NAMED.to_owned()], ..With::default() };
        let stage = stage.with(named);
        let mut olivia = stage.api(&key);
        let answer = olivia.ask("GET", "/me", &[("origin", NAMED)], "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, NAMED), "{}", answer.body);
        assert_eq!((answer.header("vary"), answer.header("access-control-allow-credentials")), ("Origin", ""));
        for exposed in ["ETag", "Link", "Location", "RateLimit", "Retry-After", "X-Request-Id", "Idempotency-Replayed"] {
            assert!(answer.header("access-control-expose-headers").contains(exposed), "{exposed}");
        }
        // A refusal is read as well.
        let refused = stage.api("").ask("GET", "/me", &[("origin", NAMED)], "").await;
        assert_eq!((refused.problem().0, refused.header("access-control-allow-origin")), (401, NAMED));
        for origin in OTHERS {
            let answer = olivia.ask("GET", "/me", &[("origin", origin)], "").await;
            assert_eq!((crosses(&answer).len(), answer.header("vary")), (0, "Origin"), "{origin}");
            let preflight = olivia.ask("OPTIONS", "/me", &[("origin", origin)], "").await;
            assert_eq!((preflight.status, crosses(&preflight).len()), (204, 0), "{origin}");
        }
        let asked = [("origin", NAMED), ("access-control-request-method", "PATCH")];
        let preflight = stage.api("").ask("OPTIONS", "/groups/x", &asked, "").await;
        assert_eq!((preflight.status, preflight.header("access-control-max-age")), (204, "600"));
        assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
        for taken in ["Authorization", "If-Match", "Idempotency-Key", "Content-Type"] {
            assert!(preflight.header("access-control-allow-headers").contains(taken), "{taken}");
        }
        // The pages stay as they are.
        let page = olivia.ask_at("GET", "/sign-in", &[("origin", NAMED)], "").await;
        assert_eq!((page.status, crosses(&page).len()), (200, 0));
        let page = olivia.ask_at("OPTIONS", "/sign-in", &[("origin", NAMED)], "").await;
        assert_eq!((page.status, crosses(&page).len()), (405, 0));
        assert!(olivia.ask_at("GET", &format!("{BASE}/openapi.json"), &[("origin", NAMED)], "").await.status == 200);
    }
}
