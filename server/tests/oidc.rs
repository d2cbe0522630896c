//! Signing in through a provider, from the button to the account (OIDC-1, SESS-9).

use std::time::Duration;

use domain::clock::{DAY, MINUTE};
use domain::flows::users::{self, Invitee};
use domain::view::BuiltinGroup;

use crate::oidc_refused::is_warned_of;
use crate::support::identity::{ID, Lie, Provider, Someone, asked, someone};
use crate::support::log::{heard, listen};
use crate::support::{Answer, Browser, PASSWORD, Stage, With, both, email_of, link_in};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The same house with this provider.
pub fn house_with(stage: &Stage, provider: &Provider) -> Stage {
    stage.with(With { providers: vec![provider.file()], ..With::default() })
}

/// Invites somebody whose sign-in the provider is to manage; says the token of the mailed link.
pub async fn invited(house: &Stage, name: &str) -> String {
    house.people().await;
    let email = format!("{name}@acme.example");
    let invitee = Invitee {
        email: &email,
        first_name: "Ada",
        last_name: "Adeyemi",
        language: None,
        tenant_id: "",
        group: BuiltinGroup::User,
    };
    users::invite_by(house, "acme", invitee, Some(ID)).await.expect("a free address");
    house.deliver().await;
    link_in(&house.letters_to(&email)[0]).trim_start_matches("/activate/").to_owned()
}

/// Sends the form that leads to the provider.
pub async fn set_out(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    browser.post("/oidc/begin", fields, "/sign-in").await
}

/// As [`set_out`], from the button on the sign-in page; says where it leads.
pub async fn to_provider(browser: &mut Browser) -> String {
    let out = set_out(browser, &[("purpose", "sign-in"), ("provider", ID), ("next", "")]).await;
    assert_eq!(out.status, 303, "{}", out.body);
    out.header("location").to_owned()
}

/// Comes back with this query.
pub async fn come_back(browser: &mut Browser, query: &str) -> Answer {
    browser.page(&format!("/oidc/{ID}/callback?{query}")).await
}

/// The whole way, whatever comes of it.
pub async fn sign_in(browser: &mut Browser, provider: &Provider, who: &Someone) -> Answer {
    let there = to_provider(browser).await;
    let query = provider.sign_in(&there, who);
    come_back(browser, &query).await
}

/// Binds somebody to this subject.
pub async fn bind(house: &Stage, provider: &Provider, name: &str, who: &Someone) -> Browser {
    let (token, mut browser) = (invited(house, name).await, house.browser());
    let out = set_out(&mut browser, &[("purpose", "activate"), ("token", &token)]).await;
    assert_eq!(out.status, 303, "{}", out.body);
    let query = provider.sign_in(out.header("location"), who);
    let done = come_back(&mut browser, &query).await;
    assert_eq!((done.status, done.header("location")), (303, "/welcome?next="));
    browser
}

/// Whether the answer has led into the account.
pub fn led_in(answer: &Answer) -> bool {
    (answer.status, answer.header("location")) == (303, "/welcome?next=")
}

/// Puts forward the clock of whatever sleeps in this test; that of the house stands.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Waits, in milliseconds as a rule, until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2_500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it does not come to this: {what}");
}

