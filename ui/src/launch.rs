//! Starts the app: home, logs, node, then a window or lines.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::json;
use sightline_node::{Node, NodeConfig, Trust, error::StartError};

use crate::{
    app::{self, Window},
    args::{Args, default_home},
    bridge::Runtime,
    control::{Output, Surroundings, serve},
    i18n::{Arg, Catalog},
    settings::{Settings, TrustSetting},
};

/// Runs the app until it ends.
pub fn run(args: Args) -> ExitCode {
    log_to_stderr(&args.log);
    let stored = args.home.clone().or_else(default_home);
    let mut settings = stored.as_deref().map(Settings::load).unwrap_or_default();
    if let Some(lang) = args.lang {
        settings.lang = Some(lang);
    }
    let words = Catalog::new(settings.lang());
    match start(&args, stored, settings, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error is the last way to say anything.
            let _ = writeln!(std::io::stderr(), "sightline: {}", failure.sentence);
            ExitCode::from(failure.exit)
        }
    }
}

/// Why the app did not start or had to end.
struct Failure {
    sentence: String,
    exit: u8,
}

/// Another app uses the home.
const EXIT_IN_USE: u8 = 3;
/// The home or what is in it can't be used.
const EXIT_HOME: u8 = 4;
/// There is no screen, or no window could be opened.
const EXIT_WINDOW: u8 = 5;
/// Something else is in the way.
const EXIT_OTHER: u8 = 1;

fn start(args: &Args, home: Option<PathBuf>, mut settings: Settings, words: &Catalog) -> Result<(), Failure> {
    let home = home.ok_or_else(|| Failure {
        sentence: words.text_with("error-home", &[("path", Arg::from("?")), ("reason", Arg::from("HOME"))]),
        exit: EXIT_HOME,
    })?;
    if !args.headless && !app::has_display() {
        return Err(Failure { sentence: words.text("error-no-display"), exit: EXIT_WINDOW });
    }
    if !args.rendezvous.is_empty() {
        settings.rendezvous = args.rendezvous.clone();
    }
    if let Some(name) = &args.name {
        settings.name = name.clone();
    }
    if let Some(theme) = args.theme {
        settings.theme = theme;
    }
    let runtime = Runtime::start().map_err(|error| system(words, &error.to_string()))?;
    let config = NodeConfig {
        home: home.clone(),
        rendezvous: settings.rendezvous.clone(),
        trust: match (&args.trust_certificate, settings.trust) {
            (Some(file), _) => Trust::CertificateFile(file.clone()),
            (None, TrustSetting::FirstUse) => Trust::FirstUse,
            (None, TrustSetting::System) => Trust::System,
        },
        name: settings.name.clone(),
        lang: settings.lang().tag().to_owned(),
        codecs: args.codec.clone(),
        allow_loopback: args.allow_loopback,
    };
    let node = runtime.block_on(Node::start(config)).map_err(|error| not_started(words, &home, &error))?;
    let ended = if args.headless {
        headless(args, &runtime, node.clone(), words)
    } else {
        windowed(args, &runtime, node.clone(), settings, home, words)
    };
    runtime.block_on(node.shutdown());
    ended
}

/// Without a window: answers lines until `quit`, the end of input, or a signal.
fn headless(args: &Args, runtime: &Runtime, node: Node, words: &Catalog) -> Result<(), Failure> {
    let (output, writer) = Output::start(std::io::stdout()).map_err(|error| system(words, &error.to_string()))?;
    runtime.block_on(async {
        greet(&node, &output);
        if let Some(title) = &args.new_session {
            first_session(&node, &output, title).await;
        }
        let surroundings = Surroundings { node, output, window: None, times: None };
        let input = tokio::io::BufReader::new(tokio::io::stdin());
        tokio::select! {
            _ = serve(surroundings, input) => {}
            () = told_to_stop() => {}
        }
    });
    // All clones of the output are gone: the thread writes what is left.
    let _ = writer.join();
    Ok(())
}

