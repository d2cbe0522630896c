//! Signing in through a provider: setting out in one browser, coming back to it once, and arriving as whoever has the
//! identity there (OIDC-1, OIDC-2). What the provider says was verified before it comes here.

use serde_json::json;

use super::activity::Kind;
use super::sign_in::{self, Finished};
use super::{incomplete, limits, reauthenticate, security_events};
use crate::actor::{Actor, FRESH};
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis, SECOND};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::token::Token;
use crate::store::provider_trips::{self, NewTrip};
use crate::store::users::User;
use crate::store::{Tx, activations, links, users};
use crate::view::SignedInBy;
use crate::visitor::Visitor;

/// How long a trip to a provider may take (OIDC-1).
pub const TRIP: Millis = 10 * MINUTE;
/// So far the clocks of a provider and ours may differ.
const LEEWAY: Millis = 30 * SECOND;

/// What somebody sets out for.
#[derive(Clone, Copy)]
pub enum Purpose<'a> {
    /// To sign in.
    SignIn {
        /// Where to go afterwards.
        next: Option<&'a str>,
    },
    /// To bind an identity to a new account, and to sign in.
    Activate {
        /// The token of the mailed link.
        link: &'a str,
    },
    /// To prove again who they are (SESS-9).
    Unlock {
        /// Who is signed in.
        actor: &'a Actor,
        /// Where to go afterwards.
        back: &'a str,
    },
}

/// A trip that has begun.
pub struct Trip {
    /// The id of the provider it leads to.
    pub provider: String,
    /// What the provider hands back, so that we know the answer to our own question.
    pub state: Token,
    /// What stands in the ID token.
    pub nonce: Token,
    /// What proves to the provider that the code was meant for us (RFC 7636).
    pub verifier: Token,
    /// For the cookie of the browser, without which nobody comes back.
    pub browser: Token,
    /// Whether the provider is to ask the person, also where it knows them still.
    pub again: bool,
    /// How long ago the person may have proved who they are, where the ID token has to say when that was, in
    /// milliseconds (OpenID Connect Core, 3.1.2.1).
    pub max_age: Option<Millis>,
}

/// Where a trip leads, and what it is bound to.
struct Way {
    provider: String,
    purpose: &'static str,
    activation_id: Option<String>,
    session_id: Option<String>,
    next_path: Option<String>,
}

const SIGN_IN: &str = "sign_in";
const ACTIVATE: &str = "activate";
const UNLOCK: &str = "unlock";

/// Begins a trip. Who belongs to a provider already is led there, whichever `provider` says.
///
/// # Errors
/// [`Error::TooMany`]; [`Error::NotFound`] for a provider that the operator does not name, for a link that does not
/// work, and for whoever is not managed by a provider; [`Error::SignedOut`] when the session has ended meanwhile; or
/// the database's.
pub async fn set_out(backend: &Backend, visitor: &Visitor, provider: &str, purpose: Purpose<'_>) -> Result<Trip> {
    limits::try_from(backend, visitor).await?;
    let now = backend.clock.now();
    let way = way(backend, provider, purpose).await?;
    if backend.settings.provider(&way.provider).is_none() {
        return Err(Error::NotFound);
    }
    let id = backend.rng.id(now);
    let [state, nonce, verifier, browser] = std::array::from_fn(|_| Token::new(&backend.rng));
    let secrets = format!("{}.{}", nonce.reveal(), verifier.reveal());
    let row = NewTrip {
        id: &id,
        state_hash: &state.hash(),
        browser_hash: &browser.hash(),
        provider: &way.provider,
        sealed: &backend.keys.seal(&backend.rng, &context(&id), secrets.as_bytes()),
        purpose: way.purpose,
        activation_id: way.activation_id.as_deref(),
        session_id: way.session_id.as_deref(),
        next_path: way.next_path.as_deref(),
    };
    let mut tx = backend.db.begin().await?;
    if !provider_trips::insert(&mut tx, &row, now, now + TRIP).await? {
        return Err(if way.session_id.is_some() { Error::SignedOut } else { Error::NotFound });
    }
    tx.commit().await?;
    // Whoever is bound, or proves who they are, is the person, and not whoever used this browser before.
    let (again, max_age) = (way.purpose != SIGN_IN, (way.purpose == UNLOCK).then_some(FRESH));
    Ok(Trip { provider: way.provider, state, nonce, verifier, browser, again, max_age })
}

