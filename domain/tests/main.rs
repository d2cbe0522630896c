//! What people do, and what the database keeps of it: each story is told on SQLite and on Postgres.

mod support;

mod flows {
    mod account;
    mod accounts;
    mod activation;
    mod activity;
    mod api_ends;
    mod api_keys;
    mod api_keys_told;
    mod api_login;
    mod api_login_refused;
    mod api_rate;
    mod api_repeats;
    mod api_rights;
    mod change_email;
    mod change_email_ends;
    mod change_email_proof;
    mod change_password;
    mod change_password_ends;
    mod client;
    mod client_activity;
    mod codes;
    mod codes_at_once;
    mod devices;
    mod group_edit;
    mod group_members;
    mod groups;
    mod guessing;
    mod guests;
    mod invitations;
    mod invitations_link;
    mod inviting;
    mod lost_app;
    mod mailing;
    mod not_me;
    mod notices;
    mod outbox;
    mod picture;
    mod picture_refused;
    mod picture_squares;
    mod places;
    mod places_of_factors;
    mod provider_activation;
    mod provider_address;
    mod provider_refused;
    mod provider_sign_in;
    mod provider_unlock;
    mod reauthentication;
    mod recover;
    mod recover_asking;
    mod recovery_codes;
    mod second_factor;
    mod second_factor_ends;
    mod second_look;
    mod second_look_at_once;
    mod secrets_at_rest;
    mod seen_edits;
    mod sessions;
    mod set_up;
    mod sign_in;
    mod sign_in_app;
    mod totp;
    mod undo_email;
    mod undo_email_app;
    mod user_access;
    mod user_create;
    mod user_edit;
    mod user_list;
    mod user_method;
}

mod store {
    mod opening;
    mod rows;
    mod walls;
}
