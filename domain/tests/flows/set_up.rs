//! The first start: a one-use link makes the first client and its first user (PW-6).

use domain::clock::DAY;
use domain::error::{Error, Field, Problem};
use domain::flows::set_up::{self, Form};
use domain::view::{Permission, SetUp};

use crate::support::{PASSWORD, Somebody, Stage, With, both, place, refused};

const FORM: Form<'static> = Form {
    client_name: "Acme Ltd",
    email: "Olivia@Acme.example ",
    first_name: "Olivia",
    last_name: "Okafor",
    password: PASSWORD,
    repeated: PASSWORD,
};

async fn link(stage: &Stage) -> String {
    let link = set_up::link(stage).await.expect("a read").expect("an empty database");
    link.strip_prefix("http://localhost:3000/set-up/").expect("our own page").to_owned()
}

async fn finish(stage: &Stage, link: &str, form: &Form<'_>) -> Result<(), Error> {
    set_up::finish(stage, &place(1), link, form).await
}

both! {
    async fn the_first_user_has_full_access_and_the_link_is_gone(stage: Stage) {
        let link = link(&stage).await;
        assert_eq!(set_up::view(&stage, &link).await, Ok(SetUp { min_password: 12 }));
        assert_eq!(finish(&stage, &link, &FORM).await, Ok(()));
        let olivia = Somebody { id: String::new(), email: "olivia@acme.example".into() };
        let signed_in = stage.sign_in(&olivia).await;
        let member = signed_in.actor.member(&stage, "acme-ltd").await.expect("a member");
        assert!(Permission::ALL.into_iter().all(|permission| member.may(permission)));
        assert_eq!(member.client().name, "Acme Ltd");
        assert_eq!(set_up::link(&stage).await, Ok(None));
        assert_eq!(refused(set_up::view(&stage, &link).await), Error::NotFound);
        assert_eq!(finish(&stage, &link, &Form { email: "max@acme.example", ..FORM }).await, Err(Error::NotFound));
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenants").await, 1);
    }

    async fn each_start_makes_a_new_link_that_ends_the_one_before(stage: Stage) {
        let (older, newer) = (link(&stage).await, link(&stage).await);
        assert_eq!(refused(set_up::view(&stage, &older).await), Error::NotFound);
        stage.clock.advance(DAY - 1);
        assert!(set_up::view(&stage, &newer).await.is_ok());
        stage.clock.advance(1);
        assert_eq!(finish(&stage, &newer, &FORM).await, Err(Error::NotFound));
        assert_eq!(finish(&stage, &link(&stage).await, &FORM).await, Ok(()));
    }

    async fn all_problems_are_said_at_once_and_the_link_still_works(stage: Stage) {
        let link = link(&stage).await;
        let form = Form {
            client_name: "",
            email: "no address",
            first_name: " ",
            last_name: "a\nb",
            password: "short",
            repeated: "short",
        };
        let problems = vec![
            (Field::ClientName, Problem::Empty),
            (Field::Email, Problem::NotAnAddress),
            (Field::FirstName, Problem::Empty),
            (Field::LastName, Problem::ForbiddenCharacters),
            (Field::NewPassword, Problem::TooShort { min: 12 }),
        ];
        assert_eq!(finish(&stage, &link, &form).await, Err(Error::Invalid(problems)));
        let own = Form { password: "Acme-Selfsame-2026", repeated: "Acme-Selfsame-2026", ..FORM };
        assert_eq!(finish(&stage, &link, &own).await, Err(Error::at(Field::NewPassword, Problem::ContainsOwn)));
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenants").await, 0);
        assert_eq!(finish(&stage, &link, &FORM).await, Ok(()));
    }

    async fn as_many_letters_as_the_operator_wants(stage: Stage) {
        let link = link(&stage).await;
        let house = stage.with(With { min_password: 20, ..With::default() });
        let short = Form { password: "qzvkwmtrbxpjhgfdsyl", repeated: "qzvkwmtrbxpjhgfdsyl", ..FORM };
        let too_short = Err(Error::at(Field::NewPassword, Problem::TooShort { min: 20 }));
        assert_eq!(finish(&house, &link, &short).await, too_short);
        let long = Form { password: "qzvkwmtrbxpjhgfdsylc", repeated: "qzvkwmtrbxpjhgfdsylc", ..FORM };
        assert_eq!(finish(&house, &link, &long).await, Ok(()));
    }

    async fn of_two_who_set_up_at_once_one_does(stage: Stage) {
        let link = link(&stage).await;
        let other = Form { client_name: "Borealis GmbH", email: "greta@borealis.example", ..FORM };
        let (one, two) = tokio::join!(finish(&stage, &link, &FORM), finish(&stage, &link, &other));
        let outcomes = [one, two];
        assert!(outcomes.contains(&Ok(())) && outcomes.contains(&Err(Error::NotFound)), "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenants").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn links_of_one_kind_are_not_links_of_the_other(stage: Stage) {
        let link = link(&stage).await;
        assert_eq!(refused(domain::flows::activation::view(&stage, &link).await), Error::NotFound);
        let chosen = domain::flows::activation::finish(&stage, &place(1), &link, PASSWORD, PASSWORD).await;
        assert_eq!(chosen, Err(Error::NotFound));
        assert!(set_up::view(&stage, &link).await.is_ok());
    }
}
