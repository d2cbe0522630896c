//! Choosing another second factor, and setting up an app (TOTP-1, TOTP-4 to TOTP-6, CODE-6, SESS-9).

use domain::clock::{MINUTE, SECOND};
use domain::error::{Error, Field, Problem};
use domain::flows::{reauthenticate, second_factor};
use domain::secrets::token::Token;
use domain::view::{FactorChange, FactorOptions, SecondFactor};

use crate::support::raw::{self, dump, hex};
use crate::support::{App, PASSWORD, PERIOD, SignedIn, Stage, both, left, place, refused, scan, wait};

fn awaits(who: &SignedIn, by: SecondFactor, sent: bool, resend_in_s: u32, target: SecondFactor) -> FactorChange {
    FactorChange::AwaitsCode { by, sent_to: who.email.clone(), sent, resend_in_s, target }
}

/// What came of a code of the factor in use: whether the change is through.
async fn prove(stage: &Stage, who: &SignedIn, code: &str) -> Result<bool, Error> {
    second_factor::prove(stage, &who.actor, code).await.map(|proved| proved.through)
}

async fn set_up(stage: &Stage, who: &SignedIn, id: &str, code: &str, kept: bool) -> Result<Token, Error> {
    second_factor::set_up(stage, &who.actor, id, code, kept).await
}

async fn factor(stage: &Stage) -> String {
    raw::texts(&stage.db, "SELECT second_factor FROM users WHERE email = 'olivia@acme.example'").await.concat()
}

/// Whether a client asks everybody for a second factor.
async fn require(stage: &Stage, slug: &str, required: bool) {
    let required = if required { "TRUE" } else { "FALSE" };
    let sql = format!("UPDATE tenants SET requires_second_factor = {required} WHERE slug = '{slug}'");
    assert_eq!(raw::run(&stage.db, &sql).await.ok(), Some(1));
}

/// Nothing of an app and its recovery codes stands in any row, neither as text nor as bytes.
async fn stand_nowhere(stage: &Stage, app: &App) {
    let dump = dump(&stage.db).await;
    let codes = app.recovery.iter().flat_map(|code| [code.clone(), code.replace('-', "")]);
    for secret in codes.chain([app.secret.clone()]) {
        assert!(!dump.contains(&secret.to_lowercase()), "{secret}");
        assert!(!dump.contains(&hex(secret.as_bytes())), "{secret}, as bytes");
    }
    let bytes = totp_rs::Secret::try_from_base32(&app.secret).expect("base32").as_bytes().to_vec();
    assert!(!dump.contains(&hex(&bytes)), "the secret, as bytes");
}

/// As it is for everybody who may not do without and has no app.
fn by_mail() -> FactorOptions {
    FactorOptions {
        factor: SecondFactor::Email,
        may_be_off: false,
        recovery_left: None,
        recovery_low: false,
        reset_due: None,
    }
}

