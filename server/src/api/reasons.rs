//! Why the API refuses something: a closed list that programs can rely on, whatever language the sentences are in.

use domain::{Error, Key, Problem};

/// A reason. Its code stands in each problem document, and the page `/api` explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No JSON, or a query or header that says nothing.
    BadRequest,
    /// No token, or none that holds.
    Unauthenticated,
    /// Whoever signs in may not, for whatever reason (API-3).
    SignInRefused,
    /// A wrong code, or one that is used up.
    CodeWrong,
    /// The code of another time.
    ClockWrong,
    /// The sign-in that the code belongs to has ended.
    AttemptOver,
    /// Above one's own rights.
    NotPermitted,
    /// Needs a proof that no program can give (SESS-9).
    ReauthenticationNeeded,
    /// A provider manages how this user signs in (OIDC-3).
    ManagedByProvider,
    /// Not there, or somebody else's.
    NotFound,
    /// The resource knows other methods.
    MethodNotAllowed,
    /// There is JSON and nothing else.
    NotAcceptable,
    /// The body took too long.
    TooSlow,
    /// Somebody or something has it already.
    Taken,
    /// Belongs to the client already.
    AlreadyMember,
    /// The address has an account elsewhere (ENUM-2).
    AddressElsewhere,
    /// Nobody with full access would be left (TEN-3).
    LastFullAccess,
    /// Done to oneself.
    Oneself,
    /// The home client.
    HomeClient,
    /// A user who has a way in, or is to have none.
    WayIn,
    /// A key has no end of its own here.
    NotALogin,
    /// The first request with this `Idempotency-Key` has no answer yet.
    UnderWay,
    /// `If-Match` names another version.
    EditedMeanwhile,
    /// More than 64 KiB (WEB-9).
    TooLarge,
    /// The body is no JSON by its own account.
    UnsupportedMediaType,
    /// Another host than that of the public URL (WEB-8).
    Misdirected,
    /// Something is wrong with fields.
    Invalid,
    /// A field that nobody asked for, or one that is there twice (ADM-1).
    UnknownField,
    /// An invitation that cannot be answered.
    InvitationVoid,
    /// This `Idempotency-Key` was used for something else.
    KeyReused,
    /// How somebody signs in changes alone.
    NotAlone,
    /// An edit without `If-Match`.
    PreconditionRequired,
    /// A limit.
    TooMany,
    /// A fault of ours.
    Internal,
    /// A queue does not move.
    Busy,
    /// The database does not answer.
    Unavailable,
}

/// Each with its code, its HTTP status (RFC 9110, RFC 6585), and what it is called; in the order of the list above.
pub const TABLE: [(Reason, &str, u16, Key); 36] = [
    (Reason::BadRequest, "bad_request", 400, Key::PlainApiBadRequest),
    (Reason::Unauthenticated, "unauthenticated", 401, Key::PlainApiUnauthenticated),
    (Reason::SignInRefused, "sign_in_refused", 401, Key::PlainApiSignInRefused),
    (Reason::CodeWrong, "code_wrong", 401, Key::PlainApiCodeWrong),
    (Reason::ClockWrong, "clock_wrong", 401, Key::PlainApiClockWrong),
    (Reason::AttemptOver, "attempt_over", 401, Key::PlainApiAttemptOver),
    (Reason::NotPermitted, "not_permitted", 403, Key::PlainApiNotPermitted),
    (Reason::ReauthenticationNeeded, "reauthentication_needed", 403, Key::PlainApiReauthenticationNeeded),
    (Reason::ManagedByProvider, "managed_by_provider", 403, Key::PlainApiManagedByProvider),
    (Reason::NotFound, "not_found", 404, Key::PlainApiNotFound),
    (Reason::MethodNotAllowed, "method_not_allowed", 405, Key::PlainApiMethodNotAllowed),
    (Reason::NotAcceptable, "not_acceptable", 406, Key::PlainApiNotAcceptable),
    (Reason::TooSlow, "too_slow", 408, Key::PlainApiTooSlow),
    (Reason::Taken, "taken", 409, Key::PlainApiTaken),
    (Reason::AlreadyMember, "already_member", 409, Key::PlainApiAlreadyMember),
    (Reason::AddressElsewhere, "address_elsewhere", 409, Key::PlainApiAddressElsewhere),
    (Reason::LastFullAccess, "last_full_access", 409, Key::PlainApiLastFullAccess),
    (Reason::Oneself, "oneself", 409, Key::PlainApiOneself),
    (Reason::HomeClient, "home_client", 409, Key::PlainApiHomeClient),
    (Reason::WayIn, "way_in", 409, Key::PlainApiWayIn),
    (Reason::NotALogin, "not_a_login", 409, Key::PlainApiNotALogin),
    (Reason::UnderWay, "under_way", 409, Key::PlainApiUnderWay),
    (Reason::EditedMeanwhile, "edited_meanwhile", 412, Key::PlainApiEditedMeanwhile),
    (Reason::TooLarge, "too_large", 413, Key::PlainApiTooLarge),
    (Reason::UnsupportedMediaType, "unsupported_media_type", 415, Key::PlainApiUnsupportedMediaType),
    (Reason::Misdirected, "misdirected", 421, Key::PlainApiMisdirected),
    (Reason::Invalid, "invalid", 422, Key::PlainApiInvalid),
    (Reason::UnknownField, "unknown_field", 422, Key::PlainApiUnknownField),
    (Reason::InvitationVoid, "invitation_void", 422, Key::PlainApiInvitationVoid),
    (Reason::KeyReused, "key_reused", 422, Key::PlainApiKeyReused),
    (Reason::NotAlone, "not_alone", 422, Key::PlainApiNotAlone),
    (Reason::PreconditionRequired, "precondition_required", 428, Key::PlainApiPreconditionRequired),
    (Reason::TooMany, "too_many", 429, Key::PlainApiTooMany),
    (Reason::Internal, "internal", 500, Key::PlainApiInternal),
    (Reason::Busy, "busy", 503, Key::PlainApiBusy),
    (Reason::Unavailable, "unavailable", 503, Key::PlainApiUnavailable),
];