/// What the secrets of a trip are sealed for.
fn context(id: &str) -> String {
    format!("provider-trip:{id}")
}

async fn way(backend: &Backend, provider: &str, purpose: Purpose<'_>) -> Result<Way> {
    let bare = |provider: &str, purpose| Way {
        provider: provider.to_owned(),
        purpose,
        activation_id: None,
        session_id: None,
        next_path: None,
    };
    match purpose {
        Purpose::SignIn { next } => Ok(Way { next_path: next.map(str::to_owned), ..bare(provider, SIGN_IN) }),
        Purpose::Activate { link } => {
            let token = Token::read(link).ok_or(Error::NotFound)?;
            let link = activations::live(&backend.db, &token.hash(), backend.clock.now()).await?;
            let link = link.ok_or(Error::NotFound)?;
            let user = users::by_id(&backend.db, &link.user_id.ok_or(Error::NotFound)?).await?;
            let user = user.filter(awaits_identity).ok_or(Error::NotFound)?;
            let provider = user.provider.ok_or(Error::NotFound)?;
            Ok(Way { activation_id: Some(link.id), ..bare(&provider, ACTIVATE) })
        }
        Purpose::Unlock { actor, back } => {
            let provider = actor.provider().ok_or(Error::NotFound)?;
            let session_id = Some(actor.session().id.clone());
            Ok(Way { session_id, next_path: Some(back.to_owned()), ..bare(provider, UNLOCK) })
        }
    }
}

/// Whether a user is there to have an identity bound to them.
fn awaits_identity(user: &User) -> bool {
    user.provider.is_some() && !user.is_activated() && user.disabled_at.is_none()
}

/// A trip that has come back, and is used up.
pub struct Returned {
    /// The id of the provider.
    pub provider: String,
    /// What has to stand in the ID token.
    pub nonce: String,
    /// What the code is exchanged with.
    pub verifier: String,
    /// Whether the provider had to ask the person.
    pub again: bool,
    /// When the trip began.
    pub set_out_at: Millis,
    aim: Aim,
}

/// What a trip that has come back was for.
enum Aim {
    SignIn { next: Option<String> },
    Activate { activation_id: String },
    Unlock { session_id: String, back: String },
}

/// Uses a trip up, before anything is asked of the provider: so no answer of it is taken twice, whatever comes of it
/// (OIDC-1).
///
/// # Errors
/// [`Error::NotFound`] for another browser, another state, another provider, a trip that was used, and one that took
/// too long; [`Error::TooMany`]; or the database's.
pub async fn come_back(
    backend: &Backend,
    visitor: &Visitor,
    provider: &str,
    state: &str,
    browser: &str,
) -> Result<Returned> {
    let (Some(state), Some(browser)) = (Token::read(state), Token::read(browser)) else {
        return Err(Error::NotFound);
    };
    // Counted only here: pages of others can have a browser ask for this address, though not with its cookie, and are
    // not to use up the tries of its place (RATE-2).
    limits::try_from(backend, visitor).await?;
    let mut tx = backend.db.begin().await?;
    let trip = provider_trips::take(&mut tx, &state.hash(), &browser.hash(), backend.clock.now()).await?;
    tx.commit().await?;
    let trip = trip.filter(|trip| trip.provider == provider).ok_or(Error::NotFound)?;
    let secrets = backend.keys.open(&context(&trip.id), &trip.sealed).ok_or(Error::NotFound)?;
    let secrets = String::from_utf8(secrets).map_err(|_| Error::NotFound)?;
    let (nonce, verifier) = secrets.split_once('.').ok_or(Error::NotFound)?;
    let aim = match (trip.purpose.as_str(), trip.activation_id, trip.session_id) {
        (SIGN_IN, None, None) => Aim::SignIn { next: trip.next_path },
        (ACTIVATE, Some(activation_id), None) => Aim::Activate { activation_id },
        (UNLOCK, None, Some(session_id)) => Aim::Unlock { session_id, back: trip.next_path.unwrap_or_default() },
        _ => return Err(Error::NotFound),
    };
    Ok(Returned {
        provider: trip.provider,
        nonce: nonce.to_owned(),
        verifier: verifier.to_owned(),
        again: !matches!(aim, Aim::SignIn { .. }),
        set_out_at: trip.created_at,
        aim,
    })
}

