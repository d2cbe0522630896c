//! What must not happen by way of a provider, whether it is hostile, out of order, or somebody else (OIDC-1, OIDC-2).

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Method;
use domain::clock::{MINUTE, SECOND};
use domain::store;
use serde_json::json;

use crate::manage_users::says;
use crate::oidc::{bind, come_back, house_with, invited, led_in, set_out, sign_in, to_provider};
use crate::support::identity::{ID, LIES, Lie, Provider, SECRET, Someone, asked, someone};
use crate::support::log::{assert_unknown, heard, listen};
use crate::support::{Answer, HTML, PASSWORD, Stage, With, both, email_of, raw};

/// The notice that an answer leads to; nothing but it and the provider's id stands in the URL.
fn notice(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location");
    let rest = location.strip_prefix("/provider?notice=").unwrap_or_else(|| panic!("{location}"));
    let (notice, id) = rest.split_once("&id=").unwrap_or_else(|| panic!("{location}"));
    assert!(id.is_empty() || id == ID || id == "other", "{location}");
    notice.to_owned()
}

/// The notice that this lie leads to.
const fn told_of(lie: Lie) -> &'static str {
    if matches!(lie, Lie::RunOut | Lie::ToCome | Lie::AskedToCome) { "clock" } else { "refused" }
}

/// Whether the operator is warned that the clocks differ, for this reason.
pub fn is_warned_of(why: &str, log: &str) -> bool {
    let why = format!("\"why\":\"{why}\"");
    log.lines().any(|line| line.contains("\"level\":\"WARN\"") && line.contains(&why))
}

async fn sessions(house: &Stage) -> i64 {
    raw::number(&house.db, "SELECT COUNT(*) FROM sessions").await
}

