//! Plain text from text that somebody put markup into. Owns one thing: what comes out holds no tag, so
//! no screen can be made to draw one. Refuses to keep any formatting.

/// The text without its tags, or `None` when there was no tag in it. A bare `<` that starts no tag
/// ("less than 5 < 6") is text. What lies inside `script` and `style` is dropped.
pub(super) fn without_tags(text: &str) -> Option<String> {
    // Taking one tag out may join the halves of another; nobody writes that by accident.
    const PASSES: usize = 4;
    let mut plain = strip(text)?;
    for _ in 1..PASSES {
        match strip(&plain) {
            Some(plainer) => plain = plainer,
            None => return Some(plain),
        }
    }
    Some(tidy(&plain.replace('<', " ")))
}

/// One pass of [`without_tags`].
fn strip(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    let mut silent: Option<&str> = None;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        let Some((name, after)) = tag(tail) else {
            if silent.is_none() {
                plain.push_str(before);
                plain.push('<');
            }
            rest = &tail[1..];
            continue;
        };
        found = true;
        if silent.is_none() {
            plain.push_str(before);
        }
        let lower = name.to_ascii_lowercase();
        silent = match (silent, lower.as_str()) {
            (None, "script") => Some("/script"),
            (None, "style") => Some("/style"),
            (Some(end), name) if name == end => None,
            (silent, _) => silent,
        };
        if matches!(lower.as_str(), "br" | "/br" | "/p" | "/div" | "/li") {
            plain.push(' ');
        }
        rest = after;
    }
    if silent.is_none() {
        plain.push_str(rest);
    }
    found.then(|| tidy(&plain))
}

/// The plain text of a piece of XHTML: tags off, the five XML entities and `&nbsp;` read once.
pub(super) fn plain(xhtml: &str) -> String {
    let text = without_tags(xhtml).unwrap_or_else(|| tidy(xhtml));
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    // What was escaped markup must not become markup.
    without_tags(&text).unwrap_or(text)
}

/// `<name ...>`, `</name>` or `<!...>` at the start: its name and what follows. An unclosed tag takes
/// the rest of the text with it.
fn tag(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let letters = inner.strip_prefix('/').unwrap_or(inner);
    let first = letters.chars().next()?;
    if !(first.is_ascii_alphabetic() || (first == '!' && letters.len() == inner.len())) {
        return None;
    }
    let end = inner.find('>');
    let body = &inner[..end.unwrap_or(inner.len())];
    let name_end = body[1..]
        .find(|c: char| !c.is_ascii_alphanumeric())
        .map_or(body.len(), |at| at + 1);
    let after = end.map_or("", |end| &inner[end + 1..]);
    Some((&body[..name_end], after))
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_go_and_words_stay() {
        for (text, expected) in [
            ("Have you <i>ever</i> done", Some("Have you ever done")),
            ("a<br/>b</p>c", Some("a b c")),
            ("x<script>alert(1)</script >y", Some("xy")),
            ("<p onclick='x'>hi", Some("hi")),
            ("hi <img src=x onerror=y", Some("hi")),
            ("<SCRIPT>a<b>c</SCRIPT>d", Some("d")),
            ("<!-- c -->d", Some("d")),
            ("5 < 6 and 7 <8", None),
            ("no markup", None),
            ("<", None),
        ] {
            assert_eq!(without_tags(text).as_deref(), expected, "{text}");
        }
        assert_eq!(plain("a &lt;script&gt;x&lt;/script&gt; &amp; b"), "a & b");
    }

    proptest! {
        #[test]
        fn nothing_that_comes_out_is_a_tag(text in "[<>/!a-c é&;gtl\"' ]{0,60}") {
            let shown = without_tags(&text).unwrap_or_else(|| text.clone());
            prop_assert_eq!(without_tags(&shown), None);
            prop_assert_eq!(without_tags(&plain(&text)), None);
        }
    }
}
