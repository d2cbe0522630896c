//! Takes comments and needless blanks out of CSS, and nothing else, so that it can do no harm.

use crate::steps::Result;

/// The same CSS in fewer bytes; an error if brackets, strings or comments are left open.
pub fn minify(css: &str) -> Result<String> {
    let mut small = Small { out: String::with_capacity(css.len()), gap: false, open: Vec::new() };
    let mut rest = css;
    while let Some(next) = rest.chars().next() {
        let length = small.take(next, rest).map_err(|reason| {
            let line = 1 + css[..css.len() - rest.len()].matches('\n').count();
            format!("line {line}: {reason}")
        })?;
        rest = &rest[length..];
    }
    match small.open.last() {
        Some(missing) => Err(format!("a `{missing}` is missing at the end")),
        None => Ok(small.out),
    }
}

struct Small {
    out: String,
    /// A blank that has been read and not yet been written.
    gap: bool,
    /// The closing brackets that have to come.
    open: Vec<char>,
}

impl Small {
    /// Takes the next piece, and says how long it was.
    fn take(&mut self, next: char, rest: &str) -> Result<usize> {
        if next.is_whitespace() {
            self.gap = true;
            return Ok(next.len_utf8());
        }
        if rest.starts_with("/*") {
            let length = end(rest, 2, "*/").ok_or("a comment is not closed")?;
            self.forget_comment(&rest[length..]);
            return Ok(length);
        }
        let length = match next {
            '"' | '\'' => string(rest, next).ok_or("a string is not closed")?,
            '\\' => next.len_utf8() + rest.chars().nth(1).map_or(0, char::len_utf8),
            _ if bare_url(rest) => end(rest, 4, ")").ok_or("a url( is not closed")?,
            _ => {
                self.bracket(next)?;
                next.len_utf8()
            }
        };
        self.write(next, &rest[..length]);
        Ok(length)
    }

    /// Two words with only a comment between them would become one.
    fn forget_comment(&mut self, rest: &str) {
        let part = |c: char| !c.is_whitespace() && !"{};,".contains(c);
        if !self.gap && self.out.ends_with(part) && rest.starts_with(part) && !rest.starts_with("/*") {
            self.out.push_str("/**/");
        }
    }

    fn bracket(&mut self, next: char) -> Result {
        match next {
            '{' => self.open.push('}'),
            '(' => self.open.push(')'),
            '[' => self.open.push(']'),
            '}' | ')' | ']' if self.open.pop() != Some(next) => return Err(format!("this `{next}` closes nothing")),
            _ => {}
        }
        Ok(())
    }

    fn write(&mut self, next: char, piece: &str) {
        if std::mem::take(&mut self.gap) && self.needs_blank(next) {
            self.out.push(' ');
        }
        // An empty custom property keeps its semicolon: `--a: ;`.
        if next == '}' && self.ends_bare(";") && !self.out.ends_with(": ;") && !self.out.ends_with(":;") {
            self.out.pop();
        }
        self.out.push_str(piece);
    }

    fn needs_blank(&self, next: char) -> bool {
        if self.out.is_empty() || self.ends_bare("{};,") {
            return false;
        }
        // In front of a colon a blank means "descendant"; behind it, it means nothing unless the value is empty.
        if self.ends_bare(":") { ";}".contains(next) } else { !"{};,".contains(next) }
    }

    /// Whether the last character is one of these and not escaped.
    fn ends_bare(&self, set: &str) -> bool {
        let mut last = self.out.chars().rev();
        last.next().is_some_and(|c| set.contains(c)) && last.next() != Some('\\')
    }
}

/// Where the piece ends whose end is marked so, looking from `from` on.
fn end(rest: &str, from: usize, mark: &str) -> Option<usize> {
    Some(from + rest[from..].find(mark)? + mark.len())
}

fn string(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return None,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `url(` without quotes, which is one piece: what looks like a comment or a blank in it is none.
fn bare_url(rest: &str) -> bool {
    let Some(inside) = rest.get(..4).filter(|start| start.eq_ignore_ascii_case("url(")).map(|_| &rest[4..]) else {
        return false;
    };
    !inside.trim_start().starts_with(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_go_where_they_mean_nothing() {
        for (css, small) in [
            ("a {\n  color: red;\n  margin: 0 auto;\n}\n", "a{color:red;margin:0 auto}"),
            ("/* why */ @layer a , b ;\n", "@layer a,b;"),
            (".a :hover, .a:hover > b { }", ".a :hover,.a:hover > b{}"),
            ("a { b: calc( 1px + 2px ) }", "a{b:calc( 1px + 2px )}"),
            ("a { --empty: ; }", "a{--empty: ;}"),
            ("@media (width >= 40rem) and (hover) { a { b: c } }", "@media (width >= 40rem) and (hover){a{b:c}}"),
            ("a/**/b{}", "a/**/b{}"),
            ("a /* x */ b{}", "a b{}"),
            ("a{b:c}/* x */d{}", "a{b:c}d{}"),
            (".a\\: b{}", ".a\\: b{}"),
            ("a { &:is(b, c) { d: e; } }", "a{&:is(b,c){d:e}}"),
        ] {
            assert_eq!(minify(css).as_deref(), Ok(small), "{css}");
        }
    }

    #[test]
    fn strings_and_addresses_stay_as_they_are() {
        for css in ["a{content:\"  /* no */ ; \\\" }\"}", "a{b:url(data:image/png;x,/*y*/ )}", "a{b:'ä  ö'}"] {
            assert_eq!(minify(css).as_deref(), Ok(css));
        }
    }

    #[test]
    fn what_is_left_open_is_an_error() {
        for css in ["a { b: c", "a } b", "/* x", "a { b: \"c }", "a { b: calc(1px }"] {
            assert!(minify(css).is_err(), "{css}");
        }
        assert_eq!(minify("a{}\nb}"), Err("line 2: this `}` closes nothing".into()));
    }
}
