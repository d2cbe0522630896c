//! Who is in a user group, and that somebody with full access always stays (TEN-1, TEN-3, GRP-1).

use domain::error::{Error, Field, Problem, Result};
use domain::flows::{group_edit, rights};
use domain::view::{BuiltinGroup, Permission};

use crate::support::groups::{crowd, groups_said, guest_in, make};
use crate::support::guests::{at_acme, group_of_acme, of_acme, outsider, put_into};
use crate::support::{SignedIn, Somebody, Stage, both};

async fn olivia(stage: &Stage) -> SignedIn {
    of_acme(stage, "olivia", BuiltinGroup::FullAccess).await
}

async fn add(stage: &Stage, by: &SignedIn, group: &str, email: &str) -> Result<()> {
    group_edit::add_member(stage, &at_acme(stage, by).await, group, email).await
}

async fn remove(stage: &Stage, by: &SignedIn, group: &str, user_id: &str) -> Result<()> {
    group_edit::remove_member(stage, &at_acme(stage, by).await, group, user_id).await
}

async fn held(stage: &Stage, tenant_id: &str, who: &Somebody) -> Vec<Permission> {
    let mut tx = stage.db.begin().await.expect("a transaction");
    rights::held(&mut tx, tenant_id, &who.id).await.expect("a read")
}

/// How many have full access, whether they can use it or not.
async fn in_full_access(stage: &Stage) -> i64 {
    let group = group_of_acme(stage, BuiltinGroup::FullAccess).await;
    stage.number(&format!("SELECT COUNT(*) FROM group_members WHERE group_id = '{group}'")).await
}

