//! What pages show of providers, and what they do not show to those whose sign-in one manages (OIDC-3).

use domain::Error;

use crate::manage_users::{SLUG, says};
use crate::oidc::{bind, come_back, house_with, invited, set_out};
use crate::support::identity::{ID, Provider, Someone, someone};
use crate::support::page::{attribute, between, tag, tags, text};
use crate::support::{Answer, Browser, JSON, PASSWORD, Stage, WRONG, both};

const SECURITY: &str = "/c/acme/account/security";

/// The fields of the form that leads to the provider.
fn way(page: &Answer) -> Vec<(String, String)> {
    let form = between(&page.body, "action=\"/oidc/begin\"", "</form>");
    let field = |tag: &&str| Some((attribute(tag, "name")?.to_owned(), attribute(tag, "value")?.to_owned()));
    tags(form).iter().filter_map(field).collect()
}

fn fields(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Ada, whose sign-in the provider manages, and who has proved to it just now who she is.
async fn fresh(house: &Stage, provider: &Provider) -> Browser {
    let mut ada = bind(house, provider, "ada", &someone("sub-1")).await;
    let out = set_out(&mut ada, &[("purpose", "unlock"), ("back", SECURITY)]).await;
    let who = Someone { says_when: true, ..someone("sub-1") };
    let query = provider.sign_in(out.header("location"), &who);
    let back = come_back(&mut ada, &query).await;
    assert_eq!((back.status, back.header("location")), (303, SECURITY));
    ada
}

both! {
    async fn there_is_a_button_for_each_provider_and_nothing_without_one(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        house.people().await;
        let page = house.browser().page("/sign-in?next=/c/acme/account/groups").await;
        says(&page, "Sign in with Acme Login");
        let expected = [("purpose", "sign-in"), ("provider", ID), ("next", "/c/acme/account/groups")];
        assert_eq!(way(&page), fields(&expected));
        // It is sent by the browser itself, as a document, because it leads to another site.
        assert_eq!(attribute(tag(&page.body, "action=\"/oidc/begin\""), "method"), Some("post"));
        let named = "[[&quot;acme-login&quot;,&quot;Acme Login&quot;]]";
        assert_eq!(attribute(tag(&page.body, "html "), "data-providers"), Some(named));
        let mut half = house.half_signed_in("una").await;
        let code = half.page("/sign-in/code").await;
        assert_eq!(attribute(tag(&code.body, "html "), "data-providers"), Some(named), "from there a link leads back");
        let mut olivia = house.signed_in("olivia").await;
        for (browser, path) in [(&mut olivia, SECURITY), (&mut house.browser(), "/sign-in/forgot")] {
            let page = browser.page(path).await;
            assert_eq!(attribute(tag(&page.body, "html "), "data-providers"), None, "{path}");
        }
        let without = stage.browser().page("/sign-in").await;
        assert!(!without.body.contains("/oidc/") && !without.body.contains("data-providers"), "{}", without.body);
    }

    async fn why_the_way_led_nowhere_is_said_in_our_own_words(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        for (notice, status, said) in [
            ("cancelled", 200, "cancelled while you were with Acme Login"),
            ("down", 503, "There is no answer from Acme Login right now."),
            ("refused", 200, "The answer from Acme Login was not in order"),
            ("clock", 503, "The clocks of Acme Login and of this service do not agree"),
            ("unknown", 200, "no account here that you can open with your sign-in from Acme Login"),
            ("taken", 200, "Your sign-in from Acme Login already belongs to another account here."),
            ("expired", 200, "This took too long"),
            ("again", 200, "no new confirmation from Acme Login"),
            ("wait", 200, "There were too many tries."),
        ] {
            let page = house.browser().page(&format!("/provider?notice={notice}&id={ID}")).await;
            assert_eq!(page.status, status, "{notice}");
            says(&page, said);
            let button = tag(&page.body, "class=\"button\"");
            assert_eq!(attribute(button, "href"), Some("/sign-in"), "{notice}");
            // What is said to be of no use is not offered.
            assert_eq!(attribute(button, "data-kind").is_some(), notice != "clock", "{notice}");
            let leads = between(&page.body, button, "</a>");
            assert_eq!(leads.contains("Try again"), notice != "clock", "{notice}: {leads}");
            assert_eq!(page.header("cache-control"), "no-store");
        }
        for id in ["", "nothing", "%3Cb%3EEvil", "Evil%20Ltd"] {
            let page = house.browser().page(&format!("/provider?notice=down&id={id}")).await;
            says(&page, "There is no answer from the provider right now.");
            assert!(!page.body.contains("Evil"), "{}", page.body);
        }
        for odd in ["/provider", "/provider?notice=", "/provider?notice=Call%200900", "/provider?notice=down%00"] {
            let page = house.browser().page(odd).await;
            assert_eq!(page.status, 404, "{odd}");
            assert!(!page.body.contains("0900"), "{}", page.body);
        }
        let mut olivia = house.signed_in("olivia").await;
        let page = olivia.page("/provider?notice=again").await;
        assert_eq!(attribute(tag(&page.body, "class=\"button\""), "href"), Some("/"));
        let page = olivia.page("/provider?notice=clock").await;
        let button = tag(&page.body, "class=\"button\"");
        assert_eq!(attribute(button, "href"), Some("/"));
        assert!(between(&page.body, button, "</a>").contains("To the start page"), "{}", page.body);
    }

    async fn the_activation_link_leads_to_the_provider_and_offers_no_password(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let token = invited(&house, "ada").await;
        let path = format!("/activate/{token}");
        let page = house.browser().page(&path).await;
        says(&page, "Welcome to Acme Ltd, Ada. Your sign-in is managed by Acme Login");
        assert!(!page.body.contains("type=\"password\"") && !page.body.contains("/do/activate"), "{}", page.body);
        assert_eq!(way(&page), fields(&[("purpose", "activate"), ("provider", ID), ("token", &token)]));
        let chosen = [("token", token.as_str()), ("new_password", PASSWORD), ("repeat_password", PASSWORD)];
        let answer = house.browser().call("activate", &chosen).await;
        assert_eq!((answer.status, answer.refused()), (403, Error::ManagedByProvider));
        let page = house.browser().submit("activate", &chosen, &path).await;
        says(&page, "Your sign-in is managed by a provider");
        // Whoever goes there comes back as its owner.
        let mut ada = house.browser();
        let out = set_out(&mut ada, &[("purpose", "activate"), ("token", &token)]).await;
        let query = provider.sign_in(out.header("location"), &someone("sub-1"));
        assert_eq!(come_back(&mut ada, &query).await.header("location"), "/welcome?next=");
        assert_eq!(house.browser().page(&path).await.status, 404);
    }

    async fn the_tabs_say_where_the_sign_in_is_managed(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        let tab = ada.page(SECURITY).await;
        says(&tab, "Your sign-in is managed by Acme Login");
        for none in ["/security/password", "/security/factor", "/security/recovery", " name=\"current_password\""] {
            assert!(!tab.body.contains(none), "{none}: {}", tab.body);
        }
        assert_eq!(way(&tab), fields(&[("purpose", "unlock"), ("back", SECURITY)]));
        let details = ada.page("/c/acme/account").await;
        says(&details, "This address comes from Acme Login and can only be changed there.");
        assert!(details.body.contains("<strong>ada@acme.example<"), "{}", details.body);
        assert!(!details.body.contains("/do/begin_email_change"), "{}", details.body);
        let dialog = ada.page("/c/acme/account/email").await;
        assert!(dialog.status == 200 && !dialog.body.contains("<dialog"), "{}", dialog.body);
        for page in ["password", "factor", "recovery", "offer"] {
            let page = ada.page(&format!("{SECURITY}/{page}")).await;
            assert_eq!(page.status, 403, "{}", page.body);
            says(&page, "Your sign-in is managed by");
            assert!(!text(&page.body).contains("current password") && !page.body.contains("/do/"), "{}", page.body);
        }
        let data = ada.call("load_security", &[SLUG]).await;
        let data: serde_json::Value = serde_json::from_str(&data.body).expect("data");
        assert!(data["provider"] == "Acme Login" && data["unlocked_until"].is_null(), "{data}");
    }

    async fn no_form_carries_them_to_a_password_or_a_factor(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = fresh(&house, &provider).await;
        let password = ("current_password", WRONG);
        let chosen = [("new_password", PASSWORD), ("repeat_password", PASSWORD)];
        let with_code = [SLUG, ("code", "BCDF-GHJK")];
        for (function, fields) in [
            ("load_password", vec![SLUG]),
            ("unlock", vec![SLUG, password]),
            ("unlock_for", vec![SLUG, password, ("page", "keys")]),
            ("request_password_change", [&[SLUG, password][..], &chosen].concat()),
            ("confirm_password_change", with_code.to_vec()),
            ("resend_password_code", vec![SLUG]),
            ("begin_factor_change", vec![SLUG, ("factor", "app")]),
            ("begin_factor_change", vec![SLUG, ("factor", "email")]),
            ("begin_recovery_codes", vec![SLUG]),
            ("begin_email_change", vec![SLUG]),
            ("begin_email_change_with_password", vec![SLUG, password]),
            ("begin_not_me", vec![SLUG]),
            ("resend_not_me", vec![SLUG]),
            ("finish_not_me", [&with_code[..], &chosen].concat()),
        ] {
            let answer = ada.call(function, &fields).await;
            let refused = (answer.status, answer.header("content-type"), answer.refused());
            assert_eq!(refused, (403, JSON, Error::ManagedByProvider), "{function} {fields:?}");
            let page = ada.submit(function, &fields, SECURITY).await;
            assert_eq!(page.status, 200, "{function}");
        }
        assert_eq!(house.deliver().await, 0);
    }

    async fn whoever_was_not_it_ends_all_others_after_a_proof(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let not_me = "/c/acme/account/security/not-me";
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        let page = ada.page(not_me).await;
        says(&page, "Change your password with Acme Login first.");
        assert!(!page.body.contains("/do/end_other_sessions") && !page.body.contains("/do/begin_not_me"));
        assert_eq!(way(&page), fields(&[("purpose", "unlock"), ("back", not_me)]));
        let answer = ada.call("end_other_sessions", &[SLUG]).await;
        assert_eq!(answer.refused(), Error::ReauthenticationNeeded);
        // On the tab this asks for the provider, and never for a password.
        let tab = ada.submit("end_other_sessions", &[SLUG], SECURITY).await;
        assert!(!text(&tab.body).contains("confirm your password"), "{}", tab.body);
        assert_eq!(way(&tab), fields(&[("purpose", "unlock"), ("back", SECURITY)]));

        let mut thief = house.browser();
        let out = set_out(&mut thief, &[("purpose", "sign-in"), ("provider", ID)]).await;
        let query = provider.sign_in(out.header("location"), &someone("sub-1"));
        come_back(&mut thief, &query).await;
        assert_eq!(thief.page(SECURITY).await.status, 200);
        let out = set_out(&mut ada, &[("purpose", "unlock"), ("back", not_me)]).await;
        let query = provider.sign_in(out.header("location"), &Someone { says_when: true, ..someone("sub-1") });
        let back = come_back(&mut ada, &query).await;
        assert!(ada.follow(back).await.body.contains("/do/end_other_sessions"));
        let page = ada.submit("end_other_sessions", &[SLUG], not_me).await;
        says(&page, "All other sign-ins have ended.");
        assert_eq!(thief.page(SECURITY).await.status, 303);
    }
}
