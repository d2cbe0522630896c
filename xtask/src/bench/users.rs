//! The list of users and the search in it: what they cost with very many users, beside a hundred.

use std::time::Duration;

use super::{
    house::{House, number},
    load::Load,
    program::Program,
    statements,
    table::{Line, Table},
};
use crate::steps::Result;

/// So few users fill two pages of the list.
pub const FEW: usize = 100;
const CONNECTIONS: usize = 8;
const WARM_UP: Duration = Duration::from_secs(1);
/// The two take turns, so that a machine that is slower for a while is slower for both.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);

/// Which page is asked for at a turn.
type Path = fn(usize) -> String;

fn list(_: usize) -> String {
    "/c/bench/manage/users".to_owned()
}

/// A word that everybody has, and an address that one person has; there are as many of both whoever is there beside.
fn search(turn: usize) -> String {
    if turn.is_multiple_of(2) {
        "/c/bench/manage/users?search=bench".to_owned()
    } else {
        format!("/c/bench/manage/users?search=user{}%40bench", turn % FEW + 1)
    }
}

/// A server whose administrator looks at users, and what that cost so far.
struct Asked<'a> {
    house: &'a House,
    program: &'a Program,
    path: Path,
    pages: usize,
    cpu: f64,
}

impl<'a> Asked<'a> {
    fn new(house: &'a House, program: &'a Program, path: Path) -> Self {
        Self { house, program, path, pages: 0, cpu: 0.0 }
    }

    fn load(&self, time: Duration) -> Result<usize> {
        let (address, first) = (self.house.address, self.pages);
        let load = Load { address, connections: CONNECTIONS, time, first, most: usize::MAX };
        let outcome = load.run(
            |turn, out| self.house.ask_as_administrator(&(self.path)(turn), out),
            |answer| answer.status == 200 && !answer.body.is_empty(),
        )?;
        Ok(outcome.count())
    }

    fn round(&mut self) -> Result {
        let before = self.program.cpu()?;
        self.pages += self.load(ROUND)?;
        self.cpu += self.program.cpu()? - before;
        Ok(())
    }

    /// Milliseconds of processor time for one page.
    fn cost(&self) -> f64 {
        self.cpu * 1_000.0 / self.pages as f64
    }
}

/// Measures list and search with `few` and with `many` users.
pub fn measure(table: &mut Table, few: &House, many: &House) -> Result {
    let lines = [
        (Line::UserList, Line::UserListReads, list as Path),
        (Line::UserSearch, Line::UserSearchReads, search as Path),
    ];
    for (growth, reads, path) in lines {
        let page = statements::count(many, |turn, out| many.ask_as_administrator(&path(turn), out))?;
        let writes = if page.writes == 0 { String::new() } else { format!("and {} writes", page.writes) };
        table.note(reads, page.reads as f64, writes);
        let (costs, [least, most]) = (costs(few, many, path)?, [few, many].map(|house| number(house.users)));
        let detail = format!("{:.3} ms with {most} users, {:.3} ms with {least}", costs[1], costs[0]);
        table.note(growth, costs[1] / costs[0], detail);
    }
    Ok(())
}

fn costs(few: &House, many: &House, path: Path) -> Result<[f64; 2]> {
    let ((one, _), (other, _)) = (few.serve()?, many.serve()?);
    let mut both = [Asked::new(few, &one, path), Asked::new(many, &other, path)];
    for asked in &both {
        asked.load(WARM_UP)?;
    }
    for _ in 0..ROUNDS {
        for asked in &mut both {
            asked.round()?;
        }
    }
    Ok(both.map(|asked| asked.cost()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_is_for_somebody_who_is_there_in_any_case() {
        assert_eq!(search(0), "/c/bench/manage/users?search=bench");
        let mut numbers = (0..1_000).map(search).filter_map(|path| {
            let number = path.strip_prefix("/c/bench/manage/users?search=user")?.strip_suffix("%40bench")?;
            number.parse::<usize>().ok()
        });
        assert!(numbers.all(|number| (1..=FEW).contains(&number)));
    }
}
