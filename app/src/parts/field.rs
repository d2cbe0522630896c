//! Fields: label, input, help, and the error at its place.

use domain::{Field, Key};
use leptos::prelude::*;

use crate::form::{FormState, sentence_at};
use crate::words::t;

/// A line of help for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help(pub String);

/// A field of one line.
#[component]
pub fn TextInput(
    /// The form it belongs to.
    state: FormState,
    /// Which field.
    field: Field,
    /// What it asks for.
    label: Key,
    /// `text`, `email`, `number` or `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a browser may fill in.
    autocomplete: &'static str,
    /// What stands in it before anybody types.
    #[prop(optional)]
    value: String,
    /// A line of help.
    #[prop(optional)]
    help: Option<Help>,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
    /// Whether it may stay empty.
    #[prop(optional)]
    may_be_empty: bool,
) -> impl IntoView {
    let value = (kind != "password").then(|| state.typed(field.name(), &value));
    let plain = kind != "text";
    input(state, field, label, help, move |described, invalid| {
        // Without a script this is what brings people to the field that is wrong, however long the page is.
        let autofocus = autofocus || invalid.get_untracked().is_some();
        view! {
            <input
                id=field.name()
                name=field.name()
                type=kind
                autocomplete=autocomplete
                value=value
                autofocus=autofocus
                autocapitalize=plain.then_some("none")
                spellcheck=plain.then_some("false")
                required=!may_be_empty
                aria-invalid=invalid
                aria-describedby=described
            />
        }
        .into_any()
    })
}

/// Where a code comes from, and so what it looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeKind {
    /// Eight letters by e-mail.
    #[default]
    Mailed,
    /// Six digits of the app.
    App,
    /// Twenty letters and digits, kept on paper or by a password manager; upper and lower case count.
    Recovery,
}

impl CodeKind {
    /// As in `data-kind`, what is said about it, and which keys a phone offers.
    const fn looks(self) -> (&'static str, Key, Option<&'static str>) {
        match self {
            Self::Mailed => ("mailed", Key::SignInCodeHelp, None),
            Self::App => ("app", Key::SignInCodeAppHelp, Some("numeric")),
            Self::Recovery => ("recovery", Key::SignInCodeRecoveryHelp, None),
        }
    }
}

/// A field for a code.
#[component]
pub fn CodeInput(
    /// The form it belongs to.
    state: FormState,
    /// What it asks for.
    label: Key,
    /// Which kind of code.
    #[prop(optional)]
    kind: CodeKind,
    /// Whether the page begins here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let (code, help, keys) = kind.looks();
    let capitals = if kind == CodeKind::Mailed { "characters" } else { "none" };
    // A browser may fill in what it has just read, never what it keeps.
    let fill_in = if kind == CodeKind::Recovery { "off" } else { "one-time-code" };
    input(state, Field::Code, label, Some(Help(t(help).to_owned())), move |described, invalid| {
        view! {
            <input
                id="code"
                name="code"
                class="code"
                data-kind=code
                inputmode=keys
                autocomplete=fill_in
                autocapitalize=capitals
                spellcheck="false"
                autofocus=autofocus
                required
                aria-invalid=invalid
                aria-describedby=described
            />
        }
        .into_any()
    })
}

/// A field for a file. Where scripts run, the label is the button that opens the chooser.
#[component]
pub fn FileInput(
    /// The form it belongs to.
    state: FormState,
    /// Which field.
    field: Field,
    /// What it asks for.
    label: Key,
    /// The media types to choose from.
    accept: &'static str,
    /// A line of help.
    help: Help,
) -> impl IntoView {
    let name = field.name();
    let (described, invalid, lines) = lines(state, field, Some(help));
    view! {
        <div class="field file">
            <label class="button" for=name>
                {t(label)}
            </label>
            <input type="file" id=name name=name accept=accept aria-invalid=invalid aria-describedby=described />
            {lines}
        </div>
    }
}

fn input(
    state: FormState,
    field: Field,
    label: Key,
    help: Option<Help>,
    input: impl FnOnce(Signal<Option<String>>, Signal<Option<&'static str>>) -> AnyView,
) -> AnyView {
    let (described, invalid, lines) = lines(state, field, help);
    view! {
        <div class="field">
            <label for=field.name()>{t(label)}</label>
            {input(described, invalid)}
            {lines}
        </div>
    }
    .into_any()
}

/// The ids of the lines at a field, whether it is wrong, and the lines: help and error.
fn lines(
    state: FormState,
    field: Field,
    help: Option<Help>,
) -> (Signal<Option<String>>, Signal<Option<&'static str>>, AnyView) {
    let name = field.name();
    let error = sentence_at(state, field);
    let has_help = help.is_some();
    let described = Signal::derive(move || match (has_help, error.with(Option::is_some)) {
        (false, false) => None,
        (true, false) => Some(format!("{name}-help")),
        (false, true) => Some(format!("{name}-error")),
        (true, true) => Some(format!("{name}-help {name}-error")),
    });
    let invalid = Signal::derive(move || error.with(Option::is_some).then_some("true"));
    let lines = view! {
        {help.map(|Help(text)| view! { <p class="help" id=format!("{name}-help")>{text}</p> })}
        {move || {
            error.get().map(|text| view! { <p class="field-error" id=format!("{name}-error")>{text}</p> })
        }}
    };
    (described, invalid, lines.into_any())
}

/// Tells password managers whose password a form asks for.
#[component]
pub fn UserNameForManagers(
    /// The address.
    email: String,
) -> impl IntoView {
    view! {
        <input
            class="visually-hidden"
            type="email"
            autocomplete="username"
            value=email
            aria-label=t(Key::SignInEmail)
            tabindex="-1"
            readonly
        />
    }
}
