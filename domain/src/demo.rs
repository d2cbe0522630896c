//! What `--demo` fills an empty database with.

use crate::backend::Backend;
use crate::clock::DAY;
use crate::error::{Error, Result};
use crate::flows::tenants;
use crate::flows::users::{self, Invitee};
use crate::secrets::password::Password;
use crate::secrets::token;
use crate::store::invitations::NewInvitation;
use crate::store::tenants::Kind;
use crate::store::{self, Tx, meta};
use crate::text::Language;
use crate::view::BuiltinGroup;

/// Somebody who can sign in to the demo.
#[derive(Clone, Debug)]
pub struct Person {
    /// The address.
    pub email: &'static str,
    /// What they may do.
    pub may: &'static str,
    name: (&'static str, &'static str),
    language: Language,
    acme: bool,
    group: BuiltinGroup,
}

/// Everybody in the demo.
pub const PEOPLE: [Person; 4] = [
    Person {
        email: "olivia@acme.example",
        may: "Full access at Acme Ltd, and API access",
        name: ("Olivia", "Okafor"),
        language: Language::En,
        acme: true,
        group: BuiltinGroup::FullAccess,
    },
    Person {
        email: "max@acme.example",
        may: "Management at Acme Ltd, in German",
        name: ("Max", "Mustermann"),
        language: Language::De,
        acme: true,
        group: BuiltinGroup::Management,
    },
    Person {
        email: "una@acme.example",
        may: "User at Acme Ltd, invited by Borealis GmbH",
        name: ("Una", "Ueda"),
        language: Language::En,
        acme: true,
        group: BuiltinGroup::User,
    },
    Person {
        email: "greta@borealis.example",
        may: "Full access at Borealis GmbH, guest at Acme Ltd",
        name: ("Greta", "Gruber"),
        language: Language::De,
        acme: false,
        group: BuiltinGroup::FullAccess,
    },
];

/// Fills an empty database, or finds one that it filled before. Everybody gets `password`, or a new random one that
/// is said once.
///
/// # Errors
/// [`Error::NotFound`] when the database holds anything else; or the database's.
pub async fn fill(backend: &Backend, password: Option<&str>) -> Result<String> {
    let filled = meta::get(&backend.db, meta::DEMO).await?.is_some();
    if !filled && store::users::any(&backend.db).await? {
        return Err(Error::NotFound);
    }
    let said = password.map_or_else(|| token::encode(&backend.rng.bytes::<12>()), str::to_owned);
    let hash = Password::read(&said).ok_or(Error::BadRequest)?;
    let hash = backend.hasher.hash(hash, &backend.rng).await?;
    let mut tx = backend.db.begin().await?;
    if !filled && store::tenants::any(&mut tx).await? {
        return Err(Error::NotFound);
    }
    if !filled {
        populate(&mut tx, backend).await?;
        meta::keep(&mut tx, meta::DEMO, "filled").await?;
    }
    // The passwords are said at each start, so each start sets them; sessions of before go on.
    for person in PEOPLE {
        if let Some(user) = store::users::by_email_in(&mut tx, person.email).await? {
            store::users::activate(&mut tx, &user.id, &hash, true, backend.clock.now()).await?;
        }
    }
    tx.commit().await?;
    // They are no newcomers: after the first sign-in they go where they want to, and no app is offered.
    for person in PEOPLE {
        if let Some(user) = store::users::by_email(&backend.db, person.email).await? {
            store::users::offered_factor(&backend.db, &user.id, backend.clock.now()).await?;
        }
    }
    Ok(said)
}

async fn populate(tx: &mut Tx, backend: &Backend) -> Result<()> {
    let now = backend.clock.now();
    let acme = tenants::create(tx, backend, "Acme Ltd", "acme", "blue").await?;
    let borealis = tenants::create(tx, backend, "Borealis GmbH", "borealis", "green").await?;
    let mut ids = Vec::new();
    for person in PEOPLE {
        let invitee = Invitee {
            email: person.email,
            first_name: person.name.0,
            last_name: person.name.1,
            language: Some(person.language),
            tenant_id: if person.acme { &acme.id } else { &borealis.id },
            group: person.group,
        };
        ids.push(users::add(tx, backend, &invitee).await?);
    }
    let olivia = ids.first().ok_or(Error::internal())?;
    store::user_edit::set_api_access(tx, olivia, true).await?;
    let greta = ids.last().ok_or(Error::internal())?;
    store::tenants::join(tx, &acme.id, greta, Kind::Guest, now).await?;
    let guests = store::groups::builtin(tx, &acme.id, BuiltinGroup::Guest).await?.ok_or(Error::internal())?;
    store::groups::add_member(tx, &acme.id, &guests, greta, now).await?;
    let group = store::groups::builtin(tx, &borealis.id, BuiltinGroup::Guest).await?.ok_or(Error::internal())?;
    let invitation = NewInvitation {
        tenant_id: &borealis.id,
        id: &backend.rng.id(now),
        email: "una@acme.example",
        group_id: &group,
        invited_by: greta,
    };
    store::invitations::insert(tx, &invitation, now, now + 7 * DAY).await
}
