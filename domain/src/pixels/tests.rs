//! What no flow drives to its edges: queues, memory, and thousands of damaged files.

#[path = "../../tests/support/pictures.rs"]
#[allow(dead_code, reason = "the tests of flows read more of it")]
mod pictures;

use super::*;
use crate::clock::Rng;
use pictures::{animated_png, animated_webp, chunks, encoded, file, ihdr, jpeg, png, quarters, turned, zeros};

fn sent(width: u32, height: u32, per_pixel: u64, besides: u64) -> Sent {
    let shape = Shape { width, height, per_pixel, besides };
    Sent { bytes: Vec::new(), format: Format::Png, shape }
}

#[test]
fn memory_is_set_aside_for_what_decoding_takes() {
    assert_eq!(sent(1, 1, 3, 0).memory_mib(), Ok(13));
    assert_eq!(sent(6_000, 4_000, 3, 0).memory_mib(), Ok(81));
    assert_eq!(sent(6_000, 4_000, 3, 20 * MIB).memory_mib(), Ok(101));
    // What would not fit alone is told how large it might be.
    let too_many = |max_megapixels| Err(Problem::TooManyPixels { max_side: SIDE_MAX, max_megapixels });
    assert_eq!(sent(6_000, 4_000, 8, 0).memory_mib(), too_many(15));
    assert_eq!(sent(6_000, 4_000, 13, 20 * MIB).memory_mib(), too_many(7));
    assert_eq!(sent(3_000, 2_500, 13, 0).memory_mib(), Ok(105));
}

#[tokio::test]
async fn who_waits_in_vain_for_a_turn_or_for_memory_is_told_that_we_are_busy() {
    let (picture, queue) = (jpeg(&quarters(16, 16)), Duration::from_millis(100));
    for (turns, memory_mib) in [(0, 128), (2, 12), (1, 0)] {
        let shrinker = Shrinker {
            turns: Arc::new(Semaphore::new(turns)),
            memory_mib: Arc::new(Semaphore::new(memory_mib)),
            queue,
            bench: Bench::new(),
        };
        assert_eq!(shrinker.squares(file(&picture)).await.err(), Some(Error::Busy));
        shrinker.turns.add_permits(1);
        shrinker.memory_mib.add_permits(13);
        assert!(shrinker.squares(file(&picture)).await.is_ok());
        let free = (shrinker.turns.available_permits(), shrinker.memory_mib.available_permits());
        assert_eq!(free, (turns + 1, memory_mib + 13), "somebody keeps what they had");
    }
}

#[tokio::test]
async fn refused_pictures_keep_no_turn() {
    let shrinker = Shrinker::default();
    let huge = png(&[ihdr(60_000, 60_000, 1, 0), (*b"IDAT", zeros(1 << 20)), (*b"IEND", Vec::new())]);
    for _ in 0..5 {
        assert!(shrinker.squares(file(&huge)).await.is_err());
        assert!(shrinker.squares(file(b"\x89PNG\r\n\x1a\n<html>")).await.is_err());
        assert!(shrinker.squares(file(b"")).await.is_err());
    }
    assert_eq!((shrinker.turns.available_permits(), shrinker.memory_mib.available_permits()), (2, 128));
}

#[test]
fn light_on_white_is_mixed_evenly() {
    assert_eq!([on_white(0, 255), on_white(200, 255), on_white(0, 0), on_white(255, 7)], [0, 200, 255, 255]);
    assert_eq!([on_white(0, 128), on_white(100, 51)], [127, 224]);
}

/// Small files of every kind, in which most bits say something.
fn samples() -> Vec<Vec<u8>> {
    let (picture, other) = (quarters(24, 17), quarters(24, 17).fliph());
    let grey = DynamicImage::ImageLuma16(picture.to_luma16());
    vec![
        jpeg(&picture),
        turned(&jpeg(&picture), 6),
        encoded(&picture, ImageFormat::Png),
        encoded(&grey, ImageFormat::Png),
        animated_png(&picture, &other),
        encoded(&picture, ImageFormat::WebP),
        animated_webp(&picture, &other),
        include_bytes!("../../tests/data/lossy.webp").to_vec(),
        include_bytes!("../../tests/data/lossy-transparent.webp").to_vec(),
    ]
}

/// Turns a bit over for each four of the dice.
fn turn_over(bytes: &mut [u8], dice: &[u8]) {
    for die in dice.chunks_exact(4) {
        let bit = u32::from_be_bytes(die.try_into().expect("four bytes")) as usize % (8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

/// The sample with one to four bits turned over. Every other PNG has checksums that are right all the same.
fn damaged(sample: &[u8], rng: &Rng) -> Vec<u8> {
    let dice: [u8; 18] = rng.bytes();
    let bits = &dice[2..][..4 * (1 + usize::from(dice[0] % 4))];
    if dice[0] >= 128 && sample.starts_with(b"\x89PNG") {
        let mut all = chunks(sample);
        // All chunks but the last hold something.
        let chunk = usize::from(dice[1]) % (all.len() - 1);
        turn_over(&mut all[chunk].1, bits);
        return png(&all);
    }
    let mut file = sample.to_vec();
    turn_over(&mut file, bits);
    file
}

#[tokio::test]
async fn five_thousand_damaged_files_are_read_or_refused() {
    let (samples, rng, bench) = (samples(), Rng::seeded(20_261_121), Bench::new());
    let (mut read, mut refused) = (0, 0);
    for n in 0..5_000 {
        let bytes = damaged(&samples[n % samples.len()], &rng);
        let outcome = bench.work(move || {
            let sent = Sent::look(bytes).map_err(at_the_field)?;
            sent.memory_mib().map_err(at_the_field)?;
            sent.middle().map_err(at_the_field)
        });
        match outcome.await {
            Ok((middle, _)) => {
                assert!(middle.width() > 0 && middle.width() == middle.height(), "{n}");
                read += 1;
            }
            Err(Error::Invalid(problems)) => {
                let [(Field::Picture, problem)] = problems[..] else { panic!("{n}: {problems:?}") };
                let expected =
                    matches!(problem, Problem::Damaged | Problem::NotAPicture | Problem::TooManyPixels { .. });
                assert!(expected, "{n}: {problem:?}");
                refused += 1;
            }
            Err(error) => panic!("{n}: {error:?}"),
        }
    }
    assert!(read > 500 && refused > 500, "{read} were read, {refused} refused: most of it was not tried");
}
