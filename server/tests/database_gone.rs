//! The database goes away and comes back (the reliability table of the security page). SQLite does not go away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Error;
use domain::mail::outbox;
use domain::store::open::DatabaseUrl;
use tokio::task::JoinSet;
use url::Url;

use crate::support::gate::Gate;
use crate::support::{Answer, Browser, Home, On, Stage, raw, tell_in};

const PAGE: &str = "/c/acme/account";
const FIELDS: [(&str, &str); 3] = [("slug", "acme"), ("first_name", "Liv"), ("last_name", "Okafor")];

/// Tells a story on Postgres, with a gate in front of it.
async fn told<F>(story: impl FnOnce(Stage, Arc<Gate>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let home = Arc::new(Home::make(On::Postgres).await);
    let DatabaseUrl::Postgres(url) = &home.url else { panic!("another database was made") };
    let mut url: Url = url.parse().expect("a URL");
    let host = url.host_str().expect("a server that is reached by TCP");
    let gate = Arc::new(Gate::before(&format!("{host}:{}", url.port().unwrap_or(5432))));
    url.set_host(Some("127.0.0.1")).expect("a host");
    url.set_port(Some(gate.port)).expect("a port");
    let db = DatabaseUrl::Postgres(url.into()).open_migrated().await.expect("a migrated database");
    let stage = Stage::set(home, db);
    tell_in(stage, |stage| Box::pin(story(stage, gate))).await;
}

async fn within<T>(most: Duration, what: &str, done: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let outcome = done.await;
    assert!(start.elapsed() <= most, "{what} took {:?}", start.elapsed());
    outcome
}

/// What everybody is told while the database is gone: a plain page, without a script that would ask for more.
fn assert_unavailable(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.header("retry-after")), (503, "2"), "{what}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
    assert!(answer.body.contains("<h1>Back in a moment</h1>"), "{what}: {}", answer.body);
    assert!(!answer.body.contains("<script") && !answer.body.contains("Okafor"), "{what}: {}", answer.body);
    assert!(!answer.header("x-request-id").is_empty() && answer.set_cookies().is_empty(), "{what}");
}

