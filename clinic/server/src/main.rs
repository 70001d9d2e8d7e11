//! The command line of the server. Says what it prints, and nothing of what it stores.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use handrail_server::store::backup;
use handrail_server::{Clock, Config, TlsFiles, serve};
use lexopt::prelude::*;
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
The blind mailbox server of Handrail.

handrail-server --data DIR [options]        run
handrail-server backup FILE --data DIR      copy the database; the server may be running
handrail-server restore FILE --data DIR     put a copy in place; the server must be stopped

  --data DIR             folder of the database; made when it is not there
  --listen ADDR:PORT     default 127.0.0.1:7280; port 0 takes a free one
  --console DIR          folder of the built console
  --tls-cert FILE        certificate chain, PEM
  --tls-key FILE         private key, PEM
  --behind-proxy         a proxy ends TLS, keeps Host and appends to X-Forwarded-For
  --idle-minutes N       a staff session ends after N minutes without a request (default 15)
  --setup-code-file FILE also leave the set-up code here, readable by the owner alone
  --new-setup-code       make another set-up code; the earlier one is void
  --max-connections N    connections at once (default 900)
  --help, --version

The log goes to standard error, one JSON object a line; HANDRAIL_LOG sets its level.
Exit codes: 0 stopped, 1 could not run, 2 wrong use, 70 the store failed.
";

enum Act {
    Run(Box<Config>),
    Backup { data: PathBuf, file: PathBuf },
    Restore { data: PathBuf, file: PathBuf },
    Say(&'static str),
}

fn main() -> ExitCode {
    let act = match parse(lexopt::Parser::from_env()) {
        Ok(act) => act,
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let done = match act {
        Act::Say(text) => {
            print!("{text}");
            Ok(())
        }
        Act::Backup { data, file } => backup::backup(&data, &file).map_err(|e| e.to_string()),
        Act::Restore { data, file } => restore(&file, &data),
        Act::Run(config) => run(*config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn restore(file: &std::path::Path, data: &std::path::Path) -> Result<(), String> {
    let now = Clock::system().now();
    if let Some(old) = backup::restore(file, data, now).map_err(|e| e.to_string())? {
        println!("the database that was there: {}", old.display());
    }
    Ok(())
}

fn run(config: Config) -> Result<(), String> {
    let level = tracing_subscriber::EnvFilter::try_from_env("HANDRAIL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(level)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let ready = |ready: &handrail_server::Ready| {
            if let Some(code) = &ready.setup_code {
                println!("set-up code: {code}");
            }
            println!("listening on {}", ready.url);
        };
        serve(config, ready, stop).await.map_err(|e| e.to_string())
    })
}

fn parse(mut args: lexopt::Parser) -> Result<Act, lexopt::Error> {
    let mut config = Config::new("");
    let mut data = None;
    let mut words: Vec<std::ffi::OsString> = Vec::new();
    let (mut cert, mut key) = (None, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("data") => data = Some(PathBuf::from(args.value()?)),
            Long("listen") => config.listen = args.value()?.parse()?,
            Long("console") => config.console = Some(args.value()?.into()),
            Long("tls-cert") => cert = Some(PathBuf::from(args.value()?)),
            Long("tls-key") => key = Some(PathBuf::from(args.value()?)),
            Long("behind-proxy") => config.behind_proxy = true,
            Long("idle-minutes") => {
                let minutes: u64 = args.value()?.parse()?;
                if !(1..=720).contains(&minutes) {
                    return Err("--idle-minutes: from 1 to 720".into());
                }
                config.idle = Duration::from_secs(minutes * 60);
            }
            Long("setup-code-file") => config.setup_code_file = Some(args.value()?.into()),
            Long("new-setup-code") => config.new_setup_code = true,
            Long("max-connections") => {
                config.bounds.connections = args.value()?.parse()?;
                if config.bounds.connections == 0 {
                    return Err("--max-connections: at least 1".into());
                }
            }
            Long("help") | Short('h') => return Ok(Act::Say(HELP)),
            Long("version") | Short('V') => {
                return Ok(Act::Say(concat!(
                    "handrail-server ",
                    env!("CARGO_PKG_VERSION"),
                    "\n"
                )));
            }
            Value(word) if words.len() < 2 => words.push(word),
            _ => return Err(arg.unexpected()),
        }
    }
    config.tls = match (cert, key) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (None, None) => None,
        _ => return Err("--tls-cert and --tls-key belong together".into()),
    };
    let data = data.ok_or("--data is missing")?;
    let file = words.get(1).map(PathBuf::from);
    match (words.first().map(|word| word.to_string_lossy()), file) {
        (None, _) => {
            config.data = data;
            Ok(Act::Run(Box::new(config)))
        }
        (Some(word), Some(file)) if word == "backup" => Ok(Act::Backup { data, file }),
        (Some(word), Some(file)) if word == "restore" => Ok(Act::Restore { data, file }),
        _ => Err("wrong command, or FILE is missing".into()),
    }
}
