//! The description of the API (OpenAPI 3.1), made from its routes: what all of them have in common is added here, so
//! that no route can forget it.

use std::sync::LazyLock;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema as _, ToSchema as _};

use super::problem::Problem;
use super::repeats::KEY_MAX;
use super::{BASE, documented};

/// The description.
pub static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| described(documented()));

/// What a refusal with this status means.
const REFUSALS: [(u16, &str); 14] = [
    (400, "The request cannot be understood."),
    (401, "Nobody is let in by it."),
    (403, "Above the rights of the user."),
    (404, "Not there, or somebody else's."),
    (406, "There is JSON and nothing else."),
    (408, "The body took too long."),
    (409, "It does not go together with what is there."),
    (412, "Somebody else was quicker: it is another version by now."),
    (413, "The body is too large."),
    (415, "The body is no JSON."),
    (422, "Something is wrong with fields."),
    (428, "An edit without If-Match."),
    (429, "Too many requests; Retry-After says how long to wait."),
    (503, "Not at this moment; Retry-After says how long to wait."),
];

/// The methods and paths of all operations.
#[must_use]
pub fn operations() -> Vec<(Method, String)> {
    let method = |name: &str| Method::from_bytes(name.to_ascii_uppercase().as_bytes()).unwrap_or_default();
    each().map(|(path, name, _)| (method(name), format!("{BASE}{path}"))).collect()
}

/// All operations: path, method in small letters, and what is said of it.
pub fn each() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DESCRIPTION["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// `GET /openapi.json`: the description, for everybody.
pub async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| DESCRIPTION.to_string());
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], TEXT.as_str()).into_response()
}

fn described(routes: OpenApi) -> Value {
    let mut all = serde_json::to_value(routes).expect("plain data");
    all["info"] = json!({
        "title": "Selfsame",
        "version": "2",
        "description": "Users, groups, invitations and settings of a client, for programs.",
    });
    all["servers"] = json!([{ "url": BASE }]);
    all["components"]["securitySchemes"] = json!({ "bearer": { "type": "http", "scheme": "bearer" } });
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    for (name, schema) in schemas {
        all["components"]["schemas"][name] = serde_json::to_value(schema).expect("plain data");
    }
    for (status, description) in REFUSALS {
        all["components"]["responses"][format!("Refused{status}")] = json!({
            "description": description,
            "content": {
                "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
            },
        });
    }
    for (path, item) in all["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
        }
    }
    all
}

/// Adds to an operation what follows from its path, its method and its name.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let is_open = path.starts_with("/login");
    operation["security"] = if is_open { json!([]) } else { json!([{ "bearer": [] }]) };
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    parameters.extend(headers(&id, method));
    operation["parameters"] = Value::Array(parameters);
    let has_body = operation.get("requestBody").is_some();
    if has_body {
        operation["requestBody"]["content"]["application/json"]["example"] = example(&id);
    }
    answers(&id, operation);
    for status in refusals(&id, method, is_open, has_body) {
        let known = format!("#/components/responses/Refused{status}");
        operation["responses"][status.to_string()] = json!({ "$ref": known });
    }
}

/// The statuses with which an operation may refuse.
fn refusals(id: &str, method: &str, is_open: bool, has_body: bool) -> Vec<u16> {
    let mut statuses = vec![400, 401, 406, 429, 503];
    if !is_open {
        statuses.extend([403, 404]);
    }
    if has_body {
        statuses.extend([408, 413, 415, 422]);
    }
    if method != "get" && !is_open {
        statuses.extend([409, 422]);
    }
    if method == "patch" {
        statuses.extend([412, 428]);
    }
    if id == "delete_group" {
        statuses.push(412);
    }
    statuses
}

