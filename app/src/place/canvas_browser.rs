//! The canvas on which a picture is cropped: what it shows, and what hands do on it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::wasm_bindgen::closure::Closure;
use web_sys::js_sys::{Promise, Reflect};
use web_sys::{
    Blob, CanvasRenderingContext2d, Element, Event, HtmlCanvasElement, HtmlImageElement, HtmlInputElement,
    KeyboardEvent, MouseEvent, PointerEvent, WheelEvent,
};

use super::picture::{find, held};
use crate::crop::{Crop, Point, STAGE};
use crate::easel::Easel;

/// How good the JPEG is that is sent, 0 to 1; the server encodes it once more.
const QUALITY: f64 = 0.92;
/// What hands do.
const BY_HAND: [&str; 6] = ["pointerdown", "pointermove", "pointerup", "pointercancel", "wheel", "keydown"];

/// Shows what is in hand, if the page has the canvas.
pub fn show() {
    let (image, crop) = held(|held| (held.image.clone(), held.crop));
    if let (Some(image), Some(canvas), Some(zoom)) = (image, find("#crop"), find("#zoom")) {
        draw(canvas.unchecked_ref(), &image, crop);
        zoom.unchecked_ref::<HtmlInputElement>().set_value_as_number(crop.zoom());
    }
}

/// Draws the square onto the whole canvas. What is transparent stands on white: a JPEG has nothing behind it.
fn draw(canvas: &HtmlCanvasElement, image: &HtmlImageElement, crop: Crop) -> Option<()> {
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let ((x, y, side), size) = (crop.square(), f64::from(canvas.width()));
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, size, size);
    let _ = Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
    context
        .draw_image_with_html_image_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            image, x, y, side, side, 0.0, 0.0, size, size,
        )
        .ok()
}

/// The square as a JPEG; `None` where the browser has no memory left for it.
pub async fn cut_out(image: &HtmlImageElement, crop: Crop) -> Option<Blob> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(crop.size());
    canvas.set_height(crop.size());
    draw(&canvas, image, crop)?;
    let made = Promise::new(&mut |done, _| {
        let _ = canvas.to_blob_with_type_and_encoder_options(&done, "image/jpeg", &QUALITY.into());
    });
    let made = made.await.ok()?;
    (!made.is_null()).then(|| made.unchecked_into())
}

/// One listener for everything; it goes with the canvas.
pub fn attach(easel: Easel, canvas: &Element) {
    let hand = Closure::<dyn FnMut(Event)>::new(move |event: Event| by_hand(easel, &event)).into_js_value();
    for name in BY_HAND {
        let _ = canvas.add_event_listener_with_callback(name, hand.unchecked_ref());
    }
}

/// Moves and zooms, by pointer, wheel and key.
fn by_hand(easel: Easel, event: &Event) {
    if easel.save.pending.try_get_untracked() != Some(false) {
        return;
    }
    let (kind, crop) = (event.type_(), held(|held| held.crop));
    let next = match kind.as_str() {
        "keydown" => by_key(crop, event.unchecked_ref()),
        "wheel" => {
            let wheel: &WheelEvent = event.unchecked_ref();
            event.prevent_default();
            Some(crop.wheeled(wheel.delta_y(), wheel.ctrl_key(), point(wheel)))
        }
        kind => by_pointer(crop, kind, event.unchecked_ref()),
    };
    if let Some(next) = next {
        held(|held| held.crop = next);
        show();
    }
}

/// With another key held down they are the browser's.
fn by_key(crop: Crop, event: &KeyboardEvent) -> Option<Crop> {
    let of_the_browser = event.ctrl_key() || event.meta_key() || event.alt_key();
    let next = crop.keyed(&event.key(), event.shift_key()).filter(|_| !of_the_browser)?;
    event.prevent_default();
    Some(next)
}

fn by_pointer(crop: Crop, kind: &str, event: &PointerEvent) -> Option<Crop> {
    let (id, at) = (event.pointer_id(), point(event));
    held(|held| match kind {
        "pointermove" => held.fingers.drag(crop, id, at),
        "pointerdown" if event.button() == 0 => {
            // Outside the canvas it still is the same pull.
            let _ = event.current_target()?.unchecked_into::<Element>().set_pointer_capture(id);
            held.fingers.down(id, at);
            None
        }
        _ => {
            held.fingers.up(id);
            None
        }
    })
}

/// Where something happened, in pixels of the canvas.
fn point(event: &MouseEvent) -> Point {
    let width = event.current_target().map_or(1, |canvas| canvas.unchecked_into::<Element>().client_width());
    let scale = STAGE / f64::from(width.max(1));
    (f64::from(event.offset_x()) * scale, f64::from(event.offset_y()) * scale)
}
