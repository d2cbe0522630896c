//! What those who look after users may change of one, and what they may not (ADM-1, GRP-1, NOT-1).

use domain::actor::Member;
use domain::clock::HOUR;
use domain::error::{Error, Field, Problem, Result};
use domain::flows::user_edit::{self, Edit, TOLD};
use domain::flows::{activity, personal};
use domain::store::user_edit as rows;
use domain::text::Language;
use domain::view::{BuiltinGroup, ManagedUser, Permission, SecondFactor, UserState};

use crate::support::guests::{at_acme, group_of_acme, guest, of_acme, outsider, put_into, signed_in, take_from};
use crate::support::{SignedIn, Somebody, Stage, both, raw};

async fn manager(stage: &Stage) -> (SignedIn, Member) {
    let max = of_acme(stage, "max", BuiltinGroup::Management).await;
    let member = at_acme(stage, &max).await;
    (max, member)
}

/// Max, who may do everything in the client, and so may let others do it by the API.
async fn full_access(stage: &Stage) -> Member {
    let max = of_acme(stage, "max", BuiltinGroup::FullAccess).await;
    at_acme(stage, &max).await
}

async fn shown(stage: &Stage, by: &Member, id: &str) -> ManagedUser {
    user_edit::one(stage, by, id).await.expect("a user of the client")
}

/// The ids of the groups that somebody is in.
fn groups_of(page: &ManagedUser) -> Vec<String> {
    page.groups.iter().filter(|group| group.chosen).map(|group| group.id.clone()).collect()
}

