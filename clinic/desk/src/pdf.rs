//! A page to print as PDF, by the library `krilla`: tagged for screen readers and held against PDF/UA-1 by
//! the library while it is written.
//!
//! Owns the layout: US Letter, one column, Noto Sans inside the file. The pages are laid out first and
//! drawn then, so that a heading is never the last line of a page. Refuses nothing that a [`Document`] can
//! hold: a letter that the font does not have prints as a question mark.

use std::num::NonZeroU16;

use handrail_care::document::{Block, Document};
use krilla::configure::{Configuration, Validator};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::{
    ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagTree,
};
use krilla::text::{Font, TextDirection};
use krilla::{Document as Pdf, SerializeSettings};
use ttf_parser::Face;

const WIDTH: f32 = 612.0;
const HEIGHT: f32 = 792.0;
const MARGIN: f32 = 54.0;
const BODY: f32 = 10.5;
const SMALL: f32 = 8.5;
/// Between two columns of a table.
const GUTTER: f32 = 10.0;

/// The page could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A font inside this program cannot be read.
    #[error("font-unreadable")]
    Font,
    /// The library refused what it was given.
    #[error("pdf-not-written")]
    NotWritten,
}

/// The page as the bytes of a PDF. The same page gives the same bytes.
pub fn render(document: &Document) -> Result<Vec<u8>, PdfError> {
    let faces = Faces {
        regular: Face::parse(notosans::REGULAR_TTF, 0).map_err(|_| PdfError::Font)?,
        bold: Face::parse(notosans::BOLD_TTF, 0).map_err(|_| PdfError::Font)?,
    };
    let mut layout = Layout::new(&faces);
    layout.page(document);
    draw(document, &layout)
}

struct Faces<'a> {
    regular: Face<'a>,
    bold: Face<'a>,
}

#[derive(Debug, Clone, Copy)]
struct Style {
    size: f32,
    bold: bool,
}

const PLAIN: Style = Style {
    size: BODY,
    bold: false,
};
const BOLD: Style = Style {
    size: BODY,
    bold: true,
};

impl Style {
    fn line(self) -> f32 {
        self.size * 1.4
    }
}

/// What a piece of text is, for a screen reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Title,
    Heading,
    Paragraph,
    Bullet,
    HeadCell { table: usize, row: usize },
    Cell { table: usize, row: usize },
}

/// One line of text where it is drawn.
struct Run {
    page: usize,
    x: f32,
    y: f32,
    style: Style,
    text: String,
    /// Which element it belongs to.
    element: usize,
}

struct Element {
    role: Role,
    text: String,
    at: Option<(usize, f32)>,
}

struct Layout<'a> {
    faces: &'a Faces<'a>,
    page: usize,
    /// The next line's top.
    y: f32,
    runs: Vec<Run>,
    elements: Vec<Element>,
    tables: usize,
}

impl<'a> Layout<'a> {
    fn new(faces: &'a Faces<'a>) -> Self {
        Self {
            faces,
            page: 0,
            y: MARGIN,
            runs: Vec::new(),
            elements: Vec::new(),
            tables: 0,
        }
    }

