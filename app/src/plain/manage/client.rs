//! `/c/{slug}/manage/client`: the client itself: name, colour, and whether everybody needs a second factor.

use domain::view::{ClientSettings, Frame, MANY, ManagePage, colour_name};
use domain::{Field, Key};
use leptos::prelude::*;

use super::{Choice, Managing, done, path};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{Button, ButtonKind, FormRefusal, TextInput, loaded};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{notice, own_data, part};
use crate::refused::Answer;
use crate::words::{fill, language, t};

/// What the page shows: the client, and which version of it that is.
type Shown = (Frame, ClientSettings, String);

async fn state(slug: String) -> Answer<Shown> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let settings = domain::flows::client::view(&backend, &member).await?;
    let version = domain::flows::client::version(&backend, &settings);
    Ok((member.frame(), settings, version))
}

/// Saves all of it.
#[server(prefix = "/do", endpoint = "save_client")]
pub async fn save_client(
    slug: String,
    #[server(default)] version: String,
    #[server(default)] client_name: String,
    #[server(default)] colour: String,
    #[server(default)] requires_second_factor: bool,
) -> Answer<()> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let edit = domain::flows::client::Edit { name: &client_name, colour: &colour, requires_second_factor };
    domain::flows::client::save(&backend, &member, &version, &edit).await?;
    place::go_to(&path(&slug, ManagePage::Client, "?notice=saved"));
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (state, slug, saved) = (form("/do/save_client"), part("slug"), notice() == "saved");
    let data = own_data(slug.clone(), self::state);
    loaded(data, move |(frame, settings, version): Shown| {
        let slug = slug.clone();
        let swatches = swatches(state, &settings);
        let factor_help = factor_help(&settings);
        view! {
            <Managing frame=frame tab=ManagePage::Client>
                {saved.then(|| done(Key::PlainClientSaved))}
                <Panel id="client" title=Key::ClientActivityShowClient lead=t(Key::PlainClientLead)>
                    <FormRefusal state=state />
                    <Form state=state>
                        <input type="hidden" name="slug" value=slug />
                        <input type="hidden" name="version" value=version />
                        <TextInput
                            state=state
                            field=Field::ClientName
                            label=Key::PlainClientName
                            autocomplete="off"
                            value=settings.client.name
                        />
                        {swatches}
                        <Choice
                            state=state
                            name="requires_second_factor"
                            label=Key::PlainClientFactor
                            help=factor_help
                            ticked=settings.requires_second_factor
                        />
                        <div class="actions">
                            <Button label=Key::CommonSave kind=ButtonKind::Primary pending=state.pending />
                        </div>
                    </Form>
                </Panel>
            </Managing>
        }
        .into_any()
    })
}

/// What the rule means, and for how many it would be new.
fn factor_help(settings: &ClientSettings) -> String {
    let without = match settings.without_factor {
        0 => t(Key::PlainClientNobodyWithout).to_owned(),
        MANY.. => fill(Key::PlainClientWithout, &[("count", &format!("{MANY}+"))]),
        count => fill(Key::PlainClientWithout, &[("count", &count.to_string())]),
    };
    format!("{} {without}", t(Key::PlainClientFactorText))
}

/// The palette: each colour with its name, for those who do not see it.
fn swatches(state: FormState, settings: &ClientSettings) -> AnyView {
    let chosen = state.typed(Field::Colour.name(), &settings.client.colour);
    let error = sentence_at(state, Field::Colour).get_untracked();
    let described = error.is_some().then_some("colour-error");
    let colours = settings.colours.iter().map(|code| swatch(code, *code == chosen)).collect::<Vec<_>>();
    view! {
        <fieldset class="swatches" aria-describedby=described>
            <legend>{t(Key::PlainClientColour)}</legend>
            <div>{colours}</div>
            {error.map(|text| view! { <p class="field-error" id="colour-error">{text}</p> })}
        </fieldset>
    }
    .into_any()
}

fn swatch(code: &str, chosen: bool) -> AnyView {
    let (id, value, colour) = (format!("colour-{code}"), code.to_owned(), code.to_owned());
    let label_for = id.clone();
    view! {
        <div class="swatch" data-colour=colour>
            <input type="radio" id=id name=Field::Colour.name() value=value checked=chosen />
            <label for=label_for>
                <span class="dot"></span>
                {colour_name(code, language())}
            </label>
        </div>
    }
    .into_any()
}
