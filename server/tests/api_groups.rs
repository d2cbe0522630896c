//! User groups and who is in them, by the API.

use domain::view::BuiltinGroup;
use serde_json::json;

use crate::manage_users::group;
use crate::support::{both, email_of};

both! {
    async fn a_group_is_made_changed_and_deleted(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let four = olivia.get("/groups").await.json();
        let codes: Vec<_> = four["items"].as_array().expect("a list").iter().map(|group| &group["builtin"]).collect();
        assert_eq!(codes, ["full_access", "management", "user", "guest"]);
        assert_eq!((&four["items"][0]["name"], &four["items"][0]["members"]), (&json!("Full access"), &json!(1)));
        let new = json!({ "name": " Readers ", "permissions": ["users.view", "activity.view", "users.view"] });
        let made = olivia.post("/groups", &new).await;
        let shown = json!({
            "id": made.json()["id"], "builtin": null, "name": "Readers", "description": "",
            "permissions": ["users.view", "activity.view"], "open": false, "members": 0,
        });
        assert_eq!((made.status, made.json()), (201, shown), "{}", made.body);
        let path = made.header("location").strip_prefix("/api/v2").expect("below the API").to_owned();
        assert_eq!(olivia.get(&path).await.header("etag"), made.header("etag"));
        let edit = json!({ "description": "Those who read", "open": true, "permissions": [] });
        let edited = olivia.patch(&path, made.header("etag"), &edit).await.json();
        assert_eq!((&edited["name"], &edited["open"]), (&json!("Readers"), &json!(true)));
        assert_eq!((&edited["description"], &edited["permissions"]), (&json!("Those who read"), &json!([])));
        assert_eq!(olivia.delete(&path).await.status, 204);
        assert_eq!(olivia.get(&path).await.problem(), (404, "not_found".into()));
    }

    async fn what_cannot_be_is_refused(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let taken = olivia.post("/groups", &json!({ "name": "Management" })).await;
        assert_eq!((taken.problem(), taken.first_field()), ((409, "taken".into()), ("name".into(), "taken".into())));
        let alike = olivia.post("/groups", &json!({ "name": "\u{41c}anagement" })).await;
        let said = (alike.problem(), alike.first_field());
        assert_eq!(said, ((409, "taken".into()), ("name".into(), "looks_taken".into())), "with a letter that looks so");
        let unknown = olivia.post("/groups", &json!({ "name": "A", "permissions": ["users.own"] })).await;
        let said = (unknown.problem(), unknown.first_field());
        assert_eq!(said, ((422, "invalid".into()), ("permissions".into(), "not_offered".into())));
        let made = olivia.post("/groups", &json!({ "name": "Readers" })).await;
        let path = format!("/groups/{}", made.json()["id"].as_str().expect("an id"));
        let unknown = olivia.edit(&path, &json!({ "permissions": ["users.view", ""] })).await;
        assert_eq!(unknown.first_field(), ("permissions".into(), "not_offered".into()));
        let long = olivia.post("/groups", &json!({ "name": "x".repeat(101) })).await;
        assert_eq!((long.problem().0, long.first_field()), (422, ("name".into(), "too_long".into())));
        let full = format!("/groups/{}", group(&stage, "acme", BuiltinGroup::FullAccess).await);
        for answer in [olivia.edit(&full, &json!({ "open": true })).await, olivia.delete(&full).await] {
            assert_eq!((answer.problem().0, answer.first_field()), (422, ("name".into(), "builtin".into())));
        }
    }

    async fn people_are_put_in_and_taken_out(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let made = olivia.post("/groups", &json!({ "name": "Readers" })).await.json();
        let path = format!("/groups/{}/members", made["id"].as_str().expect("an id"));
        for _ in 0..2 {
            assert_eq!(olivia.post(&path, &json!({ "email": email_of("una") })).await.status, 204);
        }
        let listed = olivia.get(&path).await.json();
        let una = stage.id_of("una").await;
        let shown = json!([{
            "id": una, "name": "Una Ueda", "email": email_of("una"), "guest": false, "since": "2026-11-21T12:45:00Z",
        }]);
        assert_eq!((&listed["items"], &listed["next"]), (&shown, &json!(null)));
        let nobody = olivia.post(&path, &json!({ "email": "dora@nowhere.example" })).await;
        assert_eq!((nobody.problem().0, nobody.first_field()), (422, ("email".into(), "nobody_here".into())));
        assert_eq!(olivia.delete(&format!("{path}/{una}")).await.status, 204);
        assert_eq!(olivia.delete(&format!("{path}/{una}")).await.problem(), (404, "not_found".into()));
        let full = group(&stage, "acme", BuiltinGroup::FullAccess).await;
        let own = format!("/groups/{full}/members/{}", stage.id_of("olivia").await);
        assert_eq!(olivia.delete(&own).await.problem(), (409, "last_full_access".into()));
    }
}
