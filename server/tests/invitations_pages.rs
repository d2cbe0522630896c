//! Invitations: the page where they are answered, and where the mailed link leads (INV-1, INV-2).

use domain::clock::DAY;
use domain::flows::inviting;
use domain::flows::users::{self, Invitee};
use domain::view::BuiltinGroup;
use domain::{Error, Field, Key, Language, Problem};

use crate::support::page::{attribute, between, input, tag, tags, text, value_of};
use crate::support::{Answer, Browser, PASSWORD, Stage, both, email_of, link_in, raw};

const INVITATIONS: &str = "/c/acme/account/invitations";
const ACME: (&str, &str) = ("slug", "acme");
const INA: &str = "ina@x.example";
const MARKUP: &str = "</textarea><img src=x onerror=alert(1)>";

fn says(html: &str, sentence: &str) {
    assert!(text(html).contains(sentence), "{sentence}: {html}");
}

/// The id of the one invitation on a page.
fn id_on(page: &Answer) -> String {
    attribute(tag(&page.body, " name=\"id\""), "value").expect("an id").to_owned()
}

/// Greta invites this address to Borealis GmbH; the path of the link in the letter.
async fn invited(stage: &Stage, email: &str) -> String {
    let greta = stage.signed_in("greta").await;
    let member = stage.member(&greta, "borealis").await;
    let groups = inviting::groups_to_choose(stage, &member).await.expect("a read");
    let guest = groups.iter().find(|group| group.builtin == Some(BuiltinGroup::Guest)).expect("one of the four");
    inviting::invite(stage, &member, email, &guest.id).await.expect("invited");
    while stage.deliver().await > 0 {}
    let letters = stage.letters_to(email);
    link_in(letters.iter().find(|letter| letter.text.contains("/invitation/")).expect("an invitation"))
}

/// Greta takes back what is open for this address.
async fn withdraw(stage: &Stage, email: &str) {
    let greta = stage.signed_in("greta").await;
    let member = stage.member(&greta, "borealis").await;
    let open = inviting::open(stage, &member, None).await.expect("a read").open;
    let sent = open.iter().find(|sent| sent.email == email).expect("an invitation");
    inviting::withdraw(stage, &member, &sent.id).await.expect("withdrawn");
}

/// The form of somebody without an account.
fn sign_up<'a>(path: &'a str, first_name: &'a str, password: &'a str) -> [(&'a str, &'a str); 5] {
    let token = path.rsplit('/').next().expect("a token");
    [
        ("token", token),
        ("first_name", first_name),
        ("last_name", "Iversen"),
        ("new_password", password),
        ("repeat_password", password),
    ]
}

/// A page as it is for everybody who opens it.
async fn opened(browser: &mut Browser, path: &str) -> (u16, String) {
    let answer = browser.page(path).await;
    (answer.status, answer.body.replace(answer.nonce(), ""))
}

