//! The one-use link by which a new user chooses a password (PW-1, PW-3, PW-6).

use domain::clock::{DAY, HOUR};
use domain::error::{Error, Field, Problem};
use domain::flows::activation;
use domain::flows::users::{self, Invitee};
use domain::secrets::token::Token;
use domain::store;
use domain::text::Language;
use domain::view::{Activation, BuiltinGroup};

use crate::support::{PASSWORD, Somebody, Stage, With, both, code_in, link_in, place, refused};

const OLIVIA: Invitee<'static> = Invitee {
    email: " Olivia@Acme.Example",
    first_name: "Olivia",
    last_name: "Okafor",
    language: None,
    tenant_id: "",
    group: BuiltinGroup::Management,
};

/// Invites Olivia to Acme Ltd; says the token of her link.
async fn invited(stage: &Stage) -> String {
    stage.tenant("Acme Ltd", "acme").await;
    users::invite(stage, "acme", OLIVIA).await.expect("a free address");
    stage.deliver().await;
    link_in(&stage.letters_to("olivia@acme.example")[0])
}

async fn choose(stage: &Stage, link: &str, password: &str) -> Result<(), Error> {
    activation::finish(stage, &place(1), link, password, password).await
}

async fn olivia(stage: &Stage) -> Somebody {
    let user = store::users::by_email(&stage.db, "olivia@acme.example").await.expect("a read").expect("a user");
    Somebody { id: user.id, email: user.email }
}

fn at_new(problem: Problem) -> Result<(), Error> {
    Err(Error::at(Field::NewPassword, problem))
}

