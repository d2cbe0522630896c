//! A forgotten password: what the mailed link does, and what it does not (PW-7, SESS-6).

use domain::clock::{DAY, MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::{activation, change_email, change_password, recover, sign_in};
use domain::mail::Letter;
use domain::secrets::token::Token;
use domain::store::sessions;
use domain::view::{PasswordRules, Reset};
use tokio::task::JoinSet;

use crate::support::{PASSWORD, Somebody, Stage, With, anywhere, both, code_in, link_in, place, raw, refused, wait};

const NEW: &str = "copper lantern seldom rains";
const SUBJECT: &str = "Choose a new password for Selfsame";

/// The letters with links, newest first.
fn links(stage: &Stage, who: &Somebody) -> Vec<Letter> {
    stage.letters_to(&who.email).into_iter().filter(|letter| letter.subject == SUBJECT).collect()
}

/// Asks for a link; says its token.
async fn asked(stage: &Stage, who: &Somebody) -> String {
    recover::ask(stage, &place(200), &who.email).await.expect("an address");
    recover::answer_due(stage).await.expect("a read");
    stage.deliver().await;
    link_in(&links(stage, who)[0])
}

/// Asks for a link from where nobody has been yet; says all letters so far, newest first. A minute goes by.
async fn all_letters(stage: &Stage, who: &Somebody) -> Vec<Letter> {
    recover::ask(stage, &anywhere(), &who.email).await.expect("an address");
    recover::answer_due(stage).await.expect("a read");
    while stage.deliver().await > 0 {}
    stage.clock.advance(MINUTE);
    stage.letters_to(&who.email)
}

async fn choose(stage: &Stage, link: &str, new: &str) -> Result<(), Error> {
    recover::finish(stage, &place(201), link, new, new).await
}

async fn is_gone(stage: &Stage, link: &str) {
    assert_eq!(refused(recover::look(stage, link).await), Error::NotFound);
    assert_eq!(choose(stage, link, NEW).await, Err(Error::NotFound));
}

both! {
    async fn the_link_sets_a_new_password_and_signs_nobody_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let link = asked(&stage, &olivia).await;
        let shown = Reset { email: olivia.email.clone(), rules: PasswordRules { min: 12, max: 128 } };
        assert_eq!(recover::look(&stage, &link).await, Ok(shown));
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Ok(()), "asking changes nothing");
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.number("SELECT COUNT(*) FROM sessions").await, 0);
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(1)).await, Err(Error::SignInRefused));
        stage.clock.advance(MINUTE);
        assert_eq!(stage.guess(&olivia.email, NEW, &place(1)).await, Ok(()));
        assert_eq!(stage.number("SELECT COUNT(*) FROM sessions").await, 0, "the second factor is asked as ever");
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 1);
    }

    async fn the_letter_says_what_for_where_and_until_when(stage: Stage) {
        let olivia = stage.person("olivia").await;
        asked(&stage, &olivia).await;
        let letter = &links(&stage, &olivia)[0];
        assert_eq!(code_in(letter), None);
        let said = [
            "Hello Olivia,",
            "http://localhost:3000/reset/",
            "works once, until 21 Nov 2026, 13:15 UTC",
            "Time: 21 Nov 2026, 12:45 UTC",
            "Firefox, Linux",
            "10.0.0.201",
            "your password stays as it is",
        ];
        for piece in said {
            assert!(letter.text.contains(piece) && letter.html.contains(piece), "{piece}: {}", letter.text);
        }
    }

    async fn whoever_never_chose_a_password_gets_an_activation_link_unless_one_still_works(stage: Stage) {
        let una = stage.newcomer("una").await;
        let letters = all_letters(&stage, &una).await;
        assert_eq!(letters.len(), 1);
        let text = &letters[0].text;
        assert!(text.contains("http://localhost:3000/activate/") && !text.contains("Una"), "{text}");
        assert_eq!(all_letters(&stage, &una).await.len(), 1, "the first still works");
        stage.clock.advance(DAY);
        let letters = all_letters(&stage, &una).await;
        assert_eq!(letters.len(), 2, "and works no more");
        activation::finish(&stage, &place(1), &link_in(&letters[0]), PASSWORD, PASSWORD).await.expect("chosen");
        let letters = all_letters(&stage, &una).await;
        assert_eq!((letters.len(), letters[0].subject.as_str()), (3, SUBJECT));
        stage.disable(&una).await;
        assert_eq!(all_letters(&stage, &una).await.len(), 3);
    }

    async fn looking_does_not_use_it_up(stage: Stage) {
        let link = asked(&stage, &stage.person("olivia").await).await;
        for _ in 0..50 {
            assert!(recover::look(&stage, &link).await.is_ok());
        }
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
    }

    async fn it_works_for_30_minutes(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let link = asked(&stage, &olivia).await;
        stage.clock.advance(30 * MINUTE);
        is_gone(&stage, &link).await;
        let link = asked(&stage, &olivia).await;
        stage.clock.advance(30 * MINUTE - 1);
        assert!(recover::look(&stage, &link).await.is_ok());
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
    }

    async fn it_works_once(stage: Stage) {
        let link = asked(&stage, &stage.person("olivia").await).await;
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
        is_gone(&stage, &link).await;
    }

    async fn of_fifty_at_once_exactly_one_wins(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (link, other) = (asked(&stage, &olivia).await, stage.again().await);
        let mut all = JoinSet::new();
        for n in 0..50 {
            let (on, link) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, link.clone());
            all.spawn(async move { recover::finish(&on, &place(n), &link, NEW, NEW).await });
        }
        let outcomes = all.join_all().await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        // Whoever came late has either found no link, or already chosen the password that held by then.
        let same = Err(Error::at(Field::NewPassword, Problem::SameAsOld));
        let lost = |outcome: &&Result<(), Error>| **outcome == Err(Error::NotFound) || **outcome == same;
        assert_eq!((won, outcomes.iter().filter(lost).count()), (1, 49), "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity WHERE kind = 'password_reset'").await, 1);
    }

    async fn no_sign_in_with_the_old_password_outlives_it(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (link, other) = (asked(&stage, &olivia).await, stage.again().await);
        let mut all = JoinSet::new();
        for n in 0..8 {
            let (on, email) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, olivia.email.clone());
            all.spawn(async move { sign_in::begin(&on, &place(n), &email, PASSWORD, None).await.map(|_| ()) });
        }
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
        for outcome in all.join_all().await {
            // Five that come late are failures enough for the sixth to wait.
            let refused = matches!(outcome, Err(Error::SignInRefused | Error::Busy | Error::TooMany { .. }));
            assert!(refused || outcome == Ok(()), "{outcome:?}");
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM sign_ins").await, 0);
    }

    async fn whoever_asks_for_another_link_does_not_kill_the_former_and_the_first_used_ends_all(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(asked(&stage, &olivia).await);
            stage.clock.advance(MINUTE);
        }
        for link in &all {
            assert!(recover::look(&stage, link).await.is_ok());
        }
        assert_eq!(choose(&stage, &all[0], NEW).await, Ok(()));
        for link in &all {
            is_gone(&stage, link).await;
        }
    }

    async fn bad_input_is_said_at_its_field_and_the_link_still_works(stage: Stage) {
        let link = asked(&stage, &stage.person("olivia").await).await;
        let too_long = "x".repeat(129);
        let refusals = [
            ("", Problem::Empty),
            ("qzvkwmtrbxp", Problem::TooShort { min: 12 }),
            (too_long.as_str(), Problem::TooLong { max: 128 }),
            ("passwordpassword", Problem::CommonPassword),
            ("Olivia-Okafor-1", Problem::ContainsOwn),
            ("acme!Acme?2026", Problem::ContainsOwn),
            ("mnopqrstuvwxyzab", Problem::Guessable),
            (PASSWORD, Problem::SameAsOld),
        ];
        for (new, problem) in refusals {
            assert_eq!(choose(&stage, &link, new).await, Err(Error::at(Field::NewPassword, problem)), "{new}");
        }
        let differently = recover::finish(&stage, &place(201), &link, NEW, PASSWORD).await;
        assert_eq!(differently, Err(Error::at(Field::RepeatPassword, Problem::Different)));
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
    }

    async fn as_many_letters_as_the_operator_wants(stage: Stage) {
        let link = asked(&stage, &stage.person("olivia").await).await;
        let house = stage.with(With { min_password: 20, ..With::default() });
        let too_short = Err(Error::at(Field::NewPassword, Problem::TooShort { min: 20 }));
        assert_eq!(choose(&house, &link, "qzvkwmtrbxpjhgfdsyl").await, too_short);
        assert_eq!(choose(&house, &link, "qzvkwmtrbxpjhgfdsylc").await, Ok(()));
    }

    async fn all_sessions_and_all_that_was_begun_end(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (here, there) = (stage.sign_in(&olivia).await, stage.sign_in_from(&olivia, &place(1)).await);
        let foreign = stage.sign_in_from(&stage.person("max").await, &place(2)).await;
        let email_code = stage.pend_change(&here, "new@x.example").await;
        change_password::request(&stage, &there.actor, PASSWORD, NEW, NEW).await.expect("the right password");
        let password_code = stage.mailed_code(&olivia.email).await;
        stage.clock.advance(MINUTE);
        let (half, login_code) = stage.half(&olivia, &place(3)).await;
        let link = asked(&stage, &olivia).await;
        assert_eq!(choose(&stage, &link, "granite whistle beyond seven moons").await, Ok(()));
        let other = stage.again().await;
        for token in [&here.token, &there.token] {
            assert!(other.actor(token).await.is_none());
        }
        assert!(other.actor(&foreign.token).await.is_some());
        assert_eq!(refused(sign_in::finish(&other, &place(3), &half, &login_code).await), Error::AttemptOver);
        assert_eq!(refused(change_email::finish(&other, &here.actor, &email_code).await), Error::AttemptOver);
        assert_eq!(refused(change_password::confirm(&other, &there.actor, &password_code).await), Error::AttemptOver);
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(0));
        for table in ["codes", "email_changes", "links", "password_changes", "sign_ins"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
    }

    async fn the_owner_is_told_and_reads_it_in_the_activity(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let link = asked(&stage, &olivia).await;
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
        stage.deliver().await;
        let notice = &stage.letters_to(&olivia.email)[0];
        assert_eq!(notice.subject, "Your password was changed");
        for piece in ["with a link that we sent you", "Firefox, Linux", "10.0.0.202", "http://localhost:3000/not-me"] {
            assert!(notice.text.contains(piece), "{piece}: {}", notice.text);
        }
        let recorded = "SELECT kind || ' from ' || address FROM activity WHERE kind LIKE 'password%' ORDER BY seq";
        let both = ["password_reset_asked from 10.0.0.201", "password_reset from 10.0.0.202"];
        assert_eq!(raw::texts(&stage.db, recorded).await, both);
    }

    async fn what_is_no_link_and_who_is_disabled_find_nothing(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let link = asked(&stage, &olivia).await;
        for wrong in ["", "x", &link[..42], Token::new(&stage.rng).reveal()] {
            is_gone(&stage, wrong).await;
        }
        stage.disable(&olivia).await;
        is_gone(&stage, &link).await;
    }

    async fn a_link_to_an_address_that_no_longer_holds_is_dead(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let link = asked(&stage, &olivia).await;
        raw::run(&stage.db, "UPDATE users SET email = 'moved@x.example'").await.expect("moved");
        is_gone(&stage, &link).await;
    }

    async fn every_step_counts_as_a_try_of_its_place(stage: Stage) {
        let here = place(7);
        for _ in 0..15 {
            assert_eq!(recover::ask(&stage, &here, "nobody@x.example").await, Ok(()));
            assert_eq!(recover::finish(&stage, &here, "no link", NEW, NEW).await, Err(Error::NotFound));
        }
        assert_eq!(recover::ask(&stage, &here, "nobody@x.example").await, Err(wait(60)));
        assert_eq!(recover::finish(&stage, &here, "no link", NEW, NEW).await, Err(wait(60)));
        stage.clock.advance(60 * SECOND);
        assert_eq!(recover::ask(&stage, &here, "nobody@x.example").await, Ok(()));
    }

    async fn no_row_holds_the_link_or_the_password(stage: Stage) {
        let olivia = stage.person("olivia").await;
        recover::ask(&stage, &place(1), &olivia.email).await.expect("an address");
        recover::answer_due(&stage).await.expect("a read");
        assert!(!raw::dump(&stage.db).await.contains("localhost:3000/reset/"), "the letter waits sealed");
        stage.deliver().await;
        let link = link_in(&links(&stage, &olivia)[0]);
        let hash = Token::read(&link).expect("a token").hash();
        assert!(raw::dump(&stage.db).await.contains(&raw::hex(&hash)), "the dump shows no bytes");
        assert_eq!(choose(&stage, &link, NEW).await, Ok(()));
        stage.deliver().await;
        let dump = raw::dump(&stage.db).await;
        for secret in [link.as_str(), NEW] {
            assert!(!dump.contains(&secret.to_lowercase()), "{secret} stands in the database");
            assert!(!dump.contains(&raw::hex(secret.as_bytes())), "{secret} stands in the database, as bytes");
        }
    }
}
