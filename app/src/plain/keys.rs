//! `/c/{slug}/account/security/keys`: what API access means, and the keys that somebody makes for programs (API-2).

use domain::actor::Actor;
use domain::backend::Backend;
use domain::flows::api_keys::{self, NewKey};
use domain::secrets::token::{self, KEY_PREFIX};
use domain::view::{ApiKey, ApiKeys};
use domain::{Error, Field, Key};
use leptos::prelude::*;

use super::around::{BehindSecurity, Panel, security};
use super::unlock::{PasswordFirst, ProviderFirst};
use super::{notice, own_data, part};
use crate::cookies::Kind;
use crate::form::{Form, FormState, form};
use crate::parts::{Button, ButtonKind, FormRefusal, Help, Notice, NoticeKind, TextInput, list, loaded};
use crate::place;
use crate::refused::Answer;
use crate::words::{fill, t};

const PATH: &str = "/keys";
const MADE: &str = "/keys?notice=made";
/// Days that a key holds for, unless somebody says otherwise or may not have it for so long.
const DAYS: u32 = 90;

/// What the page shows, and the key that was just made: it is shown once, and then its cookie is gone.
async fn state(slug: String) -> Answer<(ApiKeys, Option<String>)> {
    let (cookie, backend) = (place::new_key_cookie(), place::backend()?);
    if cookie.is_some() {
        place::clear_cookie(Kind::NewKey)?;
    }
    let member = place::member(&slug).await?;
    let new = cookie.and_then(|sealed| opened(&backend, member.actor(), &sealed));
    Ok((api_keys::view(&backend, &member).await?, new))
}

/// What a new key is sealed for: the session that made it, and no other.
fn context(actor: &Actor) -> String {
    format!("api-key:{}", actor.session().id)
}

fn opened(backend: &Backend, actor: &Actor, sealed: &str) -> Option<String> {
    let key = backend.keys.open(&context(actor), &token::decode(sealed)?)?;
    String::from_utf8(key).ok()
}

/// Makes a key; the page shows it once. Where the sign-in is too old, the page asks for a proof first.
#[server(prefix = "/do", endpoint = "create_api_key")]
pub async fn create_api_key(
    slug: String,
    #[server(default)] key_name: String,
    #[server(default)] days: String,
) -> Answer<()> {
    let (member, backend) = (place::member(&slug).await?, place::backend()?);
    let actor = member.actor();
    // What is no number is none of those that are offered.
    let new = NewKey { name: &key_name, days: days.trim().parse().unwrap_or(0) };
    let on = match api_keys::make(&backend, actor, &new).await {
        Ok(made) => {
            let sealed = backend.keys.seal(&backend.rng, &context(actor), made.key.reveal_bearer().as_bytes());
            place::set_cookie(Kind::NewKey, &token::encode(&sealed))?;
            MADE
        }
        Err(Error::ReauthenticationNeeded) => PATH,
        Err(error) => return Err(error.into()),
    };
    place::go_to(&security(&slug, on));
    Ok(())
}

