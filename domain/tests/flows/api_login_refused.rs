//! Who does not get in at the API, and that nobody learns why (API-1, API-3, ENUM-1, RATE-1, RATE-2, RATE-5, NOT-1).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Result};
use domain::flows::{activity, api_login, incomplete, sign_in};
use domain::view::ActivityFilter;

use crate::support::{
    PASSWORD, Somebody, Stage, WRONG, anywhere, both, half_of_program, left, not, place, refused, wait,
};

async fn allowed(stage: &Stage, name: &str) -> Somebody {
    let somebody = stage.person(name).await;
    stage.allow_api(&somebody).await;
    somebody
}

/// Both first steps; says what stands for the sign-in, and the mailed code.
async fn half(stage: &Stage, who: &Somebody, n: usize) -> (String, String) {
    let begun = api_login::begin(stage, &place(n), &who.email, PASSWORD).await;
    let login = half_of_program(begun.expect("the right password")).reveal().to_owned();
    (login, stage.mailed_code(&who.email).await)
}

async fn finish(stage: &Stage, login: &str, code: &str, n: usize) -> Result<()> {
    api_login::finish(stage, &place(n), login, code).await.map(|_| ())
}

both! {
    async fn everybody_who_may_not_gets_one_answer_and_counts(stage: Stage) {
        let (olivia, una) = (allowed(&stage, "olivia").await, stage.person("una").await);
        let (dora, nina) = (allowed(&stage, "dora").await, stage.newcomer("nina").await);
        stage.disable(&dora).await;
        stage.allow_api(&nina).await;
        let paula = allowed(&stage, "paula").await;
        stage.manage_elsewhere(&paula).await;
        let kinds = [
            ("nobody@acme.example", PASSWORD),
            ("not an address", PASSWORD),
            ("", PASSWORD),
            ("a\0@acme.example", PASSWORD),
            (olivia.email.as_str(), WRONG),
            (olivia.email.as_str(), ""),
            (una.email.as_str(), PASSWORD),
            (dora.email.as_str(), PASSWORD),
            (nina.email.as_str(), PASSWORD),
            (paula.email.as_str(), PASSWORD),
        ];
        for (n, (email, password)) in kinds.into_iter().enumerate() {
            // The two ways to be wrong at one address count together.
            stage.clock.advance(20 * MINUTE);
            for _ in 0..5 {
                let answer = stage.guess_at_api(email, password, &place(n)).await;
                assert_eq!(answer, Err(Error::SignInRefused), "{email}");
            }
            assert_eq!(stage.guess_at_api(email, password, &place(n)).await, Err(wait(1)), "{email}");
        }
        assert_eq!(stage.deliver().await, 0);
        for table in ["sign_ins", "api_tokens", "api_places", "sessions"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM refused_sign_ins").await, 50, "each costs the same");
    }

    async fn both_doors_count_in_the_same_counters(stage: Stage) {
        let olivia = allowed(&stage, "olivia").await;
        for n in 0..5 {
            let answer = if n % 2 == 0 {
                stage.guess_at_api(&olivia.email, WRONG, &place(n)).await
            } else {
                stage.guess(&olivia.email, WRONG, &place(n)).await
            };
            assert_eq!(answer, Err(Error::SignInRefused));
        }
        assert_eq!(stage.guess_at_api(&olivia.email, PASSWORD, &place(8)).await, Err(wait(1)));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(9)).await, Err(wait(1)));
        stage.clock.advance(SECOND);
        assert_eq!(stage.guess_at_api(&olivia.email, PASSWORD, &place(8)).await, Ok(()));
    }

    async fn ten_failures_shut_a_place_at_both_doors(stage: Stage) {
        let olivia = allowed(&stage, "olivia").await;
        for n in 0..10 {
            let answer = stage.guess_at_api(&format!("nobody{n}@x.example"), WRONG, &place(1)).await;
            assert_eq!(answer, Err(Error::SignInRefused));
        }
        assert_eq!(stage.guess_at_api(&olivia.email, PASSWORD, &place(1)).await, Err(wait(60)));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Err(wait(60)));
        assert_eq!(stage.guess_at_api(&olivia.email, PASSWORD, &place(2)).await, Ok(()));
    }

    async fn tries_of_both_steps_count_for_the_place(stage: Stage) {
        for _ in 0..30 {
            assert_eq!(finish(&stage, "no token", "", 1).await, Err(Error::AttemptOver));
        }
        assert_eq!(finish(&stage, "no token", "", 1).await, Err(wait(60)));
        assert_eq!(stage.guess_at_api("nobody@x.example", WRONG, &place(1)).await, Err(wait(60)));
    }

    async fn wrong_codes_count_together_with_those_of_the_pages(stage: Stage) {
        let olivia = allowed(&stage, "olivia").await;
        let (login, code) = half(&stage, &olivia, 1).await;
        for refusal in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
            assert_eq!(finish(&stage, &login, &not(&code), 1).await, Err(refusal));
        }
        assert_eq!(finish(&stage, &login, &code, 1).await, Err(Error::AttemptOver), "the password is asked again");
        stage.clock.advance(MINUTE);
        let (page, page_code) = stage.half(&olivia, &place(2)).await;
        for _ in 0..5 {
            refused(sign_in::finish(&stage, &place(2), &page, &not(&page_code)).await);
        }
        let (login, code) = half(&stage, &olivia, 3).await;
        assert_eq!(finish(&stage, &login, &code, 3).await, Err(wait(900)), "ten in a row pause the factor (CODE-4)");
    }

    async fn a_right_password_without_a_right_code_is_told(stage: Stage) {
        let olivia = allowed(&stage, "olivia").await;
        half(&stage, &olivia, 1).await;
        stage.clock.advance(incomplete::PATIENCE);
        incomplete::tell_due(&stage).await.expect("told");
        assert_eq!(stage.letters_about(&olivia.email, "Your password was entered, but no code").await, 1);
    }

    async fn half_a_sign_in_lasts_ten_minutes(stage: Stage) {
        let (olivia, max) = (allowed(&stage, "olivia").await, allowed(&stage, "max").await);
        let (in_time, in_time_code) = half(&stage, &olivia, 1).await;
        let (late, late_code) = half(&stage, &max, 2).await;
        stage.clock.advance(10 * MINUTE - SECOND);
        assert_eq!(finish(&stage, &in_time, &in_time_code, 1).await, Ok(()));
        stage.clock.advance(SECOND);
        assert_eq!(finish(&stage, &late, &late_code, 2).await, Err(Error::AttemptOver));
    }

    async fn whoever_loses_the_right_between_the_steps_gets_nothing(stage: Stage) {
        let (olivia, max) = (allowed(&stage, "olivia").await, allowed(&stage, "max").await);
        let paula = allowed(&stage, "paula").await;
        let mut halves = Vec::new();
        for (n, who) in [&olivia, &max, &paula].into_iter().enumerate() {
            halves.push(half(&stage, who, n).await);
        }
        stage.set_api(&olivia, false).await;
        stage.disable(&max).await;
        stage.manage_elsewhere(&paula).await;
        for (login, code) in &halves {
            assert_eq!(finish(&stage, login, code, 5).await, Err(Error::AttemptOver));
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_tokens").await, 0);
    }

    async fn a_refusal_stands_in_the_activity_of_its_owner(stage: Stage) {
        let una = stage.person("una").await;
        assert_eq!(stage.guess_at_api(&una.email, PASSWORD, &anywhere()).await, Err(Error::SignInRefused));
        incomplete::tell_due(&stage).await.expect("told");
        let here = stage.sign_in(&una).await;
        let page = activity::page(&stage, &here.actor, Some(ActivityFilter::SignIns), None).await.expect("a page");
        let said: Vec<_> = page.entries.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(said, ["Signed in", "Sign-in refused"]);
    }
}
