//! The page of a client: its name, its colour, and a second factor for everybody (TOTP-6, TEN-1).

use domain::error::{Error, Field, Problem, Result};
use domain::flows::client::{self, Edit};
use domain::flows::tenants::COLOURS;
use domain::flows::{activity, client_activity, late_entries, look};
use domain::store::{user_edit, users};
use domain::text::Language;
use domain::view::{ActivityFilter, BuiltinGroup, Client, ClientFilter, ClientSettings, Permission, SecondFactor};

use super::provider_sign_in::{ID, ISSUER};
use crate::support::groups::guest_in;
use crate::support::guests::{at_acme, of_acme, outsider};
use crate::support::{SignedIn, Stage, both, raw};

async fn olivia(stage: &Stage) -> SignedIn {
    of_acme(stage, "olivia", BuiltinGroup::FullAccess).await
}

async fn view(stage: &Stage, who: &SignedIn) -> ClientSettings {
    client::view(stage, &at_acme(stage, who).await).await.expect("a read")
}

async fn save(stage: &Stage, who: &SignedIn, name: &str, colour: &str, factor: bool) -> Result<()> {
    let member = at_acme(stage, who).await;
    let seen = client::view(stage, &member).await.map(|shown| client::version(stage, &shown)).unwrap_or_default();
    client::save(stage, &member, &seen, &Edit { name, colour, requires_second_factor: factor }).await
}

/// Has these people do without a second factor, past all flows.
async fn without_factor(stage: &Stage, emails: &[&str]) {
    let mut tx = stage.db.begin().await.expect("a transaction");
    for email in emails {
        let user = users::by_email_in(&mut tx, email).await.expect("a read").expect("a user");
        user_edit::set_first_factor(&mut tx, &user.id, SecondFactor::Off, 0).await.expect("set");
    }
    tx.commit().await.expect("committed");
}

async fn factor_of(stage: &Stage, email: &str) -> String {
    raw::texts(&stage.db, &format!("SELECT second_factor FROM users WHERE email = '{email}'")).await.concat()
}

async fn events(stage: &Stage) -> Vec<String> {
    raw::texts(&stage.db, "SELECT kind || ' ' || detail FROM tenant_activity ORDER BY id").await
}

