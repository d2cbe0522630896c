//! What is closed to strangers, to those who are half-way through a sign-in, and to members of another client.

use axum::body::Body;
use axum::http::Method;
use domain::Error;

use crate::support::pictures::{jpeg, quarters};
use crate::support::raw::texts;
use crate::support::{HTML, UPLOAD, WRONG, both, form_with};

/// Who may call it: everybody, and what a stranger gets there. All other server functions are closed.
const OPEN: [(&str, u16, &str); 15] = [
    ("activate", 404, "\"NotFound\""),
    ("ask_for_lost_app", 200, "null"),
    ("ask_for_reset", 200, "null"),
    ("cancel_sign_in", 200, "null"),
    ("confirm_lost_app", 200, "null"),
    ("load_sign_in_code", 422, "\"AttemptOver\""),
    ("resend_lost_app_code", 200, "null"),
    ("resend_sign_in_code", 200, "null"),
    ("reset_password", 404, "\"NotFound\""),
    ("set_up", 404, "\"NotFound\""),
    ("sign_in", 422, "\"SignInRefused\""),
    ("sign_in_code", 200, "null"),
    ("sign_in_recovery", 200, "null"),
    ("sign_up", 404, "\"NotFound\""),
    ("undo_email_change", 404, "\"NotFound\""),
];

/// What every function finds its arguments in, those that it takes.
const FIELDS: [(&str, &str); 12] = [
    ("slug", "acme"),
    ("email", "olivia@acme.example"),
    ("password", WRONG),
    ("current_password", WRONG),
    ("new_password", WRONG),
    ("repeat_password", WRONG),
    ("new_email", "olivia@new.example"),
    ("code", "BCDF-GHJK"),
    ("token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("first_name", "Mallory"),
    ("last_name", "Mallory"),
    ("client_name", "Mallory Ltd"),
];

const PAGES: [&str; 27] = [
    "/c/acme/account",
    "/c/acme/account/email",
    "/c/acme/account/security",
    "/c/acme/account/security/password",
    "/c/acme/account/security/activity",
    "/c/acme/account/security/factor",
    "/c/acme/account/security/recovery",
    "/c/acme/account/security/offer",
    "/c/acme/account/security/not-me",
    "/c/acme/account/security/keys",
    "/c/acme/account/groups",
    "/c/acme/account/groups/nothing/leave",
    "/c/acme/account/accounts",
    "/c/acme/account/accounts/acme/leave",
    "/c/acme/account/invitations",
    "/c/acme/manage/users",
    "/c/acme/manage/users/new",
    "/c/acme/manage/users/nobody",
    "/c/acme/manage/guests",
    "/c/acme/manage/groups",
    "/c/acme/manage/groups/new",
    "/c/acme/manage/groups/nothing",
    "/c/acme/manage/groups/nothing/delete",
    "/c/acme/manage/client",
    "/c/acme/manage/activity",
    "/c/nowhere/account",
    "/c/acme",
];

fn functions() -> Vec<&'static str> {
    let mut all: Vec<_> = server::server_function_paths();
    all.sort_unstable();
    all.into_iter().map(|path| path.strip_prefix("/do/").expect("the one prefix")).collect()
}

/// The fields of a function, for the client with this slug: any other would be refused for itself (ADM-1).
fn taken(name: &str, slug: &'static str) -> Vec<(&'static str, &'static str)> {
    let names = server::fields::of(&format!("/do/{name}")).expect("a server function");
    let own = FIELDS.into_iter().filter(|(field, _)| names.contains(field));
    own.map(|(field, value)| (field, if field == "slug" { slug } else { value })).collect()
}

fn closed() -> Vec<&'static str> {
    let is_open = |name: &&str| OPEN.iter().any(|(open, ..)| open == name);
    let (open, closed): (Vec<_>, Vec<_>) = functions().into_iter().partition(is_open);
    assert_eq!(open, OPEN.map(|(name, ..)| name), "a function of the list is gone");
    assert!(closed.contains(&"save_names") && closed.contains(&"load_frame"), "{closed:?}");
    closed
}

