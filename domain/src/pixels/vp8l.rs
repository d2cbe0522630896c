//! How much memory the tables of a lossless WebP take. A decoder makes some for each group of prefix codes, and nothing
//! but the stream says how many groups there are: a small file may ask for gigabytes. So the stream is read as far as
//! to that number (RFC 9649, 3), and whatever is not as an encoder writes it is refused.

/// In which order the lengths of the codes for lengths come.
const LENGTHS_IN_ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// The longest prefix code, in bits.
const LONGEST: usize = 15;
/// The first symbol of green that is no light, but the length of what is copied.
const LIGHTS: usize = 256;
/// The first that is neither, but a place in the cache of colours.
const CACHED: usize = LIGHTS + 24;
/// How many names of distances there are.
const DISTANCES: usize = 40;
/// Where near pixels lie, by their names: sixteen times the rows above, and seven more than the columns to the left.
const NEAR: [u8; 120] = [
    0x17, 0x08, 0x18, 0x16, 0x27, 0x09, 0x28, 0x26, 0x19, 0x15, 0x29, 0x25, 0x37, 0x0a, 0x38, 0x36, 0x1a, 0x14, 0x39,
    0x35, 0x2a, 0x24, 0x47, 0x0b, 0x48, 0x46, 0x1b, 0x13, 0x3a, 0x34, 0x49, 0x45, 0x2b, 0x23, 0x57, 0x4a, 0x44, 0x3b,
    0x33, 0x0c, 0x58, 0x56, 0x1c, 0x12, 0x59, 0x55, 0x2c, 0x22, 0x4b, 0x43, 0x5a, 0x54, 0x3c, 0x32, 0x67, 0x0d, 0x68,
    0x66, 0x1d, 0x11, 0x69, 0x65, 0x2d, 0x21, 0x5b, 0x53, 0x4c, 0x42, 0x6a, 0x64, 0x3d, 0x31, 0x77, 0x0e, 0x78, 0x76,
    0x5c, 0x52, 0x1e, 0x10, 0x6b, 0x63, 0x4d, 0x41, 0x79, 0x75, 0x2e, 0x20, 0x7a, 0x74, 0x3e, 0x30, 0x6c, 0x62, 0x5d,
    0x51, 0x0f, 0x7b, 0x73, 0x4e, 0x40, 0x1f, 0x2f, 0x6d, 0x61, 0x3f, 0x7c, 0x72, 0x5e, 0x50, 0x4f, 0x7d, 0x71, 0x6e,
    0x60, 0x5f, 0x7e, 0x70, 0x6f, 0x7f,
];

/// Bytes that a decoder's tables take for the stream of a picture of these sides; `None` where it makes no sense.
pub(super) fn tables(stream: &[u8], sides: (u32, u32)) -> Option<u64> {
    let (groups, colours) = groups(stream, sides)?;
    // Each of five codes has a table of 1,024 short codes, at four bytes, and two nodes for each of its symbols whose
    // code is longer, at sixteen.
    let symbols = CACHED + colours + 3 * LIGHTS + DISTANCES;
    Some(u64::from(groups) * (5 * 4 * 1_024 + 2 * 16 * symbols as u64))
}

/// How many groups of prefix codes the stream names, and how many colours its cache holds.
fn groups(stream: &[u8], (width, height): (u32, u32)) -> Option<(u32, usize)> {
    let mut bits = Bits { bytes: stream, at: 0 };
    let (mut columns, mut seen) = (width, [false; 4]);
    while bits.take(1)? == 1 {
        let transform = bits.take(2)?;
        if std::mem::replace(&mut seen[transform as usize], true) {
            return None;
        }
        match transform {
            0 | 1 => {
                let block = bits.take(3)? + 2;
                pixels(&mut bits, blocks(columns, block), blocks(height, block))?;
            }
            3 => {
                let colours = bits.take(8)? + 1;
                pixels(&mut bits, colours, 1)?;
                // Of few colours several fit into a pixel.
                columns = blocks(columns, [16, 4, 2].iter().filter(|few| colours <= **few).count() as u32);
            }
            _ => {}
        }
    }
    let colours = cache(cache_bits(&mut bits)?).len();
    if bits.take(1)? == 0 {
        return Some((1, colours));
    }
    let block = bits.take(3)? + 2;
    let names = pixels(&mut bits, blocks(columns, block), blocks(height, block))?;
    let highest = names.iter().map(|[red, green, ..]| u16::from_be_bytes([*red, *green])).max()?;
    Some((u32::from(highest) + 1, colours))
}

