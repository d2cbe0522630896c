//! Whoever a provider manages has neither a password nor a second factor here, and nobody gives them one (OIDC-3).

use domain::clock::MINUTE;
use domain::error::Error;
use domain::flows::provider_sign_in::Identity;
use domain::flows::{
    change_email, change_password, not_me, reauthenticate, recover, recovery_codes, second_factor, security, sign_in,
    undo_email, users,
};
use domain::secrets::token::Token;
use domain::store::links::{self, Kind, NewLink};
use domain::store::users as rows;
use domain::view::SecondFactor;

use super::provider_sign_in::{bound, enter, invited, signed_in, who, with_provider};
use crate::support::{PASSWORD, SignedIn, Somebody, Stage, anywhere, both, place, raw, refused};

const NEW: &str = "copper lantern seldom rains";

/// Somebody who is bound, and fresh in this session: what is refused is not refused for want of a proof.
async fn fresh(house: &Stage) -> (Somebody, SignedIn) {
    let (olivia, _) = bound(house, "olivia", "sub-1").await;
    let identity = Identity { authenticated_at: Some(house.clock.now()), ..who("sub-1") };
    let done = enter(house, &anywhere(), &identity).await.expect("bound");
    let session = signed_in(house, done).await;
    assert!(session.actor.is_fresh(house.clock.now()));
    while house.deliver().await > 0 {}
    (olivia, session)
}

/// A link of before, as it might still lie in a mailbox.
async fn link_of(house: &Stage, who: &Somebody, kind: Kind, email: &str) -> String {
    let (now, token) = (house.clock.now(), Token::new(&house.rng));
    let (id, hash) = (house.rng.id(now), token.hash());
    let link = NewLink { id: &id, token_hash: &hash, kind, user_id: &who.id, email };
    let mut tx = house.db.begin().await.expect("a transaction");
    links::insert(&mut tx, &link, now, now + 30 * MINUTE).await.expect("added");
    tx.commit().await.expect("committed");
    token.reveal().to_owned()
}

