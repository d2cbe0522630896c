//! Joining and leaving user groups by oneself (GRP-1, TEN-1).

use domain::error::{Error, Field, Problem};
use domain::flows::groups;
use domain::view::{BuiltinGroup, GroupLoss, GroupsTab, Permission};
use tokio::task::JoinSet;

use crate::support::groups::{about_groups, foreign, groups_said, guest_in, make};
use crate::support::guests::{at_acme, group_of_acme, of_acme, put_into, take_from};
use crate::support::{SignedIn, Stage, both};

/// Olivia, who may do everything, and Max, who is a user.
async fn two(stage: &Stage) -> (SignedIn, SignedIn) {
    (of_acme(stage, "olivia", BuiltinGroup::FullAccess).await, of_acme(stage, "max", BuiltinGroup::User).await)
}

async fn tab(stage: &Stage, who: &SignedIn) -> GroupsTab {
    groups::tab(stage, &at_acme(stage, who).await).await.expect("a read")
}

async fn join(stage: &Stage, who: &SignedIn, group: &str) -> Result<(), Error> {
    groups::join(stage, &at_acme(stage, who).await, group).await
}

async fn leave(stage: &Stage, who: &SignedIn, group: &str) -> Result<(), Error> {
    groups::leave(stage, &at_acme(stage, who).await, group).await
}

async fn loss(stage: &Stage, who: &SignedIn, group: &str) -> Result<GroupLoss, Error> {
    groups::loss(stage, &at_acme(stage, who).await, group).await
}

fn not_open() -> Error {
    Error::at(Field::Group, Problem::NotOpen)
}

