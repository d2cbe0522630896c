//! What happened to one's account, and whether it was changed afterwards (LOG-1).

use domain::flows::activity::{self, Entry, Kind, Looked, OPERATOR};
use domain::flows::{change_email, devices, incomplete, personal, sign_out};
use domain::view::{ActivityFilter, ActivityPage};
use tokio::task::JoinSet;

use crate::support::{SignedIn, Somebody, Stage, WRONG, both, place, raw};

/// What is shown to `who` on one page.
async fn page(stage: &Stage, who: &SignedIn, filter: Option<ActivityFilter>, before: Option<i64>) -> ActivityPage {
    activity::page(stage, &who.actor, filter, before).await.expect("a read")
}

/// What happened to `who`, newest first, with all that is said of it.
async fn said(stage: &Stage, who: &SignedIn, filter: Option<ActivityFilter>) -> Vec<(String, String)> {
    page(stage, who, filter, None).await.entries.into_iter().map(|entry| (entry.what, entry.detail)).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(what, detail)| ((*what).to_owned(), (*detail).to_owned())).collect()
}

/// Something that happened to `who`.
async fn note(stage: &Stage, user_id: &str, kind: Kind, by: Option<&str>) {
    let from = place(1);
    let entry = Entry { user_id, kind, visitor: Some(&from), by, tenant_id: None, detail: "" };
    let mut tx = stage.db.begin().await.expect("a transaction");
    activity::note(&mut tx, stage, &entry).await.expect("recorded");
    tx.commit().await.expect("committed");
}

/// Somebody with three entries.
async fn with_three(stage: &Stage, name: &str) -> Somebody {
    let somebody = stage.newcomer(name).await;
    for kind in [Kind::SignedIn, Kind::NameChanged, Kind::SignedOut] {
        note(stage, &somebody.id, kind, None).await;
    }
    somebody
}

