//! Store functions that no flow drives to their edges.

use domain::clock::MINUTE;
use domain::flows::confirm::TRIES;
use domain::store::bench::{self, OneOfMany};
use domain::store::codes::{self, NewCode};
use domain::store::limits::{self, Counter};
use domain::store::sessions::{self, NewSession};
use domain::store::sign_ins::{self, Door, NewSignIn};
use domain::store::{activations, groups, tenants, users};
use domain::view::BuiltinGroup;
use tokio::task::JoinSet;

use crate::support::{Somebody, Stage, both, place};

/// Something in a transaction of its own.
macro_rules! committed {
    ($stage:expr, $tx:ident => $work:expr) => {{
        let mut $tx = $stage.db.begin().await.expect("a transaction");
        let done = $work.await.expect("done");
        $tx.commit().await.expect("committed");
        done
    }};
}

async fn session(stage: &Stage, id: &str, user_id: &str, at: i64) {
    let row = NewSession { id, token_hash: id.as_bytes(), user_id, method: "", browser: "", address: "" };
    committed!(stage, tx => sessions::insert(&mut tx, &row, at));
}

both! {
    async fn a_window_counts_from_its_first_hit(stage: Stage) {
        let hit = |at| limits::hit(&stage.db, "k", MINUTE, at);
        let counted = |count, since| Counter { count, in_a_row: 0, since, blocked_until: 0 };
        assert_eq!(limits::get(&stage.db, "k").await, Ok(Counter::default()));
        assert_eq!(hit(1_000).await, Ok(counted(1, 1_000)));
        assert_eq!(hit(1_000 + MINUTE - 1).await, Ok(counted(2, 1_000)));
        assert_eq!(hit(1_000 + MINUTE).await, Ok(counted(1, 1_000 + MINUTE)));
        assert_eq!(limits::get(&stage.db, "k").await, Ok(counted(1, 1_000 + MINUTE)));
        assert_eq!(limits::get(&stage.db, "other").await, Ok(Counter::default()));
    }

    async fn no_hit_is_lost_when_many_come_at_once(stage: Stage) {
        let other = stage.again().await;
        let mut all = JoinSet::new();
        for n in 0..40 {
            let stage = if n % 2 == 0 { stage.clone() } else { other.clone() };
            all.spawn(async move {
                limits::hit(&stage.db, "hit", MINUTE, 1_000).await.expect("counted");
                let mut tx = stage.db.begin().await.expect("a transaction");
                let held = limits::hold(&mut tx, "held", 1_000).await.expect("held");
                let more = Counter { count: held.count + 1, ..held };
                limits::put(&mut tx, "held", more, 1_000).await.expect("put");
                tx.commit().await.expect("committed");
            });
        }
        all.join_all().await;
        for key in ["hit", "held"] {
            assert_eq!(limits::get(&stage.db, key).await.expect("a read").count, 40, "{key}");
        }
    }

    async fn only_counters_that_nothing_needs_are_removed(stage: Stage) {
        let rows = [
            ("old", Counter { count: 1, in_a_row: 3, since: 0, blocked_until: 0 }),
            ("shut", Counter { blocked_until: 2_000, ..Counter::default() }),
            ("code:wrong", Counter { in_a_row: 1, ..Counter::default() }),
            ("code:right", Counter::default()),
        ];
        for (key, counter) in rows {
            committed!(stage, tx => limits::hold(&mut tx, key, 100));
            committed!(stage, tx => limits::put(&mut tx, key, counter, 100));
        }
        assert_eq!(limits::prune(&stage.db, 99, 1_000).await, Ok(0));
        assert_eq!(limits::prune(&stage.db, 100, 1_000).await, Ok(2));
        assert_eq!(limits::get(&stage.db, "shut").await.expect("a read").blocked_until, 2_000);
        assert_eq!(limits::prune(&stage.db, 100, 2_000).await, Ok(1));
        assert_eq!(limits::get(&stage.db, "code:wrong").await.expect("a read").in_a_row, 1);
    }

    async fn a_code_gives_five_tries_and_is_used_once_in_time(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let code = NewCode { flow_id: "f", purpose: "p", user_id: &olivia.id, mac: b"mac", sent_to: "a@x.example" };
        assert_eq!(codes::was_sent(&stage.db, "f", "p").await, Ok(false));
        committed!(stage, tx => codes::put(&mut tx, &code, 0, 100));
        assert_eq!(codes::was_sent(&stage.db, "f", "p").await, Ok(true));
        for n in 1..=5 {
            let tried = committed!(stage, tx => codes::count_try(&mut tx, "f", "p", TRIES)).expect("a try");
            assert_eq!((tried.tries, tried.mac.as_slice()), (n, &b"mac"[..]));
            assert_eq!((tried.expires_at, tried.used_at), (100, None));
        }
        assert!(committed!(stage, tx => codes::count_try(&mut tx, "f", "p", TRIES)).is_none());
        assert!(committed!(stage, tx => codes::count_try(&mut tx, "f", "q", TRIES)).is_none());
        assert!(!committed!(stage, tx => codes::use_up(&mut tx, "f", "p", b"cam", 99)));
        assert!(!committed!(stage, tx => codes::use_up(&mut tx, "f", "p", b"mac", 100)), "too late");
        assert!(committed!(stage, tx => codes::use_up(&mut tx, "f", "p", b"mac", 99)));
        assert!(!committed!(stage, tx => codes::use_up(&mut tx, "f", "p", b"mac", 99)), "twice");
        assert_eq!(codes::prune(&stage.db, 99).await, Ok(0));
        assert_eq!(codes::prune(&stage.db, 100).await, Ok(1));
    }

    async fn codes_end_by_flow_and_by_person(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        for (flow_id, user) in [("a", &olivia), ("b", &olivia), ("c", &max)] {
            let code = NewCode { flow_id, purpose: "p", user_id: &user.id, mac: b"mac", sent_to: "" };
            committed!(stage, tx => codes::put(&mut tx, &code, 0, 100));
        }
        committed!(stage, tx => codes::end_flow(&mut tx, "a"));
        assert_eq!(codes::was_sent(&stage.db, "a", "p").await, Ok(false));
        assert_eq!(codes::was_sent(&stage.db, "b", "p").await, Ok(true));
        committed!(stage, tx => codes::end_all(&mut tx, &olivia.id));
        assert_eq!(codes::was_sent(&stage.db, "b", "p").await, Ok(false));
        assert_eq!(codes::was_sent(&stage.db, "c", "p").await, Ok(true));
    }

    async fn a_session_is_touched_forwards_and_rotated_while_it_is_there(stage: Stage) {
        let olivia = stage.person("olivia").await;
        session(&stage, "s", &olivia.id, 1_000).await;
        for (at, seen) in [(2_000, 2_000), (1_500, 2_000), (3_000, 3_000)] {
            sessions::touch(&stage.db, "s", at).await.expect("touched");
            assert_eq!(stage.number("SELECT last_seen_at FROM sessions").await, seen);
        }
        assert!(committed!(stage, tx => sessions::rotate(&mut tx, "s", b"new", 4_000)));
        assert!(!committed!(stage, tx => sessions::rotate(&mut tx, "gone", b"other", 4_000)));
        assert!(sessions::live(&stage.db, b"s", 0, 0, 0).await.expect("a read").is_none());
        let live = sessions::live(&stage.db, b"new", 2_999, 999, 0).await.expect("a read").expect("live");
        assert_eq!((live.authenticated_at, live.created_at), (4_000, 1_000));
        assert!(sessions::live(&stage.db, b"new", 3_000, 999, 0).await.expect("a read").is_none(), "idle");
        assert!(sessions::live(&stage.db, b"new", 2_999, 1_000, 0).await.expect("a read").is_none(), "too old");
        assert_eq!(sessions::prune(&stage.db, 2_999, 999).await, Ok(0));
        session(&stage, "old", &olivia.id, 999).await;
        assert_eq!(sessions::prune(&stage.db, 0, 999).await, Ok(1));
        assert_eq!(sessions::prune(&stage.db, 3_000, 0).await, Ok(1));
    }

    async fn half_sign_ins_end_by_person_and_by_time(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        for (id, user, expires_at) in [("a", &olivia, 100), ("b", &olivia, 200), ("c", &max, 300)] {
            let (token_hash, next_path) = (id.as_bytes(), Some("/x"));
            let row = NewSignIn { id, token_hash, user_id: &user.id, door: Door::Page, next_path };
            committed!(stage, tx => sign_ins::insert(&mut tx, &row, 0, expires_at));
        }
        let live = sign_ins::live(&stage.db, Door::Page, b"c", 299).await.expect("a read").expect("live");
        assert_eq!((live.id.as_str(), live.user_id.as_str(), live.next_path.as_deref()), ("c", &*max.id, Some("/x")));
        assert_eq!(live.email, max.email);
        assert!(sign_ins::live(&stage.db, Door::Page, b"c", 300).await.expect("a read").is_none());
        assert!(sign_ins::live(&stage.db, Door::Api, b"c", 299).await.expect("a read").is_none(), "another door");
        assert_eq!(sign_ins::prune(&stage.db, 100).await, Ok(1));
        committed!(stage, tx => sign_ins::end_all(&mut tx, &olivia.id));
        assert!(!committed!(stage, tx => sign_ins::end(&mut tx, "b")), "gone already");
        assert!(committed!(stage, tx => sign_ins::end(&mut tx, "c")));
    }

    async fn a_hash_is_replaced_only_where_it_still_stands(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let stands = stage.user(&olivia).await.password_hash.expect("a hash");
        users::rehash(&stage.db, &olivia.id, "another", "new").await.expect("done");
        assert_eq!(stage.user(&olivia).await.password_hash, Some(stands.clone()));
        users::rehash(&stage.db, &olivia.id, &stands, "new").await.expect("done");
        assert_eq!(stage.user(&olivia).await.password_hash.as_deref(), Some("new"));
    }

    async fn links_are_used_once_in_time_and_end_by_time(stage: Stage) {
        let olivia = stage.person("olivia").await;
        committed!(stage, tx => activations::insert(&mut tx, "a", b"a", Some(&olivia.id), 0, 100));
        committed!(stage, tx => activations::insert(&mut tx, "b", b"b", None, 0, 200));
        let live = activations::live(&stage.db, b"a", 99).await.expect("a read").expect("live");
        assert_eq!((live.id.as_str(), live.user_id), ("a", Some(olivia.id.clone())));
        assert!(activations::live(&stage.db, b"b", 99).await.expect("a read").is_some(), "kinds do not end each other");
        assert!(!committed!(stage, tx => activations::use_up(&mut tx, "a", 100)), "too late");
        assert!(committed!(stage, tx => activations::use_up(&mut tx, "a", 99)));
        assert!(!committed!(stage, tx => activations::use_up(&mut tx, "a", 99)), "twice");
        assert_eq!(activations::prune(&stage.db, 100).await, Ok(1));
        assert_eq!(activations::prune(&stage.db, 200).await, Ok(1));
    }

    async fn many_users_for_measuring_are_users_like_all(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let hash = stage.user(&olivia).await.password_hash.expect("a hash");
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let group = committed!(stage, tx => groups::builtin(&mut tx, &acme.id, BuiltinGroup::User));
        let group = group.expect("one of the four");
        for id in ["m1", "m2", "m3"] {
            let email = format!("{id}@bench.example");
            let user = OneOfMany { id, email: &email, last_name: id, tenant_id: &acme.id, password_hash: &hash };
            committed!(stage, tx => bench::add_user(&mut tx, &user, 0));
        }
        committed!(stage, tx => bench::join(&mut tx, &acme.id, &group, "m1", "m2"));
        assert_eq!(bench::members(&stage.db, &acme.id).await, Ok(3), "Olivia and two of the three");
        let signed_in = stage.sign_in(&Somebody { id: "m2".into(), email: "m2@bench.example".into() }).await;
        assert!(signed_in.actor.member(&stage, "acme").await.is_ok());
        assert_eq!(groups::of_user(&stage.db, "m2").await.expect("a read").len(), 1);
    }

    async fn people_and_clients_are_found_or_not(stage: Stage) {
        assert_eq!(users::any(&stage.db).await, Ok(false));
        assert!(!committed!(stage, tx => tenants::any(&mut tx)));
        let olivia = stage.person("olivia").await;
        assert_eq!(users::any(&stage.db).await, Ok(true));
        assert!(committed!(stage, tx => tenants::any(&mut tx)));
        let acme = stage.tenant("Acme Ltd", "acme").await;
        assert_eq!(tenants::by_id(&stage.db, &acme.id).await, Ok(Some(acme)));
        assert_eq!(tenants::by_id(&stage.db, "nobody").await, Ok(None));
        assert_eq!(committed!(stage, tx => tenants::by_slug(&mut tx, "nowhere")), None);
        let found = committed!(stage, tx => users::by_email_in(&mut tx, &olivia.email)).expect("a user");
        let same = committed!(stage, tx => users::by_id_in(&mut tx, &olivia.id)).expect("a user");
        assert_eq!((found.id.as_str(), same.email.as_str()), (olivia.id.as_str(), olivia.email.as_str()));
        let shouted = users::by_email(&stage.db, "OLIVIA@acme.example").await.expect("a read");
        assert!(shouted.is_none(), "canonical or not at all");
        stage.sign_in_from(&olivia, &place(1)).await;
        let entered = tenants::membership(&stage.db, "acme", &olivia.id).await.expect("a read").expect("a member");
        assert_eq!(entered.last_entered_at, Some(stage.clock.now()));
    }
}
