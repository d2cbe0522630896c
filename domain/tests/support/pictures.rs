//! Pictures, among them such as nobody sends by accident.

use std::fs::File;
use std::io::{Cursor, Write as _};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use image::{DynamicImage, GenericImageView as _, ImageFormat, Rgb, RgbImage};

/// Colours that JPEG does not mix up.
pub const RED: [u8; 3] = [220, 30, 30];
pub const GREEN: [u8; 3] = [30, 180, 30];
pub const BLUE: [u8; 3] = [30, 30, 220];
pub const YELLOW: [u8; 3] = [230, 220, 40];
pub const WHITE: [u8; 3] = [255, 255, 255];

/// A file that holds these bytes.
pub fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

/// A picture of one colour.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb(colour)).into()
}

/// Red and green above, blue and yellow below.
pub fn quarters(width: u32, height: u32) -> DynamicImage {
    let colour = |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => YELLOW,
    };
    RgbImage::from_fn(width, height, |x, y| Rgb(colour(x, y))).into()
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

pub fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Jpeg)
}

/// The four quarters of a square as somebody sees them, each as the nearest of the colours above.
pub fn seen(square: &[u8]) -> [[u8; 3]; 4] {
    let picture = image::load_from_memory_with_format(square, ImageFormat::Jpeg).expect("a JPEG");
    let (quarter, side) = (picture.width() / 4, picture.width());
    let near = side - quarter;
    [(quarter, quarter), (near, quarter), (quarter, near), (near, near)].map(|(x, y)| {
        let pixel = picture.get_pixel(x, y).0;
        let distance = |colour: &[u8; 3]| -> u32 {
            colour.iter().zip(pixel).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
        };
        [RED, GREEN, BLUE, YELLOW, WHITE].into_iter().min_by_key(distance).expect("one of them")
    })
}

/// Width and height.
pub fn sides(square: &[u8]) -> (u32, u32) {
    image::load_from_memory_with_format(square, ImageFormat::Jpeg).expect("a JPEG").dimensions()
}

/// The markers of a JPEG up to its scan (ITU-T T.81, B.1.1.3).
pub fn markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut found, mut at) = (vec![jpeg[1]], 2);
    while jpeg[at + 1] != 0xda {
        assert_eq!(jpeg[at], 0xff, "no marker at {at}");
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    found
}

/// Exif with an orientation and a place on Earth (CIPA DC-008, 4.6.2).
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    exif.extend([0; 4]);
    exif.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    exif
}

/// A JPEG that says how to turn it.
pub fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    with_segments(jpeg, &[(0xe1, &[&b"Exif\0\0"[..], &exif(orientation)].concat())])
}

/// A JPEG with these segments after its start: the marker, and what it holds.
pub fn with_segments(jpeg: &[u8], segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    for (marker, holds) in segments {
        let length = u16::try_from(holds.len() + 2).expect("short").to_be_bytes();
        file.extend([&[0xff, *marker][..], &length, holds].concat());
    }
    file.extend(&jpeg[2..]);
    file
}

/// The chunks of a PNG: the type of each, and what it holds.
pub fn chunks(png: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let (mut found, mut at) = (Vec::new(), 8);
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes")) as usize;
        let kind = png[at + 4..at + 8].try_into().expect("four bytes");
        found.push((kind, png[at + 8..at + 8 + length].to_vec()));
        at += 12 + length;
    }
    found
}

/// A PNG of these chunks, with checksums that are right.
pub fn png(chunks: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, holds) in chunks {
        let mut checksum = Crc::new();
        checksum.update(kind);
        checksum.update(holds);
        let length = u32::try_from(holds.len()).expect("short").to_be_bytes();
        file.extend([&length[..], kind, holds, &checksum.sum().to_be_bytes()].concat());
    }
    file
}

/// A PNG with these chunks after its first.
pub fn with_chunks(png_file: &[u8], more: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut all = chunks(png_file);
    all.splice(1..1, more.iter().cloned());
    png(&all)
}

/// What a PNG starts with: sides, bits of each channel, and kind of colour.
pub fn ihdr(width: u32, height: u32, depth: u8, colour: u8) -> ([u8; 4], Vec<u8>) {
    (*b"IHDR", [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat())
}

/// So many zeros, as PNG packs them: a thousandth of it.
pub fn zeros(count: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..count / 65_536 {
        packed.write_all(&[0; 65_536]).expect("packed");
    }
    packed.finish().expect("packed")
}

/// A sound PNG with a colour profile and two texts that are two hundred megabytes once they are unpacked.
pub fn bomb() -> Vec<u8> {
    let zeros = zeros(64 << 20);
    let profile = [&b"profile\0\0"[..], &zeros].concat();
    let text = [&b"Comment\0\0"[..], &zeros].concat();
    let international = [&b"Comment\0\x01\0\0\0"[..], &zeros].concat();
    let more = [(*b"iCCP", profile), (*b"zTXt", text), (*b"iTXt", international)];
    with_chunks(&encoded(&quarters(64, 64), ImageFormat::Png), &more)
}

/// An animation of two pictures of the same size, as PNG (PNG, third edition, 11.3.6).
pub fn animated_png(first: &DynamicImage, second: &DynamicImage) -> Vec<u8> {
    let data = |picture: &DynamicImage| {
        let all = chunks(&encoded(picture, ImageFormat::Png)).into_iter();
        all.filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, holds)| holds).collect::<Vec<_>>()
    };
    let sides = [first.width().to_be_bytes(), first.height().to_be_bytes()].concat();
    let control = |number: u32| [&number.to_be_bytes()[..], &sides, &[0; 8], &[0, 1, 0, 1, 0, 0]].concat();
    let more = [(*b"acTL", vec![0, 0, 0, 2, 0, 0, 0, 0]), (*b"fcTL", control(0))];
    let mut all = chunks(&with_chunks(&encoded(first, ImageFormat::Png), &more));
    let end = all.pop().expect("an end");
    all.push((*b"fcTL", control(1)));
    all.push((*b"fdAT", [&2_u32.to_be_bytes()[..], &data(second)].concat()));
    all.push(end);
    png(&all)
}

/// A chunk of RIFF.
fn riff(kind: &[u8; 4], holds: &[u8]) -> Vec<u8> {
    let size = u32::try_from(holds.len()).expect("short").to_le_bytes();
    [&kind[..], &size, holds, &vec![0; holds.len() % 2]].concat()
}

/// An animation of two pictures of the same size, as WebP (RFC 9649, 2.7.1.1).
pub fn animated_webp(first: &DynamicImage, second: &DynamicImage) -> Vec<u8> {
    let sides = [first.width(), first.height()].map(|side| (side - 1).to_le_bytes());
    let sides = [&sides[0][..3], &sides[1][..3]].concat();
    let frame = |picture: &DynamicImage| {
        // What a simple file holds is one chunk, after the twelve bytes of its head.
        let holds = encoded(picture, ImageFormat::WebP)[12..].to_vec();
        riff(b"ANMF", &[&[0; 6][..], &sides, &[100, 0, 0, 2], &holds].concat())
    };
    let extended = riff(b"VP8X", &[&[2, 0, 0, 0][..], &sides].concat());
    let animation = riff(b"ANIM", &[255, 255, 255, 255, 0, 0]);
    riff(b"RIFF", &[b"WEBP".to_vec(), extended, animation, frame(first), frame(second)].concat())
}
