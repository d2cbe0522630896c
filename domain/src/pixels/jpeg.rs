//! JPEG, segment by segment (ITU-T T.81, annex B).

use super::Shape;
use crate::error::Problem;
use crate::picture;

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
/// Sequential frames are decoded block by block, where one scan holds all of a block.
const SEQUENTIAL: [u8; 2] = [0xc0, 0xc1];

/// The shape of the picture in a file, which is left to end where the picture ends. A file that ends before is
/// damaged, although decoders would fill the rest with grey.
pub(super) fn shape(bytes: &mut Vec<u8>) -> Result<Shape, Problem> {
    let (frame, scanned, end) = walk(bytes).ok_or(Problem::Damaged)?;
    picture::check_dimensions(frame.width, frame.height)?;
    bytes.truncate(end);
    let whole_blocks = SEQUENTIAL.contains(&frame.kind) && scanned == frame.factors.len();
    let kept = if whole_blocks { 0 } else { frame.coefficients() };
    let shown = if frame.factors.len() == 1 { 1 } else { 3 };
    Ok(Shape { width: frame.width, height: frame.height, per_pixel: shown + kept, besides: 0 })
}

/// The one frame, how many components its first scan has, and where the picture ends.
fn walk(bytes: &[u8]) -> Option<(Frame, usize, usize)> {
    let (mut frame, mut scanned, mut at) = (None, None, 0);
    loop {
        let (marker, after) = marker(bytes, at)?;
        at = after;
        match marker {
            END_OF_IMAGE => return Some((frame?, scanned?, at)),
            // Markers without a segment: the start, restarts within a scan, and one for private use.
            START_OF_IMAGE if at == 2 => continue,
            START_OF_IMAGE => return None,
            0x01 | 0xd0..=0xd7 => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let segment = bytes.get(at + 2..at + length)?;
        match marker {
            // Frames, but for three tables whose markers lie between theirs.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                let another = frame.replace(Frame::read(marker, segment)?);
                if another.is_some() {
                    return None;
                }
            }
            START_OF_SCAN => _ = scanned.get_or_insert(usize::from(*segment.first()?)),
            _ => {}
        }
        at += length;
    }
}

/// The next marker from `at` on, and where it ends. What lies between, the data of a scan above all, is passed over.
fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match *bytes.get(at)? {
            // A byte of the data that looks like a marker is followed by this.
            0 => {}
            // Filling; the next byte may be the marker.
            0xff => {}
            marker => return Some((marker, at + 1)),
        }
    }
}

struct Frame {
    kind: u8,
    width: u32,
    height: u32,
    /// How many blocks of each component there are across and down, in proportion.
    factors: Vec<(u64, u64)>,
}

