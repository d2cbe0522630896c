//! The house on the network: `router` is the same for `main` and for the tests.

pub mod asked;
pub mod bench_data;
pub mod config;
pub mod doctor;
pub mod forms;
pub mod guard;
pub mod http;
pub mod operator;
pub mod pages;
pub mod plain;
pub mod routes;
pub mod serve;
pub mod site;
pub mod start;

use app::place::Assets;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use domain::backend::Backend;
use ipnet::IpNet;
use leptos::config::LeptosOptions;

/// What every handler and layer may ask for.
#[derive(Clone)]
pub struct House {
    /// The flows' side.
    pub backend: Backend,
    /// Proxies whose word on the client's address is taken (RATE-2).
    pub trusted_proxies: Vec<IpNet>,
    /// The hashed names of the assets.
    pub assets: Assets,
    options: LeptosOptions,
}

impl House {
    /// A house around a backend.
    #[must_use]
    pub fn new(backend: Backend, trusted_proxies: Vec<IpNet>) -> Self {
        let options = LeptosOptions::builder().output_name("selfsame").build();
        Self { backend, trusted_proxies, assets: site::assets(), options }
    }
}

impl axum::extract::FromRef<House> for LeptosOptions {
    fn from_ref(house: &House) -> Self {
        house.options.clone()
    }
}

/// Every route with every guard around it.
pub fn router(house: &House) -> Router {
    let router = Router::new()
        .route("/", get(routes::home))
        .route("/account", get(routes::home))
        .route("/welcome", get(routes::welcome))
        .route("/preferences", post(routes::preferences))
        .route("/sign-out", post(routes::sign_out))
        .route("/recovery-codes", post(routes::recovery_codes))
        .route("/health/live", get(routes::live))
        .route("/health/ready", get(routes::ready));
    let router = pages::add(router, house)
        .layer(from_fn_with_state(house.clone(), forms::without_javascript))
        .layer(from_fn_with_state(house.clone(), asked::find_out))
        .with_state(house.clone());
    guard::around(router, house)
}

/// The paths of all server functions, for the tests that call each one as a stranger.
#[must_use]
pub fn server_function_paths() -> Vec<&'static str> {
    leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path).collect()
}