impl Reason {
    /// As it stands in a problem document.
    #[must_use]
    pub const fn code(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        TABLE[self as usize].2
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> Key {
        TABLE[self as usize].3
    }

    /// The reason behind a refusal of the flows.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Invalid(problems) => match problems.first() {
                Some((_, Problem::Taken | Problem::LooksTaken)) => Self::Taken,
                Some((_, Problem::AlreadyMember)) => Self::AlreadyMember,
                Some((_, Problem::Elsewhere)) => Self::AddressElsewhere,
                _ => Self::Invalid,
            },
            Error::SignInRefused => Self::SignInRefused,
            Error::CodeWrong { .. } => Self::CodeWrong,
            Error::ClockWrong { .. } => Self::ClockWrong,
            Error::AttemptOver => Self::AttemptOver,
            Error::SignedOut | Error::WasSignedOut => Self::Unauthenticated,
            Error::ReauthenticationNeeded => Self::ReauthenticationNeeded,
            Error::NotFound => Self::NotFound,
            Error::NotPermitted(_) => Self::NotPermitted,
            Error::ManagedByProvider => Self::ManagedByProvider,
            Error::LastFullAccess => Self::LastFullAccess,
            Error::EditedMeanwhile => Self::EditedMeanwhile,
            Error::Oneself => Self::Oneself,
            Error::HomeClient => Self::HomeClient,
            Error::InvitationVoid => Self::InvitationVoid,
            Error::TooMany { .. } => Self::TooMany,
            Error::Busy => Self::Busy,
            Error::Unavailable | Error::Offline => Self::Unavailable,
            Error::BadRequest => Self::BadRequest,
            Error::UnknownField => Self::UnknownField,
            Error::Internal { .. } => Self::Internal,
        }
    }

    /// The reason behind an answer that says nothing but its status.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::TooSlow,
            413 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            421 => Self::Misdirected,
            503 => Self::Unavailable,
            500.. => Self::Internal,
            _ => Self::BadRequest,
        }
    }

    /// Whether the sentence of the flow says more than the title, and fits a program.
    #[must_use]
    pub const fn has_sentence(self) -> bool {
        !matches!(
            self,
            Self::BadRequest
                | Self::Unauthenticated
                | Self::ReauthenticationNeeded
                | Self::EditedMeanwhile
                | Self::UnknownField
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reason_stands_at_its_place_with_a_code_of_its_own() {
        for (place, (reason, code, status, _)) in TABLE.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{code}");
            assert_eq!((reason.code(), reason.status()), (code, status));
            assert!((400..600).contains(&status), "{code}");
        }
        assert_eq!(TABLE.map(|(_, code, ..)| code).into_iter().collect::<BTreeSet<_>>().len(), TABLE.len());
    }

    #[test]
    fn a_bare_status_has_the_reason_with_that_status() {
        for status in [400, 404, 405, 408, 413, 415, 421, 500, 503] {
            assert_eq!(Reason::of_status(status).status(), status);
        }
        assert_eq!(Reason::of_status(502), Reason::Internal);
    }
}
