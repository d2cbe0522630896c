//! The operator's commands.

use std::path::Path;

use domain::backend::Backend;
use domain::flows::users::{self as accounts, Invitee, invite_by};
use domain::flows::{limits, provider_users, second_factor, tenants};
use domain::mail::{Way, address, outbox};
use domain::store::{self, meta, users};
use domain::{Error, Field, Language, Problem, validate};

use crate::config::{Options, Tenant, User};
use crate::start::{self, Checked, Stop};

/// `selfsame migrate`.
///
/// # Errors
/// In one line, for the operator.
pub async fn migrate(options: &Options) -> Result<(), Stop> {
    let db = options.database().open_migrated().await.map_err(Stop::Fault)?;
    db.close().await;
    println!("{} is up to date", options.database());
    Ok(())
}

/// `selfsame tenant …`.
///
/// # Errors
/// In one line, for the operator.
pub async fn tenant(command: Tenant) -> Result<(), Stop> {
    let Tenant::Create { name, slug, options } = command;
    let not_a_slug = slug.as_deref().is_some_and(|slug| !tenants::is_slug(slug));
    make_sense(vec![
        (Field::ClientName, validate::name(&name).err()),
        (Field::Slug, not_a_slug.then_some(Problem::NotASlug)),
    ])?;
    let backend = start::backend(&options, Way::Memory, false).await?;
    let slug = slug.unwrap_or_else(|| tenants::slug_of(&name));
    let colour = tenants::COLOURS[slug.bytes().map(usize::from).sum::<usize>() % tenants::COLOURS.len()];
    let mut tx = backend.db.begin().await?;
    let tenant = tenants::create(&mut tx, &backend, &name, &slug, colour).await.map_err(in_words)?;
    tx.commit().await?;
    println!("{} is at {}", tenant.name, backend.settings.link(&format!("/c/{}/account", tenant.slug)));
    backend.db.close().await;
    Ok(())
}

/// `selfsame user …`.
///
/// # Errors
/// In one line, for the operator.
pub async fn user(command: User) -> Result<(), Stop> {
    match command {
        User::Invite { email, tenant, group, first_name, last_name, language, provider, options } => {
            make_sense(vec![
                (Field::Email, address::canonical(&email).err()),
                (Field::FirstName, validate::name(&first_name).err()),
                (Field::LastName, validate::name(&last_name).err()),
            ])?;
            let Checked { way } = start::check(&options, false)?;
            let known = start::providers(&options)?;
            if let Some(id) = provider.as_deref().filter(|id| known.iter().all(|one| one.id != *id)) {
                return Err(Stop::Option(format!("--provider: the providers file has none with the id {id}")));
            }
            let backend = start::backend(&options, way, false).await?;
            let invitee = Invitee {
                email: &email,
                first_name: &first_name,
                last_name: &last_name,
                language: language.map(Language::from),
                tenant_id: "",
                group: group.into(),
            };
            invite_by(&backend, &tenant, invitee, provider.as_deref()).await.map_err(|error| match error {
                Error::NotFound => Stop::Fault(format!("--tenant: there is no client with the slug {tenant}")),
                error => in_words(error),
            })?;
            say_mailed(&backend, &email).await?;
            backend.db.close().await;
        }
        User::Unbind { email, options } => {
            let Checked { way } = start::check(&options, false)?;
            let (backend, user) = with_user(&email, &options, way).await?;
            provider_users::unbind(&backend, &user.id).await.map_err(|error| match error {
                Error::NotFound => Stop::Fault(format!("{} has no provider, or is disabled", user.email)),
                error => error.into(),
            })?;
            say_mailed(&backend, &user.email).await?;
            backend.db.close().await;
        }
        User::ResetFactor { email, options } => {
            // The server sends the notice: it waits in the outbox.
            let (backend, user) = with_user(&email, &options, Way::Memory).await?;
            let changed = second_factor::reset(&backend, &user.id).await?;
            let said = if changed { "gets codes by e-mail again" } else { "gets codes by e-mail already" };
            println!("{} {said}", user.email);
            backend.db.close().await;
        }
        User::Unlock { email, options } => {
            let (backend, user) = with_user(&email, &options, Way::Memory).await?;
            limits::unlock(&backend, &user.id).await?;
            println!("{} may try codes again", user.email);
            backend.db.close().await;
        }
        User::Disable { email, options } => {
            let (backend, user) = with_user(&email, &options, Way::Memory).await?;
            let disabled = accounts::disable(&backend, &user.id).await?;
            let said = if disabled { "is disabled and signed out everywhere" } else { "is disabled already" };
            println!("{} {said}", user.email);
            backend.db.close().await;
        }
        User::Enable { email, options } => {
            let (backend, user) = with_user(&email, &options, Way::Memory).await?;
            let enabled = accounts::enable(&backend, &user.id).await?;
            println!("{} {}", user.email, if enabled { "may sign in again" } else { "is not disabled" });
            backend.db.close().await;
        }
    }
    Ok(())
}

