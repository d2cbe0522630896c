//! Clients, and ids of what is in them: one's own, somebody else's, and none at all.

use domain::clock::DAY;
use domain::flows::group_edit::{self, NewGroup};
use domain::flows::tenants;
use domain::flows::users::{self, Invitee};
use domain::store::invitations::{self, NewInvitation};
use domain::store::{self, groups};
use domain::view::BuiltinGroup;

use crate::support::{Browser, Stage, email_of};

/// A client, and ids of what is in it.
pub struct Client {
    pub slug: &'static str,
    pub group: String,
    pub user: String,
    pub invitation: String,
}

impl Client {
    /// What an `id` may be of.
    pub fn ids(&self) -> [&str; 3] {
        [&self.group, &self.user, &self.invitation]
    }

    /// None at all, with ids of nothing.
    pub fn none() -> Self {
        let id = |last: u8| format!("019a0000-0000-7000-8000-00000000000{last}");
        Self { slug: "nowhere", group: id(1), user: id(2), invitation: id(3) }
    }

    /// Acme Ltd, with a group of its own.
    pub async fn own(stage: &Stage, olivia: &Browser) -> Self {
        let new = NewGroup { name: "Runners", description: "", open: true, permissions: &[] };
        let member = stage.member(olivia, "acme").await;
        let group = group_edit::create(stage, &member, &new).await.expect("a free name");
        let una = store::users::by_email(&stage.db, email_of("una")).await.expect("a read").expect("a user");
        let invitation = invited(stage, member.tenant_id(), &group, &una.id).await;
        Self { slug: "acme", group, user: una.id, invitation }
    }

    /// A client to which nobody of the demo belongs.
    pub async fn foreign(stage: &Stage) -> Self {
        let mut tx = stage.db.begin().await.expect("a transaction");
        let cirrus = tenants::create(&mut tx, stage, "Cirrus AG", "cirrus", "red").await.expect("a free slug");
        let carla = Invitee {
            email: "carla@cirrus.example",
            first_name: "Carla",
            last_name: "Cohn",
            language: None,
            tenant_id: &cirrus.id,
            group: BuiltinGroup::FullAccess,
        };
        let user = users::add(&mut tx, stage, &carla).await.expect("a free address");
        let group = groups::builtin(&mut tx, &cirrus.id, BuiltinGroup::Guest).await.expect("a read").expect("a group");
        tx.commit().await.expect("committed");
        let invitation = invited(stage, &cirrus.id, &group, &user).await;
        Self { slug: "cirrus", group, user, invitation }
    }
}

/// The id of an invitation that is open.
async fn invited(stage: &Stage, tenant_id: &str, group_id: &str, invited_by: &str) -> String {
    let (now, email) = (stage.clock.now(), "dora@nowhere.example");
    let id = stage.rng.id(now);
    let invitation = NewInvitation { tenant_id, id: &id, email, group_id, invited_by };
    let mut tx = stage.db.begin().await.expect("a transaction");
    invitations::insert(&mut tx, &invitation, now, now + 7 * DAY).await.expect("inserted");
    tx.commit().await.expect("committed");
    id
}
