//! The pages and their server functions, on both sides.

// The server function macro writes items of its own beside each function, and nobody can document those.
#![allow(missing_docs)]
#![recursion_limit = "256"]

pub mod app;
pub mod crop;
pub mod data;
pub mod easel;
pub mod flash;
pub mod form;
pub mod pages;
pub mod parts;
pub mod refused;
pub mod words;

/// What differs by where the code runs: the server knows the request, the browser the document.
#[cfg(feature = "ssr")]
#[path = "place/server.rs"]
pub mod place;
/// What differs by where the code runs: the server knows the request, the browser the document.
#[cfg(not(feature = "ssr"))]
#[path = "place/browser.rs"]
pub mod place;

#[cfg(feature = "ssr")]
pub mod cookies;
#[cfg(feature = "ssr")]
pub mod plain;
#[cfg(feature = "ssr")]
pub mod shell;
