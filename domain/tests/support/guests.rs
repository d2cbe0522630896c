//! People of Acme Ltd and of Borealis GmbH, and invitations from the one to the other.

use domain::actor::Member;
use domain::error::Result;
use domain::flows::inviting;
use domain::flows::users::{self, Invitee};
use domain::secrets::password::Password;
use domain::store::{self, groups};
use domain::view::{BuiltinGroup, Invitation, SentInvitation};

use super::{PASSWORD, SignedIn, Somebody, Stage, anywhere, link_in};

/// A user of Borealis GmbH, in the group User there.
pub async fn outsider(stage: &Stage, name: &str) -> Somebody {
    let borealis = stage.tenant("Borealis GmbH", "borealis").await;
    let hash = Password::read(PASSWORD).expect("short enough");
    let hash = stage.hasher.hash(hash, &stage.rng).await.expect("hashed");
    let first_name = name[..1].to_uppercase() + &name[1..];
    let email = format!("{name}@borealis.example");
    let invitee = Invitee {
        email: &email,
        first_name: &first_name,
        last_name: "Gruber",
        language: None,
        tenant_id: &borealis.id,
        group: BuiltinGroup::User,
    };
    let mut tx = stage.db.begin().await.expect("a transaction");
    let id = users::add(&mut tx, stage, &invitee).await.expect("a free address");
    store::users::activate(&mut tx, &id, &hash, true, stage.clock.now()).await.expect("activated");
    tx.commit().await.expect("committed");
    Somebody { id, email }
}

/// Signs somebody in from where nobody has been yet.
pub async fn signed_in(stage: &Stage, who: &Somebody) -> SignedIn {
    stage.sign_in_from(who, &anywhere()).await
}

/// The id of one of the four groups of Acme Ltd.
pub async fn group_of_acme(stage: &Stage, group: BuiltinGroup) -> String {
    let acme = stage.tenant("Acme Ltd", "acme").await;
    let mut tx = stage.db.begin().await.expect("a transaction");
    groups::builtin(&mut tx, &acme.id, group).await.expect("a read").expect("one of the four")
}

/// Puts a member of Acme Ltd into one of its four groups.
pub async fn put_into(stage: &Stage, user_id: &str, group: BuiltinGroup) {
    let (acme, group) = (stage.tenant("Acme Ltd", "acme").await, group_of_acme(stage, group).await);
    let mut tx = stage.db.begin().await.expect("a transaction");
    groups::add_member(&mut tx, &acme.id, &group, user_id, stage.clock.now()).await.expect("added");
    tx.commit().await.expect("committed");
}

/// Takes somebody out of one of the four groups of Acme Ltd.
pub async fn take_from(stage: &Stage, user_id: &str, group: BuiltinGroup) {
    let group = group_of_acme(stage, group).await;
    let sql = format!("DELETE FROM group_members WHERE user_id = '{user_id}' AND group_id = '{group}'");
    assert_eq!(super::raw::run(&stage.db, &sql).await.expect("done"), 1);
}

/// A user of Acme Ltd in this group as well, signed in.
pub async fn of_acme(stage: &Stage, name: &str, group: BuiltinGroup) -> SignedIn {
    let somebody = stage.person(name).await;
    put_into(stage, &somebody.id, group).await;
    signed_in(stage, &somebody).await
}

/// The person as a member of Acme Ltd, as the next request sees them.
pub async fn at_acme(stage: &Stage, who: &SignedIn) -> Member {
    stage.next(who).await.member(stage, "acme").await.expect("a member")
}

/// Invites this address to Acme Ltd.
pub async fn invite(stage: &Stage, by: &SignedIn, email: &str, group: BuiltinGroup) -> Result<()> {
    inviting::invite(stage, &at_acme(stage, by).await, email, &group_of_acme(stage, group).await).await
}

/// What Acme Ltd has open, the newest first.
pub async fn open_at_acme(stage: &Stage, reader: &SignedIn) -> Vec<SentInvitation> {
    inviting::open(stage, &at_acme(stage, reader).await, None).await.expect("a read").open
}

/// The one open invitation of somebody.
pub async fn the_one(stage: &Stage, who: &SignedIn) -> Invitation {
    let actor = stage.next(who).await;
    let mut mine = domain::flows::invitations::mine(stage, &actor).await.expect("a read");
    assert_eq!((mine.len(), actor.session().open_invitations), (1, 1));
    mine.remove(0)
}

/// Sends all that is due; the token in the newest letter there that holds an invitation.
pub async fn mailed_link(stage: &Stage, email: &str) -> String {
    while stage.deliver().await > 0 {}
    let letters = stage.letters_to(email);
    let is_one = |text: &str| text.contains("http://localhost:3000/invitation/");
    link_in(letters.iter().find(|letter| is_one(&letter.text)).expect("an invitation"))
}

/// A guest of Acme Ltd in this group, invited by `by`, signed in.
pub async fn guest(stage: &Stage, by: &SignedIn, name: &str, group: BuiltinGroup) -> SignedIn {
    let somebody = outsider(stage, name).await;
    invite(stage, by, &somebody.email, group).await.expect("invited");
    let guest = signed_in(stage, &somebody).await;
    let id = the_one(stage, &guest).await.id;
    domain::flows::invitations::accept(stage, &guest.actor, "acme", &id).await.expect("accepted");
    guest
}
