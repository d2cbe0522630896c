//! How often codes are mailed, and what the letters say (CODE-7, CODE-9, WEB-6).

use domain::clock::{HOUR, MINUTE, SECOND};
use domain::flows::{change_email, look, personal, sign_in};
use domain::text::Language;

use crate::support::{SignedIn, Stage, both, code_in, left, place, refused, wait};

/// Whether a code was mailed for a sign-in that begins now.
async fn is_sent(stage: &Stage, half: &str) -> bool {
    sign_in::prompt(stage, &crate::support::anywhere(), half).await.expect("half-way").sent
}

/// The pieces that a text lacks.
fn lacking<'a>(text: &str, pieces: &[&'a str]) -> Vec<&'a str> {
    pieces.iter().copied().filter(|piece| !text.contains(piece)).collect()
}

/// The actor as the next request sees it.
async fn next(stage: &Stage, who: &SignedIn) -> SignedIn {
    SignedIn { actor: stage.actor(&who.token).await.expect("signed in"), ..who.clone() }
}

both! {
    async fn a_second_request_within_a_minute_sends_nothing(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (half, code) = stage.half(&olivia, &place(1)).await;
        assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Err(wait(60)));
        stage.clock.advance(MINUTE - 1);
        assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Err(wait(1)));
        assert_eq!(stage.deliver().await, 0);
        stage.clock.advance(1);
        assert_eq!(sign_in::resend(&stage, &place(1), &half).await, Ok(()));
        assert_eq!(stage.deliver().await, 1);
        assert_eq!(refused(sign_in::finish(&stage, &place(1), &half, &code).await), left(4));
    }

    async fn a_second_sign_in_within_a_minute_waits_for_its_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (first, code) = stage.half(&olivia, &place(1)).await;
        stage.clock.advance(20 * SECOND);
        let second = stage.begin(&olivia, &place(2)).await;
        let prompt = sign_in::prompt(&stage, &crate::support::anywhere(), &second).await.expect("half-way");
        assert_eq!((prompt.sent, prompt.resend_in_s), (false, 40));
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(refused(sign_in::finish(&stage, &place(2), &second, &code).await), left(5));
        assert!(sign_in::finish(&stage, &place(1), &first, &code).await.is_ok());
        assert_eq!(sign_in::resend(&stage, &place(2), &second).await, Ok(()), "a used code gives its mail back");
        let code = stage.mailed_code(&olivia.email).await;
        assert!(sign_in::finish(&stage, &place(2), &second, &code).await.is_ok());
    }

    async fn the_sixth_mail_within_an_hour_is_not_sent(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for n in 0..5 {
            let half = stage.begin(&olivia, &place(n)).await;
            assert!(is_sent(&stage, &half).await, "{n}");
            assert_eq!(stage.deliver().await, 1);
            stage.clock.advance(MINUTE);
        }
        let sixth = stage.begin(&olivia, &place(6)).await;
        let prompt = sign_in::prompt(&stage, &crate::support::anywhere(), &sixth).await.expect("half-way");
        assert_eq!((prompt.sent, prompt.resend_in_s), (false, 55 * 60));
        assert_eq!(sign_in::resend(&stage, &place(6), &sixth).await, Err(wait(55 * 60)));
        assert_eq!(stage.deliver().await, 0);
        stage.clock.advance(HOUR - 5 * MINUTE);
        assert!(is_sent(&stage, &stage.begin(&olivia, &place(7)).await).await);
    }

    async fn codes_that_are_used_do_not_count(stage: Stage) {
        let olivia = stage.person("olivia").await;
        for _ in 0..8 {
            stage.sign_in(&olivia).await;
        }
        let letters = stage.letters_to(&olivia.email);
        assert_eq!(letters.iter().filter(|letter| code_in(letter).is_some()).count(), 8);
    }

    async fn twenty_codes_an_hour_leave_for_one_place(stage: Stage) {
        let here = place(1);
        for n in 0..20 {
            let somebody = stage.person(&format!("p{n}")).await;
            assert!(is_sent(&stage, &stage.begin(&somebody, &here).await).await, "{n}");
        }
        let last = stage.person("olivia").await;
        let half = stage.begin(&last, &here).await;
        assert!(!is_sent(&stage, &half).await);
        assert_eq!(sign_in::resend(&stage, &here, &half).await, Err(wait(3_600)));
        assert_eq!(sign_in::resend(&stage, &place(2), &half).await, Ok(()));
        stage.clock.advance(HOUR);
        assert!(is_sent(&stage, &stage.begin(&last, &here).await).await);
    }

    async fn spellings_of_an_address_share_one_limit(stage: Stage) {
        let typed = ["VICTIM@B\u{fc}cher.Example ", "victim@xn--bcher-kva.example", " victim@B\u{dc}CHER.example"];
        for (n, new_email) in typed.into_iter().enumerate() {
            let somebody = stage.person(&format!("p{n}")).await;
            let signed_in = stage.sign_in_from(&somebody, &place(n)).await;
            let code = stage.ask_change(&signed_in).await;
            assert_eq!(change_email::request(&stage, &signed_in.actor, new_email, &code).await, Ok(()));
        }
        stage.deliver().await;
        assert_eq!(stage.letters_to("victim@xn--bcher-kva.example").len(), 1);
    }

    async fn a_login_letter_says_what_for_when_where_and_what_if_not(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let (_, code) = stage.half(&olivia, &place(1)).await;
        let letter = &stage.letters_to(&olivia.email)[0];
        assert_eq!(letter.subject, "Your login code for Selfsame");
        let said = [
            "Hello Olivia,",
            "code to sign in",
            code.as_str(),
            "valid until 21 Nov 2026, 12:55 UTC",
            "21 Nov 2026, 12:45 UTC",
            "Firefox, Linux",
            "10.0.0.2",
            "If this was not you",
            "http://localhost:3000/",
        ];
        assert_eq!(lacking(&letter.text, &said), Vec::<&str>::new());
        assert_eq!(lacking(&letter.html, &said), Vec::<&str>::new());
    }

    async fn letters_of_a_change_name_the_new_address_and_nobody(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let first = stage.ask_change(&signed_in).await;
        let letter = &stage.letters_to(&signed_in.email)[0];
        assert_eq!(letter.subject, "Your confirmation code for Selfsame");
        assert_eq!(lacking(&letter.text, &["change your email address", &first, "192.0.2.1"]), Vec::<&str>::new());
        change_email::request(&stage, &signed_in.actor, "new@x.example", &first).await.expect("the right code");
        let second = stage.mailed_code("new@x.example").await;
        let letter = &stage.letters_to("new@x.example")[0];
        assert_eq!(letter.subject, "Confirm your new email address for Selfsame");
        let said = ["confirms new@x.example", &second, "ignore this email"];
        assert_eq!(lacking(&letter.text, &said), Vec::<&str>::new());
        assert!(!letter.text.contains("Olivia") && !letter.text.contains(&signed_in.email), "{}", letter.text);
    }

    async fn letters_are_in_the_language_of_the_person(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        look::choose(&stage, &signed_in.actor, Some(Language::De), None).await.expect("chosen");
        stage.half(&olivia, &place(1)).await;
        let letter = &stage.letters_to(&olivia.email)[0];
        assert_eq!(letter.subject, "Ihr Anmeldecode für Selfsame");
        let said = ["Guten Tag Olivia,", "21.11.2026, 12:45 UTC"];
        assert_eq!(lacking(&letter.text, &said), Vec::<&str>::new());
        assert!(letter.html.contains("<html lang=\"de\">"));
    }

    async fn a_name_is_text_in_every_letter(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let name = "<img src=x onerror=alert(1)>";
        personal::save_names(&stage, &signed_in.actor, name, "</p><script>").await.expect("plain text");
        let signed_in = next(&stage, &signed_in).await;
        let code = stage.pend_change(&signed_in, "new@x.example").await;
        change_email::finish(&stage, &signed_in.actor, &code).await.expect("the right code");
        stage.deliver().await;
        let letters = [stage.letters_to(&olivia.email), stage.letters_to("new@x.example")].concat();
        assert_eq!(letters.len(), 5);
        for letter in letters {
            assert!(!letter.html.contains("<img") && !letter.html.contains("<script"), "{}", letter.html);
            assert!(!letter.subject.contains('<') && !letter.subject.contains('\n'), "{}", letter.subject);
        }
        assert!(stage.letters_to(&olivia.email)[0].text.contains("Hello <img src=x onerror=alert(1)>,"));
    }

    async fn no_subject_ever_holds_a_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        stage.pend_change(&signed_in, "new@x.example").await;
        let letters = [stage.letters_to(&olivia.email), stage.letters_to("new@x.example")].concat();
        assert_eq!(letters.len(), 3);
        for letter in letters {
            let code = code_in(&letter).expect("a code");
            let (head, tail) = code.split_once('-').expect("a dash");
            assert!(!letter.subject.contains(head) && !letter.subject.contains(tail), "{}", letter.subject);
        }
    }
}
