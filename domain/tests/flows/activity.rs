//! What happened to an account is recorded without a gap, and whatever somebody changes in the record is found.

use domain::flows::activity::{Looked, verify};
use domain::flows::{personal, picture};
use domain::store::activity::{Entry, after};
use tokio::task::JoinSet;

use crate::support::pictures::{RED, jpeg, plain};
use crate::support::raw::run;
use crate::support::{SignedIn, Stage, With, both};

async fn entries(stage: &Stage, who: &SignedIn) -> Vec<Entry> {
    after(&stage.db, who.actor.user_id(), 0, 1_000).await.expect("a read")
}

async fn rename(stage: &Stage, who: &SignedIn, first_name: &str) {
    let actor = stage.next(who).await;
    personal::save_names(stage, &actor, first_name, "Okafor").await.expect("saved");
}

/// Two people, the first with four entries and the second with one.
async fn recorded(stage: &Stage) -> (SignedIn, SignedIn) {
    let olivia = stage.sign_in(&stage.person("olivia").await).await;
    let max = stage.sign_in(&stage.person("max").await).await;
    for first_name in ["Liv", "Olive"] {
        rename(stage, &olivia, first_name).await;
    }
    stage.set_picture(&olivia.actor, &jpeg(&plain(8, 8, RED))).await.expect("set");
    picture::remove(stage, &olivia.actor).await.expect("removed");
    rename(stage, &max, "Maxim").await;
    (olivia, max)
}

both! {
    async fn an_entry_says_what_when_and_from_where(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        rename(&stage, &olivia, "Liv").await;
        stage.clock.advance(1_000);
        stage.set_picture(&olivia.actor, &jpeg(&plain(8, 8, RED))).await.expect("set");
        let entries = entries(&stage, &olivia).await;
        let [named, pictured] = &entries[..] else { panic!("{entries:?}") };
        let expected = Entry {
            seq: 1,
            at: stage.clock.now() - 1_000,
            kind: "name_changed".into(),
            actor_id: None,
            tenant_id: None,
            address: "192.0.2.1".into(),
            browser: "Firefox, Linux".into(),
            detail: String::new(),
            hash: named.hash.clone(),
        };
        assert_eq!(*named, expected);
        assert_eq!((pictured.seq, pictured.at, pictured.kind.as_str()), (2, stage.clock.now(), "picture_set"));
        assert_eq!([named.hash.len(), pictured.hash.len()], [32, 32]);
        assert_ne!(named.hash, pictured.hash);
    }

    async fn what_changes_nothing_or_is_refused_is_not_recorded(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        rename(&stage, &olivia, " Olivia ").await;
        let refused = personal::save_names(&stage, &olivia.actor, "", "Okafor").await;
        assert!(refused.is_err());
        assert!(stage.set_picture(&olivia.actor, b"no picture").await.is_err());
        picture::remove(&stage, &olivia.actor).await.expect("nothing to remove");
        assert!(entries(&stage, &olivia).await.is_empty());
        assert_eq!(stage.number("SELECT activity_count FROM users").await, 0);
    }

    async fn entries_of_many_at_once_follow_each_other_without_a_gap(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..20 {
            let (stage, actor) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, olivia.actor.clone());
            all.spawn(async move { personal::save_names(&stage, &actor, &format!("Liv {n}"), "Okafor").await });
        }
        for outcome in all.join_all().await {
            assert_eq!(outcome, Ok(()));
        }
        let places: Vec<_> = entries(&stage, &olivia).await.iter().map(|entry| entry.seq).collect();
        assert_eq!(places, (1..=20).collect::<Vec<_>>());
        assert_eq!(verify(&stage).await, Ok(Looked { entries: 20, broken: Vec::new() }));
    }

    async fn a_chain_holds_until_somebody_changes_it(stage: Stage) {
        let (olivia, _) = recorded(&stage).await;
        let hers = olivia.actor.user_id();
        let sound = Ok(Looked { entries: 5, broken: Vec::new() });
        assert_eq!(verify(&stage).await, sound);
        for (change, back) in [
            ("at = at + 1", "at = at - 1"),
            ("kind = 'picture_set'", "kind = 'name_changed'"),
            ("actor_id = ''", "actor_id = NULL"),
            ("tenant_id = 'acme'", "tenant_id = NULL"),
            ("address = '192.0.2.2'", "address = '192.0.2.1'"),
            ("browser = ''", "browser = 'Firefox, Linux'"),
            ("detail = '{}'", "detail = ''"),
        ] {
            let second = |set: &str| format!("UPDATE activity SET {set} WHERE user_id = '{hers}' AND seq = 2");
            assert_eq!(run(&stage.db, &second(change)).await.ok(), Some(1), "{change}");
            assert_eq!(verify(&stage).await, Ok(Looked { entries: 5, broken: vec![hers.to_owned()] }), "{change}");
            assert_eq!(run(&stage.db, &second(back)).await.ok(), Some(1), "{back}");
            assert_eq!(verify(&stage).await, sound, "{back}");
        }
        let foreign = stage.with(With { secret: b"another secret of 32 bytes, no less", ..With::default() });
        assert_eq!(verify(&foreign).await.expect("a read").broken.len(), 2, "without the key nobody makes a chain");
    }

    async fn what_was_taken_away_or_put_elsewhere_is_found(stage: Stage) {
        let (olivia, max) = recorded(&stage).await;
        let (hers, his) = (olivia.actor.user_id(), max.actor.user_id());
        for (change, broken) in [
            (format!("DELETE FROM activity WHERE user_id = '{hers}' AND seq = 4"), vec![hers]),
            (format!("UPDATE users SET activity_count = 3 WHERE id = '{hers}'"), vec![hers]),
            (format!("UPDATE users SET activity_count = 0, activity_head = NULL WHERE id = '{hers}'"), vec![hers]),
            (format!("DELETE FROM activity WHERE user_id = '{his}'"), vec![hers, his]),
            (format!("UPDATE activity SET user_id = '{his}' WHERE seq = 1"), vec![hers, his]),
        ] {
            assert_eq!(run(&stage.db, &change).await.ok(), Some(1), "{change}");
            let mut expected: Vec<_> = broken.into_iter().map(str::to_owned).collect();
            expected.sort();
            assert_eq!(verify(&stage).await.expect("a read").broken, expected, "{change}");
        }
    }
}
