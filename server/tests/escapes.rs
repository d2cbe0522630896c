//! What people type is text, wherever it stands (WEB-6).

use domain::Error;
use domain::flows::set_up;
use domain::flows::users::{Invitee, invite};
use domain::view::BuiltinGroup;
use domain::{Field, Problem};

use crate::support::page::{between, tags, text};
use crate::support::{Browser, PASSWORD, Stage, both, link_in};

/// Names that would be code somewhere if they were not text: in a script, an attribute, a text field, a title.
const NAMES: [&str; 7] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</textarea><svg onload=alert(1)>",
    "</title><script>alert(1)",
    "<",
    "-->{{7*7}}\\u003cscript>&lt;script&gt;",
];
const TITLES: [(&str, &str); 12] = [
    ("/c/SLUG/account", "Personal details · Selfsame"),
    ("/c/SLUG/account/security", "Security · Selfsame"),
    ("/c/SLUG/account/security/keys", "API keys · Selfsame"),
    ("/c/SLUG/account/groups", "User groups · Selfsame"),
    ("/c/SLUG/account/accounts", "Accounts · Selfsame"),
    ("/c/SLUG/manage/users", "Users · Selfsame"),
    ("/c/SLUG/manage/users/new", "New user · Selfsame"),
    ("/c/SLUG/manage/guests", "Guests · Selfsame"),
    ("/c/SLUG/manage/groups", "User groups · Selfsame"),
    ("/c/SLUG/manage/client", "Client · Selfsame"),
    ("/c/SLUG/manage/activity", "Activity · Selfsame"),
    ("/c/SLUG/nowhere", "Not found · Selfsame"),
];

/// Fails where `html` is more than text with our own elements around it.
fn assert_harmless(html: &str, what: &str) {
    for tag in tags(html) {
        assert!(!tag.starts_with("img") && !tag.starts_with("textarea"), "{what}: {tag}");
        let outside_of_quotes: String = tag.split('"').step_by(2).collect();
        assert!(outside_of_quotes.split_whitespace().all(|part| !part.starts_with("on")), "{what}: {tag}");
        if tag.starts_with("script") {
            assert!(tag.contains(" nonce=\""), "{what}: {tag}");
        }
    }
    for script in html.split("<script").skip(1) {
        let (_, code) = script.split_once('>').unwrap_or_default();
        let code = code.split("</script>").next().unwrap_or("");
        assert!(!code.contains('<'), "{what}: {code}");
    }
    for raw in ["<script>alert", "<img src=x", "</textarea>", "<svg onload"] {
        assert!(!html.contains(raw), "{what}: {raw}");
    }
    assert_eq!(html.matches("<title").count(), 1, "{what}");
    assert_eq!((html.matches("</body>").count(), html.matches("</html>").count()), (1, 1), "{what}");
}

/// The first client and its first user, made by the form, under these names.
async fn set_up_as(stage: &Stage, client: &str, first: &str, last: &str) -> Browser {
    let link = set_up::link(stage).await.expect("a write").expect("an empty database");
    let path = link.strip_prefix("http://localhost:3000").expect("a link of ours").to_owned();
    let token = path.rsplit('/').next().expect("a token");
    let mut browser = stage.browser();
    let fields = [
        ("token", token),
        ("client_name", client),
        ("email", "olivia@first.example"),
        ("first_name", first),
        ("last_name", last),
        ("new_password", PASSWORD),
        ("repeat_password", PASSWORD),
    ];
    let done = browser.submit("set_up", &fields, &path).await;
    assert!(done.body.contains("All set. You can sign in now."), "{}", done.body);
    let begun = browser.call("sign_in", &[("email", "olivia@first.example"), ("password", PASSWORD)]).await;
    assert_eq!(begun.header("location"), "/sign-in/code", "{}", begun.body);
    let code = stage.code_to("olivia@first.example").await;
    assert_eq!(browser.call("sign_in_code", &[("code", &code)]).await.status, 200);
    browser
}

