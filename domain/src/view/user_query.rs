//! What the list of users is asked for, as it stands in the URL of the page.

use serde::{Deserialize, Serialize};

use crate::text::Key;

/// The most letters of a search.
pub const SEARCH_MAX: usize = 100;

/// What the list is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserFilter {
    /// Those at home here who can sign in.
    Active,
    /// Those who may not sign in.
    Disabled,
    /// Those who have no way in yet.
    NotActivated,
    /// Those who are at home in another client.
    Guest,
    /// Those at home here who sign in by password and have no second factor.
    FactorOff,
    /// With codes by e-mail.
    FactorEmail,
    /// With an app.
    FactorApp,
    /// Those who may use the API.
    ApiAccess,
    /// Those whose sign-in a provider manages.
    Provider,
}

impl UserFilter {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Active,
        Self::Disabled,
        Self::NotActivated,
        Self::Guest,
        Self::FactorOff,
        Self::FactorEmail,
        Self::FactorApp,
        Self::ApiAccess,
        Self::Provider,
    ];

    /// As it stands in URLs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::NotActivated => "not-activated",
            Self::Guest => "guest",
            Self::FactorOff => "factor-off",
            Self::FactorEmail => "factor-email",
            Self::FactorApp => "factor-app",
            Self::ApiAccess => "api",
            Self::Provider => "provider",
        }
    }

    /// Of a code in a URL, if it is one.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.code() == code)
    }

    /// Its name.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Active => Key::UsersShowActive,
            Self::Disabled => Key::UsersShowDisabled,
            Self::NotActivated => Key::UsersShowNotActivated,
            Self::Guest => Key::UsersShowGuests,
            Self::FactorOff => Key::UsersShowFactorOff,
            Self::FactorEmail => Key::UsersShowFactorEmail,
            Self::FactorApp => Key::UsersShowFactorApp,
            Self::ApiAccess => Key::UsersShowApiAccess,
            Self::Provider => Key::UsersShowProvider,
        }
    }
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserSort {
    /// First and last name.
    #[default]
    Name,
    /// The address.
    Email,
    /// When they last signed in.
    LastSignIn,
    /// Since when they belong to the client.
    Created,
}

impl UserSort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::LastSignIn, Self::Created];

    /// As it stands in URLs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::LastSignIn => "last-sign-in",
            Self::Created => "created",
        }
    }

    /// Of a code in a URL, if it is one.
    #[must_use]
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }

    /// Its name, as the column has it.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Name => Key::UsersSortName,
            Self::Email => Key::UsersSortEmail,
            Self::LastSignIn => Key::UsersSortLastSignIn,
            Self::Created => Key::UsersSortCreated,
        }
    }
}

/// What the list is asked for. It stands in the URL of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserQuery {
    /// The beginnings of words of names and addresses, in any order.
    pub search: String,
    /// Narrowed to these, if to any.
    pub filter: Option<UserFilter>,
    /// Sorted by this.
    pub sort: UserSort,
    /// From the last to the first.
    pub descending: bool,
    /// After whom the page begins, as the page before said it; without it, it is the first one.
    pub after: Option<String>,
}

