//! Who is asking: the one way to get an [`Actor`], and from it a [`Member`] of one client.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::backend::Backend;
use crate::clock::{HOUR, MINUTE, Millis};
use crate::error::{Error, Result};
use crate::secrets::token::Token;
use crate::store::api_tokens;
use crate::store::sessions::{self, LiveSession};
use crate::store::tenants::{self, Membership};
use crate::text::Language;
use crate::view::{Client, Frame, ManagePage, Permission, Person};
use crate::visitor::Visitor;

/// A session unused for so long has ended (SESS-4).
pub const IDLE: Millis = 30 * MINUTE;
/// A session this old has ended, used or not (SESS-4).
pub const ABSOLUTE: Millis = 12 * HOUR;
/// For so long an authentication is fresh enough for what is sensitive (SESS-9).
pub const FRESH: Millis = 5 * MINUTE;
/// How exactly the last use of a session or token is kept.
const TOUCH: Millis = MINUTE;

/// What a program showed in place of a session (API-1).
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The id of the token; the token itself is elsewhere.
    pub id: String,
    /// Whether its owner made it for a program, or it comes from a sign-in.
    pub is_key: bool,
    /// Until when it holds.
    pub expires_at: Millis,
}

/// Somebody who is fully signed in. It exists only by [`Actor::of`] and [`Actor::of_bearer`].
#[derive(Clone)]
pub struct Actor {
    session: LiveSession,
    bearer: Option<Bearer>,
    asked_at: Millis,
    visitor: Visitor,
    /// The membership this request asked for; each request has an actor of its own.
    membership: Arc<OnceCell<(String, Option<Membership>)>>,
}

impl Actor {
    /// The person behind a session cookie; `None` when there is no such session any more.
    ///
    /// # Errors
    /// The database's: who cannot be checked is not let in.
    pub async fn of(backend: &Backend, cookie: &str, visitor: &Visitor) -> Result<Option<Self>> {
        let Some(token) = Token::read(cookie) else { return Ok(None) };
        let now = backend.clock.now();
        let Some(session) = sessions::live(&backend.db, &token.hash(), now - IDLE, now - ABSOLUTE, now).await? else {
            return Ok(None);
        };
        if now - session.last_seen_at >= TOUCH {
            sessions::touch(&backend.db, &session.id, now).await?;
        }
        Ok(Some(Self::new(session, None, now, visitor)))
    }

    /// The person for whom a program acts that shows this token; `None` when there is no such token any more, or its
    /// owner may not use the API. It has proved nothing lately: what needs that refuses (SESS-9).
    ///
    /// # Errors
    /// The database's: who cannot be checked is not let in.
    pub async fn of_bearer(backend: &Backend, token: &str, visitor: &Visitor) -> Result<Option<Self>> {
        let Some(token) = Token::read_bearer(token) else { return Ok(None) };
        let now = backend.clock.now();
        let Some(shown) = api_tokens::live(&backend.db, &token.hash(), now).await? else { return Ok(None) };
        if shown.last_used_at.is_none_or(|at| now - at >= TOUCH) {
            api_tokens::touch(&backend.db, &shown.id, now).await?;
        }
        let is_key = shown.kind() == api_tokens::Kind::Key;
        let bearer = Bearer { id: shown.id, is_key, expires_at: shown.expires_at };
        Ok(Some(Self::new(shown.session, Some(bearer), now, visitor)))
    }

    fn new(session: LiveSession, bearer: Option<Bearer>, asked_at: Millis, visitor: &Visitor) -> Self {
        let mut visitor = visitor.clone();
        if let Some(chosen) = session.language.as_deref().and_then(Language::from_tag) {
            visitor.language = chosen;
        }
        Self { session, bearer, asked_at, visitor, membership: Arc::default() }
    }