/// How many blocks of `1 << bits` there are on a side.
fn blocks(side: u32, bits: u32) -> u32 {
    side.div_ceil(1 << bits)
}

/// Bits of a stream, the lowest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut taken = 0;
        for place in 0..count {
            let bit = (self.bytes.get(self.at / 8)? >> (self.at % 8)) & 1;
            taken |= u32::from(bit) << place;
            self.at += 1;
        }
        Some(taken)
    }
}

/// A prefix code: how many codes there are of each length, and the symbols in the order of their codes.
struct Code {
    counts: [u32; LONGEST + 1],
    symbols: Vec<usize>,
}

impl Code {
    /// The code in which each symbol has a code of this length; a single one needs none. All others have to be
    /// complete.
    fn of(lengths: &[usize]) -> Option<Self> {
        let (mut counts, mut symbols, mut left) = ([0; LONGEST + 1], Vec::new(), 1_u32);
        for (length, count) in counts.iter_mut().enumerate().skip(1) {
            let before = symbols.len();
            symbols.extend((0..lengths.len()).filter(|symbol| lengths[*symbol] == length));
            *count = u32::try_from(symbols.len() - before).ok()?;
            left = (2 * left).checked_sub(*count)?;
        }
        (symbols.len() == 1 || left == 0).then_some(Self { counts, symbols })
    }

    /// Reads how a code is written, for so many symbols.
    fn read(bits: &mut Bits<'_>, alphabet: usize) -> Option<Self> {
        let mut lengths = vec![0; alphabet];
        if bits.take(1)? == 1 {
            let are_two = bits.take(1)? == 1;
            let wide = bits.take(1)? * 7 + 1;
            let first = bits.take(wide)? as usize;
            *lengths.get_mut(first)? = 1;
            if are_two {
                let second = bits.take(8)? as usize;
                // Nobody agrees what it means when they come the other way round.
                *lengths.get_mut(second).filter(|_| first < second)? = 1;
            }
            return Self::of(&lengths);
        }
        let mut of_lengths = [0; LENGTHS_IN_ORDER.len()];
        let count = 4 + bits.take(4)? as usize;
        for length in LENGTHS_IN_ORDER.iter().take(count) {
            of_lengths[*length] = bits.take(3)? as usize;
        }
        Self::read_lengths(bits, &Self::of(&of_lengths)?, &mut lengths)?;
        Self::of(&lengths)
    }

    fn read_lengths(bits: &mut Bits<'_>, code: &Self, lengths: &mut [usize]) -> Option<()> {
        let mut words = lengths.len();
        if bits.take(1)? == 1 {
            let wide = 2 + 2 * bits.take(3)?;
            words = 2 + bits.take(wide)? as usize;
            (words <= lengths.len()).then_some(())?;
        }
        let (mut at, mut former) = (0, 8);
        while at < lengths.len() && words > 0 {
            words -= 1;
            let (times, length) = match code.next(bits)? {
                length @ 0..16 => (1, length),
                16 => (3 + bits.take(2)?, former),
                17 => (3 + bits.take(3)?, 0),
                _ => (11 + bits.take(7)?, 0),
            };
            let end = at + times as usize;
            lengths.get_mut(at..end)?.fill(length);
            at = end;
            if length != 0 {
                former = length;
            }
        }
        Some(())
    }

    /// The symbol that comes next.
    fn next(&self, bits: &mut Bits<'_>) -> Option<usize> {
        if let [only] = self.symbols[..] {
            return Some(only);
        }
        let (mut code, mut first, mut before) = (0, 0, 0);
        for count in &self.counts[1..] {
            code = 2 * code + bits.take(1)?;
            if code < first + count {
                return self.symbols.get((before + code - first) as usize).copied();
            }
            before += count;
            first = 2 * (first + count);
        }
        None
    }
}

