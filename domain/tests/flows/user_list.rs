//! The list of the users of a client: found, narrowed, sorted, and page by page (TEN-1).

use domain::actor::Member;
use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::flows::users::{self, Invitee};
use domain::flows::{guests as guest_flow, personal, user_list};
use domain::store::user_pages::{self, Asked};
use domain::store::{self, Db, user_list as rows};
use domain::view::{
    BuiltinGroup, ListedUser, Permission, SecondFactor, SignedInBy, UserFilter, UserPage, UserQuery, UserSort,
    UserState,
};

use crate::support::groups::crowd;
use crate::support::guests::{at_acme, group_of_acme, guest, of_acme, outsider, signed_in};
use crate::support::{SignedIn, Stage, both, raw};

/// A user of Acme Ltd who has not chosen a password yet; says the id.
async fn add(stage: &Stage, first_name: &str, last_name: &str, email: &str) -> String {
    let tenant = stage.tenant("Acme Ltd", "acme").await;
    let group = BuiltinGroup::User;
    let invitee = Invitee { email, first_name, last_name, language: None, tenant_id: &tenant.id, group };
    let mut tx = stage.db.begin().await.expect("a transaction");
    let id = users::add(&mut tx, stage, &invitee).await.expect("a free address");
    tx.commit().await.expect("committed");
    id
}

async fn manager(stage: &Stage) -> (SignedIn, Member) {
    let max = of_acme(stage, "max", BuiltinGroup::Management).await;
    let member = at_acme(stage, &max).await;
    (max, member)
}

async fn page(stage: &Stage, member: &Member, query: &str) -> UserPage {
    user_list::page(stage, member, &UserQuery::read(query)).await.expect("a page")
}

/// The local parts of the addresses on a page.
fn names(page: &UserPage) -> Vec<&str> {
    page.users.iter().map(|user| user.person.email.split('@').next().unwrap_or("")).collect()
}

async fn found(stage: &Stage, member: &Member, query: &str) -> Vec<String> {
    names(&page(stage, member, query).await).into_iter().map(str::to_owned).collect()
}

fn one<'a>(page: &'a UserPage, name: &str) -> &'a ListedUser {
    let at = names(page).iter().position(|there| *there == name).expect("in the list");
    &page.users[at]
}

