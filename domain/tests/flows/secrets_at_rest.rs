//! No row ever holds a code, a token or a password (CODE-8, SESS-1).

use domain::flows::users::{self, Invitee};
use domain::flows::{activation, change_email, set_up, sign_in};
use domain::secrets::token::Token;
use domain::view::BuiltinGroup;

use crate::support::raw::{dump, hex};
use crate::support::{PASSWORD, Stage, WRONG, With, both, link_in, place};

/// Nothing of these stands anywhere, neither as text nor as bytes, with or without the dash of a code.
async fn stand_nowhere(stage: &Stage, secrets: &[&str]) {
    let dump = dump(&stage.db).await;
    for secret in secrets {
        for form in [secret.to_lowercase(), secret.replace('-', "").to_lowercase()] {
            assert!(!dump.contains(&form), "{secret} stands in the database");
        }
        for form in [(*secret).to_owned(), secret.replace('-', "")] {
            assert!(!dump.contains(&hex(form.as_bytes())), "{secret} stands in the database, as bytes");
        }
    }
}

/// The dump would have shown it: the hash of the token is there.
async fn hash_stands(stage: &Stage, token: &str) {
    let hash = Token::read(token).expect("a token").hash();
    assert!(dump(&stage.db).await.contains(&hex(&hash)), "the dump shows no bytes");
}

both! {
    async fn of_a_sign_in(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let half = stage.begin(&olivia, &place(1)).await;
        hash_stands(&stage, &half).await;
        // The letter waits now: sealed, it shows nothing either.
        stand_nowhere(&stage, &[&half, PASSWORD, "Your login code", "login code"]).await;
        let code = stage.mailed_code(&olivia.email).await;
        stand_nowhere(&stage, &[&half, &code, PASSWORD]).await;
        let wrong = stage.guess(&olivia.email, WRONG, &place(1)).await;
        assert!(wrong.is_err());
        let done = sign_in::finish(&stage, &place(1), &half, &code).await.expect("the right code");
        hash_stands(&stage, done.token.reveal()).await;
        stand_nowhere(&stage, &[&half, &code, PASSWORD, WRONG, done.token.reveal()]).await;
        assert!(!dump(&stage.db).await.contains(&hex(&Token::read(&half).expect("a token").hash())));
        assert_eq!(stage.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await, 0);
    }

    async fn of_a_change_of_the_address(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let first = stage.ask_change(&signed_in).await;
        stand_nowhere(&stage, &[&first, &signed_in.token]).await;
        change_email::request(&stage, &signed_in.actor, "new@x.example", &first).await.expect("the right code");
        let waiting = stage.number("SELECT COUNT(*) FROM outbox WHERE sealed IS NOT NULL").await;
        let second = stage.mailed_code("new@x.example").await;
        assert_eq!(waiting, 1);
        stand_nowhere(&stage, &[&first, &second, &signed_in.token]).await;
        let token = change_email::finish(&stage, &signed_in.actor, &second).await.expect("the right code");
        hash_stands(&stage, token.reveal()).await;
        stand_nowhere(&stage, &[&first, &second, &signed_in.token, token.reveal()]).await;
    }

    async fn of_one_use_links(stage: Stage) {
        let link = set_up::link(&stage).await.expect("a read").expect("an empty database");
        let token = link.rsplit('/').next().expect("a token");
        hash_stands(&stage, token).await;
        stand_nowhere(&stage, &[token]).await;
        let form = set_up::Form {
            client_name: "Acme Ltd",
            email: "olivia@acme.example",
            first_name: "Olivia",
            last_name: "Okafor",
            password: PASSWORD,
            repeated: PASSWORD,
        };
        set_up::finish(&stage, &place(1), token, &form).await.expect("set up");
        let invitee = Invitee {
            email: "max@acme.example",
            first_name: "Max",
            last_name: "Mustermann",
            language: None,
            tenant_id: "",
            group: BuiltinGroup::User,
        };
        users::invite(&stage, "acme-ltd", invitee).await.expect("a free address");
        stand_nowhere(&stage, &["http://localhost:3000/activate/"]).await;
        stage.deliver().await;
        let link = link_in(&stage.letters_to("max@acme.example")[0]);
        hash_stands(&stage, &link).await;
        let chosen = "copper lantern seldom rains";
        activation::finish(&stage, &place(2), &link, chosen, chosen).await.expect("chosen");
        stand_nowhere(&stage, &[token, &link, PASSWORD, chosen]).await;
    }

    async fn hashes_are_argon2id_with_salt_and_key(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let hash = |who: domain::store::users::User| who.password_hash.expect("a hash");
        let (one, two) = (hash(stage.user(&olivia).await), hash(stage.user(&max).await));
        assert!(one.starts_with("$argon2id$v=19$m=64,t=1,p=1$") && one != two, "the same password, another salt");
        let salt = one.split('$').nth(4).expect("a salt");
        assert_eq!(salt.len(), 22, "16 bytes in base64");
        let stolen = stage.with(With { secret: b"another secret, also long enough", ..With::default() });
        assert!(stolen.guess(&olivia.email, PASSWORD, &place(1)).await.is_err(), "worthless without the key");
        stage.sign_in(&olivia).await;
    }

    async fn a_device_and_its_marks_are_no_rows(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let cookie = signed_in.device.cookie();
        let parts: Vec<&str> = cookie.split('.').collect();
        assert_eq!(parts.len(), 2);
        let dump = dump(&stage.db).await;
        for part in parts {
            assert!(part.len() == 22 && !dump.contains(&part.to_lowercase()), "{part}");
        }
    }
}
