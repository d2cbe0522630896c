//! What the squares look like: the middle of the picture, upright, on white, of the first frame, and nothing else in
//! them (UPL-4).

use domain::flows::picture::square;
use domain::picture::{LARGE, SMALL};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::support::pictures::{
    BLUE, GREEN, RED, WHITE, YELLOW, animated_png, animated_webp, bomb, encoded, exif, jpeg, markers, plain, quarters,
    seen, sides, turned, with_chunks, with_segments,
};
use crate::support::{SignedIn, Stage, both};

/// The two squares that are kept of a file.
async fn squares(stage: &Stage, who: &SignedIn, file: &[u8]) -> [Vec<u8>; 2] {
    stage.set_picture(&who.actor, file).await.expect("a picture");
    let id = stage.picture_of(who).await.expect("a picture");
    let mut squares = [Vec::new(), Vec::new()];
    for (kept, side) in squares.iter_mut().zip([LARGE, SMALL]) {
        *kept = square(stage, &who.actor, &id, side).await.expect("shown");
        assert_eq!(sides(kept), (side, side));
    }
    squares
}

/// The quarters of both squares, which show the same.
async fn quarters_of(stage: &Stage, who: &SignedIn, file: &[u8]) -> [[u8; 3]; 4] {
    let [large, small] = squares(stage, who, file).await;
    assert_eq!(seen(&large), seen(&small));
    seen(&large)
}

async fn olivia(stage: &Stage) -> SignedIn {
    stage.sign_in(&stage.person("olivia").await).await
}

/// Red, green, blue and yellow as they are seen, upper left and right, then lower left and right, once a picture that
/// lies like [`quarters`] was turned (CIPA DC-008, 4.6.4.A).
const TURNED: [[[u8; 3]; 4]; 8] = [
    [RED, GREEN, BLUE, YELLOW],
    [GREEN, RED, YELLOW, BLUE],
    [YELLOW, BLUE, GREEN, RED],
    [BLUE, YELLOW, RED, GREEN],
    [RED, BLUE, GREEN, YELLOW],
    [BLUE, RED, YELLOW, GREEN],
    [YELLOW, GREEN, BLUE, RED],
    [GREEN, YELLOW, RED, BLUE],
];

