//! Sightline's expert app.
fn main() {}
