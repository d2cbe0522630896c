//! What the API reads: strict JSON, strict queries, and the headers by which programs say what they know. What does not
//! fit is refused whole (ADM-1).

use std::fmt;
use std::marker::PhantomData;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, IF_MATCH};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::Error;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::caller;
use super::problem::Refused;
use super::reasons::Reason;
use crate::House;
use crate::guard::FORM_MAX;

/// What every request goes through: cookies are not even looked at (API-2), and who takes no JSON gets none
/// (RFC 9110, 12.5.1).
pub async fn received(State(house): State<House>, mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(COOKIE);
    if !takes_json(request.headers()) {
        return Refused::by(Reason::NotAcceptable).into_response();
    }
    let visitor = caller::visitor(&house, &request);
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

fn takes_json(headers: &HeaderMap) -> bool {
    let named = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = named.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty()).peekable();
    ranges.peek().is_none() || ranges.any(is_json)
}

fn is_json(range: &str) -> bool {
    let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next().unwrap_or_default();
    let unwanted = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse().unwrap_or(0.0) <= 0.0));
    !unwanted && ["*/*", "application/*", "application/json"].contains(&kind.as_str())
}

/// A body of JSON, with nothing in it but what is asked for. The shapes that are asked for are flat, so that none goes
/// deep (WEB-9).
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<House> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &House) -> Result<Self, Refused> {
        let body = body(request).await?;
        parse(&body).map(Self)
    }
}

/// The bytes of a body that is JSON by its own account.
///
/// # Errors
/// 415, 413, or 408 for what rested too long.
pub async fn body(request: Request) -> Result<Bytes, Refused> {
    if !says_json(request.headers()) {
        return Err(Refused::by(Reason::UnsupportedMediaType));
    }
    to_bytes(request.into_body(), FORM_MAX).await.map_err(|error| {
        let is_long = error.to_string().contains("length limit");
        Refused::by(if is_long { Reason::TooLarge } else { Reason::TooSlow })
    })
}

fn says_json(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return false };
    let Ok(one) = one.to_str() else { return false };
    let mut parts = one.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().is_some_and(|kind| kind == "application/json")
        && parts.all(|part| part == "charset=utf-8" || part == "charset=\"utf-8\"")
}

/// Reads JSON of the one shape that is asked for.
///
/// # Errors
/// 400 for what is no JSON, 422 for JSON of another shape; both say where it begins to be wrong, and neither says back
/// what stands there.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = reader.deserialize_map(Object(PhantomData)).and_then(|read| reader.end().map(|()| read));
    read.map_err(|error| {
        let said = error.to_string();
        let reason = match error.classify() {
            Category::Data if said.starts_with("unknown field") || said.starts_with("duplicate field") => {
                Reason::UnknownField
            }
            Category::Data => Reason::Invalid,
            Category::Io | Category::Syntax | Category::Eof => Reason::BadRequest,
        };
        Refused::at(reason, error.line(), error.column())
    })
}

/// Reads an object. Left to itself, a structure is read from a list as well, which is nothing that is described.
struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// As [`given`], for fields that hold an object.
///
/// # Errors
/// Those of the field.
pub fn object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_map(Object(PhantomData)).map(Some)
}

/// For fields that may be left out, and are not nothing where they stand: `null` is refused where the field has no use
/// for it.
///
/// # Errors
/// Those of the field.
pub fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The parameters of a query.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads them: each is known, and there at most once.
    ///
    /// # Errors
    /// 400.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Self, Refused> {
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
            if !known.contains(&&*name) || read.iter().any(|(there, _)| *there == name) {
                return Err(Refused::by(Reason::BadRequest));
            }
            // In nothing that is looked for is a control character, and one of the databases cannot even ask for NUL.
            let value =
                value.chars().map(|letter| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter });
            read.push((name.into_owned(), value.collect()));
        }
        Ok(Self(read))
    }

    /// The value of one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }

    /// As [`Query::get`], of something on a closed list.
    ///
    /// # Errors
    /// 400 for what is not on it.
    pub fn on_list<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
        self.get(name).map(|value| read(value).ok_or(Refused::by(Reason::BadRequest))).transpose()
    }

    /// The same query with another value of one.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(there, _)| there != name);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair(name, value).finish()
    }
}

/// Which versions somebody has seen, by their `If-Match` (RFC 9110, 13.1.1).
pub enum Seen {
    /// `*`: whatever it is by now.
    Any,
    /// One of these.
    These(Vec<String>),
}

