//! Profile pictures on the network: taken as a file of a form, piece by piece, and shown to those who may see them
//! (UPL-1, UPL-5).

use std::fs::File;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use app::flash::Flash;
use app::place::Asked;
use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::Field as Part;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::actor::Actor;
use domain::flows::picture as flow;
use domain::picture::{BYTES_MAX, Format, HEAD, LARGE, SMALL, TOO_LARGE};
use domain::{Error, Field, Problem};
use hyper::body::Frame;
use tokio::io::AsyncWriteExt as _;

use crate::asked::{accepts_html, append};
use crate::guard::FORM_MAX;
use crate::{House, forms, plain};

/// Where a picture is sent.
pub const UPLOAD: &str = "/account/picture";
/// So many uploads may be under way at a time.
pub const AT_ONCE: usize = 32;
/// The most bytes of a form around its file.
const AROUND: u64 = FORM_MAX as u64;
/// The most bytes that are handed on at a time.
const PIECE: usize = 64 * 1024;
/// How long the rest of a refused upload is read, and how much of it, in bytes: a browser that has not sent it all
/// would see a broken connection in place of the answer.
const REST: Duration = Duration::from_secs(10);
const REST_MAX: usize = 64 * 1024 * 1024;

/// `GET /pictures/{id}/{side}`: a square, for those who may see it; for everybody else there is none.
pub async fn show(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let (Some(actor), Ok(Path((id, side)))) = (asked.actor, path) else { return StatusCode::NOT_FOUND.into_response() };
    let side = [LARGE, SMALL].into_iter().find(|known| known.to_string() == side).unwrap_or(0);
    let square = match flow::square(&house.backend, &actor, &id, side).await {
        Ok(square) => square,
        Err(error) => return plain::status_of(&error).into_response(),
    };
    let headers = [
        (CONTENT_TYPE, "image/jpeg"),
        (CONTENT_DISPOSITION, "inline; filename=\"picture.jpg\""),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        // Another picture has another URL.
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    (headers, square).into_response()
}

/// `POST /account/picture`: sets the picture of whoever is signed in. With JavaScript the answer is data, without it
/// leads back to the page of the form.
pub async fn upload(State(house): State<House>, Extension(asked): Extension<Asked>, request: Request) -> Response {
    let (headers, whose) = (request.headers().clone(), forms::whose(&asked));
    let source = Source::default();
    let request = request.map(|body| source.of(body));
    let refused = match set(&house, asked.actor.as_ref(), request, &source).await {
        Ok(()) => None,
        Err(Refused::Because(error)) => Some(error.numbered(&asked.number)),
        Err(Refused::BrokenOff) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    source.drain();
    if accepts_html(&headers) {
        let back = forms::back(&house, &headers);
        return forms::led_back(&house, &back, &Flash::new(UPLOAD, refused, Vec::new()), whose);
    }
    let Some(error) = refused else { return Json(()).into_response() };
    let wait = error.retry_after_s();
    let mut answer = (plain::status_of(&error), Json(error)).into_response();
    if let Some(wait) = wait {
        append(&mut answer, RETRY_AFTER, &wait.to_string());
    }
    answer
}

/// Why an upload came to nothing.
enum Refused {
    /// For a reason that is told.
    Because(Error),
    /// It rested too long, or the connection is gone.
    BrokenOff,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Because(error)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Because(Error::at(Field::Picture, problem))
    }
}

async fn set(house: &House, actor: Option<&Actor>, mut form: Request, source: &Source) -> Result<(), Refused> {
    let actor = actor.ok_or(Error::SignedOut)?;
    let _place = house.uploads.try_acquire().map_err(|_| Error::Busy)?;
    if announced(form.headers()) > BYTES_MAX + AROUND {
        return Err(TOO_LARGE.into());
    }
    DefaultBodyLimit::disable().apply(&mut form);
    let form = Multipart::from_request(form, &()).await.map_err(|_| Error::BadRequest)?;
    let file = received(form, source).await?;
    flow::set(&house.backend, actor, file).await.map_err(Refused::Because)
}

/// How many bytes the body has by its own account.
fn announced(headers: &HeaderMap) -> u64 {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

async fn received(mut form: Multipart, source: &Source) -> Result<File, Refused> {
    loop {
        let part = form.next_field().await.map_err(|_| source.refused())?;
        let Some(part) = part else { return Err(Problem::NoPicture.into()) };
        if part.name() == Some(Field::Picture.name()) {
            source.take_more(BYTES_MAX);
            return kept(part, source).await;
        }
    }
}

/// Writes what is sent into a file without a name, which is gone when it is closed. What cannot be a picture is
/// refused as soon as that shows; all of it is looked at once it is here.
async fn kept(mut part: Part<'_>, source: &Source) -> Result<File, Refused> {
    let is_named = part.file_name().is_some_and(|name| !name.is_empty());
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(|_| Error::internal())?;
    let mut file = tokio::fs::File::from_std(file.map_err(unwritable)?);
    let (mut head, mut bytes) = (Vec::with_capacity(HEAD), 0);
    while let Some(piece) = part.chunk().await.map_err(|_| source.refused())? {
        bytes += piece.len() as u64;
        if bytes > BYTES_MAX {
            return Err(TOO_LARGE.into());
        }
        head.extend(piece.iter().take(HEAD - head.len()));
        if head.len() == HEAD && Format::of(&head).is_none() {
            return Err(Problem::NotAPicture.into());
        }
        file.write_all(&piece).await.map_err(unwritable)?;
    }
    if bytes == 0 && !is_named {
        return Err(Problem::NoPicture.into());
    }
    file.flush().await.map_err(unwritable)?;
    Ok(file.into_std().await)
}

/// Most often the disk is full; that passes.
fn unwritable(error: std::io::Error) -> Error {
    tracing::error!(%error, "an upload cannot be written");
    Error::Unavailable
}

/// The body of an upload. Whoever reads the form and whoever reads the rest of a form that was refused share it.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<Taken>>);

/// How far a body was read.
struct Taken {
    body: Body,
    /// What was read of it and not handed on yet.
    held: Bytes,
    /// So many bytes more may be handed on.
    left: u64,
    /// Whether more than that did.
    is_too_much: bool,
    /// Whether it ended before its end.
    is_broken: bool,
    /// Whether it is somebody else's turn before the next piece.
    rests: bool,
}

impl Default for Taken {
    fn default() -> Self {
        let (body, held) = (Body::empty(), Bytes::new());
        Self { body, held, left: AROUND, is_too_much: false, is_broken: false, rests: false }
    }
}

impl Source {
    /// The body, as it is given to whoever reads the form.
    fn of(&self, body: Body) -> Body {
        self.taken().body = body;
        Body::new(self.clone())
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_more(&self, bytes: u64) {
        self.taken().left += bytes;
    }

    /// Why the form could not be read on.
    fn refused(&self) -> Refused {
        match *self.taken() {
            Taken { is_too_much: true, .. } => TOO_LARGE.into(),
            Taken { is_broken: true, .. } => Refused::BrokenOff,
            _ => Error::BadRequest.into(),
        }
    }

    /// Reads what still comes, for a while, and throws it away.
    fn drain(self) {
        if self.taken().body.is_end_stream() {
            return;
        }
        let rest = async move {
            let mut bytes = 0;
            while bytes < REST_MAX {
                let frame = poll_fn(|context| Pin::new(&mut self.taken().body).poll_frame(context)).await;
                let Some(Ok(frame)) = frame else { return };
                bytes += frame.data_ref().map_or(0, Bytes::len);
            }
        };
        tokio::spawn(tokio::time::timeout(REST, rest));
    }
}

impl HttpBody for Source {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut taken = self.taken();
        // Whoever reads the form takes all it can get before it hands anything on; so it gets one piece at a time.
        taken.rests = !taken.rests;
        if !taken.rests {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if taken.held.is_empty() {
            match Pin::new(&mut taken.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => taken.held = frame.into_data().unwrap_or_default(),
                Poll::Ready(end) => {
                    taken.is_broken = end.is_some();
                    return Poll::Ready(end);
                }
                Poll::Pending => {
                    taken.rests = false;
                    return Poll::Pending;
                }
            }
        }
        let size = taken.held.len().min(PIECE).min(usize::try_from(taken.left).unwrap_or(PIECE));
        if size == 0 && !taken.held.is_empty() {
            taken.is_too_much = true;
            return Poll::Ready(Some(Err(axum::Error::new("too much"))));
        }
        taken.left -= size as u64;
        Poll::Ready(Some(Ok(Frame::data(taken.held.split_to(size)))))
    }
}
