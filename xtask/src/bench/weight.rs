//! How much goes over the wire: by plain requests, and as a browser sees it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use brotli::{BrotliCompress, enc::BrotliEncoderParams};
use serde_json::Value;

use super::{
    house::{ENCODINGS, House, PAGE, ask_for},
    http::{Answer, Connection},
    table::{Line, Table},
};
use crate::{
    npm,
    steps::{Result, capture},
    workspace::Workspace,
};

/// Adds up the bodies of the page and of all that its head names, twice.
pub fn measure(table: &mut Table, house: &House) -> Result {
    let (_server, _) = house.serve()?;
    let cookie = ("Cookie", house.cookie(0));
    let page = fetch(house.address, PAGE, &[cookie, ENCODINGS])?;
    let plain = fetch(house.address, PAGE, &[cookie])?;
    let html = String::from_utf8_lossy(&plain.body).into_owned();
    let named = Named::in_head(&html);

    let css = total(house.address, &named.stylesheets)?;
    let all = total(house.address, &[named.stylesheets.as_slice(), &named.others].concat())?;
    let html = page.body.len();
    let detail = if page.header("content-encoding").is_some() {
        String::new()
    } else {
        format!("page {:.1} KB as it is sent; brotli would make it {:.1}", kb(html), kb(packed(&plain.body)?))
    };
    table.note(Line::Paint, kb(html + css.first), detail);
    table.note(Line::PaintRequests, (1 + css.requests) as f64, "");
    table.note(Line::Blocking, named.blocking as f64, "");
    table.note(Line::First, kb(html + all.first), format!("{} requests", 1 + all.requests));
    table.note(Line::Wasm, kb(all.wasm), "");
    table.note(Line::Second, kb(html + all.second), format!("{} requests", 1 + all.again));
    Ok(())
}

/// Has Chromium load the page twice.
pub fn measure_in_browser(table: &mut Table, house: &House, workspace: &Workspace) -> Result {
    npm::install(workspace)?;
    let (_server, _) = house.serve()?;
    let url = format!("http://{}{PAGE}", house.address);
    let script = PathBuf::from("bench/load.mjs");
    let mut node = Command::new("node");
    node.arg(&script).args([url.as_str(), house.cookie(1)]).current_dir(workspace.end2end());
    let said: Value =
        serde_json::from_str(&capture(&mut node)?).map_err(|error| format!("{}: {error}", script.display()))?;
    let lines = [(Line::PaintInBrowser, "paint"), (Line::FirstInBrowser, "first"), (Line::SecondInBrowser, "second")];
    for (line, name) in lines {
        let [bytes, requests] = ["bytes", "requests"].map(|field| said[name][field].as_f64());
        let (Some(bytes), Some(requests)) = (bytes, requests) else {
            return Err(format!("{} does not tell of {name}: {said}", script.display()));
        };
        table.note(line, bytes / 1_000.0, format!("{requests} requests"));
    }
    Ok(())
}

/// The size of the file that is served from.
pub fn measure_binary(table: &mut Table, binary: &Path) -> Result {
    let about = binary.metadata().map_err(|error| format!("{}: {error}", binary.display()))?;
    table.note(Line::Binary, about.len() as f64 / 1_048_576.0, "");
    Ok(())
}

fn kb(bytes: usize) -> f64 {
    bytes as f64 / 1_000.0
}

fn packed(bytes: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    // As a proxy does it that has other things to do.
    let params = BrotliEncoderParams { quality: 5, ..Default::default() };
    BrotliCompress(&mut &*bytes, &mut packed, &params).map_err(|error| format!("brotli: {error}"))?;
    Ok(packed.len())
}

fn fetch(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let (mut question, mut answer) = (Vec::new(), Answer::default());
    ask_for(address, path, fields, &mut question);
    Connection::new(address).ask(&question, &mut answer).map_err(|error| format!("{path} does not come: {error}"))?;
    if matches!(answer.status, 200 | 304) { Ok(answer) } else { Err(format!("{path} is answered {}", answer.status)) }
}

/// Bytes and requests of some files.
#[derive(Default)]
struct Total {
    first: usize,
    requests: usize,
    wasm: usize,
    second: usize,
    again: usize,
}

fn total(address: SocketAddr, paths: &[String]) -> Result<Total> {
    let mut total = Total::default();
    for path in paths {
        let answer = fetch(address, path, &[ENCODINGS])?;
        total.first += answer.body.len();
        total.requests += 1;
        if path.ends_with(".wasm") {
            total.wasm += answer.body.len();
        }
        // What may be kept for ever is not asked for again; the rest is, by its tag.
        if !answer.header("cache-control").is_some_and(|value| value.contains("immutable")) {
            let tag = answer.header("etag").unwrap_or_default();
            total.second += fetch(address, path, &[ENCODINGS, ("If-None-Match", tag)])?.body.len();
            total.again += 1;
        }
    }
    Ok(total)
}

/// What the head of a page has the browser fetch.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    stylesheets: Vec<String>,
    others: Vec<String>,
    /// Scripts that everything waits for.
    blocking: usize,
}

impl Named {
    fn in_head(html: &str) -> Self {
        let mut named = Self::default();
        for tag in tags(html, "link") {
            let (Some(rel), Some(href)) = (attribute(tag, "rel"), attribute(tag, "href")) else { continue };
            match rel {
                "stylesheet" => named.stylesheets.push(href.to_owned()),
                "modulepreload" | "preload" | "icon" => named.others.push(href.to_owned()),
                _ => {}
            }
        }
        for tag in tags(html, "script") {
            let Some(src) = attribute(tag, "src") else { continue };
            let waits = ["async", "defer"].iter().any(|word| tag.split_whitespace().any(|part| part.starts_with(word)));
            named.blocking += usize::from(!waits && attribute(tag, "type") != Some("module"));
            named.others.push(src.to_owned());
        }
        named.others.sort();
        named.others.dedup();
        named
    }
}

/// The tags of one name, without their brackets.
fn tags<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("<{name} ");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('>').next()).collect::<Vec<_>>().into_iter()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}=\"");
    let at = tag.match_indices(start.as_str()).map(|(at, _)| at).find(|at| *at == 0 || tag[..*at].ends_with(' '))?;
    tag[at + start.len()..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_what_is_fetched_and_what_waits() {
        let html = "<!DOCTYPE html><html><head><link rel=\"stylesheet\" href=\"/a.css\"/><link rel=\"icon\" href=\"/i\">\
                    <link rel=\"modulepreload\" href=\"/a.js\"><link rel=\"canonical\" href=\"/\"/>\
                    <script type=\"module\" src=\"/a.js\"></script><script src=\"/b.js\"></script>\
                    <script data-src=\"/c.js\">x</script></head>";
        let named = Named::in_head(html);
        assert_eq!(named.stylesheets, ["/a.css"]);
        assert_eq!(named.others, ["/a.js", "/b.js", "/i"]);
        assert_eq!(named.blocking, 1);
    }
}
