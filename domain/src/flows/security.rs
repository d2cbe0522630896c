//! The tab Security: how one signs in, and where one is signed in.

use super::{change_password, devices, managed, recovery_codes};
use crate::actor::{ABSOLUTE, Actor, FRESH};
use crate::backend::Backend;
use crate::error::Result;
use crate::view::{CodePrompt, PasswordChange, SecondFactor, Security};

/// What the tab shows.
///
/// # Errors
/// The database's.
pub async fn view(backend: &Backend, actor: &Actor) -> Result<Security> {
    let (session, visitor) = (actor.session(), actor.visitor());
    let factor = SecondFactor::read(&session.second_factor);
    let recovery_left = match factor {
        SecondFactor::App => Some(recovery_codes::left(backend, actor).await?),
        SecondFactor::Off | SecondFactor::Email => None,
    };
    let fresh = actor.is_fresh(backend.clock.now());
    Ok(Security {
        factor,
        email: session.email.clone(),
        factor_since: visitor.moment(session.second_factor_set_at),
        recovery_low: recovery_left.is_some_and(|left| left <= recovery_codes::LOW),
        recovery_left,
        password_since: session.password_set_at.map(|at| visitor.moment(at)),
        unlocked_until: fresh.then(|| visitor.moment(session.authenticated_at + FRESH)),
        devices: devices::list(backend, actor).await?,
        ends_at: visitor.moment(session.created_at + ABSOLUTE),
        min_password: None,
        password_code: None,
        provider: actor.provider().map(|id| backend.settings.provider_name(id)),
        api_access: session.api_access,
    })
}

/// The same with the change of the password in front of it.
///
/// # Errors
/// [`crate::Error::ManagedByProvider`], or the database's.
pub async fn with_password(backend: &Backend, actor: &Actor) -> Result<Security> {
    managed::by_us(actor)?;
    let password_code = match change_password::state(backend, actor).await? {
        PasswordChange::Idle => None,
        PasswordChange::AwaitsCode { sent_to, sent, resend_in_s } => {
            Some(CodePrompt { by: SecondFactor::Email, sent_to, sent, resend_in_s })
        }
    };
    let min_password = Some(change_password::rules(backend).min);
    Ok(Security { min_password, password_code, ..view(backend, actor).await? })
}
