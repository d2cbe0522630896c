//! One stylesheet out of those that `style/main.css` imports.

use std::path::Path;

use crate::{files, minify::minify, steps::Result};

/// The main stylesheet with each `@import "file.css" layer(name);` replaced by the file, in its layer.
pub fn join(main: &Path) -> Result<String> {
    let folder = main.parent().unwrap_or(Path::new("."));
    expand(&small(main)?, |name| {
        let css = small(&folder.join(name))?;
        if css.contains("@import") {
            return Err(format!("{name}: only {} may import", main.display()));
        }
        Ok(css)
    })
}

fn small(path: &Path) -> Result<String> {
    minify(&files::read_text(path)?).map_err(|reason| format!("{}: {reason}", path.display()))
}

fn expand(css: &str, read: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut joined = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("@import") {
        joined.push_str(&rest[..start]);
        let (statement, after) = rest[start..].split_once(';').unwrap_or((&rest[start..], ""));
        let (name, layer) = parse(statement)
            .ok_or_else(|| format!("`{statement}` is not of the form `@import \"file.css\" layer(name);`"))?;
        let file = read(name)?;
        match layer {
            Some(layer) => joined.push_str(&format!("@layer {layer}{{{file}}}")),
            None => joined.push_str(&file),
        }
        rest = after;
    }
    joined.push_str(rest);
    Ok(joined)
}

/// The file an import names, and its layer.
fn parse(statement: &str) -> Option<(&str, Option<&str>)> {
    let (name, rest) = statement.strip_prefix("@import")?.trim_start().strip_prefix('"')?.split_once('"')?;
    match rest.trim() {
        "" => Some((name, None)),
        rest => Some((name, Some(rest.strip_prefix("layer(")?.strip_suffix(')')?.trim()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Result<String> {
        match name {
            "a.css" => Ok("a{b:c}".into()),
            _ => Err(format!("no {name}")),
        }
    }

    #[test]
    fn imports_become_layers_in_their_place() {
        let main = r#"@layer x,y;@import "a.css" layer(x);@import "a.css";p{q:r}"#;
        assert_eq!(expand(main, file).as_deref(), Ok("@layer x,y;@layer x{a{b:c}}a{b:c}p{q:r}"));
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert_eq!(expand(r#"@import "b.css" layer(x);"#, file), Err("no b.css".into()));
    }

    #[test]
    fn other_forms_of_import_are_an_error() {
        for statement in ["@import url(a.css);", r#"@import "a.css" screen;"#, r#"@import "a.css"#] {
            assert!(expand(statement, file).is_err(), "{statement}");
        }
    }
}
