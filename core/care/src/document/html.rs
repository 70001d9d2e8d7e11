//! A [`Document`] as HTML: one file, readable on any device and printable.

use super::{Block, Document};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;\
color:#1a1a1a;background:#fff}h1{font-size:1.6em;margin:0 0 .3em}h2{font-size:1.15em;margin:1.6em 0 .4em;\
border-bottom:1px solid #bbb}p{margin:.4em 0}dt{font-weight:600}dd{margin:0 0 .4em 1.2em}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25em .6em .25em 0;\
border-bottom:1px solid #ddd}footer{margin-top:2em;font-size:.85em;color:#444}\
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr,dd,li{break-inside:avoid}}";

/// The page.
pub(super) fn page(document: &Document) -> String {
    let mut out = String::with_capacity(4096);
    out.push_str("<!DOCTYPE html>\n<html lang=\"");
    escape(&mut out, &document.language);
    out.push_str("\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    escape(&mut out, &document.title);
    out.push_str("</title>\n<style>");
    out.push_str(STYLE);
    out.push_str("</style>\n</head>\n<body>\n<main>\n");
    tagged(&mut out, "h1", &document.title);
    for line in &document.about {
        tagged(&mut out, "p", line);
    }
    for section in &document.sections {
        out.push_str("<section>\n");
        tagged(&mut out, "h2", &section.heading);
        blocks(&mut out, &section.blocks);
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n");
    if !document.notices.is_empty() {
        out.push_str("<footer>\n");
        for notice in &document.notices {
            tagged(&mut out, "p", notice);
        }
        out.push_str("</footer>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// The page inside one `div`, with the elements that FHIR allows in a narrative.
pub(super) fn div(document: &Document) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str("<div xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"");
    escape(&mut out, &document.language);
    out.push_str("\" xml:lang=\"");
    escape(&mut out, &document.language);
    out.push_str("\">\n");
    tagged(&mut out, "h1", &document.title);
    for line in document.about.iter().chain(&document.notices) {
        tagged(&mut out, "p", line);
    }
    for section in &document.sections {
        tagged(&mut out, "h2", &section.heading);
        blocks(&mut out, &section.blocks);
    }
    out.push_str("</div>");
    out
}

/// The element that a run of blocks stands in.
fn group(block: &Block) -> Option<&'static str> {
    match block {
        Block::Bullet { .. } => Some("ul"),
        Block::Pair { .. } => Some("dl"),
        Block::Text { .. } | Block::Table { .. } => None,
    }
}

fn blocks(out: &mut String, blocks: &[Block]) {
    let mut open = None;
    for block in blocks {
        let wanted = group(block);
        if wanted != open {
            turn(out, open, wanted);
            open = wanted;
        }
        match block {
            Block::Text { text } => tagged(out, "p", text),
            Block::Bullet { text } => tagged(out, "li", text),
            Block::Pair { label, text } => {
                tagged(out, "dt", label);
                tagged(out, "dd", text);
            }
            Block::Table { head, rows } => table(out, head, rows),
        }
    }
    turn(out, open, None);
}

fn turn(out: &mut String, from: Option<&str>, to: Option<&str>) {
    for (brace, name) in [("</", from), ("<", to)] {
        if let Some(name) = name {
            out.push_str(brace);
            out.push_str(name);
            out.push_str(">\n");
        }
    }
}

fn table(out: &mut String, head: &[String], rows: &[Vec<String>]) {
    out.push_str("<table>\n<thead><tr>");
    for name in head {
        out.push_str("<th scope=\"col\">");
        escape(out, name);
        out.push_str("</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            out.push_str("<td>");
            escape(out, cell);
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn tagged(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push_str(">\n");
}

/// Text between tags and in a quoted attribute; line breaks stay to be seen.
fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br/>"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reminder::Language;

    #[test]
    fn a_page_is_whole_and_text_is_never_markup() {
        let mut document = Document::new(Language::Spanish, "A & B <script>");
        document.about.push("one\ntwo\u{7}".to_owned());
        document.section("Empty", Vec::new());
        document.section(
            "Full",
            vec![
                Block::bullet("first"),
                Block::bullet("second"),
                Block::pair("Name", "\"Ada\""),
                Block::text("last"),
                Block::Table {
                    head: vec!["Day".to_owned()],
                    rows: vec![vec!["1 < 2".to_owned()]],
                },
            ],
        );
        document.notices.push("small".to_owned());
        let html = document.to_html();
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"es\">"));
        assert!(html.contains("<h1>A &amp; B &lt;script&gt;</h1>") && !html.contains("<script"));
        assert!(html.contains("<p>one<br/>two</p>"));
        assert!(
            !html.contains("Empty"),
            "a part without content is left out"
        );
        assert!(html.contains(
            "<ul>\n<li>first</li>\n<li>second</li>\n</ul>\n<dl>\n<dt>Name</dt>\n<dd>&quot;Ada&quot;</dd>\n</dl>\n<p>last</p>"
        ));
        assert!(html.contains("<tr><td>1 &lt; 2</td></tr>"));
        assert!(html.contains("<footer>\n<p>small</p>"));
        let div = document.to_div();
        assert!(div.starts_with("<div xmlns=") && div.ends_with("</table>\n</div>"));
        assert!(!div.contains("<section") && div.contains("<p>small</p>"));
        for name in ["html", "body", "main", "section", "table", "ul", "dl"] {
            let opened = html.matches(&format!("<{name}")).count();
            assert_eq!(
                opened,
                html.matches(&format!("</{name}>")).count(),
                "{name}"
            );
        }
    }
}