/// The headers that an operation takes.
fn headers(id: &str, method: &str) -> Vec<Value> {
    let header = |name: &str, description: &str, schema: Value, example: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": schema,
            "example": example,
        })
    };
    let mut headers = Vec::new();
    if is_read(id) {
        let text = "The ETag of what is known already; then the answer is 304.";
        headers.push(header("If-None-Match", text, json!({ "type": "string" }), "\"version:0.0\""));
    }
    if method == "patch" {
        let text = "The ETag of what was seen, or * for whatever is there. Without it nothing is changed.";
        headers.push(header("If-Match", text, json!({ "type": "string" }), "*"));
    }
    if id == "delete_group" {
        let text = "The ETag of what was seen; then no other version is deleted.";
        headers.push(header("If-Match", text, json!({ "type": "string" }), "*"));
    }
    if id.starts_with("create_") {
        let text = "A name of your own for this request: sent again with it, it is done once, and answered alike.";
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$" });
        headers.push(header("Idempotency-Key", text, schema, "8c6e1b2a-first"));
    }
    headers
}

fn is_read(id: &str) -> bool {
    id.starts_with("read_")
}

/// Adds what good answers have beside their body.
fn answers(id: &str, operation: &mut Value) {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let tag = header("Stands for this version.");
    if is_read(id) {
        operation["responses"]["200"]["headers"]["ETag"] = tag.clone();
        operation["responses"]["304"] = json!({ "description": "It is what is known already." });
    }
    if id.starts_with("edit_") {
        operation["responses"]["200"]["headers"]["ETag"] = tag.clone();
    }
    if id.starts_with("create_") {
        operation["responses"]["201"]["headers"]["Location"] = header("Where it is found.");
    }
    if ["create_user", "create_group"].contains(&id) {
        operation["responses"]["201"]["headers"]["ETag"] = tag;
    }
    if id.starts_with("list_") && id != "list_groups" {
        operation["responses"]["200"]["headers"]["Link"] = header("The next page, where there is one.");
    }
}

/// A body, with the people of the demo.
fn example(id: &str) -> Value {
    match id {
        "log_in" => json!({ "email": "olivia@acme.example", "password": "the password of Olivia" }),
        "log_in_code" => json!({ "login": "what the first step gave", "code": "BCDF-GHJK" }),
        "edit_me" => json!({ "first_name": "Olivia" }),
        "edit_client" => json!({ "colour": "green" }),
        "create_user" => json!({ "email": "nina@acme.example", "first_name": "Nina", "last_name": "Novak" }),
        "edit_user" => json!({ "language": "de" }),
        "create_group" => json!({ "name": "Readers", "permissions": ["users.view"] }),
        "edit_group" => json!({ "description": "Those who read along" }),
        "add_member" => json!({ "email": "una@acme.example" }),
        "create_invitation" => json!({ "email": "dora@nowhere.example" }),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_says_what_it_is() {
        let mut ids = BTreeSet::new();
        for (path, method, operation) in each() {
            let what = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(!id.is_empty() && ids.insert(id), "{what}: {id}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            assert_eq!(example.is_object(), operation.get("requestBody").is_some(), "{what}");
            assert_eq!(operation["security"] == json!([]), path.starts_with("/login"), "{what}");
            let answers = operation["responses"].as_object().expect("answers");
            assert!(answers.keys().any(|status| status.starts_with('2')), "{what}");
            assert_eq!(answers.contains_key("428"), method == "patch", "{what}");
        }
        assert!(ids.len() > 25, "{ids:?}");
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        let text = DESCRIPTION.to_string();
        assert_eq!(DESCRIPTION["openapi"], "3.1.0");
        for rest in text.split("\"$ref\":\"#").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(DESCRIPTION.pointer(name).is_some(), "{name}");
        }
        for (name, schema) in DESCRIPTION["components"]["schemas"].as_object().expect("schemas") {
            // What is taken is taken as it stands there; `null` only where it has a meaning.
            if name.ends_with("New") || name.ends_with("Edit") || ["Login", "LoginCode"].contains(&name.as_str()) {
                assert_eq!(schema["additionalProperties"], false, "{name}");
            }
        }
        let edit = &DESCRIPTION["components"]["schemas"]["UserEdit"]["properties"];
        assert_eq!(edit["first_name"]["type"], "string");
        assert_eq!(edit["groups"]["type"], "array");
        assert!(edit["language"].to_string().contains("null"), "{}", edit["language"]);
        assert!(!edit["sign_in"].to_string().contains("null"), "{}", edit["sign_in"]);
    }
}
