//! `/c/{slug}/account/accounts`: Accounts.

use domain::Key;
use domain::view::Account;
use leptos::prelude::*;

use crate::data::page_data;
use crate::pages::signed_in::slug;
use crate::parts::{AccountPage, Badge, BadgeKind, Tile, When, loaded};
use crate::refused::Answer;
use crate::words::t;

/// What the page shows.
#[server(prefix = "/do", endpoint = "load_accounts")]
pub async fn load_accounts(slug: String) -> Answer<Vec<Account>> {
    let member = crate::place::member(&slug).await?;
    Ok(domain::flows::accounts::view(&crate::place::backend()?, &member).await?)
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let slug = slug();
    let accounts = page_data("/do/load_accounts", ("slug", slug), load_accounts);
    loaded(accounts, move |accounts: Vec<Account>| {
        view! {
            <AccountPage slug=slug.get_untracked() tab=Key::TabsAccounts>
                <section class="panel" aria-labelledby="accounts">
                    <div class="panel-head">
                        <h2 id="accounts">{t(Key::AccountsHeading)}</h2>
                        <p>{t(Key::AccountsLead)}</p>
                    </div>
                    <div class="stack">
                        <ul class="list" role="list">
                            {accounts.into_iter().map(row).collect_view()}
                        </ul>
                    </div>
                </section>
            </AccountPage>
        }
        .into_any()
    })
}

fn row(account: Account) -> impl IntoView {
    let Account { client, home, current, groups, last_entered } = account;
    let groups = groups.join(", ");
    let entered = match last_entered {
        Some(at) => view! { <When at=at /> }.into_any(),
        None => t(Key::AccountsNever).into_any(),
    };
    view! {
        <li>
            <Tile name=client.name.clone() colour=client.colour />
            <div class="list-text">
                <h3>{client.name}</h3>
                <p>
                    {t(if home { Key::AccountsKindHome } else { Key::AccountsKindGuest })}
                    {(!groups.is_empty()).then(|| format!(" · {groups}"))}
                </p>
                <p class="help">{t(Key::AccountsLastEntered)} ": " {entered}</p>
            </div>
            {current.then(|| view! { <Badge text=t(Key::AccountsCurrent) kind=BadgeKind::Accent /> })}
        </li>
    }
}
