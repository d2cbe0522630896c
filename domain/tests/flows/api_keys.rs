//! Keys that people make for programs (API-2, SESS-9, NOT-1).

use domain::actor::Actor;
use domain::clock::{DAY, HOUR, MINUTE, SECOND};
use domain::error::{Error, Field, Problem, Result};
use domain::flows::api_keys::{self, MOST, NewKey, PER_HOUR};
use domain::flows::{activity, devices, reauthenticate};
use domain::secrets::token::Token;
use domain::view::{ActivityFilter, ApiKeys, Moment};

use crate::support::raw::{dump, hex};
use crate::support::{
    PASSWORD, SignedIn, Somebody, Stage, With, acme_login, anywhere, both, place, raw, refused, visitor, wait,
};

/// Somebody who may use the API, signed in.
async fn signed_in(stage: &Stage, name: &str) -> (Somebody, SignedIn) {
    let somebody = stage.person(name).await;
    stage.allow_api(&somebody).await;
    let signed_in = stage.sign_in_from(&somebody, &anywhere()).await;
    (somebody, signed_in)
}

async fn make(stage: &Stage, actor: &Actor, name: &str, days: u32) -> Result<String> {
    api_keys::make(stage, actor, &NewKey { name, days }).await.map(|made| made.id)
}

async fn view(stage: &Stage, who: &SignedIn) -> ApiKeys {
    let member = stage.next(who).await.member(stage, "acme").await.expect("a member");
    api_keys::view(stage, &member).await.expect("a read")
}

fn at(machine: &str, human: &str) -> Moment {
    Moment { machine: machine.into(), human: human.into() }
}

