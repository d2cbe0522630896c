//! Sign-ins that are refused all look alike, and soon have to wait (ENUM-1, RATE-1, RATE-4).

use std::time::{Duration, Instant};

use domain::Error;
use domain::flows::users::{Invitee, add};
use domain::store::tenants;
use domain::view::BuiltinGroup;

use crate::support::page::{attribute, input, tag, value_of};
use crate::support::{Answer, PASSWORD, Stage, WRONG, With, both, email_of};

const NOBODY: &str = "nobody@acme.example";
const NEWCOMER: &str = "new@acme.example";

/// Somebody who has not chosen a password yet.
async fn add_newcomer(stage: &Stage) {
    let mut tx = stage.db.begin().await.expect("a transaction");
    let acme = tenants::by_slug(&mut tx, "acme").await.expect("a read").expect("a client");
    let invitee = Invitee {
        email: NEWCOMER,
        first_name: "New",
        last_name: "Comer",
        language: None,
        tenant_id: &acme.id,
        group: BuiltinGroup::User,
    };
    add(&mut tx, stage, &invitee).await.expect("added");
    tx.commit().await.expect("committed");
}

/// Everybody who cannot sign in, and what they try: nobody, a wrong password, a closed account, and one that was
/// never opened.
async fn those_refused(stage: &Stage) -> [(&'static str, &'static str); 4] {
    stage.people().await;
    stage.disable("una").await;
    add_newcomer(stage).await;
    [(NOBODY, PASSWORD), (email_of("olivia"), WRONG), (email_of("una"), PASSWORD), (NEWCOMER, PASSWORD)]
}

/// A page without what differs from one answer to the next, and without the address that was typed.
fn plain(answer: &Answer, email: &str) -> String {
    answer.body.replace(answer.nonce(), "NONCE").replace(email, "ADDRESS")
}

fn policy(answer: &Answer) -> String {
    answer.header("content-security-policy").replace(answer.nonce(), "NONCE")
}

