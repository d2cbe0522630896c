//! Setting out to a provider, and coming back. Nothing that a provider says is shown to anybody: trouble leads to a
//! page of ours, and the reason is logged (LOG-1).

use app::cookies::{Kind, of_session};
use app::place::{Asked, own_path};
use axum::extract::{Extension, Form, Path, RawQuery, State};
use axum::http::header::{ALLOW, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::actor::Actor;
use domain::flows::provider_sign_in::{self as flow, Arrived, Purpose, Returned};
use domain::flows::sign_in::Finished;
use domain::visitor::Visitor;
use domain::{Error, Field, Problem};
use serde::Deserialize;
use tokio::time::timeout;
use url::form_urlencoded;

use super::known::{Known, PATIENCE};
use super::verify::{self, Proved};
use super::{Providers, Trouble};
use crate::asked::append;
use crate::{House, plain};

/// What the form holds that sets out to a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetOut {
    purpose: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    back: String,
}

/// Why somebody does not get on.
enum Stuck {
    /// A page of ours says so: which, and why for the log.
    Told(&'static str, String),
    /// A fault of ours.
    Fault(Error),
}

impl From<Trouble> for Stuck {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Down(why) => Self::Told("down", why),
            Trouble::Wrong(why) => Self::Told("refused", why.to_owned()),
            Trouble::Clock(why) => Self::Told("clock", why.to_owned()),
        }
    }
}

impl From<Error> for Stuck {
    fn from(error: Error) -> Self {
        let notice = match &error {
            Error::NotFound => "expired",
            Error::SignInRefused => "unknown",
            Error::ReauthenticationNeeded | Error::SignedOut => "again",
            Error::TooMany { .. } => "wait",
            Error::Invalid(problems) if problems.contains(&(Field::Method, Problem::Taken)) => "taken",
            _ => return Self::Fault(error),
        };
        Self::Told(notice, error.to_string())
    }
}

/// `POST /oidc/begin`: on to the provider, with a cookie without which nobody comes back (OIDC-1).
pub async fn begin(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    Form(form): Form<SetOut>,
) -> Response {
    let purpose = match (form.purpose.as_str(), &asked.actor) {
        ("sign-in", _) => Purpose::SignIn { next: own_path(&form.next) },
        ("activate", _) => Purpose::Activate { link: &form.token },
        ("unlock", Some(actor)) => Purpose::Unlock { actor, back: own_path(&form.back).unwrap_or("/") },
        ("unlock", None) => return Redirect::to("/sign-in").into_response(),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    match set_out(&house, visitor(&asked), &form.provider, purpose).await {
        Ok((url, browser)) => {
            let mut answer = Redirect::to(&url).into_response();
            append(&mut answer, SET_COOKIE, &Kind::Trip.set(&browser, house.backend.settings.is_https()));
            answer
        }
        Err(stuck) => {
            let managed = asked.actor.as_ref().and_then(Actor::provider);
            told(&house, &asked, managed.unwrap_or(&form.provider), stuck)
        }
    }
}

/// The URL at the provider, and what the browser is to keep.
async fn set_out(
    house: &House,
    visitor: &Visitor,
    provider: &str,
    purpose: Purpose<'_>,
) -> Result<(String, String), Stuck> {
    let backend = &house.backend;
    let trip = flow::set_out(backend, visitor, provider, purpose).await?;
    let known = known(&house.providers, &trip.provider)?;
    let metadata = match timeout(PATIENCE, known.get(backend)).await {
        Ok(metadata) => metadata?,
        Err(_) => return Err(too_late().into()),
    };
    let redirect = verify::redirect(backend, &trip.provider)?;
    let url = verify::url(&known.file, &metadata, redirect, &trip);
    Ok((url.into(), trip.browser.reveal().to_owned()))
}

fn known<'a>(providers: &'a Providers, id: &str) -> Result<&'a Known, Error> {
    providers.known(id).ok_or(Error::NotFound)
}

fn too_late() -> Trouble {
    Trouble::Down("it does not answer in time".into())
}

/// `GET /oidc/{provider}/callback`: where the provider sends people back to. It uses the trip up, so nobody looks at it
/// by HEAD.
pub async fn callback(
    State(house): State<House>,
    Extension(asked): Extension<Asked>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response();
    }
    let https = house.backend.settings.is_https();
    let cookies = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let browser = Kind::Trip.read(cookies, https).unwrap_or_default();
    let arrived = arrive(&house, &asked, &provider, &query.unwrap_or_default(), &browser).await;
    let mut answer = match arrived {
        Ok(Arrived::SignedIn(finished)) => signed_in(finished, https),
        Ok(Arrived::Unlocked { token, back }) => {
            let mut answer = Redirect::to(own_path(&back).unwrap_or("/")).into_response();
            append(&mut answer, SET_COOKIE, &Kind::Session.set(token.reveal(), https));
            answer
        }
        Err(stuck) => told(&house, &asked, &provider, stuck),
    };
    append(&mut answer, SET_COOKIE, &Kind::Trip.clear(https));
    answer
}

