//! The square that is cut out of a picture: plain geometry, so that it can be tested without a browser.

use domain::picture::LARGE;

/// Pixels on a side of the canvas that the square is shown on.
pub const STAGE: f64 = LARGE as f64;
/// How far one can zoom in; at 1 the square is as large as the picture allows.
pub const ZOOM_MAX: f64 = 4.0;
/// The most pixels on a side of what is sent.
const SENT_MAX: u32 = 1024;
/// What an arrow key moves, in pixels of the canvas; with Shift it is four times as much.
const STEP: f64 = 16.0;
/// What plus and minus zoom by.
const ZOOM_STEP: f64 = 1.1;

/// A point of the canvas, in its pixels.
pub type Point = (f64, f64);

const MIDDLE: Point = (STAGE / 2.0, STAGE / 2.0);

/// A square of a picture. It never reaches beyond the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    width: f64,
    height: f64,
    zoom: f64,
    /// Its middle, in pixels of the picture.
    x: f64,
    y: f64,
}

impl Default for Crop {
    fn default() -> Self {
        Self::new(1, 1)
    }
}

impl Crop {
    /// The largest square, in the middle of a picture of so many pixels.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        Self { width, height, zoom: 1.0, x: width / 2.0, y: height / 2.0 }
    }

    /// How far it is zoomed in, 1 to [`ZOOM_MAX`].
    #[must_use]
    pub const fn zoom(self) -> f64 {
        self.zoom
    }

    /// Its left and its upper edge and its side, in pixels of the picture.
    #[must_use]
    pub fn square(self) -> (f64, f64, f64) {
        let side = self.side();
        (self.x - side / 2.0, self.y - side / 2.0, side)
    }

    /// Pixels on a side of what is sent: as many as there are, within what is worth the way.
    #[must_use]
    pub fn size(self) -> u32 {
        (self.side() as u32).clamp(LARGE, SENT_MAX)
    }

    /// The picture moved under the square, by pixels of the canvas.
    #[must_use]
    pub fn moved(self, dx: f64, dy: f64) -> Self {
        let scale = self.side() / STAGE;
        Self { x: self.x - dx * scale, y: self.y - dy * scale, ..self }.held()
    }

    /// Zoomed so far, while what is seen at `about` stays there.
    #[must_use]
    pub fn zoomed(self, zoom: f64, about: Point) -> Self {
        let closer = Self { zoom: zoom.clamp(1.0, ZOOM_MAX), ..self };
        let shift = (self.side() - closer.side()) / STAGE;
        let (dx, dy) = (about.0 - MIDDLE.0, about.1 - MIDDLE.1);
        Self { x: self.x + dx * shift, y: self.y + dy * shift, ..closer }.held()
    }

    /// Zoomed so far, about the middle.
    #[must_use]
    pub fn zoomed_to(self, zoom: f64) -> Self {
        self.zoomed(zoom, MIDDLE)
    }

    /// What a turn of the wheel does that is `delta` long, in CSS pixels. A pinch on a trackpad comes as one too, with
    /// much smaller figures.
    #[must_use]
    pub fn wheeled(self, delta: f64, pinch: bool, about: Point) -> Self {
        let step = 1.0 + (delta.abs() * if pinch { 0.01 } else { 0.002 }).min(0.5);
        self.zoomed(if delta > 0.0 { self.zoom / step } else { self.zoom * step }, about)
    }

    /// What a key does, by its name (UI Events); `None` where it does nothing.
    #[must_use]
    pub fn keyed(self, key: &str, shift: bool) -> Option<Self> {
        let step = if shift { 4.0 * STEP } else { STEP };
        Some(match key {
            "ArrowLeft" => self.moved(-step, 0.0),
            "ArrowRight" => self.moved(step, 0.0),
            "ArrowUp" => self.moved(0.0, -step),
            "ArrowDown" => self.moved(0.0, step),
            "+" | "=" => self.zoomed_to(self.zoom * ZOOM_STEP),
            "-" | "_" => self.zoomed_to(self.zoom / ZOOM_STEP),
            _ => return None,
        })
    }

    fn side(self) -> f64 {
        self.width.min(self.height) / self.zoom
    }

    /// Back inside the picture.
    fn held(self) -> Self {
        let half = self.side() / 2.0;
        let within = |middle: f64, length: f64| middle.max(half).min(length - half);
        Self { x: within(self.x, self.width), y: within(self.y, self.height), ..self }
    }
}

/// The fingers on the canvas, by the number of their pointer; a mouse with its button down is one. Two count.
#[derive(Clone, Debug, Default)]
pub struct Fingers(Vec<(i32, Point)>);

impl Fingers {
    /// One more. What was heard of it before no longer counts.
    pub fn down(&mut self, id: i32, at: Point) {
        self.up(id);
        if self.0.len() < 2 {
            self.0.push((id, at));
        }
    }

    /// One less.
    pub fn up(&mut self, id: i32) {
        self.0.retain(|(other, _)| *other != id);
    }

    /// What becomes of `crop` when one of them moves: the picture goes along with one, and is zoomed by two. `None`
    /// where that one is not down.
    pub fn drag(&mut self, crop: Crop, id: i32, to: Point) -> Option<Crop> {
        let (from, width) = self.grip();
        self.0.iter_mut().find(|(other, _)| *other == id)?.1 = to;
        let (to, wider) = self.grip();
        Some(crop.moved(to.0 - from.0, to.1 - from.1).zoomed(crop.zoom * wider / width, to))
    }

