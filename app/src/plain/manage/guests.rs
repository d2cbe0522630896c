//! `/c/{slug}/manage/guests`: people of other clients who may enter this one, and who is invited to.

use domain::flows::{guests, inviting};
use domain::view::{Frame, Guest, GuestPage, InviteGroup, Inviting, ManagePage, RejectedInvitation, SentInvitation};
use domain::{Field, Key};
use leptos::prelude::*;

use super::users::fact;
use super::{Managing, Pick, confirmed, done, link, locked, pages, path};
use crate::form::{Form, FormState, form, sentence_at};
use crate::parts::{Avatar, Button, ButtonKind, FormRefusal, TextInput, When, list, loaded, permits};
use crate::place;
use crate::plain::around::Panel;
use crate::plain::{asked, notice, own_data, part};
use crate::refused::Answer;
use crate::words::{fill, t};

/// What the page shows: the guests, what is open, and the groups one may invite into.
type Shown = (Frame, GuestPage, Inviting, Vec<InviteGroup>);

async fn state(slug: String, places: Places) -> Answer<Shown> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let list = guests::list(&backend, &member, places.after.as_deref()).await?;
    let open = inviting::open(&backend, &member, places.before.as_deref()).await?;
    let groups = inviting::groups_to_choose(&backend, &member).await?;
    Ok((member.frame(), list, open, groups))
}

/// Where a list goes on, as the URL says it; what cannot be one is as if it were not there.
fn place_in(name: &str) -> Option<String> {
    let is_one =
        |typed: &String| !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some(asked(name)).filter(is_one)
}

/// Where the two lists of the page go on, as the URL says it.
#[derive(Clone)]
struct Places {
    /// The guests.
    after: Option<String>,
    /// The open invitations.
    before: Option<String>,
}

/// The path of the page, with what brings somebody there.
fn here(slug: &str, rest: &str) -> String {
    path(slug, ManagePage::Guests, rest)
}

/// The path of the page with its lists at these places.
fn at(slug: &str, after: Option<&str>, before: Option<&str>) -> String {
    let places = [("after", after), ("before", before)];
    let places = places.into_iter().filter_map(|(name, place)| place.map(|place| format!("{name}={place}")));
    let query = places.collect::<Vec<_>>().join("&");
    here(slug, &if query.is_empty() { query } else { format!("?{query}") })
}

/// Invites somebody as a guest.
#[server(prefix = "/do", endpoint = "invite_guest")]
pub async fn invite_guest(
    slug: String,
    #[server(default)] email: String,
    #[server(default)] group: String,
) -> Answer<()> {
    let member = place::member(&slug).await?;
    inviting::invite(&place::backend()?, &member, &email, &group).await?;
    place::go_to(&here(&slug, "?notice=invited"));
    Ok(())
}

/// Sends an open invitation again.
#[server(prefix = "/do", endpoint = "resend_invitation")]
pub async fn resend_invitation(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    inviting::send_again(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, "?notice=sent-again"));
    Ok(())
}

/// Takes an open invitation back.
#[server(prefix = "/do", endpoint = "withdraw_invitation")]
pub async fn withdraw_invitation(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    inviting::withdraw(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, "?notice=withdrawn"));
    Ok(())
}

