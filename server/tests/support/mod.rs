//! The stage on which a journey takes place: the real router around a database of its own, a clock that stands, and
//! a mailbox.

mod browser;
#[path = "../../../domain/tests/support/database.rs"]
#[allow(dead_code, reason = "the tests of domain read more of it")]
mod database;
pub mod gate;
pub mod identity;
pub mod log;
pub mod page;
#[path = "../../../domain/tests/support/pictures.rs"]
#[allow(dead_code, reason = "the tests of domain read more of it")]
pub mod pictures;
pub mod program;
pub mod program_api;
#[path = "../../../domain/tests/support/raw.rs"]
#[allow(dead_code, reason = "the tests of domain read more of it")]
pub mod raw;

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Once};

use axum::Router;
use domain::Language;
use domain::actor::{Actor, Member};
use domain::backend::{Backend, Parts, Settings};
use domain::clock::{Clock, Millis, Rng};
use domain::flows::user_list;
use domain::mail::{Letter, Mailer, Way, outbox, sender};
use domain::pixels::Shrinker;
use domain::secrets::Keys;
use domain::secrets::password::{Cost, Hasher};
use domain::store::Db;
use domain::validate::CODE_LETTERS;
use domain::visitor::Visitor;
use domain::{demo, store};
use ipnet::IpNet;
use server::House;
use server::oidc::{Providers, file};
use tokio::sync::{Notify, OnceCell, Semaphore};
use tokio::task::LocalSet;
use url::Url;

pub use browser::{Answer, Browser, FORM, HTML, JSON, UPLOAD, form_with};
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
            #[allow(unused_imports, reason = "a story may need nothing of it")]
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
    let (home, db) = Home::furnished(on).await;
    tell_in(Stage::set(Arc::new(home), db), story).await;
}

/// As [`tell`], on a stage that is set already.
pub async fn tell_in(stage: Stage, story: impl FnOnce(Stage) -> Telling) {
    let here = LocalSet::new();
    let told = here.run_until(here.spawn_local(story(stage.clone()))).await;
    stage.home.tear_down(&stage.db).await;
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// What the operator may have chosen.
pub struct With {
    pub public_url: &'static str,
    pub trusted_proxies: Vec<IpNet>,
    pub demo: bool,
    pub providers: Vec<file::Provider>,
    pub api_origins: Vec<String>,
    /// How many passwords are hashed at a time; with none, nobody's turn comes.
    pub workers: usize,
}

impl Default for With {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:3000",
            trusted_proxies: Vec::new(),
            demo: false,
            providers: Vec::new(),
            api_origins: Vec::new(),
            workers: 2,
        }
    }
}

/// One instance of the house; cloning copies the handle.
#[derive(Clone)]
pub struct Stage {
    pub house: House,
    pub home: Arc<Home>,
    router: Router,
    peopled: Arc<OnceCell<()>>,
    places: Arc<AtomicU8>,
}

impl Deref for Stage {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.house.backend
    }
}

impl Stage {
    /// A stage around an open database.
    pub fn set(home: Arc<Home>, db: Db) -> Self {
        let house = house(db, Clock::mock(START), With::default());
        let router = server::router(&house);
        Self { house, home, router, peopled: Arc::default(), places: Arc::default() }
    }

    /// The same database behind a house where something was chosen otherwise.
    pub fn with(&self, with: With) -> Self {
        let house = house(self.db.clone(), self.clock.clone(), with);
        let router = server::router(&house);
        Self { house, router, ..self.clone() }
    }

    /// The people of the demo, whose password is [`PASSWORD`]: olivia, max and una at Acme Ltd, greta at Borealis
    /// GmbH.
    pub async fn people(&self) {
        let fill = || async {
            demo::fill(self, Some(PASSWORD)).await.expect("an empty database");
        };
        self.peopled.get_or_init(fill).await;
    }

    /// A browser at a network address of its own, so that no limit of a place is in the way.
    pub fn browser(&self) -> Browser {
        let n = self.places.fetch_add(1, Ordering::Relaxed);
        self.browser_at(&format!("192.0.2.{n}"))
    }

    /// A browser at this network address.
    pub fn browser_at(&self, address: &str) -> Browser {
        let peer = SocketAddr::new(address.parse().expect("an address"), 50_000);
        Browser::new(self.router.clone(), self.settings.public_url.clone(), peer)
    }

