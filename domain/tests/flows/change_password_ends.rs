//! What ends with a change of the password, what ends such a change, and many codes at once (CODE-5, EM-4, SESS-6).

use domain::actor::Actor;
use domain::clock::MINUTE;
use domain::error::{Error, Result};
use domain::flows::{change_email, change_password, recover, sign_in, sign_out};
use domain::store::password_changes::{self, NewChange};
use domain::store::sessions;
use domain::view::PasswordChange;
use tokio::task::JoinSet;

use crate::support::{PASSWORD, SignedIn, Stage, both, link_in, not, place, refused};

const NEW: &str = "copper lantern seldom rains";

async fn asked(stage: &Stage, who: &SignedIn) -> String {
    change_password::request(stage, &who.actor, PASSWORD, NEW, NEW).await.expect("the right password");
    stage.mailed_code(&who.email).await
}

async fn confirm(stage: &Stage, who: &SignedIn, code: &str) -> Result<()> {
    change_password::confirm(stage, &who.actor, code).await.map(|_| ())
}

/// The change is gone in this session, with its code, and the old password holds.
async fn is_dead(stage: &Stage, who: &SignedIn, code: &str) {
    assert_eq!(confirm(stage, who, code).await, Err(Error::AttemptOver));
    assert_eq!(change_password::resend(stage, &who.actor).await, Err(Error::AttemptOver));
    assert_eq!(change_password::state(stage, &who.actor).await, Ok(PasswordChange::Idle));
    assert_eq!(stage.guess(&who.email, NEW, &place(230)).await, Err(Error::SignInRefused));
}

/// The same code, fifty times at once in one session, each from a place of its own, at two instances.
async fn fifty(stage: &Stage, other: &Stage, who: &SignedIn, typed: &str) -> Vec<Result<()>> {
    let mut actors = Vec::new();
    for n in 0..50 {
        let on = if n % 2 == 0 { stage.clone() } else { other.clone() };
        let actor = Actor::of(&on, &who.token, &place(100 + n)).await.expect("a read").expect("signed in");
        actors.push((on, actor));
    }
    // All are known before the first right code gives the session another token.
    let mut all = JoinSet::new();
    for (on, actor) in actors {
        let typed = typed.to_owned();
        all.spawn(async move { change_password::confirm(&on, &actor, &typed).await.map(|_| ()) });
    }
    all.join_all().await
}

/// Refusals that a race may bring; a fault of ours is none of them.
fn is_refusal(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::CodeWrong { .. } | Error::AttemptOver | Error::TooMany { .. } | Error::SignedOut))
}

