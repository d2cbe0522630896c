//! Uploads against the real program: who sends too much gets to read why, and the connection is as good as before
//! (UPL-1).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use domain::clock::{Clock, Rng};
use domain::secrets::token::Token;
use domain::store::open::DatabaseUrl;
use domain::store::sessions::{self, NewSession};
use domain::store::users;

use crate::support::pictures::{jpeg, quarters};
use crate::support::program::{Program, Serving};
use crate::support::{JSON, UPLOAD, form_with, raw};

/// A session of Olivia in the demo, as a cookie.
fn session(program: &Program) -> String {
    session_of(program, "olivia@acme.example")
}

/// A session of somebody in the demo, as a cookie.
fn session_of(program: &Program, email: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = DatabaseUrl::Sqlite(program.data().join("selfsame.db")).open().await.expect("the database");
        let user = users::by_email(&db, email).await.expect("a read").expect("a user");
        let token = Token::new(&Rng::System);
        let row = NewSession {
            id: email,
            token_hash: &token.hash(),
            user_id: &user.id,
            method: "",
            browser: "",
            address: "",
        };
        let mut tx = db.begin().await.expect("a transaction");
        sessions::insert(&mut tx, &row, Clock::system().now()).await.expect("inserted");
        tx.commit().await.expect("committed");
        db.close().await;
        format!("selfsame-session={}", token.reveal())
    })
}

/// The head of an upload; `length` is its header for the length of the body.
fn head(serving: &Serving, cookie: &str, length: &str) -> String {
    let host = serving.address;
    format!(
        "POST /account/picture HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nAccept: {JSON}\r\n\
         Cookie: {cookie}\r\nContent-Type: {UPLOAD}\r\n{length}\r\n\r\n"
    )
}

/// Reads one answer, and leaves the connection open: its status, and its body.
fn answer(from: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut status, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        from.read_line(&mut line).expect("a line");
        if status.is_empty() {
            status = line.split(' ').nth(1).unwrap_or("").to_owned();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).expect("the body");
    (status, String::from_utf8(body).expect("UTF-8"))
}

/// That a connection still serves.
fn assert_alive(serving: &Serving, stream: &mut TcpStream, answers: &mut BufReader<TcpStream>) {
    let live = format!("GET /health/live HTTP/1.1\r\nHost: {}\r\n\r\n", serving.address);
    stream.write_all(live.as_bytes()).expect("it reads");
    assert_eq!(answer(answers).0, "200");
}

#[test]
fn who_sends_too_much_reads_why_on_a_connection_that_goes_on() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let session = session(&program);
    let ours = session.as_str();
    let mut long = jpeg(&quarters(60, 40));
    long.resize(9 << 20, 0);
    let file = |bytes: &[u8]| form_with("picture", "me.jpg", bytes);
    let nobody = "selfsame-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let mut stream = serving.connect();
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    for (cookie, body, status, said) in [
        (ours, file(&jpeg(&quarters(60, 40))), "200", "null"),
        (ours, file(&long), "413", r#"{"Invalid":[["Picture",{"FileTooLarge":{"max_mib":8}}]]}"#),
        (ours, file(&vec![b'x'; 4 << 20]), "415", r#"{"Invalid":[["Picture","NotAPicture"]]}"#),
        (nobody, file(&long), "401", r#""SignedOut""#),
        (ours, file(&jpeg(&quarters(60, 40))), "200", "null"),
    ] {
        let length = format!("Content-Length: {}", body.len());
        stream.write_all(head(&serving, cookie, &length).as_bytes()).expect("it reads");
        stream.write_all(&body).expect("it reads to the end");
        assert_eq!(answer(&mut answers), (status.to_owned(), said.to_owned()));
        assert_alive(&serving, &mut stream, &mut answers);
    }
}

/// Runs a statement; says the number of rows, or the number that it asks for.
fn number(program: &Program, sql: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = DatabaseUrl::Sqlite(program.data().join("selfsame.db")).open().await.expect("the database");
        let number = if sql.starts_with("SELECT") {
            raw::number(&db, sql).await
        } else {
            i64::try_from(raw::run(&db, sql).await.expect("done")).expect("few")
        };
        db.close().await;
        number
    })
}