both! {
    async fn people_are_found_by_the_beginnings_of_words_in_any_order(stage: Stage) {
        let (_, max) = manager(&stage).await;
        add(&stage, "Zo\u{eb}", "M\u{fc}\u{df}ig", "zoe@acme.example").await;
        add(&stage, "\u{141}ukasz", "O'Neil-Zorn", "l.neil@sub.acme.example").await;
        add(&stage, "Una", "Zoellner", "una@acme.example").await;
        for (typed, who) in [
            ("zoe", vec!["una", "zoe"]),
            ("MUSSIG ZOE", vec!["zoe"]),
            ("zo mu", vec!["zoe"]),
            ("%C5%81UKA", vec!["l.neil"]),
            ("neil", vec!["l.neil"]),
            ("o+zorn", vec!["l.neil"]),
            ("l.neil%40sub.ac", vec!["l.neil"]),
            ("una%40", vec!["una"]),
            ("oellner", vec![]),
            ("zoe una", vec!["una"]),
            ("zoe una max", vec![]),
            ("a b c d e f g h i", vec![]),
        ] {
            assert_eq!(found(&stage, &max, &format!("search={typed}")).await, who, "{typed}");
        }
        assert_eq!(found(&stage, &max, "").await, ["l.neil", "max", "una", "zoe"], "sorted as they are read");
    }

    async fn what_nobody_is_called_finds_nobody_and_breaks_nothing(stage: Stage) {
        let (_, max) = manager(&stage).await;
        for odd in ["%25", "_", "%27+OR+1%3D1+--", "%3Dactive", "%00", "%F0%9F%98%80", "%EF%BF%BF", "=guest"] {
            let page = page(&stage, &max, &format!("search={odd}")).await;
            assert!(page.users.is_empty() && page.next.is_none() && page.query.is_narrow(), "{odd}");
        }
        let long = "x".repeat(5_000);
        assert!(found(&stage, &max, &format!("search={long}")).await.is_empty());
        for odd in ["after=", "after=x", "after=.", "after=%00.%27", "filter=all&sort=id&order=up", "is_admin=1"] {
            assert_eq!(found(&stage, &max, odd).await, ["max"], "{odd}");
        }
    }

    async fn a_new_name_and_a_new_address_are_found_at_once_and_the_old_ones_never_again(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        personal::save_names(&stage, &here.actor, "Nadja", "Ebert").await.expect("saved");
        assert_eq!(found(&stage, &max, "search=ebert nad").await, ["olivia"]);
        assert!(found(&stage, &max, "search=okafor olivia").await.is_empty());
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(store::users::set_email(&mut tx, &olivia.id, "nadja@new.example", 0).await, Ok(true));
        tx.commit().await.expect("committed");
        assert_eq!(found(&stage, &max, "search=new").await, ["nadja"]);
        assert!(found(&stage, &max, "search=olivia").await.is_empty());
        assert_eq!(found(&stage, &max, "sort=email").await, ["max", "nadja"]);
    }

    async fn the_list_is_narrowed_to_how_it_stands_with_people(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let (olivia, una) = (stage.person("olivia").await, stage.newcomer("una").await);
        let pia = stage.newcomer("pia").await;
        stage.disable(&olivia).await;
        let (_, _, with_app) = stage.person_with_app("ada").await;
        guest(&stage, &signed_in, "greta", BuiltinGroup::Guest).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        store::user_edit::set_api_access(&mut tx, &una.id, true).await.expect("set");
        store::user_edit::set_first_factor(&mut tx, &una.id, SecondFactor::Off, 0).await.expect("set");
        store::users::set_provider(&mut tx, &pia.id, Some("acme-login"), 0).await.expect("set");
        tx.commit().await.expect("committed");
        let who = |filter: UserFilter| match filter {
            UserFilter::Active => vec!["ada", "max"],
            UserFilter::Disabled => vec!["olivia"],
            UserFilter::NotActivated => vec!["pia", "una"],
            UserFilter::FactorOff | UserFilter::ApiAccess => vec!["una"],
            UserFilter::Provider => vec!["pia"],
            UserFilter::Guest => vec!["greta"],
            UserFilter::FactorEmail => vec!["max", "olivia"],
            UserFilter::FactorApp => vec!["ada"],
        };
        for filter in UserFilter::ALL {
            let query = UserQuery { filter: Some(filter), ..UserQuery::default() };
            assert_eq!(found(&stage, &max, &query.write()).await, who(filter), "{filter:?}");
        }
        assert_eq!(found(&stage, &max, "filter=active&search=okafor ad").await, ["ada"]);
        assert_eq!(with_app.email, "ada@acme.example");
        let all = page(&stage, &max, "").await;
        let states = [("ada", UserState::Active), ("olivia", UserState::Disabled), ("una", UserState::NotActivated)];
        for (name, state) in states {
            assert_eq!(one(&all, name).state, state, "{name}");
        }
        // The operator's file names no provider by now, so it is called by its id.
        let listed = one(&all, "pia");
        assert_eq!((listed.provider.as_deref(), listed.factor, listed.method), (Some("acme-login"), None, None));
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(store::users::bind(&mut tx, &pia.id, "https://login.acme.example", "sub-1", 0).await, Ok(true));
        tx.commit().await.expect("committed");
        assert_eq!(found(&stage, &max, "filter=active").await, ["ada", "max", "pia"]);
        let listed = page(&stage, &max, "search=pia").await.users.remove(0);
        assert_eq!((listed.method, listed.factor), (Some(SignedInBy::Provider), None));
    }

    async fn each_user_stands_on_one_page_whatever_they_are_sorted_by(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let tenant = stage.tenant("Acme Ltd", "acme").await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        for n in 0..110 {
            // Many have the same name and came at the same moment.
            let (email, last_name) = (format!("u{n}@acme.example"), format!("Same {}", n % 3));
            let (language, group) = (None, BuiltinGroup::User);
            let (first_name, last_name) = ("Ulla", last_name.as_str());
            let one = Invitee { email: &email, first_name, last_name, language, tenant_id: &tenant.id, group };
            users::add(&mut tx, &stage, &one).await.expect("a free address");
        }
        tx.commit().await.expect("committed");
        for sort in UserSort::ALL {
            let mut ways = Vec::new();
            for descending in [false, true] {
                let mut query = UserQuery { sort, descending, ..UserQuery::default() };
                let (mut ids, mut pages) = (Vec::new(), 0);
                loop {
                    let page = page(&stage, &max, &query.write()).await;
                    ids.extend(page.users.iter().map(|user| user.id.clone()));
                    pages += 1;
                    let Some(next) = page.next else { break };
                    assert_eq!(page.users.len(), user_list::SHOWN);
                    query = next;
                }
                assert_eq!((ids.len(), pages), (111, 3), "{sort:?}");
                ways.push(ids);
            }
            ways[1].reverse();
            assert_eq!(ways[0], ways[1], "{sort:?}: the same the other way round");
            ways[0].sort();
            ways[0].dedup();
            assert_eq!(ways[0].len(), 111, "{sort:?}: each once");
        }
    }

    async fn both_ways_to_look_find_the_same(stage: Stage) {
        let (_, max) = manager(&stage).await;
        for n in 0..12 {
            add(&stage, &format!("Anna{}", n % 2), &format!("Berg{}", n % 3), &format!("u{n}@acme.example")).await;
        }
        for typed in ["anna1 berg", "an", "=not-activated berg2", "u1 a b acme"] {
            let terms: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            for (sort, descending) in UserSort::ALL.into_iter().flat_map(|sort| [(sort, false), (sort, true)]) {
                let after = rows::Place::start(sort, descending);
                let asked = Asked { sort, descending, after: &after, terms: &terms, few: false, most: 4 };
                let walked = user_pages::page(&stage.db, max.tenant_id(), &asked).await.expect("a read");
                let asked = Asked { few: true, ..asked };
                let looked = user_pages::page(&stage.db, max.tenant_id(), &asked).await.expect("a read");
                let ids = |rows: Vec<rows::Listed>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
                let (walked, looked) = (ids(walked), ids(looked));
                assert!(!walked.is_empty() && walked == looked, "{terms:?} {sort:?}");
            }
        }
        let terms = ["anna".to_owned(), "nobody".to_owned(), "=not-activated".to_owned()];
        assert_eq!(rows::sizes(&stage.db, max.tenant_id(), &terms, 7).await, Ok(vec![7, 0, 7]));
    }

    async fn searches_among_very_many_take_turns(stage: Stage) {
        let (_, max) = manager(&stage).await;
        crowd(&stage, &group_of_acme(&stage, BuiltinGroup::User).await, 2_001).await;
        let bytes = if matches!(stage.db, Db::Postgres(_)) { "BYTEA" } else { "BLOB" };
        for word in ["alpha", "beta"] {
            let sql = format!(
                "INSERT INTO user_words (tenant_id, word, user_id)
                 SELECT tenant_id, CAST('{word}' AS {bytes}), user_id FROM memberships WHERE user_id LIKE 'crowd%'"
            );
            assert_eq!(raw::run(&stage.db, &sql).await.expect("done"), 2_001);
        }
        let many = UserQuery::read("search=alpha beta");
        let all = stage.walks.try_acquire_many(user_list::WALKS as u32).expect("nobody searches");
        assert_eq!(user_list::page(&stage, &max, &many).await, Err(Error::Busy));
        assert_eq!(found(&stage, &max, "search=max").await, ["max"], "what few are called is found all the same");
        drop(all);
        assert!(user_list::page(&stage, &max, &many).await.is_ok());
    }

    async fn the_last_sign_in_is_kept_to_the_millisecond_and_sorts(stage: Stage) {
        let (_, max) = manager(&stage).await;
        stage.newcomer("una").await;
        let olivia = stage.person("olivia").await;
        stage.clock.advance(MINUTE + 5 * SECOND);
        signed_in(&stage, &olivia).await;
        let all = page(&stage, &max, "sort=last-sign-in&order=desc").await;
        assert_eq!(names(&all), ["olivia", "max", "una"]);
        let at = |name| one(&all, name).last_sign_in.as_ref().map(|at| at.machine.as_str());
        assert_eq!(at("olivia"), Some("2026-11-21T12:46:05Z"));
        assert_eq!((at("max"), at("una")), (Some("2026-11-21T12:45:00Z"), None));
    }

    async fn a_guest_is_shown_as_a_guest_and_gone_with_the_membership(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let greta = guest(&stage, &signed_in, "greta", BuiltinGroup::Guest).await;
        let all = page(&stage, &max, "search=greta").await;
        let row = one(&all, "greta");
        assert_eq!((row.state, row.home.as_ref().map(|home| home.slug.as_str())), (UserState::Guest, Some("borealis")));
        assert_eq!((row.method, row.factor, row.last_sign_in.is_none()), (None, None, true));
        assert_eq!(row.groups, ["Guest"]);
        let row = page(&stage, &max, "search=max").await.users.remove(0);
        assert_eq!((row.method, row.factor), (Some(SignedInBy::Email), Some(SecondFactor::Email)));
        assert_eq!(row.groups, ["Management", "User"]);
        guest_flow::remove(&stage, &max, greta.actor.user_id()).await.expect("removed");
        assert!(found(&stage, &max, "search=greta").await.is_empty());
        let left_over = "SELECT COUNT(*) FROM user_words WHERE tenant_id || user_id NOT IN
                           (SELECT tenant_id || user_id FROM memberships)";
        assert_eq!(stage.number(left_over).await, 0);
    }

    async fn only_those_who_may_see_users_see_those_of_their_client(stage: Stage) {
        let (_, max) = manager(&stage).await;
        outsider(&stage, "boris").await;
        assert_eq!(found(&stage, &max, "").await, ["max"]);
        assert!(found(&stage, &max, "search=boris").await.is_empty());
        let una = of_acme(&stage, "una", BuiltinGroup::Guest).await;
        let answer = user_list::page(&stage, &at_acme(&stage, &una).await, &UserQuery::default()).await;
        assert_eq!(answer, Err(Error::NotPermitted(Permission::UsersView)));
    }

    async fn whoever_was_there_before_the_list_is_listed_at_the_next_start(stage: Stage) {
        let (_, max) = manager(&stage).await;
        stage.person("olivia").await;
        let before = "INSERT INTO unlisted_users SELECT id FROM users";
        for sql in ["DELETE FROM user_words", "DELETE FROM listed_users", before] {
            raw::run(&stage.db, sql).await.expect("done");
        }
        assert!(found(&stage, &max, "").await.is_empty());
        let again = stage.home.url.open_migrated().await.expect("migrated");
        again.close().await;
        assert_eq!(found(&stage, &max, "").await, ["max", "olivia"]);
        assert_eq!(found(&stage, &max, "filter=active&search=okafor").await, ["max", "olivia"]);
        let at = page(&stage, &max, "search=max").await.users.remove(0).last_sign_in;
        assert!(at.is_some(), "as far as it is known when they were last here");
        assert_eq!(stage.number("SELECT COUNT(*) FROM unlisted_users").await, 0);
    }
}
