//! The operator's side of providers: the file, what `doctor` says of it, and the commands (OIDC-3).

use std::fs;

use domain::clock::Clock;
use serde_json::json;

use crate::support::identity::{ID, Provider, SECRET};
use crate::support::program::{Done, Program};

const PUBLIC: [&str; 2] = ["--public-url", "https://accounts.example"];
const HIDDEN: &str = "hunter2hunter2";

/// A program with a client, and with this file of providers.
fn with_file(text: &str) -> Program {
    let program = Program::new();
    program.must(&["tenant", "create", "Acme Ltd", "--slug", "acme"]);
    fs::write(program.path("providers.toml"), text).expect("written");
    program
}

fn with_mail<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(["--mail-dir", "mail"]).chain(PUBLIC).collect()
}

fn with_providers<'a>(args: &[&'a str]) -> Vec<&'a str> {
    with_mail(args).into_iter().chain(["--providers-file", "providers.toml"]).collect()
}

/// One provider, with one line of it written otherwise; `None` leaves it out.
fn written(key: &str, otherwise: Option<&str>) -> String {
    let all = [
        ("id", "\"acme\""),
        ("name", "\"Acme Login\""),
        ("issuer", "\"https://login.acme.example\""),
        ("client_id", "\"selfsame\""),
        ("client_secret", "\"hunter2hunter2\""),
    ];
    let mut lines = vec!["[[provider]]".to_owned()];
    for (name, value) in all {
        let value = if name == key { otherwise } else { Some(value) };
        lines.extend(value.map(|value| format!("{name} = {value}")));
    }
    if !all.iter().any(|(name, _)| *name == key) {
        lines.extend(otherwise.map(|value| format!("{key} = {value}")));
    }
    lines.join("\n") + "\n"
}

/// What `doctor` says of a part.
fn of(done: &Done, part: &str) -> String {
    let line = done.stdout.lines().find(|line| line[6..].starts_with(&format!("{part}: ")));
    line.unwrap_or_else(|| panic!("nothing of {part}: {done:?}")).to_owned()
}

/// The letters of the folder, with the line breaks of their encoding undone.
fn letters(program: &Program) -> Vec<String> {
    let Ok(entries) = fs::read_dir(program.path("mail")) else { return Vec::new() };
    let text = |path| fs::read_to_string(path).expect("a letter").replace("=\r\n", "").replace("=3D", "=");
    entries.flatten().map(|entry| text(entry.path())).collect()
}