both! {
    async fn other_sessions_and_all_that_was_begun_end_on_every_instance(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let max = stage.person("max").await;
        let foreign = stage.sign_in_from(&max, &place(2)).await;
        let foreign_code = stage.pend_change(&foreign, "max@x.example").await;
        let email_code = stage.pend_change(&here, "new@x.example").await;
        recover::ask(&stage, &place(4), &olivia.email).await.expect("an address");
        recover::answer_due(&stage).await.expect("a read");
        stage.deliver().await;
        let letters = stage.letters_to(&olivia.email);
        let reset = letters.iter().find(|letter| letter.subject.starts_with("Choose a new password")).map(link_in);
        let reset = reset.expect("a link");
        let (half, login_code) = stage.half(&olivia, &place(3)).await;
        stage.clock.advance(MINUTE);
        let code = asked(&stage, &here).await;
        let token = change_password::confirm(&stage, &here.actor, &code).await.expect("the right code");
        let other = stage.again().await;
        let actor = other.actor(token.reveal()).await.expect("this session goes on");
        assert!(other.actor(&there.token).await.is_none() && other.actor(&foreign.token).await.is_some());
        assert_eq!(refused(change_email::finish(&other, &actor, &email_code).await), Error::AttemptOver);
        assert_eq!(refused(sign_in::finish(&other, &place(3), &half, &login_code).await), Error::AttemptOver);
        assert_eq!(refused(recover::look(&other, &reset).await), Error::NotFound);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(1));
        for table in ["codes", "email_changes", "links", "password_changes", "sign_ins"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
        assert!(change_email::finish(&stage, &foreign.actor, &foreign_code).await.is_ok(), "others are left alone");
    }

    async fn cancelling(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        assert_eq!(change_password::cancel(&stage, &signed_in.actor).await, Ok(()));
        is_dead(&stage, &signed_in, &code).await;
        assert_eq!(change_password::cancel(&stage, &signed_in.actor).await, Ok(()), "twice is no fault");
        assert!(stage.actor(&signed_in.token).await.is_some());
    }

    async fn signing_out_here_and_not_elsewhere(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let code = asked(&stage, &here).await;
        sign_out::sign_out(&stage, &there.actor).await.expect("signed out");
        assert_ne!(change_password::state(&stage, &here.actor).await, Ok(PasswordChange::Idle));
        sign_out::sign_out(&stage, &here.actor).await.expect("signed out");
        is_dead(&stage, &here, &code).await;
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes WHERE purpose = 'password_change'").await, 0);
        let again = change_password::request(&stage, &here.actor, PASSWORD, NEW, NEW).await;
        assert_eq!(again, Err(Error::SignedOut), "a session that has ended begins nothing");
    }

    async fn a_newer_request_in_another_browser(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let code = asked(&stage, &here).await;
        stage.clock.advance(MINUTE);
        let newer = asked(&stage, &there).await;
        is_dead(&stage, &here, &code).await;
        assert_eq!(confirm(&stage, &there, &newer).await, Ok(()));
        assert!(stage.actor(&here.token).await.is_none());
    }

    async fn a_new_address(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let code = asked(&stage, &signed_in).await;
        stage.clock.advance(MINUTE);
        let email_code = stage.pend_change(&signed_in, "new@x.example").await;
        let token = change_email::finish(&stage, &signed_in.actor, &email_code).await.expect("the right code");
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        let moved = SignedIn { actor, token: token.reveal().to_owned(), email: "new@x.example".into(), ..signed_in };
        is_dead(&stage, &moved, &code).await;
    }

    async fn of_fifty_right_codes_exactly_one_wins(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = asked(&stage, &signed_in).await;
        let outcomes = fifty(&stage, &other, &signed_in, &code).await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!((won, outcomes.iter().filter(|outcome| is_refusal(outcome)).count()), (1, 49), "{outcomes:?}");
        assert_eq!(stage.guess(&olivia.email, NEW, &place(1)).await, Ok(()));
        let notices = "SELECT COUNT(*) FROM activity WHERE kind = 'password_changed'";
        assert_eq!(stage.number(notices).await, 1);
    }

    async fn of_fifty_wrong_codes_five_are_compared(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let other = stage.again().await;
        let signed_in = stage.sign_in(&olivia).await;
        let code = asked(&stage, &signed_in).await;
        let outcomes = fifty(&stage, &other, &signed_in, &not(&code)).await;
        assert!(outcomes.iter().all(is_refusal), "{outcomes:?}");
        // Five tries left, or none, is the answer where there is no code to compare with any more.
        let compared = |outcome: &&Result<()>| {
            matches!(outcome, Err(Error::CodeWrong { tries_left }) if (1..5).contains(tries_left))
        };
        assert_eq!(outcomes.iter().filter(compared).count(), 4, "{outcomes:?}");
        assert!(outcomes.contains(&Err(Error::AttemptOver)), "{outcomes:?}");
        is_dead(&stage, &signed_in, &code).await;
    }

    async fn a_change_lives_in_its_session_until_its_time(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let session = stage.sign_in(&olivia).await.actor.session().id.clone();
        let row = NewChange { id: "c", user_id: &olivia.id, session_id: &session, new_hash: "hash" };
        let elsewhere = NewChange { session_id: "nowhere", ..row };
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(password_changes::begin(&mut tx, &elsewhere, 0, 100).await, Ok(false), "no such session");
        assert_eq!(password_changes::begin(&mut tx, &row, 0, 100).await, Ok(true));
        assert_eq!(password_changes::prolong(&mut tx, "c", 100, 200).await, Ok(false), "too late");
        assert_eq!(password_changes::prolong(&mut tx, "c", 99, 200).await, Ok(true));
        tx.commit().await.expect("committed");
        let live = |at| password_changes::live(&stage.db, &olivia.id, &session, at);
        assert_eq!(live(199).await.expect("a read").expect("live").new_hash, "hash");
        assert!(live(200).await.expect("a read").is_none());
        assert_eq!(password_changes::prune(&stage.db, 199).await, Ok(0));
        assert_eq!(password_changes::prune(&stage.db, 200).await, Ok(1));
    }
}
