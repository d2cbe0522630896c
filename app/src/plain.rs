//! Plain pages: what is seen rarely and needs no help from a script. The server renders them with the same parts, and
//! nothing of them is downloaded as code: a link there loads a document of its own, a form is a plain POST.

pub mod activate;
mod around;
mod code;
pub mod dev_mail;
pub mod dev_parts;
pub mod factor;
pub mod factor_app;
pub mod forgot;
pub mod invitation;
pub mod invitations;
mod kept;
pub mod keys;
pub mod leave;
pub mod lost;
pub mod manage;
mod managed;
pub mod not_me;
pub mod offer;
mod proof;
pub mod provider;
pub mod recovery;
pub mod recovery_sign_in;
pub mod reset;
pub mod set_up;
mod text_area;
pub mod undo_email;
pub mod unlock;

use domain::{Error, Key, Language};
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::path;
use serde::Serialize;

use crate::data::{Data, PageData};
use crate::form::LastForm;
use crate::pages::signed_in;
use crate::parts::{Gate, Refusal};
use crate::place;
use crate::refused::Answer;
use crate::words::{t, title_of};

/// The plain pages: every route as one list.
#[component]
pub fn PlainApp() -> impl IntoView {
    provide_context(place::language());
    provide_context(LastForm(StoredValue::new(place::flash())));
    view! {
        <Router>
            <a class="skip" href="#main">
                {t(Key::CommonSkipToContent)}
            </a>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in/forgot") view=forgot::Page />
                <Route path=path!("/sign-in/recovery") view=recovery_sign_in::Page />
                <Route path=path!("/sign-in/lost") view=lost::Page />
                <Route path=path!("/provider") view=provider::Page />
                <Route path=path!("/activate/:token") view=activate::Page />
                <Route path=path!("/set-up/:token") view=set_up::Page />
                <Route path=path!("/reset/:token") view=reset::Page />
                <Route path=path!("/undo-email/:token") view=undo_email::Page />
                <Route path=path!("/not-me") view=not_me::Door />
                <Route path=path!("/invitation/:token") view=invitation::Page />
                <Route path=path!("/invitations") view=invitations::Door />
                <ParentRoute path=path!("/c/:slug/account/security") view=signed_in::Layout>
                    <Route path=path!("/factor") view=factor::Page />
                    <Route path=path!("/recovery") view=recovery::Page />
                    <Route path=path!("/offer") view=offer::Page />
                    <Route path=path!("/not-me") view=not_me::Page />
                    <Route path=path!("/keys") view=keys::Page />
                </ParentRoute>
                <ParentRoute path=path!("/c/:slug/account") view=signed_in::Layout>
                    <Route path=path!("/groups/:id/leave") view=leave::GroupPage />
                    <Route path=path!("/accounts/:client/leave") view=leave::ClientPage />
                    <Route path=path!("/invitations") view=invitations::Page />
                </ParentRoute>
                <ParentRoute path=path!("/c/:slug/manage") view=signed_in::Layout>
                    <Route path=path!("/users") view=manage::users::Page />
                    <Route path=path!("/users/new") view=manage::user_new::Page />
                    <Route path=path!("/users/:id") view=manage::user::Page />
                    <Route path=path!("/guests") view=manage::guests::Page />
                    <Route path=path!("/groups") view=manage::groups::Page />
                    <Route path=path!("/groups/new") view=manage::group_new::Page />
                    <Route path=path!("/groups/:id") view=manage::group::Page />
                    <Route path=path!("/groups/:id/delete") view=manage::group_delete::Page />
                    <Route path=path!("/client") view=manage::client::Page />
                    <Route path=path!("/activity") view=manage::activity::Page />
                </ParentRoute>
                <ParentRoute path=path!("/dev") view=Outlet>
                    <Route path=path!("/mail") view=dev_mail::Page />
                    <Route path=path!("/parts") view=dev_parts::Page />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <Gate>
            <Refusal error=Error::NotFound />
        </Gate>
    }
}

