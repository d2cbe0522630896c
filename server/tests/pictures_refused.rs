//! Uploads that come to nothing: each is told why, and the former picture stays (UPL-1 to UPL-3).

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Method;
use domain::{Error, Field, Problem};
use hyper::body::Frame;
use tokio::task::JoinSet;

use crate::support::pictures::{BLUE, GREEN, RED, YELLOW, jpeg, plain, quarters, seen};
use crate::support::raw::texts;
use crate::support::{Browser, JSON, Stage, UPLOAD, both, form_with};

/// A body that comes in pieces, and then ends, breaks off, or goes on with its last piece for ever.
struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    end: End,
    /// How many pieces were taken.
    taken: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Ends,
    BreaksOff,
    Never,
}

impl Pieces {
    fn body(pieces: impl IntoIterator<Item = Vec<u8>>, end: End) -> (Body, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let pieces = Self { pieces: pieces.into_iter().collect(), end, taken: Arc::clone(&taken) };
        (Body::new(pieces), taken)
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        let is_last = self.pieces.len() == 1 && self.end == End::Never;
        let piece = if is_last { self.pieces.front().cloned() } else { self.pieces.pop_front() };
        Poll::Ready(match piece {
            Some(piece) => Some(Ok(Frame::data(piece.into()))),
            None if self.end == End::BreaksOff => Some(Err("the connection is gone")),
            None => None,
        })
    }
}

/// A form with a picture that is sound.
fn form() -> Vec<u8> {
    form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)))
}

/// The start of a form whose file begins like a JPEG.
fn begun() -> Vec<u8> {
    let whole = form();
    whole[..whole.len() - 200].to_vec()
}

/// Somebody who has a picture, and its id.
async fn pictured(stage: &Stage) -> (Browser, Vec<String>) {
    let mut olivia = stage.signed_in("olivia").await;
    assert_eq!(olivia.upload(form()).await.status, 200);
    let id = texts(&stage.db, "SELECT id FROM pictures").await;
    (olivia, id)
}

fn at_the_field(problem: Problem) -> Error {
    Error::at(Field::Picture, problem)
}

const TOO_LARGE: Problem = Problem::FileTooLarge { max_mib: 8 };

