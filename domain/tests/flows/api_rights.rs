//! What a program may do: everything in the home client of whoever it acts for, and nothing anywhere else (API-1,
//! GRP-1, INV-2, SESS-9, TEN-1).

use domain::actor::{Actor, Member};
use domain::clock::MINUTE;
use domain::error::{Error, Result};
use domain::flows::client::{self, Edit};
use domain::flows::group_edit::{self, NewGroup};
use domain::flows::{api_login, change_email, devices, invitations, inviting, user_access, user_edit};
use domain::view::{BuiltinGroup, Permission};

use crate::support::groups::{guest_in, make};
use crate::support::guests::{
    at_acme, group_of_acme, invite, of_acme, open_at_acme, outsider, put_into, signed_in, take_from, the_one,
};
use crate::support::{Somebody, Stage, both, raw, refused};

const PLAIN: NewGroup<'_> = NewGroup { name: "Sales", description: "", open: false, permissions: &[] };
const ANOTHER: Edit<'_> = Edit { name: "Another", colour: "teal", requires_second_factor: true };
const VOID: Error = Error::InvitationVoid;

/// A program that acts for somebody.
async fn acting(stage: &Stage, who: &Somebody) -> Actor {
    stage.allow_api(who).await;
    let token = stage.api_token(who).await;
    stage.program(&token).await.expect("a program")
}

/// Una of the group User, and a program of hers at Acme Ltd.
async fn una(stage: &Stage) -> (Somebody, Member) {
    let una = stage.person("una").await;
    let member = acting(stage, &una).await.home(stage).await.expect("the home client");
    (una, member)
}

fn may(member: &Member) -> Vec<Permission> {
    Permission::ALL.into_iter().filter(|any| member.may(*any)).collect()
}

/// What changes something, each a little different in how it asks for rights.
async fn every_change(stage: &Stage, by: &Member, group: &str, user: &str) -> Vec<Result<()>> {
    vec![
        group_edit::create(stage, by, &NewGroup { name: "New", ..PLAIN }).await.map(|_| ()),
        group_edit::save_seen(stage, by, group, None, &PLAIN).await,
        group_edit::delete(stage, by, group).await,
        group_edit::add_member(stage, by, group, "una@acme.example").await,
        client::save_seen(stage, by, None, &ANOTHER).await,
        user_access::disable(stage, by, user).await,
        user_edit::save_groups(stage, by, user, "", &[group.to_owned()]).await,
        inviting::invite(stage, by, "new@x.example", group).await,
    ]
}

