//! Users whose sign-in a provider manages, by the API (OIDC-3).

use serde_json::json;

use crate::manage_users::id_of;
use crate::oidc::{bind, house_with};
use crate::support::identity::{ID, Provider, someone};
use crate::support::raw::dump;
use crate::support::{both, email_of};

const NORA: &str = "nora@acme.example";

both! {
    async fn a_provider_is_chosen_until_there_is_a_way_in(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        let mut olivia = house.api_of("olivia").await;
        let by_acme = json!({ "method": "provider", "provider": ID });
        let new = json!({ "email": NORA, "first_name": "Nora", "last_name": "Novak", "sign_in": by_acme });
        let made = olivia.post("/users", &new).await;
        assert_eq!((made.status, &made.json()["sign_in"]), (201, &by_acme), "{}", made.body);
        house.deliver().await;
        let letter = house.letters_to(NORA).remove(0);
        assert!(letter.text.contains("Acme Login"), "{}", letter.text);

        let path = format!("/users/{}", id_of(&house, NORA).await);
        let by_password = json!({ "sign_in": { "method": "email" } });
        let changed = olivia.patch(&path, made.header("etag"), &by_password).await;
        let sign_in = json!({ "method": "email", "provider": null });
        assert_eq!((changed.status, &changed.json()["sign_in"]), (200, &sign_in), "{}", changed.body);
        assert_ne!(changed.header("etag"), made.header("etag"));
        let late = olivia.patch(&path, made.header("etag"), &json!({ "sign_in": by_acme })).await;
        assert_eq!(late.problem(), (412, "edited_meanwhile".into()));
        for odd in [
            json!({ "method": "provider" }),
            json!({ "method": "provider", "provider": "other" }),
            json!({ "method": "email", "provider": ID }),
        ] {
            let refused = olivia.edit(&path, &json!({ "sign_in": odd })).await;
            let said = (refused.problem().0, refused.first_field());
            assert_eq!(said, (422, ("sign_in".into(), "not_offered".into())), "{odd}");
        }
        let odd = olivia.edit(&path, &json!({ "sign_in": { "method": { "email": null } } })).await;
        assert_eq!(odd.problem(), (422, "invalid".into()), "a word is a text");
        let back = olivia.patch(&path, changed.header("etag"), &json!({ "sign_in": by_acme })).await;
        assert_eq!((back.status, &back.json()["sign_in"]), (200, &by_acme), "{}", back.body);
    }

    async fn whoever_has_a_way_in_keeps_it(stage: Stage) {
        let provider = Provider::start(&stage.clock).await;
        let house = house_with(&stage, &provider);
        bind(&house, &provider, "ada", &someone("sub-1")).await;
        let mut olivia = house.api_of("olivia").await;
        let (ada, una) = (id_of(&house, "ada@acme.example").await, id_of(&house, email_of("una")).await);
        while house.deliver().await > 0 {}
        let before = (house.letters_to("ada@acme.example").len(), users(&dump(&house.db).await));
        let by_acme = json!({ "method": "provider", "provider": ID });
        for (id, sign_in, refusal) in [
            (&ada, json!({ "method": "email" }), (403, "managed_by_provider")),
            (&ada, by_acme.clone(), (403, "managed_by_provider")),
            (&una, json!({ "method": "email" }), (409, "way_in")),
            (&una, by_acme, (409, "way_in")),
        ] {
            let answer = olivia.edit(&format!("/users/{id}"), &json!({ "sign_in": sign_in })).await;
            assert_eq!(answer.problem(), (refusal.0, refusal.1.to_owned()), "{sign_in}");
        }
        for id in [&ada, &una] {
            let answer = olivia.send(&format!("/users/{id}/activation")).await;
            assert_eq!(answer.problem(), (409, "way_in".into()));
        }
        let greta = format!("/users/{}", house.id_of("greta").await);
        let foreign = olivia.edit(&greta, &json!({ "sign_in": { "method": "email" } })).await;
        assert_eq!(foreign.problem(), (404, "not_found".into()), "of guests it is no matter of this client");
        assert_eq!(house.deliver().await, 0);
        assert!(before == (house.letters_to("ada@acme.example").len(), users(&dump(&house.db).await)));
        let shown = olivia.get(&format!("/users/{ada}")).await.json();
        assert_eq!(shown["sign_in"], json!({ "method": "provider", "provider": ID }));
    }
}

/// The rows of a dump in which somebody's address stands beside a hash or an identity.
fn users(dump: &str) -> Vec<String> {
    let is_one = |row: &&str| row.contains("$argon2id$") || row.contains("sub-1");
    dump.lines().filter(is_one).map(str::to_owned).collect()
}
