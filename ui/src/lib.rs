//! Sightline's expert app.
