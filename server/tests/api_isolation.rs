//! One client sees nothing of another by the API either (TEN-1), and who may not use it gets nothing (API-1): every
//! operation, as everybody. The list comes from the routes themselves.

use domain::clock::{DAY, MINUTE};
use serde_json::{Value, json};

use crate::isolation::client::Client;
use crate::support::log::SESSION;
use crate::support::program_api::ApiCaller;
use crate::support::raw::{dump, texts};
use crate::support::{Answer, JSON, PASSWORD, Stage, both, email_of};

/// A path with these ids in it.
fn filled(path: &str, ids: &Client) -> String {
    let id = match path.split('/').nth(3) {
        Some("groups") => &ids.group,
        Some("invitations") => &ids.invitation,
        _ => &ids.user,
    };
    let whole = path.replace("{id}", id).replace("{user}", &ids.user);
    assert!(!whole.contains('{'), "say here what to put into {path}");
    whole
}

/// A body that fits an operation.
fn body(method: &str, path: &str, ids: &Client) -> Value {
    let resource = path.strip_prefix("/api/v2").unwrap_or(path);
    match (method, resource) {
        ("POST", "/login") => json!({ "email": email_of("olivia"), "password": PASSWORD }),
        ("POST", "/login/code") => json!({ "login": "x", "code": "BCDF-GHJK" }),
        ("PATCH", "/me") => json!({ "first_name": "Mallory" }),
        ("PATCH", "/client") => json!({ "name": "Mallory" }),
        ("POST", "/users") => json!({
            "email": "mallory@nowhere.example", "first_name": "Mallory", "last_name": "M", "groups": [ids.group],
        }),
        ("PATCH", "/users/{id}") => json!({ "groups": [ids.group] }),
        ("POST", "/groups") => json!({ "name": "Mallory" }),
        ("PATCH", "/groups/{id}") => json!({ "open": true }),
        ("POST", "/groups/{id}/members") => json!({ "email": email_of("una") }),
        ("POST", "/invitations") => json!({ "email": "guest@nowhere.example", "group": ids.group }),
        _ => Value::Null,
    }
}

async fn call(program: &mut ApiCaller, operation: &(String, String), ids: &Client) -> Answer {
    let (method, path) = operation;
    let (whole, body) = (filled(path, ids), body(method, path, ids));
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let headers: &[(&str, &str)] = if body.is_null() { &[] } else { &[("content-type", JSON)] };
    let tag = if method == "PATCH" { "*" } else { "" };
    let headers: Vec<_> = headers.iter().copied().chain([("if-match", tag)]).collect();
    program.ask_at(method, &whole, &headers, &text).await
}

fn operations() -> Vec<(String, String)> {
    server::api_operations().into_iter().map(|(method, path)| (method.to_string(), path)).collect()
}

fn is_login(path: &str) -> bool {
    path.starts_with("/api/v2/login")
}

/// What is said, less the number of the request.
fn said(answer: &Answer) -> (u16, Value) {
    let mut told = answer.json();
    told["request_id"] = Value::Null;
    (answer.status, told)
}

/// The rows of the database that hold a tenant's id.
async fn rows_of(stage: &Stage, slug: &str) -> Vec<String> {
    let tenant = texts(&stage.db, &format!("SELECT id FROM tenants WHERE slug = '{slug}'")).await.pop();
    let tenant = tenant.expect("a client");
    let mut rows: Vec<_> =
        dump(&stage.db).await.lines().filter(|row| row.contains(&tenant)).map(str::to_owned).collect();
    rows.sort();
    rows
}

