//! Plain pages: what is seen rarely, rendered by the server alone.

use axum::body::Body;
use axum::http::Method;
use domain::Error;
use domain::flows::recover;

use crate::support::page::{attribute, between, input, tag, tags, text};
use crate::support::{Answer, Browser, HTML, PASSWORD, Stage, both, email_of, link_in, not, raw};

const FACTOR: &str = "/c/acme/account/security/factor";
const NOT_ME: &str = "/c/acme/account/security/not-me";
const SLUG: (&str, &str) = ("slug", "acme");
const FRESH: &str = "tangerine hovercraft nine";

/// The error at a field, and that the field says so.
fn error_at(html: &str, id: &str) -> String {
    let (field, error) = (input(html, id), format!("{id}-error"));
    assert_eq!(attribute(field, "aria-invalid"), Some("true"), "{field}");
    assert!(attribute(field, "aria-describedby").is_some_and(|ids| ids.split(' ').any(|part| part == error)));
    let element = tag(html, &format!(" id=\"{error}\""));
    text(between(html, &format!("<{element}>"), "</p>"))
}

fn assert_plain(path: &str, answer: &Answer) {
    let nonce = answer.nonce();
    assert!(nonce.len() >= 22, "{path}: {nonce}");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains(&format!("script-src 'self' 'nonce-{nonce}'; style-src 'self';")), "{path}: {policy}");
    assert!(!policy.contains("wasm"), "{path}: {policy}");
    let scripts: Vec<_> = tags(&answer.body).into_iter().filter(|tag| tag.starts_with("script")).collect();
    let [script] = scripts.as_slice() else { panic!("{path}: {scripts:?}") };
    assert_eq!((attribute(script, "src"), attribute(script, "nonce")), (Some("/plain.js"), Some(nonce)), "{path}");
    assert!(!answer.body.contains("__RESOLVED") && !answer.body.contains("modulepreload"), "{path}: {}", answer.body);
    // The framework's own marks are all that comes after it.
    assert!(answer.body.replace("<!>", "").trim_end().ends_with("</html>"), "{path}: {}", answer.body);
}

/// Olivia with the set-up of an app in front of her.
async fn setting_up(stage: &Stage) -> (Browser, Answer) {
    let mut olivia = stage.signed_in("olivia").await;
    let asked = olivia.submit("begin_factor_change", &[SLUG, ("factor", "app")], FACTOR).await;
    assert!(asked.body.contains(">Confirmation code<"), "{}", asked.body);
    let code = stage.code_to(email_of("olivia")).await;
    let page = olivia.submit("prove_factor", &[SLUG, ("code", &code)], FACTOR).await;
    (olivia, page)
}

/// The recovery codes on a page.
fn codes_in(html: &str) -> Vec<String> {
    let list = between(html, "id=\"codes\"", "</ol>");
    list.split("<li>").skip(1).map(|item| text(between(&format!("<li>{item}"), "<li>", "</li>"))).collect()
}

