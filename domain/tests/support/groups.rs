//! User groups of Acme Ltd and of others, and who is in them.

use domain::flows::group_edit::{self, NewGroup};
use domain::flows::{activity, late_entries};
use domain::store::bench::{self, OneOfMany};
use domain::store::groups;
use domain::store::tenants::{self, Kind};
use domain::view::{ActivityEntry, ActivityFilter, BuiltinGroup, Permission};

use super::guests::{at_acme, outsider, put_into, signed_in};
use super::{SignedIn, Stage};

/// A group of Acme Ltd, made by somebody; says its id.
pub async fn make(stage: &Stage, by: &SignedIn, name: &str, open: bool, permissions: &[Permission]) -> String {
    let new = NewGroup { name, description: "", open, permissions };
    group_edit::create(stage, &at_acme(stage, by).await, &new).await.expect("a free name")
}

/// A group of Borealis GmbH that is open to joining and permits nothing.
pub async fn foreign(stage: &Stage) -> String {
    let borealis = stage.tenant("Borealis GmbH", "borealis").await;
    let id = stage.rng.id(0);
    let group = groups::NewGroup {
        tenant_id: &borealis.id,
        id: &id,
        builtin: None,
        name: "Runners",
        description: "",
        permissions: "",
        open_to_join: true,
    };
    let mut tx = stage.db.begin().await.expect("a transaction");
    groups::insert(&mut tx, &group, 0).await.expect("a free name");
    tx.commit().await.expect("committed");
    id
}

/// A user of Borealis GmbH who is a guest of Acme Ltd in this group, signed in.
pub async fn guest_in(stage: &Stage, name: &str, group: BuiltinGroup) -> SignedIn {
    let (somebody, acme) = (outsider(stage, name).await, stage.tenant("Acme Ltd", "acme").await);
    let mut tx = stage.db.begin().await.expect("a transaction");
    tenants::join(&mut tx, &acme.id, &somebody.id, Kind::Guest, stage.clock.now()).await.expect("joined");
    tx.commit().await.expect("committed");
    put_into(stage, &somebody.id, group).await;
    signed_in(stage, &somebody).await
}

/// So many users of Acme Ltd in this group.
pub async fn crowd(stage: &Stage, group_id: &str, many: usize) {
    let acme = stage.tenant("Acme Ltd", "acme").await;
    let mut tx = stage.db.begin().await.expect("a transaction");
    for n in 0..many {
        let (id, email) = (format!("crowd{n:04}"), format!("crowd{n}@bench.example"));
        let user = OneOfMany { id: &id, email: &email, last_name: &id, tenant_id: &acme.id, password_hash: "" };
        bench::add_user(&mut tx, &user, 0).await.expect("added");
    }
    bench::join(&mut tx, &acme.id, group_id, "crowd0000", "crowd9999").await.expect("joined");
    tx.commit().await.expect("committed");
}

/// What somebody's activity says of groups, newest first, after the worker has written what waits.
pub async fn about_groups(stage: &Stage, who: &SignedIn) -> Vec<ActivityEntry> {
    late_entries::write_due(stage).await.expect("written");
    let actor = stage.next(who).await;
    activity::page(stage, &actor, Some(ActivityFilter::Groups), None).await.expect("a read").entries
}

/// The same as short texts: what, which group, and who did it.
pub async fn groups_said(stage: &Stage, who: &SignedIn) -> Vec<String> {
    let entries = about_groups(stage, who).await.into_iter();
    entries.map(|entry| [entry.what, entry.detail, entry.by.unwrap_or_default()].join(" | ")).collect()
}
