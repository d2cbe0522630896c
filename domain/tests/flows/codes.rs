//! Mailed codes, one try after the other (CODE-2, CODE-3, CODE-4, CODE-6).

use domain::clock::{DAY, MINUTE, SECOND};
use domain::error::Error;
use domain::flows::confirm::{self, Binding, Issued, Purpose};
use domain::flows::{limits, sign_in};
use domain::mail::Letter;

use crate::support::{PASSWORD, Somebody, Stage, both, left, not, place, refused, wait};

/// Has a code sent to an address and from a place of their own, where no limit of mails is in the way.
async fn issued(stage: &Stage, binding: Binding<'_>) -> String {
    let (mut code, address) = (String::new(), format!("{}@x.example", stage.rng.id(0)));
    let place = place(usize::from(u16::from_be_bytes(stage.rng.bytes::<2>())) % 60_000);
    let mut tx = stage.db.begin().await.expect("a transaction");
    let sent = confirm::issue(&mut tx, stage, &place, binding, &address, |new, _| {
        code = new.shown();
        Letter { to: address.clone(), subject: String::new(), text: String::new(), html: String::new() }
    });
    assert_eq!(sent.await, Ok(Issued::Sent));
    tx.commit().await.expect("committed");
    code
}

async fn check(stage: &Stage, binding: Binding<'_>, typed: &str) -> Result<(), Error> {
    confirm::check(stage, &crate::support::anywhere(), binding, "a@x.example", typed).await.map(|_| ())
}

/// Checks and uses up, as flows do.
async fn use_up(stage: &Stage, binding: Binding<'_>, typed: &str) -> Result<(), Error> {
    let checked = confirm::check(stage, &crate::support::anywhere(), binding, "a@x.example", typed).await?;
    let mut tx = stage.db.begin().await?;
    confirm::use_up(&mut tx, stage, checked).await?;
    tx.commit().await
}

const fn binding<'a>(user_id: &'a str, flow_id: &'a str) -> Binding<'a> {
    Binding { user_id, flow_id, purpose: Purpose::SignIn, payload: "" }
}

/// Ten wrong tries, over three codes for different purposes.
async fn ten_wrong(stage: &Stage, who: &Somebody) {
    for (purpose, tries) in [(Purpose::SignIn, 4), (Purpose::EmailChange, 4), (Purpose::NewEmail, 2)] {
        let flow = stage.rng.id(0);
        let binding = Binding { purpose, ..binding(&who.id, &flow) };
        let code = issued(stage, binding).await;
        for n in 0..tries {
            assert_eq!(check(stage, binding, &not(&code)).await, Err(left(4 - n)));
        }
    }
}

