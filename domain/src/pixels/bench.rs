//! Where pictures are worked on: threads of their own, always the same ones. Each thread that ever works on a picture
//! keeps memory for the next one; those of a shared pool are so many that it adds up to hundreds of megabytes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::{AT_ONCE, at_the_field};
use crate::error::{Error, Problem, Result};

type Job = Box<dyn FnOnce() + Send>;

/// The threads; they end with it.
pub struct Bench(Sender<Job>);

impl Bench {
    /// As many as there are turns.
    pub fn new() -> Self {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("picture".to_owned()).spawn(move || toil(&waiting));
            if let Err(error) = thread {
                tracing::error!(%error, "no thread for pictures");
            }
        }
        Self(jobs)
    }

    /// Works where it holds nobody up. Whatever panics on the way is a damaged picture.
    ///
    /// # Errors
    /// The work's own; [`Error::Busy`] where there is nobody to do it.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (done, result) = oneshot::channel();
        let job = move || {
            // Whoever waited may have gone.
            let _ = done.send(work());
        };
        self.0.send(Box::new(job)).map_err(|_| Error::Busy)?;
        result.await.unwrap_or_else(|_| Err(at_the_field(Problem::Damaged)))
    }
}

fn toil(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::warn!("a decoder panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_panics_is_told_and_the_next_one_is_served() {
        let bench = Bench::new();
        for _ in 0..3 * AT_ONCE {
            let outcome: Result<()> = bench.work(|| panic!("a decoder's fault")).await;
            assert_eq!(outcome, Err(at_the_field(Problem::Damaged)));
        }
        assert_eq!(bench.work(|| Ok(7)).await, Ok(7));
    }
}
