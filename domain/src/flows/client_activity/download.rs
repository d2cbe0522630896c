//! The activity of a client as a file.

use super::{after_all, rows, words};
use crate::actor::Member;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::flows::rights;
use crate::text::Key;
use crate::view::{ClientEntry, ClientFilter, Permission};

/// Entries in a file at most.
pub const MOST: usize = 10_000;
/// U+FEFF (Unicode Standard, 23.8).
const MARK: &str = "\u{FEFF}";

/// The newest [`MOST`] entries, all or of one part, newest first, as CSV with a head (RFC 4180), behind the mark by
/// which spreadsheets know UTF-8. Times are RFC 3339 in UTC. What a spreadsheet would take for a formula has an
/// apostrophe before it (OWASP, CSV injection).
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn csv(backend: &Backend, member: &Member, filter: Option<ClientFilter>) -> Result<String> {
    rights::need(member, Permission::ActivityView)?;
    let rows = rows(backend, member, filter, &after_all(), MOST).await?;
    let reader = member.actor().visitor();
    let head = [
        Key::PlainClientActivityWhen,
        Key::PlainClientActivityWhat,
        Key::PlainClientActivityDetail,
        Key::PlainClientActivityPerson,
        Key::PlainClientActivityBy,
        Key::PlainClientActivityBrowser,
        Key::PlainClientActivityAddress,
    ];
    let head = head.map(|key| reader.language.text(key).to_owned());
    let records = rows.iter().map(|row| cells(words::entry(row, reader)));
    file([head].into_iter().chain(records))
}

fn cells(entry: ClientEntry) -> [String; 7] {
    let ClientEntry { what, detail, at, person, by, browser, address } = entry;
    [at.machine, what, detail, person.unwrap_or_default(), by, browser, address].map(harmless)
}

/// With some settings a spreadsheet separates at semicolons, so what follows one begins a cell too.
fn harmless(cell: String) -> String {
    let parts = cell.split(';').map(|part| if begins_formula(part) { format!("'{part}") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join(";")
}

/// Some leave out blanks before it, and some take wide signs for narrow ones.
fn begins_formula(part: &str) -> bool {
    let signs = ['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];
    part.starts_with(['\t', '\r', '\n']) || part.trim_start().starts_with(signs)
}

fn file(records: impl Iterator<Item = [String; 7]>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(MARK.as_bytes().to_vec());
    for record in records {
        writer.write_record(&record).map_err(|_| Error::internal())?;
    }
    let bytes = writer.into_inner().map_err(|_| Error::internal())?;
    String::from_utf8(bytes).map_err(|_| Error::internal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{FF1D}1", "\u{3000}\u{FF0B}1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        for cell in ["", "a=1", "2026-11-21T12:45:00Z", "'", "a;b", ";", "a; b=1"] {
            assert_eq!(harmless(cell.to_owned()), cell);
        }
        for (cell, written) in [("x;=1+1", "x;'=1+1"), ("x; +1;y", "x;' +1;y"), ("=1;=2", "'=1;'=2")] {
            assert_eq!(harmless(cell.to_owned()), written);
        }
    }

    #[test]
    fn quotes_commas_and_line_ends_stay_in_their_cell() {
        let record = ["a,b", "say \"x\"", "two\r\nlines", "", " ", "plain", "\u{fc}"].map(str::to_owned);
        let written = file([record].into_iter());
        let expected = "\u{feff}\"a,b\",\"say \"\"x\"\"\",\"two\r\nlines\",\"\",\" \",\"plain\",\"\u{fc}\"\r\n";
        assert_eq!(written.as_deref(), Ok(expected));
    }
}
