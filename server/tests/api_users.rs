//! Users, invitations and who is in which group, by the API.

use domain::clock::MINUTE;
use domain::view::BuiltinGroup;
use serde_json::json;

use crate::manage_users::{crowd, group};
use crate::support::{both, email_of};

both! {
    async fn users_are_listed_found_and_turned_over(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let all = olivia.get("/users").await.json();
        let names: Vec<_> = all["items"].as_array().expect("a list").iter().map(|user| &user["name"]).collect();
        assert_eq!(names, ["Greta Gruber", "Max Mustermann", "Olivia Okafor", "Una Ueda"]);
        let greta = &all["items"][0];
        assert_eq!((&greta["state"], &greta["home"]["slug"]), (&json!("guest"), &json!("borealis")));
        assert_eq!((&greta["sign_in"], &greta["last_sign_in"]), (&json!(null), &json!(null)));
        assert_eq!((&all["items"][2]["api_access"], &all["items"][2]["sign_in"]), (&json!(true), &json!("email")));
        assert!(all["next"].is_null());
        for (query, found) in [
            ("search=muster", vec!["Max Mustermann"]),
            ("search=o.", vec!["Olivia Okafor"]),
            ("filter=guest", vec!["Greta Gruber"]),
            ("filter=api", vec!["Olivia Okafor"]),
            ("sort=email&descending=true&filter=active", vec!["Una Ueda", "Olivia Okafor", "Max Mustermann"]),
            ("search=nobody", vec![]),
            ("search=%00", vec![]),
            ("after=nonsense&filter=guest", vec!["Greta Gruber"]),
        ] {
            let page = olivia.get(&format!("/users?{query}")).await.json();
            let names: Vec<_> = page["items"].as_array().expect("a list").iter().map(|user| &user["name"]).collect();
            assert_eq!(names, found, "{query}");
        }
        let long = format!("/users?search={}", "a".repeat(101));
        for wrong in ["/users?filter=x", "/users?sort=x", "/users?descending=1", "/users?limit=5", "/users?=", &long] {
            assert_eq!(olivia.get(wrong).await.problem(), (400, "bad_request".into()), "{wrong}");
        }
    }

    async fn a_long_list_has_pages(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        crowd(&stage, 60).await;
        let first = olivia.get("/users?sort=created").await;
        assert_eq!(first.json()["items"].as_array().map(Vec::len), Some(50));
        let next = first.json()["next"].as_str().expect("more").to_owned();
        let link = format!("</api/v2/users?sort=created&after={next}>; rel=\"next\"");
        assert_eq!(first.header("link"), link);
        let rest = olivia.get(&format!("/users?sort=created&after={next}")).await.json();
        assert_eq!((rest["items"].as_array().map(Vec::len), rest["next"].is_null()), (Some(14), true));
    }

    async fn a_user_is_made_and_asked_to_activate(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let management = group(&stage, "acme", BuiltinGroup::Management).await;
        let new = json!({
            "email": " Nina@ACME.example ", "first_name": "Nina", "last_name": "Novak", "language": "de",
            "groups": [management], "sign_in": { "method": "email" },
        });
        let made = olivia.post("/users", &new).await;
        let user = made.json();
        assert_eq!((made.status, &user["email"]), (201, &json!("nina@acme.example")), "{}", made.body);
        assert_eq!((&user["state"], &user["language"]), (&json!("not_activated"), &json!("de")));
        assert_eq!(user["sign_in"], json!({ "method": "email", "provider": null }));
        assert_eq!((&user["groups"][0]["id"], &user["groups"][1]), (&json!(management), &json!(null)));
        let id = user["id"].as_str().expect("an id");
        assert_eq!(made.header("location"), format!("/api/v2/users/{id}"));
        let read = olivia.get(&format!("/users/{id}")).await;
        assert_eq!((read.json(), read.header("etag")), (user.clone(), made.header("etag")));
        stage.deliver().await;
        assert_eq!(stage.letters_to("nina@acme.example").len(), 1);
        let again = format!("/users/{id}/activation");
        assert_eq!(olivia.send(&again).await.status, 204);
        let soon = olivia.send(&again).await;
        assert_eq!((soon.problem(), soon.header("retry-after")), ((429, "too_many".into()), "60"));
        stage.clock.advance(MINUTE);
        assert_eq!(olivia.send(&again).await.status, 204);
        stage.deliver().await;
        assert_eq!(stage.letters_to("nina@acme.example").len(), 3);
        // Without a word of groups it is the group User, with a code by e-mail.
        let plain = json!({ "email": "pia@acme.example", "first_name": "Pia", "last_name": "Paul" });
        let pia = olivia.post("/users", &plain).await.json();
        assert_eq!((&pia["groups"][0]["name"], &pia["sign_in"]["method"]), (&json!("User"), &json!("email")));
    }

    async fn who_is_there_already_is_a_conflict(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let new = |email: &str| json!({ "email": email, "first_name": "Nina", "last_name": "Novak" });
        let taken = olivia.post("/users", &new(email_of("max"))).await;
        assert_eq!((taken.problem(), taken.first_field()), ((409, "taken".into()), ("email".into(), "taken".into())));
        let mut greta = stage.api_of("greta").await;
        let elsewhere = greta.post("/users", &new(email_of("max"))).await;
        assert_eq!(elsewhere.problem(), (409, "address_elsewhere".into()));
        for (body, field, code) in [
            (json!({ "email": "x", "first_name": "a", "last_name": "b" }), "email", "not_an_address"),
            (json!({ "email": "a@b.example", "first_name": "", "last_name": "b" }), "first_name", "empty"),
            (
                json!({ "email": "a@b.example", "first_name": "a", "last_name": "b", "groups": [] }),
                "groups",
                "no_group",
            ),
            (
                json!({ "email": "a@b.example", "first_name": "a", "last_name": "b",
                        "sign_in": { "method": "provider" } }),
                "sign_in",
                "not_offered",
            ),
            (
                json!({ "email": "a@b.example", "first_name": "a", "last_name": "b",
                        "sign_in": { "method": "provider", "provider": "nobody" } }),
                "sign_in",
                "not_offered",
            ),
        ] {
            let answer = olivia.post("/users", &body).await;
            assert_eq!(answer.problem(), (422, "invalid".into()));
            assert_eq!(answer.first_field(), (field.to_owned(), code.to_owned()));
        }
    }

    async fn a_user_is_changed_as_far_as_it_is_said(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let path = format!("/users/{}", stage.id_of("una").await);
        let before = olivia.get(&path).await;
        let edited = olivia.patch(&path, before.header("etag"), &json!({ "last_name": "Uhl", "language": null })).await;
        let user = edited.json();
        assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Una"), &json!("Uhl")), "{}", edited.body);
        assert_eq!((&user["language"], &user["groups"]), (&json!(null), &before.json()["groups"]));
        let flagged = olivia.patch(&path, edited.header("etag"), &json!({ "api_access": true })).await;
        assert_eq!(flagged.json()["api_access"], true, "{}", flagged.body);
        let guests = group(&stage, "acme", BuiltinGroup::Guest).await;
        let moved = olivia.patch(&path, flagged.header("etag"), &json!({ "groups": [guests] })).await;
        assert_eq!(moved.json()["groups"][0]["id"], json!(guests), "{}", moved.body);
        assert_eq!(moved.json()["api_access"], true);
        // A word is a text, and nothing that could be read as one.
        let odd = olivia.edit(&path, &json!({ "language": { "de": null } })).await;
        assert_eq!(odd.problem(), (422, "invalid".into()));
        let foreign = group(&stage, "borealis", BuiltinGroup::Guest).await;
        let refused = olivia.edit(&path, &json!({ "groups": [foreign] })).await;
        assert_eq!(refused.problem(), (404, "not_found".into()));
        let both = json!({ "sign_in": { "method": "email" }, "first_name": "x" });
        assert_eq!(olivia.edit(&path, &both).await.problem(), (422, "not_alone".into()));
        let own = format!("/users/{}", stage.id_of("olivia").await);
        assert_eq!(olivia.edit(&own, &json!({ "api_access": false })).await.problem(), (409, "oneself".into()));
    }

    async fn of_guests_only_the_groups_are_changed(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let path = format!("/users/{}", stage.id_of("greta").await);
        let guest = olivia.get(&path).await.json();
        let none = &json!(null);
        assert_eq!((&guest["state"], &guest["sign_in"], &guest["language"]), (&json!("guest"), none, none));
        let users = group(&stage, "acme", BuiltinGroup::User).await;
        let moved = olivia.edit(&path, &json!({ "groups": [users] })).await;
        assert_eq!(moved.json()["groups"][0]["id"], json!(users), "{}", moved.body);
        assert_eq!(olivia.edit(&path, &json!({ "first_name": "Mallory" })).await.problem().0, 404);
        assert_eq!(olivia.send(&format!("{path}/disable")).await.problem().0, 404);
        assert_eq!(stage.names_of("greta").await.0, "Greta");
    }

    async fn a_user_is_disabled_and_enabled(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let mut browser = stage.signed_in("una").await;
        let path = format!("/users/{}", stage.id_of("una").await);
        assert_eq!(olivia.send(&format!("{path}/disable")).await.status, 204);
        assert_eq!(olivia.get(&path).await.json()["state"], "disabled");
        assert_eq!(browser.page("/c/acme/account").await.status, 303);
        assert_eq!(olivia.send(&format!("{path}/enable")).await.status, 204);
        assert_eq!(olivia.get(&path).await.json()["state"], "active");
        let own = format!("/users/{}/disable", stage.id_of("olivia").await);
        assert_eq!(olivia.send(&own).await.problem(), (409, "oneself".into()));
        assert_eq!(olivia.send(&format!("{path}/activation")).await.problem(), (409, "way_in".into()));
        assert_eq!(olivia.send(&format!("{path}/disable")).await.status, 204);
        assert_eq!(olivia.send(&format!("{path}/activation")).await.problem(), (409, "way_in".into()));
        let greta = format!("/users/{}/activation", stage.id_of("greta").await);
        assert_eq!(olivia.send(&greta).await.problem(), (404, "not_found".into()));
    }

    async fn guests_are_invited(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let made = olivia.post("/invitations", &json!({ "email": "dora@nowhere.example" })).await;
        let invitation = made.json();
        assert_eq!((made.status, &invitation["group"]), (201, &json!("Guest")), "{}", made.body);
        let id = invitation["id"].as_str().expect("an id");
        assert_eq!(made.header("location"), format!("/api/v2/invitations/{id}"));
        assert_eq!(olivia.get(&format!("/invitations/{id}")).await.json(), invitation);
        let listed = olivia.get("/invitations").await.json();
        assert_eq!((&listed["items"][0], &listed["next"]), (&invitation, &json!(null)));
        stage.deliver().await;
        assert_eq!(stage.letters_to("dora@nowhere.example").len(), 1);
        assert_eq!(olivia.send(&format!("/invitations/{id}/send-again")).await.status, 204);
        stage.deliver().await;
        assert_eq!(stage.letters_to("dora@nowhere.example").len(), 2);
        let member = olivia.post("/invitations", &json!({ "email": email_of("una") })).await;
        assert_eq!((member.problem(), member.first_field().0), ((409, "already_member".into()), "email".to_owned()));
        assert_eq!(olivia.delete(&format!("/invitations/{id}")).await.status, 204);
        assert_eq!(olivia.delete(&format!("/invitations/{id}")).await.problem(), (404, "not_found".into()));
        assert_eq!(olivia.get(&format!("/invitations/{id}")).await.problem(), (404, "not_found".into()));
        assert_eq!(olivia.get("/invitations").await.json()["items"], json!([]));
        assert_eq!(olivia.get("/invitations?after=%00").await.status, 200);
    }
}