both! {
    async fn people_of_the_client_are_put_in_and_taken_out(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::User).await);
        let group = make(&stage, &olivia, "Viewers", false, &[Permission::UsersView]).await;
        for typed in [" MAX@Acme.Example ", "max@acme.example"] {
            assert_eq!(add(&stage, &olivia, &group, typed).await, Ok(()), "twice is once");
        }
        assert!(at_acme(&stage, &max).await.may(Permission::UsersView));
        let seen = group_edit::members(&stage, &at_acme(&stage, &max).await, &group, None).await.expect("a read");
        let [row] = seen.members.as_slice() else { panic!("{seen:?}") };
        assert_eq!((row.id.as_str(), row.guest, seen.older), (max.actor.user_id(), false, None));
        assert_eq!((row.person.email.as_str(), row.since.human.as_str()), (&*max.email, "21 Nov 2026, 12:45 UTC"));
        assert_eq!(remove(&stage, &olivia, &group, max.actor.user_id()).await, Ok(()));
        assert!(!at_acme(&stage, &max).await.may(Permission::UsersView), "at the next request");
        for nobody in [max.actor.user_id(), "nobody", ""] {
            assert_eq!(remove(&stage, &olivia, &group, nobody).await, Err(Error::NotFound), "{nobody}");
        }
        let said = [
            "Taken out of a user group | Viewers | Olivia Okafor",
            "Put into a user group | Viewers | Olivia Okafor",
        ];
        assert_eq!(groups_said(&stage, &max).await, said);
    }

    async fn whoever_does_not_belong_to_the_client_looks_like_nobody(stage: Stage) {
        let olivia = olivia(&stage).await;
        let group = make(&stage, &olivia, "Sales", false, &[]).await;
        let stranger = outsider(&stage, "greta").await;
        for (typed, problem) in [
            (stranger.email.as_str(), Problem::NobodyHere),
            ("nobody@acme.example", Problem::NobodyHere),
            ("", Problem::Empty),
            ("olivia@acme.example,max@acme.example", Problem::NotAnAddress),
        ] {
            assert_eq!(add(&stage, &olivia, &group, typed).await, Err(Error::at(Field::Email, problem)), "{typed}");
        }
        assert_eq!(remove(&stage, &olivia, &group, &stranger.id).await, Err(Error::NotFound));
        let greta = guest_in(&stage, "gina", BuiltinGroup::Guest).await;
        assert_eq!(add(&stage, &olivia, &group, &greta.email).await, Ok(()));
        let seen = group_edit::members(&stage, &at_acme(&stage, &olivia).await, &group, None).await.expect("a read");
        assert_eq!(seen.members.iter().map(|row| row.guest).collect::<Vec<_>>(), [true]);
    }

    async fn fifty_stand_on_a_page(stage: Stage) {
        let olivia = olivia(&stage).await;
        let group = make(&stage, &olivia, "Crowd", false, &[]).await;
        crowd(&stage, &group, 120).await;
        let member = at_acme(&stage, &olivia).await;
        let (mut after, mut pages, mut all) = (None::<String>, Vec::new(), Vec::new());
        loop {
            let page = group_edit::members(&stage, &member, &group, after.as_deref()).await.expect("a read");
            pages.push(page.members.len());
            all.extend(page.members.into_iter().map(|row| row.id));
            after = page.older;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [50, 50, 20]);
        let expected: Vec<_> = (0..120).rev().map(|n| format!("crowd{n:04}")).collect();
        assert_eq!(all, expected);
        for nonsense in ["", "x", "1", "x.y"] {
            let page = group_edit::members(&stage, &member, &group, Some(nonsense)).await.expect("a read");
            assert_eq!(page.members[0].id, "crowd0119", "{nonsense}");
        }
        assert_eq!(group_edit::one(&stage, &member, &group).await.expect("a read").members, 120);
    }

    async fn the_last_with_full_access_stays(stage: Stage) {
        let olivia = olivia(&stage).await;
        let own = olivia.actor.user_id().to_owned();
        let full = group_of_acme(&stage, BuiltinGroup::FullAccess).await;
        let refusal = Err(Error::LastFullAccess);
        assert_eq!(remove(&stage, &olivia, &full, &own).await, refusal);
        let fresh = stage.newcomer("una").await;
        put_into(&stage, &fresh.id, BuiltinGroup::FullAccess).await;
        assert_eq!(remove(&stage, &olivia, &full, &own).await, refusal, "who has no password yet does not count");
        guest_in(&stage, "greta", BuiltinGroup::FullAccess).await;
        assert_eq!(remove(&stage, &olivia, &full, &own).await, refusal, "nor does a guest");
        let max = stage.person("max").await;
        put_into(&stage, &max.id, BuiltinGroup::FullAccess).await;
        stage.disable(&max).await;
        assert_eq!(remove(&stage, &olivia, &full, &own).await, refusal, "nor who is disabled");
        assert_eq!(remove(&stage, &olivia, &full, &fresh.id).await, Ok(()), "who does not count may go");
        assert_eq!(remove(&stage, &olivia, &full, "nobody").await, Err(Error::NotFound));
        let eve = of_acme(&stage, "eve", BuiltinGroup::FullAccess).await;
        assert_eq!(remove(&stage, &olivia, &full, &own).await, Ok(()));
        let refused = remove(&stage, &olivia, &full, eve.actor.user_id()).await;
        assert_eq!(refused, Err(Error::NotPermitted(Permission::GroupsEdit)), "and has no rights any more");
        assert_eq!(remove(&stage, &eve, &full, eve.actor.user_id()).await, refusal);
    }

    async fn of_two_administrators_who_leave_at_once_one_stays(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::FullAccess).await);
        let full = group_of_acme(&stage, BuiltinGroup::FullAccess).await;
        let other = stage.again().await;
        for round in 0..10 {
            let (here, there) = (at_acme(&stage, &olivia).await, at_acme(&other, &max).await);
            // Each leaves, or each takes the other's: whoever comes second has lost the right to.
            let crosswise = round % 2 == 1;
            let [first, second] = if crosswise { [&max, &olivia] } else { [&olivia, &max] };
            let (a, b) = tokio::join!(
                group_edit::remove_member(&stage, &here, &full, first.actor.user_id()),
                group_edit::remove_member(&other, &there, &full, second.actor.user_id()),
            );
            let late = if crosswise { Error::NotPermitted(Permission::GroupsEdit) } else { Error::LastFullAccess };
            let outcomes = [a, b];
            assert!(outcomes.contains(&Ok(())) && outcomes.contains(&Err(late)), "{round}: {outcomes:?}");
            assert_eq!(in_full_access(&stage).await, 1, "{round}");
            for who in [&olivia, &max] {
                put_into(&stage, who.actor.user_id(), BuiltinGroup::FullAccess).await;
            }
        }
    }

    async fn what_is_held_is_the_sum_of_this_client_alone(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let borealis = stage.tenant("Borealis GmbH", "borealis").await;
        assert_eq!(held(&stage, &acme.id, &olivia).await, BuiltinGroup::User.permissions());
        put_into(&stage, &olivia.id, BuiltinGroup::FullAccess).await;
        assert_eq!(held(&stage, &acme.id, &olivia).await, Permission::ALL);
        assert!(held(&stage, &borealis.id, &olivia).await.is_empty());
        stage.disable(&olivia).await;
        assert!(held(&stage, &acme.id, &olivia).await.is_empty(), "a request under way has none left");
    }
}
