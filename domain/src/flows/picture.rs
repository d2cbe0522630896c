//! The profile picture: set, removed, shown. What was sent is never kept, only two squares that are made of it.

use std::fs::File;

use super::activity::{self, Kind};
use super::security_events;
use crate::actor::Actor;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::picture::{LARGE, SMALL};
use crate::secrets::token;
use crate::store::pictures::{self, NewPicture};

/// Sets the picture to the middle of what is in `file`; the former one is gone. Nobody's word about the file counts.
///
/// # Errors
/// At the field; [`Error::Busy`] where its turn does not come; [`Error::SignedOut`] where the session has ended
/// meanwhile; or the database's. Then the former picture stays.
pub async fn set(backend: &Backend, actor: &Actor, file: File) -> Result<()> {
    let squares = backend.shrinker.squares(file).await?;
    let id = token::encode(&backend.rng.bytes::<16>());
    let picture = NewPicture { user_id: actor.user_id(), id: &id, large: &squares.large, small: &squares.small };
    let mut tx = backend.db.begin().await?;
    security_events::still_here(&mut tx, backend, actor).await?;
    pictures::put(&mut tx, &picture, backend.clock.now()).await?;
    activity::record(&mut tx, backend, actor, Kind::PictureSet).await?;
    tx.commit().await?;
    tracing::info!(event = "picture_set", user = actor.user_id(), "picture set");
    Ok(())
}

/// Removes the picture, if there is one.
///
/// # Errors
/// [`Error::SignedOut`], or the database's.
pub async fn remove(backend: &Backend, actor: &Actor) -> Result<()> {
    let mut tx = backend.db.begin().await?;
    security_events::still_here(&mut tx, backend, actor).await?;
    if !pictures::remove(&mut tx, actor.user_id()).await? {
        return Ok(());
    }
    activity::record(&mut tx, backend, actor, Kind::PictureRemoved).await?;
    tx.commit().await?;
    tracing::info!(event = "picture_removed", user = actor.user_id(), "picture removed");
    Ok(())
}

/// The square of `side` pixels of a picture, as JPEG, for those who share a client with its user (UPL-5).
///
/// # Errors
/// [`Error::NotFound`] for everybody and everything else; or the database's.
pub async fn square(backend: &Backend, actor: &Actor, id: &str, side: u32) -> Result<Vec<u8>> {
    let large = match side {
        LARGE => true,
        SMALL => false,
        _ => return Err(Error::NotFound),
    };
    pictures::square(&backend.db, id, actor.user_id(), large).await?.ok_or(Error::NotFound)
}
