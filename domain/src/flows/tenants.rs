//! Making clients.

use unicode_normalization::UnicodeNormalization;

use crate::backend::Backend;
use crate::error::{Error, Field, Problem, Result};
use crate::store::groups::NewGroup;
use crate::store::tenants::Tenant;
use crate::store::{Tx, groups, tenants};
use crate::text::Language;
use crate::validate;
use crate::view::{BuiltinGroup, Permission};

/// The palette; `style/tokens.css` gives each its light and dark shade.
pub const COLOURS: [&str; 8] = ["blue", "green", "amber", "red", "violet", "teal", "slate", "pink"];
/// Words that stand at this place of other URLs, or may one day.
const RESERVED: [&str; 8] = ["account", "admin", "api", "c", "dev", "new", "sign-in", "selfsame"];

/// Whether a slug may stand in URLs.
#[must_use]
pub fn is_slug(slug: &str) -> bool {
    (2..=40).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !RESERVED.contains(&slug)
}

/// A slug made from a name: `Müller & Söhne` becomes `muller-sohne`.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let plain: String = name.nfkd().filter(char::is_ascii).collect::<String>().to_ascii_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(40);
    let slug = slug.trim_matches('-').to_owned();
    if is_slug(&slug) { slug } else { "main".to_owned() }
}

/// Makes a client with its four groups.
///
/// # Errors
/// At the name; at the slug where it is none or somebody has it; or the database's.
pub async fn create(tx: &mut Tx, backend: &Backend, name: &str, slug: &str, colour: &str) -> Result<Tenant> {
    let name = validate::name(name).map_err(|problem| Error::at(Field::ClientName, problem))?;
    if !is_slug(slug) {
        return Err(Error::at(Field::Slug, Problem::NotASlug));
    }
    let now = backend.clock.now();
    let tenant = Tenant { id: backend.rng.id(now), slug: slug.to_owned(), name, colour: colour.to_owned() };
    if !tenants::insert(tx, &tenant, now).await? {
        return Err(Error::at(Field::Slug, Problem::Taken));
    }
    for builtin in BuiltinGroup::ALL {
        let (name, description) = builtin.keys();
        let permissions = builtin.permissions().into_iter().map(Permission::code).collect::<Vec<_>>().join(" ");
        let group = NewGroup {
            tenant_id: &tenant.id,
            id: &backend.rng.id(now),
            builtin: Some(builtin),
            name: Language::En.text(name),
            description: Language::En.text(description),
            permissions: &permissions,
            open_to_join: false,
        };
        groups::insert(tx, &group, now).await?;
    }
    Ok(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_colour_has_a_name() {
        for colour in COLOURS {
            assert!(crate::view::colour_name(colour, Language::En).is_some(), "{colour}");
        }
        assert_eq!(crate::view::colour_name("Blue", Language::En), None);
    }

    #[test]
    fn slugs_are_made_of_what_urls_bear() {
        assert_eq!(slug_of("Acme Ltd"), "acme-ltd");
        assert_eq!(slug_of("Müller & Söhne"), "muller-sohne");
        assert_eq!(slug_of("日本"), "main");
        assert_eq!(slug_of("Admin"), "main");
        assert!(!is_slug("-a") && !is_slug("a") && !is_slug("a_b") && !is_slug("api") && is_slug("a1"));
    }
}
