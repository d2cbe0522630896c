//! The mailed link of somebody whose sign-in a provider manages: it leads there, and binds who comes back (OIDC-2).

use domain::clock::{DAY, HOUR, MINUTE};
use domain::error::{Error, Field, Problem};
use domain::flows::provider_sign_in::{self as flow, Identity, Purpose};
use domain::flows::users::{self, Invitee};
use domain::flows::{activation, provider_users};
use domain::view::{Activation, BuiltinGroup, Provider, SecondFactor};

use super::provider_sign_in::{
    ID, activate, bound, enter, finished, invited, signed_in, there_and_back, who, with_provider,
};
use crate::support::{PASSWORD, Somebody, Stage, With, acme_login, anywhere, both, link_in, place, raw, refused};

const MAX: Invitee<'static> = Invitee {
    email: "max@acme.example",
    first_name: "Max",
    last_name: "Meier",
    language: None,
    tenant_id: "",
    group: BuiltinGroup::User,
};

fn taken() -> Error {
    Error::at(Field::Method, Problem::Taken)
}

/// What was recorded of somebody, the oldest first.
async fn kinds(house: &Stage, who: &Somebody) -> Vec<String> {
    let sql = format!("SELECT kind FROM activity WHERE user_id = '{}' ORDER BY seq", who.id);
    raw::texts(&house.db, &sql).await
}

/// The token of the newest link that was mailed there.
async fn newest_link(house: &Stage, email: &str) -> String {
    while house.deliver().await > 0 {}
    let letters = house.letters_to(email);
    link_in(letters.iter().find(|letter| letter.text.contains("/activate/")).expect("a link"))
}

