//! The list of the users of a client, and making one (ADM-1, ENUM-2), as plain forms and as data.

use domain::flows::group_edit::{self, NewGroup};
use domain::flows::users::{self, Invitee};
use domain::store::users as rows;
use domain::view::{BuiltinGroup, Permission};
use domain::{Error, Field, Problem};

use crate::support::page::{attribute, between, input, tag, tags, text, value_of};
use crate::support::raw::{number, run, texts};
use crate::support::{Answer, Stage, both, email_of, link_in};

pub const USERS: &str = "/c/acme/manage/users";
const NEW: &str = "/c/acme/manage/users/new";
pub const SLUG: (&str, &str) = ("slug", "acme");
const BY_EMAIL: (&str, &str) = ("method", "password, email");

/// Fails where a page does not say this.
pub fn says(page: &Answer, sentence: &str) {
    assert!(text(&page.body).contains(sentence), "{sentence}: {}", page.body);
}

/// The error at a field.
pub fn error_at(html: &str, id: &str) -> String {
    let element = tag(html, &format!(" id=\"{id}-error\""));
    text(between(html, &format!("<{element}>"), "</p>"))
}

/// The names in the list, from the top.
fn listed(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    let headings = page.body.split("<h2>").skip(1).filter_map(|rest| rest.split_once("</h2>"));
    let links = headings.filter(|(heading, _)| heading.contains(&format!("href=\"{USERS}/")));
    links.map(|(heading, _)| text(between(heading, "\">", "</a>"))).collect()
}

/// The box of a value, ticked or not.
pub fn is_ticked(page: &Answer, value: &str) -> bool {
    let boxes = tags(&page.body).into_iter().filter(|tag| tag.contains(&format!(" value=\"{value}\"")));
    let mut boxes = boxes.filter(|tag| !tag.contains("type=\"hidden\""));
    boxes.next().unwrap_or_else(|| panic!("{}", page.body)).split(' ').any(|part| part == "checked")
}

/// The id of whoever has this address.
pub async fn id_of(stage: &Stage, email: &str) -> String {
    rows::by_email(&stage.db, email).await.expect("a read").expect("a user").id
}

/// The id of one of the four groups of a client.
pub async fn group(stage: &Stage, slug: &str, group: BuiltinGroup) -> String {
    let of_client = format!("SELECT id FROM tenants WHERE slug = '{slug}'");
    let sql = format!("SELECT id FROM groups WHERE builtin = '{}' AND tenant_id = ({of_client})", group.code());
    texts(&stage.db, &sql).await.pop().expect("one of the four")
}

/// A user of Borealis GmbH and of no other client; says the id.
pub async fn outsider(stage: &Stage, email: &str) -> String {
    let group = BuiltinGroup::User;
    let invitee = Invitee { email, first_name: "Ole", last_name: "Olsen", language: None, tenant_id: "", group };
    users::invite(stage, "borealis", invitee).await.expect("invited");
    id_of(stage, email).await
}

/// So many more users of Acme Ltd, Zed Crowd00 and so on, who came at the same moment.
pub async fn crowd(stage: &Stage, many: usize) {
    let home = texts(&stage.db, "SELECT id FROM tenants WHERE slug = 'acme'").await.pop().expect("a client");
    let mut tx = stage.db.begin().await.expect("a transaction");
    for n in 0..many {
        let (email, last_name) = (format!("crowd{n}@acme.example"), format!("Crowd{n:02}"));
        let invitee = Invitee {
            email: &email,
            first_name: "Zed",
            last_name: &last_name,
            language: None,
            tenant_id: &home,
            group: BuiltinGroup::User,
        };
        users::add(&mut tx, stage, &invitee).await.expect("a free address");
    }
    tx.commit().await.expect("committed");
}

/// Nora, who is to become a user of Acme Ltd.
pub fn nora<'a>(email: &'a str, group: &'a str) -> Vec<(&'a str, &'a str)> {
    let names = [SLUG, ("first_name", "Nora"), ("last_name", "Novak")];
    [&names[..], &[("email", email), ("language", "de"), ("group[]", group), BY_EMAIL]].concat()
}