both! {
    async fn an_invited_user_chooses_a_password_and_signs_in(stage: Stage) {
        let link = invited(&stage).await;
        let letter = &stage.letters_to("olivia@acme.example")[0];
        assert_eq!((letter.subject.as_str(), code_in(letter)), ("Your account at Acme Ltd", None));
        for piece in ["Hello Olivia,", "http://localhost:3000/activate/", "until 22 Nov 2026, 12:45 UTC"] {
            assert!(letter.text.contains(piece), "{piece}: {}", letter.text);
        }
        let shown = Activation {
            name: "Olivia".into(),
            email: "olivia@acme.example".into(),
            client: "Acme Ltd".into(),
            min_password: 12,
            provider: None,
        };
        assert_eq!(activation::view(&stage, &link).await, Ok(shown));
        let olivia = olivia(&stage).await;
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &place(2)).await, Err(Error::SignInRefused));
        assert_eq!(choose(&stage, &link, PASSWORD).await, Ok(()));
        let signed_in = stage.sign_in(&olivia).await;
        let member = signed_in.actor.member(&stage, "acme").await.expect("a member");
        assert!(member.may(domain::view::Permission::UsersEdit));
        assert_eq!(stage.number("SELECT COUNT(*) FROM users WHERE email_proved_at IS NOT NULL").await, 1);
    }

    async fn twelve_to_128_letters_typed_twice_alike(stage: Stage) {
        let link = invited(&stage).await;
        let longest: String = format!("{PASSWORD} ").repeat(6).chars().take(128).collect();
        assert_eq!(choose(&stage, &link, "").await, at_new(Problem::Empty));
        assert_eq!(choose(&stage, &link, "qzvkwmtrbxp").await, at_new(Problem::TooShort { min: 12 }));
        assert_eq!(choose(&stage, &link, &(longest.clone() + "x")).await, at_new(Problem::TooLong { max: 128 }));
        let differently = activation::finish(&stage, &place(1), &link, PASSWORD, "velvet kettle under orbiT").await;
        assert_eq!(differently, Err(Error::at(Field::RepeatPassword, Problem::Different)));
        assert_eq!(choose(&stage, &link, &longest).await, Ok(()));
        assert_eq!(stage.guess("olivia@acme.example", &longest, &place(2)).await, Ok(()));
    }

    async fn as_many_letters_as_the_operator_wants(stage: Stage) {
        let link = invited(&stage).await;
        let house = stage.with(With { min_password: 20, ..With::default() });
        assert_eq!(choose(&house, &link, "qzvkwmtrbxpjhgfdsyl").await, at_new(Problem::TooShort { min: 20 }));
        assert_eq!(choose(&house, &link, "qzvkwmtrbxpjhgfdsylc").await, Ok(()));
    }

    async fn twelve_letters_are_enough(stage: Stage) {
        let link = invited(&stage).await;
        assert_eq!(choose(&stage, &link, "qzvkwmtrbxpj").await, Ok(()));
        assert_eq!(stage.guess("olivia@acme.example", "qzvkwmtrbxpj", &place(2)).await, Ok(()));
    }

    async fn common_easy_and_own_passwords_are_refused_with_the_reason(stage: Stage) {
        let link = invited(&stage).await;
        let refusals = [
            ("passwordpassword", Problem::CommonPassword),
            ("PASSWORD1234", Problem::CommonPassword),
            ("Olivia-Okafor-1", Problem::ContainsOwn),
            ("acme!Acme?2026", Problem::ContainsOwn),
            ("SelfsameAcme2026", Problem::ContainsOwn),
            ("mnopqrstuvwxyzab", Problem::Guessable),
        ];
        for (password, problem) in refusals {
            assert_eq!(choose(&stage, &link, password).await, at_new(problem), "{password}");
        }
        assert_eq!(choose(&stage, &link, PASSWORD).await, Ok(()), "and the link still works");
    }

    async fn a_link_works_once(stage: Stage) {
        let link = invited(&stage).await;
        assert_eq!(choose(&stage, &link, PASSWORD).await, Ok(()));
        assert_eq!(choose(&stage, &link, "copper lantern seldom rains").await, Err(Error::NotFound));
        assert_eq!(refused(activation::view(&stage, &link).await), Error::NotFound);
        assert_eq!(stage.guess("olivia@acme.example", PASSWORD, &place(2)).await, Ok(()));
    }

    async fn looking_does_not_use_a_link_up(stage: Stage) {
        let link = invited(&stage).await;
        for _ in 0..50 {
            assert!(activation::view(&stage, &link).await.is_ok());
        }
        assert_eq!(choose(&stage, &link, PASSWORD).await, Ok(()));
    }

    async fn a_link_works_for_24_hours(stage: Stage) {
        let link = invited(&stage).await;
        stage.clock.advance(24 * HOUR - 1);
        assert!(activation::view(&stage, &link).await.is_ok());
        stage.clock.advance(1);
        assert_eq!(refused(activation::view(&stage, &link).await), Error::NotFound);
        assert_eq!(choose(&stage, &link, PASSWORD).await, Err(Error::NotFound));
        assert_eq!(DAY, 24 * HOUR);
    }

    async fn of_two_who_use_a_link_at_once_one_wins(stage: Stage) {
        let link = invited(&stage).await;
        let passwords = [PASSWORD, "copper lantern seldom rains"];
        let (one, two) = tokio::join!(choose(&stage, &link, passwords[0]), choose(&stage, &link, passwords[1]));
        let outcomes = [one, two];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.contains(&Err(Error::NotFound)), "{outcomes:?}");
        for (password, outcome) in passwords.into_iter().zip(outcomes) {
            let signs_in = stage.guess("olivia@acme.example", password, &place(2)).await;
            assert_eq!(signs_in.is_ok(), outcome.is_ok(), "{password}");
        }
    }

    async fn a_newer_link_ends_the_older(stage: Stage) {
        let link = invited(&stage).await;
        let (olivia, newer) = (olivia(&stage).await, Token::new(&stage.rng));
        let now = stage.clock.now();
        let mut tx = stage.db.begin().await.expect("a transaction");
        let inserted = store::activations::insert(&mut tx, "2", &newer.hash(), Some(&olivia.id), now, now + DAY).await;
        assert_eq!(inserted, Ok(()));
        tx.commit().await.expect("committed");
        assert_eq!(choose(&stage, &link, PASSWORD).await, Err(Error::NotFound));
        assert_eq!(choose(&stage, newer.reveal(), PASSWORD).await, Ok(()));
    }

    async fn what_is_no_link_and_who_is_disabled_find_nothing(stage: Stage) {
        let link = invited(&stage).await;
        for wrong in ["", "x", &link[..42], Token::new(&stage.rng).reveal()] {
            assert_eq!(refused(activation::view(&stage, wrong).await), Error::NotFound);
            assert_eq!(choose(&stage, wrong, PASSWORD).await, Err(Error::NotFound));
        }
        stage.disable(&olivia(&stage).await).await;
        assert_eq!(refused(activation::view(&stage, &link).await), Error::NotFound);
        assert_eq!(choose(&stage, &link, PASSWORD).await, Err(Error::NotFound));
    }

    async fn an_invitation_again_sends_a_new_link_and_the_former_stops_working(stage: Stage) {
        let former = invited(&stage).await;
        assert_eq!(users::invite(&stage, "acme", OLIVIA).await, Ok(()));
        stage.deliver().await;
        let new = link_in(&stage.letters_to("olivia@acme.example")[0]);
        assert_ne!(former, new);
        assert_eq!(choose(&stage, &former, PASSWORD).await, Err(Error::NotFound));
        assert_eq!(choose(&stage, &new, PASSWORD).await, Ok(()));
    }

    async fn bad_invitations_make_and_mail_nothing(stage: Stage) {
        let link = invited(&stage).await;
        assert_eq!(choose(&stage, &link, PASSWORD).await, Ok(()));
        let taken = users::invite(&stage, "acme", Invitee { email: "OLIVIA@acme.example", ..OLIVIA }).await;
        assert_eq!(taken, Err(Error::at(Field::Email, Problem::Taken)));
        let nowhere = users::invite(&stage, "nowhere", Invitee { email: "max@acme.example", ..OLIVIA }).await;
        assert_eq!(nowhere, Err(Error::NotFound));
        let empty = Invitee { email: "no address", first_name: " ", last_name: "a\u{202E}b", ..OLIVIA };
        let problems = vec![
            (Field::Email, Problem::NotAnAddress),
            (Field::FirstName, Problem::Empty),
            (Field::LastName, Problem::ForbiddenCharacters),
        ];
        assert_eq!(users::invite(&stage, "acme", empty).await, Err(Error::Invalid(problems)));
        assert_eq!(stage.deliver().await, 0);
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM activations").await, 1);
    }

    async fn an_invitation_speaks_the_language_of_the_invited(stage: Stage) {
        stage.tenant("Acme Ltd", "acme").await;
        let invitee = Invitee { language: Some(Language::De), ..OLIVIA };
        users::invite(&stage, "acme", invitee).await.expect("a free address");
        stage.deliver().await;
        assert_eq!(stage.letters_to("olivia@acme.example")[0].subject, "Ihr Konto bei Acme Ltd");
        assert_eq!(stage.user(&olivia(&stage).await).await.language.as_deref(), Some("de"));
    }
}
