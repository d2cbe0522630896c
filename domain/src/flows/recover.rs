//! A new password for somebody who has forgotten theirs, by a mailed link (PW-7). It does not sign anybody in, and the
//! second factor is asked as ever.
//!
//! Whether there is such a user is looked up by a worker, after the answer: so the answer cannot tell, neither by what
//! it says nor by the time it takes (ENUM-2).

use std::net::{IpAddr, Ipv4Addr};

use super::activity::Kind;
use super::limits::{self, MailPermit, Wish};
use super::{change_password, security_events};
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis};
use crate::error::{Error, Field, Result};
use crate::mail::letters::{self, Asked, Recipient};
use crate::mail::{address, outbox};
use crate::secrets::token::Token;
use crate::store::links::{self, Link, NewLink};
use crate::store::reset_asks::{self, Ask};
use crate::store::users::{self, User};
use crate::store::{Tx, activations, tenants};
use crate::text::Language;
use crate::view::Reset;
use crate::visitor::Visitor;

/// How long a link works (PW-7).
pub const VALIDITY: Millis = 30 * MINUTE;

/// Asks for a link to a new password. The answer is the same whether anybody has the address or not.
///
/// # Errors
/// At the field when it is no address, [`Error::TooMany`], or the database's.
pub async fn ask(backend: &Backend, visitor: &Visitor, email: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let email = address::canonical(email).map_err(|problem| Error::at(Field::Email, problem))?;
    let now = backend.clock.now();
    let ask = Ask {
        id: backend.rng.id(now),
        email,
        address: visitor.address.to_canonical().to_string(),
        browser: visitor.browser.clone(),
        language: visitor.language.tag().to_owned(),
        created_at: now,
    };
    reset_asks::insert(&backend.db, &ask).await?;
    outbox::wake(backend);
    Ok(())
}

/// Mails links to those who asked and have an account, once; for the worker that sends letters.
///
/// # Errors
/// The database's.
pub async fn answer_due(backend: &Backend) -> Result<()> {
    for ask in reset_asks::waiting(&backend.db).await? {
        // One that cannot be answered holds nobody else up.
        if let Err(error) = answer(backend, &ask).await {
            tracing::warn!(id = ask.id, ?error, "a wish for a new password could not be answered");
        }
    }
    Ok(())
}

async fn answer(backend: &Backend, ask: &Ask) -> Result<()> {
    let visitor = visitor(ask);
    let mut tx = backend.db.begin().await?;
    if !reset_asks::take(&mut tx, &ask.id).await? {
        return Ok(());
    }
    let permit = limits::permit_mail(&mut tx, backend, Wish::Reset, &ask.email, &visitor.place()).await?;
    let user = users::by_email_in(&mut tx, &ask.email).await?.filter(|user| user.disabled_at.is_none());
    // Whoever asked while no worker was there has long given up, or asked again.
    let late = ask.created_at <= backend.clock.now() - VALIDITY;
    if let (MailPermit::Now, Some(user), false) = (permit, user, late) {
        match user.provider.as_deref() {
            _ if !user.is_activated() => mail_activation(&mut tx, backend, &visitor, &user).await?,
            Some(provider) => mail_hint(&mut tx, backend, &visitor, &user, provider).await?,
            None => mail_link(&mut tx, backend, &visitor, &user, ask.created_at).await?,
        }
    }
    tx.commit().await?;
    outbox::wake(backend);
    Ok(())
}

/// Whoever has no password here, because a provider manages the sign-in, is told so; nothing else happens (OIDC-3).
async fn mail_hint(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User, provider: &str) -> Result<()> {
    let (to, link) = (security_events::recipient(user, visitor), backend.settings.link("/sign-in"));
    let letter = letters::provider_hint(to, &backend.settings.provider_name(provider), &link);
    outbox::put(tx, backend, &letter, backend.clock.now() + outbox::NOTICE).await
}

/// Whoever asked, as far as it was kept. Times are told in UTC: the time zone may have been a stranger's.
fn visitor(ask: &Ask) -> Visitor {
    Visitor {
        address: ask.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        browser: ask.browser.clone(),
        language: Language::from_tag(&ask.language).unwrap_or_default(),
        zone: jiff::tz::TimeZone::UTC,
        device: None,
    }
}

