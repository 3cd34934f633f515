//! Markdown as blocks. HTML in it is text like any other, links lead nowhere, pictures are their descriptions.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::flow::{Block, Ground, Look, clean};

/// Reads Markdown.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut writer = Writer::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(text, options) {
        writer.take(event);
    }
    writer.finish();
    writer.blocks
}

#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    now: Block,
    open: bool,
    look: Look,
    /// The number of the next item of each list around; `None` for lists with bullets.
    lists: Vec<Option<u64>>,
    quotes: u8,
    code: bool,
    /// What stands before the next line: the sign of an item that just began.
    marker: String,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_lines(&text),
            Event::Text(text) => self.write(&text, self.look),
            Event::Code(text) => self.write(&text, Look { mono: true, ..self.look }),
            Event::Html(text) | Event::InlineHtml(text) => self.write(&text, Look { mono: true, ..self.look }),
            Event::SoftBreak => self.write(" ", self.look),
            Event::HardBreak => {
                let size = self.now.size;
                self.finish();
                self.begin(if size > 0.0 { size } else { 1.0 }, 0.0);
            }
            Event::Rule => {
                self.finish();
                self.blocks.push(Block { size: 1.0, before: 0.8, ground: Ground::Rule, ..Block::default() });
            }
            Event::TaskListMarker(done) => self.now.marker = if done { "☑" } else { "☐" }.to_owned(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.begin(1.0, if self.marker.is_empty() { 0.6 } else { 0.25 }),
            Tag::Heading { level, .. } => {
                let size = match level {
                    HeadingLevel::H1 => 1.9,
                    HeadingLevel::H2 => 1.5,
                    HeadingLevel::H3 => 1.25,
                    _ => 1.08,
                };
                self.begin(size, 0.9);
                self.look.strong = true;
            }
            Tag::BlockQuote(_) => self.quotes = self.quotes.saturating_add(1),
            Tag::CodeBlock(kind) => {
                self.finish();
                self.code = true;
                if let CodeBlockKind::Fenced(_) = kind {
                    self.blocks.push(Block { size: 0.4, ..Block::default() });
                }
            }
            Tag::HtmlBlock => self.begin(1.0, 0.6),
            Tag::List(first) => {
                self.finish();
                self.lists.push(first);
            }
            Tag::Item => {
                self.finish();
                self.marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number = number.saturating_add(1);
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                };
                self.begin(1.0, 0.25);
            }
            Tag::TableHead | Tag::TableRow => self.begin(1.0, 0.3),
            Tag::TableCell if !self.now.text.is_empty() => self.write("   |   ", Look::default()),
            Tag::Emphasis => self.look.slanted = true,
            Tag::Strong => self.look.strong = true,
            Tag::Link { .. } => self.look.link = true,
            Tag::Image { .. } => self.write("[", self.look),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow | TagEnd::HtmlBlock => {
                self.finish()
            }
            TagEnd::Heading(_) => {
                self.look.strong = false;
                self.finish();
            }
            TagEnd::BlockQuote(_) => {
                self.finish();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::List(_) => {
                self.finish();
                self.lists.pop();
            }
            TagEnd::Emphasis => self.look.slanted = false,
            TagEnd::Strong => self.look.strong = false,
            TagEnd::Link => self.look.link = false,
            TagEnd::Image => self.write("]", self.look),
            _ => {}
        }
    }

    /// Begins a block, unless an item began one that is still empty.
    fn begin(&mut self, size: f32, before: f32) {
        if self.open && !self.now.marker.is_empty() && self.now.text.is_empty() {
            self.now.size = size;
            return;
        }
        self.finish();
        let depth = self.lists.len().min(8) as u8;
        self.now = Block {
            size,
            before,
            indent: depth + self.quotes.min(4),
            marker: std::mem::take(&mut self.marker),
            ground: if self.quotes > 0 { Ground::Quote } else { Ground::Paper },
            ..Block::default()
        };
        self.open = true;
    }

    fn write(&mut self, text: &str, look: Look) {
        if !self.open {
            self.begin(1.0, 0.6);
        }
        let from = self.now.text.len();
        self.now.text.push_str(&clean(&text.replace('\n', " ")));
        if look != Look::default() && self.now.text.len() > from {
            self.now.spans.push((from..self.now.text.len(), look));
        }
    }

    fn code_lines(&mut self, text: &str) {
        let mono = Look { mono: true, ..Look::default() };
        for line in text.lines() {
            let text = clean(line);
            let indent = self.lists.len().min(8) as u8;
            let spans = vec![(0..text.len(), mono)];
            self.blocks.push(Block { text, spans, size: 0.86, indent, ground: Ground::Code, ..Block::default() });
        }
    }

    fn finish(&mut self) {
        if std::mem::take(&mut self.open) && (!self.now.text.is_empty() || !self.now.marker.is_empty()) {
            self.blocks.push(std::mem::take(&mut self.now));
        }
        self.now = Block::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        blocks(text)
            .iter()
            .map(|block| format!("{}{}", block.marker, block.text))
            .filter(|line| !line.is_empty())
            .collect()
    }

    #[test]
    fn headings_lists_and_code_become_blocks() {
        let text =
            "# Title\n\nSome *words* and `code`.\n\n1. one\n2. two\n   - inner\n\n```\nlet x;\n```\n\n- [x] done";
        assert_eq!(lines(text), ["Title", "Some words and code.", "1.one", "2.two", "•inner", "let x;", "☑done"]);
        let all = blocks(text);
        assert!(all[0].size > 1.5 && all[0].spans[0].1.strong);
        assert!(all.iter().any(|block| block.ground == Ground::Code));
        assert_eq!(all.iter().find(|block| block.text == "inner").unwrap().indent, 2);
    }

    #[test]
    fn html_and_links_are_only_words() {
        assert_eq!(lines("<script>alert(1)</script>"), ["<script>alert(1)</script>"]);
        assert_eq!(lines("a <b>c</b> [link](javascript:alert(1)) ![pic](http://x/y)"), ["a <b>c</b> link [pic]"]);
    }

    #[test]
    fn deep_nesting_is_flat() {
        let deep = format!("{}x", "> ".repeat(20_000));
        assert!(blocks(&deep).iter().all(|block| block.indent <= 12));
    }
}
