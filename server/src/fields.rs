//! Which fields each server function takes. A form with any other is refused whole (ADM-1): the framework would leave
//! it out without a word, and what is left out today may be taken tomorrow.

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// The names of what the server function at `path` takes; none where there is no such function.
#[must_use]
pub fn of(path: &str) -> Option<&'static [&'static str]> {
    FIELDS.iter().find(|(function, _)| *function == path).map(|(_, names)| *names)
}

/// That every server function is known here: of one that is not, any field would be taken.
///
/// # Panics
/// Where the source of one was not found when the program was built.
pub fn assert_complete(functions: &[&str]) {
    let unknown: Vec<_> = functions.iter().filter(|path| of(path).is_none()).collect();
    assert!(unknown.is_empty(), "what do these take? {unknown:?}");
}

/// Whether a form for the server function at `path` holds what it does not take.
#[must_use]
pub fn has_foreign(path: &str, form: &[u8]) -> bool {
    let Some(taken) = of(path) else { return false };
    let mut names = url::form_urlencoded::parse(form);
    // Of a list, each entry has brackets behind the name.
    names.any(|(name, _)| !taken.contains(&name.split('[').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_takes_is_known_and_nothing_else_gets_in() {
        assert_eq!(of("/do/save_names"), Some(&["slug", "first_name", "last_name"][..]));
        assert_eq!(of("/do/nothing"), None);
        assert_complete(&["/do/save_names"]);
        for (form, foreign) in [
            ("", false),
            ("slug=acme&last_name=a%5B", false),
            ("slug=acme&first_name%5B%5D=a", false),
            ("slug=acme&with=recovery", true),
            ("slug=acme&is_admin=true", true),
            ("slug=acme&Slug=acme", true),
            ("slug=acme&tenant_id=1&first_name=a", true),
            ("slug=acme&%5B%5D=a", true),
            ("=a", true),
        ] {
            assert_eq!(has_foreign("/do/save_names", form.as_bytes()), foreign, "{form}");
        }
        assert!(!has_foreign("/do/prove_factor", b"slug=acme&with=recovery&code=1"));
    }
}
