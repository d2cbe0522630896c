//! The link in an invitation: it leads to a page, makes an account where there is none, and does no more (INV-1).

use domain::clock::DAY;
use domain::error::{Error, Field, Problem, Result};
use domain::flows::guest_account::{self, Form};
use domain::flows::{accounts, activity, invitations, inviting, personal};
use domain::secrets::token::Token;
use domain::store;
use domain::view::{BuiltinGroup, Invited, Permission};
use tokio::task::JoinSet;

use crate::support::guests::{
    at_acme, invite, mailed_link, of_acme, open_at_acme, outsider, signed_in, take_from, the_one,
};
use crate::support::{PASSWORD, SignedIn, Somebody, Stage, anywhere, both, link_in, place, raw, refused};

const INA: &str = "ina@x.example";

const FORM: Form<'static> = Form { first_name: " Ina", last_name: "Iversen ", password: PASSWORD, repeated: PASSWORD };

/// Invites this address to Acme Ltd; says who invites, and the token of the link.
async fn invited(stage: &Stage, email: &str) -> (SignedIn, String) {
    let olivia = of_acme(stage, "olivia", BuiltinGroup::Management).await;
    assert_eq!(invite(stage, &olivia, email, BuiltinGroup::Guest).await, Ok(()));
    (olivia, mailed_link(stage, email).await)
}

async fn sign_up(stage: &Stage, link: &str, form: Form<'_>) -> Result<()> {
    guest_account::sign_up(stage, &anywhere(), link, &form).await
}

async fn user(stage: &Stage, email: &str) -> Somebody {
    let user = store::users::by_email(&stage.db, email).await.expect("a read").expect("a user");
    Somebody { id: user.id, email: user.email }
}

