//! Commands and options: `--help` is their reference, and each option is a `SELFSAME_*` variable as well.

pub mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::secrets::password::Cost;
use domain::store::open::DatabaseUrl;
use domain::validate::PASSWORD_MIN;
use domain::view::BuiltinGroup;
use ipnet::IpNet;
use url::Url;

/// The account area of a business product as software of its own.
#[derive(Debug, Parser)]
#[command(name = "selfsame", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves people
    Serve(Serve),
    /// Brings the database up to date
    Migrate(Options),
    /// Looks after clients
    #[command(subcommand)]
    Tenant(Tenant),
    /// Looks after users
    #[command(subcommand)]
    User(User),
    /// Says of each part whether it is well, or what to do
    Doctor {
        /// Also reads the activity of all users: whether each entry is still what was recorded
        #[arg(long)]
        activity: bool,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Copies a SQLite database to a file while it is in use
    Backup {
        /// The file to write; it must not exist
        file: PathBuf,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Fills the database with users and live sessions for load tools
    #[command(hide = true)]
    BenchData {
        /// How many users
        #[arg(long)]
        users: u32,
        /// How many sessions
        #[arg(long)]
        sessions: u32,
        /// None of these users may sign in any more
        #[arg(long)]
        disabled: bool,
        /// Where to write lines of address TAB cookie
        #[arg(long)]
        out: PathBuf,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// A bare handler with the same reads, to compare with
    #[command(hide = true)]
    BenchBare {
        /// How many bytes it answers
        #[arg(long)]
        bytes: usize,
        /// How many reads it makes
        #[arg(long)]
        reads: u32,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Hashes for some seconds on all cores and says how often
    #[command(hide = true)]
    BenchHash {
        /// How long
        #[arg(long)]
        seconds: u64,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
}

/// Looks after clients.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Makes a client with its four groups
    Create {
        /// Its name
        name: String,
        /// Its part of the URL; made from the name otherwise
        #[arg(long)]
        slug: Option<String>,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
}

/// Looks after users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Adds a user and mails a one-use link, by which the person chooses a password
    Invite {
        /// The e-mail address
        email: String,
        /// The slug of the home client
        #[arg(long)]
        tenant: String,
        /// One of the four groups
        #[arg(long, default_value = "User")]
        group: Group,
        /// First name
        #[arg(long)]
        first_name: String,
        /// Last name
        #[arg(long)]
        last_name: String,
        /// Language of the person
        #[arg(long)]
        language: Option<Tongue>,
        /// The id of the provider that manages the sign-in, in place of a password
        #[arg(long)]
        provider: Option<String>,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Has codes come by e-mail again for a user who has lost app and recovery codes; signs them out everywhere
    ResetFactor {
        /// The e-mail address
        email: String,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Forgets who a user is at their provider, signs them out everywhere, and mails a new link to it
    Unbind {
        /// The e-mail address
        email: String,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Lets a user try codes again after a hundred wrong ones
    Unlock {
        /// The e-mail address
        email: String,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Ends that a user may sign in, and signs them out everywhere at once; nothing is deleted
    Disable {
        /// The e-mail address
        email: String,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
    /// Lets a disabled user sign in again, with the password and second factor of before
    Enable {
        /// The e-mail address
        email: String,
        /// Everything else
        #[command(flatten)]
        options: Options,
    },
}

/// One of the four groups of each client.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Group {
    /// Everything
    #[value(name = "Full access", alias = "full-access")]
    FullAccess,
    /// Users and guests
    #[value(name = "Management", alias = "management")]
    Management,
    /// Their own account
    #[value(name = "User", alias = "user")]
    User,
}

impl From<Group> for BuiltinGroup {
    fn from(group: Group) -> Self {
        match group {
            Group::FullAccess => Self::FullAccess,
            Group::Management => Self::Management,
            Group::User => Self::User,
        }
    }
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Tongue {
    /// English
    En,
    /// German
    De,
}

impl From<Tongue> for domain::Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::En => Self::En,
            Tongue::De => Self::De,
        }
    }
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Fills an empty database with two clients and four users, says who can sign in, and shows the sent mails
    #[arg(long, env = "SELFSAME_DEMO")]
    pub demo: bool,
    /// One password for everybody in the demo, in place of a random one
    #[arg(long, env = "SELFSAME_DEMO_PASSWORD", hide_env_values = true, requires = "demo", value_parser = demo_password)]
    pub demo_password: Option<String>,
    /// Everything else
    #[command(flatten)]
    pub options: Options,
}

/// Options that all commands share.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Address and port to listen on
    #[arg(long, env = "SELFSAME_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Where people reach it; links in mails start with it [default: http:// and the address listened on]
    #[arg(long, env = "SELFSAME_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<Url>,
    /// sqlite:PATH or postgres://… [default: sqlite:selfsame.db in the data folder]
    #[arg(long, env = "SELFSAME_DATABASE", hide_env_values = true)]
    pub database: Option<DatabaseUrl>,
    /// Folder of the embedded database and its secret key
    #[arg(long, env = "SELFSAME_DATA_DIR", default_value = "selfsame-data")]
    pub data_dir: PathBuf,
    /// File with at least 32 secret bytes; needed with Postgres, made in the data folder otherwise
    #[arg(long, env = "SELFSAME_SECRET_KEY_FILE")]
    pub secret_key_file: Option<PathBuf>,
    /// smtp://user:password@host:port?tls=required, smtps://…, or smtp://host:port for a relay on this machine
    #[arg(long, env = "SELFSAME_SMTP_URL", hide_env_values = true, conflicts_with = "mail_dir", value_parser = relay)]
    pub smtp_url: Option<String>,
    /// Sender of all mails [default: selfsame@ and the host of the public URL]
    #[arg(long, env = "SELFSAME_MAIL_FROM", value_parser = mailbox)]
    pub mail_from: Option<String>,
    /// Folder for mails as .eml files, in place of SMTP
    #[arg(long, env = "SELFSAME_MAIL_DIR")]
    pub mail_dir: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas
    #[arg(long, env = "SELFSAME_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// TOML file that describes OpenID Connect providers by which users may sign in
    #[arg(long, env = "SELFSAME_PROVIDERS_FILE")]
    pub providers_file: Option<PathBuf>,
    /// Origins whose pages may call the API from a browser, separated by commas; none otherwise
    #[arg(long, env = "SELFSAME_API_ORIGINS", value_delimiter = ',', value_parser = values::origin)]
    pub api_origins: Vec<String>,
    /// The fewest characters of a password, 8 to 64
    #[arg(long, env = "SELFSAME_MIN_PASSWORD", default_value_t = PASSWORD_MIN,
          value_parser = clap::value_parser!(u32).range(8..=64))]
    pub min_password: u32,
    /// Argon2id memory in KiB, upwards only
    #[arg(long, env = "SELFSAME_ARGON2_MEMORY", default_value_t = Cost::DEFAULT.memory_kib,
          value_parser = clap::value_parser!(u32).range(i64::from(Cost::DEFAULT.memory_kib)..=4_194_304))]
    pub argon2_memory: u32,
    /// Argon2id passes, upwards only
    #[arg(long, env = "SELFSAME_ARGON2_TIME", default_value_t = Cost::DEFAULT.time,
          value_parser = clap::value_parser!(u32).range(i64::from(Cost::DEFAULT.time)..=64))]
    pub argon2_time: u32,
    /// Argon2id lanes, upwards only
    #[arg(long, env = "SELFSAME_ARGON2_PARALLELISM", default_value_t = Cost::DEFAULT.parallelism,
          value_parser = clap::value_parser!(u32).range(i64::from(Cost::DEFAULT.parallelism)..=64))]
    pub argon2_parallelism: u32,
    /// What is logged, for example info or warn,domain=debug,server=debug
    #[arg(long, env = "SELFSAME_LOG", default_value = "warn,domain=info,server=info", value_parser = log_filter)]
    pub log: String,
}

