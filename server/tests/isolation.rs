//! One client sees nothing of another (TEN-1), nobody does what no group of theirs permits, and no form takes more than
//! it shows (ADM-1): every page and every server function, as everybody. Both lists come from the router itself.

pub mod client;

use domain::Error;
use domain::view::{BuiltinGroup, ManagePage, Permission};

use self::client::Client;
use crate::sources;
use crate::support::page::{attribute, tags};
use crate::support::raw::{dump, run, texts};
use crate::support::{Answer, Browser, Stage, WRONG, both};

/// Who asks, and in which of the four groups of Acme Ltd they are.
const ROLES: [(&str, BuiltinGroup); 4] = [
    ("olivia", BuiltinGroup::FullAccess),
    ("max", BuiltinGroup::Management),
    ("una", BuiltinGroup::User),
    ("greta", BuiltinGroup::Guest),
];

/// What has to be permitted to whoever calls it. Each function of the pages that look after a client is here.
const NEEDS: [(&str, Permission); 21] = [
    ("add_group_member", Permission::GroupsEdit),
    ("create_group", Permission::GroupsEdit),
    ("create_user", Permission::UsersEdit),
    ("delete_group", Permission::GroupsEdit),
    ("disable_user", Permission::UsersEdit),
    ("enable_user", Permission::UsersEdit),
    ("end_user_sessions", Permission::UsersEdit),
    ("invite_guest", Permission::GuestsInvite),
    ("join_group", Permission::GroupsJoin),
    ("leave_group", Permission::GroupsJoin),
    ("remove_group_member", Permission::GroupsEdit),
    ("remove_guest", Permission::GuestsInvite),
    ("resend_invitation", Permission::GuestsInvite),
    ("reset_user_factor", Permission::UsersEdit),
    ("save_client", Permission::ClientEdit),
    ("save_group", Permission::GroupsEdit),
    ("save_user", Permission::UsersEdit),
    ("save_user_groups", Permission::UsersEdit),
    ("save_user_method", Permission::UsersEdit),
    ("send_activation", Permission::UsersEdit),
    ("withdraw_invitation", Permission::GuestsInvite),
];

/// What is sent as a list.
const LISTS: [(&str, &str); 5] = [
    ("create_group", "permissions"),
    ("create_user", "group"),
    ("save_group", "permissions"),
    ("save_user", "group"),
    ("save_user_groups", "group"),
];

/// Fields that somebody may try, and that no form takes.
const EXTRA: [&str; 5] = ["is_admin", "tenant_id", "email_verified", "home_tenant_id", "password_hash"];

/// Everybody, signed in.
async fn everybody(stage: &Stage) -> Vec<(Browser, BuiltinGroup)> {
    let mut all = Vec::new();
    for (name, group) in ROLES {
        all.push((stage.signed_in(name).await, group));
    }
    all
}

/// The server functions that ask for a client, with what they take.
fn functions() -> Vec<(&'static str, &'static [&'static str])> {
    let paths = server::server_function_paths().into_iter();
    let all = paths.map(|path| (path, server::fields::of(path).unwrap_or_else(|| panic!("{path} takes what?"))));
    let of_a_client = all.filter(|(_, takes)| takes.contains(&"slug"));
    of_a_client.map(|(path, takes)| (path.strip_prefix("/do/").expect("the one prefix"), takes)).collect()
}

/// What goes into a field that is no id.
fn filling(field: &str) -> &'static str {
    match field {
        "permissions" => "none",
        "email" | "new_email" => "somebody@nowhere.example",
        "first_name" | "last_name" | "group_name" | "client_name" | "key_name" => "Somebody",
        "days" => "30",
        "language" => "en",
        "colour" => "red",
        "factor" | "method" => "email",
        "version" => "0",
        "page" => "factor",
        "with" => "recovery",
        "code" => "BCDF-GHJK",
        "open" | "api_access" | "requires_second_factor" | "send" | "kept" => "true",
        "current_password" | "new_password" | "repeat_password" => WRONG,
        "description" | "reason" | "kind" | "before" => "",
        other => panic!("say here what to put into {other}"),
    }
}

