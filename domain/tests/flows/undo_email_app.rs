//! The way back to a former address where the second factor is an app (EM-4, CODE-3, REC-1, RATE-5).

use domain::clock::HOUR;
use domain::error::{Error, Field, Problem};
use domain::flows::{second_factor, undo_email};
use domain::view::SecondFactor;
use tokio::task::JoinSet;

use super::undo_email::{MINE, NEW, THEIRS, changed, is_gone};
use crate::support::{App, PASSWORD, SignedIn, Somebody, Stage, WRONG, both, left, place, scan, wait};

const NO_RECOVERY_CODE: &str = "22222-22222-22222-22222";

/// Olivia, who has an app, and whose address was changed to another.
async fn taken(stage: &Stage) -> (Somebody, App, SignedIn, String) {
    let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
    let (thief, link) = changed(stage, &signed_in, THEIRS).await;
    (olivia, app, thief, link)
}

async fn undo(stage: &Stage, link: &str, code: &str) -> Result<(), Error> {
    undo_email::finish(stage, &place(200), link, NEW, NEW, code).await
}

async fn asks_app(stage: &Stage, link: &str) -> bool {
    undo_email::look(stage, link).await.expect("it works").asks_app
}

both! {
    async fn the_mailbox_alone_does_not_pass_by_the_app(stage: Stage) {
        let (olivia, app, _, link) = taken(&stage).await;
        stage.clock.advance(71 * HOUR);
        assert!(asks_app(&stage, &link).await);
        assert_eq!(undo(&stage, &link, " ").await, Err(Error::at(Field::Code, Problem::Empty)));
        assert_eq!(undo(&stage, &link, &app.wrong(stage.clock.now())).await, Err(left(4)));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert_eq!(stage.guess(THEIRS, PASSWORD, &place(2)).await, Ok(()));
        assert_eq!(undo(&stage, &link, &app.code(stage.clock.now())).await, Ok(()));
        let user = stage.user(&olivia).await;
        assert_eq!((user.email.as_str(), user.factor()), (MINE, SecondFactor::App));
        assert_eq!(stage.guess(MINE, NEW, &place(2)).await, Ok(()));
        is_gone(&stage, &link).await;
    }

    async fn a_recovery_code_does_as_well_and_its_use_is_told(stage: Stage) {
        let (olivia, app, _, link) = taken(&stage).await;
        assert_eq!(undo(&stage, &link, &app.recovery[0]).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        assert_eq!(stage.letters_about(MINE, "A recovery code was used").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity WHERE kind = 'recovery_used'").await, 1);
    }

    async fn the_fifth_wrong_code_ends_the_link(stage: Stage) {
        let (olivia, app, _, link) = taken(&stage).await;
        let wrong = app.wrong(stage.clock.now());
        let guesses = [
            (wrong.as_str(), left(4)),
            (NO_RECOVERY_CODE, left(3)),
            (wrong.as_str(), left(2)),
            (NO_RECOVERY_CODE, left(1)),
            (wrong.as_str(), Error::AttemptOver),
        ];
        for (code, refusal) in guesses {
            assert_eq!(undo(&stage, &link, code).await, Err(refusal));
        }
        is_gone(&stage, &link).await;
        assert_eq!(undo(&stage, &link, &app.code(stage.clock.now())).await, Err(Error::NotFound));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
    }

    async fn of_twenty_wrong_codes_at_once_five_are_compared(stage: Stage) {
        let (olivia, app, _, link) = taken(&stage).await;
        let (wrong, mut all) = (app.wrong(stage.clock.now()), JoinSet::new());
        for n in 0..20 {
            let (on, link, wrong) = (stage.clone(), link.clone(), wrong.clone());
            all.spawn(async move { undo_email::finish(&on, &place(n), &link, NEW, NEW, &wrong).await });
        }
        let answers = all.join_all().await;
        let over = answers.iter().filter(|answer| **answer == Err(Error::AttemptOver)).count();
        assert_eq!(over, 1, "{answers:?}");
        let counted = format!("SELECT in_a_row FROM limits WHERE key = 'code:{}'", olivia.id);
        assert_eq!(stage.number(&counted).await, 5);
        is_gone(&stage, &link).await;
    }

    async fn one_code_puts_the_address_back_once(stage: Stage) {
        let (_, app, _, link) = taken(&stage).await;
        let (other, code) = (stage.again().await, app.code(stage.clock.now()));
        let (one, two) = tokio::join!(undo(&stage, &link, &code), undo(&other, &link, &code));
        let outcomes = [one, two];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity WHERE kind = 'email_change_undone'").await, 1);
    }

    async fn a_right_code_costs_no_try_and_only_it_learns_of_the_password(stage: Stage) {
        let (olivia, app, _, link) = taken(&stage).await;
        let (here, now) = (place(200), stage.clock.now());
        let wrong = undo_email::finish(&stage, &here, &link, PASSWORD, PASSWORD, &app.wrong(now)).await;
        assert_eq!(wrong, Err(left(4)));
        for _ in 0..6 {
            let same = undo_email::finish(&stage, &here, &link, PASSWORD, PASSWORD, &app.code(now)).await;
            assert_eq!(same, Err(Error::at(Field::NewPassword, Problem::SameAsOld)));
        }
        assert_eq!(stage.number("SELECT tries FROM links").await, 0);
        assert_eq!(undo(&stage, &link, &app.code(now)).await, Ok(()), "the code was not used up");
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn an_app_that_was_set_up_after_the_change_is_not_asked_for(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let (thief, link) = changed(&stage, &signed_in, THEIRS).await;
        stage.set_up_app(&thief).await;
        assert!(!asks_app(&stage, &link).await);
        assert_eq!(undo(&stage, &link, "").await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn nor_is_one_that_took_the_place_of_the_former_after_the_change(stage: Stage) {
        let (olivia, app, thief, link) = taken(&stage).await;
        let now = stage.clock.now();
        second_factor::begin(&stage, &thief.actor, SecondFactor::App).await.expect("fresh");
        let proved = second_factor::prove(&stage, &thief.actor, &app.code(now)).await.expect("the right code");
        assert!(!proved.through && asks_app(&stage, &link).await, "the former one still holds");
        let (id, other) = scan(stage.factor_change(&thief).await);
        second_factor::set_up(&stage, &thief.actor, &id, &other.code(now), true).await.expect("the right code");
        assert!(!asks_app(&stage, &link).await);
        assert_eq!(undo(&stage, &link, "").await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn who_gets_codes_by_mail_again_needs_the_mailbox_alone(stage: Stage) {
        let (olivia, _, _, link) = taken(&stage).await;
        assert_eq!(second_factor::reset(&stage, &olivia.id).await, Ok(true));
        assert!(!asks_app(&stage, &link).await);
        assert_eq!(undo(&stage, &link, "").await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn wrong_codes_are_failures_of_their_place(stage: Stage) {
        let (_, app, _, link) = taken(&stage).await;
        let (here, now) = (place(3), stage.clock.now());
        for n in 0..9 {
            let refused = stage.guess(&format!("nobody-{n}@x.example"), WRONG, &here).await;
            assert_eq!(refused, Err(Error::SignInRefused));
        }
        let wrong = undo_email::finish(&stage, &here, &link, NEW, NEW, &app.wrong(now)).await;
        assert_eq!(wrong, Err(left(4)));
        assert_eq!(stage.guess("nobody@x.example", WRONG, &here).await, Err(wait(60)));
        let right = undo_email::finish(&stage, &here, &link, NEW, NEW, &app.code(now)).await;
        assert_eq!(right, Err(wait(60)));
        assert_eq!(undo(&stage, &link, &app.code(now)).await, Ok(()), "elsewhere the door is open");
    }
}
