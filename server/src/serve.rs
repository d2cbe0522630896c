//! `selfsame serve`.

use domain::backend::Backend;
use domain::flows::set_up;
use domain::mail::outbox;
use domain::{Error, demo};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Serve;
use crate::oidc::Providers;
use crate::start::{self, Checked, Stop};
use crate::{House, http, router};

/// Serves people until it is told to stop.
///
/// # Errors
/// In one line, for the operator.
pub async fn run(serve: Serve) -> Result<(), Stop> {
    let Serve { demo, demo_password, options } = serve;
    let Checked { way } = start::check(&options, demo)?;
    let providers =
        Providers::new(start::providers(&options)?).map_err(|why| Stop::Fault(format!("--providers-file: {why}")))?;
    // The port before the database: where it is taken, nothing is created.
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| Stop::Fault(format!("--listen: cannot listen on {}: {error}", options.listen)))?;
    let claim = options.database().claim().map_err(Stop::Fault)?;
    let backend = start::backend(&options, way, demo).await?;
    let say = if demo { fill_demo(&backend, demo_password.as_deref()).await? } else { first_start(&backend).await? };
    let house = House::new(backend.clone(), options.trusted_proxies.clone())
        .with_providers(providers.clone())
        .with_api_origins(options.api_origins.clone());
    let mails = tokio::spawn(outbox::run(backend.clone()));
    let asked = tokio::spawn(providers.keep(backend.clone()));
    // Whoever reads that we listen may stop us at once, and is heard.
    let stopped = stopped();
    println!("Selfsame listens on {}", backend.settings.link(""));
    print!("{say}");
    http::serve(listener, router(&house), stopped).await;
    mails.abort();
    asked.abort();
    backend.db.close().await;
    drop(claim);
    Ok(())
}

async fn fill_demo(backend: &Backend, password: Option<&str>) -> Result<String, Stop> {
    let password = match demo::fill(backend, password).await {
        Ok(password) => password,
        Err(Error::NotFound) => {
            return Err(Stop::Fault("--demo: this database holds something else; name an empty one".into()));
        }
        Err(error) => return Err(error.into()),
    };
    let mut say = format!("Mails are shown at {}\nWho can sign in:\n", backend.settings.link("/dev/mail"));
    for person in demo::PEOPLE {
        say += &format!("  {:<24} {}  {}\n", person.email, password, person.may);
    }
    Ok(say)
}

async fn first_start(backend: &Backend) -> Result<String, Stop> {
    let link = set_up::link(backend).await?;
    Ok(link.map_or_else(String::new, |link| format!("Set up the first client: {link}\n")))
}

/// Hears signals from now on; done once the first one comes.
fn stopped() -> impl Future<Output = ()> {
    let [mut terminate, mut interrupt] =
        [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).expect("signals can be heard"));
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