/// With a window, and lines too where asked for.
fn windowed(
    args: &Args,
    runtime: &Runtime,
    node: Node,
    settings: Settings,
    home: PathBuf,
    words: &Catalog,
) -> Result<(), Failure> {
    let output = match args.control {
        true => Some(Output::start(std::io::stdout()).map_err(|error| system(words, &error.to_string()))?.0),
        false => None,
    };
    let window = Window {
        node: node.clone(),
        runtime: runtime.handle(),
        settings,
        home,
        title: args.new_session.clone(),
        output: output.clone(),
    };
    app::open(window).map_err(|error| {
        tracing::error!(%error, "no window");
        let reason = error.to_string();
        Failure { sentence: words.text_with("error-no-window", &[("reason", Arg::from(reason))]), exit: EXIT_WINDOW }
    })
}

/// The first line: the app is ready to be told something.
pub(crate) fn greet(node: &Node, output: &Output) {
    let view = node.sessions().borrow().clone();
    let sessions: Vec<_> = view.sessions.iter().map(|session| session.id).collect();
    output.event(&json!({
        "event": "ready",
        "version": env!("CARGO_PKG_VERSION"),
        "peer": view.me,
        "name": view.name,
        "rendezvous": view.rendezvous,
        "sessions": sessions,
    }));
}

/// Founds the session of `--new-session` and says which it is.
pub(crate) async fn first_session(node: &Node, output: &Output, title: &str) {
    match node.new_session(title).await {
        Ok(session) => output.event(&json!({ "event": "new-session", "session": session.id() })),
        Err(error) => {
            output.event(&json!({ "event": "problem", "problem": error.code(), "message": error.to_string() }))
        }
    }
}

/// Resolves at Ctrl+C or when the system asks the app to end.
pub(crate) async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the system's own default ends the app.
    let _ = interrupt.await;
}

fn not_started(words: &Catalog, home: &Path, error: &StartError) -> Failure {
    let path = || Arg::from(home.display().to_string());
    let (sentence, exit) = match error {
        StartError::HomeInUse => (words.text(error.code()), EXIT_IN_USE),
        StartError::Home { path, source } => {
            let values = [("path", Arg::from(path.display().to_string())), ("reason", Arg::from(source.to_string()))];
            (words.text_with(error.code(), &values), EXIT_HOME)
        }
        StartError::IdentityDamaged => (words.text_with(error.code(), &[("path", path())]), EXIT_HOME),
        StartError::RendezvousAddress(address) => {
            (words.text_with(error.code(), &[("address", Arg::from(address.clone()))]), EXIT_OTHER)
        }
        StartError::Certificate(file) => {
            let values = [("path", Arg::from(file.display().to_string()))];
            (words.text_with(error.code(), &values), EXIT_OTHER)
        }
        StartError::System(reason) => {
            (words.text_with(error.code(), &[("reason", Arg::from(reason.clone()))]), EXIT_OTHER)
        }
    };
    Failure { sentence, exit }
}

fn system(words: &Catalog, reason: &str) -> Failure {
    let values = [("reason", Arg::from(reason.to_owned()))];
    Failure { sentence: words.text_with("error-system", &values), exit: EXIT_OTHER }
}

/// Logs go to standard error only and hold no secrets; a filter that can't be read is the default.
fn log_to_stderr(filter: &str) {
    let filter =
        tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).finish();
    // Set already: a test started the app twice in one process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn every_reason_not_to_start_is_a_sentence_that_says_what_to_do() {
        let errors = [
            StartError::HomeInUse,
            StartError::Home { path: "/home/ana/x".into(), source: std::io::ErrorKind::PermissionDenied.into() },
            StartError::IdentityDamaged,
            StartError::RendezvousAddress("nonsense".to_owned()),
            StartError::Certificate("/c.pem".into()),
            StartError::System("threads".to_owned()),
        ];
        for lang in Lang::ALL {
            let words = Catalog::new(lang);
            for error in &errors {
                let failure = not_started(&words, Path::new("/home/ana"), error);
                assert!(failure.exit != 0 && !failure.sentence.starts_with("error-"), "{}", failure.sentence);
                assert!(!failure.sentence.contains('{'), "{}", failure.sentence);
            }
        }
    }
}
