//! `/c/{slug}/account/invitations`: the open invitations of somebody, answered here and nowhere else (INV-1).

use domain::validate::REASON_MAX;
use domain::view::Invitation;
use domain::{Field, Key};
use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::around::Behind;
use super::text_area::TextArea;
use super::{own_data, part};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{Button, ButtonKind, FormRefusal, NoticeKind, When, arrived, loaded, permits};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

/// The path of the page.
pub(super) fn path(slug: &str) -> String {
    format!("/c/{slug}/account/invitations")
}

/// To which address invitations to this person go, and those that are open.
async fn open(slug: String) -> Answer<(String, Vec<Invitation>)> {
    let member = place::member(&slug).await?;
    let open = domain::flows::invitations::mine(&place::backend()?, member.actor()).await?;
    Ok((member.actor().session().email.clone(), open))
}

/// Accepts the invitation of a client; it can be entered then.
#[server(prefix = "/do", endpoint = "accept_invitation")]
pub async fn accept_invitation(
    slug: String,
    #[server(default)] client: String,
    #[server(default)] id: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::invitations::accept(&place::backend()?, member.actor(), &client, &id).await?;
    place::go_to(&format!("/c/{slug}/account/accounts?notice=accepted"));
    Ok(())
}

/// Rejects the invitation of a client, and says why to whoever sent it, if anything was typed.
#[server(prefix = "/do", endpoint = "reject_invitation")]
pub async fn reject_invitation(
    slug: String,
    #[server(default)] client: String,
    #[server(default)] id: String,
    #[server(default)] reason: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    domain::flows::invitations::reject(&place::backend()?, member.actor(), &client, &id, &reason).await?;
    place::go_to(&format!("{}?notice=rejected", path(&slug)));
    Ok(())
}

/// `/invitations`: where a sign-in leads back to that began with a mailed link. It knows no client, and the link's
/// secret stays out of its URL.
#[component]
pub fn Door() -> impl IntoView {
    let path = match place::actor() {
        Ok(actor) => path(&actor.session().current_slug),
        Err(_) => "/sign-in?next=/invitations".to_owned(),
    };
    view! { <Redirect path=path /> }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (accept, reject) = (form("/do/accept_invitation"), form("/do/reject_invitation"));
    let slug = part("slug");
    let data = own_data(slug.clone(), open);
    loaded(data, move |(email, open): (String, Vec<Invitation>)| {
        let content = if open.is_empty() {
            nothing(&slug, &email)
        } else {
            open.iter().map(|invitation| panel(&slug, accept, reject, invitation)).collect_view().into_any()
        };
        view! {
            <Behind path=format!("/c/{slug}/account") name=Key::CommonMyAccount title=Key::MenuInvitations>
                {arrived(arrival)}
                <FormRefusal state=accept />
                <FormRefusal state=reject />
                {content}
            </Behind>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    (notice == "rejected").then_some((NoticeKind::Success, Key::PlainInvitationsRejected))
}

fn nothing(slug: &str, email: &str) -> AnyView {
    let text = fill(Key::PlainInvitationsEmptyText, &[("email", email)]);
    view! {
        <div class="empty">
            <h2>{t(Key::PlainInvitationsEmptyTitle)}</h2>
            <p>{text}</p>
            <a class="button" href=format!("/c/{slug}/account/accounts")>
                {t(Key::TabsAccounts)}
            </a>
        </div>
    }
    .into_any()
}

/// One invitation. The forms come back with what was typed for the one that they are about.
fn panel(slug: &str, accept: FormState, reject: FormState, invitation: &Invitation) -> AnyView {
    let heading = format!("invitation-{}", invitation.id);
    let (described, client) = (heading.clone(), invitation.client.name.clone());
    let lead = fill(Key::PlainInvitationsFrom, &[("inviter", &invitation.inviter)]);
    let (accepted, rejected) = (which(slug, invitation), which(slug, invitation));
    let (facts, reason) = (facts(invitation), reason(reject, invitation));
    let accepting = view! {
        <Form state=accept>
            {accepted}
            <div class="actions">
                <Button label=Key::PlainInvitationsAccept kind=ButtonKind::Primary pending=accept.pending />
            </div>
        </Form>
    };
    view! {
        <section class="panel" aria-labelledby=described>
            <div class="panel-head">
                <h2 id=heading>{client}</h2>
                <p>{lead}</p>
            </div>
            <div class="stack">
                {facts}
                {accepting}
                <Form state=reject>
                    {rejected}
                    {reason}
                    <div class="actions">
                        <Button label=Key::PlainInvitationsReject pending=reject.pending />
                    </div>
                </Form>
            </div>
        </section>
    }
    .into_any()
}

/// Tells a form which invitation it answers.
fn which(slug: &str, invitation: &Invitation) -> AnyView {
    let (slug, client, id) = (slug.to_owned(), invitation.client.slug.clone(), invitation.id.clone());
    view! {
        <input type="hidden" name="slug" value=slug />
        <input type="hidden" name="client" value=client />
        <input type="hidden" name="id" value=id />
    }
    .into_any()
}

fn reason(state: FormState, invitation: &Invitation) -> AnyView {
    let name = Field::Reason.name();
    let is_it = state.typed("id", "") == invitation.id;
    let value = if is_it { state.typed(name, "") } else { String::new() };
    let error = sentence_at(state, Field::Reason).get_untracked().filter(|_| is_it);
    let (id, label) = (format!("{name}-{}", invitation.id), Key::PlainInvitationsReason);
    let help = fill(Key::PlainInvitationsReasonHelp, &[("inviter", &invitation.inviter)]);
    view! { <TextArea id=id name=name label=label help=help most=REASON_MAX value=value error=error /> }.into_any()
}

/// Into which group somebody is invited, what it permits, and until when.
pub(super) fn facts(invitation: &Invitation) -> AnyView {
    let permits = permits(&invitation.permissions);
    let (group, until) = (invitation.group.clone(), invitation.until.clone());
    view! {
        <dl class="facts">
            <div>
                <dt>{t(Key::GroupsGroup)}</dt>
                <dd>{group}</dd>
            </div>
            <div>
                <dt>{t(Key::GroupsPermits)}</dt>
                <dd>{permits}</dd>
            </div>
            <div>
                <dt>{t(Key::PlainInvitationsUntil)}</dt>
                <dd>
                    <When at=until />
                </dd>
            </div>
        </dl>
    }
    .into_any()
}