both! {
    async fn what_is_foreign_and_what_is_not_there_look_alike(stage: Stage) {
        stage.people().await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        let before = rows_of(&stage, "cirrus").await;
        let mut met = 0;
        // In the group of full access, in one that may see no users, and of another client.
        for name in ["olivia", "una", "greta"] {
            let mut program = stage.api_of(name).await;
            for operation in operations() {
                let (method, path) = &operation;
                let names_ids = body(method, path, &foreign) != body(method, path, &none);
                if is_login(path) || (!path.contains('{') && !names_ids) {
                    continue;
                }
                met += 1;
                let what = format!("{method} {path} as {name}");
                let theirs = call(&mut program, &operation, &foreign).await;
                let nowhere = call(&mut program, &operation, &none).await;
                assert_eq!(theirs.problem(), (404, "not_found".into()), "{what}: {}", theirs.body);
                assert_eq!(said(&theirs), said(&nowhere), "{what}");
            }
        }
        assert!(met > 40, "only {met} were called");
        assert_eq!(rows_of(&stage, "cirrus").await, before, "a row of another client was touched");
    }

    async fn who_may_not_gets_nothing_of_anything(stage: Stage) {
        stage.people().await;
        let browser = stage.signed_in("olivia").await;
        let session = browser.cookie(SESSION).to_owned();
        let begun = stage.api("").post("/login", &json!({ "email": email_of("olivia"), "password": PASSWORD })).await;
        let half = begun.json()["login"].as_str().expect("a token").to_owned();
        let ended = stage.key_until("olivia", stage.clock.now() + MINUTE).await;
        // A key of somebody who has no API access, of one who is disabled, and of a guest who has none at home.
        let flagless = stage.key_until("una", stage.clock.now() + DAY).await;
        let guest = stage.key_until("greta", stage.clock.now() + DAY).await;
        stage.set_api_access("max", true).await;
        let disabled = stage.key_until("max", stage.clock.now() + DAY).await;
        stage.disable("max").await;
        stage.clock.advance(MINUTE);
        stage.deliver().await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        let before = dump(&stage.db).await;
        let strangers = [
            ("nobody", stage.api("")),
            ("a session", stage.api("").with_cookie(SESSION, &session)),
            ("a session as a token", stage.api(&format!("selfsame_{session}"))),
            ("half a sign-in", stage.api(&format!("selfsame_{half}"))),
            ("a key that has ended", stage.api(&ended)),
            ("without the right", stage.api(&flagless)),
            ("a guest without the right", stage.api(&guest)),
            ("disabled", stage.api(&disabled)),
        ];
        let mut told = Vec::new();
        for (who, mut program) in strangers {
            for operation in operations().iter().filter(|(_, path)| !is_login(path)) {
                for ids in [&foreign, &none] {
                    let answer = call(&mut program, operation, ids).await;
                    assert_eq!(answer.problem(), (401, "unauthenticated".into()), "{operation:?} as {who}");
                    assert_eq!(answer.header("ratelimit"), "", "{operation:?} as {who}");
                    told.push(said(&answer));
                }
            }
        }
        assert!(told.iter().all(|one| *one == told[0]), "refusals differ");
        assert!(dump(&stage.db).await == before, "something was written");
    }

    async fn what_is_there_is_found_by_whoever_may(stage: Stage) {
        let mut una = stage.api_of("una").await;
        let group = una.post("/groups", &json!({ "name": "Readers" })).await.json()["id"].as_str().map(str::to_owned);
        let made = una.post("/invitations", &json!({ "email": "dora@nowhere.example" })).await.json();
        let ids = Client {
            slug: "acme",
            group: group.expect("an id"),
            user: stage.id_of("max").await,
            invitation: made["id"].as_str().expect("an id").to_owned(),
        };
        // What takes something away comes last.
        let mut all = operations();
        all.retain(|(_, path)| !is_login(path) && !path.ends_with("/logout"));
        all.sort_by_key(|(method, path)| (method == "DELETE", !path.contains("members")));
        for operation in all {
            let answer = call(&mut una, &operation, &ids).await;
            // Max was activated long ago. By the time he is taken out of the new group he has been put into it.
            let expected = if operation.1.ends_with("/activation") { 409..410 } else { 200..300 };
            assert!(expected.contains(&answer.status), "{operation:?}: {} {}", answer.status, answer.body);
        }
    }
}
