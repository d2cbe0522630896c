//! New addresses that somebody has already, or looks as if (ENUM-2, EM-3, CODE-7).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::users::{self, Invitee};
use domain::flows::{change_email, sign_in};
use domain::view::{BuiltinGroup, EmailChange};

use crate::support::{SignedIn, Stage, both, code_in, left, place, refused, wait};

/// As far as the second step, without looking into the mails.
async fn request(stage: &Stage, who: &SignedIn, new_email: &str) -> Result<(), Error> {
    let code = stage.ask_change(who).await;
    change_email::request(stage, &who.actor, new_email, &code).await
}

async fn add(stage: &Stage, email: &str) -> Result<(), Error> {
    let tenant = stage.tenant("Acme Ltd", "acme").await;
    let (group, tenant_id) = (BuiltinGroup::User, tenant.id.as_str());
    let invitee = Invitee { email, first_name: "V", last_name: "V", language: None, tenant_id, group };
    let mut tx = stage.db.begin().await?;
    users::add(&mut tx, stage, &invitee).await?;
    tx.commit().await
}

/// What the second step shows: the address, whether a code was sent, and seconds until another may be.
async fn shown(stage: &Stage, who: &SignedIn) -> (String, bool, u32) {
    match change_email::state(stage, &who.actor).await {
        Ok(EmailChange::AwaitsProof { new_email, sent, resend_in_s }) => (new_email, sent, resend_in_s),
        other => panic!("{other:?}"),
    }
}

async fn people(stage: &Stage) -> [SignedIn; 2] {
    let (olivia, una) = (stage.person("olivia").await, stage.person("una").await);
    [stage.sign_in_from(&olivia, &place(1)).await, stage.sign_in_from(&una, &place(2)).await]
}

