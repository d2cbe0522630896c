//! Signing in to the API: the password, then the code, and a token for an hour (API-1, API-2, SESS-8, NOT-1).

use domain::actor::Actor;
use domain::clock::{DAY, MINUTE, SECOND};
use domain::error::{Error, Result};
use domain::flows::api_login::{self, Begun};
use domain::flows::{activity, sign_in};
use domain::mail::outbox;
use domain::store::{api_tokens, sessions};
use domain::view::{ActivityFilter, Permission, SecondFactor};
use tokio::task::JoinSet;

use crate::support::{PASSWORD, Somebody, Stage, both, half_of_program, left, not, place, raw, refused, visitor};

const NEW_PLACE: &str = "A program signed in to your account";

/// Somebody who may use the API.
async fn olivia(stage: &Stage) -> Somebody {
    let olivia = stage.person("olivia").await;
    stage.allow_api(&olivia).await;
    olivia
}

/// The first step; says what stands for the sign-in.
async fn begin(stage: &Stage, who: &Somebody, n: usize) -> String {
    let begun = api_login::begin(stage, &place(n), &who.email, PASSWORD).await;
    half_of_program(begun.expect("the right password")).reveal().to_owned()
}

async fn finish(stage: &Stage, login: &str, code: &str, n: usize) -> Result<String> {
    let done = api_login::finish(stage, &place(n), login, code).await?;
    Ok(done.token.reveal_bearer())
}

/// What the activity says of the API, newest first.
async fn said(stage: &Stage, actor: &Actor) -> Vec<String> {
    let page = activity::page(stage, actor, Some(ActivityFilter::Api), None).await.expect("a page");
    page.entries.into_iter().map(|entry| format!("{}: {}", entry.what, entry.detail)).collect()
}

