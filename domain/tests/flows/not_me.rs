//! "This wasn't me": a mailed code ends all sign-ins and sets a new password (CODE-6, SESS-6, NOT-1).

use domain::actor::Actor;
use domain::clock::{HOUR, MINUTE, SECOND};
use domain::error::{Error, Field, Problem, Result};
use domain::flows::{change_password, not_me, sign_in};
use domain::store::sessions;
use domain::view::{PasswordRules, SecondFactor};
use tokio::task::JoinSet;

use crate::support::{PASSWORD, SignedIn, Stage, anywhere, both, code_in, left, not, place, raw, refused, wait};

const NEW: &str = "copper lantern seldom rains";

/// Asks for the code; says it.
async fn asked(stage: &Stage, who: &SignedIn) -> String {
    assert_eq!(not_me::begin(stage, &who.actor).await, Ok(()));
    stage.mailed_code(&who.email).await
}

async fn finish(stage: &Stage, who: &SignedIn, code: &str) -> Result<()> {
    not_me::finish(stage, &who.actor, NEW, NEW, code).await
}

/// Whether a code was sent from here and still works, and seconds until another may be sent.
async fn shown(stage: &Stage, who: &SignedIn) -> (bool, u32) {
    let state = not_me::state(stage, &who.actor).await.expect("a read");
    (state.sent, state.resend_in_s)
}

/// The session lives, and the password is as it was.
async fn nothing_happened(stage: &Stage, who: &SignedIn) {
    assert!(stage.actor(&who.token).await.is_some());
    assert_eq!(stage.guess(&who.email, NEW, &place(240)).await, Err(Error::SignInRefused));
    assert_eq!(stage.guess(&who.email, PASSWORD, &place(240)).await, Ok(()));
}

