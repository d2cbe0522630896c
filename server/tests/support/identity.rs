//! A provider in this process, on this machine: honest unless it is told which lie to tell.

mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State as Shared;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::clock::Clock;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _};
use serde_json::{Value, json};
use server::oidc::file;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use self::tokens::{claims, key, signed};

pub use tokens::{LIES, Lie};

/// The id of the provider in the file.
pub const ID: &str = "acme-login";
/// Our name there, with a letter that has to be escaped on the way.
const CLIENT: &str = "self:same";
/// Our secret there.
pub const SECRET: &str = "a secret/with+signs";

/// Somebody who signs in there.
#[derive(Clone, Debug)]
pub struct Someone {
    pub subject: String,
    pub email: Option<String>,
    pub verified: Option<bool>,
    /// Whether the token says when they proved who they are: then it is now.
    pub says_when: bool,
}

/// Somebody of whom nothing but a name is known.
pub fn someone(subject: &str) -> Someone {
    Someone { subject: subject.to_owned(), email: None, verified: None, says_when: false }
}

/// How the provider behaves.
pub struct State {
    pub lie: Option<Lie>,
    /// It takes requests and never answers.
    pub hangs: bool,
    /// It answers with this in place of anything else.
    pub status: Option<u16>,
    /// It answers a code with more than anybody reads.
    pub endless: bool,
    /// What it says in `Date`, in place of the time.
    pub date: Option<&'static str>,
    /// What discovery says beyond what it has to.
    pub more: Value,
    /// How often keys were fetched.
    pub fetched: usize,
    /// How often a code was exchanged.
    pub exchanged: usize,
    /// How often it answered with `status`.
    pub turned_away: usize,
    key: u8,
    codes: BTreeMap<String, Asked>,
}

/// What somebody was sent there with.
struct Asked {
    who: Someone,
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct House {
    issuer: String,
    clock: Clock,
    state: Mutex<State>,
}

impl House {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A provider that listens; it ends with the value.
pub struct Provider {
    house: Arc<House>,
    task: JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    /// Begins to listen on a free port.
    pub async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State {
            lie: None,
            hangs: false,
            status: None,
            endless: false,
            date: None,
            more: json!({}),
            fetched: 0,
            exchanged: 0,
            turned_away: 0,
            key: 1,
            codes: BTreeMap::new(),
        };
        let house = Arc::new(House { issuer, clock: clock.clone(), state: Mutex::new(state) });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(house.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { house, task }
    }

    /// As the operator describes it.
    pub fn file(&self) -> file::Provider {
        file::Provider {
            id: ID.to_owned(),
            name: "Acme Login".to_owned(),
            issuer: self.house.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: file::Secret::new(SECRET.to_owned()),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            form_origins: Vec::new(),
        }
    }

    /// The same as it stands in a file.
    pub fn toml(&self) -> String {
        format!(
            "[[provider]]\nid = \"{ID}\"\nname = \"Acme Login\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret = \"{SECRET}\"\n",
            self.house.issuer
        )
    }

    pub fn issuer(&self) -> &str {
        &self.house.issuer
    }

    /// Tells it how to behave.
    pub fn set(&self, how: impl FnOnce(&mut State)) {
        how(&mut self.house.state());
    }

    /// How often keys were fetched, and codes exchanged.
    pub fn asked(&self) -> (usize, usize) {
        let state = self.house.state();
        (state.fetched, state.exchanged)
    }

    /// How often it was asked in vain, because it is out of order.
    pub fn turned_away(&self) -> usize {
        self.house.state().turned_away
    }

    /// From now on it signs by another key; that of before is no longer published.
    pub fn rotate(&self) {
        self.house.state().key += 1;
    }