/// By how many bits of its hash a colour is found in the cache; none where there is no cache.
fn cache_bits(bits: &mut Bits<'_>) -> Option<u32> {
    if bits.take(1)? == 0 {
        return Some(0);
    }
    bits.take(4).filter(|count| (1..=11).contains(count))
}

/// A cache that is still empty.
fn cache(bits: u32) -> Vec<[u8; 4]> {
    vec![[0; 4]; if bits == 0 { 0 } else { 1 << bits }]
}

/// The pixels of an image that has one group of codes, as red, green, blue and alpha.
fn pixels(bits: &mut Bits<'_>, width: u32, height: u32) -> Option<Vec<[u8; 4]>> {
    let cache_bits = cache_bits(bits)?;
    let mut cache = cache(cache_bits);
    let green = Code::read(bits, CACHED + cache.len())?;
    let (red, blue, alpha) = (Code::read(bits, LIGHTS)?, Code::read(bits, LIGHTS)?, Code::read(bits, LIGHTS)?);
    let distance = Code::read(bits, DISTANCES)?;
    let total = width as usize * height as usize;
    let mut pixels: Vec<[u8; 4]> = Vec::with_capacity(total);
    while pixels.len() < total {
        let known = pixels.len();
        match green.next(bits)? {
            light @ 0..LIGHTS => {
                let (red, blue, alpha) = (red.next(bits)?, blue.next(bits)?, alpha.next(bits)?);
                pixels.push([red as u8, light as u8, blue as u8, alpha as u8]);
            }
            length @ LIGHTS..CACHED => {
                let length = span(bits, length - LIGHTS)?;
                let name = distance.next(bits)?;
                let back = back(span(bits, name)?, width as usize);
                if back > known || length > total - known {
                    return None;
                }
                for at in known..known + length {
                    pixels.push(pixels[at - back]);
                }
                // The pixel before is in the cache already.
                if back == 1 {
                    continue;
                }
            }
            // So is what comes from there.
            place => {
                pixels.push(*cache.get(place - CACHED)?);
                continue;
            }
        }
        for pixel in pixels[known..].iter().filter(|_| cache_bits > 0) {
            let [red, green, blue, alpha] = *pixel;
            let hash = u32::from_be_bytes([alpha, red, green, blue]).wrapping_mul(0x1e35_a7bd);
            cache[(hash >> (32 - cache_bits)) as usize] = *pixel;
        }
    }
    Some(pixels)
}

/// A length or a distance: short ones have a name, longer ones a name and some bits.
fn span(bits: &mut Bits<'_>, name: usize) -> Option<usize> {
    if name < 4 {
        return Some(name + 1);
    }
    let more = (name - 2) >> 1;
    Some(((2 + (name & 1)) << more) + bits.take(u32::try_from(more).ok()?)? as usize + 1)
}