both! {
    async fn every_server_function_but_a_few_is_closed_to_strangers(stage: Stage) {
        stage.people().await;
        for name in closed() {
            let answer = stage.browser().call(name, &taken(name, "acme")).await;
            assert_eq!((answer.status, answer.body.as_str()), (401, "\"SignedOut\""), "{name}");
            assert_eq!((answer.header("serverfnredirect"), answer.set_cookies().len()), ("", 0), "{name}");
        }
        for (name, status, body) in OPEN {
            let answer = stage.browser().call(name, &taken(name, "acme")).await;
            assert_eq!((answer.status, answer.body.as_str()), (status, body), "{name}");
            assert!(answer.set_cookies().iter().all(|set| !set.contains("session=")), "{name}");
        }
        assert_eq!(stage.deliver().await, 0, "a stranger had mail sent");
        assert_eq!(stage.names_of("olivia").await, ("Olivia".to_owned(), "Okafor".to_owned()));
    }

    async fn without_javascript_a_stranger_is_led_to_the_sign_in(stage: Stage) {
        stage.people().await;
        for name in closed() {
            let answer = stage.browser().send(name, &taken(name, "acme"), "/c/acme/account").await;
            let led = (answer.status, answer.header("location"));
            assert_eq!(led, (303, "/sign-in?next=/c/acme/account"), "{name}");
            assert_eq!(answer.set_cookies().len(), 0, "{name}");
        }
    }

    async fn half_a_sign_in_opens_nothing(stage: Stage) {
        let half = stage.half_signed_in("olivia").await;
        let token = half.cookie("selfsame-sign-in").to_owned();
        assert_eq!(token.len(), 43);
        for name in closed() {
            let answer = half.clone().call(name, &taken(name, "acme")).await;
            assert_eq!((answer.status, answer.body.as_str()), (401, "\"SignedOut\""), "{name}");
            // Nor does its token pass as that of a session.
            let mut disguised = stage.browser();
            disguised.plant("selfsame-session", &token);
            let answer = disguised.call(name, &taken(name, "acme")).await;
            assert_eq!((answer.status, answer.body.as_str()), (401, "\"SignedOut\""), "{name}");
        }
        for page in PAGES {
            let answer = half.clone().page(page).await;
            assert_eq!((answer.status, answer.header("location")), (303, format!("/sign-in?next={page}").as_str()));
        }
    }

    async fn signed_in_pages_lead_strangers_to_the_sign_in(stage: Stage) {
        stage.people().await;
        let mut forger = stage.browser();
        forger.plant("selfsame-session", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        for (mut browser, ended) in [(stage.browser(), ""), (forger, "&notice=ended")] {
            for page in PAGES {
                for method in [Method::GET, Method::HEAD] {
                    let answer = browser.ask(method, page, &[("accept", HTML)], Body::empty()).await;
                    let led = (answer.status, answer.header("location"));
                    assert_eq!(led, (303, format!("/sign-in?next={page}{ended}").as_str()));
                    assert_eq!(answer.body, "");
                }
            }
            for page in ["/", "/account", "/welcome"] {
                assert_eq!(browser.page(page).await.header("location"), "/sign-in", "{page}");
            }
        }
    }

    async fn a_picture_is_set_by_nobody_but_who_is_signed_in_and_from_our_own_page(stage: Stage) {
        let picture = form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)));
        let half = stage.half_signed_in("una").await;
        for who in [half, stage.browser()] {
            let answer = who.clone().upload(picture.clone()).await;
            assert_eq!((answer.status, answer.refused()), (401, Error::SignedOut));
            let origin = who.origin();
            let referer = format!("{origin}/c/acme/account");
            let headers = [
                ("accept", HTML),
                ("content-type", UPLOAD),
                ("origin", origin.as_str()),
                ("referer", referer.as_str()),
            ];
            let answer = who.clone().ask(Method::POST, "/account/picture", &headers, picture.clone()).await;
            let led = (answer.status, answer.header("location"));
            assert_eq!(led, (303, "/sign-in?next=/c/acme/account"));
            assert_eq!(answer.set_cookies().len(), 0);
        }
        let mut olivia = stage.signed_in("olivia").await;
        let foreign: [&[(&str, &str)]; 4] = [
            &[],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
        ];
        for headers in foreign {
            let headers = [headers, &[("accept", "*/*"), ("content-type", UPLOAD)][..]].concat();
            let answer = olivia.ask(Method::POST, "/account/picture", &headers, picture.clone()).await;
            assert_eq!(answer.status, 403, "{headers:?}");
        }
        for method in [Method::GET, Method::HEAD, Method::PUT] {
            let answer = olivia.ask(method.clone(), "/account/picture", &[], picture.clone()).await;
            assert_eq!((answer.status, answer.header("cache-control")), (405, "no-store"), "{method}");
        }
        assert!(texts(&stage.db, "SELECT id FROM pictures").await.is_empty());
    }

    async fn another_client_looks_as_if_it_did_not_exist(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        for name in closed() {
            for slug in ["borealis", "nowhere"] {
                let answer = max.call(name, &taken(name, slug)).await;
                assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{name}");
            }
        }
        for page in PAGES.iter().filter_map(|page| page.strip_prefix("/c/acme/")) {
            let theirs = max.page(&format!("/c/borealis/{page}")).await;
            let nowhere = max.page(&format!("/c/nowhere/{page}")).await;
            assert_eq!((theirs.status, nowhere.status), (404, 404), "{page}");
            assert!(!theirs.body.contains("Borealis"), "{}", theirs.body);
            let plain = |answer: &crate::support::Answer| answer.body.replace(answer.nonce(), "");
            assert_eq!(plain(&theirs).replace("borealis", "nowhere"), plain(&nowhere));
        }
        assert_eq!(stage.names_of("max").await, ("Max".to_owned(), "Mustermann".to_owned()));
    }

    async fn a_guest_gets_in_and_the_list_shows_both_clients(stage: Stage) {
        let mut greta = stage.signed_in("greta").await;
        for (slug, name) in [("borealis", "Borealis GmbH"), ("acme", "Acme Ltd")] {
            let answer = greta.call("load_frame", &[("slug", slug)]).await;
            assert_eq!(answer.status, 200);
            assert!(answer.body.contains(&format!("\"name\":\"{name}\"")), "{}", answer.body);
        }
    }

    async fn what_the_demo_shows_exists_in_the_demo_only(stage: Stage) {
        let mut browser = stage.browser();
        for page in ["/dev/mail", "/dev/parts"] {
            assert_eq!(browser.page(page).await.status, 404, "{page}");
        }
        let demo = stage.with(crate::support::With { demo: true, ..Default::default() });
        let mut browser = demo.browser();
        for page in ["/dev/mail", "/dev/parts"] {
            assert_eq!(browser.page(page).await.status, 200, "{page}");
        }
        assert!(browser.page("/dev/mail").await.body.contains(">No emails yet<"));
    }
}
