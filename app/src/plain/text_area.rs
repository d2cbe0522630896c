//! A field of several lines.

use domain::Key;
use leptos::prelude::*;

use crate::words::t;

/// A field of several lines, which may stay empty.
#[component]
pub fn TextArea(
    /// Its id, where a page has several of one name.
    id: String,
    /// The name of the field.
    name: &'static str,
    /// What it asks for.
    label: Key,
    /// A line of help.
    help: String,
    /// So many letters at most.
    most: u32,
    /// What stands in it before anybody types.
    value: String,
    /// What is wrong with it, if anything is.
    error: Option<String>,
) -> impl IntoView {
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    let described = if error.is_some() { format!("{help_id} {error_id}") } else { help_id.clone() };
    let (invalid, label_for) = (error.is_some().then_some("true"), id.clone());
    view! {
        <div class="field">
            <label for=label_for>{t(label)}</label>
            <textarea
                id=id
                name=name
                rows="3"
                maxlength=most.to_string()
                aria-invalid=invalid
                aria-describedby=described
            >
                {as_text(&value)}
            </textarea>
            <p class="help" id=help_id>
                {help}
            </p>
            {error.map(|text| view! { <p class="field-error" id=error_id>{text}</p> })}
        </div>
    }
}

/// The framework writes into such a field what it is given, markup or not: here it becomes text (WEB-6).
fn as_text(typed: &str) -> String {
    typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::as_text;

    #[test]
    fn nothing_that_is_typed_ends_the_field() {
        assert_eq!(as_text("</textarea>&lt;"), "&lt;/textarea&gt;&amp;lt;");
    }
}