/// Asks until the page is there again.
async fn comes_back(browser: &mut Browser, most: Duration) {
    let start = Instant::now();
    loop {
        let answer = browser.page(PAGE).await;
        if answer.status == 200 {
            assert!(start.elapsed() <= most, "it took {:?}", start.elapsed());
            return;
        }
        assert!(start.elapsed() <= 2 * most, "it does not come back: {}", answer.body);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// While the database is gone: who is signed in hears so, in the manner in which they asked, and soon.
async fn everybody_hears_so(stage: &Stage, olivia: &mut Browser) {
    let five = Duration::from_secs(5);
    for what in ["the first page", "the next page"] {
        let page = within(five, what, olivia.page(PAGE)).await;
        assert_unavailable(&page, what);
    }
    let sent = within(five, "a form", olivia.send("save_names", &FIELDS, PAGE)).await;
    assert_unavailable(&sent, "a form");
    let out = within(five, "the sign-out", olivia.post("/sign-out", &[], PAGE)).await;
    assert_unavailable(&out, "the sign-out");
    let data = within(five, "data", olivia.call("load_frame", &[("slug", "acme")])).await;
    assert_eq!((data.status, data.header("content-type")), (503, "application/json"), "{}", data.body);
    assert_eq!(data.refused(), Error::Unavailable);

    let mut stranger = stage.browser();
    let ready = within(Duration::from_millis(2_500), "readiness", stranger.page("/health/ready")).await;
    assert_eq!(ready.status, 503);
    assert_eq!(stranger.page("/health/live").await.status, 200);
    assert_eq!(stranger.page("/sign-in").await.status, 200, "a page that needs no data");
    let wrong = [("email", "olivia@acme.example"), ("password", "whatever it is")];
    let refused = within(five, "a sign-in", stranger.call("sign_in", &wrong)).await;
    assert_eq!((refused.status, refused.refused()), (503, Error::Unavailable));
    assert_eq!(refused.header("retry-after"), "2");
}

mod connections_are_refused {
    use super::*;

    #[tokio::test]
    async fn postgres() {
        told(|stage, gate| async move {
            let mut olivia = stage.signed_in("olivia").await;
            assert_eq!(olivia.page(PAGE).await.status, 200);
            for _ in 0..2 {
                gate.shut();
                everybody_hears_so(&stage, &mut olivia).await;
                gate.open();
                comes_back(&mut olivia, Duration::from_secs(5)).await;
                assert_eq!(olivia.page("/health/ready").await.status, 200);
                assert_eq!(stage.names_of("olivia").await.0, "Olivia", "a refused change was made");
            }
            assert_eq!(olivia.call("save_names", &FIELDS).await.status, 200);
        })
        .await;
    }
}

mod the_database_is_closed_for_maintenance {
    use super::*;

    #[tokio::test]
    async fn postgres() {
        told(|stage, gate| async move {
            let _stands_open = gate;
            let mut olivia = stage.signed_in("olivia").await;
            let DatabaseUrl::Postgres(url) = &stage.home.url else { panic!("another database was made") };
            let name = Url::parse(url).expect("a URL").path().trim_start_matches('/').to_owned();
            let server = std::env::var("SELFSAME_TEST_POSTGRES").expect("it was there a moment ago");
            let server = DatabaseUrl::Postgres(server).open().await.expect("the server");
            let may = |yes: bool| format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {yes}");
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");

            raw::run(&server, &may(false)).await.expect("allowed");
            raw::run(&server, &end).await.expect("allowed");
            everybody_hears_so(&stage, &mut olivia).await;
            raw::run(&server, &may(true)).await.expect("allowed");
            comes_back(&mut olivia, Duration::from_secs(5)).await;
            server.close().await;
        })
        .await;
    }
}

mod the_line_is_dead_and_nobody_says_so {
    use super::*;

    #[tokio::test]
    async fn postgres() {
        told(|stage, gate| async move {
            let mut olivia = stage.signed_in("olivia").await;
            assert_eq!(olivia.page(PAGE).await.status, 200);
            gate.stick();
            let page = within(Duration::from_secs(5), "a page", olivia.page(PAGE)).await;
            assert_unavailable(&page, "a page");
            assert_eq!(stage.browser().page("/health/ready").await.status, 503);
            gate.open();
            comes_back(&mut olivia, Duration::from_secs(5)).await;
        })
        .await;
    }
}

/// Has the pool hold all the connections it may have.
async fn fill(stage: &Stage) {
    let mut all = JoinSet::new();
    for _ in 0..16 {
        let db = stage.db.clone();
        all.spawn(async move { db.begin().await.expect("one of many connections") });
    }
    drop(all.join_all().await);
}

mod connections_that_rested_are_forgotten_on_the_way {
    use super::*;

    #[tokio::test]
    async fn postgres() {
        told(|stage, gate| async move {
            let mut olivia = stage.signed_in("olivia").await;
            fill(&stage).await;
            // Whoever was here half a minute ago is asked before they are trusted (S13).
            tokio::time::sleep(Duration::from_secs(31)).await;
            gate.forget();
            let page = within(Duration::from_secs(5), "a page", olivia.page(PAGE)).await;
            assert_eq!(page.status, 200, "{}", page.body);
        })
        .await;
    }
}

mod connections_in_use_are_forgotten_on_the_way {
    use super::*;

    #[tokio::test]
    async fn postgres() {
        told(|stage, gate| async move {
            let mut olivia = stage.signed_in("olivia").await;
            fill(&stage).await;
            // With it no connection ever rests.
            let worker = tokio::spawn(outbox::run((*stage).clone()));
            tokio::time::sleep(Duration::from_secs(2)).await;
            gate.forget();
            // TCP would wait for a quarter of an hour.
            comes_back(&mut olivia, Duration::from_secs(15)).await;
            worker.abort();
            fill(&stage).await;
        })
        .await;
    }
}
