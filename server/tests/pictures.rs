//! The profile picture from outside: sent with JavaScript and without, shown in its two sizes, and to whom (UPL-5).

use axum::body::Body;
use axum::http::Method;

use crate::support::page::{attribute, tags, text};
use crate::support::pictures::{BLUE, GREEN, RED, YELLOW, encoded, jpeg, plain, quarters, seen, sides};
use crate::support::{Answer, Browser, both, form_with};

const ACCOUNT: &str = "/c/acme/account";

/// A form with a JPEG.
fn form() -> Vec<u8> {
    form_with("picture", "me.jpg", &jpeg(&quarters(60, 40)))
}

/// The id of the picture that a page's header shows.
async fn picture_on(page: &str, of: &mut Browser) -> Option<String> {
    let answer = of.page(page).await;
    assert_eq!(answer.status, 200);
    let image = tags(&answer.body).into_iter().find(|tag| tag.starts_with("img ") && tag.contains("/pictures/"))?;
    let source = attribute(image, "src").expect("a source");
    source.strip_prefix("/pictures/")?.split_once('/').map(|(id, _)| id.to_owned())
}

/// Sends a picture, and says its id.
async fn pictured(who: &mut Browser) -> String {
    let answer = who.upload(form()).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "null"));
    picture_on(ACCOUNT, who).await.expect("a picture")
}

async fn get(who: &mut Browser, path: &str) -> Answer {
    who.ask(Method::GET, path, &[("accept", "image/*")], Body::empty()).await
}

