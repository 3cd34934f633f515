//! A document on the stage: the picture of one page, turned alone or together with everybody.

use std::{collections::BTreeMap, time::Duration};

use egui::{Color32, CornerRadius, Key, Rect, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use sightline_node::{
    EntryId, SessionId,
    show::{BoardCommand, FileCommand, Look},
    view::{FileKind, FileState, FileView, PageView, Role, SessionView},
};

use super::controls::{GLASS, veil_ui};
use crate::{
    command::{Command, SessionCommand},
    context::Context,
    i18n::Arg,
    panels::files::data::{file_by_id, may_write},
    pictures::{Found, PictureSize},
    theme::{
        Icon, Theme, Tokens,
        fonts::{Weight, font},
        tokens::{SPACE_1, SPACE_2, SPACE_3, SPACE_4, TEXT_1},
    },
    widgets::{Button, Kind, label::elided},
};

/// A document that is being read on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which entry of the shelf.
    pub file: EntryId,
    /// The page in sight, from 0.
    pub page: u32,
    /// Turning a page asks everybody to look at it.
    pub together: bool,
    /// The page is as wide as the stage, not whole.
    pub wide: bool,
    /// Pages whose pictures were asked for, and what became of that.
    asked: BTreeMap<u32, Asked>,
    /// The page that everybody was asked to look at last.
    told: Option<u32>,
}

/// A page whose picture was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// How often it could not be made.
    failures: u32,
    /// Message id of why it could not be made the last time, and when it is asked for again.
    failed: Option<(&'static str, u64)>,
}

impl Reading {
    /// Begins at a page.
    pub fn new(file: EntryId, page: u32) -> Self {
        Self { file, page, together: false, wide: false, asked: BTreeMap::new(), told: None }
    }

    /// Somebody else asks to look at a page of it: that is no reason to ask everybody again.
    pub fn follow(&mut self, page: u32) {
        (self.page, self.told) = (page, Some(page));
    }

    /// Pictures of pages could not be made: they are asked for again after a pause, which grows.
    pub fn failed(&mut self, pages: &[u32], code: &'static str, now_ms: u64) {
        for page in pages {
            let asked = self.asked.entry(*page).or_default();
            let pause = PAUSE_MS << asked.failures.min(DOUBLINGS);
            *asked = Asked { failures: asked.failures + 1, failed: Some((code, now_ms + pause)) };
        }
    }

    /// Message id of why there is no picture of a page.
    pub fn failure(&self, page: u32) -> Option<&'static str> {
        self.asked.get(&page)?.failed.map(|(code, _)| code)
    }

    /// When the next page is asked for again.
    fn again_ms(&self) -> Option<u64> {
        self.asked.values().filter_map(|asked| asked.failed).map(|(_, again_ms)| again_ms).min()
    }
}

/// What is on stage of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct PageScene<'a> {
    /// Its label.
    pub title: &'a str,
    /// The page in sight, from 0, never beyond the last.
    pub page: u32,
    /// How many there are.
    pub pages: u32,
    /// The page's picture, if it is published.
    pub picture: Option<&'a PageView>,
    /// Pictures of pages can be published from here.
    pub can_publish: bool,
    /// Everybody can be asked to look at it.
    pub can_show: bool,
    /// A board can be made of the page.
    pub can_draw: bool,
}

/// Reads the document; `None` if it is gone, or is none.
pub fn page_scene<'a>(view: &'a SessionView, reading: &Reading) -> Option<PageScene<'a>> {
    let file = file_by_id(view, reading.file)?;
    let FileKind::Document { pages, shown } = &file.kind else { return None };
    let page = reading.page.min(pages.saturating_sub(1));
    let picture = shown.iter().find(|shown| shown.number == page);
    let writes = may_write(view);
    let expert = matches!(view.role, Role::Lead | Role::Expert);
    Some(PageScene {
        title: &file.name,
        page,
        pages: (*pages).max(1),
        picture,
        can_publish: writes && (file.mine || expert) && matches!(file.state, FileState::Here { .. }),
        can_show: writes && expert,
        can_draw: writes && picture.is_some_and(|picture| picture.path.is_some()),
    })
}

