//! Whoever writes something that looks like an event writes none: each event is one line of the log, and whatever
//! stands in it is escaped (LOG-1).

use axum::http::Method;
use domain::store::users;
use domain::{Error, Field, Language, Problem};
use serde_json::Value;
use url::form_urlencoded;

use crate::support::log::{assert_told, heard, listen};
use crate::support::page::text;
use crate::support::program::Program;
use crate::support::{FORM, JSON, PASSWORD, Stage, both, email_of, raw};

/// What looks like an event, with a mark that nothing else has.
fn forged(stage: &Stage) -> (String, String) {
    let mark = stage.rng.id(0);
    (format!("{{\"evt\":\"{mark}\",\"level\":\"ERROR\"}}"), mark)
}

/// The events in a log; fails where a line is none of ours.
fn events(log: &str) -> Vec<Value> {
    let read = |line: &str| -> Value {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let has = |key: &str| event.get(key).is_some();
        assert!(["timestamp", "level", "fields", "target"].into_iter().all(has) && !has("evt"), "{line}");
        event
    };
    log.lines().map(read).collect()
}

both! {
    async fn a_name_that_looks_like_an_event_adds_none(stage: Stage) {
        let since = listen();
        let mut olivia = stage.signed_in("olivia").await;
        let (forged, mark) = forged(&stage);
        for between in ["\n", "\r\n", "\r", "\u{85}", "\u{2028}"] {
            let name = format!("Liv{between}{forged}");
            let fields = [("slug", "acme"), ("first_name", name.as_str()), ("last_name", "Okafor")];
            let refusal = Error::at(Field::FirstName, Problem::ForbiddenCharacters);
            assert_eq!(olivia.call("save_names", &fields).await.refused(), refusal, "{name:?}");
        }
        assert_eq!(stage.names_of("olivia").await, ("Olivia".to_owned(), "Okafor".to_owned()));
        // In one line it is a name like any other.
        let fields = [("slug", "acme"), ("first_name", forged.as_str()), ("last_name", "Okafor")];
        let saved = olivia.call("save_names", &fields).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        assert_eq!(stage.names_of("olivia").await, (forged, "Okafor".to_owned()));
        let log = heard(since);
        events(&log);
        let user = users::by_email(&stage.db, email_of("olivia")).await.expect("a read").expect("a user");
        assert_told(&log, "name_changed", &user.id);
        assert!(!log.contains(&mark), "names are not logged");
    }

    async fn the_number_of_a_fault_is_the_one_in_the_log_beside_its_cause(stage: Stage) {
        let since = listen();
        let mut olivia = stage.signed_in("olivia").await;
        raw::run(&stage.db, "DROP TABLE activity").await.expect("dropped");
        let fields = [("slug", "acme"), ("first_name", "Liv"), ("last_name", "Okafor")];
        let called = olivia.call("save_names", &fields).await;
        assert!(called.status == 500 && called.body.contains(called.header("x-request-id")), "{}", called.body);
        let submitted = olivia.submit("save_names", &fields, "/c/acme/account").await;
        let shown = text(&submitted.body);
        let shown = shown.split("tell us this number: ").nth(1).expect("a number");
        let told = events(&heard(since));
        for number in [called.header("x-request-id"), &shown[..36]] {
            let cause = told.iter().find(|event| event["span"]["request"] == number && event["level"] == "ERROR");
            assert!(cause.is_some_and(|event| event["fields"]["error"].is_string()), "{number} has no cause");
        }
    }

    async fn who_reaches_above_their_own_rights_is_logged(stage: Stage) {
        let since = listen();
        let mut max = stage.signed_in("max").await;
        let full = "SELECT g.id FROM groups g JOIN tenants t ON t.id = g.tenant_id
                     WHERE t.slug = 'acme' AND g.builtin = 'full_access'";
        let full = raw::texts(&stage.db, full).await.concat();
        let fields = [("slug", "acme"), ("email", "x@x.example"), ("group", full.as_str())];
        assert_eq!(max.call("invite_guest", &fields).await.status, 403);
        let user = users::by_email(&stage.db, email_of("max")).await.expect("a read").expect("a user");
        assert_told(&heard(since), "not_permitted", &user.id);
    }

    async fn a_path_that_looks_like_an_event_stands_in_one(stage: Stage) {
        let since = listen();
        stage.half_signed_in("olivia").await;
        let path = format!("/nowhere/%0A{}", forged(&stage).0);
        assert_eq!(stage.browser().page(&path).await.status, 404);
        let events = events(&heard(since));
        let answered = events.iter().filter(|event| event["fields"]["path"] == path.as_str()).count();
        assert_eq!(answered, 1, "the log has the path as it was asked for");
    }

    async fn a_browser_that_looks_like_an_event_adds_none(stage: Stage) {
        let since = listen();
        stage.people().await;
        let mut browser = stage.browser();
        let (forged, mark) = forged(&stage);
        let agent = format!("Firefox\t{forged} Linux");
        let own = [("accept", JSON), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
        let headers = [&own[..], &[("user-agent", agent.as_str())][..]].concat();
        let fields = [("email", email_of("olivia")), ("password", PASSWORD)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let begun = browser.ask(Method::POST, "/do/sign_in", &headers, form).await;
        assert_eq!(begun.header("location"), "/sign-in/code", "{}", begun.body);
        let code = format!("code={}", stage.code_to(email_of("olivia")).await);
        let done = browser.ask(Method::POST, "/do/sign_in_code", &headers, code).await;
        assert_eq!(done.header("location"), "/welcome?next=", "{}", done.body);
        let browsers = raw::texts(&stage.db, "SELECT browser FROM sessions").await;
        assert_eq!(browsers, ["Firefox, Linux"], "in words of ours");
        let log = heard(since);
        events(&log);
        assert!(!log.contains(&mark), "what a browser says of itself is not logged");
    }
}

#[test]
fn the_operator_is_told_in_one_line_whatever_a_name_holds() {
    let program = Program::new();
    for name in ["Acme\n{\"evt\":\"forged\"}", "Acme\r\n{\"evt\":\"forged\"}"] {
        let done = program.run(&["tenant", "create", name]);
        let line = done.one_line();
        assert!(done.code == 2 && line.contains(&Problem::ForbiddenCharacters.sentence(Language::En)), "{done:?}");
        assert!(!line.contains("forged"), "{line}");
    }
}
