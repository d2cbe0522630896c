//! The tab Security: how one signs in.

use crate::actor::{ABSOLUTE, Actor};
use crate::view::{SecondFactor, Security};

/// What the tab shows; all of it came with the session.
#[must_use]
pub fn view(actor: &Actor) -> Security {
    let (session, visitor) = (actor.session(), actor.visitor());
    Security {
        factor: match session.second_factor.as_str() {
            "off" => SecondFactor::Off,
            "app" => SecondFactor::App,
            _ => SecondFactor::Email,
        },
        email: session.email.clone(),
        factor_since: visitor.moment(session.second_factor_set_at),
        password_since: session.password_set_at.map(|at| visitor.moment(at)),
        signed_in_since: visitor.moment(session.created_at),
        ends_at: visitor.moment(session.created_at + ABSOLUTE),
        browser: session.browser.clone(),
        address: session.address.clone(),
    }
}