    fn face(&self, style: Style) -> &Face<'a> {
        if style.bold {
            &self.faces.bold
        } else {
            &self.faces.regular
        }
    }

    /// Text without control characters and letters that the font does not have.
    fn printable(&self, text: &str, style: Style) -> String {
        let face = self.face(style);
        let known = |letter: char| {
            if letter.is_whitespace() {
                ' '
            } else if face.glyph_index(letter).is_some() {
                letter
            } else {
                '?'
            }
        };
        text.chars()
            .filter(|letter| letter.is_whitespace() || !letter.is_control())
            .map(known)
            .collect()
    }

    fn width(&self, text: &str, style: Style) -> f32 {
        let face = self.face(style);
        let advances = text.chars().filter_map(|letter| {
            let glyph = face.glyph_index(letter)?;
            face.glyph_hor_advance(glyph).map(f32::from)
        });
        advances.sum::<f32>() * style.size / f32::from(face.units_per_em())
    }

    /// Breaks text into lines of at most this width; a word that is too long alone is cut.
    fn wrap(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let printable = self.printable(paragraph, style);
            let mut line = String::new();
            for word in printable.split_whitespace() {
                let longer = if line.is_empty() {
                    word.to_owned()
                } else {
                    format!("{line} {word}")
                };
                if self.width(&longer, style) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                for letter in word.chars() {
                    line.push(letter);
                    if self.width(&line, style) > width && line.chars().count() > 1 {
                        line.pop();
                        lines.push(std::mem::replace(&mut line, letter.to_string()));
                    }
                }
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }

    /// Begins a new page when so much does not fit on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN && self.y > MARGIN {
            self.page += 1;
            self.y = MARGIN;
        }
    }

    fn element(&mut self, role: Role, text: &str) -> usize {
        self.elements.push(Element {
            role,
            text: text.to_owned(),
            at: None,
        });
        self.elements.len() - 1
    }

    fn run(&mut self, element: usize, x: f32, top: f32, style: Style, text: String) {
        let page = self.page;
        self.elements[element].at.get_or_insert((page, top));
        self.runs.push(Run {
            page,
            x,
            y: top + style.size,
            style,
            text,
            element,
        });
    }

    fn paragraph(&mut self, role: Role, text: &str, style: Style, indent: f32, after: f32) {
        let lines = self.wrap(text, style, WIDTH - 2.0 * MARGIN - indent);
        if lines.is_empty() {
            return;
        }
        let element = self.element(role, text);
        for line in lines {
            self.room(style.line());
            let top = self.y;
            self.run(element, MARGIN + indent, top, style, line);
            self.y += style.line();
        }
        self.y += after;
    }

    fn page(&mut self, document: &Document) {
        let title = Style {
            size: 18.0,
            bold: true,
        };
        let heading = Style {
            size: 13.0,
            bold: true,
        };
        let small = Style {
            size: SMALL,
            bold: false,
        };
        self.paragraph(Role::Title, &document.title, title, 0.0, 4.0);
        for line in &document.about {
            self.paragraph(Role::Paragraph, line, PLAIN, 0.0, 0.0);
        }
        for section in &document.sections {
            self.y += 10.0;
            // A heading stays with two lines of what follows.
            self.room(heading.line() + 2.0 * PLAIN.line());
            self.paragraph(Role::Heading, &section.heading, heading, 0.0, 3.0);
            for block in &section.blocks {
                self.block(block);
            }
        }
        if !document.notices.is_empty() {
            self.y += 12.0;
        }
        for notice in &document.notices {
            self.paragraph(Role::Paragraph, notice, small, 0.0, 2.0);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text { text } => self.paragraph(Role::Paragraph, text, PLAIN, 0.0, 3.0),
            Block::Bullet { text } => {
                let text = format!("\u{2022} {text}");
                self.paragraph(Role::Bullet, &text, PLAIN, 8.0, 1.0);
            }
            Block::Pair { label, text } => {
                self.room(2.0 * PLAIN.line());
                self.paragraph(Role::Paragraph, label, BOLD, 0.0, 0.0);
                self.paragraph(Role::Paragraph, text, PLAIN, 12.0, 3.0);
            }
            Block::Table { head, rows } => self.table(head, rows),
        }
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        let table = self.tables;
        self.tables += 1;
        // The first column names the row and is wider.
        let shares: Vec<f32> = (0..head.len())
            .map(|at| if at == 0 { 1.6 } else { 1.0 })
            .collect();
        let gaps = GUTTER * f32::from(u16::try_from(head.len().saturating_sub(1)).unwrap_or(0));
        let unit = (WIDTH - 2.0 * MARGIN - gaps) / shares.iter().sum::<f32>().max(1.0);
        let head_role = |row| Role::HeadCell { table, row };
        self.row(head, BOLD, &shares, unit, head_role(0));
        for (at, row) in rows.iter().enumerate() {
            let row_role = Role::Cell { table, row: at + 1 };
            self.row(row, PLAIN, &shares, unit, row_role);
        }
        self.y += 4.0;
    }

    fn row(&mut self, cells: &[String], style: Style, shares: &[f32], unit: f32, role: Role) {
        let wrapped: Vec<Vec<String>> = cells
            .iter()
            .zip(shares)
            .map(|(cell, share)| self.wrap(cell, style, share * unit))
            .collect();
        let most = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let lines = f32::from(u16::try_from(most).unwrap_or(u16::MAX));
        self.room(lines * style.line());
        let (top, mut bottom) = (self.y, self.y);
        let first_page = self.page;
        let mut x = MARGIN;
        for ((cell, lines), share) in cells.iter().zip(wrapped).zip(shares) {
            let element = self.element(role, cell);
            (self.page, self.y) = (first_page, top);
            for line in lines {
                // Only a cell longer than a page gets here with no room left.
                self.room(style.line());
                let at = self.y;
                self.run(element, x, at, style, line);
                self.y += style.line();
            }
            bottom = if self.page > first_page {
                self.y
            } else {
                bottom.max(self.y)
            };
            x += share * unit + GUTTER;
        }
        self.y = bottom.max(self.y) + 2.0;
    }
}