both! {
    async fn password_and_code_make_a_token_and_no_session(stage: Stage) {
        let (olivia, now) = (olivia(&stage).await, stage.clock.now());
        let begun = api_login::begin(&stage, &place(1), " OLIVIA@Acme.Example ", PASSWORD).await;
        let Ok(Begun::Code { login, by, expires_at }) = begun else { panic!("no second step") };
        assert_eq!((by, expires_at), (SecondFactor::Email, now + 10 * MINUTE));
        let code = stage.mailed_code(&olivia.email).await;
        let done = api_login::finish(&stage, &place(1), login.reveal(), &code).await.expect("the right code");
        assert_eq!(done.expires_at, now + 60 * MINUTE);
        let actor = stage.program(&done.token.reveal_bearer()).await.expect("a program");
        let bearer = actor.bearer().expect("no session").clone();
        assert_eq!((actor.user_id(), bearer.is_key, bearer.expires_at), (&*olivia.id, false, done.expires_at));
        assert!(!actor.is_fresh(now), "what needs the password anew refuses itself (SESS-9)");
        let member = actor.home(&stage).await.expect("the home client");
        assert_eq!(member.client().slug, "acme");
        assert!(Permission::ALL.into_iter().all(|any| member.may(any)), "whatever the groups permit");
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(0));
        let again = api_login::finish(&stage, &place(1), login.reveal(), &code).await;
        assert_eq!(refused(again), Error::AttemptOver);
        assert_eq!(said(&stage, &actor).await, ["A program signed in to the API: Password and email code"]);
    }

    async fn a_token_holds_for_an_hour_and_not_a_moment_longer(stage: Stage) {
        let olivia = olivia(&stage).await;
        let token = stage.api_token(&olivia).await;
        for minutes in [29, 30] {
            stage.clock.advance(minutes * MINUTE);
            assert!(stage.program(&token).await.is_some(), "it does not end by being unused");
        }
        stage.clock.advance(59 * SECOND);
        let other = stage.again().await;
        assert!(stage.program(&token).await.is_some() && other.program(&token).await.is_some());
        stage.clock.advance(SECOND);
        assert!(stage.program(&token).await.is_none() && other.program(&token).await.is_none());
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_tokens").await, 0);
    }

    async fn where_the_factor_is_the_app_it_is_asked_for(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        stage.allow_api(&olivia).await;
        stage.deliver().await;
        let begun = api_login::begin(&stage, &place(1), &olivia.email, PASSWORD).await;
        let Ok(Begun::Code { login, by, .. }) = begun else { panic!("no second step") };
        assert_eq!((by, stage.deliver().await), (SecondFactor::App, 0));
        let wrong = app.wrong(stage.clock.now());
        assert_eq!(finish(&stage, login.reveal(), &wrong, 1).await, Err(left(4)));
        assert_eq!(finish(&stage, login.reveal(), "BCDF-GHJK", 1).await, Err(left(3)), "no mailed code");
        let code = app.code(stage.clock.now());
        let token = finish(&stage, login.reveal(), &code, 1).await.expect("the right code");
        let actor = stage.program(&token).await.expect("a program");
        assert_eq!(said(&stage, &actor).await, ["A program signed in to the API: Password and app"]);
        let login = begin(&stage, &olivia, 2).await;
        assert_eq!(finish(&stage, &login, &code, 2).await, Err(left(4)), "a code holds once, at all doors (TOTP-3)");
    }

    async fn a_recovery_code_does_in_place_of_the_app(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        stage.allow_api(&olivia).await;
        let login = begin(&stage, &olivia, 1).await;
        assert!(finish(&stage, &login, &app.recovery[0], 1).await.is_ok());
        assert_eq!(stage.letters_about(&olivia.email, "A recovery code was used").await, 1);
        let login = begin(&stage, &olivia, 2).await;
        assert_eq!(finish(&stage, &login, &app.recovery[0], 2).await, Err(left(4)), "once");
    }

    async fn without_a_second_factor_the_password_is_enough(stage: Stage) {
        let olivia = olivia(&stage).await;
        raw::run(&stage.db, "UPDATE users SET second_factor = 'off'").await.expect("done");
        let begun = api_login::begin(&stage, &place(1), &olivia.email, PASSWORD).await;
        assert!(matches!(begun, Ok(Begun::Code { by: SecondFactor::Email, .. })), "the client asks for one (TOTP-6)");
        raw::run(&stage.db, "UPDATE tenants SET requires_second_factor = FALSE").await.expect("done");
        let begun = api_login::begin(&stage, &place(1), &olivia.email, PASSWORD).await;
        let Ok(Begun::SignedIn(done)) = begun else { panic!("a second step") };
        let actor = stage.program(&done.token.reveal_bearer()).await.expect("a program");
        assert_eq!(said(&stage, &actor).await, ["A program signed in to the API: Password only"]);
    }

    async fn what_is_begun_at_one_door_is_finished_at_no_other(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (page, page_code) = stage.half(&olivia, &place(1)).await;
        assert_eq!(finish(&stage, &page, &page_code, 1).await, Err(Error::AttemptOver));
        let done = sign_in::finish(&stage, &place(1), &page, &page_code).await.expect("that was no try");
        let login = begin(&stage, &olivia, 2).await;
        let code = stage.mailed_code(&olivia.email).await;
        for token in [login.as_str(), done.token.reveal()] {
            for shown in [token.to_owned(), format!("selfsame_{token}")] {
                assert!(stage.program(&shown).await.is_none());
            }
        }
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &login, &code).await), Error::AttemptOver);
        assert_eq!(refused(sign_in::prompt(&stage, &place(2), &login).await), Error::AttemptOver);
        assert_eq!(sign_in::resend(&stage, &place(2), &login).await, Err(Error::AttemptOver));
        assert_eq!(sign_in::cancel(&stage, &login).await, Ok(()));
        let token = finish(&stage, &login, &code, 2).await.expect("it goes on where it was begun");
        for cookie in [token.as_str(), &token["selfsame_".len()..]] {
            assert!(stage.actor(cookie).await.is_none(), "no cookie of a session either");
        }
    }

    async fn of_fifty_right_codes_exactly_one_gets_a_token(stage: Stage) {
        let (olivia, other) = (olivia(&stage).await, stage.again().await);
        for round in 0..3 {
            let login = begin(&stage, &olivia, round).await;
            let code = stage.mailed_code(&olivia.email).await;
            let mut all = JoinSet::new();
            for n in 0..50 {
                let (on, login) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, login.clone());
                let code = code.clone();
                all.spawn(async move { finish(&on, &login, &code, 100 + n).await.map(|_| ()) });
            }
            let outcomes = all.join_all().await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{round}: {outcomes:?}");
            let fault = |error: &Error| {
                !matches!(error, Error::CodeWrong { .. } | Error::AttemptOver | Error::TooMany { .. })
            };
            assert!(!outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).any(fault), "{round}: {outcomes:?}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_tokens").await, 3);
    }

    async fn a_new_place_is_told_once(stage: Stage) {
        let olivia = olivia(&stage).await;
        let at = |n: usize| {
            let (stage, olivia) = (stage.clone(), olivia.clone());
            async move {
                let login = begin(&stage, &olivia, n).await;
                let code = stage.mailed_code(&olivia.email).await;
                finish(&stage, &login, &code, n).await.expect("the right code");
                stage.letters_about(&olivia.email, NEW_PLACE).await
            }
        };
        assert_eq!([at(1).await, at(1).await, at(2).await, at(1).await, at(2).await], [1, 1, 2, 2, 2]);
        let letter = stage.letter_about(&olivia.email, NEW_PLACE).await;
        assert!(letter.contains("IP address: 10.0.0.3") && letter.contains("/not-me"), "{letter}");
        stage.clock.advance(90 * DAY);
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(at(1).await, 3, "after ninety days a place is a new one");
    }

    async fn a_token_is_ended_by_whoever_shows_it(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (token, other) = (stage.api_token(&olivia).await, stage.api_token(&olivia).await);
        let actor = stage.program(&token).await.expect("a program");
        for _ in 0..2 {
            assert_eq!(api_login::end(&stage, &actor).await, Ok(()), "twice is once");
        }
        assert!(stage.program(&token).await.is_none() && stage.program(&other).await.is_some());
        let here = stage.sign_in(&olivia).await;
        let (key, _) = stage.api_key(&here, "Nightly", 1).await;
        let program = stage.program(&key).await.expect("a program");
        assert_eq!(api_login::end(&stage, &program).await, Err(Error::NotFound), "a key is its owner's to end");
        assert_eq!(api_login::end(&stage, &here.actor).await, Err(Error::NotFound));
        assert!(stage.program(&key).await.is_some() && stage.actor(&here.token).await.is_some());
    }

    async fn the_last_use_is_kept_to_the_minute(stage: Stage) {
        let olivia = olivia(&stage).await;
        let here = stage.sign_in(&olivia).await;
        let (key, _) = stage.api_key(&here, "Nightly", 1).await;
        let start = stage.clock.now();
        let row = api_tokens::keys(&stage.db, &olivia.id, start).await.expect("a read").remove(0);
        assert_eq!(row.last_used_at, None);
        let mut times = Vec::new();
        for seconds in [0, 59, 1, 30] {
            stage.clock.advance(seconds * SECOND);
            stage.program(&key).await.expect("a program");
            let row = api_tokens::keys(&stage.db, &olivia.id, start).await.expect("a read").remove(0);
            times.push(row.last_used_at.expect("used") - start);
        }
        assert_eq!(times, [0, 0, 60 * SECOND, 60 * SECOND]);
    }

    async fn the_language_that_was_chosen_goes_with_the_person(stage: Stage) {
        let olivia = olivia(&stage).await;
        let token = stage.api_token(&olivia).await;
        let english = stage.program(&token).await.expect("a program").visitor().language.tag();
        raw::run(&stage.db, "UPDATE users SET language = 'de'").await.expect("done");
        let german = stage.program(&token).await.expect("a program").visitor().language.tag();
        assert_eq!((english, german), ("en", "de"));
    }

    async fn a_wrong_code_is_no_right_one(stage: Stage) {
        let olivia = olivia(&stage).await;
        let login = begin(&stage, &olivia, 1).await;
        let code = stage.mailed_code(&olivia.email).await;
        for (typed, refusal) in [(not(&code), left(4)), (String::new(), left(3)), ("x".repeat(5_000), left(2))] {
            assert_eq!(finish(&stage, &login, &typed, 1).await, Err(refusal));
        }
        assert_eq!(finish(&stage, "no token", &code, 1).await, Err(Error::AttemptOver));
        let far = api_login::finish(&stage, &visitor("198.51.100.7"), &login, &code).await;
        assert!(far.is_ok(), "a program may have another address by then");
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 0);
    }
}
