//! The browser's side of the profile picture: choosing it, and sending what was cropped.

use std::cell::RefCell;

use domain::picture::{self, Format};
use domain::{Error, Field, Problem};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use web_sys::js_sys::{Function, Promise, Reflect, Uint8Array};
use web_sys::{
    Blob, ClipboardEvent, DataTransfer, DragEvent, Element, Event, File, FormData, HtmlImageElement, HtmlInputElement,
    ProgressEvent, Url, XmlHttpRequest,
};

use super::canvas;
use crate::crop::{Crop, Fingers};
use crate::easel::{Easel, PNG_HEAD, SAVE, sides_of_png};
use crate::form::Changes;

/// What is heard wherever on the page it happens.
const HEARD: [&str; 7] = ["change", "input", "submit", "paste", "dragover", "dragleave", "drop"];

/// What is in hand. There is one page at a time, and one picture on it.
#[derive(Default)]
pub struct Held {
    /// What is being cropped.
    pub image: Option<HtmlImageElement>,
    /// What of it.
    pub crop: Crop,
    /// What is on the canvas.
    pub fingers: Fingers,
    /// What is under way; a request that is no longer held has been given up.
    request: Option<XmlHttpRequest>,
    /// Counts what was chosen: the last choice holds, however long an earlier one takes to open.
    turn: u32,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// Changes what is in hand.
pub fn held<T>(change: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with_borrow_mut(change)
}

fn image() -> Option<HtmlImageElement> {
    held(|held| held.image.clone())
}

fn sends(request: &XmlHttpRequest) -> bool {
    held(|held| held.request.as_ref() == Some(request))
}

/// The first element that matches.
pub fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Attends to the page for as long as it is there.
pub fn attend(easel: Easel) {
    for name in HEARD {
        let handle = window_event_listener_untyped(name, move |event| heard(easel, &event));
        on_cleanup(move || handle.remove());
    }
    on_cleanup(give_up);
}

/// Once the form is in the document, for the first time or anew.
pub fn rendered(easel: Easel) {
    request_animation_frame(move || {
        if let Some(canvas) = find("#crop") {
            canvas::attach(easel, &canvas);
            canvas::show();
        }
        // A file may have been chosen before the page woke.
        if let Some(input) = find("#picture") {
            take_out(easel, input.unchecked_ref());
        }
        // The button that had the focus went with the picture.
        if easel.remove.accepted.try_get_untracked() == Some(true) && find("body :focus").is_none() {
            super::focus("#picture");
        }
    });
}

fn heard(easel: Easel, event: &Event) {
    let kind = event.type_();
    if kind == "paste" {
        let pasted = event.unchecked_ref::<ClipboardEvent>().clipboard_data();
        // What has words as well is meant for a field.
        if let Some(pasted) = pasted.filter(|pasted| !has(pasted, "text/plain")) {
            take(easel, pasted.files().and_then(|files| files.get(0)));
        }
        return;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    match (kind.as_str(), target.id().as_str()) {
        ("change", "picture") => take_out(easel, target.unchecked_ref()),
        ("input", "zoom") => {
            let zoom = target.unchecked_ref::<HtmlInputElement>().value_as_number();
            // What is on its way no longer changes; the slider goes back.
            if !easel.save.pending.get_untracked() {
                held(|held| held.crop = held.crop.zoomed_to(zoom));
            }
            canvas::show();
        }
        ("submit", "picture-form") => {
            event.prevent_default();
            send(easel);
        }
        ("submit", "picture-cancel") => {
            event.prevent_default();
            cancel(easel);
        }
        ("change" | "input" | "submit", _) => {}
        (kind, _) => dragged(easel, event.unchecked_ref(), kind, &target),
    }
}

/// Takes what is dropped on the form.
fn dragged(easel: Easel, event: &DragEvent, kind: &str, target: &Element) {
    let Some(dragged) = event.data_transfer().filter(|dragged| has(dragged, "Files")) else { return };
    // Wherever it is dropped: the browser would leave the page for the file.
    event.prevent_default();
    let form = target.closest("#picture-form").ok().flatten();
    if let Some(form) = find("#picture-form") {
        let _ = form.toggle_attribute_with_force("data-over", kind == "dragover" && form.contains(Some(target)));
    }
    match kind {
        "dragover" if form.is_none() => dragged.set_drop_effect("none"),
        "drop" if form.is_some() => take(easel, dragged.files().and_then(|files| files.get(0))),
        _ => {}
    }
}

fn has(data: &DataTransfer, kind: &str) -> bool {
    data.types().includes(&kind.into(), 0)
}

/// Empties the field, so that the same file can be chosen again.
fn take_out(easel: Easel, input: &HtmlInputElement) {
    if let Some(files) = input.files() {
        take(easel, files.get(0));
        input.set_value("");
    }
}

/// Opens a file, unless something else goes on.
fn take(easel: Easel, file: Option<File>) {
    let busy = easel.save.pending.get_untracked() || find("dialog[open]").is_some();
    let Some(file) = file.filter(|_| !busy) else { return };
    let turn = held(|held| {
        held.turn += 1;
        held.turn
    });
    spawn_local(async move {
        let opened = open(&file).await;
        if held(|held| held.turn) == turn {
            show(easel, opened);
        }
    });
}

fn damaged(_: JsValue) -> Problem {
    Problem::Damaged
}

/// The picture in a file, upright: an element minds the orientation that a camera wrote down (image-orientation,
/// CSS Images 3).
async fn open(file: &File) -> Result<HtmlImageElement, Problem> {
    picture::check_bytes(file.size() as u64)?;
    let head = file.slice_with_i32_and_i32(0, PNG_HEAD as i32).map_err(damaged)?.array_buffer().await;
    let head = Uint8Array::new(&head.map_err(damaged)?).to_vec();
    Format::of(&head).ok_or(Problem::NotAPicture)?;
    sides_of_png(&head).map_or(Ok(()), |(width, height)| picture::check_dimensions(width, height))?;
    let image = HtmlImageElement::new().map_err(damaged)?;
    let url = Url::create_object_url_with_blob(file).map_err(damaged)?;
    image.set_src(&url);
    let decoded = image.decode().await;
    // The element has it now, or never will.
    let _ = Url::revoke_object_url(&url);
    decoded.map_err(damaged)?;
    picture::check_dimensions(image.natural_width(), image.natural_height())?;
    // An element shows as much as there is of a file that was cut off; a bitmap, however small, needs all of it.
    let bitmap = window().create_image_bitmap_with_blob_and_a_sx_and_a_sy_and_a_sw_and_a_sh(file, 0, 0, 1, 1);
    bitmap.map_err(damaged)?.await.map_err(damaged)?;
    Ok(image)
}

/// Shows the picture that was opened, or why it cannot be.
fn show(easel: Easel, opened: Result<HtmlImageElement, Problem>) {
    for form in [easel.save, easel.remove] {
        form.accepted.set(false);
        form.refused.set(None);
    }
    match opened {
        Ok(image) => {
            held(|held| {
                held.crop = Crop::new(image.natural_width(), image.natural_height());
                held.image = Some(image);
            });
            canvas::show();
            easel.editing.set(true);
            super::focus("#crop");
        }
        Err(problem) => refuse(easel, Error::at(Field::Picture, problem)),
    }
}

fn refuse(easel: Easel, error: Error) {
    easel.save.accepted.set(false);
    easel.save.refused.set(Some(error));
    super::focus("#picture[aria-invalid=true]");
}

/// Sends what is in the square.
fn send(easel: Easel) {
    if easel.save.pending.get_untracked() {
        return;
    }
    let (Some(image), Ok(request)) = (image(), XmlHttpRequest::new()) else {
        return refuse(easel, Error::at(Field::Picture, Problem::NoPicture));
    };
    easel.save.pending.set(true);
    tell_sent(0.0);
    let crop = held(|held| {
        held.request = Some(request.clone());
        held.crop
    });
    spawn_local(async move {
        let answer = match canvas::cut_out(&image, crop).await {
            Some(picture) if sends(&request) => post(&request, &picture).await,
            _ => Err(Error::at(Field::Picture, Problem::Damaged)),
        };
        if sends(&request) {
            answered(easel, answer);
        }
    });
}

/// Says how much has been sent, 0 to 100.
fn tell_sent(sent: f64) {
    if let Some(progress) = find("#picture-sent") {
        let _ = Reflect::set(&progress, &"value".into(), &sent.into());
    }
}

/// Sends the picture, and says why it was refused if it was.
async fn post(request: &XmlHttpRequest, picture: &Blob) -> Result<(), Error> {
    let heard = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        let progress: &ProgressEvent = event.unchecked_ref();
        tell_sent(progress.loaded() / progress.total() * 100.0);
    });
    let ended = start(request, picture, heard.as_ref().unchecked_ref()).map_err(|_| Error::BadRequest)?;
    let _ = ended.await;
    match request.status() {
        Ok(200..=299) => Ok(()),
        Ok(0) | Err(_) => Err(Error::Offline),
        Ok(_) => Err(super::refusal(&request.response_text().ok().flatten().unwrap_or_default())),
    }
}