#[test]
fn what_makes_no_sense_is_named_and_no_secret_is_printed() {
    let two = format!("{}{}", written("x", None), written("id", Some("\"other\"")));
    let same = format!("{}{}", written("x", None), written("issuer", Some("\"https://other.example\"")));
    for (text, expected) in [
        (written("id", Some("\"Acme\"")), "provider number 1: id: "),
        (written("id", Some("\"\"")), "provider number 1: id: "),
        (written("id", Some(&format!("\"{}\"", "x".repeat(33)))), "provider number 1: id: "),
        (written("id", None), "missing field `id`"),
        (written("name", Some("\" \"")), "provider acme: name: "),
        (written("name", Some(&format!("\"{}\"", "x".repeat(61)))), "provider acme: name: "),
        (written("issuer", Some("\"http://login.acme.example\"")), "provider acme: issuer: "),
        (written("issuer", Some("\"https://login.acme.example?x\"")), "provider acme: issuer: "),
        (written("issuer", Some("\"login.acme.example\"")), "provider acme: issuer: "),
        (written("client_id", Some("\"\"")), "provider acme: client_id: "),
        (written("client_secret", None), "provider acme: expected either client_secret_file or client_secret"),
        (written("client_secret", Some("\"\"")), "provider acme: the client secret is empty"),
        (written("client_secret", Some("[\"hunter2hunter2\"]")), "provider acme: client_secret: expected text"),
        (written("client_secret", Some("hunter2hunter2")), "line "),
        (written("client_secret_file", Some("\"nowhere\"")), "provider acme: expected either"),
        (written("scopes", Some("[\"a b\"]")), "provider acme: scopes: \"a b\" is not a scope"),
        (written("form_origins", Some("[\"https://x.example/\"]")), "provider acme: form_origins: "),
        (written("secret", Some("\"hunter2hunter2\"")), "unknown field `secret`"),
        (two, "provider other: issuer: another provider has it"),
        (same, "provider acme: id: another provider has it"),
    ] {
        let program = Program::new();
        fs::write(program.path("providers.toml"), &text).expect("written");
        let done = program.run(&with_providers(&["serve", "--listen", "127.0.0.1:0"]));
        let line = done.one_line();
        assert!(line.starts_with("error: --providers-file: providers.toml: "), "{text}{line}");
        assert!(line.contains(expected) && !line.contains(HIDDEN), "{text}{line}");
        assert_eq!(done.code, 2, "{text}");
        assert!(!program.data().exists(), "{text}");
    }
    let program = Program::new();
    let done = program.run(&with_providers(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(done.one_line().contains("--providers-file: providers.toml: "), "{done:?}");
    for origin in ["*", "https://app.example/", "http://app.example"] {
        let done = Program::new().run(&with_mail(&["serve", "--api-origins", origin]));
        assert!(done.code == 2 && done.one_line().contains("--api-origins"), "{done:?}");
    }
}

#[test]
fn a_secret_may_lie_in_a_file_of_its_own() {
    // Nobody listens there, and nobody has to for a start.
    let text = written("issuer", Some("\"http://127.0.0.1:1\""));
    let text = text.replace("client_secret = \"hunter2hunter2\"", "client_secret_file = \"acme.secret\"");
    let program = with_file(&text);
    let missing = program.run(&with_providers(&["doctor"]));
    let said = of(&missing, "options");
    assert!(said.contains("--providers-file: ") && said.contains("client_secret_file: acme.secret: "), "{said}");
    fs::write(program.path("acme.secret"), "hunter2hunter2\n").expect("written");
    let serving = program.serve(&["--mail-dir", "mail", "--providers-file", "providers.toml"]);
    assert!(serving.page("/health/live").starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_asks_each_provider() {
    let provider = Provider::start(&Clock::system()).await;
    let program = with_file(&provider.toml());
    let args = with_providers(&["doctor"]);
    let well = program.run(&args);
    assert_eq!((well.code, well.stderr.as_str()), (0, ""), "{well:?}");
    let said = of(&well, &format!("provider {ID}"));
    assert!(said.starts_with(&format!("ok    provider {ID}: {} answers in ", provider.issuer())), "{said}");
    assert!(said.contains(" ms, 1 key (EdDSA), its clock differs by "), "{said}");
    assert!(!well.stdout.contains(SECRET) && !well.stdout.contains("providers: "), "{}", well.stdout);

    for (more, expected) in [
        (json!({ "issuer": "https://login.other.example" }), "it names itself by another issuer"),
        (json!({ "id_token_signing_alg_values_supported": ["HS256"] }), "none of RS256, ES256 and EdDSA"),
        (json!({ "code_challenge_methods_supported": ["plain"] }), "PKCE with S256"),
    ] {
        provider.set(|state| state.more = more);
        let ill = program.run(&args);
        let said = of(&ill, &format!("provider {ID}"));
        assert!(said.starts_with("fault ") && said.contains(expected), "{said}");
        assert_eq!((ill.code, ill.stderr.as_str()), (1, "error: not everything is well\n"));
    }
    provider.set(|state| (state.more, state.date) = (json!({}), Some("Sun, 06 Nov 1994 08:49:37 GMT")));
    let said = of(&program.run(&args), &format!("provider {ID}"));
    assert!(said.starts_with("fault ") && said.contains("its clock and that of this machine differ by "), "{said}");
    provider.set(|state| (state.date, state.status) = (None, Some(503)));
    let said = of(&program.run(&args), &format!("provider {ID}"));
    assert!(said.starts_with("fault ") && said.contains("answered with status 503"), "{said}");
    drop(provider);
    let said = of(&program.run(&args), &format!("provider {ID}"));
    assert!(said.starts_with("fault "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_invites_by_a_provider_and_forgets_an_identity() {
    let provider = Provider::start(&Clock::system()).await;
    let program = with_file(&provider.toml());
    let zoe = ["user", "invite", "zoe@acme.example", "--tenant", "acme", "--first-name", "Zoe", "--last-name", "Unal"];
    let by = |id: &'static str| with_providers(&[&zoe[..], &["--provider", id]].concat());
    let unknown = program.run(&by("nowhere"));
    assert!(unknown.code == 2 && unknown.one_line().contains("--provider: "), "{unknown:?}");
    assert_eq!(program.must(&by(ID)), "The activation link for zoe@acme.example is mailed\n");
    let sent = letters(&program);
    let [letter] = sent.as_slice() else { panic!("{} letters", sent.len()) };
    assert!(letter.contains("Acme Login") && letter.contains("https://accounts.example/activate/"), "{letter}");

    let well = program.run(&with_providers(&["doctor"]));
    assert!(of(&well, "providers").starts_with(&format!("ok    providers: {ID} (users: 1)")));
    let without = program.run(&with_mail(&["doctor"]));
    let said = of(&without, "providers");
    assert!(said.starts_with("fault ") && said.contains(&format!("lacks {ID} (users: 1)")), "{said}");

    let forget = with_providers(&["user", "unbind", "zoe@acme.example"]);
    assert_eq!(program.must(&forget), "The activation link for zoe@acme.example is mailed\n");
    assert_eq!(letters(&program).len(), 2);
    let reset = program.run(&with_providers(&["user", "reset-factor", "zoe@acme.example"]));
    assert!(reset.code == 1 && reset.one_line().len() > 20, "{reset:?}");
    program.must(&with_mail(&[
        "user",
        "invite",
        "max@acme.example",
        "--tenant",
        "acme",
        "--first-name",
        "Max",
        "--last-name",
        "Meier",
    ]));
    let own = program.run(&with_providers(&["user", "unbind", "max@acme.example"]));
    assert!(own.code == 1 && own.one_line().contains("max@acme.example has no provider"), "{own:?}");
}
