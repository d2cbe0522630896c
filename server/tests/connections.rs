//! Connections that are slow, idle or too large, against the real program (S8, WEB-9).

use std::io::{Read as _, Write as _};
use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::program::{Program, Serving, rest_of};

/// About ten seconds, on a machine that has other things to do as well.
const TEN: RangeInclusive<u64> = 9..=14;

/// Begins a request and then sends no more than a letter now and then; says what came back, and after how long.
fn begun(serving: &Serving, begin: &str, drip: Option<Duration>) -> (String, u64) {
    let start = Instant::now();
    let mut stream = serving.connect();
    stream.write_all(begin.as_bytes()).expect("it reads");
    if let Some(pause) = drip {
        let mut writing = stream.try_clone().expect("a second handle");
        thread::spawn(move || {
            for _ in 0..60 * 1_000 / pause.as_millis() {
                thread::sleep(pause);
                if writing.write_all(b"a").is_err() {
                    return;
                }
            }
        });
    }
    let answer = rest_of(&mut stream);
    (answer, start.elapsed().as_secs())
}

fn form(serving: &Serving, accept: &str, length: usize) -> String {
    let host = serving.address;
    format!(
        "POST /do/sign_in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nAccept: {accept}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\nemail="
    )
}

#[test]
fn who_is_slow_is_cut_off_and_holds_nobody_up() {
    let program = Program::new();
    let serving = &program.serve(&["--demo"]);
    let head = format!("GET /sign-in HTTP/1.1\r\nHost: {}\r\nX-Slow: ", serving.address);
    let pause = Some(Duration::from_millis(400));
    thread::scope(|scope| {
        let dripping = scope.spawn(|| begun(serving, &head, pause));
        let silent = scope.spawn(|| begun(serving, "", None));
        let half = scope.spawn(|| begun(serving, &head, None));
        let bodies = ["text/html", "application/json"].map(|accept| {
            let begin = form(serving, accept, 100);
            scope.spawn(move || begun(serving, &begin, None))
        });
        let begin = form(serving, "application/json", 10_000);
        let trickle = scope.spawn(move || begun(serving, &begin, pause));

        // Meanwhile others are served as if nothing was.
        for _ in 0..20 {
            let start = Instant::now();
            assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
            thread::sleep(Duration::from_millis(100));
        }
        for (what, connection) in [("a dripping head", dripping), ("silence", silent), ("half a head", half)] {
            let (answer, seconds) = connection.join().expect("an end");
            assert!(TEN.contains(&seconds), "{what}: {seconds} s");
            assert!(!answer.contains("200 OK"), "{what}: {answer}");
        }
        for connection in bodies {
            let (answer, seconds) = connection.join().expect("an end");
            assert!(TEN.contains(&seconds), "a body that rests: {seconds} s");
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        }
        let (answer, seconds) = trickle.join().expect("an end");
        assert!((10..=34).contains(&seconds), "a body that trickles: {seconds} s");
        assert!(answer.starts_with("HTTP/1.1 408 ") || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    });
}

#[test]
fn a_head_has_room_for_16_kib() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let host = serving.address;
    let with = |path: &str, headers: &str| {
        let answer = serving.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"));
        answer.lines().next().unwrap_or("").to_owned()
    };
    let long = |length: usize| format!("X-Long: {}\r\n", "x".repeat(length));
    assert_eq!(with("/sign-in", &long(15_000)), "HTTP/1.1 200 OK");
    assert_eq!(with("/sign-in", &long(17_000)), "HTTP/1.1 431 Request Header Fields Too Large");
    assert_eq!(with(&format!("/{}", "x".repeat(17_000)), ""), "HTTP/1.1 431 Request Header Fields Too Large");
    assert_eq!(with("/sign-in", &"X: y\r\n".repeat(200)), "HTTP/1.1 431 Request Header Fields Too Large");
    assert_eq!(with("/sign-in", ""), "HTTP/1.1 200 OK", "it is still there");
}

#[test]
fn what_is_no_request_is_refused_and_the_program_lives() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let host = serving.address;
    for (request, status) in [
        ("GET /sign-in HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), "421"),
        (format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), "421"),
        ("GET /sign-in HTTP/1.0\r\n\r\n".to_owned(), "421"),
        (format!("GET nowhere HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), "400"),
        (format!("GET * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), "400"),
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        (format!("TRACE / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), "405"),
        (format!("POST /do/sign_in HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n"), "400"),
        (format!("POST /sign-out HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), "403"),
    ] {
        let answer = serving.ask(&request);
        let line = answer.lines().next().unwrap_or("");
        assert_eq!(line.split(' ').nth(1), Some(status), "{request}: {answer}");
    }
    let mut stream = serving.connect();
    stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0xff, 0x00]).expect("it reads");
    rest_of(&mut stream);
    assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn a_form_that_is_endless_is_cut_short() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let host = serving.address;
    let mut stream = serving.connect();
    let head = format!(
        "POST /do/sign_in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nAccept: text/html\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let mut writing = stream.try_clone().expect("a second handle");
    let writer = thread::spawn(move || (0..10_000).take_while(|_| writing.write_all(chunk.as_bytes()).is_ok()).count());
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
    // It is not read on for as long as somebody goes on sending.
    drop(stream);
    let sent = writer.join().expect("an end");
    assert!(sent < 2_000, "{sent} chunks were taken");
    assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
}
