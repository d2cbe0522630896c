//! Options that make no sense, and places that cannot be used: one line that says so, and nothing is created.

use std::fs;
use std::net::TcpListener;

use crate::support::page::between;
use crate::support::program::{Program, mode};

/// Where mails go, so that the program has somewhere to send them.
const MAIL: [&str; 2] = ["--mail-dir", "mail"];

fn with_mail<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(MAIL).collect()
}

/// The program refuses these arguments in one line that names `option`, and leaves no trace.
fn refused(args: &[&str], option: &str) {
    let program = Program::new();
    fs::write(program.path("short.key"), [7; 31]).expect("written");
    fs::write(program.path("uniform.key"), [7; 32]).expect("written");
    let done = program.run(args);
    assert!(done.one_line().contains(option), "{args:?}: {}", done.stderr);
    assert_eq!(done.code, 2, "{args:?}");
    assert!(!program.data().exists() && !program.path("mail").exists(), "{args:?}: {:?}", program.created());
}

#[test]
fn options_that_make_no_sense_are_named_in_one_line() {
    let all: &[(&[&str], &str)] = &[
        (&["serve", "--nonsense"], "--nonsense"),
        (&["serve", "--listen", "nowhere"], "--listen"),
        (&["serve", "--listen", "127.0.0.1:66000"], "--listen"),
        (&["serve", "--public-url", "ftp://accounts.example"], "--public-url"),
        (&["serve", "--public-url", "https://accounts.example/path"], "--public-url"),
        (&["serve", "--public-url", "https://user@accounts.example"], "--public-url"),
        (&["serve", "--database", "mysql://localhost/x"], "--database"),
        (&["serve", "--database", "sqlite:"], "--database"),
        (&["serve", "--mail-from", "nobody at all"], "--mail-from"),
        // The sender is made of it where none is named, and mail knows no dot at the end of a name.
        (&["serve", "--public-url", "https://accounts.example."], "--mail-from"),
        (&["serve", "--trusted-proxies", "10.0.0.0/33"], "--trusted-proxies"),
        (&["serve", "--trusted-proxies", "proxy.example"], "--trusted-proxies"),
        (&["serve", "--min-password", "7"], "--min-password"),
        (&["serve", "--min-password", "65"], "--min-password"),
        (&["serve", "--argon2-memory", "19455"], "--argon2-memory"),
        (&["serve", "--argon2-time", "1"], "--argon2-time"),
        (&["serve", "--argon2-parallelism", "0"], "--argon2-parallelism"),
        (&["serve", "--log", "server=loud"], "--log"),
        (&["migrate", "--log", "server=loud"], "--log"),
        (&["serve", "--secret-key-file", "missing.key"], "--secret-key-file"),
        (&["serve", "--secret-key-file", "short.key"], "--secret-key-file"),
        (&["serve", "--secret-key-file", "uniform.key"], "--secret-key-file"),
        (&["serve", "--database", "postgres://postgres@127.0.0.1:1/x"], "--secret-key-file"),
        (&["user", "invite", "a@b.example", "--first-name", "A", "--last-name", "B"], "--tenant"),
        (
            &[
                "user",
                "invite",
                "a@b.example",
                "--first-name",
                "A",
                "--last-name",
                "B",
                "--tenant",
                "x",
                "--group",
                "Gods",
            ],
            "--group",
        ),
    ];
    for (args, option) in all {
        refused(&with_mail(args), option);
    }
    refused(&["serve"], "--smtp-url");
    refused(&["serve", "--smtp-url", "http://relay.example"], "--smtp-url");
    refused(&["tenant", "create", "Acme", "--smtp-url", "http://relay.example"], "--smtp-url");
    refused(&["serve", "--smtp-url", "smtp://127.0.0.1:2525", "--mail-dir", "mail"], "--mail-dir");
    refused(&["serve", "--demo-password", "long enough"], "--demo");
    refused(&["serve", "--demo", "--demo-password", "short"], "--demo-password");
    refused(&["serve", "--data-dir"], "--data-dir");
}

#[test]
fn with_postgres_no_command_makes_a_key_of_its_own() {
    let url = "postgres://postgres@127.0.0.1:1/x";
    refused(&["tenant", "create", "Acme", "--slug", "acme", "--database", url], "--secret-key-file");
    refused(&["user", "unlock", "a@b.example", "--database", url], "--secret-key-file");
    refused(&["user", "reset-factor", "a@b.example", "--database", url], "--secret-key-file");
    refused(&["user", "disable", "a@b.example", "--database", url], "--secret-key-file");
    refused(&["user", "enable", "a@b.example", "--database", url], "--secret-key-file");
    let args =
        ["user", "invite", "a@b.example", "--tenant", "x", "--first-name", "A", "--last-name", "B", "--database", url];
    refused(&with_mail(&args), "--secret-key-file");
}