/// Ends that somebody is a guest.
#[server(prefix = "/do", endpoint = "remove_guest")]
pub async fn remove_guest(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    guests::remove(&place::backend()?, &member, &id).await?;
    place::go_to(&here(&slug, "?notice=removed"));
    Ok(())
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<Key> {
    match notice {
        "invited" => Some(Key::PlainGuestsInvited),
        "sent-again" => Some(Key::PlainGuestsSentAgain),
        "withdrawn" => Some(Key::PlainGuestsWithdrawn),
        "removed" => Some(Key::PlainGuestsRemoved),
        _ => None,
    }
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    invite: FormState,
    again: FormState,
    withdraw: FormState,
    remove: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms = Forms {
        invite: form("/do/invite_guest"),
        again: form("/do/resend_invitation"),
        withdraw: form("/do/withdraw_invitation"),
        remove: form("/do/remove_guest"),
    };
    let (slug, arrived) = (part("slug"), arrival(&notice()));
    let places = Places { after: place_in("after"), before: place_in("before") };
    let asked = places.clone();
    let data = own_data(slug, move |slug| state(slug, asked.clone()));
    loaded(data, move |(frame, guests, inviting, groups): Shown| {
        let lead = fill(Key::PlainGuestsLead, &[("client", &frame.client.name)]);
        let invite = forms.invite(&frame, groups);
        let rejected = rejected(inviting.rejected);
        let open = forms.open(&frame, inviting.open, inviting.older, &places);
        let guests = forms.guests(&frame, guests, &places);
        view! {
            <Managing frame=frame tab=ManagePage::Guests>
                {arrived.map(done)}
                <p>{lead}</p>
                {invite}
                {open}
                {rejected}
                {guests}
            </Managing>
        }
        .into_any()
    })
}

impl Forms {
    fn invite(self, frame: &Frame, groups: Vec<InviteGroup>) -> AnyView {
        let (state, slug) = (self.invite, frame.client.slug.clone());
        let error = sentence_at(state, Field::Group).get_untracked();
        let preselected = groups.iter().find(|group| group.preselected).map_or("", |group| group.id.as_str());
        let chosen = state.typed(Field::Group.name(), preselected);
        let groups = groups.into_iter().enumerate().map(|(n, group)| option(n, group, &chosen)).collect::<Vec<_>>();
        let described = error.is_some().then_some("group-error");
        view! {
            <Panel id="invite" title=Key::PlainGuestsInvite lead=t(Key::PlainGuestsInviteLead)>
                <FormRefusal state=state />
                <Form state=state>
                    <input type="hidden" name="slug" value=slug />
                    <TextInput
                        state=state
                        field=Field::Email
                        label=Key::SignInEmail
                        kind="email"
                        autocomplete="off"
                    />
                    <fieldset class="options" id="group" aria-describedby=described>
                        <legend>{t(Key::GroupsGroup)}</legend>
                        {groups}
                        {error.map(|text| view! { <p class="field-error" id="group-error">{text}</p> })}
                    </fieldset>
                    <div class="actions">
                        <Button label=Key::PlainGuestsButton kind=ButtonKind::Primary pending=state.pending />
                    </div>
                </Form>
            </Panel>
        }
        .into_any()
    }

    fn open(self, frame: &Frame, open: Vec<SentInvitation>, older: Option<String>, places: &Places) -> AnyView {
        let (slug, after) = (frame.client.slug.as_str(), places.after.as_deref());
        let newest = places.before.is_some().then(|| link(at(slug, after, None), Key::PlainGuestsNewest));
        let older = older.map(|before| link(at(slug, after, Some(&before)), Key::PlainGuestsOlder));
        let pages = pages(newest, older);
        let invitations = if open.is_empty() {
            view! { <p class="help">{t(Key::PlainGuestsOpenEmpty)}</p> }.into_any()
        } else {
            list(open.into_iter().map(|invitation| self.open_row(slug, invitation)).collect())
        };
        view! {
            <Panel id="open" title=Key::PlainGuestsOpen>
                <FormRefusal state=self.again />
                <FormRefusal state=self.withdraw />
                {invitations}
                {pages}
            </Panel>
        }
        .into_any()
    }

    fn open_row(self, slug: &str, invitation: SentInvitation) -> AnyView {
        let SentInvitation { id, email, group, inviter, sent, until } = invitation;
        let heading = format!("invitation-{id}");
        let by = fill(Key::PlainGuestsOpenBy, &[("name", &inviter)]);
        let again = action(self.again, slug, &id, Key::CommonSendAgain, &heading);
        let withdraw = action(self.withdraw, slug, &id, Key::PlainGuestsWithdraw, &heading);
        view! {
            <li>
                <div class="list-text">
                    <h3 id=heading>{email}</h3>
                    <p>{group} " · " {by}</p>
                    <p class="help">
                        {t(Key::PlainGuestsSent)} " " <When at=sent /> " · " {t(Key::PlainGuestsUntil)} " "
                        <When at=until />
                    </p>
                </div>
                <div class="actions">{again} {withdraw}</div>
            </li>
        }
        .into_any()
    }

    fn guests(self, frame: &Frame, page: GuestPage, places: &Places) -> AnyView {
        let (slug, before) = (frame.client.slug.as_str(), places.before.as_deref());
        let title = fill(Key::PlainGuestsGuests, &[("client", &frame.client.name)]);
        let newest = places.after.is_some().then(|| link(at(slug, None, before), Key::PlainGuestsNewestGuests));
        let more = page.more.map(|after| link(at(slug, Some(&after), before), Key::PlainGuestsMore));
        let pages = pages(newest, more);
        let content = if page.guests.is_empty() {
            nobody(frame, places.after.is_some())
        } else {
            let rows = page.guests.into_iter().map(|guest| self.row(frame, guest)).collect::<Vec<_>>();
            view! {
                <ul class="list people" role="list">
                    {rows}
                </ul>
            }
            .into_any()
        };
        view! {
            <section class="card" aria-labelledby="guests">
                <h2 id="guests">{title}</h2>
                <FormRefusal state=self.remove />
                {content}
                {pages}
            </section>
        }
        .into_any()
    }

    fn row(self, frame: &Frame, guest: Guest) -> AnyView {
        let Guest { id, person, home, groups, since, last_entered } = guest;
        let (name, email) = (person.name.clone(), person.email.clone());
        let removal = removal(self.remove, frame, &id, &name);
        let entered = match last_entered {
            Some(at) => view! { <When at=at /> }.into_any(),
            None => t(Key::AccountsNever).into_any(),
        };
        let groups = if groups.is_empty() { t(Key::GroupsEmptyTitle).to_owned() } else { groups.join(", ") };
        let home = (!home.is_empty()).then(|| fact(Key::AccountsKindHome, home.into_any()));
        view! {
            <li>
                <Avatar person=person />
                <div class="list-text">
                    <h3>{name}</h3>
                    <p>{email}</p>
                </div>
                <dl>
                    {fact(Key::GroupsTitle, groups.into_any())}
                    {home}
                    {fact(Key::GroupsMemberSince, view! { <When at=since /> }.into_any())}
                    {fact(Key::AccountsLastEntered, entered)}
                </dl>
                {removal}
            </li>
        }
        .into_any()
    }
}

/// A group to invite into. What is above one's own rights is locked (GRP-1).
fn option(n: usize, group: InviteGroup, chosen: &str) -> AnyView {
    let InviteGroup { id: value, name, permissions, lacks, .. } = group;
    let (id, fixed) = (format!("group-{n}"), lacks.is_some());
    let picked = !fixed && value == chosen;
    view! {
        <Pick kind="radio" id=id name=Field::Group.name() value=value label=name picked=picked fixed=fixed>
            {permits(&permissions)}
            {lacks.map(locked)}
        </Pick>
    }
    .into_any()
}

/// What somebody does with what another element names.
fn action(state: FormState, slug: &str, id: &str, name: Key, described_by: &str) -> AnyView {
    let (slug, id, described_by) = (slug.to_owned(), id.to_owned(), described_by.to_owned());
    view! {
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="id" value=id />
            <button class="button" data-size="small" aria-describedby=described_by>
                {t(name)}
            </button>
        </Form>
    }
    .into_any()
}

/// Ends that somebody is a guest, and asks once.
#[must_use]
pub fn removal(state: FormState, frame: &Frame, id: &str, name: &str) -> AnyView {
    let (slug, id) = (frame.client.slug.clone(), id.to_owned());
    let text = fill(Key::PlainGuestsRemoveText, &[("name", name), ("client", &frame.client.name)]);
    let form = view! {
        <Form state=state>
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="id" value=id />
            <div class="actions">
                <Button label=Key::PlainGuestsRemove kind=ButtonKind::Danger />
            </div>
        </Form>
    };
    confirmed(Key::PlainGuestsRemove, text, form.into_any())
}

/// Those of the reader's own that were rejected, with the reason where one was given.
fn rejected(rejected: Vec<RejectedInvitation>) -> Option<AnyView> {
    if rejected.is_empty() {
        return None;
    }
    let row = |RejectedInvitation { email, reason, at }: RejectedInvitation| {
        view! {
            <li>
                <div class="list-text">
                    <h3>{email}</h3>
                    {reason.map(|reason| view! { <blockquote class="reason">{reason}</blockquote> })}
                    <p class="help">
                        <When at=at />
                    </p>
                </div>
            </li>
        }
        .into_any()
    };
    let rows = list(rejected.into_iter().map(row).collect());
    let lead = t(Key::PlainGuestsRejectedLead);
    Some(view! { <Panel id="rejected" title=Key::PlainGuestsRejected lead=lead>{rows}</Panel> }.into_any())
}

fn nobody(frame: &Frame, is_later: bool) -> AnyView {
    if is_later {
        return view! { <p class="help">{t(Key::PlainGuestsEndText)}</p> }.into_any();
    }
    let text = fill(Key::PlainGuestsEmptyText, &[("client", &frame.client.name)]);
    view! {
        <div class="empty">
            <h3>{t(Key::PlainGuestsEmptyTitle)}</h3>
            <p>{text}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn where_one_list_goes_on_the_other_stays() {
        assert_eq!(at("acme", None, None), "/c/acme/manage/guests");
        assert_eq!(at("acme", Some("1-a"), None), "/c/acme/manage/guests?after=1-a");
        assert_eq!(at("acme", Some("1-a"), Some("b")), "/c/acme/manage/guests?after=1-a&before=b");
    }
}
