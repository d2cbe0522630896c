//! The users of a client as a list: sorted, searched and narrowed at a cost that does not grow with how many there are.
//!
//! What it is sorted by stands in `listed_users`. What it is searched by stands in `user_words`, and so does what it is
//! narrowed to: as marks, which no word can be. A page walks along an index from where it begins, and looks at each
//! user whether they have all of the words; or, where few users have the rarest of them, it looks at those alone.

use super::{Db, Tx, execute, fetch};
use crate::clock::Millis;
use crate::error::Result;
use crate::store::tenants::Kind;
use crate::view::{SecondFactor, UserFilter, UserSort};
use crate::words;

/// The most words and marks of a page: those that were typed, and one mark.
pub const TERMS: usize = words::ASKED + 1;

/// The mark of those to whom the list is narrowed.
#[must_use]
pub const fn mark(filter: UserFilter) -> &'static str {
    match filter {
        UserFilter::Active => "=active",
        UserFilter::Disabled => "=disabled",
        UserFilter::NotActivated => "=not-activated",
        UserFilter::Guest => "=guest",
        UserFilter::FactorOff => "=factor-off",
        UserFilter::FactorEmail => "=factor-email",
        UserFilter::FactorApp => "=factor-app",
        UserFilter::ApiAccess => "=api",
        UserFilter::Provider => "=provider",
    }
}

/// What is listed of a user.
#[derive(sqlx_macros::FromRow)]
struct Now {
    first_name: String,
    last_name: String,
    email: String,
    second_factor: String,
    provider: Option<String>,
    activated: bool,
    disabled: bool,
    api_access: bool,
}

impl Now {
    fn marks(&self) -> Vec<String> {
        let state = match (self.disabled, self.activated) {
            (true, _) => UserFilter::Disabled,
            (false, true) => UserFilter::Active,
            (false, false) => UserFilter::NotActivated,
        };
        let factor = match SecondFactor::read(&self.second_factor) {
            _ if self.provider.is_some() => UserFilter::Provider,
            SecondFactor::Off => UserFilter::FactorOff,
            SecondFactor::Email => UserFilter::FactorEmail,
            SecondFactor::App => UserFilter::FactorApp,
        };
        let api = self.api_access.then_some(UserFilter::ApiAccess);
        [state, factor].into_iter().chain(api).map(|filter| mark(filter).to_owned()).collect()
    }
}

/// Holds the row of a user until the transaction ends.
async fn hold(tx: &mut Tx, user_id: &str) -> Result<()> {
    execute!(tx.on(), "UPDATE users SET api_access = api_access WHERE id = $1", user_id)?;
    Ok(())
}

/// Lists a user anew, in every client they belong to. Comes in each transaction that changes a name, the address, how
/// somebody signs in, or where they belong, and after that change. The user's own row is held first, so that of two
/// changes at once the second finds what the first has made; whatever takes a user out of a client holds it first too.
///
/// # Errors
/// The database's.
pub async fn refresh(tx: &mut Tx, user_id: &str) -> Result<()> {
    hold(tx, user_id).await?;
    let now = fetch!(
        tx.on(),
        fetch_optional,
        Now,
        "SELECT first_name, last_name, email, second_factor, provider,
                password_hash IS NOT NULL OR provider_bound_at IS NOT NULL AS activated,
                disabled_at IS NOT NULL AS disabled, api_access
           FROM users WHERE id = $1",
        user_id,
    )?;
    let Some(now) = now else { return Ok(()) };
    let name_key = words::key(&format!("{} {}", now.first_name, now.last_name));
    execute!(
        tx.on(),
        "INSERT INTO listed_users (tenant_id, user_id, name_key, email_key, last_sign_in_at, joined_at)
         SELECT m.tenant_id, m.user_id, $2, $3,
                CASE m.kind WHEN 'home' THEN COALESCE(m.last_entered_at, 0) ELSE 0 END, m.created_at
           FROM memberships m WHERE m.user_id = $1
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET name_key = excluded.name_key, email_key = excluded.email_key",
        user_id,
        name_key.as_bytes(),
        now.email.as_bytes(),
    )?;
    execute!(tx.on(), "DELETE FROM user_words WHERE user_id = $1", user_id)?;
    put(tx, user_id, "", &words::of(&now.first_name, &now.last_name, &now.email)).await?;
    put(tx, user_id, "home", &now.marks()).await?;
    put(tx, user_id, "guest", &[mark(UserFilter::Guest).to_owned()]).await?;
    execute!(tx.on(), "DELETE FROM unlisted_users WHERE user_id = $1", user_id)?;
    Ok(())
}

