//! Making a user of a client, by those who look after its users. The person chooses the password by a mailed link, and
//! nobody else ever sees it (PW-6); or is led by it to the provider that manages the sign-in.

use std::collections::BTreeSet;

use super::activity::Kind;
use super::limits::{self, MailPermit, Wish};
use super::user_edit::{at_home, log, may_let_in, note, offered, recipient};
use super::users::mail_link;
use super::{inviting, rights};
use crate::actor::Member;
use crate::backend::Backend;
use crate::clock::{HOUR, Millis};
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::Recipient;
use crate::mail::{address, outbox};
use crate::store::tenants::Kind as Belongs;
use crate::store::users as rows;
use crate::store::{self, Tx, group_members, groups, tenants, user_edit};
use crate::text::Language;
use crate::validate;
use crate::view::{BuiltinGroup, Created, NewUserChoices, Permission, SecondFactor, SignedInBy};

/// So often an hour a member may be told that an address cannot get an account here (ENUM-2).
pub const OFFERS: i64 = 20;
/// So many users an hour a member may make. More at once is the operator's (`selfsame user invite`).
pub const PER_HOUR: i64 = 60;

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
    /// With the password and a mailed code, or with the password alone where the client allows it. Where a provider is
    /// to manage the sign-in, it does not matter.
    pub method: SignedInBy,
    /// Whether the activation letter goes out now; else [`send_activation`] sends it.
    pub send: bool,
}

/// What there is to choose.
///
/// # Errors
/// [`Error::NotPermitted`], or the database's.
pub async fn choices(backend: &Backend, member: &Member) -> Result<NewUserChoices> {
    may_create(member)?;
    let tenant_id = member.tenant_id();
    let mut groups = offered(member, &user_edit::choices(&backend.db, tenant_id, "").await?);
    for group in &mut groups {
        group.chosen = group.builtin == Some(BuiltinGroup::User) && group.above.is_none();
    }
    let required = user_edit::client_requires_factor(&backend.db, tenant_id).await?;
    let methods = if required { &[SignedInBy::Email][..] } else { &[SignedInBy::Email, SignedInBy::Password] };
    let providers = backend.settings.providers.clone();
    Ok(NewUserChoices { client: member.client(), groups, methods: methods.to_vec(), providers })
}

/// Whoever makes a user is led to their page.
fn may_create(member: &Member) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    rights::need(member, Permission::UsersView)
}

/// What was typed, in the form in which it is kept.
struct Typed {
    email: String,
    first_name: String,
    last_name: String,
}

fn read(backend: &Backend, new: &NewUser<'_>, provider: Option<&str>) -> Result<Typed> {
    let email = address::canonical(new.email);
    let (first, last) = (validate::name(new.first_name), validate::name(new.last_name));
    let offered = match provider {
        Some(id) => backend.settings.provider(id).is_some(),
        None => [SignedInBy::Email, SignedInBy::Password].contains(&new.method),
    };
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
    create_by(backend, member, new, None).await
}

/// As [`create`], with the sign-in managed by the provider with this id: the activation letter leads there, and the
/// second factor is the provider's matter (OIDC-3).
///
/// # Errors
/// As [`create`], and [`Problem::NotOffered`] at the method for a provider that the operator's file does not name.
pub async fn create_by(
    backend: &Backend,
    member: &Member,
    new: &NewUser<'_>,
    provider: Option<&str>,
) -> Result<Created> {
    may_create(member)?;
    limits::try_by(backend, member.actor()).await?;
    let typed = read(backend, new, provider)?;
    let now = backend.clock.now();
    let id = backend.rng.id(now);
    let mut tx = backend.db.begin().await?;
    let held = rights::need_now(&mut tx, backend, member, Permission::UsersEdit).await?;
    let groups = chosen(&mut tx, member, &held, new.groups).await?;
    // Before the address is looked at: what is refused here says nothing about it (ENUM-2).
    if provider.is_none() {
        is_offered(&mut tx, member, new.method).await?;
    }
    count(&mut tx, backend, member).await?;
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
    settle(&mut tx, backend, member, &id, &groups).await?;
    set_way(&mut tx, &id, new.method, provider, now).await?;
    if new.send {
        inviting::count_for_address(&mut tx, backend, member, &typed.email).await?;
        let language = new.language.unwrap_or(member.actor().visitor().language);
        // Nobody has proved the address: a stranger is not greeted by a name that somebody else has chosen.
        let to = Recipient { email: &typed.email, name: "", language };
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
        rights::may_give(member, held, &group.permissions())?;
        found.push(group.id);
    }
    Ok(found)
}

