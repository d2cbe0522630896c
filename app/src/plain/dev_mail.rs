//! `/dev/mail`: what the demo has mailed.

use domain::Key;
use domain::view::SentMail;
use leptos::prelude::*;

use super::own_data;
use crate::parts::{When, loaded};
use crate::refused::Answer;
use crate::words::t;

/// The letters so far; nothing but the demo has any to show.
async fn letters() -> Answer<Vec<SentMail>> {
    let (backend, visitor) = (crate::place::backend()?, crate::place::visitor()?);
    if !backend.settings.demo {
        return Err(domain::Error::NotFound.into());
    }
    let sent = backend.mailer.shown().into_iter();
    Ok(sent
        .map(|(letter, at)| SentMail {
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            at: visitor.moment(at),
        })
        .collect())
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let mails = own_data(String::new(), |_| letters());
    view! {
        <main id="main" class="page">
            {loaded(
                mails,
                |mails: Vec<SentMail>| {
                    let empty = mails.is_empty();
                    view! {
                        <header class="page-head">
                            <p>{t(Key::PlainDevDemo)}</p>
                            <h1 tabindex="-1">{t(Key::PlainDevMailTitle)}</h1>
                            <p>{t(Key::PlainDevMailLead)}</p>
                        </header>
                        <div class="card">
                            {empty
                                .then(|| {
                                    view! {
                                        <div class="empty">
                                            <h2>{t(Key::PlainDevMailEmptyTitle)}</h2>
                                            <p>{t(Key::PlainDevMailEmpty)}</p>
                                        </div>
                                    }
                                })} <ul class="list" role="list">
                                {mails.into_iter().enumerate().map(row).collect_view()}
                            </ul>
                        </div>
                    }
                        .into_any()
                },
            )}
        </main>
    }
}

fn row((place, mail): (usize, SentMail)) -> impl IntoView {
    view! {
        <li>
            <details class="mail" open=place == 0>
                <summary>
                    <strong>{mail.subject}</strong>
                    <span>{mail.to}</span>
                    <When at=mail.at />
                </summary>
                <pre tabindex="0">{mail.text}</pre>
            </details>
        </li>
    }
}
