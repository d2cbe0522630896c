//! Who manages the sign-in of a user: chosen by those who look after users, as long as there is no way in yet (OIDC-3).

use domain::actor::Member;
use domain::clock::MINUTE;
use domain::error::{Error, Field, Problem};
use domain::flows::limits::PERSON_ACTS;
use domain::flows::provider_sign_in::{self as trips, Purpose};
use domain::flows::user_edit::{self, Edit};
use domain::flows::{activation, activity, user_access, user_create, user_list};
use domain::store::{group_members, late_entries, tenant_settings, users};
use domain::view::{BuiltinGroup, ManagedUser, Permission, Provider, SecondFactor, SignedInBy, UserQuery, UserState};

use super::provider_sign_in::{ID, activate, bound, invited, who, with_provider};
use crate::support::guests::{at_acme, guest, of_acme, outsider, put_into, signed_in};
use crate::support::{PASSWORD, Somebody, Stage, With, acme_login, both, link_in, place, refused};

async fn manager(house: &Stage) -> Member {
    let max = of_acme(house, "max", BuiltinGroup::Management).await;
    at_acme(house, &max).await
}

async fn shown(house: &Stage, by: &Member, id: &str) -> ManagedUser {
    user_edit::one(house, by, id).await.expect("a user of the client")
}

/// Saves a page as it is, but for whether a second factor is asked of the user.
async fn require_factor(house: &Stage, by: &Member, page: &ManagedUser) {
    let groups: Vec<_> = page.groups.iter().filter(|group| group.chosen).map(|group| group.id.clone()).collect();
    let edit = Edit {
        first_name: &page.first_name,
        last_name: &page.last_name,
        language: page.language,
        groups: &groups,
        api_access: page.listed.api_access,
        requires_second_factor: true,
    };
    user_edit::save(house, by, &page.listed.id, &page.version, &edit).await.expect("saved");
}

/// The token of the newest activation link that was mailed there.
async fn newest_link(house: &Stage, email: &str) -> String {
    while house.deliver().await > 0 {}
    let letters = house.letters_to(email);
    link_in(letters.iter().find(|letter| letter.text.contains("/activate/")).expect("a link"))
}

/// Those who can give every right in the client, of whom one has to stay.
async fn full_access(house: &Stage, by: &Member) -> Vec<String> {
    let mut tx = house.db.begin().await.expect("a transaction");
    let mut all = group_members::with_full_access(&mut tx, by.tenant_id()).await.expect("a read");
    all.sort();
    all
}

