//! Disabling, enabling, ending sign-ins, resetting the second factor: at once, and never the last one (SESS-6, SESS-7,
//! TEN-3).

use domain::actor::Member;
use domain::error::{Error, Result};
use domain::flows::limits::{self, CODE_FAILURES};
use domain::flows::{activity, api_login, personal, picture, sign_in, user_access, user_edit, users};
use domain::view::{BuiltinGroup, Permission, SecondFactor};
use tokio::task::JoinSet;

use crate::support::guests::{at_acme, group_of_acme, guest, of_acme, outsider, signed_in};
use crate::support::pictures::{jpeg, quarters};
use crate::support::{PASSWORD, SignedIn, Stage, anywhere, both, raw, refused};

async fn manager(stage: &Stage) -> (SignedIn, Member) {
    let max = of_acme(stage, "max", BuiltinGroup::Management).await;
    let member = at_acme(stage, &max).await;
    (max, member)
}

/// Everything that may be done to a user here, in an order of no meaning.
async fn all_acts(stage: &Stage, by: &Member, id: &str) -> [Result<()>; 4] {
    [
        user_access::reset_factor(stage, by, id).await.map(|_| ()),
        user_access::end_sessions(stage, by, id).await.map(|_| ()),
        user_access::disable(stage, by, id).await,
        user_access::enable(stage, by, id).await,
    ]
}

async fn what_others_did(stage: &Stage, who: &SignedIn) -> Vec<(String, Option<String>)> {
    let page = activity::page(stage, &who.actor, None, None).await.expect("a page");
    page.entries.into_iter().filter(|entry| entry.by.is_some()).map(|entry| (entry.what, entry.by)).collect()
}