/// Gives a user words where they belong: everywhere, or where they are of this kind.
async fn put(tx: &mut Tx, user_id: &str, kind: &str, words: &[String]) -> Result<()> {
    for some in words.chunks(8) {
        let word = |at: usize| some.get(at).map(|word| word.as_bytes());
        execute!(
            tx.on(),
            "INSERT INTO user_words (tenant_id, word, user_id)
             SELECT m.tenant_id, w.word, m.user_id FROM memberships m
              CROSS JOIN (SELECT $3 AS word UNION ALL SELECT $4 UNION ALL SELECT $5 UNION ALL SELECT $6
                          UNION ALL SELECT $7 UNION ALL SELECT $8 UNION ALL SELECT $9 UNION ALL SELECT $10) w
              WHERE m.user_id = $1 AND ($2 = '' OR m.kind = $2) AND w.word IS NOT NULL
             ON CONFLICT (tenant_id, word, user_id) DO NOTHING",
            user_id,
            kind,
            word(0),
            word(1),
            word(2),
            word(3),
            word(4),
            word(5),
            word(6),
            word(7),
        )?;
    }
    Ok(())
}

/// Remembers for the list of the home client that a user has signed in. Comes after the user's own row was written.
///
/// # Errors
/// The database's.
pub async fn signed_in(tx: &mut Tx, user_id: &str, now: Millis) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE listed_users SET last_sign_in_at = $2
          WHERE user_id = $1 AND tenant_id = (SELECT home_tenant_id FROM users WHERE id = $1)",
        user_id,
        now,
    )?;
    Ok(())
}

/// Marks those anew who belong to a client and have come by codes by e-mail all at once, in place of no second factor.
///
/// # Errors
/// The database's.
pub async fn factor_given(tx: &mut Tx, tenant_id: &str) -> Result<()> {
    execute!(
        tx.on(),
        "UPDATE user_words SET word = $3
          WHERE word = $2 AND user_id IN (SELECT u.id FROM memberships m JOIN users u ON u.id = m.user_id
                                           WHERE m.tenant_id = $1 AND u.second_factor = 'email')",
        tenant_id,
        mark(UserFilter::FactorOff).as_bytes(),
        mark(UserFilter::FactorEmail).as_bytes(),
    )?;
    Ok(())
}

/// Lists those who were there before there was a list.
///
/// # Errors
/// The database's.
pub async fn catch_up(db: &Db) -> Result<()> {
    loop {
        let sql = "SELECT user_id FROM unlisted_users ORDER BY user_id LIMIT 500";
        let waiting = fetch!(db.read(), fetch_all, (String,), sql)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        for (user_id,) in &waiting {
            refresh(&mut tx, user_id).await?;
        }
        tx.commit().await?;
    }
}

macro_rules! size {
    ($from:literal, $to:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM (SELECT 1 AS one FROM user_words WHERE tenant_id = $1 AND word >= $",
            $from,
            " AND word < $",
            $to,
            " LIMIT $2) counted)"
        )
    };
}

const SIZES: &str = concat!(
    "SELECT ",
    size!("3", "4"),
    ", ",
    size!("5", "6"),
    ", ",
    size!("7", "8"),
    ", ",
    size!("9", "10"),
    ", ",
    size!("11", "12"),
    ", ",
    size!("13", "14"),
    ", ",
    size!("15", "16")
);