both! {
    async fn with_javascript_all_refusals_are_the_same(stage: Stage) {
        let mut seen = Vec::new();
        for (email, password) in those_refused(&stage).await {
            let answer = stage.browser().call("sign_in", &[("email", email), ("password", password)]).await;
            assert_eq!((answer.status, answer.body.as_str()), (422, "\"SignInRefused\""), "{email}");
            assert_eq!(answer.set_cookies().len(), 0, "{email}");
            seen.push(answer);
        }
        for answer in &seen {
            assert_eq!(answer.lasting_headers(), seen[0].lasting_headers());
        }
        assert_eq!(stage.deliver().await, 0);
    }

    async fn without_javascript_all_refusals_are_the_same(stage: Stage) {
        let mut seen = Vec::new();
        for (email, password) in those_refused(&stage).await {
            let mut browser = stage.browser();
            let fields = [("email", email), ("password", password), ("next", "")];
            let sent = browser.send("sign_in", &fields, "/sign-in").await;
            assert_eq!((sent.status, sent.header("location")), (303, "/sign-in"), "{email}");
            // What is sealed differs in its bytes, and in its length by that of the address only.
            let [flash] = sent.set_cookies()[..] else { panic!("{:?}", sent.set_cookies()) };
            assert!(flash.starts_with("selfsame-flash=") && flash.ends_with("; Max-Age=120"), "{flash}");
            let mut names: Vec<_> = sent.lasting_headers().into_keys().collect();
            names.retain(|name| name != "content-length");
            let page = browser.follow(sent).await;
            assert_eq!(page.status, 200, "{email}");
            assert!(page.body.contains("The email address or password is not right."), "{}", page.body);
            let mut headers = page.lasting_headers();
            headers.insert("content-security-policy".to_owned(), vec![policy(&page)]);
            seen.push((names, headers, plain(&page, email)));
        }
        for answer in &seen {
            assert_eq!(*answer, seen[0]);
        }
    }

    async fn the_sixth_guess_has_to_wait_whoever_it_is(stage: Stage) {
        for (email, _) in those_refused(&stage).await {
            let mut browser = stage.browser();
            let mut statuses = Vec::new();
            for _ in 0..5 {
                statuses.push(browser.call("sign_in", &[("email", email), ("password", WRONG)]).await.status);
            }
            assert_eq!(statuses, [422; 5], "{email}");
            // The right password would have to wait as well.
            for password in [WRONG, PASSWORD] {
                let sixth = browser.call("sign_in", &[("email", email), ("password", password)]).await;
                let expected = (429, Error::TooMany { retry_after_s: 1 });
                assert_eq!((sixth.status, sixth.refused()), expected, "{email}");
                assert_eq!(sixth.header("retry-after"), "1", "{email}");
            }
        }
    }

    async fn without_javascript_the_sixth_guess_has_to_wait_as_well(stage: Stage) {
        for (email, _) in those_refused(&stage).await {
            let mut browser = stage.browser();
            let fields = [("email", email), ("password", WRONG)];
            for _ in 0..5 {
                assert_eq!(browser.submit("sign_in", &fields, "/sign-in").await.status, 200, "{email}");
            }
            let sixth = browser.submit("sign_in", &fields, "/sign-in").await;
            assert_eq!((sixth.status, sixth.header("retry-after")), (429, "1"), "{email}");
            assert!(sixth.body.contains("Too many tries. Please wait 1 s and try again."), "{}", sixth.body);
            assert_eq!(value_of(&sixth.body, "email"), Some(email));
            // Once the page has told of it, it is a page again.
            assert_eq!(browser.page("/sign-in").await.status, 200);
        }
    }

    async fn waits_double_and_a_right_password_ends_them(stage: Stage) {
        stage.people().await;
        let wrong = [("email", email_of("olivia")), ("password", WRONG)];
        for _ in 0..5 {
            assert_eq!(stage.browser().call("sign_in", &wrong).await.status, 422);
        }
        for wait in [1, 2, 4, 8] {
            let early = stage.browser().call("sign_in", &wrong).await;
            assert_eq!(early.refused(), Error::TooMany { retry_after_s: wait });
            stage.clock.advance(i64::from(wait) * 1_000);
            assert_eq!(stage.browser().call("sign_in", &wrong).await.refused(), Error::SignInRefused);
        }
        stage.clock.advance(16_000);
        let mut olivia = stage.browser();
        let right = [("email", email_of("olivia")), ("password", PASSWORD)];
        assert_eq!(olivia.call("sign_in", &right).await.header("location"), "/sign-in/code");
        assert_eq!(stage.browser().call("sign_in", &wrong).await.refused(), Error::SignInRefused);
    }

    async fn a_stranger_does_not_lock_the_owner_out(stage: Stage) {
        let mut own = stage.signed_in("olivia").await;
        own.post("/sign-out", &[], "/c/acme/account").await;
        let wrong = [("email", email_of("olivia")), ("password", WRONG)];
        let mut mallory = stage.browser();
        for _ in 0..5 {
            assert_eq!(mallory.call("sign_in", &wrong).await.status, 422);
        }
        assert_eq!(mallory.call("sign_in", &wrong).await.status, 429);
        let right = [("email", email_of("olivia")), ("password", PASSWORD)];
        assert_eq!(stage.browser().call("sign_in", &right).await.status, 429, "a browser that is new");
        assert_eq!(own.call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn ones_own_success_does_not_clear_the_count_of_others(stage: Stage) {
        stage.people().await;
        let mut mallory = stage.browser();
        for n in 0..9 {
            let email = format!("nobody{n}@acme.example");
            let answer = mallory.call("sign_in", &[("email", &email), ("password", WRONG)]).await;
            assert_eq!(answer.status, 422);
        }
        let own = [("email", email_of("max")), ("password", PASSWORD)];
        assert_eq!(mallory.call("sign_in", &own).await.status, 200);
        for status in [422, 429] {
            let answer = mallory.call("sign_in", &[("email", NOBODY), ("password", WRONG)]).await;
            assert_eq!(answer.status, status);
        }
    }

    async fn whose_password_waits_in_vain_for_its_turn_is_asked_to_come_back(stage: Stage) {
        stage.people().await;
        let busy = stage.with(With { workers: 0, ..With::default() });
        let right = [("email", email_of("olivia")), ("password", PASSWORD)];
        let (mut one, mut other, since) = (busy.browser(), busy.browser(), Instant::now());
        let (answer, page) = tokio::join!(one.call("sign_in", &right), other.submit("sign_in", &right, "/sign-in"));
        assert!(since.elapsed() >= Duration::from_secs(2), "{:?}", since.elapsed());
        assert_eq!((answer.status, answer.refused(), answer.header("retry-after")), (503, Error::Busy, "2"));
        assert_eq!((page.status, page.header("retry-after")), (503, "2"));
        assert!(page.body.contains("There is a lot going on right now."), "{}", page.body);
        let mut later = stage.browser();
        assert_eq!(later.call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn what_was_left_empty_is_said_at_its_field(stage: Stage) {
        let mut browser = stage.browser();
        let page = browser.submit("sign_in", &[("email", " "), ("password", "")], "/sign-in").await;
        for id in ["email", "password"] {
            assert_eq!(attribute(input(&page.body, id), "aria-invalid"), Some("true"));
            let error = tag(&page.body, &format!(" id=\"{id}-error\""));
            assert_eq!(attribute(error, "class"), Some("field-error"));
        }
        assert_eq!(page.body.matches("Please fill this in.").count(), 2, "{}", page.body);
        // Nobody was guessed at, so nothing was counted.
        for _ in 0..12 {
            assert_eq!(browser.call("sign_in", &[("email", ""), ("password", "")]).await.status, 422);
        }
    }
}