both! {
    async fn the_letter_says_what_it_is_about_and_who_has_an_account_is_not_told(stage: Stage) {
        let (olivia, _) = invited(&stage, INA).await;
        let greta = outsider(&stage, "greta").await;
        assert_eq!(invite(&stage, &olivia, &greta.email, BuiltinGroup::Guest).await, Ok(()));
        while stage.deliver().await > 0 {}
        let letters = [stage.letters_to(INA), stage.letters_to(&greta.email)].map(|mut letters| letters.remove(0));
        for piece in ["Olivia Okafor invites you to Acme Ltd", "user group Guest", "until 28 Nov 2026, 12:45 UTC"] {
            assert!(letters[0].text.contains(piece), "{piece}: {}", letters[0].text);
        }
        assert_eq!(letters[0].subject, "Invitation to Acme Ltd");
        let without_link = letters.map(|letter| letter.text.replace(&link_in(&letter), ""));
        assert_eq!(without_link[0], without_link[1]);
    }

    async fn looking_answers_nothing_and_uses_nothing_up(stage: Stage) {
        let (_, link) = invited(&stage, INA).await;
        for _ in 0..50 {
            let found = invitations::find(&stage, &place(1), &link).await.expect("it works");
            let whom = (found.email.as_str(), found.invited, found.min_password);
            assert_eq!(whom, (INA, Invited::Nobody, 12));
            assert_eq!((found.invitation.client.name.as_str(), found.invitation.group.as_str()), ("Acme Ltd", "Guest"));
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations WHERE ended_at IS NULL").await, 1);
        assert_eq!(sign_up(&stage, &link, FORM).await, Ok(()));
        let found = invitations::find(&stage, &place(1), &link).await.expect("it still leads there");
        assert_eq!(found.invited, Invited::Account);
        let waits = "UPDATE users SET password_hash = NULL WHERE email LIKE 'ina%'";
        assert_eq!(raw::run(&stage.db, waits).await.ok(), Some(1));
        let found = invitations::find(&stage, &place(1), &link).await.expect("it still leads there");
        assert_eq!(found.invited, Invited::NotActivated);
    }

    async fn somebody_without_an_account_gets_one_and_is_asked_to_accept_then(stage: Stage) {
        let (_, link) = invited(&stage, INA).await;
        assert_eq!(sign_up(&stage, &link, FORM).await, Ok(()));
        assert_eq!(stage.number("SELECT COUNT(*) FROM sessions").await, 1, "nobody was signed in by it");
        let ina = signed_in(&stage, &user(&stage, INA).await).await;
        let shown = the_one(&stage, &ina).await;
        assert_eq!(refused(ina.actor.member(&stage, "acme").await), Error::NotFound);
        invitations::accept(&stage, &ina.actor, "acme", &shown.id).await.expect("accepted");
        let member = at_acme(&stage, &ina).await;
        assert!(member.may(Permission::GroupsView) && !member.may(Permission::GroupsJoin));
        let all = accounts::view(&stage, &member).await.expect("a read");
        let said: Vec<_> = all.iter().map(|of| (of.client.name.as_str(), of.home, of.current)).collect();
        assert_eq!(said, [("Ina Iversen", true, false), ("Acme Ltd", false, true)]);
        assert_eq!(accounts::leave(&stage, &ina.actor, "acme").await, Ok(all[0].client.slug.clone()));
        let own = stage.next(&ina).await.member(&stage, &all[0].client.slug).await.expect("at home");
        let may: Vec<_> = Permission::ALL.into_iter().filter(|any| own.may(*any)).collect();
        assert_eq!(may, BuiltinGroup::User.permissions(), "being invited makes nobody run a client");
        assert_eq!(activity::verify(&stage).await.expect("a read").broken, Vec::<String>::new());
    }

    async fn the_client_of_one_person_goes_in_their_name(stage: Stage) {
        let (olivia, link) = invited(&stage, INA).await;
        assert_eq!(sign_up(&stage, &link, FORM).await, Ok(()));
        let ina = signed_in(&stage, &user(&stage, INA).await).await;
        personal::save_names(&stage, &ina.actor, "Ina", &"x".repeat(100)).await.expect("saved");
        let slug = ina.actor.session().current_slug.clone();
        let name = ina.actor.member(&stage, &slug).await.expect("at home").client().name;
        assert_eq!(name, format!("Ina {}", "x".repeat(96)), "as long as a client's name can be");
        personal::save_names(&stage, &olivia.actor, "Olivia", "Other").await.expect("saved");
        assert_eq!(at_acme(&stage, &olivia).await.client().name, "Acme Ltd");
    }

    async fn what_is_typed_is_judged_and_then_the_link_still_works(stage: Stage) {
        let (_, link) = invited(&stage, INA).await;
        let both = vec![(Field::FirstName, Problem::Empty), (Field::NewPassword, Problem::TooShort { min: 12 })];
        let wrong = Form { first_name: " ", password: "short", repeated: "short", ..FORM };
        assert_eq!(sign_up(&stage, &link, wrong).await, Err(Error::Invalid(both)));
        let own = Form { password: "ina-iversen-2026", repeated: "ina-iversen-2026", ..FORM };
        assert_eq!(sign_up(&stage, &link, own).await, Err(Error::at(Field::NewPassword, Problem::ContainsOwn)));
        let long = "x".repeat(200);
        let long = sign_up(&stage, &link, Form { last_name: &long, ..FORM }).await;
        assert_eq!(long, Err(Error::at(Field::LastName, Problem::TooLong { max: 100 })));
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenants").await, 1, "nothing half done");
        assert_eq!(sign_up(&stage, &link, FORM).await, Ok(()));
    }

    async fn a_link_makes_one_account_and_none_where_there_is_one(stage: Stage) {
        let (olivia, link) = invited(&stage, INA).await;
        let taken = Err(Error::at(Field::Email, Problem::Taken));
        let mut all = JoinSet::new();
        for _ in 0..4 {
            let (stage, link) = (stage.clone(), link.clone());
            all.spawn(async move { sign_up(&stage, &link, FORM).await });
        }
        let outcomes = all.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == taken).count(), 3, "{outcomes:?}");
        assert_eq!(stage.number("SELECT COUNT(*) FROM tenants").await, 2);
        let greta = outsider(&stage, "greta").await;
        assert_eq!(invite(&stage, &olivia, &greta.email, BuiltinGroup::Guest).await, Ok(()));
        let link = mailed_link(&stage, &greta.email).await;
        let other = Form { password: "copper lantern seldom rains", repeated: "copper lantern seldom rains", ..FORM };
        assert_eq!(sign_up(&stage, &link, other).await, taken, "it is no way to another's password");
        assert_eq!(stage.guess(&greta.email, PASSWORD, &place(3)).await, Ok(()));
    }

    async fn a_link_that_does_not_work_is_not_found_whatever_the_reason(stage: Stage) {
        let (olivia, link) = invited(&stage, INA).await;
        let gone = |link: String| {
            let stage = stage.clone();
            async move {
                assert_eq!(refused(invitations::find(&stage, &place(1), &link).await), Error::NotFound);
                assert_eq!(sign_up(&stage, &link, FORM).await, Err(Error::NotFound));
            }
        };
        for wrong in ["", "x", &link[..42], Token::new(&stage.rng).reveal()] {
            gone(wrong.to_owned()).await;
        }
        let id = open_at_acme(&stage, &olivia).await.remove(0).id;
        assert_eq!(inviting::send_again(&stage, &at_acme(&stage, &olivia).await, &id).await, Ok(()));
        gone(link).await;
        let newer = mailed_link(&stage, INA).await;
        assert!(invitations::find(&stage, &place(1), &newer).await.is_ok());
        stage.clock.advance(7 * DAY - 1);
        assert!(invitations::find(&stage, &place(1), &newer).await.is_ok());
        stage.clock.advance(1);
        gone(newer).await;
    }

    async fn nobody_makes_an_account_by_an_invitation_that_nobody_vouches_for(stage: Stage) {
        let (olivia, link) = invited(&stage, INA).await;
        take_from(&stage, olivia.actor.user_id(), BuiltinGroup::Management).await;
        assert_eq!(sign_up(&stage, &link, FORM).await, Err(Error::InvitationVoid));
        assert_eq!(stage.number("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(refused(invitations::find(&stage, &place(1), &link).await), Error::NotFound);
    }
}