/// Whether the client lets people sign in like this: with the password alone only where it asks nobody for more.
async fn is_offered(tx: &mut Tx, member: &Member, method: SignedInBy) -> Result<()> {
    let required = user_edit::client_requires_factor_in(tx, member.tenant_id()).await?;
    let refused = required && method == SignedInBy::Password;
    if refused { Err(Error::at(Field::Method, Problem::NotOffered)) } else { Ok(()) }
}

fn offer_key(backend: &Backend, member: &Member) -> String {
    backend.keys.limit_key("offer", member.actor().user_id())
}

/// Nobody makes very many users. Whoever was told of many addresses waits altogether: to be refused those that are
/// taken, and only those, would be to be told of them (ENUM-2).
async fn count(tx: &mut Tx, backend: &Backend, member: &Member) -> Result<()> {
    let now = backend.clock.now();
    limits::below(tx, &offer_key(backend, member), OFFERS, HOUR, now).await?;
    let creator = backend.keys.limit_key("creator", member.actor().user_id());
    limits::count(tx, &creator, PER_HOUR, HOUR, now).await
}

/// Gives a new user a home and groups.
async fn settle(tx: &mut Tx, backend: &Backend, member: &Member, id: &str, groups: &[String]) -> Result<()> {
    let now = backend.clock.now();
    tenants::join(tx, member.tenant_id(), id, Belongs::Home, now).await?;
    for group in groups {
        store::groups::add_member(tx, member.tenant_id(), group, id, now).await?;
    }
    Ok(())
}

/// How a new user is to sign in; with the password and a mailed code, unless it is said.
async fn set_way(tx: &mut Tx, id: &str, method: SignedInBy, provider: Option<&str>, now: Millis) -> Result<()> {
    match provider {
        Some(_) => rows::set_provider(tx, id, provider, now).await,
        None if method == SignedInBy::Password => user_edit::set_first_factor(tx, id, SecondFactor::Off, now).await,
        None => Ok(()),
    }
}

/// Somebody has the address: those of this client may be told of, and of all others nothing but that they exist.
async fn taken(mut tx: Tx, backend: &Backend, member: &Member, email: String) -> Result<Created> {
    let here = group_members::by_email(&mut tx, member.tenant_id(), &email).await?;
    if here.is_some() {
        return Err(Error::at(Field::Email, Problem::Taken));
    }
    // In the transaction that found the address: of many at once none gets past the limit (RATE-4).
    limits::count(&mut tx, &offer_key(backend, member), OFFERS, HOUR, backend.clock.now()).await?;
    tx.commit().await?;
    let by = member.actor().user_id();
    tracing::info!(event = "user_not_created", by, tenant = member.tenant_id(), "the address has an account elsewhere");
    Ok(Created::OfferInvitation { email })
}

/// Mails a new activation link to a user of the client who has no way in yet; the former one stops working.
///
/// # Errors
/// [`Error::NotPermitted`], also for a user above one's own rights, and for one with API access where one may not do
/// everything oneself; [`Error::NotFound`], also for guests and for those who have a way in or are disabled;
/// [`Error::TooMany`], also when it is too early for another; or the database's.
pub async fn send_activation(backend: &Backend, member: &Member, id: &str) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let mut tx = backend.db.begin().await?;
    let target = at_home(&mut tx, backend, member, id).await?;
    may_let_in(member, &target)?;
    let row = target.row;
    if row.activated || row.disabled {
        return Err(Error::NotFound);
    }
    inviting::count_for_address(&mut tx, backend, member, &row.email).await?;
    // For whoever sends, not for their place: codes that others there wait for are not held up by it (RATE-2).
    let sender = format!("user {}", member.actor().user_id());
    if let MailPermit::In(seconds) = limits::permit_mail(&mut tx, backend, Wish::Own, &row.email, &sender).await? {
        return Err(Error::TooMany { retry_after_s: seconds });
    }
    mail_link(&mut tx, backend, id, recipient(member, &row), &member.client().name).await?;
    note(&mut tx, backend, member, id, Kind::ActivationSent, "").await?;
    tx.commit().await?;
    outbox::wake(backend);
    log(member, id, Kind::ActivationSent);
    Ok(())
}