both! {
    async fn a_code_holds_for_ten_minutes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (early, late) = (binding(&olivia.id, "early"), binding(&olivia.id, "late"));
        let (early_code, late_code) = (issued(&stage, early).await, issued(&stage, late).await);
        stage.clock.advance(9 * MINUTE + 50 * SECOND);
        assert_eq!(use_up(&stage, early, &early_code).await, Ok(()));
        let checked = confirm::check(&stage, &crate::support::anywhere(), late, "a@x.example", &late_code).await.expect("still valid");
        stage.clock.advance(10 * SECOND);
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(confirm::use_up(&mut tx, &stage, checked).await, Err(left(0)));
        drop(tx);
        stage.clock.advance(10 * SECOND);
        assert_eq!(check(&stage, late, &late_code).await, Err(left(3)), "expired is answered like wrong");
        assert_eq!(check(&stage, late, &not(&late_code)).await, Err(left(2)));
    }

    async fn a_login_code_is_right_at_9_50_and_refused_at_10_10(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let (in_time, its_code) = stage.half(&olivia, &place(1)).await;
        let (too_late, other_code) = stage.half(&max, &place(2)).await;
        stage.clock.advance(9 * MINUTE + 50 * SECOND);
        assert!(sign_in::finish(&stage, &place(1), &in_time, &its_code).await.is_ok());
        stage.clock.advance(20 * SECOND);
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &too_late, &other_code).await), Error::AttemptOver);
    }

    async fn the_fifth_wrong_code_ends_the_sign_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        for answer in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &not(&code)).await), answer);
        }
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
        assert_eq!(refused(sign_in::prompt(&stage, &crate::support::anywhere(), &half).await), Error::AttemptOver);
        stage.clock.advance(MINUTE);
        assert_eq!(refused(sign_in::resend(&stage, &place(1), &half).await), Error::AttemptOver);
        stage.sign_in(&olivia).await;
    }

    async fn what_cannot_be_a_code_is_counted_as_well(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        let long = "B".repeat(10_000);
        for (typed, answer) in [("", left(4)), (long.as_str(), left(3)), ("12345678", left(2)), ("\0", left(1))] {
            assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, typed).await), answer);
        }
        let spaced = format!(" {} ", code.to_lowercase().replace('-', " \u{2013} "));
        assert!(sign_in::finish(&stage, &place(1), &half, &spaced).await.is_ok(), "the fifth try is a try");
    }

    async fn a_new_code_kills_the_old_one(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, old) = stage.half(&olivia, &place(1)).await;
        stage.clock.advance(MINUTE);
        assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Ok(()));
        let new = stage.mailed_code(&olivia.email).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &old).await), left(4));
        assert!(sign_in::finish(&stage, &place(1), &half, &new).await.is_ok());
    }

    async fn resends_and_new_sign_ins_give_no_new_tries(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, mut code) = stage.half(&olivia, &place(1)).await;
        for tries in [4, 4, 2] {
            for n in 0..tries {
                assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &not(&code)).await), left(4 - n));
            }
            stage.clock.advance(MINUTE);
            assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Ok(()));
            code = stage.mailed_code(&olivia.email).await;
        }
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), wait(14 * 60));
        stage.clock.advance(13 * MINUTE + 50 * SECOND);
        let (half, code) = stage.half(&olivia, &place(2)).await;
        assert_eq!(refused(sign_in::finish(&*stage.again().await, &place(3), &half, &code).await), wait(10));
        stage.clock.advance(10 * SECOND - 1);
        assert_eq!(refused(sign_in::finish(&stage, &place(3), &half, &code).await), wait(1));
        stage.clock.advance(1);
        assert!(sign_in::finish(&stage, &place(3), &half, &code).await.is_ok());
    }

    async fn pauses_double_to_a_day_and_a_hundred_wrong_codes_lock_the_factor(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for pause in [900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400] {
            ten_wrong(&stage, &olivia).await;
            let flow = stage.rng.id(0);
            let right = issued(&stage, binding(&olivia.id, &flow)).await;
            assert_eq!(check(&stage, binding(&olivia.id, &flow), &right).await, Err(wait(pause)));
            stage.clock.advance(i64::from(pause) * SECOND - 1);
            assert_eq!(check(&stage, binding(&olivia.id, &flow), &right).await, Err(wait(1)));
            stage.clock.advance(1);
        }
        ten_wrong(&stage, &olivia).await;
        stage.clock.advance(3_650 * DAY);
        let right = issued(&stage, binding(&olivia.id, "last")).await;
        assert_eq!(check(&stage, binding(&olivia.id, "last"), &right).await, Err(wait(u32::MAX)));
        assert_eq!(limits::unlock(&stage, &olivia.id).await, Ok(()));
        assert_eq!(use_up(&stage, binding(&olivia.id, "last"), &right).await, Ok(()));
    }

    async fn only_a_right_code_makes_the_wrong_ones_forgotten(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for flow in ["a", "b", "c"] {
            let binding = binding(&olivia.id, flow);
            let code = issued(&stage, binding).await;
            for n in 0..4 {
                assert_eq!(check(&stage, binding, &not(&code)).await, Err(left(4 - n)));
            }
            if flow == "b" {
                assert_eq!(use_up(&stage, binding, &code).await, Ok(()));
            }
            assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Ok(()), "which forgets nothing");
        }
        // Four after the right one; six more make the ten.
        for (flow, tries) in [("d", 4), ("e", 2)] {
            let code = issued(&stage, binding(&olivia.id, flow)).await;
            for n in 0..tries {
                assert_eq!(check(&stage, binding(&olivia.id, flow), &not(&code)).await, Err(left(4 - n)));
            }
        }
        assert_eq!(check(&stage, binding(&olivia.id, "e"), "").await, Err(wait(900)));
    }

    async fn a_code_fits_one_person_one_flow_one_purpose_and_one_payload(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let right = Binding { user_id: &olivia.id, flow_id: "f", purpose: Purpose::NewEmail, payload: "b@x.example" };
        let others = [
            Binding { flow_id: "g", ..right },
            Binding { purpose: Purpose::EmailChange, ..right },
            Binding { purpose: Purpose::SignIn, ..right },
        ];
        for other in others {
            issued(&stage, other).await;
        }
        let code = issued(&stage, right).await;
        for other in others {
            assert_eq!(check(&stage, other, &code).await, Err(left(4)), "{other:?}");
        }
        assert_eq!(check(&stage, Binding { user_id: &max.id, ..right }, &code).await, Err(left(4)));
        assert_eq!(check(&stage, Binding { payload: "c@x.example", ..right }, &code).await, Err(left(3)));
        assert_eq!(use_up(&stage, right, &code).await, Ok(()));
    }

    async fn a_code_is_used_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let binding = binding(&olivia.id, "f");
        let code = issued(&stage, binding).await;
        let first = confirm::check(&stage, &crate::support::anywhere(), binding, "a@x.example", &code).await.expect("right");
        let second = confirm::check(&stage, &crate::support::anywhere(), binding, "a@x.example", &code).await.expect("right, and not used yet");
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(confirm::use_up(&mut tx, &stage, first).await, Ok(()));
        tx.commit().await.expect("committed");
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(confirm::use_up(&mut tx, &stage, second).await, Err(left(0)));
        drop(tx);
        assert_eq!(check(&stage, binding, &code).await, Err(left(2)), "used is answered like wrong");
    }

    async fn a_code_that_was_never_sent_is_not_the_empty_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        stage.begin(&olivia, &place(1)).await;
        let second = stage.begin(&olivia, &place(1)).await;
        assert!(!sign_in::prompt(&stage, &crate::support::anywhere(), &second).await.expect("half-way").sent);
        for typed in ["", " ", "BCDF-GHJK", "null"] {
            let answer = refused(sign_in::finish(&stage, &place(1), &second, typed).await);
            assert_eq!(answer, left(5), "{typed:?}");
        }
    }

    async fn an_effect_that_fails_leaves_the_code_unused_and_the_try_counted(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let binding = binding(&olivia.id, "f");
        let code = issued(&stage, binding).await;
        let checked = confirm::check(&stage, &crate::support::anywhere(), binding, "a@x.example", &code).await.expect("right");
        let mut tx = stage.db.begin().await.expect("a transaction");
        confirm::use_up(&mut tx, &stage, checked).await.expect("used up");
        drop(tx);
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes WHERE used_at IS NULL AND tries = 1").await, 1);
        assert_eq!(use_up(&stage, binding, &code).await, Ok(()));
    }
}