/// Saves a page as it is but for what `change` makes of it.
async fn save(stage: &Stage, by: &Member, page: &ManagedUser, change: impl FnOnce(&mut Edit<'_>)) -> Result<()> {
    let groups = groups_of(page);
    let mut edit = Edit {
        first_name: &page.first_name,
        last_name: &page.last_name,
        language: page.language,
        groups: &groups,
        api_access: page.listed.api_access,
        requires_second_factor: page.requires_second_factor,
    };
    change(&mut edit);
    user_edit::save(stage, by, &page.listed.id, &page.version, &edit).await
}

/// What stands in somebody's activity of what others did: what, more, and by whom, the oldest first.
async fn done_by_others(stage: &Stage, who: &SignedIn) -> Vec<(String, String, String)> {
    let page = activity::page(stage, &who.actor, None, None).await.expect("a page");
    let entries = page.entries.into_iter().rev();
    entries.filter_map(|entry| Some((entry.what, entry.detail, entry.by?))).collect()
}

fn by_max(entries: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let own = |text: &str| text.to_owned();
    entries.iter().map(|(what, more)| (own(what), own(more), own("Max Okafor"))).collect()
}

both! {
    async fn each_change_holds_and_stands_in_the_users_own_activity(stage: Stage) {
        let max = full_access(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        let page = shown(&stage, &max, &olivia.id).await;
        assert!(page.can_change() && page.groups_can_change() && !page.oneself);
        let management = group_of_acme(&stage, BuiltinGroup::Management).await;
        let groups = [management];
        let saved = save(&stage, &max, &page, |edit| {
            (edit.first_name, edit.language, edit.api_access) = (" Zo\u{eb} ", Some(Language::De), true);
            edit.requires_second_factor = true;
        });
        assert_eq!(saved.await, Ok(()));
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!((page.first_name.as_str(), page.language), ("Zo\u{eb}", Some(Language::De)));
        assert!(page.listed.api_access && page.requires_second_factor);
        let version = page.version.clone();
        assert_eq!(user_edit::save_groups(&stage, &max, &olivia.id, &version, &groups).await, Ok(()));
        assert_eq!(groups_of(&shown(&stage, &max, &olivia.id).await), groups);
        let told = by_max(&[
            ("API access changed", "On"),
            ("Requirement of a second factor changed", "On"),
            ("Name or language changed by an administrator", "From Olivia Okafor to Zo\u{eb} Okafor"),
            ("Name or language changed by an administrator", "From Automatic to German"),
            ("Put into a user group", "Management"),
            ("Taken out of a user group", "User"),
        ]);
        assert_eq!(done_by_others(&stage, &here).await, told);
        assert!(stage.next(&here).await.member(&stage, "acme").await.expect("a member").may(Permission::UsersEdit));
        assert_eq!(stage.letters_about(&olivia.email, "You now have API access").await, 1);
    }

    async fn whoever_never_came_gets_no_letters_and_nobody_is_flooded(stage: Stage) {
        let max = full_access(&stage).await;
        let (una, ada) = (stage.newcomer("una").await, stage.person("ada").await);
        for n in 0..8 {
            let page = shown(&stage, &max, &una.id).await;
            assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = n % 2 == 0).await, Ok(()));
        }
        for n in 0..TOLD {
            let page = shown(&stage, &max, &ada.id).await;
            assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = n % 2 == 0).await, Ok(()));
        }
        let page = shown(&stage, &max, &ada.id).await;
        let refused = save(&stage, &max, &page, |edit| edit.api_access = !page.listed.api_access).await;
        assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
        assert_eq!(shown(&stage, &max, &ada.id).await, page, "nor is it switched without a letter");
        while stage.deliver().await > 0 {}
        assert_eq!((stage.letters_to(&una.email).len(), stage.letters_to(&ada.email).len()), (0, 5));
        stage.clock.advance(HOUR);
        assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = !page.listed.api_access).await, Ok(()));
    }

    async fn only_those_who_may_do_everything_let_others_do_it_by_the_api(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!((page.lacks, page.api_above), (None, Some(Permission::GroupsEdit)));
        let refused = save(&stage, &max, &page, |edit| {
            (edit.last_name, edit.api_access) = ("x", true);
        });
        let refused = refused.await;
        assert_eq!(refused, Err(Error::NotPermitted(Permission::GroupsEdit)));
        assert_eq!(shown(&stage, &max, &olivia.id).await, page, "nor is anything else saved");

        let fiona = at_acme(&stage, &of_acme(&stage, "fiona", BuiltinGroup::FullAccess).await).await;
        assert_eq!(shown(&stage, &fiona, &olivia.id).await.api_above, None);
        assert_eq!(save(&stage, &fiona, &page, |edit| edit.api_access = true).await, Ok(()));
        let token = stage.api_token(&olivia).await;
        assert!(stage.program(&token).await.is_some());
        // Whoever has it may be edited by those who may not give it, and it can be taken by them.
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!(save(&stage, &max, &page, |edit| edit.last_name = "Ebert").await, Ok(()));
        assert!(stage.program(&token).await.is_some());
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = false).await, Ok(()));
        assert!(stage.program(&token).await.is_none());
        let page = shown(&stage, &fiona, &olivia.id).await;
        assert_eq!(save(&stage, &fiona, &page, |edit| edit.api_access = true).await, Ok(()));
        assert!(stage.program(&token).await.is_none(), "what has ended does not come back");
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_tokens").await, 0);
    }

    async fn what_is_so_already_is_no_change(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!(save(&stage, &max, &page, |_| ()).await, Ok(()));
        assert_eq!(shown(&stage, &max, &olivia.id).await, page);
        assert!(done_by_others(&stage, &here).await.is_empty());
    }

    async fn wrong_fields_and_no_group_are_said_and_nothing_is_half_done(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let page = shown(&stage, &max, &olivia.id).await;
        let long = "x".repeat(200);
        let answer = save(&stage, &max, &page, |edit| {
            (edit.first_name, edit.last_name) = ("", "a\u{202E}b");
            edit.groups = &[];
        });
        let problems = vec![
            (Field::FirstName, Problem::Empty),
            (Field::LastName, Problem::ForbiddenCharacters),
            (Field::Group, Problem::NoGroup),
        ];
        assert_eq!(answer.await, Err(Error::Invalid(problems)));
        let foreign = ["x".to_owned()];
        let edit = Edit {
            first_name: &long[..100],
            last_name: "y",
            language: None,
            groups: &foreign,
            api_access: true,
            requires_second_factor: true,
        };
        let answer = user_edit::save(&stage, &max, &olivia.id, &page.version, &edit).await;
        assert_eq!(answer, Err(Error::NotFound), "a group that is not of this client");
        let none = user_edit::save_groups(&stage, &max, &olivia.id, &page.version, &[]).await;
        assert_eq!(none, Err(Error::at(Field::Group, Problem::NoGroup)));
        assert_eq!(shown(&stage, &max, &olivia.id).await, page);
    }

    async fn of_two_who_edit_the_second_sees_the_page_again(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!(save(&stage, &max, &page, |edit| edit.last_name = "Ebert").await, Ok(()));
        assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = true).await, Err(Error::EditedMeanwhile));
        let page = shown(&stage, &max, &olivia.id).await;
        personal::save_names(&stage, &here.actor, "Olivia", "Zorn").await.expect("saved");
        let answer = save(&stage, &max, &page, |edit| edit.api_access = true).await;
        assert_eq!(answer, Err(Error::EditedMeanwhile), "nor is what the user did overwritten");
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!((page.last_name.as_str(), page.listed.api_access), ("Zorn", false));
        put_into(&stage, &olivia.id, BuiltinGroup::Guest).await;
        let groups = groups_of(&page);
        let answer = user_edit::save_groups(&stage, &max, &olivia.id, &page.version, &groups).await;
        assert_eq!(answer, Err(Error::EditedMeanwhile), "nor a group that came meanwhile");
    }

    async fn nobody_changes_whom_they_do_not_reach(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let above = shown(&stage, &max, olivia.actor.user_id()).await;
        assert_eq!((above.lacks, above.can_change()), (Some(Permission::GroupsEdit), false));
        let refusal = Err(Error::NotPermitted(Permission::GroupsEdit));
        assert_eq!(save(&stage, &max, &above, |edit| edit.last_name = "x").await, refusal);
        let whoever = Somebody { id: olivia.actor.user_id().to_owned(), email: olivia.email.clone() };
        stage.disable(&whoever).await;
        let disabled = shown(&stage, &max, olivia.actor.user_id()).await;
        assert_eq!(save(&stage, &max, &disabled, |edit| edit.last_name = "x").await, refusal, "nor while disabled");

        let una = of_acme(&stage, "una", BuiltinGroup::Guest).await;
        let page = shown(&stage, &max, una.actor.user_id()).await;
        let full = [group_of_acme(&stage, BuiltinGroup::FullAccess).await];
        let answer = user_edit::save_groups(&stage, &max, una.actor.user_id(), &page.version, &full).await;
        assert_eq!(answer, refusal, "a group above one's own rights");
        let una = at_acme(&stage, &una).await;
        assert_eq!(save(&stage, &una, &page, |_| ()).await, Err(Error::NotPermitted(Permission::UsersEdit)));
        assert_eq!(user_edit::one(&stage, &una, "x").await, Err(Error::NotPermitted(Permission::UsersView)));

        let boris = outsider(&stage, "boris").await;
        for id in [boris.id.as_str(), "nobody", "", "*", "' OR 1=1 --"] {
            assert_eq!(user_edit::one(&stage, &max, id).await, Err(Error::NotFound), "{id}");
            let answer = user_edit::save_groups(&stage, &max, id, &page.version, &full).await;
            assert_eq!(answer, Err(Error::NotFound), "{id}");
        }
        take_from(&stage, max.actor().user_id(), BuiltinGroup::Management).await;
        let answer = save(&stage, &max, &page, |edit| edit.last_name = "x").await;
        assert_eq!(answer, Err(Error::NotPermitted(Permission::UsersEdit)), "rights of a moment ago");
    }

    async fn ones_own_rights_are_changed_by_others(stage: Stage) {
        let (here, max) = manager(&stage).await;
        let page = shown(&stage, &max, max.actor().user_id()).await;
        assert!(page.oneself && !page.groups_can_change());
        assert_eq!(save(&stage, &max, &page, |edit| edit.api_access = true).await, Err(Error::Oneself));
        let fewer = [group_of_acme(&stage, BuiltinGroup::User).await];
        let id = max.actor().user_id();
        assert_eq!(user_edit::save_groups(&stage, &max, id, &page.version, &fewer).await, Err(Error::Oneself));
        assert_eq!(save(&stage, &max, &page, |edit| edit.last_name = "Muster").await, Ok(()), "the name is no right");
        assert!(done_by_others(&stage, &here).await.is_empty(), "one's own doing is nobody else's");
    }

    async fn guests_are_guests_groups_and_nothing_else(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let greta = guest(&stage, &signed_in, "greta", BuiltinGroup::Guest).await;
        let id = greta.actor.user_id();
        let page = shown(&stage, &max, id).await;
        assert_eq!((page.listed.state, page.language, page.listed.factor), (UserState::Guest, None, None));
        assert!(!page.can_change() && page.groups_can_change());
        assert_eq!(save(&stage, &max, &page, |edit| edit.last_name = "x").await, Err(Error::NotFound));
        let user = [group_of_acme(&stage, BuiltinGroup::User).await];
        assert_eq!(user_edit::save_groups(&stage, &max, id, &page.version, &user).await, Ok(()));
        assert!(at_acme(&stage, &greta).await.may(Permission::GroupsJoin), "at the next request");
        let groups = shown(&stage, &max, id).await.listed.groups;
        assert_eq!(groups, ["User"]);
    }

    async fn whoever_has_no_second_factor_and_must_have_one_gets_codes_and_stays_signed_in(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        rows::set_first_factor(&mut tx, &olivia.id, SecondFactor::Off, 0).await.expect("set");
        tx.commit().await.expect("committed");
        stage.allow_api(&olivia).await;
        let token = stage.api_token(&olivia).await;
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!(page.listed.factor, Some(SecondFactor::Off));
        assert_eq!(save(&stage, &max, &page, |edit| edit.requires_second_factor = true).await, Ok(()));
        let page = shown(&stage, &max, &olivia.id).await;
        assert_eq!((page.listed.factor, page.requires_second_factor), (Some(SecondFactor::Email), true));
        assert_eq!(stage.next(&here).await.session().second_factor, "email");
        assert!(stage.program(&token).await.is_none(), "by a password alone nobody got it today");
        assert_eq!(stage.letters_about(&olivia.email, "Your second sign-in step was changed").await, 1);
        let sql = "UPDATE tenants SET requires_second_factor = FALSE WHERE slug = 'acme'";
        raw::run(&stage.db, sql).await.expect("done");
        let options = domain::flows::second_factor::options(&stage, &stage.next(&here).await).await.expect("a read");
        assert!(!options.may_be_off, "asked of this user alone");
    }
}
