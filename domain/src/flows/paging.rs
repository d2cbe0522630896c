//! Pages of a list: one more than is shown says whether there is more.

/// How many to read for a page of `shown`.
pub(super) fn most(shown: usize) -> i64 {
    i64::try_from(shown + 1).unwrap_or(i64::MAX)
}

/// Leaves what is shown of what was read; says whether there is more.
pub(super) fn cut<T>(rows: &mut Vec<T>, shown: usize) -> bool {
    let more = rows.len() > shown;
    rows.truncate(shown);
    more
}
