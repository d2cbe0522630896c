//! Tries and failures from one place, at the doors of the second factor, of the password, and of the ways back into an
//! account (RATE-2, RATE-5).

use domain::actor::Actor;
use domain::error::{Error, Field, Problem};
use domain::flows::{change_password, lost_app, not_me, recover, recovery_codes, second_factor, sign_in, undo_email};
use domain::view::{RecoveryChange, SecondFactor};
use domain::visitor::Visitor;

use crate::support::{PASSWORD, SignedIn, Stage, WRONG, both, left, not, place, refused, scan, wait};

const NEW: &str = "copper lantern seldom rains";
const NO_RECOVERY_CODE: &str = "22222-22222-22222-22222";

/// Somebody's session, used from this place.
async fn from(stage: &Stage, who: &SignedIn, place: &Visitor) -> Actor {
    Actor::of(stage, &who.token, place).await.expect("a read").expect("signed in")
}

/// Tries each door once; nothing that is tried is compared with a code.
async fn every_door(stage: &Stage, actor: &Actor, here: &Visitor) -> [Option<Error>; 15] {
    [
        sign_in::finish_with_recovery(stage, here, "no token", "").await.err(),
        lost_app::ask(stage, here, "no token").await.err(),
        lost_app::confirm(stage, here, "no token", "").await.err(),
        second_factor::begin(stage, actor, SecondFactor::Email).await.err(),
        second_factor::set_up(stage, actor, "", "", true).await.err(),
        recovery_codes::prove(stage, actor, "").await.err(),
        recovery_codes::keep(stage, actor, "", true).await.err(),
        recovery_codes::begin(stage, actor).await.err(),
        second_factor::prove(stage, actor, "").await.err(),
        change_password::request(stage, actor, PASSWORD, PASSWORD, PASSWORD).await.err(),
        change_password::confirm(stage, actor, "").await.err(),
        not_me::begin(stage, actor).await.err(),
        not_me::finish(stage, actor, "", "", "").await.err(),
        undo_email::finish(stage, here, "no link", NEW, NEW, "").await.err(),
        recover::finish(stage, here, "no link", NEW, NEW).await.err(),
    ]
}

/// The `n`th place, where all but one of the failures of a minute have been.
async fn almost_shut(stage: &Stage, n: usize) -> Visitor {
    for _ in 0..9 {
        let email = format!("{}@x.example", stage.rng.id(0));
        assert_eq!(stage.guess(&email, WRONG, &place(n)).await, Err(Error::SignInRefused));
    }
    place(n)
}

/// Fails unless so many failures have been there that another door is shut as well.
async fn assert_shut(stage: &Stage, here: &Visitor) {
    assert_eq!(stage.guess("nobody@x.example", WRONG, here).await, Err(wait(60)));
}

