//! Sign-ins as far as the password goes, beside bare hashes of the same cost; and how quickly a server is there.

use std::time::Duration;

use super::{
    house::{ARGON2, House},
    load::{Load, Outcome},
    table::{Line, Table},
};
use crate::steps::{Result, capture};

const CONNECTIONS: usize = 8;
const TIME: Duration = Duration::from_secs(8);
const STARTS: usize = 5;
/// Whoever has signed in while pages were measured has had a mail within the minute, and would not get another.
const UNUSED: usize = 5_000;

/// Signs in one person after the other, from `first` on.
pub fn load(house: &House, first: usize, time: Duration) -> Result<Outcome> {
    let most = house.sessions().saturating_sub(first);
    let load = Load { address: house.address, connections: CONNECTIONS, time, first, most };
    load.run(|turn, out| house.ask_sign_in(turn, out), House::is_half_in)
}

/// Measures them, with as many hashes before as after.
pub fn measure(table: &mut Table, house: &House) -> Result {
    let before = hashes(house)?;
    let (server, _) = house.serve()?;
    let (outcome, memory) = server.memory_during(|| load(house, UNUSED, TIME))?;
    drop(server);
    let bare = (before + hashes(house)?) / 2.0;
    let [memory_kib, time, parallelism] = ARGON2.map(|(_, value)| value);
    let rate = outcome.rate();
    let detail = format!("{rate:.1} of {bare:.1} a second at m={memory_kib}, t={time}, p={parallelism}");
    table.note(Line::SignIn, rate / bare * 100.0, detail);
    table.note(Line::MemorySignIns, memory, "");
    Ok(())
}

fn hashes(house: &House) -> Result<f64> {
    let said = capture(house.command("bench-hash").args(["--seconds", &(TIME.as_secs() / 2).to_string()]))?;
    said.trim().parse().map_err(|_| format!("bench-hash said {said:?}"))
}

/// Starts the server some times, and notes the median.
pub fn measure_starts(table: &mut Table, house: &House) -> Result {
    let mut took = (0..STARTS)
        .map(|_| house.serve().map(|(_, took)| took.as_secs_f64() * 1_000.0))
        .collect::<Result<Vec<f64>>>()?;
    took.sort_by(f64::total_cmp);
    table.note(Line::Start, took[STARTS / 2], format!("{:.0} to {:.0} ms", took[0], took[STARTS - 1]));
    Ok(())
}
