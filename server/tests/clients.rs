//! The tabs User groups and Accounts: joining, leaving and entering, with JavaScript and without (GRP-1, TEN-2, TEN-3).

use domain::flows::group_edit::{self, NewGroup};
use domain::view::{Client, GroupsTab, Permission};
use domain::{Error, Field, Key, Language, Problem};

use crate::support::page::{attribute, between, tags, text};
use crate::support::{Answer, Browser, Stage, both, email_of};

const GROUPS: &str = "/c/acme/account/groups";
const ACCOUNTS: &str = "/c/acme/account/accounts";
const ACME: (&str, &str) = ("slug", "acme");
const BOREALIS: (&str, &str) = ("slug", "borealis");

/// Olivia makes a group at Acme Ltd; says its id.
async fn group(stage: &Stage, olivia: &Browser, name: &str, open: bool, permissions: &[Permission]) -> String {
    let new = NewGroup { name, description: "Who runs after work", open, permissions };
    group_edit::create(stage, &stage.member(olivia, "acme").await, &new).await.expect("a free name")
}

/// What the tab User groups shows.
async fn groups_of(browser: &mut Browser, slug: &str) -> GroupsTab {
    let answer = browser.call("load_groups", &[("slug", slug)]).await;
    let (client, tab): (Client, GroupsTab) = serde_json::from_str(&answer.body).expect("data");
    assert_eq!(client.slug, slug);
    tab
}

/// Whether somebody is in a group of a client, as the tab says.
async fn is_in(browser: &mut Browser, slug: &str, id: &str) -> bool {
    groups_of(browser, slug).await.mine.iter().any(|group| group.id == id)
}

/// Whether a page has a button or a link that says just this.
fn offers(html: &str, words: &str) -> bool {
    html.contains(&format!(">{words}<"))
}

/// The forms of a page that enter a client.
fn logins(answer: &Answer) -> usize {
    tags(&answer.body).iter().filter(|tag| attribute(tag, "action") == Some("/do/enter_client")).count()
}

fn says(html: &str, sentence: &str) {
    assert!(text(html).contains(sentence), "{sentence}: {html}");
}

