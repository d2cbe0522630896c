//! The profile picture, a panel of Personal details: choosing one, cropping it, taking it away.

use domain::picture::{BYTES_MAX, LARGE};
use domain::view::Person;
use domain::{Field, Key};
use leptos::prelude::*;

use crate::easel::{Easel, SAVE};
use crate::form::Form;
use crate::parts::{Avatar, Button, ButtonKind, FileInput, FormRefusal, Help, Status};
use crate::place::picture;
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the file chooser offers; what counts is what is in the file.
const FORMATS: &str = "image/png,image/jpeg,image/webp";

/// Takes the picture away; initials stand in its place.
#[server(prefix = "/do", endpoint = "remove_picture")]
pub async fn remove_picture(slug: String) -> Answer<()> {
    let member = crate::place::member(&slug).await?;
    domain::flows::picture::remove(&crate::place::backend()?, member.actor()).await?;
    Ok(())
}

/// The panel.
#[must_use]
pub fn panel(easel: Easel, slug: &str, person: &Person) -> AnyView {
    let (slug, has_picture) = (slug.to_owned(), person.picture.is_some());
    view! {
        <section class="panel" aria-labelledby="picture-heading">
            <div class="panel-head">
                <h2 id="picture-heading">{t(Key::PersonalPictureHeading)}</h2>
                <p>{t(Key::PersonalPictureHint)}</p>
            </div>
            <div class="stack">
                <FormRefusal state=easel.save />
                <FormRefusal state=easel.remove />
                {save(easel, person)}
                {has_picture
                    .then(move || {
                        view! {
                            <Form state=easel.remove id="remove-picture" hidden=true>
                                <input type="hidden" name="slug" value=slug />
                            </Form>
                        }
                    })}
            </div>
        </section>
    }
    .into_any()
}

/// The form. Without JavaScript it sends the file as it is, and the server takes the square in the middle. What is
/// there only while one is cropped is always in the document, and shown by the form's state.
fn save(easel: Easel, person: &Person) -> AnyView {
    let has_picture = person.picture.is_some();
    let (told, done) = if has_picture { (easel.save, Key::PictureSaved) } else { (easel.remove, Key::PictureRemoved) };
    picture::rendered(easel);
    view! {
        <form
            id="picture-form"
            class="form picture"
            method="post"
            action=SAVE
            enctype="multipart/form-data"
            novalidate
            data-state=easel.state()
        >
            {choice(easel, person.clone())}
            <div class="actions">
                <Button label=Key::CommonSave kind=ButtonKind::Primary pending=easel.save.pending />
                <span class="while-editing">
                    <Button label=Key::CommonCancel kind=ButtonKind::Quiet form="picture-cancel" />
                </span>
                {has_picture
                    .then(|| {
                        view! {
                            <span class="else">
                                <Button
                                    label=Key::PictureRemove
                                    kind=ButtonKind::Danger
                                    form="remove-picture"
                                    pending=easel.remove.pending
                                />
                            </span>
                        }
                    })}
                <Status state=told done=done />
            </div>
        </form>
        <form id="picture-cancel" hidden></form>
    }
    .into_any()
}

/// What there is, or what is being cropped, and the field for another.
fn choice(easel: Easel, person: Person) -> AnyView {
    let max_mib = (BYTES_MAX >> 20).to_string();
    let help = Help(fill(Key::PictureHint, &[("max_mib", &max_mib)]));
    view! {
        <div class="picture-choice">
            <div class="else">
                <Avatar person=person size="huge" />
            </div>
            <div class="while-editing crop" inner_html=stage()></div>
            <div class="picture-field">
                <FileInput state=easel.save field=Field::Picture label=Key::PictureSelect accept=FORMATS help=help />
                <p class="help scripted">{t(Key::PictureDropHint)}</p>
            </div>
        </div>
    }
    .into_any()
}

/// The square as it will be, to be moved and zoomed; and how much of it has been sent. All words are the catalogue's.
fn stage() -> String {
    format!(
        "<div class=\"stage\"><canvas id=\"crop\" width=\"{LARGE}\" height=\"{LARGE}\" role=\"application\" \
         tabindex=\"0\" aria-label=\"{}\" aria-describedby=\"crop-help\"></canvas></div>\
         <p class=\"help\" id=\"crop-help\">{}</p>\
         <div class=\"field\"><label for=\"zoom\">{}</label>\
         <input id=\"zoom\" type=\"range\" min=\"1\" max=\"4\" step=\"0.01\" value=\"1\"></div>\
         <div class=\"field while-sending\"><label for=\"picture-sent\">{}</label>\
         <progress id=\"picture-sent\" max=\"100\"></progress></div>",
        t(Key::PictureCrop),
        t(Key::PictureCropHint),
        t(Key::PictureZoom),
        t(Key::PictureSending),
    )
}
