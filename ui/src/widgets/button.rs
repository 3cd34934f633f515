//! Buttons: one primary per screen, the rest calm.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::theme::{
    Icon, Tokens,
    fonts::{Weight, font},
    tokens::{RADIUS_1, SPACE_2, TEXT_2, TEXT_3},
};

/// What a button is for, which decides its colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The one next step of the screen.
    Primary,
    /// An ordinary act.
    #[default]
    Neutral,
    /// An act in passing: no ground until the pointer is over it.
    Quiet,
    /// An act that can't be undone.
    Danger,
    /// On a picture: dark glass whatever the theme.
    Glass,
    /// An act that can't be undone, on a ground that speaks of danger already.
    DangerSolid,
    /// On a picture, switched on.
    GlassOn,
    /// On a picture, the one that is chosen among its neighbours.
    GlassChosen,
}

/// How large a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 28 high: inside rows.
    Small,
    /// 36 high.
    #[default]
    Regular,
    /// 44 high: the next step.
    Large,
}

impl Size {
    pub(crate) fn height(self) -> f32 {
        match self {
            Size::Small => 28.0,
            Size::Regular => 36.0,
            Size::Large => 44.0,
        }
    }

    fn text(self) -> f32 {
        if self == Size::Large { TEXT_3 } else { TEXT_2 }
    }

    fn icon(self) -> f32 {
        match self {
            Size::Small => 15.0,
            Size::Regular => 17.0,
            Size::Large => 19.0,
        }
    }

    fn padding(self) -> f32 {
        match self {
            Size::Small => 10.0,
            Size::Regular => 14.0,
            Size::Large => 20.0,
        }
    }
}

/// A button with a label, an icon, or both.
#[derive(Clone, Debug)]
pub struct Button<'a> {
    label: &'a str,
    icon: Option<Icon>,
    kind: Kind,
    size: Size,
    width: Option<f32>,
    enabled: bool,
    only_icon: bool,
    round: bool,
    tint: Option<Color32>,
}

