//! What became of a form that was sent without JavaScript: shown once, on the page that comes next.
//!
//! It travels in a sealed cookie of one use, never in a URL, so nobody can make us show what they like (S4); and it
//! carries what was typed, less what is secret, so that a refusal loses nothing.

use domain::Error;
use serde::{Deserialize, Serialize};

/// What became of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Where the form was sent.
    pub action: String,
    /// Why it was refused; `None` when it was not.
    pub refused: Option<Error>,
    /// What was typed.
    pub typed: Vec<(String, String)>,
}

/// What is longer is not kept: a cookie has room for about 4,000 bytes.
const TYPED_MAX: usize = 1_000;
/// Of more fields, none is kept: half a list of ticked boxes would look like a choice.
const FIELDS_MAX: usize = 32;

impl Flash {
    /// Keeps what may be shown again.
    #[must_use]
    pub fn new(action: &str, refused: Option<Error>, typed: Vec<(String, String)>) -> Self {
        // What was typed before somebody else changed the same does not fit what is there now.
        let fits = !matches!(refused, None | Some(Error::EditedMeanwhile)) && typed.len() <= FIELDS_MAX;
        let typed = if fits { typed } else { Vec::new() };
        let keep = |(name, value): &(String, String)| !domain::Field::is_secret(name) && value.len() <= TYPED_MAX;
        Self { action: action.to_owned(), refused, typed: typed.into_iter().filter(keep).collect() }
    }
}
