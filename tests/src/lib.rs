//! The lab: a real rendezvous, the real expert app and real Chromium on one machine, driven as people would drive them.
//!
//! A story starts a [`Lab`], asks it for peers by name and says what they do and see. Every process is a child of the lab and
//! ends with it. Nothing here sleeps to wait: it waits for an event or a state, with a time limit and a sentence that says what
//! was missing.

pub mod browser;
pub mod evil;
pub mod expert;
pub mod lab;
pub mod lines;
pub mod net;
pub mod picture;
pub mod rendezvous;
pub mod xvfb;

pub use browser::{Browser, BrowserSetup, Camera};
pub use expert::{Expert, ExpertSetup};
pub use lab::Lab;
