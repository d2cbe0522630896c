//! What `cargo xtask bench` and load tools need: many users with live sessions, a bare handler to compare pages
//! with, and bare hashes to compare sign-ins with.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use app::cookies::Kind;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Part, State};
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use domain::actor::{ABSOLUTE, IDLE};
use domain::backend::Backend;
use domain::clock::Rng;
use domain::flows::tenants as flow;
use domain::secrets::Keys;
use domain::secrets::password::{Hasher, Password};
use domain::secrets::token::{self, Token};
use domain::store::bench::{self, OneOfMany};
use domain::store::sessions::NewSession;
use domain::store::{email_changes, groups, sessions, tenants, user_list, users};
use domain::view::BuiltinGroup;
use domain::{Error, Language};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::config::Options;
use crate::http;

/// The client all of them belong to.
const SLUG: &str = "bench";
/// So many rows go into one transaction.
const BATCH: usize = 5_000;

fn said(error: Error) -> String {
    error.sentence(Language::En).unwrap_or_else(|| format!("{error:?}"))
}

/// Adds users to the client `bench`, disabled ones if asked for, who share a new password that is said, and sessions
/// spread over them; writes a line of address, tab and `Cookie` header for each session. The first of the users looks
/// after the others, and so does whoever has the first line.
///
/// # Errors
/// In one line, for the operator.
pub async fn fill(backend: &Backend, users: u32, sessions: u32, disabled: bool, out: &Path) -> Result<(), String> {
    if users == 0 && sessions > 0 {
        return Err("--sessions: there are no users to have them".into());
    }
    let unwritable = |error: std::io::Error| format!("--out: {}: {error}", out.display());
    // Whoever reads it is signed in.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(out).map_err(unwritable)?;
    let secret = token::encode(&backend.rng.bytes::<12>());
    let password = Password::read(&secret).ok_or("a random password is not too long")?;
    let hash = backend.hasher.hash(password, &backend.rng).await.map_err(said)?;
    let crowd = Crowd::find(backend, disabled).await.map_err(said)?;
    let people = crowd.add_users(backend, users, &hash).await.map_err(said)?;
    let mut file = BufWriter::new(file);
    add_sessions(backend, &people, sessions, &mut file).await?;
    file.flush().map_err(unwritable)?;
    println!("{users} users and {sessions} sessions were added to the client {SLUG}; password of each: {secret}");
    Ok(())
}

/// One of those who were added.
struct Somebody {
    id: String,
    email: String,
}

/// Where they are added.
struct Crowd {
    tenant_id: String,
    group_id: String,
    /// The group of those who look after users.
    management_id: String,
    /// How many were there before: their numbers are taken.
    before: i64,
    /// Whether those who are added may not sign in.
    disabled: bool,
}

impl Crowd {
    async fn find(backend: &Backend, disabled: bool) -> domain::Result<Self> {
        let mut tx = backend.db.begin().await?;
        let tenant = match tenants::by_slug(&mut tx, SLUG).await? {
            Some(tenant) => tenant,
            None => flow::create(&mut tx, backend, "Bench", SLUG, "slate").await?,
        };
        let group = groups::builtin(&mut tx, &tenant.id, BuiltinGroup::User).await?;
        let management = groups::builtin(&mut tx, &tenant.id, BuiltinGroup::Management).await?;
        tx.commit().await?;
        let before = bench::members(&backend.db, &tenant.id).await?;
        let [group_id, management_id] = [group.ok_or(Error::NotFound)?, management.ok_or(Error::NotFound)?];
        Ok(Self { tenant_id: tenant.id, group_id, management_id, before, disabled })
    }

    async fn add_users(&self, backend: &Backend, count: u32, hash: &str) -> domain::Result<Vec<Somebody>> {
        let numbers: Vec<i64> = (1..=i64::from(count)).map(|number| self.before + number).collect();
        let mut people: Vec<Somebody> = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(BATCH) {
            let now = backend.clock.now();
            let mut tx = backend.db.begin().await?;
            let known = people.len();
            for number in batch {
                let (id, last_name) = (backend.rng.id(now), format!("User {number}"));
                let email = format!("user{number}@{SLUG}.example");
                let user = OneOfMany {
                    id: &id,
                    email: &email,
                    last_name: &last_name,
                    tenant_id: &self.tenant_id,
                    password_hash: hash,
                };
                bench::add_user(&mut tx, &user, now).await?;
                if self.disabled {
                    users::disable(&mut tx, &id, now).await?;
                }
                people.push(Somebody { id, email });
            }
            let ids = || people[known..].iter().map(|somebody| somebody.id.as_str());
            if let (Some(first), Some(last)) = (ids().min(), ids().max()) {
                bench::join(&mut tx, &self.tenant_id, &self.group_id, first, last).await?;
            }
            if known == 0 {
                // The first of them looks after users.
                groups::add_member(&mut tx, &self.tenant_id, &self.management_id, &people[0].id, now).await?;
            }
            for somebody in &people[known..] {
                user_list::refresh(&mut tx, &somebody.id).await?;
            }
            tx.commit().await?;
        }
        Ok(people)
    }
}

