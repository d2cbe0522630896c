//! Where a request may not lead: to another site (WEB-7), or to words that somebody else wrote (S4).

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use domain::Error;
use url::form_urlencoded::byte_serialize;

use crate::support::{Browser, FORM, HTML, PASSWORD, both, email_of};

/// Ways to name another site that a browser understands and a careless check does not.
const AWAY: [&str; 15] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2f%2fevil.example",
    "/%2F/evil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/\t/evil.example",
    "/\r\nlocation: https://evil.example",
    " //evil.example",
];

/// What the framework would take for the outcome of a form, in a URL that somebody made.
fn crafted(function: &str) -> (String, String) {
    let words = Error::Internal { id: "CALL-0900-EVIL".to_owned() };
    let error = URL_SAFE.encode(serde_json::to_vec(&words).expect("serialisable"));
    let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    (escaped(&format!("/do/{function}")), escaped(&error))
}

/// Opens a URL and goes where it leads; says where that is.
async fn end_of(browser: &mut Browser, url: &str) -> (String, crate::support::Answer) {
    let first = browser.page(url).await;
    let led = first.header("location").to_owned();
    (led, browser.follow(first).await)
}

both! {
    async fn nobody_puts_words_into_a_page_by_its_url(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let mut stranger = stage.browser();
        for (page, function) in [
            ("/sign-in", "sign_in"),
            ("/c/acme/account", "save_names"),
            ("/c/acme/account", "begin_email_change"),
            ("/nowhere", "sign_in"),
        ] {
            let (path, error) = crafted(function);
            let browser = if page.starts_with("/c/") { &mut olivia } else { &mut stranger };
            let (led, plain) = end_of(browser, &format!("{page}?__path={path}&__err={error}")).await;
            assert_eq!(led, page, "the URL is cleaned");
            assert!(!plain.body.contains("EVIL"), "{}", plain.body);
            // A browser reads these as the same names.
            let disguises = [("%5f%5fpath", "%5F%5Ferr"), ("__pat%68", "__er%72"), ("_%5Fpath", "_%5Ferr")];
            for (path_name, error_name) in disguises {
                let url = format!("{page}?x=1&{path_name}={path}&{error_name}={error}");
                let (_, disguised) = end_of(browser, &url).await;
                assert!(!disguised.body.contains("EVIL"), "{url}");
            }
        }
    }

    async fn what_else_is_in_such_a_url_is_kept(stage: Stage) {
        let (path, error) = crafted("sign_in");
        let mut browser = stage.browser();
        let url = format!("/sign-in?__path={path}&notice=signed-out&__err={error}");
        let (led, answer) = end_of(&mut browser, &url).await;
        assert_eq!((led.as_str(), answer.status), ("/sign-in?notice=signed-out", 200));
        assert!(answer.body.contains("You are signed out."), "{}", answer.body);
        // And a page says nothing that is not on its own list.
        let unknown = browser.page("/sign-in?notice=EVIL&notice=%3Cb%3E").await;
        assert!(!unknown.body.contains("EVIL") && !unknown.body.contains("class=\"notice\""), "{}", unknown.body);
    }

    async fn the_way_on_from_the_sign_in_leads_nowhere_else(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for away in AWAY {
            let once: String = byte_serialize(away.as_bytes()).collect();
            let twice: String = byte_serialize(once.as_bytes()).collect();
            for next in [once, twice] {
                let answer = olivia.page(&format!("/welcome?next={next}")).await;
                assert_eq!((answer.status, answer.header("location")), (303, "/c/acme/account"), "{next}");
            }
        }
        let right = olivia.page("/welcome?next=/c/acme/account/security").await;
        assert_eq!(right.header("location"), "/c/acme/account/security");
        let mut stranger = stage.browser();
        assert_eq!(stranger.page("/welcome?next=/c/acme/account").await.header("location"), "/sign-in");
    }

    async fn a_sign_in_keeps_only_a_path_of_ours(stage: Stage) {
        stage.people().await;
        let wanted = "/c/acme/account/groups";
        for (next, led) in AWAY.map(|away| (away, "")).into_iter().chain([(wanted, wanted)]) {
            let mut browser = stage.browser();
            let fields = [("email", email_of("olivia")), ("password", PASSWORD), ("next", next)];
            let begun = browser.call("sign_in", &fields).await;
            assert_eq!(begun.header("location"), "/sign-in/code", "{next}");
            let code = stage.code_to(email_of("olivia")).await;
            let done = browser.call("sign_in_code", &[("code", &code)]).await;
            assert_eq!(done.header("location"), format!("/welcome?next={led}"), "{next}");
        }
    }

    async fn a_form_leads_back_to_our_own_pages_only(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let fields = "slug=acme&first_name=Olivia&last_name=Okafor&theme=dark";
        for (referer, back) in [
            ("https://evil.example/c/acme/account", "/"),
            ("http://localhost:3001/c/acme/account", "/"),
            ("http://localhost:3000.evil.example/", "/"),
            ("http://localhost:3000@evil.example/", "/"),
            ("http://localhost:3000//evil.example/x", "/"),
            ("http://localhost:3000/%2f%2fevil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("nonsense", "/"),
            ("http://localhost:3000/c/acme/account/security", "/c/acme/account/security"),
        ] {
            for path in ["/do/save_names", "/preferences"] {
                let headers =
                    [("accept", HTML), ("content-type", FORM), ("sec-fetch-site", "same-origin"), ("referer", referer)];
                let answer = olivia.ask(Method::POST, path, &headers, fields).await;
                assert_eq!((answer.status, answer.header("location")), (303, back), "{path} from {referer}");
            }
        }
    }
}
