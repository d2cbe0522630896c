//! Who calls: a program that shows a token, and no cookie ever (API-1, API-2).

use std::ops::Deref;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::Error;
use domain::actor::{Actor, Member};
use domain::backend::Backend;
use domain::flows::api_rate::{self, PER_MINUTE, Rate};
use domain::visitor::Visitor;

use super::problem::Refused;
use super::reasons::Reason;
use crate::House;
use crate::asked::{self, append};

const RATE: HeaderName = HeaderName::from_static("ratelimit");
const RATE_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// From where a program asks; its cookies say nothing.
#[must_use]
pub fn visitor(house: &House, request: &Request) -> Visitor {
    let mut visitor = asked::visitor(house, request, "");
    visitor.browser = match visitor.browser.as_str() {
        "?" => "API".to_owned(),
        program => format!("API, {program}"),
    };
    visitor
}

/// The token that is shown; two are none (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = one.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Lets those in whose token holds, as often as they may call, and says how much of that is left.
pub async fn known(State(house): State<House>, mut request: Request, next: Next) -> Response {
    let shown = bearer(request.headers()).map(str::to_owned);
    let visitor = request.extensions().get::<Visitor>().cloned();
    let (actor, rate, within) = match counted(&house, shown, visitor).await {
        Ok(counted) => counted,
        Err(refused) => return refused.into_response(),
    };
    let language = actor.visitor().language;
    let mut answer = if within {
        request.extensions_mut().insert(actor);
        next.run(request).await
    } else {
        Refused::from(Error::TooMany { retry_after_s: rate.resets_in_s }).into_response()
    };
    answer.extensions_mut().insert(language);
    append(&mut answer, RATE_POLICY, &format!("\"account\";q={PER_MINUTE};w=60"));
    append(&mut answer, RATE, &format!("\"account\";r={};t={}", rate.left.max(0), rate.resets_in_s));
    answer
}

async fn counted(
    house: &House,
    shown: Option<String>,
    visitor: Option<Visitor>,
) -> Result<(Actor, Rate, bool), Refused> {
    let (Some(token), Some(visitor)) = (shown, visitor) else { return Err(Refused::by(Reason::Unauthenticated)) };
    let actor = Actor::of_bearer(&house.backend, &token, &visitor).await?;
    let actor = actor.ok_or(Refused::by(Reason::Unauthenticated))?;
    let (rate, within) = api_rate::count(&house.backend, &actor).await?;
    Ok((actor, rate, within))
}

/// Who calls, in the house that is called.
#[derive(Clone)]
pub struct Caller {
    house: House,
    actor: Actor,
}

impl Caller {
    /// Who.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The caller as a member of their home client, which is all there is on the API.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the database's.
    pub async fn home(&self) -> Result<Member, Error> {
        self.actor.home(self).await
    }

    /// The caller as they are by now, after they were changed.
    ///
    /// # Errors
    /// [`Error::SignedOut`] where the token has ended meanwhile; or the database's.
    pub async fn again(&self, headers: &HeaderMap) -> Result<Self, Error> {
        let token = bearer(headers).unwrap_or_default();
        let actor = Actor::of_bearer(self, token, self.actor.visitor()).await?.ok_or(Error::SignedOut)?;
        Ok(Self { house: self.house.clone(), actor })
    }
}

impl Deref for Caller {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.house.backend
    }
}

impl FromRequestParts<House> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Refused> {
        let actor = parts.extensions.get::<Actor>().cloned().ok_or(Refused::by(Reason::Unauthenticated))?;
        Ok(Self { house: house.clone(), actor })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_token_is_shown_in_one_manner() {
        let shown = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(shown(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(shown(&["bearer  abc"]).as_deref(), Some("abc"));
        for wrong in [&["Basic abc"][..], &["abc"], &["Bearer"], &["Bearer abc", "Bearer abc"], &[]] {
            assert_eq!(shown(wrong), None, "{wrong:?}");
        }
    }
}
