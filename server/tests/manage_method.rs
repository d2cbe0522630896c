//! Who manages the sign-in of a user, and who may use the API, on the pages of those who look after users (OIDC-3,
//! GRP-1), as plain forms and as data.

use domain::view::{BuiltinGroup, Permission};
use domain::{Error, Field, Problem};

use crate::manage_users::{SLUG, USERS, error_at, group, id_of, is_ticked, nora, says};
use crate::oidc::{bind, house_with};
use crate::support::identity::{ID, Provider, someone};
use crate::support::page::{attribute, input, tag};
use crate::support::raw::{number, texts};
use crate::support::{Answer, Stage, both, email_of, link_in};

const NEW: &str = "/c/acme/manage/users/new";
const BY_ACME: &str = "provider:acme-login";
const NORA: &str = "nora@acme.example";

/// The version that stands in the forms of a page.
fn version(page: &Answer) -> String {
    attribute(tag(&page.body, " name=\"version\""), "value").expect("a version").to_owned()
}

/// Nora as the form would make her, with another way to sign in.
fn new<'a>(group: &'a str, method: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = nora(NORA, group);
    *fields.last_mut().expect("the method") = ("method", method);
    fields
}

/// What the form sends that chooses who manages somebody's sign-in.
fn chosen<'a>(id: &'a str, version: &'a str, method: &'a str) -> [(&'a str, &'a str); 4] {
    [SLUG, ("id", id), ("version", version), ("method", method)]
}

async fn provider_of(stage: &Stage, email: &str) -> String {
    let sql = format!("SELECT provider FROM users WHERE email = '{email}'");
    texts(&stage.db, &sql).await.pop().expect("a user")
}

