//! Looking after a user: their page, and what may be changed there. Never the address, the password or a secret
//! (ADM-1), never what is above one's own rights (GRP-1), and never the last one with full access (TEN-3).

mod method;

use std::collections::BTreeSet;

use serde_json::json;

use super::activity::{self, Entry, Kind};
use super::groups::{detail, titles};
use super::user_list::listed;
use super::{limits, rights, security_events};
use crate::actor::Member;
use crate::backend::Backend;
use crate::clock::HOUR;
use crate::error::{Error, Field, Problem, Result};
use crate::mail::letters::{self, Recipient};
use crate::mail::{Letter, outbox};
use crate::store::tenants::Kind as Belongs;
use crate::store::user_edit::{self, Choice};
use crate::store::user_list::Listed;
use crate::store::{Tx, api_tokens, groups, user_pages, users};
use crate::text::Language;
use crate::validate;
use crate::view::{BuiltinGroup, ManagedUser, Permission, SecondFactor, UserGroup};

pub use method::set_method;

/// So often an hour a user is told by mail that their API access was switched (NOT-1).
pub const TOLD: i64 = 5;

/// What a user is to be from now on, as far as somebody else may say so.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// First name, as typed.
    pub first_name: &'a str,
    /// Last name, as typed.
    pub last_name: &'a str,
    /// The language; `None` follows the browser.
    pub language: Option<Language>,
    /// The ids of all groups of this client they are to be in; at least one.
    pub groups: &'a [String],
    /// Whether they may use the API.
    pub api_access: bool,
    /// Whether a second factor is asked of them, whatever the client asks of all.
    pub requires_second_factor: bool,
}

/// The page of a user.
///
/// # Errors
/// [`Error::NotPermitted`]; [`Error::NotFound`] for whoever does not belong to the client; or the database's.
pub async fn one(backend: &Backend, member: &Member, id: &str) -> Result<ManagedUser> {
    rights::need(member, Permission::UsersView)?;
    let tenant_id = member.tenant_id();
    let row = user_pages::one(&backend.db, tenant_id, id).await?.ok_or(Error::NotFound)?;
    let choices = user_edit::choices(&backend.db, tenant_id, id).await?;
    let client_requires_second_factor = user_edit::client_requires_factor(&backend.db, tenant_id).await?;
    let theirs = permissions(&choices);
    let guest = row.kind() == Belongs::Guest;
    Ok(ManagedUser {
        listed: listed(&row, member.actor().visitor(), &backend.settings),
        version: version(backend, &row, &choices),
        groups: offered(member, &choices),
        language: row.language.as_deref().and_then(Language::from_tag).filter(|_| !guest),
        requires_second_factor: !guest && row.requires_second_factor,
        client_requires_second_factor,
        lacks: member.first_lack(&[Permission::UsersEdit]).or_else(|| member.first_lack(&theirs)),
        oneself: member.actor().user_id() == id,
        providers: backend.settings.providers.clone(),
        method_open: !guest && !row.activated,
        api_above: member.first_lack(&Permission::ALL),
        provider: row.provider.filter(|_| !guest),
        first_name: row.first_name,
        last_name: row.last_name,
    })
}

