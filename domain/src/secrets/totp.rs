//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 s, which is what every app knows (TOTP-1, TOTP-2).

use qrcode::QrCode;
use qrcode::render::svg;
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};

use super::Keys;
use crate::backend::PRODUCT;
use crate::clock::{Millis, Rng, SECOND};
use crate::validate;

/// How long a code stands in the app (RFC 6238, 5.2).
pub const PERIOD: Millis = 30 * SECOND;
/// The secret has 160 bits (RFC 4226, R6).
const SECRET: usize = 20;
/// So many periods before and after the present one are right as well (TOTP-2).
const WINDOW: i64 = 1;
/// So many periods off, a code says that the clock of the phone is wrong.
const CLOCK: i64 = 10;

/// The secret of an app. It leaves only sealed, and through [`Secret::url`] and [`Secret::groups`], for the page that
/// shows it once.
pub struct Secret([u8; SECRET]);

/// What came of comparing a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Right: the code of this period, counted since 1970.
    Right(i64),
    /// Right two to ten periods ago, or from now: the code of this period.
    ClockWrong(i64),
    /// Wrong.
    Wrong,
}

impl Secret {
    /// A new one.
    #[must_use]
    pub fn new(rng: &Rng) -> Self {
        Self(rng.bytes::<SECRET>())
    }

    /// For the database, bound to what `whose` names (TOTP-5).
    #[must_use]
    pub fn seal(&self, keys: &Keys, rng: &Rng, whose: &str) -> Vec<u8> {
        keys.seal(rng, &context(whose), &self.0)
    }

    /// Opens what [`Secret::seal`] made for the same; `None` for anything else.
    #[must_use]
    pub fn open(sealed: &[u8], keys: &Keys, whose: &str) -> Option<Self> {
        keys.open(&context(whose), sealed)?.try_into().ok().map(Self)
    }

    /// Compares what was typed with the codes around `now`. Each of them is compared, in constant time, whatever the
    /// others say; where two fit, the later one counts.
    #[must_use]
    pub fn compare(&self, typed: &str, now: Millis) -> Compared {
        let Some(totp) = self.totp(PRODUCT) else { return Compared::Wrong };
        let typed = validate::app_code(typed).unwrap_or_default();
        let present = now / PERIOD;
        let mut compared = Compared::Wrong;
        for off in -CLOCK..=CLOCK {
            let step = present + off;
            let right = bool::from(code(&totp, step).as_bytes().ct_eq(typed.as_bytes()));
            if right && off.abs() <= WINDOW {
                compared = Compared::Right(step);
            } else if right && !matches!(compared, Compared::Right(_)) {
                compared = Compared::ClockWrong(step);
            }
        }
        compared
    }

    fn totp(&self, account: &str) -> Option<Totp> {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_secret(self.0.to_vec())
            .with_issuer(Some(PRODUCT))
            .with_account_name(account.to_owned());
        builder.build().ok()
    }

    /// What the QR code says: `otpauth://totp/…`. `None` when the account has a colon in it.
    #[must_use]
    pub fn url(&self, account: &str) -> Option<String> {
        self.totp(account)?.to_url().ok()
    }

    /// In base32 (RFC 4648, 6), in groups of four, for those who type it.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let base32 = self.totp(PRODUCT).map(|totp| totp.secret().to_base32()).unwrap_or_default();
        let letters: Vec<char> = base32.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect()).collect()
    }
}

fn context(whose: &str) -> String {
    format!("app {whose}")
}

fn code(totp: &Totp, step: i64) -> String {
    totp.generate(u64::try_from(step * (PERIOD / SECOND)).unwrap_or(0)).to_string()
}

/// A QR code as an SVG element: black on white whatever the theme, with the four light modules around it that readers
/// need (ISO/IEC 18004, 5.3.8). `None` when the text is too long for one.
#[must_use]
pub fn qr_svg(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let image = code.render::<svg::Color>().quiet_zone(true).module_dimensions(5, 5).build();
    let (_, element) = image.split_once("?>")?;
    Some(element.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1; of its eight digits the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn of_the_rfc() -> Secret {
        Secret(*b"12345678901234567890")
    }

    #[test]
    fn the_vectors_of_the_rfc() {
        for (seconds, code) in VECTORS {
            assert_eq!(of_the_rfc().compare(code, seconds * SECOND), Compared::Right(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_right_for_one_period_before_and_after_its_own() {
        let (secret, step) = (of_the_rfc(), 1_234_567_890 / 30);
        let at = |off: i64| secret.compare("005 924", (step + off) * PERIOD);
        for off in -12_i64..=12 {
            let expected = match off.abs() {
                0..=1 => Compared::Right(step),
                2..=10 => Compared::ClockWrong(step),
                _ => Compared::Wrong,
            };
            assert_eq!(at(off), expected, "{off}");
        }
        let last = (step + 2) * PERIOD;
        assert_eq!(secret.compare("005924", last - 1), Compared::Right(step));
        assert_eq!(secret.compare("005924", last), Compared::ClockWrong(step));
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        for typed in ["", "000000", "5924", "0059240", "null", "００５９２４"] {
            assert_eq!(of_the_rfc().compare(typed, 1_234_567_890 * SECOND), Compared::Wrong, "{typed}");
        }
    }

    #[test]
    fn the_url_names_us_the_account_and_160_bits() {
        let url = of_the_rfc().url("olivia@acme.example").expect("a URL");
        let url: url::Url = url.parse().expect("a URL");
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        assert_eq!(url.path(), "/Selfsame:olivia%40acme.example");
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert!(pairs.contains(&("secret".into(), secret.into())), "{pairs:?}");
        assert!(pairs.contains(&("issuer".into(), PRODUCT.into())), "{pairs:?}");
        assert_eq!(of_the_rfc().groups().concat(), secret);
        assert!(of_the_rfc().groups().iter().all(|group| group.len() == 4));
        assert!(!PRODUCT.contains(':') && of_the_rfc().url("a:b@c.example").is_none());
    }

    #[test]
    fn the_longest_address_fits_into_a_qr_code_with_a_white_margin() {
        let local = "x'".repeat(32);
        let account = format!("{local}@{}.example", "y".repeat(63));
        let url = Secret::new(&Rng::seeded(1)).url(&account).expect("a URL");
        let svg = qr_svg(&url).expect("a QR code");
        assert!(svg.starts_with("<svg ") && svg.contains("fill=\"#fff\"") && svg.contains("fill=\"#000\""), "{svg}");
        assert!(!svg.contains("style") && !svg.contains("<script"));
        // The first dark module stands four modules of five pixels from the edge.
        assert!(svg.contains("d=\"M20 20h5v5H20V20"), "{svg}");
    }

    #[test]
    fn two_secrets_differ_and_a_sealed_one_opens_for_its_owner_alone() {
        let keys = Keys::derive(b"0123456789abcdef0123456789abcdef").expect("long enough");
        let rng = Rng::seeded(1);
        let (one, other) = (Secret::new(&rng), Secret::new(&rng));
        assert_ne!(one.0, other.0);
        let sealed = one.seal(&keys, &rng, "olivia");
        assert_eq!(Secret::open(&sealed, &keys, "olivia").map(|secret| secret.0), Some(one.0));
        assert!(Secret::open(&sealed, &keys, "max").is_none());
    }
}