both! {
    async fn thirty_tries_a_minute_shut_every_door_and_every_door_counts(stage: Stage) {
        let (_, _, signed_in) = stage.person_with_app("olivia").await;
        let here = place(1);
        let actor = from(&stage, &signed_in, &here).await;
        for _ in 0..2 {
            let answers = every_door(&stage, &actor, &here).await;
            assert!(!answers.iter().any(|answer| matches!(answer, Some(Error::TooMany { .. }))), "{answers:?}");
        }
        let shut = every_door(&stage, &actor, &here).await;
        assert!(shut.iter().all(|answer| *answer == Some(wait(60))), "{shut:?}");
        assert_eq!(second_factor::resend(&stage, &actor).await, Err(wait(60)));
    }

    async fn codes_of_the_app_at_sign_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let now = stage.clock.now();
        let half = stage.begin(&olivia, &place(1)).await;
        for _ in 0..30 {
            refused(sign_in::finish(&stage, &place(2), "no token", "").await);
        }
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &half, &app.code(now)).await), wait(60));
        let here = almost_shut(&stage, 3).await;
        assert_eq!(refused(sign_in::finish(&stage, &here, &half, &app.wrong(now)).await), left(4));
        assert_shut(&stage, &here).await;
        assert_eq!(refused(sign_in::finish(&stage, &here, &half, &app.code(now)).await), wait(60));
    }

    async fn recovery_codes_at_sign_in(stage: Stage) {
        let (olivia, app, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        let here = almost_shut(&stage, 2).await;
        let wrong = sign_in::finish_with_recovery(&stage, &here, &half, NO_RECOVERY_CODE).await;
        assert_eq!(refused(wrong), left(4));
        assert_shut(&stage, &here).await;
        let right = sign_in::finish_with_recovery(&stage, &here, &half, &app.recovery[0]).await;
        assert_eq!(refused(right), wait(60));
    }

    async fn the_report_of_a_lost_app(stage: Stage) {
        let (olivia, _, _) = stage.person_with_app("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        lost_app::ask(&stage, &place(1), &half).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        let here = almost_shut(&stage, 2).await;
        assert_eq!(lost_app::confirm(&stage, &here, &half, &not(&code)).await, Err(left(4)));
        assert_shut(&stage, &here).await;
        assert_eq!(lost_app::confirm(&stage, &here, &half, &code).await, Err(wait(60)));
    }

    async fn a_change_of_the_factor_by_the_app(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await.expect("fresh");
        let now = stage.clock.now();
        for (n, wrong, tries_left) in [(1, app.wrong(now), 4), (2, NO_RECOVERY_CODE.to_owned(), 3)] {
            let here = almost_shut(&stage, n).await;
            let actor = from(&stage, &signed_in, &here).await;
            assert_eq!(refused(second_factor::prove(&stage, &actor, &wrong).await), left(tries_left));
            assert_shut(&stage, &here).await;
            for right in [&app.code(now), &app.recovery[0]] {
                assert_eq!(refused(second_factor::prove(&stage, &actor, right).await), wait(60));
            }
        }
    }

    async fn a_change_of_the_factor_by_mail_and_the_set_up_of_an_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let code = stage.mailed_code(&olivia.email).await;
        let here = almost_shut(&stage, 1).await;
        let actor = from(&stage, &signed_in, &here).await;
        assert_eq!(refused(second_factor::prove(&stage, &actor, &not(&code)).await), left(4));
        assert_shut(&stage, &here).await;
        assert_eq!(refused(second_factor::prove(&stage, &actor, &code).await), wait(60));

        let proved = second_factor::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        let signed_in = stage.with_token(&signed_in, &proved.token).await;
        let (id, app) = scan(stage.factor_change(&signed_in).await);
        let now = stage.clock.now();
        let here = almost_shut(&stage, 2).await;
        let actor = from(&stage, &signed_in, &here).await;
        let wrong = second_factor::set_up(&stage, &actor, &id, &app.wrong(now), true).await;
        assert!(matches!(refused(wrong), Error::CodeWrong { .. }));
        assert_shut(&stage, &here).await;
        let right = second_factor::set_up(&stage, &actor, &id, &app.code(now), true).await;
        assert_eq!(refused(right), wait(60));
    }

    async fn new_recovery_codes(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        recovery_codes::begin(&stage, &signed_in.actor).await.expect("fresh");
        let now = stage.clock.now();
        let here = almost_shut(&stage, 1).await;
        let actor = from(&stage, &signed_in, &here).await;
        assert_eq!(refused(recovery_codes::prove(&stage, &actor, &app.wrong(now)).await), left(4));
        assert_shut(&stage, &here).await;
        assert_eq!(refused(recovery_codes::prove(&stage, &actor, &app.code(now)).await), wait(60));
        assert_eq!(recovery_codes::state(&stage, &actor).await, Ok(RecoveryChange::AwaitsCode));
    }

    async fn a_change_of_the_password(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let here = almost_shut(&stage, 1).await;
        let actor = from(&stage, &signed_in, &here).await;
        let wrong = change_password::request(&stage, &actor, WRONG, NEW, NEW).await;
        assert_eq!(wrong, Err(Error::at(Field::CurrentPassword, Problem::WrongPassword)));
        assert_shut(&stage, &here).await;
        assert_eq!(change_password::request(&stage, &actor, PASSWORD, NEW, NEW).await, Err(wait(60)));

        change_password::request(&stage, &signed_in.actor, PASSWORD, NEW, NEW).await.expect("the right password");
        let code = stage.mailed_code(&olivia.email).await;
        let here = almost_shut(&stage, 2).await;
        let actor = from(&stage, &signed_in, &here).await;
        assert_eq!(refused(change_password::confirm(&stage, &actor, &not(&code)).await), left(4));
        assert_shut(&stage, &here).await;
        assert_eq!(refused(change_password::confirm(&stage, &actor, &code).await), wait(60));
    }

    async fn this_was_not_me(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        not_me::begin(&stage, &signed_in.actor).await.expect("a letter");
        let code = stage.mailed_code(&olivia.email).await;
        let here = almost_shut(&stage, 1).await;
        let actor = from(&stage, &signed_in, &here).await;
        assert_eq!(not_me::finish(&stage, &actor, NEW, NEW, &not(&code)).await, Err(left(4)));
        assert_shut(&stage, &here).await;
        assert_eq!(not_me::finish(&stage, &actor, NEW, NEW, &code).await, Err(wait(60)));
    }
}