both! {
    async fn everything_that_leads_to_a_password_or_a_factor_is_refused(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, SignedIn { actor, .. }) = fresh(&house).await;
        let before = (house.letters_to(&olivia.email).len(), raw::dump(&house.db).await);
        let refusals = [
            reauthenticate::prove_password(&house, &actor, PASSWORD).await.err(),
            reauthenticate::with_password(&house, &actor, PASSWORD).await.err(),
            change_password::request(&house, &actor, PASSWORD, NEW, NEW).await.err(),
            change_password::confirm(&house, &actor, "BCDF-GHJK").await.err(),
            change_password::resend(&house, &actor).await.err(),
            security::with_password(&house, &actor).await.err(),
            second_factor::begin(&house, &actor, SecondFactor::Email).await.err(),
            second_factor::begin(&house, &actor, SecondFactor::App).await.err(),
            second_factor::begin(&house, &actor, SecondFactor::Off).await.err(),
            recovery_codes::begin(&house, &actor).await.err(),
            change_email::begin(&house, &actor).await.err(),
            change_email::begin_with_password(&house, &actor, PASSWORD).await.err(),
            not_me::begin(&house, &actor).await.err(),
            not_me::resend(&house, &actor).await.err(),
            not_me::finish(&house, &actor, NEW, NEW, "BCDF-GHJK").await.err(),
            second_factor::reset(&house, &olivia.id).await.err(),
        ];
        for (n, refusal) in refusals.into_iter().enumerate() {
            assert_eq!(refusal, Some(Error::ManagedByProvider), "number {n}");
        }
        assert_eq!(house.deliver().await, 0);
        let after = (house.letters_to(&olivia.email).len(), raw::dump(&house.db).await);
        assert!(before == after, "nothing was mailed, and not a row has changed");
        assert_eq!(second_factor::offer(&house, &actor).await, Ok(false));
    }

    async fn what_goes_on_after_a_beginning_has_nothing_to_go_on_with(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, SignedIn { actor, .. }) = fresh(&house).await;
        let code = "BCDF-GHJK";
        let refusals = [
            change_email::request(&house, &actor, "new@x.example", code).await.err(),
            change_email::finish(&house, &actor, code).await.err(),
            change_email::resend(&house, &actor).await.err(),
            second_factor::prove(&house, &actor, code).await.err(),
            second_factor::set_up(&house, &actor, "x", "123456", true).await.err(),
            second_factor::resend(&house, &actor).await.err(),
            recovery_codes::prove(&house, &actor, code).await.err(),
            recovery_codes::keep(&house, &actor, "x", true).await.err(),
        ];
        for (n, refusal) in refusals.into_iter().enumerate() {
            assert_eq!(refusal, Some(Error::AttemptOver), "number {n}");
        }
        let user = house.user(&olivia).await;
        assert_eq!((user.password_hash.as_deref(), user.factor()), (None, SecondFactor::Off));
        assert_eq!(user.email, olivia.email);
    }

    async fn at_sign_in_they_look_like_nobody(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        let (una, _) = invited(&house, "una").await;
        for email in ["nobody@acme.example", &olivia.email, &una.email] {
            let begun = sign_in::begin(&house, &anywhere(), email, PASSWORD, None).await;
            assert_eq!(refused(begun), Error::SignInRefused, "{email}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM sign_ins").await, 0);
    }

    async fn a_password_that_was_left_there_opens_nothing_and_none_is_set(stage: Stage) {
        let house = with_provider(&stage);
        let olivia = house.person("olivia").await;
        house.manage_elsewhere(&olivia).await;
        let hash = house.user(&olivia).await.password_hash;
        assert!(hash.is_some());
        assert_eq!(house.guess(&olivia.email, PASSWORD, &anywhere()).await, Err(Error::SignInRefused));
        assert_eq!(house.number("SELECT COUNT(*) FROM sign_ins").await, 0);
        let mut tx = house.db.begin().await.expect("a transaction");
        let set = rows::set_password(&mut tx, &olivia.id, "another", 0).await;
        assert_eq!(set, Err(Error::ManagedByProvider));
        let set = rows::activate(&mut tx, &olivia.id, "another", true, 0).await;
        assert_eq!(set, Err(Error::ManagedByProvider));
        tx.commit().await.expect("committed");
        assert_eq!(house.user(&olivia).await.password_hash, hash);
    }

    async fn a_forgotten_password_is_answered_with_a_hint(stage: Stage) {
        const HINT: &str = "Your sign-in at Selfsame";
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        let (max, _) = bound(&house, "max", "sub-max").await;
        house.disable(&max).await;
        for email in [&olivia.email, &max.email] {
            assert_eq!(recover::ask(&house, &anywhere(), email).await, Ok(()));
            recover::answer_due(&house).await.expect("a read");
        }
        let letter = house.letter_about(&olivia.email, HINT).await;
        assert!(letter.contains("Acme Login") && letter.contains("\nhttp://localhost:3000/sign-in\n"), "{letter}");
        assert_eq!(house.letters_about(&max.email, HINT).await, 0, "who is disabled gets nothing");
        assert_eq!(house.number("SELECT COUNT(*) FROM links").await, 0);
        // The second within a minute mails nothing, as everywhere.
        assert_eq!(recover::ask(&house, &anywhere(), &olivia.email).await, Ok(()));
        recover::answer_due(&house).await.expect("a read");
        assert_eq!(house.letters_about(&olivia.email, HINT).await, 1);
        house.clock.advance(MINUTE);
        assert_eq!(recover::ask(&house, &anywhere(), &olivia.email).await, Ok(()));
        recover::answer_due(&house).await.expect("a read");
        assert_eq!(house.letters_about(&olivia.email, HINT).await, 2);
    }

    async fn whoever_is_not_bound_yet_gets_a_new_link_to_the_provider_once_the_former_is_dead(stage: Stage) {
        let house = with_provider(&stage);
        let (una, _) = invited(&house, "una").await;
        for (later, letters) in [(0, 1), (users::LINK, 2)] {
            house.clock.advance(later);
            assert_eq!(recover::ask(&house, &anywhere(), &una.email).await, Ok(()));
            recover::answer_due(&house).await.expect("a read");
            assert_eq!(house.letters_about(&una.email, "Your account at Acme Ltd").await, letters);
        }
        let letter = house.letter_about(&una.email, "Your account at Acme Ltd").await;
        assert!(letter.contains("/activate/") && letter.contains("Acme Login"), "{letter}");
    }

    async fn links_of_before_lead_nowhere(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        let reset = link_of(&house, &olivia, Kind::Reset, &olivia.email).await;
        let undo = link_of(&house, &olivia, Kind::UndoEmail, "former@acme.example").await;
        assert_eq!(refused(recover::look(&house, &reset).await), Error::NotFound);
        assert_eq!(recover::finish(&house, &place(1), &reset, NEW, NEW).await, Err(Error::NotFound));
        assert_eq!(refused(undo_email::look(&house, &undo).await), Error::NotFound);
        assert_eq!(undo_email::finish(&house, &place(1), &undo, NEW, NEW, "").await, Err(Error::NotFound));
        let user = house.user(&olivia).await;
        assert_eq!((user.email.as_str(), user.password_hash), (olivia.email.as_str(), None));
    }
}
