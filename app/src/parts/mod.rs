//! What pages are made of: looks only, no data.

mod button;
mod field;
mod frame;
mod list;
mod loaded;
mod mark;
mod names;
mod new_password;
mod notice;
mod panel;
mod when;

pub use button::{Button, ButtonKind};
pub use field::{CodeInput, CodeKind, FileInput, Help, TextInput, UserNameForManagers};
pub use frame::{AccountPage, Gate, Header, LookChoice};
pub use list::{list, permits};
pub use loaded::{Refusal, loaded};
pub use mark::{Avatar, Badge, BadgeKind, Mark, Tile};
pub use names::NameFields;
pub use new_password::NewPassword;
pub use notice::{FormRefusal, Notice, NoticeKind, Status, arrived};
pub use panel::panel;
pub use when::When;
