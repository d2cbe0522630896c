//! What pages show: brought by server functions, and carried as text.
//!
//! One kind of resource for all pages: each kind of its own would bring a copy of the machinery into the wasm.

use std::fmt::{self, Display};
use std::pin::Pin;
use std::str::FromStr;

use codee::string::FromToStringCodec;
use domain::Error;
use leptos::prelude::*;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::form::Changes;
use crate::place;
use crate::refused::Answer;

/// Data as JSON, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data(pub Result<String, Error>);

impl Data {
    /// From the answer of a server function.
    #[must_use]
    pub fn of<T: Serialize>(answer: Answer<T>) -> Self {
        Self(
            answer
                .map_err(|refused| refused.0)
                .and_then(|data| serde_json::to_string(&data).map_err(|_| Error::internal())),
        )
    }

    /// The data itself.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.0.as_ref().map_err(Clone::clone)?).map_err(|_| Error::internal())
    }
}

impl Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(json) => write!(f, "+{json}"),
            Err(error) => write!(f, "-{}", serde_json::to_string(error).map_err(|_| fmt::Error)?),
        }
    }
}

impl FromStr for Data {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('+') {
            Some(json) => Ok(Self(Ok(json.to_owned()))),
            None => serde_json::from_str(text.trim_start_matches('-')).map(|error| Self(Err(error))),
        }
    }
}

/// A resource of any page.
pub type PageData = Resource<Data, FromToStringCodec>;

/// Data on its way.
pub type Coming = Pin<Box<dyn Future<Output = Data> + Send>>;

/// What brings the data of a page, for the values of its arguments.
pub type Loader = Box<dyn Fn(String) -> Coming + Send + Sync>;

/// What the server function at `url` brings. It comes again when something was changed, and when `argument` does: a
/// name and its value, or several of both, with `&` between them. On the server `call` is called; the browser asks
/// for it.
pub fn page_data<T, F>(
    url: &'static str,
    argument: (&'static str, Memo<String>),
    call: impl Fn(String) -> F + Send + Sync + 'static,
) -> PageData
where
    F: Future<Output = Answer<T>> + Send + 'static,
    T: Serialize + 'static,
{
    let (name, value) = argument;
    resource(value, place::loader(url, name, call))
}

/// The machinery of it, once for all pages.
fn resource(value: Memo<String>, load: Loader) -> PageData {
    let changes = use_context::<Changes>();
    Resource::new_str(
        move || (value.get(), changes.map(|changes| changes.0.get())),
        move |(value, _): (String, Option<u32>)| load(value),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_refusals_travel_unchanged() {
        for data in [Data(Ok("{\"a\":\"-</script>\"}".into())), Data(Err(Error::NotFound))] {
            assert_eq!(data.to_string().parse::<Data>().ok(), Some(data));
        }
    }
}
