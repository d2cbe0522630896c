//! The profile picture: set, replaced, removed, and who may see it (UPL-4, UPL-5).

use domain::error::Error;
use domain::flows::picture::{remove, square};
use domain::picture::{LARGE, SMALL};
use domain::store;
use domain::store::tenants::Kind;
use image::ImageFormat;
use tokio::task::JoinSet;

use crate::support::pictures::{BLUE, GREEN, RED, YELLOW, encoded, jpeg, plain, quarters, seen, sides};
use crate::support::raw::{run, texts};
use crate::support::{SignedIn, Stage, both, refused};

/// Somebody of another client, who is a guest of Acme Ltd where `guest` says so.
async fn foreigner(stage: &Stage, name: &str, guest: bool) -> SignedIn {
    let somebody = stage.person(name).await;
    let (acme, borealis) = (stage.tenant("Acme Ltd", "acme").await, stage.tenant("Borealis GmbH", "borealis").await);
    let leave = format!("DELETE FROM memberships WHERE user_id = '{}'", somebody.id);
    run(&stage.db, &leave).await.expect("deleted");
    let mut tx = stage.db.begin().await.expect("a transaction");
    let now = stage.clock.now();
    store::tenants::join(&mut tx, &borealis.id, &somebody.id, Kind::Home, now).await.expect("joined");
    if guest {
        store::tenants::join(&mut tx, &acme.id, &somebody.id, Kind::Guest, now).await.expect("joined");
    }
    store::users::set_current_tenant(&mut tx, &somebody.id, &borealis.id).await.expect("entered");
    tx.commit().await.expect("committed");
    stage.sign_in(&somebody).await
}

/// What somebody is shown of a picture in both sizes.
async fn shown(stage: &Stage, to: &SignedIn, id: &str) -> [Option<Vec<u8>>; 2] {
    let mut shown = [None, None];
    for (shown, side) in shown.iter_mut().zip([LARGE, SMALL]) {
        match square(stage, &to.actor, id, side).await {
            Ok(square) => *shown = Some(square),
            Err(error) => assert_eq!(error, Error::NotFound),
        }
    }
    shown
}

