//! The stage on which a story is told: a database of its own, a clock that stands, and a mailbox.

mod api;
mod app;
mod database;
pub mod groups;
pub mod guests;
pub mod pictures;
pub mod raw;

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use domain::actor::Actor;
use domain::backend::{Backend, Parts, Settings};
use domain::clock::{Clock, Millis, Rng};
use domain::error::{Error, Result};
use domain::flows::users::Invitee;
use domain::flows::{change_email, picture, sign_in, tenants, user_list, users};
use domain::mail::{Letter, Mailer, Way, outbox, sender};
use domain::pixels::Shrinker;
use domain::secrets::Keys;
use domain::secrets::password::{Cost, Hasher, Password};
use domain::store::{self, Db};
use domain::text::Language;
use domain::validate::CODE_LETTERS;
use domain::view::{BuiltinGroup, Provider};
use domain::visitor::{Device, Visitor};
use tokio::sync::{Notify, Semaphore};
use tokio::task::LocalSet;

pub use api::{acme_login, half_of_program};
pub use app::{App, PERIOD, half_of, scan};
pub use database::{Home, On};

/// 21 November 2026, 12:45 UTC.
pub const START: Millis = 1_795_265_100_000;
/// Everybody's password.
pub const PASSWORD: &str = "velvet kettle under orbit";
/// Nobody's.
pub const WRONG: &str = "kettle velvet orbit under";

/// Tells a story twice: as `…::sqlite` and as `…::postgres`.
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($stage:ident: Stage) $story:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($stage: $crate::support::Stage) $story

            #[tokio::test]
            async fn sqlite() {
                $crate::support::tell($crate::support::On::Sqlite, |stage| Box::pin(story(stage))).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::support::tell($crate::support::On::Postgres, |stage| Box::pin(story(stage))).await;
            }
        }
    )+};
}

pub(crate) use both;

/// Not `Send`: to prove that of each story took the compiler minutes.
pub type Telling = Pin<Box<dyn Future<Output = ()>>>;