both! {
    async fn a_picture_is_sent_and_seen_in_the_header(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        assert_eq!(picture_on(ACCOUNT, &mut olivia).await, None);
        let id = pictured(&mut olivia).await;
        for page in ["/c/acme/account/security", "/c/acme/account/groups", "/c/acme/account/accounts"] {
            assert_eq!(picture_on(page, &mut olivia).await.as_deref(), Some(id.as_str()), "{page}");
        }
        for side in [512, 96] {
            let answer = get(&mut olivia, &format!("/pictures/{id}/{side}")).await;
            assert_eq!((answer.status, sides(&answer.bytes)), (200, (side, side)));
            assert_eq!(seen(&answer.bytes), [RED, GREEN, BLUE, YELLOW]);
            for (name, value) in [
                ("content-type", "image/jpeg"),
                ("cache-control", "private, max-age=31536000, immutable"),
                ("content-security-policy", "default-src 'none'; sandbox"),
                ("content-disposition", "inline; filename=\"picture.jpg\""),
                ("x-content-type-options", "nosniff"),
                ("cross-origin-resource-policy", "same-origin"),
                ("set-cookie", ""),
            ] {
                assert_eq!(answer.header(name), value, "{side}: {name}");
            }
        }
    }

    async fn without_javascript_the_page_says_what_became_of_it(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let page = olivia.submit_picture(form(), ACCOUNT).await;
        assert_eq!(page.status, 200);
        let said = "Your picture has been saved.";
        assert_eq!(page.body.matches(said).count(), 1, "{}", page.body);
        let id = picture_on(ACCOUNT, &mut olivia).await.expect("a picture");
        assert!(!olivia.page(ACCOUNT).await.body.contains(said), "it says so once");

        let mut long = jpeg(&quarters(60, 40));
        long.resize((8 << 20) + 1, 0);
        let refusals: [(&str, &[u8], &str); 5] = [
            ("", b"", "Choose a picture first."),
            ("me.png", b"", "This file is empty. Choose another."),
            ("me.png", b"%PDF-1.7\n<<>>\n%%EOF", "This is not a PNG, JPEG or WebP picture."),
            ("me.png", b"\x89PNG\r\n\x1a\n<html>", "This picture cannot be read; the file is damaged."),
            ("me.jpg", &long, "This file is larger than 8 MiB. Choose a smaller one."),
        ];
        for (file_name, file, sentence) in refusals {
            let page = olivia.submit_picture(form_with("picture", file_name, file), ACCOUNT).await;
            let field = tags(&page.body).into_iter().find(|tag| tag.contains(" id=\"picture\"")).expect("the field");
            assert_eq!(attribute(field, "aria-invalid"), Some("true"), "{field}");
            assert!(field.contains("picture-error") && text(&page.body).contains(sentence), "{}", page.body);
        }
        assert_eq!(picture_on(ACCOUNT, &mut olivia).await, Some(id), "and the picture stays");
    }

    async fn another_picture_has_another_url(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let first = pictured(&mut olivia).await;
        let second = pictured(&mut olivia).await;
        assert_ne!(first, second);
        assert_eq!(get(&mut olivia, &format!("/pictures/{first}/96")).await.status, 404);
        assert_eq!(get(&mut olivia, &format!("/pictures/{second}/96")).await.status, 200);
        let removed = olivia.call("remove_picture", &[("slug", "acme")]).await;
        assert_eq!((removed.status, removed.body.as_str()), (200, "null"));
        assert_eq!(get(&mut olivia, &format!("/pictures/{second}/96")).await.status, 404);
        assert_eq!(picture_on(ACCOUNT, &mut olivia).await, None);
    }

    async fn whom_it_is_not_for_sees_that_there_is_none(stage: Stage) {
        let (mut olivia, mut max) = (stage.signed_in("olivia").await, stage.signed_in("max").await);
        let mut greta = stage.signed_in("greta").await;
        let id = pictured(&mut olivia).await;
        // Greta is a guest of the same client.
        for who in [&mut olivia, &mut max, &mut greta] {
            assert_eq!(get(who, &format!("/pictures/{id}/512")).await.status, 200);
        }
        let leave = "DELETE FROM memberships WHERE kind = 'guest'";
        crate::support::raw::run(&stage.db, leave).await.expect("deleted");
        let half = stage.half_signed_in("una").await;
        let mut signed_out = olivia.clone();
        let mut forger = stage.browser();
        forger.plant("selfsame-session", half.cookie("selfsame-sign-in"));
        olivia.ask(Method::POST, "/sign-out", &[("sec-fetch-site", "same-origin")], "").await;
        for who in [&mut half.clone(), &mut signed_out, &mut forger, &mut stage.browser(), &mut olivia] {
            assert_eq!(get(who, &format!("/pictures/{id}/96")).await.status, 404);
        }
        // What is not for her, and what there is not, is one answer to her.
        let nothing = get(&mut greta, "/pictures/AAAAAAAAAAAAAAAAAAAAAA/96").await;
        for path in [
            format!("/pictures/{id}/512"),
            format!("/pictures/{id}/96"),
            format!("/pictures/{id}/97"),
            format!("/pictures/{id}/0512"),
            format!("/pictures/{id}/+96"),
            format!("/pictures/{id}/96.jpg"),
            "/pictures/%ff/96".to_owned(),
            "/pictures/..%2f..%2fetc/96".to_owned(),
        ] {
            let answer = get(&mut greta, &path).await;
            assert_eq!((answer.status, answer.header("cache-control")), (404, "no-store"), "{path}");
            assert_eq!(answer.lasting_headers(), nothing.lasting_headers(), "{path}");
            assert_eq!(answer.bytes, nothing.bytes, "{path}");
        }
        assert_eq!(get(&mut max, &format!("/pictures/{id}/97")).await.status, 404);
    }

    async fn what_stands_around_each_page_names_the_picture(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        pictured(&mut olivia).await;
        let frame = olivia.call("load_frame", &[("slug", "acme")]).await;
        let id = picture_on(ACCOUNT, &mut olivia).await.expect("a picture");
        assert!(frame.body.contains(&format!("\"picture\":\"{id}\"")), "{}", frame.body);
        let png = form_with("picture", "x", &encoded(&plain(9, 9, BLUE), image::ImageFormat::Png));
        assert_eq!(olivia.upload(png).await.status, 200);
        let frame = olivia.call("load_frame", &[("slug", "acme")]).await;
        assert!(!frame.body.contains(&id), "{}", frame.body);
    }
}
