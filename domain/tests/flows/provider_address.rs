//! The address of somebody whose sign-in a provider manages: it follows what the provider has verified, and nobody else
//! changes it (OIDC-2, SESS-6, NOT-1).

use domain::error::Error;
use domain::flows::provider_sign_in::Identity;
use domain::flows::{change_email, undo_email};
use domain::text::Language;

use super::provider_sign_in::{activate, bound, enter, invited, signed_in, who, with_provider};
use crate::support::{Somebody, Stage, anywhere, both, raw, refused};

const NEW: &str = "olivia.okafor@acme.example";

/// Somebody at the provider, who has this address there; `None` where it was not verified.
fn with_address<'a>(subject: &'a str, email: Option<&'a str>) -> Identity<'a> {
    Identity { email, ..who(subject) }
}

/// How often the address was changed, as far as was recorded.
async fn changes(house: &Stage, who: &Somebody) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM activity WHERE user_id = '{}' AND kind = 'email_changed'", who.id);
    house.number(&sql).await
}

both! {
    async fn a_verified_address_is_taken_over_and_both_are_told(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, before) = bound(&house, "olivia", "sub-1").await;
        let done = enter(&house, &anywhere(), &with_address("sub-1", Some(" Olivia.Okafor@Acme.Example"))).await;
        let entered = signed_in(&house, done.expect("bound")).await;
        assert_eq!(entered.email, NEW);
        assert_eq!(house.user(&olivia).await.email, NEW);
        assert!(house.actor(&before.token).await.is_none(), "everything else ends");
        assert_eq!(changes(&house, &olivia).await, 1);
        for address in [olivia.email.as_str(), NEW] {
            let letter = house.letter_about(address, "Your email address was changed").await;
            for piece in ["Acme Login", &olivia.email, NEW] {
                assert!(letter.contains(piece), "{piece}: {letter}");
            }
            assert!(!letter.contains("http"), "no link undoes it: {letter}");
        }
        assert_eq!(house.number("SELECT COUNT(*) FROM links").await, 0);
        // Once it is so, nothing happens any more.
        let done = enter(&house, &anywhere(), &with_address("sub-1", Some(NEW))).await;
        signed_in(&house, done.expect("bound")).await;
        assert!(house.actor(&entered.token).await.is_some());
        assert_eq!(changes(&house, &olivia).await, 1);
    }

    async fn keys_of_programs_end_with_the_former_address(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, session) = bound(&house, "olivia", "sub-1").await;
        house.allow_api(&olivia).await;
        let fresh = format!("UPDATE sessions SET authenticated_at = {}", house.clock.now());
        raw::run(&house.db, &fresh).await.expect("done");
        let (key, _) = house.api_key(&session, "Nightly", 30).await;
        assert!(house.program(&key).await.is_some());
        enter(&house, &anywhere(), &with_address("sub-1", Some(NEW))).await.expect("bound");
        assert!(house.program(&key).await.is_none());
    }

    async fn what_is_unverified_taken_or_no_address_changes_nothing(stage: Stage) {
        let house = with_provider(&stage);
        let (max, (olivia, before)) = (house.person("max").await, bound(&house, "olivia", "sub-1").await);
        let shouted = max.email.to_uppercase();
        let others = [max.email.as_str(), &shouted, "no address", "", "a@b@c.de"];
        for email in others.map(Some).into_iter().chain([None]) {
            let done = enter(&house, &anywhere(), &with_address("sub-1", email)).await.expect("bound");
            assert_eq!(signed_in(&house, done).await.email, olivia.email, "{email:?}");
        }
        assert!(house.actor(&before.token).await.is_some(), "and nothing has ended");
        assert_eq!(changes(&house, &olivia).await, 0);
        assert_eq!(house.user(&max).await.email, max.email);
        assert_eq!(house.letters_about(&max.email, "Your email address was changed").await, 0);
    }

    async fn an_address_that_a_link_leads_back_to_is_not_free(stage: Stage) {
        let house = with_provider(&stage);
        let (max, (olivia, _)) = (house.person("max").await, bound(&house, "olivia", "sub-1").await);
        let here = house.sign_in(&max).await;
        let code = house.pend_change(&here, "max@x.example").await;
        assert!(change_email::finish(&house, &here.actor, &code).await.is_ok());
        for (later, email) in [(undo_email::VALIDITY - 1, &olivia.email), (1, &max.email)] {
            house.clock.advance(later);
            let done = enter(&house, &anywhere(), &with_address("sub-1", Some(&max.email))).await.expect("bound");
            assert_eq!(signed_in(&house, done).await.email, *email);
        }
    }

    async fn it_is_taken_over_at_the_activation_already(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, link) = invited(&house, "olivia").await;
        let done = activate(&house, &link, &with_address("sub-1", Some(NEW))).await.expect("a link");
        let entered = signed_in(&house, done).await;
        assert_eq!((entered.actor.user_id(), entered.email.as_str()), (olivia.id.as_str(), NEW));
        assert_eq!(house.letters_about(&olivia.email, "Your email address was changed").await, 1);
    }

    async fn the_letters_speak_the_language_of_the_person(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        let tag = Some(Language::De.tag());
        domain::store::users::set_look(&house.db, &olivia.id, tag, None).await.expect("kept");
        enter(&house, &anywhere(), &with_address("sub-1", Some(NEW))).await.expect("bound");
        let letter = house.letter_about(NEW, "Ihre E-Mail-Adresse wurde geändert").await;
        assert!(letter.contains("Ihre Anmeldung verwaltet Acme Login"), "{letter}");
    }

    async fn an_address_that_was_left_is_free_for_others(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, _) = bound(&house, "olivia", "sub-1").await;
        enter(&house, &anywhere(), &with_address("sub-1", Some(NEW))).await.expect("bound");
        let (max, _) = bound(&house, "max", "sub-max").await;
        enter(&house, &anywhere(), &with_address("sub-max", Some(&olivia.email))).await.expect("bound");
        assert_eq!(house.user(&max).await.email, olivia.email);
        // Whoever has the identity is still the one of before.
        let done = enter(&house, &anywhere(), &who("sub-1")).await.expect("bound");
        assert_eq!(signed_in(&house, done).await.actor.user_id(), olivia.id);
        assert_eq!(refused(enter(&house, &anywhere(), &who("olivia")).await), Error::SignInRefused);
    }
}