    /// Somebody is sent there with this URL and signs in; says the query with which they are sent back.
    pub fn sign_in(&self, location: &str, who: &Someone) -> String {
        let asked = asked(&self.house.issuer, location);
        let code = format!("code-{}-{}", who.subject, asked["state"]);
        let (nonce, challenge) = (asked["nonce"].clone(), asked["code_challenge"].clone());
        let row = Asked { who: who.clone(), nonce, challenge, redirect_uri: asked["redirect_uri"].clone() };
        self.house.state().codes.insert(code.clone(), row);
        let pairs = [("code", &code), ("state", &asked["state"]), ("iss", &self.house.issuer)];
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

/// The parameters of a URL that leads to the provider.
pub fn asked(issuer: &str, location: &str) -> BTreeMap<String, String> {
    let url = Url::parse(location).unwrap_or_else(|error| panic!("{error}: {location}"));
    assert!(location.starts_with(&format!("{issuer}/authorize?")), "{location}");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let asked: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(asked.len(), pairs.len(), "something is said twice: {location}");
    asked
}

/// What it says in place of an answer, where it does.
async fn out_of_order(house: &House) -> Option<Response> {
    let (hangs, status) = {
        let mut state = house.state();
        state.turned_away += usize::from(state.status.is_some());
        (state.hangs, state.status)
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    status.map(|status| StatusCode::from_u16(status).expect("a status").into_response())
}

async fn discovery(Shared(house): Shared<Arc<House>>) -> Response {
    if let Some(answer) = out_of_order(&house).await {
        return answer;
    }
    let issuer = &house.issuer;
    let mut said = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
    });
    let state = house.state();
    for (name, value) in state.more.as_object().expect("an object") {
        said[name] = value.clone();
    }
    let mut answer = Json(said).into_response();
    if let Some(date) = state.date {
        answer.headers_mut().insert("date", HeaderValue::from_static(date));
    }
    answer
}

async fn keys(Shared(house): Shared<Arc<House>>) -> Response {
    if let Some(answer) = out_of_order(&house).await {
        return answer;
    }
    let mut state = house.state();
    state.fetched += 1;
    let public = serde_json::to_value(key(state.key).as_verification_key()).expect("a key");
    Json(json!({ "keys": [public] })).into_response()
}

async fn token(
    Shared(house): Shared<Arc<House>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    if let Some(answer) = out_of_order(&house).await {
        return answer;
    }
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let mut state = house.state();
    state.exchanged += 1;
    if state.endless {
        return Json(json!({ "id_token": "x".repeat(2 * 1024 * 1024) })).into_response();
    }
    if !knows_us(&headers, &form) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let of = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(asked) = state.codes.remove(of("code")) else { return refused("invalid_grant") };
    let verifier = PkceCodeVerifier::new(of("code_verifier").to_owned());
    let proved = verifier.secret().len() == 43
        && PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() == asked.challenge;
    if !proved || of("redirect_uri") != asked.redirect_uri || of("grant_type") != "authorization_code" {
        return refused("invalid_grant");
    }
    match state.lie {
        Some(Lie::CodeRefused) => refused("invalid_grant"),
        Some(Lie::Redirect) => {
            (StatusCode::FOUND, [("location", format!("{}/token?again", house.issuer))]).into_response()
        }
        lie => {
            let mut answer = json!({ "access_token": "none of ours", "token_type": "Bearer" });
            if lie != Some(Lie::NoToken) {
                let claims = claims(&house.issuer, house.clock.now(), &asked, lie);
                answer["id_token"] = Value::String(signed(state.key, &claims, lie));
            }
            Json(answer).into_response()
        }
    }
}

/// Whether the request comes from us: by the header or, where that is not taken, by the body.
fn knows_us(headers: &HeaderMap, form: &BTreeMap<String, String>) -> bool {
    if let Some(basic) = headers.get(AUTHORIZATION) {
        let escape = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let right = format!("Basic {}", STANDARD.encode(format!("{}:{}", escape(CLIENT), escape(SECRET))));
        return basic.as_bytes() == right.as_bytes() && !form.contains_key("client_secret");
    }
    let has = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    has("client_id", CLIENT) && has("client_secret", SECRET)
}
