//! WebP, chunk by chunk (RFC 9649, 2).

use super::{Shape, vp8l};
use crate::error::Problem;
use crate::picture;

/// Where the first chunk begins, after `RIFF`, the size of the rest, and `WEBP`.
const FIRST: usize = 12;
/// Type and size before what a chunk holds.
const HEAD: usize = 8;
/// Where the first chunk of a frame begins in the chunk of the frame.
const FRAME: usize = 16;
/// A lossless stream starts with a byte to know it by, its sides, and whether it has transparency.
const LOSSLESS: usize = 5;
/// The most bytes that tables may take: those of some eight hundred groups of codes, where encoders make some hundred.
const TABLES_MAX: u64 = 48 * 1024 * 1024;

/// The shape of the picture in a file, which is left to end where it says that it ends. Of an animation only the
/// first frame counts.
pub(super) fn shape(bytes: &mut Vec<u8>) -> Result<Shape, Problem> {
    let end = number(bytes, 4, 4).and_then(|rest| usize::try_from(rest).ok()?.checked_add(8));
    let end = end.filter(|end| *end <= bytes.len()).ok_or(Problem::Damaged)?;
    bytes.truncate(end);
    let (mut found, (width, height)) = Found::sides(bytes).ok_or(Problem::Damaged)?;
    picture::check_dimensions(width, height)?;
    let chunks = if found.is_extended { FIRST + HEAD + 10 } else { FIRST };
    found.look(bytes, chunks, (width, height)).ok_or(Problem::Damaged)?;
    let per_pixel = found.per_pixel().filter(|_| found.tables <= TABLES_MAX).ok_or(Problem::Damaged)?;
    Ok(Shape { width, height, per_pixel, besides: found.tables })
}

