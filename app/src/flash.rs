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

/// So many bytes are kept in all: sealed and encoded, a cookie has room for about 4,000.
const ROOM: usize = 2_400;
/// What is longer is not kept; a text of 500 letters always is, whatever they are.
const TYPED_MAX: usize = 2_100;
/// What stands around a field in the cookie.
const AROUND: usize = 8;
/// In place of a list for which there is no room: half of one would look like a choice.
pub const LEFT_OUT: &str = "…";

impl Flash {
    /// Keeps what may be shown again.
    #[must_use]
    pub fn new(action: &str, refused: Option<Error>, typed: Vec<(String, String)>) -> Self {
        // What was typed before somebody else changed the same does not fit what is there now.
        let fits = !matches!(refused, None | Some(Error::EditedMeanwhile));
        let typed = if fits { kept(typed) } else { Vec::new() };
        Self { action: action.to_owned(), refused, typed }
    }
}

/// What is not secret, as far as there is room: each list whole or not at all, else field by field.
fn kept(mut typed: Vec<(String, String)>) -> Vec<(String, String)> {
    let size = |(name, value): &(String, String)| name.len() + value.len() + AROUND;
    typed.retain(|(name, value)| !domain::Field::is_secret(name) && value.len() <= TYPED_MAX);
    if typed.iter().map(size).sum::<usize>() > ROOM {
        for (_, value) in typed.iter_mut().filter(|(name, _)| name.ends_with("[]")) {
            LEFT_OUT.clone_into(value);
        }
        typed.dedup();
    }
    let mut room = ROOM;
    typed.retain(|field| {
        let left = room.checked_sub(size(field));
        room = left.unwrap_or(room);
        left.is_some()
    });
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_of(typed: &[(&str, &str)]) -> Vec<(String, String)> {
        let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Flash::new("/do/save_names", Some(Error::Busy), typed).typed
    }

    fn names(kept: &[(String, String)]) -> Vec<&str> {
        kept.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_long_text_is_kept_whatever_its_letters_are() {
        let text = "😀".repeat(501);
        assert_eq!(kept_of(&[("slug", "acme"), ("reason", &text)])[1].1, text);
        let endless = "x".repeat(TYPED_MAX + 1);
        assert_eq!(names(&kept_of(&[("slug", "acme"), ("reason", &endless), ("group[]", "1")])), ["slug", "group[]"]);
    }

    #[test]
    fn a_list_is_kept_whole_or_not_at_all() {
        let id = "0".repeat(36);
        let with = |count: usize| {
            let mut typed = vec![("first_name", "Nora")];
            typed.extend(std::iter::repeat_n(("group[]", id.as_str()), count));
            typed.push(("last_name", "Nilsen"));
            kept_of(&typed)
        };
        assert_eq!(with(40).len(), 42);
        let left_out = [("first_name", "Nora"), ("group[]", LEFT_OUT), ("last_name", "Nilsen")];
        assert_eq!(with(60), left_out.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn there_is_an_end_to_it_and_no_secret_in_it() {
        let long = "x".repeat(TYPED_MAX);
        let typed = [("first_name", long.as_str()), ("password", "p"), ("last_name", &long), ("email", "e")];
        assert_eq!(names(&kept_of(&typed)), ["first_name", "email"]);
    }
}
