//! `/dev/parts`: every part in every state, for those who build pages. It exists in the demo only.

use domain::view::{Client, Frame, ManagePage, Moment, Person};
use domain::{Error, Field, Key, Problem};
use leptos::prelude::*;

use crate::form::FormState;
use crate::parts::{
    AccountPage, Avatar, Badge, BadgeKind, Button, ButtonKind, CodeInput, FileInput, FormRefusal, Header, Help, Notice,
    NoticeKind, TextInput, Tile, When,
};
use crate::words::{fill, t};

const COLOURS: [&str; 8] = ["blue", "green", "amber", "red", "violet", "teal", "slate", "pink"];

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    view! {
        <main id="main" class="page">
            <AccountPage slug="acme".to_owned() tab=Key::TabsSecurity>
                <p class="help">{t(Key::PlainDevPartsLead)}</p>
                {panel("Header", header())}
                {panel("Button", buttons())}
                {panel("Field", fields())}
                {panel("Notice", notices())}
                {panel("Avatar", avatars())}
                {panel("Client", tiles())}
                {panel("Badge", badges())}
                {panel("Dialog", dialog())}
                {panel("Table", table())}
                {panel("Facts", facts())}
                {panel("Empty", empty())}
                {panel("Loading", loading())}
            </AccountPage>
        </main>
    }
}

fn panel(name: &'static str, content: AnyView) -> AnyView {
    let id = format!("part-{}", name.to_lowercase());
    let heading = id.clone();
    view! {
        <section class="panel" aria-labelledby=heading>
            <div class="panel-head">
                <h2 id=id lang="en">
                    {name}
                </h2>
            </div>
            <div class="stack">{content}</div>
        </section>
    }
    .into_any()
}

fn buttons() -> AnyView {
    let row = |kind: ButtonKind| {
        view! {
            <div class="actions">
                <Button label=Key::CommonSave kind=kind />
                <Button label=Key::CommonSave kind=kind pending=Signal::stored(true) />
                <button class="button" data-kind=kind.code() disabled>
                    {t(Key::CommonSave)}
                </button>
            </div>
        }
    };
    [ButtonKind::Primary, ButtonKind::Plain, ButtonKind::Quiet, ButtonKind::Danger].map(row).into_any()
}

fn fields() -> AnyView {
    let calm = FormState::shown(None, false);
    let wrong = FormState::shown(Some(Error::at(Field::LastName, Problem::Empty)), false);
    let code = FormState::shown(Some(Error::CodeWrong { tries_left: 3 }), false);
    let file = FormState::shown(Some(Error::at(Field::Picture, Problem::NotAPicture)), false);
    let whole = FormState::shown(Some(Error::TooMany { retry_after_s: 16 }), true);
    let help = Help(fill(Key::ActivateRules, &[("min", "12")]));
    view! {
        <div class="form">
            <div class="field-row">
                <TextInput
                    state=calm
                    field=Field::FirstName
                    label=Key::PersonalFirstName
                    autocomplete="off"
                    value="Olivia".to_owned()
                />
                <TextInput state=wrong field=Field::LastName label=Key::PersonalLastName autocomplete="off" />
            </div>
            <TextInput
                state=calm
                field=Field::NewPassword
                label=Key::ActivateNewPassword
                kind="password"
                autocomplete="off"
                help=help
            />
            <CodeInput state=code label=Key::SignInCodeField />
            <div class="field-row">
                {file_input(calm, Field::ClientName)} {file_input(file, Field::Picture)}
            </div>
            <FormRefusal state=whole />
        </div>
    }
    .into_any()
}

/// Each with a field of its own, because that is its id.
fn file_input(state: FormState, field: Field) -> AnyView {
    let help = Help(t(Key::PictureDropHint).to_owned());
    view! { <FileInput state=state field=field label=Key::PictureSelect accept="image/*" help=help /> }.into_any()
}

fn notices() -> AnyView {
    let notice = |kind, text| {
        view! {
            <Notice kind=kind>
                <p>{t(text)}</p>
            </Notice>
        }
    };
    view! {
        {notice(NoticeKind::Info, Key::SignInSignedOut)}
        {notice(NoticeKind::Success, Key::PersonalEmailChanged)}
        {notice(NoticeKind::Warning, Key::ErrorReauthentication)}
        {notice(NoticeKind::Error, Key::ErrorSignInRefused)}
        <p class="status">{t(Key::PersonalNameSaved)}</p>
    }
    .into_any()
}