both! {
    async fn a_key_is_shown_once_and_acts_for_its_owner(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        let made = api_keys::make(&stage, &here.actor, &NewKey { name: " Nightly <b> ", days: 30 }).await;
        let made = made.expect("fresh, and a free name");
        let key = made.key.reveal_bearer();
        let program = stage.program(&key).await.expect("a program");
        let bearer = program.bearer().expect("no session");
        assert!(bearer.is_key && bearer.id == made.id && program.user_id() == olivia.id);
        assert_eq!(bearer.expires_at, stage.clock.now() + 30 * DAY);
        let shown = view(&stage, &here).await;
        assert!(shown.allowed && shown.unlocked && shown.provider.is_none());
        assert_eq!((shown.client.as_str(), shown.email.as_str(), shown.most), ("Acme Ltd", "olivia@acme.example", 365));
        let [row] = shown.keys.as_slice() else { panic!("one key") };
        assert_eq!((row.id.as_str(), row.name.as_str(), row.hint.len()), (made.id.as_str(), "Nightly <b>", 4));
        assert!(key.ends_with(&row.hint));
        let start = at("2026-11-21T12:45:00Z", "21 Nov 2026, 12:45 UTC");
        assert_eq!((&row.created, row.last_used.as_ref()), (&start, Some(&start)));
        assert_eq!(row.expires, at("2026-12-21T12:45:00Z", "21 Dec 2026, 12:45 UTC"));
        let letter = stage.letter_about(&olivia.email, "You have a new API key").await;
        assert!(letter.contains("Nightly <b>") && letter.contains("21 Dec 2026, 12:45 UTC"), "{letter}");
        assert!(letter.contains("/not-me") && !letter.contains(&key), "{letter}");
        let page = activity::page(&stage, &here.actor, Some(ActivityFilter::Api), None).await.expect("a page");
        let said: Vec<_> = page.entries.iter().map(|entry| (entry.what.as_str(), entry.detail.as_str())).collect();
        assert_eq!(said, [("API key made", "Nightly <b>")]);
    }

    async fn only_a_hash_of_it_is_kept(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let made = api_keys::make(&stage, &here.actor, &NewKey { name: "Nightly", days: 30 }).await;
        let made = made.expect("fresh, and a free name");
        let (dump, key) = (dump(&stage.db).await, made.key.reveal());
        assert!(dump.contains(&hex(&made.key.hash())), "the dump shows no bytes");
        assert!(!dump.contains(&key.to_lowercase()) && !dump.contains(&hex(key.as_bytes())));
        let all_but_four = &key[..39];
        assert!(Token::read(all_but_four).is_none() && stage.program(all_but_four).await.is_none());
    }

    async fn a_key_holds_to_its_last_second(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let (day, _) = stage.api_key(&here, "A day", 1).await;
        let (year, _) = stage.api_key(&here, "A year", 365).await;
        stage.clock.advance(DAY - SECOND);
        assert!(stage.program(&day).await.is_some());
        stage.clock.advance(SECOND);
        assert!(stage.program(&day).await.is_none() && stage.program(&year).await.is_some());
        stage.clock.advance(364 * DAY - SECOND);
        assert!(stage.program(&year).await.is_some());
        stage.clock.advance(SECOND);
        assert!(stage.program(&year).await.is_none());
    }

    async fn names_and_days_are_said_at_their_fields(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let (name, days) = (Field::KeyName, Field::Days);
        let range = Problem::OutOfRange { min: 1, max: 365 };
        let long = "x".repeat(101);
        for (typed, chosen, problems) in [
            ("", 0, vec![(name, Problem::Empty), (days, range)]),
            (long.as_str(), 366, vec![(name, Problem::TooLong { max: 100 }), (days, range)]),
            ("a\u{202E}b", 1, vec![(name, Problem::ForbiddenCharacters)]),
            ("Nightly", u32::MAX, vec![(days, range)]),
        ] {
            assert_eq!(make(&stage, &here.actor, typed, chosen).await, Err(Error::Invalid(problems)), "{chosen}");
        }
        assert!(make(&stage, &here.actor, "Nightly", 1).await.is_ok());
        assert_eq!(make(&stage, &here.actor, " Nightly ", 1).await, Err(Error::at(name, Problem::Taken)));
        let (_, other) = signed_in(&stage, "max").await;
        assert!(make(&stage, &other.actor, "Nightly", 1).await.is_ok(), "a name is taken for its owner alone");
        let sentence = range.sentence(domain::Language::En);
        assert_eq!(sentence, "Please enter a whole number from 1 to 365.");
        assert_eq!((name.name(), days.name()), ("key_name", "days"));
    }

    async fn twenty_are_the_most_and_those_that_have_ended_do_not_count(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        for n in 0..MOST {
            assert!(make(&stage, &here.actor, &format!("Key {n}"), if n == 0 { 1 } else { 2 }).await.is_ok(), "{n}");
        }
        stage.api_token(&olivia).await;
        let full = Err(Error::at(Field::KeyName, Problem::TooManyKeys));
        assert_eq!(make(&stage, &here.actor, "One more", 1).await, full);
        // So that not their number within an hour is what refuses.
        stage.clock.advance(HOUR);
        let here = stage.sign_in_from(&olivia, &anywhere()).await;
        let first = view(&stage, &here).await.keys.into_iter().find(|key| key.name == "Key 0").expect("a key");
        assert_eq!(api_keys::end(&stage, &here.actor, &first.id).await, Ok(()));
        assert!(make(&stage, &here.actor, "Key 0", 1).await.is_ok());
        assert_eq!(make(&stage, &here.actor, "One more", 1).await, full);
        stage.clock.advance(DAY);
        let again = stage.sign_in_from(&olivia, &anywhere()).await;
        assert!(make(&stage, &again.actor, "Key 0", 1).await.is_ok(), "its name and its place are free");
    }

    async fn twenty_an_hour_are_made_and_told_whatever_has_become_of_them(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        for n in 0..PER_HOUR {
            let id = make(&stage, &here.actor, "Nightly", 1).await.unwrap_or_else(|error| panic!("{n}: {error}"));
            assert_eq!(api_keys::end(&stage, &here.actor, &id).await, Ok(()), "{n}");
            // Nor are there too many acts in a minute.
            stage.clock.advance(10 * SECOND);
        }
        let rest = HOUR / SECOND - 10 * PER_HOUR;
        let until = wait(u32::try_from(rest).expect("less than an hour"));
        assert_eq!(make(&stage, &here.actor, "Nightly", 1).await, Err(until));
        assert!(view(&stage, &here).await.keys.is_empty());
        assert_eq!(stage.letters_about(&olivia.email, "You have a new API key").await, 20);
        stage.clock.advance(rest * SECOND);
        let again = stage.sign_in_from(&olivia, &anywhere()).await;
        assert!(make(&stage, &again.actor, "Nightly", 1).await.is_ok());
    }

    async fn of_many_made_at_once_there_are_never_more(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let other = stage.again().await;
        let mut all = tokio::task::JoinSet::new();
        for n in 0..30 {
            let (on, actor) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, here.actor.clone());
            all.spawn(async move { make(&on, &actor, &format!("Key {}", n % 25), 1).await.map(|_| ()) });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 20, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(DISTINCT name) FROM api_tokens").await, 20);
    }

    async fn making_and_ending_need_the_password_of_the_last_five_minutes(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let (key, id) = stage.api_key(&here, "Nightly", 30).await;
        stage.clock.advance(5 * MINUTE);
        assert!(make(&stage, &here.actor, "Weekly", 1).await.is_ok());
        stage.clock.advance(1);
        let refusal = Error::ReauthenticationNeeded;
        assert_eq!(make(&stage, &here.actor, "Monthly", 1).await, Err(refusal.clone()));
        assert_eq!(api_keys::end(&stage, &here.actor, &id).await, Err(refusal.clone()));
        assert!(!view(&stage, &here).await.unlocked);
        let program = stage.program(&key).await.expect("a program");
        assert_eq!(make(&stage, &program, "Monthly", 1).await, Err(refusal.clone()), "no key makes keys");
        assert_eq!(api_keys::end(&stage, &program, &id).await, Err(refusal));
        let token = reauthenticate::with_password(&stage, &here.actor, PASSWORD).await.expect("the password");
        let here = stage.with_token(&here, &token).await;
        assert_eq!(api_keys::end(&stage, &here.actor, &id).await, Ok(()));
        assert!(stage.program(&key).await.is_none());
    }

    async fn one_ends_ones_own_and_nobody_elses(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        let (_, max) = signed_in(&stage, "max").await;
        let (key, id) = stage.api_key(&here, "Nightly", 30).await;
        let login = stage.api_token(&olivia).await;
        let program = stage.program(&login).await.expect("a program");
        let login_id = program.bearer().expect("no session").id.clone();
        for (who, what) in [(&max, id.as_str()), (&here, "nothing"), (&here, ""), (&here, login_id.as_str())] {
            assert_eq!(api_keys::end(&stage, &who.actor, what).await, Err(Error::NotFound), "{what}");
        }
        assert!(stage.program(&key).await.is_some());
        for expected in [Ok(()), Err(Error::NotFound)] {
            assert_eq!(api_keys::end(&stage, &here.actor, &id).await, expected);
        }
        assert!(stage.program(&key).await.is_none() && stage.program(&login).await.is_some());
        let page = activity::page(&stage, &here.actor, Some(ActivityFilter::Api), None).await.expect("a page");
        let said = (page.entries[0].what.as_str(), page.entries[0].detail.as_str());
        assert_eq!(said, ("API key ended", "Nightly"));
    }

    async fn without_the_right_there_is_nothing(stage: Stage) {
        let una = stage.person("una").await;
        let here = stage.sign_in(&una).await;
        assert_eq!(make(&stage, &here.actor, "Nightly", 30).await, Err(Error::NotFound));
        let shown = view(&stage, &here).await;
        assert!(!shown.allowed && shown.keys.is_empty());
        stage.allow_api(&una).await;
        let before = stage.next(&here).await;
        stage.set_api(&una, false).await;
        assert_eq!(make(&stage, &before, "Nightly", 30).await, Err(Error::NotFound), "nor by rights of before");
    }

    async fn in_a_session_that_has_ended_no_key_is_made(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        let there = stage.sign_in_from(&olivia, &place(1)).await;
        let (key, id) = stage.api_key(&here, "Nightly", 30).await;
        devices::end(&stage, &here.actor, &there.actor.session().id).await.expect("ended");
        assert_eq!(make(&stage, &there.actor, "Weekly", 1).await, Err(Error::SignedOut));
        assert_eq!(api_keys::end(&stage, &there.actor, &id).await, Err(Error::SignedOut));
        assert!(stage.program(&key).await.is_some());
    }

    async fn where_a_provider_manages_the_sign_in_keys_are_shorter(stage: Stage) {
        let (paula, here) = signed_in(&stage, "paula").await;
        stage.manage_elsewhere(&paula).await;
        let stage = stage.with(With { providers: vec![acme_login()], ..With::default() });
        let actor = stage.next(&here).await;
        let range = Problem::OutOfRange { min: 1, max: 30 };
        assert_eq!(make(&stage, &actor, "Nightly", 31).await, Err(Error::at(Field::Days, range)));
        assert!(make(&stage, &actor, "Nightly", 30).await.is_ok());
        let shown = view(&stage, &here).await;
        assert_eq!((shown.provider.as_deref(), shown.most, shown.keys.len()), (Some("Acme Login"), 30, 1));
    }

    async fn a_guest_reads_there_of_their_home_client(stage: Stage) {
        let (olivia, here) = signed_in(&stage, "olivia").await;
        let borealis = stage.tenant("Borealis GmbH", "borealis").await;
        let joined = format!(
            "INSERT INTO memberships (tenant_id, user_id, kind, created_at) VALUES ('{}', '{}', 'guest', 0)",
            borealis.id, olivia.id
        );
        assert_eq!(raw::run(&stage.db, &joined).await.ok(), Some(1));
        let member = stage.next(&here).await.member(&stage, "borealis").await.expect("a guest");
        assert_eq!(api_keys::view(&stage, &member).await.expect("a read").client, "Acme Ltd");
    }

    async fn what_only_looks_like_a_key_opens_nothing(stage: Stage) {
        let (_, here) = signed_in(&stage, "olivia").await;
        let (key, _) = stage.api_key(&here, "Nightly", 30).await;
        let other_end = if key.ends_with('A') { "B" } else { "A" };
        let changed = format!("{}{other_end}", &key[..key.len() - 1]);
        let bare = key["selfsame_".len()..].to_owned();
        let (doubled, blank, loud) = (format!("selfsame_{key}"), format!("{key} "), key.to_uppercase());
        for wrong in ["", "selfsame_", &changed, &bare, &doubled, &blank, &loud, &here.token] {
            assert!(stage.program(wrong).await.is_none(), "{wrong:?}");
        }
        let from = visitor("2001:db8::1");
        assert!(Actor::of_bearer(&stage, &key, &from).await.expect("a read").is_some());
        let unknown = Token::new(&stage.rng).reveal_bearer();
        assert!(stage.program(&unknown).await.is_none());
        assert_eq!(refused(here.actor.home(&stage).await), Error::NotFound, "a session is no key");
    }
}
