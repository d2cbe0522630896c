//! The pages of those who look after user groups (GRP-1, TEN-3), as plain forms and as data.

use domain::store::bench::{self, OneOfMany};
use domain::store::users;
use domain::view::{BuiltinGroup, Permission};
use domain::{Error, Field, Problem};

use crate::support::page::{attribute, between, input, tag, text, value_of};
use crate::support::raw::texts;
use crate::support::{Answer, Browser, Stage, both, email_of, raw};

const GROUPS: &str = "/c/acme/manage/groups";
const NEW: &str = "/c/acme/manage/groups/new";
const SLUG: (&str, &str) = ("slug", "acme");
/// Stands in each list of permissions that is sent.
const LIST: (&str, &str) = ("permissions[]", "none");

const fn permits(code: &str) -> (&str, &str) {
    ("permissions[]", code)
}

/// The error at a field, and that the field says so.
fn error_at(html: &str, id: &str) -> String {
    assert_eq!(attribute(input(html, id), "aria-invalid"), Some("true"), "{}", input(html, id));
    sentence_at(html, id)
}

fn sentence_at(html: &str, id: &str) -> String {
    let element = tag(html, &format!(" id=\"{id}-error\""));
    text(between(html, &format!("<{element}>"), "</p>"))
}

fn has(html: &str, id: &str, word: &str) -> bool {
    input(html, id).split(' ').any(|part| part == word)
}

/// The id of one of the four groups of a client.
async fn builtin(stage: &Stage, slug: &str, group: BuiltinGroup) -> String {
    let of_client = format!("SELECT id FROM tenants WHERE slug = '{slug}'");
    let sql = format!("SELECT id FROM groups WHERE builtin = '{}' AND tenant_id = ({of_client})", group.code());
    texts(&stage.db, &sql).await.pop().expect("one of the four")
}

async fn id_of(stage: &Stage, name: &str) -> String {
    users::by_email(&stage.db, email_of(name)).await.expect("a read").expect("a user").id
}

/// Makes a group by its form; says its id.
async fn made(browser: &mut Browser, name: &str, permissions: &[&str]) -> String {
    let mut fields = vec![SLUG, ("group_name", name), ("description", ""), LIST];
    fields.extend(permissions.iter().map(|code| permits(code)));
    let sent = browser.send("create_group", &fields, NEW).await;
    let id = sent.header("location").strip_prefix(&format!("{GROUPS}/")).unwrap_or_else(|| panic!("{}", sent.body));
    id.strip_suffix("?notice=created").expect("the notice").to_owned()
}

async fn put(browser: &mut Browser, id: &str, email: &str) -> Answer {
    let page = format!("{GROUPS}/{id}");
    browser.submit("add_group_member", &[SLUG, ("id", id), ("email", email)], &page).await
}