both! {
    async fn who_is_invited_is_bound_and_signs_in_again_elsewhere(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        assert_eq!((ada.cookie("selfsame-session").len(), ada.cookie("selfsame-trip")), (43, ""));
        assert_eq!(ada.page("/c/acme/account").await.status, 200);
        let mut elsewhere = house.browser();
        assert!(led_in(&sign_in(&mut elsewhere, &provider, &someone("sub-1")).await));
        assert_ne!(elsewhere.cookie("selfsame-session"), ada.cookie("selfsame-session"));
        let page = elsewhere.page("/c/acme/account").await;
        assert!(page.status == 200 && page.body.contains("ada@acme.example"), "{}", page.status);
        assert_eq!(provider.asked(), (1, 2), "keys are fetched once, a code is exchanged each time");
    }

    async fn the_provider_is_asked_for_what_it_has_to_prove(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut browser = house.browser();
        let mut states = Vec::new();
        for _ in 0..2 {
            let out = set_out(&mut browser, &[("purpose", "sign-in"), ("provider", ID)]).await;
            let [cookie] = out.set_cookies()[..] else { panic!("{:?}", out.set_cookies()) };
            assert!(cookie.starts_with("selfsame-trip="), "{cookie}");
            assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"), "{cookie}");
            let mut asked = asked(provider.issuer(), out.header("location"));
            let secrets = ["state", "nonce", "code_challenge"].map(|name| asked.remove(name).expect("said"));
            assert!(secrets.iter().all(|secret| secret.len() == 43), "{secrets:?}");
            assert!(!secrets.iter().any(|secret| cookie.contains(secret)), "none of them is in the cookie");
            let expected = [
                ("client_id", "self:same"),
                ("code_challenge_method", "S256"),
                ("redirect_uri", "http://localhost:3000/oidc/acme-login/callback"),
                ("response_type", "code"),
                ("scope", "openid email profile"),
            ];
            let said: Vec<_> = asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(said, expected);
            states.extend(secrets);
            states.push(browser.cookie("selfsame-trip").to_owned());
        }
        states.sort();
        states.dedup();
        assert_eq!(states.len(), 8, "each time anew");
    }

    async fn whoever_is_bound_is_asked_there_whoever_was_known_before(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let (token, mut browser) = (invited(&house, "ada").await, house.browser());
        let out = set_out(&mut browser, &[("purpose", "activate"), ("token", &token)]).await;
        assert_eq!(asked(provider.issuer(), out.header("location"))["prompt"], "login");
        let there = to_provider(&mut browser).await;
        assert!(!asked(provider.issuer(), &there).contains_key("prompt"), "{there}");
    }

    async fn where_somebody_wanted_to_go_is_kept_and_nothing_foreign(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        for (next, led) in [("/c/acme/account/groups", "/c/acme/account/groups"), ("//evil.example", ""), ("x", "")] {
            let mut browser = house.browser();
            let fields = [("purpose", "sign-in"), ("provider", ID), ("next", next)];
            let out = set_out(&mut browser, &fields).await;
            let query = provider.sign_in(out.header("location"), &someone("sub-1"));
            let done = come_back(&mut browser, &query).await;
            assert_eq!(done.header("location"), format!("/welcome?next={led}"), "{next}");
        }
    }

    async fn a_session_is_fresh_again_after_the_provider_has_asked(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        assert!(!house.member(&ada, "acme").await.actor().is_fresh(house.clock.now()));
        let former = ada.cookie("selfsame-session").to_owned();
        let back = "/c/acme/account/security";
        let out = set_out(&mut ada, &[("purpose", "unlock"), ("back", back)]).await;
        let said = asked(provider.issuer(), out.header("location"));
        assert_eq!((said["prompt"].as_str(), said["max_age"].as_str()), ("login", "300"));
        let who = Someone { says_when: true, ..someone("sub-1") };
        let query = provider.sign_in(out.header("location"), &who);
        let done = come_back(&mut ada, &query).await;
        assert_eq!((done.status, done.header("location")), (303, back));
        assert!(ada.cookie("selfsame-session").len() == 43 && ada.cookie("selfsame-session") != former);
        assert!(house.member(&ada, "acme").await.actor().is_fresh(house.clock.now()));
        // Whoever kept the former one has nothing.
        let mut thief = house.browser();
        thief.plant("selfsame-session", &former);
        assert_eq!(thief.page("/c/acme/account").await.status, 303);
        let out = set_out(&mut house.browser(), &[("purpose", "unlock"), ("back", back)]).await;
        assert_eq!((out.status, out.header("location")), (303, "/sign-in"), "nobody is signed in");
    }

    async fn a_provider_that_says_not_when_unlocks_nothing(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        let out = set_out(&mut ada, &[("purpose", "unlock"), ("back", "/")]).await;
        let query = provider.sign_in(out.header("location"), &someone("sub-1"));
        let done = come_back(&mut ada, &query).await;
        assert_eq!(done.header("location"), "/provider?notice=again&id=acme-login");
        assert!(!house.member(&ada, "acme").await.actor().is_fresh(house.clock.now()));
    }

    async fn a_clock_that_is_behind_lets_people_in_and_is_told_where_it_unlocks_nothing(stage: Stage) {
        let since = listen();
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        let who = Someone { says_when: true, ..someone("sub-1") };
        provider.set(|state| state.lie = Some(Lie::Behind));
        assert!(led_in(&sign_in(&mut house.browser(), &provider, &who).await));
        for (lie, led) in [
            (Some(Lie::Behind), "/provider?notice=clock&id=acme-login"),
            (Some(Lie::AskedBefore), "/provider?notice=again&id=acme-login"),
            (None, "/c/acme/account"),
        ] {
            provider.set(|state| state.lie = lie);
            let out = set_out(&mut ada, &[("purpose", "unlock"), ("back", "/c/acme/account")]).await;
            let query = provider.sign_in(out.header("location"), &who);
            assert_eq!(come_back(&mut ada, &query).await.header("location"), led, "{lie:?}");
        }
        assert!(is_warned_of("the ID token is older than the question", &heard(since)));
    }

    async fn new_keys_are_fetched_when_none_fits(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        provider.rotate();
        assert!(led_in(&sign_in(&mut house.browser(), &provider, &someone("sub-1")).await));
        assert_eq!(provider.asked().0, 2);
        // Whoever sends signatures that nothing fits has keys fetched once a minute.
        provider.rotate();
        let early = sign_in(&mut house.browser(), &provider, &someone("sub-1")).await;
        assert_eq!(early.header("location"), "/provider?notice=refused&id=acme-login");
        assert_eq!(provider.asked().0, 2);
        house.clock.advance(MINUTE);
        assert!(led_in(&sign_in(&mut house.browser(), &provider, &someone("sub-1")).await));
        assert_eq!(provider.asked().0, 3);
    }

    async fn a_secret_goes_into_the_body_where_the_head_is_not_taken(stage: Stage) {
        for methods in [vec!["client_secret_post"], vec!["client_secret_basic", "client_secret_post"]] {
            let provider = Provider::start(&stage.clock).await;
            provider.set(|state| state.more["token_endpoint_auth_methods_supported"] = methods.clone().into());
            let house = house_with(&stage, &provider);
            let unknown = sign_in(&mut house.browser(), &provider, &someone("nobody")).await;
            assert_eq!(unknown.header("location"), "/provider?notice=unknown&id=acme-login", "{methods:?}");
            assert_eq!(provider.asked(), (1, 1));
        }
    }

    async fn what_was_fetched_is_used_for_a_day(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        to_provider(&mut house.browser()).await;
        provider.set(|state| state.status = Some(503));
        house.clock.advance(DAY - 1);
        assert!(to_provider(&mut house.browser()).await.starts_with(provider.issuer()));
        house.clock.advance(1);
        assert_eq!(to_provider(&mut house.browser()).await, "/provider?notice=down&id=acme-login");
        assert_eq!(provider.asked().0, 1);
    }

    async fn endpoints_and_keys_are_fetched_anew_every_hour_and_soon_after_a_failure(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let keeping = tokio::spawn(house.house.providers.clone().keep(house.house.backend.clone()));
        until("keys are fetched at the start", || provider.asked().0 == 1).await;
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        provider.rotate();
        pass(HOUR - Duration::from_secs(60)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(provider.asked().0, 1, "not before the hour is over");
        pass(Duration::from_secs(60)).await;
        until("they are fetched after an hour", || provider.asked().0 == 2).await;
        assert!(led_in(&sign_in(&mut house.browser(), &provider, &someone("sub-1")).await));
        assert_eq!(provider.asked().0, 2, "nobody who signs in has to wait for the new keys");

        provider.set(|state| state.status = Some(503));
        pass(HOUR).await;
        until("it is asked in vain", || provider.turned_away() == 1).await;
        assert!(to_provider(&mut house.browser()).await.starts_with(provider.issuer()), "what was known is used");
        for (seconds, times) in [(5, 2), (10, 3)] {
            pass(Duration::from_secs(seconds)).await;
            until("it is asked again", || provider.turned_away() == times).await;
        }
        provider.set(|state| state.status = None);
        pass(Duration::from_secs(20)).await;
        until("it recovers", || provider.asked().0 == 3).await;
        keeping.abort();
    }

    async fn forms_of_pages_may_lead_to_the_provider(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let mut file = provider.file();
        file.form_origins = vec!["https://sso.acme.example".to_owned()];
        let house = stage.with(With { providers: vec![file], ..With::default() });
        let expected = format!(" {} https://sso.acme.example", provider.issuer());
        assert_eq!(house.house.providers.origins(), expected);
        let policy = house.browser().page("/sign-in").await.header("content-security-policy").to_owned();
        assert!(policy.contains(&format!("form-action 'self'{expected};")), "{policy}");
        assert_eq!(stage.house.providers.origins(), "");
    }

    async fn those_with_a_password_do_not_notice(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        house.people().await;
        provider.set(|state| state.hangs = true);
        let started = std::time::Instant::now();
        let mut olivia = house.browser();
        assert_eq!(olivia.page("/sign-in").await.status, 200);
        let fields = [("email", email_of("olivia")), ("password", PASSWORD)];
        assert_eq!(olivia.call("sign_in", &fields).await.header("location"), "/sign-in/code");
        let code = house.code_to(email_of("olivia")).await;
        let done = olivia.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/welcome?next=");
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(provider.asked(), (0, 0));
    }
}
