//! What is said of the API: the OpenAPI file, and the page that is made from it.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;

use crate::support::both;
use crate::support::page::{attribute, tags, text};
use crate::support::program_api::BASE;

both! {
    async fn the_file_describes_every_route(stage: Stage) {
        let mut stranger = stage.api("");
        let file = stranger.get("/openapi.json").await;
        assert_eq!((file.status, file.header("content-type")), (200, "application/json; charset=utf-8"));
        let told = file.json();
        assert_eq!((&told["openapi"], &told["servers"][0]["url"]), (&Value::from("3.1.0"), &Value::from(BASE)));
        let operations = server::api_operations();
        assert!(operations.len() > 25, "{}", operations.len());
        let mut met = 0;
        for (path, item) in told["paths"].as_object().expect("paths") {
            for method in item.as_object().expect("methods").keys() {
                let whole = format!("{BASE}{path}");
                let is_it = |(m, p): &(Method, String)| *p == whole && m.as_str().eq_ignore_ascii_case(method);
                assert!(operations.iter().any(is_it), "{method} {path}");
                met += 1;
                // What is described is there: nobody is let in, and nothing is missing.
                let filled = path.replace("{id}", "x").replace("{user}", "x");
                let answer = stranger.ask(&method.to_ascii_uppercase(), &filled, &[], "").await;
                let expected = if path.starts_with("/login") { 415 } else { 401 };
                assert_eq!(answer.problem().0, expected, "{method} {path}");
            }
        }
        assert_eq!(met, operations.len());
        let by_head = stranger.ask("HEAD", "/openapi.json", &[], "").await;
        assert_eq!(by_head.status, 200);
    }

    async fn the_page_needs_nothing_and_runs_nothing(stage: Stage) {
        let page = stage.browser().page("/api").await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("script"), "{policy}");
        let mut ids = BTreeSet::new();
        for tag in tags(&page.body) {
            assert!(!tag.starts_with("script") && !tag.starts_with("style"), "{tag}");
            assert!(attribute(tag, "style").is_none(), "{tag}");
            for name in ["href", "src"] {
                let to = attribute(tag, name).unwrap_or("/");
                let is_ours = to.is_empty() || to.starts_with('#') || (to.starts_with('/') && !to.starts_with("//"));
                assert!(is_ours || tag.contains("stylesheet"), "{tag}");
            }
            if let Some(id) = attribute(tag, "id") {
                assert!(ids.insert(id.to_owned()), "{id} is there twice");
            }
        }
        let led_to: BTreeSet<_> = tags(&page.body)
            .into_iter()
            .filter_map(|tag| attribute(tag, "href").and_then(|to| to.strip_prefix('#')))
            .collect();
        for to in &led_to {
            assert!(ids.contains(*to), "nothing is at #{to}");
        }
        let file = stage.api("").get("/openapi.json").await.json();
        for item in file["paths"].as_object().expect("paths").values() {
            for operation in item.as_object().expect("methods").values() {
                let id = operation["operationId"].as_str().expect("an id");
                assert!(ids.contains(id), "{id} is not on the page");
                assert!(led_to.contains(id), "nothing leads to {id}");
            }
        }
        assert!(ids.contains("problem-not_found") && ids.contains("problem-address_elsewhere"));
        let described = page.body.split_once("id=\"operations\"").and_then(|(_, rest)| rest.split_once("</section>"));
        let described = text(described.expect("the operations").1);
        assert!(described.contains("POST /api/v2/users"), "{described}");
    }

    async fn the_page_is_in_the_language_of_the_reader(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        let page = max.page("/api").await;
        assert!(page.body.contains("<html lang=\"de\"") && page.body.contains("<h1>Die API</h1>"), "{}", page.body);
        assert!(page.body.contains("lang=\"en\""));
        let page = stage.browser().page("/api").await;
        assert!(page.body.contains("<html lang=\"en\"") && page.body.contains("<h1>The API</h1>"), "{}", page.body);
    }
}
