//! The guests of a client, and ending that they are guests (TEN-1, TEN-3).

use domain::error::Error;
use domain::flows::{accounts, activity, guests, picture};
use domain::store::tenants::{self, Kind};
use domain::view::{ActivityFilter, BuiltinGroup, Permission};

use crate::support::guests::{at_acme, guest, of_acme, outsider, put_into, signed_in};
use crate::support::{SignedIn, Somebody, Stage, both, raw, refused};

async fn remove(stage: &Stage, by: &SignedIn, user_id: &str) -> Result<(), Error> {
    guests::remove(stage, &at_acme(stage, by).await, user_id).await
}

both! {
    async fn guests_are_listed_as_guests(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::Management).await;
        let greta = guest(&stage, &olivia, "greta", BuiltinGroup::Guest).await;
        put_into(&stage, greta.actor.user_id(), BuiltinGroup::User).await;
        let member = at_acme(&stage, &olivia).await;
        let page = guests::list(&stage, &member, None).await.expect("a read");
        let shown = &page.guests[0];
        let who = (shown.id.as_str(), shown.person.name.as_str(), shown.person.email.as_str(), shown.home.as_str());
        assert_eq!(who, (greta.actor.user_id(), "Greta Gruber", "greta@borealis.example", "Borealis GmbH"));
        assert_eq!(shown.groups, ["User", "Guest"]);
        assert_eq!((page.guests.len(), page.more), (1, None));
        assert_eq!((shown.since.human.as_str(), &shown.last_entered), ("21 Nov 2026, 12:45 UTC", &None));
        accounts::enter(&stage, &greta.actor, "acme").await.expect("entered");
        let page = guests::list(&stage, &member, None).await.expect("a read");
        assert_eq!(page.guests[0].last_entered.as_ref(), Some(&page.guests[0].since));
    }

    async fn the_home_of_one_person_alone_is_not_told(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::Management).await;
        guest(&stage, &olivia, "greta", BuiltinGroup::Guest).await;
        let personal = "UPDATE tenants SET personal = TRUE WHERE slug = 'borealis'";
        assert_eq!(raw::run(&stage.db, personal).await.ok(), Some(1));
        let page = guests::list(&stage, &at_acme(&stage, &olivia).await, None).await.expect("a read");
        assert_eq!(page.guests[0].home, "");
    }

    async fn a_disabled_guest_is_removed_by_whoever_may_do_as_much(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let greta = guest(&stage, &olivia, "greta", BuiltinGroup::FullAccess).await;
        let disabled = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() };
        stage.disable(&disabled).await;
        assert_eq!(remove(&stage, &olivia, &disabled.id).await, Ok(()));
        assert_eq!(stage.number("SELECT COUNT(*) FROM memberships WHERE kind = 'guest'").await, 0);
    }

    async fn fifty_stand_on_a_page_and_none_is_missed(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::Management).await;
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let mut all = Vec::new();
        for n in 0..53 {
            let somebody = outsider(&stage, &format!("g{n}")).await;
            let mut tx = stage.db.begin().await.expect("a transaction");
            // Several came in the same moment.
            tenants::join(&mut tx, &acme.id, &somebody.id, Kind::Guest, n / 4).await.expect("joined");
            tx.commit().await.expect("committed");
            all.push(somebody.id);
        }
        let member = at_acme(&stage, &olivia).await;
        let first = guests::list(&stage, &member, None).await.expect("a read");
        let second = guests::list(&stage, &member, first.more.as_deref()).await.expect("a read");
        assert_eq!((first.guests.len(), second.guests.len(), second.more), (50, 3, None));
        let mut seen: Vec<_> = first.guests.into_iter().chain(second.guests).map(|guest| guest.id).collect();
        seen.sort();
        all.sort();
        assert_eq!(seen, all);
        let nonsense = guests::list(&stage, &member, Some("nonsense")).await.expect("a read");
        assert_eq!(nonsense.guests.len(), 50, "from the beginning");
    }

    async fn a_removed_guest_is_out_at_once_on_every_instance_and_told(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::Management).await;
        let greta = guest(&stage, &olivia, "greta", BuiltinGroup::Guest).await;
        accounts::enter(&stage, &greta.actor, "acme").await.expect("entered");
        assert_eq!(stage.next(&greta).await.session().current_slug, "acme");
        let other = stage.again().await;
        assert!(other.next(&greta).await.member(&other, "acme").await.is_ok());
        assert_eq!(remove(&stage, &olivia, greta.actor.user_id()).await, Ok(()));
        for house in [&stage, &other] {
            assert_eq!(refused(house.next(&greta).await.member(house, "acme").await), Error::NotFound);
        }
        let actor = stage.next(&greta).await;
        assert_eq!(actor.session().current_slug, "borealis", "and signed in still");
        assert!(actor.member(&stage, "borealis").await.is_ok());
        assert_eq!(refused(accounts::enter(&stage, &actor, "acme").await), Error::NotFound);
        assert_eq!(stage.letters_about(&greta.email, "You are no longer a guest of Acme Ltd").await, 1);
        let page = activity::page(&stage, &actor, Some(ActivityFilter::Others), None).await.expect("a read");
        let entry = &page.entries[0];
        let said = (entry.what.as_str(), entry.detail.as_str(), entry.by.as_deref());
        assert_eq!(said, ("Removed as a guest", "Acme Ltd", Some("Olivia Okafor")));
        let (id, acme) = (greta.actor.user_id(), stage.tenant("Acme Ltd", "acme").await.id);
        let left = format!("SELECT COUNT(*) FROM group_members WHERE user_id = '{id}' AND tenant_id = '{acme}'");
        assert_eq!(stage.number(&left).await, 0);
        assert_eq!(remove(&stage, &olivia, greta.actor.user_id()).await, Err(Error::NotFound), "twice");
        assert_eq!(picture::remove(&stage, &actor).await, Ok(()), "the account stays");
    }

    async fn whoever_is_no_guest_here_is_not_found(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let (una, greta) = (stage.person("una").await, outsider(&stage, "greta").await);
        for user_id in [una.id.as_str(), &greta.id, olivia.actor.user_id(), "nobody", ""] {
            assert_eq!(remove(&stage, &olivia, user_id).await, Err(Error::NotFound), "{user_id}");
        }
        assert!(stage.sign_in(&una).await.actor.member(&stage, "acme").await.is_ok());
    }

    async fn nobody_removes_guests_without_the_right_or_above_their_own(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let greta = guest(&stage, &olivia, "greta", BuiltinGroup::FullAccess).await;
        let una = signed_in(&stage, &stage.person("una").await).await;
        let not_permitted = Error::NotPermitted(Permission::GuestsInvite);
        assert_eq!(remove(&stage, &una, greta.actor.user_id()).await, Err(not_permitted.clone()));
        assert_eq!(refused(guests::list(&stage, &at_acme(&stage, &una).await, None).await), not_permitted);
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        let above = remove(&stage, &max, greta.actor.user_id()).await;
        assert!(matches!(above, Err(Error::NotPermitted(_))), "{above:?}");
        let disabled = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email.clone() };
        stage.disable(&disabled).await;
        let above = remove(&stage, &max, &disabled.id).await;
        assert!(matches!(above, Err(Error::NotPermitted(_))), "enabling her would bring it back: {above:?}");
        let enable = format!("UPDATE users SET disabled_at = NULL WHERE id = '{}'", disabled.id);
        assert_eq!(raw::run(&stage.db, &enable).await.ok(), Some(1));
        let stale = at_acme(&stage, &olivia).await;
        let taken = format!("DELETE FROM group_members WHERE user_id = '{}'", olivia.actor.user_id());
        assert_eq!(raw::run(&stage.db, &taken).await.ok(), Some(2));
        let gone = guests::remove(&stage, &stale, greta.actor.user_id()).await;
        assert_eq!(gone, Err(not_permitted), "rights of a minute ago");
        assert!(at_acme(&stage, &greta).await.may(Permission::ClientEdit));
    }
}
