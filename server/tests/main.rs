//! The house from outside: the real router in process, the real program on the command line, and the house rules.

mod support;

mod clients;
mod command_line;
mod connections;
mod database_gone;
mod escapes;
mod forms;
mod guards;
mod hosts;
mod house;
mod invitations_pages;
mod isolation;
mod log_lines;
mod log_of_changes;
mod log_secrets;
mod manage_client;
mod manage_groups;
mod manage_guests;
mod manage_user;
mod manage_users;
mod nul;
mod operating;
mod pictures;
mod pictures_refused;
mod pictures_sent;
mod plain_pages;
mod sign_in;
mod sign_in_refused;
mod sources;
mod strangers;
mod words;
mod wrong_turns;
