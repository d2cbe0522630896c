//! What happened in a client, page by page and as a file (LOG-1, TEN-1).

use domain::error::Error;
use domain::flows::client::{self, Edit};
use domain::flows::client_activity::{self, MOST};
use domain::flows::group_edit::{self, NewGroup};
use domain::flows::{groups, personal};
use domain::view::{BuiltinGroup, ClientActivity, ClientFilter, Permission};

use crate::support::groups::{guest_in, make};
use crate::support::guests::{at_acme, of_acme};
use crate::support::{SignedIn, Stage, both, raw};

async fn olivia(stage: &Stage) -> SignedIn {
    of_acme(stage, "olivia", BuiltinGroup::FullAccess).await
}

async fn page(stage: &Stage, who: &SignedIn, filter: Option<ClientFilter>, before: Option<&str>) -> ClientActivity {
    client_activity::page(stage, &at_acme(stage, who).await, filter, before).await.expect("a read")
}

/// What happened, newest first: what, more about it, whom it concerns and who did it.
async fn said(stage: &Stage, who: &SignedIn, filter: Option<ClientFilter>) -> Vec<String> {
    let entries = page(stage, who, filter, None).await.entries.into_iter();
    entries.map(|entry| [entry.what, entry.detail, entry.person.unwrap_or_default(), entry.by].join(" | ")).collect()
}

async fn csv(stage: &Stage, who: &SignedIn, filter: Option<ClientFilter>) -> String {
    client_activity::csv(stage, &at_acme(stage, who).await, filter).await.expect("a read")
}

/// A little of everything, a second apart.
async fn a_little_of_all(stage: &Stage) -> (SignedIn, SignedIn) {
    let (olivia, max) = (olivia(stage).await, of_acme(stage, "max", BuiltinGroup::User).await);
    let runners = make(stage, &olivia, "Runners", true, &[Permission::GroupsView]).await;
    stage.clock.advance(1_000);
    groups::join(stage, &at_acme(stage, &max).await, &runners).await.expect("joined");
    stage.clock.advance(1_000);
    let new = NewGroup { name: "Walkers", description: "", open: false, permissions: &[Permission::UsersView] };
    let member = at_acme(stage, &olivia).await;
    let seen = group_edit::one(stage, &member, &runners).await.expect("a group");
    group_edit::save(stage, &member, &runners, &group_edit::version(stage, &seen), &new).await.expect("saved");
    stage.clock.advance(1_000);
    group_edit::remove_member(stage, &member, &runners, max.actor.user_id()).await.expect("removed");
    stage.clock.advance(1_000);
    let seen = client::version(stage, &client::view(stage, &member).await.expect("a read"));
    let edit = Edit { name: "Acme", colour: "blue", requires_second_factor: true };
    client::save(stage, &member, &seen, &edit).await.expect("saved");
    personal::save_names(stage, &max.actor, "Maxi", "Okafor").await.expect("saved");
    (olivia, max)
}

