//! An authenticator app in somebody's hand, as somebody else's library computes it.

use domain::actor::Actor;
use domain::clock::{Millis, SECOND};
use domain::flows::sign_in::Begun;
use domain::flows::{activity, second_factor, sign_in};
use domain::secrets::token::Token;
use domain::view::{ActivityFilter, FactorChange, SecondFactor};
use domain::visitor::Visitor;
use totp_rs::{Builder, Secret, Totp};

use super::{SignedIn, Somebody, Stage};

/// How long a code stands in the app.
pub const PERIOD: Millis = 30 * SECOND;

/// An app that has scanned the QR code of a set-up, with the recovery codes that went with it.
#[derive(Clone)]
pub struct App {
    totp: Totp,
    pub secret: String,
    pub recovery: Vec<String>,
}

impl App {
    /// What it shows at a moment.
    pub fn code(&self, at: Millis) -> String {
        self.totp.generate(u64::try_from(at / SECOND).expect("after 1970")).to_string()
    }

    /// Six digits that it shows at no moment near this one.
    pub fn wrong(&self, at: Millis) -> String {
        let near: Vec<_> = (-12..=12).map(|off| self.code(at + off * PERIOD)).collect();
        let mut all = (0..1_000_000).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code)).expect("there are more than 25")
    }
}

/// Scans what the page of a set-up shows; says the id to be posted back as well.
pub fn scan(state: FactorChange) -> (String, App) {
    let (id, secret, recovery) = match state {
        FactorChange::SetUp { id, secret_groups, recovery_codes, .. } => (id, secret_groups.concat(), recovery_codes),
        other => panic!("no set-up: {other:?}"),
    };
    let bytes = Secret::try_from_base32(&secret).expect("base32");
    let totp = Builder::new().with_secret(bytes).with_account_name("x".to_owned()).build().expect("160 bits");
    (id, App { totp, secret, recovery })
}

/// The token of a sign-in that waits for its second step.
pub fn half_of(begun: Begun) -> Token {
    match begun {
        Begun::Half(token) => token,
        Begun::SignedIn(_) => panic!("there is no second step"),
    }
}

impl Stage {
    /// Where the change of the factor stands.
    pub async fn factor_change(&self, who: &SignedIn) -> FactorChange {
        second_factor::state(self, &who.actor).await.expect("a read")
    }

    /// As far as to the page with the QR code, from codes by e-mail.
    pub async fn begin_app(&self, who: &SignedIn) -> (String, App) {
        second_factor::begin(self, &who.actor, SecondFactor::App).await.expect("fresh");
        let code = self.mailed_code(&who.email).await;
        let proved = second_factor::prove(self, &who.actor, &code).await.expect("the right code");
        assert!(!proved.through, "nothing holds yet");
        scan(self.factor_change(who).await)
    }

    /// The same session with another token.
    pub async fn with_token(&self, who: &SignedIn, token: &Token) -> SignedIn {
        let actor = self.actor(token.reveal()).await.expect("the same session");
        SignedIn { actor, token: token.reveal().to_owned(), ..who.clone() }
    }

    /// Sets an app up; from then on the session has another token.
    pub async fn set_up_app(&self, who: &SignedIn) -> (App, SignedIn) {
        let (id, app) = self.begin_app(who).await;
        let code = app.code(self.clock.now());
        let token = second_factor::set_up(self, &who.actor, &id, &code, true).await.expect("the right code");
        (app, self.with_token(who, &token).await)
    }

    /// Somebody whose second factor is an app, signed in; the code of the present period is not used yet.
    pub async fn person_with_app(&self, name: &str) -> (Somebody, App, SignedIn) {
        let somebody = self.person(name).await;
        let signed_in = self.sign_in(&somebody).await;
        let (app, signed_in) = self.set_up_app(&signed_in).await;
        self.clock.advance(PERIOD);
        (somebody, app, signed_in)
    }

    /// Both steps with the app; says the token of the session.
    pub async fn sign_in_by_app(&self, who: &Somebody, app: &App, from: &Visitor) -> String {
        let half = self.begin(who, from).await;
        let done = sign_in::finish(self, from, &half, &app.code(self.clock.now())).await;
        done.expect("the right code").token.reveal().to_owned()
    }

    /// What the activity says of the second factor, newest first.
    pub async fn factor_activity(&self, actor: &Actor) -> Vec<String> {
        let page = activity::page(self, actor, Some(ActivityFilter::Factor), None).await.expect("a page");
        page.entries.into_iter().map(|entry| format!("{} {}", entry.what, entry.detail).trim_end().to_owned()).collect()
    }

    /// Sends all that is due; how many letters with this subject have come there.
    pub async fn letters_about(&self, email: &str, subject: &str) -> usize {
        while self.deliver().await > 0 {}
        self.letters_to(email).iter().filter(|letter| letter.subject == subject).count()
    }

    /// Sends all that is due; the text of the newest letter with this subject.
    pub async fn letter_about(&self, email: &str, subject: &str) -> String {
        while self.deliver().await > 0 {}
        let letters = self.letters_to(email);
        letters.into_iter().find(|letter| letter.subject == subject).expect("a letter").text
    }
}
