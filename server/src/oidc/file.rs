//! The operator's file of providers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::validate;
use serde::Deserialize;
use url::Url;

use crate::config::values;

/// The longest name of a provider, in code points: it stands on a button.
const NAME_MAX: usize = 60;
/// The longest id, in bytes.
const ID_MAX: usize = 32;
/// What is asked for where the file does not say.
const SCOPES: [&str; 2] = ["email", "profile"];

/// What proves to a provider that it is us. It cannot be printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// What was read.
    #[must_use]
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// For the token endpoint, and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A provider, as the operator has described it. It cannot be printed.
#[derive(Clone)]
pub struct Provider {
    /// Its name in URLs and in the database.
    pub id: String,
    /// Its name on buttons.
    pub name: String,
    /// Its exact issuer.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Further origins that its sign-in leads through.
    pub form_origins: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    provider: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    // Of any type, so that what the reader says of a wrong one never holds it.
    client_secret: Option<toml::Value>,
    client_secret_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    #[serde(default)]
    form_origins: Vec<String>,
}

/// Reads the file, and the files of secrets that it names.
///
/// # Errors
/// In one line, for the operator; never with a secret.
pub fn read(file: &Path) -> Result<Vec<Provider>, String> {
    let named = |why: String| format!("{}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
    parse(&text, file.parent().unwrap_or(Path::new(""))).map_err(named)
}

/// Reads what the file says; files of secrets are looked for in `folder`.
fn parse(text: &str, folder: &Path) -> Result<Vec<Provider>, String> {
    let Written { provider } = toml::from_str(text).map_err(|error| at_line(text, &error))?;
    let (mut ids, mut issuers) = (BTreeSet::new(), BTreeSet::new());
    let mut all = Vec::new();
    for entry in provider {
        let id = entry.id.clone();
        let named = |why: &str| format!("provider {id}: {why}");
        if !is_id(&id) {
            let nth = all.len() + 1;
            return Err(format!("provider number {nth}: id: expected 1 to {ID_MAX} of a to z, 0 to 9 and -"));
        }
        let provider = checked(entry, folder).map_err(|why| named(&why))?;
        if !ids.insert(id.clone()) {
            return Err(named("id: another provider has it"));
        }
        if !issuers.insert(provider.issuer.clone()) {
            return Err(named("issuer: another provider has it"));
        }
        all.push(provider);
    }
    Ok(all)
}

/// Where the reader stumbled. The line itself is not repeated: it may hold a secret.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", error.message().replace('\n', " "))
}

fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(fits)
}

fn checked(entry: Entry, folder: &Path) -> Result<Provider, String> {
    let name = validate::name(&entry.name).ok().filter(|name| name.chars().count() <= NAME_MAX);
    let name = name.ok_or_else(|| format!("name: expected 1 to {NAME_MAX} plain characters"))?;
    if !is_issuer(&entry.issuer) {
        return Err(
            "issuer: expected https://HOST, exactly as the provider names itself, or http:// on this machine".into()
        );
    }
    if entry.client_id.is_empty() || !entry.client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("client_id: expected the name that the provider has given us".into());
    }
    let client_secret = secret(entry.client_secret, entry.client_secret_file.as_deref(), folder)?;
    let scopes = entry.scopes.unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec());
    if let Some(wrong) = scopes.iter().find(|scope| !is_scope(scope)) {
        return Err(format!("scopes: {wrong:?} is not a scope"));
    }
    for origin in &entry.form_origins {
        values::origin(origin).map_err(|why| format!("form_origins: {origin:?}: {why}"))?;
    }
    Ok(Provider {
        id: entry.id,
        name,
        issuer: entry.issuer,
        client_id: entry.client_id,
        client_secret,
        scopes: scopes.into_iter().filter(|scope| scope != "openid").collect(),
        form_origins: entry.form_origins,
    })
}

fn is_issuer(text: &str) -> bool {
    let bare = |url: &Url| {
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
    };
    Url::parse(text).is_ok_and(|url| values::is_safe(&url) && bare(&url))
}

/// A scope token (RFC 6749, 3.3).
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// The secret, from the one of the two places that is named.
fn secret(written: Option<toml::Value>, file: Option<&Path>, folder: &Path) -> Result<Secret, String> {
    let secret = match (written, file) {
        (Some(toml::Value::String(secret)), None) => secret,
        (Some(_), None) => return Err("client_secret: expected text in quotation marks".into()),
        (None, Some(file)) => {
            let text = fs::read_to_string(folder.join(file));
            let text = text.map_err(|error| format!("client_secret_file: {}: {error}", file.display()))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        _ => return Err("expected either client_secret_file or client_secret".into()),
    };
    if secret.is_empty() {
        return Err("the client secret is empty".into());
    }
    Ok(Secret::new(secret))
}
