//! Asking for a new password: the same answer for everybody, and how often a link is mailed (CODE-7, ENUM-2).

use domain::clock::{HOUR, MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::{recover, sign_in};
use domain::mail::{Way, outbox};
use domain::store::activations;
use domain::visitor::Visitor;

use crate::support::{Somebody, Stage, With, anywhere, both, place};

const SUBJECT: &str = "Choose a new password for Selfsame";

/// Has everybody answered who asked, and all letters sent.
async fn answered(stage: &Stage) {
    recover::answer_due(stage).await.expect("a read");
    while stage.deliver().await > 0 {}
}

/// Asks from there; says how many links have been mailed so far.
async fn links_after(stage: &Stage, from: &Visitor, who: &Somebody) -> usize {
    assert_eq!(recover::ask(stage, from, &who.email).await, Ok(()));
    answered(stage).await;
    stage.letters_to(&who.email).iter().filter(|letter| letter.subject == SUBJECT).count()
}

/// What stands in the database right after somebody has asked, whoever it was for.
async fn traces(stage: &Stage, email: &str) -> [i64; 4] {
    assert_eq!(recover::ask(stage, &place(1), email).await, Ok(()));
    let mut rows = [0; 4];
    for (count, table) in rows.iter_mut().zip(["reset_asks", "links", "outbox", "activity"]) {
        *count = stage.number(&format!("SELECT COUNT(*) FROM {table}")).await;
    }
    answered(stage).await;
    rows
}

both! {
    async fn the_answer_and_the_work_are_the_same_for_everybody(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let una = stage.newcomer("una").await;
        stage.disable(&max).await;
        let (now, mut tx) = (stage.clock.now(), stage.db.begin().await.expect("a transaction"));
        activations::insert(&mut tx, "una", &[1], Some(&una.id), now, now + HOUR).await.expect("a link that works");
        tx.commit().await.expect("committed");
        for email in ["nobody@x.example", &max.email, &una.email, &olivia.email] {
            assert_eq!(traces(&stage, email).await, [1, 0, 0, 0], "{email}");
        }
        assert_eq!(stage.letters_to(&olivia.email).len(), 1);
        for email in ["nobody@x.example", &max.email, &una.email] {
            assert!(stage.letters_to(email).is_empty(), "{email}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM reset_asks").await, 0);
    }

    async fn a_relay_that_is_down_changes_nothing(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let folder = stage.home.folder.path().join("mail");
        std::fs::write(&folder, "in the way").expect("written");
        let house = stage.with(With { way: Way::Folder(folder), ..With::default() });
        assert_eq!(recover::ask(&house, &place(1), &olivia.email).await, Ok(()));
        assert_eq!(recover::ask(&house, &place(1), "nobody@x.example").await, Ok(()));
        recover::answer_due(&house).await.expect("a read");
        assert_eq!(house.deliver().await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 1);
    }

    async fn what_is_no_address_is_said_at_the_field(stage: Stage) {
        for (typed, problem) in [("", Problem::Empty), ("olivia", Problem::NotAnAddress)] {
            let answer = recover::ask(&stage, &place(1), typed).await;
            assert_eq!(answer, Err(Error::at(Field::Email, problem)), "{typed}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM reset_asks").await, 0);
    }

    async fn a_second_wish_within_a_minute_mails_nothing(stage: Stage) {
        let olivia = stage.person("olivia").await;
        assert_eq!(links_after(&stage, &place(1), &olivia).await, 1);
        let shouted = Somebody { email: " OLIVIA@Acme.Example".into(), ..olivia.clone() };
        stage.clock.advance(MINUTE - 1);
        links_after(&stage, &place(2), &shouted).await;
        assert_eq!(links_after(&stage, &place(3), &olivia).await, 1);
        stage.clock.advance(1);
        assert_eq!(links_after(&stage, &place(4), &olivia).await, 2);
    }

    async fn the_sixth_link_within_an_hour_is_not_mailed(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for n in 1..=5 {
            assert_eq!(links_after(&stage, &anywhere(), &olivia).await, n);
            stage.clock.advance(MINUTE);
        }
        assert_eq!(links_after(&stage, &anywhere(), &olivia).await, 5);
        stage.clock.advance(HOUR - 5 * MINUTE);
        assert_eq!(links_after(&stage, &anywhere(), &olivia).await, 6);
    }

    async fn twenty_links_an_hour_leave_for_one_place(stage: Stage) {
        let here = place(1);
        for n in 0..20 {
            let somebody = stage.person(&format!("p{n}")).await;
            assert_eq!(links_after(&stage, &here, &somebody).await, 1, "{n}");
            stage.clock.advance(2 * SECOND);
        }
        let last = stage.person("olivia").await;
        assert_eq!(links_after(&stage, &here, &last).await, 0);
        assert_eq!(links_after(&stage, &place(2), &last).await, 1);
    }

    async fn strangers_who_ask_keep_nobody_from_signing_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for _ in 0..5 {
            links_after(&stage, &anywhere(), &olivia).await;
            stage.clock.advance(MINUTE);
        }
        let half = stage.begin(&olivia, &place(1)).await;
        assert!(sign_in::prompt(&stage, &anywhere(), &half).await.expect("half-way").sent);
    }

    async fn a_used_link_does_not_count(stage: Stage) {
        let olivia = stage.person("olivia").await;
        assert_eq!(links_after(&stage, &place(1), &olivia).await, 1);
        let letters = stage.letters_to(&olivia.email);
        let link = crate::support::link_in(letters.iter().find(|letter| letter.subject == SUBJECT).expect("a link"));
        let new = "copper lantern seldom rains";
        assert_eq!(recover::finish(&stage, &place(1), &link, new, new).await, Ok(()));
        assert_eq!(links_after(&stage, &place(2), &olivia).await, 2, "the next may follow at once");
    }

    async fn two_workers_answer_once(stage: Stage) {
        let (olivia, other) = (stage.person("olivia").await, stage.again().await);
        assert_eq!(recover::ask(&stage, &place(1), &olivia.email).await, Ok(()));
        let (one, two) = tokio::join!(recover::answer_due(&stage), recover::answer_due(&other));
        assert_eq!((one, two), (Ok(()), Ok(())));
        assert_eq!(stage.number("SELECT COUNT(*) FROM outbox").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM links").await, 1);
    }

    async fn the_worker_answers_by_itself(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let worker = tokio::spawn(outbox::run(stage.backend()));
        assert_eq!(recover::ask(&stage, &place(1), &olivia.email).await, Ok(()));
        let arrived = tokio::time::timeout(std::time::Duration::from_secs(10), async {
            while stage.letters_to(&olivia.email).is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        assert!(arrived.await.is_ok(), "no letter within ten seconds");
        worker.abort();
        assert!(worker.await.expect_err("stopped").is_cancelled());
    }

    async fn a_wish_that_waited_too_long_is_not_granted(stage: Stage) {
        let olivia = stage.person("olivia").await;
        assert_eq!(recover::ask(&stage, &place(1), &olivia.email).await, Ok(()));
        stage.clock.advance(30 * MINUTE);
        answered(&stage).await;
        assert!(stage.letters_to(&olivia.email).is_empty());
        assert_eq!(stage.number("SELECT COUNT(*) FROM reset_asks").await, 0);
    }

    async fn what_has_run_out_is_cleared_away(stage: Stage) {
        let olivia = stage.person("olivia").await;
        assert_eq!(links_after(&stage, &place(1), &olivia).await, 1);
        assert_eq!(recover::ask(&stage, &place(1), "nobody@x.example").await, Ok(()));
        for (waits, rows) in [(0, 1), (30 * MINUTE - 1, 1), (1, 0)] {
            stage.clock.advance(waits);
            outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
            for table in ["links", "reset_asks"] {
                assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, rows, "{table}");
            }
        }
    }
}
