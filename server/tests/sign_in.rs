//! Signing in and out through the router, with JavaScript and without (SESS-2, SESS-3, SESS-5).

use domain::Error;

use crate::support::page::{attribute, between, input, tag, text, value_of};
use crate::support::{Browser, HTML, PASSWORD, both, email_of, not};

const SESSION: &str = "selfsame-session";
const HALF: &str = "selfsame-sign-in";
const DEVICE: &str = "selfsame-device";
/// What a cookie that ends with the browser says of itself.
const ATTRIBUTES: &str = "; HttpOnly; SameSite=Lax; Path=/";

/// Everything of hers that the house tells a browser which is signed in.
async fn everything(browser: &mut Browser) -> String {
    let mut all = String::new();
    for page in ["", "/security", "/groups", "/accounts"] {
        let answer = browser.page(&format!("/c/acme/account{page}")).await;
        assert_eq!(answer.status, 200);
        all += &answer.body;
    }
    for function in ["load_frame", "load_personal", "load_security", "load_groups", "load_accounts"] {
        let answer = browser.call(function, &[("slug", "acme")]).await;
        assert_eq!(answer.status, 200);
        all += &answer.body;
    }
    all
}

both! {
    async fn with_javascript(stage: Stage) {
        stage.people().await;
        let mut browser = stage.browser();
        let fields = [("email", " Olivia@ACME.example "), ("password", PASSWORD), ("next", "")];
        let begun = browser.call("sign_in", &fields).await;
        assert_eq!((begun.status, begun.body.as_str()), (200, "null"));
        assert_eq!((begun.header("location"), begun.header("cache-control")), ("/sign-in/code", "no-store"));
        assert!(begun.headers.contains_key("serverfnredirect"));
        let half = browser.cookie(HALF).to_owned();
        assert_eq!((half.len(), begun.set_cookies()), (43, vec![format!("{HALF}={half}{ATTRIBUTES}").as_str()]));

        let prompt = browser.call("load_sign_in_code", &[]).await;
        assert_eq!(prompt.body, r#"{"by":"Email","sent_to":"olivia@acme.example","sent":true,"resend_in_s":60}"#);
        let code = stage.code_to("olivia@acme.example").await;
        let typed = code.to_lowercase().replace('-', " ");
        let done = browser.call("sign_in_code", &[("code", &typed)]).await;
        assert_eq!((done.status, done.body.as_str(), done.header("location")), (200, "null", "/welcome?next="));
        let [session, device] = [SESSION, DEVICE].map(|name| browser.cookie(name).to_owned());
        let year = "; Max-Age=31536000";
        assert_eq!(
            done.set_cookies(),
            [
                format!("{HALF}={ATTRIBUTES}; Max-Age=0"),
                format!("{SESSION}={session}{ATTRIBUTES}"),
                format!("{DEVICE}={device}{ATTRIBUTES}{year}"),
                format!("selfsame-language=en{ATTRIBUTES}{year}"),
            ]
        );
        assert!(session.len() == 43 && session != half && browser.cookie(HALF).is_empty());

        let all = everything(&mut browser).await;
        for secret in [&session, &half, &device, &code, &code.replace('-', "")] {
            assert!(!all.contains(secret.as_str()), "a secret is shown: {secret}");
        }
        assert!(all.contains("olivia@acme.example"));
    }

    async fn without_javascript(stage: Stage) {
        stage.people().await;
        let mut browser = stage.browser();
        let sign_in = browser.page("/c/acme/account/groups").await;
        assert_eq!(sign_in.header("location"), "/sign-in?next=/c/acme/account/groups");
        let sign_in = browser.follow(sign_in).await;
        let form = tag(&sign_in.body, "action=\"/do/sign_in\"");
        assert_eq!(attribute(form, "method"), Some("post"), "{form}");
        assert_eq!(attribute(tag(&sign_in.body, " name=\"next\""), "value"), Some("/c/acme/account/groups"));
        assert_eq!(attribute(input(&sign_in.body, "email"), "autocomplete"), Some("username"));
        assert_eq!(attribute(input(&sign_in.body, "password"), "autocomplete"), Some("current-password"));

        let fields = [("email", email_of("olivia")), ("password", PASSWORD), ("next", "/c/acme/account/groups")];
        let begun = browser.send("sign_in", &fields, "/sign-in?next=/c/acme/account/groups").await;
        assert_eq!((begun.status, begun.header("location"), begun.body.as_str()), (303, "/sign-in/code", ""));
        assert_eq!(begun.set_cookies().len(), 1, "{:?}", begun.set_cookies());
        let prompt = browser.follow(begun).await;
        assert_eq!(between(&prompt.body, "<title>", "</title>"), "Enter your login code · Selfsame");
        assert!(prompt.body.contains(">Login code<"), "{}", prompt.body);
        assert_eq!(attribute(input(&prompt.body, "code"), "autocomplete"), Some("one-time-code"));

        let code = stage.code_to(email_of("olivia")).await;
        let done = browser.send("sign_in_code", &[("code", &code)], "/sign-in/code").await;
        assert_eq!((done.status, done.header("location")), (303, "/welcome?next=/c/acme/account/groups"));
        let page = browser.follow(done).await;
        assert_eq!(between(&page.body, "<title>", "</title>"), "User groups · Selfsame");
        assert!(page.body.contains("olivia@acme.example"));
        assert!(!page.body.contains(browser.cookie(SESSION)) && !page.body.contains(&code));
        assert_eq!(browser.page("/sign-in").await.header("location"), "/");
    }

    async fn what_was_half_a_sign_in_is_nothing_afterwards(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let mut copy = browser.clone();
        let code = stage.code_to(email_of("olivia")).await;
        assert_eq!(browser.call("sign_in_code", &[("code", &code)]).await.status, 200);
        let again = copy.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!(again.header("location"), "/sign-in?notice=attempt-over");
        assert!(again.set_cookies().iter().all(|set| !set.starts_with(SESSION)), "{:?}", again.set_cookies());
        let mut copy = stage.browser();
        copy.plant(HALF, browser.cookie(SESSION));
        assert_eq!(copy.call("load_sign_in_code", &[]).await.refused(), Error::AttemptOver);
    }

    async fn a_planted_cookie_is_never_adopted(stage: Stage) {
        let planted = "PLANTEDPLANTEDPLANTEDPLANTEDPLANTEDPLANTEDP";
        stage.people().await;
        let mut mallory = stage.half_signed_in("max").await;
        let theirs = mallory.cookie(HALF).to_owned();
        let mut browser = stage.browser();
        browser.plant(SESSION, planted);
        browser.plant(HALF, &theirs);
        let fields = [("email", email_of("olivia")), ("password", PASSWORD)];
        assert_eq!(browser.call("sign_in", &fields).await.status, 200);
        assert_ne!(browser.cookie(HALF), theirs);
        let code = stage.code_to(email_of("olivia")).await;
        assert_eq!(browser.call("sign_in_code", &[("code", &code)]).await.status, 200);
        let session = browser.cookie(SESSION).to_owned();
        assert!(session.len() == 43 && session != planted && session != theirs);
        let mut thief = stage.browser();
        for stolen in [planted, theirs.as_str()] {
            thief.plant(SESSION, stolen);
            assert_eq!(thief.call("load_frame", &[("slug", "acme")]).await.refused(), Error::SignedOut);
        }
        // Nor has the attempt of the other come further by it.
        let answer = mallory.call("load_sign_in_code", &[]).await;
        assert!(answer.body.contains("max@acme.example"), "{}", answer.body);
    }

    async fn who_signs_in_again_has_a_new_session_and_the_old_one_lives_on_elsewhere(stage: Stage) {
        let first = stage.signed_in("olivia").await;
        let second = stage.signed_in("olivia").await;
        assert_ne!(first.cookie(SESSION), second.cookie(SESSION));
        for mut browser in [first, second] {
            assert_eq!(browser.call("load_frame", &[("slug", "acme")]).await.status, 200);
        }
    }

    async fn five_wrong_codes_lead_back_to_the_password(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let code = stage.code_to(email_of("olivia")).await;
        let long = "B".repeat(10_000);
        for (wrong, tries_left) in [(not(&code).as_str(), 4), ("", 3), (long.as_str(), 2), ("ÄÖÜ", 1)] {
            let answer = browser.call("sign_in_code", &[("code", wrong)]).await;
            assert_eq!((answer.status, answer.refused()), (422, Error::CodeWrong { tries_left }));
        }
        let last = browser.call("sign_in_code", &[("code", &not(&code))]).await;
        assert_eq!((last.status, last.header("location")), (200, "/sign-in?notice=attempt-over"));
        let page = browser.page("/sign-in?notice=attempt-over").await;
        assert!(page.body.contains("That was one try too many, or it took too long."), "{}", page.body);
        let right = browser.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!(right.header("location"), "/sign-in?notice=attempt-over");
        assert!(browser.cookie(SESSION).is_empty());
    }

    async fn without_javascript_five_wrong_codes_lead_back_as_well(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let wrong = not(&stage.code_to(email_of("olivia")).await);
        for tries_left in [4, 3, 2, 1] {
            let page = browser.submit("sign_in_code", &[("code", &wrong)], "/sign-in/code").await;
            let sentence = format!("That code is not right. Tries left: {tries_left}.");
            assert_eq!((page.status, page.body.matches(&sentence).count()), (200, 1), "{}", page.body);
        }
        let last = browser.send("sign_in_code", &[("code", &wrong)], "/sign-in/code").await;
        assert_eq!(last.header("location"), "/sign-in?notice=attempt-over");
    }

    async fn another_code_comes_after_a_minute_and_kills_the_first(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let first = stage.code_to(email_of("olivia")).await;
        stage.clock.advance(59_000);
        let early = browser.call("resend_sign_in_code", &[]).await;
        assert_eq!((early.status, early.refused()), (429, Error::TooMany { retry_after_s: 1 }));
        assert_eq!((early.header("retry-after"), stage.deliver().await), ("1", 0));
        let page = browser.submit("resend_sign_in_code", &[], "/sign-in/code").await;
        assert_eq!((page.status, page.header("retry-after")), (429, "1"));
        assert!(page.body.contains("Too many tries. Please wait 1 s and try again."), "{}", page.body);

        stage.clock.advance(1_000);
        let page = browser.submit("resend_sign_in_code", &[], "/sign-in/code").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("A new code is on its way."), "{}", page.body);
        let second = stage.code_to(email_of("olivia")).await;
        let dead = browser.call("sign_in_code", &[("code", &first)]).await;
        assert_eq!(dead.refused(), Error::CodeWrong { tries_left: 4 });
        assert_eq!(browser.call("sign_in_code", &[("code", &second)]).await.header("location"), "/welcome?next=");
    }

    async fn who_gives_up_has_nothing_left(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let mut copy = browser.clone();
        let page = browser.submit("cancel_sign_in", &[], "/sign-in/code").await;
        assert_eq!(between(&page.body, "<title>", "</title>"), "Sign in · Selfsame");
        assert!(browser.cookie(HALF).is_empty());
        let code = stage.code_to(email_of("olivia")).await;
        let answer = copy.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!(answer.header("location"), "/sign-in?notice=attempt-over");
    }

    async fn signing_out_ends_the_session_and_clears_the_browser(stage: Stage) {
        let mut browser = stage.signed_in("olivia").await;
        let (mut copy, device) = (browser.clone(), browser.cookie(DEVICE).to_owned());
        let page = browser.page("/c/acme/account").await;
        assert_eq!(page.header("cache-control"), "no-store", "the back button would show it");
        assert!(tag(&page.body, "action=\"/sign-out\"").contains("method=\"post\""));
        let out = browser.post("/sign-out", &[], "/c/acme/account").await;
        assert_eq!((out.status, out.header("location")), (303, "/sign-in?notice=signed-out"));
        // Cookies go one by one: those of the device and the look stay.
        assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
        let cleared = [SESSION, HALF, "selfsame-kept"].map(|name| format!("{name}={ATTRIBUTES}; Max-Age=0"));
        assert_eq!(out.set_cookies(), cleared);
        assert!(browser.cookie(SESSION).is_empty() && browser.cookie(DEVICE) == device);
        assert!(browser.follow(out).await.body.contains("You are signed out."));

        for (browser, ended) in [(&mut browser, ""), (&mut copy, "&notice=ended")] {
            let back = browser.page("/c/acme/account").await;
            let to = format!("/sign-in?next=/c/acme/account{ended}");
            assert_eq!((back.status, back.header("location")), (303, to.as_str()));
            let answer = browser.call("load_personal", &[("slug", "acme")]).await;
            assert_eq!((answer.status, answer.refused()), (401, Error::SignedOut));
        }
        // Twice does no harm.
        assert_eq!(copy.post("/sign-out", &[], "/c/acme/account").await.status, 303);
    }

    async fn what_was_typed_when_the_sign_in_had_ended_stands_there_after_the_next_one(stage: Stage) {
        let mut browser = stage.signed_in("olivia").await;
        stage.clock.advance(31 * 60_000);
        let fields = [("slug", "acme"), ("first_name", "Augusta"), ("last_name", "King")];
        let answer = browser.send("save_names", &fields, "/c/acme/account").await;
        assert_eq!(answer.header("location"), "/sign-in?next=/c/acme/account&notice=ended");
        let page = browser.follow(answer).await;
        assert!(text(&page.body).contains("You have been signed out. Please sign in again."), "{}", page.body);

        let again = [("email", email_of("olivia")), ("password", PASSWORD), ("next", "/c/acme/account")];
        let page = browser.submit("sign_in", &again, "/sign-in").await;
        assert!(!page.body.contains("Augusta"), "nobody is signed in yet");
        let code = stage.code_to(email_of("olivia")).await;
        let page = browser.submit("sign_in_code", &[("code", &code)], "/sign-in/code").await;
        assert_eq!(value_of(&page.body, "first_name"), Some("Augusta"), "{}", page.body);
        assert!(text(&page.body).contains("Your sign-in had ended, so this was not done."), "{}", page.body);
        assert_eq!(stage.names_of("olivia").await.0, "Olivia");
        let page = browser.page("/c/acme/account").await;
        assert_eq!(value_of(&page.body, "first_name"), Some("Olivia"), "it is said once");
    }

    async fn what_somebody_typed_is_not_shown_to_somebody_else_in_the_same_browser(stage: Stage) {
        let mut browser = stage.signed_in("olivia").await;
        stage.clock.advance(31 * 60_000);
        let fields = [("slug", "acme"), ("first_name", "Augusta"), ("last_name", "King")];
        browser.send("save_names", &fields, "/c/acme/account").await;
        assert!(!browser.cookie("selfsame-kept").is_empty());
        let max = [("email", email_of("max")), ("password", PASSWORD), ("next", "/c/acme/account")];
        browser.submit("sign_in", &max, "/sign-in").await;
        let code = stage.code_to(email_of("max")).await;
        let page = browser.submit("sign_in_code", &[("code", &code)], "/sign-in/code").await;
        assert_eq!(value_of(&page.body, "first_name"), Some("Max"), "{}", page.body);
        assert!(!page.body.contains("Augusta"), "{}", page.body);
        assert!(browser.cookie("selfsame-kept").is_empty());
    }

    async fn a_session_that_rests_or_is_old_has_ended(stage: Stage) {
        let mut resting = stage.signed_in("olivia").await;
        stage.clock.advance(30 * 60_000 - 1);
        assert_eq!(resting.page("/c/acme/account").await.status, 200);
        stage.clock.advance(30 * 60_000);
        assert_eq!(resting.page("/c/acme/account").await.status, 303);
        assert_eq!(resting.call("load_frame", &[("slug", "acme")]).await.status, 401);

        let mut busy = stage.signed_in("olivia").await;
        for _ in 0..35 {
            stage.clock.advance(20 * 60_000);
            assert_eq!(busy.page("/c/acme/account").await.status, 200);
        }
        stage.clock.advance(20 * 60_000);
        assert_eq!(busy.page("/c/acme/account").await.status, 303, "twelve hours are over");
    }

    async fn the_language_goes_with_the_person(stage: Stage) {
        let mut browser = stage.browser();
        let english = browser.page("/sign-in").await;
        assert!(english.body.contains("<html lang=\"en\""), "{}", english.body);
        let headers = [("accept", HTML), ("accept-language", "de-AT,de;q=0.9,en;q=0.8")];
        let german = browser.ask(axum::http::Method::GET, "/sign-in", &headers, "").await;
        assert!(german.body.contains("<html lang=\"de\"") && german.body.contains("Anmelden"), "{}", german.body);
        let mut max = stage.signed_in("max").await;
        assert_eq!(max.cookie("selfsame-language"), "de");
        assert!(max.page("/c/acme/account").await.body.contains("<html lang=\"de\""));
        let chosen = max.post("/preferences", &[("language", "en"), ("theme", "dark")], "/c/acme/account").await;
        assert_eq!((chosen.status, chosen.header("location")), (303, "/c/acme/account"));
        let page = max.follow(chosen).await;
        assert!(page.body.contains("<html lang=\"en\" data-theme=\"dark\""), "{}", page.body);
    }
}