/// Who somebody is at a provider, out of one ID token that was verified.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The provider's exact issuer.
    pub issuer: &'a str,
    /// Who it is there.
    pub subject: &'a str,
    /// The address, only where the same token says that it was verified.
    pub email: Option<&'a str>,
    /// When the person last proved there who they are, where the token says it.
    pub authenticated_at: Option<Millis>,
}

/// Where a trip has led.
pub enum Arrived {
    /// A session has begun.
    SignedIn(Finished),
    /// The session of before is fresh again.
    Unlocked {
        /// For its cookie; the former token is dead (SESS-3).
        token: Token,
        /// Where the person wanted to go.
        back: String,
    },
}

/// Takes the identity for what the trip was for.
///
/// # Errors
/// [`Error::SignInRefused`] where nobody has the identity, or its user is disabled or at another provider by now, never
/// said which; at [`Field::Method`] where it belongs to somebody else already, and then the link still works;
/// [`Error::NotFound`] where the link does not work any more; [`Error::ReauthenticationNeeded`] where the person was
/// not asked anew; [`Error::SignedOut`] for another session or another identity than that of the trip; or the
/// database's.
pub async fn arrive(
    backend: &Backend,
    visitor: &Visitor,
    actor: Option<&Actor>,
    returned: Returned,
    identity: &Identity<'_>,
) -> Result<Arrived> {
    let Returned { provider, set_out_at, aim, .. } = returned;
    let arrival = Arrival { backend, visitor, provider: &provider, identity };
    match aim {
        Aim::SignIn { next } => arrival.sign_in(next).await.map(Arrived::SignedIn),
        Aim::Activate { activation_id } => arrival.activate(&activation_id).await.map(Arrived::SignedIn),
        Aim::Unlock { session_id, back } => {
            let actor = actor.filter(|actor| actor.session().id == session_id).ok_or(Error::SignedOut)?;
            let token = arrival.unlock(actor, set_out_at).await?;
            Ok(Arrived::Unlocked { token, back })
        }
    }
}

/// Who comes from which provider.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    backend: &'a Backend,
    visitor: &'a Visitor,
    provider: &'a str,
    identity: &'a Identity<'a>,
}

