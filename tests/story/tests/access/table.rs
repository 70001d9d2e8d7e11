//! Tables that a person wrote, tables that a test found, and where the two differ.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Rows of words below a line of column names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Reads a table: `#` begins a remark, the first line names the columns, a row begins with `label`
    /// words that name it.
    pub fn parse(text: &str, label: usize) -> Self {
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or(""));
        let mut lines = lines.filter(|line| !line.trim().is_empty());
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        let columns = words(lines.next().expect("a line of column names"));
        let rows = lines.map(|line| {
            let mut words = words(line);
            assert!(words.len() > label, "a row without cells: {line}");
            let cells = words.split_off(label);
            assert_eq!(cells.len(), columns.len(), "cells of: {line}");
            (words.join(" "), cells)
        });
        Self {
            rows: rows.collect(),
            columns,
        }
    }

    /// A table with the same columns and no rows.
    pub fn like(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            rows: Vec::new(),
        }
    }

    pub fn row(&self, row: &str) -> Option<&[String]> {
        let found = self.rows.iter().find(|(name, _)| name == row)?;
        Some(&found.1)
    }

    pub fn cell(&self, row: &str, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|name| name == column)?;
        Some(&self.row(row)?[at])
    }

    /// Every cell that is not as it was found, every row that only one of the two has.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut differ = Vec::new();
        if self.columns != found.columns {
            differ.push("columns".to_owned());
        }
        let names = |table: &Self| -> BTreeSet<String> {
            table.rows.iter().map(|(name, _)| name.clone()).collect()
        };
        let (ours, theirs) = (names(self), names(found));
        for row in theirs.difference(&ours) {
            differ.push(format!("{row}: no such row was expected"));
        }
        for row in ours.difference(&theirs) {
            differ.push(format!("{row}: expected, and not there"));
        }
        if self.rows.len() != ours.len() || found.rows.len() != theirs.len() {
            differ.push("a row stands there twice".to_owned());
        }
        for (row, cells) in &self.rows {
            let Some(others) = found.row(row) else {
                continue;
            };
            for (at, (cell, other)) in cells.iter().zip(others).enumerate() {
                if cell != other {
                    let column = &self.columns[at];
                    differ.push(format!("{row} | {column}: expected {cell}, found {other}"));
                }
            }
        }
        differ
    }

    /// As a page to read.
    pub fn print(&self, title: &str) -> String {
        let label = self.rows.iter().map(|(name, _)| name.len()).max();
        let label = label.unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = self.rows.iter().map(|(_, cells)| cells[at].len());
                cells.chain([self.columns[at].len()]).max().unwrap_or(0)
            })
            .collect();
        let line = |out: &mut String, name: &str, cells: &[String]| {
            let _ = write!(out, "{name:label$}");
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(out, "  {cell:width$}");
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        };
        let mut out = format!("{title}\n");
        line(&mut out, "", &self.columns);
        for (name, cells) in &self.rows {
            line(&mut out, name, cells);
        }
        out
    }
}

#[test]
fn one_wrong_cell_and_one_missing_row_are_differences() {
    let text = "a b # columns\nGET /x  ok no\nGET /y  no no\n";
    let table = Table::parse(text, 2);
    assert_eq!(table.cell("GET /x", "b"), Some("no"));
    assert_eq!(table.differences(&table), Vec::<String>::new());
    let mut wrong = table.clone();
    wrong.rows[1].1[0] = "ok".to_owned();
    assert_eq!(
        table.differences(&wrong),
        ["GET /y | a: expected no, found ok"]
    );
    wrong.rows.pop();
    assert_eq!(
        table.differences(&wrong),
        ["GET /y: expected, and not there"]
    );
    assert_eq!(
        wrong.differences(&table),
        ["GET /y: no such row was expected"]
    );
    assert!(table.print("who").contains("GET /x  ok  no"));
}