/// With a menu that has all there is in it.
fn header() -> AnyView {
    let person = Person {
        name: "Olivia Okafor".to_owned(),
        email: "olivia@acme.example".to_owned(),
        initials: "OO".to_owned(),
        hue: 9,
        picture: None,
    };
    let client = Client { slug: "acme".to_owned(), name: "Acme Ltd".to_owned(), colour: "blue".to_owned() };
    let frame = Frame { person, client, open_invitations: 1, manage: ManagePage::ALL.to_vec() };
    view! { <Header frame=frame /> }.into_any()
}

fn avatars() -> AnyView {
    let person =
        |hue| Person { name: String::new(), email: String::new(), initials: "OO".to_owned(), hue, picture: None };
    view! {
        <div class="actions">{(0..12).map(|hue| view! { <Avatar person=person(hue) /> }).collect_view()}</div>
        <div class="actions">
            <Avatar person=person(9) size="small" />
            <Avatar person=person(9) />
            <Avatar person=person(9) size="large" />
            <Avatar person=person(9) size="huge" />
        </div>
    }
    .into_any()
}

fn tiles() -> AnyView {
    let tile = |colour: &str| view! { <Tile name=colour.to_owned() colour=colour.to_owned() /> };
    view! { <div class="actions">{COLOURS.map(tile)}</div> }.into_any()
}

fn badges() -> AnyView {
    view! {
        <div class="tags">
            <Badge text=t(Key::AccountsKindGuest) />
            <Badge text=t(Key::AccountsCurrent) kind=BadgeKind::Accent />
            <Badge text=t(Key::SecurityOn) kind=BadgeKind::Success />
            <Badge text=t(Key::SecurityFactorOff) kind=BadgeKind::Warning />
            <Badge text=t(Key::ErrorNotFoundTitle) kind=BadgeKind::Error />
        </div>
    }
    .into_any()
}

/// Opens without a script of ours, where the browser knows `commandfor`.
fn dialog() -> AnyView {
    view! {
        <div>
            <button class="button" commandfor="sample" command="show-modal">
                {t(Key::PersonalChangeEmail)}
            </button>
        </div>
        <dialog class="dialog" id="sample" aria-labelledby="sample-title">
            <header>
                <h2 id="sample-title">{t(Key::EmailChangeTitle)}</h2>
                <p>{t(Key::EmailChangePasswordLead)}</p>
            </header>
            <form method="dialog" class="form">
                <div class="actions">
                    <Button label=Key::CommonContinue kind=ButtonKind::Primary />
                    <Button label=Key::CommonCancel kind=ButtonKind::Quiet />
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

fn moment() -> Moment {
    Moment { machine: "2026-11-21T12:45:00Z".to_owned(), human: "2026-11-21 12:45".to_owned() }
}

fn table() -> AnyView {
    view! {
        <div class="table" role="region" aria-label=t(Key::GroupsTitle) tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t(Key::GroupsGroup)}</th>
                        <th scope="col">{t(Key::GroupsPermits)}</th>
                        <th scope="col">{t(Key::GroupsMemberSince)}</th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">{t(Key::BuiltinUser)}</th>
                        <td>{t(Key::PermissionGroupsJoin)}</td>
                        <td>
                            <When at=moment() />
                        </td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn facts() -> AnyView {
    view! {
        <dl class="facts">
            <div>
                <dt>{t(Key::SecurityStatus)}</dt>
                <dd>
                    <Badge text=t(Key::SecurityOn) kind=BadgeKind::Success />
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

fn empty() -> AnyView {
    view! {
        <div class="empty">
            <h3>{t(Key::PlainDevMailEmptyTitle)}</h3>
            <p>{t(Key::PlainDevMailEmpty)}</p>
        </div>
    }
    .into_any()
}

fn loading() -> AnyView {
    view! {
        <div class="skeleton" role="status" aria-label=t(Key::CommonLoading)>
            <i></i>
            <i></i>
            <i></i>
        </div>
        <progress value="0.4" aria-label=t(Key::CommonPleaseWait)></progress>
    }
    .into_any()
}