both! {
    async fn an_open_group_is_joined_and_left(stage: Stage) {
        let (olivia, max) = two(&stage).await;
        let runners = make(&stage, &olivia, "Runners", true, &[Permission::GroupsView]).await;
        make(&stage, &olivia, "Closed", false, &[]).await;
        let before = tab(&stage, &max).await;
        let offered: Vec<_> = before.others.iter().map(|group| (group.name.as_str(), group.lacks)).collect();
        assert_eq!(offered, [("Runners", None)]);
        assert_eq!((before.mine.len(), before.may_join), (1, true));
        stage.clock.advance(60_000);
        for _ in 0..2 {
            assert_eq!(join(&stage, &max, &runners).await, Ok(()), "twice is once");
        }
        let joined = tab(&stage, &max).await;
        let mine: Vec<_> = joined.mine.iter().map(|group| (group.name.as_str(), group.may_leave)).collect();
        assert_eq!(mine, [("User", false), ("Runners", true)], "the four first");
        assert_eq!(joined.mine[1].since.human, "21 Nov 2026, 12:46 UTC");
        assert!(joined.others.is_empty());
        for _ in 0..2 {
            assert_eq!(leave(&stage, &max, &runners).await, Ok(()), "twice is once");
        }
        assert_eq!(tab(&stage, &max).await, before);
        let said = ["Left a user group | Runners | ", "Joined a user group | Runners | "];
        assert_eq!(groups_said(&stage, &max).await, said);
        assert_eq!(about_groups(&stage, &max).await[0].address, "192.0.2.1");
    }

    async fn what_is_closed_above_ones_rights_or_elsewhere_is_refused(stage: Stage) {
        let (olivia, max) = two(&stage).await;
        let closed = make(&stage, &olivia, "Closed", false, &[]).await;
        let above = make(&stage, &olivia, "Above", true, &[Permission::GroupsView, Permission::UsersEdit]).await;
        let elsewhere = foreign(&stage).await;
        let [full, user] = [BuiltinGroup::FullAccess, BuiltinGroup::User];
        let (full, user) = (group_of_acme(&stage, full).await, group_of_acme(&stage, user).await);
        let offered = tab(&stage, &max).await.others;
        assert_eq!((offered.len(), offered[0].lacks), (1, Some(Permission::UsersView)));
        for (group, refusal) in [
            (&closed, not_open()),
            (&full, not_open()),
            (&above, Error::NotPermitted(Permission::UsersView)),
            (&elsewhere, Error::NotFound),
            (&"nothing".to_owned(), Error::NotFound),
            (&String::new(), Error::NotFound),
            (&"*".to_owned(), Error::NotFound),
        ] {
            assert_eq!(join(&stage, &max, group).await, Err(refusal), "{group}");
        }
        for (group, refusal) in [(&user, not_open()), (&closed, not_open()), (&elsewhere, Error::NotFound)] {
            assert_eq!(leave(&stage, &max, group).await, Err(refusal), "{group}");
        }
        assert_eq!(leave(&stage, &olivia, &full).await, Err(not_open()), "nor the last with full access");
        assert_eq!(tab(&stage, &max).await.mine.len(), 1);
        assert!(groups_said(&stage, &max).await.is_empty());
    }

    async fn whoever_may_not_join_is_told_of_nothing_to_join(stage: Stage) {
        let (olivia, _) = two(&stage).await;
        let runners = make(&stage, &olivia, "Runners", true, &[]).await;
        let greta = guest_in(&stage, "greta", BuiltinGroup::Guest).await;
        let seen = tab(&stage, &greta).await;
        assert!(!seen.may_join && seen.others.is_empty() && !seen.mine[0].may_leave);
        let refusal = Error::NotPermitted(Permission::GroupsJoin);
        assert_eq!(join(&stage, &greta, &runners).await, Err(refusal.clone()));
        assert_eq!(leave(&stage, &greta, &runners).await, Err(refusal.clone()));
        assert_eq!(loss(&stage, &greta, &runners).await, Err(refusal));
    }

    async fn rights_of_a_minute_ago_do_not_count(stage: Stage) {
        let (olivia, max) = two(&stage).await;
        let runners = make(&stage, &olivia, "Runners", true, &[]).await;
        let member = at_acme(&stage, &max).await;
        take_from(&stage, max.actor.user_id(), BuiltinGroup::User).await;
        let refusal = Err(Error::NotPermitted(Permission::GroupsJoin));
        assert_eq!(groups::join(&stage, &member, &runners).await, refusal);
        put_into(&stage, max.actor.user_id(), BuiltinGroup::User).await;
        assert_eq!(groups::join(&stage, &member, &runners).await, Ok(()));
    }

    async fn before_leaving_one_sees_what_is_lost(stage: Stage) {
        let (olivia, max) = two(&stage).await;
        let permissions = [Permission::ActivityView, Permission::GroupsView];
        let viewers = make(&stage, &olivia, "Viewers", true, &permissions).await;
        assert_eq!(loss(&stage, &max, &viewers).await, Err(Error::NotFound), "not in it");
        put_into(&stage, max.actor.user_id(), BuiltinGroup::Management).await;
        join(&stage, &max, &viewers).await.expect("within his rights");
        let (id, name) = (viewers.clone(), "Viewers".to_owned());
        let nothing = GroupLoss { id, name, open: true, last: false, loses: Vec::new() };
        assert_eq!(loss(&stage, &max, &viewers).await, Ok(nothing.clone()), "Management permits both");
        take_from(&stage, max.actor.user_id(), BuiltinGroup::Management).await;
        let one = GroupLoss { loses: vec![Permission::ActivityView], ..nothing };
        assert_eq!(loss(&stage, &max, &viewers).await, Ok(one), "and User permits one");
        let user = tab(&stage, &max).await.mine.into_iter().find(|group| !group.may_leave).expect("one of the four");
        assert!(!loss(&stage, &max, &user.id).await.expect("in it").open);
        leave(&stage, &max, &viewers).await.expect("left");
        assert!(!at_acme(&stage, &max).await.may(Permission::ActivityView), "gone at the next request");
    }

    async fn twenty_joins_at_once_are_one(stage: Stage) {
        let (olivia, max) = two(&stage).await;
        let runners = make(&stage, &olivia, "Runners", true, &[]).await;
        let (member, other) = (at_acme(&stage, &max).await, stage.again().await);
        let mut all = JoinSet::new();
        for n in 0..20 {
            let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let (member, group) = (member.clone(), runners.clone());
            all.spawn(async move { groups::join(&on, &member, &group).await });
        }
        assert!(all.join_all().await.into_iter().all(|joined| joined == Ok(())));
        assert_eq!(groups_said(&stage, &max).await.len(), 1);
    }
}