/// Last of all and quickly: a session that rested for a minute costs its next page a write.
async fn add_sessions(
    backend: &Backend,
    people: &[Somebody],
    sessions: u32,
    file: &mut BufWriter<File>,
) -> Result<(), String> {
    let name = Kind::Session.full_name(backend.settings.is_https());
    let numbers: Vec<usize> = (0..sessions).map(|number| number as usize).collect();
    for batch in numbers.chunks(BATCH) {
        let now = backend.clock.now();
        let mut tx = backend.db.begin().await.map_err(said)?;
        for number in batch {
            // Where there are fewer sessions than users, they are spread over all of them.
            let spread = number * people.len() / numbers.len().min(people.len());
            let Somebody { id: user_id, email } = &people[spread % people.len()];
            let (id, token) = (backend.rng.id(now), Token::new(&backend.rng));
            let row = NewSession {
                id: &id,
                token_hash: &token.hash(),
                user_id,
                method: "password, email",
                browser: "Firefox, Linux",
                address: "127.0.0.1",
            };
            sessions::insert(&mut tx, &row, now).await.map_err(said)?;
            writeln!(file, "{email}\t{name}={}", token.reveal()).map_err(|error| format!("--out: {error}"))?;
        }
        tx.commit().await.map_err(said)?;
    }
    Ok(())
}

#[derive(Clone)]
struct Bare {
    backend: Backend,
    html: Bytes,
    reads: u32,
}

/// Serves the least that a signed-in page could be: the same loop, the same reads, and as many bytes.
///
/// # Errors
/// In one line, for the operator.
pub async fn bare(backend: Backend, listen: SocketAddr, bytes: usize, reads: u32) -> Result<(), String> {
    const START: &str = "<!doctype html>";
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("--listen: {listen}: {error}"))?;
    let html = format!("{START}{}", ".".repeat(bytes.saturating_sub(START.len())));
    let router = Router::new()
        .route("/c/{slug}/account", get(bare_page))
        .route("/health/ready", get(|| async { "ready" }))
        .with_state(Bare { backend, html: html.into(), reads });
    http::serve(listener, router, std::future::pending()).await;
    Ok(())
}

async fn bare_page(State(bare): State<Bare>, Part(slug): Part<String>, headers: HeaderMap) -> Response {
    match bare.read(&slug, &headers).await {
        Ok(true) => Html(bare.html).into_response(),
        Ok(false) => StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl Bare {
    /// The reads of a page, in its order: the session with its user, the membership, then what the page shows.
    async fn read(&self, slug: &str, headers: &HeaderMap) -> domain::Result<bool> {
        let (db, now) = (&self.backend.db, self.backend.clock.now());
        let https = self.backend.settings.is_https();
        let cookies = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let Some(token) = Kind::Session.read(cookies, https).and_then(|cookie| Token::read(&cookie)) else {
            return Ok(false);
        };
        let Some(session) = sessions::live(db, &token.hash(), now - IDLE, now - ABSOLUTE, now).await? else {
            return Ok(false);
        };
        if self.reads > 1 && tenants::membership(db, slug, &session.user_id).await?.is_none() {
            return Ok(false);
        }
        for _ in 2..self.reads {
            email_changes::live(db, &session.user_id, &session.id, now).await?;
        }
        Ok(true)
    }
}

/// Hashes for some seconds on all cores, and prints how many hashes that makes a second.
///
/// # Errors
/// In one line, for the operator.
pub async fn hash(options: &Options, seconds: u64) -> Result<(), String> {
    let workers = available_parallelism().map_or(2, usize::from);
    let keys = Keys::derive(&Rng::System.bytes::<32>()).ok_or("32 random bytes make a key")?;
    let hasher = Hasher::new(&keys, &Rng::System, options.cost(), workers)
        .ok_or("--argon2-memory: these Argon2 parameters do not go together")?;
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    // Twice as many as can run, so that no core ever waits for work.
    for _ in 0..2 * workers {
        tasks.spawn(hash_until(Arc::clone(&hasher), end));
    }
    let mut hashes = 0;
    while let Some(done) = tasks.join_next().await {
        hashes += done.map_err(|error| error.to_string())?.map_err(said)?;
    }
    println!("{:.3}", f64::from(hashes) / start.elapsed().as_secs_f64());
    Ok(())
}

async fn hash_until(hasher: Arc<Hasher>, end: Instant) -> domain::Result<u32> {
    let mut hashes = 0;
    while Instant::now() < end {
        let password = Password::read("velvet kettle under orbit").ok_or(Error::internal())?;
        hasher.hash(password, &Rng::System).await?;
        hashes += 1;
    }
    Ok(hashes)
}
