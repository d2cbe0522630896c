//! Profile pictures: the two squares that are kept, as rows, so that two instances and one backup see the same.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;

/// A picture to be.
#[derive(Clone, Debug)]
pub struct NewPicture<'a> {
    /// Whose.
    pub user_id: &'a str,
    /// Its id, which nobody can guess.
    pub id: &'a str,
    /// The large square, as JPEG.
    pub large: &'a [u8],
    /// The small square, as JPEG.
    pub small: &'a [u8],
}

/// Stores a picture; the former one of the same user is gone.
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, picture: &NewPicture<'_>, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "INSERT INTO pictures (user_id, id, large, small, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, large = excluded.large, small = excluded.small,
                created_at = excluded.created_at",
        picture.user_id,
        picture.id,
        picture.large,
        picture.small,
        now,
    )?;
    Ok(())
}

/// Removes the picture of a user; says whether there was one.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, user_id: &str) -> Result<bool> {
    let removed = execute!(tx.on(), "DELETE FROM pictures WHERE user_id = $1", user_id)?;
    Ok(removed == 1)
}

/// The large square of a picture or the small one, for somebody who shares a client with its user (UPL-5).
///
/// # Errors
/// The database's.
pub async fn square(db: &Db, id: &str, viewer_id: &str, large: bool) -> Result<Option<Vec<u8>>> {
    let row = fetch!(
        db.read(),
        fetch_optional,
        (Vec<u8>,),
        "SELECT CASE WHEN $3 THEN p.large ELSE p.small END FROM pictures p
          WHERE p.id = $1 AND EXISTS (SELECT 1 FROM memberships theirs
                 JOIN memberships own ON own.tenant_id = theirs.tenant_id AND own.user_id = $2
                WHERE theirs.user_id = p.user_id)",
        id,
        viewer_id,
        large,
    )?;
    Ok(row.map(|(square,)| square))
}
