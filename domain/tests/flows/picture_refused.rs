//! What is no picture, or too much of one, is refused with a reason, and the former picture stays (UPL-1 to UPL-3).

use domain::error::{Error, Field, Problem};
use image::ImageFormat;

use crate::support::pictures::{encoded, ihdr, jpeg, png, quarters, turned, with_chunks, zeros};
use crate::support::{SignedIn, Stage, both};

/// The picture as it is stored, and what is recorded of it.
async fn kept(stage: &Stage) -> (Vec<String>, i64) {
    let rows = crate::support::raw::texts(&stage.db, "SELECT id FROM pictures").await;
    (rows, stage.number("SELECT COUNT(*) FROM activity").await)
}

/// Somebody who has a picture.
async fn pictured(stage: &Stage) -> SignedIn {
    let olivia = stage.sign_in(&stage.person("olivia").await).await;
    stage.set_picture(&olivia.actor, &jpeg(&quarters(40, 30))).await.expect("set");
    olivia
}

const TOO_MANY: Problem = Problem::TooManyPixels { max_side: 8_192, max_megapixels: 24 };

/// Files and what is wrong with them.
fn refusals() -> Vec<(&'static str, Vec<u8>, Problem)> {
    let (picture, end) = (quarters(40, 30), (*b"IEND", Vec::new()));
    let huge = |width, height| png(&[ihdr(width, height, 8, 2), (*b"IDAT", zeros(10 << 20)), end.clone()]);
    let mut of_8_mib = jpeg(&picture);
    of_8_mib.resize((8 << 20) + 1, 0);
    let mut headless = encoded(&picture, ImageFormat::Png);
    headless[..8].copy_from_slice(b"<html>  ");
    vec![
        ("nothing", Vec::new(), Problem::EmptyFile),
        ("a byte", vec![0x89], Problem::NotAPicture),
        ("too long by a byte", of_8_mib, Problem::FileTooLarge { max_mib: 8 }),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>".into(), Problem::NotAPicture),
        (
            "GIF",
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".into(),
            Problem::NotAPicture,
        ),
        ("PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF".into(), Problem::NotAPicture),
        ("BMP", encoded_bmp(), Problem::NotAPicture),
        ("a PNG without its head", headless, Problem::NotAPicture),
        (
            "HTML with the head of a PNG",
            b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>".into(),
            Problem::Damaged,
        ),
        ("HTML with the head of a JPEG", b"\xff\xd8\xff\xe0<html><script>alert(1)</script>".into(), Problem::Damaged),
        ("HTML with the head of a WebP", b"RIFF\x20\0\0\0WEBP<html>alert(1)</html>________".into(), Problem::Damaged),
        ("a PNG without pixels", png(&[ihdr(40, 30, 8, 2), end.clone()]), Problem::Damaged),
        ("60,000 by 60,000", huge(60_000, 60_000), TOO_MANY),
        ("25 million", huge(5_000, 5_000), TOO_MANY),
        ("a side too long by one", huge(8_193, 1), TOO_MANY),
        // It would fit the limits of all pictures, and not the memory that there is.
        (
            "16 bits for each of four channels",
            png(&[ihdr(4_800, 4_800, 16, 6), (*b"IDAT", zeros(1 << 20)), end]),
            Problem::TooManyPixels { max_side: 8_192, max_megapixels: 15 },
        ),
    ]
}

fn encoded_bmp() -> Vec<u8> {
    [&b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0"[..], &[0; 28]].concat()
}

both! {
    async fn each_refusal_has_its_reason_and_changes_nothing(stage: Stage) {
        let olivia = pictured(&stage).await;
        let before = kept(&stage).await;
        for (what, file, problem) in refusals() {
            let outcome = stage.set_picture(&olivia.actor, &file).await;
            assert_eq!(outcome, Err(Error::at(Field::Picture, problem)), "{what}");
            assert_eq!(kept(&stage).await, before, "{what}");
        }
        assert!(stage.set_picture(&olivia.actor, &jpeg(&quarters(40, 30))).await.is_ok(), "and the next one is taken");
    }

    async fn a_file_that_is_cut_off_is_refused_wherever_that_is(stage: Stage) {
        let olivia = pictured(&stage).await;
        let before = kept(&stage).await;
        let picture = quarters(40, 30);
        let wholes = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP].map(|format| encoded(&picture, format));
        for whole in wholes.into_iter().chain([turned(&jpeg(&picture), 6)]) {
            let step = whole.len() / 40;
            let middle = (12..whole.len() - 20).step_by(step.max(1));
            for length in middle.chain(whole.len() - 20..whole.len()) {
                let outcome = stage.set_picture(&olivia.actor, &whole[..length]).await;
                assert_eq!(outcome, Err(Error::at(Field::Picture, Problem::Damaged)), "{length} of {}", whole.len());
            }
        }
        assert_eq!(kept(&stage).await, before);
    }

    async fn damaged_files_set_a_whole_picture_or_none(stage: Stage) {
        let olivia = pictured(&stage).await;
        let mut before = kept(&stage).await;
        let picture = quarters(24, 16);
        let text = (*b"tEXt", b"Comment\0nothing".to_vec());
        let samples = [
            (encoded(&picture, ImageFormat::WebP), 12),
            (jpeg(&picture), 12),
            (with_chunks(&encoded(&picture, ImageFormat::Png), &[text]), 60),
        ];
        for (sample, times) in samples {
            for n in 0..times {
                let mut file = sample.clone();
                // Spread over the file, and over the bits of a byte.
                file[n * sample.len() / times] ^= 1 << (n % 8);
                let outcome = stage.set_picture(&olivia.actor, &file).await;
                let after = kept(&stage).await;
                match outcome {
                    Ok(()) => assert!(after.0.len() == 1 && after.0 != before.0 && after.1 == before.1 + 1, "{n}"),
                    Err(Error::Invalid(_)) => assert_eq!(after, before, "{n}"),
                    Err(error) => panic!("{n}: {error:?}"),
                }
                before = after;
            }
        }
    }
}
