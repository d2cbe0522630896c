//! What stands around every route: headers, methods, origins, sizes and panics (WEB-1 to WEB-5, WEB-9).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use axum::{Router, routing};

use crate::support::page::{attribute, tags, text};
use crate::support::{Answer, Browser, FORM, HTML, JSON, Stage, both, raw};

/// Pages that somebody who is signed in opens.
const PAGES: [&str; 16] = [
    "/c/acme/account",
    "/c/acme/account/email",
    "/c/acme/account/security",
    "/c/acme/account/security/factor",
    "/c/acme/account/security/offer",
    "/c/acme/account/security/not-me",
    "/c/acme/account/groups",
    "/c/acme/account/accounts",
    "/c/acme/account/invitations",
    "/c/acme/manage/users",
    "/c/acme/manage/users/new",
    "/c/acme/manage/guests",
    "/c/acme/manage/groups",
    "/c/acme/manage/groups/new",
    "/c/acme/manage/client",
    "/c/acme/manage/activity",
];

/// Answers of every kind there is, with what was asked and the status it should have.
async fn answers_of_all_kinds(stage: &Stage) -> Vec<(String, u16, Answer)> {
    let mut all = Vec::new();
    let (get, post) = (Method::GET, Method::POST);
    let mut olivia = stage.signed_in("olivia").await;
    for page in PAGES {
        // Without a change under way the dialog leads back.
        let status = if page.ends_with("/email") { 302 } else { 200 };
        all.push((page.to_owned(), status, olivia.page(page).await));
    }
    for (function, status) in [("load_personal", 200), ("save_names", 422)] {
        all.push((function.to_owned(), status, olivia.call(function, &[("slug", "acme")]).await));
    }
    let anonymous: [(&Method, &str, u16); 14] = [
        (&get, "/sign-in", 200),
        (&get, "/sign-in/code", 303),
        (&get, "/activate/nothing", 404),
        (&get, "/set-up/nothing", 404),
        (&get, "/nowhere", 404),
        (&get, "/pkg/nothing.js", 404),
        (&get, "/manifest.json", 404),
        (&get, "/", 303),
        (&get, "/c/acme/account", 303),
        (&get, "/health/live", 200),
        (&get, "/health/ready", 200),
        (&get, "/sign-out", 405),
        (&get, "/preferences", 405),
        (&Method::PUT, "/sign-in", 405),
    ];
    for (method, path, status) in anonymous {
        let answer = stage.browser().ask(method.clone(), path, &[("accept", HTML)], Body::empty()).await;
        all.push((format!("{method} {path}"), status, answer));
    }
    let ours = [("accept", HTML), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
    for (path, body, status) in [
        ("/sign-out", String::new(), 303),
        ("/do/sign_in", "email=a%40b.example&password=x".to_owned(), 303),
        ("/do/sign_in", format!("email={}", "x".repeat(70_000)), 413),
        ("/sign-in", String::new(), 405),
    ] {
        let answer = stage.browser().ask(post.clone(), path, &ours, body).await;
        all.push((format!("POST {path}"), status, answer));
    }
    let nobody = stage.browser().ask(post.clone(), "/do/sign_in", &[("accept", JSON)], "").await;
    all.push(("POST without an origin".to_owned(), 403, nobody));
    let elsewhere = stage.browser().ask(get, "/sign-in", &[("host", "evil.example")], Body::empty()).await;
    all.push(("another host".to_owned(), 421, elsewhere));
    all
}

/// Fails unless the answer has the headers that all have.
fn assert_guarded(what: &str, answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
        // Only where the public URL is https would a browser remember it.
        ("strict-transport-security", ""),
        ("server", ""),
        ("x-powered-by", ""),
        ("access-control-allow-origin", ""),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    let policy = answer.header("content-security-policy");
    for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(rule), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    assert_eq!(answer.header("x-request-id").len(), 36, "{what}");
}

/// A handler with a fault.
async fn falls() -> String {
    "no number".parse::<u16>().expect("what stands in src/inside.rs").to_string()
}

/// A browser in front of a router that has this handler twice, for people and for programs, and one without a fault.
fn before_a_fault(stage: &Stage) -> Browser {
    let router = Router::new()
        .route("/falls", routing::get(falls))
        .route("/api/v1/falls", routing::get(falls))
        .route("/stands", routing::get(|| async { "as usual" }));
    let peer = "192.0.2.1:50000".parse().expect("an address");
    Browser::new(server::guard::around(router, &stage.house), stage.settings.public_url.clone(), peer)
}

both! {
    async fn every_answer_has_the_headers_that_all_have(stage: Stage) {
        let mut ids = BTreeSet::new();
        for (what, status, answer) in answers_of_all_kinds(&stage).await {
            assert_eq!(answer.status, status, "{what}: {}", answer.body);
            assert_guarded(&what, &answer);
            assert!(ids.insert(answer.header("x-request-id").to_owned()), "{what}: the number of another request");
        }
    }

    async fn refusals_are_pages_of_ours(stage: Stage) {
        for (what, status, answer) in answers_of_all_kinds(&stage).await {
            if status >= 400 && !what.starts_with("save_names") {
                assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
                assert!(answer.body.contains("<h1") && answer.body.contains("Selfsame"), "{what}: {}", answer.body);
                for leak in ["axum", "leptos", "panicked", "src/", "sqlx", "SELECT", "limit exceeded"] {
                    assert!(!answer.body.contains(leak), "{what}: {leak}");
                }
            }
        }
    }

    async fn a_panic_ends_one_answer_and_no_more(stage: Stage) {
        let mut browser = before_a_fault(&stage);
        for _ in 0..3 {
            let page = browser.page("/falls").await;
            assert_eq!((page.status, page.header("content-type")), (500, "text/html; charset=utf-8"));
            let number = format!("tell us this number: {}", page.header("x-request-id"));
            assert!(text(&page.body).contains(&number), "{}", page.body);
            let told = browser.page("/api/v1/falls").await;
            assert_eq!(told.problem(), (500, "internal".to_owned()));
            for (what, answer) in [("a page", page), ("the API", told)] {
                assert_guarded(what, &answer);
                let is_told = ["inside.rs", "panic"].iter().any(|inside| answer.body.contains(inside));
                assert!(!is_told, "{what}: {}", answer.body);
            }
            let next = browser.page("/stands").await;
            assert_eq!((next.status, next.body.as_str()), (200, "as usual"));
        }
    }

    async fn a_page_has_a_policy_with_a_nonce_of_its_own(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let mut nonces = BTreeSet::new();
        for page in ["/c/acme/account", "/c/acme/account", "/c/acme/account/groups", "/nowhere", "/c/acme/nowhere"] {
            let answer = olivia.page(page).await;
            let nonce = answer.nonce();
            // 16 bytes or more.
            assert!(nonce.len() >= 22 && nonces.insert(nonce.to_owned()), "{page}: {nonce}");
            let policy = format!(
                "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
                 img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; \
                 form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
            );
            assert_eq!(answer.header("content-security-policy"), policy, "{page}");
            let scripts: Vec<_> = tags(&answer.body).into_iter().filter(|tag| tag.starts_with("script")).collect();
            assert!(!scripts.is_empty(), "{page}: {}", answer.body);
            for script in scripts {
                assert_eq!(attribute(script, "nonce"), Some(nonce), "{page}: {script}");
            }
        }
    }

    async fn nothing_in_a_page_would_be_blocked_by_its_policy(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let mut bodies = Vec::new();
        for page in PAGES {
            bodies.push(olivia.page(page).await.body);
        }
        bodies.push(stage.browser().page("/sign-in").await.body);
        for body in bodies {
            for tag in tags(&body) {
                let handler = tag.split(' ').any(|word| word.starts_with("on") && word.contains('='));
                assert!(attribute(tag, "style").is_none() && !handler && !tag.starts_with("style"), "{tag}");
            }
        }
    }

    async fn an_unknown_suffix_is_no_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for path in ["/account/x.css", "/c/acme/account/x.css", "/c/acme/account/security/x.js", "/sign-in/x.css"] {
            let answer = olivia.page(path).await;
            let status = if path.starts_with("/sign-in") { 303 } else { 404 };
            assert_eq!((answer.status, answer.header("cache-control")), (status, "no-store"), "{path}");
            assert!(!answer.body.contains("olivia@acme.example") && !answer.body.contains("Okafor"), "{path}");
        }
    }

    async fn other_methods_than_get_head_and_post_are_unknown(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            for path in ["/", "/c/acme/account", "/do/save_names", "/favicon.svg", "/health/live"] {
                let headers = [("sec-fetch-site", "same-origin"), ("x-mark", "echoed")];
                let answer = olivia.ask(method.clone(), path, &headers, Body::empty()).await;
                assert_eq!(answer.status, 405, "{method} {path}");
                assert!(!answer.body.contains("echoed"));
            }
        }
    }

    async fn what_reads_never_writes(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let before = raw::dump(&stage.db).await;
        let query = "slug=acme&first_name=Mallory&last_name=Mallory&code=BCDF-GHJK&email=a%40b.example&password=x";
        for path in server::server_function_paths() {
            for (method, accept) in [(Method::GET, HTML), (Method::GET, JSON), (Method::HEAD, JSON)] {
                let headers = [("accept", accept), ("sec-fetch-site", "same-origin")];
                let asked = format!("{path}?{query}");
                let answer = olivia.ask(method.clone(), &asked, &headers, Body::empty()).await;
                assert_eq!((answer.status, answer.set_cookies().len()), (405, 0), "{method} {path} as {accept}");
            }
        }
        for path in ["/sign-out", "/preferences?language=de&theme=dark"] {
            assert_eq!(olivia.page(path).await.status, 405, "{path}");
        }
        for page in PAGES {
            olivia.page(page).await;
        }
        assert!(raw::dump(&stage.db).await == before, "a read has written");
        assert_eq!(olivia.page("/c/acme/account").await.status, 200);
    }

    async fn what_comes_from_another_site_is_refused(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let before = raw::dump(&stage.db).await;
        let origin = olivia.origin();
        let ours = origin.as_str();
        let foreign: [&[(&str, &str)]; 9] = [
            &[],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", ours)],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "http://localhost:3001")],
            &[("referer", "http://localhost:3000/c/acme/account")],
        ];
        let functions = server::server_function_paths();
        for path in functions.into_iter().chain(["/sign-out", "/preferences"]) {
            for headers in foreign {
                for accept in [HTML, JSON] {
                    let headers = [headers, &[("accept", accept), ("content-type", FORM)][..]].concat();
                    let body = "slug=acme&first_name=Mallory&last_name=Mallory&language=de";
                    let answer = olivia.ask(Method::POST, path, &headers, body).await;
                    assert_eq!((answer.status, answer.set_cookies().len()), (403, 0), "{path} {headers:?}");
                }
            }
        }
        assert!(raw::dump(&stage.db).await == before, "a refused request has written");
        let fields = [("slug", "acme"), ("first_name", "Liv"), ("last_name", "Okafor")];
        assert_eq!(olivia.call("save_names", &fields).await.status, 200);
        assert_eq!(olivia.send("save_names", &fields, "/c/acme/account").await.status, 303);
        assert_eq!(stage.names_of("olivia").await.0, "Liv");
    }

    async fn what_is_too_large_is_refused(stage: Stage) {
        let mut browser = stage.browser();
        let body = format!("email={}&password=x", "x".repeat(64 * 1024));
        let length = body.len().to_string();
        for path in ["/do/sign_in", "/preferences"] {
            for accept in [HTML, JSON] {
                // A length that was announced is refused before anything is read, one that was not while it is.
                for length in [length.as_str(), ""] {
                    let headers = [
                        ("accept", accept),
                        ("content-type", FORM),
                        ("sec-fetch-site", "same-origin"),
                        ("content-length", length),
                    ];
                    let answer = browser.ask(Method::POST, path, &headers, body.clone()).await;
                    assert_eq!(answer.status, 413, "{path} as {accept}, length {length:?}: {}", answer.body);
                }
            }
        }
        let long = "x".repeat(60_000);
        let fits = browser.call("sign_in", &[("email", "a@b.example"), ("password", &long)]).await;
        assert_eq!(fits.status, 422);
    }

    async fn what_is_no_form_is_a_bad_request(stage: Stage) {
        let mut browser = stage.browser();
        let bodies: [&[u8]; 4] =
            [b"email=%ff%fe&password=%c3%28", b"\xff\xfe\x00", b"email[a][b][c][d][e][f][g]=1", b""];
        for body in bodies {
            let headers = [("accept", JSON), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
            let answer = browser.ask(Method::POST, "/do/sign_in", &headers, body.to_vec()).await;
            assert!([400, 422].contains(&answer.status), "{body:?}: {} {}", answer.status, answer.body);
        }
    }

    async fn files_of_the_site_may_be_kept(stage: Stage) {
        let assets = &stage.house.assets;
        assert!(!assets.js.is_empty(), "the site is not built; `cargo xtask test` builds it");
        for path in [&assets.js, &assets.css, &assets.wasm] {
            let answer = stage.browser().page(path).await;
            assert_eq!((answer.status, answer.header("vary")), (200, "accept-encoding"), "{path}");
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("set-cookie"), "");
        }
        let mut browser = stage.browser();
        let answer = browser.page("/favicon.svg").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-cache"));
        let tag = answer.header("etag").to_owned();
        let again = browser.ask(Method::GET, "/favicon.svg", &[("if-none-match", &tag)], Body::empty()).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        for (encoding, served) in [("br", "br"), ("gzip", "gzip"), ("gzip, br", "br"), ("identity", "")] {
            let answer = browser.ask(Method::GET, &assets.js, &[("accept-encoding", encoding)], Body::empty()).await;
            assert_eq!((answer.status, answer.header("content-encoding")), (200, served), "{encoding}");
        }
    }
}
