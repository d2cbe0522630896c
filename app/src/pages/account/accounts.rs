//! `/c/{slug}/account/accounts`: Accounts.

use domain::Key;
use domain::view::Account;
use leptos::prelude::*;

use crate::data::page_data;
use crate::form::form;
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, Badge, BadgeKind, FormRefusal, NoticeKind, Tile, When, arrived, list, loaded};
use crate::refused::Answer;
use crate::words::t;

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_accounts")]
pub async fn load_accounts(slug: String) -> Answer<Vec<Account>> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::accounts::view(&crate::place::backend()?, &member).await?)
}

/// Enters another client of the person's.
#[server(prefix = "/do", endpoint = "enter_client")]
pub async fn enter_client(slug: String, #[server(default)] client: String) -> Answer<()> {
    let (member, backend) = (crate::place::member(&slug).await?, crate::place::backend()?);
    let entered = domain::flows::accounts::enter(&backend, member.actor(), &client).await?;
    crate::place::go_to(&format!("/c/{}/account", entered.slug));
    Ok(())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let (slug, enter) = (slug(), form("/do/enter_client"));
    let accounts = page_data("/do/load_accounts", ("slug", slug), load_accounts);
    loaded(accounts, move |accounts: Vec<Account>| {
        let slug = slug.get_untracked();
        let only = (accounts.len() == 1).then(|| view! { <p class="help">{t(Key::AccountsOnly)}</p> });
        let rows = list(accounts.into_iter().map(|account| row(&slug, account)).collect());
        view! {
            <AccountPage slug=slug tab=Key::TabsAccounts>
                {arrived(arrival)}
                <section class="panel" aria-labelledby="accounts">
                    <div class="panel-head">
                        <h2 id="accounts">{t(Key::AccountsHeading)}</h2>
                        <p>{t(Key::AccountsLead)}</p>
                    </div>
                    <div class="stack">
                        <FormRefusal state=enter />
                        {rows}
                        {only}
                    </div>
                </section>
            </AccountPage>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<(NoticeKind, Key)> {
    match notice {
        "accepted" => Some((NoticeKind::Success, Key::AccountsAccepted)),
        "left" => Some((NoticeKind::Success, Key::AccountsLeft)),
        _ => None,
    }
}

fn row(slug: &str, account: Account) -> AnyView {
    let Account { client, home, current, groups, last_entered } = account;
    let heading = format!("account-{}", client.slug);
    let groups = groups.join(", ");
    let entered = match last_entered {
        Some(at) => view! { <When at=at /> }.into_any(),
        None => t(Key::AccountsNever).into_any(),
    };
    let enter = if current {
        view! { <Badge text=t(Key::AccountsCurrent) kind=BadgeKind::Accent /> }.into_any()
    } else {
        login(slug.to_owned(), client.slug.clone(), heading.clone())
    };
    let leave = (!home).then(|| leave(slug, &client.slug, heading.clone()));
    view! {
        <li>
            <Tile name=client.name.clone() colour=client.colour />
            <div class="list-text">
                <h3 id=heading>{client.name}</h3>
                <p>
                    <Badge text=t(if home { Key::AccountsKindHome } else { Key::AccountsKindGuest }) />
                    {(!groups.is_empty()).then(|| format!(" {}: {groups}", t(Key::GroupsTitle)))}
                </p>
                <p class="help">{t(Key::AccountsLastEntered)} ": " {entered}</p>
            </div>
            <div class="actions">{enter} {leave}</div>
        </li>
    }
    .into_any()
}

/// A form that the browser sends itself: name, colour and pages are those of another client then, so a document of its
/// own follows.
fn login(slug: String, client: String, described_by: String) -> AnyView {
    view! {
        <form method="post" action="/do/enter_client">
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="client" value=client />
            <button class="button" data-size="small" aria-describedby=described_by>
                {t(Key::AccountsLogin)}
            </button>
        </form>
    }
    .into_any()
}

fn leave(slug: &str, client: &str, described_by: String) -> AnyView {
    let leave = format!("/c/{slug}/account/accounts/{client}/leave");
    view! {
        <a class="button" data-size="small" href=leave rel="external" aria-describedby=described_by>
            {t(Key::CommonLeave)}
        </a>
    }
    .into_any()
}