/// Pages whose pictures are to be published now: the one in sight and the next.
pub fn wanted(view: &SessionView, scene: &PageScene<'_>, reading: &mut Reading, now_ms: u64) -> Vec<u32> {
    if !scene.can_publish {
        return Vec::new();
    }
    let published = |number: u32| match file_by_id(view, reading.file).map(|file: &FileView| &file.kind) {
        Some(FileKind::Document { shown, .. }) => shown.iter().any(|page| page.number == number),
        _ => true,
    };
    let near = [scene.page, scene.page + 1].into_iter().filter(|page| *page < scene.pages);
    let due = |page: &u32| match reading.asked.get(page) {
        Some(Asked { failed, .. }) => failed.is_some_and(|(_, again_ms)| now_ms >= again_ms),
        None => true,
    };
    let mut pages: Vec<u32> = near.filter(|page| !published(*page)).filter(due).collect();
    if pages.iter().any(|page| reading.asked.contains_key(page)) {
        // One page that can't be made takes the others of its request with it: each goes alone, the next in its turn.
        pages.truncate(1);
    }
    for page in &pages {
        reading.asked.entry(*page).or_default().failed = None;
    }
    pages
}

/// Draws the page and its controls into the whole of `ui`.
pub(super) fn pages_ui(ui: &mut Ui, cx: &Context<'_>, view: &SessionView, reading: &mut Reading, keys: bool) {
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, Tokens::of(Theme::Dark).stage);
    let Some(scene) = page_scene(view, reading) else {
        cx.send(Command::CloseDocument(view.id));
        return;
    };
    let pages = wanted(view, &scene, reading, cx.now_ms);
    if !pages.is_empty() {
        let command = FileCommand::ShowPages { file: reading.file, pages };
        cx.send_to(view.id, SessionCommand::File(command));
    }
    if let Some(again_ms) = reading.again_ms() {
        ui.ctx().request_repaint_after(Duration::from_millis(again_ms.saturating_sub(cx.now_ms).max(200)));
    }
    page_ui(ui, cx, rect, &scene, reading);
    let before = reading.page;
    if keys {
        keys_ui(ui, &scene, reading);
    }
    title_ui(ui, rect, &scene, cx);
    bar_ui(ui, cx, view.id, rect, &scene, reading);
    let turned = reading.page != before || reading.told.is_none();
    if reading.together && turned && reading.told != Some(reading.page) {
        reading.told = Some(reading.page);
        let look = Look::Page { file: reading.file, page: reading.page };
        cx.send_to(view.id, SessionCommand::Board(BoardCommand::Look(look)));
    }
}

