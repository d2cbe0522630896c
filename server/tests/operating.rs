//! The operator's commands, from an empty folder to a copy that can be read.

use std::fs;

use domain::store::open::DatabaseUrl;
use domain::store::{tenants, users};

use crate::support::program::Program;
use crate::support::raw;

/// A program whose database has one client.
fn with_client() -> Program {
    let program = Program::new();
    let said = program.must(&["tenant", "create", "Müller & Söhne", "--public-url", "https://accounts.example"]);
    assert_eq!(said, "Müller & Söhne is at https://accounts.example/c/muller-sohne/account\n");
    program
}

fn invite<'a>(email: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["user", "invite", email, "--first-name", "Zoë", "--last-name", "Ünal", "--mail-dir", "mail"];
    args.into_iter().chain(more.iter().copied()).collect()
}

/// A letter of the folder, with the line breaks of its encoding undone.
fn letters(program: &Program) -> Vec<String> {
    let Ok(entries) = fs::read_dir(program.path("mail")) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let whole = paths.inspect(|path| assert!(path.extension().is_some_and(|ending| ending == "eml"), "{path:?}"));
    whole.map(|path| fs::read_to_string(path).expect("a letter").replace("=\r\n", "").replace("=3D", "=")).collect()
}

#[test]
fn migrate_may_be_repeated() {
    let program = Program::new();
    let database = program.data().join("selfsame.db");
    for _ in 0..2 {
        assert_eq!(program.must(&["migrate"]), format!("sqlite:{} is up to date\n", database.display()));
    }
    assert!(database.is_file());
    let elsewhere = format!("sqlite:{}", program.arg("elsewhere.db"));
    assert_eq!(program.must(&["migrate", "--database", &elsewhere]), format!("{elsewhere} is up to date\n"));
    assert!(program.path("elsewhere.db").is_file());
}

#[test]
fn a_client_has_a_slug_that_nobody_else_has() {
    let program = with_client();
    for args in [["tenant", "create", "Muller Sohne"], ["tenant", "create", "MÜLLER   SÖHNE"]] {
        let done = program.run(&args);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""));
        assert!(done.one_line().contains("This is already in use."), "{}", done.stderr);
    }
    let said = program.must(&["tenant", "create", "Muller Sohne", "--slug", "muller-2"]);
    assert!(said.ends_with("/c/muller-2/account\n"), "{said}");
    let long = "x".repeat(41);
    for slug in ["-x", "x", "X", "ä", "a/b", "api", "", long.as_str()] {
        let done = program.run(&["tenant", "create", "Other", &format!("--slug={slug}")]);
        assert!(done.code == 2 && done.one_line().contains("--slug"), "{slug}: {done:?}");
    }
}

#[test]
fn an_invitation_is_one_letter_with_a_link() {
    let program = with_client();
    let group = ["--tenant", "muller-sohne", "--group", "Full access", "--language", "de"];
    let url = ["--public-url", "https://accounts.example"];
    let said = program.must(&invite("zoe@mueller.example", &[&group[..], &url[..]].concat()));
    assert_eq!(said, "The activation link for zoe@mueller.example is mailed\n");
    let letters = letters(&program);
    let [letter] = letters.as_slice() else { panic!("{} letters", letters.len()) };
    assert!(letter.contains("\r\nTo: zoe@mueller.example\r\n"), "{letter}");
    assert!(letter.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{letter}");
    assert!(letter.contains("text/plain") && letter.contains("text/html"), "{letter}");
    let (_, rest) = letter.split_once("https://accounts.example/activate/").unwrap_or_else(|| panic!("{letter}"));
    let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    assert_eq!(token.len(), 43, "{letter}");

    // The link works, and looking does not use it up.
    let serving = program.serve(&["--mail-dir", "mail"]);
    for _ in 0..2 {
        let page = serving.page(&format!("/activate/{token}"));
        assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("zoe@mueller.example"), "{page}");
    }
    assert!(serving.page("/activate/nothing").starts_with("HTTP/1.1 404 Not Found"));
    // Its folder holds the database and the key, and neither of them knows the link.
    for name in program.created() {
        let bytes = fs::read(program.data().join(&name)).expect("a file");
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{name}");
    }
}

#[test]
fn an_invitation_that_cannot_be_is_explained() {
    let program = with_client();
    let here = ["--tenant", "muller-sohne"];
    program.must(&invite("zoe@mueller.example", &here));
    let done = program.run(&invite("other@mueller.example", &["--tenant", "nowhere"]));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.one_line().contains("--tenant: there is no client with the slug nowhere"), "{}", done.stderr);
    assert_eq!(letters(&program).len(), 1);
    // Who has not chosen a password yet gets a new link.
    program.must(&invite("ZOE@mueller.example", &here));
    assert_eq!(letters(&program).len(), 2);
}