#[test]
fn who_names_no_command_is_told_all_of_them() {
    let program = Program::new();
    let groups: [(&[&str], [&str; 2]); 3] = [
        (&[], ["  serve ", "  doctor "]),
        (&["tenant"], ["Usage: selfsame tenant <COMMAND>", "  create "]),
        (&["user"], ["  invite ", "  reset-factor "]),
    ];
    for (args, expected) in groups {
        let done = program.run(args);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{args:?}");
        assert!(done.stderr.contains("Usage: selfsame"), "{args:?}: {}", done.stderr);
        assert!(expected.iter().all(|words| done.stderr.contains(*words)), "{args:?}: {}", done.stderr);
    }
    assert!(!program.data().exists());
}

#[test]
fn a_slug_that_is_taken_or_reserved_is_named_in_one_line() {
    let said = "error: --slug: 2 to 40 small letters, digits and dashes";
    for slug in ["admin", "api", "A", "a", "a_b"] {
        refused(&["tenant", "create", "Acme", "--slug", slug], said);
    }
    refused(&["tenant", "create", " "], "error: NAME: Please fill this in.");
    let program = Program::new();
    program.must(&["tenant", "create", "Acme", "--slug", "acme"]);
    let done = program.run(&["tenant", "create", "Other", "--slug", "acme"]);
    assert!(done.code == 1 && done.one_line().starts_with("error: --slug: This is already in use."), "{done:?}");
}

#[test]
fn who_cannot_be_anybody_is_named_before_anything_is_opened() {
    let invite = |email: &'static str, first: &'static str, last: &'static str| {
        let args = ["user", "invite", email, "--tenant", "acme", "--first-name", first, "--last-name", last];
        with_mail(&args)
    };
    refused(&invite("zoe", "A", "B"), "error: EMAIL: Please enter one email address");
    refused(&invite("a@b.example", " ", "B"), "error: --first-name: Please fill this in.");
    refused(&invite("a@b.example", "A", " "), "error: --last-name: Please fill this in.");
    let nobody = [&invite("a@b.example", "A", "B")[..], &["--provider", "nowhere"]].concat();
    refused(&nobody, "error: --provider: ");
    for command in ["reset-factor", "unlock", "disable", "enable"] {
        refused(&["user", command, "zoe"], "error: EMAIL: Please enter one email address");
    }
    refused(&with_mail(&["user", "unbind", "zoe"]), "error: EMAIL: Please enter one email address");
}

#[test]
fn what_is_wrong_with_an_option_does_not_tell_its_secrets() {
    let program = Program::new();
    for args in [
        ["serve", "--smtp-url", "http://user:hunter2hunter2@relay.example"],
        ["serve", "--database", "postgres://user:hunter2hunter2@127.0.0.1:1/x"],
        ["serve", "--database", "mysql://user:hunter2hunter2@127.0.0.1:1/x"],
        ["migrate", "--database", "postgres://user:hunter2hunter2@127.0.0.1:1/x"],
    ] {
        let done = program.run(&args);
        assert_ne!(done.code, 0, "{args:?}");
        assert!(!done.one_line().contains("hunter2"), "{}", done.stderr);
    }
}

#[test]
fn a_port_that_is_taken_is_said_before_anything_is_created() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let program = Program::new();
    let done = program.run(&["serve", "--demo", "--listen", &address]);
    assert_eq!(done.code, 1);
    assert!(done.one_line().contains("--listen") && done.one_line().contains(&address), "{}", done.stderr);
    assert!(!program.data().exists());
}

#[test]
fn a_data_folder_that_cannot_be_written_is_said() {
    let program = Program::new();
    fs::write(program.path("file"), "in the way").expect("written");
    let below = program.arg("file/below");
    let commands: [&[&str]; 3] =
        [&["serve", "--demo", "--listen", "127.0.0.1:0"], &["migrate"], &["tenant", "create", "Acme"]];
    for command in commands {
        let args: Vec<_> = command.iter().copied().chain(["--data-dir", below.as_str()]).collect();
        let done = program.run(&args);
        assert_eq!(done.code, 1, "{args:?}");
        assert!(done.one_line().contains(&below), "{args:?}: {}", done.stderr);
    }
    assert_eq!(fs::read_to_string(program.path("file")).expect("still there"), "in the way");
}

