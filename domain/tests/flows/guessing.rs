//! Guessing the password of an account (RATE-1, RATE-3, RATE-4).

use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::visitor::Visitor;
use tokio::task::JoinSet;

use crate::support::{PASSWORD, Stage, WRONG, both, place, wait};

const OLIVIA: &str = "olivia@acme.example";

/// A wrong guess, each `n` from a place of its own.
async fn wrong(stage: &Stage, n: usize) -> Error {
    stage.guess(OLIVIA, WRONG, &place(n)).await.expect_err("it is wrong")
}

async fn right(stage: &Stage, n: usize) -> Result<(), Error> {
    stage.guess(OLIVIA, PASSWORD, &place(n)).await
}

both! {
    async fn the_fifth_failure_costs_a_second_and_each_further_one_twice_as_long(stage: Stage) {
        stage.person("olivia").await;
        for n in 0..4 {
            assert_eq!(wrong(&stage, n).await, Error::SignInRefused);
        }
        for (n, seconds) in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].into_iter().enumerate() {
            assert_eq!(wrong(&stage, 100 + n).await, Error::SignInRefused, "before {seconds} s");
            assert_eq!(right(&stage, 200 + n).await, Err(wait(seconds)));
            stage.clock.advance(i64::from(seconds) * SECOND - 1);
            assert_eq!(right(&stage, 200 + n).await, Err(wait(1)));
            stage.clock.advance(1);
        }
        assert_eq!(right(&stage, 300).await, Ok(()));
    }

    async fn refused_tries_do_not_make_the_wait_longer(stage: Stage) {
        stage.person("olivia").await;
        for n in 0..5 {
            wrong(&stage, n).await;
        }
        for n in 5..25 {
            assert_eq!(wrong(&stage, n).await, wait(1));
        }
        stage.clock.advance(SECOND);
        assert_eq!(right(&stage, 25).await, Ok(()));
    }

    async fn a_right_password_makes_the_failures_forgotten(stage: Stage) {
        stage.person("olivia").await;
        for round in 0..3 {
            for n in 0..4 {
                assert_eq!(wrong(&stage, round * 10 + n).await, Error::SignInRefused);
            }
            assert_eq!(right(&stage, round * 10 + 5).await, Ok(()));
        }
    }

    async fn five_minutes_make_four_failures_forgotten_and_not_a_moment_less(stage: Stage) {
        stage.person("olivia").await;
        for n in 0..4 {
            assert_eq!(wrong(&stage, n).await, Error::SignInRefused);
        }
        stage.clock.advance(5 * MINUTE);
        for n in 4..8 {
            assert_eq!(wrong(&stage, n).await, Error::SignInRefused);
        }
        stage.clock.advance(5 * MINUTE - 1);
        assert_eq!(wrong(&stage, 8).await, Error::SignInRefused);
        assert_eq!(right(&stage, 9).await, Err(wait(1)));
    }

    async fn a_quarter_of_an_hour_of_rest_gives_five_tries_again(stage: Stage) {
        stage.person("olivia").await;
        for n in 0..5 {
            wrong(&stage, n).await;
        }
        stage.clock.advance(SECOND + 15 * MINUTE);
        for n in 5..10 {
            assert_eq!(wrong(&stage, n).await, Error::SignInRefused);
        }
        assert_eq!(right(&stage, 10).await, Err(wait(1)));
    }

    async fn a_stranger_cannot_lock_the_owner_out_of_a_known_device(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let device = stage.sign_in(&olivia).await.device;
        let foreign = stage.sign_in_from(&max, &place(50)).await.device;
        for n in 0..5 {
            wrong(&stage, n).await;
        }
        assert_eq!(right(&stage, 6).await, Err(wait(1)));
        let stranger = Visitor { device: Some(foreign), ..place(7) };
        assert_eq!(stage.guess(OLIVIA, PASSWORD, &stranger).await, Err(wait(1)));
        let own = Visitor { device: Some(device), ..place(8) };
        assert_eq!(stage.guess(OLIVIA, PASSWORD, &own).await, Ok(()));
        assert_eq!(right(&stage, 6).await, Err(wait(1)), "the owner's success opens the stranger's door");
        for _ in 0..5 {
            assert_eq!(stage.guess(OLIVIA, WRONG, &own).await, Err(Error::SignInRefused));
        }
        assert_eq!(stage.guess(OLIVIA, PASSWORD, &own).await, Err(wait(1)), "a known device is limited too");
    }

    async fn guesses_at_once_cannot_pass_the_limit(stage: Stage) {
        stage.person("olivia").await;
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..20 {
            let stage = if n % 2 == 0 { stage.clone() } else { other.clone() };
            all.spawn(async move { wrong(&stage, n).await });
        }
        let answers = all.join_all().await;
        let compared = answers.iter().filter(|answer| **answer == Error::SignInRefused).count();
        let shut = answers.iter().filter(|answer| **answer == wait(1)).count();
        assert_eq!((compared, shut), (5, 15), "{answers:?}");
    }

    async fn however_typed_an_address_is_one_account(stage: Stage) {
        stage.person("olivia").await;
        let typed = [OLIVIA, " olivia@acme.example", "OLIVIA@ACME.EXAMPLE", "Olivia@Acme.Example ", OLIVIA];
        for (n, email) in typed.into_iter().enumerate() {
            assert_eq!(stage.guess(email, WRONG, &place(n)).await, Err(Error::SignInRefused));
        }
        assert_eq!(right(&stage, 9).await, Err(wait(1)));
    }

    async fn counters_are_shared_by_instances_and_survive_a_restart(stage: Stage) {
        stage.person("olivia").await;
        let second = stage.again().await;
        for (n, instance) in [&stage, &second, &stage, &second, &stage].into_iter().enumerate() {
            assert_eq!(wrong(instance, n).await, Error::SignInRefused);
        }
        assert_eq!(right(&second, 5).await, Err(wait(1)));
        let restarted = stage.again().await;
        assert_eq!(right(&restarted, 6).await, Err(wait(1)));
    }
}