both! {
    async fn what_was_done_here_is_listed_newest_first(stage: Stage) {
        let (olivia, _) = a_little_of_all(&stage).await;
        let changed = "User group changed | Runners is now Walkers; now also permits: See users; \
                       no longer permits: See user groups; no longer open to join |  | Olivia Okafor";
        let all = [
            "Client renamed | From Acme Ltd to Acme |  | Olivia Okafor",
            "Taken out of a user group | Walkers | Maxi Okafor | Olivia Okafor",
            changed,
            "Joined a user group | Runners | Maxi Okafor | Maxi Okafor",
            "User group created | Runners; now also permits: See user groups; open to join |  | Olivia Okafor",
        ];
        assert_eq!(said(&stage, &olivia, None).await, all, "and his own name is his own affair");
        let parts = [
            (ClientFilter::Client, &all[..1]),
            (ClientFilter::Groups, &all[1..]),
            (ClientFilter::Users, &all[..0]),
            (ClientFilter::Guests, &all[..0]),
        ];
        for (filter, expected) in parts {
            assert_eq!(said(&stage, &olivia, Some(filter)).await, expected, "{filter:?}");
        }
        let newest = &page(&stage, &olivia, None, None).await.entries[0];
        let whence = (newest.browser.as_str(), newest.address.as_str(), newest.at.machine.as_str());
        assert_eq!(whence, ("Firefox, Linux", "192.0.2.1", "2026-11-21T12:45:04Z"));
    }

    async fn pages_lose_and_double_nothing_of_one_moment(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::User).await);
        for n in 0..20 {
            // Nobody's limit of tries is in the way, and the clock stands.
            raw::run(&stage.db, "DELETE FROM limits").await.expect("done");
            let group = make(&stage, &olivia, &format!("Group {n}"), true, &[]).await;
            groups::join(&stage, &at_acme(&stage, &max).await, &group).await.expect("joined");
            groups::leave(&stage, &at_acme(&stage, &max).await, &group).await.expect("left");
        }
        let (mut before, mut pages, mut all) = (None::<String>, Vec::new(), Vec::new());
        loop {
            let page = page(&stage, &olivia, None, before.as_deref()).await;
            pages.push(page.entries.len());
            all.extend(page.entries.into_iter().map(|entry| format!("{} {}", entry.what, entry.detail)));
            before = page.older;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(pages, [25, 25, 10]);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 60);
        for nonsense in ["", "x", "1.2", "a.b.c"] {
            assert_eq!(page(&stage, &olivia, None, Some(nonsense)).await.entries.len(), 25, "{nonsense}");
        }
    }

    async fn only_those_who_may_see_it_see_it_and_only_their_own(stage: Stage) {
        let (olivia, max) = a_little_of_all(&stage).await;
        let refusal = Error::NotPermitted(Permission::ActivityView);
        let member = at_acme(&stage, &max).await;
        assert_eq!(client_activity::page(&stage, &member, None, None).await, Err(refusal.clone()));
        assert_eq!(client_activity::csv(&stage, &member, None).await, Err(refusal));
        let greta = guest_in(&stage, "greta", BuiltinGroup::Management).await;
        assert_eq!(said(&stage, &greta, None).await, said(&stage, &olivia, None).await, "a guest who may sees it");
        let borealis = stage.tenant("Borealis GmbH", "borealis").await.id;
        let acme = stage.tenant("Acme Ltd", "acme").await.id;
        let moved = format!("UPDATE tenant_activity SET tenant_id = '{borealis}' WHERE tenant_id = '{acme}'");
        assert_eq!(raw::run(&stage.db, &moved).await.ok(), Some(3));
        let moved = format!("UPDATE activity SET tenant_id = '{borealis}' WHERE tenant_id = '{acme}'");
        assert_eq!(raw::run(&stage.db, &moved).await.ok(), Some(2));
        assert!(said(&stage, &olivia, None).await.is_empty(), "what belongs to another client is not shown");
    }

    async fn the_file_holds_no_formula_and_ten_thousand_entries_at_most(stage: Stage) {
        let olivia = olivia(&stage).await;
        make(&stage, &olivia, "=1+1, \"x\"", false, &[]).await;
        let head = "\u{feff}\"Time\",\"What\",\"Details\",\"User\",\"Done by\",\"Browser\",\"IP address\"\r\n";
        let line = "\"2026-11-21T12:45:00Z\",\"User group created\",\"'=1+1, \"\"x\"\"\",\"\",\"Olivia Okafor\",\
                    \"Firefox, Linux\",\"192.0.2.1\"\r\n";
        assert_eq!(csv(&stage, &olivia, None).await, format!("{head}{line}"));
        assert_eq!(csv(&stage, &olivia, Some(ClientFilter::Users)).await, head, "nothing is a head alone");
        let (acme, many) = (stage.tenant("Acme Ltd", "acme").await.id, MOST + 50);
        let fill = format!(
            "INSERT INTO tenant_activity (tenant_id, id, at, kind, actor_id, address, browser, detail)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
             SELECT '{acme}', 'x' || i, i, 'factor_freed', 'nobody', '', '', '' FROM n"
        );
        assert_eq!(raw::run(&stage.db, &fill).await.expect("done"), u64::try_from(many).expect("it fits"));
        let all = csv(&stage, &olivia, None).await;
        assert_eq!((all.lines().count(), all.starts_with(&format!("{head}{line}"))), (1 + MOST, true), "the newest");
        let last = "\"1970-01-01T00:00:00.052Z\",\"A second factor is no longer required\",\"\",\"\",\
                    \"somebody whose account no longer exists\",\"\",\"\"\r\n";
        assert!(all.ends_with(last), "{:?}", all.lines().last());
    }
}
