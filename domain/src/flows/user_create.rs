//! Making a user of a client, by those who look after its users. The person chooses the password by a mailed link, and
//! nobody else ever sees it (PW-6).

use std::collections::BTreeSet;

use super::activity::Kind;
use super::limits::{self, MailPermit, Wish};
use super::user_edit::{at_home, log, note, offered, recipient};
use super::users::mail_link;
use super::{rights, second_factor};
use crate::actor::Member;
use crate::backend::Backend;
use crate::clock::{HOUR, SECOND};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::Recipient;
use crate::mail::{address, outbox};
use crate::store::tenants::Kind as Belongs;
use crate::store::users as rows;
use crate::store::{self, Tx, groups, memberships, tenants, user_edit};
use crate::text::Language;
use crate::validate;
use crate::view::{BuiltinGroup, Created, NewUserChoices, Permission, SecondFactor, SignedInBy};

/// So often an hour a member may be told that an address cannot get an account here (ENUM-2).
pub const OFFERS: i64 = 20;

/// Who is to become a user of the member's client.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// As typed.
    pub email: &'a str,
    /// First name, as typed.
    pub first_name: &'a str,
    /// Last name, as typed.
    pub last_name: &'a str,
    /// The language of the person, where it is known.
    pub language: Option<Language>,
    /// The ids of the groups they are to be in; at least one.
    pub groups: &'a [String],
    /// With the password and a mailed code, or with the password alone where the client allows it.
    pub method: SignedInBy,
    /// Whether the activation letter goes out now; else [`send_activation`] sends it.
    pub send: bool,
}

/// What there is to choose.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn choices(backend: &Backend, member: &Member) -> Result<NewUserChoices> {
    rights::need(member, Permission::UsersEdit)?;
    let tenant_id = member.tenant_id();
    let mut groups = offered(member, &user_edit::choices(&backend.db, tenant_id, "").await?);
    for group in &mut groups {
        group.chosen = group.builtin == Some(BuiltinGroup::User) && group.above.is_none();
    }
    let required = user_edit::client_requires_factor(&backend.db, tenant_id).await?;
    let methods = if required { &[SignedInBy::Email][..] } else { &[SignedInBy::Email, SignedInBy::Password] };
    Ok(NewUserChoices { client: member.client(), groups, methods: methods.to_vec() })
}

/// What was typed, in the form in which it is kept.
struct Typed {
    email: String,
    first_name: String,
    last_name: String,
}

fn read(new: &NewUser<'_>) -> Result<Typed> {
    let email = address::canonical(new.email);
    let (first, last) = (validate::name(new.first_name), validate::name(new.last_name));
    let offered = [SignedInBy::Email, SignedInBy::Password].contains(&new.method);
    validate::all(vec![
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
        (Field::Email, email.as_ref().err().copied()),
        (Field::Group, new.groups.is_empty().then_some(Problem::NoGroup)),
        (Field::Method, (!offered).then_some(Problem::NotOffered)),
    ])?;
    let [email, first_name, last_name] = [email, first, last].map(Result::unwrap_or_default);
    Ok(Typed { email, first_name, last_name })
}

/// Makes a user at home in the member's client, and has the activation letter mailed unless it is put off. Whoever has
/// the address elsewhere may be invited as a guest, and whether that account is disabled, new or whose it is makes no
/// difference to the answer (ENUM-2).
///
/// # Errors
/// At the fields, [`Problem::Taken`] at the address for somebody who belongs to this client already;
/// [`Error::NotPermitted`], also for a group above one's own rights; [`Error::NotFound`] for a group of another client;
/// [`Error::TooMany`]; or the database's.
pub async fn create(backend: &Backend, member: &Member, new: &NewUser<'_>) -> Result<Created> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_from(backend, member.actor().visitor()).await?;
    let typed = read(new)?;
    let now = backend.clock.now();
    let id = backend.rng.id(now);
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, member, Permission::UsersEdit).await?;
    let groups = chosen(&mut tx, member, &held, new.groups).await?;
    let row = rows::NewUser {
        id: &id,
        email: &typed.email,
        first_name: &typed.first_name,
        last_name: &typed.last_name,
        language: new.language.map(Language::tag),
        home_tenant_id: member.tenant_id(),
    };
    if !rows::insert(&mut tx, &row, now).await? {
        return taken(tx, backend, member, typed.email).await;
    }
    settle(&mut tx, backend, member, &id, &groups, new.method).await?;
    if new.send {
        let language = new.language.unwrap_or(member.actor().visitor().language);
        let to = Recipient { email: &typed.email, name: &typed.first_name, language };
        mail_link(&mut tx, backend, &id, to, &member.client().name).await?;
    }
    note(&mut tx, backend, member, &id, Kind::UserCreated, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    log(member, &id, Kind::UserCreated);
    Ok(Created::User { id, sent: new.send })
}

