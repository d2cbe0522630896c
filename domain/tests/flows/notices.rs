//! Sign-ins that the owner hears of: half ones, refused ones, and those in a new browser (NOT-1).

use std::time::Duration;

use domain::clock::{HOUR, MINUTE};
use domain::error::Error;
use domain::flows::{incomplete, look, sign_in};
use domain::mail::{Letter, outbox};
use domain::text::Language;
use domain::visitor::{Device, Visitor};

use crate::support::{Somebody, Stage, WRONG, both, not, place, refused};

const NO_CODE: &str = "Your password was entered, but no code";
const NEW_BROWSER: &str = "New sign-in to your account";

/// Tells what is due; the letters with this subject so far.
async fn told(stage: &Stage, who: &Somebody, subject: &str) -> Vec<Letter> {
    incomplete::tell_due(stage).await.expect("told");
    while stage.deliver().await > 0 {}
    stage.letters_to(&who.email).into_iter().filter(|letter| letter.subject == subject).collect()
}

/// How many entries of this kind there are.
async fn entries(stage: &Stage, kind: &str) -> i64 {
    stage.number(&format!("SELECT COUNT(*) FROM activity WHERE kind = '{kind}'")).await
}

fn on(device: &Device, from: Visitor) -> Visitor {
    Visitor { device: Some(device.clone()), ..from }
}