impl<'a> Button<'a> {
    /// A button with a label.
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            icon: None,
            kind: Kind::Neutral,
            size: Size::Regular,
            width: None,
            enabled: true,
            only_icon: false,
            round: false,
            tint: None,
        }
    }

    /// A square button that shows an icon; the label is its tooltip and its name for screen readers.
    pub fn icon(icon: Icon, label: &'a str) -> Self {
        Self { icon: Some(icon), only_icon: true, kind: Kind::Quiet, ..Self::new(label) }
    }

    /// Shows the icon alone where there is no room for the label.
    pub fn signed(mut self) -> Self {
        self.only_icon = self.icon.is_some();
        self
    }

    /// Puts an icon before the label.
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Sets what it is for.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The primary kind if it is the next step, else the neutral one.
    pub fn next_step(self, is_next: bool) -> Self {
        self.kind(if is_next { Kind::Primary } else { Kind::Neutral })
    }

    /// Sets the size.
    pub fn size(mut self, size: Size) -> Self {
        self.size = size;
        self
    }

    /// Sets a fixed width.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Whether it can be pressed.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Makes it fully round.
    pub fn round(mut self) -> Self {
        self.round = true;
        self
    }

    /// Another colour for the icon.
    pub fn tint(mut self, tint: Color32) -> Self {
        self.tint = Some(tint);
        self
    }

    /// The width it takes.
    pub fn measure(&self, ui: &Ui) -> f32 {
        if let Some(width) = self.width {
            return width;
        }
        if self.only_icon {
            return self.size.height();
        }
        let font = font(self.size.text(), Weight::Medium);
        let text = ui.painter().layout_no_wrap(self.label.to_owned(), font, Color32::PLACEHOLDER).size().x;
        let icon = if self.icon.is_some() { self.size.icon() + SPACE_2 } else { 0.0 };
        (text + icon + 2.0 * self.size.padding()).ceil()
    }

    /// Draws it at the cursor.
    pub fn show(self, ui: &mut Ui, tokens: &Tokens) -> Response {
        let size = vec2(self.measure(ui), self.size.height());
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        self.paint(ui, tokens, rect, response)
    }

    /// Draws it at a place of its own.
    pub fn show_at(self, ui: &mut Ui, tokens: &Tokens, rect: Rect) -> Response {
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let response = super::interact_at(ui, rect, sense);
        self.paint(ui, tokens, rect, response)
    }

    fn paint(self, ui: &mut Ui, tokens: &Tokens, rect: Rect, response: Response) -> Response {
        let enabled = self.enabled && ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, self.label));
        let response = if enabled { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let over = enabled && (response.hovered() || response.is_pointer_button_down_on());
        let heat = ui.ctx().animate_bool_with_time(response.id.with("heat"), over, ui.style().animation_time);
        let look = look(self.kind, tokens, enabled);
        let fill = look.fill.lerp_to_gamma(look.fill_hot, heat);
        let ink = look.ink.lerp_to_gamma(look.ink_hot, heat);
        let radius =
            if self.round { CornerRadius::same((rect.height() / 2.0) as u8) } else { CornerRadius::same(RADIUS_1) };
        let pressed = if response.is_pointer_button_down_on() { 0.5 } else { 0.0 };
        let body = rect.shrink(pressed);
        let painter = ui.painter();
        painter.rect(body, radius, fill, Stroke::new(1.0, look.line), StrokeKind::Inside);
        if response.has_focus() {
            let ring = CornerRadius::same(if self.round { ((rect.height() + 4.0) / 2.0) as u8 } else { RADIUS_1 + 2 });
            painter.rect_stroke(rect.expand(2.0), ring, Stroke::new(2.0, tokens.focus), StrokeKind::Middle);
        }

        let icon_size = self.size.icon();
        let icon_ink = self.tint.filter(|_| enabled).unwrap_or(ink);
        if self.only_icon {
            let icon = self.icon.unwrap_or(Icon::Info);
            painter.text(rect.center(), Align2::CENTER_CENTER, icon.glyph(), Icon::font(icon_size + 1.0), icon_ink);
            return response.on_hover_text(self.label);
        }
        let text_font = font(self.size.text(), Weight::Medium);
        let room = rect.width() - 2.0 * SPACE_2 - if self.icon.is_some() { icon_size + SPACE_2 } else { 0.0 };
        let mut job = egui::text::LayoutJob::simple_singleline(self.label.to_owned(), text_font, ink);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
        let galley = painter.layout_job(job);
        let lead = if self.icon.is_some() { icon_size + SPACE_2 } else { 0.0 };
        let mut x = rect.center().x - (lead + galley.size().x) / 2.0;
        if let Some(icon) = self.icon {
            let center = pos2(x + icon_size / 2.0, rect.center().y);
            painter.text(center, Align2::CENTER_CENTER, icon.glyph(), Icon::font(icon_size), icon_ink);
            x += lead;
        }
        painter.galley(pos2(x, rect.center().y - galley.size().y / 2.0), galley, ink);
        response
    }
}

struct Look {
    fill: Color32,
    fill_hot: Color32,
    ink: Color32,
    ink_hot: Color32,
    line: Color32,
}

fn look(kind: Kind, tokens: &Tokens, enabled: bool) -> Look {
    let clear = Color32::TRANSPARENT;
    let plain = |fill, fill_hot, ink, ink_hot, line| Look { fill, fill_hot, ink, ink_hot, line };
    if !enabled {
        let (fill, ink) = match kind {
            Kind::Quiet => (clear, tokens.ink_disabled),
            // On a picture the theme does not count.
            Kind::Glass => (clear, Color32::from_gray(120)),
            _ => (tokens.control, tokens.ink_disabled),
        };
        return plain(fill, fill, ink, ink, clear);
    }
    match kind {
        Kind::Primary => plain(tokens.accent, tokens.accent_strong, tokens.on_accent, tokens.on_accent, clear),
        Kind::Neutral => plain(tokens.control, tokens.line, tokens.ink_body, tokens.ink_title, tokens.line),
        Kind::Quiet => plain(clear, tokens.line, tokens.ink_second, tokens.ink_title, clear),
        Kind::Danger => plain(tokens.danger_soft, tokens.danger, tokens.danger_ink, tokens.on_danger, clear),
        Kind::Glass => plain(clear, GLASS_HOT, Color32::from_gray(235), Color32::WHITE, clear),
        Kind::GlassOn => plain(GLASS_HOT, GLASS_HOT, Color32::WHITE, Color32::WHITE, clear),
        Kind::GlassChosen => plain(tokens.accent, tokens.accent_strong, tokens.on_accent, tokens.on_accent, clear),
        Kind::DangerSolid => plain(tokens.danger, tokens.danger_strong, tokens.on_danger, tokens.on_danger, clear),
    }
}

/// Glass under the pointer, on any picture.
const GLASS_HOT: Color32 = Color32::from_rgba_premultiplied(46, 46, 46, 46);
