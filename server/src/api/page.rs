//! `/api`: the description of the API as a page, with nothing on it that comes from elsewhere or runs. What stands
//! around is in the reader's language; the operations are described in English.

use app::place::Asked;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use domain::{Key, Language};
use serde_json::Value;

use super::openapi::{DESCRIPTION, each};
use super::reasons::TABLE;
use super::{ALSO, BASE};
use crate::House;

/// `GET /api`.
pub async fn show(State(house): State<House>, Extension(asked): Extension<Asked>) -> Response {
    let language = asked.actor.map_or(asked.visitor.language, |actor| actor.visitor().language);
    let html = html(language, &house.assets.css);
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

fn html(language: Language, css: &str) -> String {
    let text = |key| escaped(language.text(key));
    format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title} · {product}</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"{css}\"></head><body>\
         <header class=\"site-head\"><a href=\"/\">{product}</a></header><main id=\"main\" class=\"page\">\
         <header class=\"page-head\"><h1>{title}</h1><p>{lead}</p>\
         <p><a href=\"{BASE}/openapi.json\">{file}</a></p></header>{about}\
         {contents}{listed}<h2>{shapes}</h2>{shaped}{problems}</main></body></html>",
        tag = language.tag(),
        title = text(Key::PlainApiTitle),
        product = text(Key::CommonProduct),
        css = escaped(css),
        lead = text(Key::PlainApiLead),
        file = text(Key::PlainApiFile),
        about = about(language),
        contents = contents(language),
        listed = each().map(|(path, method, said)| operation(language, path, method, said)).collect::<String>(),
        shapes = text(Key::PlainApiShapes),
        shaped = shapes(language),
        problems = problems(language),
    )
}

/// Text as it stands in HTML, in attributes as well (WEB-6).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            letter => out.push(letter),
        }
    }
    out
}

fn panel(id: &str, attributes: &str, head: &str, body: &str) -> String {
    format!(
        "<section class=\"panel\" id=\"{}\"{attributes}><div class=\"panel-head\">{head}</div>\
         <div class=\"stack\">{body}</div></section>",
        escaped(id)
    )
}

/// Who may call, and the rules that hold everywhere.
fn about(language: Language) -> String {
    let text = |key| escaped(language.text(key));
    let paths = ALSO.join(", ");
    let versions = escaped(&language.fill(Key::PlainApiVersions, &[("base", BASE), ("also", &paths)]));
    let rules = [
        versions,
        text(Key::PlainApiEdits),
        text(Key::PlainApiRepeats),
        text(Key::PlainApiLimit),
        text(Key::PlainApiPages),
    ];
    let rules: String = rules.iter().map(|rule| format!("<p>{rule}</p>")).collect();
    let who = [text(Key::PlainApiWho), text(Key::PlainApiKeys), text(Key::PlainApiData)];
    let who: String = who.iter().map(|text| format!("<p>{text}</p>")).collect();
    let head = |key| format!("<h2>{}</h2>", text(key));
    panel("who", "", &head(Key::PlainApiWhoTitle), &who) + &panel("rules", "", &head(Key::PlainApiRules), &rules)
}

/// Where each operation stands on this page.
fn contents(language: Language) -> String {
    let row = |(path, method, said): (&str, &str, &Value)| {
        let word = |name: &str| escaped(said[name].as_str().unwrap_or_default());
        format!(
            "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th><td><code>{} {}</code></td></tr>",
            word("operationId"),
            word("summary"),
            method.to_ascii_uppercase(),
            escaped(path)
        )
    };
    let (title, rows) = (escaped(language.text(Key::PlainApiOperations)), each().map(row).collect::<String>());
    let rows = format!("<table><tbody lang=\"en\">{rows}</tbody></table>");
    panel("operations", "", &format!("<h2>{title}</h2>"), &wide(language, &title, &rows))
}

fn operation(language: Language, path: &str, method: &str, said: &Value) -> String {
    let text = |key| escaped(language.text(key));
    let word = |name: &str| escaped(said[name].as_str().unwrap_or_default());
    let head = format!(
        "<h3>{}</h3><p><code>{} {BASE}{}</code></p>{}",
        word("summary"),
        method.to_ascii_uppercase(),
        escaped(path),
        paragraph(said)
    );
    let mut body = String::new();
    let parameters: Vec<_> = said["parameters"].as_array().into_iter().flatten().map(parameter).collect();
    if !parameters.is_empty() {
        body += &table(language, Key::PlainApiParameters, &parameters);
    }
    let taken = &said["requestBody"]["content"]["application/json"];
    if taken.is_object() {
        let example = serde_json::to_string_pretty(&taken["example"]).unwrap_or_default();
        let (tag, title, shape) = (language.tag(), text(Key::PlainApiBody), kind(&taken["schema"]));
        let example = format!("<pre lang=\"en\"><code>{}</code></pre>", escaped(&example));
        body += &format!("<p lang=\"{tag}\">{title}: <span lang=\"en\">{shape}</span></p>");
        body += &wide(language, &title, &example);
    }
    body += &table(language, Key::PlainApiAnswers, &answers(&said["responses"]));
    panel(said["operationId"].as_str().unwrap_or_default(), " lang=\"en\"", &head, &body)
}