    /// A browser that somebody has shown their password in.
    pub async fn half_signed_in(&self, name: &str) -> Browser {
        self.people().await;
        let mut browser = self.browser();
        let begun = browser.call("sign_in", &[("email", email_of(name)), ("password", PASSWORD)]).await;
        assert_eq!((begun.status, begun.header("location")), (200, "/sign-in/code"), "{}", begun.body);
        browser
    }

    /// A browser that somebody has signed in with.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.half_signed_in(name).await;
        let code = self.code_to(email_of(name)).await;
        let done = browser.call("sign_in_code", &[("code", &code)]).await;
        assert_eq!((done.status, done.header("location")), (200, "/welcome?next="), "{}", done.body);
        browser
    }

    /// Whoever is signed in with this browser, as a member of the client with this slug.
    pub async fn member(&self, browser: &Browser, slug: &str) -> Member {
        let visitor = Visitor {
            address: IpAddr::from([203, 0, 113, self.places.fetch_add(1, Ordering::Relaxed)]),
            browser: String::new(),
            language: Language::En,
            zone: jiff::tz::TimeZone::UTC,
            device: None,
        };
        let actor = Actor::of(self, browser.cookie("selfsame-session"), &visitor).await.expect("a read");
        actor.expect("signed in").member(self, slug).await.expect("a member")
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
    pub async fn code_to(&self, email: &str) -> String {
        self.deliver().await;
        self.letters_to(email).iter().find_map(code_in).expect("a code")
    }

    /// Closes the account of somebody.
    pub async fn disable(&self, name: &str) {
        let user = store::users::by_email(&self.db, email_of(name)).await.expect("a read").expect("a user");
        let mut tx = self.db.begin().await.expect("a transaction");
        store::users::disable(&mut tx, &user.id, self.clock.now()).await.expect("disabled");
        tx.commit().await.expect("committed");
    }

    /// First and last name as the database has them.
    pub async fn names_of(&self, name: &str) -> (String, String) {
        let user = store::users::by_email(&self.db, email_of(name)).await.expect("a read").expect("a user");
        (user.first_name, user.last_name)
    }
}

fn house(db: Db, clock: Clock, with: With) -> House {
    static TLS: Once = Once::new();
    // As the program does when it starts, unless a library has chosen before.
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let providers = Providers::new(with.providers).expect("roots, where one is asked by https");
    let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
    let (rng, cost) = (Rng::System, Cost { memory_kib: 64, time: 1, parallelism: 1 });
    let public_url: Url = with.public_url.parse().expect("a URL");
    let backend = Backend::new(Parts {
        hasher: Hasher::at_any_cost(&keys, &rng, cost, with.workers).expect("possible"),
        mailer: Mailer::new(Way::Memory, sender("Selfsame <selfsame@example.com>").expect("an address"), true),
        shrinker: Shrinker::default(),
        settings: Settings { public_url, min_password: 12, demo: with.demo, providers: providers.public() },
        mail_waits: Notify::new(),
        walks: Semaphore::new(user_list::WALKS),
        db,
        clock,
        rng,
        keys,
    });
    House::new(backend, with.trusted_proxies).with_providers(providers).with_api_origins(with.api_origins)
}

/// The address of somebody in the demo.
pub fn email_of(name: &str) -> &'static str {
    let person = demo::PEOPLE.iter().find(|person| person.email.starts_with(name));
    person.expect("one of the demo").email
}

/// The code in a letter, if it holds one.
pub fn code_in(letter: &Letter) -> Option<String> {
    let is_code = |line: &&str| {
        let (head, tail) = line.split_once('-').unwrap_or_default();
        [head, tail].iter().all(|half| half.len() == 4 && half.bytes().all(|b| CODE_LETTERS.contains(&b)))
    };
    letter.text.lines().find(is_code).map(str::to_owned)
}

/// The path of the link in a letter.
pub fn link_in(letter: &Letter) -> String {
    let line = letter.text.lines().find(|line| line.starts_with("http://localhost:3000/")).expect("a link");
    line.trim_start_matches("http://localhost:3000").to_owned()
}

/// A code that looks right and is not.
pub fn not(code: &str) -> String {
    let other = if code.starts_with('B') { "C" } else { "B" };
    other.to_owned() + &code[1..]
}