both! {
    async fn the_code_ends_all_sign_ins_and_sets_a_new_password(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let since = stage.actor(&here.token).await.expect("signed in").session().second_factor_set_at;
        let state = not_me::state(&stage, &here.actor).await.expect("a read");
        assert_eq!((state.sent_to.as_str(), state.sent, state.resend_in_s), (olivia.email.as_str(), false, 0));
        assert_eq!((state.factor, state.factor_since), (SecondFactor::Email, place(1).moment(since)));
        assert_eq!(state.rules, PasswordRules { min: 12, max: 128 });
        let (half, login_code) = stage.half(&olivia, &place(3)).await;
        let code = asked(&stage, &here).await;
        assert_eq!(shown(&stage, &here).await, (true, 60));
        assert_eq!(finish(&stage, &here, &code).await, Ok(()));
        let other = stage.again().await;
        for token in [&here.token, &there.token] {
            assert!(other.actor(token).await.is_none());
        }
        assert!(other.actor(&foreign.token).await.is_some());
        assert_eq!(refused(sign_in::finish(&other, &place(3), &half, &login_code).await), Error::AttemptOver);
        for table in ["codes", "email_changes", "password_changes", "sessions", "sign_ins"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(4)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(&olivia.email, NEW, &place(4)).await, Ok(()));
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(0), "the second factor is asked as ever");
    }

    async fn the_session_alone_changes_nothing_however_fresh(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        assert_eq!(finish(&stage, &signed_in, "").await, Err(left(5)), "no code was sent yet");
        let code = asked(&stage, &signed_in).await;
        for (typed, tries_left) in [("", 4), (PASSWORD, 3), (not(&code).as_str(), 2)] {
            assert_eq!(finish(&stage, &signed_in, typed).await, Err(left(tries_left)));
        }
        nothing_happened(&stage, &signed_in).await;
        assert_eq!(finish(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn a_code_is_for_one_session_and_one_purpose(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let max = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let code = asked(&stage, &here).await;
        assert_eq!(finish(&stage, &there, &code).await, Err(left(5)), "none was sent there");
        assert_eq!(finish(&stage, &max, &code).await, Err(left(5)));
        change_password::request(&stage, &here.actor, PASSWORD, NEW, NEW).await.expect("the right password");
        let other = stage.mailed_code(&olivia.email).await;
        assert_eq!(finish(&stage, &here, &other).await, Err(left(4)));
        assert_eq!(refused(change_password::confirm(&stage, &here.actor, &code).await), left(4));
        assert_eq!(finish(&stage, &here, &code).await, Ok(()));
        assert!(stage.actor(&max.token).await.is_some());
    }

    async fn after_the_fifth_wrong_code_another_has_to_be_sent(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        for answer in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            assert_eq!(finish(&stage, &signed_in, &not(&code)).await, Err(answer));
        }
        assert_eq!(shown(&stage, &signed_in).await, (false, 60));
        assert_eq!(finish(&stage, &signed_in, &code).await, Err(left(5)));
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Err(wait(60)), "said, and not passed over");
        stage.clock.advance(MINUTE - 1);
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Err(wait(1)));
        stage.clock.advance(1);
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Ok(()));
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Ok(()), "the one on its way is valid");
        let code = stage.mailed_code(&signed_in.email).await;
        assert_eq!(finish(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn a_code_is_valid_for_ten_minutes(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE);
        assert_eq!(shown(&stage, &signed_in).await, (false, 0));
        assert_eq!(finish(&stage, &signed_in, &code).await, Err(left(4)), "an expired one is a wrong one");
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(10 * MINUTE - 1);
        assert_eq!(shown(&stage, &signed_in).await, (true, 0));
        assert_eq!(finish(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn bad_input_is_said_at_its_field_and_costs_no_code(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        let refusals = [
            ("", Problem::Empty),
            ("qzvkwmtrbxp", Problem::TooShort { min: 12 }),
            ("passwordpassword", Problem::CommonPassword),
            ("Olivia-Okafor-1", Problem::ContainsOwn),
            ("mnopqrstuvwxyzab", Problem::Guessable),
        ];
        for (new, problem) in refusals {
            let answer = not_me::finish(&stage, &signed_in.actor, new, new, &code).await;
            assert_eq!(answer, Err(Error::at(Field::NewPassword, problem)), "{new}");
        }
        assert_eq!(stage.number("SELECT tries FROM codes WHERE purpose = 'not_me'").await, 0);
        // Whether it is the password that holds is only said to whoever has the code.
        let guessed = not_me::finish(&stage, &signed_in.actor, PASSWORD, PASSWORD, &not(&code)).await;
        assert_eq!(guessed, Err(left(4)));
        let same = not_me::finish(&stage, &signed_in.actor, PASSWORD, PASSWORD, &code).await;
        assert_eq!(same, Err(Error::at(Field::NewPassword, Problem::SameAsOld)));
        nothing_happened(&stage, &signed_in).await;
        assert_eq!(finish(&stage, &signed_in, &code).await, Ok(()));
    }

    async fn a_code_a_minute_and_five_an_hour(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let old = asked(&stage, &signed_in).await;
        stage.clock.advance(MINUTE - 1);
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Ok(()), "and the former one stays valid");
        assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Err(wait(1)));
        assert_eq!(stage.deliver().await, 0);
        stage.clock.advance(1);
        assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Ok(()));
        stage.deliver().await;
        assert_eq!(finish(&stage, &signed_in, &old).await, Err(left(4)));
        for _ in 0..3 {
            stage.clock.advance(MINUTE);
            assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Ok(()));
        }
        stage.clock.advance(MINUTE);
        assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Err(wait(3_600 - 5 * 60)));
        stage.clock.advance(HOUR - 5 * MINUTE);
        assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Ok(()));
    }

    async fn whoever_is_in_a_session_cannot_use_up_the_codes_for_signing_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let thief = stage.sign_in(&olivia).await;
        for _ in 0..5 {
            assert_eq!(not_me::resend(&stage, &thief.actor).await, Ok(()));
            stage.clock.advance(MINUTE);
        }
        let half = stage.begin(&olivia, &place(1)).await;
        assert!(sign_in::prompt(&stage, &anywhere(), &half).await.expect("half-way").sent);
    }

    async fn the_owner_is_told_and_reads_it_in_the_activity(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = asked(&stage, &signed_in).await;
        assert_eq!(finish(&stage, &signed_in, &code).await, Ok(()));
        stage.deliver().await;
        let notice = &stage.letters_to(&olivia.email)[0];
        assert_eq!((notice.subject.as_str(), code_in(notice)), ("All sign-ins to your account have ended", None));
        for piece in ["21 Nov 2026, 12:45 UTC", "Firefox, Linux", "192.0.2.1", "http://localhost:3000/not-me"] {
            assert!(notice.text.contains(piece), "{piece}: {}", notice.text);
        }
        let recorded = "SELECT kind || ' from ' || address FROM activity ORDER BY seq DESC LIMIT 1";
        assert_eq!(raw::texts(&stage.db, recorded).await, ["not_me from 192.0.2.1"]);
    }

    async fn of_fifty_right_codes_exactly_one_wins(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (code, other) = (asked(&stage, &signed_in).await, stage.again().await);
        let mut actors = Vec::new();
        for n in 0..50 {
            let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let actor = Actor::of(&on, &signed_in.token, &place(n)).await.expect("a read").expect("signed in");
            actors.push((on, actor));
        }
        // All are known before the first right code ends the session.
        let mut all = JoinSet::new();
        for (on, actor) in actors {
            let code = code.clone();
            all.spawn(async move { not_me::finish(&on, &actor, NEW, NEW, &code).await });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let same = Err(Error::at(Field::NewPassword, Problem::SameAsOld));
        let refusal = |outcome: &&Result<()>| {
            matches!(outcome, Err(Error::CodeWrong { .. } | Error::AttemptOver)) || **outcome == same
        };
        assert_eq!(outcomes.iter().filter(refusal).count(), 49, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity WHERE kind = 'not_me'").await, 1);
    }

    async fn every_step_counts_as_a_try_of_its_place(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        stage.clock.advance(MINUTE);
        for _ in 0..10 {
            assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Ok(()));
            assert_eq!(refused(not_me::resend(&stage, &signed_in.actor).await), wait(60));
            let empty = not_me::finish(&stage, &signed_in.actor, "", "", "").await;
            assert_eq!(empty, Err(Error::at(Field::NewPassword, Problem::Empty)));
        }
        assert_eq!(not_me::begin(&stage, &signed_in.actor).await, Err(wait(60)));
        assert_eq!(finish(&stage, &signed_in, "").await, Err(wait(60)));
        stage.clock.advance(60 * SECOND);
        assert_eq!(not_me::resend(&stage, &signed_in.actor).await, Ok(()));
    }
}
