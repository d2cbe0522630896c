//! Signing in: the password, then the code (ENUM-1, SESS-8, PW-1, PW-2, PW-5, RATE-4).

use domain::actor::Actor;
use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::sign_in;
use domain::secrets::token::Token;
use domain::store::sessions;
use domain::view::{CodePrompt, SecondFactor};
use tokio::task::JoinSet;

use crate::support::{PASSWORD, WRONG, With, both, half_of, place, refused, visitor, wait};

both! {
    async fn password_and_code_make_a_session(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, now) = (visitor("192.0.2.1"), stage.clock.now());
        let begun = sign_in::begin(&stage, &here, " OLIVIA@Acme.Example ", PASSWORD, Some("/c/acme/account")).await;
        let half = half_of(begun.expect("the right password"));
        let prompt = sign_in::prompt(&stage, &crate::support::anywhere(), half.reveal()).await;
        let sent_to = olivia.email.clone();
        assert_eq!(prompt, Ok(CodePrompt { by: SecondFactor::Email, sent_to, sent: true, resend_in_s: 60 }));
        let code = stage.mailed_code(&olivia.email).await;
        let done = sign_in::finish(&stage, &here, half.reveal(), &code).await.expect("the right code");
        assert_eq!(done.next_path.as_deref(), Some("/c/acme/account"));
        assert!(done.device.known_to(&stage.keys, &olivia.id).is_some());
        let actor = Actor::of(&stage, done.token.reveal(), &here).await.expect("a read").expect("signed in");
        let session = actor.session();
        assert_eq!(actor.user_id(), olivia.id);
        assert_eq!((session.browser.as_str(), session.address.as_str()), ("Firefox, Linux", "192.0.2.1"));
        assert_eq!((session.created_at, session.last_seen_at, session.authenticated_at), (now, now, now));
        assert_eq!(refused(sign_in::finish(&stage, &here, half.reveal(), &code).await), Error::AttemptOver);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(1));
    }

    async fn unknown_wrong_disabled_and_not_activated_get_one_answer_and_count(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (dora, nina) = (stage.person("dora").await, stage.newcomer("nina").await);
        stage.disable(&dora).await;
        let kinds = [
            ("nobody@acme.example", PASSWORD),
            ("not an address", PASSWORD),
            (olivia.email.as_str(), WRONG),
            (dora.email.as_str(), PASSWORD),
            (nina.email.as_str(), PASSWORD),
        ];
        for (n, (email, password)) in kinds.into_iter().enumerate() {
            for _ in 0..5 {
                assert_eq!(stage.guess(email, password, &place(n)).await, Err(Error::SignInRefused), "{email}");
            }
            assert_eq!(stage.guess(email, password, &place(n)).await, Err(wait(1)), "{email}");
        }
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 0);
    }

    async fn empty_fields_are_said_at_the_fields_and_not_counted(stage: Stage) {
        stage.person("olivia").await;
        let empty = Error::Invalid(vec![(Field::Email, Problem::Empty), (Field::Password, Problem::Empty)]);
        for _ in 0..31 {
            assert_eq!(stage.guess(" ", "", &place(1)).await, Err(empty.clone()));
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM limits").await, 0);
    }

    async fn no_letter_of_a_long_password_is_cut_off(stage: Stage) {
        let longest: String = PASSWORD.repeat(6).chars().take(128).collect();
        let olivia = stage.person_with("olivia", &longest).await;
        let other_end = longest[..127].to_owned() + "#";
        assert_eq!(stage.guess(&olivia.email, &other_end, &place(1)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(&olivia.email, &(longest.clone() + "x"), &place(1)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(&olivia.email, &"x".repeat(1_000_000), &place(1)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(&olivia.email, &longest, &place(1)).await, Ok(()));
    }

    async fn a_password_set_composed_may_be_typed_decomposed(stage: Stage) {
        let olivia = stage.person_with("olivia", "correct horse \u{fc} 中文 x").await;
        assert_eq!(stage.guess(&olivia.email, "correct horse u\u{308} 中文 x", &place(1)).await, Ok(()));
        assert_eq!(stage.guess(&olivia.email, "correct horse u 中文 x", &place(1)).await, Err(Error::SignInRefused));
    }

    async fn half_a_sign_in_is_no_session_and_a_session_no_half(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let half = stage.begin(&olivia, &place(1)).await;
        assert!(stage.actor(&half).await.is_none());
        assert_eq!(refused(sign_in::prompt(&stage, &crate::support::anywhere(), &signed_in.token).await), Error::AttemptOver);
        let finished = sign_in::finish(&stage, &place(1), &signed_in.token, "BCDF-GHJK").await;
        assert_eq!(refused(finished), Error::AttemptOver);
    }

    async fn half_a_sign_in_lasts_ten_minutes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(10 * MINUTE - 1);
        assert!(sign_in::prompt(&stage, &crate::support::anywhere(), &half).await.is_ok());
        stage.clock.advance(1);
        assert_eq!(refused(sign_in::prompt(&stage, &crate::support::anywhere(), &half).await), Error::AttemptOver);
        assert_eq!(refused(sign_in::resend(&stage, &place(1), &half).await), Error::AttemptOver);
    }

    async fn a_code_sent_again_holds_as_long_as_its_letter_says(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        stage.clock.advance(9 * MINUTE);
        assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Ok(()));
        let code = stage.mailed_code(&olivia.email).await;
        assert!(stage.letters_to(&olivia.email)[0].text.contains("valid until 21 Nov 2026, 13:04 UTC"));
        stage.clock.advance(10 * MINUTE - SECOND);
        assert!(sign_in::finish(&stage, &place(1), &half, &code).await.is_ok());
    }

    async fn giving_up_kills_the_code_and_may_be_done_twice(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        for token in [half.as_str(), half.as_str(), "no token"] {
            assert_eq!(sign_in::cancel(&stage, token).await, Ok(()));
        }
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
        assert_eq!(stage.number("SELECT COUNT(*) FROM codes").await, 0);
    }

    async fn a_planted_token_is_never_adopted(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let planted = Token::new(&stage.rng);
        let done = sign_in::finish(&stage, &place(1), planted.reveal(), "BCDF-GHJK").await;
        assert_eq!(refused(done), Error::AttemptOver);
        let signed_in = stage.sign_in(&olivia).await;
        assert!(signed_in.token != planted.reveal() && stage.actor(planted.reveal()).await.is_none());
    }

    async fn who_is_disabled_between_the_steps_stays_out(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        stage.disable(&olivia).await;
        assert_eq!(refused(sign_in::prompt(&stage, &crate::support::anywhere(), &half).await), Error::AttemptOver);
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), Error::AttemptOver);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(0));
    }

    async fn a_raised_cost_makes_the_hash_anew_at_the_next_sign_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let raised = stage.with(With { memory_kib: 128, ..With::default() });
        let hash = |user: domain::store::users::User| user.password_hash.expect("a hash");
        assert!(hash(stage.user(&olivia).await).starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(raised.guess(&olivia.email, WRONG, &place(1)).await, Err(Error::SignInRefused));
        assert!(hash(stage.user(&olivia).await).contains("m=64"));
        raised.sign_in(&olivia).await;
        assert!(hash(stage.user(&olivia).await).starts_with("$argon2id$v=19$m=128,t=1,p=1$"));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(2)).await, Ok(()));
    }

    async fn twenty_right_passwords_at_once_all_pass(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let mut all = JoinSet::new();
        for _ in 0..20 {
            let (stage, email) = (stage.clone(), olivia.email.clone());
            all.spawn(async move { stage.guess(&email, PASSWORD, &place(1)).await });
        }
        assert_eq!(all.join_all().await, vec![Ok(()); 20]);
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 20);
        assert_eq!(stage.deliver().await, 1, "one mail a minute");
    }

    async fn a_database_that_does_not_answer_lets_nobody_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        stage.db.close().await;
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Err(Error::Unavailable));
        let actor = Actor::of(&stage, &signed_in.token, &place(1)).await;
        assert_eq!(refused(actor), Error::Unavailable);
    }
}