both! {
    async fn as_data_each_refusal_has_its_status(stage: Stage) {
        let (mut olivia, before) = pictured(&stage).await;
        let mut long = jpeg(&quarters(60, 40));
        long.resize(9 << 20, 0);
        let cases: [(&str, &[u8], u16, Problem); 8] = [
            ("", b"", 422, Problem::NoPicture),
            ("me.png", b"", 422, Problem::EmptyFile),
            ("me.png", b"%PDF-1.7\n<<>>\n%%EOF", 415, Problem::NotAPicture),
            ("me.jpg", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", 415, Problem::NotAPicture),
            ("me.jpg", b"GIF89a\x01\0\x01\0\0\0;", 415, Problem::NotAPicture),
            ("me.png", b"short", 415, Problem::NotAPicture),
            ("me.png", b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>", 422, Problem::Damaged),
            ("me.jpg", &long, 413, TOO_LARGE),
        ];
        for (file_name, file, status, problem) in cases {
            let answer = olivia.upload(form_with("picture", file_name, file)).await;
            assert_eq!((answer.status, answer.refused()), (status, at_the_field(problem)), "{problem:?}");
            assert_eq!((answer.header("content-type"), answer.header("cache-control")), (JSON, "no-store"));
            assert_eq!(texts(&stage.db, "SELECT id FROM pictures").await, before, "{problem:?}");
        }
        assert_eq!(olivia.upload(form()).await.status, 200);
    }

    async fn a_file_name_is_of_no_account(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let file = jpeg(&quarters(60, 40));
        let long = "x".repeat(5_000);
        for name in ["../../../etc/passwd", "me.svg", "a\\\"b", "%0D%0Aa: b", "ü\u{202e}gpj", "..", long.as_str()] {
            let answer = olivia.upload(form_with("picture", name, &file)).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "null"), "{name}");
        }
        // A line break in a name begins another header, which is no header.
        let answer = olivia.upload(form_with("picture", "a\r\nb\r\n\r\n.png", &file)).await;
        assert!([400, 415].contains(&answer.status), "{}: {}", answer.status, answer.body);
    }

    async fn what_is_no_such_form_is_a_bad_request(stage: Stage) {
        let (mut olivia, before) = pictured(&stage).await;
        for kind in [
            "",
            "multipart/form-data",
            "multipart/form-data; boundary",
            "multipart/mixed; boundary=----between",
            "application/x-www-form-urlencoded",
            "image/jpeg",
            // Nobody would look for these in a body; but then there is no picture either.
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"",
        ] {
            let headers = [("accept", JSON), ("content-type", kind), ("sec-fetch-site", "same-origin")];
            let answer = olivia.ask(Method::POST, "/account/picture", &headers, form()).await;
            let no_picture = kind.contains('=') && answer.refused() == at_the_field(Problem::NoPicture);
            assert!(answer.refused() == Error::BadRequest || no_picture, "{kind}: {}", answer.body);
        }
        let whole = form();
        for (body, expected) in [
            (Vec::new(), Error::BadRequest),
            (b"nothing of the kind".to_vec(), Error::BadRequest),
            (b"------between\r\n\r\n".to_vec(), Error::BadRequest),
            (whole[..60].to_vec(), Error::BadRequest),
            // Cut off in the file, and just before the end of the form.
            (whole[..whole.len() - 200].to_vec(), Error::BadRequest),
            (whole[..whole.len() - 20].to_vec(), Error::BadRequest),
            (b"------between--\r\n".to_vec(), at_the_field(Problem::NoPicture)),
            (form_with("portrait", "me.jpg", &jpeg(&quarters(60, 40))), at_the_field(Problem::NoPicture)),
        ] {
            let length = body.len();
            let answer = olivia.upload(body).await;
            assert_eq!((answer.status, answer.refused()), (expected.status(), expected), "{length}");
        }
        assert_eq!(texts(&stage.db, "SELECT id FROM pictures").await, before);
    }

    async fn a_body_that_is_too_long_is_not_taken_to_its_end(stage: Stage) {
        let (mut olivia, before) = pictured(&stage).await;
        // Announced: nothing of it is read before the answer.
        let headers = [
            ("accept", JSON),
            ("content-type", UPLOAD),
            ("sec-fetch-site", "same-origin"),
            ("content-length", "9437184"),
        ];
        let (body, _) = Pieces::body([begun()], End::BreaksOff);
        let answer = olivia.ask(Method::POST, "/account/picture", &headers, body).await;
        assert_eq!((answer.status, answer.refused()), (413, at_the_field(TOO_LARGE)));
        // Endless, of a file, of what comes before one, and of what no picture begins with.
        let head = |name: &str, file: &[u8]| form_with(name, "me.jpg", file)[..120 + name.len()].to_vec();
        let picture = head("picture", &[&b"\xff\xd8\xff\xe0"[..], &[0; 500]].concat());
        for (first, status, problem) in [
            (picture, 413, TOO_LARGE),
            (head("another", &[0; 500]), 413, TOO_LARGE),
            (b"before the first part".to_vec(), 413, TOO_LARGE),
            (head("picture", &[0; 500]), 415, Problem::NotAPicture),
        ] {
            let (body, taken) = Pieces::body([first, vec![0; 16 * 1024]], End::Never);
            let answer = olivia.upload(body).await;
            assert_eq!((answer.status, answer.refused()), (status, at_the_field(problem)));
            // 8 MiB, and 64 more that are read and thrown away after the answer.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(taken.load(Ordering::Relaxed) <= 4_700, "{} pieces were taken", taken.load(Ordering::Relaxed));
        }
        assert_eq!(texts(&stage.db, "SELECT id FROM pictures").await, before);
    }

    async fn a_connection_that_is_lost_half_way_changes_nothing(stage: Stage) {
        let (mut olivia, before) = pictured(&stage).await;
        for pieces in [vec![begun()], vec![], vec![form()[..50].to_vec()]] {
            let (body, _) = Pieces::body(pieces, End::BreaksOff);
            assert_eq!(olivia.upload(body).await.status, 408);
        }
        let (body, _) = Pieces::body([begun()], End::Ends);
        assert_eq!(olivia.upload(body).await.refused(), Error::BadRequest);
        assert_eq!(texts(&stage.db, "SELECT id FROM pictures").await, before);
        // A form may come in pieces as small as they can be, the boundary between them too.
        let (body, _) = Pieces::body(form().into_iter().map(|byte| vec![byte]), End::Ends);
        assert_eq!(olivia.upload(body).await.status, 200);
    }

    async fn of_twenty_at_once_one_stays_and_others_are_served_meanwhile(stage: Stage) {
        let (olivia, _) = pictured(&stage).await;
        let mut all = JoinSet::new();
        for n in 0..20 {
            let (mut olivia, colour) = (olivia.clone(), [RED, GREEN, BLUE, YELLOW][n % 4]);
            let form = form_with("picture", "me.jpg", &jpeg(&plain(200, 150, colour)));
            all.spawn(async move { olivia.upload(form).await });
        }
        assert_eq!(stage.browser().page("/sign-in").await.status, 200);
        for answer in all.join_all().await {
            match answer.status {
                200 => assert_eq!(answer.body, "null"),
                _ => assert_eq!((answer.refused(), answer.header("retry-after")), (Error::Busy, "2")),
            }
        }
        let ids = texts(&stage.db, "SELECT id FROM pictures").await;
        let [id] = &ids[..] else { panic!("{ids:?}") };
        let mut olivia = olivia.clone();
        let [large, small] = [512, 96].map(|side| format!("/pictures/{id}/{side}"));
        let (large, small) = (olivia.page(&large).await, olivia.page(&small).await);
        assert_eq!(seen(&large.bytes), seen(&small.bytes), "the squares of two pictures");
    }

    async fn a_place_is_free_again_after_each_upload(stage: Stage) {
        let (mut olivia, _) = pictured(&stage).await;
        for n in 0..40 {
            let answer = olivia.upload(form_with("picture", "me.png", b"no picture at all")).await;
            assert_eq!(answer.status, 415, "{n}");
        }
        assert_eq!(olivia.upload(form()).await.status, 200);
    }
}