#[test]
fn doctor_says_of_each_part_how_it_is() {
    let program = with_client();
    let said = program.must(&["doctor", "--mail-dir", "mail", "--public-url", "https://accounts.example"]);
    let parts: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap_or("")).collect();
    let well = ["public URL", "clock", "database", "key", "mail", "passwords"].map(|part| format!("ok    {part}"));
    assert_eq!(parts, well, "{said}");
    assert!(said.contains("\nok    mail: the folder can be written, nothing waits\n"), "{said}");
    assert!(!program.path("mail").exists(), "looking leaves no trace");

    let ill = program.run(&["doctor", "--smtp-url", "smtp://127.0.0.1:1", "--public-url", "http://accounts.example"]);
    let of = |part: &str| ill.stdout.lines().find(|line| line.contains(&format!(" {part}: "))).unwrap_or("").to_owned();
    assert!(of("public URL").starts_with("fault ") && of("public URL").contains("--public-url"), "{ill:?}");
    assert!(of("mail").starts_with("fault ") && of("mail").contains("--smtp-url"), "{ill:?}");
    assert!(of("database").starts_with("ok    "), "one that is ill does not hide the others: {ill:?}");
    assert_eq!((ill.code, ill.stderr.as_str()), (1, "error: not everything is well\n"));
}

#[test]
fn doctor_looks_at_the_rest_where_the_database_or_its_key_is_ill() {
    let program = with_client();
    fs::write(program.path("other.key"), b"0123456789abcdef0123456789abcdef").expect("written");
    let key = ["--secret-key-file", "other.key"];
    let nowhere = ["--database", "postgres://postgres@127.0.0.1:1/x"];
    for (ill, what_to_do) in [(&key[..], "--secret-key-file: "), (&[key, nowhere].concat(), "127.0.0.1")] {
        let said = program.run(&[&["doctor", "--mail-dir", "mail"], ill].concat());
        let has = |part: &str| said.stdout.lines().any(|line| line.starts_with(part));
        assert!(has("ok    clock: ") && has("ok    mail: the folder can be written"), "{said:?}");
        let fault = said.stdout.lines().find(|line| line.starts_with("fault database and key: ")).unwrap_or_default();
        assert!(fault.contains(what_to_do), "{said:?}");
        assert_eq!((said.code, said.stderr.as_str()), (1, "error: not everything is well\n"));
    }
    let said = program.run(&["doctor"]);
    assert!(said.stdout.contains("ok    clock: ") && said.stdout.contains("fault options: --smtp-url"), "{said:?}");
}

#[test]
fn doctor_names_a_mail_folder_that_cannot_be_written() {
    let program = with_client();
    fs::write(program.path("file"), "in the way").expect("written");
    // In the last one there are only processes, even for root.
    for folder in ["file", "file/below", "/proc"] {
        let ill = program.run(&["doctor", "--mail-dir", folder]);
        let said = ill.stdout.lines().find(|line| line.starts_with("fault ")).unwrap_or_default();
        assert!(
            said.starts_with(&format!("fault mail: {folder}: ")) && said.ends_with("; look at --mail-dir"),
            "{ill:?}"
        );
        assert!(ill.stdout.contains("ok    database: "), "one that is ill does not hide the others: {ill:?}");
        assert_eq!((ill.code, ill.stderr.as_str()), (1, "error: not everything is well\n"));
    }
}

#[tokio::test]
async fn doctor_finds_activity_that_was_changed_by_hand() {
    let program = with_client();
    program.must(&invite("zoe@mueller.example", &["--tenant", "muller-sohne"]));
    let args = ["doctor", "--activity", "--mail-dir", "mail", "--public-url", "https://accounts.example"];
    let well = program.must(&args);
    assert!(well.lines().any(|line| line == "ok    activity: 0 entries are what was recorded"), "{well}");

    let db = DatabaseUrl::Sqlite(program.data().join("selfsame.db")).open().await.expect("the database");
    raw::run(&db, "UPDATE users SET activity_count = 1").await.expect("changed");
    let zoe = users::by_email(&db, "zoe@mueller.example").await.expect("a read").expect("a user");
    db.close().await;
    let ill = program.run(&args);
    let said = format!("\nfault activity: somebody else has changed what was recorded of 1 users, such as {};", zoe.id);
    assert!(ill.stdout.contains(&said), "{ill:?}");
    assert_eq!((ill.code, ill.stderr.as_str()), (1, "error: not everything is well\n"));
}

