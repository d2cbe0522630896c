//! The users of the client.

use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::actor::Member;
use domain::flows::user_create::{self, NewUser};
use domain::flows::user_edit::{self, Edit};
use domain::flows::{user_access, user_list};
use domain::text::Language;
use domain::view::{Created, ManagedUser, SEARCH_MAX, SignedInBy, UserFilter, UserQuery, UserSort, UserState};
use domain::{Error, Field, Problem};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::answer::{Shown, done, page};
use super::caller::Caller;
use super::codes;
use super::input::{Json, Query, Seen};
use super::problem::Refused;
use super::reasons::Reason;
use super::repeats::{New, once};
use super::user_body::{EditMethod, NewMethod, SignInEdit, SignInNew, User, UserEdit, UserEntry, UserNew, UserPage};

/// What the list of users takes.
pub struct ListQuery;

impl IntoParams for ListQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let search = ObjectBuilder::new().schema_type(Type::String).max_length(Some(SEARCH_MAX)).build();
        let flag = ObjectBuilder::new().schema_type(Type::Boolean).build();
        vec![
            codes::parameter("search", "The beginnings of words of names and addresses, in any order.", search),
            codes::parameter("filter", "Only these.", codes::user_filter()),
            codes::parameter("sort", "Sorted by this; by name unless it is said.", codes::user_sort()),
            codes::parameter("descending", "From the last to the first.", flag),
            codes::place("after"),
        ]
    }
}

fn asked(query: &Query) -> Result<UserQuery, Refused> {
    let search = query.get("search").unwrap_or_default();
    if search.chars().count() > SEARCH_MAX {
        return Err(Refused::by(Reason::BadRequest));
    }
    let flag = |text: &str| text.parse::<bool>().ok();
    Ok(UserQuery {
        search: search.trim().to_owned(),
        filter: query.on_list("filter", UserFilter::read)?,
        sort: query.on_list("sort", UserSort::read)?.unwrap_or_default(),
        descending: query.on_list("descending", flag)?.unwrap_or_default(),
        after: query.get("after").filter(|after| !after.is_empty()).map(str::to_owned),
    })
}

/// List users.
#[utoipa::path(get, path = "/users", params(ListQuery),
    responses((status = 200, description = "A page of the users.", body = UserPage)))]
pub async fn list_users(caller: Caller, uri: Uri) -> Result<Response, Refused> {
    let query = Query::read(&uri, &["search", "filter", "sort", "descending", "after"])?;
    let found = user_list::page(&caller, &caller.home().await?, &asked(&query)?).await?;
    let after = found.next.and_then(|next| next.after);
    let next = after.as_deref().map(|after| query.with("after", after));
    let items = found.users.into_iter().map(UserEntry::from).collect();
    page("/users", next.as_deref(), &UserPage { items, next: after })
}

fn shown(caller: &Caller, user: ManagedUser) -> Result<Shown, Refused> {
    let version = user.version.clone();
    Shown::new(caller, &version, &User::from(user))
}

/// Make a user.
///
/// They choose their password, or sign in at their provider, by the link in the activation letter. An address that has
/// an account elsewhere cannot get another one here; its owner may be invited.
#[utoipa::path(post, path = "/users", request_body = UserNew, responses(
    (status = 201, description = "The new user.", body = User),
))]
pub async fn create_user(caller: Caller, new: New<UserNew>) -> Result<Response, Refused> {
    let (what, by) = (new.what, caller.clone());
    let make = async move {
        let member = by.home().await?;
        let id = created(&by, &member, &what).await?;
        Ok::<_, Refused>(shown(&by, user_edit::one(&by, &member, &id).await?)?.made(&format!("/users/{id}")))
    };
    once(&caller, new.once, make).await
}

async fn created(caller: &Caller, member: &Member, new: &UserNew) -> Result<String, Refused> {
    let groups = match &new.groups {
        Some(groups) => groups.clone(),
        None => {
            let choices = user_create::choices(caller, member).await?;
            choices.groups.into_iter().filter(|group| group.chosen).map(|group| group.id).collect()
        }
    };
    let (method, provider) = match &new.sign_in {
        None => (SignedInBy::Email, None),
        Some(SignInNew { method: NewMethod::Email, provider: None }) => (SignedInBy::Email, None),
        Some(SignInNew { method: NewMethod::Password, provider: None }) => (SignedInBy::Password, None),
        Some(SignInNew { method: NewMethod::Provider, provider: Some(provider) }) => {
            (SignedInBy::Email, Some(provider.as_str()))
        }
        Some(_) => return Err(half_a_method()),
    };
    let user = NewUser {
        email: &new.email,
        first_name: &new.first_name,
        last_name: &new.last_name,
        language: new.language.map(Language::from),
        groups: &groups,
        method,
        send: new.send_activation.unwrap_or(true),
    };
    match user_create::create_by(caller, member, &user, provider).await? {
        Created::User { id, .. } => Ok(id),
        Created::OfferInvitation { .. } => Err(Error::at(Field::Email, Problem::Elsewhere).into()),
    }
}