both! {
    async fn pictures_of_all_eight_orientations_come_out_upright(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (wide, high) = (quarters(60, 40), quarters(40, 60));
        for (orientation, expected) in (1..).zip(TURNED) {
            for picture in [&wide, &high] {
                let file = turned(&jpeg(picture), orientation);
                assert_eq!(quarters_of(&stage, &olivia, &file).await, expected, "JPEG {orientation}");
            }
        }
        for orientation in [3_u8, 6] {
            let expected = TURNED[usize::from(orientation) - 1];
            let file = with_chunks(&encoded(&wide, ImageFormat::Png), &[(*b"eXIf", exif(orientation))]);
            assert_eq!(quarters_of(&stage, &olivia, &file).await, expected, "PNG {orientation}");
        }
        for nonsense in [0, 9, 255] {
            let file = turned(&jpeg(&wide), nonsense);
            assert_eq!(quarters_of(&stage, &olivia, &file).await, TURNED[0], "{nonsense}");
        }
    }

    async fn the_middle_is_cut_out_and_the_square_is_filled(stage: Stage) {
        let olivia = olivia(&stage).await;
        // Red, and yellow at both ends.
        let colour = |at| Rgb(if (30..60).contains(&at) { RED } else { YELLOW });
        for picture in [RgbImage::from_fn(90, 30, |x, _| colour(x)), RgbImage::from_fn(30, 90, |_, y| colour(y))] {
            let file = encoded(&picture.into(), ImageFormat::Png);
            assert_eq!(quarters_of(&stage, &olivia, &file).await, [RED; 4]);
        }
        for side in [1, 2, 95, 96, 97, 511, 512, 513, 1_025] {
            let file = encoded(&quarters(side, side), ImageFormat::Png);
            let expected = if side == 1 { [YELLOW; 4] } else { [RED, GREEN, BLUE, YELLOW] };
            assert_eq!(quarters_of(&stage, &olivia, &file).await, expected, "{side}");
        }
    }

    async fn nothing_of_the_file_is_left_but_what_is_seen(stage: Stage) {
        let olivia = olivia(&stage).await;
        let secret = b"48 51 29 N 2 17 40 E, by Olivia";
        let xmp = [&b"http://ns.adobe.com/xap/1.0/\0"[..], secret].concat();
        let icc = [&b"ICC_PROFILE\0\x01\x01"[..], secret].concat();
        let iptc = [&b"Photoshop 3.0\0"[..], secret].concat();
        let tiff = [&b"Exif\0\0"[..], &exif(6), secret].concat();
        let more: [(u8, &[u8]); 5] = [(0xe1, &tiff), (0xe1, &xmp), (0xe2, &icc), (0xed, &iptc), (0xfe, secret)];
        let photo = [&with_segments(&jpeg(&quarters(64, 64)), &more)[..], secret].concat();
        let text = |kind: &[u8; 4]| (*kind, [&b"Comment\0"[..], secret].concat());
        let chunks = [text(b"tEXt"), (*b"eXIf", tiff[6..].to_vec()), text(b"prVt")];
        let png = with_chunks(&encoded(&quarters(64, 64), ImageFormat::Png), &chunks);
        for file in [photo, png] {
            assert!(file.windows(secret.len()).any(|window| window == secret), "the file does not hold it");
            for square in squares(&stage, &olivia, &file).await {
                assert!(!square.windows(8).any(|window| secret.windows(8).any(|part| part == window)));
                let markers = markers(&square);
                // Start, JFIF, frame, and tables for quantization and codes.
                assert!(markers.iter().all(|marker| [0xd8, 0xe0, 0xc0, 0xdb, 0xc4].contains(marker)), "{markers:x?}");
                assert!(square.ends_with(b"\xff\xd9"));
            }
        }
    }

    async fn transparency_is_laid_on_white(stage: Stage) {
        let olivia = olivia(&stage).await;
        // Invisible red above; below, black that hides next to nothing, and green that hides all.
        let colour = |x, y| match (x < 20, y < 20) {
            (_, true) => Rgba([220, 30, 30, 0]),
            (true, false) => Rgba([0, 0, 0, 8]),
            (false, false) => Rgba([30, 180, 30, 255]),
        };
        let picture = DynamicImage::from(RgbaImage::from_fn(40, 40, colour));
        let deep = DynamicImage::ImageRgba16(picture.to_rgba16());
        for file in [
            encoded(&picture, ImageFormat::Png),
            encoded(&deep, ImageFormat::Png),
            encoded(&picture, ImageFormat::WebP),
        ] {
            assert_eq!(quarters_of(&stage, &olivia, &file).await, [WHITE, WHITE, WHITE, GREEN]);
        }
        let browser_made: &[u8] = include_bytes!("../data/lossy-transparent.webp");
        let [large, _] = squares(&stage, &olivia, browser_made).await;
        let corner = image::load_from_memory(&large).expect("a JPEG").to_rgb8();
        assert!(corner.get_pixel(5, 5).0.iter().all(|light| *light > 240), "{:?}", corner.get_pixel(5, 5));
        assert!(corner.get_pixel(256, 256).0[0] > 150 && corner.get_pixel(256, 256).0[1] < 90);
    }

    async fn of_an_animation_the_first_frame_is_kept(stage: Stage) {
        let olivia = olivia(&stage).await;
        let (first, second) = (quarters(40, 40), plain(40, 40, BLUE));
        for file in [animated_png(&first, &second), animated_webp(&first, &second)] {
            assert_eq!(quarters_of(&stage, &olivia, &file).await, TURNED[0]);
        }
    }

    async fn every_kind_of_pixels_is_read(stage: Stage) {
        let olivia = olivia(&stage).await;
        let picture = quarters(40, 40);
        for deep in [DynamicImage::ImageRgb16(picture.to_rgb16()), DynamicImage::ImageRgba8(picture.to_rgba8())] {
            let file = encoded(&deep, ImageFormat::Png);
            assert_eq!(quarters_of(&stage, &olivia, &file).await, TURNED[0]);
        }
        let white = plain(40, 40, WHITE);
        let greys = [
            DynamicImage::ImageLuma8(white.to_luma8()),
            DynamicImage::ImageLuma16(white.to_luma16()),
            DynamicImage::ImageLumaA8(white.to_luma_alpha8()),
            DynamicImage::ImageLumaA16(white.to_luma_alpha16()),
        ];
        for grey in greys {
            assert_eq!(quarters_of(&stage, &olivia, &encoded(&grey, ImageFormat::Png)).await, [WHITE; 4]);
        }
        let grey = DynamicImage::ImageLuma8(white.to_luma8());
        assert_eq!(quarters_of(&stage, &olivia, &jpeg(&grey)).await, [WHITE; 4]);
        for browser_made in [&include_bytes!("../data/lossy.webp")[..], include_bytes!("../data/palette.webp")] {
            squares(&stage, &olivia, browser_made).await;
        }
    }

    async fn what_is_packed_a_thousandfold_beside_the_pixels_is_not_unpacked(stage: Stage) {
        let olivia = olivia(&stage).await;
        let file = bomb();
        assert!(file.len() < 1 << 20, "{}", file.len());
        assert_eq!(quarters_of(&stage, &olivia, &file).await, TURNED[0]);
    }
}