/// What the groups somebody is in permit; also of those who are disabled, because enabling them brings it back.
fn permissions(choices: &[Choice]) -> Vec<Permission> {
    let theirs = choices.iter().filter(|choice| choice.chosen);
    theirs.flat_map(|choice| choice.group.permissions()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The groups of the client as they are offered to the member.
pub(super) fn offered(member: &Member, choices: &[Choice]) -> Vec<UserGroup> {
    let language = member.actor().visitor().language;
    let offer = |choice: &Choice| {
        let (name, description) = titles(&choice.group, language);
        let permissions = choice.group.permissions();
        let (id, builtin, chosen) = (choice.group.id.clone(), choice.group.builtin(), choice.chosen);
        let above = member.first_lack(&permissions);
        UserGroup { id, builtin, name, description, above, permissions, chosen }
    };
    choices.iter().map(offer).collect()
}

/// Stands for all that the page lets people change: another one, whoever changed it and wherever, is another version.
fn version(backend: &Backend, row: &Listed, choices: &[Choice]) -> String {
    let groups: Vec<_> = choices.iter().filter(|choice| choice.chosen).map(|choice| choice.group.id.as_str()).collect();
    let (api, factor) = (row.api_access, row.requires_second_factor);
    let all = json!([row.first_name, row.last_name, row.language, row.provider, api, factor, groups]);
    backend.keys.limit_key("version", &all.to_string())
}

/// Somebody who is about to be changed, in a transaction in which nobody else changes them or anybody's rights.
pub(super) struct Target {
    /// As they are.
    pub(super) row: Listed,
    choices: Vec<Choice>,
    held: Vec<Permission>,
}

/// A user of the client whom the member may change: nobody who may do what the member may not.
///
/// # Errors
/// [`Error::NotPermitted`], [`Error::NotFound`], or the database's.
async fn target(tx: &mut Tx, backend: &Backend, member: &Member, id: &str) -> Result<Target> {
    let tenant_id = member.tenant_id();
    let held = rights::need_now(tx, backend, member, Permission::UsersEdit).await?;
    // Looked for twice: what is locked is the name of somebody who exists, and what counts is how they are after it.
    user_pages::one_in(tx, tenant_id, id).await?.ok_or(Error::NotFound)?;
    security_events::one_at_a_time(tx, backend, id).await?;
    let row = user_pages::one_in(tx, tenant_id, id).await?.ok_or(Error::NotFound)?;
    let choices = user_edit::choices_in(tx, tenant_id, id).await?;
    rights::may_give(member, &held, &permissions(&choices))?;
    Ok(Target { row, choices, held })
}

/// As [`target`], for what only the home client may change: of guests, it finds nobody.
///
/// # Errors
/// As [`target`].
pub(super) async fn at_home(tx: &mut Tx, backend: &Backend, member: &Member, id: &str) -> Result<Target> {
    let target = target(tx, backend, member, id).await?;
    if target.row.kind() == Belongs::Home { Ok(target) } else { Err(Error::NotFound) }
}

/// By the API somebody may do everything in the client: so only those who may do everything themselves let somebody in
/// again who has that right, or change how they come in (GRP-1). To take it from them, it is enough that one may edit
/// them.
///
/// # Errors
/// [`Error::NotPermitted`].
pub(super) fn may_let_in(member: &Member, target: &Target) -> Result<()> {
    if target.row.api_access { rights::may_give(member, &target.held, &Permission::ALL) } else { Ok(()) }
}

/// Refuses what people do to themselves elsewhere, with a proof that it is them, or have others do.
///
/// # Errors
/// [`Error::Oneself`].
pub(super) fn not_oneself(member: &Member, id: &str) -> Result<()> {
    if member.actor().user_id() == id { Err(Error::Oneself) } else { Ok(()) }
}

/// What was done, to be recorded and mailed once all of it is done.
#[derive(Default)]
struct Done {
    entries: Vec<(Kind, String)>,
    letters: Vec<Letter>,
}

/// Makes a user of the client what the page says. Where they are so already, nothing happened.
///
/// # Errors
/// At the fields; [`Error::NotPermitted`], also for a user or a group above one's own rights, and for API access where
/// one may not do everything oneself; [`Error::NotFound`], also for guests and for a group of another client;
/// [`Error::EditedMeanwhile`]; [`Error::Oneself`] where one's own rights would change; [`Error::LastFullAccess`];
/// [`Error::TooMany`]; or the database's.
pub async fn save(backend: &Backend, member: &Member, id: &str, version: &str, edit: &Edit<'_>) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_by(backend, member.actor()).await?;
    let (first, last) = (validate::name(edit.first_name), validate::name(edit.last_name));
    validate::all(vec![
        (Field::FirstName, first.as_ref().err().copied()),
        (Field::LastName, last.as_ref().err().copied()),
        (Field::Group, edit.groups.is_empty().then_some(Problem::NoGroup)),
    ])?;
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let mut tx = backend.db.begin().await?;
    let target = at_home(&mut tx, backend, member, id).await?;
    is_current(backend, &target, version)?;
    let mut done = Done::default();
    change_groups(&mut tx, backend, member, &target, edit.groups, &mut done).await?;
    change_rights(&mut tx, backend, member, &target, edit, &mut done).await?;
    change_names(&mut tx, &target.row, &first, &last, &mut done).await?;
    change_language(&mut tx, &target.row, edit.language, &mut done).await?;
    finish(tx, backend, member, id, done).await
}

/// Puts a user of the client, guest or not, into these groups and no others. It is all that is changed of guests.
///
/// # Errors
/// As [`save`], guests excepted.
pub async fn save_groups(backend: &Backend, member: &Member, id: &str, version: &str, ids: &[String]) -> Result<()> {
    rights::need(member, Permission::UsersEdit)?;
    limits::try_by(backend, member.actor()).await?;
    validate::all(vec![(Field::Group, ids.is_empty().then_some(Problem::NoGroup))])?;
    let mut tx = backend.db.begin().await?;
    let target = target(&mut tx, backend, member, id).await?;
    is_current(backend, &target, version)?;
    let mut done = Done::default();
    change_groups(&mut tx, backend, member, &target, ids, &mut done).await?;
    finish(tx, backend, member, id, done).await
}

fn is_current(backend: &Backend, target: &Target, seen: &str) -> Result<()> {
    let now = version(backend, &target.row, &target.choices);
    if now == seen { Ok(()) } else { Err(Error::EditedMeanwhile) }
}

async fn change_groups(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    target: &Target,
    ids: &[String],
    done: &mut Done,
) -> Result<()> {
    let (tenant_id, id) = (member.tenant_id(), target.row.id.as_str());
    let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    if !wanted.iter().all(|wanted| target.choices.iter().any(|choice| choice.group.id == *wanted)) {
        return Err(Error::NotFound);
    }
    for Choice { group, chosen } in &target.choices {
        let wants = wanted.contains(group.id.as_str());
        if wants == *chosen {
            continue;
        }
        not_oneself(member, id)?;
        rights::may_give(member, &target.held, &group.permissions())?;
        let kind = if wants {
            groups::add_member(tx, tenant_id, &group.id, id, backend.clock.now()).await?;
            Kind::GroupAdded
        } else {
            if group.builtin() == Some(BuiltinGroup::FullAccess) {
                rights::last_full_access(tx, backend, tenant_id, id).await?;
            }
            groups::remove_member(tx, tenant_id, &group.id, id).await?;
            Kind::GroupTaken
        };
        done.entries.push((kind, detail(group)));
    }
    Ok(())
}

async fn change_rights(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    target: &Target,
    edit: &Edit<'_>,
    done: &mut Done,
) -> Result<()> {
    let row = &target.row;
    if edit.api_access != row.api_access {
        not_oneself(member, &row.id)?;
        change_api(tx, backend, member, target, edit.api_access, done).await?;
    }
    if edit.requires_second_factor != row.requires_second_factor {
        not_oneself(member, &row.id)?;
        user_edit::set_requirement(tx, &row.id, edit.requires_second_factor).await?;
        done.entries.push((Kind::FactorRequired, json!({ "on": edit.requires_second_factor }).to_string()));
        // The second factor of those whom a provider manages is the provider's matter (OIDC-3).
        if edit.requires_second_factor && row.factor() == SecondFactor::Off && row.provider.is_none() {
            give_factor(tx, backend, member, row, done).await?;
        }
    }
    Ok(())
}

/// By the API somebody may do everything in the client, whatever their groups permit: so only those who may do
/// everything themselves can give it (GRP-1). Whoever has it no more has no token and no key either (API-1).
async fn change_api(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    target: &Target,
    on: bool,
    done: &mut Done,
) -> Result<()> {
    let row = &target.row;
    if on {
        rights::may_give(member, &target.held, &Permission::ALL)?;
    }
    if row.activated {
        tell_of_api(tx, backend, member, row, on, done).await?;
    }
    if !on {
        api_tokens::end_all(tx, &row.id).await?;
    }
    user_edit::set_api_access(tx, &row.id, on).await?;
    done.entries.push((Kind::ApiAccessChanged, json!({ "on": on }).to_string()));
    Ok(())
}

/// A letter each time (NOT-1), so whoever switches it again and again has to wait. Those who have not activated their
/// account get none: nobody knows yet whose address it is.
async fn tell_of_api(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    row: &Listed,
    on: bool,
    done: &mut Done,
) -> Result<()> {
    let key = backend.keys.limit_key("api_told", &row.id);
    limits::count(tx, &key, TOLD, HOUR, backend.clock.now()).await?;
    done.letters.push(letters::api_access_was_changed(recipient(member, row), &member.client().name, on));
    Ok(())
}

/// Who has no second factor gets codes by e-mail from now on; sessions go on, and what programs had ends (SESS-6).
async fn give_factor(tx: &mut Tx, backend: &Backend, member: &Member, row: &Listed, done: &mut Done) -> Result<()> {
    api_tokens::end_all(tx, &row.id).await?;
    users::set_second_factor(tx, &row.id, SecondFactor::Email, backend.clock.now()).await?;
    let (from, to) = (SecondFactor::Off.code(), SecondFactor::Email.code());
    done.entries.push((Kind::FactorChanged, json!({ "from": from, "to": to }).to_string()));
    if row.activated {
        done.letters.push(letters::own_factor_was_required(recipient(member, row), &member.client().name));
    }
    Ok(())
}

async fn change_names(tx: &mut Tx, row: &Listed, first: &str, last: &str, done: &mut Done) -> Result<()> {
    if (row.first_name.as_str(), row.last_name.as_str()) == (first, last) {
        return Ok(());
    }
    users::set_names(tx, &row.id, first, last).await?;
    let (from, to) = (format!("{} {}", row.first_name, row.last_name), format!("{first} {last}"));
    done.entries.push((Kind::UserEdited, json!({ "from": from, "to": to }).to_string()));
    Ok(())
}

async fn change_language(tx: &mut Tx, row: &Listed, to: Option<Language>, done: &mut Done) -> Result<()> {
    let from = row.language.as_deref().and_then(Language::from_tag);
    if from == to {
        return Ok(());
    }
    user_edit::set_language(tx, &row.id, to.map(Language::tag)).await?;
    let [from, to] = [from, to].map(|language| language.map_or("", Language::tag));
    done.entries.push((Kind::UserEdited, json!({ "from_language": from, "to_language": to }).to_string()));
    Ok(())
}

/// To a user of the client, in their language or else in the member's. Until the address is proved it may be a
/// stranger's, who is not greeted by a name that somebody else has chosen.
pub(super) fn recipient<'a>(member: &Member, row: &'a Listed) -> Recipient<'a> {
    let language = row.language.as_deref().and_then(Language::from_tag);
    let language = language.unwrap_or(member.actor().visitor().language);
    let name = if row.activated { row.first_name.as_str() } else { "" };
    Recipient { email: &row.email, name, language }
}

