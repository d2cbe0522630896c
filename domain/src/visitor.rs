//! From where somebody asks: address, browser, language and time zone, and the devices a person has signed in on.

use std::net::IpAddr;

use jiff::tz::TimeZone;

use crate::clock::{Millis, Rng, human, machine};
use crate::secrets::{Keys, token};
use crate::text::Language;
use crate::view::Moment;

/// From where somebody asks. Nothing of it is proof of anything.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address, as far as configured proxies can be trusted.
    pub address: IpAddr,
    /// Browser and system, in words.
    pub browser: String,
    /// The language to answer in.
    pub language: Language,
    /// The time zone to tell times in.
    pub zone: TimeZone,
    /// The device, if it has been here before.
    pub device: Option<Device>,
}

impl Visitor {
    /// What counts as one place for limits: the address, or the /64 of an IPv6 address (RATE-2).
    #[must_use]
    pub fn place(&self) -> String {
        match self.address {
            IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
            address => address.to_canonical().to_string(),
        }
    }

    /// `at` as this visitor reads it.
    #[must_use]
    pub fn moment(&self, at: Millis) -> Moment {
        Moment { machine: machine(at), human: human(at, self.language, &self.zone) }
    }
}

/// Browser and system from a `User-Agent`, in words people know; its own text is never shown.
#[must_use]
pub fn browser_name(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Most name the browsers they descend from as well, so the youngest stand first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "?".to_owned(),
    }
}

/// A device and the marks of those who have signed in on it, newest first. Kept by the browser; each mark is an
/// HMAC, so a mark of one person says nothing of another (RATE-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    id: String,
    marks: Vec<String>,
}

/// How many people a device remembers.
const MARKS: usize = 5;

impl Device {
    /// Reads what the browser kept.
    #[must_use]
    pub fn read(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('.');
        let id = parts.next().filter(|id| token::decode(id).is_some_and(|bytes| bytes.len() == 16))?;
        let marks: Vec<String> = parts.map(str::to_owned).collect();
        (marks.len() <= MARKS).then(|| Self { id: id.to_owned(), marks })
    }

    /// What the browser is to keep.
    #[must_use]
    pub fn cookie(&self) -> String {
        [&self.id].into_iter().chain(&self.marks).map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// The device's id, if this user has signed in on it before.
    #[must_use]
    pub fn known_to(&self, keys: &Keys, user_id: &str) -> Option<&str> {
        let mark = keys.device_mark(&self.id, user_id);
        self.marks.contains(&mark).then_some(self.id.as_str())
    }

    /// The mark of whoever signed in on it last.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.marks.first().map(String::as_str)
    }

    /// The mark of this user on this device, whether they have signed in on it or not.
    #[must_use]
    pub fn mark_of(&self, keys: &Keys, user_id: &str) -> String {
        keys.device_mark(&self.id, user_id)
    }

    /// The device after this user has signed in on it.
    #[must_use]
    pub fn marked(device: Option<&Self>, keys: &Keys, rng: &Rng, user_id: &str) -> Self {
        let id = device.map_or_else(|| token::encode(&rng.bytes::<16>()), |device| device.id.clone());
        let mark = keys.device_mark(&id, user_id);
        let older = device.map(|device| device.marks.clone()).unwrap_or_default();
        let marks =
            [mark.clone()].into_iter().chain(older.into_iter().filter(|old| *old != mark)).take(MARKS).collect();
        Self { id, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Visitor {
        Visitor {
            address: address.parse().expect("an address"),
            browser: String::new(),
            language: Language::En,
            zone: TimeZone::UTC,
            device: None,
        }
    }

    #[test]
    fn an_ipv6_network_is_one_place() {
        assert_eq!(at("2001:db8:1:2::1").place(), at("2001:db8:1:2:ffff::9").place());
        assert_ne!(at("2001:db8:1:2::1").place(), at("2001:db8:1:3::1").place());
        assert_eq!(at("::ffff:192.0.2.1").place(), at("192.0.2.1").place());
    }

    #[test]
    fn browsers_are_named_in_words_of_ours() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(browser_name(edge), "Edge, Windows");
        assert_eq!(browser_name("<script>\r\nBcc: x"), "?");
    }

    #[test]
    fn a_device_is_known_to_those_who_signed_in_on_it() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let device = Device::marked(None, &keys, &Rng::seeded(1), "olivia");
        let device = Device::read(&device.cookie()).expect("our own cookie");
        assert!(device.known_to(&keys, "olivia").is_some() && device.known_to(&keys, "max").is_none());
        let mark = device.last().expect("of olivia").to_owned();
        assert!(device.mark_of(&keys, "olivia") == mark && device.mark_of(&keys, "max") != mark);
        let mut all = device;
        for user in ["a", "b", "c", "d", "e"] {
            all = Device::marked(Some(&all), &keys, &Rng::seeded(1), user);
        }
        assert!(all.known_to(&keys, "e").is_some() && all.known_to(&keys, "olivia").is_none());
    }
}
