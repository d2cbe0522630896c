//! Signing in to the API and out of it, as programs see it (API-2, API-3).

use domain::clock::{MINUTE, SECOND};
use serde_json::{Value, json};

use crate::support::{PASSWORD, WRONG, both, email_of, not};

/// A problem document less what differs each time.
fn said(mut told: Value) -> Value {
    told["request_id"] = Value::Null;
    told
}

both! {
    async fn two_steps_give_a_token_for_an_hour(stage: Stage) {
        stage.people().await;
        let mut program = stage.api("");
        let begun = program.post("/login", &json!({ "email": email_of("olivia"), "password": PASSWORD })).await;
        let half = begun.json();
        assert_eq!((begun.status, &half["factor"]), (202, &json!("email")), "{}", begun.body);
        assert!(half["token"].is_null() && begun.set_cookies().is_empty());
        let code = stage.code_to(email_of("olivia")).await;
        let wrong = program.post("/login/code", &json!({ "login": half["login"], "code": not(&code) })).await;
        assert_eq!((wrong.problem(), wrong.header("www-authenticate")), ((401, "code_wrong".into()), "Bearer"));
        let done = program.post("/login/code", &json!({ "login": half["login"], "code": code })).await;
        let token = done.json();
        assert_eq!((done.status, &token["token_type"]), (200, &json!("Bearer")), "{}", done.body);
        assert_eq!(token["expires_at"], "2026-11-21T13:45:00Z");
        let token = token["token"].as_str().expect("a token");
        assert!(token.starts_with("selfsame_") && token.len() == 52, "{token}");
        let again = program.post("/login/code", &json!({ "login": half["login"], "code": code })).await;
        assert_eq!(again.problem(), (401, "attempt_over".into()));
        let mut signed_in = stage.api(token);
        assert_eq!(signed_in.get("/me").await.json()["token"]["kind"], "login");
        stage.clock.advance(60 * MINUTE - SECOND);
        assert_eq!(signed_in.get("/me").await.status, 200);
        stage.clock.advance(SECOND);
        assert_eq!(signed_in.get("/me").await.problem().0, 401);
    }

    async fn half_a_sign_in_is_none(stage: Stage) {
        stage.people().await;
        let mut program = stage.api("");
        let begun = program.post("/login", &json!({ "email": email_of("olivia"), "password": PASSWORD })).await;
        let half = begun.json()["login"].as_str().expect("a token").to_owned();
        for token in [half.clone(), format!("selfsame_{half}")] {
            assert_eq!(stage.api(&token).get("/me").await.problem(), (401, "unauthenticated".into()));
        }
    }

    async fn refusals_are_all_alike(stage: Stage) {
        stage.people().await;
        stage.set_api_access("max", true).await;
        stage.disable("max").await;
        stage.set_api_access("greta", false).await;
        let mut told = Vec::new();
        for (email, password) in [
            ("nobody@nowhere.example", PASSWORD),
            (email_of("olivia"), WRONG),
            // Without API access, disabled, a guest of the client without it.
            (email_of("una"), PASSWORD),
            (email_of("max"), PASSWORD),
            (email_of("greta"), PASSWORD),
            ("", ""),
            ("no address", "x"),
            ("a\0@acme.example", PASSWORD),
        ] {
            let answer = stage.api("").post("/login", &json!({ "email": email, "password": password })).await;
            assert_eq!(answer.problem(), (401, "sign_in_refused".into()), "{email}");
            assert_eq!(answer.header("ratelimit"), "", "{email}");
            told.push((answer.lasting_headers(), said(answer.json())));
        }
        assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
        assert_eq!(stage.deliver().await, 0, "a code was sent to somebody who may not");
    }

    async fn wrong_passwords_count_like_those_of_the_page(stage: Stage) {
        stage.people().await;
        let mut program = stage.api("");
        let body = json!({ "email": email_of("olivia"), "password": WRONG });
        let mut last = program.post("/login", &body).await;
        for _ in 0..30 {
            if last.status == 429 {
                break;
            }
            last = program.post("/login", &body).await;
        }
        assert_eq!(last.problem(), (429, "too_many".into()));
        assert!(last.header("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0), "{last:?}");
    }

    async fn a_token_is_given_back_and_a_key_is_not(stage: Stage) {
        let token = stage.api_login("olivia").await;
        let mut program = stage.api(&token);
        let out = program.send("/logout").await;
        assert_eq!((out.status, out.body.as_str()), (204, ""));
        assert_eq!(program.get("/me").await.problem(), (401, "unauthenticated".into()));
        let mut key = stage.api_of("olivia").await;
        assert_eq!(key.send("/logout").await.problem(), (409, "not_a_login".into()));
        assert_eq!(key.get("/me").await.status, 200);
    }

    async fn refusals_are_in_the_language_of_the_reader(stage: Stage) {
        stage.people().await;
        let body = json!({ "email": email_of("olivia"), "password": WRONG }).to_string();
        let headers = [("content-type", "application/json"), ("accept-language", "de")];
        let told = stage.api("").ask("POST", "/login", &headers, &body).await;
        assert_eq!(told.problem(), (401, "sign_in_refused".into()));
        assert_eq!(told.json()["title"], "Anmeldung abgelehnt");
        // Of somebody who has chosen a language, in theirs.
        let mut max = stage.api_of("max").await;
        assert_eq!(max.get("/users/nobody").await.json()["title"], "Nicht vorhanden");
    }
}
