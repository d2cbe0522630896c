//! A NUL in a URL or in a form. Postgres can hold none, so nothing has it: whoever asks for it finds nothing, on both
//! databases alike, and it is no fault of ours (TEN-1, WEB-5).

use crate::manage_users::id_of;
use crate::support::{PASSWORD, WRONG, both, email_of, raw};

/// Each with a NUL where an id or a slug stands.
const PATHS: [&str; 12] = [
    "/c/%00/account",
    "/c/ac%00me/account/groups",
    "/c/acme%00/manage/users",
    "/c/acme/manage/users/%00",
    "/c/acme/manage/users/a%00b",
    "/c/acme/manage/groups/%00",
    "/c/acme/manage/groups/a%00b/delete",
    "/c/acme/account/groups/%00/leave",
    "/c/acme/account/accounts/%00/leave",
    "/activate/%00",
    "/invitation/%00",
    "/pictures/%00/64",
];

/// Each with a NUL in what the page is asked for; the framework undoes escapes twice.
const QUERIES: [&str; 9] = [
    "/c/acme/manage/users?search=a%00%40b",
    "/c/acme/manage/users?search=%2500",
    "/c/acme/manage/users?after=YQ.%00",
    "/c/acme/manage/guests?after=1-%00",
    "/c/acme/manage/guests?before=%2500",
    "/c/acme/manage/activity?before=%00",
    "/c/acme/account/security/activity?before=%2500",
    "/c/acme/account?notice=%00",
    "/provider?notice=wait&id=%00",
];

/// What is right in every form, so that what is wrong is looked at.
const RIGHT: [(&str, &str); 9] = [
    ("slug", "acme"),
    ("email", "nina@new.example"),
    ("first_name", "Nina"),
    ("last_name", "Novak"),
    ("group_name", "Readers"),
    ("client_name", "Acme Ltd"),
    ("colour", "blue"),
    ("method", "password, email"),
    ("permissions[]", "none"),
];

/// The fields of a function with a NUL in this one, alone and as an entry of a list.
fn forms<'a>(names: &'a [&'a str], odd: &'a str, entry: &'a str) -> [Vec<(&'a str, &'a str)>; 2] {
    let is_taken = |name: &str| names.iter().any(|taken| name.split('[').next() == Some(*taken));
    let others = RIGHT.into_iter().filter(|(name, _)| is_taken(name) && name.split('[').next() != Some(odd));
    let others: Vec<_> = others.collect();
    [odd, entry].map(|name| [others.clone(), vec![(name, "a\0b")]].concat())
}

both! {
    async fn no_page_is_found_by_it(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for path in PATHS {
            let page = olivia.page(path).await;
            assert_eq!(page.status, 404, "{path}: {}", page.body);
        }
        for path in QUERIES {
            let page = olivia.page(path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.body);
        }
    }

    async fn an_address_with_it_is_nobodys(stage: Stage) {
        stage.people().await;
        for (email, password) in [(email_of("olivia"), WRONG), ("a\0@acme.example", PASSWORD)] {
            let answer = stage.browser().call("sign_in", &[("email", email), ("password", password)]).await;
            assert_eq!((answer.status, answer.body.as_str()), (422, "\"SignInRefused\""), "{email:?}");
        }
    }

    async fn no_form_fails_by_it(stage: Stage) {
        let olivia = stage.signed_in("olivia").await;
        let una = id_of(&stage, email_of("una")).await;
        for path in server::server_function_paths() {
            let names = server::fields::of(path).expect("a server function");
            let function = path.strip_prefix("/do/").expect("the one prefix");
            // Thirty acts a minute are not enough for all of these calls, and no limit is what is tried here.
            raw::run(&stage.db, "DELETE FROM limits").await.expect("done");
            for odd in names {
                let entry = format!("{odd}[]");
                for mut fields in forms(names, odd, &entry) {
                    // Somebody who is there, where it is not they who are asked for by the NUL.
                    if names.contains(&"id") && *odd != "id" {
                        fields.push(("id", &una));
                    }
                    let answer = olivia.clone().moved().call(function, &fields).await;
                    assert!(answer.status < 500, "{function}, {odd}: {} {}", answer.status, answer.body);
                    if *odd == "slug" && fields.iter().any(|(name, _)| name == odd) {
                        assert_eq!(answer.status, 404, "{function}: {}", answer.body);
                    }
                }
            }
        }
        assert_eq!(olivia.clone().page("/c/acme/account").await.status, 200, "she has been signed in all along");
    }
}
