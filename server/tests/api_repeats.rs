//! What is asked for twice is done once: requests with an `Idempotency-Key`.

use domain::clock::DAY;
use serde_json::{Value, json};

use crate::support::program_api::ApiCaller;
use crate::support::{Answer, JSON, both};

async fn once(program: &mut ApiCaller, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", JSON), ("idempotency-key", key)];
    program.ask("POST", path, &headers, &body.to_string()).await
}

/// How many groups there are beside the four.
async fn groups(program: &mut ApiCaller) -> usize {
    program.get("/groups").await.json()["items"].as_array().map_or(0, Vec::len) - 4
}

both! {
    async fn sent_again_it_is_answered_alike(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let requests = [
            ("/groups", json!({ "name": "Readers" })),
            ("/users", json!({ "email": "nina@acme.example", "first_name": "Nina", "last_name": "Novak" })),
            ("/invitations", json!({ "email": "dora@nowhere.example" })),
        ];
        for (path, body) in requests {
            let key = format!("first{path}");
            let made = once(&mut olivia, path, &key, &body).await;
            assert_eq!((made.status, made.header("idempotency-replayed")), (201, ""), "{path}: {}", made.body);
            let again = once(&mut olivia, path, &key, &body).await;
            assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{path}");
            assert_eq!(again.body, made.body, "{path}");
            for name in ["location", "etag", "content-type"] {
                assert_eq!(again.header(name), made.header(name), "{path}: {name}");
            }
        }
        assert_eq!(groups(&mut olivia).await, 1);
        stage.deliver().await;
        assert_eq!(stage.letters_to("nina@acme.example").len(), 1);
        assert_eq!(stage.letters_to("dora@nowhere.example").len(), 1);
    }

    async fn for_something_else_a_key_is_refused(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let body = json!({ "name": "Readers" });
        assert_eq!(once(&mut olivia, "/groups", "k", &body).await.status, 201);
        let other = once(&mut olivia, "/groups", "k", &json!({ "name": "Writers" })).await;
        assert_eq!(other.problem(), (422, "key_reused".into()));
        let elsewhere = once(&mut olivia, "/invitations", "k", &json!({ "email": "dora@nowhere.example" })).await;
        assert_eq!(elsewhere.problem(), (422, "key_reused".into()));
        // By another name of the version it is the same request.
        let headers = [("content-type", JSON), ("idempotency-key", "k")];
        let same = olivia.ask_at("POST", "/api/v2.3/groups", &headers, &body.to_string()).await;
        assert_eq!((same.status, same.header("idempotency-replayed")), (201, "true"), "{}", same.body);
        // A key of somebody else is another key.
        let mut greta = stage.api_of("greta").await;
        assert_eq!(once(&mut greta, "/groups", "k", &body).await.header("idempotency-replayed"), "");
        assert_eq!((groups(&mut olivia).await, groups(&mut greta).await), (1, 1));
        for wrong in ["a b", &"k".repeat(256)] {
            assert_eq!(once(&mut olivia, "/groups", wrong, &body).await.problem(), (400, "bad_request".into()));
        }
    }

    async fn what_was_refused_may_be_tried_again(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let body = json!({ "name": "Readers" });
        let made = olivia.post("/groups", &body).await;
        assert_eq!(once(&mut olivia, "/groups", "k", &body).await.problem(), (409, "taken".into()));
        let path = made.header("location").strip_prefix("/api/v2").expect("below the API").to_owned();
        assert_eq!(olivia.delete(&path).await.status, 204);
        let retried = once(&mut olivia, "/groups", "k", &body).await;
        assert_eq!((retried.status, retried.header("idempotency-replayed")), (201, ""), "{}", retried.body);
    }

    async fn of_many_at_once_one_is_made(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let tries = (0..12).map(|_| {
            let mut program = olivia.clone();
            tokio::spawn(async move { once(&mut program, "/groups", "k", &json!({ "name": "Readers" })).await })
        });
        let mut made = 0;
        for one in tries.collect::<Vec<_>>() {
            let answer = one.await.expect("an answer");
            match answer.status {
                201 => made += usize::from(answer.header("idempotency-replayed").is_empty()),
                _ => {
                    assert_eq!(answer.problem(), (409, "under_way".into()));
                    assert_eq!(answer.header("retry-after"), "1");
                }
            }
        }
        assert_eq!((made, groups(&mut olivia).await), (1, 1));
    }

    async fn an_answer_is_kept_for_a_day(stage: Stage) {
        let mut olivia = stage.api_of("olivia").await;
        let body = json!({ "name": "Readers" });
        assert_eq!(once(&mut olivia, "/groups", "k", &body).await.status, 201);
        stage.clock.advance(DAY - 1);
        assert_eq!(once(&mut olivia, "/groups", "k", &body).await.header("idempotency-replayed"), "true");
        stage.clock.advance(1);
        assert_eq!(once(&mut olivia, "/groups", "k", &body).await.problem(), (409, "taken".into()));
    }
}
