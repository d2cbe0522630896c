//! Sign-in through OpenID Connect providers: our side of the wire. What it means for users is in the flows.

mod check;
pub mod file;
mod http;
mod known;
mod routes;
mod verify;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::backend::Backend;
use domain::view;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::Url;

use self::http::Http;
use self::known::Known;

pub use check::check;
pub use file::read;
pub use routes::{begin, callback};

/// Why a provider is of no use to somebody who signs in. It is for the log; people are told in words of ours.
pub(crate) enum Trouble {
    /// It does not answer, or not in time.
    Down(String),
    /// It answers what cannot be right.
    Wrong(&'static str),
    /// Its clock and ours are too far apart for its tokens.
    Clock(&'static str),
}

/// The providers of the operator's file; cloning copies the handle.
#[derive(Clone)]
pub struct Providers(Arc<[Arc<Known>]>);

impl Providers {
    /// Nobody but us manages sign-ins.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::from([]))
    }

    /// Those that were read; nothing is asked of them yet.
    ///
    /// # Errors
    /// In words for the operator, where one speaks https and this machine trusts nobody.
    pub fn new(providers: Vec<file::Provider>) -> Result<Self, String> {
        let mut trusted = None;
        let mut all = Vec::new();
        for provider in providers {
            let http = if speaks_https(&provider) {
                let tls = match &trusted {
                    Some(tls) => Arc::clone(tls),
                    None => http::roots()?,
                };
                trusted = Some(Arc::clone(&tls));
                Http::Tls(TlsConnector::from(tls))
            } else {
                Http::Plain
            };
            all.push(Arc::new(Known::new(provider, http)));
        }
        Ok(Self(all.into()))
    }

    /// As pages name them.
    #[must_use]
    pub fn public(&self) -> Vec<view::Provider> {
        public(self.0.iter().map(|known| &known.file))
    }

    /// The origins to which forms may lead, each with a blank before it, for the policy of pages (WEB-2). As far as
    /// they are known: nobody waits for a provider to see a page.
    #[must_use]
    pub fn origins(&self) -> String {
        let mut origins = BTreeSet::new();
        for known in self.0.iter() {
            let issuer = Url::parse(&known.file.issuer).ok();
            let urls = [issuer, known.authorization_endpoint()];
            origins.extend(urls.iter().flatten().map(|url| url.origin().ascii_serialization()));
            origins.extend(known.file.form_origins.iter().cloned());
        }
        origins.iter().fold(String::new(), |list, origin| format!("{list} {origin}"))
    }

    /// Fetches endpoints and keys of all of them at the start and from time to time, until it is stopped.
    pub async fn keep(self, backend: Backend) {
        let mut all = JoinSet::new();
        for known in self.0.iter() {
            all.spawn(Arc::clone(known).keep(backend.clone()));
        }
        while all.join_next().await.is_some() {}
    }

    fn known(&self, id: &str) -> Option<&Known> {
        self.0.iter().find(|known| known.file.id == id).map(AsRef::as_ref)
    }
}

/// What pages need to know of providers.
#[must_use]
pub fn public<'a>(providers: impl IntoIterator<Item = &'a file::Provider>) -> Vec<view::Provider> {
    let named = |provider: &file::Provider| view::Provider { id: provider.id.clone(), name: provider.name.clone() };
    providers.into_iter().map(named).collect()
}

fn speaks_https(provider: &file::Provider) -> bool {
    Url::parse(&provider.issuer).is_ok_and(|url| url.scheme() == "https")
}
