//! Whether refused sign-ins tell, by their looks or by their time, who has an account (ENUM-1).

use std::{
    f64::consts::FRAC_2_PI,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use super::{
    house::House,
    http::{Answer, Connection},
    table::{Line, Table},
};
use crate::steps::Result;

/// Timings of each kind (ENUM-1).
const TIMINGS: usize = 300;
/// Buffers are made and caches fill.
const WARM_UP: usize = 20;
/// So many people of each kind: whoever is tried once is never near a limit.
pub const PEOPLE: usize = WARM_UP + TIMINGS;
/// Unknown address, wrong password, disabled user.
const KINDS: usize = 3;
/// Samples of one kind are less alike than this once in a hundred times (ENUM-1).
const LEAST_P: f64 = 0.01;
/// The fifth guess shuts the door (RATE-1).
const GUESSES: usize = 5;
/// What is another in each answer.
const VARYING: [&str; 2] = ["date", "x-request-id"];

/// Compares and times the refusals, one after the other, and notes by how much they differ.
pub fn measure(table: &mut Table, house: &House) -> Result {
    let people = People::find(house)?;
    let (_server, _) = house.serve()?;
    let mut stranger = Stranger::new(house, &people);
    let took = stranger.timings()?;
    stranger.compare_waits()?;

    let medians = took.each_ref().map(|times| median(times));
    let mut sorted = medians;
    sorted.sort_by(f64::total_cmp);
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let p = pairs.map(|(one, other)| mann_whitney(&took[one], &took[other])).into_iter().fold(1.0, f64::min);
    let [unknown, wrong, disabled] = medians;
    let detail = format!("p = {p:.3}; {unknown:.2}, {wrong:.2} and {disabled:.2} ms");
    table.note(Line::RefusalsAlike, (sorted[KINDS - 1] / sorted[0] - 1.0) * 100.0, detail);
    if p <= LEAST_P {
        table.miss(Line::RefusalsAlike, format!("p = {p:.3}"));
    }
    Ok(())
}

/// Those who are refused. All are tried with one password, which is right for the disabled and for nobody else.
struct People {
    emails: [Vec<String>; KINDS],
    password: String,
}

impl People {
    fn find(house: &House) -> Result<Self> {
        let (disabled, password) = house.add_disabled(PEOPLE)?;
        let known: Vec<_> = house.emails().take(PEOPLE).map(str::to_owned).collect();
        let unknown = known.iter().map(|email| format!("no-{email}")).collect();
        Ok(Self { emails: [unknown, known, disabled], password })
    }
}

/// Somebody who guesses, each time from another place.
struct Stranger<'a> {
    house: &'a House,
    people: &'a People,
    connection: Connection,
    question: Vec<u8>,
    answer: Answer,
    guesses: usize,
}

impl<'a> Stranger<'a> {
    fn new(house: &'a House, people: &'a People) -> Self {
        let connection = Connection::new(house.address);
        Self { house, people, connection, question: Vec::new(), answer: Answer::default(), guesses: 0 }
    }

    /// Tries somebody's address; tells how long the answer took.
    fn guess(&mut self, email: &str) -> Result<Duration> {
        self.question.clear();
        self.house.ask_sign_in_of(self.guesses, email, &self.people.password, &mut self.question);
        self.guesses += 1;
        let asked = Instant::now();
        let answered = self.connection.ask(&self.question, &mut self.answer);
        let took = asked.elapsed();
        answered.map_err(|error| format!("a sign-in is not answered: {error}"))?;
        Ok(took)
    }

    /// Milliseconds of each kind. All answers look alike, or that is the error.
    fn timings(&mut self) -> Result<[Vec<f64>; KINDS]> {
        let (people, mut seen) = (self.people, None);
        let mut took: [Vec<f64>; KINDS] = Default::default();
        for (round, kind) in turns() {
            let time = self.guess(&people.emails[kind][round])?;
            self.looks_like(&mut seen, 422)?;
            if round >= WARM_UP {
                took[kind].push(time.as_secs_f64() * 1_000.0);
            }
        }
        Ok(took)
    }

    /// Whoever is guessed at too often has to wait, in the same words whether there is such a person or not.
    fn compare_waits(&mut self) -> Result {
        let (people, mut seen) = (self.people, None);
        for emails in &people.emails {
            // Each was tried once already, and the last of them a moment ago.
            for _ in 0..GUESSES {
                self.guess(&emails[PEOPLE - 1])?;
            }
            self.looks_like(&mut seen, 429)?;
        }
        Ok(())
    }

