//! What ends a change of the second factor, what it ends, and who is told (TOTP-4, SESS-3, SESS-6, NOT-1).

use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::flows::{change_email, devices, second_factor, sign_in, sign_out};
use domain::mail::outbox;
use domain::store::{factor_changes, sessions, totp};
use domain::view::{FactorChange, SecondFactor};
use tokio::task::JoinSet;

use crate::support::raw;
use crate::support::{App, PERIOD, SignedIn, Stage, both, left, not, place, refused};

/// Neither step goes on, nothing is shown, and the mailed code is the second factor still.
async fn is_dead(stage: &Stage, who: &SignedIn, id: &str, app: &App) {
    let code = app.code(stage.clock.now());
    let set_up = second_factor::set_up(stage, &who.actor, id, &code, true).await;
    assert_eq!(refused(set_up), Error::AttemptOver);
    assert_eq!(refused(second_factor::prove(stage, &who.actor, &code).await), Error::AttemptOver);
    let state = stage.factor_change(who).await;
    assert!(matches!(state, FactorChange::Idle | FactorChange::PasswordFirst), "{state:?}");
    assert_eq!(stage.number("SELECT COUNT(*) FROM users WHERE second_factor = 'email'").await, 1);
    assert_eq!(stage.number("SELECT COUNT(*) FROM totp").await, 0);
}

