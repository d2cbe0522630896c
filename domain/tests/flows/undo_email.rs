//! Undoing a change of the e-mail address, by the link in the notice to the former one (EM-4, SESS-6).

use domain::clock::{HOUR, MINUTE};
use domain::error::{Error, Field, Problem};
use domain::flows::user_create::{self, NewUser};
use domain::flows::{change_email, change_password, undo_email};
use domain::secrets::token::Token;
use domain::store::sessions;
use domain::view::{BuiltinGroup, Created, PasswordRules, SignedInBy, UndoEmail};

use crate::support::guests::{at_acme, group_of_acme, of_acme};
use crate::support::{PASSWORD, SignedIn, Somebody, Stage, both, code_in, link_in, place, raw, refused, visitor, wait};

pub const NEW: &str = "copper lantern seldom rains";
pub const MINE: &str = "olivia@acme.example";
pub const THEIRS: &str = "thief@x.example";

/// Changes the address of somebody who is signed in, and goes on; says the token of the link in the notice as well.
pub async fn changed(stage: &Stage, who: &SignedIn, new_email: &str) -> (SignedIn, String) {
    let code = stage.pend_change(who, new_email).await;
    let token = change_email::finish(stage, &who.actor, &code).await.expect("the right code");
    stage.deliver().await;
    let notices = stage.letters_to(&who.email);
    let notice = notices.iter().find(|letter| letter.subject == "Your email address was changed");
    let actor = stage.actor(token.reveal()).await.expect("the same session");
    let (token, email) = (token.reveal().to_owned(), new_email.to_owned());
    (SignedIn { actor, token, email, ..who.clone() }, link_in(notice.expect("a notice")))
}

/// Olivia, whose address was changed to another.
async fn taken(stage: &Stage) -> (Somebody, SignedIn, String) {
    let olivia = stage.person("olivia").await;
    let thief = stage.sign_in(&olivia).await;
    let (thief, link) = changed(stage, &thief, THEIRS).await;
    (olivia, thief, link)
}

/// Changes the address back to what it was, as any other change; says the session's new token.
async fn back_by_hand(stage: &Stage, who: &SignedIn) -> String {
    let code = stage.pend_change(who, MINE).await;
    let token = change_email::finish(stage, &who.actor, &code).await.expect("the right code");
    stage.deliver().await;
    token.reveal().to_owned()
}

async fn undo(stage: &Stage, link: &str, new: &str) -> Result<(), Error> {
    undo_email::finish(stage, &place(200), link, new, new, "").await
}

pub async fn is_gone(stage: &Stage, link: &str) {
    assert_eq!(refused(undo_email::look(stage, link).await), Error::NotFound);
    assert_eq!(undo(stage, link, NEW).await, Err(Error::NotFound));
}