both! {
    async fn a_user_is_made_for_a_provider(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut olivia = house.signed_in("olivia").await;
        let own = group(&house, "acme", BuiltinGroup::User).await;
        let page = olivia.page(NEW).await;
        says(&page, "They sign in with Acme Login");
        assert!(is_ticked(&page, "password, email") && !is_ticked(&page, BY_ACME));
        for method in ["provider:", "provider:other", "provider", "Provider:acme-login", "acme-login"] {
            let page = olivia.submit("create_user", &new(&own, method), NEW).await;
            assert_eq!(error_at(&page.body, "method"), "Please choose one of those offered.", "{method}");
        }
        // What was chosen stays chosen where something else is wrong.
        let page = olivia.submit("create_user", &new("", BY_ACME), NEW).await;
        assert!(page.status == 200 && is_ticked(&page, BY_ACME), "{}", page.body);
        let fields = [new(&own, BY_ACME), vec![("send", "true")]].concat();
        let page = olivia.submit("create_user", &fields, NEW).await;
        for said in ["the activation email is on its way", "Acme Login", "has not signed in with Acme Login yet"] {
            says(&page, said);
        }
        house.deliver().await;
        let letter = house.letters_to(NORA).remove(0);
        says(&house.browser().page(&link_in(&letter)).await, "Sign in with Acme Login");
        assert_eq!(provider_of(&house, NORA).await, ID);
        let listed = olivia.page(&format!("{USERS}?filter=provider")).await;
        assert!(listed.body.contains(NORA) && !listed.body.contains(email_of("max")), "{}", listed.body);
        let without = stage.signed_in("max").await.page(NEW).await;
        assert!(without.status == 200 && !without.body.contains("provider:"), "{}", without.body);
    }

    async fn it_is_chosen_on_the_page_of_a_user_until_there_is_a_way_in(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut olivia = house.signed_in("olivia").await;
        let own = group(&house, "acme", BuiltinGroup::User).await;
        olivia.submit("create_user", &new(&own, "password, email"), NEW).await;
        let id = id_of(&house, NORA).await;
        let here = format!("{USERS}/{id}");
        let page = olivia.page(&here).await;
        assert!(is_ticked(&page, "password") && !is_ticked(&page, BY_ACME), "{}", page.body);
        let before = version(&page);
        for method in ["", "email", "password, email", "provider:other", "provider:"] {
            let answer = olivia.call("save_user_method", &chosen(&id, &before, method)).await;
            let refused = (answer.status, answer.refused());
            assert_eq!(refused, (422, Error::at(Field::Method, Problem::NotOffered)), "{method}");
        }
        let page = olivia.submit("save_user_method", &chosen(&id, &before, "provider:other"), &here).await;
        assert_eq!(error_at(&page.body, "method"), "Please choose one of those offered.");
        assert_eq!(provider_of(&house, NORA).await, "");

        let page = olivia.submit("save_user_method", &chosen(&id, &before, BY_ACME), &here).await;
        says(&page, "The sign-in method has been saved.");
        assert!(is_ticked(&page, BY_ACME) && !is_ticked(&page, "password"));
        assert_eq!(provider_of(&house, NORA).await, ID);
        let late = olivia.submit("save_user_method", &chosen(&id, &before, "password"), &here).await;
        says(&late, "Somebody else has changed this in the meantime.");
        let now = version(&late);
        let page = olivia.submit("save_user_method", &chosen(&id, &now, "password"), &here).await;
        assert!(is_ticked(&page, "password"), "{}", page.body);
        assert_eq!(provider_of(&house, NORA).await, "");
    }

    async fn whoever_has_a_way_in_is_offered_no_other(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut olivia = house.signed_in("olivia").await;
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let (ada, una) = (id_of(&house, "ada@acme.example").await, id_of(&house, email_of("una")).await);
        let page = olivia.page(&format!("{USERS}/{ada}")).await;
        says(&page, "Acme Login manages the sign-in of this user");
        says(&page, "The second step of this user is the matter of Acme Login.");
        assert!(input(&page.body, "requires_second_factor").contains(" disabled"), "{}", page.body);
        for function in ["save_user_method", "reset_user_factor", "send_activation"] {
            assert!(!page.body.contains(&format!("/do/{function}")), "{function}: {}", page.body);
        }
        for method in ["password", BY_ACME] {
            let answer = olivia.call("save_user_method", &chosen(&ada, &version(&page), method)).await;
            assert_eq!((answer.status, answer.refused()), (403, Error::ManagedByProvider), "{method}");
        }
        let answer = olivia.call("reset_user_factor", &[SLUG, ("id", &ada)]).await;
        assert_eq!(answer.refused(), Error::ManagedByProvider);
        let page = olivia.page(&format!("{USERS}/{una}")).await;
        assert!(!page.body.contains("/do/save_user_method"), "{}", page.body);
        for id in [una.as_str(), "nobody", ""] {
            let answer = olivia.call("save_user_method", &chosen(id, &version(&page), BY_ACME)).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{id:?}");
        }
        // Whoever may only look reads who manages it.
        let mut max = house.signed_in("max").await;
        let page = max.page(&format!("{USERS}/{ada}")).await;
        says(&page, "Acme Login verwaltet die Anmeldung dieses Benutzers");
    }

    async fn only_whoever_may_do_everything_switches_the_api_on(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        let (una, own) = (id_of(&stage, email_of("una")).await, group(&stage, "acme", BuiltinGroup::User).await);
        let here = format!("{USERS}/{una}");
        let page = max.page(&here).await;
        assert!(input(&page.body, "api_access").contains(" disabled"), "{}", page.body);
        says(&page, "Benutzergruppen bearbeiten");
        let (version, group) = (version(&page), own.as_str());
        let names = [("first_name", "Una"), ("last_name", "Ueda"), ("language", "en"), ("group[]", group)];
        let fields = [&[SLUG, ("id", una.as_str()), ("version", version.as_str())][..], &names].concat();
        let on = [&fields[..], &[("api_access", "true")]].concat();
        let answer = max.call("save_user", &on).await;
        assert_eq!((answer.status, answer.refused()), (403, Error::NotPermitted(Permission::GroupsEdit)));
        let api = format!("SELECT COUNT(*) FROM users WHERE id = '{una}' AND api_access");
        assert_eq!(number(&stage.db, &api).await, 0);

        let mut olivia = stage.signed_in("olivia").await;
        says(&olivia.page(&here).await, "So only somebody who may do everything can switch this on.");
        let page = olivia.submit("save_user", &on, &here).await;
        assert!(input(&page.body, "api_access").contains(" checked"), "{}", page.body);
        // Whoever could not give it can take it.
        let page = max.page(&here).await;
        assert!(!input(&page.body, "api_access").contains(" disabled"), "{}", page.body);
        let version = crate::manage_method::version(&page);
        let fields = [&[SLUG, ("id", una.as_str()), ("version", version.as_str())][..], &names].concat();
        assert_eq!(max.call("save_user", &fields).await.status, 200);
        assert_eq!(number(&stage.db, &api).await, 0);
    }

    async fn whoever_may_not_do_everything_lets_nobody_in_who_may_by_the_api(stage: Stage) {
        stage.set_api_access("una", true).await;
        let (mut max, mut olivia) = (stage.signed_in("max").await, stage.signed_in("olivia").await);
        let una = id_of(&stage, email_of("una")).await;
        let here = format!("{USERS}/{una}");
        let page = max.page(&here).await;
        says(&page, "Über die API darf dieser Benutzer hier alles.");
        let offered = |function: &str| page.body.contains(&format!("/do/{function}"));
        assert_eq!(["reset_user_factor", "disable_user"].map(offered), [false, true], "{}", page.body);
        assert_eq!(max.call("disable_user", &[SLUG, ("id", &una)]).await.status, 200);
        let page = max.page(&here).await;
        says(&page, "Über die API darf dieser Benutzer hier alles.");
        assert!(!page.body.contains("/do/enable_user"), "{}", page.body);
        for function in ["enable_user", "reset_user_factor"] {
            let answer = max.call(function, &[SLUG, ("id", &una)]).await;
            let refused = (answer.status, answer.refused());
            assert_eq!(refused, (403, Error::NotPermitted(Permission::GroupsEdit)), "{function}");
        }
        assert!(olivia.page(&here).await.body.contains("/do/enable_user"));
        assert_eq!(olivia.call("enable_user", &[SLUG, ("id", &una)]).await.status, 200);
        assert!(olivia.page(&here).await.body.contains("/do/reset_user_factor"));
    }
}