impl Seen {
    /// What `If-Match` says, where there is one. Of a tag, what stands before the dot is the version; the rest stands
    /// for what was shown of it.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let named: Vec<&str> = headers.get_all(IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
        if !headers.contains_key(IF_MATCH) {
            return None;
        }
        if named.iter().any(|value| value.trim() == "*") {
            return Some(Self::Any);
        }
        let tags = named.iter().flat_map(|value| value.split(','));
        // A weak tag stands for no version that could be changed.
        let tags = tags.filter_map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'));
        Some(Self::These(tags.map(|tag| tag.split('.').next().unwrap_or_default().to_owned()).collect()))
    }

    /// As [`Seen::read`], where it has to be said.
    ///
    /// # Errors
    /// 428 (RFC 6585, 3).
    pub fn must(headers: &HeaderMap) -> Result<Self, Refused> {
        Self::read(headers).ok_or(Refused::by(Reason::PreconditionRequired))
    }

    /// Whether the version of now is among them.
    ///
    /// # Errors
    /// [`Error::EditedMeanwhile`].
    pub fn is(&self, now: &str) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            Self::These(seen) if seen.iter().any(|seen| seen == now) => Ok(()),
            Self::These(_) => Err(Error::EditedMeanwhile),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: axum::http::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn who_takes_json_gets_it() {
        for right in [&["*/*"][..], &["text/html, application/json;q=0.1"], &["text/html", "application/*"], &[""], &[]]
        {
            assert!(takes_json(&headers(ACCEPT, right)), "{right:?}");
        }
        for wrong in [&["text/html"][..], &["application/json;q=0"], &["application/xml, text/*"]] {
            assert!(!takes_json(&headers(ACCEPT, wrong)), "{wrong:?}");
        }
    }

    #[test]
    fn a_body_is_json_in_utf_8() {
        for right in ["application/json", "Application/JSON; Charset=UTF-8", "application/json;charset=\"utf-8\""] {
            assert!(says_json(&headers(CONTENT_TYPE, &[right])), "{right}");
        }
        for wrong in
            [&["text/plain"][..], &["application/json; charset=latin1"], &["application/json", "text/html"], &[]]
        {
            assert!(!says_json(&headers(CONTENT_TYPE, wrong)), "{wrong:?}");
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        a: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(default, deserialize_with = "given")]
        text: Option<String>,
        #[serde(default, deserialize_with = "object")]
        inner: Option<Inner>,
    }

    #[test]
    fn a_body_has_the_one_shape_or_none() {
        let read =
            |body: &str| parse::<Outer>(body.as_bytes()).map_err(|refused| refused.into_response().status().as_u16());
        assert_eq!(read("{}"), Ok(Outer { text: None, inner: None }));
        let inner = Some(Inner { a: "b".to_owned() });
        assert_eq!(read(" {\"inner\": {\"a\": \"b\"}} "), Ok(Outer { text: None, inner }));
        let deep = format!("{{\"text\": {}1{}}}", "[".repeat(200), "]".repeat(200));
        for (wrong, status) in [
            ("", 400),
            ("{", 400),
            ("{} {}", 400),
            ("[]", 422),
            ("[\"a\"]", 422),
            ("null", 422),
            ("{\"text\": null}", 422),
            ("{\"text\": 1}", 422),
            ("{\"inner\": [\"b\"]}", 422),
            ("{\"inner\": {}}", 422),
            ("{\"inner\": {\"a\": \"b\", \"c\": 1}}", 422),
            ("{\"text\": \"a\", \"text\": \"b\"}", 422),
            ("{\"Text\": \"a\"}", 422),
            (deep.as_str(), 422),
        ] {
            assert_eq!(read(wrong), Err(status), "{wrong}");
        }
    }

    #[test]
    fn a_version_is_what_stands_before_the_dot() {
        let seen = Seen::read(&headers(IF_MATCH, &["\"a.1\", W/\"b.2\"", "\"c\""])).expect("it is said");
        assert_eq!(["a", "b", "c", "a.1", ""].map(|now| seen.is(now).is_ok()), [true, false, true, false, false]);
        assert!(Seen::read(&headers(IF_MATCH, &["*"])).is_some_and(|seen| seen.is("x").is_ok()));
        assert!(Seen::read(&headers(IF_MATCH, &["nonsense"])).is_some_and(|seen| seen.is("nonsense").is_err()));
        assert!(Seen::read(&HeaderMap::new()).is_none() && Seen::must(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_query_holds_what_is_known_once() {
        let read = |query: &str| Query::read(&format!("/x?{query}").parse().expect("a URI"), &["after", "search"]);
        let query = read("search=a%00+b&after=c").expect("known");
        assert_eq!(
            (query.get("search"), query.get("after"), query.get("sort")),
            (Some("a\u{FFFD} b"), Some("c"), None)
        );
        assert_eq!(query.with("after", "d&e"), "search=a%EF%BF%BD+b&after=d%26e");
        for wrong in ["sort=a", "after=a&after=b", "After=a", "=", "search[]=a"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
