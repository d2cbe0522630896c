//! The command line. One line says what is wrong: exit code 2 where an option is, 1 where something else is.

use clap::Parser as _;
use clap::error::ErrorKind;
use server::config::{Cli, Command};
use server::start::{self, Stop};
use server::{bench_data, doctor, operator, serve};
use tracing_subscriber::EnvFilter;

fn main() {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        // Who names no command is told all of them, and still with exit code 2.
        let asks_for_help =
            matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand);
        if error.use_stderr() && !asks_for_help {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or("error: these options make no sense");
            let more: Vec<_> = text.lines().skip(1).take_while(|line| line.starts_with("  ")).map(str::trim).collect();
            eprintln!("{}", without_secrets(format!("{line} {}", more.join(" ")).trim_end()));
            std::process::exit(2);
        }
        error.exit()
    });
    // Database, copies of it and mails in a folder are the operator's alone, whatever the shell was set to.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustls::crypto::ring::default_provider().install_default().expect("nobody has chosen another");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started");
    if let Err(stop) = runtime.block_on(run(cli.command)) {
        let (code, why) = match stop {
            Stop::Option(why) => (2, why),
            Stop::Fault(why) => (1, why),
        };
        eprintln!("error: {why}");
        std::process::exit(code);
    }
}

/// What was typed for an option that may hold a password is not repeated.
fn without_secrets(line: &str) -> String {
    let may_hold = ["--database", "--smtp-url", "--demo-password"].iter().any(|option| line.contains(option));
    match line.split_once("invalid value '").filter(|_| may_hold) {
        Some((before, rest)) => {
            let after = rest.find("' for '--").map_or("", |end| &rest[end + 1..]);
            format!("{before}invalid value{after}")
        }
        None => line.to_owned(),
    }
}

async fn run(command: Command) -> Result<(), Stop> {
    match command {
        Command::Serve(serve) => {
            log(&serve.options.log)?;
            serve::run(serve).await
        }
        Command::Migrate(options) => operator::migrate(&options).await,
        Command::Tenant(command) => operator::tenant(command).await,
        Command::User(command) => operator::user(command).await,
        Command::Doctor { activity, options } => doctor::run(&options, activity).await,
        Command::Backup { file, options } => operator::backup(&file, &options).await,
        Command::BenchData { users, sessions, disabled, out, options } => {
            let backend = start::backend(&options, domain::mail::Way::Memory, false).await?;
            bench_data::fill(&backend, users, sessions, disabled, &out).await.map_err(Stop::Fault)
        }
        Command::BenchBare { bytes, reads, options } => {
            let backend = start::backend(&options, domain::mail::Way::Memory, false).await?;
            bench_data::bare(backend, options.listen, bytes, reads).await.map_err(Stop::Fault)
        }
        Command::BenchHash { seconds, options } => bench_data::hash(&options, seconds).await.map_err(Stop::Fault),
    }
}

/// Events as JSON lines on standard error, in UTC (LOG-1).
fn log(filter: &str) -> Result<(), Stop> {
    let filter = EnvFilter::try_new(filter).map_err(|error| Stop::Option(format!("--log: {error}")))?;
    let events = tracing_subscriber::fmt().json().with_span_list(false);
    events.with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(())
}