impl UserQuery {
    /// Reads the query of a URL, with or without its question mark. What is unknown falls back to the default.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let mut read = Self::default();
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            match name {
                "search" => read.search = value.trim().chars().take(SEARCH_MAX).map(shown).collect(),
                "filter" => read.filter = UserFilter::read(&value),
                "sort" => read.sort = UserSort::read(&value).unwrap_or_default(),
                "order" => read.descending = value == "desc",
                "after" => read.after = Some(value).filter(|after| !after.is_empty()),
                _ => {}
            }
        }
        read
    }

    /// The query of a URL, without a question mark; empty where everything is as by default.
    #[must_use]
    pub fn write(&self) -> String {
        let sort = (self.sort != UserSort::default()).then(|| self.sort.code());
        let pairs = [
            ("search", Some(self.search.as_str()).filter(|search| !search.is_empty())),
            ("filter", self.filter.map(UserFilter::code)),
            ("sort", sort),
            ("order", self.descending.then_some("desc")),
            ("after", self.after.as_deref()),
        ];
        let said = pairs.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(value?))));
        said.collect::<Vec<_>>().join("&")
    }

    /// Whether it asks for less than everybody; then nobody found is no match, and not an empty client.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        !self.search.is_empty() || self.filter.is_some()
    }

    /// The same for the page that begins after somebody.
    #[must_use]
    pub fn after(&self, after: &str) -> Self {
        Self { after: Some(after.to_owned()), ..self.clone() }
    }

    /// The same from the first page on, sorted by `sort`: the other way round where it is sorted by that already.
    #[must_use]
    pub fn sorted_by(&self, sort: UserSort) -> Self {
        Self { sort, descending: sort == self.sort && !self.descending, after: None, ..self.clone() }
    }
}

/// A letter of a search; in no name and no address is a control character, NUL least of all, which Postgres would not
/// even look for.
fn shown(letter: char) -> char {
    if letter.is_control() && !letter.is_whitespace() { char::REPLACEMENT_CHARACTER } else { letter }
}

/// As forms write a value (URL standard, `application/x-www-form-urlencoded`).
fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'.' | b'_' | b'*' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(value: &str) -> String {
    let (bytes, mut out, mut at) = (value.as_bytes(), Vec::with_capacity(value.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = escaped.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if let Some(digits) = escaped {
            out.push(u8::from_str_radix(digits, 16).unwrap_or_default());
            at += 3;
        } else {
            out.push(if byte == b'+' { b' ' } else { byte });
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stands_in_the_url_and_is_read_from_it() {
        let query = UserQuery {
            search: "Zoë & \"Co\" 100% a+b=c".into(),
            filter: Some(UserFilter::NotActivated),
            sort: UserSort::LastSignIn,
            descending: true,
            after: Some("AbC-_.0193".into()),
        };
        let url = query.write();
        assert!(url.is_ascii() && !url.contains([' ', '"', '#']), "{url}");
        assert_eq!(UserQuery::read(&url), query);
        assert_eq!(UserQuery::read(&format!("?{url}")), query);
        assert_eq!(UserQuery::default().write(), "");
    }

    #[test]
    fn what_is_unknown_falls_back() {
        for odd in ["", "?", "&&=&", "filter=x&sort=y&order=z&after=", "is_admin=1", "tenant_id=2&sort", "search=++"] {
            assert_eq!(UserQuery::read(odd), UserQuery::default(), "{odd}");
        }
        assert_eq!(UserQuery::read("search=%zz%4%FF%20x").search, "%zz%4\u{FFFD} x");
        assert_eq!(UserQuery::read("search=a%00%40b%1F%09c").search, "a\u{FFFD}@b\u{FFFD}\tc");
        assert_eq!(UserQuery::read(&format!("search={}", "a".repeat(500))).search.len(), SEARCH_MAX);
    }

    #[test]
    fn a_column_turns_round_and_begins_with_the_first_page() {
        let query = UserQuery { after: Some("x".into()), filter: Some(UserFilter::Guest), ..UserQuery::default() };
        let turned = query.sorted_by(UserSort::Name);
        assert_eq!(turned.write(), "filter=guest&order=desc");
        assert_eq!(turned.sorted_by(UserSort::Name).write(), "filter=guest");
        assert_eq!(turned.sorted_by(UserSort::Email).write(), "filter=guest&sort=email");
    }

    #[test]
    fn codes_are_read_as_they_are_written() {
        assert!(UserFilter::ALL.into_iter().all(|filter| UserFilter::read(filter.code()) == Some(filter)));
        assert!(UserSort::ALL.into_iter().all(|sort| UserSort::read(sort.code()) == Some(sort)));
    }
}
