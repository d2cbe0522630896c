//! A browser as the router sees it: it keeps cookies, and sends forms with and without JavaScript.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use cookie::Cookie;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};

/// What a browser accepts when it asks for a document.
pub const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// What the page's own code accepts.
pub const JSON: &str = "application/json";
/// How forms are sent.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// How a form with a file is sent.
pub const UPLOAD: &str = "multipart/form-data; boundary=----between";

/// A browser; a clone has the same cookies from then on.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    url: Url,
    peer: SocketAddr,
    cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// The same, for what is no text.
    pub bytes: Bytes,
}

impl Browser {
    pub fn new(router: Router, url: Url, peer: SocketAddr) -> Self {
        Self { router, url, peer, cookies: BTreeMap::new() }
    }

    /// The same browser at a network address where nobody has been yet, so that no limit of a place is in the way.
    pub fn moved(&mut self) -> &mut Self {
        static NEXT: AtomicU32 = AtomicU32::new(0x0A00_0001);
        self.peer.set_ip(Ipv4Addr::from(NEXT.fetch_add(1, Ordering::Relaxed)).into());
        self
    }

    /// The origin of the house, as in `Origin`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Sends a request with the cookies of this browser, and keeps those that come back.
    pub async fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body.into()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let host = self.origin().split_once("://").map(|(_, host)| host.to_owned()).expect("a host");
        let own = [(HOST.as_str(), host), (COOKIE.as_str(), self.cookie_header())];
        for (name, value) in own.iter().map(|(name, value)| (*name, value.as_str())).chain(headers.iter().copied()) {
            if !value.is_empty() {
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a value"));
            }
        }
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body, bytes };
        self.keep(&answer);
        answer
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.set_cookies() {
            let cookie = Cookie::parse(set).expect("a cookie");
            let name = cookie.name().to_owned();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(&name);
            } else {
                self.cookies.insert(name, cookie.value().to_owned());
            }
        }
    }

    /// A cookie this browser keeps, by its full name; empty if it does not.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.get(name).map_or("", String::as_str)
    }

    /// Puts a cookie there that the house did not set.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page.
    pub async fn page(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[("accept", HTML)], Body::empty()).await
    }

    /// Calls a server function as the page's own code does.
    pub async fn call(&mut self, function: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = [("accept", JSON), ("content-type", FORM), ("sec-fetch-site", "same-origin")];
        self.ask(Method::POST, &format!("/do/{function}"), &headers, encoded(fields)).await
    }

    /// Sends a form that stands on `page`, without JavaScript, from a browser that knows no fetch metadata.
    pub async fn send(&mut self, function: &str, fields: &[(&str, &str)], page: &str) -> Answer {
        self.post(&format!("/do/{function}"), fields, page).await
    }

    /// As [`Browser::send`], for forms that are not sent to a server function.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)], page: &str) -> Answer {
        let origin = self.origin();
        let referer = format!("{origin}{page}");
        let headers =
            [("accept", HTML), ("content-type", FORM), ("origin", origin.as_str()), ("referer", referer.as_str())];
        self.ask(Method::POST, path, &headers, encoded(fields)).await
    }

    /// Sends the form of the profile picture as the page's own code does.
    pub async fn upload(&mut self, body: impl Into<Body>) -> Answer {
        let headers = [("accept", JSON), ("content-type", UPLOAD), ("sec-fetch-site", "same-origin")];
        self.ask(Method::POST, "/account/picture", &headers, body).await
    }

    /// Sends the form of the profile picture without JavaScript, and goes where the answer leads.
    pub async fn submit_picture(&mut self, body: impl Into<Body>, page: &str) -> Answer {
        let origin = self.origin();
        let referer = format!("{origin}{page}");
        let headers =
            [("accept", HTML), ("content-type", UPLOAD), ("origin", origin.as_str()), ("referer", referer.as_str())];
        let answer = self.ask(Method::POST, "/account/picture", &headers, body).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.follow(answer).await
    }

    /// Sends a form without JavaScript, and goes where the answer leads.
    pub async fn submit(&mut self, function: &str, fields: &[(&str, &str)], page: &str) -> Answer {
        let answer = self.send(function, fields, page).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.follow(answer).await
    }

    /// Goes where an answer leads, until one leads nowhere.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            if !(300..400).contains(&answer.status) {
                return answer;
            }
            let next = answer.header(LOCATION.as_str()).to_owned();
            assert!(next.starts_with('/') && !next.starts_with("//"), "leads away: {next}");
            answer = self.page(&next).await;
        }
        panic!("led in a circle: {}", answer.header(LOCATION.as_str()));
    }
}

impl Answer {
    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("readable"))
    }

    /// The values of `Set-Cookie`, in order.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("readable")).collect()
    }

    /// The error that a server function answered with.
    pub fn refused(&self) -> domain::Error {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The headers but for those that differ from one answer to the next.
    pub fn lasting_headers(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &self.headers {
            if !["x-request-id", "date"].contains(&name.as_str()) {
                all.entry(name.to_string()).or_default().push(String::from_utf8_lossy(value.as_bytes()).into_owned());
            }
        }
        all
    }

    /// The nonce in the content security policy.
    pub fn nonce(&self) -> &str {
        let policy = self.header("content-security-policy");
        policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).map_or("", |(nonce, _)| nonce)
    }
}

/// A form with one file, as browsers write it (RFC 7578).
pub fn form_with(name: &str, file_name: &str, file: &[u8]) -> Vec<u8> {
    let head = format!(
        "------between\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n------between--\r\n"].concat()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
