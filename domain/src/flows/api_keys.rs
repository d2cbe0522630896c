//! Keys that people make for programs that run alone (API-2): shown once, kept as a hash, and gone with everything that
//! a token of a sign-in is gone with. Who may make one must have proved who they are just now, and not by a key.

use serde_json::json;

use super::activity::Kind;
use super::{limits, security_events};
use crate::actor::{Actor, Member};
use crate::backend::Backend;
use crate::clock::{DAY, HOUR, Millis, machine};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::outbox;
use crate::secrets::token::Token;
use crate::store::api_tokens::{self, DueKey, KeyRow, NewToken};
use crate::store::users::User;
use crate::store::{Tx, sessions, tenants, users};
use crate::text::Language;
use crate::validate;
use crate::view::{self, ApiKeys};
use crate::visitor::Visitor;

/// Keys that one person may have.
pub const MOST: i64 = 20;
/// Keys an hour that one person may make, those that have ended meanwhile included: each is a letter.
pub const PER_HOUR: i64 = 20;
/// Days that a key holds for, at most.
const DAYS: u32 = 365;
/// The same where a provider manages the sign-in: who leaves there is not outlived for long (OIDC-3).
const DAYS_BY_PROVIDER: u32 = 30;
/// So long before its end the owner of a key hears of it; of one that lives for less than twice as long, half-way.
const WARNING: Millis = 7 * DAY;

/// What a key is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// What its owner calls it, as typed; another name than that of any of their keys.
    pub name: &'a str,
    /// For how many days it is to hold.
    pub days: u32,
}

/// A key was made.
pub struct Made {
    /// To be shown once.
    pub key: Token,
    /// By which it is ended.
    pub id: String,
}

const fn most_days(provider: Option<&str>) -> u32 {
    if provider.is_some() { DAYS_BY_PROVIDER } else { DAYS }
}

/// What the page shows.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, member: &Member) -> Result<ApiKeys> {
    let (actor, now) = (member.actor(), backend.clock.now());
    let session = actor.session();
    let keys = api_tokens::keys(&backend.db, actor.user_id(), now).await?;
    let user = users::by_id(&backend.db, actor.user_id()).await?.ok_or(Error::SignedOut)?;
    let home = tenants::by_id(&backend.db, &user.home_tenant_id).await?.ok_or(Error::NotFound)?;
    Ok(ApiKeys {
        allowed: session.api_access,
        keys: keys.into_iter().map(|row| shown(row, actor.visitor())).collect(),
        unlocked: actor.is_fresh(now),
        provider: actor.provider().map(|id| backend.settings.provider_name(id)),
        email: session.email.clone(),
        client: home.name,
        most: most_days(actor.provider()),
    })
}

fn shown(row: KeyRow, reader: &Visitor) -> view::ApiKey {
    view::ApiKey {
        created: reader.moment(row.created_at),
        expires: reader.moment(row.expires_at),
        last_used: row.last_used_at.map(|at| reader.moment(at)),
        id: row.id,
        name: row.name,
        hint: row.hint,
    }
}

/// Makes a key, and tells its owner by mail.
///
/// # Errors
/// [`Error::NotFound`] for whoever may not use the API; [`Error::ReauthenticationNeeded`] (SESS-9); at the fields, also
/// where there are as many keys as may be; [`Error::SignedOut`] when the session has ended meanwhile;
/// [`Error::TooMany`]; or the database's.
pub async fn make(backend: &Backend, actor: &Actor, new: &NewKey<'_>) -> Result<Made> {
    let (mut tx, user) = begin(backend, actor, actor.session().api_access).await?;
    if !user.api_access {
        return Err(Error::NotFound);
    }
    let name = checked(&mut tx, backend, &user, new).await?;
    let (now, visitor) = (backend.clock.now(), actor.visitor());
    limits::count(&mut tx, &backend.keys.limit_key("keys_made", &user.id), PER_HOUR, HOUR, now).await?;
    let expires_at = now + Millis::from(new.days) * DAY;
    let (id, key) = (backend.rng.id(now), Token::new(&backend.rng));
    let row = NewToken {
        id: &id,
        token_hash: &key.hash(),
        user_id: &user.id,
        kind: api_tokens::Kind::Key,
        name: &name,
        hint: &key.hint(),
        browser: &visitor.browser,
        address: &visitor.address.to_canonical().to_string(),
        warn_at: Some(expires_at - WARNING.min((expires_at - now) / 2)),
    };
    api_tokens::insert(&mut tx, &row, now, expires_at).await?;
    let (to, asked) = (security_events::recipient(&user, visitor), Asked { visitor, now, expires_at: now });
    let letter = letters::api_key_made(to, &name, expires_at, asked, &backend.settings);
    outbox::put(&mut tx, backend, &letter, now + outbox::NOTICE).await?;
    let detail = json!({ "name": name, "until": machine(expires_at) }).to_string();
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::ApiKeyMade, &detail).await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "api_key_made", user = user.id, key = id, address = %visitor.address, "key made");
    Ok(Made { key, id })
}

