//! The page of a user, and what others may change there (TEN-1, TEN-3, ADM-1, GRP-1), as plain forms and as data.

use domain::Error;
use domain::view::{BuiltinGroup, Permission};

use crate::manage_users::{SLUG, USERS, error_at, group, id_of, is_ticked, nora, outsider, says};
use crate::support::page::{attribute, input, tag, tags, value_of};
use crate::support::raw::{number, run, texts};
use crate::support::{Answer, Browser, PASSWORD, both, email_of};

/// The page of a user, and the version that stands in its form.
async fn opened(browser: &mut Browser, id: &str) -> (String, String) {
    let here = format!("{USERS}/{id}");
    let page = browser.page(&here).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (here, attribute(tag(&page.body, " name=\"version\""), "value").expect("a version").to_owned())
}

/// Una as her form has her, in these groups.
fn una<'a>(id: &'a str, version: &'a str, first_name: &'a str, groups: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![SLUG, ("id", id), ("version", version), ("first_name", first_name), ("last_name", "Ueda")];
    fields.push(("language", "en"));
    fields.extend(groups.iter().map(|group| ("group[]", *group)));
    fields
}

both! {
    async fn a_user_is_edited_as_far_as_others_may(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let [own, managers] =
            [group(&stage, "acme", BuiltinGroup::User).await, group(&stage, "acme", BuiltinGroup::Management).await];
        let id = id_of(&stage, email_of("una")).await;
        let (here, version) = opened(&mut olivia, &id).await;
        let page = olivia.page(&here).await;
        assert!(is_ticked(&page, &own) && !is_ticked(&page, &managers));
        // Never the address nor a secret (ADM-1).
        for name in ["email", "password", "new_password", "code"] {
            assert!(!page.body.contains(&format!(" name=\"{name}\"")), "{name}: {}", page.body);
        }
        let fields = [una(&id, &version, "Uma", &[&own, &managers]), vec![("api_access", "true")]].concat();
        let page = olivia.submit("save_user", &fields, &here).await;
        says(&page, "The changes have been saved.");
        assert_eq!(value_of(&page.body, "first_name"), Some("Uma"));
        assert!(is_ticked(&page, &managers) && input(&page.body, "api_access").contains(" checked"));

        // The form of before knows nothing of that.
        let late = una(&id, &version, "Ulla", &[&own]);
        let answer = olivia.call("save_user", &late).await;
        assert_eq!((answer.status, answer.refused()), (409, Error::EditedMeanwhile));
        let page = olivia.submit("save_user", &late, &here).await;
        says(&page, "Somebody else has changed this in the meantime.");
        assert_eq!(value_of(&page.body, "first_name"), Some("Uma"), "what holds, not what was typed");
        assert!(is_ticked(&page, &managers));
    }

    async fn no_list_of_groups_is_no_list_and_foreign_ones_are_none(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let foreign = group(&stage, "borealis", BuiltinGroup::User).await;
        let id = id_of(&stage, email_of("una")).await;
        let (here, version) = opened(&mut olivia, &id).await;
        for name in ["Uma", ""] {
            let answer = olivia.call("save_user", &una(&id, &version, name, &[])).await;
            assert_eq!(answer.status, 422, "{name}");
        }
        let page = olivia.submit("save_user", &una(&id, &version, "Uma", &[]), &here).await;
        assert_eq!(error_at(&page.body, "group"), "Please choose at least one user group.");
        assert_eq!(value_of(&page.body, "first_name"), Some("Uma"));
        for wrong in [foreign.as_str(), "*", "null", ""] {
            let answer = olivia.call("save_user", &una(&id, &version, "Uma", &[wrong])).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{wrong:?}");
        }
        for (name, value) in [("email", "una@evil.example"), ("tenant_id", "1"), ("password", "x"), ("is_admin", "1")] {
            let fields = [una(&id, &version, "Uma", &["1"]), vec![(name, value)]].concat();
            assert_eq!(olivia.call("save_user", &fields).await.refused(), Error::UnknownField, "{name}");
        }
        assert_eq!(stage.names_of("una").await.0, "Una");
        let sql = format!("SELECT COUNT(*) FROM group_members WHERE user_id = '{id}'");
        assert_eq!(number(&stage.db, &sql).await, 1);
    }

    async fn a_guest_is_a_guest_groups_and_removal(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let own = group(&stage, "acme", BuiltinGroup::User).await;
        let id = id_of(&stage, email_of("greta")).await;
        let (here, version) = opened(&mut olivia, &id).await;
        let page = olivia.page(&here).await;
        for function in ["save_user\"", "disable_user", "end_user_sessions", "reset_user_factor", "send_activation"] {
            assert!(!page.body.contains(&format!("/do/{function}")), "{function}: {}", page.body);
        }
        let fields = [SLUG, ("id", id.as_str()), ("version", version.as_str()), ("group[]", own.as_str())];
        let page = olivia.submit("save_user_groups", &fields, &here).await;
        says(&page, "The changes have been saved.");
        assert!(is_ticked(&page, &own) && page.body.contains("/do/remove_guest"));
        for function in ["disable_user", "enable_user", "end_user_sessions", "reset_user_factor"] {
            let answer = olivia.call(function, &[SLUG, ("id", &id)]).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{function}");
        }
    }

    async fn whoever_is_disabled_is_out_and_can_be_let_in_again(stage: Stage) {
        let (mut olivia, mut una) = (stage.signed_in("olivia").await, stage.signed_in("una").await);
        let id = id_of(&stage, email_of("una")).await;
        let (here, fields) = (format!("{USERS}/{id}"), [SLUG, ("id", id.as_str())]);
        let page = olivia.submit("disable_user", &fields, &here).await;
        says(&page, "The user has been disabled and signed out everywhere.");
        assert!(page.body.contains("/do/enable_user") && !page.body.contains("/do/disable_user"));
        assert_eq!(una.page("/c/acme/account").await.status, 303);
        let right = [("email", email_of("una")), ("password", PASSWORD)];
        assert_eq!(stage.browser().call("sign_in", &right).await.refused(), Error::SignInRefused);
        let page = olivia.submit("enable_user", &fields, &here).await;
        says(&page, "The user can sign in again.");
        assert_eq!(stage.browser().call("sign_in", &right).await.header("location"), "/sign-in/code");
    }

    async fn sign_ins_end_and_a_lost_app_gives_way_to_codes_by_mail(stage: Stage) {
        let (mut olivia, mut una) = (stage.signed_in("olivia").await, stage.signed_in("una").await);
        let id = id_of(&stage, email_of("una")).await;
        let (here, fields) = (format!("{USERS}/{id}"), [SLUG, ("id", id.as_str())]);
        let page = olivia.submit("end_user_sessions", &fields, &here).await;
        says(&page, "All sign-ins of this user have ended.");
        assert_eq!(una.page("/c/acme/account").await.status, 303);
        says(&olivia.submit("end_user_sessions", &fields, &here).await, "This user was not signed in anywhere.");
        says(&olivia.submit("reset_user_factor", &fields, &here).await, "Codes by email can be entered again.");
        let app = format!("UPDATE users SET second_factor = 'app' WHERE id = '{id}'");
        run(&stage.db, &app).await.expect("an app");
        says(&olivia.page(&here).await, "Password and app");
        let page = olivia.submit("reset_user_factor", &fields, &here).await;
        says(&page, "The second factor has been reset");
        says(&page, "Password and email code");
        while stage.deliver().await > 0 {}
        let letters = stage.letters_to(email_of("una"));
        assert!(letters.iter().any(|letter| letter.text.contains("has been reset at Acme Ltd")), "una is told");
    }

    async fn nobody_looks_after_themselves_or_is_the_last(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let all = group(&stage, "acme", BuiltinGroup::FullAccess).await;
        let id = id_of(&stage, email_of("olivia")).await;
        let (here, version) = opened(&mut olivia, &id).await;
        let page = olivia.page(&here).await;
        says(&page, "You cannot do this to yourself here.");
        for id in ["group-0", "api_access"] {
            assert!(input(&page.body, id).contains(" disabled"), "{id}: {}", page.body);
        }
        assert!(!page.body.contains("/do/disable_user"), "{}", page.body);
        for function in ["disable_user", "enable_user", "end_user_sessions", "reset_user_factor"] {
            let answer = olivia.call(function, &[SLUG, ("id", &id)]).await;
            assert_eq!((answer.status, answer.refused()), (409, Error::Oneself), "{function}");
        }
        // The locked boxes are sent as they are, so that the name can be saved.
        let kept = tags(&page.body).into_iter().filter(|tag| tag.contains(" name=\"group[]\""));
        let kept: Vec<_> = kept.filter(|tag| tag.contains("type=\"hidden\"")).collect();
        assert_eq!(kept.iter().map(|tag| attribute(tag, "value")).collect::<Vec<_>>(), [Some(all.as_str())]);
        let fields = [
            SLUG,
            ("id", id.as_str()),
            ("version", version.as_str()),
            ("first_name", "Liv"),
            ("last_name", "Okafor"),
            ("language", "en"),
            ("group[]", all.as_str()),
            ("api_access", "true"),
        ];
        says(&olivia.submit("save_user", &fields, &here).await, "The changes have been saved.");
        assert_eq!(stage.names_of("olivia").await.0, "Liv");
    }

    async fn what_is_above_ones_own_rights_is_locked(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        let [all, own] =
            [group(&stage, "acme", BuiltinGroup::FullAccess).await, group(&stage, "acme", BuiltinGroup::User).await];
        let id = id_of(&stage, email_of("olivia")).await;
        let here = format!("{USERS}/{id}");
        let page = max.page(&here).await;
        says(&page, "Benutzergruppen bearbeiten");
        for function in ["save_user", "disable_user", "reset_user_factor"] {
            assert!(!page.body.contains(&format!("/do/{function}")), "{function}: {}", page.body);
        }
        let refused = Error::NotPermitted(Permission::GroupsEdit);
        for function in ["disable_user", "end_user_sessions", "reset_user_factor"] {
            let answer = max.call(function, &[SLUG, ("id", &id)]).await;
            assert_eq!((answer.status, answer.refused()), (403, refused.clone()), "{function}");
        }
        // Nor can it be given, to somebody who is there or to somebody new.
        let una_id = id_of(&stage, email_of("una")).await;
        let (_, version) = opened(&mut max, &una_id).await;
        let answer = max.call("save_user", &una(&una_id, &version, "Una", &[&own, &all])).await;
        assert_eq!((answer.status, answer.refused()), (403, refused.clone()));
        let answer = max.call("create_user", &nora("nora@acme.example", &all)).await;
        assert_eq!((answer.status, answer.refused()), (403, refused));
        assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM users").await, 4);
    }

    async fn users_of_other_clients_look_like_nobody(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let foreign = outsider(&stage, "ole@borealis.example").await;
        let plain = |page: Answer| (page.status, page.body.replace(page.nonce(), ""));
        let theirs = plain(olivia.page(&format!("{USERS}/{foreign}")).await);
        assert_eq!(theirs.0, 404);
        assert_eq!(theirs, plain(olivia.page(&format!("{USERS}/nobody")).await));
        for function in [
            "save_user",
            "save_user_groups",
            "send_activation",
            "disable_user",
            "enable_user",
            "end_user_sessions",
            "reset_user_factor",
        ] {
            let mut said = Vec::new();
            for id in [foreign.as_str(), "nobody", ""] {
                let fields = match function {
                    "save_user" => una(id, "1", "Ole", &["1"]),
                    "save_user_groups" => vec![SLUG, ("id", id), ("version", "1"), ("group[]", "1")],
                    _ => vec![SLUG, ("id", id)],
                };
                let answer = olivia.call(function, &fields).await;
                said.push((answer.status, answer.body));
            }
            assert_eq!(said[0], (404, "\"NotFound\"".to_owned()), "{function}");
            assert!(said[0] == said[1] && said[1] == said[2], "{function}: {said:?}");
        }
        let names = format!("SELECT first_name FROM users WHERE id = '{foreign}'");
        assert_eq!(texts(&stage.db, &names).await, ["Ole"]);
    }
}
