//! What an account is, and what people do with it.
//!
//! Plain data, its validation, the one error and the text catalogue exist in the browser and on the server;
//! everything behind the feature `server` exists on the server only.

pub mod error;
pub mod picture;
pub mod text;
pub mod validate;
pub mod view;

#[cfg(feature = "server")]
pub mod actor;
#[cfg(feature = "server")]
pub mod backend;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
pub mod demo;
#[cfg(feature = "server")]
pub mod flows;
#[cfg(feature = "server")]
pub mod look_alike;
#[cfg(feature = "server")]
pub mod mail;
#[cfg(feature = "server")]
pub mod pixels;
#[cfg(feature = "server")]
pub mod secrets;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod visitor;
#[cfg(feature = "server")]
pub mod words;

pub use error::{Error, Field, Problem, Result};
pub use text::{Key, Language};