both! {
    async fn everything_at_home_whatever_the_groups_and_nothing_as_a_guest(stage: Stage) {
        let greta = outsider(&stage, "greta").await;
        let ada = of_acme(&stage, "ada", BuiltinGroup::FullAccess).await;
        invite(&stage, &ada, &greta.email, BuiltinGroup::FullAccess).await.expect("invited");
        let here = signed_in(&stage, &greta).await;
        let id = the_one(&stage, &here).await.id;
        invitations::accept(&stage, &here.actor, "acme", &id).await.expect("accepted");
        let program = acting(&stage, &greta).await;
        let home = program.member(&stage, "borealis").await.expect("the home client");
        assert_eq!(may(&home), Permission::ALL);
        for slug in ["acme", "nowhere", "", "BOREALIS"] {
            assert_eq!(refused(program.member(&stage, slug).await), Error::NotFound, "{slug}");
        }
        assert_eq!(program.home(&stage).await.expect("the home client").client().slug, "borealis");
        let member = stage.next(&here).await.member(&stage, "borealis").await.expect("a member");
        assert_eq!(may(&member), BuiltinGroup::User.permissions(), "on the pages the groups count as before");
        assert_eq!(may(&at_acme(&stage, &here).await), Permission::ALL, "and there as well");
        assert_eq!(refused(here.actor.home(&stage).await), Error::NotFound);
    }

    async fn whoever_entered_another_client_is_still_at_home(stage: Stage) {
        let greta = guest_in(&stage, "greta", BuiltinGroup::Guest).await;
        let greta = Somebody { id: greta.actor.user_id().to_owned(), email: greta.email };
        let sql = "UPDATE users SET current_tenant_id = (SELECT id FROM tenants WHERE slug = 'acme')
                    WHERE email = 'greta@borealis.example'";
        assert_eq!(raw::run(&stage.db, sql).await.ok(), Some(1));
        let program = acting(&stage, &greta).await;
        assert_eq!(program.session().current_slug, "borealis");
        assert_eq!(program.home(&stage).await.expect("the home client").client().slug, "borealis");
    }

    async fn what_groups_do_not_permit_a_program_does(stage: Stage) {
        let (una, member) = una(&stage).await;
        let more = [Permission::ClientEdit, Permission::UsersEdit];
        let id = group_edit::create(&stage, &member, &NewGroup { permissions: &more, ..PLAIN }).await;
        let id = id.expect("a free name");
        assert_eq!(group_edit::add_member(&stage, &member, &id, &una.email).await, Ok(()));
        assert_eq!(client::save_seen(&stage, &member, None, &ANOTHER).await, Ok(()));
        let entries = "SELECT COUNT(*) FROM tenant_activity WHERE actor_id <> ''";
        assert_eq!(stage.number(entries).await, 3, "each in the name of whoever the program acts for");
    }

    async fn rights_that_end_meanwhile_do_not_count(stage: Stage) {
        let ada = of_acme(&stage, "ada", BuiltinGroup::FullAccess).await;
        let group = make(&stage, &ada, "Group", false, &[]).await;
        let max = stage.person("max").await;
        let (una, member) = una(&stage).await;
        stage.set_api(&una, false).await;
        assert_eq!(every_change(&stage, &member, &group, &max.id).await, vec![Err(Error::SignedOut); 8]);
        stage.set_api(&una, true).await;
        api_login::end(&stage, member.actor()).await.expect("ended");
        assert_eq!(every_change(&stage, &member, &group, &max.id).await, vec![Err(Error::SignedOut); 8]);
        let program = acting(&stage, &una).await;
        let member = program.home(&stage).await.expect("the home client");
        stage.disable(&una).await;
        assert_eq!(every_change(&stage, &member, &group, &max.id).await, vec![Err(Error::SignedOut); 8]);
        assert_eq!(stage.number("SELECT COUNT(*) FROM groups").await, 5);
        assert_eq!(stage.number("SELECT COUNT(*) FROM users WHERE disabled_at IS NOT NULL").await, 1);
        assert_eq!(stage.number("SELECT COUNT(*) FROM invitations").await, 0);
    }

    async fn what_needs_the_password_of_the_last_minutes_refuses_itself(stage: Stage) {
        let olivia = stage.person("olivia").await;
        let here = stage.sign_in(&olivia).await;
        let program = acting(&stage, &olivia).await;
        let refusal = Err(Error::ReauthenticationNeeded);
        assert_eq!(change_email::begin(&stage, &program).await, refusal);
        assert_eq!(devices::end_others(&stage, &program).await, refusal);
        assert_eq!(devices::end(&stage, &program, &here.actor.session().id).await, refusal);
        assert!(stage.actor(&here.token).await.is_some());
    }

    async fn an_invitation_of_a_program_stands_and_falls_with_the_right_to_use_the_api(stage: Stage) {
        let (una, member) = una(&stage).await;
        let full = group_of_acme(&stage, BuiltinGroup::FullAccess).await;
        let mut greta = Vec::new();
        for name in ["greta", "gina"] {
            let somebody = outsider(&stage, name).await;
            inviting::invite(&stage, &member, &somebody.email, &full).await.expect("invited");
            greta.push(signed_in(&stage, &somebody).await);
        }
        let (first, second) = (the_one(&stage, &greta[0]).await, the_one(&stage, &greta[1]).await);
        assert!(invitations::accept(&stage, &greta[0].actor, "acme", &first.id).await.is_ok());
        stage.set_api(&una, false).await;
        put_into(&stage, &una.id, BuiltinGroup::FullAccess).await;
        assert_eq!(stage.next(&greta[1]).await.session().open_invitations, 0);
        assert_eq!(invitations::mine(&stage, &greta[1].actor).await, Ok(Vec::new()));
        let answer = invitations::accept(&stage, &greta[1].actor, "acme", &second.id).await;
        assert_eq!(refused(answer), VOID, "no group vouches for what a program has sent");
    }

    async fn whoever_sends_it_again_vouches_for_it(stage: Stage) {
        let (una, member) = una(&stage).await;
        let greta = outsider(&stage, "greta").await;
        let guest = group_of_acme(&stage, BuiltinGroup::Guest).await;
        let sent = inviting::invite_new(&stage, &member, &greta.email, &guest).await.expect("invited");
        let max = of_acme(&stage, "max", BuiltinGroup::Management).await;
        assert_eq!(inviting::send_again(&stage, &at_acme(&stage, &max).await, &sent.id).await, Ok(()));
        stage.set_api(&una, false).await;
        let here = signed_in(&stage, &greta).await;
        assert!(invitations::accept(&stage, &here.actor, "acme", &sent.id).await.is_ok());
        let gina = outsider(&stage, "gina").await;
        invite(&stage, &max, &gina.email, BuiltinGroup::Guest).await.expect("invited");
        let id = open_at_acme(&stage, &max).await.remove(0).id;
        stage.set_api(&una, true).await;
        let token = stage.api_token(&una).await;
        let program = stage.program(&token).await.expect("a program");
        let member = program.home(&stage).await.expect("the home client");
        assert_eq!(inviting::send_again(&stage, &member, &id).await, Ok(()));
        take_from(&stage, max.actor.user_id(), BuiltinGroup::Management).await;
        let here = signed_in(&stage, &gina).await;
        assert!(invitations::accept(&stage, &here.actor, "acme", &id).await.is_ok(), "Max does not matter any more");
    }

    async fn what_is_said_of_an_invitation_is_what_the_list_shows(stage: Stage) {
        let (_, member) = una(&stage).await;
        let guest = group_of_acme(&stage, BuiltinGroup::Guest).await;
        let sent = inviting::invite_new(&stage, &member, " New@X.Example ", &guest).await.expect("invited");
        let said = (sent.email.as_str(), sent.inviter.as_str(), sent.group.as_str());
        assert_eq!(said, ("new@x.example", "Una Okafor", "Guest"));
        stage.clock.advance(MINUTE);
        assert_eq!(inviting::open(&stage, &member, None).await.expect("a read").open, [sent]);
    }
}
