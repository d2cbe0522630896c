//! README's tables of commands and options say what `--help` says.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory as _};
use server::config::Cli;

use crate::sources;

/// The command line, with all that it works out by itself.
fn command_line() -> Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

fn below<'a>(command: &'a Command, name: &str) -> &'a Command {
    command.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"))
}

/// The options of a command, in the order of its help.
fn options(command: &Command) -> Vec<&Arg> {
    command.get_arguments().filter(|arg| arg.get_long().is_some_and(|long| long != "help")).collect()
}

/// An option and, in its own words, what it means and what holds without it.
fn told_of(arg: &Arg) -> (String, String, String) {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let (meaning, in_words) = match help.strip_suffix(']').and_then(|help| help.split_once(" [default: ")) {
        Some((meaning, default)) => (meaning.to_owned(), default.to_owned()),
        None => (help, String::new()),
    };
    let values: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = match values.as_slice() {
        [] => in_words,
        // A switch that is not given is off.
        _ if !arg.get_action().takes_values() => String::new(),
        values => format!("`{}`", values.join(",")),
    };
    (format!("`--{}`", arg.get_long().unwrap_or_default()), default, meaning)
}

/// The rows of the README's table with this head.
fn rows(head: &str) -> Vec<String> {
    let readme = sources::read("README.md");
    let (_, rest) = readme.split_once(&format!("{head}\n|---|")).unwrap_or_else(|| panic!("no table {head}"));
    rest.lines().skip(1).take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

fn row(cells: [&str; 4]) -> String {
    cells.iter().fold("|".to_owned(), |row, cell| if cell.is_empty() { row + " |" } else { row + " " + cell + " |" })
}

fn row_of_variable(arg: &Arg) -> String {
    let (option, default, meaning) = told_of(arg);
    let variable = arg.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
    row([&option, &variable, &default, &meaning])
}

#[test]
fn the_readme_tells_every_option_with_its_variable_default_and_meaning() {
    let cli = command_line();
    let shared: Vec<_> = options(below(&cli, "migrate")).into_iter().map(row_of_variable).collect();
    let of_serve: Vec<_> = options(below(&cli, "serve")).into_iter().map(row_of_variable).collect();
    let readme = sources::read("README.md");
    let mut tables = readme.split("| Option | Variable | Default | Meaning |\n|---|---|---|---|\n").skip(1);
    let mut next = || -> Vec<String> {
        let table = tables.next().expect("two tables").lines();
        table.take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
    };
    assert_eq!(next(), shared);
    let only: Vec<_> = of_serve.iter().filter(|row| !shared.contains(row)).cloned().collect();
    assert_eq!(next(), only);
    assert!(shared.iter().all(|row| of_serve.contains(row)) && shared.len() > 10, "{shared:#?}");
}

/// A command without commands below it.
struct Leaf<'a> {
    name: String,
    command: &'a Command,
}

fn leaves<'a>(command: &'a Command, before: &str, found: &mut Vec<Leaf<'a>>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        let name = format!("{before} {}", below.get_name()).trim().to_owned();
        if below.has_subcommands() {
            leaves(below, &name, found);
        } else {
            found.push(Leaf { name, command: below });
        }
    }
}

/// Every command that people are told of.
fn all_leaves(cli: &Command) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    leaves(cli, "", &mut found);
    found
}

#[test]
fn the_readme_tells_every_command_with_what_it_wants_and_does() {
    let cli = command_line();
    let (told, leaves) = (rows("| Command | Meaning |"), all_leaves(&cli));
    assert_eq!(told.len(), leaves.len(), "{told:#?}");
    for (row, Leaf { name, command }) in told.iter().zip(leaves) {
        let wanted = command.get_positionals().map(|arg| format!(" {}", arg.get_id().as_str().to_uppercase()));
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let start = format!("| `selfsame {name}{}` | {about}", wanted.collect::<String>());
        // More may be said than fits a line of help.
        assert!(row.starts_with(&start), "README says {row}\nand the command line {start}");
        for switch in only_of(&cli, command).into_iter().filter(|arg| !arg.get_action().takes_values()) {
            let (option, ..) = told_of(switch);
            assert!(name == "serve" || row.contains(&option), "README does not name {option}: {row}");
        }
    }
}

/// The options that not all commands know.
fn only_of<'a>(cli: &Command, command: &'a Command) -> Vec<&'a Arg> {
    let shared: BTreeSet<_> = options(below(cli, "migrate")).iter().map(|arg| arg.get_id().clone()).collect();
    options(command).into_iter().filter(|arg| !shared.contains(arg.get_id())).collect()
}

#[test]
fn the_readme_tells_what_only_some_commands_know() {
    let cli = command_line();
    let mut expected = Vec::new();
    for Leaf { name, command } in all_leaves(&cli).into_iter().filter(|leaf| leaf.name != "serve") {
        for arg in only_of(&cli, command).into_iter().filter(|arg| arg.get_action().takes_values()) {
            let (option, default, meaning) = told_of(arg);
            let default = if arg.is_required_set() { "required".to_owned() } else { default };
            expected.push(row([&option, &format!("`{name}`"), &default, &meaning]));
        }
    }
    let told = rows("| Option | Command | Default | Meaning |");
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (row, start) in told.iter().zip(&expected) {
        assert!(row.starts_with(start.trim_end_matches(" |")), "README says {row}\nand the command line {start}");
    }
}
