//! Placeholder.
use domain::backend::Backend;
pub async fn fill(_: &Backend, _: u32, _: u32, _: &std::path::Path) -> Result<(), String> { Err(String::new()) }
pub async fn bare(_: Backend, _: std::net::SocketAddr, _: usize, _: u32) -> Result<(), String> { Err(String::new()) }
pub async fn hash(_: &crate::config::Options, _: u64) -> Result<(), String> { Err(String::new()) }
