//! `selfsame doctor`: each part, ok or what to do.

use std::time::Instant;

use domain::backend::Backend;
use domain::clock::{self, Rng};
use domain::flows::activity::{self, Looked};
use domain::mail::Mailer;
use domain::secrets::password::Password;
use domain::store::{outbox, users};
use url::Url;

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
    say("clock", system_clock());
    match start::agree(options, false) {
        // What makes no sense opens nothing.
        Err(Stop::Option(why) | Stop::Fault(why)) => say("options", Err(why)),
        Ok(Checked { way }) => match start::backend(options, way.clone(), false).await {
            Err(Stop::Option(why) | Stop::Fault(why)) => {
                say("database and key", Err(why));
                say("mail", relay(&start::mailer(options, way, false)?, options).await.map(str::to_owned));
            }
            Ok(backend) => {
                say("database", Ok(format!("{} answers and is up to date", options.database())));
                say("key", Ok("is the one this database was made with".into()));
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
        },
    }
    if well { Ok(()) } else { Err(Stop::Fault("not everything is well".into())) }
}

/// Whether a URL of whatever scheme names this very machine.
fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn public_url(options: &Options) -> Result<String, String> {
    let url = options.public_url();
    if url.scheme() == "https" || is_here(&url) {
        Ok(url.to_string())
    } else {
        Err(format!("{url} is not https; put a proxy with TLS in front and set --public-url https://…"))
    }
}

fn system_clock() -> Result<String, String> {
    let now = clock::Clock::system().now();
    let said = clock::machine(now);
    if now > BUILT { Ok(said) } else { Err(format!("{said} has passed long ago; set the clock of this machine")) }
}

/// Whether letters can leave, and nobody on the way reads along (CFG-1).
async fn relay(mailer: &Mailer, options: &Options) -> Result<&'static str, String> {
    if options.mail_dir.is_some() {
        mailer.check().await.map_err(|why| format!("{why}; look at --mail-dir"))?;
        return Ok("the folder can be written");
    }
    mailer.check().await.map_err(|why| format!("{why}; look at --smtp-url"))?;
    if options.smtp_url.as_deref().is_some_and(is_overheard) {
        let why = "the relay answers, and whoever is on the way there reads all codes";
        return Err(format!("{why}; use smtps:// or ?tls=required in --smtp-url"));
    }
    Ok("the relay answers")
}

/// Whether the way to a relay leads through a network without TLS, or with it only where that is offered.
fn is_overheard(relay: &str) -> bool {
    Url::parse(relay).is_ok_and(|relay| {
        let required = relay.query_pairs().any(|(name, value)| name == "tls" && value == "required");
        relay.scheme() != "smtps" && !required && !is_here(&relay)
    })
}

async fn mail(backend: &Backend, options: &Options) -> Result<String, String> {
    let well = relay(&backend.mailer, options).await?;
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

#[cfg(test)]
mod tests {
    use super::is_overheard;

    #[test]
    fn a_relay_elsewhere_is_spoken_to_by_tls_or_told_of() {
        let safe = ["smtps://relay.example", "smtp://u:p@relay.example:587?tls=required", "smtp://127.0.0.1:25"];
        assert!(!safe.into_iter().chain(["smtp://localhost"]).any(is_overheard));
        let told = ["smtp://relay.example", "smtp://u:p@relay.example:587?tls=opportunistic", "smtp://10.0.0.9:25"];
        assert!(told.into_iter().all(is_overheard));
    }
}