/// Who has no way in yet gets one by an activation link (PW-6), whoever made the account and never sent one. One that
/// still works is not replaced: anybody may ask, and must not kill it. Nobody is greeted by name, as nobody has proved
/// the address yet.
async fn mail_activation(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User) -> Result<()> {
    if activations::is_live(tx, &user.id, backend.clock.now()).await? {
        return Ok(());
    }
    let home = tenants::by_id_in(tx, &user.home_tenant_id).await?.ok_or(Error::internal())?;
    let to = Recipient { name: "", ..security_events::recipient(user, visitor) };
    super::users::mail_link(tx, backend, &user.id, to, &home.name).await?;
    security_events::record(tx, backend, visitor, &user.id, Kind::PasswordResetAsked, "").await?;
    tracing::info!(event = "activation_asked", user = user.id, address = %visitor.address, "activation link mailed");
    Ok(())
}

/// A new link. Former ones go on working for their time, at most five: anybody may ask, and must not kill the link that
/// its owner is about to use by it. The first that is used ends all.
async fn mail_link(tx: &mut Tx, backend: &Backend, visitor: &Visitor, user: &User, asked_at: Millis) -> Result<()> {
    let (now, token) = (backend.clock.now(), Token::new(&backend.rng));
    let expires_at = now + VALIDITY;
    let link = NewLink {
        id: &backend.rng.id(now),
        token_hash: &token.hash(),
        kind: links::Kind::Reset,
        user_id: &user.id,
        email: &user.email,
    };
    links::insert(tx, &link, now, expires_at).await?;
    let url = backend.settings.link(&format!("/reset/{}", token.reveal()));
    let to = security_events::recipient(user, visitor);
    let letter = letters::password_reset(to, &url, Asked { visitor, now: asked_at, expires_at });
    outbox::put(tx, backend, &letter, expires_at).await?;
    security_events::record(tx, backend, visitor, &user.id, Kind::PasswordResetAsked, "").await?;
    tracing::info!(event = "password_reset_asked", user = user.id, address = %visitor.address, "link mailed");
    Ok(())
}

/// A link that still works and whose owner still has the address it was mailed to.
async fn owner(backend: &Backend, link: &str) -> Result<(Link, User)> {
    let (link, user) = security_events::owner(backend, links::Kind::Reset, link).await?;
    if user.email == link.email && user.provider.is_none() { Ok((link, user)) } else { Err(Error::NotFound) }
}

/// Who a link is for. Looking does not use it up.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work, whatever the reason; or the database's.
pub async fn look(backend: &Backend, link: &str) -> Result<Reset> {
    let (_, user) = owner(backend, link).await?;
    Ok(Reset { email: user.email, rules: change_password::rules(backend) })
}

/// The new password, twice. It holds at once, the link is used up, everything that was begun before it ends, and the
/// owner is told (SESS-6, NOT-1). Nobody is signed in by it.
///
/// # Errors
/// At the fields, and then the link still works; [`Error::NotFound`]; [`Error::TooMany`]; [`Error::Busy`]; or the
/// database's.
pub async fn finish(backend: &Backend, visitor: &Visitor, link: &str, new: &str, repeated: &str) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let (link, user) = owner(backend, link).await?;
    security_events::judge(backend, &user, new, repeated).await?;
    let new_hash = security_events::hash(backend, &user, new).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    security_events::one_at_a_time(&mut tx, backend, &user.id).await?;
    // The mail was wanted, as one whose code is used.
    limits::give_mail_back(&mut tx, backend, Wish::Reset, &link.email).await?;
    limits::hold_codes(&mut tx, &user.id, now).await?;
    if !links::use_up(&mut tx, &link.id, now).await? {
        return Err(Error::NotFound);
    }
    security_events::end_everything(&mut tx, &user.id, None).await?;
    users::set_password(&mut tx, &user.id, &new_hash, now).await?;
    let asked = Asked { visitor, now, expires_at: now };
    let to = security_events::recipient(&user, visitor);
    let notice = letters::password_was_reset(to, asked, &backend.settings);
    outbox::put(&mut tx, backend, &notice, now + outbox::NOTICE).await?;
    security_events::record(&mut tx, backend, visitor, &user.id, Kind::PasswordReset, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    tracing::info!(event = "password_reset", user = user.id, address = %visitor.address, "password set by link");
    Ok(())
}