both! {
    async fn names_of_people_are_text_on_every_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for name in NAMES {
            let fields = [("slug", "acme"), ("first_name", name), ("last_name", name)];
            let saved = olivia.submit("save_names", &fields, "/c/acme/account").await;
            assert!(saved.body.contains("Your name has been saved."), "{name}: {}", saved.body);
            assert_harmless(&saved.body, name);
            for (path, title) in TITLES {
                let page = olivia.page(&path.replace("SLUG", "acme")).await;
                assert_eq!(between(&page.body, "<title>", "</title>"), title);
                assert_harmless(&page.body, name);
                if page.status == 200 {
                    assert!(text(&page.body).contains(&format!("{name} {name}")), "{name}: {}", page.body);
                }
            }
            let data = olivia.call("load_personal", &[("slug", "acme")]).await;
            assert_eq!(data.header("content-type"), "application/json");
            let data: serde_json::Value = serde_json::from_str(&data.body).expect("data");
            assert_eq!(data["first_name"], name, "as it was typed");
        }
    }

    async fn names_that_are_refused_are_text_in_the_form_as_well(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for name in NAMES {
            let fields = [("slug", "acme"), ("first_name", name), ("last_name", "")];
            let refused = olivia.submit("save_names", &fields, "/c/acme/account").await;
            assert!(refused.body.contains("Please fill this in."), "{name}: {}", refused.body);
            assert_harmless(&refused.body, name);
            let address = format!("{name}@acme.example");
            let fields = [("email", address.as_str()), ("password", "x")];
            let refused = stage.browser().submit("sign_in", &fields, "/sign-in").await;
            assert_harmless(&refused.body, name);
            // What stands in a URL is no better.
            let path: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let sign_in = format!("/sign-in?next=/c/{path}&notice={path}");
            let told = format!("/provider?notice=wait&id={path}");
            for url in [sign_in, told, format!("/{path}"), format!("/activate/{path}")] {
                let page = stage.browser().page(&url).await;
                assert_harmless(&page.body, &url);
            }
        }
    }

    async fn names_of_clients_and_groups_are_text(stage: Stage) {
        let client = "</script><script>alert(1)</script>\"><b";
        let mut olivia = set_up_as(&stage, client, "\"><img src=x onerror=alert(1)>", "</title><script>alert(1)").await;
        let home = olivia.page("/").await;
        assert_eq!(home.header("location"), "/c/script-script-alert-1-script-b/account");
        for (path, title) in TITLES {
            let page = olivia.page(&path.replace("SLUG", "script-script-alert-1-script-b")).await;
            assert_eq!(between(&page.body, "<title>", "</title>"), title);
            assert_harmless(&page.body, path);
            if page.status == 200 {
                assert!(text(&page.body).contains(client), "{}", page.body);
            }
        }
    }

    async fn names_are_text_to_those_who_are_signed_out_and_in_mails(stage: Stage) {
        let client = "<b>Acme</b>\"'";
        let slug = "b-acme-b";
        set_up_as(&stage, client, "Olivia", "Okafor").await;
        for (n, name) in NAMES.into_iter().enumerate() {
            let email = format!("new{n}@first.example");
            let invitee = Invitee {
                email: &email,
                first_name: name,
                last_name: name,
                language: None,
                tenant_id: "",
                group: BuiltinGroup::User,
            };
            invite(&stage, slug, invitee).await.expect("invited");
            stage.deliver().await;
            let letters = stage.letters_to(&email);
            let letter = letters.first().expect("a letter");
            assert!(letter.text.starts_with(&format!("Hello {name},\n")), "{}", letter.text);
            assert_eq!(letter.subject, format!("Your account at {client}"));
            let elements = ["html", "meta", "body", "p", "a", "hr", "br"];
            for tag in tags(&letter.html) {
                let element = tag.split(' ').next().unwrap_or("");
                assert!(elements.contains(&element) && !tag.contains(" on"), "{tag}");
            }
            let page = stage.browser().page(&link_in(letter)).await;
            assert_harmless(&page.body, name);
            assert!(text(&page.body).contains(&format!("Welcome to {client}, {name}.")), "{}", page.body);
        }
    }

    async fn marks_that_disguise_are_refused_at_the_field(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let long = "x".repeat(10_000);
        let forbidden = Problem::ForbiddenCharacters;
        for (name, problem) in [
            ("evil\u{202e}txt.exe", forbidden),
            ("a\u{2066}b", forbidden),
            ("a\u{2028}b", forbidden),
            ("a\u{2029}b", forbidden),
            ("a\u{200b}b", forbidden),
            ("a\u{feff}b", forbidden),
            ("a\r\n{\"event\":\"signed_in\"}", forbidden),
            ("a\0b", forbidden),
            ("a\u{1b}[31mb", forbidden),
            (long.as_str(), Problem::TooLong { max: 100 }),
            (&long[..101], Problem::TooLong { max: 100 }),
            ("", Problem::Empty),
            (" \t ", Problem::Empty),
        ] {
            for (first, last, field) in [(name, "Okafor", Field::FirstName), ("Olivia", name, Field::LastName)] {
                let fields = [("slug", "acme"), ("first_name", first), ("last_name", last)];
                let answer = olivia.call("save_names", &fields).await;
                assert_eq!((answer.status, answer.refused()), (422, Error::at(field, problem)));
                let page = olivia.submit("save_names", &fields, "/c/acme/account").await;
                let error = format!("id=\"{}-error\"", field.name());
                assert!(page.status == 200 && page.body.contains(&error), "{first:?} {last:?}: {}", page.body);
            }
        }
        assert_eq!(stage.names_of("olivia").await, ("Olivia".to_owned(), "Okafor".to_owned()));
        let many = "Ünïcödé 中文 O'Neil-Ökafor 🦀";
        let most = [("slug", "acme"), ("first_name", &long[..100]), ("last_name", many)];
        assert_eq!(olivia.call("save_names", &most).await.status, 200);
    }
}
