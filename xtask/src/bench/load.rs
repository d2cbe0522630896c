//! Many connections that ask one question after the other, and how long the answers took.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::http::{Answer, Connection};
use crate::steps::Result;

/// A connection that was refused so often gives up.
const REFUSALS: usize = 20;

/// Who asks whom, how long.
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// How many ask at the same time.
    pub connections: usize,
    /// How long they go on.
    pub time: Duration,
    /// The number of the first question.
    pub first: usize,
    /// No more questions than these.
    pub most: usize,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    seconds: f64,
    took: Vec<Duration>,
    refused: usize,
    example: Option<String>,
}

impl Load {
    /// Asks. `question` writes the request of a number, `right` knows a right answer.
    pub fn run(
        &self,
        question: impl Fn(usize, &mut Vec<u8>) + Sync,
        right: impl Fn(&Answer) -> bool + Sync,
    ) -> Result<Outcome> {
        let (next, start) = (AtomicUsize::new(0), Instant::now());
        let end = start + self.time;
        let mut whole = Outcome::default();
        thread::scope(|scope| {
            let one = || self.ask(&next, end, &question, &right);
            let asking: Vec<_> = (0..self.connections).map(|_| scope.spawn(one)).collect();
            for part in asking {
                whole.add(part.join().expect("asking does not panic"));
            }
        });
        whole.seconds = start.elapsed().as_secs_f64();
        let Outcome { took, refused, example, .. } = &whole;
        // A few may fail on a machine that is busy; more would make the measure worthless.
        if took.is_empty() || refused * 100 > took.len() {
            let example = example.as_deref().unwrap_or("none came in time");
            return Err(format!("{refused} of {} answers were not right ({example})", took.len() + refused));
        }
        Ok(whole)
    }

    fn ask(
        &self,
        next: &AtomicUsize,
        end: Instant,
        question: &impl Fn(usize, &mut Vec<u8>),
        right: &impl Fn(&Answer) -> bool,
    ) -> Outcome {
        let (mut connection, mut answer) = (Connection::new(self.address), Answer::default());
        let (mut bytes, mut outcome) = (Vec::new(), Outcome::default());
        while Instant::now() < end && outcome.refused < REFUSALS {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= self.most {
                break;
            }
            bytes.clear();
            question(self.first + turn, &mut bytes);
            let asked = Instant::now();
            let wrong = match connection.ask(&bytes, &mut answer) {
                Ok(()) if right(&answer) => {
                    outcome.took.push(asked.elapsed());
                    continue;
                }
                Ok(()) => format!("status {} {}", answer.status, answer.header("location").unwrap_or_default()),
                Err(error) => error.to_string(),
            };
            outcome.refused += 1;
            outcome.example = Some(wrong);
        }
        outcome
    }
}

impl Outcome {
    /// Takes in what came of more of the same.
    pub fn add(&mut self, more: Self) {
        self.seconds += more.seconds;
        self.took.extend(more.took);
        self.refused += more.refused;
        self.example = self.example.take().or(more.example);
    }

    /// How many answers were right.
    pub fn count(&self) -> usize {
        self.took.len()
    }

    /// How many that makes a second.
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.seconds
    }

    /// In how many milliseconds 99 of 100 answers were there.
    pub fn p99(&self) -> f64 {
        let mut took = self.took.clone();
        took.sort_unstable();
        let index = (took.len() * 99).div_ceil(100).saturating_sub(1);
        took.get(index).map_or(f64::NAN, |took| took.as_secs_f64() * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_nine_of_a_hundred() {
        let took = (1..=200).rev().map(Duration::from_millis).collect();
        let outcome = Outcome { took, seconds: 4.0, ..Outcome::default() };
        assert_eq!((outcome.p99(), outcome.rate()), (198.0, 50.0));
    }
}
