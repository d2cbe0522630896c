//! The only owner of mailed codes: issue, check, use up.

use subtle::ConstantTimeEq;

use super::limits::{self, MailPermit, Wish};
use crate::backend::Backend;
use crate::clock::{MINUTE, Millis};
use crate::error::{Error, Result};
use crate::mail::letters::Asked;
use crate::mail::{Letter, outbox};
use crate::secrets::code::Code;
use crate::store::codes::{self, NewCode};
use crate::store::{Tx, users};
use crate::validate;
use crate::view::SecondFactor;
use crate::visitor::Visitor;

/// How long a code is valid (CODE-2).
pub const VALIDITY: Millis = 10 * MINUTE;
/// Tries for one code (CODE-3).
pub const TRIES: i64 = 5;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The second step of a sign-in.
    SignIn,
    /// The address that holds allows another to be entered.
    EmailChange,
    /// The address to be is proved.
    NewEmail,
    /// A new password holds from now on.
    PasswordChange,
    /// Somebody else was in the account, and everything ends.
    NotMe,
    /// The second factor is to be another one.
    FactorChange,
    /// The app is lost, and codes are to come by e-mail again.
    FactorReset,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::EmailChange => "email_change",
            Self::NewEmail => "new_email",
            Self::PasswordChange => "password_change",
            Self::NotMe => "not_me",
            Self::FactorChange => "factor_change",
            Self::FactorReset => "factor_reset",
        }
    }

    /// Whose wish a code for this is.
    #[must_use]
    pub const fn wish(self) -> Wish {
        match self {
            Self::SignIn | Self::EmailChange | Self::PasswordChange | Self::FactorChange | Self::FactorReset => {
                Wish::Own
            }
            Self::NewEmail => Wish::Wanted,
            Self::NotMe => Wish::NotMe,
        }
    }
}

/// What a code is bound to: swap any one of these, and it is another code (CODE-6).
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Whose.
    pub user_id: &'a str,
    /// The sign-in or change it belongs to, and with it the browser.
    pub flow_id: &'a str,
    /// What for.
    pub purpose: Purpose,
    /// What it brings about, such as the new address.
    pub payload: &'a str,
}

impl Binding<'_> {
    fn mac(&self, backend: &Backend, code: &str) -> Vec<u8> {
        backend.keys.code_mac(&[self.user_id, self.flow_id, self.purpose.code(), self.payload], code)
    }
}

/// What became of a wish for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// A letter is on its way; a former code of the same flow is dead.
    Sent,
    /// None yet: the last one was too short a time ago. A former code stays valid.
    Wait {
        /// Seconds until one may be sent.
        seconds: u32,
    },
}

/// Mails a new code to `address`, unless too many were (CODE-7). Call [`outbox::wake`] after the commit.
///
/// # Errors
/// The database's.
pub async fn issue(
    tx: &mut Tx,
    backend: &Backend,
    visitor: &Visitor,
    binding: Binding<'_>,
    address: &str,
    letter: impl FnOnce(&Code, Asked<'_>) -> Letter + Send,
) -> Result<Issued> {
    if let MailPermit::In(seconds) =
        limits::permit_mail(tx, backend, binding.purpose.wish(), address, &visitor.place()).await?
    {
        return Ok(Issued::Wait { seconds });
    }
    let now = backend.clock.now();
    let (code, expires_at) = (Code::new(&backend.rng), now + VALIDITY);
    let mac = binding.mac(backend, code.reveal());
    let row = NewCode {
        flow_id: binding.flow_id,
        purpose: binding.purpose.code(),
        user_id: binding.user_id,
        mac: &mac,
        sent_to: address,
    };
    codes::put(tx, &row, now, expires_at).await?;
    let letter = letter(&code, Asked { visitor, now, expires_at });
    outbox::put(tx, backend, &letter, expires_at).await?;
    Ok(Issued::Sent)
}

/// A code that was compared and found right, and is still to be used up.
pub struct Checked<'a> {
    binding: Binding<'a>,
    mac: Vec<u8>,
    address: &'a str,
}

