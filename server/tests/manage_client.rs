//! The pages of the client itself and of what happened in it, as plain forms and as data; and the way there.

use domain::flows::late_entries;
use domain::store::{user_edit, users};
use domain::view::{ManagePage, Permission, SecondFactor};
use domain::{Error, Field, Problem};

use crate::support::page::{attribute, between, input, tag, tags, text, value_of};
use crate::support::{Browser, Stage, both, email_of, raw};

const CLIENT: &str = "/c/acme/manage/client";
const ACTIVITY: &str = "/c/acme/manage/activity";
const FILE: &str = "/c/acme/manage/activity.csv";
const SLUG: (&str, &str) = ("slug", "acme");

/// The form of the client as somebody fills it in who has seen this version of it.
fn filled<'a>(name: &'a str, colour: &'a str, seen: &'a str) -> [(&'a str, &'a str); 4] {
    [SLUG, ("version", seen), ("client_name", name), ("colour", colour)]
}

/// The same, with the box ticked.
fn required<'a>(name: &'a str, colour: &'a str, seen: &'a str) -> Vec<(&'a str, &'a str)> {
    [&filled(name, colour, seen)[..], &[("requires_second_factor", "true")][..]].concat()
}

/// The version of the client that its page shows at this moment.
async fn version(browser: &mut Browser) -> String {
    let page = browser.page(CLIENT).await;
    attribute(tag(&page.body, " name=\"version\""), "value").expect("a version").to_owned()
}

/// Where the links between two pieces of a page lead that look after a client.
fn links(html: &str, start: &str, end: &str) -> Vec<String> {
    let paths = tags(between(html, start, end)).into_iter().filter_map(|tag| attribute(tag, "href"));
    paths.filter_map(|path| path.strip_prefix("/c/acme/manage/")).map(str::to_owned).collect()
}

