//! What is asked of a provider, and what is believed of its answers (OIDC-1, OIDC-2).

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::backend::Backend;
use domain::clock::{Millis, SECOND};
use domain::flows::provider_sign_in::{Identity, Returned, Trip};
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreIdTokenClaims, CoreIdTokenVerifier, CoreRequestTokenError,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError, StandardErrorResponse, TokenResponse as _,
};
use url::Url;

use super::Trouble;
use super::file::Provider;
use super::known::{Known, Metadata, SIGNED_BY};

/// So far apart may the clock of a provider and ours be.
const LEEWAY: Millis = 30 * SECOND;
/// The longest subject, in bytes (OpenID Connect Core, 2).
const SUBJECT_MAX: usize = 255;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Who somebody is at the provider, as its ID token says.
pub struct Proved {
    issuer: String,
    subject: String,
    email: Option<String>,
    authenticated_at: Option<Millis>,
    issued_at: Millis,
}

impl Proved {
    /// For the flow.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            issuer: &self.issuer,
            subject: &self.subject,
            email: self.email.as_deref(),
            authenticated_at: self.authenticated_at,
        }
    }

    /// Whether the token says that it was made before this time, when nobody had asked for it yet. Some providers date
    /// it back, so that alone is no reason to refuse it.
    #[must_use]
    pub const fn is_older_than(&self, at: Millis) -> bool {
        self.issued_at < at - LEEWAY
    }
}

/// The one address to which a provider may send people back.
///
/// # Errors
/// [`Trouble::Wrong`], never for a public URL that was checked.
pub fn redirect(backend: &Backend, provider: &str) -> Result<RedirectUrl, Trouble> {
    let link = backend.settings.link(&format!("/oidc/{provider}/callback"));
    RedirectUrl::new(link).map_err(|_| Trouble::Wrong("our own address cannot be read"))
}

fn client(file: &Provider, metadata: &Metadata, redirect: RedirectUrl) -> Client {
    let id = ClientId::new(file.client_id.clone());
    let secret = ClientSecret::new(file.client_secret.reveal().to_owned());
    let taken = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| taken.is_some_and(|taken| taken.contains(&method));
    let by_post = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
    let auth_type = if by_post { AuthType::RequestBody } else { AuthType::BasicAuth };
    let client: Client = CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret));
    client.set_redirect_uri(redirect).set_auth_type(auth_type)
}

/// Where somebody who sets out is led.
#[must_use]
pub fn url(file: &Provider, metadata: &Metadata, redirect: RedirectUrl, trip: &Trip) -> Url {
    let verifier = PkceCodeVerifier::new(trip.verifier.reveal().to_owned());
    let (state, nonce) = (trip.state.reveal().to_owned(), trip.nonce.reveal().to_owned());
    let client = client(file, metadata, redirect);
    let request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .add_scopes(file.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    let request = if trip.again { request.add_prompt(CoreAuthPrompt::Login) } else { request };
    let max_age = trip.max_age.and_then(|age| u64::try_from(age).ok()).map(Duration::from_millis);
    let request = if let Some(age) = max_age { request.set_max_age(age) } else { request };
    request.url().0
}

/// Exchanges the code, and takes the ID token that comes for it to pieces. Nothing else is asked: the address and
/// whether it was verified stand in the same token.
///
/// # Errors
/// [`Trouble`].
pub async fn proved(
    known: &Known,
    backend: &Backend,
    metadata: &Metadata,
    returned: &Returned,
    code: String,
) -> Result<Proved, Trouble> {
    let file = &known.file;
    let client = client(file, metadata, redirect(backend, &file.id)?);
    let request = client.exchange_code(AuthorizationCode::new(code));
    let request = request.map_err(|_| Trouble::Wrong("it has no token endpoint"))?;
    let verifier = PkceCodeVerifier::new(returned.verifier.clone());
    let answer = request.set_pkce_verifier(verifier).request_async(&known.http).await.map_err(refused)?;
    let token = answer.id_token().ok_or(Trouble::Wrong("no ID token came for the code"))?;
    let now = backend.clock.now();
    let claims = match verified(file, metadata, returned, token, now) {
        Err(error) if may_be_rotation(&error) => match known.rotate(backend).await? {
            Some(metadata) => verified(file, &metadata, returned, token, now).map_err(|error| wrong(&error))?,
            None => return Err(wrong(&error)),
        },
        claims => claims.map_err(|error| wrong(&error))?,
    };
    believed(file, &claims, now)
}

fn verified(
    file: &Provider,
    metadata: &Metadata,
    returned: &Returned,
    token: &CoreIdToken,
    now: Millis,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let out_of_time = || ClaimsVerificationError::Other("the clock is out of its mind".into());
    let at: DateTime<Utc> = DateTime::from_timestamp_millis(now - LEEWAY).ok_or_else(out_of_time)?;
    // One without a secret knows no signature by a shared one.
    let (id, issuer) = (ClientId::new(file.client_id.clone()), metadata.issuer().clone());
    let verifier = CoreIdTokenVerifier::new_public_client(id, issuer, metadata.jwks().clone())
        .set_allowed_algs(SIGNED_BY)
        .set_time_fn(move || at);
    token.claims(&verifier, &Nonce::new(returned.nonce.clone())).cloned()
}

/// Whether newer keys could make a signature right.
const fn may_be_rotation(error: &ClaimsVerificationError) -> bool {
    use SignatureVerificationError as Signature;
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            Signature::NoMatchingKey
                | Signature::AmbiguousKeyId(_)
                | Signature::CryptoError(_)
                | Signature::InvalidKey(_)
        )
    )
}