both! {
    async fn it_is_chosen_and_chosen_otherwise_and_stands_in_the_activity(stage: Stage) {
        let house = with_provider(&stage);
        let (max, una) = (manager(&house).await, house.newcomer("una").await);
        let page = shown(&house, &max, &una.id).await;
        assert_eq!((page.provider, page.providers, page.method_open), (None, vec![acme_login()], true));
        assert_eq!(user_edit::set_method(&house, &max, &una.id, &page.version, Some(ID)).await, Ok(()));
        let there = shown(&house, &max, &una.id).await;
        assert_eq!((there.provider.as_deref(), there.method_open), (Some(ID), true));
        assert_eq!((there.listed.provider.as_deref(), there.listed.factor), (Some("Acme Login"), None));
        assert_eq!((there.listed.method, there.listed.state), (None, UserState::NotActivated));
        assert_eq!(house.user(&una).await.factor(), SecondFactor::Off);
        // The page of before is another version by now; and what is so already is no change.
        let late = user_edit::set_method(&house, &max, &una.id, &page.version, None).await;
        assert_eq!(late, Err(Error::EditedMeanwhile));
        assert_eq!(user_edit::set_method(&house, &max, &una.id, &there.version, Some(ID)).await, Ok(()));
        assert_eq!(shown(&house, &max, &una.id).await, there);
        assert_eq!(user_edit::set_method(&house, &max, &una.id, &there.version, None).await, Ok(()));
        assert_eq!(house.user(&una).await.factor(), SecondFactor::Email);

        let hash = house.user(&house.person("ada").await).await.password_hash.expect("a password");
        let mut tx = house.db.begin().await.expect("a transaction");
        users::activate(&mut tx, &una.id, &hash, true, 0).await.expect("activated");
        tx.commit().await.expect("committed");
        let una = signed_in(&house, &una).await;
        let entries = activity::page(&house, &una.actor, None, None).await.expect("a page").entries;
        let changed = entries.into_iter().rev().filter(|entry| entry.by.as_deref() == Some("Max Okafor"));
        let changed: Vec<_> = changed.map(|entry| (entry.what, entry.detail)).collect();
        let what = "Sign-in method changed by an administrator";
        let told = [(what, "From Password to Acme Login"), (what, "From Acme Login to Password")];
        assert_eq!(changed, told.map(|(what, detail)| (what.to_owned(), detail.to_owned())));
    }

    async fn a_link_that_was_mailed_leads_where_it_is_chosen(stage: Stage) {
        let house = with_provider(&stage);
        let (max, una) = (manager(&house).await, house.newcomer("una").await);
        user_create::send_activation(&house, &max, &una.id).await.expect("sent");
        let link = newest_link(&house, &una.email).await;
        for provider in [Some(ID), None, Some(ID)] {
            let version = shown(&house, &max, &una.id).await.version;
            user_edit::set_method(&house, &max, &una.id, &version, provider).await.expect("open");
            let leads = activation::view(&house, &link).await.expect("a link").provider;
            assert_eq!(leads.map(|provider| provider.id).as_deref(), provider);
        }
        let chosen = activation::finish(&house, &place(1), &link, PASSWORD, PASSWORD).await;
        assert_eq!(chosen, Err(Error::ManagedByProvider));
        assert!(activate(&house, &link, &who("sub-1")).await.is_ok());
        let page = shown(&house, &max, &una.id).await;
        assert_eq!((page.listed.state, page.listed.method), (UserState::Active, Some(SignedInBy::Provider)));
        assert!(!page.method_open);
        house.clock.advance(MINUTE);
        assert_eq!(user_create::send_activation(&house, &max, &una.id).await, Err(Error::NotFound));
    }

    async fn what_was_begun_at_another_provider_ends(stage: Stage) {
        let other = Provider { id: "other".into(), name: "Other".into() };
        let house = stage.with(With { providers: vec![acme_login(), other], ..With::default() });
        let max = manager(&house).await;
        let (una, link) = invited(&house, "una").await;
        let trip = trips::set_out(&house, &place(1), ID, Purpose::Activate { link: &link }).await.expect("a trip");
        let version = shown(&house, &max, &una.id).await.version;
        assert_eq!(user_edit::set_method(&house, &max, &una.id, &version, Some("other")).await, Ok(()));
        let back = trips::come_back(&house, &place(1), ID, trip.state.reveal(), trip.browser.reveal()).await;
        assert_eq!(refused(back), Error::NotFound);
        let trip = trips::set_out(&house, &place(2), ID, Purpose::Activate { link: &link }).await.expect("a trip");
        assert_eq!(trip.provider, "other");
    }

    async fn whoever_has_a_way_in_keeps_it(stage: Stage) {
        let house = with_provider(&stage);
        let max = manager(&house).await;
        let (bound, _) = bound(&house, "una", "sub-1").await;
        let with_password = house.person("ada").await;
        for (who, refusal) in [(&bound, Error::ManagedByProvider), (&with_password, Error::NotFound)] {
            let page = shown(&house, &max, &who.id).await;
            assert!(!page.method_open, "{}", who.email);
            for provider in [Some(ID), None] {
                let answer = user_edit::set_method(&house, &max, &who.id, &page.version, provider).await;
                assert_eq!(answer, Err(refusal.clone()), "{} {provider:?}", who.email);
            }
            assert_eq!(shown(&house, &max, &who.id).await, page);
        }
    }

    async fn nobody_chooses_for_whom_they_do_not_reach(stage: Stage) {
        let house = with_provider(&stage);
        let signed = of_acme(&house, "max", BuiltinGroup::Management).await;
        let (max, una) = (at_acme(&house, &signed).await, house.newcomer("una").await);
        let version = shown(&house, &max, &una.id).await.version;
        let unknown = user_edit::set_method(&house, &max, &una.id, &version, Some("nowhere")).await;
        assert_eq!(unknown, Err(Error::at(Field::Method, Problem::NotOffered)));
        let nils = at_acme(&house, &of_acme(&house, "nils", BuiltinGroup::Guest).await).await;
        let answer = user_edit::set_method(&house, &nils, &una.id, &version, Some(ID)).await;
        assert_eq!(answer, Err(Error::NotPermitted(Permission::UsersEdit)));

        let greta = guest(&house, &signed, "greta", BuiltinGroup::Guest).await;
        let page = shown(&house, &max, greta.actor.user_id()).await;
        assert!(!page.method_open && page.provider.is_none());
        let boris = outsider(&house, "boris").await;
        for id in [greta.actor.user_id(), &boris.id, "nobody", "", "*"] {
            let answer = user_edit::set_method(&house, &max, id, &page.version, Some(ID)).await;
            assert_eq!(answer, Err(Error::NotFound), "{id}");
        }
        put_into(&house, &una.id, BuiltinGroup::FullAccess).await;
        let version = shown(&house, &max, &una.id).await.version;
        let answer = user_edit::set_method(&house, &max, &una.id, &version, Some(ID)).await;
        assert_eq!(answer, Err(Error::NotPermitted(Permission::GroupsEdit)), "above one's own rights");
        assert_eq!(house.user(&una).await.provider, None);
    }

    async fn whoever_may_not_do_everything_chooses_for_nobody_who_may_by_the_api(stage: Stage) {
        let house = with_provider(&stage);
        let (max, una) = (manager(&house).await, house.newcomer("una").await);
        house.allow_api(&una).await;
        let page = shown(&house, &max, &una.id).await;
        assert_eq!(page.above_by_api(), Some(Permission::GroupsEdit));
        let answer = user_edit::set_method(&house, &max, &una.id, &page.version, Some(ID)).await;
        assert_eq!(answer, Err(Error::NotPermitted(Permission::GroupsEdit)));
        assert_eq!(house.user(&una).await.provider, None);
        house.set_api(&una, false).await;
        let page = shown(&house, &max, &una.id).await;
        assert_eq!(page.above_by_api(), None);
        assert_eq!(user_edit::set_method(&house, &max, &una.id, &page.version, Some(ID)).await, Ok(()));
    }

    async fn a_program_uses_up_no_try_of_its_place(stage: Stage) {
        let house = with_provider(&stage);
        let (ada, una) = (house.person("ada").await, house.newcomer("una").await);
        house.allow_api(&ada).await;
        let token = house.api_token(&ada).await;
        let program = house.program(&token).await.expect("a program").home(&house).await.expect("the home client");
        for n in 0..=PERSON_ACTS {
            let version = shown(&house, &program, &una.id).await.version;
            let provider = Some(ID).filter(|_| n % 2 == 0);
            let answer = user_edit::set_method(&house, &program, &una.id, &version, provider).await;
            assert_eq!(answer, Ok(()), "number {n}");
        }
        let from = program.actor().visitor();
        let answer = house.guess("nobody@x.example", PASSWORD, from).await;
        assert_eq!(answer, Err(Error::SignInRefused), "the door of the pages is open there");
    }

    async fn of_a_guest_it_is_not_told_who_manages_the_sign_in(stage: Stage) {
        let house = with_provider(&stage);
        let signed = of_acme(&house, "max", BuiltinGroup::Management).await;
        let greta = guest(&house, &signed, "greta", BuiltinGroup::Guest).await;
        house.manage_elsewhere(&Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() }).await;
        let page = shown(&house, &at_acme(&house, &signed).await, greta.actor.user_id()).await;
        assert_eq!((page.provider, page.listed.provider, page.listed.method), (None, None, None));
    }

    async fn a_second_factor_is_the_providers_matter(stage: Stage) {
        let house = with_provider(&stage);
        let max = manager(&house).await;
        let (una, session) = bound(&house, "una", "sub-1").await;
        assert_eq!(user_access::reset_factor(&house, &max, &una.id).await, Err(Error::ManagedByProvider));
        let page = shown(&house, &max, &una.id).await;
        require_factor(&house, &max, &page).await;
        let page = shown(&house, &max, &una.id).await;
        assert_eq!((page.requires_second_factor, page.listed.factor), (true, None));
        // Nor does a client give one to all who have none, or tell them so.
        let mut tx = house.db.begin().await.expect("a transaction");
        let act = late_entries::Act {
            id: "act",
            tenant_id: max.tenant_id(),
            kind: "factor_changed",
            actor_id: max.actor().user_id(),
            address: "",
            browser: "",
            language: "en",
            detail: "",
        };
        late_entries::for_those_without_factor(&mut tx, &act).await.expect("kept");
        tenant_settings::give_factor(&mut tx, max.tenant_id(), house.clock.now()).await.expect("given");
        tx.commit().await.expect("committed");
        assert_eq!(house.number("SELECT COUNT(*) FROM late_entries").await, 0);
        assert_eq!(house.user(&una).await.factor(), SecondFactor::Off);
        assert!(house.actor(&session.token).await.is_some(), "nothing of it signs anybody out");
        for (filter, found) in [("provider", 1), ("factor-off", 0), ("active", 2)] {
            let query = UserQuery::read(&format!("filter={filter}"));
            let page = user_list::page(&house, &max, &query).await.expect("a page");
            assert_eq!(page.users.len(), found, "{filter}");
        }
    }

    async fn whoever_signs_in_by_a_provider_can_be_the_last_with_full_access(stage: Stage) {
        let house = with_provider(&stage);
        let (una, session) = bound(&house, "una", "sub-1").await;
        let (olivia, waiting) = (house.person("olivia").await, invited(&house, "wim").await.0);
        for who in [&una, &olivia, &waiting] {
            put_into(&house, &who.id, BuiltinGroup::FullAccess).await;
        }
        let by_una = at_acme(&house, &session).await;
        let mut both = vec![una.id.clone(), olivia.id.clone()];
        both.sort();
        assert_eq!(full_access(&house, &by_una).await, both, "who waits for the provider is none of them");
        assert_eq!(user_access::disable(&house, &by_una, &olivia.id).await, Ok(()));
        assert_eq!(full_access(&house, &by_una).await, [una.id]);
    }
}
