//! Signed-in pages under load, beside a bare handler, beside more users, and beside sign-ins.

use std::{net::SocketAddr, thread, time::Duration};

use super::{
    house::{House, number},
    load::{Load, Outcome},
    program::Program,
    sign_ins, statements,
    table::{Line, Table},
};
use crate::steps::Result;

const CONNECTIONS: usize = 32;
/// Caches fill and the allocator finds its size.
const WARM_UP: Duration = Duration::from_secs(1);
/// The three take turns, so that a machine that is slower for a while is slower for all of them.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const BESIDE: Duration = Duration::from_secs(6);
const REST: Duration = Duration::from_millis(500);
/// A session used longer ago than this costs its next page a write.
const YOUNG: Duration = Duration::from_secs(60);

/// A server that is asked for pages, and what came of it.
struct Asked<'a> {
    house: &'a House,
    program: &'a Program,
    address: SocketAddr,
    outcome: Outcome,
    cpu: f64,
}

impl<'a> Asked<'a> {
    fn new(house: &'a House, program: &'a Program, address: SocketAddr) -> Self {
        Self { house, program, address, outcome: Outcome::default(), cpu: 0.0 }
    }

    fn load(&self, time: Duration) -> Result<Outcome> {
        let (address, first) = (self.address, self.outcome.count());
        let load = Load { address, connections: CONNECTIONS, time, first, most: usize::MAX };
        load.run(|turn, out| self.house.ask_page(turn, out), |answer| answer.status == 200 && !answer.body.is_empty())
    }

    fn round(&mut self) -> Result {
        let before = self.program.cpu()?;
        let outcome = self.load(ROUND)?;
        self.cpu += self.program.cpu()? - before;
        self.outcome.add(outcome);
        Ok(())
    }

    /// Milliseconds of processor time for one page.
    fn cost(&self) -> f64 {
        self.cpu * 1_000.0 / self.outcome.count() as f64
    }
}

/// Measures `few` beside the bare handler on the same database, beside `many`, and beside sign-ins.
pub fn measure(table: &mut Table, few: &House, many: &House) -> Result {
    let page = statements::count(few, |turn, out| few.ask_page(turn, out))?;
    let writes = if page.writes == 0 { String::new() } else { format!("and {} writes", page.writes) };
    table.note(Line::Reads, page.reads as f64, writes);

    let (server, _) = few.serve()?;
    thread::sleep(REST);
    table.note(Line::MemoryIdle, server.memory()?, "");

    {
        let (bare_server, bare_address) = few.serve_bare(page.bytes, page.reads)?;
        let (other_server, _) = many.serve()?;
        let mut pages = Asked::new(few, &server, few.address);
        let mut bare = Asked::new(few, &bare_server, bare_address);
        let mut others = Asked::new(many, &other_server, many.address);
        for asked in [&pages, &bare, &others] {
            asked.load(WARM_UP)?;
        }
        for _ in 0..ROUNDS {
            for asked in [&mut pages, &mut bare, &mut others] {
                asked.round()?;
            }
        }
        note(table, &pages, &bare, &others);
    }
    alone_and_beside_sign_ins(table, few, &server)?;
    for house in [few, many] {
        if house.age() > YOUNG {
            let count = number(house.users);
            println!("  notice: this took so long that pages of the {count} users may hold a write a minute");
        }
    }
    Ok(())
}

fn note(table: &mut Table, pages: &Asked, bare: &Asked, others: &Asked) {
    let (cost, bare_cost, others_cost) = (pages.cost(), bare.cost(), others.cost());
    table.note(Line::PageCpu, cost / bare_cost, format!("{cost:.3} ms, bare {bare_cost:.3} ms"));
    let (rate, bare_rate) = (pages.outcome.rate(), bare.outcome.rate());
    let p99 = [pages, bare].map(|asked| asked.outcome.p99());
    let detail = format!("{rate:.0} of {bare_rate:.0}; p99 {:.1} ms, bare {:.1} ms", p99[0], p99[1]);
    table.note(Line::PageRate, rate / bare_rate * 100.0, detail);
    let users = number(others.house.users);
    table.note(Line::Growth, others_cost / cost, format!("{others_cost:.3} ms with {users} users, else {cost:.3} ms"));
}

fn alone_and_beside_sign_ins(table: &mut Table, few: &House, server: &Program) -> Result {
    let pages = Asked::new(few, server, few.address);
    // Not before the others have gone, who are the same file: what is shared counts less.
    let (alone, memory) = server.memory_during(|| pages.load(BESIDE))?;
    table.note(Line::MemoryPages, memory, "");
    let (beside, sign_ins) = thread::scope(|scope| {
        let sign_ins = scope.spawn(|| sign_ins::load(few, 0, BESIDE + 2 * REST));
        // The pool is full before the first page, and until after the last.
        thread::sleep(REST);
        let beside = pages.load(BESIDE);
        (beside, sign_ins.join().expect("signing in does not panic"))
    });
    let (beside, sign_ins) = (beside?, sign_ins?);
    let (p99, rate) = (beside.p99(), sign_ins.rate());
    let (alone, pages) = (alone.p99(), beside.rate());
    let detail = format!("{p99:.1} ms, alone {alone:.1} ms; at {pages:.0} pages and {rate:.0} sign-ins a second");
    table.note(Line::PageBesideSignIns, p99 / alone, detail);
    Ok(())
}

/// Measures the page that finds its session unused for a minute, and so notes that it is used.
pub fn measure_first_in_minute(table: &mut Table, few: &House) -> Result {
    thread::sleep((YOUNG + REST).saturating_sub(few.age()));
    let (server, _) = few.serve()?;
    let before = server.cpu()?;
    let load = Load {
        address: few.address,
        connections: CONNECTIONS,
        time: ROUND,
        first: 0,
        // Each session once, or it would not be the first time.
        most: few.sessions(),
    };
    let outcome = load.run(|turn, out| few.ask_page(turn, out), |answer| answer.status == 200)?;
    let cost = (server.cpu()? - before) * 1_000.0 / outcome.count() as f64;
    table.note(Line::FirstInMinute, cost, format!("{:.0} a second, p99 {:.1} ms", outcome.rate(), outcome.p99()));
    Ok(())
}
