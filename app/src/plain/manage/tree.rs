//! What a group permits, as a tree: branches with a tick, a dash or nothing, and a box for each permission.

use domain::view::{Permission, PermissionBranch, Tick};
use domain::{Field, Key};
use leptos::prelude::*;

use crate::form::{FormState, sentence_at};
use crate::words::t;

/// The name of the boxes in a form.
const NAME: &str = "permissions[]";
/// Stands in each list that is sent: one that is missing is never taken for an empty one (GRP-1).
const NOTHING: &str = "none";

/// The permissions of a list as a form sends it.
///
/// # Errors
/// At the permissions, where there is no list, or one with what nobody can choose.
pub fn read(list: &[String]) -> domain::Result<Vec<Permission>> {
    let refused = || domain::Error::at(Field::Permissions, domain::Problem::NotOffered);
    if !list.iter().any(|code| code == NOTHING) {
        return Err(refused());
    }
    let chosen = list.iter().filter(|code| *code != NOTHING);
    chosen.map(|code| Permission::read(code).ok_or_else(refused)).collect()
}

/// The tree to choose from. What one lacks oneself cannot be chosen.
#[component]
pub fn Tree(
    /// The form it belongs to.
    state: FormState,
    /// What the group permits so far.
    permitted: Vec<Permission>,
    /// What whoever chooses may not do.
    lacks: Vec<Permission>,
) -> impl IntoView {
    let error = sentence_at(state, Field::Permissions).get_untracked();
    let leaf = |permission: Permission| {
        let ticked = state.ticked(NAME, permission.code(), permitted.contains(&permission));
        leaf(permission, ticked, lacks.contains(&permission))
    };
    let branches = PermissionBranch::ALL.map(|branch| {
        view! {
            <fieldset class="branch">
                <legend>{t(branch.key())}</legend>
                {branch.permissions().iter().copied().map(leaf).collect::<Vec<_>>()}
            </fieldset>
        }
    });
    let described = error.is_some().then_some("permissions-error");
    let some_locked = (!lacks.is_empty()).then(|| view! { <p class="locked">{t(Key::PlainGroupOwnRights)}</p> });
    view! {
        <fieldset class="tree" aria-describedby=described>
            <legend>{t(Key::GroupsPermits)}</legend>
            <input type="hidden" name=NAME value=NOTHING />
            {branches}
            {error.map(|text| view! { <p class="field-error" id="permissions-error">{text}</p> })}
            {some_locked}
        </fieldset>
    }
}

fn leaf(permission: Permission, ticked: bool, locked: bool) -> AnyView {
    let id = format!("permission-{}", permission.code());
    let (label_for, help) = (id.clone(), format!("{id}-help"));
    let described = help.clone();
    view! {
        <div class="leaf">
            <input
                type="checkbox"
                id=id
                name=NAME
                value=permission.code()
                checked=ticked && !locked
                disabled=locked
                aria-describedby=described
            />
            <div>
                <label for=label_for>{t(permission.key())}</label>
                <p class="help" id=help>
                    {t(permission.sentence())}
                </p>
            </div>
        </div>
    }
    .into_any()
}

/// The tree of a group that cannot be changed.
#[must_use]
pub fn shown(permitted: &[Permission]) -> AnyView {
    let branches = PermissionBranch::ALL.map(|branch| {
        let (tick, words) = match branch.tick(permitted) {
            Tick::Full => ("full", Key::PlainGroupAll),
            Tick::Mixed => ("mixed", Key::PlainGroupSome),
            Tick::Empty => ("empty", Key::PlainGroupNone),
        };
        let leaves = branch.permissions().iter().map(|permission| {
            let (tick, words) = if permitted.contains(permission) {
                ("full", Key::PlainGroupPermitted)
            } else {
                ("empty", Key::PlainGroupNotPermitted)
            };
            sign(tick, words, permission.key())
        });
        view! {
            <li>
                {sign(tick, words, branch.key())}
                <ul role="list">{leaves.map(|leaf| view! { <li>{leaf}</li> }).collect_view()}</ul>
            </li>
        }
    });
    view! {
        <ul class="tree" role="list" aria-label=t(Key::GroupsPermits)>
            {branches}
        </ul>
    }
    .into_any()
}

/// A name with a sign before it, which is said to those who do not see it.
fn sign(tick: &'static str, words: Key, name: Key) -> AnyView {
    view! {
        <span class="sign" data-tick=tick>
            {t(name)}
            <span class="visually-hidden">": " {t(words)}</span>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Error, Problem};

    fn list(codes: &[&str]) -> domain::Result<Vec<Permission>> {
        read(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_list_that_is_missing_is_not_an_empty_one() {
        assert_eq!(list(&["none"]), Ok(vec![]));
        assert_eq!(list(&["none", "users.view"]), Ok(vec![Permission::UsersView]));
        for wrong in [&[][..], &["users.view"], &["none", "*"], &["none", "null"], &["none", ""], &["none", "users"]] {
            assert_eq!(list(wrong), Err(Error::at(Field::Permissions, Problem::NotOffered)), "{wrong:?}");
        }
    }
}