both! {
    async fn cancelling(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (id, app) = stage.begin_app(&signed_in).await;
        for _ in 0..2 {
            assert_eq!(second_factor::cancel(&stage, &signed_in.actor).await, Ok(()));
        }
        is_dead(&stage, &signed_in, &id, &app).await;
    }

    async fn ten_minutes_and_not_a_moment_less(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let (late, in_time) = (stage.sign_in(&olivia).await, stage.sign_in_from(&max, &place(1)).await);
        let (id, app) = stage.begin_app(&late).await;
        let (in_time_id, in_time_app) = stage.begin_app(&in_time).await;
        stage.clock.advance(10 * MINUTE - 1);
        let code = in_time_app.code(stage.clock.now());
        assert!(second_factor::set_up(&stage, &in_time.actor, &in_time_id, &code, true).await.is_ok());
        stage.clock.advance(1);
        let code = app.code(stage.clock.now());
        let set_up = second_factor::set_up(&stage, &late.actor, &id, &code, true).await;
        assert_eq!(refused(set_up), Error::AttemptOver);
        assert_eq!(stage.factor_change(&late).await, FactorChange::PasswordFirst);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(stage.number("SELECT COUNT(*) FROM factor_changes").await, 0);
    }

    async fn ten_minutes_of_waiting_for_the_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        stage.clock.advance(10 * MINUTE);
        assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &code).await), Error::AttemptOver);
    }

    async fn a_code_sent_again_gives_its_time(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let old = stage.mailed_code(&olivia.email).await;
        stage.clock.advance(9 * MINUTE);
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Ok(()));
        let new = stage.mailed_code(&olivia.email).await;
        assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &old).await), left(4));
        stage.clock.advance(10 * MINUTE - SECOND);
        assert!(second_factor::prove(&stage, &signed_in.actor, &new).await.is_ok());
    }

    async fn signing_out(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        sign_out::sign_out(&stage, &signed_in.actor).await.expect("signed out");
        assert_eq!(stage.number("SELECT COUNT(*) FROM factor_changes").await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes WHERE purpose = 'factor_change'").await, 0);
    }

    async fn the_end_of_the_session_from_afar(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let (id, app) = stage.begin_app(&there).await;
        devices::end(&stage, &here.actor, &there.actor.session().id).await.expect("ended");
        is_dead(&stage, &there, &id, &app).await;
    }

    async fn another_change_in_another_browser(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let (id, app) = stage.begin_app(&here).await;
        // It is bound to the browser: the other one sees nothing of it, and cannot go on with it (CODE-6).
        is_dead(&stage, &there, &id, &app).await;
        second_factor::begin(&stage, &there.actor, SecondFactor::App).await.expect("fresh");
        is_dead(&stage, &here, &id, &app).await;
    }

    async fn of_two_set_ups_in_two_tabs_the_newer_one_counts(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (old_id, old) = stage.begin_app(&signed_in).await;
        let (new_id, new) = stage.begin_app(&signed_in).await;
        assert!(old_id != new_id && old.secret != new.secret);
        let now = stage.clock.now();
        let gone = second_factor::set_up(&stage, &signed_in.actor, &old_id, &old.code(now), true).await;
        assert_eq!(refused(gone), Error::AttemptOver);
        let mixed = second_factor::set_up(&stage, &signed_in.actor, &new_id, &old.code(now), true).await;
        assert_eq!(refused(mixed), left(4));
        assert!(second_factor::set_up(&stage, &signed_in.actor, &new_id, &new.code(now), true).await.is_ok());
    }

    async fn the_fifth_wrong_code_at_either_step(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &not(&code)).await), refusal);
        }
        assert_eq!(refused(second_factor::prove(&stage, &signed_in.actor, &code).await), Error::AttemptOver);
        stage.clock.advance(MINUTE);
        let (id, app) = stage.begin_app(&signed_in).await;
        for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            let wrong = app.wrong(stage.clock.now());
            let set_up = second_factor::set_up(&stage, &signed_in.actor, &id, &wrong, true).await;
            assert_eq!(refused(set_up), refusal);
        }
        is_dead(&stage, &signed_in, &id, &app).await;
    }

    async fn everything_that_was_begun_before_ends_and_this_session_stays(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let address_code = stage.ask_change(&there).await;
        stage.clock.advance(MINUTE);
        let half = stage.begin(&olivia, &place(2)).await;
        stage.deliver().await;
        stage.clock.advance(MINUTE);
        let (_, now) = stage.set_up_app(&here).await;
        assert!(stage.actor(&there.token).await.is_none(), "another session");
        let request = change_email::request(&stage, &there.actor, "new@x.example", &address_code).await;
        assert_eq!(request, Err(Error::AttemptOver), "a change of the address");
        assert_eq!(refused(sign_in::prompt(&stage, &place(2), &half).await), Error::AttemptOver, "half a sign-in");
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes").await, 0);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(1));
        assert!(stage.actor(&now.token).await.is_some());
    }

    async fn the_owner_is_told_and_reads_it_in_the_activity(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let (app, signed_in) = stage.set_up_app(&signed_in).await;
        let subject = "Your second sign-in step was changed";
        let letter = stage.letter_about(&olivia.email, subject).await;
        for piece in ["Before: code by email. From now on: authenticator app.", "192.0.2.1", "/not-me"] {
            assert!(letter.contains(piece), "{piece}: {letter}");
        }
        stage.clock.advance(PERIOD);
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await.expect("fresh");
        let proved = second_factor::prove(&stage, &signed_in.actor, &app.code(stage.clock.now())).await.expect("right");
        let now = stage.with_token(&signed_in, &proved.token).await;
        assert_eq!(stage.letters_about(&olivia.email, subject).await, 2);
        let changed = |from, to| format!("Two-factor authentication changed From {from} to {to}");
        let (mail, app) = ("Authentication via email", "Authentication via app");
        assert_eq!(stage.factor_activity(&now.actor).await, [changed(app, mail), changed(mail, app)]);
    }

    async fn of_many_who_set_up_at_once_one_gets_through(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let mut signed_in = stage.sign_in(&olivia).await;
        let other = stage.again().await;
        for round in 0..3 {
            let (id, app) = stage.begin_app(&signed_in).await;
            let mut all = JoinSet::new();
            for n in 0..8 {
                let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
                let (who, id) = (signed_in.clone(), id.clone());
                let code = app.code(stage.clock.now());
                all.spawn(async move {
                    let set_up = second_factor::set_up(&on, &who.actor, &id, &code, true).await;
                    set_up.map(|token| token.reveal().to_owned())
                });
            }
            let (won, lost): (Vec<_>, Vec<_>) = all.join_all().await.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 7), "round {round}");
            for refusal in lost.into_iter().filter_map(Result::err) {
                assert!(matches!(refusal, Error::CodeWrong { .. } | Error::AttemptOver), "{refusal:?}");
            }
            let token = won.into_iter().flatten().next().expect("one of them");
            let actor = stage.actor(&token).await.expect("the same session");
            assert_eq!(stage.number("SELECT COUNT(*) FROM totp").await, 1);
            assert_eq!(stage.number("SELECT COUNT(*) FROM recovery_codes").await, 10);
            stage.clock.advance(PERIOD);
            signed_in = back_to_mail(&stage, &SignedIn { actor, token, ..signed_in }, &app).await;
        }
    }

    async fn the_operator_has_codes_come_by_mail_again(stage: Stage) {
        let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
        assert_eq!(second_factor::reset(&stage, &olivia.id).await, Ok(true));
        assert!(stage.actor(&signed_in.token).await.is_none(), "signed out everywhere");
        for table in ["totp", "recovery_codes", "sessions"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        let letter = stage.letter_about(&olivia.email, "Your second sign-in step was changed").await;
        assert!(letter.contains("The people who run this service"), "{letter}");
        let half = stage.begin(&olivia, &place(1)).await;
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &app.code(stage.clock.now())).await), left(4));
        let code = stage.mailed_code(&olivia.email).await;
        let done = sign_in::finish(&stage, &place(1), &half, &code).await.expect("the right code");
        let actor = stage.actor(done.token.reveal()).await.expect("signed in");
        let said = "Two-factor authentication reset to email From Authentication via app to Authentication via email";
        assert_eq!(stage.factor_activity(&actor).await[0], said);
        let by = raw::texts(&stage.db, "SELECT actor_id FROM activity WHERE kind = 'factor_reset'").await;
        assert_eq!(by, ["operator"]);
        assert_eq!(second_factor::reset(&stage, &olivia.id).await, Ok(false), "by mail already");
        assert!(stage.actor(done.token.reveal()).await.is_some(), "so nobody is signed out");
        assert_eq!(second_factor::reset(&stage, "nobody").await, Err(Error::NotFound));
    }

    async fn rows_of_a_change_and_of_an_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let session = signed_in.actor.session().id.clone();
        let new = |id| factor_changes::NewChange { id, user_id: &olivia.id, session_id: &session, target: "app" };
        let mut tx = stage.db.begin().await.expect("a transaction");
        let gone = factor_changes::NewChange { session_id: "gone", ..new("a") };
        assert_eq!(factor_changes::begin(&mut tx, &gone, 0, 100).await, Ok(false));
        for id in ["a", "b"] {
            assert_eq!(factor_changes::begin(&mut tx, &new(id), 0, 100).await, Ok(true));
        }
        assert_eq!(factor_changes::count_try(&mut tx, "a", 5).await, Ok(None), "the newer one ended it");
        for tries in 1..=5 {
            assert_eq!(factor_changes::count_try(&mut tx, "b", 5).await, Ok(Some(tries)));
        }
        assert_eq!(factor_changes::count_try(&mut tx, "b", 5).await, Ok(None));
        assert_eq!(factor_changes::prolong(&mut tx, "b", 100, 200).await, Ok(false), "too late");
        assert_eq!(factor_changes::prolong(&mut tx, "b", 99, 200).await, Ok(true));
        assert_eq!(factor_changes::proved(&mut tx, "b", None, b"codes", 200, 300).await, Ok(false), "too late");
        let secret = Some(b"secret".as_slice());
        assert_eq!(factor_changes::proved(&mut tx, "b", secret, b"codes", 199, 300).await, Ok(true));
        assert_eq!(factor_changes::proved(&mut tx, "b", None, b"codes", 199, 300).await, Ok(false), "not again");
        assert_eq!(factor_changes::count_try(&mut tx, "b", 5).await, Ok(Some(1)), "the tries begin anew");
        tx.commit().await.expect("committed");
        let live = factor_changes::live(&stage.db, &olivia.id, &session, 299).await.expect("a read").expect("live");
        assert_eq!((live.secret.as_deref(), live.proved_at, live.last_step), (secret, Some(199), 0));
        assert!(factor_changes::live(&stage.db, &olivia.id, &session, 300).await.expect("a read").is_none());
        let mut tx = stage.db.begin().await.expect("a transaction");
        for (step, taken) in [(7, true), (6, false), (7, false), (9, true)] {
            assert_eq!(factor_changes::use_step(&mut tx, "b", step).await, Ok(taken), "{step}");
        }
        assert_eq!(factor_changes::take(&mut tx, "b", 300).await, Ok(false), "too late");
        assert_eq!(factor_changes::take(&mut tx, "b", 299).await, Ok(true));
        assert_eq!(factor_changes::take(&mut tx, "b", 299).await, Ok(false), "twice");
        let app = totp::App { id: "x".into(), sealed: b"sealed".to_vec(), key_id: "k".into(), last_step: 7 };
        totp::insert(&mut tx, &olivia.id, &app, 0).await.expect("inserted");
        for (step, taken) in [(7, false), (6, false), (9, true), (8, false), (9, false)] {
            assert_eq!(totp::use_step(&mut tx, "x", step).await, Ok(taken), "{step}");
        }
        assert_eq!(totp::use_step(&mut tx, "y", 10).await, Ok(false));
    }
}

/// The same session, with codes by mail.
async fn back_to_mail(stage: &Stage, who: &SignedIn, app: &App) -> SignedIn {
    second_factor::begin(stage, &who.actor, SecondFactor::Email).await.expect("fresh");
    let proved = second_factor::prove(stage, &who.actor, &app.code(stage.clock.now())).await.expect("the right code");
    stage.with_token(who, &proved.token).await
}