/// The title of the page at `path`: always from the catalogue, never what somebody typed.
#[must_use]
pub fn title(path: &str, language: Language) -> String {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    let key = match parts.as_slice() {
        ["sign-in", "forgot"] => Key::PlainForgotTitle,
        ["sign-in", "recovery"] => Key::PlainRecoverySignInTitle,
        ["sign-in", "lost"] => Key::PlainLostTitle,
        ["provider"] => Key::PlainProviderTitle,
        ["activate", _] => Key::PlainProviderActivation,
        ["set-up", _] => Key::PlainSetUpTitle,
        ["reset", _] => Key::PlainResetTitle,
        ["undo-email", _] => Key::PlainUndoTitle,
        ["not-me"] | ["c", _, "account", "security", "not-me"] => Key::PlainNotMeTitle,
        ["c", _, "account", "security", "factor"] => Key::SecurityFactorHeading,
        ["c", _, "account", "security", "recovery"] => Key::PlainRecoveryTitle,
        ["c", _, "account", "security", "offer"] => Key::PlainOfferTitle,
        ["c", _, "account", "security", "keys"] => Key::SecurityApiKeys,
        ["invitation", _] => Key::PlainInvitationTitle,
        ["invitations"] | ["c", _, "account", "invitations"] => Key::MenuInvitations,
        ["c", _, "account", "groups", _, "leave"] => Key::PlainLeaveGroupTitle,
        ["c", _, "account", "accounts", _, "leave"] => Key::PlainLeaveClientTitle,
        ["c", _, "manage", "users"] => Key::ClientActivityShowUsers,
        ["c", _, "manage", "users", "new"] => Key::PlainUserNewTitle,
        ["c", _, "manage", "users", _] => Key::PlainUserTitle,
        ["c", _, "manage", "guests"] => Key::ClientActivityShowGuests,
        ["c", _, "manage", "groups"] => Key::TabsUserGroups,
        ["c", _, "manage", "groups", "new"] => Key::PlainGroupNew,
        ["c", _, "manage", "groups", _] => Key::GroupsGroup,
        ["c", _, "manage", "groups", _, "delete"] => Key::PlainGroupDelete,
        ["c", _, "manage", "client"] => Key::ClientActivityShowClient,
        ["c", _, "manage", "activity"] => Key::ActivityTitle,
        ["dev", "mail"] => Key::PlainDevMailTitle,
        ["dev", "parts"] => Key::PlainDevPartsTitle,
        _ => Key::ErrorNotFoundTitle,
    };
    title_of(key, language)
}

/// What a plain page shows. Only its own rendering asks for it, so no server function brings it, and none is open.
pub fn own_data<T, F>(argument: String, call: impl Fn(String) -> F + Send + Sync + 'static) -> PageData
where
    F: Future<Output = Answer<T>> + Send + 'static,
    T: Serialize + 'static,
{
    Resource::new_str(
        move || argument.clone(),
        move |argument| {
            let asked = call(argument);
            async move { Data::of(asked.await) }
        },
    )
}

/// A part of the path, by its name; it does not change while the page stands.
#[must_use]
pub fn part(name: &str) -> String {
    use_params_map().with_untracked(|parts| parts.get(name).unwrap_or_default())
}

/// What brought somebody to a page, from a closed list of its own; empty when nothing did.
#[must_use]
pub fn notice() -> String {
    asked("notice")
}

/// What the URL asks for by this name; empty when it does not.
#[must_use]
pub fn asked(name: &str) -> String {
    use_query_map().with_untracked(|query| query.get(name).unwrap_or_default())
}

/// A link that does not work: never said whether it ever did, but where to get another.
pub fn gone(text: Key, path: &'static str, link: Key) -> AnyView {
    place::set_status(Error::NotFound.status());
    view! {
        <div class="card">
            <header>
                <h1 tabindex="-1">{t(Key::ActivateGoneTitle)}</h1>
                <p>{t(text)}</p>
            </header>
            <div class="actions">
                <a class="button" href=path>
                    {t(link)}
                </a>
            </div>
        </div>
    }
    .into_any()
}
