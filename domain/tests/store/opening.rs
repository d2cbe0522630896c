//! Opening a database, and bringing its schema up to date (S12, S13, reliability).

use domain::error::Error;
use domain::store::Db;
use domain::store::open::DatabaseUrl;
use domain::store::{meta, users};

use crate::support::{Home, On, both, raw};

async fn pragma(pool: &sqlx::SqlitePool, sql: &'static str) -> i64 {
    let row: (i64,) = sqlx::query_as(sql).fetch_one(pool).await.expect("a pragma");
    row.0
}

both! {
    async fn the_database_is_set_for_safety(stage: Stage) {
        match &stage.db {
            Db::Sqlite { read, write } => {
                for (pool, query_only) in [(read, 1), (write, 0)] {
                    assert_eq!(pragma(pool, "PRAGMA synchronous").await, 2, "FULL");
                    assert_eq!(pragma(pool, "PRAGMA foreign_keys").await, 1);
                    assert_eq!(pragma(pool, "PRAGMA busy_timeout").await, 5_000);
                    assert_eq!(pragma(pool, "PRAGMA query_only").await, query_only);
                }
                assert_eq!(raw::texts(&stage.db, "PRAGMA journal_mode").await, ["wal"]);
                let written = sqlx::query("DELETE FROM users").execute(read).await;
                assert!(written.is_err(), "readers only read");
                assert_eq!(write.options().get_max_connections(), 1);
            }
            Db::Postgres(_) => {
                let settings = [("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "20s")];
                for (name, value) in settings {
                    assert_eq!(raw::texts(&stage.db, &format!("SHOW {name}")).await, [value]);
                }
            }
        }
    }

    async fn four_openers_race_and_one_migrates(stage: Stage) {
        let fresh = Home::make(stage.home.on).await;
        let openers: Vec<_> = (0..4)
            .map(|_| {
                let url = fresh.url.clone();
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.expect("a runtime").block_on(async move {
                        let db = url.open_migrated().await?;
                        let any = users::any(&db).await.map_err(|error| error.to_string());
                        db.close().await;
                        any
                    })
                })
            })
            .collect();
        let outcomes: Vec<_> = openers.into_iter().map(|opener| opener.join().expect("no panic")).collect();
        let db = fresh.url.open().await.expect("the database");
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("a folder").count();
        let done = raw::number(&db, "SELECT COUNT(*) FROM _sqlx_migrations WHERE success").await;
        fresh.tear_down(&db).await;
        assert_eq!(outcomes, vec![Ok(false); 4]);
        assert_eq!(usize::try_from(done), Ok(files));
    }

    async fn opening_again_keeps_what_is_there(stage: Stage) {
        stage.person("olivia").await;
        let again = stage.home.url.open_migrated().await.expect("a migrated database");
        assert_eq!(users::any(&again).await, Ok(true));
        again.close().await;
    }

    async fn an_older_binary_opens_what_a_newer_one_left(stage: Stage) {
        stage.person("olivia").await;
        let noted = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9999, 'of a newer release', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        for sql in [noted, "ALTER TABLE users ADD COLUMN of_a_newer_release TEXT"] {
            raw::run(&stage.db, sql).await.expect("as the newer one left it");
        }
        let older = stage.home.url.open_migrated().await.expect("what it does not know is no reason to stop");
        assert_eq!(users::any(&older).await, Ok(true));
        older.close().await;
        // What has been open all the time goes on too.
        stage.person("max").await;
    }

    async fn one_process_serves_a_file_and_postgres_has_room_for_many(stage: Stage) {
        let first = stage.home.url.claim();
        assert!(first.is_ok(), "{first:?}");
        let second = stage.home.url.claim();
        match stage.home.on {
            On::Sqlite => {
                let refusal = second.expect_err("one may");
                assert!(refusal.starts_with("another process is serving "), "{refusal}");
                drop(first);
                assert!(stage.home.url.claim().is_ok(), "the right goes with the one who held it");
            }
            On::Postgres => assert!(second.is_ok(), "{second:?}"),
        }
    }

    async fn a_closed_database_is_unavailable_and_an_open_one_answers(stage: Stage) {
        let name = if stage.home.on == On::Sqlite { "sqlite" } else { "postgres" };
        assert_eq!((stage.db.name(), stage.db.ping().await), (name, Ok(())));
        stage.db.close().await;
        assert_eq!(stage.db.ping().await, Err(Error::Unavailable));
        assert_eq!(stage.db.begin().await.err(), Some(Error::Unavailable));
    }

    async fn a_fact_is_kept_as_it_was_first(stage: Stage) {
        assert_eq!(meta::get(&stage.db, meta::KEY_FINGERPRINT).await, Ok(None));
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(meta::keep(&mut tx, meta::KEY_FINGERPRINT, "one").await, Ok("one".to_owned()));
        assert_eq!(meta::keep(&mut tx, meta::KEY_FINGERPRINT, "two").await, Ok("one".to_owned()));
        tx.commit().await.expect("committed");
        assert_eq!(meta::get(&stage.db, meta::KEY_FINGERPRINT).await, Ok(Some("one".to_owned())));
    }

    async fn a_copy_is_whole_and_never_written_over(stage: Stage) {
        stage.person("olivia").await;
        let file = stage.home.folder.path().join("copy.db");
        let name = file.to_str().expect("plain").to_owned();
        let copied = meta::copy_to(&stage.db, &name).await;
        if stage.home.on == On::Postgres {
            assert_eq!(copied, Err(Error::internal()), "Postgres has pg_dump");
            return;
        }
        assert_eq!(copied, Ok(()));
        let copy = DatabaseUrl::Sqlite(file).open().await.expect("the copy");
        assert_eq!(raw::number(&copy, "SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(raw::texts(&copy, "PRAGMA integrity_check").await, ["ok"]);
        copy.close().await;
        assert_eq!(meta::copy_to(&stage.db, &name).await, Err(Error::internal()));
    }
}

#[test]
fn a_database_url_is_read_and_shown_without_its_password() {
    let read = |text: &str| text.parse::<DatabaseUrl>();
    for text in ["postgres://u:hush@db.example:5433/house?sslmode=require", "postgresql://u:hush@db.example/house"] {
        let url = read(text).expect("a URL");
        assert_eq!(format!("{url:?}"), "postgres://…@db.example/house");
        assert_eq!(url.to_string(), "postgres://…@db.example/house");
    }
    assert_eq!(read("sqlite:a/b.db"), Ok(DatabaseUrl::Sqlite("a/b.db".into())));
    assert_eq!(format!("{:?}", read("sqlite:///var/b.db").expect("a URL")), "sqlite:/var/b.db");
    for wrong in ["", "sqlite:", "mysql://x", "/var/b.db"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
