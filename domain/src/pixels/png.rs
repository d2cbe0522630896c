//! PNG, chunk by chunk (PNG, third edition, 5).

use super::Shape;
use crate::error::Problem;
use crate::picture;

/// The signature before the first chunk.
const SIGNATURE: usize = 8;
/// Length and type before what a chunk holds.
const HEAD: usize = 8;
/// The checksum after it.
const CHECKSUM: usize = 4;
/// The most bytes of Exif that are looked at for the orientation; a JPEG could not hold more.
const EXIF_MAX: usize = 64 * 1024;

/// The shape of the first picture in a file, which is left with nothing but what that takes: texts and colour
/// profiles, which may be packed a thousandfold, are gone, and so are the further pictures of an animation.
pub(super) fn shape(bytes: &mut Vec<u8>) -> Result<Shape, Problem> {
    let Header { width, height, channels, depth } = header(bytes).ok_or(Problem::Damaged)?;
    picture::check_dimensions(width, height)?;
    let transparent = strip(bytes).ok_or(Problem::Damaged)?;
    // A transparent colour is unpacked to a channel of its own.
    Ok(Shape { width, height, per_pixel: (channels + u64::from(transparent)) * depth, besides: 0 })
}

struct Header {
    width: u32,
    height: u32,
    /// How many there are once a palette is unpacked.
    channels: u64,
    /// Bytes of each.
    depth: u64,
}

fn header(bytes: &[u8]) -> Option<Header> {
    let (13, kind, _) = chunk(bytes, SIGNATURE)? else { return None };
    let header = bytes.get(SIGNATURE + HEAD..SIGNATURE + HEAD + 13).filter(|_| &kind == b"IHDR")?;
    let side = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let channels = match header[9] {
        0 => 1,
        2 | 3 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let depth = if header[8] == 16 { 2 } else { 1 };
    Some(Header { width: side(0)?, height: side(4)?, channels, depth })
}

/// Length and type of the chunk at `at`, and where it ends; `None` where it is not whole.
fn chunk(bytes: &[u8], at: usize) -> Option<(usize, [u8; 4], usize)> {
    let length: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    let kind = bytes.get(at + 4..at + HEAD)?.try_into().ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    let end = (at + HEAD + CHECKSUM).checked_add(length)?;
    (end <= bytes.len()).then_some((length, kind, end))
}

/// Leaves the critical chunks, transparency and orientation; says whether there is transparency beside the pixels.
/// `None` where the file ends before its last chunk does.
fn strip(bytes: &mut Vec<u8>) -> Option<bool> {
    let (mut at, mut kept, mut transparent) = (SIGNATURE, SIGNATURE, false);
    loop {
        let (length, kind, end) = chunk(bytes, at)?;
        let is_critical = kind[0].is_ascii_uppercase();
        let is_orientation = &kind == b"eXIf" && length <= EXIF_MAX;
        transparent |= &kind == b"tRNS";
        if is_critical || is_orientation || &kind == b"tRNS" {
            bytes.copy_within(at..end, kept);
            kept += end - at;
        }
        at = end;
        if &kind == b"IEND" {
            bytes.truncate(kept);
            return Some(transparent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of these chunks; nobody looks at the checksums here.
    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for &(kind, holds) in chunks {
            let length = u32::try_from(holds.len()).expect("short");
            bytes.extend([&length.to_be_bytes()[..], kind, holds, &[0; 4]].concat());
        }
        bytes
    }

    fn ihdr(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat()
    }

    #[test]
    fn nothing_is_left_but_what_pixels_take() {
        let header = ihdr(3, 2, 8, 2);
        let mut bytes = file(&[
            (b"IHDR", &header),
            (b"iCCP", b"packed"),
            (b"zTXt", b"packed"),
            (b"iTXt", b"packed"),
            (b"tEXt", b"plain"),
            (b"acTL", &[0; 8]),
            (b"fcTL", &[0; 26]),
            (b"eXIf", b"MM\0*"),
            (b"IDAT", b"one"),
            (b"IDAT", b"two"),
            (b"fdAT", b"more"),
            (b"tIME", &[0; 7]),
            (b"IEND", b""),
        ]);
        bytes.extend(b"and what came after it");
        let shape = shape(&mut bytes);
        assert_eq!(shape, Ok(Shape { width: 3, height: 2, per_pixel: 3, besides: 0 }));
        assert_eq!(
            bytes,
            file(&[(b"IHDR", &header), (b"eXIf", b"MM\0*"), (b"IDAT", b"one"), (b"IDAT", b"two"), (b"IEND", b"")])
        );
    }

    #[test]
    fn pixels_take_what_their_kind_takes() {
        for (depth, colour, transparent, per_pixel) in [
            (8, 2, false, 3),
            (1, 3, false, 3),
            (8, 3, true, 4),
            (16, 6, false, 8),
            (16, 2, true, 8),
            (1, 0, false, 1),
            (8, 4, false, 2),
        ] {
            let header = ihdr(1, 1, depth, colour);
            let second = if transparent { b"tRNS" } else { b"tIME" };
            let mut bytes = file(&[(b"IHDR", &header), (second, b"x"), (b"IDAT", b""), (b"IEND", b"")]);
            let shape = shape(&mut bytes).expect("a shape");
            assert_eq!(shape.per_pixel, per_pixel, "{depth} {colour} {transparent}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_damaged() {
        let header = ihdr(3, 2, 8, 6);
        let whole = file(&[(b"IHDR", &header), (b"tEXt", b"plain"), (b"IDAT", b"one"), (b"IEND", b"")]);
        assert!(shape(&mut whole.clone()).is_ok());
        for length in 8..whole.len() {
            assert_eq!(shape(&mut whole[..length].to_vec()), Err(Problem::Damaged), "{length}");
        }
    }

    #[test]
    fn what_is_too_large_is_told_from_what_is_damaged() {
        let bomb = ihdr(60_000, 60_000, 1, 0);
        let too_many = Problem::TooManyPixels { max_side: 8_192, max_megapixels: 24 };
        assert_eq!(shape(&mut file(&[(b"IHDR", &bomb)])), Err(too_many));
        for (header, kind) in [
            (ihdr(0, 1, 8, 2), b"IHDR"),
            (ihdr(1, 1, 8, 5), b"IHDR"),
            (ihdr(1, 1, 8, 2), b"iHDR"),
            (ihdr(1, 1, 8, 2)[1..].to_vec(), b"IHDR"),
        ] {
            assert_eq!(shape(&mut file(&[(kind, &header), (b"IEND", b"")])), Err(Problem::Damaged), "{header:?}");
        }
    }
}