both! {
    async fn a_picture_is_kept_as_two_squares_and_goes_with_the_person(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        assert_eq!(stage.picture_of(&olivia).await, None);
        for (n, format) in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP].into_iter().enumerate() {
            let sent = encoded(&quarters(300, 200), format);
            assert_eq!(stage.set_picture(&olivia.actor, &sent).await, Ok(()), "{format:?}");
            let id = stage.picture_of(&olivia).await.expect("a picture");
            // 128 random bits, as text.
            assert!(id.len() == 22 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{id}");
            let [large, small] = shown(&stage, &olivia, &id).await.map(|square| square.expect("shown"));
            assert_eq!((sides(&large), sides(&small)), ((512, 512), (96, 96)));
            assert_eq!([seen(&large), seen(&small)], [[RED, GREEN, BLUE, YELLOW]; 2], "{format:?}");
            assert!(large != sent && large.len() < 100_000 && small.len() < 10_000);
            let frame = stage.next(&olivia).await.member(&stage, "acme").await.expect("a member").frame();
            assert_eq!(frame.person.picture, Some(id));
            assert_eq!(stage.number("SELECT COUNT(*) FROM pictures").await, 1, "{n}");
        }
    }

    async fn a_new_picture_has_a_new_url_and_the_old_one_is_gone(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        stage.set_picture(&olivia.actor, &jpeg(&plain(20, 20, RED))).await.expect("set");
        let first = stage.picture_of(&olivia).await.expect("a picture");
        stage.set_picture(&olivia.actor, &jpeg(&plain(20, 20, RED))).await.expect("set");
        let second = stage.picture_of(&olivia).await.expect("a picture");
        assert_ne!(first, second, "the same file, and still another URL");
        assert_eq!(shown(&stage, &olivia, &first).await, [None, None]);
        assert!(shown(&stage, &olivia, &second).await.iter().all(Option::is_some));
        remove(&stage, &olivia.actor).await.expect("removed");
        assert_eq!(stage.picture_of(&olivia).await, None);
        assert_eq!(shown(&stage, &olivia, &second).await, [None, None]);
        assert_eq!(stage.number("SELECT COUNT(*) FROM pictures").await, 0);
        assert_eq!(remove(&stage, &olivia.actor).await, Ok(()), "there is nothing to remove");
        let kinds = texts(&stage.db, "SELECT kind FROM activity ORDER BY seq").await;
        assert_eq!(kinds, ["signed_in", "picture_set", "picture_set", "picture_removed"]);
    }

    async fn a_picture_is_shown_to_those_who_share_a_client(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        let max = stage.sign_in(&stage.person("max").await).await;
        let guest = foreigner(&stage, "greta", true).await;
        let stranger = foreigner(&stage, "nina", false).await;
        stage.set_picture(&olivia.actor, &jpeg(&quarters(20, 20))).await.expect("set");
        stage.set_picture(&guest.actor, &jpeg(&quarters(20, 20))).await.expect("set");
        let hers = stage.picture_of(&olivia).await.expect("a picture");
        let guests = stage.picture_of(&guest).await.expect("a picture");
        for (viewer, sees_hers, sees_guests) in
            [(&olivia, true, true), (&max, true, true), (&guest, true, true), (&stranger, false, true)]
        {
            for (id, sees) in [(&hers, sees_hers), (&guests, sees_guests)] {
                let shown = shown(&stage, viewer, id).await;
                assert_eq!(shown.map(|square| square.is_some()), [sees; 2], "{}", viewer.email);
            }
        }
        for side in [0, 95, 97, 511, 513, u32::MAX] {
            assert_eq!(refused(square(&stage, &olivia.actor, &hers, side).await), Error::NotFound, "{side}");
        }
        let backwards: String = hers.chars().rev().collect();
        for id in ["", "AAAAAAAAAAAAAAAAAAAAAA", &backwards, &hers[1..], "' OR '1'='1"] {
            assert_eq!(shown(&stage, &olivia, id).await, [None, None], "{id}");
        }
        // Nobody removes what is not theirs.
        remove(&stage, &max.actor).await.expect("nothing to remove");
        assert_eq!(stage.number("SELECT COUNT(*) FROM pictures").await, 2);
    }

    async fn of_twenty_pictures_at_once_one_stays_and_it_is_whole(stage: Stage) {
        let olivia = stage.sign_in(&stage.person("olivia").await).await;
        let other = stage.again().await;
        stage.set_picture(&olivia.actor, &jpeg(&quarters(30, 30))).await.expect("set");
        let mut all = JoinSet::new();
        for n in 0..20 {
            let (stage, actor) = (if n % 2 == 0 { stage.clone() } else { other.clone() }, olivia.actor.clone());
            let colour = [RED, GREEN, BLUE, YELLOW][n % 4];
            all.spawn(async move { stage.set_picture(&actor, &jpeg(&plain(64, 48, colour))).await });
        }
        let mut set = 0;
        for outcome in all.join_all().await {
            match outcome {
                Ok(()) => set += 1,
                Err(error) => assert_eq!(error, Error::Busy),
            }
        }
        assert!(set > 0, "none was set");
        let id = stage.picture_of(&olivia).await.expect("a picture");
        let [large, small] = shown(&stage, &olivia, &id).await.map(|square| square.expect("shown"));
        let colours = seen(&large);
        assert!(colours.iter().all(|colour| *colour == colours[0]), "{colours:?}");
        assert_eq!(seen(&small), colours, "the squares of two pictures");
        assert_eq!(stage.number("SELECT COUNT(*) FROM pictures").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM activity").await, 2 + set, "the sign-in too");
    }

    async fn with_a_user_goes_their_picture(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        for somebody in [&olivia, &max] {
            let signed_in = stage.sign_in(somebody).await;
            stage.set_picture(&signed_in.actor, &jpeg(&plain(8, 8, BLUE))).await.expect("set");
        }
        let delete = format!("DELETE FROM users WHERE id = '{}'", olivia.id);
        assert_eq!(run(&stage.db, &delete).await.ok(), Some(1));
        for table in ["pictures", "activity"] {
            let left = texts(&stage.db, &format!("SELECT DISTINCT user_id FROM {table}")).await;
            assert_eq!(left, [max.id.as_str()], "{table}");
        }
    }
}