both! {
    async fn the_link_leads_to_the_provider_and_binds_who_comes_back(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, link) = invited(&house, "olivia").await;
        let letter = &house.letters_to(&olivia.email)[0];
        assert_eq!(letter.subject, "Your account at Acme Ltd");
        assert!(letter.text.contains("managed by Acme Login") && !letter.text.contains("password"), "{}", letter.text);
        let shown = Activation {
            name: "Olivia".into(),
            email: olivia.email.clone(),
            client: "Acme Ltd".into(),
            min_password: 12,
            provider: Some(acme_login()),
        };
        assert_eq!(activation::view(&house, &link).await, Ok(shown));
        let user = house.user(&olivia).await;
        assert_eq!((user.factor(), user.is_activated()), (SecondFactor::Off, false));

        let entered = signed_in(&house, activate(&house, &link, &who("sub-1")).await.expect("a link")).await;
        assert_eq!((entered.actor.user_id(), entered.actor.provider()), (olivia.id.as_str(), Some(ID)));
        assert_eq!(kinds(&house, &olivia).await, ["provider_bound", "signed_in"]);
        let user = house.user(&olivia).await;
        assert_eq!(user.provider_subject.as_deref(), Some("sub-1"));
        assert_eq!((user.provider_bound_at, user.password_hash), (Some(house.clock.now()), None));
        assert_eq!(house.number("SELECT COUNT(*) FROM users WHERE email_proved_at IS NOT NULL").await, 1);
        assert!(enter(&house, &anywhere(), &who("sub-1")).await.is_ok());

        assert_eq!(refused(activation::view(&house, &link).await), Error::NotFound);
        let again = flow::set_out(&house, &anywhere(), ID, Purpose::Activate { link: &link }).await;
        assert_eq!(refused(again), Error::NotFound);
    }

    async fn the_provider_of_the_user_wins_over_the_one_that_is_named(stage: Stage) {
        let other = Provider { id: "other".into(), name: "Other".into() };
        let house = stage.with(With { providers: vec![acme_login(), other], ..With::default() });
        let (_, link) = invited(&house, "olivia").await;
        let trip = flow::set_out(&house, &place(1), "other", Purpose::Activate { link: &link }).await.expect("a trip");
        assert_eq!(trip.provider, ID);
    }

    async fn whoever_is_bound_is_asked_there_whoever_was_known_before(stage: Stage) {
        let house = with_provider(&stage);
        let (_, link) = invited(&house, "olivia").await;
        for (purpose, again) in [(Purpose::Activate { link: &link }, true), (Purpose::SignIn { next: None }, false)] {
            let trip = flow::set_out(&house, &place(1), ID, purpose).await.expect("a trip");
            assert_eq!((trip.again, trip.max_age), (again, None));
        }
    }

    async fn an_identity_of_somebody_else_is_refused_and_the_link_still_works(stage: Stage) {
        let house = with_provider(&stage);
        let (max, _) = bound(&house, "max", "sub-max").await;
        let (olivia, link) = invited(&house, "olivia").await;
        assert_eq!(refused(activate(&house, &link, &who("sub-max")).await), taken());
        assert_eq!(house.user(&max).await.provider_subject.as_deref(), Some("sub-max"));
        // The same name at another issuer is somebody else.
        let elsewhere = Identity { issuer: "https://login.other.example", ..who("sub-max") };
        let entered = signed_in(&house, activate(&house, &link, &elsewhere).await.expect("free")).await;
        assert_eq!(entered.actor.user_id(), olivia.id);
        let entered = signed_in(&house, enter(&house, &anywhere(), &who("sub-max")).await.expect("bound")).await;
        assert_eq!(entered.actor.user_id(), max.id);
    }

    async fn of_two_who_use_a_link_at_once_one_is_bound(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, link) = invited(&house, "olivia").await;
        let (here, there) = (place(1), place(2));
        let back = there_and_back(&house, &here, Purpose::Activate { link: &link }).await;
        let also = there_and_back(&house, &there, Purpose::Activate { link: &link }).await;
        let (one, other) = (who("sub-1"), who("sub-2"));
        let (a, b) = tokio::join!(
            flow::arrive(&house, &here, None, back, &one),
            flow::arrive(&house, &there, None, also, &other),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
        let won = if a.is_ok() { "sub-1" } else { "sub-2" };
        assert_eq!(house.user(&olivia).await.provider_subject.as_deref(), Some(won));
        assert_eq!(house.number("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn of_two_links_with_one_identity_one_is_bound(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, max) = (invited(&house, "olivia").await.1, invited(&house, "max").await.1);
        let same = who("sub-1");
        let (a, b) = tokio::join!(activate(&house, &olivia, &same), activate(&house, &max, &same));
        let (ok, lost): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
        assert_eq!((ok.len(), lost.len()), (1, 1));
        assert_eq!(lost.into_iter().map(refused).collect::<Vec<_>>(), [taken()]);
        assert_eq!(house.number("SELECT COUNT(*) FROM users WHERE provider_bound_at IS NOT NULL").await, 1);
    }

    async fn a_link_that_ends_on_the_way_binds_nobody(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, link) = invited(&house, "olivia").await;
        let back = there_and_back(&house, &place(1), Purpose::Activate { link: &link }).await;
        house.clock.advance(DAY);
        let late = flow::arrive(&house, &place(1), None, back, &who("sub-1")).await;
        assert_eq!(refused(finished(late)), Error::NotFound);

        // A newer link ends the trips of the older one.
        users::invite(&house, "acme", Invitee { email: &olivia.email, ..MAX }).await.expect("waiting");
        let link = newest_link(&house, &olivia.email).await;
        let trip = flow::set_out(&house, &place(2), ID, Purpose::Activate { link: &link }).await.expect("a trip");
        users::invite(&house, "acme", Invitee { email: &olivia.email, ..MAX }).await.expect("waiting");
        let back = flow::come_back(&house, &place(2), ID, trip.state.reveal(), trip.browser.reveal()).await;
        assert_eq!(refused(back), Error::NotFound);

        let link = newest_link(&house, &olivia.email).await;
        let back = there_and_back(&house, &place(3), Purpose::Activate { link: &link }).await;
        house.disable(&olivia).await;
        let out = flow::arrive(&house, &place(3), None, back, &who("sub-1")).await;
        assert_eq!(refused(finished(out)), Error::NotFound);
        assert!(!house.user(&olivia).await.is_activated());
    }

    async fn who_is_to_choose_a_password_is_led_to_no_provider(stage: Stage) {
        let house = with_provider(&stage);
        house.tenant("Acme Ltd", "acme").await;
        users::invite(&house, "acme", MAX).await.expect("a free address");
        let link = newest_link(&house, MAX.email).await;
        let trip = flow::set_out(&house, &place(1), ID, Purpose::Activate { link: &link }).await;
        assert_eq!(refused(trip), Error::NotFound);
        assert_eq!(activation::finish(&house, &place(1), &link, PASSWORD, PASSWORD).await, Ok(()));
    }

    async fn no_link_of_a_provider_leads_to_a_password(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, link) = invited(&house, "olivia").await;
        let chosen = activation::finish(&house, &place(1), &link, PASSWORD, PASSWORD).await;
        assert_eq!(chosen, Err(Error::ManagedByProvider));
        assert_eq!(house.user(&olivia).await.password_hash, None);
        assert!(activate(&house, &link, &who("sub-1")).await.is_ok(), "and the link still works");
    }

    async fn an_invitation_again_keeps_or_changes_the_provider(stage: Stage) {
        let house = with_provider(&stage);
        house.tenant("Acme Ltd", "acme").await;
        users::invite(&house, "acme", MAX).await.expect("a free address");
        house.clock.advance(MINUTE);
        users::invite_by(&house, "acme", MAX, Some(ID)).await.expect("waiting");
        let user = domain::store::users::by_email(&house.db, MAX.email).await.expect("a read").expect("a user");
        let max = Somebody { id: user.id, email: user.email };
        assert_eq!(user.provider.as_deref(), Some(ID));
        assert_eq!(kinds(&house, &max).await, ["method_changed"]);
        house.clock.advance(MINUTE);
        users::invite(&house, "acme", MAX).await.expect("waiting");
        assert_eq!(house.user(&max).await.provider.as_deref(), Some(ID), "nobody took it back");
        let unknown = users::invite_by(&house, "acme", MAX, Some("nowhere")).await;
        assert_eq!(unknown, Err(Error::at(Field::Method, Problem::NotOffered)));
        let link = newest_link(&house, MAX.email).await;
        assert!(activate(&house, &link, &who("sub-1")).await.is_ok());
        assert_eq!(users::invite(&house, "acme", MAX).await, Err(Error::at(Field::Email, Problem::Taken)));
    }

    async fn who_manages_the_sign_in_is_set_while_there_is_no_way_in(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, una) = (house.person("olivia").await, house.newcomer("una").await);
        let (max, _) = bound(&house, "max", "sub-max").await;
        assert_eq!(provider_users::set(&house, &olivia.id, Some(ID)).await, Err(Error::NotFound));
        assert_eq!(provider_users::set(&house, &max.id, None).await, Err(Error::ManagedByProvider));
        assert_eq!(provider_users::set(&house, "nobody", Some(ID)).await, Err(Error::NotFound));
        let unknown = provider_users::set(&house, &una.id, Some("nowhere")).await;
        assert_eq!(unknown, Err(Error::at(Field::Method, Problem::NotOffered)));
        let (off, by_mail) = (SecondFactor::Off, SecondFactor::Email);
        for (provider, factor) in [(Some(ID), off), (Some(ID), off), (None, by_mail)] {
            assert_eq!(provider_users::set(&house, &una.id, provider).await, Ok(()));
            let user = house.user(&una).await;
            assert_eq!((user.provider.as_deref(), user.factor()), (provider, factor));
        }
        assert_eq!(kinds(&house, &una).await, ["method_changed", "method_changed"]);
    }

    async fn the_operator_forgets_an_identity_and_a_new_link_binds_another(stage: Stage) {
        let house = with_provider(&stage);
        let (olivia, session) = bound(&house, "olivia", "sub-1").await;
        house.clock.advance(MINUTE);
        assert_eq!(provider_users::unbind(&house, &olivia.id).await, Ok(()));
        assert!(house.actor(&session.token).await.is_none(), "signed out everywhere");
        assert_eq!(refused(enter(&house, &anywhere(), &who("sub-1")).await), Error::SignInRefused);
        assert_eq!(kinds(&house, &olivia).await, ["provider_bound", "signed_in", "provider_unbound"]);
        house.clock.advance(HOUR);
        let link = newest_link(&house, &olivia.email).await;
        let entered = signed_in(&house, activate(&house, &link, &who("sub-2")).await.expect("a link")).await;
        assert_eq!(entered.actor.user_id(), olivia.id);
        assert_eq!(refused(enter(&house, &anywhere(), &who("sub-1")).await), Error::SignInRefused);
        let max = house.person("max").await;
        for id in [max.id.as_str(), "nobody"] {
            assert_eq!(provider_users::unbind(&house, id).await, Err(Error::NotFound));
        }
    }
}
