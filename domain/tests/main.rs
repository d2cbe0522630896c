//! What people do, and what the database keeps of it: each story is told on SQLite and on Postgres.

mod support;

mod flows {
    mod account;
    mod activation;
    mod activity;
    mod change_email;
    mod change_email_ends;
    mod change_email_proof;
    mod codes;
    mod codes_at_once;
    mod guessing;
    mod mailing;
    mod outbox;
    mod picture;
    mod picture_refused;
    mod picture_squares;
    mod places;
    mod reauthentication;
    mod secrets_at_rest;
    mod sessions;
    mod set_up;
    mod sign_in;
}

mod store {
    mod opening;
    mod rows;
    mod walls;
}
