//! The page on which people make keys for programs (API-2), as plain forms and as data.

use domain::Error;
use domain::clock::{MINUTE, SECOND};
use domain::{Field, Problem};

use crate::manage_users::{SLUG, error_at, says};
use crate::oidc::{bind, come_back, house_with, set_out};
use crate::support::identity::{Provider, Someone, someone};
use crate::support::page::{attribute, between, tag, tags, text, value_of};
use crate::support::raw::{number, run};
use crate::support::{Answer, Browser, PASSWORD, Stage, both, email_of};

const KEYS: &str = "/c/acme/account/security/keys";
const NEW_KEY: &str = "selfsame-new-key";

/// Olivia, who may use the API.
async fn olivia(stage: &Stage) -> Browser {
    stage.set_api_access("olivia", true).await;
    stage.signed_in("olivia").await
}

fn new<'a>(name: &'a str, days: &'a str) -> [(&'a str, &'a str); 3] {
    [SLUG, ("key_name", name), ("days", days)]
}

/// The key that a page shows.
fn shown(page: &Answer) -> String {
    let element = tag(&page.body, " id=\"new-key\"");
    text(between(&page.body, &format!("<{element}>"), "</p>")).trim().to_owned()
}

/// The id in the first form that ends a key.
fn id_in(page: &Answer) -> String {
    let form = between(&page.body, "action=\"/do/end_api_key\"", "</form>");
    attribute(tag(form, " name=\"id\""), "value").expect("an id").to_owned()
}

async fn keys_there(stage: &Stage) -> i64 {
    number(&stage.db, "SELECT COUNT(*) FROM api_tokens WHERE kind = 'key'").await
}

