//! Making a user in the right client, and what an address that is taken says (PW-6, ENUM-2, ADM-1).

use domain::actor::Member;
use domain::clock::{DAY, HOUR, MINUTE};
use domain::error::{Error, Field, Problem, Result};
use domain::flows::inviting::PER_DAY;
use domain::flows::limits::MAILS_PER_PLACE;
use domain::flows::user_create::{self, NewUser, OFFERS, PER_HOUR};
use domain::flows::{activation, activity, user_edit};
use domain::store::users;
use domain::view::{BuiltinGroup, Created, Permission, SignedInBy, UserState};
use tokio::task::JoinSet;

use super::provider_sign_in::{ID, activate, signed_in as provider_entry, who, with_provider};
use crate::support::guests::{at_acme, group_of_acme, guest, invite, of_acme, outsider, signed_in, take_from};
use crate::support::{PASSWORD, SignedIn, Somebody, Stage, acme_login, both, link_in, place, raw, wait};

async fn manager(stage: &Stage) -> (SignedIn, Member) {
    let max = of_acme(stage, "max", BuiltinGroup::Management).await;
    let member = at_acme(stage, &max).await;
    (max, member)
}

fn nadja<'a>(email: &'a str, groups: &'a [String]) -> NewUser<'a> {
    let (first_name, last_name) = (" Nadja", "Ebert ");
    NewUser { email, first_name, last_name, language: None, groups, method: SignedInBy::Email, send: true }
}

async fn user_group(stage: &Stage) -> Vec<String> {
    vec![group_of_acme(stage, BuiltinGroup::User).await]
}

/// Creates a user; says the id.
async fn created(stage: &Stage, by: &Member, new: &NewUser<'_>) -> String {
    match user_create::create(stage, by, new).await {
        Ok(Created::User { id, .. }) => id,
        other => panic!("no user: {other:?}"),
    }
}

async fn create(stage: &Stage, by: &Member, new: &NewUser<'_>) -> Result<Created> {
    // Nobody's limit of tries is in the way.
    stage.clock.advance(3_000);
    user_create::create(stage, by, new).await
}

async fn users_there(stage: &Stage) -> i64 {
    stage.number("SELECT COUNT(*) FROM users").await
}

