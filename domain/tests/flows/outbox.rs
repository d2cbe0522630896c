//! Letters on their way: leases, back-off, what is dropped and what is kept.

use std::path::Path;
use std::time::Duration;

use domain::clock::{DAY, HOUR, MINUTE, SECOND};
use domain::flows::sign_in;
use domain::flows::users::{self, Invitee};
use domain::mail::{Letter, Way, outbox};
use domain::store;
use domain::view::BuiltinGroup;

use crate::support::{Stage, With, both, code_in, left, not, place, raw, refused};

fn letter(to: &str) -> Letter {
    Letter { to: to.to_owned(), subject: "S".into(), text: "T".into(), html: "<p>T</p>".into() }
}

async fn put(stage: &Stage, to: &str, worth: i64) {
    let mut tx = stage.db.begin().await.expect("a transaction");
    outbox::put(&mut tx, stage, &letter(to), stage.clock.now() + worth).await.expect("put");
    tx.commit().await.expect("committed");
}

/// The house with mail that leaves as files, and the folder.
fn with_folder(stage: &Stage) -> (Stage, std::path::PathBuf) {
    let folder = stage.home.folder.path().join("mail");
    (stage.with(With { way: Way::Folder(folder.clone()), ..With::default() }), folder)
}

/// Nothing can be written below a file.
fn break_folder(folder: &Path) {
    std::fs::write(folder, "in the way").expect("written");
}

fn mend_folder(folder: &Path) {
    std::fs::remove_file(folder).expect("removed");
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| std::fs::read_to_string(entry.expect("a file").path()).expect("text")).collect()
}

/// How many rows the tables have that do not grow for ever.
async fn sizes(stage: &Stage) -> Vec<(&'static str, i64)> {
    let mut sizes = Vec::new();
    for table in ["sessions", "sign_ins", "codes", "email_changes", "activations", "outbox", "limits"] {
        sizes.push((table, stage.number(&format!("SELECT COUNT(*) FROM {table}")).await));
    }
    sizes
}

async fn count(stage: &Stage, such: &str) -> i64 {
    stage.number(&format!("SELECT COUNT(*) FROM outbox WHERE {such}")).await
}

