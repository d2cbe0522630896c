//! A new, empty database for each story, and its end.

use std::time::Duration;

use domain::clock::Rng;
use domain::store::Db;
use domain::store::open::DatabaseUrl;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// The URL of a Postgres server where databases may be created and dropped.
const SERVER: &str = "SELFSAME_TEST_POSTGRES";

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
                let server = std::env::var(SERVER).ok().filter(|server| !server.is_empty()).unwrap_or_else(|| {
                    panic!(
                        "{SERVER} is not set. `cargo xtask test` starts a Postgres server for the tests and sets it; \
                         or set it to the URL of a superuser, such as postgres://postgres@127.0.0.1:5432/postgres"
                    )
                });
                let name = format!("selfsame_{}", Rng::System.id(0).replace('-', ""));
                at(&server, format!("CREATE DATABASE {name}")).await;
                let mut url = url::Url::parse(&server).expect("a URL");
                url.set_path(&name);
                Self { on, url: DatabaseUrl::Postgres(url.into()), folder, created: Some((server, name)) }
            }
        }
    }

    pub async fn tear_down(&self, db: &Db) {
        // A story that failed may still hold connections.
        let _ = tokio::time::timeout(Duration::from_secs(2), db.close()).await;
        if let Some((server, name)) = &self.created {
            at(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

async fn at(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("the server that SELFSAME_TEST_POSTGRES names");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("allowed to create databases");
    connection.close().await.expect("closed");
}