async fn finish(mut tx: Tx, backend: &Backend, member: &Member, id: &str, done: Done) -> Result<()> {
    for letter in &done.letters {
        outbox::put(&mut tx, backend, letter, backend.clock.now() + outbox::NOTICE).await?;
    }
    for (kind, detail) in &done.entries {
        note(&mut tx, backend, member, id, *kind, detail).await?;
    }
    tx.commit().await?;
    outbox::wake(backend);
    for (kind, _) in done.entries {
        log(member, id, kind);
    }
    Ok(())
}

/// Puts what the member did to a user into that user's activity. Comes last in its transaction.
///
/// # Errors
/// The database's.
pub(super) async fn note(
    tx: &mut Tx,
    backend: &Backend,
    member: &Member,
    user_id: &str,
    kind: Kind,
    detail: &str,
) -> Result<()> {
    let by = Some(member.actor().user_id()).filter(|by| *by != user_id);
    let tenant_id = Some(member.tenant_id());
    let entry = Entry { user_id, kind, visitor: Some(member.actor().visitor()), by, tenant_id, detail };
    activity::note(tx, backend, &entry).await
}

/// Says in the log what the member did to a user (LOG-1).
pub(super) fn log(member: &Member, user_id: &str, kind: Kind) {
    let (by, tenant, address) = (member.actor().user_id(), member.tenant_id(), member.actor().visitor().address);
    tracing::info!(event = kind.code(), user = user_id, by, tenant, %address, "a user was looked after");
}
