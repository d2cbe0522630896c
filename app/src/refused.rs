//! The one error, as server functions return it.

use domain::Error;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What every server function returns.
pub type Answer<T> = Result<T, Refused>;

/// [`Error`] on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refused(pub Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    /// Nothing of the framework's own words reaches a person (S5).
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        Self(match error {
            E::Request(_) => Error::Offline,
            E::Args(_)
            | E::MissingArg(_)
            | E::Serialization(_)
            | E::Deserialization(_)
            | E::UnsupportedRequestMethod(_) => Error::BadRequest,
            E::Registration(_) | E::ServerError(_) | E::MiddlewareError(_) | E::Response(_) => Error::internal(),
        })
    }
}