/// Calls a function at the client `slug`, with what is in `client`; an `id` is the one of this kind.
async fn call(browser: &mut Browser, function: (&str, &[&str]), slug: &str, client: &Client, kind: usize) -> Answer {
    let (name, takes) = function;
    let fields: Vec<(String, &str)> = takes
        .iter()
        .map(|field| {
            let value: &str = match *field {
                "slug" => slug,
                "id" => client.ids()[kind],
                "group" => &client.group,
                "user" => &client.user,
                "client" => client.slug,
                // Of all that it takes, what is never refused for itself.
                "method" if name == "save_user_method" => "password",
                other => filling(other),
            };
            let brackets = if LISTS.contains(&(name, *field)) { "[]" } else { "" };
            (format!("{field}{brackets}"), value)
        })
        .collect();
    let fields: Vec<_> = fields.iter().map(|(field, value)| (field.as_str(), *value)).collect();
    browser.moved().call(name, &fields).await
}

fn assert_alike(one: &Answer, other: &Answer, what: &str) {
    assert_eq!((one.status, &one.body), (other.status, &other.body), "{what}");
    assert_eq!(one.lasting_headers(), other.lasting_headers(), "{what}");
}

/// The paths of the pages of a client, with `client` in them; an `id` is the one of this kind.
fn pages(slug: &str, client: &Client, kind: usize) -> Vec<(String, String)> {
    let all = server::page_paths().into_iter().filter(|path| path.starts_with("/c/{slug}"));
    let filled = all.map(|path| {
        let whole = path.replace("{slug}", slug).replace("{id}", client.ids()[kind]).replace("{client}", client.slug);
        assert!(!whole.contains('{'), "say here what to put into {path}");
        (path, whole)
    });
    filled.collect()
}

/// What a page says, less what differs each time, and with one name for what it was asked for.
fn said(answer: &Answer, client: &Client) -> String {
    let names = client.ids().into_iter().chain([client.slug]);
    names.fold(answer.body.replace(answer.nonce(), ""), |body, name| body.replace(name, "name"))
}

/// The permissions that open a page of those who look after a client.
fn opened_by(path: &str) -> Option<Vec<Permission>> {
    let rest = path.strip_prefix("/c/{slug}/manage/")?;
    let page = ManagePage::ALL.into_iter().find(|page| rest.split('/').next() == Some(page.path()));
    let mut needed = vec![page.unwrap_or_else(|| panic!("what opens {path}?")).permission()];
    if rest.starts_with("groups/") && (rest.ends_with("/new") || rest.ends_with("/delete")) {
        needed.push(Permission::GroupsEdit);
    }
    if rest == "users/new" {
        needed.push(Permission::UsersEdit);
    }
    Some(needed)
}

/// The rows of the database in which this id stands.
async fn rows_with(stage: &Stage, id: &str) -> Vec<String> {
    let mut rows: Vec<_> = dump(&stage.db).await.lines().filter(|row| row.contains(id)).map(str::to_owned).collect();
    rows.sort();
    rows
}