#[test]
fn a_mail_folder_that_cannot_be_written_is_said_before_anything_is_created() {
    let program = Program::new();
    fs::write(program.path("file"), "in the way").expect("written");
    let invite = ["user", "invite", "a@b.example", "--tenant", "acme", "--first-name", "A", "--last-name", "B"];
    let commands: [&[&str]; 2] = [&["serve", "--listen", "127.0.0.1:0"], &invite];
    for command in commands {
        // In the last one there are only processes, even for root.
        for folder in ["file", "file/below", "/proc"] {
            let done = program.run(&[command, &["--mail-dir", folder]].concat());
            assert_eq!(done.code, 1, "{command:?}: {done:?}");
            assert!(done.one_line().starts_with(&format!("error: --mail-dir: {folder}: ")), "{}", done.stderr);
            assert!(!program.data().exists(), "{command:?}: {:?}", program.created());
        }
    }
    assert_eq!(fs::read_to_string(program.path("file")).expect("still there"), "in the way");
}

#[test]
fn only_one_process_serves_a_file() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    let before = program.created();
    let done = program.run(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.code, 1);
    assert!(done.one_line().contains("another process is serving"), "{}", done.stderr);
    assert_eq!(program.created(), before);
    assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));
    // It is free again as soon as the first has ended, however that came about.
    drop(serving);
    program.serve(&["--demo"]);
}

#[test]
fn the_demo_leaves_what_it_did_not_fill_alone() {
    let program = Program::new();
    program.must(&["tenant", "create", "Acme Ltd", "--slug", "acme"]);
    let invite = ["user", "invite", "a@b.example", "--tenant", "acme", "--first-name", "A", "--last-name", "B"];
    program.must(&with_mail(&invite));
    let done = program.run(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.code, 1);
    assert!(done.one_line().starts_with("error: --demo: "), "{}", done.stderr);
}

#[test]
fn the_demo_leaves_a_client_without_users_alone_as_well() {
    for slug in ["other", "acme"] {
        let program = Program::new();
        program.must(&["tenant", "create", "Somebody's", "--slug", slug]);
        let done = program.run(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
        assert_eq!(done.code, 1, "{slug}");
        assert!(done.one_line().starts_with("error: --demo: "), "{slug}: {}", done.stderr);
    }
}

#[test]
fn the_key_belongs_to_its_owner_and_to_its_database() {
    let program = Program::new();
    let serving = program.serve(&["--demo"]);
    drop(serving);
    let key = program.data().join("secret.key");
    assert_eq!((mode(&key), fs::metadata(&key).expect("a key").len()), (0o600, 32));
    let other = program.path("other.key");
    fs::write(&other, b"0123456789abcdef0123456789abcdef").expect("written");
    let named = program.arg("other.key");
    let commands: [&[&str]; 2] = [&["serve", "--demo", "--listen", "127.0.0.1:0"], &["tenant", "create", "Other"]];
    for command in commands {
        let args: Vec<_> = command.iter().copied().chain(["--secret-key-file", named.as_str()]).collect();
        let done = program.run(&args);
        assert_eq!(done.code, 1, "{args:?}");
        assert!(done.one_line().contains("--secret-key-file"), "{}", done.stderr);
    }
    fs::remove_file(&key).expect("removed");
    let done = program.run(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.code, 1, "a new key was taken for the old one");
    assert!(done.one_line().contains("--secret-key-file"), "{}", done.stderr);
}

#[test]
fn the_first_start_says_where_to_set_up_and_the_demo_who_can_sign_in() {
    let program = Program::new();
    let (url, first) = program.serve_and_stop(&MAIL);
    assert_eq!(first.code, 0, "told to stop, it stops: {}", first.stderr);
    let token = between(&first.stdout, "/set-up/", "\n");
    let said = format!("Selfsame listens on {url}\nSet up the first client: {url}/set-up/{token}\n");
    assert_eq!((first.stdout.as_str(), token.len()), (said.as_str(), 43));
    let (_, second) = program.serve_and_stop(&MAIL);
    assert!(!second.stdout.contains(token), "a link is never said twice");

    let program = Program::new();
    let (url, demo) = program.serve_and_stop(&["--demo"]);
    let lines: Vec<_> = demo.stdout.lines().collect();
    let head =
        [format!("Selfsame listens on {url}"), format!("Mails are shown at {url}/dev/mail"), "Who can sign in:".into()];
    assert_eq!(lines[..3], head);
    let people: Vec<Vec<&str>> = lines[3..].iter().map(|line| line.split_whitespace().collect()).collect();
    let emails: Vec<_> = people.iter().map(|words| words[0]).collect();
    assert_eq!(emails, ["olivia@acme.example", "max@acme.example", "una@acme.example", "greta@borealis.example"]);
    assert!(
        people.iter().all(|words| words[1] == people[0][1] && words[1].len() == 16 && words.len() > 3),
        "{people:?}"
    );
    let (_, again) = program.serve_and_stop(&["--demo", "--demo-password", "velvet kettle"]);
    assert!(again.stdout.contains("  velvet kettle  ") && !again.stdout.contains(people[0][1]), "{}", again.stdout);
}
