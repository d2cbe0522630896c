//! Who one is: names, appearance, groups, clients, and what the demo holds (TEN-1, WEB-6).

use domain::actor::{Actor, Member};
use domain::clock::{DAY, MINUTE};
use domain::demo;
use domain::error::{Error, Field, Problem};
use domain::flows::look::{self, Theme};
use domain::flows::{accounts, change_password, groups, personal, security, sign_in, tenants};
use domain::store;
use domain::store::tenants::Kind;
use domain::text::Language;
use domain::view::{
    Account, BuiltinGroup, Client, CodePrompt, DeviceSession, EmailChange, Moment, Permission, SecondFactor, Security,
    SignedInBy,
};

use crate::support::{PASSWORD, SignedIn, Stage, both, half_of, place, refused};

/// The moment at which each story begins.
fn start() -> Moment {
    Moment { machine: "2026-11-21T12:45:00Z".into(), human: "21 Nov 2026, 12:45 UTC".into() }
}

fn client(slug: &str, name: &str, colour: &str) -> Client {
    Client { slug: slug.into(), name: name.into(), colour: colour.into() }
}

/// Signs somebody of the demo in.
async fn sign_in_demo(stage: &Stage, email: &str, password: &str, n: usize) -> SignedIn {
    let here = place(n);
    let begun = sign_in::begin(stage, &here, email, password, None).await;
    let half = half_of(begun.expect("the password that was said"));
    let code = stage.mailed_code(email).await;
    let done = sign_in::finish(stage, &here, half.reveal(), &code).await.expect("the right code");
    let token = done.token.reveal().to_owned();
    let actor = Actor::of(stage, &token, &here).await.expect("a read").expect("signed in");
    SignedIn { actor, token, device: done.device, email: email.to_owned() }
}

