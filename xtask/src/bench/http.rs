//! One keep-alive connection that speaks just enough HTTP/1.1 to load a server on this machine.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How it shows that the other end has gone.
const GONE: [ErrorKind; 4] =
    [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe];

/// A connection to one server.
pub struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back; kept and filled anew for the next question.
#[derive(Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    head: String,
    /// The body as it was sent, compressed or not.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The head as it came, but for the values of these headers.
    pub fn head_but_for(&self, names: &[&str]) -> String {
        let lines = self.head.lines().map(|line| match line.split_once(':') {
            Some((field, _)) if names.iter().any(|name| name.eq_ignore_ascii_case(field)) => field,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Connection {
    /// Connects with the first question.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a whole request and takes the whole answer.
    pub fn ask(&mut self, question: &[u8], answer: &mut Answer) -> io::Result<()> {
        let rested = self.stream.is_some();
        let mut done = self.exchange(question, answer);
        // A server may let go of a connection that has rested.
        if rested && done.as_ref().is_err_and(|error| GONE.contains(&error.kind())) {
            self.stream = None;
            done = self.exchange(question, answer);
        }
        if done.is_err() || answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        done
    }

    fn exchange(&mut self, question: &[u8], answer: &mut Answer) -> io::Result<()> {
        if self.stream.is_none() {
            self.stream = Some(connect(self.address)?);
        }
        let Some(stream) = &mut self.stream else { return Err(ErrorKind::NotConnected.into()) };
        stream.get_mut().write_all(question)?;
        answer.head.clear();
        answer.body.clear();
        loop {
            let start = answer.head.len();
            line(stream, &mut answer.head)?;
            if answer.head[start..].trim_end().is_empty() {
                break;
            }
        }
        let status = answer.head.split(' ').nth(1).and_then(|status| status.parse().ok());
        answer.status = status.ok_or(ErrorKind::InvalidData)?;
        if answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return chunks(stream, &mut answer.body);
        }
        let length = answer.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        take(stream, &mut answer.body, length)
    }
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::with_capacity(32 * 1024, stream))
}

fn line(stream: &mut BufReader<TcpStream>, text: &mut String) -> io::Result<()> {
    if stream.read_line(text)? == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

fn take(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let start = body.len();
    body.resize(start + length, 0);
    stream.read_exact(&mut body[start..])
}

fn chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    let mut size = String::new();
    loop {
        size.clear();
        line(stream, &mut size)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| ErrorKind::InvalidData)?;
        take(stream, body, length)?;
        // Each chunk ends with a line, and so does the list of them.
        stream.read_exact(&mut [0; 2])?;
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn answers_of_known_length_and_in_chunks_come_over_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("one connection");
            for answer in [
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x\r\nf\r\n0\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
            ] {
                stream.read_exact(&mut [0; 5]).expect("a question");
                stream.write_all(answer.as_bytes()).expect("an answer");
            }
        });
        let (mut connection, mut answer) = (Connection::new(address), Answer::default());
        let mut ask = || {
            connection.ask(b"12345", &mut answer).expect("an answer");
            (answer.status, String::from_utf8_lossy(&answer.body).into_owned(), answer.header("etag").is_some())
        };
        assert_eq!(ask(), (200, "abc".to_owned(), false));
        assert_eq!(ask(), (404, "def".to_owned(), false));
        assert_eq!(ask(), (304, String::new(), true));
        server.join().expect("no panic");
    }

    #[test]
    fn heads_can_be_compared_but_for_what_is_another_in_each() {
        let head = "HTTP/1.1 200 OK\r\nDate: now\r\nETag: x\r\n\r\n".to_owned();
        let answer = Answer { head, ..Answer::default() };
        assert_eq!(answer.head_but_for(&["date"]), "HTTP/1.1 200 OK\nDate\nETag: x\n");
    }
}
