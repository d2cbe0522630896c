//! What both sides know of profile pictures: formats, limits, and where a picture is shown (UPL-1 to UPL-5).

use crate::error::Problem;

/// Bytes of a MiB.
const MIB: u64 = 1024 * 1024;
/// The most bytes of a file (UPL-1).
pub const BYTES_MAX: u64 = 8 * MIB;
/// What is wrong with a file of more.
pub const TOO_LARGE: Problem = Problem::FileTooLarge { max_mib: (BYTES_MAX / MIB) as u32 };
/// The most pixels on a side (UPL-3).
pub const SIDE_MAX: u32 = 8_192;
/// The most pixels in all (UPL-3).
pub const PIXELS_MAX: u64 = 24_000_000;
/// The side of the large square that is kept, in pixels.
pub const LARGE: u32 = 512;
/// The side of the small one.
pub const SMALL: u32 = 96;
/// So many bytes from the start tell the format.
pub const HEAD: usize = 12;

/// A format that pictures may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    WebP,
}

impl Format {
    /// The format of a file that starts with `head`; what somebody calls it does not count (UPL-2).
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if head.starts_with(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        let is_webp = head.starts_with(b"RIFF") && head.get(8..HEAD).is_some_and(|kind| kind == b"WEBP");
        is_webp.then_some(Self::WebP)
    }
}

/// Whether a file may have so many bytes.
///
/// # Errors
/// [`Problem::EmptyFile`] or [`Problem::FileTooLarge`].
pub fn check_bytes(bytes: u64) -> Result<(), Problem> {
    match bytes {
        0 => Err(Problem::EmptyFile),
        1..=BYTES_MAX => Ok(()),
        _ => Err(TOO_LARGE),
    }
}

/// Whether a picture may have these sides, in pixels.
///
/// # Errors
/// [`Problem::TooManyPixels`], or [`Problem::Damaged`] where there is none.
pub fn check_dimensions(width: u32, height: u32) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::Damaged);
    }
    if width.max(height) > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(too_many_pixels(PIXELS_MAX));
    }
    Ok(())
}

/// The problem of a picture of a kind that may have `most` pixels in all.
#[must_use]
pub fn too_many_pixels(most: u64) -> Problem {
    let max_megapixels = u32::try_from(most.min(PIXELS_MAX) / 1_000_000).unwrap_or(u32::MAX);
    Problem::TooManyPixels { max_side: SIDE_MAX, max_megapixels }
}

/// Where the picture with this id is shown, as a square of `side` pixels: [`LARGE`] or [`SMALL`].
#[must_use]
pub fn url(id: &str, side: u32) -> String {
    format!("/pictures/{id}/{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_the_format() {
        let heads: [(&[u8], Option<Format>); 12] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(Format::Png)),
            (b"\xff\xd8\xff\xe1\0\x18Exif\0\0", Some(Format::Jpeg)),
            (b"RIFF\x10\0\0\0WEBP", Some(Format::WebP)),
            (b"RIFF\x10\0\0\0WAVE", None),
            (b"RIFF\x10\0\0\0WEB", None),
            (b"\x89PNG\r\n\n\0\0\0\0\0", None),
            (b"GIF89a\x01\0\x01\0\0\0", None),
            (b"%PDF-1.7\n\0\0\0", None),
            (b"<svg xmlns=\"", None),
            (b"<html><body>", None),
            (b"\xff\xd8", None),
            (b"", None),
        ];
        for (head, format) in heads {
            assert_eq!(Format::of(head), format, "{head:?}");
        }
    }

    #[test]
    fn bytes_and_sides_have_limits() {
        assert_eq!(check_bytes(0), Err(Problem::EmptyFile));
        assert_eq!([check_bytes(1), check_bytes(8 << 20)], [Ok(()), Ok(())]);
        assert_eq!(check_bytes((8 << 20) + 1), Err(Problem::FileTooLarge { max_mib: 8 }));
        let too_many = Err(Problem::TooManyPixels { max_side: 8_192, max_megapixels: 24 });
        for (width, height, verdict) in [
            (1, 1, Ok(())),
            (8_192, 2_929, Ok(())),
            (6_000, 4_000, Ok(())),
            (6_000, 4_001, too_many),
            (8_193, 1, too_many),
            (1, 8_193, too_many),
            (u32::MAX, u32::MAX, too_many),
            (0, 5, Err(Problem::Damaged)),
            (5, 0, Err(Problem::Damaged)),
        ] {
            assert_eq!(check_dimensions(width, height), verdict, "{width}x{height}");
        }
    }
}