both! {
    async fn names_are_saved_without_blanks_around_them(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let last = "</title><script>alert(1)</script>";
        let saved = personal::save_names(&stage, &signed_in.actor, " Zo\u{eb}", &format!("{last} ")).await;
        assert_eq!(saved, Ok(()));
        let actor = stage.next(&signed_in).await;
        let view = personal::view(&stage, &actor).await.expect("a read");
        assert_eq!((view.first_name.as_str(), view.last_name.as_str()), ("Zo\u{eb}", last));
        assert_eq!((view.person.initials.as_str(), view.person.email.as_str()), ("ZT", "olivia@acme.example"));
        assert_eq!(view.email_change, EmailChange::Idle);
    }

    async fn bad_names_are_said_at_both_fields_and_change_nothing(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let long = "x".repeat(200);
        let cases = [
            ("", "b", vec![(Field::FirstName, Problem::Empty)]),
            (
                " ",
                long.as_str(),
                vec![(Field::FirstName, Problem::Empty), (Field::LastName, Problem::TooLong { max: 100 })],
            ),
            ("a\u{202E}b", "c", vec![(Field::FirstName, Problem::ForbiddenCharacters)]),
            ("a", "b\r\nBcc: x", vec![(Field::LastName, Problem::ForbiddenCharacters)]),
        ];
        for (first, last, problems) in cases {
            let answer = personal::save_names(&stage, &signed_in.actor, first, last).await;
            assert_eq!(answer, Err(Error::Invalid(problems)));
        }
        assert_eq!(stage.next(&signed_in).await.person().name, "Olivia Okafor");
        let longest = "\u{fc}".repeat(100);
        assert_eq!(personal::save_names(&stage, &signed_in.actor, &longest, "c").await, Ok(()));
    }

    async fn language_and_theme_are_kept_and_forgotten_again(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        assert_eq!(signed_in.actor.visitor().language, Language::En);
        look::choose(&stage, &signed_in.actor, Some(Language::De), Some(Theme::Dark)).await.expect("kept");
        let actor = stage.next(&signed_in).await;
        let kept = (actor.session().language.as_deref(), actor.session().theme.as_deref());
        assert_eq!((kept, actor.visitor().language), ((Some("de"), Some("dark")), Language::De));
        let (half, code) = stage.half(&olivia, &place(1)).await;
        let done = sign_in::finish(&stage, &place(1), &half, &code).await.expect("the right code");
        assert_eq!(done.look, (Some("de".into()), Some("dark".into())), "and goes with the person");
        look::choose(&stage, &actor, None, None).await.expect("kept");
        let actor = stage.next(&signed_in).await;
        assert_eq!((actor.session().language.as_deref(), actor.visitor().language), (None, Language::En));
    }

    async fn security_shows_what_is_true(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let at = |machine: &str, human: &str| Moment { machine: machine.into(), human: human.into() };
        let here = |last_seen: Moment| DeviceSession {
            id: signed_in.actor.session().id.clone(),
            browser: "Firefox, Linux".into(),
            address: "192.0.2.1".into(),
            first_seen: start(),
            last_seen,
            how: Some(SignedInBy::Email),
            this: true,
        };
        let mut shown = Security {
            factor: SecondFactor::Email,
            email: "olivia@acme.example".into(),
            factor_since: start(),
            recovery_left: None,
            recovery_low: false,
            password_since: Some(start()),
            unlocked_until: Some(at("2026-11-21T12:50:00Z", "21 Nov 2026, 12:50 UTC")),
            devices: vec![here(start())],
            ends_at: at("2026-11-22T00:45:00Z", "22 Nov 2026, 00:45 UTC"),
            min_password: None,
            password_code: None,
            provider: None,
            api_access: false,
        };
        assert_eq!(security::view(&stage, &signed_in.actor).await, Ok(shown.clone()));
        stage.clock.advance(5 * MINUTE);
        let view = security::view(&stage, &signed_in.actor).await.expect("a read");
        assert_eq!(view.unlocked_until, shown.unlocked_until, "for five minutes");
        stage.clock.advance(10 * MINUTE);
        shown.unlocked_until = None;
        shown.devices = vec![here(at("2026-11-21T13:00:00Z", "21 Nov 2026, 13:00 UTC"))];
        assert_eq!(security::view(&stage, &stage.next(&signed_in).await).await, Ok(shown));
    }

    async fn the_dialog_of_the_password_tells_the_rule_and_then_asks_for_the_code(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let actor = &signed_in.actor;
        let tab = security::view(&stage, actor).await.expect("a read");
        let dialog = Security { min_password: Some(12), ..tab };
        assert_eq!(security::with_password(&stage, actor).await, Ok(dialog.clone()));
        let new = "copper lantern seldom rains";
        assert_eq!(change_password::request(&stage, actor, PASSWORD, new, new).await, Ok(()));
        let sent_to = "olivia@acme.example".to_owned();
        let code = CodePrompt { by: SecondFactor::Email, sent_to, sent: true, resend_in_s: 60 };
        let dialog = Security { password_code: Some(code), ..dialog };
        assert_eq!(security::with_password(&stage, actor).await, Ok(dialog));
    }

    async fn groups_of_this_client_and_what_they_permit(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let member = signed_in.actor.member(&stage, "acme").await.expect("a member");
        let mine = groups::tab(&stage, &member).await.expect("a read").mine;
        let said = (mine[0].name.as_str(), mine[0].description.as_str(), mine[0].since.clone());
        assert_eq!(said, ("User", "Looks after their own account, joins and leaves user groups.", start()));
        assert_eq!(mine[0].permissions, [Permission::GroupsView, Permission::GroupsJoin]);
        assert_eq!(mine.len(), 1);
        assert!(member.may(Permission::GroupsJoin) && !member.may(Permission::UsersView));
        let frame = member.frame();
        assert_eq!((frame.client, frame.open_invitations), (client("acme", "Acme Ltd", "blue"), 0));
    }

    async fn a_foreign_client_looks_like_one_that_does_not_exist(stage: Stage) {
        stage.tenant("Borealis GmbH", "borealis").await;
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        for slug in ["borealis", "nowhere", "", "ACME", "acme' OR '1'='1", "borealis"] {
            assert_eq!(refused(signed_in.actor.member(&stage, slug).await), Error::NotFound, "{slug}");
        }
        let member = signed_in.actor.member(&stage, "acme").await.expect("asked last, and not mixed up");
        assert_eq!(member.client().slug, "acme");
        assert_eq!(refused(member.actor().member(&stage, "borealis").await), Error::NotFound);
    }

    async fn permissions_add_up_and_end_at_the_client(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let borealis = stage.tenant("Borealis GmbH", "borealis").await;
        let now = stage.clock.now();
        let mut tx = stage.db.begin().await.expect("a transaction");
        for (tenant, group) in [(&acme, BuiltinGroup::Management), (&borealis, BuiltinGroup::Guest)] {
            if group == BuiltinGroup::Guest {
                store::tenants::join(&mut tx, &tenant.id, &olivia.id, Kind::Guest, now).await.expect("joined");
            }
            let id = store::groups::builtin(&mut tx, &tenant.id, group).await;
            let id = id.expect("a read").expect("one of the four");
            for _ in 0..2 {
                store::groups::add_member(&mut tx, &tenant.id, &id, &olivia.id, now).await.expect("twice is once");
            }
        }
        store::users::set_current_tenant(&mut tx, &olivia.id, &borealis.id).await.expect("entered");
        tx.commit().await.expect("committed");
        let actor = stage.sign_in(&olivia).await.actor;
        assert_eq!(actor.session().current_slug, "borealis");
        let (home, guest) = (actor.member(&stage, "acme").await, actor.member(&stage, "borealis").await);
        let (home, guest) = (home.expect("a member"), guest.expect("a guest"));
        assert_eq!(groups::tab(&stage, &home).await.expect("a read").mine.len(), 2);
        let may = |member: &Member| Permission::ALL.into_iter().filter(|any| member.may(*any)).collect::<Vec<_>>();
        assert_eq!(may(&home), BuiltinGroup::Management.permissions(), "which hold those of User");
        assert_eq!(may(&guest), [Permission::GroupsView]);
        let accounts = accounts::view(&stage, &guest).await.expect("a read");
        let row = |of: &Account| (of.client.slug.clone(), of.home, of.current, of.last_entered.is_some());
        let rows: Vec<_> = accounts.iter().map(row).collect();
        assert_eq!(rows, [("acme".to_owned(), true, false, false), ("borealis".to_owned(), false, true, true)]);
    }

    async fn a_client_has_a_free_slug_that_urls_bear(stage: Stage) {
        stage.tenant("Acme Ltd", "acme").await;
        let cases = [
            ("Another", "acme", Field::Slug, Problem::Taken),
            ("Another", "Not a slug", Field::Slug, Problem::NotASlug),
            ("Another", "api", Field::Slug, Problem::NotASlug),
            ("", "another", Field::ClientName, Problem::Empty),
        ];
        for (name, slug, field, problem) in cases {
            let mut tx = stage.db.begin().await.expect("a transaction");
            let answer = tenants::create(&mut tx, &stage, name, slug, "red").await;
            assert_eq!(answer, Err(Error::at(field, problem)), "{slug}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM groups").await, 4);
    }

    async fn the_demo_fills_an_empty_database_once(stage: Stage) {
        let password = demo::fill(&stage, None).await.expect("an empty database");
        let mut signed_in = Vec::new();
        for (n, person) in demo::PEOPLE.iter().enumerate() {
            signed_in.push(sign_in_demo(&stage, person.email, &password, n).await);
        }
        let by_api: Vec<_> = signed_in.iter().map(|who| who.actor.session().api_access).collect();
        assert_eq!(by_api, [true, false, false, false], "Olivia shows it");
        let said = demo::fill(&stage, Some("another password for all")).await;
        assert_eq!(said, Ok("another password for all".to_owned()));
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 4);
        assert!(stage.actor(&signed_in[0].token).await.is_some(), "sessions of before go on");
        assert!(stage.guess(demo::PEOPLE[0].email, &password, &place(9)).await.is_err());
        let una = sign_in_demo(&stage, "una@acme.example", "another password for all", 8).await;
        let frame = una.actor.member(&stage, "acme").await.expect("a member").frame();
        assert_eq!(frame.open_invitations, 1);
        let greta = &signed_in[3].actor;
        let at_acme = greta.member(&stage, "acme").await.expect("a guest");
        let expected = [
            Account {
                client: client("borealis", "Borealis GmbH", "green"),
                home: true,
                current: false,
                groups: vec!["Vollzugriff".into()],
                last_entered: Some(Moment { machine: start().machine, human: "21.11.2026, 12:45 UTC".into() }),
            },
            Account {
                client: client("acme", "Acme Ltd", "blue"),
                home: false,
                current: true,
                groups: vec!["Gast".into()],
                last_entered: None,
            },
        ];
        assert_eq!(accounts::view(&stage, &at_acme).await.expect("a read"), expected);
    }

    async fn an_invitation_is_open_for_a_week(stage: Stage) {
        let password = demo::fill(&stage, None).await.expect("an empty database");
        for (n, (later, open)) in [(7 * DAY - 1, 1), (1, 0)].into_iter().enumerate() {
            stage.clock.advance(later);
            let una = sign_in_demo(&stage, "una@acme.example", &password, n).await;
            assert_eq!(una.actor.session().open_invitations, open);
        }
    }

    async fn the_demo_refuses_a_database_that_holds_anything_else(stage: Stage) {
        let olivia = stage.person("olivia").await;
        assert_eq!(demo::fill(&stage, None).await, Err(Error::NotFound));
        assert!(stage.actor(&stage.sign_in(&olivia).await.token).await.is_some(), "and leaves it as it was");
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 1);
    }
}
