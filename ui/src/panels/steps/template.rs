//! Reads a checklist out of text: a Markdown task list, any other Markdown list, or one step on each line.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A checklist that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The first heading; empty if there is none.
    pub title: String,
    /// The steps, one line each.
    pub steps: Vec<String>,
}

/// What keeps a checklist from being published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no steps.
    Empty,
    /// It has more steps than it may.
    TooMany(usize),
    /// This step, from 1, is longer than it may be.
    TooLong(usize),
}

impl Template {
    /// What is wrong with it, if anything.
    pub fn fault(&self) -> Option<Fault> {
        if self.steps.is_empty() {
            return Some(Fault::Empty);
        }
        if self.steps.len() > MAX_STEPS {
            return Some(Fault::TooMany(self.steps.len()));
        }
        let long = self.steps.iter().position(|step| step.len() > MAX_STEP_BYTES);
        long.map(|index| Fault::TooLong(index + 1))
    }
}

/// Reads a checklist. HTML is text like any other: it is shown as it was written.
pub fn parse(text: &str) -> Template {
    let mut template = Template::default();
    // Items that are open, innermost last: an item of an inner list ends the text of the outer one.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Heading { .. }) if template.title.is_empty() => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(heading) = heading.take() {
                    template.title = one_line(&heading);
                }
            }
            Event::Start(Tag::Item) => {
                finish(open.last_mut(), &mut template.steps);
                open.push(Some(String::new()));
            }
            Event::End(TagEnd::Item) => {
                finish(open.last_mut(), &mut template.steps);
                open.pop();
            }
            Event::Text(piece) | Event::Code(piece) | Event::Html(piece) | Event::InlineHtml(piece) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&piece);
                } else if let Some(Some(item)) = open.last_mut() {
                    item.push_str(&piece);
                }
            }
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => {
                if let Some(Some(item)) = open.last_mut() {
                    item.push(' ');
                }
            }
            _ => {}
        }
    }
    if template.steps.is_empty() {
        let lines = text.lines().map(|line| line.trim_start().trim_start_matches('#'));
        let lines = lines.map(one_line).filter(|line| !line.is_empty() && *line != template.title);
        template.steps = lines.collect();
    }
    template
}

fn finish(item: Option<&mut Option<String>>, steps: &mut Vec<String>) {
    if let Some(text) = item.and_then(Option::take) {
        let step = one_line(&text);
        if !step.is_empty() {
            steps.push(step);
        }
    }
}

/// Runs of white space are one space each.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Largest text that is read: all steps at their longest.
pub const MAX_BYTES: usize = MAX_STEPS * MAX_STEP_BYTES;
/// More steps are several checklists.
pub const MAX_STEPS: usize = 200;
/// A step is one thing to do.
pub const MAX_STEP_BYTES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<String> {
        parse(text).steps
    }

    #[test]
    fn a_task_list_becomes_steps_and_its_heading_the_title() {
        let template = parse(
            "# Change the *seal*\n\nFirst read this.\n\n- [ ] Close the **inlet**\n- [x] Wait for `0 bar`\n  and a bit\n",
        );
        assert_eq!(template.title, "Change the seal");
        assert_eq!(template.steps, ["Close the inlet", "Wait for 0 bar and a bit"]);
    }

    #[test]
    fn inner_lists_are_steps_of_their_own_in_order() {
        assert_eq!(
            steps("1. Open\n   - left bolt\n   - right bolt\n2. Close"),
            ["Open", "left bolt", "right bolt", "Close"]
        );
    }

    #[test]
    fn plain_lines_are_steps() {
        assert_eq!(
            steps("Close the valve\n\n  Wait  a minute \nOpen it"),
            ["Close the valve", "Wait a minute", "Open it"]
        );
    }

    #[test]
    fn html_stays_text() {
        assert_eq!(steps("- a <img src=x onerror=alert(1)> b"), ["a <img src=x onerror=alert(1)> b"]);
    }

    #[test]
    fn faults_are_told() {
        assert_eq!(parse("").fault(), Some(Fault::Empty));
        assert_eq!(parse(&"- x\n".repeat(201)).fault(), Some(Fault::TooMany(201)));
        assert_eq!(parse(&format!("- ok\n- {}", "é".repeat(501))).fault(), Some(Fault::TooLong(2)));
        assert_eq!(parse("- ok").fault(), None);
    }
}
