//! The server's side of the profile picture: pages are not worked on here.

use crate::easel::Easel;

/// Only in the browser something happens.
pub fn attend(_easel: Easel) {}

/// Only the browser has something on the canvas.
pub fn rendered(_easel: Easel) {}
