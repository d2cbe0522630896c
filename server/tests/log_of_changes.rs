//! As in `log_secrets`, for what changes the way into an account: password, app and recovery codes (CODE-8).

use domain::store::users;
use totp_rs::{Builder, Secret, Totp};

use crate::log_secrets::sign_in;
use crate::support::log::{FRESH, HALF, SESSION, Way, assert_told, heard, listen};
use crate::support::page::{attribute, between, tag, text};
use crate::support::{PASSWORD, Stage, WRONG, both, email_of, not};

const ACCOUNT: &str = "/c/acme/account";
const CHANGE: &str = "/c/acme/account/security/password";
const FACTOR: &str = "/c/acme/account/security/factor";
const RECOVERY: &str = "/c/acme/account/security/recovery";
const SLUG: (&str, &str) = ("slug", "acme");
/// How long a code stands in the app, in milliseconds.
const PERIOD: i64 = 30_000;

/// A new password: with a wrong one that is said to hold, and a wrong code on the way.
async fn change_password(stage: &Stage, way: &mut Way) {
    for current in [WRONG, PASSWORD] {
        let fields = [SLUG, ("current_password", current), ("new_password", FRESH), ("repeat_password", FRESH)];
        way.send("request_password_change", &fields, CHANGE).await;
    }
    way.open(CHANGE).await;
    let code = way.code(stage, email_of("olivia")).await;
    for code in [not(&code), code] {
        way.send("confirm_password_change", &[SLUG, ("code", &code)], CHANGE).await;
    }
    way.keep(SESSION);
}

/// What an app shows at this moment. Six digits by themselves stand in every log, as a part of some time; so they are
/// kept as they would be written: as a part of a form, and as the beginning of a text.
fn app_code(stage: &Stage, way: &mut Way, app: &Totp) -> String {
    let seconds = u64::try_from(stage.clock.now() / 1_000).expect("after 1970");
    let code = app.generate(seconds).to_string();
    way.secrets.extend([format!("={code}"), format!("\"{code}")]);
    code
}

/// Opens a page with new recovery codes, and keeps them; says the id that is to be posted back as well.
async fn shown(way: &mut Way, path: &str) -> (String, Vec<String>) {
    way.open(path).await;
    let file = way.browser.post("/recovery-codes", &[], path).await;
    let is_code = |line: &&str| line.split('-').map(str::len).eq([5; 4]);
    let codes: Vec<_> = file.body.lines().filter(is_code).map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{}", file.body);
    way.secrets.extend(codes.clone());
    let page = &way.answers.last().expect("the page").body;
    assert!(codes.iter().all(|code| page.contains(code)), "{page}");
    (attribute(tag(page, " name=\"id\""), "value").expect("an id").to_owned(), codes)
}

/// The app that scans what the page shows; its secret is kept, in letters and in bytes.
fn scan(way: &mut Way) -> Totp {
    let secret = text(between(&way.answers.last().expect("the page").body, "id=\"secret\"", "</p>"));
    let (_, secret) = secret.split_once('>').expect("the end of the tag");
    assert_eq!(secret.len(), 32);
    let bytes = Secret::try_from_base32(secret).expect("base32");
    way.secrets.extend([secret.to_owned(), format!("{:?}", bytes.as_bytes())]);
    Builder::new().with_secret(bytes).with_account_name("x".to_owned()).build().expect("160 bits")
}

/// Sets an app up, with a wrong code at each step; says the recovery codes as well.
async fn set_up_app(stage: &Stage, way: &mut Way) -> (Totp, Vec<String>) {
    way.send("begin_factor_change", &[SLUG, ("factor", "app")], FACTOR).await;
    let code = way.code(stage, email_of("olivia")).await;
    for code in [not(&code), code] {
        way.send("prove_factor", &[SLUG, ("code", &code)], FACTOR).await;
    }
    let (id, recovery) = shown(way, FACTOR).await;
    let app = scan(way);
    let code = app_code(stage, way, &app);
    for (code, kept) in [("ABCDEF", "true"), (code.as_str(), "false"), (code.as_str(), "true")] {
        way.send("set_up_app", &[SLUG, ("id", &id), ("code", code), ("kept", kept)], FACTOR).await;
    }
    way.keep(SESSION);
    (app, recovery)
}

/// New recovery codes, by one of those of before.
async fn renew_recovery_codes(way: &mut Way, old: &str) -> Vec<String> {
    way.send("begin_recovery_codes", &[SLUG], RECOVERY).await;
    for code in ["22222-22222-22222-22222", old] {
        way.send("prove_for_recovery", &[SLUG, ("code", code)], RECOVERY).await;
    }
    let (id, new) = shown(way, RECOVERY).await;
    for kept in ["false", "true"] {
        way.send("keep_recovery_codes", &[SLUG, ("id", &id), ("kept", kept)], RECOVERY).await;
    }
    new
}

/// Signs out, and in again with a code of this kind.
async fn sign_in_again(way: &mut Way, function: &str, code: &str, page: &str) {
    let out = way.browser.post("/sign-out", &[], ACCOUNT).await;
    way.follow(out).await;
    way.send("sign_in", &[("email", email_of("olivia")), ("password", FRESH)], "/sign-in").await;
    way.keep(HALF);
    way.send(function, &[("code", code)], page).await;
    way.keep(SESSION);
}

async fn changes(stage: &Stage, with_javascript: bool) {
    let since = listen();
    stage.people().await;
    let mut way = Way::new(stage, with_javascript);
    sign_in(stage, &mut way).await;
    change_password(stage, &mut way).await;
    let (app, old) = set_up_app(stage, &mut way).await;
    let new = renew_recovery_codes(&mut way, &old[0]).await;
    stage.clock.advance(PERIOD);
    let code = app_code(stage, &mut way, &app);
    sign_in_again(&mut way, "sign_in_code", &code, "/sign-in/code").await;
    sign_in_again(&mut way, "sign_in_recovery", &new[0], "/sign-in/recovery").await;
    stage.deliver().await;
    let log = heard(since);
    let olivia = users::by_email(&stage.db, email_of("olivia")).await.expect("a read").expect("a user");
    for event in ["password_changed", "factor_changed", "recovery_renewed", "signed_in"] {
        assert_told(&log, event, &olivia.id);
    }
    assert_eq!(way.codes.len(), 4);
    way.assert_silence(&log);
}

both! {
    async fn of_password_app_and_recovery_codes_with_javascript(stage: Stage) {
        changes(&stage, true).await;
    }

    async fn of_password_app_and_recovery_codes_without_javascript(stage: Stage) {
        changes(&stage, false).await;
    }
}
