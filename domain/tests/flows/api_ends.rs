//! What ends tokens and keys: at the next request, on every instance (API-1, SESS-6).

use domain::actor::Member;
use domain::error::Result;
use domain::flows::user_edit::{self, Edit};
use domain::flows::{
    change_email, change_password, client, devices, invitations, second_factor, sign_out, user_access,
};
use domain::view::{BuiltinGroup, SecondFactor};

use crate::support::guests::{at_acme, invite, of_acme, outsider, the_one};
use crate::support::{PASSWORD, SignedIn, Somebody, Stage, anywhere, both, raw};

/// Somebody with everything that a program may show: a token of a sign-in, and a key.
struct Held {
    who: Somebody,
    here: SignedIn,
    shown: [String; 2],
}

async fn held(stage: &Stage, who: Somebody) -> Held {
    stage.allow_api(&who).await;
    let here = stage.sign_in_from(&who, &anywhere()).await;
    let (key, _) = stage.api_key(&here, "Nightly", 30).await;
    let shown = [stage.api_token(&who).await, key];
    let held = Held { who, here, shown };
    assert_eq!(alive(stage, &held).await, 2);
    held
}

/// How many of both still open something, at either of two instances.
async fn alive(stage: &Stage, held: &Held) -> usize {
    let other = stage.again().await;
    let mut alive = 0;
    for token in &held.shown {
        let (here, there) = (stage.program(token).await.is_some(), other.program(token).await.is_some());
        assert_eq!(here, there, "what one instance knows the other does");
        alive += usize::from(here);
    }
    alive
}

async fn olivia(stage: &Stage) -> Held {
    let olivia = stage.person("olivia").await;
    held(stage, olivia).await
}

/// Somebody who may do everything.
async fn admin(stage: &Stage) -> Member {
    at_acme(stage, &of_acme(stage, "ada", BuiltinGroup::FullAccess).await).await
}

/// Sets whether a user may use the API, on their page.
async fn save(stage: &Stage, by: &Member, who: &Somebody, api_access: bool) -> Result<()> {
    let page = user_edit::one(stage, by, &who.id).await?;
    let groups: Vec<_> = page.groups.iter().filter(|group| group.chosen).map(|group| group.id.clone()).collect();
    let edit = Edit {
        first_name: &page.first_name,
        last_name: &page.last_name,
        language: page.language,
        groups: &groups,
        api_access,
        requires_second_factor: page.requires_second_factor,
    };
    user_edit::save(stage, by, &who.id, &page.version, &edit).await
}

async fn without_factor(stage: &Stage, who: &Somebody) {
    raw::run(&stage.db, "UPDATE tenants SET requires_second_factor = FALSE").await.expect("done");
    let off = format!("UPDATE users SET second_factor = 'off' WHERE id = '{}'", who.id);
    assert_eq!(raw::run(&stage.db, &off).await.ok(), Some(1));
}