both! {
    async fn they_bring_no_script_but_the_one_that_helps(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for (path, status) in [
            (FACTOR, 200),
            (NOT_ME, 200),
            ("/c/acme/account/security/offer", 200),
            ("/c/acme/account/security/keys", 200),
            ("/c/acme/manage/users", 200),
            ("/c/acme/manage/users/new", 200),
            ("/c/acme/manage/users/nobody", 404),
            ("/c/acme/manage/guests", 200),
            ("/c/acme/manage/groups", 200),
            ("/c/acme/manage/groups/new", 200),
            ("/c/acme/manage/groups/nothing", 404),
            ("/c/acme/manage/groups/nothing/delete", 404),
            ("/c/acme/manage/client", 200),
            ("/c/acme/manage/activity", 200),
            ("/c/acme/account/security/recovery", 404),
            ("/c/acme/account/invitations", 200),
            ("/c/acme/account/groups/nothing/leave", 404),
            ("/c/acme/account/accounts/acme/leave", 409),
            ("/c/acme/account/accounts/nowhere/leave", 404),
        ] {
            let answer = olivia.page(path).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            assert_plain(path, &answer);
            assert!(answer.body.contains("olivia@acme.example"), "{path}: without the header");
        }
        for (path, status) in [
            ("/sign-in/forgot", 200),
            ("/sign-in/forgot?notice=sent", 200),
            ("/not-me", 200),
            ("/provider?notice=cancelled", 200),
            ("/provider?notice=down", 503),
            ("/provider?notice=clock", 503),
            ("/provider?notice=nothing", 404),
            ("/activate/nothing", 404),
            ("/set-up/nothing", 404),
            ("/reset/nothing", 404),
            ("/undo-email/nothing", 404),
            ("/invitation/nothing", 404),
        ] {
            let answer = stage.browser().page(path).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            assert_plain(path, &answer);
        }
    }

    async fn what_leads_on_does_so_without_a_script(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let led = olivia.page("/not-me").await;
        assert_eq!((led.status, led.header("location")), (302, NOT_ME));
        let led = olivia.page("/invitations").await;
        assert_eq!((led.status, led.header("location")), (302, "/c/acme/account/invitations"));
        let led = stage.browser().page("/invitations").await;
        assert_eq!((led.status, led.header("location")), (302, "/sign-in?next=/invitations"));
        // Her codes come by e-mail, so no other code opens anything, and there is no app to lose.
        let mut half = stage.half_signed_in("olivia").await;
        let led = half.page("/sign-in/recovery").await;
        assert_eq!((led.status, led.header("location")), (302, "/sign-in/code"));
        assert_eq!(half.page("/sign-in/lost").await.status, 404);
        for path in ["/sign-in/recovery", "/sign-in/lost"] {
            let led = stage.browser().page(path).await;
            assert_eq!((led.status, led.header("location")), (303, "/sign-in"), "{path}");
            // Half a sign-in that is over is one as well.
            let mut late = stage.browser();
            late.plant("selfsame-sign-in", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            let led = late.page(path).await;
            assert_eq!((led.status, led.header("location")), (302, "/sign-in"), "{path}");
        }
    }

    async fn a_forgotten_password_is_replaced_by_link(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let mut browser = stage.browser();
        let wrong = browser.submit("ask_for_reset", &[("email", "nonsense")], "/sign-in/forgot").await;
        assert!(!error_at(&wrong.body, "email").is_empty());
        assert_eq!(attribute(input(&wrong.body, "email"), "value"), Some("nonsense"));
        let mut said = Vec::new();
        for email in [email_of("olivia"), "nobody@acme.example"] {
            let mut browser = stage.browser();
            let answer = browser.submit("ask_for_reset", &[("email", email)], "/sign-in/forgot").await;
            said.push(answer.body.replace(answer.nonce(), ""));
        }
        assert!(said[0].contains("If there is an account with this address"), "{}", said[0]);
        assert_eq!(said[0], said[1]);
        stage.deliver().await;
        recover::answer_due(&stage).await.expect("a read");
        assert_eq!(stage.deliver().await, 1);
        let path = link_in(stage.letters_to(email_of("olivia")).first().expect("a letter"));
        let token = path.strip_prefix("/reset/").expect("a link of that kind").to_owned();
        // Whoever looks does not use it up (PW-7).
        for _ in 0..2 {
            let page = browser.page(&path).await;
            assert!(page.status == 200 && text(&page.body).contains("olivia@acme.example"), "{}", page.body);
        }
        let chosen = |new, repeat| [("token", token.as_str()), ("new_password", new), ("repeat_password", repeat)];
        let differs = browser.submit("reset_password", &chosen(FRESH, PASSWORD), &path).await;
        let sentence = "The two passwords differ. Please type the same one twice.";
        assert_eq!(error_at(&differs.body, "repeat_password"), sentence);
        let done = browser.submit("reset_password", &chosen(FRESH, FRESH), &path).await;
        assert!(done.body.contains("Your new password is set, and you have been signed out everywhere."));
        assert_eq!(olivia.page("/c/acme/account").await.status, 303);
        let gone = browser.page(&path).await;
        assert!(gone.status == 404 && gone.body.contains("href=\"/sign-in/forgot\""), "{}", gone.body);
        let right = [("email", email_of("olivia")), ("password", FRESH)];
        assert_eq!(browser.call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn this_was_not_me_ends_all_sign_ins(stage: Stage) {
        let mut thief = stage.signed_in("olivia").await;
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.submit("begin_not_me", &[SLUG], NOT_ME).await;
        let code = stage.code_to(email_of("olivia")).await;
        assert_eq!(attribute(input(&page.body, "new_password"), "autocomplete"), Some("new-password"));
        let with = |code| [SLUG, ("code", code), ("new_password", FRESH), ("repeat_password", FRESH)];
        let other = not(&code);
        let wrong = olivia.submit("finish_not_me", &with(other.as_str()), NOT_ME).await;
        assert_eq!(error_at(&wrong.body, "code"), "That code is not right. Tries left: 4.");
        let done = olivia.submit("finish_not_me", &with(code.as_str()), NOT_ME).await;
        assert!(done.body.contains("All sign-ins have been ended"), "{}", done.body);
        assert_eq!(olivia.cookie("selfsame-session"), "");
        assert_eq!(thief.page("/c/acme/account").await.status, 303);
    }

    async fn the_set_up_of_an_app_shows_what_it_must_and_nowhere_else(stage: Stage) {
        let (mut olivia, page) = setting_up(&stage).await;
        assert_plain(FACTOR, &page);
        let image = tag(&page.body, " class=\"qr\"");
        assert!(attribute(image, "src").is_some_and(|src| src.starts_with("data:image/svg+xml,%3Csvg")), "{image}");
        assert!(attribute(image, "alt").is_some_and(|alt| !alt.is_empty()), "{image}");
        let secret = text(between(&page.body, "id=\"secret\"", "</p>"));
        let (_, secret) = secret.split_once('>').expect("the end of the tag");
        assert!(secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{secret}");
        let codes = codes_in(&page.body);
        assert_eq!(codes.len(), 10);
        for code in &codes {
            assert!(code.len() == 23 && page.body.matches(code.as_str()).count() == 1, "{code}");
        }

        let file = olivia.post("/recovery-codes", &[], FACTOR).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/plain; charset=utf-8"));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"selfsame-recovery-codes.txt\"");
        assert_eq!(file.header("cache-control"), "no-store");
        assert!(codes.iter().all(|code| file.body.lines().any(|line| line == code)), "{}", file.body);

        let id = attribute(tag(&page.body, " name=\"id\""), "value").expect("an id").to_owned();
        let with = |code, kept| [SLUG, ("id", id.as_str()), ("code", code), ("kept", kept)];
        let not_kept = olivia.submit("set_up_app", &with("000000", "false"), FACTOR).await;
        assert_eq!(error_at(&not_kept.body, "kept"), "Please confirm that you have kept your recovery codes.");
        let wrong = olivia.submit("set_up_app", &with("ABCDEF", "true"), FACTOR).await;
        assert_eq!(error_at(&wrong.body, "code"), "That code is not right. Tries left: 4.");
        assert!(input(&wrong.body, "kept").split(' ').any(|part| part == "checked"), "{}", input(&wrong.body, "kept"));

        let left = olivia.submit("cancel_factor_change", &[SLUG], FACTOR).await;
        assert!(left.body.contains("Your two-factor authentication stays as it was."), "{}", left.body);
        let page = olivia.page(FACTOR).await;
        assert!(!page.body.contains(secret) && codes.iter().all(|code| !page.body.contains(code.as_str())));
        assert_eq!(olivia.post("/recovery-codes", &[], FACTOR).await.status, 404);
        let stranger = stage.browser().post("/recovery-codes", &[], FACTOR).await;
        assert_eq!((stranger.status, stranger.header("location")), (303, "/sign-in"));
    }

    async fn a_factor_is_chosen_from_what_there_is(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.page(FACTOR).await;
        let has = |id: &str, word: &str| input(&page.body, id).split(' ').any(|part| part == word);
        assert!(has("factor-app", "checked") && !has("factor-app", "disabled"));
        assert!(has("factor-email", "disabled"), "it is in use");
        assert!(!page.body.contains("factor-off"), "her client asks for a second step");
        for (factor, error) in [("off", Error::NotFound), ("email", Error::BadRequest), ("", Error::BadRequest)] {
            let answer = olivia.call("begin_factor_change", &[SLUG, ("factor", factor)]).await;
            assert_eq!(answer.refused(), error, "{factor}");
        }
        // Later than five minutes after the sign-in the password comes first (SESS-9).
        stage.clock.advance(5 * 60 * 1_000 + 1_000);
        let page = olivia.submit("begin_factor_change", &[SLUG, ("factor", "app")], FACTOR).await;
        let fields = [SLUG, ("page", "factor"), ("current_password", PASSWORD)];
        assert_eq!(attribute(input(&page.body, "current_password"), "type"), Some("password"));
        let former = olivia.cookie("selfsame-session").to_owned();
        let page = olivia.submit("unlock_for", &fields, FACTOR).await;
        assert!(page.body.contains(" id=\"factor-app\"") && olivia.cookie("selfsame-session") != former);
    }

    async fn a_newcomer_is_offered_the_app_until_they_say_not_now(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        assert_eq!(olivia.page("/welcome?next=").await.header("location"), "/c/acme/account");
        raw::run(&stage.db, "UPDATE users SET factor_offered_at = NULL").await.expect("a newcomer");
        let offer = "/c/acme/account/security/offer";
        assert_eq!(olivia.page("/welcome?next=").await.header("location"), offer);
        // Whoever wants to go somewhere goes there first.
        assert_eq!(olivia.page("/welcome?next=/not-me").await.header("location"), "/not-me");
        let page = olivia.page(offer).await;
        assert!(page.body.contains(">Set up the app<") && page.body.contains(">Not now<"), "{}", page.body);
        let later = olivia.send("not_now", &[SLUG], offer).await;
        assert_eq!((later.status, later.header("location")), (303, "/c/acme/account"));
        assert_eq!(olivia.page("/welcome?next=").await.header("location"), "/c/acme/account");
    }

    async fn a_head_is_answered_like_a_page(stage: Stage) {
        let answer = stage.browser().ask(Method::HEAD, "/sign-in/forgot", &[("accept", HTML)], Body::empty()).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }
}

#[test]
fn the_one_script_stays_small() {
    let script = crate::sources::read("public/plain.js");
    assert!(script.len() <= 1_024, "{} bytes", script.len());
}
