//! Tries and failures from one place (RATE-2, RATE-4, RATE-5).

use domain::actor::{Actor, Member};
use domain::clock::{MINUTE, SECOND};
use domain::error::Error;
use domain::flows::limits::PERSON_ACTS;
use domain::flows::{
    accounts, activation, api_keys, change_email, guests, inviting, reauthenticate, set_up, sign_in, user_access,
};
use domain::view::BuiltinGroup;
use domain::visitor::Visitor;

use crate::support::guests::{at_acme, put_into, signed_in};
use crate::support::{PASSWORD, Stage, WRONG, both, not, place, refused, visitor, wait};

/// Fails `times` at addresses that nobody has.
async fn fail(stage: &Stage, from: &Visitor, times: usize) {
    for _ in 0..times {
        let email = format!("{}@x.example", stage.rng.id(0));
        assert_eq!(stage.guess(&email, WRONG, from).await, Err(Error::SignInRefused));
    }
}

/// Tries each door once, without the key.
async fn every_door(stage: &Stage, actor: &Actor, from: &Visitor) -> Vec<Option<Error>> {
    let form = set_up::Form { client_name: "", email: "", first_name: "", last_name: "", password: "", repeated: "" };
    let answers = vec![
        stage.guess("nobody@x.example", WRONG, from).await.err(),
        sign_in::finish(stage, from, "no token", "").await.err(),
        sign_in::resend(stage, from, "no token").await.err(),
        activation::finish(stage, from, "no link", "", "").await.err(),
        set_up::finish(stage, from, "no link", &form).await.err(),
        reauthenticate::with_password(stage, actor, WRONG).await.err(),
        change_email::request(stage, actor, "new@x.example", "").await.err(),
        change_email::finish(stage, actor, "").await.err(),
        change_email::resend(stage, actor).await.err(),
        change_email::begin(stage, actor).await.err(),
    ];
    change_email::cancel(stage, actor).await.expect("cancelled");
    answers
}

/// Does what counts for whoever does it, to nobody and nothing: what it was refused with.
async fn every_act(stage: &Stage, by: &Member) -> Vec<Option<Error>> {
    vec![
        user_access::reset_factor(stage, by, "nobody").await.err(),
        user_access::end_sessions(stage, by, "nobody").await.err(),
        user_access::disable(stage, by, "nobody").await.err(),
        user_access::enable(stage, by, "nobody").await.err(),
        inviting::withdraw(stage, by, "nothing").await.err(),
        guests::remove(stage, by, "nobody").await.err(),
        accounts::leave(stage, by.actor(), "nowhere").await.err(),
        api_keys::end(stage, by.actor(), "nothing").await.err(),
    ]
}