/// The chosen groups of the client, none of them above the member's own rights.
async fn chosen(tx: &mut Tx, member: &Member, held: &[Permission], ids: &[String]) -> Result<Vec<String>> {
    let wanted: BTreeSet<&String> = ids.iter().collect();
    let mut found = Vec::with_capacity(wanted.len());
    for id in wanted {
        let group = groups::by_id_in(tx, member.tenant_id(), id).await?.ok_or(Error::NotFound)?;
        rights::may_give(held, &group.permissions())?;
        found.push(group.id);
    }
    Ok(found)
}

/// Gives a new user a home, groups, and a way to sign in.
async fn settle(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    id: &str,
    groups: &[String],
    method: SignedInBy,
) -> Result<()> {
    let now = backend.clock.now();
    tenants::join(tx, member.tenant_id(), id, Belongs::Home, now).await?;
    for group in groups {
        store::groups::add_member(tx, member.tenant_id(), group, id, now).await?;
    }
    if method == SignedInBy::Password {
        if !second_factor::may_be_off(tx, id).await? {
            return Err(Error::at(Field::Method, Problem::NotOffered));
        }
        user_edit::set_first_factor(tx, id, SecondFactor::Off, now).await?;
    }
    Ok(())
}

/// Somebody has the address: those of this client may be told of, and of all others nothing but that they exist. Who
/// asks for many such addresses has to wait.
async fn taken(mut tx: Tx, backend: &Backend, member: &Member, email: String) -> Result<Created> {
    let here = memberships::has_address(&mut tx, member.tenant_id(), &email).await?;
    drop(tx);
    if here {
        return Err(Error::at(Field::Email, Problem::Taken));
    }
    let (now, by) = (backend.clock.now(), member.actor().user_id());
    let key = backend.keys.limit_key("offer", by);
    let counter = store::limits::hit(&backend.db, &key, HOUR, now).await?;
    tracing::info!(event = "user_not_created", by, tenant = member.tenant_id(), "the address has an account elsewhere");
    if counter.count > OFFERS {
        let seconds = (counter.since + HOUR - now + SECOND - 1) / SECOND;
        return Err(Error::TooMany { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) });
    }
    Ok(Created::OfferInvitation { email })
}

/// Mails a new activation link to a user of the client who has not chosen a password yet; the former one stops working.
///
/// # Errors
/// [`Error::NotPermitted`], also for a user above one's own rights; [`Error::NotFound`], also for guests and for those
/// who have a password or are disabled; [`Error::TooMany`] when it is too early for another; or the database's.
pub async fn send_activation(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_from(backend, member.actor().visitor()).await?;
    let mut tx = backend.db.begin().await?;
    let row = at_home(&mut tx, backend, member, id).await?.row;
    if row.activated || row.disabled {
        return Err(Error::NotFound);
    }
    let place = member.actor().visitor().place();
    if let MailPermit::In(seconds) = limits::permit_mail(&mut tx, backend, Wish::Own, &row.email, &place).await? {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    mail_link(&mut tx, backend, id, recipient(member, &row), &member.client().name).await?;
    note(&mut tx, backend, member, id, Kind::ActivationSent, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    log(member, id, Kind::ActivationSent);
    Ok(())
}