/// The number in `count` bytes at `at`, the lowest first.
fn number(bytes: &[u8], at: usize, count: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + count)?;
    Some(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

/// What was found in a file.
#[derive(Default)]
struct Found {
    is_extended: bool,
    is_animated: bool,
    is_lossy: bool,
    is_lossless: bool,
    is_transparent: bool,
    /// Whether the first frame was looked at; there is none within a frame.
    is_framed: bool,
    /// Bytes that tables for prefix codes take.
    tables: u64,
}

impl Found {
    /// What the first chunk says, and the sides of the whole picture.
    fn sides(bytes: &[u8]) -> Option<(Self, (u32, u32))> {
        let holds = FIRST + HEAD;
        let mut found = Self::default();
        let sides = match bytes.get(FIRST..FIRST + 4)? {
            b"VP8 " => lossy_sides(bytes.get(holds..)?)?,
            b"VP8L" => {
                found.is_transparent = number(bytes, holds + 1, 4)? & (1 << 28) != 0;
                lossless_sides(bytes.get(holds..)?)?
            }
            b"VP8X" if number(bytes, FIRST + 4, 4)? == 10 => {
                let flags = bytes.get(holds)?;
                found.is_extended = true;
                found.is_transparent = flags & 0x10 != 0;
                found.is_animated = flags & 0x02 != 0;
                (number(bytes, holds + 4, 3)? + 1, number(bytes, holds + 7, 3)? + 1)
            }
            _ => return None,
        };
        Some((found, sides))
    }

    /// Looks at the chunks from `at` on, each of which is whole and belongs to a picture of these sides.
    fn look(&mut self, bytes: &[u8], mut at: usize, sides: (u32, u32)) -> Option<()> {
        while at < bytes.len() {
            let size = usize::try_from(number(bytes, at + 4, 4)?).ok()?;
            let chunk = bytes.get(at + HEAD..(at + HEAD).checked_add(size)?)?;
            match &bytes[at..at + 4] {
                b"VP8 " => {
                    self.is_lossy = true;
                    // A stream that is larger than it is said to be would be decoded before anybody found out.
                    (lossy_sides(chunk)? == sides).then_some(())?;
                }
                b"VP8L" => {
                    self.is_lossless = true;
                    (lossless_sides(chunk)? == sides).then_some(())?;
                    self.tables += vp8l::tables(&chunk[LOSSLESS..], sides)?;
                }
                // Its transparency is a lossless stream without a start of its own.
                b"ALPH" if chunk.first()? & 3 == 1 => self.tables += vp8l::tables(&chunk[1..], sides)?,
                b"ANMF" if !std::mem::replace(&mut self.is_framed, true) => self.look_at_frame(chunk, sides)?,
                _ => {}
            }
            // Chunks begin at even places.
            at += HEAD + size + size % 2;
        }
        Some(())
    }

    fn look_at_frame(&mut self, frame: &[u8], sides: (u32, u32)) -> Option<()> {
        let own = (number(frame, 6, 3)? + 1, number(frame, 9, 3)? + 1);
        (own.0 <= sides.0 && own.1 <= sides.1).then_some(())?;
        self.look(frame, FRAME, own)
    }

    /// Bytes that decoding takes for each pixel: what is shown, and what is put together before it is.
    fn per_pixel(&self) -> Option<u64> {
        match self {
            // The frame as it was sent, with its transparency or without, the canvas it is laid on, and what is shown.
            Self { is_animated: true, .. } => Some(13),
            Self { is_lossy: true, is_transparent: true, .. } => Some(12),
            Self { is_lossy: true, .. } => Some(5),
            Self { is_lossless: true, is_transparent: true, .. } => Some(5),
            Self { is_lossless: true, .. } => Some(8),
            _ => None,
        }
    }
}

/// The sides in a stream of VP8 (RFC 6386, 9.1), which always starts with a key frame here.
fn lossy_sides(stream: &[u8]) -> Option<(u32, u32)> {
    let sides = (number(stream, 6, 2)? & 0x3fff, number(stream, 8, 2)? & 0x3fff);
    (stream[0] & 1 == 0 && stream[3..6] == *b"\x9d\x01\x2a").then_some(sides)
}

/// The sides in a stream of VP8L (RFC 9649, 3.4).
fn lossless_sides(stream: &[u8]) -> Option<(u32, u32)> {
    let sides = number(stream, 1, 4)?;
    (stream[0] == 0x2f).then_some(((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1))
}

#[cfg(test)]
mod tests {
    use super::super::vp8l::tests::naming;
    use super::*;

    /// What the tables of one group take, where there is no cache.
    const GROUP: u64 = 55_296;
    const PALETTE: &[u8] = include_bytes!("../../tests/data/palette.webp");
    const LOSSY: &[u8] = include_bytes!("../../tests/data/lossy.webp");
    const LOSSY_TRANSPARENT: &[u8] = include_bytes!("../../tests/data/lossy-transparent.webp");

    fn chunk(kind: &[u8; 4], holds: &[u8]) -> Vec<u8> {
        let size = u32::try_from(holds.len()).expect("short");
        [&kind[..], &size.to_le_bytes(), holds, &vec![0; holds.len() % 2]].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk(b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat())
    }

    /// The chunk that an extended file starts with.
    fn extended(flags: u8, width: u32, height: u32) -> Vec<u8> {
        let sides = [width - 1, height - 1].map(|side| side.to_le_bytes());
        chunk(b"VP8X", &[&[flags, 0, 0, 0][..], &sides[0][..3], &sides[1][..3]].concat())
    }

    /// A lossless picture with so many groups of codes.
    fn lossless(width: u32, height: u32, groups: u32) -> Vec<u8> {
        let sides = (width - 1) | ((height - 1) << 14);
        let stream = naming(u16::try_from(groups - 1).expect("few"));
        chunk(b"VP8L", &[&[0x2f][..], &sides.to_le_bytes(), &stream].concat())
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        chunk(b"VP8 ", &[&[0x10, 0, 0, 0x9d, 0x01, 0x2a][..], &sides, &[0; 20]].concat())
    }

    /// A frame of an animation.
    fn frame(width: u32, height: u32, holds: &[u8]) -> Vec<u8> {
        let sides = [width - 1, height - 1].map(|side| side.to_le_bytes());
        chunk(b"ANMF", &[&[0; 6][..], &sides[0][..3], &sides[1][..3], &[0; 4], holds].concat())
    }

    fn look(file: &[u8]) -> Result<Shape, Problem> {
        shape(&mut file.to_vec())
    }

    #[test]
    fn what_decoding_takes_hangs_on_how_it_was_encoded() {
        let shape = |width, height, per_pixel, groups| Ok(Shape { width, height, per_pixel, besides: groups * GROUP });
        assert_eq!(look(PALETTE), shape(300, 200, 5, 1));
        assert_eq!(look(LOSSY), shape(40, 24, 5, 0));
        assert_eq!(look(LOSSY_TRANSPARENT), shape(40, 24, 12, 1));
        assert_eq!(look(&file(&[lossless(40, 24, 800)])), shape(40, 24, 8, 800));
        assert_eq!(look(&file(&[lossy(40, 24)])), shape(40, 24, 5, 0));
        let animated = [extended(0x02, 40, 24), chunk(b"ANIM", &[0; 6]), frame(40, 24, &lossless(40, 24, 3))];
        assert_eq!(look(&file(&animated)), shape(40, 24, 13, 3));
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_damaged_and_what_comes_after_it_is_not_kept() {
        for whole in [PALETTE, LOSSY, LOSSY_TRANSPARENT] {
            for length in 12..whole.len() {
                assert_eq!(look(&whole[..length]), Err(Problem::Damaged), "{length}");
            }
            let mut more = [whole, b"EXIF\xff\xff\xff\xff"].concat();
            assert!(shape(&mut more).is_ok());
            assert_eq!(more, whole);
        }
    }

    #[test]
    fn nothing_in_it_is_larger_than_the_picture_is_said_to_be() {
        let canvas = |flags| extended(flags, 40, 24);
        for chunks in [
            vec![canvas(0), lossy(16_000, 16_000)],
            vec![canvas(0), lossless(41, 24, 1)],
            vec![canvas(0x02), frame(41, 24, &lossy(41, 24))],
            vec![canvas(0x02), frame(20, 24, &lossy(40, 24))],
            vec![canvas(0x02), frame(20, 24, &lossless(40, 24, 1))],
            vec![canvas(0), chunk(b"EXIF", b"abc")[..10].to_vec()],
            vec![canvas(0)],
            vec![chunk(b"VP8X", &[0; 8]), lossy(1, 1)],
            vec![chunk(b"ALPH", &[0])],
            vec![lossy(0, 24)],
            Vec::new(),
        ] {
            assert_eq!(look(&file(&chunks)), Err(Problem::Damaged), "{chunks:x?}");
        }
        let too_many = Problem::TooManyPixels { max_side: 8_192, max_megapixels: 24 };
        assert_eq!(look(&file(&[extended(0, 1 << 24, 1 << 24)])), Err(too_many));
        assert_eq!(look(&file(&[lossless(9_000, 1, 1)])), Err(too_many));
    }

    #[test]
    fn more_groups_of_codes_than_any_encoder_makes_are_refused() {
        let (few, many) = (lossless(4, 4, 900), lossless(4, 4, 1_000));
        assert!(look(&file(&[few])).is_ok());
        assert_eq!(look(&file(std::slice::from_ref(&many))), Err(Problem::Damaged));
        let transparency = chunk(b"ALPH", &[&[1][..], &naming(1_000)].concat());
        assert_eq!(look(&file(&[extended(0x10, 4, 4), transparency, lossy(4, 4)])), Err(Problem::Damaged));
        assert_eq!(look(&file(&[extended(0x02, 4, 4), frame(4, 4, &many)])), Err(Problem::Damaged));
    }

    #[test]
    fn frames_within_frames_are_not_looked_at() {
        let mut nested = lossy(4, 4);
        for _ in 0..5_000 {
            nested = frame(4, 4, &nested);
        }
        assert_eq!(look(&file(&[extended(0x02, 4, 4), nested])).map(|shape| shape.per_pixel), Ok(13));
    }
}