impl Frame {
    fn read(kind: u8, segment: &[u8]) -> Option<Self> {
        let side = |at: usize| segment.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes);
        let count = usize::from(*segment.get(5)?);
        let components = segment.get(6..6 + 3 * count)?.chunks_exact(3);
        let factors: Vec<_> =
            components.map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 15))).collect();
        let are_sound = factors.iter().all(|(across, down)| (1..=4).contains(across) && (1..=4).contains(down));
        let is_sound = are_sound && (1..=4).contains(&count);
        is_sound.then_some(Self { kind, width: side(3)?.into(), height: side(1)?.into(), factors })
    }

    /// Bytes for each pixel where all coefficients are kept, at two bytes each, until the last scan was read.
    fn coefficients(&self) -> u64 {
        let blocks: u64 = self.factors.iter().map(|(across, down)| across * down).sum();
        let across = self.factors.iter().map(|(across, _)| *across).max().unwrap_or(1);
        let down = self.factors.iter().map(|(_, down)| *down).max().unwrap_or(1);
        (2 * blocks).div_ceil(across * down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment with its marker.
    fn segment(marker: u8, holds: &[u8]) -> Vec<u8> {
        let length = u16::try_from(holds.len() + 2).expect("short");
        [&[0xff, marker][..], &length.to_be_bytes(), holds].concat()
    }

    fn frame(marker: u8, width: u16, height: u16, factors: &[u8]) -> Vec<u8> {
        let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
        let components = factors.iter().flat_map(|factor| [1, *factor, 0]);
        let count = u8::try_from(factors.len()).expect("few");
        let holds: Vec<u8> = [8].into_iter().chain(sides).chain([count]).chain(components).collect();
        segment(marker, &holds)
    }

    /// A file with this frame and a scan of so many components, in whose data lie bytes that look like markers.
    fn file(frame: &[u8], scanned: u8) -> Vec<u8> {
        let thumbnail = segment(0xe1, b"Exif\0\0\xff\xd8\xff\xc0\0\x05nonsense\xff\xd9");
        let scan = segment(START_OF_SCAN, &[scanned, 1, 0]);
        let data = b"\x12\xff\0\x34\xff\xd0\x56\xff\xff\0\x78";
        [&b"\xff\xd8"[..], &thumbnail, frame, &scan, data, b"\xff\xd9"].concat()
    }

    #[test]
    fn what_decoding_takes_hangs_on_how_it_was_encoded() {
        let ways: [(u8, &[u8], u8, u64); 9] = [
            (0xc0, &[0x22, 0x11, 0x11], 3, 3),
            (0xc1, &[0x11, 0x11, 0x11], 3, 3),
            (0xc0, &[0x11], 1, 1),
            (0xc0, &[0x11; 4], 4, 3),
            // One component after the other.
            (0xc0, &[0x22, 0x11, 0x11], 1, 6),
            (0xc2, &[0x22, 0x11, 0x11], 3, 6),
            (0xc2, &[0x21, 0x11, 0x11], 3, 7),
            (0xc2, &[0x11, 0x11, 0x11], 3, 9),
            (0xc2, &[0x11], 1, 3),
        ];
        for (marker, factors, scanned, per_pixel) in ways {
            let mut bytes = file(&frame(marker, 40, 30, factors), scanned);
            let shape = shape(&mut bytes);
            assert_eq!(shape, Ok(Shape { width: 40, height: 30, per_pixel, besides: 0 }), "{marker:x} {factors:x?}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_damaged_and_what_comes_after_it_is_not_kept() {
        let whole = file(&frame(0xc0, 40, 30, &[0x11; 3]), 3);
        for length in 3..whole.len() {
            assert_eq!(shape(&mut whole[..length].to_vec()), Err(Problem::Damaged), "{length}");
        }
        let mut more = [&whole[..], b"a second picture"].concat();
        assert!(shape(&mut more).is_ok());
        assert_eq!(more, whole);
    }

    #[test]
    fn there_is_one_frame_and_it_makes_sense() {
        let good = frame(0xc0, 40, 30, &[0x11; 3]);
        let bad: [Vec<u8>; 7] = [
            [&good[..], &frame(0xc2, 8_000, 3_000, &[0x11; 3])].concat(),
            Vec::new(),
            frame(0xc0, 40, 30, &[]),
            frame(0xc0, 40, 30, &[0x11; 5]),
            frame(0xc0, 40, 30, &[0x51, 0x11, 0x11]),
            frame(0xc0, 40, 30, &[0x10, 0x11, 0x11]),
            frame(0xc0, 0, 30, &[0x11; 3]),
        ];
        for frame in bad {
            assert_eq!(shape(&mut file(&frame, 3)), Err(Problem::Damaged), "{frame:x?}");
        }
        let too_many = Problem::TooManyPixels { max_side: 8_192, max_megapixels: 24 };
        assert_eq!(shape(&mut file(&frame(0xc0, 60_000, 60_000, &[0x11; 3]), 3)), Err(too_many));
        assert_eq!(shape(&mut b"\xff\xd8\xff\xd9".to_vec()), Err(Problem::Damaged));
        assert_eq!(shape(&mut b"\xff\xd8\xff\xe0\0\x01".to_vec()), Err(Problem::Damaged));
    }
}
