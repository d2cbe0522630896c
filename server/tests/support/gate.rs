//! A gate in front of a server: what goes through it can be cut off, or be held up without a word.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const OPEN: u8 = 0;
/// Connections end, and new ones end at once.
const SHUT: u8 = 1;
/// Connections stay and are made, and nothing comes through.
const STUCK: u8 = 2;

/// The gate; it stands open until it is told otherwise, and is shut for good when the value goes.
pub struct Gate {
    pub port: u16,
    way: Arc<Way>,
}

struct Way {
    to: String,
    state: AtomicU8,
    /// How many connections there have been, and how many of them are lost.
    made: AtomicUsize,
    lost: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

impl Gate {
    /// A gate in front of `host:port`.
    pub fn before(to: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let way = Arc::new(Way {
            to: to.to_owned(),
            state: AtomicU8::new(OPEN),
            made: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            streams: Mutex::default(),
        });
        let own = Arc::clone(&way);
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| own.admit(stream)));
        Self { port, way }
    }

    pub fn open(&self) {
        self.way.state.store(OPEN, Ordering::SeqCst);
    }

    pub fn shut(&self) {
        self.way.state.store(SHUT, Ordering::SeqCst);
        for stream in self.way.streams.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// As a router does that has forgotten them: nothing comes through the connections there are, and nobody says so.
    pub fn forget(&self) {
        self.way.lost.store(self.way.made.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub fn stick(&self) {
        self.way.state.store(STUCK, Ordering::SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Way {
    fn is(&self, state: u8) -> bool {
        self.state.load(Ordering::SeqCst) == state
    }

    fn admit(self: &Arc<Self>, from: TcpStream) {
        if self.is(SHUT) {
            return;
        }
        let address = self.to.to_socket_addrs().ok().and_then(|mut all| all.next()).expect("an address");
        let Ok(to) = TcpStream::connect(address) else { return };
        let pairs =
            [(&from, &to), (&to, &from)].map(|(one, other)| Some((one.try_clone().ok()?, other.try_clone().ok()?)));
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).extend([from, to]);
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        for (one, other) in pairs.into_iter().flatten() {
            let own = Arc::clone(self);
            thread::spawn(move || own.carry(number, one, other));
        }
    }

    fn is_stuck(&self, number: usize) -> bool {
        self.is(STUCK) || !self.is(SHUT) && number < self.lost.load(Ordering::SeqCst)
    }

    fn carry(&self, number: usize, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 8 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            while self.is_stuck(number) {
                thread::sleep(Duration::from_millis(10));
            }
            if self.is(SHUT) || to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}