/// Sends what waits, and says what became of the link.
async fn say_mailed(backend: &Backend, email: &str) -> Result<(), Stop> {
    // A server may be at work on the same outbox; whoever leases the letter sends it.
    let sent = outbox::deliver_due(backend).await?;
    let said = if sent > 0 { "mailed" } else { "waits in the outbox until the server sends it" };
    println!("The activation link for {email} is {said}");
    Ok(())
}

/// Opens everything, and finds the user with the address that was typed.
async fn with_user(email: &str, options: &Options, way: Way) -> Result<(Backend, users::User), Stop> {
    // What is no address is said before anything is created.
    let email = address::canonical(email).map_err(|problem| Stop::Option(format!("EMAIL: {}", english(problem))))?;
    let backend = start::backend(options, way, false).await?;
    let user = users::by_email(&backend.db, &email).await?;
    let user = user.ok_or_else(|| Stop::Fault(format!("there is no user {email}")))?;
    Ok((backend, user))
}

/// `selfsame backup`.
///
/// # Errors
/// In one line, for the operator.
pub async fn backup(file: &Path, options: &Options) -> Result<(), Stop> {
    match options.database() {
        store::open::DatabaseUrl::Postgres(_) => {
            return Err(Stop::Fault("backup copies SQLite; use pg_dump for Postgres".into()));
        }
        store::open::DatabaseUrl::Sqlite(path) if !path.exists() => {
            return Err(Stop::Fault(format!("--database: there is no {}", path.display())));
        }
        store::open::DatabaseUrl::Sqlite(_) => {}
    }
    if file.exists() {
        return Err(Stop::Fault(format!("{} exists already", file.display())));
    }
    let db = options.database().open().await.map_err(Stop::Fault)?;
    let name = file.to_str().ok_or_else(|| Stop::Option("FILE: expected a name in UTF-8".into()))?;
    let copied = meta::copy_to(&db, name).await;
    copied.map_err(|_| Stop::Fault(format!("{name} cannot be written; look at its folder and the space left")))?;
    db.close().await;
    println!("{} holds a whole copy; keep secret.key beside it", file.display());
    Ok(())
}

fn english(problem: Problem) -> String {
    problem.sentence(Language::En)
}

/// Checks arguments before anything is opened or created.
///
/// # Errors
/// [`Stop::Option`], naming them.
fn make_sense(checks: Vec<(Field, Option<Problem>)>) -> Result<(), Stop> {
    validate::all(checks).map_err(|error| match in_words(error) {
        Stop::Option(why) | Stop::Fault(why) => Stop::Option(why),
    })
}

fn in_words(error: Error) -> Stop {
    let Error::Invalid(problems) = error else { return error.into() };
    let words: Vec<_> =
        problems.into_iter().map(|(field, problem)| format!("{}: {}", named(field), english(problem))).collect();
    Stop::Fault(words.join(" "))
}

/// An argument as `--help` names it.
const fn named(field: Field) -> &'static str {
    match field {
        Field::Slug => "--slug",
        Field::FirstName => "--first-name",
        Field::LastName => "--last-name",
        Field::ClientName => "NAME",
        _ => "EMAIL",
    }
}
