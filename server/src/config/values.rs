//! Addresses of others, as options and files name them.

use url::{Host, Url};

/// An exact origin, such as `https://app.example:8443`, as browsers write it in `Origin`.
///
/// # Errors
/// In words for the operator.
pub fn origin(text: &str) -> Result<String, String> {
    let exact = |url: &Url| is_safe(url) && url.origin().ascii_serialization() == text;
    match Url::parse(text).ok().filter(exact) {
        Some(_) => Ok(text.to_owned()),
        None => Err("expected an exact origin such as https://app.example, or http:// on this machine".into()),
    }
}

/// Whether nobody on the way can read along: https, or http that stays on this machine.
#[must_use]
pub fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" && url.host().is_some() || url.scheme() == "http" && is_local(url)
}

/// Whether a URL names this very machine.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn only_exact_origins_that_nobody_reads_along() {
        for right in [
            "https://app.example",
            "https://app.example:8443",
            "http://127.0.0.1:5173",
            "http://localhost",
            "http://[::1]:1",
        ] {
            assert_eq!(origin(right).as_deref(), Ok(right));
        }
        for wrong in [
            "",
            "*",
            "null",
            "app.example",
            "https://app.example/",
            "https://app.example/path",
            "https://App.example",
            "https://app.example:443",
            "https://user@app.example",
            "http://app.example",
            "http://127.0.0.1.evil.example",
            "ftp://localhost",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
