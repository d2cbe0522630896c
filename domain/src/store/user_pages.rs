//! The pages of the list of users, and single users as they stand there. How it works is said in [`super::user_list`].

use super::user_list::{Listed, Place, SortKey, ends};
use super::{Db, Tx, fetch};
use crate::error::Result;
use crate::view::UserSort;

/// What is shown of a user, whose row in `listed_users` is `f` and whose client is `$1`. CROSS JOIN has SQLite join in
/// this order, so that it begins with those who were found.
macro_rules! shown {
    ($found:literal) => {
        concat!(
            "SELECT f.user_id AS id, u.first_name, u.last_name, u.email, p.id AS picture, m.kind, t.slug AS home_slug,
                    t.name AS home_name, t.colour AS home_colour, t.personal AS home_is_personal,
                    (SELECT string_agg(COALESCE(g.builtin, '=' || g.name), '\n') FROM group_members gm
                       JOIN groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
                      WHERE gm.tenant_id = m.tenant_id AND gm.user_id = m.user_id) AS groups,
                    u.second_factor, u.provider,
                    u.password_hash IS NOT NULL OR u.provider_bound_at IS NOT NULL AS activated,
                    u.disabled_at IS NOT NULL AS disabled, u.api_access, u.language, u.requires_second_factor,
                    f.last_sign_in_at, f.joined_at, f.name_key, f.email_key
               FROM ",
            $found,
            " f CROSS JOIN users u CROSS JOIN memberships m CROSS JOIN tenants t
               LEFT JOIN pictures p ON p.user_id = u.id
              WHERE u.id = f.user_id AND m.tenant_id = $1 AND m.user_id = f.user_id AND t.id = u.home_tenant_id"
        )
    };
}

const ONE: &str = concat!(shown!("listed_users"), " AND f.tenant_id = $1 AND f.user_id = $2");

/// A user of a client.
///
/// # Errors
/// The database's.
pub async fn one(db: &Db, tenant_id: &str, id: &str) -> Result<Option<Listed>> {
    fetch!(db.read(), fetch_optional, Listed, ONE, tenant_id, id)
}

/// As [`one`], within a transaction.
///
/// # Errors
/// The database's.
pub async fn one_in(tx: &mut Tx, tenant_id: &str, id: &str) -> Result<Option<Listed>> {
    fetch!(tx.on(), fetch_optional, Listed, ONE, tenant_id, id)
}

/// Whether somebody has a word that begins like a term. With OFFSET, Postgres looks each user's words up, in place of
/// first gathering all users who have the word.
macro_rules! has {
    ($from:literal, $to:literal) => {
        concat!(
            " AND ($",
            $from,
            " IS NULL OR EXISTS (SELECT 1 FROM user_words w WHERE w.user_id = l.user_id AND w.tenant_id = l.tenant_id
                AND w.word >= $",
            $from,
            " AND w.word < $",
            $to,
            " LIMIT 1 OFFSET 0))"
        )
    };
}

/// A page that is found in `$among`, sorted by `$key` in the direction `$way`, which goes on where what is sorted by
/// compares as `$past`.
macro_rules! page {
    ($among:literal, $key:literal, $past:literal, $way:literal) => {
        concat!(
            "WITH found AS (
               SELECT l.user_id, l.name_key, l.email_key, l.last_sign_in_at, l.joined_at FROM ",
            $among,
            " l.tenant_id = $1 AND (l.",
            $key,
            ", l.user_id) ",
            $past,
            " ($2, $3)",
            has!("5", "6"),
            has!("7", "8"),
            has!("9", "10"),
            has!("11", "12"),
            has!("13", "14"),
            has!("15", "16"),
            has!("17", "18"),
            " ORDER BY l.",
            $key,
            " ",
            $way,
            ", l.user_id ",
            $way,
            " LIMIT $4) ",
            shown!("found"),
            " ORDER BY f.",
            $key,
            " ",
            $way,
            ", f.user_id ",
            $way
        )
    };
}

/// The pages found in `$among`, by what they are sorted by and in which direction.
macro_rules! pages {
    ($among:literal, $sort:expr, $descending:expr) => {
        match ($sort, $descending) {
            (UserSort::Name, false) => page!($among, "name_key", ">", "ASC"),
            (UserSort::Name, true) => page!($among, "name_key", "<", "DESC"),
            (UserSort::Email, false) => page!($among, "email_key", ">", "ASC"),
            (UserSort::Email, true) => page!($among, "email_key", "<", "DESC"),
            (UserSort::LastSignIn, false) => page!($among, "last_sign_in_at", ">", "ASC"),
            (UserSort::LastSignIn, true) => page!($among, "last_sign_in_at", "<", "DESC"),
            (UserSort::Created, false) => page!($among, "joined_at", ">", "ASC"),
            (UserSort::Created, true) => page!($among, "joined_at", "<", "DESC"),
        }
    };
}

const fn text(asked: &Asked<'_>) -> &'static str {
    if asked.few {
        pages!(
            "(SELECT DISTINCT w.user_id FROM user_words w WHERE w.tenant_id = $1 AND w.word >= $5 AND w.word < $6) rare
              CROSS JOIN listed_users l WHERE l.user_id = rare.user_id AND",
            asked.sort,
            asked.descending
        )
    } else {
        pages!("listed_users l WHERE", asked.sort, asked.descending)
    }
}

/// What a page is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it is sorted by.
    pub sort: UserSort,
    /// From the last to the first.
    pub descending: bool,
    /// After whom it begins.
    pub after: &'a Place,
    /// Everybody on it has a word that begins like each of these; at most [`super::user_list::TERMS`], the rarest
    /// first.
    pub terms: &'a [String],
    /// Whether so few have the first of them that they are looked at one by one.
    pub few: bool,
    /// The most users there are on it.
    pub most: i64,
}

/// A page of the users of a client.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, tenant_id: &str, asked: &Asked<'_>) -> Result<Vec<Listed>> {
    let (sql, terms, ends) = (text(asked), asked.terms, ends(asked.terms));
    let Place { key, user_id } = asked.after;
    let from = |at: usize| terms.get(at).map(|term| term.as_bytes());
    let to = |at: usize| ends.get(at).map(Vec::as_slice);
    macro_rules! found {
        ($key:expr) => {
            fetch!(
                db.read(),
                fetch_all,
                Listed,
                sql,
                tenant_id,
                $key,
                user_id.as_str(),
                asked.most,
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
            )
        };
    }
    match key {
        SortKey::Text(key) => found!(key.as_slice()),
        SortKey::Moment(at) => found!(*at),
    }
}