/// What is left to check once signature, issuer, audience, end and nonce are right.
fn believed(file: &Provider, claims: &CoreIdTokenClaims, now: Millis) -> Result<Proved, Trouble> {
    // Both are bounded above, or a clock far ahead would make proofs that never grow old (SESS-9).
    let to_come = |at: DateTime<Utc>| at.timestamp_millis() > now + LEEWAY;
    if to_come(claims.issue_time()) || claims.auth_time().is_some_and(to_come) {
        return Err(Trouble::Clock("the ID token lies in the future"));
    }
    if claims.authorized_party().is_some_and(|party| party.as_str() != file.client_id) {
        return Err(Trouble::Wrong("the ID token was made for another client"));
    }
    let subject = claims.subject().as_str();
    let fits = |byte: u8| byte.is_ascii() && !byte.is_ascii_control();
    if !(1..=SUBJECT_MAX).contains(&subject.len()) || !subject.bytes().all(fits) {
        return Err(Trouble::Wrong("the subject of the ID token is none"));
    }
    let verified = claims.email_verified() == Some(true);
    Ok(Proved {
        issuer: file.issuer.clone(),
        subject: subject.to_owned(),
        email: claims.email().filter(|_| verified).map(|email| email.as_str().to_owned()),
        authenticated_at: claims.auth_time().map(|at| at.timestamp_millis()),
        issued_at: claims.issue_time().timestamp_millis(),
    })
}

/// Why the token endpoint gave no token; what it answers is not repeated.
fn refused(error: CoreRequestTokenError<io::Error>) -> Trouble {
    let of = |answer: &StandardErrorResponse<CoreErrorResponseType>| match answer.error() {
        CoreErrorResponseType::InvalidClient => "it does not know our client id and secret",
        CoreErrorResponseType::InvalidGrant => "it does not take the code",
        _ => "it gives no token for the code",
    };
    match error {
        CoreRequestTokenError::Request(error) => Trouble::Down(error.to_string()),
        CoreRequestTokenError::ServerResponse(answer) => Trouble::Wrong(of(&answer)),
        CoreRequestTokenError::Parse(..) | CoreRequestTokenError::Other(_) => {
            Trouble::Wrong("its answer to the code cannot be read")
        }
    }
}

/// Why an ID token is not believed; what it holds is not repeated.
const fn wrong(error: &ClaimsVerificationError) -> Trouble {
    use ClaimsVerificationError as E;
    use SignatureVerificationError as Signature;
    Trouble::Wrong(match error {
        // We asked for it a moment ago: if it has run out, the clocks differ.
        E::Expired(_) => return Trouble::Clock("the ID token has run out"),
        E::InvalidAudience(_) => "the ID token was made for another client",
        E::InvalidIssuer(_) => "the ID token has another issuer",
        E::InvalidNonce(_) => "the ID token has another nonce, or none",
        E::SignatureVerification(Signature::DisallowedAlg(_) | Signature::NoSignature) => {
            "the ID token is signed by none of RS256, ES256 and EdDSA"
        }
        E::SignatureVerification(_) => "no key of the provider fits the ID token",
        _ => "the ID token makes no sense",
    })
}