both! {
    async fn a_taken_address_looks_like_a_free_one_and_its_owner_gets_a_hint(stage: Stage) {
        let max = stage.person("max").await;
        let [olivia, una] = people(&stage).await;
        let cases = [(&olivia, max.email.as_str()), (&una, "free@acme.example")];
        for (who, new_email) in cases {
            assert_eq!(request(&stage, who, new_email).await, Ok(()));
            assert_eq!(shown(&stage, who).await, (new_email.to_owned(), true, 60));
            assert_eq!(change_email::resend(&stage, &who.actor).await, Err(wait(60)));
            for tries_left in [4, 3] {
                let wrong = change_email::finish(&stage, &who.actor, "BCDF-GHJK").await;
                assert_eq!(refused(wrong), left(tries_left));
            }
            assert_eq!(stage.deliver().await, 1);
        }
        let hint = &stage.letters_to(&max.email)[0];
        assert_eq!(hint.subject, "Somebody wanted to use your email address");
        assert_eq!(code_in(hint), None);
        assert!(hint.text.contains("10.0.0.2") && !hint.text.contains(&olivia.email), "{}", hint.text);
        assert!(code_in(&stage.letters_to("free@acme.example")[0]).is_some());
        stage.clock.advance(MINUTE);
        for (who, _) in cases {
            assert_eq!(change_email::resend(&stage, &who.actor).await, Ok(()));
            for answer in [left(4), left(3), left(2), left(1), Error::AttemptOver] {
                assert_eq!(refused(change_email::finish(&stage, &who.actor, "").await), answer);
            }
        }
        assert_eq!(stage.user(&max).await.email, max.email);
    }

    async fn that_the_owner_is_signing_in_does_not_show(stage: Stage) {
        let max = stage.person("max").await;
        let [olivia, _] = people(&stage).await;
        stage.half(&max, &place(3)).await;
        stage.clock.advance(20 * SECOND);
        assert_eq!(request(&stage, &olivia, &max.email).await, Ok(()));
        assert_eq!(shown(&stage, &olivia).await, (max.email, true, 60), "as for an address that nobody has");
    }

    async fn wanting_an_address_does_not_keep_its_owner_from_signing_in(stage: Stage) {
        let max = stage.person("max").await;
        for n in 0..5 {
            let somebody = stage.person(&format!("p{n}")).await;
            let signed_in = stage.sign_in_from(&somebody, &place(n)).await;
            assert_eq!(request(&stage, &signed_in, &max.email).await, Ok(()));
            stage.deliver().await;
            stage.clock.advance(MINUTE);
        }
        let half = stage.begin(&max, &place(9)).await;
        assert!(sign_in::prompt(&stage, &crate::support::anywhere(), &half).await.expect("half-way").sent);
        assert_eq!(stage.deliver().await, 1);
    }

    async fn an_address_taken_meanwhile_is_not_taken_away(stage: Stage) {
        let [olivia, _] = people(&stage).await;
        let code = stage.pend_change(&olivia, "max@acme.example").await;
        let max = stage.person("max").await;
        assert_eq!(refused(change_email::finish(&stage, &olivia.actor, &code).await), Error::AttemptOver);
        assert_eq!(change_email::state(&stage, &olivia.actor).await, Ok(EmailChange::Idle));
        assert_eq!(stage.user(&max).await.email, "max@acme.example");
        assert_eq!(stage.actor(&olivia.token).await.expect("still signed in").session().email, olivia.email);
        assert_eq!(stage.deliver().await, 0, "nobody is told of what did not happen");
    }

    async fn of_two_who_prove_one_address_at_once_one_gets_it(stage: Stage) {
        for round in 0..3 {
            let (a, b) = (format!("a{round}"), format!("b{round}"));
            let new_email = format!("new{round}@acme.example");
            let a = stage.sign_in_from(&stage.person(&a).await, &place(10 + round)).await;
            let b = stage.sign_in_from(&stage.person(&b).await, &place(20 + round)).await;
            let first = stage.pend_change(&a, &new_email).await;
            stage.clock.advance(MINUTE);
            let second = stage.pend_change(&b, &new_email).await;
            let (one, two) = tokio::join!(
                change_email::finish(&stage, &a.actor, &first),
                change_email::finish(&stage, &b.actor, &second),
            );
            let lost = match (one, two) {
                (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
                (one, two) => panic!("round {round}: {:?} {:?}", one.err(), two.err()),
            };
            assert_eq!(lost, Error::AttemptOver, "round {round}");
            let holders = format!("SELECT COUNT(*) FROM users WHERE email = '{new_email}'");
            assert_eq!(stage.number(&holders).await, 1);
        }
    }

    async fn twins_of_an_address_are_one_address(stage: Stage) {
        assert_eq!(add(&stage, "victim@b\u{fc}cher.example").await, Ok(()));
        let taken = Err(Error::at(Field::Email, Problem::Taken));
        let twins = [
            "VICTIM@B\u{dc}CHER.EXAMPLE",
            " victim@xn--bcher-kva.example",
            "Victim@XN--BCHER-KVA.example\n",
            "victim@bu\u{308}cher.example",
        ];
        for twin in twins {
            assert_eq!(add(&stage, twin).await, taken, "{twin:?}");
        }
        assert_eq!(add(&stage, "j\u{fc}rgen@x.example").await, Ok(()));
        assert_eq!(add(&stage, "ju\u{308}rgen@x.example").await, taken, "typed decomposed, as on some systems");
        // A dotless i is another letter, and so another address.
        assert_eq!(add(&stage, "v\u{131}ctim@b\u{fc}cher.example").await, Ok(()));
    }

    async fn the_letter_goes_to_the_address_that_is_stored(stage: Stage) {
        let [olivia, _] = people(&stage).await;
        assert_eq!(request(&stage, &olivia, " New@B\u{dc}CHER.example").await, Ok(()));
        let code = stage.mailed_code("new@xn--bcher-kva.example").await;
        change_email::finish(&stage, &olivia.actor, &code).await.expect("the right code");
        let stored = crate::support::raw::texts(&stage.db, "SELECT email FROM users ORDER BY email").await;
        assert_eq!(stored, ["new@xn--bcher-kva.example", "una@acme.example"]);
    }
}