async fn run(stage: &Stage, sql: &str) {
    raw::run(&stage.db, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

both! {
    async fn what_happens_is_listed_newest_first(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let here = stage.sign_in(&olivia).await;
        assert!(stage.guess(&olivia.email, WRONG, &place(7)).await.is_err());
        incomplete::tell_due(&stage).await.expect("told");
        personal::save_names(&stage, &here.actor, "Zo\u{eb} \",\"to\":\"x", "Okafor").await.expect("saved");
        let there = stage.sign_in_from(&olivia, &place(1)).await;
        devices::end(&stage, &here.actor, &there.actor.session().id).await.expect("ended");
        let code = stage.pend_change(&here, "new@x.example").await;
        change_email::finish(&stage, &here.actor, &code).await.expect("the right code");
        devices::end_others(&stage, &here.actor).await.expect("ended");
        let expected = [
            ("All other sign-ins ended", ""),
            ("Email address changed", "From olivia@acme.example to new@x.example"),
            ("One sign-in ended", "Firefox, Linux, 10.0.0.2"),
            ("Signed in", "Password and email code; new browser"),
            ("Name changed", "From Olivia Okafor to Zo\u{eb} \",\"to\":\"x Okafor"),
            ("Sign-in refused", ""),
            ("Signed in", "Password and email code"),
        ];
        assert_eq!(said(&stage, &here, None).await, pairs(&expected));
        let refused = &page(&stage, &here, None, None).await.entries[5];
        let whence = (refused.seq, refused.browser.as_str(), refused.address.as_str(), refused.by.as_deref());
        assert_eq!(whence, (2, "Firefox, Linux", "10.0.0.8", None));
        assert_eq!(refused.at.human, "21 Nov 2026, 12:45 UTC");
        sign_out::sign_out(&stage, &here.actor).await.expect("signed out");
        sign_out::sign_out(&stage, &here.actor).await.expect("twice is once");
        assert_eq!(said(&stage, &here, None).await[0].0, "Signed out");
        assert_eq!(activity::verify(&stage).await, Ok(Looked { entries: 8, broken: Vec::new() }));
    }

    async fn names_that_stay_as_they_are_are_no_change(stage: Stage) {
        let here = stage.sign_in(&stage.person("olivia").await).await;
        personal::save_names(&stage, &here.actor, " Olivia", "Okafor ").await.expect("saved");
        assert!(said(&stage, &here, Some(ActivityFilter::Details)).await.is_empty());
        personal::save_names(&stage, &here.actor, "Olivia Okafor", "Ng").await.expect("saved");
        personal::save_names(&stage, &here.actor, "Olivia", "Okafor Ng").await.expect("saved");
        assert_eq!(said(&stage, &here, Some(ActivityFilter::Details)).await.len(), 2, "another name, written alike");
    }

    async fn twenty_five_stand_on_a_page(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let here = stage.sign_in(&olivia).await;
        for _ in 0..59 {
            note(&stage, &olivia.id, Kind::PasswordChanged, None).await;
        }
        let (mut before, mut pages) = (None, Vec::new());
        loop {
            let page = page(&stage, &here, None, before).await;
            pages.push(page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>());
            before = page.older;
            if before.is_none() {
                break;
            }
        }
        let expected: [Vec<i64>; 3] = [(36..=60).rev().collect(), (11..=35).rev().collect(), (1..=10).rev().collect()];
        assert_eq!(pages, expected);
        for (before, count) in [(0, 0), (-5, 0), (1, 0), (2, 1), (i64::MIN, 0), (i64::MAX, 25)] {
            assert_eq!(page(&stage, &here, None, Some(before)).await.entries.len(), count, "{before}");
        }
        let password = page(&stage, &here, Some(ActivityFilter::Password), Some(27)).await;
        assert_eq!((password.entries.len(), password.older), (25, None), "26 to 2, and 1 is of another part");
    }

    async fn each_part_shows_its_own_and_one_shows_what_others_did(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let here = stage.sign_in(&olivia).await;
        let max = stage.person("max").await;
        for kind in Kind::ALL {
            note(&stage, &olivia.id, kind, None).await;
        }
        let mut all = 0;
        for filter in ActivityFilter::ALL {
            let shown = page(&stage, &here, Some(filter), None).await.entries;
            all += shown.len();
            assert_eq!(shown.is_empty(), filter == ActivityFilter::Others, "{filter:?}");
        }
        assert_eq!(all, 1 + Kind::ALL.len(), "each once, and the sign-in");
        for by in [max.id.as_str(), OPERATOR, "somebody who was removed"] {
            note(&stage, &olivia.id, Kind::FactorReset, Some(by)).await;
        }
        let others = page(&stage, &here, Some(ActivityFilter::Others), None).await.entries;
        let by: Vec<_> = others.iter().filter_map(|entry| entry.by.as_deref()).collect();
        assert_eq!(by, ["somebody whose account no longer exists", "the people who run this service", "Max Okafor"]);
    }

    async fn nobody_sees_what_happened_to_somebody_else(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.sign_in(&olivia).await;
        let max = stage.sign_in_from(&stage.person("max").await, &place(1)).await;
        assert_eq!(said(&stage, &max, None).await, pairs(&[("Signed in", "Password and email code")]));
    }

    async fn a_sign_in_at_nobodys_address_is_forgotten(stage: Stage) {
        stage.person("olivia").await;
        for email in ["nobody@acme.example", "no address"] {
            assert!(stage.guess(email, WRONG, &place(1)).await.is_err());
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM refused_sign_ins").await, 2, "it costs the same (ENUM-1)");
        incomplete::tell_due(&stage).await.expect("told");
        assert_eq!(stage.number("SELECT COUNT(*) FROM refused_sign_ins").await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity").await, 0);
    }

    async fn entries_that_come_at_once_stand_one_after_the_other(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..40 {
            let (on, id) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, olivia.id.clone());
            all.spawn(async move { note(&on, &id, Kind::PasswordChanged, None).await });
        }
        all.join_all().await;
        assert_eq!(stage.number("SELECT MAX(seq) FROM activity").await, 40);
        assert_eq!(activity::verify(&other).await, Ok(Looked { entries: 40, broken: Vec::new() }));
    }

    async fn what_fails_is_not_recorded(stage: Stage) {
        let olivia = with_three(&stage, "olivia").await;
        let entry = Entry {
            user_id: &olivia.id,
            kind: Kind::NotMe,
            visitor: None,
            by: None,
            tenant_id: None,
            detail: "",
        };
        let mut tx = stage.db.begin().await.expect("a transaction");
        activity::note(&mut tx, &stage, &entry).await.expect("recorded");
        drop(tx);
        note(&stage, &olivia.id, Kind::SignedIn, None).await;
        assert_eq!(activity::verify(&stage).await, Ok(Looked { entries: 4, broken: Vec::new() }));
    }

    async fn whatever_is_changed_behind_our_back_is_found(stage: Stage) {
        let changes = [
            "UPDATE activity SET at = at + 1 WHERE seq = 2",
            "UPDATE activity SET kind = 'signed_in' WHERE seq = 2",
            "UPDATE activity SET actor_id = '' WHERE seq = 2",
            "UPDATE activity SET tenant_id = '' WHERE seq = 2",
            "UPDATE activity SET address = '10.0.0.9' WHERE seq = 2",
            "UPDATE activity SET browser = '' WHERE seq = 2",
            "UPDATE activity SET detail = '{}' WHERE seq = 3",
            "UPDATE activity SET seq = 4 WHERE seq = 3",
            "UPDATE activity SET hash = (SELECT b.hash FROM activity b
                                          WHERE b.seq = 1 AND b.user_id = activity.user_id) WHERE seq = 2",
            "DELETE FROM activity WHERE seq = 1",
            "DELETE FROM activity WHERE seq = 2",
            "DELETE FROM activity WHERE seq = 3",
            "DELETE FROM activity WHERE seq > 0",
            "INSERT INTO activity (user_id, seq, at, kind, address, browser, detail, hash)
             SELECT user_id, 4, at, kind, address, browser, detail, hash FROM activity WHERE seq = 3",
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let somebody = with_three(&stage, &format!("p{n}")).await;
            let mut broken = activity::verify(&stage).await.expect("a read").broken;
            let (head, tail) = change.split_once("WHERE seq").unwrap_or((change, ""));
            let only = format!("{head}WHERE user_id = '{}' AND seq{tail}", somebody.id);
            run(&stage, &only).await;
            broken.push(somebody.id);
            broken.sort();
            assert_eq!(activity::verify(&stage).await.expect("a read").broken, broken, "{change}");
        }
    }

    async fn an_end_that_is_cut_off_is_found(stage: Stage) {
        let sound = with_three(&stage, "olivia").await;
        let changes = [
            "UPDATE users SET activity_count = 2",
            "UPDATE users SET activity_count = 4",
            "UPDATE users SET activity_head = NULL",
            "UPDATE users SET activity_count = 0, activity_head = NULL",
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let somebody = with_three(&stage, &format!("p{n}")).await;
            run(&stage, &format!("{change} WHERE id = '{}'", somebody.id)).await;
            let broken = activity::verify(&stage).await.expect("a read").broken;
            assert!(broken.contains(&somebody.id) && broken.len() == n + 1, "{change}: {broken:?}");
            assert!(!broken.contains(&sound.id), "{change}");
        }
    }
}
