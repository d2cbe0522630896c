//! `selfsame doctor`: each part, ok or what to do.

use std::time::Instant;

use domain::backend::Backend;
use domain::clock::{self, Rng};
use domain::flows::activity::{self, Looked};
use domain::secrets::password::Password;
use domain::store::{outbox, users};

use crate::config::Options;
use crate::oidc;
use crate::start::{self, Checked, Stop};

/// The clock is surely wrong before this: 2026-11-01.
const BUILT: clock::Millis = 1_793_491_200_000;

/// How many users with a broken chain are named.
const NAMED: usize = 10;

/// Looks at each part and says how it is; with `activity` at everybody's as well.
///
/// # Errors
/// [`Stop::Fault`] when a part is not well, after all were looked at.
pub async fn run(options: &Options, activity: bool) -> Result<(), Stop> {
    let mut well = true;
    let mut say = |part: &str, state: Result<String, String>| match state {
        Ok(detail) => println!("ok    {part}: {detail}"),
        Err(what_to_do) => {
            well = false;
            println!("fault {part}: {what_to_do}");
        }
    };
    say("public URL", public_url(options));
    let way = match start::agree(options, false) {
        Ok(Checked { way }) => Some(way),
        Err(Stop::Option(why) | Stop::Fault(why)) => {
            say("options", Err(why));
            None
        }
    };
    if let Some(way) = way {
        match start::backend(options, way, false).await {
            Err(Stop::Option(why) | Stop::Fault(why)) => say("database and key", Err(why)),
            Ok(backend) => {
                say("database", Ok(format!("{} answers and is up to date", options.database())));
                say("key", Ok("is the one this database was made with".into()));
                say("clock", system_clock(&backend));
                say("mail", mail(&backend, options).await);
                say("passwords", hashing(&backend).await);
                for provider in start::providers(options).unwrap_or_default() {
                    say(&format!("provider {}", provider.id), oidc::check(&provider, &backend).await);
                }
                if let Some(state) = managed(&backend).await {
                    say("providers", state);
                }
                if activity {
                    say("activity", chains(&backend).await);
                }
                backend.db.close().await;
            }
        }
    }
    if well { Ok(()) } else { Err(Stop::Fault("not everything is well".into())) }
}

fn public_url(options: &Options) -> Result<String, String> {
    let url = options.public_url();
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || local {
        Ok(url.to_string())
    } else {
        Err(format!("{url} is not https; put a proxy with TLS in front and set --public-url https://…"))
    }
}

fn system_clock(backend: &Backend) -> Result<String, String> {
    let now = backend.clock.now();
    let said = clock::machine(now);
    if now > BUILT { Ok(said) } else { Err(format!("{said} has passed long ago; set the clock of this machine")) }
}

async fn mail(backend: &Backend, options: &Options) -> Result<String, String> {
    let (option, well) = match &options.mail_dir {
        Some(_) => ("--mail-dir", "the folder can be written"),
        None => ("--smtp-url", "the relay answers"),
    };
    backend.mailer.check().await.map_err(|why| format!("{why}; look at {option}"))?;
    let waiting = outbox::waiting(&backend.db).await.map_err(|_| "the outbox cannot be read".to_owned())?;
    match waiting {
        (0, _) => Ok(format!("{well}, nothing waits")),
        (count, since) => Ok(format!("{count} letters wait, the oldest since {}", clock::machine(since.unwrap_or(0)))),
    }
}

/// Measures a hash, and proposes a higher cost where there is room (PW-5).
async fn hashing(backend: &Backend) -> Result<String, String> {
    let started = Instant::now();
    let sample = Password::read("a password to measure with").ok_or("cannot be measured")?;
    backend.hasher.hash(sample, &Rng::System).await.map_err(|_| "hashing does not come to an end".to_owned())?;
    let took = started.elapsed().as_millis();
    let advice = match took {
        0..100 => "; there is room for --argon2-time 3 or more",
        100..500 => "",
        _ => "; that is slow, give the machine more cores",
    };
    Ok(format!("a hash takes {took} ms{advice}"))
}

/// Whether everybody whose sign-in is managed elsewhere has a provider to go to; nothing where there is nobody.
async fn managed(backend: &Backend) -> Option<Result<String, String>> {
    let Ok(all) = users::by_provider(&backend.db).await else { return Some(Err("the users cannot be read".into())) };
    let (known, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(|(id, _)| backend.settings.provider(id).is_some());
    let listed = |some: &[(String, i64)]| {
        some.iter().map(|(id, count)| format!("{id} (users: {count})")).collect::<Vec<_>>().join(", ")
    };
    match (known.is_empty(), lost.is_empty()) {
        (true, true) => None,
        (false, true) => Some(Ok(listed(&known))),
        (_, false) => {
            let lost = listed(&lost);
            Some(Err(format!("the file lacks {lost}, who cannot sign in; put it back under the same id")))
        }
    }
}

/// Whether everybody's activity is what was recorded (LOG-1).
async fn chains(backend: &Backend) -> Result<String, String> {
    let Looked { entries, broken } =
        activity::verify(backend).await.map_err(|_| "the activity cannot be read".to_owned())?;
    if broken.is_empty() {
        return Ok(format!("{entries} entries are what was recorded"));
    }
    let named = broken.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let count = broken.len();
    Err(format!("somebody else has changed what was recorded of {count} users, such as {named}; restore a backup"))
}