both! {
    async fn a_disabled_user_is_out_everywhere_at_once_until_enabled(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let (here, other) = (signed_in(&stage, &olivia).await, stage.again().await);
        stage.clock.advance(60_000);
        let half = stage.half(&olivia, &anywhere()).await;
        assert_eq!(user_access::disable(&stage, &max, &olivia.id).await, Ok(()));
        assert!(stage.actor(&here.token).await.is_none() && other.actor(&here.token).await.is_none());
        assert_eq!(refused(sign_in::finish(&other, &anywhere(), &half.0, &half.1).await), Error::AttemptOver);
        assert_eq!(stage.guess(&olivia.email, PASSWORD, &anywhere()).await, Err(Error::SignInRefused));
        assert_eq!(user_access::disable(&stage, &max, &olivia.id).await, Ok(()), "again");
        assert_eq!(user_access::enable(&stage, &max, &olivia.id).await, Ok(()));
        assert!(stage.actor(&here.token).await.is_none(), "what has ended stays so");
        stage.clock.advance(60_000);
        let again = signed_in(&stage, &olivia).await;
        let by = Some("Max Okafor".to_owned());
        let told = [("Account enabled".to_owned(), by.clone()), ("Account disabled".to_owned(), by)];
        assert_eq!(what_others_did(&stage, &again).await, told);
    }

    async fn all_sign_ins_of_a_user_end(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let first = signed_in(&stage, &olivia).await;
        stage.clock.advance(60_000);
        let second = signed_in(&stage, &olivia).await;
        assert_eq!(user_access::end_sessions(&stage, &max, &olivia.id).await, Ok(2));
        for gone in [&first, &second] {
            assert!(stage.actor(&gone.token).await.is_none());
        }
        assert_eq!(user_access::end_sessions(&stage, &max, &olivia.id).await, Ok(0));
        stage.clock.advance(60_000);
        let again = signed_in(&stage, &olivia).await;
        assert_eq!(what_others_did(&stage, &again).await.len(), 1, "what did nothing is not told");
    }

    async fn those_of_programs_end_with_them_and_keys_stay(stage: Stage) {
        let ada = of_acme(&stage, "ada", BuiltinGroup::FullAccess).await;
        let (ada, olivia) = (at_acme(&stage, &ada).await, stage.person("olivia").await);
        stage.allow_api(&olivia).await;
        let here = signed_in(&stage, &olivia).await;
        let (key, _) = stage.api_key(&here, "Nightly", 30).await;
        let token = stage.api_token(&olivia).await;
        assert!(stage.program(&token).await.is_some());
        assert_eq!(user_access::end_sessions(&stage, &ada, &olivia.id).await, Ok(2));
        assert!(stage.program(&token).await.is_none() && stage.actor(&here.token).await.is_none());
        assert!(stage.program(&key).await.is_some(), "what runs alone is ended by whoever made it");
        stage.clock.advance(60_000);
        stage.api_token(&olivia).await;
        stage.clock.advance(api_login::VALIDITY);
        assert_eq!(user_access::end_sessions(&stage, &ada, &olivia.id).await, Ok(0), "it had ended by time");
    }

    async fn whoever_may_not_do_everything_lets_nobody_in_who_may_by_the_api(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let ada = of_acme(&stage, "ada", BuiltinGroup::FullAccess).await;
        let (ada, una) = (at_acme(&stage, &ada).await, stage.person("una").await);
        stage.allow_api(&una).await;
        let refusal = Error::NotPermitted(Permission::GroupsEdit);
        assert_eq!(user_access::reset_factor(&stage, &max, &una.id).await, Err(refusal.clone()));
        assert_eq!(user_access::disable(&stage, &max, &una.id).await, Ok(()), "taking away is his");
        assert_eq!(user_access::enable(&stage, &max, &una.id).await, Err(refusal));
        assert_eq!(stage.guess(&una.email, PASSWORD, &anywhere()).await, Err(Error::SignInRefused));
        assert_eq!(user_access::enable(&stage, &ada, &una.id).await, Ok(()));
        assert_eq!(user_access::disable(&stage, &max, &una.id).await, Ok(()));
        stage.set_api(&una, false).await;
        assert_eq!(user_access::enable(&stage, &max, &una.id).await, Ok(()));
        assert_eq!(user_access::reset_factor(&stage, &max, &una.id).await, Ok(false));
    }

    async fn a_lost_app_is_reset_to_codes_by_mail(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let (ada, _, here) = stage.person_with_app("ada").await;
        assert_eq!(user_access::reset_factor(&stage, &max, &ada.id).await, Ok(true));
        assert!(stage.actor(&here.token).await.is_none());
        assert_eq!(stage.user(&ada).await.factor(), SecondFactor::Email);
        for table in ["totp", "recovery_codes"] {
            assert_eq!(stage.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        let letter = stage.letter_about(&ada.email, "Your second sign-in step was changed").await;
        assert!(letter.contains("has been reset at Acme Ltd") && !letter.contains("192.0.2.1"), "{letter}");
        stage.clock.advance(60_000);
        let again = signed_in(&stage, &ada).await;
        let told = what_others_did(&stage, &again).await;
        assert_eq!(told, [("Two-factor authentication reset to email".to_owned(), Some("Max Okafor".to_owned()))]);
        assert_eq!(user_access::reset_factor(&stage, &max, &ada.id).await, Ok(false), "it is so already");
        assert!(stage.actor(&again.token).await.is_some());
    }

    async fn a_factor_that_wrong_codes_had_locked_is_not_opened_without_a_trace(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let olivia = stage.person("olivia").await;
        let here = signed_in(&stage, &olivia).await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        for _ in 0..CODE_FAILURES {
            limits::count_code(&mut tx, &olivia.id, stage.clock.now()).await.expect("counted");
        }
        let locked = limits::count_code(&mut tx, &olivia.id, stage.clock.now()).await;
        assert!(matches!(locked, Err(Error::TooMany { .. })), "{locked:?}");
        tx.commit().await.expect("committed");
        for _ in 0..2 {
            assert_eq!(user_access::reset_factor(&stage, &max, &olivia.id).await, Ok(false));
        }
        let told = [("Codes allowed again after wrong ones".to_owned(), Some("Max Okafor".to_owned()))];
        assert_eq!(what_others_did(&stage, &here).await, told, "where there was nothing to open, nothing happened");
    }

    async fn what_was_begun_before_comes_to_nothing(stage: Stage) {
        let (_, max) = manager(&stage).await;
        let (olivia, una) = (stage.person("olivia").await, stage.person("una").await);
        let (disabled, ended) = (signed_in(&stage, &olivia).await, signed_in(&stage, &una).await);
        let other = stage.again().await;
        assert_eq!(user_access::disable(&other, &max, &olivia.id).await, Ok(()));
        assert_eq!(user_access::end_sessions(&other, &max, &una.id).await, Ok(1));
        for gone in [&disabled.actor, &ended.actor] {
            assert_eq!(stage.set_picture(gone, &jpeg(&quarters(60, 40))).await, Err(Error::SignedOut));
            assert_eq!(picture::remove(&stage, gone).await, Err(Error::SignedOut));
            assert_eq!(personal::save_names(&stage, gone, "A", "B").await, Err(Error::SignedOut));
        }
        assert_eq!(stage.number("SELECT COUNT(*) FROM pictures").await, 0);
        let sql = "SELECT COUNT(*) FROM activity WHERE kind IN ('picture_set', 'picture_removed', 'name_changed')";
        assert_eq!(stage.number(sql).await, 0);
    }

    async fn the_operator_disables_and_enables_whoever_it_is_but_the_last(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let una = stage.person("una").await;
        let here = signed_in(&stage, &una).await;
        for done in [true, false] {
            assert_eq!(users::disable(&stage, &una.id).await, Ok(done));
        }
        assert!(stage.actor(&here.token).await.is_none());
        assert_eq!(stage.guess(&una.email, PASSWORD, &anywhere()).await, Err(Error::SignInRefused));
        for done in [true, false] {
            assert_eq!(users::enable(&stage, &una.id).await, Ok(done));
        }
        stage.clock.advance(60_000);
        let again = signed_in(&stage, &una).await;
        let by = Some("the people who run this service".to_owned());
        let told = [("Account enabled".to_owned(), by.clone()), ("Account disabled".to_owned(), by)];
        assert_eq!(what_others_did(&stage, &again).await, told);
        assert_eq!(users::disable(&stage, olivia.actor.user_id()).await, Err(Error::LastFullAccess));
        assert_eq!(users::disable(&stage, "nobody").await, Err(Error::NotFound));
    }

    async fn nobody_does_it_to_themselves_to_guests_to_strangers_or_above_their_rights(stage: Stage) {
        let (signed_in, max) = manager(&stage).await;
        let greta = guest(&stage, &signed_in, "greta", BuiltinGroup::Guest).await;
        let boris = outsider(&stage, "boris").await;
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let una = at_acme(&stage, &of_acme(&stage, "una", BuiltinGroup::Guest).await).await;
        let cases = [
            (&max, max.actor().user_id(), Error::Oneself),
            (&max, greta.actor.user_id(), Error::NotFound),
            (&max, boris.id.as_str(), Error::NotFound),
            (&max, "nobody", Error::NotFound),
            (&max, olivia.actor.user_id(), Error::NotPermitted(Permission::GroupsEdit)),
            (&una, max.actor().user_id(), Error::NotPermitted(Permission::UsersEdit)),
        ];
        for (by, id, refusal) in cases {
            for answer in all_acts(&stage, by, id).await {
                assert_eq!(answer, Err(refusal.clone()), "{id}");
            }
        }
        for alive in [&signed_in, &greta, &olivia] {
            assert!(stage.actor(&alive.token).await.is_some());
        }
    }

    async fn the_last_one_with_full_access_is_neither_disabled_nor_stripped(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        // Somebody who may do everything, and yet cannot be the last one.
        let all = "UPDATE groups SET permissions = (SELECT g.permissions FROM groups g WHERE g.builtin = 'full_access')
                    WHERE builtin = 'management'";
        raw::run(&stage.db, all).await.expect("done");
        let (_, max) = manager(&stage).await;
        let id = olivia.actor.user_id();
        let user = [group_of_acme(&stage, BuiltinGroup::User).await];
        assert_eq!(user_access::disable(&stage, &max, id).await, Err(Error::LastFullAccess));
        let page = user_edit::one(&stage, &max, id).await.expect("a user");
        let stripped = user_edit::save_groups(&stage, &max, id, &page.version, &user).await;
        assert_eq!(stripped, Err(Error::LastFullAccess));
        assert!(stage.actor(&olivia.token).await.is_some());
        let mona = of_acme(&stage, "mona", BuiltinGroup::FullAccess).await;
        assert_eq!(user_access::disable(&stage, &max, id).await, Ok(()), "Mona is left");
        let last = user_access::disable(&stage, &max, mona.actor.user_id()).await;
        assert_eq!(last, Err(Error::LastFullAccess), "a disabled one does not count");
        assert_eq!(user_access::enable(&stage, &max, id).await, Ok(()));
        assert_eq!(user_access::disable(&stage, &max, mona.actor.user_id()).await, Ok(()));
    }

    async fn of_two_who_disable_or_strip_each_other_at_once_one_stays(stage: Stage) {
        let olivia = of_acme(&stage, "olivia", BuiltinGroup::FullAccess).await;
        let nora = of_acme(&stage, "nora", BuiltinGroup::FullAccess).await;
        let members = [at_acme(&stage, &olivia).await, at_acme(&stage, &nora).await];
        let user = [group_of_acme(&stage, BuiltinGroup::User).await];
        let other = stage.again().await;
        let mut both = JoinSet::new();
        for (n, stage) in [stage.clone(), other].into_iter().enumerate() {
            let (by, whom) = (members[n].clone(), members[1 - n].actor().user_id().to_owned());
            let user = user.clone();
            both.spawn(async move {
                if n == 0 {
                    return user_access::disable(&stage, &by, &whom).await;
                }
                let page = user_edit::one(&stage, &by, &whom).await?;
                user_edit::save_groups(&stage, &by, &whom, &page.version, &user).await
            });
        }
        let outcomes = both.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let left = "SELECT COUNT(*) FROM group_members gm
                      JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
                      JOIN users u ON u.id = gm.user_id WHERE g.builtin = 'full_access' AND u.disabled_at IS NULL";
        assert_eq!(stage.number(left).await, 1);
    }
}