both! {
    async fn the_former_address_holds_again_with_a_new_password(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        let elsewhere = Somebody { email: THEIRS.into(), ..olivia.clone() };
        stage.clock.advance(MINUTE);
        let other = stage.sign_in_from(&elsewhere, &place(1)).await;
        let rules = PasswordRules { min: 12, max: 128 };
        let shown = UndoEmail { email: MINE.into(), free: true, asks_app: false, rules };
        assert_eq!(undo_email::look(&stage, &link).await, Ok(shown));
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        let instance = stage.again().await;
        assert!(instance.actor(&thief.token).await.is_none() && instance.actor(&other.token).await.is_none());
        assert_eq!(stage.guess(THEIRS, PASSWORD, &place(2)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(THEIRS, NEW, &place(2)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(MINE, PASSWORD, &place(2)).await, Err(Error::SignInRefused));
        assert_eq!(stage.guess(MINE, NEW, &place(2)).await, Ok(()));
        assert_eq!(sessions::count(&stage.db, &olivia.id).await, Ok(0), "the second factor is asked as ever");
    }

    async fn the_notice_says_how_and_until_when(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        let notices = stage.letters_to(MINE);
        let notice = notices.iter().find(|letter| letter.subject == "Your email address was changed");
        let notice = notice.expect("a notice");
        let url = format!("http://localhost:3000/undo-email/{link}");
        for piece in ["If this was not you", url.as_str(), "works once, until 24 Nov 2026, 12:45 UTC"] {
            assert!(notice.text.contains(piece) && notice.html.contains(piece), "{piece}: {}", notice.text);
        }
        let letter = &stage.letters_to(THEIRS)[0];
        assert!(!letter.text.contains("undo-email") && letter.text.contains("/not-me"), "{}", letter.text);
    }

    async fn looking_does_not_use_it_up(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        for _ in 0..50 {
            assert!(undo_email::look(&stage, &link).await.is_ok());
        }
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert!(stage.actor(&thief.token).await.is_some());
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
    }

    async fn it_works_for_72_hours_and_not_a_moment_longer(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        assert_eq!(undo_email::VALIDITY, 72 * HOUR);
        stage.clock.advance(72 * HOUR - 1);
        assert!(undo_email::look(&stage, &link).await.is_ok());
        stage.clock.advance(1);
        is_gone(&stage, &link).await;
    }

    async fn it_works_to_the_last_moment(stage: Stage) {
        let (olivia, _, link) = taken(&stage).await;
        stage.clock.advance(72 * HOUR - 1);
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn it_works_once_also_at_the_same_moment(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        let other = stage.again().await;
        let (one, two) = tokio::join!(undo(&stage, &link, NEW), undo(&other, &link, NEW));
        let outcomes = [one, two];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        is_gone(&stage, &link).await;
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity WHERE kind = 'email_change_undone'").await, 1);
    }

    async fn a_change_of_the_password_does_not_end_it(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        let stolen = "granite whistle beyond seven moons";
        change_password::request(&stage, &thief.actor, PASSWORD, stolen, stolen).await.expect("the right password");
        let code = stage.mailed_code(THEIRS).await;
        change_password::confirm(&stage, &thief.actor, &code).await.expect("the right code");
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        assert_eq!(stage.guess(MINE, NEW, &place(2)).await, Ok(()));
    }

    async fn one_change_more_does_not_end_it_and_its_own_link_dies(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(MINUTE);
        let (_, of_thief) = changed(&stage, &thief, "again@x.example").await;
        assert!(undo_email::look(&stage, &of_thief).await.is_ok());
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        is_gone(&stage, &of_thief).await;
    }

    async fn the_link_of_a_later_change_does_not_end_that_of_an_earlier(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(MINUTE);
        let (_, of_thief) = changed(&stage, &thief, "again@x.example").await;
        assert_eq!(undo(&stage, &of_thief, "granite whistle beyond seven moons").await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn an_address_that_somebody_else_has_by_now_is_not_taken_away(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        let other = stage.newcomer("other").await;
        // By a change of the address, which proves it.
        let moved = format!("UPDATE users SET email = '{MINE}' WHERE id = '{}'", other.id);
        raw::run(&stage.db, &moved).await.expect("moved");
        let shown = undo_email::look(&stage, &link).await.expect("it works");
        assert_eq!((shown.email.as_str(), shown.free), (MINE, false));
        // The password that holds is answered like any other: this is no door to guess at.
        for new in [NEW, PASSWORD] {
            assert_eq!(undo(&stage, &link, new).await, Err(Error::at(Field::Email, Problem::NoLongerFree)));
        }
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert_eq!(stage.guess(THEIRS, PASSWORD, &place(2)).await, Ok(()));
        assert!(stage.actor(&thief.token).await.is_some(), "nothing was changed");
        let moved = format!("UPDATE users SET email = 'moved@x.example' WHERE id = '{}'", other.id);
        raw::run(&stage.db, &moved).await.expect("moved");
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()), "and the link still works");
    }

    async fn nobody_makes_an_account_for_an_address_that_a_link_leads_back_to(stage: Stage) {
        let (olivia, _, link) = taken(&stage).await;
        let max = at_acme(&stage, &of_acme(&stage, "max", BuiltinGroup::Management).await).await;
        let groups = [group_of_acme(&stage, BuiltinGroup::User).await];
        let squatter = NewUser {
            email: MINE,
            first_name: "Max",
            last_name: "Okafor",
            language: None,
            groups: &groups,
            method: SignedInBy::Email,
            send: false,
        };
        let offer = Ok(Created::OfferInvitation { email: MINE.into() });
        assert_eq!(user_create::create(&stage, &max, &squatter).await, offer);
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        let theirs = NewUser { email: THEIRS, ..squatter };
        let made = user_create::create(&stage, &max, &theirs).await;
        assert!(matches!(made, Ok(Created::User { .. })), "no link leads there: {made:?}");
    }

    async fn a_later_change_by_a_clock_that_is_behind_is_still_the_later_one(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(-MINUTE);
        let (_, of_thief) = changed(&stage, &thief, "again@x.example").await;
        assert_eq!(undo(&stage, &of_thief, "granite whistle beyond seven moons").await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()), "it undoes the earlier one");
        assert_eq!(stage.user(&olivia).await.email, MINE);
    }

    async fn an_earlier_change_by_a_clock_that_is_ahead_is_still_the_earlier_one(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(-MINUTE);
        let (_, of_thief) = changed(&stage, &thief, "again@x.example").await;
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, MINE);
        is_gone(&stage, &of_thief).await;
    }

    async fn going_back_by_hand_uses_the_link_up_and_makes_none(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(MINUTE);
        let back = back_by_hand(&stage, &thief).await;
        assert_eq!(stage.user(&olivia).await.email, MINE);
        assert!(stage.actor(&back).await.is_some(), "who did it stays signed in");
        is_gone(&stage, &link).await;
        assert_eq!(stage.number("SELECT COUNT(*) FROM links").await, 0, "nothing leads to the address that was left");
        let letters = stage.letters_to(THEIRS);
        assert_eq!(letters[0].subject, "Your email address was changed back");
        assert!(letters.iter().all(|letter| !letter.text.contains("undo-email")));
        assert_eq!(stage.letters_to(MINE)[0].subject, "This is now your email address");
    }

    async fn going_back_by_hand_over_a_third_address_leaves_no_link_either(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(MINUTE);
        let (thief, of_thief) = changed(&stage, &thief, "again@x.example").await;
        stage.clock.advance(MINUTE);
        back_by_hand(&stage, &thief).await;
        assert_eq!(stage.user(&olivia).await.email, MINE);
        for link in [link, of_thief] {
            is_gone(&stage, &link).await;
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM links").await, 0);
    }

    async fn going_back_by_hand_after_72_hours_is_a_change_like_any_other(stage: Stage) {
        let (olivia, _, _) = taken(&stage).await;
        stage.clock.advance(72 * HOUR);
        let elsewhere = Somebody { email: THEIRS.into(), ..olivia.clone() };
        let signed_in = stage.sign_in(&elsewhere).await;
        let (_, link) = changed(&stage, &signed_in, MINE).await;
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
    }

    async fn bad_input_is_said_at_its_field_and_the_link_still_works(stage: Stage) {
        let (olivia, _, link) = taken(&stage).await;
        let refusals = [
            ("", Problem::Empty),
            ("qzvkwmtrbxp", Problem::TooShort { min: 12 }),
            ("passwordpassword", Problem::CommonPassword),
            ("Olivia-Okafor-1", Problem::ContainsOwn),
            ("mnopqrstuvwxyzab", Problem::Guessable),
            (PASSWORD, Problem::SameAsOld),
        ];
        for (new, problem) in refusals {
            assert_eq!(undo(&stage, &link, new).await, Err(Error::at(Field::NewPassword, problem)), "{new}");
        }
        let differently = undo_email::finish(&stage, &place(200), &link, NEW, PASSWORD, "").await;
        assert_eq!(differently, Err(Error::at(Field::RepeatPassword, Problem::Different)));
        assert_eq!(stage.user(&olivia).await.email, THEIRS);
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
    }

    async fn both_addresses_are_told_and_the_owner_reads_it_in_the_activity(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        stage.deliver().await;
        let (back, gone) = (&stage.letters_to(MINE)[0], &stage.letters_to(THEIRS)[0]);
        assert_eq!(back.subject, "Your email address was put back");
        assert_eq!(gone.subject, "Your email address was changed back");
        for letter in [back, gone] {
            assert_eq!(code_in(letter), None);
            assert!(!letter.text.contains("undo-email"), "{}", letter.text);
            for piece in [MINE, THEIRS, "21 Nov 2026, 12:45 UTC", "Firefox, Linux", "10.0.0.201"] {
                assert!(letter.text.contains(piece), "{piece}: {}", letter.text);
            }
        }
        assert!(back.text.contains("http://localhost:3000/not-me"));
        let recorded = "SELECT detail FROM activity WHERE kind = 'email_change_undone'";
        let detail = format!("{{\"from\":\"{THEIRS}\",\"to\":\"{MINE}\"}}");
        assert_eq!(raw::texts(&stage.db, recorded).await, [detail]);
    }

    async fn all_that_was_begun_ends(stage: Stage) {
        let (olivia, thief, link) = taken(&stage).await;
        stage.clock.advance(MINUTE);
        let code = stage.pend_change(&thief, "again@x.example").await;
        assert_eq!(undo(&stage, &link, NEW).await, Ok(()));
        assert_eq!(refused(change_email::finish(&stage, &thief.actor, &code).await), Error::AttemptOver);
        for table in ["codes", "email_changes", "links", "password_changes", "sessions", "sign_ins"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
    }

    async fn what_is_no_link_and_who_is_disabled_find_nothing(stage: Stage) {
        let (olivia, _, link) = taken(&stage).await;
        for wrong in ["", "x", &link[..42], Token::new(&stage.rng).reveal()] {
            is_gone(&stage, wrong).await;
        }
        stage.disable(&olivia).await;
        is_gone(&stage, &link).await;
    }

    async fn a_link_of_one_kind_is_none_of_the_other(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        assert_eq!(refused(domain::flows::recover::look(&stage, &link).await), Error::NotFound);
        let reset = domain::flows::recover::finish(&stage, &place(200), &link, NEW, NEW).await;
        assert_eq!(reset, Err(Error::NotFound));
    }

    async fn every_try_counts_for_its_place(stage: Stage) {
        let here = visitor("198.51.100.7");
        for _ in 0..30 {
            assert_eq!(undo_email::finish(&stage, &here, "no link", NEW, NEW, "").await, Err(Error::NotFound));
        }
        assert_eq!(undo_email::finish(&stage, &here, "no link", NEW, NEW, "").await, Err(wait(60)));
    }

    async fn no_row_holds_the_link(stage: Stage) {
        let (_, _, link) = taken(&stage).await;
        let dump = raw::dump(&stage.db).await;
        let hash = Token::read(&link).expect("a token").hash();
        assert!(dump.contains(&raw::hex(&hash)), "the dump shows no bytes");
        assert!(!dump.contains(&link.to_lowercase()) && !dump.contains(&raw::hex(link.as_bytes())));
    }
}
