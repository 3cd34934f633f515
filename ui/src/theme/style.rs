//! Makes egui's own widgets (fields, scroll bars, tooltips, menus) speak the same tokens as ours.

use egui::{
    CornerRadius, FontId, Margin, Shadow, Stroke, TextStyle, Theme as EguiTheme, Visuals, style::WidgetVisuals, vec2,
};

use super::{
    fonts::{self, Weight},
    tokens::{MOTION, RADIUS_1, RADIUS_2, TEXT_1, TEXT_2, TEXT_4, Theme, Tokens},
};

/// Installs fonts once; call [`apply`] for the theme.
pub fn install_fonts(ctx: &egui::Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_font_providers(fonts::providers());
}

/// Sets the theme for all of egui's widgets. `motion` off makes every fade instant.
pub fn apply(ctx: &egui::Context, theme: Theme, motion: bool) {
    let tokens = Tokens::of(theme);
    let egui_theme = match theme {
        Theme::Dark => EguiTheme::Dark,
        Theme::Light => EguiTheme::Light,
    };
    ctx.set_theme(egui_theme);
    ctx.style_mut_of(egui_theme, |style| {
        style.visuals = visuals(&tokens);
        style.animation_time = if motion { MOTION } else { 0.0 };
        style.text_styles = [
            (TextStyle::Small, FontId::proportional(TEXT_1)),
            (TextStyle::Body, FontId::proportional(TEXT_2)),
            (TextStyle::Button, fonts::font(TEXT_2, Weight::Medium)),
            (TextStyle::Heading, fonts::font(TEXT_4, Weight::Strong)),
            (TextStyle::Monospace, FontId::monospace(TEXT_2)),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(8.0, 8.0);
        spacing.button_padding = vec2(12.0, 8.0);
        spacing.interact_size = vec2(36.0, 18.0);
        spacing.window_margin = Margin::same(16);
        spacing.menu_margin = Margin::same(8);
        spacing.scroll = egui::style::ScrollStyle::floating();
        style.interaction.tooltip_delay = 0.4;
    });
}

fn visuals(tokens: &Tokens) -> Visuals {
    let mut visuals = if tokens.theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    let state = |fill, stroke_colour, ink| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke_colour),
        corner_radius: CornerRadius::same(RADIUS_1),
        fg_stroke: Stroke::new(1.0, ink),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = state(tokens.card, tokens.line, tokens.ink_body);
    visuals.widgets.inactive = state(tokens.control, tokens.line, tokens.ink_body);
    visuals.widgets.hovered = state(tokens.line, tokens.line_strong, tokens.ink_title);
    visuals.widgets.active = state(tokens.line, tokens.accent, tokens.ink_title);
    visuals.widgets.open = state(tokens.line, tokens.line_strong, tokens.ink_title);
    visuals.selection.bg_fill = tokens.accent.gamma_multiply(if tokens.theme == Theme::Dark { 0.35 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.hyperlink_color = tokens.accent;
    visuals.weak_text_color = Some(tokens.ink_weak);
    visuals.panel_fill = tokens.ground;
    visuals.window_fill = tokens.card;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.extreme_bg_color = tokens.ground;
    visuals.text_edit_bg_color = Some(tokens.ground);
    visuals.faint_bg_color = tokens.panel;
    visuals.window_corner_radius = CornerRadius::same(RADIUS_2);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS_1 + 2);
    let shade = if tokens.theme == Theme::Dark { 110 } else { 40 };
    visuals.window_shadow =
        Shadow { offset: [0, 12], blur: 32, spread: 0, color: egui::Color32::from_black_alpha(shade) };
    visuals.popup_shadow =
        Shadow { offset: [0, 6], blur: 16, spread: 0, color: egui::Color32::from_black_alpha(shade) };
    visuals.text_cursor.stroke = Stroke::new(2.0, tokens.accent);
    visuals
}
