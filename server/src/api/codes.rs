//! The closed lists of the API, as they are read, written and described. They are those of the domain, so that neither
//! can drift from the other.

use domain::flows::tenants::COLOURS;
use domain::validate::{EMAIL_MAX, NAME_MAX};
use domain::view::{BuiltinGroup, ClientFilter, Permission, SecondFactor, SignedInBy, UserFilter, UserSort};
use domain::{Error, Field, Language, Problem};
use serde::de::value::StringDeserializer;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};

/// A language of the interface.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tongue {
    /// English.
    En,
    /// German.
    De,
}

impl From<Language> for Tongue {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::De => Self::De,
        }
    }
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::En => Self::En,
            Tongue::De => Self::De,
        }
    }
}

/// How somebody signs in: with the password alone, with a code besides, or at a provider.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// With the password alone.
    Password,
    /// With the password and a code by e-mail.
    Email,
    /// With the password and a code of an app.
    App,
    /// At a provider.
    Provider,
}

impl From<SecondFactor> for Method {
    fn from(factor: SecondFactor) -> Self {
        match factor {
            SecondFactor::Off => Self::Password,
            SecondFactor::Email => Self::Email,
            SecondFactor::App => Self::App,
        }
    }
}

impl From<SignedInBy> for Method {
    fn from(by: SignedInBy) -> Self {
        match by {
            SignedInBy::Password => Self::Password,
            SignedInBy::Email => Self::Email,
            SignedInBy::App | SignedInBy::RecoveryCode => Self::App,
            SignedInBy::Provider => Self::Provider,
        }
    }
}

/// A word of a closed list. Left to itself, one is read from an object with the word as the name of a field as well,
/// which is nothing that is described.
///
/// # Errors
/// Those of the field.
pub fn word<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(StringDeserializer::new(String::deserialize(deserializer)?))
}

/// As [`word`], or `null`.
///
/// # Errors
/// Those of the field.
pub fn word_or_null<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let word = Option::<String>::deserialize(deserializer)?;
    word.map(|word| T::deserialize(StringDeserializer::new(word))).transpose()
}

/// As [`word_or_null`], for fields that may be left out, which is something else than `null`.
///
/// # Errors
/// Those of the field.
pub fn given_word<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    word_or_null(deserializer).map(Some)
}

/// Reads codes of permissions.
///
/// # Errors
/// At [`Field::Permissions`] for what is none.
pub fn permissions_of(codes: &[String]) -> Result<Vec<Permission>, Error> {
    let read = codes.iter().map(|code| Permission::read(code));
    read.collect::<Option<Vec<_>>>().ok_or_else(|| Error::at(Field::Permissions, Problem::NotOffered))
}

/// The codes of permissions.
#[must_use]
pub fn codes_of(permissions: &[Permission]) -> Vec<&'static str> {
    permissions.iter().map(|permission| permission.code()).collect()
}

fn closed(codes: impl IntoIterator<Item = &'static str>, description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).description(Some(description))
}

/// A list of permissions, as a schema.
#[must_use]
pub fn permissions() -> RefOr<Schema> {
    let one = closed(Permission::ALL.map(Permission::code), "A permission.");
    ArrayBuilder::new().items(one).description(Some("What the group permits.")).into()
}

/// Which of the four groups that stand in each client, as a schema.
#[must_use]
pub fn builtin() -> RefOr<Schema> {
    let codes = BuiltinGroup::ALL.map(|group| Some(group.code())).into_iter().chain([None]);
    let schema =
        ObjectBuilder::new().schema_type(utoipa::openapi::schema::SchemaType::from_iter([Type::String, Type::Null]));
    schema.enum_values(Some(codes)).description(Some("Which of the four that cannot be changed, if one.")).into()
}

/// A colour of a client, as a schema.
#[must_use]
pub fn colour() -> RefOr<Schema> {
    closed(COLOURS, "Its colour, one of the palette.").into()
}

/// A name that can be typed, as a schema.
#[must_use]
pub fn name() -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(NAME_MAX as usize));
    text.description(Some("A name: plain text in one line.")).into()
}

/// An e-mail address that can be typed, as a schema.
#[must_use]
pub fn email() -> RefOr<Schema> {
    let format = SchemaFormat::Custom("email".to_owned());
    let text = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
    text.max_length(Some(EMAIL_MAX as usize)).description(Some("An e-mail address.")).into()
}

/// The filters of the list of users, as a schema.
#[must_use]
pub fn user_filter() -> Object {
    closed(UserFilter::ALL.map(UserFilter::code), "Only these.").build()
}

/// What the list of users is sorted by, as a schema.
#[must_use]
pub fn user_sort() -> Object {
    closed(UserSort::ALL.map(UserSort::code), "Sorted by this; by name unless it is said.").build()
}

/// The parts of the activity of a client, as a schema.
#[must_use]
pub fn client_filter() -> Object {
    closed(ClientFilter::ALL.map(ClientFilter::code), "Only this part.").build()
}

/// Where a page of a list begins, as a parameter.
#[must_use]
pub fn place(name: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    parameter(name, "Where the page begins: `next` of the page before.", schema)
}

/// A parameter of a query that may be left out.
#[must_use]
pub fn parameter(name: &str, description: &str, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

#[cfg(test)]
mod tests {
    use super::super::input::parse;
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Letter {
        A,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Letters {
        #[serde(deserialize_with = "word")]
        one: Letter,
        #[serde(default, deserialize_with = "word_or_null")]
        two: Option<Letter>,
        #[serde(default, deserialize_with = "given_word")]
        three: Option<Option<Letter>>,
    }

    #[test]
    fn a_word_is_a_text_and_one_of_its_list() {
        let read = |body: &str| parse::<Letters>(body.as_bytes()).ok();
        let (one, a) = (Letter::A, || Some(Letter::A));
        assert_eq!(read(r#"{"one": "a"}"#), Some(Letters { one, two: None, three: None }));
        let all = Letters { one: Letter::A, two: a(), three: Some(a()) };
        assert_eq!(read(r#"{"one": "a", "two": "a", "three": "a"}"#), Some(all));
        let nothing = Letters { one: Letter::A, two: None, three: Some(None) };
        assert_eq!(read(r#"{"one": "a", "two": null, "three": null}"#), Some(nothing));
        for wrong in [r#"{"a": null}"#, r#"["a"]"#, r#""A""#, r#""b""#, r#""""#, "0", "true"] {
            for body in [
                format!(r#"{{"one": {wrong}}}"#),
                format!(r#"{{"one": "a", "two": {wrong}}}"#),
                format!(r#"{{"one": "a", "three": {wrong}}}"#),
            ] {
                assert_eq!(read(&body), None, "{body}");
            }
        }
        assert_eq!(read(r#"{"one": null}"#), None);
        assert_eq!(read("{}"), None);
    }
}