/// Where words end that begin with a term: no letter has this byte in UTF-8.
pub(super) fn ends(terms: &[String]) -> Vec<Vec<u8>> {
    terms.iter().map(|term| [term.as_bytes(), &[0xFF]].concat()).collect()
}

/// How often each of at most [`TERMS`] terms is the beginning of somebody's word, counted up to `most`.
///
/// # Errors
/// The database's.
pub async fn sizes(db: &Db, tenant_id: &str, terms: &[String], most: i64) -> Result<Vec<i64>> {
    let ends = ends(terms);
    let from = |at: usize| terms.get(at).map(|term| term.as_bytes());
    let to = |at: usize| ends.get(at).map(Vec::as_slice);
    let counted = fetch!(
        db.read(),
        fetch_one,
        (i64, i64, i64, i64, i64, i64, i64),
        SIZES,
        tenant_id,
        most,
        from(0),
        to(0),
        from(1),
        to(1),
        from(2),
        to(2),
        from(3),
        to(3),
        from(4),
        to(4),
        from(5),
        to(5),
        from(6),
        to(6),
    )?;
    let (a, b, c, d, e, f, g) = counted;
    Ok([a, b, c, d, e, f, g].into_iter().take(terms.len()).collect())
}

/// Where a page begins: after the user with this key and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What that user is sorted by.
    pub key: SortKey,
    /// Their id.
    pub user_id: String,
}

/// What a user is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// A name or an address.
    Text(Vec<u8>),
    /// A moment.
    Moment(Millis),
}

impl Place {
    /// Before everybody.
    #[must_use]
    pub fn start(sort: UserSort, descending: bool) -> Self {
        let key = match (sort, descending) {
            (UserSort::Name | UserSort::Email, false) => SortKey::Text(Vec::new()),
            (UserSort::Name | UserSort::Email, true) => SortKey::Text(vec![0xFF]),
            (UserSort::LastSignIn | UserSort::Created, false) => SortKey::Moment(Millis::MIN),
            (UserSort::LastSignIn | UserSort::Created, true) => SortKey::Moment(Millis::MAX),
        };
        Self { key, user_id: String::new() }
    }
}

/// A user in the list.
#[derive(Clone, Debug, sqlx_macros::FromRow)]
pub struct Listed {
    /// Who.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The one address.
    pub email: String,
    /// The id of the profile picture.
    pub picture: Option<String>,
    kind: String,
    /// Of the home client: its part of the URL.
    pub home_slug: String,
    /// Its name.
    pub home_name: String,
    /// Its colour.
    pub home_colour: String,
    /// Whether it is of this one person alone.
    pub home_is_personal: bool,
    groups: Option<String>,
    second_factor: String,
    /// The id of the provider that manages the sign-in; without one, it is by password.
    pub provider: Option<String>,
    /// Whether they have a way in: a password, or an identity at the provider.
    pub activated: bool,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// Whether they may use the API.
    pub api_access: bool,
    /// The chosen language.
    pub language: Option<String>,
    /// Whether the home client asks for a second factor of them.
    pub requires_second_factor: bool,
    /// When they last signed in, or 0.
    pub last_sign_in_at: Millis,
    /// Since when they belong to the client.
    pub joined_at: Millis,
    name_key: Vec<u8>,
    email_key: Vec<u8>,
}

impl Listed {
    /// Home or guest.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::read(&self.kind)
    }

    /// The second factor in use.
    #[must_use]
    pub fn factor(&self) -> SecondFactor {
        SecondFactor::read(&self.second_factor)
    }

    /// The groups in the client: the code of one of the four, or a sign of equality and the name.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.as_deref().unwrap_or("").lines()
    }

    /// Where the page after this user begins.
    #[must_use]
    pub fn place(&self, sort: UserSort) -> Place {
        let key = match sort {
            UserSort::Name => SortKey::Text(self.name_key.clone()),
            UserSort::Email => SortKey::Text(self.email_key.clone()),
            UserSort::LastSignIn => SortKey::Moment(self.last_sign_in_at),
            UserSort::Created => SortKey::Moment(self.joined_at),
        };
        Place { key, user_id: self.id.clone() }
    }
}
