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

/// The newest [`MOST`] entries, all or of one part, newest first, as CSV with a head (RFC 4180). Times are RFC 3339 in
/// UTC. A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
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

fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

fn file(records: impl Iterator<Item = [String; 7]>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
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
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        for cell in ["", "a=1", " =1", "2026-11-21T12:45:00Z", "'"] {
            assert_eq!(harmless(cell.to_owned()), cell);
        }
    }

    #[test]
    fn quotes_commas_and_line_ends_stay_in_their_cell() {
        let record = ["a,b", "say \"x\"", "two\r\nlines", "", " ", "plain", "\u{fc}"].map(str::to_owned);
        let written = file([record].into_iter());
        assert_eq!(written.as_deref(), Ok("\"a,b\",\"say \"\"x\"\"\",\"two\r\nlines\",, ,plain,\u{fc}\r\n"));
    }
}
