//! A program as the API sees it: it shows a token, and sends and reads JSON.

use axum::http::Method;
use domain::clock::{DAY, Millis};
use domain::secrets::token::Token;
use domain::store::api_tokens::{self, Kind, NewToken};
use domain::store::{self, user_edit};
use serde_json::{Value, json};

use super::{Answer, Browser, JSON, PASSWORD, Stage, email_of};

/// Where the API is.
pub const BASE: &str = "/api/v2";
const TYPE: (&str, &str) = ("content-type", JSON);

/// A program that calls the API.
#[derive(Clone)]
pub struct ApiCaller {
    browser: Browser,
    shown: String,
}

impl Stage {
    /// A program that shows this token; none where it is empty.
    pub fn api(&self, token: &str) -> ApiCaller {
        let shown = if token.is_empty() { String::new() } else { format!("Bearer {token}") };
        ApiCaller { browser: self.browser(), shown }
    }

    /// Lets somebody of the demo use the API, or no longer.
    pub async fn set_api_access(&self, name: &str, allowed: bool) {
        self.people().await;
        let id = self.id_of(name).await;
        let mut tx = self.db.begin().await.expect("a transaction");
        user_edit::set_api_access(&mut tx, &id, allowed).await.expect("set");
        tx.commit().await.expect("committed");
    }

    /// An API key of somebody of the demo, whether they may use the API or not, until this moment.
    pub async fn key_until(&self, name: &str, until: Millis) -> String {
        self.people().await;
        let (now, token, user_id) = (self.clock.now(), Token::new(&self.rng), self.id_of(name).await);
        let id = self.rng.id(now);
        let row = NewToken {
            id: &id,
            token_hash: &token.hash(),
            user_id: &user_id,
            kind: Kind::Key,
            name: &id,
            hint: &token.hint(),
            browser: "",
            address: "192.0.2.200",
            warn_at: None,
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        api_tokens::insert(&mut tx, &row, now, until).await.expect("inserted");
        tx.commit().await.expect("committed");
        token.reveal_bearer()
    }

    /// A program with a key of somebody of the demo who may use the API.
    pub async fn api_of(&self, name: &str) -> ApiCaller {
        self.set_api_access(name, true).await;
        let key = self.key_until(name, self.clock.now() + 90 * DAY).await;
        self.api(&key)
    }

    /// The id of somebody of the demo.
    pub async fn id_of(&self, name: &str) -> String {
        store::users::by_email(&self.db, email_of(name)).await.expect("a read").expect("a user").id
    }

    /// Signs somebody in to the API, with both steps; says the token.
    pub async fn api_login(&self, name: &str) -> String {
        self.people().await;
        let mut program = self.api("");
        let begun = program.post("/login", &json!({ "email": email_of(name), "password": PASSWORD })).await;
        assert_eq!(begun.status, 202, "{}", begun.body);
        let code = self.code_to(email_of(name)).await;
        let done = program.post("/login/code", &json!({ "login": begun.json()["login"], "code": code })).await;
        assert_eq!(done.status, 200, "{}", done.body);
        done.json()["token"].as_str().expect("a token").to_owned()
    }
}

impl ApiCaller {
    /// Sends whatever it is, below [`BASE`].
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.ask_at(method, &format!("{BASE}{path}"), headers, body).await
    }

    /// As [`ApiCaller::ask`], at a whole path.
    pub async fn ask_at(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let shown = ("authorization", self.shown.as_str());
        let all: Vec<_> = [shown].into_iter().chain(headers.iter().copied()).collect();
        self.browser.ask(method, path, &all, body.to_owned()).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[TYPE], &body.to_string()).await
    }

    /// A request without a body.
    pub async fn send(&mut self, path: &str) -> Answer {
        self.ask("POST", path, &[], "").await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], "").await
    }

    /// Edits the version with this tag.
    pub async fn patch(&mut self, path: &str, tag: &str, body: &Value) -> Answer {
        self.ask("PATCH", path, &[TYPE, ("if-match", tag)], &body.to_string()).await
    }

    /// Edits whatever version there is.
    pub async fn edit(&mut self, path: &str, body: &Value) -> Answer {
        self.patch(path, "*", body).await
    }

    /// The program with a cookie that it should never have had.
    pub fn with_cookie(mut self, name: &str, value: &str) -> Self {
        self.browser.plant(name, value);
        self
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The status and the code of a problem document, with all that has to be right about one.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json; charset=utf-8", "{}", self.body);
        let told = self.json();
        let code = told["code"].as_str().expect("a code").to_owned();
        assert_eq!(told["status"], self.status, "{told}");
        assert_eq!(told["request_id"], self.header("x-request-id"), "{told}");
        assert_eq!(told["type"], format!("http://localhost:3000/api#problem-{code}"), "{told}");
        for text in ["title", "detail"] {
            assert!(told[text].as_str().is_some_and(|text| !text.is_empty()), "{told}");
        }
        (self.status, code)
    }

    /// The code of the first field that a problem document names, with the field.
    pub fn first_field(&self) -> (String, String) {
        let error = &self.json()["errors"][0];
        let [field, code] = ["field", "code"].map(|name| error[name].as_str().unwrap_or_default().to_owned());
        (field, code)
    }
}