both! {
    async fn the_list_is_searched_narrowed_and_sorted_by_its_url(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.page(USERS).await;
        assert_eq!(listed(&page), ["Greta Gruber", "Max Mustermann", "Olivia Okafor", "Una Ueda"]);
        for said in ["una@acme.example", "Full access", "Password and email code", "Borealis GmbH", "Guest", "Never"] {
            says(&page, said);
        }
        let found = olivia.page(&format!("{USERS}?search=GRU&filter=guest&sort=email&order=desc")).await;
        assert_eq!(listed(&found), ["Greta Gruber"]);
        assert_eq!(value_of(&found.body, "search"), Some("GRU"));
        assert!(tag(&found.body, " value=\"guest\"").contains(" selected"), "{}", found.body);
        // A new search keeps how the list is sorted, and a column turns it round.
        assert_eq!(attribute(tag(&found.body, " name=\"order\""), "value"), Some("desc"));
        let turned = format!("href=\"{USERS}?search=GRU&amp;filter=guest&amp;sort=email\"");
        assert_eq!(attribute(tag(&found.body, &turned), "aria-current"), Some("true"));
        let turned = olivia.page(&format!("{USERS}?sort=email&order=desc")).await;
        assert_eq!(listed(&turned), ["Una Ueda", "Olivia Okafor", "Max Mustermann", "Greta Gruber"]);

        let nobody = olivia.page(&format!("{USERS}?search=zzz")).await;
        says(&nobody, "Nobody in Acme Ltd matches this search.");
        assert!(nobody.body.contains(&format!("href=\"{USERS}\"")), "{}", nobody.body);
        let unknown = olivia.page(&format!("{USERS}?filter=x&sort=y&order=z&after=%00&is_admin=1")).await;
        assert_eq!(listed(&unknown).len(), 4);
    }

    async fn the_list_goes_on_page_by_page(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        crowd(&stage, 55).await;
        let first = olivia.page(&format!("{USERS}?search=crowd")).await;
        assert_eq!(listed(&first).len(), 50);
        assert!(!text(&first.body).contains("First page"), "{}", first.body);
        let next = tag(&first.body, &format!("href=\"{USERS}?search=crowd&amp;after="));
        let next = attribute(next, "href").expect("a link").replace("&amp;", "&");
        let second = olivia.page(&next).await;
        assert_eq!(listed(&second), ["Zed Crowd50", "Zed Crowd51", "Zed Crowd52", "Zed Crowd53", "Zed Crowd54"]);
        says(&second, "First page");
        assert!(!text(&second.body).contains("Next page"), "{}", second.body);
    }

    async fn a_user_is_made_in_the_client_that_the_page_names(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let page = olivia.page(NEW).await;
        for said in ["Create a user in Acme Ltd", "Create in Acme Ltd", "Acme Ltd becomes the main client"] {
            says(&page, said);
        }
        let is_button = |tag: &&str| tag.starts_with("button ") && attribute(tag, "data-colour") == Some("blue");
        assert_eq!(tags(&page.body).iter().filter(|tag| is_button(tag)).count(), 1, "{}", page.body);
        assert!(is_ticked(&page, &own) && is_ticked(&page, "password, email"));
        // The client asks for a second step of everybody.
        assert!(!page.body.contains("value=\"password\""), "{}", page.body);

        let fields = [nora("Nora@acme.example", &own), vec![("send", "true")]].concat();
        let page = olivia.submit("create_user", &fields, NEW).await;
        says(&page, "The user has been created, and the activation email is on its way.");
        for said in ["Nora Novak", "nora@acme.example", "Not activated"] {
            says(&page, said);
        }
        stage.deliver().await;
        let letters = stage.letters_to("nora@acme.example");
        let letter = letters.first().expect("a letter");
        assert!(letter.subject.contains("Acme Ltd"), "{}", letter.subject);
        assert_eq!(stage.browser().page(&link_in(letter)).await.status, 200);
        let home = "SELECT COUNT(*) FROM users u JOIN tenants t ON t.id = u.home_tenant_id
                     WHERE u.email = 'nora@acme.example' AND t.slug = 'acme'";
        assert_eq!(number(&stage.db, home).await, 1);
    }

    async fn the_activation_letter_may_be_put_off_and_sent_again(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let page = olivia.submit("create_user", &nora("nora@acme.example", &own), NEW).await;
        says(&page, "No activation email has been sent yet.");
        stage.deliver().await;
        assert!(stage.letters_to("nora@acme.example").is_empty());
        let id = id_of(&stage, "nora@acme.example").await;
        let (here, fields) = (format!("{USERS}/{id}"), [SLUG, ("id", id.as_str())]);
        let page = olivia.submit("send_activation", &fields, &here).await;
        says(&page, "A new activation email is on its way.");
        stage.deliver().await;
        assert_eq!(stage.letters_to("nora@acme.example").len(), 1);
        // Too early for another; and whoever has a password needs none.
        let page = olivia.submit("send_activation", &fields, &here).await;
        says(&page, "Too many tries.");
        let una = id_of(&stage, email_of("una")).await;
        let answer = olivia.call("send_activation", &[SLUG, ("id", &una)]).await;
        assert_eq!((answer.status, answer.refused()), (404, Error::NotFound));
    }

    async fn what_is_wrong_with_a_new_user_is_said_at_its_field(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let fields = [SLUG, ("first_name", "Zoë <b>"), ("last_name", " "), ("email", "zoe"), BY_EMAIL];
        let page = olivia.submit("create_user", &fields, NEW).await;
        assert_eq!(value_of(&page.body, "first_name"), Some("Zoë &lt;b&gt;"));
        assert_eq!(value_of(&page.body, "email"), Some("zoe"));
        assert_eq!(error_at(&page.body, "last_name"), "Please fill this in.");
        assert_eq!(error_at(&page.body, "group"), "Please choose at least one user group.");
        assert!(!is_ticked(&page, &own), "it was not sent, so it was not ticked");
        assert!(!input(&page.body, "send").contains(" checked"));

        let foreign = group(&stage, "borealis", BuiltinGroup::User).await;
        for (fields, status, error) in [
            (nora("una@acme.example", &own), 422, Error::at(Field::Email, Problem::Taken)),
            (nora(email_of("greta"), &own), 422, Error::at(Field::Email, Problem::Taken)),
            (nora("nora@acme.example", &foreign), 404, Error::NotFound),
            (nora("nora@acme.example", "*"), 404, Error::NotFound),
            ([nora("nora@acme.example", &own), vec![("is_admin", "true")]].concat(), 422, Error::UnknownField),
            ([nora("nora@acme.example", &own), vec![("email_verified", "1")]].concat(), 422, Error::UnknownField),
        ] {
            let answer = olivia.call("create_user", &fields).await;
            assert_eq!((answer.status, answer.refused()), (status, error), "{fields:?}");
        }
        let mut alone = nora("nora@acme.example", &own);
        for method in ["password", "password, app", "", "*"] {
            *alone.last_mut().expect("the method") = ("method", method);
            let page = olivia.submit("create_user", &alone, NEW).await;
            assert_eq!(error_at(&page.body, "method"), "Please choose one of those offered.", "{method}");
        }
        assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM users").await, 4);
    }

    async fn where_the_client_allows_it_a_password_is_enough(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        run(&stage.db, "UPDATE tenants SET requires_second_factor = FALSE").await.expect("free");
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let page = olivia.page(NEW).await;
        assert!(is_ticked(&page, "password, email") && !is_ticked(&page, "password"));
        let mut fields = nora("nora@acme.example", &own);
        *fields.last_mut().expect("the method") = ("method", "password");
        assert_eq!(olivia.call("create_user", &fields).await.status, 200);
        let off = "SELECT COUNT(*) FROM users WHERE email = 'nora@acme.example' AND second_factor = 'off'";
        assert_eq!(number(&stage.db, off).await, 1);
    }

    async fn an_address_of_another_client_becomes_the_offer_to_invite(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        outsider(&stage, "ole@borealis.example").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let fields = nora("ole@borealis.example", &own);
        let answer = olivia.call("create_user", &fields).await;
        assert_eq!((answer.status, answer.refused()), (422, Error::at(Field::Email, Problem::Elsewhere)));
        let page = olivia.submit("create_user", &fields, NEW).await;
        let sentence = "This address cannot get a new account here. Its owner can be invited as a guest.";
        assert_eq!(error_at(&page.body, "email"), sentence);
        says(&page, "ole@borealis.example can be invited to Acme Ltd as a guest");
        assert!(!page.body.contains("Olsen") && !page.body.contains("Borealis"), "{}", page.body);
        let form = between(&page.body, "action=\"/do/invite_guest\"", "</form>");
        let of = |name: &str| attribute(tag(form, &format!(" name=\"{name}\"")), "value").expect("a value").to_owned();
        let (email, guests) = (of("email"), of("group"));
        assert_eq!(guests, group(&stage, "acme", BuiltinGroup::Guest).await);
        let invite = [SLUG, ("email", email.as_str()), ("group", guests.as_str())];
        let page = olivia.submit("invite_guest", &invite, NEW).await;
        says(&page, "The invitation is open for seven days.");
        says(&page, "ole@borealis.example");
        assert!(!olivia.page(NEW).await.body.contains("/do/invite_guest"), "it is offered once");
    }

    async fn the_offer_to_invite_says_what_is_missing_for_it(stage: Stage) {
        let (olivia, una) = (stage.signed_in("olivia").await, id_of(&stage, email_of("una")).await);
        outsider(&stage, "ole@borealis.example").await;
        let permissions = [Permission::UsersView, Permission::UsersEdit, Permission::GuestsInvite];
        let new = NewGroup { name: "Clerks", description: "", open: false, permissions: &permissions };
        let at_acme = stage.member(&olivia, "acme").await;
        let clerks = group_edit::create(&stage, &at_acme, &new).await.expect("a free name");
        group_edit::add_member(&stage, &at_acme, &clerks, email_of("una")).await.expect("added");
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        group_edit::remove_member(&stage, &at_acme, &own, &una).await.expect("taken out");
        let mut una = stage.signed_in("una").await;
        let page = una.submit("create_user", &nora("ole@borealis.example", &clerks), NEW).await;
        let offer = between(&page.body, "ole@borealis.example can be invited to Acme Ltd", "</div>");
        assert!(text(offer).contains("“See user groups”"), "what she lacks is not to invite: {offer}");
        assert!(!page.body.contains("/do/invite_guest"), "{}", page.body);
    }

    async fn a_refused_list_takes_nothing_else_with_it(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        outsider(&stage, "ole@borealis.example").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let mut fields = nora("ole@borealis.example", &own);
        fields.extend(std::iter::repeat_n(("group[]", own.as_str()), 60));
        let page = olivia.submit("create_user", &fields, NEW).await;
        assert_eq!(value_of(&page.body, "first_name"), Some("Nora"));
        says(&page, "ole@borealis.example can be invited to Acme Ltd as a guest");
    }

    async fn whoever_may_not_is_told_what_is_missing(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let id = id_of(&stage, email_of("max")).await;
        for (path, missing) in [(USERS.to_owned(), "See users"), (format!("{USERS}/{id}"), "See users")] {
            let page = una.page(&path).await;
            assert_eq!(page.status, 403, "{path}");
            says(&page, &format!("For this you need the permission “{missing}”."));
            assert!(!page.body.contains("max@acme.example"), "{path}: {}", page.body);
        }
        let page = una.page(NEW).await;
        assert_eq!(page.status, 403);
        says(&page, "“Create and edit users”. People in the user group Full access can give it to you.");
        for function in ["create_user", "save_user", "save_user_groups", "send_activation", "disable_user"] {
            let answer = una.call(function, &[SLUG]).await;
            let missing = Error::NotPermitted(Permission::UsersEdit);
            assert_eq!((answer.status, answer.refused()), (403, missing), "{function}");
        }
    }
}
