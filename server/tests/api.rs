//! The API as a whole: who gets in, on what, and how soon no longer (API-1, API-2).

use domain::clock::{HOUR, SECOND};
use domain::store;
use serde_json::json;

use crate::support::log::SESSION;
use crate::support::program_api::BASE;
use crate::support::raw::{dump, run};
use crate::support::{both, email_of};

both! {
    async fn a_program_sees_who_it_acts_for(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let me = olivia.get("/me").await;
        assert_eq!((me.status, me.header("content-type")), (200, "application/json; charset=utf-8"), "{}", me.body);
        assert_eq!(me.header("cache-control"), "no-store");
        let client = json!({ "slug": "acme", "name": "Acme Ltd", "colour": "blue" });
        let told = me.json();
        assert_eq!(told["email"], email_of("olivia"));
        assert_eq!(told["client"], client);
        assert_eq!(told["sign_in"], json!({ "method": "email", "provider": null }));
        assert_eq!((&told["api_access"], &told["token"]["kind"]), (&json!(true), &json!("key")));
        // Ninety days after the start of the clock.
        assert_eq!(told["token"]["expires_at"], "2027-02-19T12:45:00Z");
        let head = olivia.ask("HEAD", "/me", &[], "").await;
        assert_eq!((head.status, head.header("etag")), (200, me.header("etag")));
    }

    async fn each_minor_version_is_the_same(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let groups = olivia.get("/groups").await;
        for minor in 0..=6 {
            let same = olivia.ask_at("GET", &format!("{BASE}.{minor}/groups"), &[], "").await;
            assert_eq!((same.status, &same.body), (200, &groups.body), "{minor}");
        }
        for path in ["/api/v2", "/api/v2/", "/api/v2.7/groups", "/api/v1/groups", "/api/v3", "/api/v2/groups/a/b/c"] {
            assert_eq!(olivia.ask_at("GET", path, &[], "").await.problem(), (404, "not_found".into()), "{path}");
        }
    }

    async fn no_group_counts_and_no_other_client_is_reached(stage: Stage) {
        // Una is in the group User, which may see no users; with API access a program of hers may do all there is.
        let mut una = stage.api_of("una").await;
        assert_eq!(una.get("/users").await.status, 200);
        assert_eq!(una.edit("/client", &json!({ "colour": "red" })).await.json()["colour"], "red");
        // Greta is a guest of Acme Ltd, and what her program sees is Borealis GmbH.
        let mut greta = stage.api_of("greta").await;
        assert_eq!(greta.get("/client").await.json()["slug"], "borealis");
        // Not even after she has entered it on the pages.
        let acme = "SELECT id FROM tenants WHERE slug = 'acme'";
        let sql = format!("UPDATE users SET current_tenant_id = ({acme}) WHERE email = '{}'", email_of("greta"));
        assert_eq!(run(&stage.db, &sql).await.expect("an update"), 1);
        assert_eq!(greta.get("/client").await.json()["slug"], "borealis");
        let emails = greta.get("/users").await.body;
        assert!(emails.contains(email_of("greta")) && !emails.contains("acme.example"), "{emails}");
    }

    async fn what_has_ended_ends_at_the_next_request(stage: Stage) {
        let refused = (401, "unauthenticated".to_owned());
        let mut una = stage.api_of("una").await;
        assert_eq!(una.get("/me").await.status, 200);
        stage.set_api_access("una", false).await;
        let answer = una.get("/me").await;
        assert_eq!((answer.problem(), answer.header("www-authenticate")), (refused.clone(), "Bearer"));
        let mut max = stage.api_of("max").await;
        assert_eq!(max.get("/me").await.status, 200);
        stage.disable("max").await;
        assert_eq!(max.get("/me").await.problem(), refused);
        let short = stage.key_until("olivia", stage.clock.now() + HOUR).await;
        let mut olivia = stage.api(&short);
        stage.clock.advance(HOUR - SECOND);
        assert_eq!(olivia.get("/me").await.status, 200);
        stage.clock.advance(SECOND);
        assert_eq!(olivia.get("/me").await.problem(), refused);
    }

    async fn no_cookie_counts_and_no_token_counts_on_the_pages(stage: Stage) {
        stage.set_api_access("olivia", true).await;
        let mut browser = stage.signed_in("olivia").await;
        let cookie = browser.cookie(SESSION).to_owned();
        let before = dump(&stage.db).await;
        for token in ["", "x", &cookie, &format!("selfsame_{cookie}")] {
            let mut program = stage.api(token).with_cookie(SESSION, &cookie);
            assert_eq!(program.get("/me").await.problem().0, 401, "{token}");
            assert_eq!(program.post("/groups", &json!({ "name": "Mine" })).await.problem().0, 401, "{token}");
        }
        assert!(dump(&stage.db).await == before, "something was written");
        let mut program = stage.api_of("olivia").await;
        for path in ["/c/acme/account", "/do/load_personal?slug=acme"] {
            let answer = program.ask_at("GET", path, &[("accept", "text/html")], "").await;
            assert!([303, 405].contains(&answer.status), "{path}: {}", answer.status);
        }
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        let fields = "slug=acme&first_name=Mallory&last_name=Mallory";
        assert_eq!(program.ask_at("POST", "/do/save_names", &headers, fields).await.status, 401);
        assert_eq!(browser.page("/c/acme/account").await.status, 200);
    }

    async fn the_own_name_and_the_client_are_changed(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let tag = olivia.get("/me").await.header("etag").to_owned();
        let edited = olivia.patch("/me", &tag, &json!({ "first_name": " Liv " })).await;
        assert_eq!((edited.status, edited.json()["first_name"].clone()), (200, json!("Liv")), "{}", edited.body);
        assert_eq!(stage.names_of("olivia").await, ("Liv".to_owned(), "Okafor".to_owned()));
        assert_eq!(olivia.get("/me").await.header("etag"), edited.header("etag"));
        let client = olivia.get("/client").await;
        let shown = json!({
            "slug": "acme", "name": "Acme Ltd", "colour": "blue", "requires_second_factor": true,
        });
        assert_eq!(client.json(), shown);
        let edit = json!({ "name": "Acme & Sons", "requires_second_factor": false });
        let edited = olivia.patch("/client", client.header("etag"), &edit).await;
        assert_eq!(edited.json()["name"], "Acme & Sons", "{}", edited.body);
        assert_eq!(edited.json()["requires_second_factor"], false);
        let wrong = olivia.edit("/client", &json!({ "colour": "plaid", "name": "" })).await;
        assert_eq!(wrong.problem(), (422, "invalid".into()));
        assert_eq!(wrong.first_field(), ("name".into(), "empty".into()));
    }

    async fn the_activity_tells_what_programs_did(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        for n in 0..26 {
            stage.clock.advance(SECOND);
            let made = olivia.post("/groups", &json!({ "name": format!("Group {n}") })).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let page = olivia.get("/activity?filter=groups").await;
        let told = page.json();
        assert_eq!(told["items"].as_array().map(Vec::len), Some(25));
        assert_eq!(told["items"][0]["by"], "Olivia Okafor");
        assert_eq!(told["items"][0]["browser"], "API");
        let next = told["next"].as_str().expect("more");
        let rest = olivia.get(&format!("/activity?filter=groups&before={next}")).await.json();
        assert_eq!((rest["items"].as_array().map(Vec::len), rest["next"].is_null()), (Some(1), true));
        assert!(page.header("link").ends_with("; rel=\"next\""), "{}", page.header("link"));
        for wrong in ["/activity?filter=nothing", "/activity?before=a&before=b", "/activity?x=1"] {
            assert_eq!(olivia.get(wrong).await.problem(), (400, "bad_request".into()), "{wrong}");
        }
        let empty = olivia.get("/activity?filter=client&before=%00").await;
        assert_eq!(empty.status, 200, "{}", empty.body);
    }

    async fn a_key_is_used_to_the_minute(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let read = || async {
            let user = store::users::by_email(&stage.db, email_of("olivia")).await.expect("a read").expect("a user");
            let keys = store::api_tokens::keys(&stage.db, &user.id, stage.clock.now()).await.expect("a read");
            keys.first().expect("a key").last_used_at
        };
        assert_eq!(read().await, None);
        olivia.get("/me").await;
        assert_eq!(read().await, Some(stage.clock.now()));
        let first = stage.clock.now();
        stage.clock.advance(59 * SECOND);
        olivia.get("/me").await;
        assert_eq!(read().await, Some(first));
        stage.clock.advance(SECOND);
        olivia.get("/me").await;
        assert_eq!(read().await, Some(first + 60 * SECOND));
    }
}