both! {
    async fn ten_failures_shut_a_place_for_the_rest_of_the_minute(stage: Stage) {
        let olivia = stage.person("olivia").await;
        fail(&stage, &place(1), 3).await;
        stage.clock.advance(20 * SECOND);
        fail(&stage, &place(1), 7).await;
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Err(wait(40)));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(2)).await, Ok(()));
        stage.clock.advance(40 * SECOND - 1);
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Err(wait(1)));
        stage.clock.advance(1);
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Ok(()));
    }

    async fn a_place_is_a_whole_ipv6_network(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for n in 0..10 {
            let email = format!("nobody{n}@x.example");
            let from = visitor(&format!("2001:db8:1:2:{n}::1"));
            assert_eq!(stage.guess(&email, WRONG, &from).await, Err(Error::SignInRefused));
        }
        let same = visitor("2001:db8:1:2:ffff:ffff:ffff:ffff");
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &same).await, Err(wait(60)));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &visitor("2001:db8:1:3::1")).await, Ok(()));
        fail(&stage, &visitor("::ffff:192.0.2.9"), 5).await;
        fail(&stage, &visitor("192.0.2.9"), 5).await;
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &visitor("192.0.2.9")).await, Err(wait(60)));
    }

    async fn thirty_tries_a_minute_shut_every_door_and_every_door_counts(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let here = place(1);
        let actor = Actor::of(&stage, &signed_in.token, &here).await.expect("a read").expect("signed in");
        for _ in 0..3 {
            let answers = every_door(&stage, &actor, &here).await;
            assert!(!answers.iter().any(|answer| matches!(answer, Some(Error::TooMany { .. }))), "{answers:?}");
        }
        assert_eq!(every_door(&stage, &actor, &here).await, vec![Some(wait(60)); 10]);
        stage.clock.advance(MINUTE - 1);
        assert_eq!(refused(sign_in::resend(&stage, &here, "no token").await), wait(1));
        stage.clock.advance(1);
        assert_eq!(refused(sign_in::resend(&stage, &here, "no token").await), Error::AttemptOver);
    }

    async fn what_people_do_counts_for_each_of_them_and_not_for_their_place(stage: Stage) {
        let here = place(1);
        let olivia = stage.sign_in_from(&stage.person("olivia").await, &here).await;
        let max = stage.sign_in_from(&stage.person("max").await, &here).await;
        for n in 0..PERSON_ACTS {
            assert!(accounts::enter(&stage, &olivia.actor, "acme").await.is_ok(), "{n}");
        }
        assert_eq!(refused(accounts::enter(&stage, &olivia.actor, "acme").await), wait(60));
        let elsewhere = Actor::of(&stage, &olivia.token, &place(2)).await.expect("a read").expect("signed in");
        assert_eq!(refused(accounts::enter(&stage, &elsewhere, "acme").await), wait(60), "wherever she is");
        for n in 0..PERSON_ACTS {
            assert!(accounts::enter(&stage, &max.actor, "acme").await.is_ok(), "{n}");
        }
        let guess = stage.guess("nobody@x.example", WRONG, &here).await;
        assert_eq!(guess, Err(Error::SignInRefused), "the doors there are open");
        stage.clock.advance(MINUTE - 1);
        assert_eq!(refused(accounts::enter(&stage, &olivia.actor, "acme").await), wait(1));
        stage.clock.advance(1);
        assert!(accounts::enter(&stage, &olivia.actor, "acme").await.is_ok());
    }

    async fn thirty_acts_a_minute_are_those_of_every_kind(stage: Stage) {
        let max = stage.person("max").await;
        put_into(&stage, &max.id, BuiltinGroup::Management).await;
        let max = at_acme(&stage, &signed_in(&stage, &max).await).await;
        for _ in 0..3 {
            assert_eq!(every_act(&stage, &max).await, vec![Some(Error::NotFound); 8]);
        }
        for n in 24..PERSON_ACTS {
            assert!(accounts::enter(&stage, max.actor(), "acme").await.is_ok(), "{n}");
        }
        assert_eq!(every_act(&stage, &max).await, vec![Some(wait(60)); 8]);
        stage.clock.advance(MINUTE);
        assert_eq!(every_act(&stage, &max).await, vec![Some(Error::NotFound); 8]);
    }

    async fn own_success_clears_neither_another_account_nor_the_place(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let here = place(1);
        for _ in 0..4 {
            assert_eq!(stage.guess(&olivia.email, WRONG, &here).await, Err(Error::SignInRefused));
            assert_eq!(stage.guess(&max.email, PASSWORD, &here).await, Ok(()));
        }
        assert_eq!(stage.guess(&olivia.email, WRONG, &here).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(2)).await, Err(wait(1)));
        fail(&stage, &here, 5).await;
        assert_eq!(stage.guess(&max.email, PASSWORD, &here).await, Err(wait(60)));
    }

    async fn wrong_codes_are_failures_of_the_place_too(stage: Stage) {
        let here = place(1);
        for (n, name) in ["olivia", "max"].into_iter().enumerate() {
            let somebody = stage.person(name).await;
            let (half, code) = stage.half(&somebody, &place(10 + n)).await;
            for _ in 0..5 {
                refused(sign_in::finish(&stage, &here, &half, &not(&code)).await);
            }
        }
        assert_eq!(stage.guess("nobody@x.example", WRONG, &here).await, Err(wait(60)));
    }

    async fn the_place_of_a_visitor_is_kept_as_a_mark_only(stage: Stage) {
        fail(&stage, &visitor("192.0.2.77"), 1).await;
        let keys = crate::support::raw::texts(&stage.db, "SELECT key FROM limits ORDER BY key").await;
        assert_eq!(keys.len(), 3, "{keys:?}");
        assert!(keys.iter().all(|key| !key.contains("192.0.2.77") && !key.contains("nobody")), "{keys:?}");
    }
}
