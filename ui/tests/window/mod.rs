//! The window that the tests click in.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part of it")]

use std::{cell::RefCell, rc::Rc};

use egui_kittest::{Harness, kittest::Queryable as _};
use sightline_ui::{
    bridge::Request,
    fixtures::{self, Still},
    i18n::Lang,
    settings::Settings,
    shell::Shell,
    stage::PictureView,
    state::UiState,
    theme::style,
};

/// The window with what is behind it.
pub struct Window {
    pub harness: Harness<'static>,
    pub still: Still,
    pub shell: Rc<RefCell<Shell>>,
}

impl Window {
    pub fn open(still: Still, prepare: impl FnOnce(&mut UiState)) -> Self {
        Self::open_in(still, Lang::En, prepare)
    }

    pub fn open_in(still: Still, lang: Lang, prepare: impl FnOnce(&mut UiState)) -> Self {
        let settings = Settings { lang: Some(lang), reduced_motion: true, ..Settings::default() };
        let clock = Box::new(|| fixtures::NOW_MS);
        let mut shell =
            Shell::new(Box::new(still.clone()), settings, None, PictureView::new(None), clock).with_utc_offset(0);
        prepare(shell.state());
        let shell = Rc::new(RefCell::new(shell));
        let drawn = shell.clone();
        let mut harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .allow_missing_glyphs()
            .with_context_setup(style::install_fonts)
            .build_ui(move |ui| drawn.borrow_mut().ui(ui));
        harness.run_steps(4);
        Self { harness, still, shell }
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    pub fn sees(&self, label: &str) -> bool {
        self.harness.query_all_by_label_contains(label).next().is_some()
    }

    pub fn asked(&self) -> Vec<Request> {
        self.still.asked()
    }
}

/// A node with this session alone.
pub fn one(view: sightline_node::view::SessionView) -> Still {
    Still::new(fixtures::node_with(std::slice::from_ref(&view)), vec![view])
}
