//! The password again before something sensitive, through the same door as at sign-in (SESS-9, RATE-5).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::{change_email, reauthenticate, sign_in};
use domain::view::EmailChange;

use crate::support::{PASSWORD, SignedIn, Stage, WRONG, both, place, refused, wait};

async fn prove(stage: &Stage, who: &SignedIn, password: &str) -> Result<String, Error> {
    reauthenticate::with_password(stage, &who.actor, password).await.map(|token| token.reveal().to_owned())
}

fn wrong() -> Error {
    Error::at(Field::CurrentPassword, Problem::WrongPassword)
}

both! {
    async fn at_4_50_a_change_begins_and_at_5_10_the_password_comes_first(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        stage.clock.advance(4 * MINUTE + 50 * SECOND);
        assert_eq!(change_email::begin(&stage, &signed_in.actor).await, Ok(()));
        assert_eq!(stage.deliver().await, 1);
        stage.clock.advance(20 * SECOND);
        assert_eq!(change_email::begin(&stage, &signed_in.actor).await, Err(Error::ReauthenticationNeeded));
        assert_eq!(stage.deliver().await, 0);
        change_email::cancel(&stage, &signed_in.actor).await.expect("cancelled");
        assert_eq!(change_email::state(&stage, &signed_in.actor).await, Ok(EmailChange::PasswordFirst));
    }

    async fn the_password_makes_it_fresh_and_the_code_is_mailed(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        stage.clock.advance(10 * MINUTE);
        let refusal = change_email::begin_with_password(&stage, &signed_in.actor, WRONG).await;
        assert_eq!(refused(refusal), wrong());
        assert_eq!(stage.deliver().await, 0);
        assert!(stage.actor(&signed_in.token).await.is_some());
        let token = change_email::begin_with_password(&stage, &signed_in.actor, PASSWORD).await.expect("the password");
        assert!(stage.actor(&signed_in.token).await.is_none());
        let actor = stage.actor(token.reveal()).await.expect("the same session");
        let state = EmailChange::AwaitsAddress { sent_to: olivia.email.clone(), sent: true, resend_in_s: 60 };
        assert_eq!(change_email::state(&stage, &actor).await, Ok(state));
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(change_email::request(&stage, &actor, "new@x.example", &code).await, Ok(()));
    }

    async fn failures_here_and_at_sign_in_are_counted_together(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        for _ in 0..3 {
            assert_eq!(prove(&stage, &signed_in, WRONG).await, Err(wrong()));
        }
        for n in 0..2 {
            assert_eq!(stage.guess(&olivia.email, WRONG, &place(n)).await, Err(Error::SignInRefused));
        }
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(3)).await, Err(wait(1)));
        assert_eq!(prove(&stage, &signed_in, PASSWORD).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert!(prove(&stage, &signed_in, PASSWORD).await.is_ok());
    }

    async fn nothing_typed_is_said_at_the_field_and_not_counted(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        for _ in 0..10 {
            let empty = Error::at(Field::CurrentPassword, Problem::Empty);
            assert_eq!(prove(&stage, &signed_in, "").await, Err(empty));
        }
        assert!(prove(&stage, &signed_in, PASSWORD).await.is_ok());
    }

    async fn a_session_that_ended_meanwhile_is_not_revived(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        domain::flows::sign_out::sign_out(&stage, &signed_in.actor).await.expect("signed out");
        assert_eq!(prove(&stage, &signed_in, PASSWORD).await, Err(Error::SignedOut));
        assert_eq!(stage.number("SELECT COUNT(*) FROM sessions").await, 0);
    }

    async fn a_right_password_never_costs_the_session(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let actor = domain::actor::Actor::of(&stage, &signed_in.token, &place(1)).await;
        let actor = actor.expect("a read").expect("signed in");
        stage.clock.advance(10 * MINUTE);
        for _ in 0..29 {
            refused(sign_in::resend(&stage, &place(1), "no token").await);
        }
        // The thirtieth try of the place is the password; whatever follows must not lose the new token.
        let begun = change_email::begin_with_password(&stage, &actor, PASSWORD).await;
        let lives = match &begun {
            Ok(token) => stage.actor(token.reveal()).await.is_some(),
            Err(_) => stage.actor(&signed_in.token).await.is_some(),
        };
        assert!(lives, "refused with {:?}, and signed out by it", begun.err());
    }
}
