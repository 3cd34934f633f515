//! The program `sightline`.

use std::process::ExitCode;

use clap::Parser as _;
use sightline_ui::{args::Args, launch};

fn main() -> ExitCode {
    launch::run(Args::parse())
}
