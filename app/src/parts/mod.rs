//! What pages are made of: looks only, no data.

mod button;
mod field;
mod frame;
mod loaded;
mod mark;
mod notice;
mod when;

pub use button::{Button, ButtonKind};
pub use field::{CodeInput, FileInput, Help, TextInput, UserNameForManagers};
pub use frame::{AccountPage, Gate, Header, LookChoice};
pub use loaded::{Refusal, loaded};
pub use mark::{Avatar, Badge, BadgeKind, Mark, Tile};
pub use notice::{FormRefusal, Notice, NoticeKind, Status};
pub use when::When;
