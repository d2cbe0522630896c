//! A new, empty database for each story, and its end.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use domain::clock::Rng;
use domain::store::Db;
use domain::store::open::DatabaseUrl;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// The URL of a Postgres server where databases may be created and dropped.
const SERVER: &str = "SELFSAME_TEST_POSTGRES";
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/migrations");
/// Who makes the pattern of all Postgres databases keeps the others waiting with this advisory lock.
const ONE_MAKES_IT: &str = "SELECT pg_advisory_lock(724401)";
/// Postgres' word for a database that is not there (appendix A of its manual: `invalid_catalog_name`).
const NO_SUCH_DATABASE: &str = "3D000";

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Where a database is at home.
pub struct Home {
    pub on: On,
    pub url: DatabaseUrl,
    /// Gone with the value, and the SQLite file in it.
    pub folder: TempDir,
    /// The server and the name of the database there.
    created: Option<(String, String)>,
}

impl Home {
    pub async fn make(on: On) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        match on {
            On::Sqlite => {
                let url = DatabaseUrl::Sqlite(folder.path().join("selfsame.db"));
                Self { on, url, folder, created: None }
            }
            On::Postgres => {
                let (server, name) = (server(), new_name());
                at(&server, &format!("CREATE DATABASE {name}")).await.expect("allowed to create databases");
                Self::there(server, name, folder)
            }
        }
    }

    /// With the schema in place. On Postgres it is copied from a pattern that the first to need it makes and leaves
    /// there, as to migrate takes longer than most stories.
    pub async fn furnished(on: On) -> (Self, Db) {
        let home = match on {
            On::Sqlite => Self::make(on).await,
            On::Postgres => {
                let (server, name) = (server(), new_name());
                copy_pattern(&server, &name).await;
                Self::there(server, name, tempfile::tempdir().expect("a folder"))
            }
        };
        let db = match on {
            On::Sqlite => home.url.open_migrated().await.expect("a migrated database"),
            On::Postgres => home.url.open().await.expect("the copy of a migrated database"),
        };
        (home, db)
    }

    fn there(server: String, name: String, folder: TempDir) -> Self {
        let url = DatabaseUrl::Postgres(named(&server, &name));
        Self { on: On::Postgres, url, folder, created: Some((server, name)) }
    }

    pub async fn tear_down(&self, db: &Db) {
        // A story that failed may still hold connections.
        let _ = tokio::time::timeout(Duration::from_secs(2), db.close()).await;
        if let Some((server, name)) = &self.created {
            at(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("allowed to drop databases");
        }
    }
}

fn server() -> String {
    std::env::var(SERVER).ok().filter(|server| !server.is_empty()).unwrap_or_else(|| {
        panic!(
            "{SERVER} is not set. `cargo xtask test` starts a Postgres server for the tests and sets it; or set it to \
             the URL of a superuser, such as postgres://postgres@127.0.0.1:5432/postgres"
        )
    })
}

fn new_name() -> String {
    format!("selfsame_{}", Rng::System.id(0).replace('-', ""))
}

fn named(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).expect("a URL");
    url.set_path(database);
    url.into()
}

async fn copy_pattern(server: &str, name: &str) {
    let pattern = pattern();
    let copy = format!("CREATE DATABASE {name} TEMPLATE {pattern}");
    if let Err(error) = at(server, &copy).await {
        let missing =
            error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == NO_SUCH_DATABASE);
        assert!(missing, "allowed to create databases: {error}");
        make_pattern(server, &pattern).await.expect("a pattern of all databases");
        at(server, &copy).await.expect("a copy of the pattern");
    }
}

/// Named after what the migrations say: other ones make another pattern.
fn pattern() -> String {
    let mut files: Vec<_> =
        fs::read_dir(MIGRATIONS).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.iter().for_each(|file| (file.file_name(), fs::read(file).expect("a migration")).hash(&mut hasher));
    format!("selfsame_pattern_{:016x}", hasher.finish())
}

async fn make_pattern(server: &str, pattern: &str) -> sqlx::Result<()> {
    let mut waiting = PgConnection::connect(server).await?;
    sqlx::raw_sql(ONE_MAKES_IT).execute(&mut waiting).await?;
    let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(pattern);
    if there.fetch_optional(&mut waiting).await?.is_none() {
        let part = format!("{pattern}_part");
        // One that was cut short.
        at(server, &format!("DROP DATABASE IF EXISTS {part} WITH (FORCE)")).await?;
        at(server, &format!("CREATE DATABASE {part}")).await?;
        let db = DatabaseUrl::Postgres(named(server, &part)).open_migrated().await.expect("a migrated database");
        db.close().await;
        at(server, &format!("ALTER DATABASE {part} RENAME TO {pattern}")).await?;
    }
    waiting.close().await
}

async fn at(server: &str, sql: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await.expect("the server that SELFSAME_TEST_POSTGRES names");
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
    connection.close().await?;
    done.map(drop)
}
