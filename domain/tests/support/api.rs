//! Programs that act for people, and the provider that manages some people's sign-in.

use domain::actor::Actor;
use domain::error::Result;
use domain::flows::api_keys::{self, NewKey};
use domain::flows::api_login::{self, Begun};
use domain::secrets::token::Token;
use domain::store::user_edit;
use domain::view::Provider;
use domain::visitor::Visitor;

use super::{PASSWORD, SignedIn, Somebody, Stage, anywhere, raw, visitor};

/// The one provider that a stage may have.
pub fn acme_login() -> Provider {
    Provider { id: "acme-login".to_owned(), name: "Acme Login".to_owned() }
}

/// The token of a sign-in to the API that waits for its second step.
pub fn half_of_program(begun: Begun) -> Token {
    match begun {
        Begun::Code { login, .. } => login,
        Begun::SignedIn(_) => panic!("there is no second step"),
    }
}

impl Stage {
    /// Lets somebody use the API.
    pub async fn allow_api(&self, who: &Somebody) {
        self.set_api(who, true).await;
    }

    /// Sets whether somebody may use the API, past all flows.
    pub async fn set_api(&self, who: &Somebody, allowed: bool) {
        let mut tx = self.db.begin().await.expect("a transaction");
        user_edit::set_api_access(&mut tx, &who.id, allowed).await.expect("set");
        tx.commit().await.expect("committed");
    }

    /// Has somebody's sign-in managed by the provider, past all flows.
    pub async fn manage_elsewhere(&self, who: &Somebody) {
        let sql = format!("UPDATE users SET provider = 'acme-login' WHERE id = '{}'", who.id);
        assert_eq!(raw::run(&self.db, &sql).await.ok(), Some(1));
    }

    /// The first step at the API, whatever comes of it.
    pub async fn guess_at_api(&self, email: &str, password: &str, from: &Visitor) -> Result<()> {
        api_login::begin(self, from, email, password).await.map(|_| ())
    }

    /// Both steps with the mailed code, by somebody who may use the API; says the token as programs show it.
    pub async fn api_token(&self, who: &Somebody) -> String {
        let from = anywhere();
        let begun = api_login::begin(self, &from, &who.email, PASSWORD).await.expect("the right password");
        let done = match begun {
            Begun::SignedIn(done) => done,
            Begun::Code { login, .. } => {
                let code = self.mailed_code(&who.email).await;
                api_login::finish(self, &from, login.reveal(), &code).await.expect("the right code")
            }
        };
        done.token.reveal_bearer()
    }

    /// Makes a key for so many days; says it as programs show it, and its id.
    pub async fn api_key(&self, who: &SignedIn, name: &str, days: u32) -> (String, String) {
        let actor = self.next(who).await;
        let made = api_keys::make(self, &actor, &NewKey { name, days }).await.expect("fresh, and a free name");
        (made.key.reveal_bearer(), made.id)
    }

    /// For whom a program acts that shows this token now.
    pub async fn program(&self, token: &str) -> Option<Actor> {
        Actor::of_bearer(self, token, &visitor("192.0.2.1")).await.expect("a read")
    }
}
