//! The program `sightline`.

use std::process::ExitCode;

use clap::Parser as _;
use sightline_ui::{args::Args, launch};

fn main() -> ExitCode {
    if let Some(code) = sightline_node::pages::serve_if_asked() {
        return code;
    }
    launch::run(Args::parse())
}