    /// The point between them, and how far they are apart.
    fn grip(&self) -> (Point, f64) {
        match self.0[..] {
            [(_, a), (_, b), ..] => {
                let (dx, dy) = (a.0 - b.0, a.1 - b.1);
                (((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0), (dx * dx + dy * dy).sqrt().max(1.0))
            }
            [(_, a)] => (a, 1.0),
            [] => (MIDDLE, 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide() -> Crop {
        Crop::new(3000, 1024)
    }

    /// The pixel of the picture that is seen at a point of the canvas.
    fn seen(crop: Crop, at: Point) -> Point {
        let (x, y, side) = crop.square();
        (x + at.0 * side / STAGE, y + at.1 * side / STAGE)
    }

    fn close(a: Point, b: Point) -> bool {
        (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6
    }

    #[test]
    fn it_begins_in_the_middle_and_as_large_as_can_be() {
        assert_eq!(wide().square(), (988.0, 0.0, 1024.0));
        assert_eq!(Crop::new(600, 800).square(), (0.0, 100.0, 600.0));
    }

    #[test]
    fn it_goes_along_with_the_picture_and_never_leaves_it() {
        assert_eq!(wide().moved(10.0, 0.0).square(), (968.0, 0.0, 1024.0));
        assert_eq!(wide().moved(1e9, 1e9).square(), (0.0, 0.0, 1024.0));
        assert_eq!(wide().moved(-1e9, -1e9).square(), (1976.0, 0.0, 1024.0));
        let closer = wide().zoomed_to(2.0);
        assert_eq!(closer.moved(1e9, 1e9).square(), (0.0, 0.0, 512.0));
        assert_eq!(closer.moved(-1e9, -1e9).square(), (2488.0, 512.0, 512.0));
    }

    #[test]
    fn what_is_zoomed_about_stays_where_it_is() {
        for about in [(0.0, 0.0), (100.0, 400.0), (512.0, 256.0)] {
            let closer = wide().zoomed(2.5, about);
            assert!(close(seen(closer, about), seen(wide(), about)), "{about:?}");
        }
    }

    #[test]
    fn zooming_has_its_ends_and_going_back_out_fills_the_square_again() {
        assert_eq!(wide().zoomed_to(99.0).zoom(), ZOOM_MAX);
        let corner = wide().zoomed_to(4.0).moved(-1e9, -1e9).zoomed_to(0.0);
        assert_eq!((corner.zoom(), corner.square()), (1.0, (1976.0, 0.0, 1024.0)));
    }

    #[test]
    fn keys_move_and_zoom() {
        let at = |key, shift| wide().keyed(key, shift).map(Crop::square);
        assert_eq!(at("ArrowRight", false), Some((956.0, 0.0, 1024.0)));
        assert_eq!(at("ArrowRight", true), Some((860.0, 0.0, 1024.0)));
        assert_eq!(at("ArrowLeft", false), Some((1020.0, 0.0, 1024.0)));
        let closer = wide().zoomed_to(2.0);
        let down = |key| closer.keyed(key, false).map(|crop| crop.square().1);
        assert_eq!((down("ArrowUp"), down("ArrowDown")), (Some(272.0), Some(240.0)));
        for (key, zoom) in [("+", 2.2), ("=", 2.2), ("-", 2.0 / 1.1), ("_", 2.0 / 1.1)] {
            assert_eq!(closer.keyed(key, key == "_").map(Crop::zoom), Some(zoom), "{key}");
        }
        assert_eq!(closer.keyed("Enter", false), None);
    }

    #[test]
    fn the_wheel_zooms_out_as_far_as_it_zoomed_in() {
        let (crop, about) = (wide().zoomed_to(2.0), (100.0, 100.0));
        let there_and_back = crop.wheeled(-100.0, false, about).wheeled(100.0, false, about);
        assert!(close(seen(there_and_back, (0.0, 0.0)), seen(crop, (0.0, 0.0))));
        assert_eq!(crop.wheeled(-100.0, false, about).zoom(), 2.4);
        assert_eq!(crop.wheeled(-10.0, true, about).zoom(), 2.2);
        assert_eq!(crop.wheeled(0.0, false, about), crop);
    }

    #[test]
    fn one_finger_moves_and_two_zoom() {
        let mut fingers = Fingers::default();
        let crop = wide().zoomed_to(2.0);
        assert_eq!(fingers.drag(crop, 1, (9.0, 9.0)), None, "nothing is down");
        fingers.down(1, (9.0, 9.0));
        fingers.down(1, (100.0, 100.0));
        assert_eq!(fingers.drag(crop, 1, (110.0, 100.0)), Some(crop.moved(10.0, 0.0)));
        fingers.down(2, (210.0, 100.0));
        fingers.down(3, (0.0, 0.0));
        assert_eq!(fingers.drag(crop, 3, (50.0, 50.0)), None, "a third one does not count");
        let pinched = fingers.drag(crop, 2, (260.0, 100.0)).unwrap();
        assert_eq!(pinched.zoom(), 3.0);
        assert!(close(seen(pinched, (185.0, 100.0)), seen(crop, (160.0, 100.0))), "it stays between the fingers");
        fingers.up(1);
        assert_eq!(fingers.drag(pinched, 2, (261.0, 100.0)), Some(pinched.moved(1.0, 0.0)));
        fingers.up(2);
        assert_eq!(fingers.drag(crop, 2, (0.0, 0.0)), None);
    }

    #[test]
    fn no_more_pixels_are_sent_than_are_there_or_worth_it() {
        assert_eq!(Crop::new(100, 100).size(), 512);
        assert_eq!(Crop::new(700, 800).size(), 700);
        assert_eq!(Crop::new(4000, 6000).size(), 1024);
        assert_eq!(Crop::new(3000, 3000).zoomed_to(4.0).size(), 750);
    }
}
