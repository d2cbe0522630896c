//! From a file that somebody sent to the two squares that are kept of it (UPL-2 to UPL-4).
//!
//! No decoder sees a file before its parts were looked at here: whether it is whole, how large the picture is, and
//! how much memory decoding takes. Decoders are strangers to us, so what they panic at is a damaged file.

mod bench;
mod jpeg;
mod png;
mod vp8l;
mod webp;

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _};
use std::sync::Arc;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, GenericImageView, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    Rgba,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use self::bench::Bench;
use crate::error::{Error, Field, Problem, Result};
use crate::picture::{self, Format, LARGE, SIDE_MAX, SMALL};

/// So many pictures are decoded at a time (UPL-3).
const AT_ONCE: usize = 2;
/// How long a picture may wait for its turn.
const QUEUE: Duration = Duration::from_secs(5);
const MIB: u64 = 1024 * 1024;
/// What all pictures together may take while they are decoded, in MiB (UPL-3).
const MEMORY_MIB: u32 = 128;
/// What shrinking takes beside the picture, in bytes: a square of [`INNER`] pixels, and half of one in floats.
const BESIDE: u64 = 12 * MIB;
/// To about this side a square is shrunk in whole steps first; the good filter needs room for what it is given.
const INNER: u32 = 1_024;
/// Quality of the large square and of the small one, of 100.
const QUALITY_LARGE: u8 = 88;
const QUALITY_SMALL: u8 = 85;

/// The two squares that are kept of a picture, as JPEG that holds pixels and nothing else.
pub struct Squares {
    /// Of [`LARGE`] pixels.
    pub large: Vec<u8>,
    /// Of [`SMALL`] pixels.
    pub small: Vec<u8>,
}

/// Makes squares of pictures: two pictures at a time, and none before there is memory for it.
pub struct Shrinker {
    turns: Arc<Semaphore>,
    memory_mib: Arc<Semaphore>,
    queue: Duration,
    bench: Bench,
}

impl Default for Shrinker {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            memory_mib: Arc::new(Semaphore::new(MEMORY_MIB as usize)),
            queue: QUEUE,
            bench: Bench::new(),
        }
    }
}

impl Shrinker {
    /// The squares of the picture in `file`, cut from its middle and turned upright.
    ///
    /// # Errors
    /// At the field; [`Error::Busy`] when its turn does not come within five seconds; or a fault of ours where the
    /// file cannot be read.
    pub async fn squares(&self, file: File) -> Result<Squares> {
        let deadline = Instant::now() + self.queue;
        let turn = in_turn(deadline, &self.turns, 1).await?;
        // What is under way goes on when nobody waits for it any more, and then its turn is not over either.
        let (sent, turn) = self.bench.work(move || Ok((Sent::read(file)?, turn))).await?;
        let memory = in_turn(deadline, &self.memory_mib, sent.memory_mib().map_err(at_the_field)?).await?;
        let work = move || {
            let squares = sent.squares().map_err(at_the_field);
            drop((turn, memory));
            squares
        };
        self.bench.work(work).await
    }
}

async fn in_turn(deadline: Instant, places: &Arc<Semaphore>, many: u32) -> Result<OwnedSemaphorePermit> {
    match timeout_at(deadline, Arc::clone(places).acquire_many_owned(many)).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Error::Busy),
    }
}

fn at_the_field(problem: Problem) -> Error {
    Error::at(Field::Picture, problem)
}

/// What the parts of a file say of the picture in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    width: u32,
    height: u32,
    /// Bytes that decoding takes for each pixel.
    per_pixel: u64,
    /// Bytes that it takes besides.
    besides: u64,
}

/// A picture as it was sent: looked at, and not decoded yet.
struct Sent {
    bytes: Vec<u8>,
    format: Format,
    shape: Shape,
}

impl Sent {
    fn read(mut file: File) -> Result<Self> {
        let unreadable = |error: std::io::Error| {
            tracing::error!(%error, "an upload cannot be read again");
            Error::internal()
        };
        let length = file.metadata().map_err(unreadable)?.len();
        picture::check_bytes(length).map_err(at_the_field)?;
        file.rewind().map_err(unreadable)?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.take(length).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::look(bytes).map_err(at_the_field)
    }

