//! Signing in through a provider: a trip of one browser and of one use, and arriving as whoever has the identity
//! (OIDC-1, OIDC-2).

use domain::actor::Actor;
use domain::clock::{HOUR, MINUTE};
use domain::error::{Error, Result};
use domain::flows::provider_sign_in::{self as flow, Arrived, Identity, Purpose, Returned, TRIP};
use domain::flows::sign_in::Finished;
use domain::flows::users::{self, Invitee};
use domain::flows::{devices, security, sign_out};
use domain::mail::outbox;
use domain::secrets::token::Token;
use domain::store;
use domain::view::{BuiltinGroup, Provider, SignedInBy};
use domain::visitor::Visitor;

use crate::support::{
    PASSWORD, SignedIn, Somebody, Stage, With, acme_login, anywhere, both, link_in, place, raw, refused, visitor, wait,
};

pub const ISSUER: &str = "https://login.acme.example";
pub const ID: &str = "acme-login";

/// The same house, with a provider.
pub fn with_provider(stage: &Stage) -> Stage {
    stage.with(With { providers: vec![acme_login()], ..With::default() })
}

/// A new user of Acme Ltd whose sign-in the provider is to manage, and the token of the mailed link.
pub async fn invited(house: &Stage, name: &str) -> (Somebody, String) {
    house.tenant("Acme Ltd", "acme").await;
    let email = format!("{name}@acme.example");
    let invitee = Invitee {
        email: &email,
        first_name: "Olivia",
        last_name: "Okafor",
        language: None,
        tenant_id: "",
        group: BuiltinGroup::User,
    };
    users::invite_by(house, "acme", invitee, Some(ID)).await.expect("a free address");
    house.deliver().await;
    let user = store::users::by_email(&house.db, &email).await.expect("a read").expect("a user");
    (Somebody { id: user.id, email: email.clone() }, link_in(&house.letters_to(&email)[0]))
}

/// Somebody at the provider, who has proved nothing about an address.
pub fn who(subject: &str) -> Identity<'_> {
    Identity { issuer: ISSUER, subject, email: None, authenticated_at: None }
}

/// To the provider and back again.
pub async fn there_and_back(house: &Stage, from: &Visitor, purpose: Purpose<'_>) -> Returned {
    let trip = flow::set_out(house, from, ID, purpose).await.expect("a trip");
    let back = flow::come_back(house, from, &trip.provider, trip.state.reveal(), trip.browser.reveal()).await;
    let back = back.expect("the same browser, in time");
    assert_eq!((back.nonce.as_str(), back.verifier.as_str()), (trip.nonce.reveal(), trip.verifier.reveal()));
    assert_eq!((back.again, back.set_out_at), (trip.again, house.clock.now()));
    back
}

/// The whole way of a sign-in, whatever comes of it.
pub async fn enter(house: &Stage, from: &Visitor, identity: &Identity<'_>) -> Result<Finished> {
    let back = there_and_back(house, from, Purpose::SignIn { next: None }).await;
    finished(flow::arrive(house, from, None, back, identity).await)
}

/// The whole way with a mailed link, whatever comes of it.
pub async fn activate(house: &Stage, link: &str, identity: &Identity<'_>) -> Result<Finished> {
    let from = anywhere();
    let back = there_and_back(house, &from, Purpose::Activate { link }).await;
    finished(flow::arrive(house, &from, None, back, identity).await)
}

pub fn finished(arrived: Result<Arrived>) -> Result<Finished> {
    match arrived? {
        Arrived::SignedIn(finished) => Ok(finished),
        Arrived::Unlocked { .. } => panic!("no session has begun"),
    }
}

/// Whoever is signed in by it.
pub async fn signed_in(house: &Stage, finished: Finished) -> SignedIn {
    let token = finished.token.reveal().to_owned();
    let actor = house.actor(&token).await.expect("signed in");
    let email = actor.session().email.clone();
    SignedIn { actor, token, device: finished.device, email }
}

/// A user of Acme Ltd who is bound to this subject, signed in.
pub async fn bound(house: &Stage, name: &str, subject: &str) -> (Somebody, SignedIn) {
    let (somebody, link) = invited(house, name).await;
    let done = activate(house, &link, &who(subject)).await.expect("a link that works");
    (somebody, signed_in(house, done).await)
}

