//! What is not ours to change of somebody whose sign-in a provider manages (OIDC-3).

use crate::actor::Actor;
use crate::error::{Error, Result};

/// Lets through whose sign-in is managed here. Whatever leads to a password, to a second factor or to another address
/// asks this first, so that pages, server functions and the API all refuse.
///
/// # Errors
/// [`Error::ManagedByProvider`].
pub fn by_us(actor: &Actor) -> Result<()> {
    if actor.provider().is_some() { Err(Error::ManagedByProvider) } else { Ok(()) }
}