    fn look(mut bytes: Vec<u8>) -> Result<Self, Problem> {
        let format = Format::of(&bytes).ok_or(Problem::NotAPicture)?;
        let shape = match format {
            Format::Png => png::shape(&mut bytes),
            Format::Jpeg => jpeg::shape(&mut bytes),
            Format::WebP => webp::shape(&mut bytes),
        };
        Ok(Self { shape: shape?, bytes, format })
    }

    /// What making squares of it takes, in MiB. Decoders keep the file, and some copy parts of it.
    fn memory_mib(&self) -> Result<u32, Problem> {
        let Shape { width, height, per_pixel, besides } = self.shape;
        let fixed = 2 * self.bytes.len() as u64 + besides + BESIDE;
        let room = (u64::from(MEMORY_MIB) * MIB).saturating_sub(fixed);
        let pixels = u64::from(width) * u64::from(height);
        if pixels * per_pixel > room {
            return Err(picture::too_many_pixels(room / per_pixel));
        }
        Ok(u32::try_from((fixed + pixels * per_pixel).div_ceil(MIB)).unwrap_or(MEMORY_MIB))
    }

    fn squares(self) -> Result<Squares, Problem> {
        let (middle, orientation) = self.middle()?;
        let mut large = DynamicImage::from(middle).resize_exact(LARGE, LARGE, FilterType::CatmullRom);
        large.apply_orientation(orientation);
        let small = large.resize_exact(SMALL, SMALL, FilterType::CatmullRom);
        Ok(Squares { large: encoded(&large, QUALITY_LARGE)?, small: encoded(&small, QUALITY_SMALL)? })
    }

    /// The square in the middle, of [`INNER`] pixels at most and as it lies in the file; and how to turn it.
    fn middle(self) -> Result<(RgbImage, Orientation), Problem> {
        let Shape { width, height, .. } = self.shape;
        let format = match self.format {
            Format::Png => ImageFormat::Png,
            Format::Jpeg => ImageFormat::Jpeg,
            Format::WebP => ImageFormat::WebP,
        };
        let mut reader = ImageReader::with_format(Cursor::new(self.bytes), format);
        reader.limits(limits());
        let mut decoder = reader.into_decoder().map_err(unreadable)?;
        if decoder.dimensions() != (width, height) {
            return Err(Problem::Damaged);
        }
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let whole = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
        let side = width.min(height);
        let middle = Middle { whole: &whole, left: (width - side) / 2, top: (height - side) / 2, side };
        // Each pixel is made of as many as the next one, so that nothing flickers.
        let inner = side / side.div_ceil(INNER);
        Ok((imageops::thumbnail(&middle, inner, inner), orientation))
    }
}

/// Strangers are told their limits before they begin (S10).
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(u64::from(MEMORY_MIB) * MIB);
    limits
}

fn unreadable(error: ImageError) -> Problem {
    tracing::debug!(%error, "a picture cannot be read");
    Problem::Damaged
}

/// The square in the middle of a picture, on white, seen without copying it.
struct Middle<'a> {
    whole: &'a DynamicImage,
    left: u32,
    top: u32,
    side: u32,
}

impl GenericImageView for Middle<'_> {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        (self.side, self.side)
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let Rgba([red, green, blue, alpha]) = self.whole.get_pixel(self.left + x, self.top + y);
        Rgb([red, green, blue].map(|light| on_white(light, alpha)))
    }
}

/// How much light is seen where `alpha` of 255 hides the white behind it.
fn on_white(light: u8, alpha: u8) -> u8 {
    let (light, alpha) = (u32::from(light), u32::from(alpha));
    u8::try_from((light * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}

fn encoded(square: &DynamicImage, quality: u8) -> Result<Vec<u8>, Problem> {
    let mut jpeg = Vec::new();
    square.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, quality)).map_err(unreadable)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests;