both! {
    async fn two_workers_send_each_letter_once(stage: Stage) {
        let other = stage.again().await;
        for n in 0..40 {
            put(&stage, &format!("p{n}@x.example"), HOUR).await;
        }
        let mut sent = 0;
        while sent < 40 {
            let (one, two) = tokio::join!(outbox::deliver_due(&stage), outbox::deliver_due(&other));
            let more = one.expect("a read") + two.expect("a read");
            assert!(more > 0, "stuck after {sent}");
            sent += more;
        }
        let shown = [stage.mailer.shown(), other.mailer.shown()].concat();
        let mut to: Vec<String> = shown.into_iter().map(|(letter, _)| letter.to).collect();
        to.sort_unstable();
        to.dedup();
        assert_eq!((sent, to.len()), (40, 40));
        assert_eq!(count(&stage, "sealed IS NULL AND sent_at IS NOT NULL AND attempts = 1").await, 40);
    }

    async fn ten_letters_go_at_a_time_the_longest_due_first(stage: Stage) {
        put(&stage, "first@x.example", HOUR).await;
        stage.clock.advance(1);
        for n in 0..11 {
            put(&stage, &format!("p{n}@x.example"), HOUR).await;
        }
        assert_eq!(store::outbox::waiting(&stage.db).await, Ok((12, Some(stage.clock.now() - 1))));
        assert_eq!(stage.deliver().await, 10);
        assert_eq!(stage.letters_to("first@x.example").len(), 1);
        assert_eq!(stage.deliver().await, 2);
        assert_eq!(store::outbox::waiting(&stage.db).await, Ok((0, None)));
    }

    async fn a_letter_that_fails_waits_5_10_20_seconds(stage: Stage) {
        let (house, folder) = with_folder(&stage);
        break_folder(&folder);
        put(&house, "a@x.example", HOUR).await;
        for (attempt, seconds) in [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80)] {
            assert_eq!(house.deliver().await, 0);
            assert_eq!(stage.number("SELECT attempts FROM outbox").await, attempt);
            house.clock.advance(seconds * SECOND - 1);
            assert_eq!(house.deliver().await, 0);
            assert_eq!(stage.number("SELECT attempts FROM outbox").await, attempt, "too early");
            house.clock.advance(1);
        }
        mend_folder(&folder);
        assert_eq!(house.deliver().await, 1);
        assert_eq!(files(&folder).len(), 1);
        assert_eq!(house.letters_to("a@x.example").len(), 1, "shown once, however often it was tried");
        assert_eq!(count(&stage, "sealed IS NULL AND sent_at IS NOT NULL AND dropped_at IS NULL").await, 1);
    }

    async fn a_code_that_has_expired_is_dropped(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (house, folder) = with_folder(&stage);
        break_folder(&folder);
        house.begin(&olivia, &place(1)).await;
        assert_eq!(house.deliver().await, 0);
        house.clock.advance(10 * MINUTE - 1);
        assert_eq!(store::outbox::drop_expired(&stage.db, stage.clock.now()).await, Ok(0));
        house.clock.advance(1);
        mend_folder(&folder);
        assert_eq!(house.deliver().await, 0);
        assert_eq!(count(&stage, "sealed IS NULL AND sent_at IS NULL AND dropped_at IS NOT NULL").await, 1);
        assert!(!folder.exists(), "nothing was sent");
    }

    async fn a_code_still_valid_arrives_when_the_relay_is_back(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (house, folder) = with_folder(&stage);
        break_folder(&folder);
        house.begin(&olivia, &place(1)).await;
        assert_eq!(house.deliver().await, 0);
        mend_folder(&folder);
        house.clock.advance(9 * MINUTE);
        assert_eq!(house.deliver().await, 1);
    }

    async fn notices_are_kept_for_72_hours(stage: Stage) {
        assert_eq!(outbox::NOTICE, 72 * HOUR);
        put(&stage, "kept@x.example", outbox::NOTICE).await;
        stage.clock.advance(1);
        put(&stage, "also@x.example", outbox::NOTICE).await;
        stage.clock.advance(72 * HOUR - 1);
        assert_eq!(stage.deliver().await, 1, "the first has run out, the second has a millisecond left");
        assert_eq!((stage.letters_to("kept@x.example").len(), stage.letters_to("also@x.example").len()), (0, 1));
        assert_eq!(count(&stage, "dropped_at IS NOT NULL").await, 1);
    }

    async fn a_letter_sealed_with_another_key_is_dropped(stage: Stage) {
        put(&stage, "a@x.example", HOUR).await;
        let other = stage.with(With { secret: b"another secret, also long enough", ..With::default() });
        assert_eq!(other.deliver().await, 0);
        assert_eq!(count(&stage, "sealed IS NULL AND sent_at IS NULL AND dropped_at IS NOT NULL").await, 1);
        assert_eq!(stage.deliver().await, 0);
    }

    async fn a_letter_of_a_worker_that_died_is_sent_two_minutes_later(stage: Stage) {
        put(&stage, "a@x.example", HOUR).await;
        let now = stage.clock.now();
        let leased = store::outbox::lease(&stage.db, now, now + 2 * MINUTE).await.expect("a lease");
        assert_eq!((leased.len(), leased[0].attempts), (1, 1));
        assert!(store::outbox::lease(&stage.db, now, now + 2 * MINUTE).await.expect("a read").is_empty());
        stage.clock.advance(2 * MINUTE - 1);
        assert_eq!(stage.deliver().await, 0);
        stage.clock.advance(1);
        assert_eq!(stage.deliver().await, 1);
        assert_eq!(stage.number("SELECT attempts FROM outbox").await, 2);
    }

    async fn letters_leave_in_the_order_in_which_they_were_written(stage: Stage) {
        let mut tx = stage.db.begin().await.expect("a transaction");
        for id in ["7", "3", "9", "1", "5"] {
            store::outbox::insert(&mut tx, id, b"sealed", stage.clock.now(), stage.clock.now() + HOUR).await.expect("put");
        }
        tx.commit().await.expect("committed");
        let leased = store::outbox::lease(&stage.db, stage.clock.now(), stage.clock.now() + 1).await.expect("a lease");
        assert_eq!(leased.iter().map(|letter| letter.id.as_str()).collect::<Vec<_>>(), ["1", "3", "5", "7", "9"]);
    }

    async fn a_transaction_that_fails_sends_nothing(stage: Stage) {
        let mut tx = stage.db.begin().await.expect("a transaction");
        outbox::put(&mut tx, &stage, &letter("a@x.example"), stage.clock.now() + HOUR).await.expect("put");
        drop(tx);
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(count(&stage, "1 = 1").await, 0);
    }

    async fn a_file_holds_the_whole_letter(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (house, folder) = with_folder(&stage);
        house.begin(&olivia, &place(1)).await;
        assert_eq!(house.deliver().await, 1);
        let code = code_in(&house.letters_to(&olivia.email)[0]).expect("a code");
        let files = files(&folder);
        assert_eq!(files.len(), 1);
        let (head, body) = files[0].split_once("\r\n\r\n").expect("a head and a body");
        let expected = [
            "From: Selfsame <selfsame@example.com>",
            "To: olivia@acme.example",
            "Subject: Your login code for Selfsame",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "Message-ID: <",
        ];
        for piece in expected {
            assert!(head.to_lowercase().contains(&piece.to_lowercase()), "{piece}: {head}");
        }
        assert!(!head.contains(&code) && body.contains(&code), "{body}");
        assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
    }

    async fn the_worker_wakes_when_there_is_something_to_send(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let worker = tokio::spawn(outbox::run(stage.backend()));
        stage.begin(&olivia, &place(1)).await;
        let arrived = tokio::time::timeout(Duration::from_secs(10), async {
            while stage.letters_to(&olivia.email).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(arrived.await.is_ok(), "no letter within ten seconds");
        worker.abort();
        assert!(worker.await.expect_err("stopped").is_cancelled());
    }

    async fn many_letters_leave_one_lot_after_the_other_without_a_rest(stage: Stage) {
        const MANY: usize = 6 * store::outbox::AT_ONCE;
        for number in 0..MANY {
            put(&stage, &format!("user{number}@x.example"), HOUR).await;
        }
        let worker = tokio::spawn(outbox::run(stage.backend()));
        // Nobody wakes the worker again; a lot a second would take five.
        let all = tokio::time::timeout(Duration::from_secs(3), async {
            while count(&stage, "sent_at IS NOT NULL").await < MANY as i64 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(all.await.is_ok(), "{} of {MANY} have left", count(&stage, "sent_at IS NOT NULL").await);
        worker.abort();
    }

    async fn what_has_run_out_is_cleared_away_and_nothing_else(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        stage.pend_change(&signed_in, "new@x.example").await;
        stage.begin(&olivia, &place(1)).await;
        let invitee = Invitee {
            email: "max@acme.example",
            first_name: "Max",
            last_name: "M",
            language: None,
            tenant_id: "",
            group: BuiltinGroup::User,
        };
        users::invite(&stage, "acme", invitee).await.expect("a free address");
        let before = sizes(&stage).await;
        assert!(before.iter().all(|(_, rows)| *rows > 0), "{before:?}");
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(sizes(&stage).await, before);
        stage.clock.advance(9 * DAY);
        stage.deliver().await;
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        let after = sizes(&stage).await;
        assert!(after.iter().all(|(_, rows)| *rows == 0), "{after:?}");
    }

    async fn wrong_codes_are_remembered_for_as_long_as_it_takes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &not(&code)).await), left(4));
        stage.clock.advance(400 * DAY);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(raw::texts(&stage.db, "SELECT key FROM limits").await, [format!("code:{}", olivia.id)]);
    }
}
