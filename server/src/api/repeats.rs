//! What is made is made once, however often a program has to ask for it: requests with an `Idempotency-Key`.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use domain::Error;
use domain::flows::api_repeats::{self, Claim, Kept};
use serde::de::DeserializeOwned;

use super::answer::Made;
use super::caller::Caller;
use super::input;
use super::problem::Refused;
use super::reasons::Reason;
use crate::House;
use crate::asked::append;

/// The header by which a program names what it wants once.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The most letters of a key.
pub const KEY_MAX: usize = 255;

/// Something that is to be made, from a body of JSON.
pub struct New<T> {
    /// What.
    pub what: T,
    /// By which name it is asked for once, if by one.
    pub once: Once,
}

/// The name by which something is asked for once, and all that was asked with it.
pub struct Once {
    key: Option<String>,
    request: Vec<u8>,
}

impl<T: DeserializeOwned> FromRequest<House> for New<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &House) -> Result<Self, Refused> {
        let key = key(request.headers())?;
        // Inside a prefix the path is that of the resource, so all names of the version are one.
        let mut all = format!("{} {}\n", request.method(), request.uri().path()).into_bytes();
        let body = input::body(request).await?;
        all.extend_from_slice(&body);
        Ok(Self { what: input::parse(&body)?, once: Once { key, request: all } })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut all = headers.get_all(KEY).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => {
            let fits = (1..=KEY_MAX).contains(&one.len()) && one.as_bytes().iter().all(u8::is_ascii_graphic);
            let key = one.to_str().ok().filter(|_| fits).ok_or(Refused::by(Reason::BadRequest))?;
            Ok(Some(key.to_owned()))
        }
        (Some(_), Some(_)) => Err(Refused::by(Reason::BadRequest)),
    }
}

/// Makes something, once for each name. It is made to its end even where whoever asked has hung up: they ask again.
///
/// # Errors
/// Those of `make`; 409 while the first request is under way; 422 for a name that was used for something else.
pub async fn once<F>(caller: &Caller, once: Once, make: F) -> Result<Response, Refused>
where
    F: Future<Output = Result<Made, Refused>> + Send + 'static,
{
    let caller = caller.clone();
    let made = tokio::spawn(async move { made_once(&caller, once, make).await });
    made.await.unwrap_or_else(|error| {
        tracing::error!(%error, "what was asked for was not made to its end");
        Err(Error::internal().into())
    })
}

async fn made_once<F>(caller: &Caller, once: Once, make: F) -> Result<Response, Refused>
where
    F: Future<Output = Result<Made, Refused>> + Send,
{
    let Once { key: Some(key), request } = once else { return make.await.map(Made::answer) };
    match api_repeats::claim(caller, caller.actor(), &key, &request).await? {
        Claim::Ours => {}
        Claim::Done(kept) => return Ok(replayed(kept)),
        Claim::Busy => return Err(Refused::for_now(Reason::UnderWay, 1)),
        Claim::Other => return Err(Refused::by(Reason::KeyReused)),
    }
    match make.await {
        Ok(made) => {
            let Made { location, tag, text } = made.clone();
            let kept = Kept { status: StatusCode::CREATED.as_u16(), location: Some(location), etag: tag, body: text };
            // It is made; whoever asked is to hear so even where the answer cannot be kept.
            if let Err(error) = api_repeats::keep(caller, caller.actor(), &key, &kept).await {
                tracing::error!(%error, "an answer of the API was not kept");
            }
            Ok(made.answer())
        }
        Err(refused) => {
            api_repeats::forget(caller, caller.actor(), &key).await?;
            Err(refused)
        }
    }
}

fn replayed(kept: Kept) -> Response {
    let Kept { location, etag, body, .. } = kept;
    let made = Made { location: location.unwrap_or_default(), tag: etag, text: body };
    let mut answer = made.answer();
    append(&mut answer, REPLAYED, "true");
    answer
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_one_and_can_be_read() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(KEY, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
            }
            key(&headers).map_err(|_| ())
        };
        assert_eq!((read(&[]), read(&["a-1"])), (Ok(None), Ok(Some("a-1".to_owned()))));
        let (longest, long) = ("k".repeat(KEY_MAX), "k".repeat(KEY_MAX + 1));
        assert_eq!(read(&[longest.as_str()]), Ok(Some(longest.clone())));
        for wrong in [&[""][..], &["a b"], &["\u{e4}"], &["a", "a"], &[long.as_str()]] {
            assert_eq!(read(wrong), Err(()), "{wrong:?}");
        }
    }
}
