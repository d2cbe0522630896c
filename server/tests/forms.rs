//! Forms without JavaScript: what was typed stays, what is secret does not, and what became of it is said once. And
//! the same refusals as data, with their status.

use axum::http::Method;
use domain::Error;
use domain::flows::users::{Invitee, invite};
use domain::view::BuiltinGroup;
use domain::{Field, Problem};

use crate::support::page::{attribute, between, input, tag, tags, text, value_of};
use crate::support::{FORM, HTML, JSON, PASSWORD, Stage, both, email_of, link_in, not, raw};

const FLASH: &str = "selfsame-flash";
const ACCOUNT: &str = "/c/acme/account";

/// The path of the link that a new user got by mail.
async fn activation(stage: &Stage) -> String {
    stage.people().await;
    let invitee = Invitee {
        email: "new@acme.example",
        first_name: "Nora",
        last_name: "Novak",
        language: None,
        tenant_id: "",
        group: BuiltinGroup::User,
    };
    invite(stage, "acme", invitee).await.expect("invited");
    stage.deliver().await;
    link_in(stage.letters_to("new@acme.example").first().expect("a letter"))
}

/// Whether there is an error at this field, and what it says.
fn error_at(html: &str, id: &str) -> Option<String> {
    let field = input(html, id);
    let error = format!("{id}-error");
    let is_described = attribute(field, "aria-describedby").is_some_and(|ids| ids.split(' ').any(|part| part == error));
    assert_eq!(attribute(field, "aria-invalid"), is_described.then_some("true"), "{field}");
    is_described.then(|| {
        let element = tag(html, &format!(" id=\"{error}\""));
        assert_eq!(attribute(element, "class"), Some("field-error"), "{element}");
        text(between(html, &format!("<{element}>"), "</p>"))
    })
}

