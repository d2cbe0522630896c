//! Changing the password, from the form to the code (PW-1 to PW-4, CODE-2, CODE-3, CODE-6, RATE-5).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::{activity, change_email, change_password};
use domain::view::{ActivityFilter, PasswordChange, PasswordRules};

use crate::support::{PASSWORD, SignedIn, Stage, WRONG, With, both, code_in, left, not, place, raw, refused, wait};

const NEW: &str = "copper lantern seldom rains";
const OTHER: &str = "granite whistle beyond seven moons";

async fn request(stage: &Stage, who: &SignedIn, new: &str) -> Result<(), Error> {
    change_password::request(stage, &who.actor, PASSWORD, new, new).await
}

/// Asks for the change; says the code that was mailed.
async fn asked(stage: &Stage, who: &SignedIn) -> String {
    assert_eq!(request(stage, who, NEW).await, Ok(()));
    stage.mailed_code(&who.email).await
}

async fn confirm(stage: &Stage, who: &SignedIn, code: &str) -> Result<(), Error> {
    change_password::confirm(stage, &who.actor, code).await.map(|_| ())
}

async fn state(stage: &Stage, who: &SignedIn) -> PasswordChange {
    change_password::state(stage, &who.actor).await.expect("a read")
}

fn awaits_code(who: &SignedIn, sent: bool, resend_in_s: u32) -> PasswordChange {
    PasswordChange::AwaitsCode { sent_to: who.email.clone(), sent, resend_in_s }
}

/// Whether this password opens the first step, and the other does not.
async fn holds(stage: &Stage, who: &SignedIn, password: &str, other: &str) {
    assert_eq!(stage.guess(&who.email, other, &place(240)).await, Err(Error::SignInRefused));
    assert_eq!(stage.guess(&who.email, password, &place(240)).await, Ok(()));
}