/// A description as it stands in HTML: what is between backticks in it is code (CommonMark, which OpenAPI descriptions
/// are written in).
fn told(description: &Value) -> String {
    let text = description.as_str().unwrap_or_default();
    let part = |(at, part)| if at % 2 == 0 { escaped(part) } else { format!("<code>{}</code>", escaped(part)) };
    text.split('`').enumerate().map(part).collect()
}

/// What is said of something; nothing where nothing is.
fn paragraph(said: &Value) -> String {
    let text = told(&said["description"]);
    if text.is_empty() { text } else { format!("<p>{text}</p>") }
}

fn parameter(parameter: &Value) -> [String; 2] {
    let word = |name: &str| escaped(parameter[name].as_str().unwrap_or_default());
    let named = format!("<code>{}</code> ({}, {})", word("name"), word("in"), kind(&parameter["schema"]));
    [named, told(&parameter["description"])]
}

fn answers(answers: &Value) -> Vec<[String; 2]> {
    let answers = answers.as_object().into_iter().flatten();
    let row = |(status, answer): (&String, &Value)| {
        let known = answer["$ref"].as_str().and_then(|name| DESCRIPTION.pointer(name.trim_start_matches('#')));
        let text = told(&known.unwrap_or(answer)["description"]);
        let schema = &answer["content"]["application/json"]["schema"];
        let shape = if schema.is_object() { format!(" {}", kind(schema)) } else { String::new() };
        [format!("<code>{}</code>", escaped(status)), text + &shape]
    };
    answers.map(row).collect()
}

/// What may be wider than a screen, and is then scrolled by the keyboard as well. The title is in the reader's language.
fn wide(language: Language, title: &str, html: &str) -> String {
    let tag = language.tag();
    format!("<div class=\"table\" role=\"group\" lang=\"{tag}\" aria-label=\"{title}\" tabindex=\"0\">{html}</div>")
}

/// A table of two columns in English; what stands in it is HTML.
fn table(language: Language, title: Key, rows: &[[String; 2]]) -> String {
    let row = |[name, text]: &[String; 2]| format!("<tr><th scope=\"row\">{name}</th><td>{text}</td></tr>");
    let (title, rows) = (escaped(language.text(title)), rows.iter().map(row).collect::<String>());
    let html = format!("<table><caption>{title}</caption><tbody lang=\"en\">{rows}</tbody></table>");
    wide(language, &title, &html)
}

/// What a schema takes, in a few words; another shape is linked to.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            return all.iter().map(kind).collect::<Vec<_>>().join(" | ");
        }
    }
    let word = |value: &Value| escaped(value.as_str().unwrap_or("null"));
    if let Some(codes) = schema["enum"].as_array() {
        return codes.iter().map(|code| format!("<code>{}</code>", word(code))).collect::<Vec<_>>().join(", ");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(word).collect::<Vec<_>>().join(" | "),
        one => word(one),
    };
    if schema["items"].is_object() { format!("{types}: {}", kind(&schema["items"])) } else { types }
}

/// Every shape of what is taken and answered.
fn shapes(language: Language) -> String {
    let all = DESCRIPTION["components"]["schemas"].as_object().into_iter().flatten();
    let shape = |(name, schema): (&String, &Value)| {
        let head = format!("<h3>{}</h3>{}", escaped(name), paragraph(schema));
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let fields = schema["properties"].as_object().into_iter().flatten();
        let field = |(name, field): (&String, &Value)| {
            let star = if required.iter().any(|required| required == name) { "*" } else { "" };
            let text = told(&field["description"]);
            [format!("<code>{}</code>{star}", escaped(name)), format!("{} {text}", kind(field))]
        };
        let fields: Vec<_> = fields.map(field).collect();
        let body = if fields.is_empty() {
            format!("<p>{}</p>", kind(schema))
        } else {
            table(language, Key::PlainApiFields, &fields)
        };
        panel(&format!("shape-{name}"), " lang=\"en\"", &head, &body)
    };
    all.map(shape).collect()
}

/// Every problem there is, by its code.
fn problems(language: Language) -> String {
    let row = |(_, code, status, title): (_, &str, u16, Key)| {
        let title = escaped(language.text(title));
        format!(
            "<tr id=\"problem-{code}\"><th scope=\"row\"><code>{code}</code></th><td><code>{status}</code></td>\
             <td>{title}</td></tr>"
        )
    };
    let rows: String = TABLE.into_iter().map(row).collect();
    let text = |key| escaped(language.text(key));
    let head = format!("<h2>{}</h2><p>{}</p>", text(Key::PlainApiProblems), text(Key::PlainApiProblemsText));
    let rows = format!("<table><tbody>{rows}</tbody></table>");
    panel("problems", "", &head, &wide(language, &text(Key::PlainApiProblems), &rows))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        assert_eq!(escaped("<a href=\"x\" y='z'>&"), "&lt;a href=&quot;x&quot; y=&#x27;z&#x27;&gt;&amp;");
        assert_eq!(
            kind(&json!({ "type": "string", "enum": ["<b>", null] })),
            "<code>&lt;b&gt;</code>, <code>null</code>"
        );
        assert_eq!(kind(&json!({ "type": ["string", "null"] })), "string | null");
        let said = json!("`next` of <that>, or `<b>`");
        assert_eq!(told(&said), "<code>next</code> of &lt;that&gt;, or <code>&lt;b&gt;</code>");
    }
}
