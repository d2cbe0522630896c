//! What the API says where it refuses: problem documents (RFC 9457) with a code, the number of the request, and each
//! field that is wrong. Nothing of what was asked is said back, and nothing of a fault but its number (WEB-5).

use axum::Json;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Error, Field, Key, Language, Problem as Wrong};
use serde::Serialize;
use utoipa::ToSchema;

use super::reasons::Reason;
use crate::House;
use crate::asked::append;

const CONTENT: &str = "application/problem+json; charset=utf-8";

/// Why something was refused. It travels beside an empty answer, and is put into words where the answer leaves.
#[derive(Clone, Debug)]
pub struct Refused {
    reason: Reason,
    error: Option<Error>,
    at: Option<(usize, usize)>,
    retry_after_s: Option<u32>,
}

impl Refused {
    /// For a reason of the API's own.
    #[must_use]
    pub const fn by(reason: Reason) -> Self {
        Self { reason, error: None, at: None, retry_after_s: None }
    }

    /// As [`Refused::by`], for what will be otherwise in so many seconds.
    #[must_use]
    pub const fn for_now(reason: Reason, seconds: u32) -> Self {
        Self { reason, error: None, at: None, retry_after_s: Some(seconds) }
    }

    /// As [`Refused::by`], for a body that does not fit from this line and column on.
    #[must_use]
    pub const fn at(reason: Reason, line: usize, column: usize) -> Self {
        Self { reason, error: None, at: Some((line, column)), retry_after_s: None }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let (reason, retry_after_s) = (Reason::of(&error), error.retry_after_s());
        Self { reason, error: Some(error), at: None, retry_after_s }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.reason.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = status.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// A problem document.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is: an address that explains it.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    /// The kind in a few words, in the language of the reader.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, in the language of the reader.
    detail: String,
    /// The kind, for programs.
    code: String,
    /// The number under which the log tells more.
    request_id: String,
    /// Each field that something is wrong with; of other problems there are none.
    errors: Vec<FieldProblem>,
}

/// What is wrong with a field.
#[derive(Serialize, ToSchema)]
pub struct FieldProblem {
    /// The name of the field.
    field: String,
    /// What is wrong, for programs.
    code: String,
    /// What is wrong, in the language of the reader.
    message: String,
}

/// An answer of the API as it leaves: where it refuses, with a problem document in the language of whoever asked, or
/// else in `language`.
#[must_use]
pub fn told(house: &House, language: Language, id: &str, mut answer: Response) -> Response {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let language = answer.extensions().get::<Language>().copied().unwrap_or(language);
    let refused = answer.extensions_mut().remove::<Refused>();
    let refused = refused.unwrap_or_else(|| Refused::by(Reason::of_status(status.as_u16())));
    let mut told = (status, Json(document(house, language, id, &refused))).into_response();
    for (name, value) in answer.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            told.headers_mut().append(name, value.clone());
        }
    }
    told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(CONTENT));
    if status == StatusCode::UNAUTHORIZED {
        told.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let wait = refused.retry_after_s.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(2));
    if let Some(wait) = wait.filter(|_| !told.headers().contains_key(RETRY_AFTER)) {
        append(&mut told, RETRY_AFTER, &wait.to_string());
    }
    told
}

fn document(house: &House, language: Language, id: &str, refused: &Refused) -> Problem {
    let Refused { reason, error, at, .. } = refused;
    let title = language.text(reason.title());
    let errors = match error {
        Some(Error::Invalid(problems)) => problems.iter().map(|wrong| field_problem(wrong, language)).collect(),
        _ => Vec::new(),
    };
    let error = error.clone().map(|error| error.numbered(id));
    let said = error
        .filter(|_| reason.has_sentence())
        .and_then(|error| error.sentence(language).or_else(|| error.sentence_at(Field::Code, language)));
    let detail = match (at, said, errors.first()) {
        (Some((line, column)), ..) => {
            let (line, column) = (line.to_string(), column.to_string());
            language.fill(Key::PlainApiAt, &[("line", line.as_str()), ("column", column.as_str())])
        }
        (None, Some(said), _) => said,
        (None, None, Some(FieldProblem { message, .. })) => message.clone(),
        (None, None, None) => title.to_owned(),
    };
    Problem {
        kind: house.backend.settings.link(&format!("/api#problem-{}", reason.code())),
        title: title.to_owned(),
        status: reason.status(),
        detail,
        code: reason.code().to_owned(),
        request_id: id.to_owned(),
        errors,
    }
}

fn field_problem((field, problem): &(Field, Wrong), language: Language) -> FieldProblem {
    FieldProblem { field: name(*field, *problem).to_owned(), code: code(*problem), message: problem.sentence(language) }
}

/// What the API calls a field: a group and a client have a `name` here, and users are in `groups`.
const fn name(field: Field, problem: Wrong) -> &'static str {
    match (field, problem) {
        (Field::GroupName | Field::ClientName, _) => "name",
        (Field::Method, _) => "sign_in",
        (Field::Group, Wrong::NoGroup) => "groups",
        (field, _) => field.name(),
    }
}

/// The name of a problem in small letters, as `too_long`.
fn code(problem: Wrong) -> String {
    let named = match serde_json::to_value(problem) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(with)) => with.into_iter().map(|(name, _)| name).next().unwrap_or_default(),
        _ => String::new(),
    };
    let mut code = String::with_capacity(named.len() + 4);
    for letter in named.chars() {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_lowercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_field_has_a_code() {
        assert_eq!(code(Wrong::Empty), "empty");
        assert_eq!(code(Wrong::NotAnAddress), "not_an_address");
        assert_eq!(code(Wrong::TooLong { max: 100 }), "too_long");
    }

    #[test]
    fn a_refusal_waits_as_long_as_its_flow_says() {
        let refused = Refused::from(Error::TooMany { retry_after_s: 17 });
        assert_eq!((refused.reason, refused.retry_after_s), (Reason::TooMany, Some(17)));
        assert_eq!(Refused::from(Error::SignedOut).into_response().status(), 401);
    }
}