/// A provider without its id, or an id of a provider for whoever signs in with a password.
fn half_a_method() -> Refused {
    Error::at(Field::Method, Problem::NotOffered).into()
}

/// One user.
#[utoipa::path(get, path = "/users/{id}", params(("id" = String, Path, description = "The id of the user.")),
    responses((status = 200, description = "The user.", body = User)))]
pub async fn read_user(caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    let user = user_edit::one(&caller, &caller.home().await?, &id).await?;
    Ok(shown(&caller, user)?.unless_known(&headers))
}

/// Change a user.
///
/// Only who may do everything in the client can give somebody API access.
#[utoipa::path(patch, path = "/users/{id}", params(("id" = String, Path, description = "The id of the user.")),
    request_body = UserEdit, responses((status = 200, description = "The user as they are by now.", body = User)))]
pub async fn edit_user(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(edit): Json<UserEdit>,
) -> Result<Response, Refused> {
    let seen = Seen::must(&headers)?;
    let member = caller.home().await?;
    let user = user_edit::one(&caller, &member, &id).await?;
    seen.is(&user.version)?;
    match &edit.sign_in {
        Some(_) if edit.has_more() => return Err(Refused::by(Reason::NotAlone)),
        // Of those whom a provider manages, the flow says so; and of guests, that it is no matter of this client.
        Some(_) if user.listed.state != UserState::Guest && !user.method_open && user.provider.is_none() => {
            return Err(Refused::by(Reason::WayIn));
        }
        Some(sign_in) => change_method(&caller, &member, &id, &user.version, sign_in).await?,
        None => change(&caller, &member, &id, &user, &edit).await?,
    }
    Ok(shown(&caller, user_edit::one(&caller, &member, &id).await?)?.answer())
}

async fn change_method(
    caller: &Caller,
    member: &Member,
    id: &str,
    version: &str,
    to: &SignInEdit,
) -> Result<(), Refused> {
    let provider = match to {
        SignInEdit { method: EditMethod::Email, provider: None } => None,
        SignInEdit { method: EditMethod::Provider, provider: Some(provider) } => Some(provider.as_str()),
        _ => return Err(half_a_method()),
    };
    Ok(user_edit::set_method(caller, member, id, version, provider).await?)
}

/// Everything else; what is not said stays as it was when this version of the user was read.
async fn change(
    caller: &Caller,
    member: &Member,
    id: &str,
    user: &ManagedUser,
    edit: &UserEdit,
) -> Result<(), Refused> {
    let there: Vec<String> = user.groups.iter().filter(|group| group.chosen).map(|group| group.id.clone()).collect();
    let groups = edit.groups.as_ref().unwrap_or(&there);
    if user.listed.state == UserState::Guest && !edit.has_own() {
        return Ok(user_edit::save_groups(caller, member, id, &user.version, groups).await?);
    }
    let to = Edit {
        first_name: edit.first_name.as_deref().unwrap_or(&user.first_name),
        last_name: edit.last_name.as_deref().unwrap_or(&user.last_name),
        language: edit.language.map_or(user.language, |language| language.map(Language::from)),
        groups,
        api_access: edit.api_access.unwrap_or(user.listed.api_access),
        requires_second_factor: edit.requires_second_factor.unwrap_or(user.requires_second_factor),
    };
    Ok(user_edit::save(caller, member, id, &user.version, &to).await?)
}

/// Disable a user.
///
/// Every sign-in, token and key of theirs ends at once.
#[utoipa::path(post, path = "/users/{id}/disable", params(("id" = String, Path, description = "The id of the user.")),
    responses((status = 204, description = "They may no longer sign in.")))]
pub async fn disable_user(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    user_access::disable(&caller, &caller.home().await?, &id).await?;
    Ok(done())
}

/// Enable a user.
#[utoipa::path(post, path = "/users/{id}/enable", params(("id" = String, Path, description = "The id of the user.")),
    responses((status = 204, description = "They may sign in again.")))]
pub async fn enable_user(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    user_access::enable(&caller, &caller.home().await?, &id).await?;
    Ok(done())
}

/// Send the activation letter.
///
/// The link of the one before is dead. Those who were activated or are disabled get none (409), nor do guests (404).
#[utoipa::path(post, path = "/users/{id}/activation",
    params(("id" = String, Path, description = "The id of the user.")),
    responses((status = 204, description = "It is on its way.")))]
pub async fn send_activation(caller: Caller, Path(id): Path<String>) -> Result<Response, Refused> {
    let member = caller.home().await?;
    let user = user_edit::one(&caller, &member, &id).await?;
    if matches!(user.listed.state, UserState::Active | UserState::Disabled) {
        return Err(Refused::by(Reason::WayIn));
    }
    user_create::send_activation(&caller, &member, &id).await?;
    Ok(done())
}