both! {
    async fn a_group_is_joined_and_left_without_javascript(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Runners", true, &[Permission::GroupsView]).await;
        let mut una = stage.signed_in("una").await;
        let page = una.page(GROUPS).await;
        says(&page.body, "Other user groups");
        says(&page.body, "Runners");
        says(&page.body, "Who runs after work");
        assert!(offers(&page.body, "Join") && !offers(&page.body, "Leave"), "{}", page.body);

        let fields = [ACME, ("id", id.as_str())];
        let joined = una.submit("join_group", &fields, GROUPS).await;
        says(&joined.body, "You are in the user group now.");
        let leave = format!("{GROUPS}/{id}/leave");
        let link = tags(&joined.body).into_iter().find(|tag| attribute(tag, "href") == Some(leave.as_str()));
        assert_eq!(link.and_then(|tag| attribute(tag, "rel")), Some("external"), "{}", joined.body);
        assert!(!offers(&joined.body, "Join"), "{}", joined.body);
        says(&joined.body, "No other user group of Acme Ltd is open to joining.");

        let page = una.page(&leave).await;
        assert_eq!(page.status, 200);
        says(&page.body, "You leave the user group Runners of Acme Ltd.");
        says(&page.body, "You lose nothing: your other user groups permit the same.");
        says(&page.body, "You can join again as long as the user group is open to joining.");
        let cancel = tags(&page.body).into_iter().filter(|tag| attribute(tag, "href") == Some(GROUPS)).count();
        assert_eq!(cancel, 2, "the way back and Cancel");
        let left = una.submit("leave_group", &fields, &leave).await;
        says(&left.body, "You have left the user group.");
        assert!(offers(&left.body, "Join") && !offers(&left.body, "Leave"), "{}", left.body);
        assert_eq!(una.page(&leave).await.status, 404, "there is nothing to leave");
    }

    async fn a_group_is_joined_and_left_by_calls(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Runners", true, &[]).await;
        let mut una = stage.signed_in("una").await;
        let tab = groups_of(&mut una, "acme").await;
        assert!(tab.may_join && tab.mine.iter().all(|group| !group.may_leave));
        assert_eq!(tab.others.iter().map(|group| group.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
        let fields = [ACME, ("id", id.as_str())];
        // Whoever is in it stays in it, however often they say so.
        for _ in 0..2 {
            let joined = una.call("join_group", &fields).await;
            assert_eq!((joined.status, joined.body.as_str(), joined.header("location")), (200, "null", ""));
        }
        let tab = groups_of(&mut una, "acme").await;
        let open = tab.mine.iter().find(|group| group.id == id).expect("in it");
        assert!(open.may_leave && tab.others.is_empty());
        for _ in 0..2 {
            let left = una.call("leave_group", &fields).await;
            let location = "/c/acme/account/groups?notice=left";
            assert_eq!((left.status, left.header("location")), (200, location));
        }
        assert!(groups_of(&mut una, "acme").await.mine.iter().all(|group| group.id != id));
    }

    async fn what_permits_more_than_one_may_is_shown_locked(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Painters", true, &[Permission::ClientEdit]).await;
        let mut una = stage.signed_in("una").await;
        let page = una.page(GROUPS).await;
        let why = "For this you need the permission “Edit the client”. \
                   People in the user group Full access can give it to you.";
        says(&page.body, why);
        let reason = format!("locked-{id}");
        let of_group = |tag: &&str| attribute(tag, "aria-describedby") == Some(reason.as_str());
        let locked: Vec<_> = tags(&page.body).into_iter().filter(of_group).collect();
        assert!(locked.len() == 1 && locked[0].starts_with("button "), "{locked:?}");
        assert!(locked[0].split(' ').any(|part| part == "disabled"), "{locked:?}");
        assert!(!page.body.contains("action=\"/do/join_group\""), "{}", page.body);
        let fields = [ACME, ("id", id.as_str())];
        let answer = una.call("join_group", &fields).await;
        assert_eq!((answer.status, answer.refused()), (403, Error::NotPermitted(Permission::ClientEdit)));
        let page = una.submit("join_group", &fields, GROUPS).await;
        assert_eq!(text(&page.body).matches(why).count(), 2, "at the group, and why the form was refused");
    }

    async fn whoever_may_join_no_group_sees_why(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Runners", true, &[]).await;
        let mut greta = stage.signed_in("greta").await;
        let refusal = Error::NotPermitted(Permission::GroupsJoin);
        let page = greta.page(GROUPS).await;
        says(&page.body, &refusal.sentence(Language::De).expect("a sentence"));
        assert!(!page.body.contains("Runners") && !offers(&page.body, Language::De.text(Key::GroupsJoin)));
        for function in ["join_group", "leave_group"] {
            let answer = greta.call(function, &[ACME, ("id", &id)]).await;
            assert_eq!((answer.status, answer.refused()), (403, refusal.clone()), "{function}");
        }
        let page = greta.page(&format!("{GROUPS}/{id}/leave")).await;
        assert_eq!(page.status, 403);
        says(&page.body, &refusal.sentence(Language::De).expect("a sentence"));
    }

    async fn before_leaving_one_sees_what_is_lost_and_that_it_is_for_good(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Viewers", true, &[Permission::GroupsJoin, Permission::UsersView]).await;
        let at_acme = stage.member(&olivia, "acme").await;
        group_edit::add_member(&stage, &at_acme, &id, email_of("una")).await.expect("added");
        let mut una = stage.signed_in("una").await;
        let leave = format!("{GROUPS}/{id}/leave");
        let page = una.page(&leave).await;
        let lost = between(&page.body, "<dl class=\"facts\">", "</dl>");
        says(lost, Language::En.text(Key::PermissionUsersView));
        says(lost, Language::En.text(Key::PermissionUsersViewText));
        assert!(!text(lost).contains(Language::En.text(Key::PermissionGroupsJoin)), "what remains is not lost: {lost}");
        says(&page.body, "You cannot join again by yourself");
        let fields = [ACME, ("id", id.as_str())];
        una.submit("leave_group", &fields, &leave).await;
        let again = una.call("join_group", &fields).await.refused();
        assert_eq!(again, Error::NotPermitted(Permission::UsersView));
    }

    async fn whoever_leaves_their_last_group_is_told_so(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let id = group(&stage, &olivia, "Joiners", true, &[Permission::GroupsJoin]).await;
        let at_acme = stage.member(&olivia, "acme").await;
        group_edit::add_member(&stage, &at_acme, &id, email_of("una")).await.expect("added");
        let mut una = stage.signed_in("una").await;
        let (leave, last) = (format!("{GROUPS}/{id}/leave"), "This is your last user group");
        assert!(!text(&una.page(&leave).await.body).contains(last));
        let mine = groups_of(&mut una, "acme").await.mine;
        let user = mine.into_iter().find(|group| group.id != id).expect("one of the four");
        let una_id = stage.member(&una, "acme").await.actor().user_id().to_owned();
        group_edit::remove_member(&stage, &at_acme, &user.id, &una_id).await.expect("taken out");
        says(&una.page(&leave).await.body, last);
    }

    async fn what_is_not_open_stays_as_it_is(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let closed = group(&stage, &olivia, "Board", false, &[]).await;
        let own = groups_of(&mut olivia, "acme").await.mine.remove(0).id;
        let not_open = Error::at(Field::Group, Problem::NotOpen);
        let sentence = Problem::NotOpen.sentence(Language::En);
        says(&olivia.page(GROUPS).await.body, "Only people who look after user groups can take you out of it.");
        let mut una = stage.signed_in("una").await;
        for (function, id, page) in [
            ("join_group", &closed, GROUPS.to_owned()),
            ("join_group", &own, GROUPS.to_owned()),
            ("leave_group", &own, format!("{GROUPS}/{own}/leave")),
        ] {
            let fields = [ACME, ("id", id.as_str())];
            let answer = olivia.call(function, &fields).await;
            assert_eq!((answer.status, answer.refused()), (422, not_open.clone()), "{function}");
            assert_eq!(una.call(function, &fields).await.refused(), not_open, "{function}");
            let shown = olivia.submit(function, &fields, &page).await;
            says(&shown.body, &sentence);
        }
        assert_eq!(groups_of(&mut olivia, "acme").await.mine.remove(0).id, own);
    }

    async fn a_group_of_others_looks_like_one_that_does_not_exist(stage: Stage) {
        let mut greta = stage.signed_in("greta").await;
        let theirs = groups_of(&mut greta, "borealis").await.mine.remove(0).id;
        let mut una = stage.signed_in("una").await;
        for function in ["join_group", "leave_group"] {
            for id in [theirs.as_str(), "nothing", ""] {
                let answer = una.call(function, &[ACME, ("id", id)]).await;
                assert_eq!((answer.status, answer.body.as_str()), (404, "\"NotFound\""), "{function} {id}");
            }
        }
        let pages = [theirs.as_str(), "nothing"].map(|id| format!("{GROUPS}/{id}/leave"));
        let mut seen = Vec::new();
        for page in pages {
            let answer = una.page(&page).await;
            assert_eq!(answer.status, 404, "{page}");
            seen.push(answer.body.replace(answer.nonce(), ""));
        }
        assert_eq!(seen[0], seen[1]);
    }

    async fn another_client_is_entered_by_a_form(stage: Stage) {
        let mut greta = stage.signed_in("greta").await;
        let page = greta.page("/c/borealis/account/accounts").await;
        says(&page.body, "Acme Ltd");
        says(&page.body, Language::De.text(Key::AccountsKindHome));
        says(&page.body, Language::De.text(Key::AccountsKindGuest));
        assert_eq!(logins(&page), 1, "not into the client one is in: {}", page.body);
        assert_eq!(greta.page("/").await.header("location"), "/c/borealis/account");
        let fields = [("slug", "borealis"), ("client", "acme")];
        let entered = greta.send("enter_client", &fields, "/c/borealis/account/accounts").await;
        assert_eq!((entered.status, entered.header("location")), (303, "/c/acme/account"));
        assert_eq!(greta.page("/").await.header("location"), "/c/acme/account");
        let there = greta.page(ACCOUNTS).await;
        let head = between(&there.body, "<header", "</header>");
        assert!(head.contains("data-colour=\"blue\"") && head.contains("Acme Ltd"), "{head}");
        // The other tab stays in its client.
        let other = greta.page("/c/borealis/account/groups").await;
        assert!(between(&other.body, "<header", "</header>").contains("Borealis GmbH"), "{}", other.body);
        let back = greta.call("enter_client", &[ACME, ("client", "borealis")]).await;
        assert_eq!((back.status, back.header("location")), (200, "/c/borealis/account"));
        assert_eq!(greta.page("/").await.header("location"), "/c/borealis/account");
    }

    async fn two_tabs_act_each_in_its_own_client(stage: Stage) {
        let (olivia, mut greta) = (stage.signed_in("olivia").await, stage.signed_in("greta").await);
        let here = group(&stage, &olivia, "Runners", true, &[]).await;
        let joiners = group(&stage, &olivia, "Joiners", false, &[Permission::GroupsJoin]).await;
        let at_acme = stage.member(&olivia, "acme").await;
        group_edit::add_member(&stage, &at_acme, &joiners, email_of("greta")).await.expect("added");
        let new = NewGroup { name: "Runners", description: "", open: true, permissions: &[] };
        let at_borealis = stage.member(&greta, "borealis").await;
        let there = group_edit::create(&stage, &at_borealis, &new).await.expect("a free name");
        let (ours, theirs) = ([ACME, ("id", here.as_str())], [BOREALIS, ("id", there.as_str())]);

        // One tab enters Acme Ltd. The other was opened before, in Borealis GmbH.
        greta.call("enter_client", &[BOREALIS, ("client", "acme")]).await;
        assert_eq!(greta.call("join_group", &theirs).await.status, 200);
        assert!(is_in(&mut greta, "borealis", &there).await && !is_in(&mut greta, "acme", &here).await);
        assert_eq!(greta.page("/").await.header("location"), "/c/acme/account", "to act is not to enter");
        greta.call("enter_client", &[ACME, ("client", "borealis")]).await;
        assert_eq!(greta.call("join_group", &ours).await.status, 200);
        assert_eq!(greta.call("leave_group", &theirs).await.status, 200);
        assert!(is_in(&mut greta, "acme", &here).await && !is_in(&mut greta, "borealis", &there).await);
        for crossed in [[ACME, theirs[1]], [BOREALIS, ours[1]]] {
            for function in ["join_group", "leave_group"] {
                assert_eq!(greta.call(function, &crossed).await.status, 404, "{function} {crossed:?}");
            }
        }
        // What one tab leaves is closed in the other.
        assert_eq!(greta.call("leave_client", &[BOREALIS, ("client", "acme")]).await.status, 200);
        assert_eq!(greta.call("leave_group", &ours).await.status, 404);
        assert_eq!(greta.call("join_group", &theirs).await.status, 200);
    }

    async fn nobody_enters_or_leaves_a_client_they_do_not_belong_to(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let page = una.page(ACCOUNTS).await;
        assert_eq!(logins(&page), 0);
        says(&page.body, "You belong to one client.");
        for function in ["enter_client", "leave_client"] {
            for client in ["borealis", "nowhere", ""] {
                let answer = una.call(function, &[ACME, ("client", client)]).await;
                assert_eq!((answer.status, answer.body.as_str()), (404, "\"NotFound\""), "{function} {client}");
            }
        }
        let refused = una.submit("enter_client", &[ACME, ("client", "borealis")], ACCOUNTS).await;
        says(&refused.body, Language::En.text(Key::ErrorNotFound));
        let theirs = una.page(&format!("{ACCOUNTS}/borealis/leave")).await;
        let nowhere = una.page(&format!("{ACCOUNTS}/nowhere/leave")).await;
        assert_eq!((theirs.status, nowhere.status), (404, 404));
        let plain = |answer: &Answer| answer.body.replace(answer.nonce(), "");
        assert_eq!(plain(&theirs), plain(&nowhere));
        assert_eq!(una.page("/").await.header("location"), "/c/acme/account");
    }

    async fn a_guest_leaves_and_is_out_in_every_tab(stage: Stage) {
        let mut greta = stage.signed_in("greta").await;
        let mut elsewhere = stage.signed_in("greta").await;
        elsewhere.call("enter_client", &[("slug", "borealis"), ("client", "acme")]).await;
        assert_eq!(elsewhere.page(GROUPS).await.status, 200);
        let accounts = "/c/borealis/account/accounts";
        let page = greta.page(accounts).await;
        let leave = format!("{accounts}/acme/leave");
        assert!(page.body.contains(&format!("href=\"{leave}\"")), "{}", page.body);
        assert!(!page.body.contains("accounts/borealis/leave"), "the home client cannot be left");

        let asked = greta.page(&leave).await;
        says(&asked.body, &Language::De.fill(Key::PlainLeaveClientLead, &[("client", "Acme Ltd")]));
        says(&asked.body, Language::De.text(Key::BuiltinGuest));
        says(&asked.body, Language::De.text(Key::PermissionGroupsView));
        assert_eq!(elsewhere.page(GROUPS).await.status, 200, "looking leaves nothing");
        let left = greta.submit("leave_client", &[("slug", "borealis"), ("client", "acme")], &leave).await;
        says(&left.body, Language::De.text(Key::AccountsLeft));
        assert!(!left.body.contains("Acme Ltd"), "{}", left.body);
        for browser in [&mut greta, &mut elsewhere] {
            assert_eq!(browser.page(GROUPS).await.status, 404);
            assert_eq!(browser.call("load_groups", &[ACME]).await.status, 404);
            assert_eq!(browser.page("/").await.header("location"), "/c/borealis/account");
        }
        assert_eq!(greta.page(&leave).await.status, 404);
    }

    async fn whoever_leaves_the_client_of_the_page_goes_home(stage: Stage) {
        let mut greta = stage.signed_in("greta").await;
        let left = greta.call("leave_client", &[ACME, ("client", "acme")]).await;
        let home = "/c/borealis/account/accounts?notice=left";
        assert_eq!((left.status, left.header("location")), (200, home));
        let page = greta.page(home).await;
        says(&page.body, Language::De.text(Key::AccountsLeft));
    }

    async fn the_home_client_is_not_left(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.page(&format!("{ACCOUNTS}/acme/leave")).await;
        assert_eq!(page.status, 409);
        says(&page.body, "This is your main client, and it cannot be left.");
        let fields = [ACME, ("client", "acme")];
        let answer = olivia.call("leave_client", &fields).await;
        assert_eq!((answer.status, answer.refused()), (409, Error::HomeClient));
        assert_eq!(olivia.page(ACCOUNTS).await.status, 200);
    }
}