fn draw(document: &Document, layout: &Layout<'_>) -> Result<Vec<u8>, PdfError> {
    let font = |bytes: &'static [u8]| Font::new(bytes.into(), 0).ok_or(PdfError::Font);
    let (regular, bold) = (font(notosans::REGULAR_TTF)?, font(notosans::BOLD_TTF)?);
    let settings = SerializeSettings {
        configuration: Configuration::new_with_validator(Validator::UA1),
        ..SerializeSettings::default()
    };
    let mut pdf = Pdf::new_with(settings);
    pdf.set_metadata(
        Metadata::new()
            .title(document.title.clone())
            .language(document.language.clone())
            .creator("Handrail".to_owned()),
    );
    let pages = layout.page + 1;
    let mut marks: Vec<Vec<Identifier>> = layout.elements.iter().map(|_| Vec::new()).collect();
    for number in 0..pages {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(PdfError::NotWritten)?;
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        for run in layout.runs.iter().filter(|run| run.page == number) {
            let mark = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            let font = if run.style.bold { &bold } else { &regular };
            let start = Point::from_xy(run.x, run.y);
            let size = run.style.size;
            surface.draw_text(
                start,
                font.clone(),
                size,
                &run.text,
                false,
                TextDirection::Auto,
            );
            surface.end_tagged();
            marks[run.element].push(mark);
        }
        let page_line = format!("{} / {pages}", number + 1);
        surface.start_tagged(ContentTag::Artifact(ArtifactType::Footer));
        let start = Point::from_xy(WIDTH - MARGIN - 24.0, HEIGHT - 30.0);
        surface.draw_text(
            start,
            regular.clone(),
            SMALL,
            &page_line,
            false,
            TextDirection::Auto,
        );
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    pdf.set_outline(outline(&layout.elements));
    pdf.set_tag_tree(tags(document, &layout.elements, marks));
    pdf.finish().map_err(|_| PdfError::NotWritten)
}

fn outline(elements: &[Element]) -> Outline {
    let mut outline = Outline::new();
    for element in elements {
        let heading = matches!(element.role, Role::Title | Role::Heading);
        if let (true, Some((page, top))) = (heading, element.at) {
            let place = XyzDestination::new(page, Point::from_xy(0.0, top));
            outline.push_child(OutlineNode::new(element.text.clone(), place));
        }
    }
    outline
}

/// The tree that a screen reader walks.
fn tags(document: &Document, elements: &[Element], marks: Vec<Vec<Identifier>>) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(document.language.clone()));
    let mut pieces = elements.iter().zip(marks).peekable();
    let leaf = |marks: Vec<Identifier>| marks.into_iter().map(Node::from).collect::<Vec<_>>();
    while let Some((element, marks)) = pieces.next() {
        let level = |level: u16| NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        let group = match element.role {
            Role::Title => {
                let tag = Tag::Hn(level(1), Some(element.text.clone()));
                TagGroup::with_children(tag, leaf(marks))
            }
            Role::Heading => {
                let tag = Tag::Hn(level(2), Some(element.text.clone()));
                TagGroup::with_children(tag, leaf(marks))
            }
            Role::Paragraph => TagGroup::with_children(Tag::P, leaf(marks)),
            Role::Bullet => {
                let mut list = TagGroup::new(Tag::L(ListNumbering::Disc));
                let item = |marks| {
                    let body = TagGroup::with_children(Tag::LBody, leaf(marks));
                    TagGroup::with_children(Tag::LI, vec![body.into()])
                };
                list.push(item(marks));
                while let Some((_, marks)) =
                    pieces.next_if(|(element, _)| element.role == Role::Bullet)
                {
                    list.push(item(marks));
                }
                list
            }
            Role::HeadCell { table, .. } | Role::Cell { table, .. } => {
                let mut rows: Vec<(usize, TagGroup)> = Vec::new();
                let mut take = |role: Role, marks: Vec<Identifier>| {
                    let (row, cell) = match role {
                        Role::HeadCell { row, .. } => {
                            let tag = Tag::TH(TableHeaderScope::Column);
                            (row, TagGroup::with_children(tag, leaf(marks)))
                        }
                        Role::Cell { row, .. } => {
                            (row, TagGroup::with_children(Tag::TD, leaf(marks)))
                        }
                        _ => return,
                    };
                    if rows.last().is_none_or(|(last, _)| *last != row) {
                        rows.push((row, TagGroup::new(Tag::TR)));
                    }
                    if let Some((_, last)) = rows.last_mut() {
                        last.push(cell);
                    }
                };
                take(element.role, marks);
                let same = |role: Role| match role {
                    Role::HeadCell { table: of, .. } | Role::Cell { table: of, .. } => of == table,
                    _ => false,
                };
                while let Some((element, marks)) = pieces.next_if(|(next, _)| same(next.role)) {
                    take(element.role, marks);
                }
                let rows = rows.into_iter().map(|(_, row)| row.into()).collect();
                TagGroup::with_children(Tag::Table, rows)
            }
        };
        tree.push(group);
    }
    tree
}