/// The name without the blanks around it, where it and the days are right.
async fn checked(tx: &mut Tx, backend: &Backend, user: &User, new: &NewKey<'_>) -> Result<String> {
    let (name, max, now) = (validate::name(new.name), most_days(user.provider.as_deref()), backend.clock.now());
    let in_range = (1..=max).contains(&new.days);
    validate::all(vec![
        (Field::KeyName, name.as_ref().err().copied()),
        (Field::Days, (!in_range).then_some(Problem::OutOfRange { min: 1, max })),
    ])?;
    let name = name.unwrap_or_default();
    if api_tokens::has_name(tx, &user.id, &name, now).await? {
        return Err(Error::at(Field::KeyName, Problem::Taken));
    }
    if api_tokens::count_keys(tx, &user.id, now).await? >= MOST {
        return Err(Error::at(Field::KeyName, Problem::TooManyKeys));
    }
    Ok(name)
}

/// Nobody makes or ends a key in a session that has ended, or long after they have last proved who they are; and nobody
/// who cannot have one.
async fn begin(backend: &Backend, actor: &Actor, may_have: bool) -> Result<(Tx, User)> {
    if !may_have {
        return Err(Error::NotFound);
    }
    if !actor.is_fresh(backend.clock.now()) {
        return Err(Error::ReauthenticationNeeded);
    }
    limits::try_by(backend, actor).await?;
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, actor.user_id()).await?;
    if !sessions::stands(&mut tx, &actor.session().id).await? {
        return Err(Error::SignedOut);
    }
    let user = users::by_id_in(&mut tx, actor.user_id()).await?.filter(|user| user.disabled_at.is_none());
    Ok((tx, user.ok_or(Error::SignedOut)?))
}

/// Ends a key of the person. What does not exist and what is somebody else's look alike.
///
/// # Errors
/// [`Error::ReauthenticationNeeded`], [`Error::NotFound`], [`Error::SignedOut`] when the session has ended meanwhile,
/// [`Error::TooMany`], or the database's.
pub async fn end(backend: &Backend, actor: &Actor, id: &str) -> Result<()> {
    let (mut tx, user) = begin(backend, actor, true).await?;
    let name = api_tokens::end_key(&mut tx, &user.id, id).await?.ok_or(Error::NotFound)?;
    let detail = json!({ "name": name }).to_string();
    security_events::record(&mut tx, backend, actor.visitor(), &user.id, Kind::ApiKeyEnded, &detail).await?;
    tx.commit().await?;
    tracing::info!(event = "api_key_ended", user = user.id, key = id, "key ended");
    Ok(())
}

/// Tells those whose keys end soon, once, by mail.
///
/// # Errors
/// The database's.
pub async fn tell_due(backend: &Backend) -> Result<()> {
    for key in api_tokens::due(&backend.db, backend.clock.now()).await? {
        tell(backend, &key).await?;
    }
    Ok(())
}

async fn tell(backend: &Backend, key: &DueKey) -> Result<()> {
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    let Some((name, expires_at)) = api_tokens::take_due(&mut tx, &key.id, now).await? else { return Ok(()) };
    let user = users::by_id_in(&mut tx, &key.user_id).await?.ok_or(Error::NotFound)?;
    let home = tenants::by_id(&backend.db, &user.home_tenant_id).await?.ok_or(Error::NotFound)?;
    let language = user.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    let to = Recipient { email: &user.email, name: &user.first_name, language };
    let link = backend.settings.link(&format!("/c/{}/account/security/keys", home.slug));
    outbox::put(&mut tx, backend, &letters::api_key_ends(to, &name, expires_at, &link), expires_at).await?;
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}