/// Compares what was typed with the code that was mailed to `address`. The try is counted and committed first
/// (CODE-3, CODE-4).
///
/// # Errors
/// [`Error::CodeWrong`], [`Error::AttemptOver`] with the fifth wrong one (the caller ends the flow),
/// [`Error::TooMany`] while the factor pauses, or the database's.
pub async fn check<'a>(
    backend: &Backend,
    visitor: &Visitor,
    binding: Binding<'a>,
    address: &'a str,
    typed: &str,
) -> Result<Checked<'a>> {
    limits::place_is_open(backend, visitor).await?;
    let now = backend.clock.now();
    let mut tx = backend.db.begin().await?;
    if binding.purpose == Purpose::NotMe {
        limits::count_not_me(&mut tx, binding.user_id, now).await?;
    } else {
        limits::count_code(&mut tx, binding.user_id, now).await?;
    }
    let Some(tried) = codes::count_try(&mut tx, binding.flow_id, binding.purpose.code(), TRIES).await? else {
        // Nothing was sent, or all tries are with others at this moment: nothing is compared, so nothing counts, and
        // the flow is left to those who are ahead.
        drop(tx);
        let sent = codes::was_sent(&backend.db, binding.flow_id, binding.purpose.code()).await?;
        return Err(Error::CodeWrong { tries_left: if sent { 0 } else { u32::try_from(TRIES).unwrap_or(0) } });
    };
    tx.commit().await?;
    let mac = binding.mac(backend, validate::code(typed).as_deref().unwrap_or(""));
    let alive = tried.used_at.is_none() && tried.expires_at > now;
    if bool::from(mac.ct_eq(&tried.mac)) && alive {
        return Ok(Checked { binding, mac, address });
    }
    limits::place_failed(backend, visitor).await?;
    let tries_left = u32::try_from(TRIES - tried.tries).unwrap_or(0);
    Err(if tries_left == 0 { Error::AttemptOver } else { Error::CodeWrong { tries_left } })
}

/// Uses a code up, in the transaction of its effect (CODE-5). Of several at once exactly one gets here.
///
/// # Errors
/// [`Error::CodeWrong`] when another call was quicker or the time has run out, or the database's.
pub async fn use_up(tx: &mut Tx, backend: &Backend, checked: Checked<'_>) -> Result<()> {
    let Checked { binding, mac, address } = checked;
    let now = backend.clock.now();
    // Counters first, in the order of `issue` and `check`: whoever holds the same rows in another order would wait
    // for us while we wait for them. A refusal takes it all back.
    limits::give_mail_back(tx, backend, binding.purpose.wish(), address).await?;
    forget_wrong_ones(tx, binding, now).await?;
    if !codes::use_up(tx, binding.flow_id, binding.purpose.code(), &mac, now).await? {
        return Err(Error::CodeWrong { tries_left: 0 });
    }
    Ok(())
}

/// A mailed code makes wrong ones forgotten where codes are mailed. Wrong codes of an app it leaves counted: whoever
/// reads the mail would have ten more guesses at the app with each code (CODE-4). The counter of all codes is held in
/// any case.
async fn forget_wrong_ones(tx: &mut Tx, binding: Binding<'_>, now: Millis) -> Result<()> {
    let user_id = binding.user_id;
    if binding.purpose == Purpose::NotMe {
        limits::hold_codes(tx, user_id, now).await?;
        return limits::forget_not_me(tx, user_id, now).await;
    }
    let user = users::by_id_in(tx, user_id).await?;
    if user.is_some_and(|user| user.factor() == SecondFactor::App) {
        return limits::take_code_back(tx, user_id, now).await;
    }
    limits::forget_codes(tx, user_id, now).await
}

/// Whether a code of this flow was ever sent.
///
/// # Errors
/// The database's.
pub async fn was_sent(backend: &Backend, flow_id: &str, purpose: Purpose) -> Result<bool> {
    codes::was_sent(&backend.db, flow_id, purpose.code()).await
}

/// Whether a code of this flow can still be used.
///
/// # Errors
/// The database's.
pub async fn is_open(backend: &Backend, flow_id: &str, purpose: Purpose) -> Result<bool> {
    codes::is_open(&backend.db, flow_id, purpose.code(), TRIES, backend.clock.now()).await
}
