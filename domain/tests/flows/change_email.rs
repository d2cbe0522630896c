//! Changing the e-mail address, from the button to the new address (EM-1, EM-2, SESS-6).

use domain::clock::MINUTE;
use domain::error::{Error, Field, Problem};
use domain::flows::{change_email, sign_in};
use domain::store::{sessions, users};
use domain::view::EmailChange;

use crate::support::{PASSWORD, Somebody, Stage, both, code_in, left, not, place, raw, refused, wait};

const NEW: &str = "new@x.example";

fn awaits_proof(new_email: &str) -> EmailChange {
    EmailChange::AwaitsProof { new_email: new_email.to_owned(), sent: true, resend_in_s: 60 }
}

async fn proved_addresses(stage: &Stage) -> i64 {
    stage.number("SELECT COUNT(*) FROM users WHERE email = 'new@x.example' AND email_proved_at IS NOT NULL").await
}

both! {
    async fn from_the_button_to_the_new_address(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let actor = &signed_in.actor;
        assert_eq!(change_email::state(&stage, actor).await, Ok(EmailChange::Idle));
        let first = stage.ask_change(&signed_in).await;
        let asked = EmailChange::AwaitsAddress { sent_to: olivia.email.clone(), sent: true, resend_in_s: 60 };
        assert_eq!(change_email::state(&stage, actor).await, Ok(asked));
        assert_eq!(change_email::request(&stage, actor, " NEW@X.Example", &first).await, Ok(()));
        assert_eq!(change_email::state(&stage, actor).await, Ok(awaits_proof(NEW)));
        assert_eq!(stage.user(&olivia).await.email, olivia.email, "the old address holds until the end");
        let second = stage.mailed_code(NEW).await;
        let token = change_email::finish(&stage, actor, &second).await.expect("the right code");
        assert_eq!((stage.user(&olivia).await.email.as_str(), proved_addresses(&stage).await), (NEW, 1));
        assert!(stage.actor(&signed_in.token).await.is_none(), "the former token is dead");
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        assert_eq!(actor.session().id, signed_in.actor.session().id);
        assert_eq!(actor.session().authenticated_at, signed_in.actor.session().authenticated_at);
        assert_eq!(change_email::state(&stage, &actor).await, Ok(EmailChange::Idle));
        let moved = Somebody { email: NEW.to_owned(), ..olivia.clone() };
        stage.sign_in_from(&moved, &place(1)).await;
        let old = stage.guess(&olivia.email, PASSWORD, &place(1)).await;
        assert_eq!(old, Err(Error::SignInRefused));
    }

    async fn both_addresses_are_told(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = stage.pend_change(&signed_in, NEW).await;
        change_email::finish(&stage, &signed_in.actor, &code).await.expect("the right code");
        assert_eq!(stage.deliver().await, 2);
        let (old, new) = (&stage.letters_to(&olivia.email)[0], &stage.letters_to(NEW)[0]);
        assert_eq!(old.subject, "Your email address was changed");
        assert_eq!(new.subject, "This is now your email address");
        let said = format!("was changed from {} to {NEW}.", olivia.email);
        for letter in [old, new] {
            assert_eq!(code_in(letter), None);
            for piece in [said.as_str(), "21 Nov 2026, 12:45 UTC", "Firefox, Linux", "192.0.2.1"] {
                assert!(letter.text.contains(piece), "{piece}: {}", letter.text);
            }
        }
        assert!(old.text.contains("If this was not you"));
    }

    async fn other_sessions_half_sign_ins_and_open_codes_end(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let second = stage.pend_change(&here, NEW).await;
        let (half, code) = stage.half(&olivia, &place(3)).await;
        let token = change_email::finish(&stage, &here.actor, &second).await.expect("the right code");
        let other = stage.again().await;
        assert!(other.actor(token.reveal()).await.is_some() && other.actor(&foreign.token).await.is_some());
        assert!(other.actor(&there.token).await.is_none());
        assert_eq!(refused(sign_in::finish(&other, &place(3), &half, &code).await), Error::AttemptOver);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(1));
        for table in ["codes", "email_changes", "sign_ins"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
    }

    async fn without_the_second_code_nothing_changes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let first = stage.ask_change(&signed_in).await;
        change_email::request(&stage, &signed_in.actor, NEW, &first).await.expect("the right code");
        assert_eq!(stage.deliver().await, 1);
        stage.clock.advance(15 * MINUTE);
        assert_eq!(refused(change_email::finish(&stage, &signed_in.actor, &first).await), Error::AttemptOver);
        assert_eq!(stage.user(&olivia).await.email, olivia.email);
        stage.sign_in_from(&olivia, &place(1)).await;
        assert!(stage.actor(&signed_in.token).await.is_some());
        stage.deliver().await;
        assert_eq!(stage.letters_to(NEW).len(), 1, "the code, and no notice");
        assert!(users::by_email(&stage.db, NEW).await.expect("a read").is_none());
    }

    async fn a_code_for_one_address_does_not_set_another(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let for_a = stage.pend_change(&signed_in, "a@x.example").await;
        change_email::cancel(&stage, &signed_in.actor).await.expect("cancelled");
        let for_b = stage.pend_change(&signed_in, "b@x.example").await;
        assert_eq!(refused(change_email::finish(&stage, &signed_in.actor, &for_a).await), left(4));
        // Even with the rows moved underneath, the code stays a code for its own address.
        let moved = "UPDATE email_changes SET new_email = 'c@x.example'";
        raw::run(&stage.db, moved).await.expect("moved");
        assert_eq!(refused(change_email::finish(&stage, &signed_in.actor, &for_b).await), left(3));
        assert_eq!(stage.user(&olivia).await.email, olivia.email);
    }

    async fn the_codes_of_the_two_steps_are_not_exchanged(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let first = stage.ask_change(&signed_in).await;
        assert_eq!(refused(change_email::finish(&stage, &signed_in.actor, &first).await), Error::AttemptOver);
        assert_eq!(change_email::request(&stage, &signed_in.actor, NEW, &first).await, Ok(()));
        assert_eq!(refused(change_email::finish(&stage, &signed_in.actor, &first).await), left(4));
        let second = stage.mailed_code(NEW).await;
        assert_eq!(change_email::request(&stage, &signed_in.actor, "z@x.example", &second).await, Err(left(3)));
        assert_eq!(change_email::state(&stage, &signed_in.actor).await, Ok(awaits_proof(NEW)));
        assert!(change_email::finish(&stage, &signed_in.actor, &second).await.is_ok());
    }

    async fn the_fifth_wrong_code_of_either_step_ends_the_change(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let actor = &signed_in.actor;
        let five = [left(4), left(3), left(2), left(1), Error::AttemptOver];
        let first = stage.ask_change(&signed_in).await;
        for answer in five.clone() {
            assert_eq!(change_email::request(&stage, actor, NEW, &not(&first)).await, Err(answer));
        }
        assert_eq!(change_email::request(&stage, actor, NEW, &first).await, Err(Error::AttemptOver));
        assert_eq!(change_email::state(&stage, actor).await, Ok(EmailChange::Idle));
        assert!(stage.actor(&signed_in.token).await.is_some());
        stage.clock.advance(MINUTE);
        let second = stage.pend_change(&signed_in, NEW).await;
        for answer in five {
            assert_eq!(refused(change_email::finish(&stage, actor, &not(&second)).await), answer);
        }
        assert_eq!(refused(change_email::finish(&stage, actor, &second).await), Error::AttemptOver);
        assert_eq!(change_email::state(&stage, actor).await, Ok(EmailChange::Idle));
    }

    async fn a_bad_address_is_said_at_the_field_and_costs_no_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = stage.ask_change(&signed_in).await;
        let long = format!("{}@x.example", "a".repeat(250));
        let bad = [
            ("", Problem::Empty),
            ("no address", Problem::NotAnAddress),
            ("a@x.example,b@x.example", Problem::NotAnAddress),
            ("a@x.example\nBcc: b@x.example", Problem::NotAnAddress),
            ("a@x.example\r\n\r\nb@x.example", Problem::NotAnAddress),
            (long.as_str(), Problem::TooLong { max: 254 }),
            (olivia.email.as_str(), Problem::OwnAddress),
            (" OLIVIA@ACME.example ", Problem::OwnAddress),
        ];
        for (typed, problem) in bad {
            let answer = change_email::request(&stage, &signed_in.actor, typed, &code).await;
            assert_eq!(answer, Err(Error::at(Field::NewEmail, problem)), "{typed:?}");
        }
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(change_email::request(&stage, &signed_in.actor, NEW, &code).await, Ok(()));
    }

    async fn send_again_replaces_the_code_of_the_present_step(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let actor = &signed_in.actor;
        let old = stage.ask_change(&signed_in).await;
        assert_eq!(change_email::resend(&stage, actor).await, Err(wait(60)));
        stage.clock.advance(9 * MINUTE);
        assert_eq!(change_email::resend(&stage, actor).await, Ok(()));
        let new = stage.mailed_code(&signed_in.email).await;
        assert_eq!(change_email::request(&stage, actor, NEW, &old).await, Err(left(4)));
        stage.clock.advance(9 * MINUTE);
        assert_eq!(change_email::request(&stage, actor, NEW, &new).await, Ok(()), "a new code brings new time");
        let old = stage.mailed_code(NEW).await;
        stage.clock.advance(9 * MINUTE);
        assert_eq!(change_email::resend(&stage, actor).await, Ok(()));
        let new = stage.mailed_code(NEW).await;
        assert_eq!(refused(change_email::finish(&stage, actor, &old).await), left(4));
        stage.clock.advance(2 * MINUTE);
        assert!(change_email::finish(&stage, actor, &new).await.is_ok());
    }

    async fn asking_twice_at_once_leaves_the_mailed_code_valid(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = stage.ask_change(&signed_in).await;
        assert_eq!(change_email::begin(&stage, &signed_in.actor).await, Ok(()));
        assert_eq!(stage.deliver().await, 0, "no second mail within a minute");
        assert_eq!(change_email::request(&stage, &signed_in.actor, NEW, &code).await, Ok(()));
    }

    async fn of_two_right_codes_at_once_one_changes_the_address(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for round in 0..5 {
            let somebody = Somebody { email: stage.user(&olivia).await.email, ..olivia.clone() };
            let signed_in = stage.sign_in_from(&somebody, &place(round)).await;
            let code = stage.pend_change(&signed_in, &format!("new{round}@x.example")).await;
            let (one, two) = tokio::join!(
                change_email::finish(&stage, &signed_in.actor, &code),
                change_email::finish(&stage, &signed_in.actor, &code),
            );
            let lost = match (one, two) {
                (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
                (one, two) => panic!("round {round}: {:?} {:?}", one.err(), two.err()),
            };
            let expected = matches!(lost, Error::AttemptOver | Error::CodeWrong { .. } | Error::SignedOut);
            assert!(expected, "round {round}: {lost:?}");
            stage.deliver().await;
            assert_eq!(stage.letters_to(&format!("new{round}@x.example")).len(), 2, "one code, one notice");
        }
    }
}
