//! `/c/{slug}/account`: My account.

pub mod accounts;
pub mod activity;
mod dialog;
pub mod email;
pub mod groups;
pub mod password;
pub mod personal;
pub mod picture;
pub mod security;