both! {
    async fn it_is_accepted_on_its_page_and_the_client_can_be_entered(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let link = |answer: &Answer| answer.body.contains(&format!("href=\"{INVITATIONS}\""));
        let before = raw::dump(&stage.db).await;
        assert!(link(&una.page("/c/acme/account").await), "the menu leads there");
        let page = una.page(INVITATIONS).await;
        let from = "Greta Gruber invites you as a guest.";
        for sentence in ["Borealis GmbH", from, "See user groups", "28 Nov 2026, 12:45 UTC"] {
            says(&page.body, sentence);
        }
        assert!(raw::dump(&stage.db).await == before, "looking has written");
        assert_eq!(una.page("/c/borealis/account").await.status, 404, "nothing before it is accepted");

        let id = id_on(&page);
        let fields = [ACME, ("client", "borealis"), ("id", id.as_str())];
        let accepted = una.submit("accept_invitation", &fields, INVITATIONS).await;
        says(&accepted.body, "You are a guest of the client now. Choose Login to enter it.");
        assert!(accepted.body.contains("action=\"/do/enter_client\"") && !link(&accepted), "{}", accepted.body);
        assert_eq!(una.page("/c/borealis/account").await.status, 200);
        let empty = una.page(INVITATIONS).await;
        says(&empty.body, "No open invitations");
        says(&empty.body, email_of("una"));
        let again = una.call("accept_invitation", &fields).await;
        assert_eq!((again.status, again.refused()), (422, Error::InvitationVoid));
    }

    async fn by_call_it_leads_to_the_accounts(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let id = id_on(&una.page(INVITATIONS).await);
        let fields = [ACME, ("client", "borealis"), ("id", id.as_str())];
        let accepted = una.call("accept_invitation", &fields).await;
        let location = "/c/acme/account/accounts?notice=accepted";
        assert_eq!((accepted.status, accepted.header("location")), (200, location));
    }

    async fn it_is_rejected_with_a_reason_and_the_inviter_reads_it(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let id = id_on(&una.page(INVITATIONS).await);
        let (long, umlauts) = ("x".repeat(501), "ü".repeat(501));
        let disguised = format!("{MARKUP}\u{202e}");
        let with = |reason| [ACME, ("client", "borealis"), ("id", id.as_str()), ("reason", reason)];
        let too_long = Problem::TooLong { max: 500 };
        let long = [(long.as_str(), too_long), (umlauts.as_str(), too_long)];
        for (reason, problem) in [long[0], long[1], (disguised.as_str(), Problem::ForbiddenCharacters)] {
            let answer = una.call("reject_invitation", &with(reason)).await;
            assert_eq!((answer.status, answer.refused()), (422, Error::at(Field::Reason, problem)));
            let page = una.submit("reject_invitation", &with(reason), INVITATIONS).await;
            let field = tag(&page.body, &format!(" id=\"reason-{id}\""));
            assert!(field.starts_with("textarea ") && attribute(field, "aria-invalid") == Some("true"), "{field}");
            let error = tag(&page.body, &format!(" id=\"reason-{id}-error\""));
            let sentence = problem.sentence(Language::En);
            assert_eq!(text(between(&page.body, &format!("<{error}>"), "</p>")), sentence);
            let typed = between(&page.body, &format!("<{field}>"), "</textarea>");
            assert!(text(typed) == reason && !typed.contains('<'), "{typed}");
        }
        while stage.deliver().await > 0 {}
        let about = |stage: &Stage| {
            let letters = stage.letters_to(email_of("greta")).into_iter();
            letters.filter(|letter| letter.text.contains("Borealis")).map(|letter| letter.text).collect::<Vec<_>>()
        };
        assert!(about(&stage).is_empty(), "what was refused was told");

        let done = una.submit("reject_invitation", &with("No time, sorry."), INVITATIONS).await;
        says(&done.body, "You have rejected the invitation.");
        says(&done.body, "No open invitations");
        while stage.deliver().await > 0 {}
        let letters = about(&stage);
        assert!(letters.len() == 1 && letters[0].contains("No time, sorry."), "{letters:?}");
        assert_eq!(una.page("/c/borealis/account").await.status, 404);
    }

    async fn nobody_else_answers_it_and_what_is_over_says_so(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let id = id_on(&una.page(INVITATIONS).await);
        let mut max = stage.signed_in("max").await;
        for function in ["accept_invitation", "reject_invitation"] {
            let id = id.as_str();
            for (client, id) in [("borealis", id), ("borealis", "nothing"), ("nowhere", id), ("", "")] {
                let answer = max.call(function, &[ACME, ("client", client), ("id", id)]).await;
                let said = (answer.status, answer.body.as_str());
                assert_eq!(said, (404, "\"NotFound\""), "{function} {client} {id}");
            }
        }
        withdraw(&stage, email_of("una")).await;
        let fields = [ACME, ("client", "borealis"), ("id", id.as_str())];
        for function in ["accept_invitation", "reject_invitation"] {
            assert_eq!(una.call(function, &fields).await.refused(), Error::InvitationVoid, "{function}");
            let page = una.submit(function, &fields, INVITATIONS).await;
            says(&page.body, "This invitation is no longer open. Ask whoever invited you for a new one.");
        }
    }

    async fn what_others_are_called_is_text(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        for sql in [
            format!("UPDATE tenants SET name = '{MARKUP}' WHERE slug = 'borealis'"),
            format!("UPDATE users SET first_name = '{MARKUP}' WHERE email = '{}'", email_of("greta")),
        ] {
            assert_eq!(raw::run(&stage.db, &sql).await.expect("changed"), 1);
        }
        let page = una.page(INVITATIONS).await;
        assert_eq!(text(&page.body).matches(MARKUP).count(), 3, "{}", page.body);
        assert!(tags(&page.body).iter().all(|tag| !tag.starts_with("img")), "{}", page.body);
    }

    async fn somebody_without_an_account_makes_one_and_accepts_after_a_sign_in(stage: Stage) {
        let path = invited(&stage, INA).await;
        let mut ina = stage.browser();
        let before = raw::dump(&stage.db).await;
        for _ in 0..2 {
            let page = ina.page(&path).await;
            assert_eq!((page.status, page.set_cookies().len()), (200, 0));
            for sentence in ["Greta Gruber invites you to Borealis GmbH as a guest.", "There is no account for", INA] {
                says(&page.body, sentence);
            }
        }
        assert!(raw::dump(&stage.db).await == before, "looking has written");

        let short = ina.submit("sign_up", &sign_up(&path, "Ina", "short"), &path).await;
        assert_eq!(attribute(input(&short.body, "new_password"), "aria-invalid"), Some("true"));
        assert_eq!((value_of(&short.body, "first_name"), value_of(&short.body, "new_password")), (Some("Ina"), None));
        let nameless = ina.call("sign_up", &sign_up(&path, " ", PASSWORD)).await;
        assert_eq!(nameless.refused(), Error::at(Field::FirstName, Problem::Empty));
        let made = ina.send("sign_up", &sign_up(&path, "Ina", PASSWORD), &path).await;
        let location = "/sign-in?next=/invitations&notice=signed-up";
        assert_eq!((made.status, made.header("location")), (303, location));
        assert_eq!(ina.cookie("selfsame-session"), "", "it signs nobody in");
        let page = ina.follow(made).await;
        says(&page.body, "Your account is ready. Sign in now to answer the invitation.");
        assert_eq!(attribute(tag(&page.body, " name=\"next\""), "value"), Some("/invitations"));

        let fields = [("email", INA), ("password", PASSWORD), ("next", "/invitations")];
        assert_eq!(ina.call("sign_in", &fields).await.header("location"), "/sign-in/code");
        let code = stage.code_to(INA).await;
        let signed_in = ina.call("sign_in_code", &[("code", &code)]).await;
        let welcome = signed_in.header("location").to_owned();
        assert_eq!(welcome, "/welcome?next=/invitations");
        let led = ina.page(&welcome).await;
        let page = ina.follow(led).await;
        says(&page.body, "Greta Gruber invites you as a guest.");
        let home = attribute(tag(&page.body, " name=\"slug\""), "value").expect("her own client").to_owned();
        assert!(!page.body.contains("/manage/"), "nobody else manages a client of one person: {}", page.body);
        let id = id_on(&page);
        let fields = [("slug", home.as_str()), ("client", "borealis"), ("id", id.as_str())];
        let accepted = ina.submit("accept_invitation", &fields, &format!("/c/{home}/account/invitations")).await;
        says(&accepted.body, "You are a guest of the client now.");
        assert_eq!(ina.page("/c/borealis/account").await.status, 200);
        assert_eq!(ina.page("/c/acme/account").await.status, 404);
    }

    async fn whoever_has_an_account_is_led_to_the_sign_in_or_to_the_page(stage: Stage) {
        let path = invited(&stage, email_of("una")).await;
        let page = stage.browser().page(&path).await;
        says(&page.body, "Sign in with una@acme.example to accept or reject the invitation.");
        assert!(page.body.contains("href=\"/sign-in?next=/invitations\""), "{}", page.body);
        assert!(!page.body.contains("action=\"/do/sign_up\""), "{}", page.body);
        let second = stage.browser().call("sign_up", &sign_up(&path, "Una", PASSWORD)).await;
        assert_eq!((second.status, second.refused()), (422, Error::at(Field::Email, Problem::Taken)));

        let mut una = stage.signed_in("una").await;
        let led = una.page(&path).await;
        assert_eq!((led.status, led.header("location")), (302, INVITATIONS));
        let mut olivia = stage.signed_in("olivia").await;
        let other = olivia.page(&path).await;
        assert_eq!(other.status, 200);
        let who = "You are signed in with olivia@acme.example, but this invitation is for una@acme.example.";
        says(&other.body, who);
        assert!(!other.body.contains("action=\"/do/sign_up\"") && other.body.contains("action=\"/sign-out\""));
        let id = id_on(&una.page(INVITATIONS).await);
        let fields = [ACME, ("client", "borealis"), ("id", id.as_str())];
        assert_eq!(olivia.call("accept_invitation", &fields).await.refused(), Error::NotFound);
        assert_eq!(una.call("accept_invitation", &fields).await.status, 200, "and it is still open");
    }

    async fn whoever_has_no_password_yet_is_told_where_to_choose_one(stage: Stage) {
        let group = BuiltinGroup::User;
        let ivo = Invitee {
            email: "ivo@x.example",
            first_name: "Ivo",
            last_name: "Ito",
            language: None,
            tenant_id: "",
            group,
        };
        stage.people().await;
        users::invite(&stage, "acme", ivo).await.expect("added");
        let path = invited(&stage, "ivo@x.example").await;
        let page = stage.browser().page(&path).await;
        says(&page.body, "There is an account for ivo@x.example, but no password has been chosen for it yet.");
        assert!(page.body.contains("href=\"/sign-in/forgot\""), "{}", page.body);
        assert!(!page.body.contains("action=\"/do/sign_up\""), "{}", page.body);
    }

    async fn links_that_do_not_work_all_look_the_same(stage: Stage) {
        let replaced = invited(&stage, INA).await;
        let mut browser = stage.browser();
        assert_eq!(opened(&mut browser, &replaced).await.0, 200);
        let expiring = invited(&stage, "ivo@x.example").await;
        let withdrawn = invited(&stage, INA).await;
        withdraw(&stage, INA).await;
        let nonsense = "/invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let gone = opened(&mut browser, nonsense).await;
        assert_eq!(gone.0, 404);
        says(&gone.1, "This link is no longer valid");
        assert!(gone.1.contains("href=\"/invitations\""), "{}", gone.1);
        for dead in [replaced.as_str(), withdrawn.as_str(), "/invitation/nothing"] {
            assert_eq!(opened(&mut browser, dead).await, gone, "{dead}");
            let answer = browser.call("sign_up", &sign_up(dead, "Ina", PASSWORD)).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{dead}");
        }
        stage.clock.advance(7 * DAY - 1);
        assert_eq!(opened(&mut browser, &expiring).await.0, 200);
        stage.clock.advance(1);
        assert_eq!(opened(&mut browser, &expiring).await, gone);
    }

    async fn both_pages_speak_german(stage: Stage) {
        let path = invited(&stage, INA).await;
        let mut browser = stage.browser();
        browser.plant("selfsame-language", "de");
        let page = browser.page(&path).await;
        says(&page.body, Language::De.text(Key::PlainInvitationTitle));
        says(&page.body, &Language::De.fill(Key::PlainInvitationUnknown, &[("email", INA)]));
        let mut una = stage.signed_in("una").await;
        una.post("/preferences", &[("language", "de")], INVITATIONS).await;
        let page = una.page(INVITATIONS).await;
        for key in [Key::PlainInvitationsAccept, Key::PlainInvitationsReject, Key::PlainInvitationsReason] {
            says(&page.body, Language::De.text(key));
        }
    }
}
