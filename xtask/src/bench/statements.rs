//! What a signed-in page asks the database, by the log of the database driver.

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::Value;

use super::{
    house::House,
    http::{Answer, Connection},
};
use crate::steps::Result;

/// So many pages, that what the server does meanwhile on its own account is lost in rounding.
const PAGES: usize = 20;

/// What one page costs.
pub struct Page {
    /// Statements that read.
    pub reads: usize,
    /// Statements that write.
    pub writes: usize,
    /// Bytes of the page as it is sent.
    pub bytes: usize,
}

/// Asks for some pages, as `write` writes them, and counts.
pub fn count(house: &House, write: impl Fn(usize, &mut Vec<u8>)) -> Result<Page> {
    let server = house.serve_talkative()?;
    let (mut connection, mut answer, mut question) = (Connection::new(house.address), Answer::default(), Vec::new());
    let mut ask = |turn| {
        question.clear();
        write(turn, &mut question);
        connection.ask(&question, &mut answer).map_err(|error| format!("the page does not come: {error}"))?;
        if answer.status == 200 {
            Ok(answer.body.len())
        } else {
            Err(format!("the page is answered {}", answer.status))
        }
    };
    // The first one may prepare what the others only use.
    let bytes = ask(0)?;
    let known = server.said()?.len();
    for turn in 1..=PAGES {
        ask(turn)?;
    }
    thread::sleep(Duration::from_millis(200));
    let (reads, writes) = per_page(&server.said()?[known..]);
    if reads == 0 {
        return Err("the log names no statement of a page".into());
    }
    Ok(Page { reads, writes, bytes })
}

fn per_page(log: &str) -> (usize, usize) {
    let mut found = BTreeMap::<String, usize>::new();
    for event in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if event["target"] == "sqlx::query" {
            // A short statement is its own summary, and not told twice.
            let fields = ["db.statement", "summary"].map(|name| event["fields"][name].as_str().unwrap_or("").trim());
            let statement = fields.into_iter().find(|text| !text.is_empty()).unwrap_or("");
            *found.entry(statement.to_owned()).or_default() += 1;
        }
    }
    let count = |reads: bool| {
        let of_kind = found.iter().filter(|(statement, _)| statement.starts_with("SELECT") == reads);
        of_kind.map(|(_, count)| (count + PAGES / 2) / PAGES).sum::<usize>()
    };
    (count(true), count(false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_with_each_page_is_counted_and_what_comes_now_and_then_is_not() {
        let said = |statement: &str, summary: &str| {
            json!({ "target": "sqlx::query", "fields": { "summary": summary, "db.statement": statement } }).to_string()
        };
        let page = [said("\n\nSELECT a FROM b\n", "SELECT a …"), said("", "SELECT 1"), said("", "SELECT 1")];
        let mut log = vec!["Selfsame listens".to_owned(), said("\n\nUPDATE outbox SET x\n", "UPDATE outbox …")];
        (0..PAGES).for_each(|_| log.extend(page.clone()));
        assert_eq!(per_page(&log.join("\n")), (3, 0));
    }
}