/// Starts the request; what it returns is fulfilled when the request has ended, in whatever way. `fetch` would not say
/// how much has been sent.
fn start(request: &XmlHttpRequest, picture: &Blob, heard: &Function) -> Result<Promise, JsValue> {
    let fields = FormData::new()?;
    fields.append_with_blob_and_filename(Field::Picture.name(), picture, "picture.jpg")?;
    request.open("POST", SAVE)?;
    request.set_request_header("Accept", "application/json")?;
    request.upload()?.set_onprogress(Some(heard));
    let ended = Promise::new(&mut |end, _| request.set_onloadend(Some(&end)));
    request.send_with_opt_form_data(Some(&fields))?;
    Ok(ended)
}

fn answered(easel: Easel, answer: Result<(), Error>) {
    easel.save.pending.set(false);
    match answer {
        Ok(()) => {
            put_away(easel);
            easel.save.accepted.set(true);
            if let Some(Changes(count)) = easel.changes {
                count.update(|count| *count += 1);
            }
        }
        Err(error) => refuse(easel, error),
    }
}

/// Gives up what was chosen, even when it is on its way already.
fn cancel(easel: Easel) {
    put_away(easel);
    easel.save.pending.set(false);
}

fn give_up() {
    if let Some(request) = held(|held| held.request.take()) {
        let _ = request.abort();
    }
    held(|held| *held = Held { turn: held.turn + 1, ..Held::default() });
}

/// Back to where it began, ready for another file.
fn put_away(easel: Easel) {
    give_up();
    easel.save.refused.set(None);
    easel.editing.set(false);
    super::focus("#picture");
}