both! {
    async fn a_foreign_client_and_none_look_alike_to_every_function(stage: Stage) {
        let people = everybody(&stage).await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        let before = dump(&stage.db).await;
        for (mut browser, role) in people {
            for function in functions() {
                let what = format!("{} as {role:?}", function.0);
                let theirs = call(&mut browser, function, foreign.slug, &foreign, 0).await;
                let nowhere = call(&mut browser, function, none.slug, &none, 0).await;
                assert_eq!((theirs.status, theirs.refused()), (404, Error::NotFound), "{what}");
                assert_alike(&theirs, &nowhere, &what);
            }
            let file = |slug: &str| format!("/c/{slug}/manage/activity.csv");
            let theirs = browser.post(&file(foreign.slug), &[], "/").await;
            let nowhere = browser.post(&file(none.slug), &[], "/").await;
            assert_eq!(theirs.status, 404);
            assert_alike(&theirs, &nowhere, "the file of the activity");
        }
        assert!(dump(&stage.db).await == before, "something was written");
    }

    async fn a_foreign_id_and_none_look_alike_to_every_function(stage: Stage) {
        let people = everybody(&stage).await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        let cirrus = texts(&stage.db, "SELECT id FROM tenants WHERE slug = 'cirrus'").await.pop().expect("a client");
        let before = rows_with(&stage, &cirrus).await;
        let with_ids = |takes: &[&str]| takes.iter().any(|field| ["id", "group", "user", "client"].contains(field));
        let functions: Vec<_> = functions().into_iter().filter(|(_, takes)| with_ids(takes)).collect();
        assert!(functions.len() >= NEEDS.len(), "{functions:?}");
        for (mut browser, role) in people {
            for function in &functions {
                // Thirty acts a minute are not enough for all of these calls, and no limit is what is tried here.
                run(&stage.db, "DELETE FROM limits").await.expect("done");
                for kind in 0..foreign.ids().len() {
                    let what = format!("{} as {role:?}, {kind}", function.0);
                    let theirs = call(&mut browser, *function, "acme", &foreign, kind).await;
                    let nowhere = call(&mut browser, *function, "acme", &none, kind).await;
                    assert!(theirs.status < 500 && theirs.status != 400, "{what}: {}", theirs.body);
                    assert_alike(&theirs, &nowhere, &what);
                }
            }
        }
        assert_eq!(rows_with(&stage, &cirrus).await, before, "a row of another client was touched");
    }

    async fn what_no_group_permits_is_refused_and_changes_nothing(stage: Stage) {
        let people = everybody(&stage).await;
        let own = Client::own(&stage, &people[0].0).await;
        let before = dump(&stage.db).await;
        for (mut browser, role) in people {
            for (name, permission) in NEEDS.into_iter().filter(|(_, needed)| !role.permissions().contains(needed)) {
                let function = functions().into_iter().find(|(known, _)| *known == name).expect("a function");
                for kind in 0..own.ids().len() {
                    let answer = call(&mut browser, function, "acme", &own, kind).await;
                    let refused = (answer.status, answer.refused());
                    assert_eq!(refused, (403, Error::NotPermitted(permission)), "{name} as {role:?}, {kind}");
                }
            }
        }
        assert!(dump(&stage.db).await == before, "something was written");
    }

    async fn what_is_foreign_and_what_is_not_there_look_alike_on_every_page(stage: Stage) {
        let people = everybody(&stage).await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        for (mut browser, role) in people {
            for ((path, theirs), (_, nowhere)) in
                pages(foreign.slug, &foreign, 0).into_iter().zip(pages(none.slug, &none, 0))
            {
                let (theirs, nowhere) = (browser.page(&theirs).await, browser.page(&nowhere).await);
                assert_eq!((theirs.status, nowhere.status), (404, 404), "{path} as {role:?}");
                assert!(!theirs.body.contains("Cirrus") && !theirs.body.contains("Carla"), "{}", theirs.body);
                assert_eq!(said(&theirs, &foreign), said(&nowhere, &none), "{path} as {role:?}");
            }
            for kind in 0..foreign.ids().len() {
                let all = pages("acme", &foreign, kind).into_iter().zip(pages("acme", &none, kind));
                for ((path, theirs), (_, nowhere)) in all.filter(|((_, theirs), (_, nowhere))| theirs != nowhere) {
                    let (theirs, nowhere) = (browser.page(&theirs).await, browser.page(&nowhere).await);
                    assert_eq!(theirs.status, nowhere.status, "{path} as {role:?}, {kind}");
                    assert!([403, 404].contains(&theirs.status), "{path} as {role:?}, {kind}: {}", theirs.status);
                    assert_eq!(said(&theirs, &foreign), said(&nowhere, &none), "{path} as {role:?}, {kind}");
                }
            }
        }
    }

    async fn a_page_opens_to_those_whose_groups_permit_it(stage: Stage) {
        let people = everybody(&stage).await;
        let own = Client::own(&stage, &people[0].0).await;
        for (mut browser, role) in people {
            for kind in 0..2 {
                let of_kind = |path: &str| !path.contains("{id}") || path.contains(["/groups/", "/users/"][kind]);
                for (path, whole) in pages("acme", &own, kind).into_iter().filter(|(path, _)| of_kind(path)) {
                    let Some(needed) = opened_by(&path) else { continue };
                    let lacks = needed.iter().any(|permission| !role.permissions().contains(permission));
                    let answer = browser.page(&whole).await;
                    assert_eq!(answer.status, if lacks { 403 } else { 200 }, "{path} as {role:?}: {}", answer.body);
                }
            }
        }
    }

    async fn every_page_leads_strangers_to_the_sign_in(stage: Stage) {
        stage.people().await;
        let half = stage.half_signed_in("olivia").await;
        let (foreign, none) = (Client::foreign(&stage).await, Client::none());
        for mut browser in [stage.browser(), half] {
            for client in [&foreign, &none] {
                for (path, whole) in pages(client.slug, client, 0) {
                    let answer = browser.page(&whole).await;
                    let led = (answer.status, answer.header("location").to_owned(), answer.body);
                    assert_eq!(led, (303, format!("/sign-in?next={whole}"), String::new()), "{path}");
                }
            }
        }
    }

    async fn no_function_takes_a_field_that_is_not_its_own(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let before = dump(&stage.db).await;
        for path in server::server_function_paths() {
            let name = path.strip_prefix("/do/").expect("the one prefix");
            let takes = server::fields::of(path).unwrap_or_else(|| panic!("{path} takes what?"));
            for extra in EXTRA {
                let slug = takes.contains(&"slug").then_some(("slug", "acme"));
                let fields: Vec<_> = slug.into_iter().chain([(extra, "true")]).collect();
                let answer = olivia.call(name, &fields).await;
                assert_eq!((answer.status, answer.refused()), (422, Error::UnknownField), "{name}: {extra}");
                let sent = olivia.send(name, &fields, "/c/acme/account").await;
                assert_eq!((sent.status, sent.header("location")), (303, "/c/acme/account"), "{name}: {extra}");
            }
        }
        assert!(dump(&stage.db).await == before, "something was written");
        let fields = [("slug", "acme"), ("client_name", "Mine"), ("colour", "red"), ("slug_of", "x")];
        let page = olivia.submit("save_client", &fields, "/c/acme/manage/client").await;
        assert!(page.body.contains("This form holds something that does not belong in it"), "{}", page.body);
    }

    async fn every_form_sends_what_its_function_takes(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let own = Client::own(&stage, &olivia).await;
        let mut met = 0;
        for kind in 0..2 {
            for (path, whole) in pages("acme", &own, kind) {
                let page = olivia.page(&whole).await;
                for form in page.body.split("<form").skip(1) {
                    let form = format!("<form{}", form.split("</form>").next().unwrap_or_default());
                    let parts = tags(&form);
                    let action = attribute(parts[0], "action").unwrap_or_default();
                    let Some(takes) = server::fields::of(action) else { continue };
                    met += 1;
                    for name in parts.iter().filter_map(|tag| attribute(tag, "name")) {
                        let known = takes.contains(&name.split('[').next().unwrap_or_default());
                        assert!(known, "{path}: {name} goes to {action}");
                        let is_list = action.strip_prefix("/do/").is_some_and(|function| {
                            LISTS.iter().any(|(list, field)| *list == function && name.starts_with(field))
                        });
                        assert_eq!(name.ends_with("[]"), is_list, "{path}: {name} goes to {action}");
                    }
                }
            }
        }
        assert!(met > 15, "only {met} forms were found");
    }
}

#[test]
fn each_function_that_looks_after_a_client_says_what_it_needs() {
    let mut met = 0;
    for source in sources::rust_in(&["app/src/plain/manage"]) {
        for rest in source.text.split("endpoint = \"").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(NEEDS.iter().any(|(known, _)| *known == name), "{}: {name}", source.path);
            met += 1;
        }
    }
    assert!(met > 5, "only {met} were found");
}