    /// The user's id.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.session.user_id
    }

    /// The session and what it knows of the user.
    #[must_use]
    pub const fn session(&self) -> &LiveSession {
        &self.session
    }

    /// What a program showed, where it is one that asks.
    #[must_use]
    pub const fn bearer(&self) -> Option<&Bearer> {
        self.bearer.as_ref()
    }

    /// The id of the provider that the person signs in by, where that is not a password (OIDC-3).
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.session.provider.as_deref()
    }

    /// From where they ask.
    #[must_use]
    pub const fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// When they were found to be who they are; each request has an actor of its own.
    pub(crate) const fn asked_at(&self) -> Millis {
        self.asked_at
    }

    /// Whether the last authentication is fresh enough for what is sensitive (SESS-9).
    #[must_use]
    pub fn is_fresh(&self, now: Millis) -> bool {
        now - self.session.authenticated_at <= FRESH
    }

    /// The person as pages name them.
    #[must_use]
    pub fn person(&self) -> Person {
        let LiveSession { user_id, first_name, last_name, email, picture, .. } = &self.session;
        person(user_id, first_name, last_name, email, picture.as_deref())
    }

    /// The actor as a member of the client with this slug. What does not exist and what is not theirs look alike
    /// (TEN-1). For a program there is the home client alone, and in it the person may do everything, whatever their
    /// groups: this is the one place that decides it (API-1).
    ///
    /// # Errors
    /// [`Error::NotFound`], or the database's.
    pub async fn member(&self, backend: &Backend, slug: &str) -> Result<Member> {
        let (read_slug, membership) = self
            .membership
            .get_or_try_init(|| async {
                let membership = tenants::membership(&backend.db, slug, self.user_id()).await?;
                Ok::<_, Error>((slug.to_owned(), membership))
            })
            .await?;
        let membership = if read_slug == slug {
            membership.clone()
        } else {
            tenants::membership(&backend.db, slug, self.user_id()).await?
        };
        let membership = membership.ok_or(Error::NotFound)?;
        let permissions = if self.bearer.is_none() {
            Permission::read_list(membership.permission_codes())
        } else if membership.kind() == tenants::Kind::Home {
            Permission::ALL.to_vec()
        } else {
            return Err(Error::NotFound);
        };
        Ok(Member { actor: self.clone(), membership, permissions })
    }

    /// The actor as a member of their home client, for programs.
    ///
    /// # Errors
    /// [`Error::NotFound`] for whoever came by a session; or the database's.
    pub async fn home(&self, backend: &Backend) -> Result<Member> {
        if self.bearer.is_none() {
            return Err(Error::NotFound);
        }
        self.member(backend, &self.session.current_slug).await
    }
}

/// Somebody who is signed in and belongs to one client.
#[derive(Clone)]
pub struct Member {
    actor: Actor,
    membership: Membership,
    permissions: Vec<Permission>,
}

impl Member {
    /// Who.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The client's id.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.membership.tenant_id
    }

    /// Whether a group of theirs permits it or, for a program, the right to use the API.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// The first of these that they may not.
    #[must_use]
    pub fn first_lack(&self, permissions: &[Permission]) -> Option<Permission> {
        permissions.iter().copied().find(|permission| !self.may(*permission))
    }

    /// What no group of theirs permits.
    #[must_use]
    pub fn lacks(&self) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| !self.may(*permission)).collect()
    }

    /// What stands around each page of this client. In one of a single person nobody could give what such a page says
    /// is missing, so none is offered.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let offered = |page: &ManagePage| !self.membership.personal && self.may(page.permission());
        Frame {
            person: self.actor.person(),
            client: self.client(),
            open_invitations: u32::try_from(self.actor.session.open_invitations).unwrap_or(0),
            manage: ManagePage::ALL.into_iter().filter(offered).collect(),
        }
    }

    /// The client as pages name it.
    #[must_use]
    pub fn client(&self) -> Client {
        client(&self.membership)
    }
}

/// A client as pages name it.
#[must_use]
pub fn client(membership: &Membership) -> Client {
    let Membership { slug, name, colour, .. } = membership;
    Client { slug: slug.clone(), name: name.clone(), colour: colour.clone() }
}

/// A person as pages name them, with initials and a hue of their own; `picture` is the id of one.
#[must_use]
pub fn person(user_id: &str, first_name: &str, last_name: &str, email: &str, picture: Option<&str>) -> Person {
    let initial = |name: &str| name.chars().find(|letter| letter.is_alphanumeric());
    let letters: String = [initial(first_name), initial(last_name)].into_iter().flatten().collect();
    let initials = if letters.is_empty() { email.chars().take(1).collect() } else { letters };
    // The last digits of a UUIDv7 are random, the first are the time.
    let hue = user_id.bytes().rev().take(8).fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 12;
    Person {
        name: format!("{first_name} {last_name}").trim().to_owned(),
        email: email.to_owned(),
        initials: initials.to_uppercase(),
        hue: u8::try_from(hue).unwrap_or(0),
        picture: picture.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::person;

    #[test]
    fn initials_are_letters_whatever_the_name_starts_with() {
        assert_eq!(person("u", "<script>", "\"quoted\"", "a@b.de", None).initials, "SQ");
        assert_eq!(person("u", "élodie", "", "a@b.de", None).initials, "É");
        assert_eq!(person("u", "", "", "a@b.de", None).initials, "A");
    }
}
