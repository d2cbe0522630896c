//! One file a page: its server functions, thin, then its component. The folders mirror the URLs.

pub mod account;
pub mod sign_in;
pub mod sign_in_code;
pub mod signed_in;
