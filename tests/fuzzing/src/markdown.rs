//! Text that people wrote, on its way into Markdown and HTML.
//!
//! The console draws Markdown with a library that makes no HTML of it (its own test replays these seeds);
//! here is what the core makes: somebody's words as `CommonMark` that shows just these words, documents
//! as HTML, and the plain text of a form's markup.
//!
//! Input: text; its lines are the heading, the lines and the notices of a document.

use handrail_care::checkin::import;
use handrail_care::document::{Block, Document};
use handrail_care::family::copy;
use handrail_care::reminder::Language;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::json;

use crate::input::text;

/// See the module.
pub fn markdown(input: &[u8]) {
    let Some(text) = text(input) else {
        return;
    };
    let mut lines = text.lines().map(str::to_owned);
    let heading = lines.next().unwrap_or_default();
    let lines: Vec<String> = lines.collect();
    words(text);
    let made = copy::markdown(&[(heading.clone(), lines.clone())]);
    check_markdown(&made);
    document(&heading, &lines);
    form(text);
}

/// Every word is shown as it was written, and none as anything else.
fn words(text: &str) {
    let made = copy::paragraphs(text);
    check_markdown(&made);
    // CommonMark, section 2.3: a reader may put another character in the place of this one.
    let whole = |text: String| text.replace('\0', "\u{fffd}");
    let shown: Vec<String> = whole(shown(&made))
        .split('\n')
        .map(squeezed)
        .filter(|line| !line.is_empty())
        .collect();
    let written: Vec<String> = whole(text.to_owned())
        .lines()
        .map(squeezed)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(shown, written);
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reader sees: text, with a line break after each paragraph, heading and bullet.
fn shown(markdown: &str) -> String {
    let mut shown = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => shown.push_str(&text),
            Event::SoftBreak | Event::HardBreak => shown.push(' '),
            Event::End(_) => shown.push('\n'),
            _ => {}
        }
    }
    shown
}

/// What readers add to `CommonMark`.
const GITHUB: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_GFM);

/// What the core writes as Markdown has paragraphs, headings and lists of words, and nothing else.
pub fn check_markdown(markdown: &str) {
    for event in Parser::new_ext(markdown, GITHUB) {
        let plain = match &event {
            Event::Start(tag) => matches!(
                tag,
                Tag::Paragraph | Tag::Heading { .. } | Tag::List(None) | Tag::Item
            ),
            Event::End(_) | Event::Text(_) | Event::SoftBreak => true,
            _ => false,
        };
        assert!(plain, "somebody's words became {event:?}");
    }
}

fn document(heading: &str, lines: &[String]) {
    for language in [Language::English, Language::Spanish] {
        let mut document = Document::new(language, heading);
        document.about = lines.to_vec();
        document.section(heading, lines.iter().map(Block::text).collect());
        document.section("2", lines.iter().map(Block::bullet).collect());
        let pairs = lines.iter().map(|line| Block::pair(heading, line));
        document.section("3", pairs.collect());
        let table = Block::Table {
            head: vec![heading.to_owned()],
            rows: lines.iter().map(|line| vec![line.clone()]).collect(),
        };
        document.section("4", vec![table]);
        document.notices = lines.to_vec();
        check_html(&document.to_html());
        check_html(&document.to_div());
    }
}

/// Elements that the core's pages are made of, with the attributes that they may have.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("html", &["lang"]),
    ("head", &[]),
    ("meta", &["charset", "name", "content"]),
    ("title", &[]),
    ("style", &[]),
    ("body", &[]),
    ("main", &[]),
    ("section", &[]),
    ("footer", &[]),
    ("div", &["xmlns", "lang", "xml:lang"]),
    ("h1", &[]),
    ("h2", &[]),
    ("p", &[]),
    ("ul", &[]),
    ("li", &[]),
    ("dl", &[]),
    ("dt", &[]),
    ("dd", &[]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["scope"]),
    ("td", &[]),
    ("br/", &[]),
];

/// Reads HTML as a browser's tokeniser would look for tags: nothing runs, nothing is fetched, and what
/// was opened is closed.
pub fn check_html(html: &str) {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap_or(html);
    let mut open = Vec::new();
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a bare `>`");
        let tail = &rest[at + 1..];
        let end = tail.find('>').expect("a tag that does not end");
        let tag = &tail[..end];
        rest = &tail[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed what was not open");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = ELEMENTS.iter().find(|(known, _)| *known == name);
        let (_, allowed) = known.expect("an element that no page is made of");
        for attribute in attributes.split("\" ").filter(|one| !one.is_empty()) {
            let (name, value) = attribute.split_once("=\"").expect("a quoted attribute");
            assert!(allowed.contains(&name), "an attribute that no page has");
            let fixed = value.trim_end_matches('"');
            let plain = |sign: char| sign.is_ascii_alphanumeric() || "-/:.=".contains(sign);
            assert!(fixed.chars().all(plain), "an attribute from outside");
        }
        if name == "style" {
            // Raw text: the first `</` ends it.
            let end = rest.find("</style>").expect("a style that does not end");
            rest = &rest[end + "</style>".len()..];
        } else if !["meta", "br/"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open");
    assert!(!rest.contains('>'));
}

/// A form's words are plain: no screen can be made to draw a tag.
fn form(text: &str) {
    let xhtml = json!([{
        "url": "http://hl7.org/fhir/StructureDefinition/rendering-xhtml",
        "valueString": text,
    }]);
    let file = json!({
        "resourceType": "Questionnaire", "status": "active", "title": text, "_title": {"extension": xhtml},
        "copyright": text,
        "item": [
            {"linkId": "a", "type": "string", "text": text, "_text": {"extension": xhtml}, "prefix": text},
            {"linkId": "b", "type": "choice", "text": "x",
             "answerOption": [{"valueString": text}, {"valueCoding": {"code": "1", "display": text}}]},
        ],
    });
    let verdict = import(file.to_string().as_bytes());
    let Some(form) = verdict.form else {
        return;
    };
    let mut shown = vec![form.title.as_str()];
    shown.extend(form.copyright.as_deref());
    for item in &form.items {
        shown.push(&item.text);
        shown.extend(item.prefix.as_deref());
        shown.extend(item.options.iter().map(|option| option.display.as_str()));
    }
    for words in shown {
        no_tag(words);
    }
}

/// `<` before a letter, a slash and a letter, or `!` begins a tag in HTML; anything else is text.
pub fn no_tag(words: &str) {
    for (at, _) in words.match_indices('<') {
        let after = &words[at + 1..];
        let letter = |text: &str| text.starts_with(|sign: char| sign.is_ascii_alphabetic());
        let begins =
            letter(after) || after.strip_prefix('/').is_some_and(letter) || after.starts_with('!');
        assert!(!begins, "a tag in what is said to be plain text");
    }
}