#[test]
fn an_upload_of_somebody_who_is_out_meanwhile_comes_to_nothing() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let form = form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)));
    let (first, rest) = form.split_at(form.len() / 2);
    for (email, disabled) in [("una@acme.example", true), ("max@acme.example", false)] {
        let cookie = session_of(&program, email);
        let mut stream = serving.connect();
        let length = format!("Content-Length: {}", form.len());
        stream.write_all(&[head(&serving, &cookie, &length).as_bytes(), first].concat()).expect("it reads");
        thread::sleep(std::time::Duration::from_millis(500));
        if disabled {
            program.must(&["user", "disable", email]);
        } else {
            assert_eq!(number(&program, "DELETE FROM sessions"), 1);
        }
        stream.write_all(rest).expect("it reads to the end");
        let (status, said) = answer(&mut BufReader::new(stream));
        assert_eq!((status.as_str(), said.as_str()), ("401", "\"SignedOut\""), "{email}");
    }
    assert_eq!(number(&program, "SELECT COUNT(*) FROM pictures"), 0);
    assert_eq!(number(&program, "SELECT COUNT(*) FROM activity WHERE kind = 'picture_set'"), 0);
}

#[test]
fn an_upload_that_is_endless_is_answered_and_then_cut_short() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let cookie = session(&program);
    let mut stream = serving.connect();
    let form = form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)));
    let first = &form[..form.len() - 100];
    let begin = format!("{}{:x}\r\n", head(&serving, &cookie, "Transfer-Encoding: chunked"), first.len());
    stream.write_all(&[begin.as_bytes(), first, b"\r\n"].concat()).expect("it reads");
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let mut writing = stream.try_clone().expect("a second handle");
    let writer = thread::spawn(move || (0..50_000).take_while(|_| writing.write_all(chunk.as_bytes()).is_ok()).count());
    let (status, said) = answer(&mut BufReader::new(stream));
    assert_eq!((status.as_str(), said.contains("FileTooLarge")), ("413", true), "{said}");
    // 8 MiB, 64 more after the answer, and what lies in between.
    let sent = writer.join().expect("an end");
    assert!(sent < 12_000, "{sent} chunks were taken");
    assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn an_upload_that_rests_is_cut_off_and_holds_nobody_up() {
    let program = Program::new();
    let serving = &program.serve(&["--demo"]);
    let cookie = session(&program);
    let form = form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)));
    let begin = [head(serving, &cookie, "Content-Length: 100000").as_bytes(), &form[..form.len() - 100]].concat();
    thread::scope(|scope| {
        // As many as there are places for.
        let resting: Vec<_> = (0..32)
            .map(|_| {
                let begin = &begin;
                scope.spawn(move || {
                    let start = Instant::now();
                    let mut stream = serving.connect();
                    stream.write_all(begin).expect("it reads");
                    (answer(&mut BufReader::new(stream)).0, start.elapsed().as_secs())
                })
            })
            .collect();
        thread::sleep(std::time::Duration::from_secs(2));
        let mut stream = serving.connect();
        stream.write_all(head(serving, &cookie, "Content-Length: 0").as_bytes()).expect("it reads");
        assert_eq!(answer(&mut BufReader::new(stream)), ("503".to_owned(), "\"Busy\"".to_owned()));
        assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
        for upload in resting {
            let (status, seconds) = upload.join().expect("an end");
            assert!(status == "408" && (9..=14).contains(&seconds), "{status} after {seconds} s");
        }
    });
    let mut stream = serving.connect();
    let length = format!("Content-Length: {}", form.len());
    stream.write_all(&[head(serving, &cookie, &length).as_bytes(), &form].concat()).expect("it reads");
    assert_eq!(answer(&mut BufReader::new(stream)).0, "200", "the places are free again");
}
