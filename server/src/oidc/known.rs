//! What is known of one provider: its endpoints and keys, fetched and refreshed, and kept through its bad days.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::backend::Backend;
use domain::clock::{DAY, MINUTE, Millis, SECOND};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use url::Url;

use super::Trouble;
use super::file::Provider;
use super::http::Http;

/// How ID tokens may be signed (OIDC-1).
pub const SIGNED_BY: [CoreJwsSigningAlgorithm; 3] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// So long may somebody wait for a provider in all.
pub const PATIENCE: Duration = Duration::from_millis(4_500);
/// So long nobody has to wait for it.
pub const UNHURRIED: Duration = Duration::from_secs(10);
/// What was fetched is used for so long, while the provider does not answer.
const USED: Millis = DAY;
/// How often it is fetched anew.
const ANEW: Duration = Duration::from_secs(60 * 60);
/// How soon after a failure, at first and at the latest.
const AGAIN: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(5 * 60)];
/// How soon after a failure those who sign in may ask it again.
const PAUSE: Millis = 5 * SECOND;
/// How often keys are fetched because of a signature that none of them fits.
const ROTATION: Millis = MINUTE;

/// What discovery says beyond OpenID Connect: of RFC 9207 and RFC 8414.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Announced {
    /// Whether answers name their issuer.
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// How a code may be bound to whoever asked for it.
    pub code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for Announced {}

/// Endpoints and keys.
pub type Metadata = ProviderMetadata<
    Announced,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider of the file, and what is known of it.
pub struct Known {
    /// As the operator has described it.
    pub file: Provider,
    /// How it is asked.
    pub http: Http,
    state: Mutex<State>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    fetched: Option<(Arc<Metadata>, Millis)>,
    failed_at: Option<Millis>,
    rotated_at: Option<Millis>,
}

impl Known {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(file: Provider, http: Http) -> Self {
        Self { file, http, state: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was fetched and is not too old; never waits.
    #[must_use]
    pub fn at_hand(&self, now: Millis) -> Option<Arc<Metadata>> {
        let fresh = |(_, at): &&(Arc<Metadata>, Millis)| now - at < USED;
        self.state().fetched.as_ref().filter(fresh).map(|(metadata, _)| metadata.clone())
    }

    /// Where people sign in, as far as that is known; never waits.
    #[must_use]
    pub fn authorization_endpoint(&self) -> Option<Url> {
        self.state().fetched.as_ref().map(|(metadata, _)| metadata.authorization_endpoint().url().clone())
    }

    /// What is known, fetched first where nothing is. After a failure nobody asks again for a while, so that a provider
    /// that hangs holds up one person and not everybody.
    ///
    /// # Errors
    /// [`Trouble::Down`].
    pub async fn get(&self, backend: &Backend) -> Result<Arc<Metadata>, Trouble> {
        if let Some(metadata) = self.at_hand(backend.clock.now()) {
            return Ok(metadata);
        }
        let _one = self.asking.lock().await;
        let now = backend.clock.now();
        if let Some(metadata) = self.at_hand(now) {
            return Ok(metadata);
        }
        if self.state().failed_at.is_some_and(|at| now - at < PAUSE) {
            return Err(Trouble::Down("it did not answer a moment ago".into()));
        }
        // Whoever gives up waiting leaves this behind.
        self.state().failed_at = Some(now);
        self.refresh(backend, PATIENCE).await.map_err(Trouble::Down)
    }

    /// Fetches everything anew, as when its keys have changed; at most once a minute. `None` where it is too early.
    ///
    /// # Errors
    /// [`Trouble::Down`].
    pub async fn rotate(&self, backend: &Backend) -> Result<Option<Arc<Metadata>>, Trouble> {
        let now = backend.clock.now();
        {
            let mut state = self.state();
            if state.rotated_at.is_some_and(|at| now - at < ROTATION) {
                return Ok(None);
            }
            state.rotated_at = Some(now);
        }
        self.refresh(backend, PATIENCE).await.map(Some).map_err(Trouble::Down)
    }

    /// Fetches everything anew. What was known stays, where that does not succeed.
    async fn refresh(&self, backend: &Backend, patience: Duration) -> Result<Arc<Metadata>, String> {
        let discovered = timeout(patience, discover(&self.file, &self.http)).await;
        let now = backend.clock.now();
        match discovered.unwrap_or_else(|_| Err("it does not answer in time".into())) {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                let mut state = self.state();
                (state.fetched, state.failed_at) = (Some((metadata.clone(), now)), None);
                Ok(metadata)
            }
            Err(why) => {
                self.state().failed_at = Some(now);
                Err(why)
            }
        }
    }

    /// Fetches everything at the start and every hour, and sooner again after a failure, until it is stopped.
    pub async fn keep(self: Arc<Self>, backend: Backend) {
        let [soon, latest] = AGAIN;
        let mut pause = soon;
        loop {
            match self.refresh(&backend, UNHURRIED).await {
                Ok(_) => {
                    pause = soon;
                    tokio::time::sleep(ANEW).await;
                }
                Err(why) => {
                    tracing::warn!(event = "provider_down", provider = self.file.id, why, "a provider cannot be asked");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(latest);
                }
            }
        }
    }
}

/// Fetches endpoints and keys, and says whether we can do with them.
///
/// # Errors
/// In words for the operator.
pub async fn discover(file: &Provider, http: &Http) -> Result<Metadata, String> {
    let issuer = IssuerUrl::new(file.issuer.clone()).map_err(|error| error.to_string())?;
    let metadata: Metadata = Metadata::discover_async(issuer, http).await.map_err(why)?;
    let signs = |by: &CoreJwsSigningAlgorithm| SIGNED_BY.contains(by);
    if !metadata.id_token_signing_alg_values_supported().iter().any(signs) {
        return Err("it signs by none of RS256, ES256 and EdDSA".into());
    }
    let announced = metadata.additional_metadata();
    let s256 = |methods: &Vec<String>| methods.iter().any(|method| method == "S256");
    if !announced.code_challenge_methods_supported.as_ref().is_none_or(s256) {
        return Err("it does not take PKCE with S256".into());
    }
    let endpoint = metadata.token_endpoint().ok_or("it has no token endpoint")?;
    // Nobody is led, and no code is sent, past the protection that the issuer itself has.
    let guarded = |url: &Url| url.scheme() == "https" || matches!(http, Http::Plain);
    if !guarded(endpoint.url()) || !guarded(metadata.authorization_endpoint().url()) {
        return Err("its endpoints are not all https".into());
    }
    Ok(metadata)
}

/// Why discovery failed; what a provider answers is not repeated.
fn why(error: DiscoveryError<io::Error>) -> String {
    match error {
        DiscoveryError::Request(error) => error.to_string(),
        DiscoveryError::Response(status, ..) => format!("it answers discovery with status {status}, or not with JSON"),
        DiscoveryError::Validation(_) => "it names itself by another issuer".into(),
        _ => "its discovery cannot be read".into(),
    }
}