#[cfg(test)]
mod tests {
    use handrail_care::reminder::Language;

    use super::*;

    fn long() -> Document {
        let mut document = Document::new(Language::Spanish, "Revisión de la semana");
        document.about.push("Ñandú, ¿quién? \u{1F600}".to_owned());
        for part in 0..12 {
            let rows = (0..6).map(|row| {
                vec![
                    format!("Row {row} of part {part}"),
                    String::new(),
                    "x".repeat(200),
                ]
            });
            let head = ["Qué", "Vacío", "Largo"].map(str::to_owned).to_vec();
            document.section(
                format!("Parte {part}"),
                vec![
                    Block::text("word ".repeat(80)),
                    Block::bullet("uno"),
                    Block::bullet("dos"),
                    Block::pair("Nombre", "Ada"),
                    Block::Table {
                        head,
                        rows: rows.collect(),
                    },
                ],
            );
        }
        document.notices.push("small print".to_owned());
        document
    }

    #[test]
    fn a_long_page_becomes_a_pdf_that_says_what_is_what() {
        let bytes = render(&long()).expect("PDF/UA-1 holds");
        assert!(bytes.starts_with(b"%PDF-1."), "a PDF");
        assert_eq!(bytes, render(&long()).expect("again"), "the same bytes");
        // Two fonts of half a megabyte are inside, but only the letters in use.
        assert!(bytes.len() < 200_000, "{}", bytes.len());
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/StructTreeRoot") && text.contains("/Lang"));
    }

    #[test]
    fn nothing_is_drawn_outside_the_page() {
        let faces = Faces {
            regular: Face::parse(notosans::REGULAR_TTF, 0).expect("a font"),
            bold: Face::parse(notosans::BOLD_TTF, 0).expect("a font"),
        };
        let mut layout = Layout::new(&faces);
        layout.page(&long());
        assert!(layout.page > 3, "{} pages", layout.page + 1);
        for run in &layout.runs {
            let right = run.x + layout.width(&run.text, run.style);
            assert!(right <= WIDTH - MARGIN + 0.5, "{}", run.text);
            assert!(run.y <= HEIGHT - MARGIN, "{}", run.text);
        }
        let heading = |run: &&Run| layout.elements[run.element].role == Role::Heading;
        for run in layout.runs.iter().filter(heading) {
            let below = |other: &&Run| other.page == run.page && other.y > run.y;
            assert!(
                layout.runs.iter().any(|other| below(&other)),
                "a heading alone"
            );
        }
        assert_eq!(layout.printable("a\u{1F600}\u{7}b\tñ", PLAIN), "a?b ñ");
    }

    #[test]
    fn an_empty_page_is_a_page() {
        let bytes = render(&Document::new(Language::English, "Nothing")).expect("written");
        assert!(bytes.len() > 500);
    }
}