/// Waits until the rows are so many, for ten seconds at most.
async fn soon(stage: &Stage, rows: &str, count: i64) {
    let sql = format!("SELECT COUNT(*) FROM {rows}");
    let there = tokio::time::timeout(Duration::from_secs(10), async {
        while stage.number(&sql).await != count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(there.await.is_ok(), "{rows}: not within ten seconds");
}

both! {
    async fn three_minutes_after_the_password_the_owner_hears_of_it_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.begin(&olivia, &place(1)).await;
        assert_eq!(incomplete::PATIENCE, 3 * MINUTE);
        stage.clock.advance(3 * MINUTE - 1);
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        stage.clock.advance(1);
        let letters = told(&stage, &olivia, NO_CODE).await;
        let [letter] = letters.as_slice() else { panic!("{} letters", letters.len()) };
        let said = [
            "Hello Olivia,",
            "somebody knows your password",
            "Time: 21 Nov 2026, 12:45 UTC",
            "Browser: Firefox, Linux",
            "IP address: 10.0.0.2",
            "http://localhost:3000/not-me",
        ];
        for piece in said {
            assert!(letter.text.contains(piece) && letter.html.contains(piece), "{piece}: {}", letter.text);
        }
        stage.clock.advance(HOUR);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1);
        assert_eq!(entries(&stage, "code_not_entered").await, 1);
    }

    async fn a_code_in_time_explains_the_password(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        stage.clock.advance(3 * MINUTE - 1);
        assert!(sign_in::finish(&stage, &place(1), &half, &code).await.is_ok());
        stage.clock.advance(HOUR);
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        assert_eq!(stage.number("SELECT COUNT(*) FROM incomplete_sign_ins").await, 0);
    }

    async fn the_fifth_wrong_code_tells_at_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        for _ in 0..4 {
            refused(sign_in::finish(&stage, &place(1), &half, &not(&code)).await);
        }
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        let fifth = sign_in::finish(&stage, &place(1), &half, &not(&code)).await;
        assert_eq!(refused(fifth), Error::AttemptOver);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1);
    }

    async fn giving_up_and_beginning_again_neither_silence_nor_delay_it(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        sign_in::cancel(&stage, &half).await.expect("cancelled");
        stage.clock.advance(2 * MINUTE);
        stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE - 1);
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        stage.clock.advance(1);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1);
        stage.clock.advance(5 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1, "the second one was told of with the first");
    }

    async fn a_sign_in_from_there_explains_it_and_one_from_elsewhere_does_not(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        stage.sign_in_from(&olivia, &place(1)).await;
        stage.clock.advance(HOUR);
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        stage.sign_in_from(&olivia, &place(2)).await;
        stage.clock.advance(2 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1);
    }

    async fn the_owners_own_browser_does_not_speak_for_a_stranger_beside_it(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let own = on(&stage.sign_in_from(&olivia, &place(1)).await.device, place(1));
        stage.clock.advance(HOUR);
        stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        stage.sign_in_from(&olivia, &own).await;
        stage.clock.advance(2 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 1);
    }

    async fn five_such_letters_an_hour_are_enough(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for n in 0..7 {
            stage.begin(&olivia, &place(n)).await;
        }
        stage.clock.advance(3 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 5);
        assert_eq!(entries(&stage, "code_not_entered").await, 7);
        stage.clock.advance(HOUR - 3 * MINUTE - 1);
        stage.begin(&olivia, &place(8)).await;
        stage.clock.advance(3 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 5);
        stage.begin(&olivia, &place(9)).await;
        stage.clock.advance(3 * MINUTE);
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 6);
    }

    async fn two_workers_tell_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        for n in 0..10 {
            stage.begin(&olivia, &place(n)).await;
            stage.guess(&olivia.email, WRONG, &place(100 + n)).await.expect_err("it is wrong");
            stage.clock.advance(HOUR);
            let (one, two) = tokio::join!(incomplete::tell_due(&stage), incomplete::tell_due(&other));
            assert_eq!((one, two), (Ok(()), Ok(())));
        }
        assert_eq!(told(&stage, &olivia, NO_CODE).await.len(), 10);
        assert_eq!((entries(&stage, "code_not_entered").await, entries(&stage, "sign_in_failed").await), (10, 10));
    }

    async fn the_worker_tells_and_sends_within_seconds(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let worker = tokio::spawn(outbox::run(stage.backend()));
        stage.guess(&olivia.email, WRONG, &place(1)).await.expect_err("it is wrong");
        soon(&stage, "activity WHERE kind = 'sign_in_failed'", 1).await;
        stage.begin(&olivia, &place(1)).await;
        soon(&stage, "outbox WHERE sent_at IS NOT NULL", 1).await;
        stage.clock.advance(3 * MINUTE);
        soon(&stage, "outbox WHERE sent_at IS NOT NULL", 2).await;
        assert_eq!(stage.letters_to(&olivia.email)[0].subject, NO_CODE);
        worker.abort();
        assert!(worker.await.expect_err("stopped").is_cancelled());
    }

    async fn letters_without_end_do_not_keep_the_worker_from_its_rounds(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let worker = tokio::spawn(outbox::run(stage.backend()));
        let backend = stage.backend();
        let letters = tokio::spawn(async move {
            loop {
                outbox::wake(&backend);
                tokio::task::yield_now().await;
            }
        });
        stage.guess(&olivia.email, WRONG, &place(1)).await.expect_err("it is wrong");
        soon(&stage, "activity WHERE kind = 'sign_in_failed'", 1).await;
        letters.abort();
        worker.abort();
    }

    async fn a_new_browser_is_told_of_and_a_known_one_is_not(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let first = stage.sign_in_from(&olivia, &place(1)).await;
        assert!(told(&stage, &olivia, NEW_BROWSER).await.is_empty(), "the first one of all has none to differ from");
        stage.sign_in_from(&olivia, &on(&first.device, place(2))).await;
        assert!(told(&stage, &olivia, NEW_BROWSER).await.is_empty(), "known, wherever it is");
        let phone = Visitor { browser: "Safari, iPhone".to_owned(), ..place(3) };
        let phone = on(&stage.sign_in_from(&olivia, &phone).await.device, phone);
        let letters = told(&stage, &olivia, NEW_BROWSER).await;
        let [letter] = letters.as_slice() else { panic!("{} letters", letters.len()) };
        let said = [
            "a browser that we have not seen before",
            "Time: 21 Nov 2026, 12:45 UTC",
            "Browser: Safari, iPhone",
            "IP address: 10.0.0.4",
            "http://localhost:3000/not-me",
        ];
        for piece in said {
            assert!(letter.text.contains(piece) && letter.html.contains(piece), "{piece}: {}", letter.text);
        }
        stage.sign_in_from(&olivia, &phone).await;
        assert_eq!(told(&stage, &olivia, NEW_BROWSER).await.len(), 1);
    }

    async fn a_browser_known_to_others_is_new_to_me(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let shared = stage.sign_in_from(&max, &place(1)).await.device;
        stage.sign_in_from(&olivia, &place(2)).await;
        stage.sign_in_from(&olivia, &on(&shared, place(1))).await;
        assert_eq!(told(&stage, &olivia, NEW_BROWSER).await.len(), 1);
        assert!(told(&stage, &max, NEW_BROWSER).await.is_empty());
    }

    async fn letters_are_in_the_language_of_the_person_or_else_of_the_browser(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let german = Visitor { language: Language::De, ..place(1) };
        stage.begin(&olivia, &german).await;
        stage.clock.advance(3 * MINUTE);
        assert_eq!(told(&stage, &olivia, "Ihr Passwort wurde eingegeben, aber kein Code").await.len(), 1);
        let here = stage.sign_in(&olivia).await;
        stage.sign_in_from(&olivia, &german).await;
        assert_eq!(told(&stage, &olivia, "Neue Anmeldung bei Ihrem Konto").await.len(), 1);
        look::choose(&stage, &here.actor, Some(Language::En), None).await.expect("chosen");
        stage.sign_in_from(&olivia, &german).await;
        assert_eq!(told(&stage, &olivia, NEW_BROWSER).await.len(), 1);
        let letters = told(&stage, &olivia, "Neue Anmeldung bei Ihrem Konto").await;
        assert!(letters[0].text.contains("Zeit: 21.11.2026, 12:48 UTC") && letters[0].html.contains("lang=\"de\""));
    }

    async fn who_is_removed_meanwhile_is_not_told(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.guess(&olivia.email, WRONG, &place(1)).await.expect_err("it is wrong");
        stage.begin(&olivia, &place(2)).await;
        let gone = format!("DELETE FROM users WHERE id = '{}'", olivia.id);
        crate::support::raw::run(&stage.db, &gone).await.expect("removed");
        stage.clock.advance(3 * MINUTE);
        assert!(told(&stage, &olivia, NO_CODE).await.is_empty());
        for table in ["refused_sign_ins", "incomplete_sign_ins", "activity"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }
}
