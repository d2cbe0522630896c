//! Versions: nobody overwrites what they have not seen, and nobody keeps an old picture.

use domain::clock::SECOND;
use serde_json::{Value, json};

use crate::support::both;

both! {
    async fn of_two_who_edit_one_has_seen_it(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let group = olivia.post("/groups", &json!({ "name": "Readers" })).await.header("location").to_owned();
        let group = group.strip_prefix("/api/v2").expect("below the API").to_owned();
        let una = format!("/users/{}", stage.id_of("una").await);
        let resources: [(&str, Value, Value); 4] = [
            ("/me", json!({ "first_name": "Liv" }), json!({ "first_name": "Via" })),
            ("/client", json!({ "colour": "red" }), json!({ "colour": "teal" })),
            (group.as_str(), json!({ "open": true }), json!({ "open": false })),
            (una.as_str(), json!({ "last_name": "Uhl" }), json!({ "last_name": "Ude" })),
        ];
        for (path, first, second) in resources {
            let seen = olivia.get(path).await;
            let tag = seen.header("etag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{path}: {tag}");
            let edited = olivia.patch(path, &tag, &first).await;
            assert_eq!(edited.status, 200, "{path}: {}", edited.body);
            assert_ne!(edited.header("etag"), tag, "{path}");
            let refused = olivia.patch(path, &tag, &second).await;
            assert_eq!(refused.problem(), (412, "edited_meanwhile".into()), "{path}");
            assert_eq!(olivia.get(path).await.json(), edited.json(), "{path}");
            let either = format!("{tag}, {}", edited.header("etag"));
            assert_eq!(olivia.patch(path, &either, &second).await.status, 200, "{path}");
            let weak = format!("W/{}", olivia.get(path).await.header("etag"));
            assert_eq!(olivia.patch(path, &weak, &first).await.problem().0, 412, "{path}");
        }
    }

    async fn at_once_one_wins(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let una = format!("/users/{}", stage.id_of("una").await);
        let tag = olivia.get(&una).await.header("etag").to_owned();
        let tries = (0..8).map(|n| {
            let (mut program, una, tag) = (olivia.clone(), una.clone(), tag.clone());
            let edit = json!({ "last_name": format!("No{n}") });
            tokio::spawn(async move { program.patch(&una, &tag, &edit).await.status })
        });
        let mut statuses = Vec::new();
        for one in tries.collect::<Vec<_>>() {
            statuses.push(one.await.expect("an answer"));
        }
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    }

    async fn what_is_known_is_not_sent_again(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let una = format!("/users/{}", stage.id_of("una").await);
        for path in ["/me", "/client", una.as_str()] {
            let tag = olivia.get(path).await.header("etag").to_owned();
            for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                let same = olivia.ask("GET", path, &[("if-none-match", &known)], "").await;
                assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", tag.as_str()), "{path}");
            }
            let other = olivia.ask("GET", path, &[("if-none-match", "\"x\"")], "").await;
            assert_eq!(other.status, 200, "{path}");
        }
        // What is shown may change without becoming another version; then it is sent.
        let tag = olivia.get(&una).await.header("etag").to_owned();
        stage.clock.advance(SECOND);
        stage.signed_in("una").await;
        let fresh = olivia.ask("GET", &una, &[("if-none-match", &tag)], "").await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
        assert_eq!(olivia.patch(&una, &tag, &json!({ "last_name": "Uhl" })).await.status, 200);
    }

    async fn a_group_is_deleted_as_it_was_seen(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let made = olivia.post("/groups", &json!({ "name": "Readers" })).await;
        let path = made.header("location").strip_prefix("/api/v2").expect("below the API").to_owned();
        olivia.edit(&path, &json!({ "open": true })).await;
        let stale = olivia.ask("DELETE", &path, &[("if-match", made.header("etag"))], "").await;
        assert_eq!(stale.problem(), (412, "edited_meanwhile".into()));
        let tag = olivia.get(&path).await.header("etag").to_owned();
        assert_eq!(olivia.ask("DELETE", &path, &[("if-match", &tag)], "").await.status, 204);
    }
}