/// Renames the client so often, three seconds apart.
async fn rename(stage: &Stage, olivia: &mut Browser, times: usize) {
    for n in 0..times {
        stage.clock.advance(3_000);
        let seen = version(olivia).await;
        let answer = olivia.call("save_client", &filled(&format!("Acme {n}"), "blue", &seen)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

both! {
    async fn name_colour_and_rule_are_saved_together(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.page(CLIENT).await;
        assert_eq!(value_of(&page.body, "client_name"), Some("Acme Ltd"));
        assert!(input(&page.body, "colour-blue").contains(" checked"), "{}", input(&page.body, "colour-blue"));
        // Each colour has a name for those who do not see it.
        for name in ["Blue", "Green", "Amber", "Red", "Violet", "Teal", "Slate", "Pink"] {
            assert!(text(&page.body).contains(name), "{name}");
        }
        let seen = version(&mut olivia).await;
        let page = olivia.submit("save_client", &required(" Acme & Sons ", "teal", &seen), CLIENT).await;
        assert!(text(&page.body).contains("The client has been saved."), "{}", page.body);
        assert_eq!(value_of(&page.body, "client_name"), Some("Acme &amp; Sons"));
        assert!(input(&page.body, "colour-teal").contains(" checked"));
        assert!(input(&page.body, "requires_second_factor").contains(" checked"));
        let head = tag(&page.body, " class=\"site-head\"");
        assert_eq!(attribute(head, "data-colour"), Some("teal"));
        assert!(text(&page.body).contains("Manage Acme & Sons"), "{}", page.body);
        // What is not ticked is not sent, and no longer asked for.
        let seen = version(&mut olivia).await;
        let page = olivia.submit("save_client", &filled("Acme Ltd", "blue", &seen), CLIENT).await;
        assert!(!input(&page.body, "requires_second_factor").contains(" checked"));
    }

    async fn of_two_who_edit_at_once_the_second_is_told(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let seen = version(&mut olivia).await;
        assert_eq!(olivia.call("save_client", &required("Acme Ltd", "teal", &seen)).await.status, 200);
        let late = filled("Acme Ltd", "pink", &seen);
        assert_eq!(olivia.call("save_client", &late).await.refused(), Error::EditedMeanwhile);
        let page = olivia.submit("save_client", &late, CLIENT).await;
        assert!(text(&page.body).contains("Somebody else has changed this in the meantime."), "{}", page.body);
        assert!(input(&page.body, "colour-teal").contains(" checked"), "it shows what is so: {}", page.body);
        assert!(input(&page.body, "requires_second_factor").contains(" checked"), "and the rule stands");
    }

    async fn the_rule_says_how_many_it_would_touch(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.page(CLIENT).await;
        assert!(text(&page.body).contains("All users of this client have one already."), "{}", page.body);
        raw::run(&stage.db, "UPDATE tenants SET requires_second_factor = FALSE").await.expect("free");
        let mut tx = stage.db.begin().await.expect("a transaction");
        let una = users::by_email_in(&mut tx, email_of("una")).await.expect("a read").expect("a user");
        user_edit::set_first_factor(&mut tx, &una.id, SecondFactor::Off, 0).await.expect("off");
        tx.commit().await.expect("committed");
        let page = olivia.page(CLIENT).await;
        assert!(text(&page.body).contains("Users of this client without one so far: 1."), "{}", page.body);
        let seen = version(&mut olivia).await;
        let page = olivia.submit("save_client", &required("Acme Ltd", "blue", &seen), CLIENT).await;
        assert!(text(&page.body).contains("All users of this client have one already."), "{}", page.body);
        late_entries::write_due(&stage).await.expect("written");
        stage.deliver().await;
        let letters = stage.letters_to(email_of("una"));
        assert!(letters.iter().any(|letter| letter.text.contains("now requires a second sign-in step")), "una is told");
    }

    async fn what_is_wrong_is_said_at_its_field(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let long = "x".repeat(200);
        for (name, colour, field, problem) in [
            ("", "teal", Field::ClientName, Problem::Empty),
            (long.as_str(), "teal", Field::ClientName, Problem::TooLong { max: 100 }),
            ("Ac\u{202e}me", "teal", Field::ClientName, Problem::ForbiddenCharacters),
            ("Acme", "black", Field::Colour, Problem::NotOffered),
            ("Acme", "", Field::Colour, Problem::NotOffered),
        ] {
            let fields = filled(name, colour, "");
            let answer = olivia.call("save_client", &fields).await;
            assert_eq!((answer.status, answer.refused()), (422, Error::at(field, problem)), "{name:?} {colour:?}");
            let page = olivia.submit("save_client", &fields, CLIENT).await;
            assert!(page.body.contains(&format!("id=\"{}-error\"", field.name())), "{}", page.body);
            assert_eq!(value_of(&page.body, "client_name"), Some(name));
            assert_eq!(input(&page.body, "colour-teal").contains(" checked"), colour == "teal");
        }
        assert!(text(&olivia.page(CLIENT).await.body).contains("Manage Acme Ltd"));
    }

    async fn the_activity_is_shown_part_by_part_and_page_by_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        assert!(text(&olivia.page(ACTIVITY).await.body).contains("Manage Acme Ltd"));
        rename(&stage, &mut olivia, 30).await;
        let first = olivia.page(&format!("{ACTIVITY}?kind=client")).await;
        assert_eq!(first.body.matches(">Client renamed<").count(), 25, "{}", first.body);
        assert!(text(&first.body).contains("From Acme 28 to Acme 29"), "{}", first.body);
        let current = tag(&first.body, &format!("href=\"{ACTIVITY}?kind=client\""));
        assert_eq!(attribute(current, "aria-current"), Some("page"));
        let older = tag(&first.body, &format!("href=\"{ACTIVITY}?kind=client&amp;before="));
        let older = attribute(older, "href").expect("a link").replace("&amp;", "&");
        let second = olivia.page(&older).await;
        assert_eq!(second.body.matches(">Client renamed<").count(), 5, "{}", second.body);
        assert!(text(&second.body).contains("Newest entries"), "{}", second.body);
        // What cannot be read in a URL is as if it were not there.
        let nothing = olivia.page(&format!("{ACTIVITY}?kind=nonsense&before=nonsense")).await;
        assert_eq!(nothing.body.matches(">Client renamed<").count(), 25);
        let empty = olivia.page(&format!("{ACTIVITY}?kind=groups")).await;
        assert!(text(&empty.body).contains("There is nothing to show here."), "{}", empty.body);
    }

    async fn the_activity_comes_as_a_file_that_no_spreadsheet_runs(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let fields = [SLUG, ("group_name", "=1+1"), ("description", ""), ("permissions[]", "none")];
        assert_eq!(olivia.call("create_group", &fields).await.status, 200);
        rename(&stage, &mut olivia, 2).await;
        let file = olivia.post(FILE, &[("kind", "")], ACTIVITY).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"acme-activity.csv\"");
        assert_eq!((file.header("cache-control"), file.header("x-content-type-options")), ("no-store", "nosniff"));
        let head = ["Time", "What", "Details", "User", "Done by", "Browser", "IP address"];
        let head = head.map(|name| format!("\"{name}\"")).join(",");
        assert!(file.body.starts_with(&format!("\u{feff}{head}\r\n")), "{}", file.body);
        assert!(file.body.contains(",\"'=1+1\",") && file.body.contains("Client renamed"), "{}", file.body);
        let part = olivia.post(FILE, &[("kind", "groups")], ACTIVITY).await;
        assert!(part.body.contains(",\"'=1+1\",") && !part.body.contains("Client renamed"), "{}", part.body);
        assert_eq!(olivia.post(FILE, &[], ACTIVITY).await.status, 200);
        assert_eq!(olivia.post(FILE, &[("kind", ""), ("is_admin", "true")], ACTIVITY).await.status, 422);
        assert_eq!(olivia.page(FILE).await.status, 405);
        let stranger = stage.browser().post(FILE, &[], ACTIVITY).await;
        assert_eq!((stranger.status, stranger.header("location")), (303, "/sign-in"));
        // Who may not see it is led to the page that says why.
        let mut una = stage.signed_in("una").await;
        let led = una.post(FILE, &[], ACTIVITY).await;
        assert_eq!((led.status, led.header("location")), (303, ACTIVITY));
        let page = una.follow(led).await;
        assert_eq!(page.status, 403);
        assert!(text(&page.body).contains("“See the activity of the client”"), "{}", page.body);
    }

    async fn the_way_there_is_shown_as_far_as_it_is_open(stage: Stage) {
        let all = ManagePage::ALL.map(ManagePage::path).to_vec();
        for (name, open) in [
            ("olivia", all.clone()),
            ("max", vec!["users", "guests", "groups", "activity"]),
            ("una", vec!["groups"]),
            ("greta", vec!["groups"]),
        ] {
            let mut browser = stage.signed_in(name).await;
            let account = browser.page("/c/acme/account").await;
            assert_eq!(links(&account.body, "class=\"menu-list\"", "</header>"), open, "{name}: {}", account.body);
            let groups = browser.page("/c/acme/manage/groups").await;
            assert_eq!(links(&groups.body, "class=\"tabs\"", "</nav>"), open, "{name}: {}", groups.body);
            let current = tag(between(&groups.body, "class=\"tabs\"", "</nav>"), " aria-current=\"page\"");
            assert_eq!(attribute(current, "href"), Some("/c/acme/manage/groups"), "{name}");
            for page in all.iter().filter(|page| !open.contains(page)) {
                assert_eq!(browser.page(&format!("/c/acme/manage/{page}")).await.status, 403, "{name}: {page}");
            }
        }
    }

    async fn the_client_is_changed_by_those_who_may(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        let fields = filled("Mine", "red", "");
        let answer = max.call("save_client", &fields).await;
        assert_eq!((answer.status, answer.refused()), (403, Error::NotPermitted(Permission::ClientEdit)));
        let page = max.submit("save_client", &fields, CLIENT).await;
        assert_eq!(page.status, 403);
        assert!(text(&page.body).contains("„Diesen Mandanten bearbeiten“"), "{}", page.body);
        assert_eq!(raw::texts(&stage.db, "SELECT name FROM tenants WHERE slug = 'acme'").await, ["Acme Ltd"]);
    }
}
