//! Reading a page: just enough of HTML for pages whose attributes are all in double quotes.

/// The text of an element's start tag: the first that has `attribute` written in it.
pub fn tag<'a>(html: &'a str, attribute: &str) -> &'a str {
    tags(html).into_iter().find(|tag| tag.contains(attribute)).unwrap_or_else(|| panic!("no {attribute} in {html}"))
}

/// All start tags.
pub fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            continue;
        }
        let tag = &rest[..end_of_tag(rest)];
        found.push(tag);
        rest = &rest[tag.len()..];
        // What a script says is not HTML.
        if tag.starts_with("script") {
            rest = &rest[rest.find("</script").unwrap_or(rest.len())..];
        }
    }
    found
}

fn end_of_tag(rest: &str) -> usize {
    let mut quoted = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The value of an attribute as it stands there, escapes and all.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The value of the input with this id.
pub fn value_of<'a>(html: &'a str, id: &str) -> Option<&'a str> {
    attribute(input(html, id), "value")
}

/// The input with this id.
pub fn input<'a>(html: &'a str, id: &str) -> &'a str {
    let tag = tag(html, &format!(" id=\"{id}\""));
    assert!(tag.starts_with("input "), "{tag}");
    tag
}

/// The text between two pieces of a page.
pub fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end} after {start} in {html}")).0
}

/// The text of a page, without tags and scripts, escapes undone.
pub fn text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        rest = if after.starts_with('!') {
            after.split_once('>').map_or("", |(_, rest)| rest)
        } else {
            let is_script = after.starts_with("script");
            let after = &after[end_of_tag(after)..];
            let after = if is_script { after.split_once("</script").map_or("", |(_, rest)| rest) } else { after };
            after.split_once('>').map_or("", |(_, rest)| rest)
        };
    }
    out.push_str(rest);
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")]
        .iter()
        .fold(out, |text, (escape, letter)| text.replace(escape, letter))
}
