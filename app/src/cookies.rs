//! Our cookies: names and attributes in one place (SESS-2).

use cookie::{Cookie, SameSite, time::Duration};
use domain::flows::sign_in::Finished;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session.
    Session,
    /// A sign-in half-way (SESS-8).
    SignIn,
    /// A device that somebody has signed in on (RATE-1).
    Device,
    /// What became of a form.
    Flash,
    /// What was typed where the sign-in had ended, until the person has signed in again.
    Kept,
    /// The browser that set out to a provider: nobody else comes back from there (OIDC-1).
    Trip,
    /// A key for programs that was just made, sealed, until it was shown.
    NewKey,
    /// The chosen language.
    Language,
    /// The chosen theme.
    Theme,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::SignIn => "sign-in",
            Self::Device => "device",
            Self::Flash => "flash",
            Self::Kept => "kept",
            Self::Trip => "trip",
            Self::NewKey => "new-key",
            Self::Language => "language",
            Self::Theme => "theme",
        }
    }

    /// Its name; `__Host-` binds it to this host and to https, so it cannot be planted from a sibling.
    #[must_use]
    pub fn full_name(self, https: bool) -> String {
        format!("{}selfsame-{}", if https { "__Host-" } else { "" }, self.name())
    }

    /// How long the browser keeps it; `None`: until it closes.
    const fn kept(self) -> Option<Duration> {
        match self {
            Self::Session | Self::SignIn => None,
            Self::Flash | Self::NewKey => Some(Duration::minutes(2)),
            Self::Kept | Self::Trip => Some(Duration::minutes(10)),
            Self::Device | Self::Language | Self::Theme => Some(Duration::days(365)),
        }
    }

    /// A `Set-Cookie` value that sets it.
    #[must_use]
    pub fn set(self, value: &str, https: bool) -> String {
        let mut cookie = self.base(value, https);
        cookie.set_max_age(self.kept());
        cookie.to_string()
    }

    /// A `Set-Cookie` value that removes it.
    #[must_use]
    pub fn clear(self, https: bool) -> String {
        let mut cookie = self.base("", https);
        cookie.set_max_age(Duration::ZERO);
        cookie.to_string()
    }

    fn base(self, value: &str, https: bool) -> Cookie<'_> {
        Cookie::build((self.full_name(https), value.to_owned()))
            .path("/")
            .http_only(true)
            .secure(https)
            .same_site(SameSite::Lax)
            .build()
    }

    /// Its value in a `Cookie` header.
    #[must_use]
    pub fn read(self, header: &str, https: bool) -> Option<String> {
        let name = self.full_name(https);
        Cookie::split_parse(header).flatten().find(|cookie| cookie.name() == name).map(|c| c.value().to_owned())
    }
}

/// The `Set-Cookie` values with which a session begins: the sign-in half-way is over, and the device and what the person
/// has chosen are known again.
#[must_use]
pub fn of_session(finished: &Finished, https: bool) -> Vec<String> {
    let (language, theme) = &finished.look;
    let look = [(Kind::Language, language), (Kind::Theme, theme)];
    let mut cookies = vec![
        Kind::SignIn.clear(https),
        Kind::Session.set(finished.token.reveal(), https),
        Kind::Device.set(&finished.device.cookie(), https),
    ];
    cookies.extend(look.into_iter().filter_map(|(kind, chosen)| Some(kind.set(chosen.as_deref()?, https))));
    cookies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_cookie_is_bound_to_host_and_https_and_ends_with_the_browser() {
        assert_eq!(Kind::Session.set("x", true), "__Host-selfsame-session=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(Kind::Session.set("x", false), "selfsame-session=x; HttpOnly; SameSite=Lax; Path=/");
        assert!(Kind::Device.set("x", true).contains("Max-Age=31536000"));
        assert!(Kind::Trip.set("x", true).ends_with("; Max-Age=600"));
        assert!(
            Kind::NewKey.set("x", false).starts_with("selfsame-new-key=x; HttpOnly; SameSite=Lax; Path=/; Max-Age=120")
        );
    }

    #[test]
    fn a_plain_name_is_not_read_where_https_is_spoken() {
        assert_eq!(Kind::Session.read("selfsame-session=a; __Host-selfsame-session=b", true).as_deref(), Some("b"));
        assert_eq!(Kind::Session.read("selfsame-session=a", true), None);
    }
}
