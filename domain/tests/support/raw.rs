//! A look at the rows themselves, past the store.

use domain::store::Db;
use sqlx::AssertSqlSafe;

/// Runs any statement; says how many rows it touched.
pub async fn run(db: &Db, sql: &str) -> Result<u64, sqlx::Error> {
    match db {
        Db::Sqlite { write, .. } => {
            sqlx::query::<sqlx::Sqlite>(AssertSqlSafe(sql)).execute(write).await.map(|done| done.rows_affected())
        }
        Db::Postgres(pool) => {
            sqlx::query::<sqlx::Postgres>(AssertSqlSafe(sql)).execute(pool).await.map(|done| done.rows_affected())
        }
    }
}

/// The first column of the first row, as a number.
pub async fn number(db: &Db, sql: &str) -> i64 {
    let row: Result<(i64,), _> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as::<sqlx::Sqlite, _>(AssertSqlSafe(sql)).fetch_one(read).await,
        Db::Postgres(pool) => sqlx::query_as::<sqlx::Postgres, _>(AssertSqlSafe(sql)).fetch_one(pool).await,
    };
    row.expect("a number").0
}

/// The first column of all rows, as text.
pub async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let rows: Result<Vec<(Option<String>,)>, _> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as::<sqlx::Sqlite, _>(AssertSqlSafe(sql)).fetch_all(read).await,
        Db::Postgres(pool) => sqlx::query_as::<sqlx::Postgres, _>(AssertSqlSafe(sql)).fetch_all(pool).await,
    };
    rows.expect("texts").into_iter().map(|(text,)| text.unwrap_or_default()).collect()
}

/// Every row of every table as text, in lower case; bytes are in hex.
pub async fn dump(db: &Db) -> String {
    let tables = match db {
        Db::Sqlite { .. } => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Db::Postgres(_) => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut all = String::new();
    for table in texts(db, tables).await {
        let rows = match db {
            Db::Sqlite { .. } => {
                let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                format!("SELECT {} FROM \"{table}\"", quoted.join(" || ' ' || "))
            }
            Db::Postgres(_) => format!("SELECT t::text FROM \"{table}\" t"),
        };
        all += &texts(db, &rows).await.join("\n");
        all.push('\n');
    }
    all.to_lowercase()
}

/// Bytes as [`dump`] writes them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