fn page_ui(ui: &mut Ui, cx: &Context<'_>, rect: Rect, scene: &PageScene<'_>, reading: &Reading) {
    let found = scene.picture.and_then(|page| {
        let path = page.path.as_deref()?;
        Some(cx.pictures.find(ui.ctx(), page.blob, path, PictureSize::Full))
    });
    let texture = match found {
        Some(Found::Here(texture)) => texture,
        Some(Found::Refused) => return veil_ui(ui, rect, &cx.text("pages-refused")),
        Some(Found::Waiting) => return veil_ui(ui, rect, &cx.text("pages-coming")),
        None => return veil_ui(ui, rect, &cx.text(reading.failure(scene.page).unwrap_or("pages-coming"))),
    };
    let [width, height] = texture.size().map(|side| side.max(1) as f32);
    let values = [("page", Arg::from(scene.page + 1)), ("title", Arg::from(scene.title.to_owned()))];
    let label = cx.text_with("pages-picture", &values);
    // Title and controls stand beside the page, never on it.
    let frame = Rect::from_min_max(rect.min + vec2(SPACE_4, HEAD), rect.max - vec2(SPACE_4, FOOT));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    if !reading.wide {
        let scale = (frame.width() / width).min(frame.height() / height);
        let place = Rect::from_center_size(frame.center(), vec2(width, height) * scale);
        let response = crate::widgets::interact_at(ui, place, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
        ui.painter().image(texture.id(), place, uv, Color32::WHITE);
        return;
    }
    ui.scope_builder(UiBuilder::new().max_rect(frame).id_salt(("page", scene.page)), |ui| {
        ScrollArea::vertical().id_salt(scene.page).auto_shrink([false, false]).show(ui, |ui| {
            let across = ui.available_width();
            let (place, response) = ui.allocate_exact_size(vec2(across, height * across / width), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
            ui.painter().image(texture.id(), place, uv, Color32::WHITE);
        });
    });
}

fn keys_ui(ui: &Ui, scene: &PageScene<'_>, reading: &mut Reading) {
    let pressed = |keys: &[Key]| ui.input(|input| keys.iter().any(|key| input.key_pressed(*key)));
    let last = scene.pages - 1;
    if pressed(&[Key::ArrowRight, Key::PageDown]) {
        reading.page = (scene.page + 1).min(last);
    } else if pressed(&[Key::ArrowLeft, Key::PageUp]) {
        reading.page = scene.page.saturating_sub(1);
    } else if pressed(&[Key::Home]) {
        reading.page = 0;
    } else if pressed(&[Key::End]) {
        reading.page = last;
    }
}

/// Which document, at the upper edge.
fn title_ui(ui: &mut Ui, stage: Rect, scene: &PageScene<'_>, cx: &Context<'_>) {
    let ink = Color32::from_gray(240);
    let galley = elided(ui, scene.title, font(TEXT_1 + 1.0, Weight::Medium), ink, (stage.width() - 120.0).min(420.0));
    let size = vec2(galley.size().x + 42.0, 28.0);
    let rect = Rect::from_min_size(stage.left_top() + vec2(SPACE_3, SPACE_3), size);
    let response = crate::widgets::interact_at(ui, rect, Sense::hover());
    let label = cx.text_with("pages-title", &[("title", Arg::from(scene.title.to_owned()))]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &label));
    ui.painter().rect_filled(rect, CornerRadius::same(14), GLASS);
    let sign = pos2(rect.left() + 17.0, rect.center().y);
    ui.painter().text(sign, egui::Align2::CENTER_CENTER, Icon::Present.glyph(), Icon::font(14.0), ink);
    ui.painter().galley(pos2(rect.left() + 30.0, rect.center().y - galley.size().y / 2.0), galley, ink);
}

/// The controls at the lower edge.
fn bar_ui(ui: &mut Ui, cx: &Context<'_>, id: SessionId, stage: Rect, scene: &PageScene<'_>, reading: &mut Reading) {
    let values = [("page", Arg::from(scene.page + 1)), ("pages", Arg::from(scene.pages))];
    let count = cx.text_with("pages-count", &values);
    let ink = Color32::from_gray(235);
    let galley = ui.painter().layout_no_wrap(count.clone(), font(TEXT_1 + 1.0, Weight::Medium), ink);
    let (together, draw) = (cx.text("pages-together"), cx.text("pages-draw"));
    let narrow = stage.width() < NARROW;
    let button = |icon: Icon, label| match narrow {
        true => Button::icon(icon, label),
        false => Button::new(label).with_icon(icon),
    };
    let kind = if reading.together { Kind::GlassOn } else { Kind::Glass };
    let together = button(Icon::People, &together).kind(kind).round();
    let draw = button(Icon::Pencil, &draw).kind(Kind::Glass).enabled(scene.can_draw).round();
    let (together_width, draw_width) = (together.measure(ui), draw.measure(ui));
    let show = |on: bool, width: f32| if on { width + SPACE_1 } else { 0.0 };
    let width = 4.0 * (36.0 + SPACE_1)
        + galley.size().x
        + 2.0 * SPACE_2
        + show(scene.can_show, together_width)
        + show(true, draw_width)
        + 2.0 * SPACE_3;
    let bar = Rect::from_center_size(pos2(stage.center().x, stage.bottom() - SPACE_4 - 24.0), vec2(width, 48.0));
    ui.painter().rect_filled(bar, CornerRadius::same(24), GLASS);
    let mut x = bar.left() + SPACE_3;
    let mut place = |width: f32| {
        let rect = Rect::from_min_size(pos2(x, bar.center().y - 18.0), vec2(width, 36.0));
        x += width + SPACE_1;
        rect
    };
    let turn = |ui: &mut Ui, icon, id: &str, on: bool, rect| {
        let label = cx.text(id);
        Button::icon(icon, &label).kind(Kind::Glass).enabled(on).round().show_at(ui, cx.tokens, rect).clicked()
    };
    if turn(ui, Icon::Left, "pages-back", scene.page > 0, place(36.0)) {
        reading.page = scene.page - 1;
    }
    let middle = place(galley.size().x + 2.0 * SPACE_2 - SPACE_1);
    let response = crate::widgets::interact_at(ui, middle, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &count));
    ui.painter().galley(middle.center() - galley.size() / 2.0, galley, ink);
    if turn(ui, Icon::Right, "pages-on", scene.page + 1 < scene.pages, place(36.0)) {
        reading.page = scene.page + 1;
    }
    let (icon, name) = if reading.wide { (Icon::Shrink, "pages-whole") } else { (Icon::Expand, "pages-wide") };
    if turn(ui, icon, name, true, place(36.0)) {
        reading.wide = !reading.wide;
    }
    if scene.can_show && together.show_at(ui, cx.tokens, place(together_width)).clicked() {
        reading.together = !reading.together;
        reading.told = None;
    }
    let pressed = draw.show_at(ui, cx.tokens, place(draw_width)).clicked();
    if let (true, Some(picture)) = (pressed, scene.picture) {
        let values = [("title", Arg::from(scene.title.to_owned())), ("page", Arg::from(scene.page + 1))];
        let title = cx.text_with("pages-board-title", &values);
        cx.send_to(id, SessionCommand::Board(BoardCommand::FromBlob { title, blob: picture.blob }));
        cx.send(Command::CloseDocument(id));
    }
    if turn(ui, Icon::Close, "pages-close", true, place(36.0)) {
        cx.send(Command::CloseDocument(id));
    }
}