    /// An error unless the answer has this status, and is the one that was seen first, byte for byte.
    fn looks_like(&self, seen: &mut Option<Vec<u8>>, status: u16) -> Result {
        let looks = [self.answer.head_but_for(&VARYING).as_bytes(), self.answer.body.as_slice()].concat();
        let first = seen.get_or_insert_with(|| looks.clone());
        if self.answer.status == status && *first == looks {
            return Ok(());
        }
        let [one, other] = [&*first, &looks].map(|looks| String::from_utf8_lossy(looks));
        Err(format!("refused sign-ins must be alike and have the status {status}:\n{one}\nand\n{other}"))
    }
}

/// Each round has one of each kind, in an order of its own: a machine that is slower for a while is slower for all.
fn turns() -> Vec<(usize, usize)> {
    let chance = RandomState::new();
    let mut turns: Vec<_> = (0..PEOPLE).flat_map(|round| (0..KINDS).map(move |kind| (round, kind))).collect();
    turns.sort_by_cached_key(|turn| (turn.0, chance.hash_one(turn)));
    turns
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
}

/// How likely it is that two samples of one kind lie at least so far apart in rank: the two-sided p of the test by
/// Mann and Whitney (1947), by the normal approximation, corrected for ties and continuity.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let marked = |values: &[f64], is_one: bool| values.iter().map(|value| (*value, is_one)).collect::<Vec<_>>();
    let mut all = [marked(one, true), marked(other, false)].concat();
    all.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut below, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|(a, _), (b, _)| a == b) {
        let size = equal.len() as f64;
        // Equal values share the mean of the ranks that they take up.
        ranks += (below + (size + 1.0) / 2.0) * equal.iter().filter(|(_, is_one)| *is_one).count() as f64;
        ties += size.powi(3) - size;
        below += size;
    }
    let [n, m, both] = [one.len(), other.len(), all.len()].map(|count| count as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let variance = n * m / 12.0 * (both + 1.0 - ties / (both * (both - 1.0)));
    let apart = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
    if variance > 0.0 { two_tails(apart / variance.sqrt()) } else { 1.0 }
}

/// How likely a normal value lies at least `z` standard deviations from the mean, on either side: what the Taylor
/// series of the error function leaves over.
fn two_tails(z: f64) -> f64 {
    // Further out nothing is left of it in this many digits, and the series takes longer and longer.
    let z = z.min(8.0);
    let (mut term, mut sum, mut odd) = (z, z, 1.0);
    while term > sum * f64::EPSILON {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    (1.0 - sum * FRAC_2_PI.sqrt() * (-z * z / 2.0).exp()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6 * expected, "{value} is not {expected}");
    }

    #[test]
    fn ranks_tell_samples_apart_as_the_textbooks_say() {
        // From the manual of SciPy's `mannwhitneyu`, without ties.
        let (men, women) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        assert_near(mann_whitney(&men, &women), 0.111_346_886_5);
        assert_near(mann_whitney(&women, &men), 0.111_346_886_5);
        // From the manual of R's `wilcox.test`, with ties: ozone in New York in May and in August 1973.
        let may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
        let august =
            [39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85];
        assert_near(mann_whitney(&may.map(f64::from), &august.map(f64::from)), 0.000_120_807_8);
        assert_near(mann_whitney(&[7.0; 300], &[7.0; 300]), 1.0);
    }

    #[test]
    fn the_tails_of_the_normal_distribution() {
        let table = [(0.0, 1.0), (1.0, 0.317_310_508), (1.959_964, 0.05), (2.575_829_3, 0.01), (5.0, 5.733_031_4e-7)];
        for (z, p) in table {
            assert_near(two_tails(z), p);
        }
        assert!(two_tails(100.0) < 1e-12);
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!([median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 3.0, 2.0])], [2.0, 2.5]);
    }

    #[test]
    fn each_round_has_one_of_each_kind() {
        let turns = turns();
        assert_eq!(turns.len(), PEOPLE * KINDS);
        for (round, of_round) in turns.chunks(KINDS).enumerate() {
            let mut of_round = of_round.to_vec();
            of_round.sort_unstable();
            assert_eq!(of_round, [(round, 0), (round, 1), (round, 2)]);
        }
        assert!(!turns.is_sorted(), "the order is no chance");
    }
}
