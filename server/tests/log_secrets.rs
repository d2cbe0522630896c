//! What must stay secret stands in no log, however much is logged, and mailed codes in no answer (CODE-8).

use domain::flows::users::{Invitee, invite};
use domain::flows::{recover, set_up};
use domain::store::users;
use domain::view::BuiltinGroup;

use crate::support::log::{CHOSEN, DEVICE, FRESH, HALF, SESSION, Way, assert_told, assert_unknown, heard, listen};
use crate::support::{PASSWORD, Stage, WRONG, both, email_of, link_in, not};

const ACCOUNT: &str = "/c/acme/account";
const CHANGE: &str = "/c/acme/account/email";
/// Bound to many statements and, unlike a user's id, named by no event.
const NEW_EMAIL: &str = "olivia@quiet.example";

/// Olivia signs in: with a wrong password, a wrong code and a dead one on the way.
pub async fn sign_in(stage: &Stage, way: &mut Way) {
    let email = email_of("olivia");
    for password in [WRONG, PASSWORD] {
        way.send("sign_in", &[("email", email), ("password", password)], "/sign-in").await;
    }
    way.keep(HALF);
    let first = way.code(stage, email).await;
    way.send("sign_in_code", &[("code", &not(&first))], "/sign-in/code").await;
    stage.clock.advance(60_000);
    way.send("resend_sign_in_code", &[], "/sign-in/code").await;
    let second = way.code(stage, email).await;
    for code in [first, second] {
        way.send("sign_in_code", &[("code", &code)], "/sign-in/code").await;
    }
    way.keep(SESSION);
    way.keep(DEVICE);
    // The device and its mark would be secret each by itself.
    let parts: Vec<_> = way.browser.cookie(DEVICE).split('.').map(str::to_owned).collect();
    way.secrets.extend(parts);
}

/// She changes her address, late enough that the password is asked for again, and signs out.
async fn change_address(stage: &Stage, way: &mut Way) {
    let slug = ("slug", "acme");
    stage.clock.advance(5 * 60_000 + 1);
    way.send("begin_email_change", &[slug], ACCOUNT).await;
    for password in [WRONG, PASSWORD] {
        way.send("begin_email_change_with_password", &[slug, ("current_password", password)], CHANGE).await;
    }
    way.keep(SESSION);
    let first = way.code(stage, email_of("olivia")).await;
    for code in [not(&first), first] {
        let fields = [slug, ("new_email", NEW_EMAIL), ("code", code.as_str())];
        way.send("request_email_change", &fields, CHANGE).await;
    }
    way.open(ACCOUNT).await;
    let second = way.code(stage, NEW_EMAIL).await;
    for code in [not(&second), second] {
        way.send("confirm_email_change", &[slug, ("code", &code)], CHANGE).await;
    }
    way.keep(SESSION);
    let out = way.browser.post("/sign-out", &[], ACCOUNT).await;
    way.follow(out).await;
    stage.deliver().await;
}

/// The path of the link of this kind in the newest letter there that holds one.
fn path_to(stage: &Stage, email: &str, kind: &str) -> String {
    let letters = stage.letters_to(email);
    let path = link_in(letters.iter().find(|letter| letter.text.contains(kind)).expect("a letter with a link"));
    assert!(path.starts_with(kind), "{path}");
    path
}

/// The former address holds again, by the link in the notice that went there.
async fn undo_address(stage: &Stage, way: &mut Way) {
    let path = path_to(stage, email_of("olivia"), "/undo-email/");
    use_link(way, &path, "undo_email_change", CHOSEN, &[]).await;
}

/// She has forgotten her password, and chooses another by the mailed link.
async fn forget_password(stage: &Stage, way: &mut Way) {
    let email = email_of("olivia");
    way.send("ask_for_reset", &[("email", email)], "/sign-in/forgot").await;
    recover::answer_due(stage).await.expect("a read");
    stage.deliver().await;
    let path = path_to(stage, email, "/reset/");
    use_link(way, &path, "reset_password", FRESH, &[]).await;
}

async fn journey(stage: &Stage, with_javascript: bool) {
    let since = listen();
    stage.people().await;
    let mut way = Way::new(stage, with_javascript);
    sign_in(stage, &mut way).await;
    change_address(stage, &mut way).await;
    let olivia = users::by_email(&stage.db, NEW_EMAIL).await.expect("a read").expect("the address was changed");
    undo_address(stage, &mut way).await;
    forget_password(stage, &mut way).await;
    let log = heard(since);
    for event in
        ["signed_in", "email_changed", "signed_out", "email_change_undone", "password_reset_asked", "password_reset"]
    {
        assert_told(&log, event, &olivia.id);
    }
    assert_eq!(way.codes.len(), 4);
    way.assert_silence(&log);
    assert_unknown(&[NEW_EMAIL.to_owned()], &log, "the log tells what is bound to a statement");
}

/// Opens the page of a one-use link, sends its form with two passwords that differ and then as it should be, and
/// finds the link dead.
async fn use_link(way: &mut Way, path: &str, function: &str, chosen: &str, more: &[(&str, &str)]) {
    let token = path.rsplit('/').next().expect("a token");
    assert_eq!(token.len(), 43);
    way.secrets.push(token.to_owned());
    way.open(path).await;
    for repeated in [WRONG, chosen] {
        let own = [("token", token), ("new_password", chosen), ("repeat_password", repeated)];
        way.send(function, &[&own[..], more].concat(), path).await;
    }
    way.open(path).await;
}

async fn links(stage: &Stage, with_javascript: bool) {
    let since = listen();
    let mut way = Way::new(stage, with_javascript);
    let link = set_up::link(stage).await.expect("a write").expect("an empty database");
    let path = link.strip_prefix("http://localhost:3000").expect("a link of ours");
    let more = [
        ("client_name", "Acme Ltd"),
        ("email", "olivia@acme.example"),
        ("first_name", "Olivia"),
        ("last_name", "Okafor"),
    ];
    use_link(&mut way, path, "set_up", CHOSEN, &more).await;
    let invitee = Invitee {
        email: "max@acme.example",
        first_name: "Max",
        last_name: "Mustermann",
        language: None,
        tenant_id: "",
        group: BuiltinGroup::User,
    };
    invite(stage, "acme-ltd", invitee).await.expect("a free address");
    stage.deliver().await;
    let path = link_in(stage.letters_to("max@acme.example").first().expect("a letter"));
    use_link(&mut way, &path, "activate", CHOSEN, &[]).await;
    let log = heard(since);
    for (event, email) in
        [("set_up", "olivia@acme.example"), ("user_invited", "max@acme.example"), ("activated", "max@acme.example")]
    {
        let user = users::by_email(&stage.db, email).await.expect("a read").expect("a user");
        assert_told(&log, event, &user.id);
    }
    way.assert_silence(&log);
}

both! {
    async fn of_a_sign_in_and_a_change_with_javascript(stage: Stage) {
        journey(&stage, true).await;
    }

    async fn of_a_sign_in_and_a_change_without_javascript(stage: Stage) {
        journey(&stage, false).await;
    }

    async fn of_one_use_links_with_javascript(stage: Stage) {
        links(&stage, true).await;
    }

    async fn of_one_use_links_without_javascript(stage: Stage) {
        links(&stage, false).await;
    }
}