async fn arrive(house: &House, asked: &Asked, provider: &str, query: &str, browser: &str) -> Result<Arrived, Stuck> {
    let (backend, visitor) = (&house.backend, visitor(asked));
    let answer = Answer::read(query).ok_or(Trouble::Wrong("its answer says something twice"))?;
    let returned = flow::come_back(backend, visitor, provider, &answer.state, browser).await?;
    let known = known(&house.providers, provider)?;
    let Ok(proved) = timeout(PATIENCE, proved(house, known, &returned, answer)).await else {
        return Err(too_late().into());
    };
    let (proved, set_out_at) = (proved?, returned.set_out_at);
    let arrived = flow::arrive(backend, visitor, asked.actor.as_ref(), returned, &proved.identity()).await;
    arrived.map_err(|error| match error {
        // Where its clock is behind, trying again would never help.
        Error::ReauthenticationNeeded if proved.is_older_than(set_out_at) => {
            Stuck::from(Trouble::Clock("the ID token is older than the question"))
        }
        error => Stuck::from(error),
    })
}

/// What a provider hands back by the browser; all else of it is left alone.
struct Answer {
    code: Option<String>,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

impl Answer {
    /// `None` where it says something twice (RFC 6749, 3.1).
    fn read(query: &str) -> Option<Self> {
        let mut said: [Option<String>; 4] = Default::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(at) = ["code", "state", "iss", "error"].iter().position(|known| *known == name) else { continue };
            if said[at].replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let [code, state, iss, error] = said;
        Some(Self { code, state: state.unwrap_or_default(), iss, error })
    }
}

/// Who came back, as far as the provider proves it.
async fn proved(house: &House, known: &Known, returned: &Returned, answer: Answer) -> Result<Proved, Stuck> {
    let metadata = known.get(&house.backend).await?;
    // Somebody else's answer is none, whatever it says (RFC 9207, 2.4).
    let announced = metadata.additional_metadata().authorization_response_iss_parameter_supported == Some(true);
    match answer.iss {
        Some(iss) if iss != known.file.issuer => return Err(Trouble::Wrong("its answer names another issuer").into()),
        None if announced => return Err(Trouble::Wrong("its answer names no issuer").into()),
        _ => {}
    }
    match (answer.error.as_deref(), answer.code) {
        (Some("access_denied"), _) => Err(Stuck::Told("cancelled", "the person gave up there".to_owned())),
        (Some(_), _) => Err(Trouble::Wrong("its answer is an error").into()),
        (None, None) => Err(Trouble::Wrong("its answer holds no code").into()),
        (None, Some(code)) => Ok(verify::proved(known, &house.backend, &metadata, returned, code).await?),
    }
}

fn visitor(asked: &Asked) -> &Visitor {
    asked.actor.as_ref().map_or(&asked.visitor, Actor::visitor)
}

/// A session begins: its cookies, and on to the page somebody wanted to see.
fn signed_in(finished: Finished, https: bool) -> Response {
    let cookies = of_session(&finished, https);
    let next = finished.next_path.unwrap_or_default();
    let mut answer = Redirect::to(&format!("/welcome?next={next}")).into_response();
    for cookie in &cookies {
        append(&mut answer, SET_COOKIE, cookie);
    }
    answer
}

/// Leads to the page that says what is the matter, and logs why.
fn told(house: &House, asked: &Asked, provider: &str, stuck: Stuck) -> Response {
    let (notice, why) = match stuck {
        Stuck::Told(notice, why) => (notice, why),
        Stuck::Fault(error) => {
            let status = plain::status_of(&error);
            return plain::page(house, status, visitor(asked).language, &asked.number);
        }
    };
    // What is no provider of ours is somebody's own making.
    let provider = house.providers.known(provider).map_or("", |known| known.file.id.as_str());
    let (request, address) = (&asked.number, visitor(asked).address);
    if notice == "clock" {
        // It concerns all of its users, and only the operator can mend it.
        tracing::warn!(event = "provider_refused", request, provider, notice, why, %address, "not signed in");
    } else {
        tracing::info!(event = "provider_refused", request, provider, notice, why, %address, "not signed in");
    }
    Redirect::to(&format!("/provider?notice={notice}&id={provider}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn an_answer_says_nothing_twice_and_the_rest_is_left_alone() {
        let answer = Answer::read("code=a%20b&state=s&session_state=x&scope=openid").expect("an answer");
        assert_eq!((answer.code.as_deref(), answer.state.as_str()), (Some("a b"), "s"));
        assert_eq!((answer.iss, answer.error), (None, None));
        assert!(Answer::read("").is_some_and(|answer| answer.state.is_empty() && answer.code.is_none()));
        for twice in ["code=a&code=a", "state=a&state=b", "iss=a&code=b&iss=a", "error=a&error=b"] {
            assert!(Answer::read(twice).is_none(), "{twice}");
        }
    }
}
