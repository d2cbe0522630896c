//! What people do, one file each, in plain steps. Pages, programs and the command line all call these.

pub mod accounts;
pub mod activation;
pub mod activity;
pub mod change_email;
pub mod confirm;
pub mod groups;
pub mod limits;
pub mod look;
pub mod personal;
pub mod picture;
pub mod reauthenticate;
pub mod security;
pub mod set_up;
pub mod sign_in;
pub mod sign_out;
pub mod tenants;
pub mod users;