#[tokio::test]
async fn a_user_who_has_lost_the_app_gets_codes_by_mail_again() {
    let program = with_client();
    program.must(&invite("zoe@mueller.example", &["--tenant", "muller-sohne"]));
    let (url, args) =
        (DatabaseUrl::Sqlite(program.data().join("selfsame.db")), ["user", "reset-factor", " Zoe@mueller.example"]);
    assert_eq!(program.must(&args), "zoe@mueller.example gets codes by e-mail already\n");
    let db = url.open().await.expect("the database");
    raw::run(&db, "UPDATE users SET second_factor = 'app'").await.expect("changed");
    db.close().await;
    assert_eq!(program.must(&args), "zoe@mueller.example gets codes by e-mail again\n");
    let db = url.open().await.expect("the database");
    assert_eq!(raw::number(&db, "SELECT COUNT(*) FROM users WHERE second_factor = 'email'").await, 1);
    let waiting = raw::number(&db, "SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await;
    assert_eq!(waiting, 1, "the notice waits for the server");
    db.close().await;
    for (email, said) in [("max@mueller.example", "there is no user max@mueller.example"), ("max", "EMAIL: ")] {
        let done = program.run(&["user", "reset-factor", email]);
        assert!(done.code != 0 && done.one_line().contains(said), "{done:?}");
    }
}

#[tokio::test]
async fn a_user_is_disabled_and_enabled_but_never_the_last_with_full_access() {
    let program = with_client();
    program.must(&invite("zoe@mueller.example", &["--tenant", "muller-sohne"]));
    program.must(&invite("max@mueller.example", &["--tenant", "muller-sohne", "--group", "Full access"]));
    for (command, said) in [
        ("enable", "zoe@mueller.example is not disabled\n"),
        ("disable", "zoe@mueller.example is disabled and signed out everywhere\n"),
        ("disable", "zoe@mueller.example is disabled already\n"),
        ("enable", "zoe@mueller.example may sign in again\n"),
    ] {
        assert_eq!(program.must(&["user", command, " Zoe@mueller.example"]), said);
    }
    let db = DatabaseUrl::Sqlite(program.data().join("selfsame.db")).open().await.expect("the database");
    raw::run(&db, "UPDATE users SET password_hash = 'x' WHERE email LIKE 'max%'").await.expect("as if activated");
    db.close().await;
    let last = program.run(&["user", "disable", "max@mueller.example"]);
    assert!(last.code == 1 && last.one_line().contains("the last user who has full access"), "{last:?}");
    for command in ["disable", "enable"] {
        for (email, said) in [("una@mueller.example", "there is no user una@mueller.example"), ("una", "EMAIL: ")] {
            let done = program.run(&["user", command, email]);
            assert!(done.code != 0 && done.one_line().contains(said), "{done:?}");
        }
    }
}

#[tokio::test]
async fn a_backup_is_a_whole_copy_made_while_the_database_is_in_use() {
    let program = with_client();
    program.must(&invite("zoe@mueller.example", &["--tenant", "muller-sohne"]));
    let serving = program.serve(&["--mail-dir", "mail"]);
    let copy = program.arg("copy.db");
    let said = program.must(&["backup", &copy]);
    assert_eq!(said, format!("{copy} holds a whole copy; keep secret.key beside it\n"));
    assert!(serving.page("/sign-in").starts_with("HTTP/1.1 200 OK"));

    let db = DatabaseUrl::Sqlite(copy.clone().into()).open().await.expect("readable");
    let mut tx = db.begin().await.expect("a transaction");
    assert_eq!(
        tenants::by_slug(&mut tx, "muller-sohne").await.expect("a read").expect("a client").name,
        "Müller & Söhne"
    );
    drop(tx);
    let user = users::by_email(&db, "zoe@mueller.example").await.expect("a read").expect("a user");
    assert_eq!((user.first_name.as_str(), user.last_name.as_str()), ("Zoë", "Ünal"));
    db.close().await;

    let before = fs::read(&copy).expect("the copy");
    let again = program.run(&["backup", &copy]);
    assert_eq!(again.code, 1);
    assert!(again.one_line().contains(&copy) && fs::read(&copy).expect("the copy") == before, "{}", again.stderr);
}

#[test]
fn a_backup_of_nothing_is_no_backup() {
    let program = Program::new();
    let copy = program.arg("copy.db");
    let done = program.run(&["backup", &copy]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.one_line().contains("selfsame.db"), "{}", done.stderr);
    assert!(!program.path("copy.db").exists() && !program.data().exists());
    let postgres = program.run(&["backup", &copy, "--database", "postgres://postgres@127.0.0.1:1/x"]);
    assert!(postgres.code == 1 && postgres.one_line().contains("pg_dump"), "{postgres:?}");
    let program = with_client();
    let nowhere = program.arg("no/such/folder/copy.db");
    let done = program.run(&["backup", &nowhere]);
    assert!(done.code == 1 && done.one_line().contains(&nowhere), "{done:?}");
}
