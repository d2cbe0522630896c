//! Proving again who one is, at the provider: the same session, the same identity, and asked anew (SESS-9).

use domain::actor::{Actor, FRESH};
use domain::clock::{MINUTE, Millis, SECOND};
use domain::error::{Error, Result};
use domain::flows::provider_sign_in::{self as flow, Arrived, Identity, Purpose, Returned};
use domain::flows::sign_out;
use domain::secrets::token::Token;

use super::provider_sign_in::{ID, bound, enter, signed_in, there_and_back, who, with_provider};
use crate::support::{SignedIn, Stage, anywhere, both, place, refused};

const BACK: &str = "/c/acme/account/security";

/// To the provider and back in this session.
async fn asked(house: &Stage, who: &SignedIn) -> Returned {
    let actor = house.next(who).await;
    there_and_back(house, &anywhere(), Purpose::Unlock { actor: &actor, back: BACK }).await
}

/// What comes of it.
async fn unlock(house: &Stage, actor: Option<&Actor>, back: Returned, identity: &Identity<'_>) -> Result<Token> {
    match flow::arrive(house, &place(1), actor, back, identity).await? {
        Arrived::Unlocked { token, back } => {
            assert_eq!(back, BACK);
            Ok(token)
        }
        Arrived::SignedIn(_) => panic!("a second session"),
    }
}

/// The same person once more, in another browser.
async fn in_another_browser(house: &Stage, subject: &str) -> SignedIn {
    let done = enter(house, &anywhere(), &who(subject)).await.expect("bound");
    signed_in(house, done).await
}

/// Somebody who has proved at this moment who they are.
fn at(subject: &str, at: Millis) -> Identity<'_> {
    Identity { authenticated_at: Some(at), ..who(subject) }
}

both! {
    async fn who_was_asked_anew_is_fresh_with_another_token(stage: Stage) {
        let house = with_provider(&stage);
        let (_, olivia) = bound(&house, "olivia", "sub-1").await;
        assert!(!olivia.actor.is_fresh(house.clock.now()), "an old sign-in there");
        let back = asked(&house, &olivia).await;
        assert!(back.again, "the provider is to ask");
        house.clock.advance(MINUTE);
        let now = house.clock.now();
        let token = unlock(&house, Some(&olivia.actor), back, &at("sub-1", now - SECOND)).await.expect("asked anew");
        assert!(house.actor(&olivia.token).await.is_none(), "the former token is dead");
        let actor = house.actor(token.reveal()).await.expect("the same session");
        assert_eq!((&actor.session().id, actor.session().authenticated_at), (&olivia.actor.session().id, now));
        house.clock.advance(5 * MINUTE);
        assert!(actor.is_fresh(house.clock.now()));
        assert!(!actor.is_fresh(house.clock.now() + 1));
    }

    async fn an_old_or_missing_time_unlocks_nothing(stage: Stage) {
        let house = with_provider(&stage);
        let (_, olivia) = bound(&house, "olivia", "sub-1").await;
        house.clock.advance(10 * MINUTE);
        let now = house.clock.now();
        for authenticated_at in [None, Some(0), Some(now - 30 * SECOND - 1)] {
            let back = asked(&house, &olivia).await;
            let identity = Identity { authenticated_at, ..who("sub-1") };
            let refusal = unlock(&house, Some(&olivia.actor), back, &identity).await;
            assert_eq!(refused(refusal), Error::ReauthenticationNeeded, "{authenticated_at:?}");
        }
        assert!(!house.next(&olivia).await.is_fresh(now));
        // Clocks may differ by half a minute.
        let back = asked(&house, &olivia).await;
        assert!(unlock(&house, Some(&olivia.actor), back, &at("sub-1", now - 30 * SECOND)).await.is_ok());
    }

    async fn another_session_and_another_identity_unlock_nothing(stage: Stage) {
        let house = with_provider(&stage);
        let (_, olivia) = bound(&house, "olivia", "sub-1").await;
        let (_, max) = bound(&house, "max", "sub-max").await;
        let now = house.clock.now();
        for (actor, subject) in
            [(None, "sub-1"), (Some(&max.actor), "sub-1"), (Some(&olivia.actor), "sub-max"), (Some(&olivia.actor), "x")]
        {
            let back = asked(&house, &olivia).await;
            let refusal = unlock(&house, actor, back, &at(subject, now)).await;
            assert_eq!(refused(refusal), Error::SignedOut, "{subject}");
        }
        for who in [&olivia, &max] {
            assert!(!house.next(who).await.is_fresh(now));
        }
    }

    async fn a_session_that_has_ended_meanwhile_is_not_revived(stage: Stage) {
        let house = with_provider(&stage);
        let (somebody, olivia) = bound(&house, "olivia", "sub-1").await;
        let trip = flow::set_out(&house, &place(1), ID, Purpose::Unlock { actor: &olivia.actor, back: BACK }).await;
        let trip = trip.expect("a trip");
        assert_eq!((trip.again, trip.max_age), (true, Some(FRESH)));
        let back = asked(&house, &olivia).await;
        sign_out::sign_out(&house, &olivia.actor).await.expect("signed out");
        let now = house.clock.now();
        assert_eq!(refused(unlock(&house, Some(&olivia.actor), back, &at("sub-1", now)).await), Error::SignedOut);
        let late = flow::come_back(&house, &place(1), ID, trip.state.reveal(), trip.browser.reveal()).await;
        assert_eq!(refused(late), Error::NotFound, "its trips went with it");
        let again = flow::set_out(&house, &place(1), ID, Purpose::Unlock { actor: &olivia.actor, back: BACK }).await;
        assert_eq!(refused(again), Error::SignedOut);

        let olivia = in_another_browser(&house, "sub-1").await;
        let back = asked(&house, &olivia).await;
        house.disable(&somebody).await;
        let refusal = unlock(&house, Some(&olivia.actor), back, &at("sub-1", now)).await;
        assert_eq!(refused(refusal), Error::SignedOut);
    }

    async fn an_address_that_changes_on_the_way_keeps_this_session_alone(stage: Stage) {
        let house = with_provider(&stage);
        let (somebody, olivia) = bound(&house, "olivia", "sub-1").await;
        let other = in_another_browser(&house, "sub-1").await;
        let back = asked(&house, &olivia).await;
        let identity = Identity { email: Some("new@acme.example"), ..at("sub-1", house.clock.now()) };
        let token = unlock(&house, Some(&olivia.actor), back, &identity).await.expect("asked anew");
        assert!(house.actor(token.reveal()).await.is_some());
        assert!(house.actor(&other.token).await.is_none());
        assert_eq!(house.user(&somebody).await.email, "new@acme.example");
    }

    async fn who_signs_in_by_password_is_led_to_no_provider(stage: Stage) {
        let house = with_provider(&stage);
        let max = house.sign_in(&house.person("max").await).await;
        let trip = flow::set_out(&house, &place(1), ID, Purpose::Unlock { actor: &max.actor, back: BACK }).await;
        assert_eq!(refused(trip), Error::NotFound);
    }
}