both! {
    async fn no_lie_lets_anybody_in(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let before = sessions(&house).await;
        for lie in LIES {
            provider.set(|state| state.lie = Some(lie));
            let mut browser = house.browser();
            let answer = sign_in(&mut browser, &provider, &someone("sub-1")).await;
            assert_eq!(notice(&answer), told_of(lie), "{lie:?}");
            assert_eq!((browser.cookie("selfsame-session"), browser.cookie("selfsame-trip")), ("", ""), "{lie:?}");
        }
        assert_eq!(sessions(&house).await, before);
        provider.set(|state| state.lie = None);
        assert!(led_in(&sign_in(&mut house.browser(), &provider, &someone("sub-1")).await), "and the truth does");
    }

    async fn a_link_binds_nobody_by_a_lie_and_still_works(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let (token, mut browser) = (invited(&house, "ada").await, house.browser());
        for lie in LIES {
            provider.set(|state| state.lie = Some(lie));
            let out = set_out(&mut browser, &[("purpose", "activate"), ("token", &token)]).await;
            let query = provider.sign_in(out.header("location"), &someone("sub-1"));
            assert_eq!(notice(&come_back(&mut browser, &query).await), told_of(lie), "{lie:?}");
            // No limit of the place is what refuses.
            house.clock.advance(MINUTE);
        }
        provider.set(|state| state.lie = None);
        let out = set_out(&mut browser, &[("purpose", "activate"), ("token", &token)]).await;
        let query = provider.sign_in(out.header("location"), &someone("sub-1"));
        assert!(led_in(&come_back(&mut browser, &query).await));
    }

    async fn nobody_comes_back_but_the_browser_that_set_out(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let mut ada = house.browser();
        let there = to_provider(&mut ada).await;
        let query = provider.sign_in(&there, &someone("sub-1"));
        let exchanged = provider.asked().1;
        assert_eq!(notice(&come_back(&mut house.browser(), &query).await), "expired", "without a cookie");
        let mut mallory = house.browser();
        let other = to_provider(&mut mallory).await;
        assert_eq!(notice(&come_back(&mut mallory, &query).await), "expired", "with a cookie of another trip");
        let state = asked(provider.issuer(), &other)["state"].clone();
        let foreign = query.replace(&asked(provider.issuer(), &there)["state"], &state);
        let mut clone = ada.clone();
        assert_eq!(notice(&come_back(&mut clone, &foreign).await), "expired", "with another state");
        let bare = query.split('&').filter(|pair| !pair.starts_with("state=")).collect::<Vec<_>>().join("&");
        assert_eq!(notice(&come_back(&mut ada.clone(), &bare).await), "expired", "without a state");
        assert_eq!(provider.asked().1, exchanged, "and the code was shown to nobody");
        assert!(led_in(&come_back(&mut ada, &query).await), "none of it has used the trip up");
    }

    async fn an_answer_is_taken_once(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let mut ada = house.browser();
        let there = to_provider(&mut ada).await;
        let query = provider.sign_in(&there, &someone("sub-1"));
        let mut kept = ada.clone();
        assert!(led_in(&come_back(&mut ada, &query).await));
        let exchanged = provider.asked().1;
        assert_eq!(notice(&come_back(&mut kept, &query).await), "expired");
        assert_eq!((provider.asked().1, kept.cookie("selfsame-session")), (exchanged, ""));
    }

    async fn after_ten_minutes_and_a_second_it_is_too_late(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        for (takes, said) in [(10 * MINUTE - SECOND, None), (10 * MINUTE + SECOND, Some("expired"))] {
            let mut ada = house.browser();
            let there = to_provider(&mut ada).await;
            house.clock.advance(takes);
            let query = provider.sign_in(&there, &someone("sub-1"));
            let answer = come_back(&mut ada, &query).await;
            match said {
                Some(said) => assert_eq!(notice(&answer), said),
                None => assert!(led_in(&answer), "{}", answer.header("location")),
            }
        }
    }

    async fn an_answer_of_another_issuer_is_none(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let without = |query: &str| {
            query.split('&').filter(|pair| !pair.starts_with("iss=")).collect::<Vec<_>>().join("&")
        };
        let mut ada = house.browser();
        let query = provider.sign_in(&to_provider(&mut ada).await, &someone("sub-1"));
        let named = format!("{}&iss=https%3A%2F%2Flogin.other.example", without(&query));
        assert_eq!(notice(&come_back(&mut ada, &named).await), "refused");
        let query = provider.sign_in(&to_provider(&mut ada).await, &someone("sub-1"));
        assert!(led_in(&come_back(&mut ada, &without(&query)).await), "nobody said that it would be there");

        // Where it is announced, it has to be there.
        let second = Provider::start(&stage.clock).await;
        second.set(|state| state.more = json!({ "authorization_response_iss_parameter_supported": true }));
        let house = house_with(&stage, &second);
        let mut browser = house.browser();
        let query = second.sign_in(&to_provider(&mut browser).await, &someone("nobody"));
        assert_eq!(notice(&come_back(&mut browser, &without(&query)).await), "refused");
        assert_eq!(second.asked().1, 0);
        let answer = sign_in(&mut browser, &second, &someone("nobody")).await;
        assert_eq!(notice(&answer), "unknown", "with it, the rest is looked at");
    }

    async fn who_gives_up_there_is_told_so_in_words_of_ours(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        for (said, expected) in [
            ("error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "cancelled"),
            ("error=server_error", "refused"),
            ("error=%3Cscript%3E", "refused"),
            ("code=", "refused"),
            ("", "refused"),
            ("error=access_denied&code=x", "cancelled"),
        ] {
            let mut browser = house.browser();
            let state = asked(provider.issuer(), &to_provider(&mut browser).await)["state"].clone();
            let answer = come_back(&mut browser, &format!("state={state}&{said}")).await;
            assert_eq!(notice(&answer), expected, "{said}");
            assert_eq!(browser.cookie("selfsame-trip"), "", "{said}");
        }
        let mut browser = house.browser();
        let state = asked(provider.issuer(), &to_provider(&mut browser).await)["state"].clone();
        let twice = come_back(&mut browser, &format!("state={state}&code=a&code=b")).await;
        assert_eq!(notice(&twice), "refused");
        assert_eq!(provider.asked().1, 1, "the empty code alone was shown to the provider");
    }

    async fn the_address_of_somebody_opens_nothing(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let ada = someone("sub-1");
        bind(&house, &provider, "ada", &ada).await;
        for email in [email_of("olivia"), "ada@acme.example"] {
            for verified in [Some(true), Some(false), None] {
                let mut browser = house.browser();
                let who = Someone { email: Some(email.to_owned()), verified, ..someone("attacker") };
                assert_eq!(notice(&sign_in(&mut browser, &provider, &who).await), "unknown", "{who:?}");
                assert_eq!(browser.cookie("selfsame-session"), "", "{who:?}");
            }
        }
        // Who is bound gets neither her address nor her account.
        let who = Someone { email: Some(email_of("olivia").to_owned()), verified: Some(true), ..ada };
        let mut browser = house.browser();
        assert!(led_in(&sign_in(&mut browser, &provider, &who).await));
        assert_eq!(house.member(&browser, "acme").await.actor().session().email, "ada@acme.example");
        let olivia = store::users::by_email(&house.db, email_of("olivia")).await.expect("a read").expect("a user");
        assert_eq!((olivia.provider, olivia.provider_subject), (None, None));
    }

    async fn the_same_name_at_another_provider_is_somebody_else(stage: Stage) {
        let (first, second) = (Provider::start(&stage.clock).await, Provider::start(&stage.clock).await);
        let mut other = second.file();
        other.id = "other".to_owned();
        let house = stage.with(With { providers: vec![first.file(), other], ..With::default() });
        bind(&house, &first, "ada", &someone("sub-1")).await;
        let mut browser = house.browser();
        let to_other = [("purpose", "sign-in"), ("provider", "other")];
        let out = set_out(&mut browser, &to_other).await;
        let query = second.sign_in(out.header("location"), &someone("sub-1"));
        assert_eq!(notice(&come_back(&mut browser, &query).await), "expired", "at the door of the first");
        assert_eq!((first.asked().1, second.asked().1), (1, 0));
        let out = set_out(&mut browser, &to_other).await;
        let query = second.sign_in(out.header("location"), &someone("sub-1"));
        let answer = browser.page(&format!("/oidc/other/callback?{query}")).await;
        assert_eq!((notice(&answer).as_str(), browser.cookie("selfsame-session")), ("unknown", ""));
    }

    async fn a_provider_that_hangs_is_waited_for_less_than_five_seconds(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut known = house.browser();
        let query = provider.sign_in(&to_provider(&mut known).await, &someone("sub-1"));
        provider.set(|state| state.hangs = true);
        let second = house_with(&stage, &provider);
        let mut unknown = second.browser();
        let started = Instant::now();
        let fields = [("purpose", "sign-in"), ("provider", ID)];
        let (back, out) = tokio::join!(come_back(&mut known, &query), set_out(&mut unknown, &fields));
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!((notice(&back).as_str(), notice(&out).as_str()), ("down", "down"));
        // Whoever comes next does not wait again.
        let started = Instant::now();
        assert_eq!(notice(&set_out(&mut unknown, &fields).await), "down");
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        provider.set(|state| state.hangs = false);
        second.clock.advance(5 * SECOND);
        assert!(to_provider(&mut unknown).await.starts_with(provider.issuer()), "it recovers by itself");
    }

    async fn a_provider_that_is_out_of_order_is_down(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut browser = house.browser();
        let query = provider.sign_in(&to_provider(&mut browser).await, &someone("sub-1"));
        provider.set(|state| state.status = Some(500));
        assert_eq!(notice(&come_back(&mut browser, &query).await), "down");
        provider.set(|state| (state.status, state.endless) = (None, true));
        assert_eq!(notice(&sign_in(&mut browser, &provider, &someone("sub-1")).await), "down", "more than fits");
        for more in [
            json!({ "issuer": "https://login.other.example" }),
            json!({ "issuer": format!("{}/", provider.issuer()) }),
            json!({ "id_token_signing_alg_values_supported": ["HS256", "none", "RS512"] }),
            json!({ "code_challenge_methods_supported": ["plain"] }),
            json!({ "jwks_uri": "http://192.0.2.1/keys" }),
            json!({ "token_endpoint": null }),
        ] {
            provider.set(|state| (state.endless, state.more) = (false, more.clone()));
            let house = house_with(&stage, &provider);
            let out = set_out(&mut house.browser(), &[("purpose", "sign-in"), ("provider", ID)]).await;
            assert_eq!(notice(&out), "down", "{more}");
        }
    }

    async fn clocks_that_disagree_are_told_as_such(stage: Stage) {
        let since = listen();
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let (past, future) = ("the ID token has run out", "the ID token lies in the future");
        for (lie, why) in [(Lie::RunOut, past), (Lie::ToCome, future), (Lie::AskedToCome, future)] {
            provider.set(|state| state.lie = Some(lie));
            let mut browser = house.browser();
            let answer = sign_in(&mut browser, &provider, &someone("sub-1")).await;
            assert_eq!((notice(&answer).as_str(), browser.cookie("selfsame-session")), ("clock", ""), "{lie:?}");
            let page = browser.follow(answer).await;
            says(&page, "The clocks of Acme Login and of this service do not agree");
            says(&page, "Please tell the people who run this service");
            assert!(is_warned_of(why, &heard(since)), "{lie:?}: the operator is not told");
        }
    }

    async fn only_our_own_form_sets_out(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut browser = house.browser();
        let right = [("purpose", "sign-in"), ("provider", ID)];
        let known = house.house.clone();
        for (fields, status) in [
            (vec![("purpose", "sign-in"), ("provider", ID), ("redirect_uri", "https://evil.example")], 422),
            (vec![("provider", ID)], 422),
            (vec![("purpose", "link"), ("provider", ID)], 400),
        ] {
            assert_eq!(set_out(&mut browser, &fields).await.status, status, "{fields:?}");
        }
        for fields in [
            vec![("purpose", "sign-in"), ("provider", "nowhere")],
            vec![("purpose", "activate"), ("token", "x"), ("provider", ID)],
        ] {
            assert_eq!(notice(&set_out(&mut browser, &fields).await), "expired", "{fields:?}");
        }
        assert_eq!(browser.page("/oidc/begin").await.status, 405);
        let headers = [("accept", HTML), ("content-type", "application/x-www-form-urlencoded")];
        let foreign = [headers.as_slice(), &[("origin", "https://evil.example")]].concat();
        let body = "purpose=sign-in&provider=acme-login";
        let answer = browser.ask(Method::POST, "/oidc/begin", &foreign, body).await;
        assert_eq!((answer.status, browser.cookie("selfsame-trip")), (403, ""));
        assert_eq!(known.providers.public().len(), 1);
        assert_eq!(set_out(&mut browser, &right).await.status, 303);
    }

    async fn pages_of_others_use_up_no_try_of_the_place(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        house.people().await;
        let mut browser = house.browser();
        let state = format!("state={}&code=x", "A".repeat(43));
        for query in [state.as_str(), ""].repeat(20) {
            assert_eq!(notice(&come_back(&mut browser, query).await), "expired", "{query}");
        }
        let fields = [("email", email_of("olivia")), ("password", PASSWORD)];
        let begun = browser.call("sign_in", &fields).await;
        assert_eq!((begun.status, begun.header("location")), (200, "/sign-in/code"), "{}", begun.body);
    }

    async fn looking_by_head_uses_nothing_up(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let mut ada = house.browser();
        let query = provider.sign_in(&to_provider(&mut ada).await, &someone("sub-1"));
        let path = format!("/oidc/{ID}/callback?{query}");
        let looked = ada.ask(Method::HEAD, &path, &[("accept", HTML)], Body::empty()).await;
        assert_eq!((looked.status, looked.header("allow")), (405, "GET"));
        assert!(led_in(&come_back(&mut ada, &query).await));
    }

    async fn who_is_disabled_is_out(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        let user = store::users::by_email(&house.db, "ada@acme.example").await.expect("a read").expect("a user");
        let mut tx = house.db.begin().await.expect("a transaction");
        store::users::disable(&mut tx, &user.id, house.clock.now()).await.expect("disabled");
        tx.commit().await.expect("committed");
        assert_eq!(ada.page("/c/acme/account").await.status, 303);
        assert_eq!(notice(&sign_in(&mut house.browser(), &provider, &someone("sub-1")).await), "unknown");
    }

    async fn the_log_says_why_and_tells_no_secret(stage: Stage) {
        let since = listen();
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let mut ada = house.browser();
        let there = to_provider(&mut ada).await;
        let mut secrets = vec![SECRET.to_owned(), ada.cookie("selfsame-trip").to_owned()];
        let said = asked(provider.issuer(), &there);
        secrets.extend([said["state"].clone(), said["nonce"].clone(), format!("code-sub-1-{}", said["state"])]);
        let query = provider.sign_in(&there, &someone("sub-1"));
        assert!(led_in(&come_back(&mut ada, &query).await));
        secrets.push(ada.cookie("selfsame-session").to_owned());
        assert_eq!(notice(&sign_in(&mut house.browser(), &provider, &someone("nobody")).await), "unknown");
        let log = heard(since);
        assert!(log.contains("\"event\":\"provider_refused\"") && log.contains("\"notice\":\"unknown\""), "no reason");
        assert!(log.contains("\"event\":\"provider_bound\""));
        assert_unknown(&secrets, &log, "the log tells a secret");
    }
}
