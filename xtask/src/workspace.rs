//! Where things lie.

use std::path::PathBuf;

use serde_json::Value;

use crate::steps::{Result, capture, cargo};

/// The folders of this checkout, as cargo sees them.
pub struct Workspace {
    /// The top of the checkout.
    pub root: PathBuf,
    /// Where cargo builds, which need not lie in the checkout.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub fn find() -> Result<Self> {
        let answer = capture(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: Value = serde_json::from_str(&answer).map_err(|error| format!("cargo metadata: {error}"))?;
        let path = |name: &str| {
            metadata[name].as_str().map(PathBuf::from).ok_or_else(|| format!("cargo metadata does not name its {name}"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The stylesheet that imports the others.
    pub fn main_css(&self) -> PathBuf {
        self.root.join("style/main.css")
    }

    /// Files that are served under their own names.
    pub fn public(&self) -> PathBuf {
        self.root.join("public")
    }

    /// The finished site, which the server embeds.
    pub fn site(&self) -> PathBuf {
        self.root.join("server/site")
    }

    /// The browser tests, and with them everything that comes from npm.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// What xtask keeps between two runs.
    pub fn cache(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The server as built with a profile, `debug` or `release`.
    pub fn binary(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join(format!("selfsame{}", std::env::consts::EXE_SUFFIX))
    }
}
