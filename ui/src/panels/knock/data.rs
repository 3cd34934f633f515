//! What a knock's card shows.

use sightline_node::{
    KnockId,
    view::{ChatView, KnockView},
};

use crate::{
    i18n::{Arg, Catalog},
    panels::people::data::{role_name, waiting_since},
};

/// The card of somebody who asks in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnockCard<'a> {
    /// Which knock.
    pub id: KnockId,
    /// The name it gave.
    pub name: &'a str,
    /// "Mihai asks to come in".
    pub title: String,
    /// Role and since when.
    pub about: String,
    /// The four words.
    pub words: &'a [String; 4],
    /// The same as digits.
    pub numbers: &'a str,
    /// Whether the person is there now, in words, where it is not.
    pub gone: Option<String>,
    /// The newest messages, oldest first.
    pub messages: Vec<&'a ChatView>,
    /// A decision is under way.
    pub deciding: bool,
}

/// Reads the card.
pub fn knock_card<'a>(words: &Catalog, knock: &'a KnockView, now_ms: u64, deciding: bool) -> KnockCard<'a> {
    let role = words.text(role_name(knock.role));
    let newest = knock.chat.len().saturating_sub(MESSAGES);
    KnockCard {
        id: knock.id,
        name: &knock.name,
        title: words.text_with("knock-title", &[("name", Arg::from(knock.name.clone()))]),
        about: format!("{role} · {}", waiting_since(words, knock.since_ms, now_ms)),
        words: &knock.words,
        numbers: &knock.numbers,
        gone: (!knock.live).then(|| words.text_with("knock-gone", &[("name", Arg::from(knock.name.clone()))])),
        messages: knock.chat[newest..].iter().collect(),
        deciding,
    }
}

/// A preview, not the chat.
const MESSAGES: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, i18n::Lang};

    #[test]
    fn the_card_says_who_as_what_and_what_was_written() {
        let words = Catalog::new(Lang::En);
        let mut knock = fixtures::knock("Mihai", 1);
        knock.chat = (0..5).map(|n| fixtures::message(n, 101, "Mihai", &format!("{n}"))).collect();
        let card = knock_card(&words, &knock, fixtures::NOW_MS, false);
        assert_eq!(card.title, "Mihai asks to come in");
        assert_eq!(card.about, "Operator · just now");
        assert_eq!(card.messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["3", "4"]);
        assert_eq!(card.gone, None);
    }

    #[test]
    fn who_has_left_again_is_said_to_have_left() {
        let words = Catalog::new(Lang::En);
        let mut knock = fixtures::knock("Mihai", 1);
        knock.live = false;
        assert!(knock_card(&words, &knock, fixtures::NOW_MS, false).gone.is_some());
    }
}