both! {
    async fn the_right_to_use_the_api(stage: Stage) {
        let (olivia, ada) = (olivia(&stage).await, admin(&stage).await);
        assert_eq!(save(&stage, &ada, &olivia.who, false).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0);
        assert_eq!(save(&stage, &ada, &olivia.who, true).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0, "what has ended stays so");
        assert!(stage.actor(&olivia.here.token).await.is_some(), "sessions are another matter");
    }

    async fn a_flag_that_was_taken_past_all_flows(stage: Stage) {
        let olivia = olivia(&stage).await;
        stage.set_api(&olivia.who, false).await;
        assert_eq!(alive(&stage, &olivia).await, 0, "nothing is cached");
    }

    async fn being_disabled(stage: Stage) {
        let (olivia, ada) = (olivia(&stage).await, admin(&stage).await);
        assert_eq!(user_access::disable(&stage, &ada, &olivia.who.id).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0);
        assert_eq!(user_access::enable(&stage, &ada, &olivia.who.id).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0, "what has ended stays so");
    }

    async fn another_password(stage: Stage) {
        let olivia = olivia(&stage).await;
        let new = "copper lantern seldom rains";
        change_password::request(&stage, &olivia.here.actor, PASSWORD, new, new).await.expect("a good one");
        let code = stage.mailed_code(&olivia.who.email).await;
        assert_eq!(alive(&stage, &olivia).await, 2, "nothing has changed so far");
        assert!(change_password::confirm(&stage, &olivia.here.actor, &code).await.is_ok());
        assert_eq!(alive(&stage, &olivia).await, 0);
    }

    async fn another_factor(stage: Stage) {
        let olivia = olivia(&stage).await;
        stage.set_up_app(&olivia.here).await;
        assert_eq!(alive(&stage, &olivia).await, 0);
    }

    async fn a_factor_that_was_reset(stage: Stage) {
        let (who, _, here) = stage.person_with_app("olivia").await;
        stage.allow_api(&who).await;
        let (key, _) = stage.api_key(&here, "Nightly", 30).await;
        let ada = admin(&stage).await;
        assert_eq!(user_access::reset_factor(&stage, &ada, &who.id).await, Ok(true));
        assert!(stage.program(&key).await.is_none());
    }

    async fn another_address(stage: Stage) {
        let olivia = olivia(&stage).await;
        let code = stage.pend_change(&olivia.here, "new@x.example").await;
        assert_eq!(alive(&stage, &olivia).await, 2);
        assert!(change_email::finish(&stage, &olivia.here.actor, &code).await.is_ok());
        assert_eq!(alive(&stage, &olivia).await, 0);
    }

    async fn ending_all_other_sign_ins(stage: Stage) {
        let olivia = olivia(&stage).await;
        assert_eq!(devices::end_others(&stage, &olivia.here.actor).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0);
        assert!(stage.actor(&olivia.here.token).await.is_some());
    }

    async fn a_factor_that_the_client_asks_for_from_now_on(stage: Stage) {
        let (olivia, ada) = (olivia(&stage).await, admin(&stage).await);
        let max = stage.person("max").await;
        let max = held(&stage, max).await;
        without_factor(&stage, &olivia.who).await;
        let asks = client::Edit { name: "Acme Ltd", colour: "blue", requires_second_factor: true };
        assert_eq!(client::save_seen(&stage, &ada, None, &asks).await, Ok(()));
        assert_eq!(alive(&stage, &olivia).await, 0, "who had none has one now");
        assert_eq!(alive(&stage, &max).await, 2, "who had one keeps what was made with it");
        assert_eq!(stage.user(&olivia.who).await.factor(), SecondFactor::Email);
        assert!(stage.actor(&olivia.here.token).await.is_some());
    }

    async fn a_factor_that_a_client_asks_of_its_guests(stage: Stage) {
        let ada = of_acme(&stage, "ada", BuiltinGroup::FullAccess).await;
        let greta = outsider(&stage, "greta").await;
        let greta = held(&stage, greta).await;
        invite(&stage, &ada, &greta.who.email, BuiltinGroup::Guest).await.expect("invited");
        without_factor(&stage, &greta.who).await;
        let asks = "UPDATE tenants SET requires_second_factor = TRUE WHERE slug = 'acme'";
        assert_eq!(raw::run(&stage.db, asks).await.ok(), Some(1));
        let id = the_one(&stage, &greta.here).await.id;
        assert!(invitations::accept(&stage, &greta.here.actor, "acme", &id).await.is_ok());
        assert_eq!(stage.user(&greta.who).await.factor(), SecondFactor::Email);
        assert_eq!(alive(&stage, &greta).await, 0);
    }

    async fn nothing_else_does(stage: Stage) {
        let olivia = olivia(&stage).await;
        second_factor::begin(&stage, &olivia.here.actor, SecondFactor::App).await.expect("fresh");
        second_factor::cancel(&stage, &olivia.here.actor).await.expect("cancelled");
        let max = stage.person("max").await;
        let max = held(&stage, max).await;
        devices::end_others(&stage, &max.here.actor).await.expect("ended");
        sign_out::sign_out(&stage, &olivia.here.actor).await.expect("signed out");
        assert_eq!(alive(&stage, &olivia).await, 2, "neither what others do nor signing out");
    }

    async fn with_a_user_goes_everything_that_programs_have(stage: Stage) {
        let olivia = olivia(&stage).await;
        let deleted = raw::run(&stage.db, &format!("DELETE FROM users WHERE id = '{}'", olivia.who.id)).await;
        assert_eq!(deleted.ok(), Some(1));
        for table in ["api_tokens", "api_places", "api_repeats"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
    }
}
