//! What the database itself refuses: rows that point across clients, twins, and rows of nobody.

use domain::error::Error;
use domain::secrets::token::Token;
use domain::store::groups::{self, NewGroup};
use domain::store::invitations::{self, NewInvitation};
use domain::store::sessions::{self, NewSession};
use domain::store::sign_ins::{self, Door, NewSignIn};
use domain::store::tenants::{self, Kind, Tenant};
use domain::store::users::{self, NewUser};
use domain::view::BuiltinGroup;

use crate::support::{PASSWORD, Stage, both, place, raw};

struct Two {
    acme: Tenant,
    borealis: Tenant,
    /// The group User of each.
    groups: [String; 2],
}

async fn two(stage: &Stage) -> Two {
    let (acme, borealis) = (stage.tenant("Acme Ltd", "acme").await, stage.tenant("Borealis GmbH", "borealis").await);
    let mut tx = stage.db.begin().await.expect("a transaction");
    let mut groups = [String::new(), String::new()];
    for (tenant, group) in [&acme, &borealis].into_iter().zip(&mut groups) {
        let id = groups::builtin(&mut tx, &tenant.id, BuiltinGroup::User).await;
        *group = id.expect("a read").expect("one of the four");
    }
    Two { acme, borealis, groups }
}

/// What the database says of one more member of a group.
async fn add(stage: &Stage, tenant: &str, group: &str, user: &str) -> Result<(), Error> {
    let mut tx = stage.db.begin().await?;
    groups::add_member(&mut tx, tenant, group, user, 0).await?;
    tx.commit().await
}

async fn join(stage: &Stage, tenant: &str, user: &str, kind: Kind) -> Result<(), Error> {
    let mut tx = stage.db.begin().await?;
    tenants::join(&mut tx, tenant, user, kind, 0).await?;
    tx.commit().await
}

both! {
    async fn nobody_is_in_a_group_of_a_client_they_do_not_belong_to(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let Two { acme, borealis, groups: [ours, theirs] } = two(&stage).await;
        let refusal = Err(Error::internal());
        assert_eq!(add(&stage, &borealis.id, &theirs, &olivia.id).await, refusal, "no member there");
        assert_eq!(add(&stage, &acme.id, &theirs, &olivia.id).await, refusal, "a group of another client");
        assert_eq!(add(&stage, &borealis.id, &ours, &olivia.id).await, refusal, "the same, the other way round");
        assert_eq!(add(&stage, &acme.id, &ours, "nobody").await, refusal);
        assert_eq!(stage.number("SELECT COUNT(*) FROM group_members").await, 1);
        assert_eq!(join(&stage, &borealis.id, &olivia.id, Kind::Guest).await, Ok(()));
        assert_eq!(add(&stage, &borealis.id, &theirs, &olivia.id).await, Ok(()));
    }

    async fn everybody_has_one_home_and_is_a_guest_once(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let Two { acme, borealis, .. } = two(&stage).await;
        let refusal = Err(Error::internal());
        assert_eq!(join(&stage, &borealis.id, &olivia.id, Kind::Home).await, refusal, "a second home");
        assert_eq!(join(&stage, &acme.id, &olivia.id, Kind::Guest).await, refusal, "guest at home");
        assert_eq!(join(&stage, &borealis.id, &olivia.id, Kind::Guest).await, Ok(()));
        assert_eq!(join(&stage, &borealis.id, &olivia.id, Kind::Guest).await, refusal);
        let kinds = tenants::memberships(&stage.db, &olivia.id).await.expect("a read");
        let kinds: Vec<_> = kinds.iter().map(|of| (of.slug.as_str(), of.kind())).collect();
        assert_eq!(kinds, [("acme", Kind::Home), ("borealis", Kind::Guest)]);
    }

    async fn an_invitation_leads_into_a_group_of_the_client_that_invites(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let Two { acme, groups: [ours, theirs], .. } = two(&stage).await;
        for (group, allowed) in [(&theirs, false), (&ours, true)] {
            let id = stage.rng.id(0);
            let invitation = NewInvitation {
                tenant_id: &acme.id,
                id: &id,
                email: "max@x.example",
                group_id: group,
                invited_by: &olivia.id,
            };
            let mut tx = stage.db.begin().await.expect("a transaction");
            assert_eq!(invitations::insert(&mut tx, &invitation, 0, 1).await.is_ok(), allowed);
        }
    }

    async fn names_of_groups_are_unique_in_a_client_whatever_their_case(stage: Stage) {
        let Two { acme, borealis, .. } = two(&stage).await;
        let cases =
            [(&acme, "Sales", true), (&acme, "SALES", false), (&acme, "guest", false), (&borealis, "Sales", true)];
        for (tenant, name, allowed) in cases {
            let id = stage.rng.id(0);
            let group = NewGroup {
                tenant_id: &tenant.id,
                id: &id,
                builtin: None,
                name,
                description: "",
                permissions: "",
                open_to_join: false,
            };
            let mut tx = stage.db.begin().await.expect("a transaction");
            let inserted = groups::insert(&mut tx, &group, 0).await;
            assert_eq!(inserted.is_ok(), allowed, "{name}");
            if allowed {
                tx.commit().await.expect("committed");
            }
        }
    }

    async fn an_address_and_a_slug_are_taken_once(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let acme = stage.tenant("Acme Ltd", "acme").await;
        let mut tx = stage.db.begin().await.expect("a transaction");
        let twin = NewUser {
            id: "twin",
            email: &olivia.email,
            first_name: "T",
            last_name: "T",
            language: None,
            home_tenant_id: &acme.id,
        };
        assert_eq!(users::insert(&mut tx, &twin, 0).await, Ok(false));
        let twin = Tenant { id: "twin".into(), ..acme };
        assert_eq!(tenants::insert(&mut tx, &twin, 0).await, Ok(false));
        assert_eq!(users::set_email(&mut tx, &max.id, &olivia.email, 0).await, Ok(false));
        drop(tx);
        assert_eq!(stage.user(&max).await.email, max.email);
    }

    async fn sessions_and_sign_ins_belong_to_somebody(stage: Stage) {
        let hash = Token::new(&stage.rng).hash();
        let session =
            NewSession { id: "s", token_hash: &hash, user_id: "nobody", method: "", browser: "", address: "" };
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(sessions::insert(&mut tx, &session, 0).await, Err(Error::internal()));
        drop(tx);
        let sign_in =
            NewSignIn { id: "s", token_hash: &hash, user_id: "nobody", door: Door::Page, next_path: None };
        let mut tx = stage.db.begin().await.expect("a transaction");
        assert_eq!(sign_ins::insert(&mut tx, &sign_in, 0, 1).await, Err(Error::internal()));
    }

    async fn with_a_user_goes_everything_of_theirs(stage: Stage) {
        let (olivia, max) = (stage.person("olivia").await, stage.person("max").await);
        let signed_in = stage.sign_in(&olivia).await;
        stage.pend_change(&signed_in, "new@x.example").await;
        stage.begin(&olivia, &place(1)).await;
        stage.sign_in(&max).await;
        let deleted = raw::run(&stage.db, &format!("DELETE FROM users WHERE id = '{}'", olivia.id)).await;
        assert_eq!(deleted.ok(), Some(1));
        for table in ["sessions", "sign_ins", "codes", "email_changes", "memberships", "group_members"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", olivia.id);
            assert_eq!(stage.number(&rows).await, 0, "{table}");
        }
        assert!(stage.actor(&signed_in.token).await.is_none());
        assert_eq!(stage.guess(&max.email, PASSWORD, &place(2)).await, Ok(()));
    }
}