/// Ends a key: the program that has it is refused from now on.
#[server(prefix = "/do", endpoint = "end_api_key")]
pub async fn end_api_key(slug: String, #[server(default)] id: String) -> Answer<()> {
    let member = place::member(&slug).await?;
    let on = match api_keys::end(&place::backend()?, member.actor(), &id).await {
        Ok(()) => "/keys?notice=ended",
        Err(Error::ReauthenticationNeeded) => PATH,
        Err(error) => return Err(error.into()),
    };
    place::go_to(&security(&slug, on));
    Ok(())
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Forms {
    unlock: FormState,
    make: FormState,
    end: FormState,
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let forms =
        Forms { unlock: form("/do/unlock_for"), make: form("/do/create_api_key"), end: form("/do/end_api_key") };
    let (slug, arrived) = (part("slug"), arrival(&notice()));
    let data = own_data(slug.clone(), state);
    loaded(data, move |(keys, new): (ApiKeys, Option<String>)| {
        let (meaning, new) = (meaning(&keys), new.map(shown_once));
        let rest = keys.allowed.then(|| forms.keys(&slug, keys));
        view! {
            <BehindSecurity slug=slug.clone() title=Key::SecurityApiKeys>
                {arrived.map(done)}
                {new}
                {meaning}
                {rest}
            </BehindSecurity>
        }
        .into_any()
    })
}

/// What brought somebody here, from a closed list.
fn arrival(notice: &str) -> Option<Key> {
    match notice {
        "made" => Some(Key::PlainKeysMade),
        "ended" => Some(Key::PlainKeysEnded),
        _ => None,
    }
}

fn done(text: Key) -> AnyView {
    view! {
        <Notice kind=NoticeKind::Success>
            <p>{t(text)}</p>
        </Notice>
    }
    .into_any()
}

/// What the flag means, in plain words, and where all of it is described; and how one comes by it, for whoever does not
/// have it.
fn meaning(keys: &ApiKeys) -> AnyView {
    let lead = fill(Key::PlainKeysLead, &[("client", &keys.client)]);
    let text = match (keys.allowed, &keys.provider) {
        (false, _) => Some(t(Key::PlainKeysNotAllowed).to_owned()),
        (true, Some(provider)) => {
            let days = keys.most.to_string();
            Some(fill(Key::PlainKeysByProvider, &[("provider", provider), ("days", &days)]))
        }
        (true, None) => None,
    };
    view! {
        <Panel id="api" title=Key::ActivityShowApi>
            <p>{lead}</p>
            <p>{t(Key::PlainKeysGroups)}</p>
            {text.map(|text| view! { <p>{text}</p> })}
            <p>
                <a href="/api">{t(Key::PlainKeysApi)}</a>
            </p>
        </Panel>
    }
    .into_any()
}

/// The key, to be copied now: nobody can show it again.
fn shown_once(key: String) -> AnyView {
    view! {
        <Panel id="new" title=Key::PlainKeysNew lead=t(Key::PlainKeysNewText)>
            <p class="codes key" id="new-key" translate="no">
                {key}
            </p>
            <div class="actions">
                <button class="button" type="button" data-copy="#new-key" data-done=t(Key::PlainKeptCopied) hidden>
                    {t(Key::PlainKeptCopy)}
                </button>
                <span class="status" role="status"></span>
            </div>
        </Panel>
    }
    .into_any()
}

impl Forms {
    /// The keys that there are, and the way to another one.
    fn keys(self, slug: &str, keys: ApiKeys) -> AnyView {
        let ApiKeys { keys, unlocked, provider, email, most, .. } = keys;
        let way = match (unlocked, provider) {
            (true, _) => self.make(slug.to_owned(), most),
            (false, Some(provider)) => {
                view! { <ProviderFirst slug=slug.to_owned() page="keys" provider=provider /> }.into_any()
            }
            (false, None) => {
                view! { <PasswordFirst state=self.unlock slug=slug.to_owned() page="keys" email=email /> }.into_any()
            }
        };
        let there = self.there(slug, keys, unlocked);
        view! {
            {there}
            {way}
        }
        .into_any()
    }

    fn there(self, slug: &str, keys: Vec<ApiKey>, unlocked: bool) -> AnyView {
        let content = if keys.is_empty() {
            view! { <p class="help">{t(Key::PlainKeysNone)}</p> }.into_any()
        } else {
            list(keys.into_iter().map(|key| self.row(slug, key, unlocked)).collect())
        };
        view! {
            <Panel id="keys" title=Key::PlainKeysHeading lead=t(Key::PlainKeysHeadingText)>
                <FormRefusal state=self.end />
                {content}
            </Panel>
        }
        .into_any()
    }

    fn row(self, slug: &str, key: ApiKey, unlocked: bool) -> AnyView {
        let ApiKey { id, name, hint, created, expires, last_used } = key;
        let (heading, hint) = (format!("key-{id}"), format!("{KEY_PREFIX}…{hint}"));
        let used = last_used.map_or_else(|| t(Key::AccountsNever).to_owned(), |at| at.human);
        let (made, last, ends) = (t(Key::PlainKeysCreated), t(Key::PlainKeysUsed), t(Key::PlainKeysExpires));
        let facts = format!("{made}: {} · {last}: {used} · {ends}: {}", created.human, expires.human);
        let end = unlocked.then(|| self.end_form(slug.to_owned(), id, heading.clone()));
        view! {
            <li>
                <div class="list-text">
                    <h3 id=heading>{name}</h3>
                    <p>{hint}</p>
                    <p class="help">{facts}</p>
                </div>
                {end}
            </li>
        }
        .into_any()
    }

    fn end_form(self, slug: String, id: String, described_by: String) -> AnyView {
        view! {
            <Form state=self.end>
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="id" value=id />
                <button class="button" data-size="small" aria-describedby=described_by>
                    {t(Key::DevicesEnd)}
                </button>
            </Form>
        }
        .into_any()
    }

    fn make(self, slug: String, most: u32) -> AnyView {
        let state = self.make;
        let (days, most) = (DAYS.min(most).to_string(), most.to_string());
        let help = Help(fill(Key::PlainKeysDaysHelp, &[("most", &most)]));
        view! {
            <Panel id="make" title=Key::PlainKeysMake lead=t(Key::PlainKeysMakeText)>
                <FormRefusal state=state />
                <Form state=state>
                    <input type="hidden" name="slug" value=slug />
                    <TextInput state=state field=Field::KeyName label=Key::PlainKeysName autocomplete="off" />
                    <TextInput
                        state=state
                        field=Field::Days
                        label=Key::PlainKeysDays
                        kind="number"
                        autocomplete="off"
                        value=days
                        help=help
                    />
                    <div class="actions">
                        <Button label=Key::PlainKeysMake kind=ButtonKind::Primary pending=state.pending />
                    </div>
                </Form>
            </Panel>
        }
        .into_any()
    }
}