both! {
    async fn what_is_saved_stands_on_the_next_page(stage: Stage) {
        let olivia = olivia(&stage).await;
        let shown = ClientSettings {
            client: Client { slug: "acme".into(), name: "Acme Ltd".into(), colour: "blue".into() },
            colours: COLOURS.map(str::to_owned).to_vec(),
            requires_second_factor: true,
            without_factor: 0,
        };
        assert_eq!(view(&stage, &olivia).await, shown);
        for _ in 0..2 {
            assert_eq!(save(&stage, &olivia, " Acme = Co ", "teal", false).await, Ok(()));
        }
        let client = Client { name: "Acme = Co".into(), colour: "teal".into(), ..shown.client.clone() };
        assert_eq!(at_acme(&stage, &olivia).await.client(), client);
        assert_eq!(view(&stage, &olivia).await, ClientSettings { client, requires_second_factor: false, ..shown });
        let mut recorded = events(&stage).await;
        recorded.sort();
        let expected = [
            r#"client_recoloured {"from":"blue","to":"teal"}"#,
            r#"client_renamed {"from":"Acme Ltd","to":"Acme = Co"}"#,
            "factor_freed ",
        ];
        assert_eq!(recorded, expected, "each once: what stays as it is is no change");
    }

    async fn of_two_who_edit_the_second_sees_the_page_again(stage: Stage) {
        let olivia = olivia(&stage).await;
        save(&stage, &olivia, "Acme Ltd", "blue", false).await.expect("saved");
        let member = at_acme(&stage, &olivia).await;
        let seen = client::version(&stage, &view(&stage, &olivia).await);
        save(&stage, &olivia, "Acme Ltd", "blue", true).await.expect("saved");
        let stale = Edit { name: "Acme Ltd", colour: "red", requires_second_factor: false };
        for seen in [seen.as_str(), ""] {
            assert_eq!(client::save(&stage, &member, seen, &stale).await, Err(Error::EditedMeanwhile));
        }
        let now = view(&stage, &olivia).await;
        assert!(now.requires_second_factor && now.client.colour == "blue");
    }

    async fn whoever_never_chose_a_language_is_told_in_that_of_whoever_requires_it(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::User).await);
        look::choose(&stage, &olivia.actor, Some(Language::De), None).await.expect("kept");
        save(&stage, &olivia, "Acme Ltd", "blue", false).await.expect("saved");
        without_factor(&stage, &[&max.email]).await;
        save(&stage, &olivia, "Acme Ltd", "blue", true).await.expect("saved");
        late_entries::write_due(&stage).await.expect("written");
        while stage.deliver().await > 0 {}
        let letters = stage.letters_to(&max.email);
        assert!(letters.iter().any(|letter| letter.text.contains("Acme Ltd verlangt")));
    }

    async fn bad_input_changes_nothing(stage: Stage) {
        let olivia = olivia(&stage).await;
        let long = "x".repeat(200);
        let (name, colour) = (Field::ClientName, Field::Colour);
        for (typed, chosen, problems) in [
            ("", "blue", vec![(name, Problem::Empty)]),
            (long.as_str(), "blue", vec![(name, Problem::TooLong { max: 100 })]),
            ("a\u{202E}b", "mauve", vec![(name, Problem::ForbiddenCharacters), (colour, Problem::NotOffered)]),
            ("Acme", "BLUE", vec![(colour, Problem::NotOffered)]),
            ("Acme", "", vec![(colour, Problem::NotOffered)]),
        ] {
            assert_eq!(save(&stage, &olivia, typed, chosen, false).await, Err(Error::Invalid(problems)), "{chosen}");
        }
        assert_eq!(view(&stage, &olivia).await.client.name, "Acme Ltd");
        assert!(view(&stage, &olivia).await.requires_second_factor && events(&stage).await.is_empty());
    }

    async fn without_the_permission_it_is_neither_seen_nor_changed(stage: Stage) {
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        let refusal = Error::NotPermitted(Permission::ClientEdit);
        assert_eq!(save(&stage, &max, "", "mauve", false).await, Err(refusal.clone()));
        assert_eq!(client::view(&stage, &at_acme(&stage, &max).await).await, Err(refusal.clone()));
        let olivia = olivia(&stage).await;
        let member = at_acme(&stage, &olivia).await;
        raw::run(&stage.db, "DELETE FROM group_members").await.expect("done");
        let edit = Edit { name: "X", colour: "red", requires_second_factor: false };
        assert_eq!(client::save(&stage, &member, "", &edit).await, Err(refusal), "nor by rights of before");
        assert!(events(&stage).await.is_empty());
    }

    async fn whoever_had_no_second_factor_gets_mailed_codes_and_is_told(stage: Stage) {
        let (olivia, max) = (olivia(&stage).await, of_acme(&stage, "max", BuiltinGroup::User).await);
        let (greta, stranger) = (guest_in(&stage, "greta", BuiltinGroup::Guest).await, outsider(&stage, "gina").await);
        save(&stage, &olivia, "Acme Ltd", "blue", false).await.expect("saved");
        without_factor(&stage, &[&olivia.email, &max.email, &greta.email, &stranger.email]).await;
        assert_eq!(view(&stage, &olivia).await.without_factor, 2, "how guests sign in is no business of this client");
        stage.clock.advance(1_000);
        for _ in 0..2 {
            assert_eq!(save(&stage, &olivia, "Acme Ltd", "blue", true).await, Ok(()));
        }
        let four = [&olivia.email, &max.email, &greta.email, &stranger.email];
        let mut factors = Vec::new();
        for email in four {
            factors.push(factor_of(&stage, email).await);
        }
        assert_eq!(factors, ["email", "email", "email", "off"]);
        late_entries::write_due(&stage).await.expect("written");
        let subject = "Your second sign-in step was changed";
        for (email, letters) in four.into_iter().zip([1, 1, 1, 0]) {
            assert_eq!(stage.letters_about(email, subject).await, letters, "{email}");
        }
        assert!(stage.letter_about(&max.email, subject).await.contains("Acme Ltd now requires"));
        for (who, by) in [(&olivia, None), (&max, Some("Olivia Okafor")), (&greta, Some("Olivia Okafor"))] {
            let actor = stage.next(who).await;
            let page = activity::page(&stage, &actor, Some(ActivityFilter::Factor), None).await.expect("a read");
            let said: Vec<_> = page.entries.iter().map(|entry| (entry.detail.as_str(), entry.by.as_deref())).collect();
            assert_eq!(said, [("From Off to Authentication via email", by)], "still signed in, and once");
        }
        assert_eq!(view(&stage, &olivia).await.without_factor, 0);
        let member = at_acme(&stage, &olivia).await;
        let told = client_activity::page(&stage, &member, Some(ClientFilter::Users), None).await;
        let whom: Vec<_> = told.expect("a read").entries.into_iter().filter_map(|entry| entry.person).collect();
        assert_eq!((whom.len(), whom.contains(&"Greta Gruber".to_owned())), (2, false), "{whom:?}");
    }

    async fn whoever_never_came_is_not_written_to(stage: Stage) {
        let (olivia, una) = (olivia(&stage).await, stage.newcomer("una").await);
        save(&stage, &olivia, "Acme Ltd", "blue", false).await.expect("saved");
        without_factor(&stage, &[&una.email]).await;
        stage.clock.advance(1_000);
        assert_eq!(save(&stage, &olivia, "Acme Ltd", "blue", true).await, Ok(()));
        late_entries::write_due(&stage).await.expect("written");
        assert_eq!(factor_of(&stage, &una.email).await, "email");
        assert_eq!(stage.letters_about(&una.email, "Your second sign-in step was changed").await, 0);
    }

    async fn whoever_a_provider_manages_by_then_is_not_written_to(stage: Stage) {
        let (olivia, una) = (olivia(&stage).await, stage.newcomer("una").await);
        save(&stage, &olivia, "Acme Ltd", "blue", false).await.expect("saved");
        without_factor(&stage, &[&una.email]).await;
        stage.clock.advance(1_000);
        assert_eq!(save(&stage, &olivia, "Acme Ltd", "blue", true).await, Ok(()));
        let mut tx = stage.db.begin().await.expect("a transaction");
        users::set_provider(&mut tx, &una.id, Some(ID), 0).await.expect("set");
        assert_eq!(users::bind(&mut tx, &una.id, ISSUER, "sub-1", 0).await, Ok(true));
        tx.commit().await.expect("committed");
        late_entries::write_due(&stage).await.expect("written");
        assert!(stage.user(&una).await.is_activated());
        assert_eq!(stage.letters_about(&una.email, "Your second sign-in step was changed").await, 0);
    }
}