both! {
    async fn a_key_is_made_shown_once_used_and_ended(stage: Stage) {
        let mut olivia = olivia(&stage).await;
        let page = olivia.page(KEYS).await;
        for said in ["everything that can be done in Acme Ltd", "User groups have no effect", "You have no keys."] {
            says(&page, said);
        }
        let way = tag(&page.body, "href=\"/api\"");
        assert_eq!(text(between(&page.body, &format!("<{way}>"), "</a>")), "What programs can do with a key");
        says(&olivia.page("/api").await, "The API");
        assert_eq!(value_of(&page.body, "days"), Some("90"));
        let page = olivia.submit("create_api_key", &new(" Nightly <b> ", "30"), KEYS).await;
        says(&page, "The key has been made.");
        let key = shown(&page);
        assert!(key.starts_with("selfsame_") && key.len() == 52, "{key}");
        assert_eq!(page.body.matches(&key).count(), 1, "{}", page.body);
        assert!(page.body.contains(" data-copy=\"#new-key\"") && olivia.cookie(NEW_KEY).is_empty());
        assert_eq!(stage.api(&key).get("/me").await.status, 200);

        let page = olivia.page(&format!("{KEYS}?notice=made")).await;
        assert!(!page.body.contains(&key) && !page.body.contains(" id=\"new-key\""), "{}", page.body);
        for said in ["Nightly <b>".to_owned(), format!("selfsame_…{}", &key[48..]), "Last used".to_owned()] {
            says(&page, &said);
        }
        let id = id_in(&page);
        let fields = [SLUG, ("id", id.as_str())];
        let page = olivia.submit("end_api_key", &fields, KEYS).await;
        says(&page, "The key has ended.");
        says(&page, "You have no keys.");
        assert_eq!(stage.api(&key).get("/me").await.status, 401);
        assert_eq!(olivia.call("end_api_key", &fields).await.refused(), Error::NotFound);
        while stage.deliver().await > 0 {}
        let letters = stage.letters_to(email_of("olivia"));
        assert!(letters.iter().all(|letter| !letter.text.contains(&key)));
        assert!(letters.iter().any(|letter| letter.text.contains("Nightly <b>")), "she is told");
    }

    async fn on_its_way_to_the_page_a_key_is_sealed_for_its_session(stage: Stage) {
        let mut olivia = olivia(&stage).await;
        let made = olivia.send("create_api_key", &new("Nightly", "1"), KEYS).await;
        assert_eq!((made.status, made.header("location")), (303, "/c/acme/account/security/keys?notice=made"));
        let set = made.set_cookies().into_iter().find(|set| set.starts_with(NEW_KEY)).expect("a cookie").to_owned();
        assert!(set.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=120"), "{set}");
        let sealed = olivia.cookie(NEW_KEY).to_owned();
        assert!(!sealed.contains("selfsame_") && made.body.is_empty());

        // Neither somebody else nor another sign-in of hers can open it, and it does not stay.
        let mut una = stage.signed_in("una").await;
        stage.clock.advance(MINUTE);
        let mut elsewhere = stage.signed_in("olivia").await;
        for other in [&mut una, &mut elsewhere] {
            other.plant(NEW_KEY, &sealed);
            let page = other.page(KEYS).await;
            assert!(page.status == 200 && !page.body.contains(" id=\"new-key\""), "{}", page.body);
            assert!(other.cookie(NEW_KEY).is_empty());
        }
        for odd in ["AAAA", "selfsame_x", "%00", &sealed[..40]] {
            let mut here = olivia.clone();
            here.plant(NEW_KEY, odd);
            let page = here.page(KEYS).await;
            assert!(page.status == 200 && !page.body.contains(" id=\"new-key\""), "{odd}: {}", page.body);
        }
        let key = shown(&olivia.page(KEYS).await);
        assert_eq!(stage.api(&key).get("/me").await.status, 200);
    }

    async fn what_is_wrong_is_said_at_its_field(stage: Stage) {
        let mut olivia = olivia(&stage).await;
        let range = "Please enter a whole number from 1 to 365.";
        for days in ["", "0", "366", "-1", "1.5", "soon", "99999999999999999999"] {
            let page = olivia.submit("create_api_key", &new("Nightly", days), KEYS).await;
            assert_eq!(error_at(&page.body, "days"), range, "{days}");
            assert_eq!(value_of(&page.body, "key_name"), Some("Nightly"));
        }
        let forbidden = Problem::ForbiddenCharacters;
        for (name, problem) in [("", Problem::Empty), (" ", Problem::Empty), ("a\u{202e}b", forbidden)] {
            let answer = olivia.call("create_api_key", &new(name, "1")).await;
            assert_eq!((answer.status, answer.refused()), (422, Error::at(Field::KeyName, problem)), "{name:?}");
        }
        assert_eq!(keys_there(&stage).await, 0);
        for (days, there) in [("365", 1), (" 1 ", 2)] {
            assert_eq!(olivia.call("create_api_key", &new(days, days)).await.status, 200, "{days}");
            assert_eq!(keys_there(&stage).await, there);
        }
        let taken = olivia.call("create_api_key", &new("365", "7")).await;
        assert_eq!(taken.refused(), Error::at(Field::KeyName, Problem::Taken));
    }

    async fn after_five_minutes_the_password_comes_first(stage: Stage) {
        let mut olivia = olivia(&stage).await;
        olivia.submit("create_api_key", &new("Nightly", "30"), KEYS).await;
        stage.clock.advance(5 * MINUTE + SECOND);
        let page = olivia.page(KEYS).await;
        says(&page, "Nightly");
        for function in ["create_api_key", "end_api_key"] {
            assert!(!page.body.contains(&format!("/do/{function}")), "{function}: {}", page.body);
        }
        let late = olivia.send("create_api_key", &new("Weekly", "30"), KEYS).await;
        assert_eq!((late.status, late.header("location")), (303, KEYS));
        assert!(olivia.cookie(NEW_KEY).is_empty() && keys_there(&stage).await == 1);
        let fields = [SLUG, ("page", "keys"), ("current_password", PASSWORD)];
        let page = olivia.submit("unlock_for", &fields, KEYS).await;
        let ended = olivia.submit("end_api_key", &[SLUG, ("id", &id_in(&page))], KEYS).await;
        says(&ended, "The key has ended.");
    }

    async fn without_the_right_there_is_nothing_to_make(stage: Stage) {
        stage.set_api_access("una", false).await;
        let mut una = stage.signed_in("una").await;
        let tab = una.page("/c/acme/account/security").await;
        assert!(!tab.body.contains(KEYS), "{}", tab.body);
        let page = una.page(KEYS).await;
        says(&page, "You do not have API access.");
        assert!(!page.body.contains("/do/create_api_key") && !page.body.contains("You have no keys."), "{}", page.body);
        let answer = una.call("create_api_key", &new("Nightly", "30")).await;
        assert_eq!((answer.status, answer.refused()), (404, Error::NotFound));
        assert_eq!(keys_there(&stage).await, 0);
        stage.set_api_access("una", true).await;
        let tab = una.page("/c/acme/account/security").await;
        let link = tag(&tab.body, &format!("href=\"{KEYS}\""));
        assert_eq!(attribute(link, "rel"), Some("external"));
    }

    async fn a_guest_reads_of_the_home_client(stage: Stage) {
        stage.set_api_access("greta", true).await;
        let mut greta = stage.signed_in("greta").await;
        let page = greta.page(KEYS).await;
        says(&page, "was sich in Borealis GmbH über die API tun lässt");
        says(&page, "Wo Sie Gast sind, können Programme nie für Sie handeln.");
    }

    async fn whoever_signs_in_by_a_provider_is_asked_there_first(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut ada = bind(&house, &provider, "ada", &someone("sub-1")).await;
        run(&house.db, "UPDATE users SET api_access = TRUE WHERE email = 'ada@acme.example'").await.expect("set");
        let page = ada.page(KEYS).await;
        says(&page, "Because Acme Login manages your sign-in, your keys hold for 30 days at most");
        assert!(!page.body.contains(" name=\"current_password\""), "{}", page.body);
        let form = between(&page.body, "action=\"/oidc/begin\"", "</form>");
        let field = |tag| Some((attribute(tag, "name")?, attribute(tag, "value")?));
        let fields: Vec<_> = tags(form).into_iter().filter_map(field).collect();
        assert_eq!(fields, [("purpose", "unlock"), ("back", KEYS)]);
        let out = set_out(&mut ada, &fields).await;
        let who = Someone { says_when: true, ..someone("sub-1") };
        let query = provider.sign_in(out.header("location"), &who);
        let back = come_back(&mut ada, &query).await;
        let page = ada.follow(back).await;
        assert_eq!(value_of(&page.body, "days"), Some("30"));
        let page = ada.submit("create_api_key", &new("Nightly", "31"), KEYS).await;
        assert_eq!(error_at(&page.body, "days"), "Please enter a whole number from 1 to 30.");
        let page = ada.submit("create_api_key", &new("Nightly", "30"), KEYS).await;
        assert_eq!(house.api(&shown(&page)).get("/me").await.status, 200);
    }
}