both! {
    async fn a_new_user_gets_a_letter_activates_and_signs_in(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        let id = created(&stage, &max, &nadja("Nadja@New.Example", &groups)).await;
        let page = user_edit::one(&stage, &max, &id).await.expect("a read");
        assert_eq!((page.listed.state, page.listed.person.name.as_str()), (UserState::NotActivated, "Nadja Ebert"));
        assert_eq!((page.listed.method, page.listed.groups.as_slice()), (None, &["User".to_owned()][..]));
        stage.deliver().await;
        let letter = stage.letters_to("nadja@new.example").remove(0);
        assert_eq!(letter.subject, "Your account at Acme Ltd");
        assert!(!letter.text.contains("Nadja"), "the address may be a stranger's: {}", letter.text);
        activation::finish(&stage, &place(1), &link_in(&letter), PASSWORD, PASSWORD).await.expect("chosen");
        let nadja = signed_in(&stage, &Somebody { id: id.clone(), email: "nadja@new.example".into() }).await;
        let member = at_acme(&stage, &nadja).await;
        assert!(member.may(Permission::GroupsJoin) && !member.may(Permission::UsersView));
        let entries = activity::page(&stage, &nadja.actor, None, None).await.expect("a page").entries;
        let made = entries.last().expect("an entry");
        assert_eq!((made.what.as_str(), made.by.as_deref()), ("Account created", Some("Max Okafor")));
        let page = user_edit::one(&stage, &max, &id).await.expect("a read");
        assert_eq!((page.listed.state, page.listed.method), (UserState::Active, Some(SignedInBy::Email)));
    }

    async fn wrong_fields_are_said_all_at_once_and_nothing_is_made(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let (groups, long) = (user_group(&stage).await, "x".repeat(200));
        let before = users_there(&stage).await;
        let wrong = NewUser { first_name: &long, last_name: "", method: SignedInBy::App, ..nadja("no address", &[]) };
        let problems = vec![
            (Field::FirstName, Problem::TooLong { max: 100 }),
            (Field::LastName, Problem::Empty),
            (Field::Email, Problem::NotAnAddress),
            (Field::Group, Problem::NoGroup),
            (Field::Method, Problem::NotOffered),
        ];
        assert_eq!(create(&stage, &max, &wrong).await, Err(Error::Invalid(problems)));
        let alone = NewUser { method: SignedInBy::Password, ..nadja("nadja@new.example", &groups) };
        let refusal = Err(Error::at(Field::Method, Problem::NotOffered));
        assert_eq!(create(&stage, &max, &alone).await, refusal, "the client asks for a second factor of everybody");
        assert_eq!(users_there(&stage).await, before);
        assert_eq!(user_create::choices(&stage, &max).await.expect("a read").methods, [SignedInBy::Email]);
        let acme = max.tenant_id();
        let sql = format!("UPDATE tenants SET requires_second_factor = FALSE WHERE id = '{acme}'");
        raw::run(&stage.db, &sql).await.expect("done");
        let choices = user_create::choices(&stage, &max).await.expect("a read");
        assert_eq!(choices.methods, [SignedInBy::Email, SignedInBy::Password]);
        let chosen: Vec<_> = choices.groups.iter().filter(|group| group.chosen).map(|group| group.builtin).collect();
        assert_eq!((choices.client.name.as_str(), chosen), ("Acme Ltd", vec![Some(BuiltinGroup::User)]));
        let id = created(&stage, &max, &alone).await;
        let without = format!("SELECT COUNT(*) FROM users WHERE id = '{id}' AND second_factor = 'off'");
        assert_eq!(stage.number(&without).await, 1);
    }

    async fn a_provider_may_manage_the_sign_in_from_the_first_day(stage: Stage) {
        let house = with_provider(&stage);
        let (_, max) = manager(&house).await;
        let groups = user_group(&house).await;
        assert_eq!(user_create::choices(&house, &max).await.expect("a read").providers, [acme_login()]);
        let before = users_there(&house).await;
        let new = NewUser { method: SignedInBy::Provider, ..nadja("nadja@new.example", &groups) };
        let refusal = Err(Error::at(Field::Method, Problem::NotOffered));
        for provider in [Some("nowhere"), Some(""), None] {
            assert_eq!(user_create::create_by(&house, &max, &new, provider).await, refusal, "{provider:?}");
        }
        assert_eq!(users_there(&house).await, before);

        // The client asks for a second factor of everybody; it is the provider's matter here.
        let made = user_create::create_by(&house, &max, &new, Some(ID)).await;
        let Ok(Created::User { id, sent: true }) = made else { panic!("no user: {made:?}") };
        let page = user_edit::one(&house, &max, &id).await.expect("a read");
        assert_eq!((page.provider.as_deref(), page.method_open), (Some(ID), true));
        assert_eq!((page.listed.state, page.listed.factor), (UserState::NotActivated, None));
        house.deliver().await;
        let letter = house.letters_to("nadja@new.example").remove(0);
        assert!(letter.text.contains("Acme Login") && !letter.text.contains("Nadja"), "{}", letter.text);
        let entered = activate(&house, &link_in(&letter), &who("sub-1")).await.expect("a link");
        assert_eq!(provider_entry(&house, entered).await.actor.user_id(), id);
        let page = user_edit::one(&house, &max, &id).await.expect("a read");
        assert_eq!((page.listed.method, page.method_open), (Some(SignedInBy::Provider), false));
        assert_eq!(page.listed.provider.as_deref(), Some("Acme Login"));
        let taken = user_create::create_by(&house, &max, &new, Some(ID)).await;
        assert_eq!(taken, Err(Error::at(Field::Email, Problem::Taken)));
    }

    async fn nobody_makes_users_without_the_right_or_above_their_own(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        outsider(&stage, "boris").await;
        let theirs = raw::texts(&stage.db, "SELECT g.id FROM groups g JOIN tenants t ON t.id = g.tenant_id
                                             WHERE t.slug = 'borealis' AND g.builtin = 'user'").await;
        let (user, full) = (user_group(&stage).await, vec![group_of_acme(&stage, BuiltinGroup::FullAccess).await]);
        let before = users_there(&stage).await;
        for (groups, refusal) in [
            (&full, Error::NotPermitted(Permission::GroupsEdit)),
            (&theirs, Error::NotFound),
            (&vec![user[0].clone(), "*".to_owned()], Error::NotFound),
        ] {
            assert_eq!(create(&stage, &max, &nadja("nadja@new.example", groups)).await, Err(refusal));
        }
        let una = of_acme(&stage, "una", BuiltinGroup::Guest).await;
        let una = at_acme(&stage, &una).await;
        let refusal = Err(Error::NotPermitted(Permission::UsersEdit));
        assert_eq!(create(&stage, &una, &nadja("nadja@new.example", &user)).await, refusal);
        take_from(&stage, signed_in.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(create(&stage, &max, &nadja("nadja@new.example", &user)).await, refusal, "rights of before");
        assert_eq!(users_there(&stage).await, before + 1, "Una alone");
    }

    async fn an_address_with_an_account_elsewhere_becomes_one_and_the_same_offer(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        let (active, disabled) = (outsider(&stage, "boris").await, outsider(&stage, "dora").await);
        stage.disable(&disabled).await;
        let before = users_there(&stage).await;
        for email in [&active.email, &disabled.email] {
            let offer = Created::OfferInvitation { email: email.clone() };
            let typed = email.to_uppercase();
            assert_eq!(create(&stage, &max, &nadja(&typed, &groups)).await, Ok(offer));
        }
        assert_eq!(users_there(&stage).await, before);
        while stage.deliver().await > 0 {}
        assert!(stage.letters_to(&disabled.email).is_empty());
        for _ in 2..OFFERS {
            assert!(create(&stage, &max, &nadja(&active.email, &groups)).await.is_ok());
        }
        let until = u32::try_from((HOUR - OFFERS * 3_000) / 1_000).expect("an hour");
        assert_eq!(create(&stage, &max, &nadja(&active.email, &groups)).await, Err(wait(until)));
        stage.clock.advance(HOUR);
        assert!(create(&stage, &max, &nadja(&active.email, &groups)).await.is_ok());
    }

    async fn no_refusal_tells_of_an_address(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        let boris = outsider(&stage, "boris").await;
        let refusal = Err(Error::at(Field::Method, Problem::NotOffered));
        for email in [boris.email.as_str(), "free@new.example"] {
            let alone = NewUser { method: SignedInBy::Password, ..nadja(email, &groups) };
            assert_eq!(create(&stage, &max, &alone).await, refusal, "{email}");
        }
        for _ in 0..OFFERS {
            assert!(create(&stage, &max, &nadja(&boris.email, &groups)).await.is_ok());
        }
        let before = users_there(&stage).await;
        for email in [boris.email.as_str(), "free@new.example"] {
            let answer = create(&stage, &max, &nadja(email, &groups)).await;
            assert!(matches!(answer, Err(Error::TooMany { .. })), "{email}: {answer:?}");
        }
        assert_eq!(users_there(&stage).await, before);
    }

    async fn sixty_an_hour_are_made_and_five_letters_a_day_go_to_an_address(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        for _ in 0..PER_DAY {
            invite(&stage, &signed_in, "nadja@new.example", BuiltinGroup::Guest).await.expect("invited");
        }
        let mailed = nadja("nadja@new.example", &groups);
        let answer = create(&stage, &max, &mailed).await;
        assert!(matches!(answer, Err(Error::TooMany { .. })), "{answer:?}");
        let silent = NewUser { send: false, ..mailed };
        assert!(create(&stage, &max, &silent).await.is_ok());
        for n in 1..PER_HOUR {
            let email = format!("u{n}@new.example");
            assert!(create(&stage, &max, &NewUser { email: &email, ..silent }).await.is_ok(), "{n}");
        }
        let before = users_there(&stage).await;
        let more = NewUser { email: "more@new.example", ..silent };
        let answer = create(&stage, &max, &more).await;
        assert!(matches!(answer, Err(Error::TooMany { .. })), "{answer:?}");
        assert_eq!(users_there(&stage).await, before);
        stage.clock.advance(HOUR);
        assert!(create(&stage, &max, &more).await.is_ok());
    }

    async fn an_address_of_this_client_is_taken_whether_user_or_guest(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        stage.newcomer("una").await;
        guest(&stage, &signed_in, "greta", BuiltinGroup::Guest).await;
        let taken = Err(Error::at(Field::Email, Problem::Taken));
        for email in ["una@acme.example", "GRETA@borealis.example", "max@acme.example"] {
            assert_eq!(create(&stage, &max, &nadja(email, &groups)).await, taken, "{email}");
        }
    }

    async fn the_letter_may_be_put_off_and_sent_again_and_the_former_link_is_dead(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        let later = NewUser { send: false, ..nadja("nadja@new.example", &groups) };
        assert!(matches!(create(&stage, &max, &later).await, Ok(Created::User { sent: false, .. })));
        while stage.deliver().await > 0 {}
        assert!(stage.letters_to("nadja@new.example").is_empty());
        let id = users::by_email(&stage.db, "nadja@new.example").await.expect("a read").expect("a user").id;
        user_create::send_activation(&stage, &max, &id).await.expect("sent");
        assert_eq!(user_create::send_activation(&stage, &max, &id).await, Err(wait(60)));
        stage.clock.advance(MINUTE);
        user_create::send_activation(&stage, &max, &id).await.expect("sent");
        while stage.deliver().await > 0 {}
        let links: Vec<_> = stage.letters_to("nadja@new.example").iter().map(link_in).collect();
        assert_eq!(links.len(), 2);
        let mut shown = Vec::new();
        for link in &links {
            shown.push(activation::view(&stage, link).await.is_ok());
        }
        assert_eq!(shown.iter().filter(|works| **works).count(), 1, "one of the two");
        let live = if shown[0] { &links[0] } else { &links[1] };
        activation::finish(&stage, &place(1), live, PASSWORD, PASSWORD).await.expect("chosen");
        stage.clock.advance(MINUTE);
        assert_eq!(user_create::send_activation(&stage, &max, &id).await, Err(Error::NotFound), "has a password");
        let other = outsider(&stage, "boris").await;
        assert_eq!(user_create::send_activation(&stage, &max, &other.id).await, Err(Error::NotFound));
        assert_eq!(user_create::send_activation(&stage, &max, "nobody").await, Err(Error::NotFound));
    }

    async fn five_activation_letters_a_day_go_to_an_address(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let groups = user_group(&stage).await;
        let id = created(&stage, &max, &nadja("nadja@new.example", &groups)).await;
        for n in 1..PER_DAY {
            stage.clock.advance(HOUR);
            assert_eq!(user_create::send_activation(&stage, &max, &id).await, Ok(()), "{n}");
            while stage.deliver().await > 0 {}
        }
        stage.clock.advance(HOUR);
        let rest = DAY - PER_DAY * HOUR;
        let until = u32::try_from(rest / 1_000).expect("less than a day");
        assert_eq!(user_create::send_activation(&stage, &max, &id).await, Err(wait(until)));
        while stage.deliver().await > 0 {}
        assert_eq!(stage.letters_to("nadja@new.example").len(), 5);
        stage.clock.advance(rest - 1);
        assert_eq!(user_create::send_activation(&stage, &max, &id).await, Err(wait(1)));
        stage.clock.advance(1);
        assert_eq!(user_create::send_activation(&stage, &max, &id).await, Ok(()));
    }

    async fn letters_of_activation_count_for_whoever_sends_them_and_not_for_their_place(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let mona = of_acme(&stage, "mona", BuiltinGroup::Management).await;
        let mona = at_acme(&stage, &mona).await;
        let olivia = stage.person("olivia").await;
        for n in 0..MAILS_PER_PLACE {
            let somebody = stage.newcomer(&format!("n{n}")).await;
            assert_eq!(user_create::send_activation(&stage, &max, &somebody.id).await, Ok(()), "{n}");
        }
        let last = stage.newcomer("last").await;
        assert_eq!(user_create::send_activation(&stage, &max, &last.id).await, Err(wait(3_600)));
        assert_eq!(max.actor().visitor().place(), mona.actor().visitor().place());
        assert_eq!(user_create::send_activation(&stage, &mona, &last.id).await, Ok(()), "hers are her own");
        // Her code is mailed, or she would not be in.
        let olivia = stage.sign_in_from(&olivia, max.actor().visitor()).await;
        assert!(stage.actor(&olivia.token).await.is_some());
        stage.clock.advance(HOUR);
        assert_eq!(user_create::send_activation(&stage, &max, &last.id).await, Ok(()));
    }

    async fn whoever_may_not_do_everything_mails_no_link_to_whoever_may_by_the_api(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let una = stage.newcomer("una").await;
        stage.allow_api(&una).await;
        let refusal = Err(Error::NotPermitted(Permission::GroupsEdit));
        assert_eq!(user_create::send_activation(&stage, &max, &una.id).await, refusal);
        while stage.deliver().await > 0 {}
        assert!(stage.letters_to(&una.email).is_empty());
        stage.set_api(&una, false).await;
        assert_eq!(user_create::send_activation(&stage, &max, &una.id).await, Ok(()));
    }

    async fn of_twenty_at_once_one_makes_the_user(stage: Stage) {
        let (signed_in, _) = manager(&stage).await;
        let (groups, other) = (user_group(&stage).await, stage.again().await);
        let mut all = JoinSet::new();
        for n in 0..20 {
            let stage = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let (groups, token) = (groups.clone(), signed_in.token.clone());
            all.spawn(async move {
                let actor = stage.actor(&token).await.expect("signed in");
                let max = actor.member(&stage, "acme").await.expect("a member");
                user_create::create(&stage, &max, &nadja("nadja@new.example", &groups)).await
            });
        }
        let outcomes = all.join_all().await;
        let taken = Err(Error::at(Field::Email, Problem::Taken));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == taken).count(), 19, "{outcomes:?}");
        while stage.deliver().await > 0 {}
        let rows = "SELECT COUNT(*) FROM memberships m JOIN users u ON u.id = m.user_id
                     WHERE u.email = 'nadja@new.example'";
        assert_eq!(stage.number(rows).await, 1);
    }

    async fn of_many_at_once_twenty_are_told_of_an_address(stage: Stage) {
        let (signed_in, _) = manager(&stage).await;
        let (groups, other) = (user_group(&stage).await, stage.again().await);
        let boris = outsider(&stage, "boris").await;
        let mut all = JoinSet::new();
        for n in 0..28 {
            let stage = if n % 2 == 0 { stage.clone() } else { other.clone() };
            let (groups, token, email) = (groups.clone(), signed_in.token.clone(), boris.email.clone());
            all.spawn(async move {
                let actor = stage.actor(&token).await.expect("signed in");
                let max = actor.member(&stage, "acme").await.expect("a member");
                user_create::create(&stage, &max, &nadja(&email, &groups)).await
            });
        }
        let outcomes = all.join_all().await;
        let told = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Created::OfferInvitation { .. }))).count();
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::TooMany { .. }))).count();
        assert_eq!((told, refused), (20, 8), "{outcomes:?}");
    }
}