/// A page that could not be made is asked for again after so long.
const PAUSE_MS: u64 = 5_000;
/// The pause doubles so often: a document that never becomes pages costs a try every 80 seconds while it is open.
const DOUBLINGS: u32 = 4;
/// Room for the title above a page.
const HEAD: f32 = 2.0 * SPACE_3 + 28.0;
/// Room for the controls below it.
const FOOT: f32 = 2.0 * SPACE_4 + 48.0;
/// A stage narrower than this has no room for words on the controls.
const NARROW: f32 = 700.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, shelf};
    use sightline_node::view::VideoState;

    fn manual() -> (SessionView, Reading) {
        let mut view = fixtures::session_with_operator(VideoState::Off);
        shelf::fill(&mut view);
        (view, Reading::new(shelf::entry(1, 5), 0))
    }

    #[test]
    fn the_page_in_sight_and_the_next_are_published_once() {
        let (view, mut reading) = manual();
        let scene = page_scene(&view, &reading).unwrap();
        assert_eq!((scene.page, scene.pages, scene.picture.is_some()), (0, 112, true));
        assert_eq!(wanted(&view, &scene, &mut reading, 0), [1], "the first is published already");
        reading.page = 1;
        let scene = page_scene(&view, &reading).unwrap();
        assert_eq!(wanted(&view, &scene, &mut reading, 0), [2], "nothing is asked for twice");
        reading.page = 5_000;
        let scene = page_scene(&view, &reading).unwrap();
        assert_eq!(scene.page, 111);
        assert_eq!(wanted(&view, &scene, &mut reading, 0), [111]);
    }

    #[test]
    fn a_page_that_could_not_be_made_is_asked_for_again_after_a_pause() {
        let (view, mut reading) = manual();
        reading.page = 7;
        let scene = page_scene(&view, &reading).unwrap();
        assert_eq!(wanted(&view, &scene, &mut reading, 0), [7, 8]);
        reading.failed(&[7, 8], "error-not-stored", 1_000);
        assert_eq!(reading.failure(7), Some("error-not-stored"));
        assert!(wanted(&view, &scene, &mut reading, 5_999).is_empty());
        assert_eq!(wanted(&view, &scene, &mut reading, 6_000), [7], "each alone: one may be what broke the other");
        assert_eq!(wanted(&view, &scene, &mut reading, 6_000), [8]);
        assert_eq!(reading.failure(7), None);
        assert!(wanted(&view, &scene, &mut reading, 90_000).is_empty(), "it is being made");
        reading.failed(&[7], "error-not-stored", 90_000);
        assert!(wanted(&view, &scene, &mut reading, 99_999).is_empty(), "the pause grows");
        assert_eq!(wanted(&view, &scene, &mut reading, 100_000), [7]);
    }

    #[test]
    fn who_can_not_publish_waits() {
        let (mut view, mut reading) = manual();
        view.role = Role::Operator;
        let mut files = view.files.to_vec();
        files[2].mine = false;
        view.files = std::sync::Arc::new(files);
        reading.page = 7;
        let scene = page_scene(&view, &reading).unwrap();
        assert!(!scene.can_publish && !scene.can_show);
        assert!(wanted(&view, &scene, &mut reading, 0).is_empty());
    }

    #[test]
    fn what_is_gone_or_no_document_is_not_shown() {
        let (view, _) = manual();
        assert!(page_scene(&view, &Reading::new(shelf::entry(2, 4), 0)).is_none());
        assert!(page_scene(&view, &Reading::new(shelf::entry(9, 9), 0)).is_none());
    }
}