both! {
    async fn from_the_form_to_the_new_password(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        assert_eq!(change_password::rules(&stage), PasswordRules { min: 12, max: 128 });
        assert_eq!(state(&stage, &signed_in).await, PasswordChange::Idle);
        assert_eq!(request(&stage, &signed_in, NEW).await, Ok(()));
        assert_eq!(state(&stage, &signed_in).await, awaits_code(&signed_in, true, 60));
        let code = stage.mailed_code(&olivia.email).await;
        stage.clock.advance(MINUTE);
        let token = change_password::confirm(&stage, &signed_in.actor, &code).await.expect("the right code");
        assert!(stage.actor(&signed_in.token).await.is_none(), "the former token is dead");
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        let (before, now) = (signed_in.actor.session(), actor.session());
        assert_eq!((&now.id, now.authenticated_at), (&before.id, before.authenticated_at));
        assert_eq!(now.password_set_at, Some(stage.clock.now()));
        assert_eq!(change_password::state(&stage, &actor).await, Ok(PasswordChange::Idle));
        holds(&stage, &signed_in, NEW, PASSWORD).await;
    }

    async fn without_the_code_the_old_password_holds(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        asked(&stage, &signed_in).await;
        holds(&stage, &signed_in, PASSWORD, NEW).await;
        stage.clock.advance(15 * MINUTE);
        holds(&stage, &signed_in, PASSWORD, NEW).await;
        assert_eq!(state(&stage, &signed_in).await, PasswordChange::Idle);
        assert!(stage.actor(&signed_in.token).await.is_some());
    }

    async fn the_owner_is_told_and_reads_it_in_the_activity(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = asked(&stage, &signed_in).await;
        let letter = &stage.letters_to(&olivia.email)[0];
        assert!(letter.text.contains("You want to change your password."), "{}", letter.text);
        let token = change_password::confirm(&stage, &signed_in.actor, &code).await.expect("the right code");
        stage.deliver().await;
        let notice = &stage.letters_to(&olivia.email)[0];
        assert_eq!((notice.subject.as_str(), code_in(notice)), ("Your password was changed", None));
        for piece in ["21 Nov 2026, 12:45 UTC", "Firefox, Linux", "192.0.2.1", "http://localhost:3000/not-me"] {
            assert!(notice.text.contains(piece) && notice.html.contains(piece), "{piece}: {}", notice.text);
        }
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        let page = activity::page(&stage, &actor, Some(ActivityFilter::Password), None).await.expect("a page");
        let what: Vec<_> = page.entries.iter().map(|entry| (entry.what.as_str(), entry.address.as_str())).collect();
        assert_eq!(what, [("Password changed", "192.0.2.1")]);
    }

    async fn as_many_letters_as_the_operator_wants(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let house = stage.with(With { min_password: 20, ..With::default() });
        let too_short = Err(Error::at(Field::NewPassword, Problem::TooShort { min: 20 }));
        assert_eq!(request(&house, &signed_in, "qzvkwmtrbxpjhgfdsyl").await, too_short);
        assert!(request(&house, &signed_in, "qzvkwmtrbxpjhgfdsylc").await.is_ok());
    }

    async fn bad_input_is_said_at_its_field_and_changes_nothing(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let longest: String = format!("{NEW} ").repeat(6).chars().take(128).collect();
        let too_long = longest.clone() + "x";
        let refusals = [
            ("", Problem::Empty),
            ("qzvkwmtrbxp", Problem::TooShort { min: 12 }),
            (too_long.as_str(), Problem::TooLong { max: 128 }),
            ("passwordpassword", Problem::CommonPassword),
            ("Olivia-Okafor-1", Problem::ContainsOwn),
            ("acme!Acme?2026", Problem::ContainsOwn),
            ("SelfsameAcme2026", Problem::ContainsOwn),
            ("mnopqrstuvwxyzab", Problem::Guessable),
            (PASSWORD, Problem::SameAsOld),
            ("\u{ff56}elvet kettle under orbit", Problem::SameAsOld),
        ];
        for (new, problem) in refusals {
            assert_eq!(request(&stage, &signed_in, new).await, Err(Error::at(Field::NewPassword, problem)), "{new}");
        }
        let actor = &signed_in.actor;
        let differently = change_password::request(&stage, actor, PASSWORD, NEW, OTHER).await;
        assert_eq!(differently, Err(Error::at(Field::RepeatPassword, Problem::Different)));
        let both = vec![(Field::CurrentPassword, Problem::Empty), (Field::NewPassword, Problem::Empty)];
        assert_eq!(change_password::request(&stage, actor, "", "", "").await, Err(Error::Invalid(both)));
        let wrong = change_password::request(&stage, actor, WRONG, NEW, NEW).await;
        assert_eq!(wrong, Err(Error::at(Field::CurrentPassword, Problem::WrongPassword)));
        assert_eq!(stage.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM password_changes").await, 0);
        holds(&stage, &signed_in, PASSWORD, NEW).await;
        assert_eq!(request(&stage, &signed_in, &longest).await, Ok(()));
    }

    async fn a_wrong_password_here_is_counted_with_those_at_sign_in(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        for _ in 0..3 {
            let wrong = change_password::request(&stage, &signed_in.actor, WRONG, NEW, NEW).await;
            assert_eq!(wrong, Err(Error::at(Field::CurrentPassword, Problem::WrongPassword)));
        }
        for n in 0..2 {
            assert_eq!(stage.guess(&signed_in.email, WRONG, &place(n)).await, Err(Error::SignInRefused));
        }
        assert_eq!(request(&stage, &signed_in, NEW).await, Err(wait(1)));
        assert_eq!(stage.guess(&signed_in.email, PASSWORD, &place(3)).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert_eq!(request(&stage, &signed_in, NEW).await, Ok(()));
    }

    async fn every_step_counts_as_a_try_of_its_place(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        stage.clock.advance(MINUTE);
        for _ in 0..10 {
            assert_eq!(confirm(&stage, &signed_in, "").await, Err(Error::AttemptOver));
            assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Err(Error::AttemptOver));
            let wrong = change_password::request(&stage, &signed_in.actor, PASSWORD, PASSWORD, PASSWORD).await;
            assert_eq!(wrong, Err(Error::at(Field::NewPassword, Problem::SameAsOld)));
        }
        assert_eq!(confirm(&stage, &signed_in, "").await, Err(wait(60)));
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Err(wait(60)));
        assert_eq!(request(&stage, &signed_in, NEW).await, Err(wait(60)));
    }

    async fn the_fifth_wrong_code_ends_the_change(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        for answer in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            assert_eq!(confirm(&stage, &signed_in, &not(&code)).await, Err(answer));
        }
        assert_eq!(confirm(&stage, &signed_in, &code).await, Err(Error::AttemptOver));
        assert_eq!(state(&stage, &signed_in).await, PasswordChange::Idle);
        assert!(stage.actor(&signed_in.token).await.is_some());
        holds(&stage, &signed_in, PASSWORD, NEW).await;
    }

    async fn a_code_is_for_one_password_one_purpose_and_one_session(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let max = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let for_email = stage.ask_change(&here).await;
        change_email::cancel(&stage, &here.actor).await.expect("cancelled");
        stage.clock.advance(MINUTE);
        let code = asked(&stage, &here).await;
        assert_eq!(confirm(&stage, &there, &code).await, Err(Error::AttemptOver));
        assert_eq!(confirm(&stage, &max, &code).await, Err(Error::AttemptOver));
        assert_eq!(confirm(&stage, &here, &for_email).await, Err(left(4)));
        assert_eq!(refused(change_email::finish(&stage, &here.actor, &code).await), Error::AttemptOver);
        // Even with the rows moved underneath, the code stays a code for the password it was asked for.
        let hash = raw::texts(&stage.db, "SELECT new_hash FROM password_changes").await.remove(0);
        raw::run(&stage.db, "UPDATE password_changes SET new_hash = 'another'").await.expect("moved");
        assert_eq!(confirm(&stage, &here, &code).await, Err(left(3)));
        let back = format!("UPDATE password_changes SET new_hash = '{hash}'");
        raw::run(&stage.db, &back).await.expect("moved back");
        assert_eq!(confirm(&stage, &here, &code).await, Ok(()));
        holds(&stage, &here, NEW, PASSWORD).await;
    }

    async fn valid_at_9_50_and_refused_at_10_10(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE + 10 * SECOND);
        assert_eq!(confirm(&stage, &signed_in, &code).await, Err(Error::AttemptOver));
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Err(Error::AttemptOver));
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(9 * MINUTE + 50 * SECOND);
        assert_eq!(confirm(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn not_a_moment_more_or_less_than_ten_minutes(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE);
        assert_eq!(confirm(&stage, &signed_in, &code).await, Err(Error::AttemptOver));
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE - 1);
        assert_eq!(confirm(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn send_again_replaces_the_code_and_brings_new_time(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let old = asked(&stage, &signed_in).await;
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Err(wait(60)));
        stage.clock.advance(MINUTE - 1);
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Err(wait(1)));
        stage.clock.advance(8 * MINUTE + 1);
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Ok(()));
        let new = stage.mailed_code(&signed_in.email).await;
        assert_eq!(confirm(&stage, &signed_in, &old).await, Err(left(4)));
        stage.clock.advance(9 * MINUTE);
        assert_eq!(confirm(&stage, &signed_in, &new).await, Ok(()));
    }

    async fn asked_twice_for_the_same_password_the_mailed_code_stays_valid(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        assert_eq!(request(&stage, &signed_in, NEW).await, Ok(()));
        assert_eq!(state(&stage, &signed_in).await, awaits_code(&signed_in, true, 60));
        assert_eq!(stage.deliver().await, 0, "no second mail within a minute");
        assert_eq!(confirm(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn a_double_click_asks_once(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let clicks = tokio::join!(request(&stage, &signed_in, NEW), request(&stage, &signed_in, NEW));
        assert_eq!(clicks, (Ok(()), Ok(())));
        let code = stage.mailed_code(&signed_in.email).await;
        assert_eq!(confirm(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn asked_for_another_password_the_former_code_is_dead(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let former = asked(&stage, &signed_in).await;
        stage.clock.advance(20 * SECOND);
        assert_eq!(request(&stage, &signed_in, OTHER).await, Ok(()));
        assert_eq!(state(&stage, &signed_in).await, awaits_code(&signed_in, false, 40));
        assert_eq!(confirm(&stage, &signed_in, &former).await, Err(left(5)));
        stage.clock.advance(40 * SECOND);
        assert_eq!(change_password::resend(&stage, &signed_in.actor).await, Ok(()));
        let code = stage.mailed_code(&signed_in.email).await;
        assert_eq!(confirm(&stage, &signed_in, &code).await, Ok(()));
        holds(&stage, &signed_in, OTHER, NEW).await;
    }
}