both! {
    async fn a_group_is_made_changed_and_deleted(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let list = olivia.page(GROUPS).await;
        assert!(list.body.contains(">No user groups of your own yet<"), "{}", list.body);
        assert!(list.body.contains(&format!("href=\"{NEW}\"")), "{}", list.body);

        let fields = [SLUG, ("group_name", "Ünits <b>"), ("description", "For all"), ("open", "true"), LIST];
        let fields = [&fields[..], &[permits("users.view"), permits("groups.view")][..]].concat();
        let page = olivia.submit("create_group", &fields, NEW).await;
        assert!(text(&page.body).contains("The user group has been created."), "{}", page.body);
        assert_eq!(value_of(&page.body, "group_name"), Some("Ünits &lt;b&gt;"));
        assert_eq!(value_of(&page.body, "description"), Some("For all"));
        assert!(has(&page.body, "open", "checked") && has(&page.body, "permission-users.view", "checked"));
        assert!(!has(&page.body, "permission-users.edit", "checked"));
        let id = attribute(tag(&page.body, " name=\"id\""), "value").expect("an id").to_owned();
        let here = format!("{GROUPS}/{id}");

        // What is no longer ticked is no longer permitted; a box that is not ticked is not sent.
        let seen = attribute(tag(&page.body, " name=\"version\""), "value").expect("a version").to_owned();
        let of = [SLUG, ("id", id.as_str()), ("version", seen.as_str()), ("description", ""), LIST];
        let fields = [&of[..], &[("group_name", "Units"), permits("groups.view")][..]].concat();
        let page = olivia.submit("save_group", &fields, &here).await;
        assert!(text(&page.body).contains("The user group has been saved."), "{}", page.body);
        assert_eq!(value_of(&page.body, "group_name"), Some("Units"));
        assert!(!has(&page.body, "open", "checked") && !has(&page.body, "permission-users.view", "checked"));
        assert!(olivia.page(GROUPS).await.body.contains(&format!("href=\"{here}\"")));
        // Somebody else's page is older than that, and would give back what was taken.
        let late = [&of[..], &[("group_name", "Units"), permits("users.view")][..]].concat();
        assert_eq!(olivia.call("save_group", &late).await.refused(), Error::EditedMeanwhile);
        let page = olivia.submit("save_group", &late, &here).await;
        assert!(text(&page.body).contains("Somebody else has changed this in the meantime."), "{}", page.body);
        assert!(!has(&page.body, "permission-users.view", "checked"), "{}", page.body);

        put(&mut olivia, &id, email_of("greta")).await;
        let asks = olivia.page(&format!("{here}/delete")).await;
        let asked = text(&asks.body);
        assert!(asked.contains("Delete Units?") && asked.contains("Greta Gruber"), "{}", asks.body);
        assert!(asked.contains("Loses nothing"), "guests may see groups anyway: {}", asks.body);
        assert!(asked.contains("Whoever is in no other user group then still belongs to the client"), "{}", asks.body);
        let gone = olivia.submit("delete_group", &[SLUG, ("id", &id)], &format!("{here}/delete")).await;
        assert!(text(&gone.body).contains("The user group has been deleted."), "{}", gone.body);
        for path in [here.clone(), format!("{here}/delete")] {
            assert_eq!(olivia.page(&path).await.status, 404, "{path}");
        }
    }

    async fn people_are_put_into_a_group_and_taken_out(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let id = made(&mut olivia, "Editors", &["groups.edit"]).await;
        let here = format!("{GROUPS}/{id}");
        assert!(olivia.page(&here).await.body.contains(">Nobody is in this group<"));
        let page = put(&mut olivia, &id, " UNA@acme.example ").await;
        let said = text(&page.body);
        assert!(said.contains("The person is in the user group.") && said.contains("Una Ueda"), "{}", page.body);
        let page = put(&mut olivia, &id, email_of("greta")).await;
        assert!(page.body.contains(">Guest<"), "{}", page.body);

        for (email, sentence) in [
            ("", "Please fill this in."),
            ("una", "Please enter one email address, such as name@example.com."),
            // Whether anybody elsewhere has it is not said.
            ("nobody@borealis.example", "Nobody in this client has this address."),
        ] {
            let page = put(&mut olivia, &id, email).await;
            assert_eq!(error_at(&page.body, "email"), sentence);
            assert_eq!(value_of(&page.body, "email"), Some(email));
        }

        let una = id_of(&stage, "una").await;
        let fields = [SLUG, ("id", id.as_str()), ("user", una.as_str())];
        let page = olivia.submit("remove_group_member", &fields, &here).await;
        let said = text(&page.body);
        assert!(said.contains("no longer in the user group") && !said.contains("Una Ueda"), "{}", page.body);
        assert_eq!(olivia.call("remove_group_member", &fields).await.refused(), Error::NotFound);
    }

    async fn what_is_wrong_is_said_at_its_field_and_nothing_is_lost(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        made(&mut olivia, "Editors", &[]).await;
        let long = "x".repeat(200);
        for (name, sentence) in [
            ("", "Please fill this in."),
            (long.as_str(), "Please use at most 100 characters."),
            ("eDiTors ", "This is already in use. Please choose something else."),
            ("\u{ff25}ditors", "This is already in use. Please choose something else."),
            ("Full access", "This is already in use. Please choose something else."),
            ("vollzugriff", "This is already in use. Please choose something else."),
            ("Edi\u{202e}tors", "Please leave out control characters and invisible marks."),
        ] {
            let fields = [SLUG, ("group_name", name), ("description", "Why"), ("open", "true"), LIST];
            let fields = [&fields[..], &[permits("users.view")][..]].concat();
            let page = olivia.submit("create_group", &fields, NEW).await;
            assert_eq!(error_at(&page.body, "group_name"), sentence, "{name}");
            assert_eq!(value_of(&page.body, "group_name"), Some(name));
            assert_eq!(value_of(&page.body, "description"), Some("Why"));
            assert!(has(&page.body, "open", "checked"), "{name}");
            assert!(has(&page.body, "permission-users.view", "checked"), "{name}");
            assert!(!has(&page.body, "permission-users.edit", "checked"), "{name}");
        }
        assert_eq!(raw::number(&stage.db, "SELECT COUNT(*) FROM groups WHERE builtin IS NULL").await, 1);
    }

    async fn a_list_that_is_missing_takes_nothing_away(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let id = made(&mut olivia, "Editors", &["users.view"]).await;
        let here = format!("{GROUPS}/{id}");
        let lists: [&[(&str, &str)]; 5] =
            [&[], &[permits("users.view")], &[LIST, permits("*")], &[LIST, permits("null")], &[LIST, permits("")]];
        for list in lists {
            let group = [SLUG, ("id", id.as_str()), ("group_name", "Editors"), ("description", "")];
            let fields = [&group[..], list].concat();
            let answer = olivia.call("save_group", &fields).await;
            let refused = Error::at(Field::Permissions, Problem::NotOffered);
            assert_eq!((answer.status, answer.refused()), (422, refused), "{list:?}");
            let page = olivia.submit("save_group", &fields, &here).await;
            assert_eq!(sentence_at(&page.body, "permissions"), "Please choose one of those offered.", "{list:?}");
        }
        let page = olivia.page(&here).await;
        assert!(has(&page.body, "permission-users.view", "checked"), "{}", page.body);
    }

    async fn the_four_stay_as_they_are(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let id = builtin(&stage, "acme", BuiltinGroup::Management).await;
        let here = format!("{GROUPS}/{id}");
        let page = olivia.page(&here).await;
        let said = text(&page.body);
        assert!(said.contains("This user group stands in every client"), "{}", page.body);
        assert!(said.contains("Users and guests: all of it") && said.contains("User groups: some of it"), "{said}");
        assert!(said.contains("See users: permitted") && said.contains("Edit the client: not permitted"), "{said}");
        assert!(!page.body.contains("/do/save_group") && page.body.contains("/do/add_group_member"), "{}", page.body);
        let guests = olivia.page(&format!("{GROUPS}/{}", builtin(&stage, "acme", BuiltinGroup::Guest).await)).await;
        assert!(text(&guests.body).contains("Client: nothing of it"), "{}", guests.body);
        assert_eq!(olivia.page(&format!("{here}/delete")).await.status, 404);
        let fields = [SLUG, ("id", id.as_str()), ("group_name", "Mine"), ("description", ""), LIST];
        let refused = Error::at(Field::GroupName, Problem::Builtin);
        assert_eq!(olivia.call("save_group", &fields).await.refused(), refused);
        assert_eq!(olivia.call("delete_group", &[SLUG, ("id", &id)]).await.refused(), refused);
    }

    async fn the_last_with_full_access_stays_in(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let (full, own) = (builtin(&stage, "acme", BuiltinGroup::FullAccess).await, id_of(&stage, "olivia").await);
        let (here, fields) = (format!("{GROUPS}/{full}"), [SLUG, ("id", full.as_str()), ("user", own.as_str())]);
        let answer = olivia.call("remove_group_member", &fields).await;
        assert_eq!((answer.status, answer.refused()), (409, Error::LastFullAccess));
        let page = olivia.submit("remove_group_member", &fields, &here).await;
        let said = text(&page.body);
        assert!(said.contains("This is the last user who has full access"), "{}", page.body);
        assert!(said.contains("Olivia Okafor"), "{}", page.body);
    }

    async fn what_one_may_not_do_is_locked_and_says_what_is_missing(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let id = made(&mut olivia, "Readers", &["users.view"]).await;
        let mut una = stage.signed_in("una").await;
        let who = "People in the user group Full access can give it to you.";
        let needs = |name: &str| format!("For this you need the permission “{name}”. {who}");
        let list = una.page(GROUPS).await;
        assert_eq!(list.status, 200);
        assert!(text(&list.body).contains(&needs("Edit user groups")) && !list.body.contains(NEW), "{}", list.body);
        let here = format!("{GROUPS}/{id}");
        let page = una.page(&here).await;
        let said = text(&page.body);
        assert!(said.contains(&needs("Edit user groups")) && said.contains(&needs("See users")), "{}", page.body);
        assert!(!page.body.contains("/do/save_group") && !page.body.contains("group_member"), "{}", page.body);
        for path in [NEW.to_owned(), format!("{here}/delete")] {
            let page = una.page(&path).await;
            assert_eq!(page.status, 403, "{path}");
            assert!(text(&page.body).contains(&needs("Edit user groups")), "{path}: {}", page.body);
        }
        let refused = una.submit("delete_group", &[SLUG, ("id", &id)], &format!("{here}/delete")).await;
        assert_eq!(refused.status, 403);
        assert!(text(&refused.body).contains(&needs("Edit user groups")), "{}", refused.body);
        assert_eq!(olivia.page(&here).await.status, 200, "it is still there");
    }

    async fn nobody_gives_what_they_may_not_do_themselves(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let editors = made(&mut olivia, "Editors", &["groups.edit"]).await;
        let above = made(&mut olivia, "Clients", &["client.edit"]).await;
        put(&mut olivia, &editors, email_of("una")).await;
        let mut una = stage.signed_in("una").await;
        let page = una.page(NEW).await;
        assert!(has(&page.body, "permission-client.edit", "disabled"), "{}", page.body);
        assert!(!has(&page.body, "permission-groups.edit", "disabled"), "{}", page.body);
        assert!(text(&page.body).contains("What you may not do yourself you cannot permit."), "{}", page.body);

        let refused = Error::NotPermitted(Permission::ClientEdit);
        let new = [SLUG, ("group_name", "Mine"), ("description", ""), LIST, permits("client.edit")];
        assert_eq!(una.call("create_group", &new).await.refused(), refused);
        let own = id_of(&stage, "una").await;
        let (id, user) = (("id", above.as_str()), ("user", own.as_str()));
        for (function, fields) in [
            ("save_group", vec![SLUG, id, ("group_name", "Mine"), ("description", ""), LIST]),
            ("delete_group", vec![SLUG, id]),
            ("add_group_member", vec![SLUG, id, ("email", email_of("una"))]),
            ("remove_group_member", vec![SLUG, id, user]),
        ] {
            let answer = una.call(function, &fields).await;
            assert_eq!((answer.status, answer.refused()), (403, refused.clone()), "{function}");
        }
        let page = una.page(&format!("{GROUPS}/{above}")).await;
        assert!(text(&page.body).contains("“Edit the client”"), "{}", page.body);
        assert!(!page.body.contains("/do/save_group"), "{}", page.body);
        // What is within one's own rights can be given.
        made(&mut una, "Also editors", &["groups.edit", "groups.view"]).await;
    }

    async fn members_come_page_by_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let id = made(&mut olivia, "Crowd", &[]).await;
        let home = texts(&stage.db, "SELECT id FROM tenants WHERE slug = 'acme'").await.pop().expect("a client");
        let mut tx = stage.db.begin().await.expect("a transaction");
        for n in 0..60 {
            let (own, email) = (format!("crowd{n:04}"), format!("crowd{n}@bench.example"));
            let user = OneOfMany { id: &own, email: &email, last_name: &own, tenant_id: &home, password_hash: "" };
            bench::add_user(&mut tx, &user, stage.clock.now()).await.expect("added");
        }
        bench::join(&mut tx, &home, &id, "crowd0000", "crowd9999").await.expect("joined");
        tx.commit().await.expect("committed");
        let here = format!("{GROUPS}/{id}");
        let first = olivia.page(&here).await;
        assert_eq!(first.body.matches(" id=\"member-").count(), 50);
        assert!(text(&first.body).contains("Members: 60"), "{}", first.body);
        let older = attribute(tag(&first.body, &format!("href=\"{here}?after=")), "href").expect("a link").to_owned();
        let second = olivia.page(&older).await;
        assert_eq!(second.body.matches(" id=\"member-").count(), 10);
        assert!(text(&second.body).contains("To the beginning"), "{}", second.body);
        assert_eq!(olivia.page(&format!("{here}?after=nonsense")).await.body.matches(" id=\"member-").count(), 50);
    }
}
