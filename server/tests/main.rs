//! The house from outside: the real router in process, the real program on the command line, and the house rules.

mod support;

mod command_line;
mod connections;
mod database_gone;
mod escapes;
mod forms;
mod guards;
mod hosts;
mod house;
mod log_lines;
mod log_of_changes;
mod log_secrets;
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
