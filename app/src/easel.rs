//! A profile picture in the making: what the page shows of it, and the browser does with it.

use leptos::prelude::*;

use crate::form::{Changes, FormState, form};
use crate::place::picture;

/// Where a picture is sent. With multipart forms the framework does not count the bytes, so this is no server function.
pub const SAVE: &str = "/account/picture";

/// A picture in the making. Nothing of it exists before the page has been woken.
///
/// What changes with each turn of a hand is written into the document directly, and no signal knows of it: signals,
/// and elements that listen, would cost more of the wasm than all of the rest.
#[derive(Clone, Copy)]
pub struct Easel {
    /// The form that sends a picture.
    pub save: FormState,
    /// The form that takes it away.
    pub remove: FormState,
    /// Whether one has been chosen and is being cropped.
    pub editing: RwSignal<bool>,
    /// What loads again once a picture has been saved.
    pub changes: Option<Changes>,
}

impl Easel {
    /// Call it inside a route's view.
    #[must_use]
    pub fn new() -> Self {
        let easel = Self {
            save: form(SAVE),
            remove: form("/do/remove_picture"),
            editing: RwSignal::new(false),
            changes: use_context(),
        };
        picture::attend(easel);
        easel
    }

    /// How far it has come, as in `data-state`: nothing, `editing` or `sending`.
    #[must_use]
    pub fn state(self) -> Signal<Option<&'static str>> {
        Signal::derive(move || match (self.editing.get(), self.save.pending.get()) {
            (false, _) => None,
            (true, false) => Some("editing"),
            (true, true) => Some("sending"),
        })
    }
}

impl Default for Easel {
    fn default() -> Self {
        Self::new()
    }
}

/// Bytes at the start of a PNG that tell its sides.
pub const PNG_HEAD: usize = 24;

/// The sides of a PNG in pixels, from its first bytes (PNG, third edition, 11.2.1): a browser does not open what is
/// far too large, and does not say why.
#[must_use]
pub fn sides_of_png(head: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let is_png = head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR".as_slice());
    if is_png { Some((side(16)?, side(20)?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::sides_of_png;

    #[test]
    fn a_png_tells_its_sides_and_nothing_else_does() {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\x01\x02";
        assert_eq!(head.len(), super::PNG_HEAD);
        assert_eq!(sides_of_png(head), Some((60_000, 258)));
        assert_eq!(sides_of_png(&head[..23]), None);
        assert_eq!(sides_of_png(b"\x89PNG\r\n\x1a\n<!doctype html><s"), None);
        assert_eq!(sides_of_png(b"\xff\xd8\xff\xe0 JFIF, and so on and on"), None);
    }
}
