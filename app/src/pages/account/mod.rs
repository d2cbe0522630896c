//! `/c/{slug}/account`: My account.

pub mod accounts;
pub mod email;
pub mod groups;
pub mod personal;
pub mod picture;
pub mod security;