/// How many pixels back a distance leads; the first of them are names of near pixels.
fn back(distance: usize, width: usize) -> usize {
    let Some(near) = NEAR.get(distance - 1) else { return distance - NEAR.len() };
    let (up, left) = (usize::from(near >> 4), usize::from(near & 15));
    (up * width + left).saturating_sub(7).max(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Writes what is read above.
    #[derive(Default)]
    struct Stream {
        bytes: Vec<u8>,
        at: usize,
    }

    impl Stream {
        fn put(&mut self, value: u32, count: usize) {
            for place in 0..count {
                if self.at.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                let bit = u8::from(value & (1 << place) != 0);
                *self.bytes.last_mut().expect("a byte") |= bit << (self.at % 8);
                self.at += 1;
            }
        }

        /// A code of one symbol.
        fn put_code(&mut self, symbol: u32) {
            for (value, count) in [(1, 1), (0, 1), (1, 1), (symbol, 8)] {
                self.put(value, count);
            }
        }

        /// As far as to the image that names groups, which has a pixel for each four by four of the picture.
        fn that_names_groups() -> Self {
            let mut stream = Self::default();
            for (value, count) in [(0, 1), (0, 1), (1, 1), (0, 3), (0, 1)] {
                stream.put(value, count);
            }
            stream
        }
    }

    /// A stream whose blocks are all in the group `name`.
    pub(in crate::pixels) fn naming(name: u16) -> Vec<u8> {
        let mut stream = Stream::that_names_groups();
        for symbol in [name & 255, name >> 8, 0, 255, 0] {
            stream.put_code(u32::from(symbol));
        }
        stream.bytes
    }

    #[test]
    fn the_highest_name_says_how_many_groups_there_are() {
        for name in [0, 1, 41, 256, 0xffff] {
            assert_eq!(groups(&naming(name), (4, 4)), Some((u32::from(name) + 1, 0)));
            assert_eq!(groups(&naming(name), (400, 300)), Some((u32::from(name) + 1, 0)));
        }
        // Neither transform nor cache nor names: one group.
        assert_eq!(groups(&[0], (4, 4)), Some((1, 0)));
        // A cache of 2,048 colours.
        assert_eq!(groups(&[0b10_1110, 0], (4, 4)), Some((1, 2_048)));
    }

    #[test]
    fn tables_take_more_than_the_file_that_asks_for_them() {
        assert_eq!(tables(&[0], (4, 4)), Some(55_296));
        assert_eq!(tables(&[0b10_1110, 0], (4, 4)), Some(120_832));
        assert_eq!(tables(&naming(0xffff), (4, 4)), Some(65_536 * 55_296));
    }

    #[test]
    fn names_may_be_copied_from_further_back() {
        let mut stream = Stream::that_names_groups();
        // Green is 5 or a copy of one pixel, at a bit each; their code is written by a code for 1, 17 and 18.
        for (value, count) in [(0, 1), (0, 4), (2, 3), (2, 3), (0, 3), (1, 3), (1, 1), (0, 3), (3, 2)] {
            stream.put(value, count);
        }
        let five_zeros = [(1, 1), (0, 1), (2, 3)];
        let one = [(0, 1)];
        let many_zeros = [(1, 1), (1, 1), (127, 7), (1, 1), (1, 1), (101, 7)];
        for (value, count) in five_zeros.into_iter().chain(one).chain(many_zeros).chain(one) {
            stream.put(value, count);
        }
        // Red, blue, alpha, and a distance of one to the left.
        for symbol in [2, 0, 255, 1] {
            stream.put_code(symbol);
        }
        let at = stream.at;
        stream.put(0, 1);
        stream.put(1, 1);
        assert_eq!(groups(&stream.bytes, (8, 4)), Some((2 * 256 + 5 + 1, 0)));
        // There is nothing to copy for the first.
        stream.bytes[at / 8] |= 1 << (at % 8);
        assert_eq!(groups(&stream.bytes, (8, 4)), None);
    }

    #[test]
    fn what_makes_no_sense_has_no_number() {
        let whole = naming(41);
        for length in 0..whole.len() {
            assert_eq!(groups(&whole[..length], (4, 4)), None, "{length}");
        }
        let refused: [&[(u32, usize)]; 4] = [
            // The same transform twice.
            &[(1, 1), (2, 2), (1, 1), (2, 2), (0, 1), (0, 1), (0, 1)],
            // A cache of no colours.
            &[(0, 1), (1, 1), (0, 4), (0, 1)],
            // A code of two symbols, the second before the first.
            &[(1, 1), (3, 2), (0, 8), (0, 1), (1, 1), (1, 1), (1, 1), (9, 8), (8, 8)],
            // Three codes of one bit each.
            &[(1, 1), (3, 2), (0, 8), (0, 1), (0, 1), (0, 4), (1, 3), (0, 3), (1, 3), (1, 3), (0, 1), (0, 8)],
        ];
        for written in refused {
            let mut stream = Stream::default();
            for (value, count) in written {
                stream.put(*value, *count);
            }
            stream.put(0, 32);
            assert_eq!(groups(&stream.bytes, (4, 4)), None, "{written:?}");
        }
    }
}