impl Options {
    /// The public URL, given or made.
    #[must_use]
    pub fn public_url(&self) -> Url {
        let made = || format!("http://{}", self.listen).parse().expect("an address makes a URL");
        self.public_url.clone().unwrap_or_else(made)
    }

    /// The database, given or embedded.
    #[must_use]
    pub fn database(&self) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join("selfsame.db")))
    }

    /// The sender of all mails.
    #[must_use]
    pub fn mail_from(&self) -> String {
        let url = self.public_url();
        let host = url.domain().unwrap_or("localhost").to_owned();
        self.mail_from.clone().unwrap_or_else(|| format!("Selfsame <selfsame@{host}>"))
    }

    /// The cost of a password hash.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        Cost { memory_kib: self.argon2_memory, time: self.argon2_time, parallelism: self.argon2_parallelism }
    }
}

fn public_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() || !bare {
        return Err("expected https://HOST, without a path".into());
    }
    Ok(url)
}

fn relay(text: &str) -> Result<String, String> {
    domain::mail::Mailer::smtp(text).map(|_| text.to_owned())
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn mailbox(text: &str) -> Result<String, String> {
    domain::mail::sender(text).map(|_| text.to_owned())
}

fn network(text: &str) -> Result<IpNet, String> {
    IpNet::from_str(text)
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "expected an address or a network such as 10.0.0.0/8".into())
}

fn demo_password(text: &str) -> Result<String, String> {
    if (8..=128).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("expected 8 to 128 letters".into())
    }
}