both! {
    async fn from_codes_by_mail_to_the_app(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        assert_eq!(second_factor::options(&stage, &signed_in.actor).await, Ok(by_mail()));
        assert_eq!(stage.factor_change(&signed_in).await, FactorChange::Idle);
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await, Ok(()));
        let (email, app) = (SecondFactor::Email, SecondFactor::App);
        assert_eq!(stage.factor_change(&signed_in).await, awaits(&signed_in, email, true, 60, app));
        let letter = stage.letter_about(&olivia.email, "Your confirmation code for Selfsame").await;
        assert!(letter.contains("authenticator app") && letter.contains("192.0.2.1"), "{letter}");
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(prove(&stage, &signed_in, &code).await, Ok(false));
        let (id, app) = scan(stage.factor_change(&signed_in).await);
        assert_eq!((app.secret.len(), app.recovery.len()), (32, 10));
        // Until the app has shown a code, everything is as it was.
        stage.sign_in_from(&olivia, &place(1)).await;
        assert_eq!(factor(&stage).await, "email");
        let code = app.code(stage.clock.now());
        let token = set_up(&stage, &signed_in, &id, &code, true).await.expect("the right code");
        assert_eq!(factor(&stage).await, "app");
        assert!(stage.actor(&signed_in.token).await.is_none(), "the old token is dead");
        let now = stage.with_token(&signed_in, &token).await;
        assert_eq!(now.actor.session().id, signed_in.actor.session().id);
        assert_eq!(stage.factor_change(&now).await, FactorChange::Idle);
        let options = FactorOptions { factor: SecondFactor::App, recovery_left: Some(10), ..by_mail() };
        assert_eq!(second_factor::options(&stage, &now.actor).await, Ok(options));
    }

    async fn what_the_page_of_a_set_up_shows(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        stage.begin_app(&signed_in).await;
        let shown = stage.factor_change(&signed_in).await;
        let FactorChange::SetUp { qr_svg, secret_groups, issuer, account, recovery_codes, .. } = &shown else {
            panic!("no set-up")
        };
        assert_eq!((issuer.as_str(), account.as_str()), ("Selfsame", "olivia@acme.example"));
        assert_eq!(secret_groups.iter().map(String::len).collect::<Vec<_>>(), [4; 8]);
        assert!(qr_svg.starts_with("<svg ") && qr_svg.contains("fill=\"#fff\""), "{qr_svg}");
        let groups = |code: &String| code.split('-').map(str::len).collect::<Vec<_>>();
        assert!(recovery_codes.iter().all(|code| groups(code) == [5; 4]), "four groups of five");
        assert_eq!(stage.factor_change(&signed_in).await, shown, "looking changes nothing");
        assert!(!format!("{shown:?}").contains(&secret_groups[0]), "never printed");
    }

    async fn at_4_50_a_change_begins_and_at_5_10_the_password_comes_first(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        stage.clock.advance(4 * MINUTE + 50 * SECOND);
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await, Ok(()));
        second_factor::cancel(&stage, &signed_in.actor).await.expect("cancelled");
        stage.clock.advance(20 * SECOND);
        let late = second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await;
        assert_eq!(late, Err(Error::ReauthenticationNeeded));
        assert_eq!(stage.factor_change(&signed_in).await, FactorChange::PasswordFirst);
        let token = reauthenticate::with_password(&stage, &signed_in.actor, PASSWORD).await.expect("the password");
        let fresh = stage.with_token(&signed_in, &token).await;
        assert_eq!(stage.factor_change(&fresh).await, FactorChange::Idle);
        assert_eq!(second_factor::begin(&stage, &fresh.actor, SecondFactor::App).await, Ok(()));
    }

    async fn a_session_alone_changes_nothing(stage: Stage) {
        let (_, app, signed_in) = stage.person_with_app("olivia").await;
        for target in [SecondFactor::Email, SecondFactor::App] {
            assert_eq!(second_factor::begin(&stage, &signed_in.actor, target).await, Ok(()));
            for code in ["", "BCDF-GHJK"] {
                assert!(matches!(prove(&stage, &signed_in, code).await, Err(Error::CodeWrong { .. })), "{code:?}");
            }
            let set_up = set_up(&stage, &signed_in, "", &app.code(stage.clock.now()), true).await;
            assert_eq!(refused(set_up), Error::AttemptOver);
        }
        assert_eq!(factor(&stage).await, "app");
    }

    async fn back_to_codes_by_mail_with_a_code_of_the_app(stage: Stage) {
        let (olivia, app, signed_in) = stage.person_with_app("olivia").await;
        stage.deliver().await;
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await, Ok(()));
        let state = awaits(&signed_in, SecondFactor::App, false, 0, SecondFactor::Email);
        assert_eq!(stage.factor_change(&signed_in).await, state);
        assert_eq!(stage.deliver().await, 0, "nothing is mailed");
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Err(Error::AttemptOver));
        let code = app.code(stage.clock.now());
        let proved = second_factor::prove(&stage, &signed_in.actor, &code).await.expect("the right code");
        assert!(proved.through);
        let now = stage.with_token(&signed_in, &proved.token).await;
        assert_eq!(factor(&stage).await, "email");
        assert_eq!(second_factor::options(&stage, &now.actor).await, Ok(by_mail()));
        for table in ["totp", "recovery_codes", "factor_changes"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        // And to the app again: another secret, and other recovery codes (TOTP-5).
        let (again, _) = stage.set_up_app(&now).await;
        assert_ne!(again.secret, app.secret);
        assert!(again.recovery.iter().all(|code| !app.recovery.contains(code)));
        stage.clock.advance(PERIOD);
        stage.sign_in_by_app(&olivia, &again, &place(1)).await;
    }

    async fn from_one_app_to_another(stage: Stage) {
        let (olivia, old, signed_in) = stage.person_with_app("olivia").await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        assert_eq!(prove(&stage, &signed_in, &old.code(stage.clock.now())).await, Ok(false));
        let (id, new) = scan(stage.factor_change(&signed_in).await);
        stage.clock.advance(PERIOD);
        stage.sign_in_by_app(&olivia, &old, &place(1)).await;
        let wrong = set_up(&stage, &signed_in, &id, &old.code(stage.clock.now()), true).await;
        assert_eq!(refused(wrong), left(4), "a code of the former app");
        assert!(set_up(&stage, &signed_in, &id, &new.code(stage.clock.now()), true).await.is_ok());
        stage.clock.advance(PERIOD);
        stage.sign_in_by_app(&olivia, &new, &place(2)).await;
    }

    async fn a_recovery_code_shows_the_factor_in_use_where_the_app_is_lost(stage: Stage) {
        let (olivia, lost, signed_in) = stage.person_with_app("olivia").await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        assert_eq!(prove(&stage, &signed_in, &lost.recovery[3]).await, Ok(false));
        assert_eq!(stage.letters_about(&olivia.email, "A recovery code was used").await, 1);
        let (id, new) = scan(stage.factor_change(&signed_in).await);
        let token = set_up(&stage, &signed_in, &id, &new.code(stage.clock.now()), true).await.expect("the right code");
        let now = stage.with_token(&signed_in, &token).await;
        let said = [
            "Two-factor authentication changed From Authentication via app to Authentication via app",
            "Recovery code used Recovery codes left: 9",
            "Two-factor authentication changed From Authentication via email to Authentication via app",
        ];
        assert_eq!(stage.factor_activity(&now.actor).await, said);
    }

    async fn recovery_codes_have_to_be_kept_first_and_forgetting_it_is_no_try(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (id, app) = stage.begin_app(&signed_in).await;
        let code = app.code(stage.clock.now());
        for _ in 0..10 {
            let refusal = refused(set_up(&stage, &signed_in, &id, &code, false).await);
            assert_eq!(refusal, Error::at(Field::Kept, Problem::NotKept));
        }
        assert_eq!(factor(&stage).await, "email");
        assert!(set_up(&stage, &signed_in, &id, &code, true).await.is_ok());
    }

    async fn a_wrong_clock_is_named_at_the_set_up_too(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (id, app) = stage.begin_app(&signed_in).await;
        for (off, tries_left) in [(-10, 4), (-2, 3), (2, 2), (10, 1)] {
            let code = app.code(stage.clock.now() + off * PERIOD);
            let refusal = refused(set_up(&stage, &signed_in, &id, &code, true).await);
            assert_eq!(refusal, Error::ClockWrong { tries_left }, "{off}");
        }
        // What was typed too early is void, and all before it.
        stage.clock.advance(11 * PERIOD);
        let code = app.code(stage.clock.now());
        assert!(set_up(&stage, &signed_in, &id, &code, true).await.is_ok());
    }

    async fn off_where_every_client_allows_it_and_nowhere_else(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        let borealis = stage.tenant("Borealis GmbH", "borealis").await;
        let join = format!(
            "INSERT INTO memberships (tenant_id, user_id, kind, created_at) VALUES ('{}', '{}', 'guest', 0)",
            borealis.id, olivia.id
        );
        raw::run(&stage.db, &join).await.expect("a guest");
        let off = SecondFactor::Off;
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, off).await, Err(Error::NotFound));
        require(&stage, "acme", false).await;
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, off).await, Err(Error::NotFound));
        assert_eq!(second_factor::options(&stage, &signed_in.actor).await.map(|options| options.may_be_off), Ok(false));
        require(&stage, "borealis", false).await;
        assert_eq!(second_factor::options(&stage, &signed_in.actor).await.map(|options| options.may_be_off), Ok(true));
        assert_eq!(second_factor::begin(&stage, &signed_in.actor, off).await, Ok(()));
        let code = stage.mailed_code(&olivia.email).await;
        // One of them thinks otherwise before the code is typed.
        require(&stage, "borealis", true).await;
        assert_eq!(prove(&stage, &signed_in, &code).await, Err(Error::NotFound));
        assert_eq!(factor(&stage).await, "email");
        require(&stage, "borealis", false).await;
        assert_eq!(prove(&stage, &signed_in, &code).await, Ok(true));
        assert_eq!(factor(&stage).await, "off");
    }

    async fn from_none_at_all_it_takes_a_mailed_code(stage: Stage) {
        let olivia = stage.person("olivia").await;
        raw::run(&stage.db, "UPDATE users SET second_factor = 'off'").await.expect("set");
        let signed_in = stage.sign_in(&olivia).await;
        for target in [SecondFactor::App, SecondFactor::Email] {
            assert_eq!(second_factor::begin(&stage, &signed_in.actor, target).await, Ok(()));
        }
        let state = awaits(&signed_in, SecondFactor::Email, false, 60, SecondFactor::Email);
        assert_eq!(stage.factor_change(&signed_in).await, state, "the second one has to wait for its mail");
        stage.clock.advance(MINUTE);
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Ok(()));
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(prove(&stage, &signed_in, &code).await, Ok(true));
        assert_eq!(factor(&stage).await, "email");
    }

    async fn the_factor_in_use_is_no_change(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let same = second_factor::begin(&stage, &signed_in.actor, SecondFactor::Email).await;
        assert_eq!(same, Err(Error::BadRequest));
        assert_eq!(stage.factor_change(&signed_in).await, FactorChange::Idle);
    }

    async fn a_code_for_one_factor_is_none_for_another(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        require(&stage, "acme", false).await;
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await.expect("fresh");
        let for_app = stage.mailed_code(&olivia.email).await;
        stage.clock.advance(MINUTE);
        second_factor::begin(&stage, &signed_in.actor, SecondFactor::Off).await.expect("fresh");
        assert_eq!(prove(&stage, &signed_in, &for_app).await, Err(left(4)));
        let for_off = stage.mailed_code(&olivia.email).await;
        assert_eq!(prove(&stage, &signed_in, &for_off).await, Ok(true));
    }

    async fn asked_twice_the_code_on_its_way_stays_valid(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let signed_in = stage.sign_in(&olivia).await;
        for _ in 0..2 {
            assert_eq!(second_factor::begin(&stage, &signed_in.actor, SecondFactor::App).await, Ok(()));
        }
        assert_eq!(second_factor::resend(&stage, &signed_in.actor).await, Err(wait(60)));
        let code = stage.mailed_code(&olivia.email).await;
        assert_eq!(prove(&stage, &signed_in, &code).await, Ok(false));
    }

    async fn the_app_is_offered_until_somebody_chooses_or_says_not_now(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let (olivia, max) = (stage.sign_in(&olivia).await, stage.sign_in_from(&max, &place(1)).await);
        for _ in 0..2 {
            assert_eq!(second_factor::offer(&stage, &olivia.actor).await, Ok(true));
        }
        assert_eq!(second_factor::not_now(&stage, &olivia.actor).await, Ok(()));
        assert_eq!(second_factor::offer(&stage, &olivia.actor).await, Ok(false));
        assert_eq!(second_factor::offer(&stage, &max.actor).await, Ok(true), "of others that says nothing");
        let (app, max) = stage.set_up_app(&max).await;
        assert_eq!(second_factor::offer(&stage, &max.actor).await, Ok(false));
        stage.clock.advance(PERIOD);
        second_factor::begin(&stage, &max.actor, SecondFactor::Email).await.expect("fresh");
        let proved = second_factor::prove(&stage, &max.actor, &app.code(stage.clock.now())).await.expect("right");
        let max = stage.with_token(&max, &proved.token).await;
        assert_eq!(second_factor::offer(&stage, &max.actor).await, Ok(false), "nor after the way back");
    }

    async fn neither_secret_nor_codes_are_in_the_database(stage: Stage) {
        let signed_in = stage.sign_in(&stage.person("olivia").await).await;
        let (id, app) = stage.begin_app(&signed_in).await;
        stand_nowhere(&stage, &app).await;
        set_up(&stage, &signed_in, &id, &app.code(stage.clock.now()), true).await.expect("the right code");
        stand_nowhere(&stage, &app).await;
    }
}
