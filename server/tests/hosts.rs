//! Whose house it is and who comes from where: host names, proxies, https (WEB-8, RATE-2, SESS-2).

use axum::body::Body;
use axum::http::Method;
use domain::Error;

use crate::support::{Browser, FORM, JSON, PASSWORD, Stage, With, both};

/// One guess at an address that nobody has, with headers that claim to come from elsewhere.
async fn guess(browser: &mut Browser, n: usize, claims: &[(&str, &str)]) -> u16 {
    let headers = [&[("accept", JSON), ("content-type", FORM), ("sec-fetch-site", "same-origin")][..], claims].concat();
    let body = format!("email=nobody{n}%40acme.example&password=wrong");
    browser.ask(Method::POST, "/do/sign_in", &headers, body).await.status
}

/// A house that people reach by https.
async fn by_https(stage: &Stage) -> Stage {
    stage.people().await;
    stage.with(With { public_url: "https://accounts.example", ..With::default() })
}

both! {
    async fn another_host_is_not_served(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let foreign = ["evil.example", "localhost", "localhost:3001", "localhost:3000.evil.example", "a@localhost"];
        for host in foreign {
            for (method, path) in [(Method::GET, "/c/acme/account"), (Method::POST, "/do/save_names")] {
                let headers = [("host", host), ("sec-fetch-site", "same-origin"), ("content-type", FORM)];
                let answer = olivia.ask(method, path, &headers, Body::empty()).await;
                assert_eq!(answer.status, 421, "{host} {path}");
                assert!(!answer.body.contains("evil") && !answer.body.contains("Okafor"), "{host}: {}", answer.body);
            }
        }
        assert_eq!(olivia.ask(Method::GET, "/sign-in", &[("host", "LOCALHOST:3000")], "").await.status, 303);
        // Whoever watches over the process may not know its name.
        let live = olivia.ask(Method::GET, "/health/live", &[("host", "10.0.0.7:3000")], "").await;
        assert_eq!(live.status, 200);
    }

    async fn links_in_mails_know_the_public_url_only(stage: Stage) {
        stage.people().await;
        let mut browser = stage.browser();
        let headers = [
            ("accept", JSON),
            ("content-type", FORM),
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.example"),
            ("x-host", "evil.example"),
        ];
        let body = format!("email=olivia%40acme.example&password={}", PASSWORD.replace(' ', "+"));
        let answer = browser.ask(Method::POST, "/do/sign_in", &headers, body).await;
        assert_eq!((answer.status, answer.header("location")), (200, "/sign-in/code"));
        stage.deliver().await;
        let letters = stage.letters_to("olivia@acme.example");
        let [letter] = letters.as_slice() else { panic!("{} letters", letters.len()) };
        assert!(letter.text.contains(" http://localhost:3000/ "), "{}", letter.text);
        for part in [&letter.subject, &letter.text, &letter.html] {
            assert!(!part.contains("evil") && !part.contains("https://"), "{part}");
        }
        let page = browser.ask(Method::GET, "/sign-in/code", &headers, "").await;
        assert!(page.status == 200 && !page.body.contains("evil"), "{}", page.body);
    }

    async fn a_claim_to_come_from_elsewhere_is_not_believed(stage: Stage) {
        let mut browser = stage.browser();
        for n in 0..10 {
            let elsewhere = format!("203.0.113.{n}");
            let forwarded = format!("for={elsewhere}");
            let claims = [
                ("x-forwarded-for", elsewhere.as_str()),
                ("forwarded", forwarded.as_str()),
                ("x-real-ip", elsewhere.as_str()),
                ("cf-connecting-ip", elsewhere.as_str()),
            ];
            assert_eq!(guess(&mut browser, n, &claims).await, 422, "{n}");
        }
        let further: [&[(&str, &str)]; 3] =
            [&[("x-forwarded-for", "203.0.113.77")], &[("x-real-ip", "203.0.113.78")], &[]];
        for claims in further {
            assert_eq!(guess(&mut browser, 99, claims).await, 429, "{claims:?}");
        }
        // Others are not held up, nor is this one after the minute.
        assert_eq!(guess(&mut stage.browser(), 99, &[]).await, 422);
        stage.clock.advance(60_000);
        assert_eq!(guess(&mut browser, 99, &[]).await, 422);
    }

    async fn a_trusted_proxy_is_believed_as_far_as_it_can_know(stage: Stage) {
        let trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
        let stage = stage.with(With { trusted_proxies, ..With::default() });
        let mut proxy = stage.browser_at("10.0.0.1");
        for n in 0..12 {
            let client = format!("203.0.113.{n}");
            assert_eq!(guess(&mut proxy, n, &[("x-forwarded-for", &client)]).await, 422, "each counts for itself");
        }
        // What a client writes there itself stands further left.
        for n in 0..10 {
            let written = format!("198.51.100.{n}, 203.0.113.99");
            assert_eq!(guess(&mut proxy, n, &[("x-forwarded-for", &written)]).await, 422, "{n}");
        }
        assert_eq!(guess(&mut proxy, 99, &[("x-forwarded-for", "198.51.100.99, 203.0.113.99")]).await, 429);
        // And past the proxy nobody is believed.
        let mut direct = stage.browser_at("192.0.2.200");
        for n in 0..10 {
            let claimed = format!("203.0.113.{}", 100 + n);
            assert_eq!(guess(&mut direct, n, &[("x-forwarded-for", &claimed)]).await, 422);
        }
        assert_eq!(guess(&mut direct, 99, &[("x-forwarded-for", "203.0.113.200")]).await, 429);
    }

    async fn a_network_of_version_6_is_one_place(stage: Stage) {
        for n in 0..10 {
            let mut browser = stage.browser_at(&format!("2001:db8:1:2::{n:x}"));
            assert_eq!(guess(&mut browser, n, &[]).await, 422);
        }
        assert_eq!(guess(&mut stage.browser_at("2001:db8:1:2:ffff::1"), 99, &[]).await, 429);
        assert_eq!(guess(&mut stage.browser_at("2001:db8:1:3::1"), 99, &[]).await, 422);
    }

    async fn by_https_cookies_are_bound_to_host_and_https(stage: Stage) {
        let stage = by_https(&stage).await;
        let mut browser = stage.browser();
        assert_eq!(browser.origin(), "https://accounts.example");
        let begun = browser.call("sign_in", &[("email", "olivia@acme.example"), ("password", PASSWORD)]).await;
        let half = browser.cookie("__Host-selfsame-sign-in").to_owned();
        let rest = "; HttpOnly; SameSite=Lax; Secure; Path=/";
        assert_eq!(begun.set_cookies(), [format!("__Host-selfsame-sign-in={half}{rest}")]);
        let code = stage.code_to("olivia@acme.example").await;
        let done = browser.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!(done.set_cookies().len(), 4, "{:?}", done.set_cookies());
        for set in done.set_cookies() {
            assert!(set.starts_with("__Host-selfsame-") && set.contains(rest) && !set.contains("Domain"), "{set}");
        }
        let session = browser.cookie("__Host-selfsame-session").to_owned();
        assert_eq!(browser.call("load_frame", &[("slug", "acme")]).await.status, 200);
        // A cookie that a sibling could plant by http is not read.
        let mut planted = stage.browser();
        planted.plant("selfsame-session", &session);
        let answer = planted.call("load_frame", &[("slug", "acme")]).await;
        assert_eq!((answer.status, answer.refused()), (401, Error::SignedOut));
    }

    async fn by_https_every_answer_keeps_the_browser_at_it(stage: Stage) {
        let stage = by_https(&stage).await;
        let mut browser = stage.browser();
        let year = "max-age=31536000; includeSubDomains";
        for path in ["/sign-in", "/nowhere", "/favicon.svg", "/", "/health/live", "/sign-out", "/do/sign_in"] {
            assert_eq!(browser.page(path).await.header("strict-transport-security"), year, "{path}");
        }
        for (host, status) in [("accounts.example:443", 200), ("accounts.example:80", 421), ("evil.example", 421)] {
            let answer = browser.ask(Method::GET, "/sign-in", &[("host", host)], "").await;
            assert_eq!((answer.status, answer.header("strict-transport-security")), (status, year), "{host}");
        }
        let http = [("origin", "http://accounts.example"), ("content-type", FORM)];
        let answer = browser.ask(Method::POST, "/do/sign_in", &http, "email=a%40b.example&password=x").await;
        assert_eq!((answer.status, answer.header("strict-transport-security")), (403, year));
    }
}