both! {
    async fn a_refused_name_keeps_what_was_typed(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let fields = [("slug", "acme"), ("first_name", "Zoë \"Z\" <b>"), ("last_name", " ")];
        let page = olivia.submit("save_names", &fields, ACCOUNT).await;
        assert_eq!(page.status, 200);
        assert_eq!(value_of(&page.body, "first_name"), Some("Zoë &quot;Z&quot; &lt;b&gt;"));
        assert_eq!(value_of(&page.body, "last_name"), Some(" "));
        assert_eq!(error_at(&page.body, "first_name"), None);
        assert_eq!(error_at(&page.body, "last_name").as_deref(), Some("Please fill this in."));
        assert!(!page.body.contains("Your name has been saved."));
        assert_eq!(stage.names_of("olivia").await, ("Olivia".to_owned(), "Okafor".to_owned()));

        let again = olivia.page(ACCOUNT).await;
        assert_eq!(value_of(&again.body, "first_name"), Some("Olivia"));
        assert_eq!(error_at(&again.body, "last_name"), None);
    }

    async fn an_accepted_form_says_so_once(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        assert!(!olivia.page(ACCOUNT).await.body.contains("Your name has been saved."));
        let fields = [("slug", "acme"), ("first_name", " Liv "), ("last_name", "Okafor-Smith")];
        let sent = olivia.send("save_names", &fields, ACCOUNT).await;
        assert_eq!((sent.status, sent.header("location")), (303, ACCOUNT));
        let page = olivia.follow(sent).await;
        let status = tags(&page.body).into_iter().filter(|tag| tag.contains(" role=\"status\"")).collect::<Vec<_>>();
        // One for the picture, one for the name.
        assert_eq!(status, ["p role=\"status\" class=\"status\""; 2]);
        assert_eq!(page.body.matches("Your name has been saved.").count(), 1, "{}", page.body);
        assert_eq!(value_of(&page.body, "first_name"), Some("Liv"));
        assert!(page.body.contains("<strong>Liv Okafor-Smith<"), "{}", page.body);
        assert!(!olivia.page(ACCOUNT).await.body.contains("Your name has been saved."));
    }

    async fn what_became_of_a_form_waits_for_a_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let fields = [("slug", "acme"), ("first_name", "Liv"), ("last_name", "Okafor")];
        olivia.send("save_names", &fields, ACCOUNT).await;
        assert!(!olivia.cookie(FLASH).is_empty());
        olivia.call("load_frame", &[("slug", "acme")]).await;
        olivia.ask(Method::GET, "/favicon.svg", &[("accept", "image/svg+xml")], "").await;
        assert!(!olivia.cookie(FLASH).is_empty(), "somebody else has read it");
        let page = olivia.page(ACCOUNT).await;
        assert_eq!(page.set_cookies(), ["selfsame-flash=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"]);
        assert!(page.body.contains("Your name has been saved."));
    }

    async fn what_became_of_a_form_cannot_be_forged(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let typed = r#""typed":[["first_name","EVIL"]]"#;
        let flash = format!(r#"{{"action":"/do/save_names","refused":{{"Internal":{{"id":"EVIL"}}}},{typed}}}"#);
        let fields = [("slug", "acme"), ("first_name", "Liv"), ("last_name", "Okafor")];
        olivia.send("save_names", &fields, ACCOUNT).await;
        let real = olivia.cookie(FLASH).to_owned();
        let mut turned: Vec<char> = real.chars().collect();
        let middle = turned.len() / 2;
        turned[middle] = if turned[middle] == 'A' { 'B' } else { 'A' };
        let session = olivia.cookie("selfsame-session").to_owned();
        let encoded = domain::secrets::token::encode(flash.as_bytes());
        let turned: String = turned.into_iter().collect();
        for forged in [flash.replace('"', "%22"), encoded, turned, session, "AAAA".to_owned(), String::new()] {
            olivia.plant(FLASH, &forged);
            let page = olivia.page(ACCOUNT).await;
            assert_eq!(page.status, 200, "{forged}");
            assert!(!page.body.contains("EVIL") && !page.body.contains("has been saved"), "{}", page.body);
            assert!(attribute(tag(&page.body, "html"), "data-flash").is_none(), "{}", page.body);
            assert!(olivia.cookie(FLASH).is_empty(), "{forged} stays");
        }
    }

    async fn a_refused_sign_in_keeps_the_address_and_never_the_password(stage: Stage) {
        stage.people().await;
        let mut browser = stage.browser();
        let secret = "tangerine-hovercraft-91";
        let fields = [("email", "Olivia@acme.example"), ("password", secret), ("next", "/c/acme/account/groups")];
        let page = browser.submit("sign_in", &fields, "/sign-in?next=/c/acme/account/groups").await;
        assert_eq!(value_of(&page.body, "email"), Some("Olivia@acme.example"));
        assert_eq!(value_of(&page.body, "password"), None);
        assert!(!page.body.contains(secret), "{}", page.body);
        let next = tag(&page.body, " name=\"next\"");
        assert_eq!(attribute(next, "value"), Some("/c/acme/account/groups"));
        let alert = tag(&page.body, " role=\"alert\"");
        assert_eq!(attribute(alert, "data-kind"), Some("error"), "{alert}");
        assert!(text(&page.body).contains("The email address or password is not right."));
    }

    async fn a_wrong_code_is_not_shown_again(stage: Stage) {
        let mut browser = stage.half_signed_in("olivia").await;
        let wrong = not(&stage.code_to(email_of("olivia")).await);
        let page = browser.submit("sign_in_code", &[("code", &wrong)], "/sign-in/code").await;
        assert_eq!(error_at(&page.body, "code").as_deref(), Some("That code is not right. Tries left: 4."));
        assert_eq!(value_of(&page.body, "code"), None);
        assert!(!page.body.contains(&wrong), "{}", page.body);
    }

    async fn a_change_of_the_address_goes_step_by_step(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let slug = ("slug", "acme");
        let dialog = olivia.submit("begin_email_change", &[slug], ACCOUNT).await;
        assert!(tag(&dialog.body, "dialog ").contains(" open"), "{}", dialog.body);
        let code = stage.code_to(email_of("olivia")).await;
        let page = "/c/acme/account/email";
        let wrong = not(&code);
        let fields = [slug, ("new_email", "olivia@new.example"), ("code", wrong.as_str())];
        let refused = olivia.submit("request_email_change", &fields, page).await;
        assert_eq!(value_of(&refused.body, "new_email"), Some("olivia@new.example"));
        assert_eq!(error_at(&refused.body, "new_email"), None);
        assert_eq!(error_at(&refused.body, "code").as_deref(), Some("That code is not right. Tries left: 4."));
        assert!(!refused.body.contains(&wrong));
        for (new_email, sentence) in [
            ("", "Please fill this in."),
            ("olivia", "Please enter one email address, such as name@example.com."),
            ("a@new.example, b@new.example", "Please enter one email address, such as name@example.com."),
            ("a@new.example\r\nBcc: b@new.example", "Please enter one email address, such as name@example.com."),
            ("OLIVIA@acme.example", "That is your address already."),
        ] {
            let fields = [slug, ("new_email", new_email), ("code", code.as_str())];
            let refused = olivia.submit("request_email_change", &fields, page).await;
            assert_eq!(error_at(&refused.body, "new_email").as_deref(), Some(sentence), "{new_email}");
        }
        assert_eq!(stage.deliver().await, 0, "something was sent");

        let fields = [slug, ("new_email", "Olivia@New.example"), ("code", code.as_str())];
        let second = olivia.submit("request_email_change", &fields, page).await;
        assert!(second.body.contains(">Code sent to the new address<"), "{}", second.body);
        let pending = olivia.page(ACCOUNT).await;
        assert!(text(&pending.body).contains("olivia@new.example is waiting to be confirmed"), "{}", pending.body);
        assert!(pending.body.contains("<strong>olivia@acme.example<"), "{}", pending.body);
        let former = olivia.cookie("selfsame-session").to_owned();
        let code = stage.code_to("olivia@new.example").await;
        let done = olivia.submit("confirm_email_change", &[slug, ("code", &code)], page).await;
        assert!(done.body.contains("Your email address has been changed."), "{}", done.body);
        assert!(done.body.contains("<strong>olivia@new.example<"), "{}", done.body);
        // The session goes on under a new token, and the old one is dead (SESS-3).
        let mut thief = stage.browser();
        thief.plant("selfsame-session", &former);
        assert_eq!(thief.call("load_frame", &[slug]).await.refused(), Error::SignedOut);
        let right = [("email", "olivia@new.example"), ("password", PASSWORD)];
        assert_eq!(stage.browser().call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn after_five_minutes_the_password_comes_first(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        stage.clock.advance(5 * 60_000 + 1);
        let slug = ("slug", "acme");
        let dialog = olivia.submit("begin_email_change", &[slug], ACCOUNT).await;
        assert!(dialog.body.contains(">Current password<"), "{}", dialog.body);
        assert_eq!(stage.deliver().await, 0);
        let page = "/c/acme/account/email";
        let secret = "tangerine-hovercraft-91";
        let fields = [slug, ("current_password", secret)];
        let wrong = olivia.submit("begin_email_change_with_password", &fields, page).await;
        assert_eq!(error_at(&wrong.body, "current_password").as_deref(), Some("That password is not right."));
        assert!(value_of(&wrong.body, "current_password").is_none() && !wrong.body.contains(secret));
        let former = olivia.cookie("selfsame-session").to_owned();
        let fields = [slug, ("current_password", PASSWORD)];
        let right = olivia.submit("begin_email_change_with_password", &fields, page).await;
        assert!(right.body.contains(">New email address<"), "{}", right.body);
        assert_ne!(olivia.cookie("selfsame-session"), former);
        assert_eq!(stage.deliver().await, 1);
    }

    async fn a_chosen_password_is_never_shown(stage: Stage) {
        let path = activation(&stage).await;
        let token = path.rsplit('/').next().expect("a token").to_owned();
        let mut browser = stage.browser();
        assert!(text(&browser.page(&path).await.body).contains("Welcome to Acme Ltd, Nora."));
        let secret = "tangerine-hovercraft-91";
        let chosen = |first, second| [("token", token.as_str()), ("new_password", first), ("repeat_password", second)];
        let page = browser.submit("activate", &chosen(secret, "tangerine-hovercraft-92"), &path).await;
        let sentence = "The two passwords differ. Please type the same one twice.";
        assert_eq!(error_at(&page.body, "repeat_password").as_deref(), Some(sentence));
        assert!(!page.body.contains("tangerine"), "{}", page.body);
        let page = browser.submit("activate", &chosen("Nora-Novak-2026", "Nora-Novak-2026"), &path).await;
        let sentence = "Please choose a password without your name, your address, the client or the product in it.";
        assert_eq!(error_at(&page.body, "new_password").as_deref(), Some(sentence));
        let done = browser.submit("activate", &chosen(secret, secret), &path).await;
        assert!(done.body.contains("Your password is set. You can sign in now."), "{}", done.body);
        // Once, and the mail's link is dead; who only looks does not use it up.
        assert_eq!(browser.page(&path).await.status, 404);
        assert_eq!(browser.call("activate", &chosen(secret, secret)).await.refused(), Error::NotFound);
        let right = [("email", "new@acme.example"), ("password", secret)];
        assert_eq!(browser.call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn as_data_each_refusal_has_its_status(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let mut stranger = stage.browser();
        let names = [("slug", "acme"), ("first_name", ""), ("last_name", "\u{202e}")];
        let answer = olivia.call("save_names", &names).await;
        let both = vec![(Field::FirstName, Problem::Empty), (Field::LastName, Problem::ForbiddenCharacters)];
        assert_eq!((answer.status, answer.refused()), (422, Error::Invalid(both)));
        assert_eq!(answer.body, r#"{"Invalid":[["FirstName","Empty"],["LastName","ForbiddenCharacters"]]}"#);
        for (answer, status, error) in [
            (stranger.call("load_frame", &[("slug", "acme")]).await, 401, Error::SignedOut),
            (olivia.call("load_frame", &[("slug", "borealis")]).await, 404, Error::NotFound),
            (olivia.call("load_frame", &[]).await, 400, Error::BadRequest),
            (olivia.call("resend_email_code", &[("slug", "acme")]).await, 200, Error::AttemptOver),
        ] {
            assert_eq!((answer.status, answer.header("content-type")), (status, "application/json"));
            assert_eq!((answer.header("cache-control"), answer.header("retry-after")), ("no-store", ""));
            if status == 200 {
                assert_eq!(answer.header("location"), "/c/acme/account?notice=email-change-over", "{error}");
            } else {
                assert_eq!(answer.refused(), error);
            }
        }
    }

    async fn a_fault_of_ours_has_a_number_and_no_details(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        raw::run(&stage.db, "DROP TABLE group_members").await.expect("dropped");
        let answer = olivia.call("load_groups", &[("slug", "acme")]).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!((answer.status, answer.refused()), (500, Error::Internal { id }));

        let page = olivia.page("/c/acme/account/groups").await;
        assert_eq!(page.status, 500);
        let id = page.header("x-request-id");
        assert!(text(&page.body).contains(&format!("tell us this number: {id}")), "{}", page.body);
        for body in [&answer.body, &page.body] {
            for detail in ["group_members", "sqlite", "postgres", "relation", "no such table"] {
                assert!(!body.contains(detail), "{detail}: {body}");
            }
        }
    }

    async fn a_form_that_cannot_be_read_is_refused_calmly(stage: Stage) {
        let mut browser = stage.browser();
        for accept in [HTML, JSON] {
            for kind in ["text/plain", "multipart/form-data", "multipart/form-data; boundary=", JSON, FORM] {
                let headers = [("accept", accept), ("content-type", kind), ("sec-fetch-site", "same-origin")];
                for path in ["/do/sign_in", "/do/save_names", "/preferences", "/sign-out"] {
                    let answer = browser.ask(Method::POST, path, &headers, "{\"a\":[[[[[[[[1]]]]]]]]}").await;
                    assert!(answer.status < 500, "{path} {kind}: {} {}", answer.status, answer.body);
                }
            }
        }
    }
}
