//! What the API says where it refuses: one kind of document, whatever is wrong, and never more than that (WEB-5, WEB-9).

use serde_json::json;

use crate::support::{HTML, JSON, both};

const TYPE: (&str, &str) = ("content-type", JSON);

/// Method, path, headers and body; the status and the code of what comes back.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

both! {
    async fn every_refusal_is_a_problem_document(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let large = json!({ "name": "x".repeat(70_000) }).to_string();
        let deep = format!("{{\"name\":{}", "[".repeat(60_000));
        let cases: [Case<'_>; 25] = [
            ("PUT", "/groups", &[], "", 405, "method_not_allowed"),
            ("DELETE", "/me", &[], "", 405, "method_not_allowed"),
            ("TRACE", "/me", &[], "", 405, "method_not_allowed"),
            ("PROPFIND", "/users", &[], "", 405, "method_not_allowed"),
            ("OPTIONS", "/me", &[], "", 405, "method_not_allowed"),
            ("GET", "/login", &[], "", 405, "method_not_allowed"),
            ("GET", "/nothing", &[], "", 404, "not_found"),
            ("GET", "/users/%00", &[], "", 404, "not_found"),
            ("GET", "/users/%FF", &[], "", 400, "bad_request"),
            ("GET", "/me", &[("accept", HTML.split(',').next().unwrap_or(""))], "", 406, "not_acceptable"),
            ("GET", "/me", &[("host", "evil.example")], "", 421, "misdirected"),
            ("POST", "/groups", &[("content-type", "text/plain")], "{}", 415, "unsupported_media_type"),
            ("POST", "/groups", &[], "{}", 415, "unsupported_media_type"),
            ("POST", "/groups", &[TYPE], &large, 413, "too_large"),
            ("POST", "/groups", &[TYPE], &deep, 422, "invalid"),
            ("POST", "/groups", &[TYPE], "", 400, "bad_request"),
            ("POST", "/groups", &[TYPE], "{\"name\":", 400, "bad_request"),
            ("POST", "/groups", &[TYPE], "{}", 422, "invalid"),
            ("POST", "/groups", &[TYPE], "[\"A\"]", 422, "invalid"),
            ("POST", "/groups", &[TYPE], "{\"name\":1}", 422, "invalid"),
            ("POST", "/groups", &[TYPE], "{\"name\":\"A\",\"open\":null}", 422, "invalid"),
            ("POST", "/groups", &[TYPE], "{\"name\":\"A\",\"tenant_id\":\"1\"}", 422, "unknown_field"),
            ("POST", "/groups", &[TYPE], "{\"name\":\"A\",\"name\":\"B\"}", 422, "unknown_field"),
            ("PATCH", "/me", &[TYPE], "{\"first_name\":\"A\"}", 428, "precondition_required"),
            ("PATCH", "/me", &[TYPE, ("if-match", "nonsense")], "{\"first_name\":\"A\"}", 412, "edited_meanwhile"),
        ];
        for (method, path, headers, body, status, code) in cases {
            let what = format!("{method} {path} {}", &body[..body.len().min(60)]);
            let answer = olivia.ask(method, path, headers, body).await;
            assert_eq!(answer.problem(), (status, code.to_owned()), "{what}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
            assert_eq!(answer.header("allow").is_empty(), status != 405, "{what}");
            for leak in ["axum", "serde", "expected", "sqlx", "panicked", "tenant_id", "src/"] {
                assert!(!answer.body.contains(leak), "{what}: {}", answer.body);
            }
        }
        assert_eq!(olivia.get("/groups").await.json()["items"].as_array().map(Vec::len), Some(4));
    }

    async fn what_is_allowed_is_said(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        for (path, allowed) in [
            ("/groups", vec!["GET", "HEAD", "POST"]),
            ("/groups/x", vec!["DELETE", "GET", "HEAD", "PATCH"]),
            ("/login", vec!["POST"]),
            ("/activity", vec!["GET", "HEAD"]),
        ] {
            let answer = olivia.ask("PUT", path, &[], "").await;
            let mut named: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
            named.sort_unstable();
            assert_eq!(named, allowed, "{path}");
        }
    }

    async fn where_a_body_does_not_fit_is_said_and_nothing_of_it(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let body = "{\n  \"name\": \"A\",\n  \"<script>\": 1 }";
        let answer = olivia.ask("POST", "/groups", &[TYPE], body).await;
        assert_eq!(answer.problem(), (422, "unknown_field".into()));
        assert!(answer.json()["detail"].as_str().is_some_and(|text| text.contains("line 3")), "{}", answer.body);
        assert!(!answer.body.contains("script"), "{}", answer.body);
    }

    async fn more_than_one_field_may_be_wrong(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let new = json!({ "email": "x", "first_name": "", "last_name": "a\u{202E}b" });
        let told = olivia.post("/users", &new).await;
        assert_eq!(told.problem(), (422, "invalid".into()));
        let told = told.json();
        let codes: Vec<_> = told["errors"].as_array().expect("a list").iter().map(|error| &error["code"]).collect();
        assert_eq!(codes, ["empty", "forbidden_characters", "not_an_address"]);
    }

    async fn what_needs_a_proof_is_nothing_for_programs(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        for path in ["/me/password", "/me/email", "/me/keys", "/keys", "/users/x/password", "/users/x/reset-factor"] {
            assert_eq!(olivia.post(path, &json!({})).await.problem(), (404, "not_found".into()), "{path}");
        }
    }
}
