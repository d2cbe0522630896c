//! Finds out, once a request, who asks and from where, before any page sees it.

use std::net::{IpAddr, SocketAddr};

use app::cookies::Kind;
use app::flash::Flash;
use app::place::{Asked, own_path};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT, COOKIE, REFERER, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Error;
use domain::actor::Actor;
use domain::clock;
use domain::flows::look::Theme;
use domain::secrets::token;
use domain::visitor::{Device, Visitor, browser_name};
use ipnet::IpNet;

use crate::guard::RequestId;
use crate::{House, pictures, plain};

/// What a sealed form is for.
pub const FLASH: &str = "flash";
/// What a sealed form is for whose sender had been signed out, before the mark of the sender on their device.
pub const KEPT: &str = "kept:";

/// The pages of a sign-in half-way (SESS-8).
const HALF_WAY: [&str; 3] = ["/sign-in/code", "/sign-in/recovery", "/sign-in/lost"];

/// Puts [`Asked`] into the request. Who is signed out and asks for a signed-in page is led to the sign-in.
pub async fn find_out(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/pkg/") || path.starts_with("/health/") {
        return next.run(request).await;
    }
    let https = house.backend.settings.is_https();
    let number = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    if path.starts_with("/dev") && !house.backend.settings.demo {
        return plain::page(&house, StatusCode::NOT_FOUND, plain::language(request.headers()), &number);
    }
    let headers = request.headers();
    let cookies = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let visitor = visitor(&house, &request, &cookies);
    // A picture that is opened by itself says nothing of what became of a form.
    let is_page = request.method() == Method::GET && accepts_html(headers) && !path.starts_with("/pictures/");
    let session = Kind::Session.read(&cookies, https);
    let had_session = session.is_some();
    let actor = match session {
        Some(cookie) => match Actor::of(&house.backend, &cookie, &visitor).await {
            Ok(actor) => actor,
            Err(error) if takes_data(&path) && !accepts_html(request.headers()) => {
                return (plain::status_of(&error), axum::Json(error.numbered(&number))).into_response();
            }
            Err(error) => {
                let id = request.extensions().get::<RequestId>().map_or("", |id| &id.0);
                return plain::page(&house, plain::status_of(&error), visitor.language, id);
            }
        },
        None => None,
    };
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    if actor.is_none() && is_get && path.starts_with("/c/") {
        // Who was signed in is told that it has ended.
        let ended = if had_session { "&notice=ended" } else { "" };
        return Redirect::to(&format!("/sign-in?next={}{ended}", own_path(&path).unwrap_or("/"))).into_response();
    }
    if actor.is_some() && is_get && path.starts_with("/sign-in") {
        return Redirect::to("/").into_response();
    }
    if is_get && HALF_WAY.contains(&path.as_str()) && Kind::SignIn.read(&cookies, https).is_none() {
        return Redirect::to("/sign-in").into_response();
    }
    let (kind, flash) = if is_page { flash_of(&house, &cookies, &visitor, actor.as_ref()) } else { Default::default() };
    let refused = flash.as_ref().and_then(|flash| flash.refused.clone());
    let asked = Asked {
        visitor,
        actor,
        had_session,
        sign_in: Kind::SignIn.read(&cookies, https),
        new_key: Kind::NewKey.read(&cookies, https),
        flash,
        number,
        theme: Kind::Theme.read(&cookies, https).and_then(|code| Theme::read(&code)).map(Theme::code),
    };
    request.extensions_mut().insert(asked);
    let mut answer = next.run(request).await;
    // What only leads on has shown nothing.
    if let Some(kind) = kind.filter(|_| !answer.status().is_redirection()) {
        append(&mut answer, SET_COOKIE, &kind.clear(https));
    }
    // A page that tells of a limit is answered like one, without JavaScript too.
    if let Some(wait) = refused.as_ref().and_then(Error::retry_after_s)
        && answer.status() == StatusCode::OK
    {
        *answer.status_mut() = refused.as_ref().map_or(StatusCode::OK, plain::status_of);
        append(&mut answer, RETRY_AFTER, &wait.to_string());
    }
    answer
}

/// Whether the page's own code sends something there, and gets data for an answer.
fn takes_data(path: &str) -> bool {
    path.starts_with("/do/") || path == pictures::UPLOAD
}

/// Whether a browser asks for a document.
#[must_use]
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The page a form stood on, as far as it was one of ours (WEB-7).
#[must_use]
pub fn page_before(house: &House, headers: &HeaderMap) -> Option<url::Url> {
    let referer = headers.get(REFERER)?.to_str().ok()?;
    let ours = house.backend.settings.public_url.origin();
    url::Url::parse(referer).ok().filter(|url| url.origin() == ours)
}

/// Appends a header.
pub fn append(answer: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().append(name, value);
    }
}

/// What became of the last form, or of one that was sent when its sender was not signed in any more and by now is; and
/// the cookie that tells of it, even where it is not to be read.
fn flash_of(house: &House, cookies: &str, visitor: &Visitor, actor: Option<&Actor>) -> (Option<Kind>, Option<Flash>) {
    let https = house.backend.settings.is_https();
    if let Some(sealed) = Kind::Flash.read(cookies, https) {
        return (Some(Kind::Flash), opened(house, &sealed, FLASH));
    }
    let (Some(sealed), Some(actor)) = (Kind::Kept.read(cookies, https), actor) else { return (None, None) };
    // Nobody finds what somebody else has typed in the same browser.
    let mark = visitor.device.as_ref().map(|device| device.mark_of(&house.backend.keys, actor.user_id()));
    (Some(Kind::Kept), opened(house, &sealed, &format!("{KEPT}{}", mark.unwrap_or_default())))
}

fn opened(house: &House, sealed: &str, purpose: &str) -> Option<Flash> {
    let plain = house.backend.keys.open(purpose, &token::decode(sealed)?)?;
    serde_json::from_slice(&plain).ok()
}

/// From where a request comes. The time zone and the device are those of its `cookies`.
#[must_use]
pub fn visitor(house: &House, request: &Request, cookies: &str) -> Visitor {
    let headers = request.headers();
    let https = house.backend.settings.is_https();
    let zone = cookie::Cookie::split_parse(cookies).flatten().find(|cookie| cookie.name() == "selfsame-zone");
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    Visitor {
        address: client_address(peer.unwrap_or(IpAddr::from([0, 0, 0, 0])), headers, &house.trusted_proxies),
        browser: browser_name(agent),
        language: plain::language(headers),
        zone: zone.and_then(|zone| clock::zone(zone.value())).unwrap_or(jiff::tz::TimeZone::UTC),
        device: Kind::Device.read(cookies, https).and_then(|cookie| Device::read(&cookie)),
    }
}

/// The address of the client: the peer's, or, where the peer is a trusted proxy, the last one in
/// `X-Forwarded-For` that is not. What a client writes there itself stands further left and is never read (RATE-2).
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer;
    for name in named.iter().rev() {
        if !is_trusted(address) {
            break;
        }
        let Ok(further) = name.parse() else { break };
        address = further;
    }
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).expect("a value"));
        }
        client_address(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_where_a_request_comes_from() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["203.0.113.5, 198.51.100.9"]), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.9, 10.0.0.7"]), "198.51.100.9");
        assert_eq!(seen("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
    }
}