impl Arrival<'_> {
    /// When the session that begins was last authenticated. An old sign-in at the provider is none of ours.
    fn authenticated_at(&self) -> Option<Millis> {
        Some(self.identity.authenticated_at.map_or(0, |at| at.min(self.backend.clock.now())))
    }

    async fn sign_in(&self, next: Option<String>) -> Result<Finished> {
        let Self { backend, visitor, identity, .. } = *self;
        let mut tx = backend.db.begin().await?;
        let owner = users::by_identity(&mut tx, identity.issuer, identity.subject).await?;
        let Some(user) = self.held(&mut tx, owner.as_ref()).await? else {
            drop(tx);
            incomplete::refused(backend, visitor, owner.as_ref().map(|user| user.id.as_str())).await?;
            return Err(Error::SignInRefused);
        };
        incomplete::completed(&mut tx, backend, visitor, &user.id, None).await?;
        let user = self.sync_address(&mut tx, user, None).await?;
        sign_in::enter(tx, backend, visitor, user, SignedInBy::Provider, next, self.authenticated_at()).await
    }

    /// The owner of the identity as they are once nothing else changes them, if they may come in by this provider.
    async fn held(&self, tx: &mut Tx, owner: Option<&User>) -> Result<Option<User>> {
        let Self { backend, identity, provider, .. } = *self;
        let Some(owner) = owner else { return Ok(None) };
        security_events::one_at_a_time(tx, backend, &owner.id).await?;
        let user = users::by_identity(tx, identity.issuer, identity.subject).await?;
        let may = |user: &User| {
            user.id == owner.id && user.disabled_at.is_none() && user.provider.as_deref() == Some(provider)
        };
        Ok(user.filter(may))
    }

    /// The link and the identity together: from now on they belong together, and never by an address (OIDC-2).
    async fn activate(&self, activation_id: &str) -> Result<Finished> {
        let Self { backend, visitor, provider, identity } = *self;
        let now = backend.clock.now();
        let mut tx = backend.db.begin().await?;
        let user_id = provider_trips::invited(&mut tx, activation_id, now).await?.ok_or(Error::NotFound)?;
        security_events::one_at_a_time(&mut tx, backend, &user_id).await?;
        let user = users::by_id_in(&mut tx, &user_id).await?.filter(awaits_identity);
        let user = user.filter(|user| user.provider.as_deref() == Some(provider)).ok_or(Error::NotFound)?;
        if !activations::use_up(&mut tx, activation_id, now).await? {
            return Err(Error::NotFound);
        }
        let free = users::by_identity(&mut tx, identity.issuer, identity.subject).await?.is_none();
        if !free || !users::bind(&mut tx, &user.id, identity.issuer, identity.subject, now).await? {
            return Err(Error::at(Field::Method, Problem::Taken));
        }
        incomplete::completed(&mut tx, backend, visitor, &user.id, None).await?;
        let user = self.sync_address(&mut tx, user, None).await?;
        let detail = json!({ "provider": backend.settings.provider_name(provider) }).to_string();
        security_events::record(&mut tx, backend, visitor, &user.id, Kind::ProviderBound, &detail).await?;
        tracing::info!(event = "provider_bound", user = user.id, provider, address = %visitor.address, "bound");
        sign_in::enter(tx, backend, visitor, user, SignedInBy::Provider, None, self.authenticated_at()).await
    }

    /// The person was asked anew, and is who the session belongs to: it gets a new token, and is fresh (SESS-9).
    async fn unlock(&self, actor: &Actor, set_out_at: Millis) -> Result<Token> {
        let Self { backend, identity, .. } = *self;
        let asked_anew = |at: &Millis| *at >= set_out_at - LEEWAY;
        identity.authenticated_at.filter(asked_anew).ok_or(Error::ReauthenticationNeeded)?;
        let mut tx = backend.db.begin().await?;
        let owner = users::by_identity(&mut tx, identity.issuer, identity.subject).await?;
        let owner = owner.filter(|user| user.id == actor.user_id());
        let user = self.held(&mut tx, owner.as_ref()).await?.ok_or(Error::SignedOut)?;
        let token = reauthenticate::renew(&mut tx, backend, actor).await?;
        self.sync_address(&mut tx, user, Some(&actor.session().id)).await?;
        tx.commit().await?;
        outbox::wake(backend);
        tracing::info!(event = "unlocked", user = actor.user_id(), address = %self.visitor.address, "asked anew");
        Ok(token)
    }

    /// The address follows the provider, as far as it says that it was verified and nobody else has it, or may still
    /// come back to it (EM-4). What was begun with the former one ends (SESS-6), and both are told (NOT-1).
    async fn sync_address(&self, tx: &mut Tx, mut user: User, keep_session: Option<&str>) -> Result<User> {
        let Self { backend, visitor, provider, identity } = *self;
        let Some(email) = identity.email.and_then(|email| address::canonical(email).ok()) else { return Ok(user) };
        let now = backend.clock.now();
        let taken = email == user.email || users::by_email_in(tx, &email).await?.is_some();
        if taken || links::leads_back_to(tx, &email, now).await? {
            return Ok(user);
        }
        security_events::end_everything(tx, &user.id, keep_session).await?;
        if !users::set_email(tx, &user.id, &email, now).await? {
            // Somebody took it this very moment; the next try finds it taken.
            return Err(Error::Unavailable);
        }
        let provider = backend.settings.provider_name(provider);
        let old = security_events::recipient(&user, visitor);
        for to in [old, Recipient { email: &email, ..old }] {
            let letter = letters::provider_changed_address(to, &user.email, &email, &provider);
            outbox::put(tx, backend, &letter, now + outbox::NOTICE).await?;
        }
        let detail = json!({ "from": user.email, "to": email }).to_string();
        security_events::record(tx, backend, visitor, &user.id, Kind::EmailChanged, &detail).await?;
        tracing::info!(event = "email_changed", user = user.id, address = %visitor.address, "address of the provider");
        user.email = email;
        Ok(user)
    }
}