/// Sets the stage, tells the story, and clears the stage away, whatever the end.
pub async fn tell(on: On, story: fn(Stage) -> Telling) {
    let stage = Stage::set(on).await;
    let here = LocalSet::new();
    let told = here.run_until(here.spawn_local(story(stage.clone()))).await;
    stage.home.tear_down(&stage.db).await;
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// What may differ from one instance to the next.
pub struct With {
    pub way: Way,
    pub secret: &'static [u8],
    pub memory_kib: u32,
    pub providers: Vec<Provider>,
    pub min_password: u32,
}

impl Default for With {
    fn default() -> Self {
        let secret = b"0123456789abcdef0123456789abcdef";
        Self { way: Way::Memory, secret, memory_kib: 64, providers: Vec::new(), min_password: 12 }
    }
}

/// One instance of the house; cloning copies the handle.
#[derive(Clone)]
pub struct Stage {
    backend: Backend,
    pub home: Arc<Home>,
}

impl Deref for Stage {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.backend
    }
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Somebody {
    pub id: String,
    pub email: String,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    pub actor: Actor,
    pub token: String,
    pub device: Device,
    pub email: String,
}

impl Stage {
    async fn set(on: On) -> Self {
        let (home, db) = Home::furnished(on).await;
        let backend = backend(db, Clock::mock(START), With::default());
        Self { backend, home: Arc::new(home) }
    }

    /// The same house after a restart, or a second instance of it: a new handle to the same database.
    pub async fn again(&self) -> Self {
        let db = self.home.url.open().await.expect("the database");
        Self { backend: backend(db, self.clock.clone(), With::default()), home: self.home.clone() }
    }

    /// The same house with something changed.
    pub fn with(&self, with: With) -> Self {
        Self { backend: backend(self.db.clone(), self.clock.clone(), with), home: self.home.clone() }
    }

    /// The handle itself, for what wants to keep one.
    pub fn backend(&self) -> Backend {
        self.backend.clone()
    }

    pub async fn tenant(&self, name: &str, slug: &str) -> store::tenants::Tenant {
        let mut tx = self.db.begin().await.expect("a transaction");
        if let Some(there) = store::tenants::by_slug(&mut tx, slug).await.expect("a read") {
            return there;
        }
        let tenant = tenants::create(&mut tx, self, name, slug, "blue").await.expect("a free slug");
        tx.commit().await.expect("committed");
        tenant
    }

    /// A user of Acme Ltd who has not chosen a password yet.
    pub async fn newcomer(&self, name: &str) -> Somebody {
        let tenant = self.tenant("Acme Ltd", "acme").await;
        let first_name = name[..1].to_uppercase() + &name[1..];
        let invitee = Invitee {
            email: &format!("{name}@acme.example"),
            first_name: &first_name,
            last_name: "Okafor",
            language: None,
            tenant_id: &tenant.id,
            group: BuiltinGroup::User,
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        let id = users::add(&mut tx, self, &invitee).await.expect("a free address");
        tx.commit().await.expect("committed");
        Somebody { id, email: invitee.email.to_owned() }
    }

    /// A user of Acme Ltd, in the group User.
    pub async fn person(&self, name: &str) -> Somebody {
        self.person_with(name, PASSWORD).await
    }

    pub async fn person_with(&self, name: &str, password: &str) -> Somebody {
        let somebody = self.newcomer(name).await;
        let password = Password::read(password).expect("short enough");
        let hash = self.hasher.hash(password, &self.rng).await.expect("hashed");
        let mut tx = self.db.begin().await.expect("a transaction");
        store::users::activate(&mut tx, &somebody.id, &hash, true, self.clock.now()).await.expect("activated");
        tx.commit().await.expect("committed");
        somebody
    }

    pub async fn disable(&self, who: &Somebody) {
        let mut tx = self.db.begin().await.expect("a transaction");
        store::users::disable(&mut tx, &who.id, self.clock.now()).await.expect("disabled");
        tx.commit().await.expect("committed");
    }

    /// The first step alone, whatever comes of it.
    pub async fn guess(&self, email: &str, password: &str, from: &Visitor) -> Result<()> {
        sign_in::begin(self, from, email, password, None).await.map(|_| ())
    }

    /// The first step; says the token of the half sign-in.
    pub async fn begin(&self, who: &Somebody, from: &Visitor) -> String {
        let begun = sign_in::begin(self, from, &who.email, PASSWORD, None).await;
        half_of(begun.expect("the right password")).reveal().to_owned()
    }

    /// The first step, and the code that came by mail.
    pub async fn half(&self, who: &Somebody, from: &Visitor) -> (String, String) {
        let token = self.begin(who, from).await;
        (token, self.mailed_code(&who.email).await)
    }

    pub async fn sign_in(&self, who: &Somebody) -> SignedIn {
        self.sign_in_from(who, &visitor("192.0.2.1")).await
    }

    pub async fn sign_in_from(&self, who: &Somebody, from: &Visitor) -> SignedIn {
        let (half, code) = self.half(who, from).await;
        let done = sign_in::finish(self, from, &half, &code).await.expect("the right code");
        let token = done.token.reveal().to_owned();
        let actor = Actor::of(self, &token, from).await.expect("a read").expect("signed in");
        SignedIn { actor, token, device: done.device, email: who.email.clone() }
    }

    /// Who is behind a session's token now.
    pub async fn actor(&self, token: &str) -> Option<Actor> {
        Actor::of(self, token, &visitor("192.0.2.1")).await.expect("a read")
    }

    pub async fn user(&self, who: &Somebody) -> store::users::User {
        store::users::by_id(&self.db, &who.id).await.expect("a read").expect("a user")
    }

    /// Sends what is due, once.
    pub async fn deliver(&self) -> usize {
        outbox::deliver_due(self).await.expect("a read")
    }

    /// The letters that this instance sent there, newest first.
    pub fn letters_to(&self, email: &str) -> Vec<Letter> {
        let letters = self.mailer.shown().into_iter().map(|(letter, _)| letter);
        letters.filter(|letter| letter.to == email).collect()
    }

    /// Sends what is due; the code in the newest letter there that holds one.
    pub async fn mailed_code(&self, email: &str) -> String {
        while self.deliver().await > 0 {}
        self.letters_to(email).iter().find_map(code_in).expect("a code")
    }

    /// Asks for a change of the address; says the code that came to the present one.
    pub async fn ask_change(&self, who: &SignedIn) -> String {
        change_email::begin(self, &who.actor).await.expect("fresh");
        self.mailed_code(&who.email).await
    }

    /// As far as to the second step; says the code that came to the new address.
    pub async fn pend_change(&self, who: &SignedIn, new_email: &str) -> String {
        let code = self.ask_change(who).await;
        change_email::request(self, &who.actor, new_email, &code).await.expect("the right code");
        self.mailed_code(new_email).await
    }

    /// The actor as the next request sees it.
    pub async fn next(&self, who: &SignedIn) -> Actor {
        self.actor(&who.token).await.expect("signed in")
    }

    /// Sets a profile picture to what is in this file.
    pub async fn set_picture(&self, who: &Actor, file: &[u8]) -> Result<()> {
        picture::set(self, who, pictures::file(file)).await
    }

    /// The id of somebody's picture.
    pub async fn picture_of(&self, who: &SignedIn) -> Option<String> {
        self.next(who).await.person().picture
    }

    /// The first column of the first row, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        raw::number(&self.db, sql).await
    }
}

fn backend(db: Db, clock: Clock, with: With) -> Backend {
    let (keys, rng) = (Keys::derive(with.secret).expect("long enough"), Rng::System);
    let cost = Cost { memory_kib: with.memory_kib, time: 1, parallelism: 1 };
    Backend::new(Parts {
        hasher: Hasher::at_any_cost(&keys, &rng, cost, 2).expect("possible"),
        mailer: Mailer::new(with.way, sender("Selfsame <selfsame@example.com>").expect("an address"), true),
        shrinker: Shrinker::default(),
        settings: Settings {
            public_url: "http://localhost:3000".parse().expect("a URL"),
            min_password: with.min_password,
            demo: false,
            providers: with.providers,
        },
        mail_waits: Notify::new(),
        walks: Semaphore::new(user_list::WALKS),
        db,
        clock,
        rng,
        keys,
    })
}

/// Somebody at this network address.
pub fn visitor(address: &str) -> Visitor {
    Visitor {
        address: address.parse().expect("an address"),
        browser: "Firefox, Linux".to_owned(),
        language: Language::En,
        zone: jiff::tz::TimeZone::UTC,
        device: None,
    }
}

/// A place where nobody has been yet.
pub fn anywhere() -> Visitor {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(10_000);
    place(NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// The `n`th of many places, so that no limit of a place is in the way.
pub fn place(n: usize) -> Visitor {
    visitor(&format!("10.0.{}.{}", n / 250, n % 250 + 1))
}

/// The code in a letter, if it holds one.
pub fn code_in(letter: &Letter) -> Option<String> {
    let is_code = |line: &&str| {
        let (head, tail) = line.split_once('-').unwrap_or_default();
        [head, tail].iter().all(|half| half.len() == 4 && half.bytes().all(|b| CODE_LETTERS.contains(&b)))
    };
    letter.text.lines().find(is_code).map(str::to_owned)
}

/// The token at the end of the link in a letter.
pub fn link_in(letter: &Letter) -> String {
    let line = letter.text.lines().find(|line| line.starts_with("http://localhost:3000/")).expect("a link");
    line.rsplit('/').next().expect("a token").to_owned()
}

/// A code that looks right and is not.
pub fn not(code: &str) -> String {
    let other = if code.starts_with('B') { "C" } else { "B" };
    other.to_owned() + &code[1..]
}

/// What something was refused with.
pub fn refused<T>(outcome: Result<T>) -> Error {
    outcome.err().expect("a refusal")
}

pub const fn wait(seconds: u32) -> Error {
    Error::TooMany { retry_after_s: seconds }
}

pub const fn left(tries_left: u32) -> Error {
    Error::CodeWrong { tries_left }
}