both! {
    async fn whoever_has_the_identity_is_signed_in_and_nobody_mails_a_code(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, first) = bound(&house, "olivia", "sub-1").await;
        sign_out::sign_out(&house, &first.actor).await.expect("signed out");
        while house.deliver().await > 0 {}
        let letters = house.letters_to(&olivia.email).len();
        let from = Visitor { device: Some(first.device.clone()), ..place(1) };
        let done = enter(&house, &from, &who("sub-1")).await.expect("bound");
        let again = signed_in(&house, done).await;
        assert_eq!((again.actor.user_id(), again.actor.provider()), (olivia.id.as_str(), Some(ID)));
        assert_eq!(house.deliver().await, 0);
        assert_eq!(house.letters_to(&olivia.email).len(), letters, "a browser that is known");
        let list = devices::list(&house, &again.actor).await.expect("a read");
        assert_eq!(list.iter().map(|device| device.how).collect::<Vec<_>>(), [Some(SignedInBy::Provider)]);
        let tab = security::view(&house, &again.actor).await.expect("a read");
        assert_eq!((tab.provider.as_deref(), tab.password_since), (Some("Acme Login"), None));
    }

    async fn where_somebody_wanted_to_go_travels_along(stage: Stage) {
        let house = with_provider(&stage);
        bound(&house, "olivia", "sub-1").await;
        let next = Some("/c/acme/account/groups");
        let back = there_and_back(&house, &place(1), Purpose::SignIn { next }).await;
        let done = finished(flow::arrive(&house, &place(1), None, back, &who("sub-1")).await).expect("bound");
        assert_eq!(done.next_path.as_deref(), next);
    }

    async fn a_trip_is_of_one_browser_one_state_and_one_use(stage: Stage) {
        let house = with_provider(&stage);
        let here = place(1);
        let trip = flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.expect("a trip");
        let (state, browser) = (trip.state.reveal(), trip.browser.reveal());
        let other = Token::new(&house.rng);
        for (state, browser) in
            [(state, ""), (state, other.reveal()), (other.reveal(), browser), ("", browser), (browser, state)]
        {
            let back = flow::come_back(&house, &here, ID, state, browser).await;
            assert_eq!(refused(back), Error::NotFound, "{state} {browser}");
        }
        assert!(flow::come_back(&house, &here, ID, state, browser).await.is_ok(), "none of them used it up");
        assert_eq!(refused(flow::come_back(&house, &here, ID, state, browser).await), Error::NotFound);
    }

    async fn who_comes_back_from_another_provider_has_used_the_trip_up(stage: Stage) {
        let other = Provider { id: "other".into(), name: "Other".into() };
        let house = stage.with(With { providers: vec![acme_login(), other], ..With::default() });
        let here = place(1);
        let trip = flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.expect("a trip");
        for provider in ["other", ID] {
            let back = flow::come_back(&house, &here, provider, trip.state.reveal(), trip.browser.reveal()).await;
            assert_eq!(refused(back), Error::NotFound, "{provider}");
        }
    }

    async fn of_two_who_come_back_at_once_one_does(stage: Stage) {
        let house = with_provider(&stage);
        let (here, there) = (place(1), place(2));
        let trip = flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.expect("a trip");
        let (state, browser) = (trip.state.reveal(), trip.browser.reveal());
        let (one, two) = tokio::join!(
            flow::come_back(&house, &here, ID, state, browser),
            flow::come_back(&house, &there, ID, state, browser),
        );
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
    }

    async fn a_trip_takes_ten_minutes_and_no_more(stage: Stage) {
        let house = with_provider(&stage);
        assert_eq!(TRIP, 10 * MINUTE);
        for (takes, arrives) in [(TRIP - 1, true), (TRIP, false)] {
            let here = anywhere();
            let trip = flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.expect("a trip");
            house.clock.advance(takes);
            let back = flow::come_back(&house, &here, ID, trip.state.reveal(), trip.browser.reveal()).await;
            assert_eq!(back.is_ok(), arrives, "after {takes} ms");
        }
        outbox::clear(&house, house.clock.now()).await.expect("cleared");
        assert_eq!(house.number("SELECT COUNT(*) FROM provider_trips").await, 0);
    }

    async fn the_database_knows_none_of_its_secrets(stage: Stage) {
        let house = with_provider(&stage);
        let trip = flow::set_out(&house, &place(1), ID, Purpose::SignIn { next: None }).await.expect("a trip");
        let dump = raw::dump(&house.db).await;
        for secret in [&trip.state, &trip.nonce, &trip.verifier, &trip.browser] {
            let (text, bytes) = (secret.reveal().to_lowercase(), raw::hex(secret.reveal().as_bytes()));
            assert!(!dump.contains(&text) && !dump.contains(&bytes), "a secret of a trip is readable");
        }
    }

    async fn whoever_may_not_come_in_gets_one_answer(stage: Stage) {
        let other = Provider { id: "other".into(), name: "Other".into() };
        let house = stage.with(With { providers: vec![acme_login(), other], ..With::default() });
        let (max, _) = bound(&house, "max", "sub-max").await;
        let (una, _) = bound(&house, "una", "sub-una").await;
        house.disable(&max).await;
        let moved = format!("UPDATE users SET provider = 'other' WHERE id = '{}'", una.id);
        assert_eq!(raw::run(&house.db, &moved).await.ok(), Some(1));
        let sessions = house.number("SELECT COUNT(*) FROM sessions").await;
        let elsewhere = Identity { issuer: "https://login.other.example", ..who("sub-max") };
        for identity in [who("nobody"), who("SUB-UNA"), who("sub-max"), who("sub-una"), elsewhere] {
            let entered = enter(&house, &anywhere(), &identity).await;
            assert_eq!(refused(entered), Error::SignInRefused, "{identity:?}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM sessions").await, sessions);
    }

    async fn nobody_is_found_by_an_address(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, (max, _)) = (house.person("olivia").await, bound(&house, "max", "sub-max").await);
        for email in [&olivia.email, &max.email] {
            let identity = Identity { email: Some(email), ..who("somebody else") };
            assert_eq!(refused(enter(&house, &anywhere(), &identity).await), Error::SignInRefused);
        }
        // Who is bound does not get the address of somebody else either.
        let identity = Identity { email: Some(&olivia.email), ..who("sub-max") };
        let done = enter(&house, &anywhere(), &identity).await.expect("bound");
        assert_eq!(signed_in(&house, done).await.actor.user_id(), max.id);
        assert_eq!(house.user(&max).await.email, max.email);
        assert_eq!(house.user(&olivia).await.provider, None);
        assert_eq!(house.guess(&olivia.email, PASSWORD, &anywhere()).await, Ok(()));
    }

    async fn an_old_sign_in_there_is_no_fresh_one_here(stage: Stage) {
        let house = with_provider(&stage);
        bound(&house, "olivia", "sub-1").await;
        let now = house.clock.now();
        for (at, kept) in [(None, 0), (Some(now - HOUR), now - HOUR), (Some(now), now), (Some(now + HOUR), now)] {
            let identity = Identity { authenticated_at: at, ..who("sub-1") };
            let done = enter(&house, &anywhere(), &identity).await.expect("bound");
            let actor = signed_in(&house, done).await.actor;
            assert_eq!((actor.session().authenticated_at, actor.is_fresh(now)), (kept, kept == now), "{at:?}");
        }
    }

    async fn a_provider_that_nobody_names_leads_nowhere(stage: Stage) {
        let house = with_provider(&stage);
        for (house, provider) in [(&house, "acme"), (&house, ""), (&stage, ID)] {
            let trip = flow::set_out(house, &place(1), provider, Purpose::SignIn { next: None }).await;
            assert_eq!(refused(trip), Error::NotFound, "{provider}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM provider_trips").await, 0);
    }

    async fn setting_out_and_coming_back_are_counted_as_every_door(stage: Stage) {
        let house = with_provider(&stage);
        let (here, none) = (visitor("192.0.2.77"), Token::new(&house.rng));
        for _ in 0..29 {
            refused(flow::come_back(&house, &here, ID, none.reveal(), none.reveal()).await);
        }
        let trip = flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.expect("the thirtieth");
        let back = flow::come_back(&house, &here, ID, trip.state.reveal(), trip.browser.reveal()).await;
        assert_eq!(refused(back), wait(60));
        assert_eq!(refused(flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await), wait(60));
    }

    async fn whoever_brings_no_cookie_uses_up_no_try_of_the_place(stage: Stage) {
        let house = with_provider(&stage);
        let (here, state) = (visitor("192.0.2.78"), Token::new(&house.rng));
        for _ in 0..40 {
            for browser in ["", "none"] {
                let back = flow::come_back(&house, &here, ID, state.reveal(), browser).await;
                assert_eq!(refused(back), Error::NotFound);
            }
        }
        assert!(flow::set_out(&house, &here, ID, Purpose::SignIn { next: None }).await.is_ok());
    }

    async fn an_actor_of_before_is_no_part_of_a_sign_in(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        let (_, max) = bound(&house, "max", "sub-max").await;
        let back = there_and_back(&house, &place(1), Purpose::SignIn { next: None }).await;
        let done = flow::arrive(&house, &place(1), Some(&max.actor), back, &who("sub-1")).await;
        let entered = signed_in(&house, finished(done).expect("bound")).await;
        assert_eq!(entered.actor.user_id(), olivia.id);
        assert!(Actor::of(&house, &max.token, &place(1)).await.expect("a read").is_some(), "a session of its own");
    }
}
