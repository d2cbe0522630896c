//! The half of the pages that runs in the browser: cargo, wasm-bindgen, wasm-opt.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    files, npm,
    steps::{Result, capture, cargo, run, step},
    workspace::Workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// What rustc turns on by itself for this target; without saying so wasm-opt would refuse such modules.
const SHRINK: [&str; 12] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

const MINIFY: [&str; 4] = ["--minify", "--format=esm", "--target=es2022", "--log-level=warning"];

const JS: &str = "selfsame.js";
const WASM: &str = "selfsame_bg.wasm";

/// What is asked of a build: few bytes for those who use it, or few seconds for those who change it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// As it is served in earnest.
    Small,
    /// As `watch` wants it.
    Quick,
}

impl Speed {
    fn profile(self) -> &'static str {
        match self {
            Self::Small => "wasm-release",
            Self::Quick => "wasm-dev",
        }
    }
}

/// What wasm-bindgen makes of the module.
pub struct Frontend {
    /// The script that starts it.
    pub js: Vec<u8>,
    /// The module itself.
    pub wasm: Vec<u8>,
    /// Scripts that crates bring along, by their path below `snippets/`.
    pub snippets: Vec<(PathBuf, Vec<u8>)>,
}

/// Builds the frontend, or takes what an earlier run made of the same module.
pub fn build(workspace: &Workspace, speed: Speed) -> Result<Frontend> {
    ensure_target()?;
    let raw = compile(workspace, speed)?;
    let tools = match speed {
        Speed::Small => npm::tools(workspace),
        Speed::Quick => None,
    };
    let shrinker = Tool::find(tools.as_deref(), "wasm-opt", "binaryen");
    let minifier = Tool::find(tools.as_deref(), "esbuild", "esbuild");
    if speed == Speed::Small && shrinker.is_none() {
        println!("  notice: without npm's wasm-opt the wasm stays larger than it need be");
    }

    let module = files::read(&raw)?;
    let [shrinking, minifying] = [&shrinker, &minifier].map(|tool| tool.as_ref().map(|tool| tool.version.as_str()));
    let recipe = format!("{shrinking:?} {SHRINK:?} {minifying:?} {MINIFY:?}");
    let key = files::sha256([module.as_slice(), recipe.as_bytes()]);
    let folder = workspace.cache().join(speed.profile());
    let stamp = folder.join("stamp");
    if !files::holds(&stamp, key.as_bytes()) {
        files::remove_folder(&folder)?;
        step("making the wasm fit for browsers", || {
            bind(&raw, &folder, speed)?;
            if let Some(tool) = &shrinker {
                tool.rewrite(&folder.join(WASM), &SHRINK, "--output=")?;
            }
            if let Some(tool) = &minifier {
                tool.rewrite(&folder.join(JS), &MINIFY, "--outfile=")?;
            }
            files::write(&stamp, key.as_bytes())
        })?;
    }
    load(&folder)
}

fn compile(workspace: &Workspace, speed: Speed) -> Result<PathBuf> {
    let built = workspace.target.join(TARGET).join(speed.profile()).join("frontend.wasm");
    let hint = if built.exists() { "" } else { " (first time: about 3 minutes)" };
    step(&format!("building the wasm{hint}"), || {
        run(cargo().args(["build", "--profile", speed.profile(), "--package", "frontend", "--target", TARGET]))
    })?;
    Ok(built)
}

fn ensure_target() -> Result {
    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if files::which("rustup").is_none() {
        return Err(format!(
            "this Rust cannot build for {TARGET}, and there is no rustup to teach it. Install Rust by rustup \
             (https://rustup.rs), or the package of your system that holds the target, such as \
             libstd-rust-dev-wasm32 (Debian) or rust-std-static-{TARGET} (Fedora)"
        ));
    }
    step(&format!("adding the target {TARGET}"), || run(Command::new("rustup").args(["target", "add", TARGET])))
}

fn bind(raw: &Path, folder: &Path, speed: Speed) -> Result {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(raw)
        .out_name("selfsame")
        .typescript(false)
        .remove_name_section(speed == Speed::Small)
        .remove_producers_section(true)
        // The page hands over the address of the module, so that its name may carry a hash.
        .omit_default_module_path(true);
    bindgen.web(true).and_then(|bindgen| bindgen.generate(folder)).map_err(|error| format!("wasm-bindgen: {error:#}"))
}

fn load(folder: &Path) -> Result<Frontend> {
    let snippets = folder.join("snippets");
    let snippets = files::list(&snippets)?
        .into_iter()
        .map(|path| files::read(&snippets.join(&path)).map(|bytes| (path, bytes)))
        .collect::<Result<_>>()?;
    Ok(Frontend { js: files::read(&folder.join(JS))?, wasm: files::read(&folder.join(WASM))?, snippets })
}

/// A program that npm brought.
struct Tool {
    program: PathBuf,
    version: String,
}

impl Tool {
    fn find(tools: Option<&Path>, name: &str, package: &str) -> Option<Self> {
        let tools = tools?;
        let program = tools.join(".bin").join(name);
        let about = fs::read(tools.join(package).join("package.json")).ok()?;
        let about: serde_json::Value = serde_json::from_slice(&about).ok()?;
        program.exists().then(|| Self { program, version: about["version"].to_string() })
    }

    /// Puts what the tool makes of a file in its place; `output` is the tool's flag for where to write.
    fn rewrite(&self, file: &Path, args: &[&str], output: &str) -> Result {
        let part = files::suffixed(file, ".part");
        let mut target = OsString::from(output);
        target.push(&part);
        run(Command::new(&self.program).arg(file).args(args).arg(target))?;
        fs::rename(&part, file).map_err(|error| format!("cannot write {}: {error}", file.display()))
    }
}
