//! An account for somebody who was invited as a guest and has none.
//!
//! It has a home of its own: a client that belongs to this one person, goes in their name, and is seen by nobody else.
//! So everybody has exactly one home, and whoever came as a guest is one like any other: they accept, reject and leave,
//! and what is left is their account. At home they are in the group User, which lets them look after themselves and no
//! more; being invited somewhere makes nobody run a client. With nobody in its group Full access there is no last one
//! either (TEN-3), and nobody but the operator can disable them (`selfsame user disable`).
//!
//! The link proves the address, as that of an activation does (PW-6). It signs nobody in, and the invitation is still
//! open afterwards (INV-1).

use super::activation::judged;
use super::set_up::together;
use super::users::Invitee;
use super::{invitations, limits, rights, tenants, users};
use crate::backend::Backend;
use crate::error::{Error, Field, Result};
use crate::secrets::password::Password;
use crate::store::invitations::Received;
use crate::store::{self, Tx, memberships};
use crate::validate;
use crate::view::BuiltinGroup;
use crate::visitor::Visitor;

/// The colour of clients that belong to one person.
const COLOUR: &str = "slate";

/// What the person types.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The password to be.
    pub password: &'a str,
    /// And again.
    pub repeated: &'a str,
}

/// Makes the account; the person signs in next, and finds the invitation there.
///
/// # Errors
/// At the fields, and at the address where somebody has it by now; [`Error::NotFound`] for a link that does not work,
/// whatever the reason; [`Error::InvitationVoid`] where it was ended meanwhile or whoever invited may no longer do so;
/// [`Error::TooMany`]; [`Error::Busy`]; or the database's.
pub async fn sign_up(backend: &Backend, visitor: &Visitor, link: &str, form: &Form<'_>) -> Result<()> {
    limits::try_from(backend, visitor).await?;
    let invited = invitations::by_link(backend, link).await?;
    let password = checked(backend, &invited, form)?;
    let hash = backend.hasher.hash(password, &backend.rng).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    rights::one_at_a_time(&mut tx, backend, &invited.tenant_id).await?;
    let invitation = store::invitations::by_id(&mut tx, &invited.tenant_id, &invited.id).await?;
    let invitation = invitation.filter(|invitation| invitation.is_open(now)).ok_or(Error::InvitationVoid)?;
    if !invitations::is_vouched_for(&mut tx, &invitation).await? {
        return invitations::refuse(tx, backend, &invitation).await;
    }
    let user = add(&mut tx, backend, &invitation.email, form).await?;
    store::users::activate(&mut tx, &user, &hash, true, now).await?;
    tx.commit().await?;
    tracing::info!(event = "guest_account_made", user, address = %visitor.address, "account made by an invitation");
    Ok(())
}

fn checked(backend: &Backend, invited: &Received, form: &Form<'_>) -> Result<Password> {
    let names = validate::all(vec![
        (Field::FirstName, validate::name(form.first_name).err()),
        (Field::LastName, validate::name(form.last_name).err()),
    ]);
    let local_part = invited.email.split('@').next().unwrap_or("");
    let own = [form.first_name, form.last_name, local_part, &invited.client];
    together(names, judged(backend, form.password, form.repeated, &own))
}

/// The user, and the home that goes with them; says the user's id.
async fn add(tx: &mut Tx, backend: &Backend, email: &str, form: &Form<'_>) -> Result<String> {
    let random = backend.rng.bytes::<8>();
    let slug = random.iter().fold("p-".to_owned(), |slug, byte| format!("{slug}{byte:02x}"));
    let name = name_of(form.first_name.trim(), form.last_name.trim());
    let home = tenants::create(tx, backend, &name, &slug, COLOUR).await?;
    memberships::make_personal(tx, &home.id).await?;
    let invitee = Invitee {
        email,
        first_name: form.first_name,
        last_name: form.last_name,
        language: None,
        tenant_id: &home.id,
        group: BuiltinGroup::User,
    };
    users::add(tx, backend, &invitee).await
}

/// What the client of one person is called: both names, as far as a client's name can be long.
pub(super) fn name_of(first_name: &str, last_name: &str) -> String {
    let name: String = format!("{first_name} {last_name}").chars().take(validate::NAME_MAX as usize).collect();
    name.trim_end().to_owned()
}
