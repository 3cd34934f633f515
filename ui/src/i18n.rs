//! The words on screen, from the Fluent files that the page shares.

use std::fmt;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use unic_langid::{LanguageIdentifier, langid};

/// A language the app speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// All languages, in the order they are offered.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Es];

    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Es => "es",
        }
    }

    /// The language's own name.
    pub const fn own_name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::Es => "Español",
        }
    }

    /// The best language for a tag such as `es-MX` or `es_MX.UTF-8`.
    pub fn for_tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_', '.']).next()?.to_ascii_lowercase();
        Lang::ALL.into_iter().find(|lang| lang.tag() == primary)
    }

    /// The language of the environment the app was started in.
    pub fn of_environment() -> Lang {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .and_then(|value| Lang::for_tag(&value))
            .unwrap_or_default()
    }

    fn sources(self) -> [&'static str; 2] {
        match self {
            Lang::En => [include_str!("../../locales/en/common.ftl"), include_str!("../../locales/en/expert.ftl")],
            Lang::Es => [include_str!("../../locales/es/common.ftl"), include_str!("../../locales/es/expert.ftl")],
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Lang::En => langid!("en"),
            Lang::Es => langid!("es"),
        }
    }
}

/// All messages of one language.
pub struct Catalog {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

/// A value put into a message.
pub type Arg<'a> = FluentValue<'a>;

impl Catalog {
    /// Reads the messages of a language.
    pub fn new(lang: Lang) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
        // Isolation marks would be drawn as boxes; names are cleaned of bidi controls before they get here.
        bundle.set_use_isolating(false);
        for source in lang.sources() {
            // A faulty message is left out and shows as its id; a test parses every file.
            let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, _)| partial);
            if let Err(errors) = bundle.add_resource(resource) {
                tracing::warn!(lang = lang.tag(), count = errors.len(), "messages defined twice");
            }
        }
        Self { lang, bundle }
    }

    /// Which language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message without values. An unknown id shows as itself.
    pub fn text(&self, id: &str) -> String {
        self.format(id, None)
    }

    /// A message with values.
    pub fn text_with<'a>(&'a self, id: &str, values: &[(&'a str, Arg<'a>)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, value.clone());
        }
        self.format(id, Some(&arguments))
    }

    /// Whether there is a message of this id.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            tracing::warn!(id, "no such message");
            return id.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        if !errors.is_empty() {
            tracing::warn!(id, "a message lacks a value");
        }
        text.into_owned()
    }

    /// A whole number with the language's grouping.
    pub fn number(&self, value: u64) -> String {
        let separator = match self.lang {
            Lang::En => ',',
            // A narrow no-break space is what Spanish typography asks for, from five digits on.
            Lang::Es => '\u{202f}',
        };
        let digits = value.to_string();
        if self.lang == Lang::Es && digits.len() < 5 {
            return digits;
        }
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    /// A number with one decimal.
    pub fn decimal(&self, value: f32) -> String {
        let text = format!("{value:.1}");
        match self.lang {
            Lang::En => text,
            Lang::Es => text.replace('.', ","),
        }
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("lang", &self.lang).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_find_their_language() {
        assert_eq!(Lang::for_tag("es_MX.UTF-8"), Some(Lang::Es));
        assert_eq!(Lang::for_tag("EN"), Some(Lang::En));
        assert_eq!(Lang::for_tag("fr"), None);
    }

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(Catalog::new(Lang::En).number(1_234_567), "1,234,567");
        assert_eq!(Catalog::new(Lang::Es).number(1234), "1234");
        assert_eq!(Catalog::new(Lang::Es).number(12345), "12\u{202f}345");
        assert_eq!(Catalog::new(Lang::Es).decimal(0.25), "0,2");
    }

    #[test]
    fn an_unknown_message_shows_its_id() {
        assert_eq!(Catalog::new(Lang::En).text("no-such-message"), "no-such-message");
    }
}
