//! Secrets: text that is written in the configuration, or lies in the environment or a file.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};

/// A text that may be secret: written as it is, `{value_env: NAME}` or `{value_file: PATH}`.
///
/// A variable is read when the program starts, a file each time, so that a rotated token is picked up. Neither `Debug`
/// nor `Serialize` shows what is written.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    Literal(String),
    Env(String),
    File(PathBuf),
}

/// What stands in for a literal where it could be seen.
const HIDDEN: &str = "(hidden)";

impl Secret {
    /// Takes what comes from the environment out of it.
    pub(super) fn resolve(&self, environment: &BTreeMap<String, String>) -> Result<Resolved, MissingVariable> {
        match self {
            Self::Literal(text) => Ok(Resolved::Text(text.clone())),
            Self::Env(name) => match environment.get(name) {
                Some(text) => Ok(Resolved::Text(text.clone())),
                None => Err(MissingVariable { name: name.clone() }),
            },
            Self::File(path) => Ok(Resolved::File(path.clone())),
        }
    }
}

/// Takes out of a line what a program or server repeated of the secrets it was given.
///
/// Shorter texts than four characters stay: they are no secrets, and occur everywhere.
pub(super) fn hide(line: &str, secrets: &[String]) -> String {
    let long_enough = secrets.iter().filter(|secret| secret.chars().count() >= 4);
    long_enough.fold(line.to_owned(), |line, secret| line.replace(secret.as_str(), HIDDEN))
}

/// The environment lacks a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` is not set")]
pub(super) struct MissingVariable {
    name: String,
}

/// A secret that depends on the environment no more.
#[derive(Clone)]
pub(super) enum Resolved {
    Text(String),
    File(PathBuf),
}

impl Resolved {
    /// The text itself, without the line break that ends a file.
    pub(super) async fn read(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => match tokio::fs::read_to_string(path).await {
                Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => Err(format!("cannot read `{}`: {error}", path.display())),
            },
        }
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str(HIDDEN),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str(HIDDEN),
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(_) => serializer.serialize_str(HIDDEN),
            Self::Env(name) => BTreeMap::from([("value_env", name)]).serialize(serializer),
            Self::File(path) => BTreeMap::from([("value_file", path)]).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrSource;

        impl<'de> Visitor<'de> for TextOrSource {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, `{value_env: NAME}` or `{value_file: PATH}`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::Literal(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
                let secret = match map.next_key::<String>()?.as_deref() {
                    Some("value_env") => Secret::Env(map.next_value()?),
                    Some("value_file") => Secret::File(map.next_value()?),
                    Some(other) => return Err(A::Error::unknown_field(other, &["value_env", "value_file"])),
                    None => return Err(A::Error::custom("write either `value_env` or `value_file`")),
                };
                match map.next_key::<String>()? {
                    None => Ok(secret),
                    Some(_) => Err(A::Error::custom("write either `value_env` or `value_file`, and nothing else")),
                }
            }
        }

        deserializer.deserialize_any(TextOrSource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_to_write_it_are_read() {
        let read = |text| serde_saphyr::from_str::<Secret>(text).unwrap();
        assert_eq!(read("s3cret"), Secret::Literal("s3cret".to_owned()));
        assert_eq!(read("{value_env: TOKEN}"), Secret::Env("TOKEN".to_owned()));
        assert_eq!(read("{value_file: /run/token}"), Secret::File("/run/token".into()));
        for (wrong, complaint) in [
            ("{env: TOKEN}", "unknown field `env`"),
            ("{}", "either"),
            ("{value_env: A, value_file: b}", "nothing else"),
        ] {
            let error = serde_saphyr::from_str::<Secret>(wrong).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn neither_debug_nor_serialize_shows_it() {
        let secret = Secret::Literal("s3cret".to_owned());
        assert_eq!(format!("{secret:?}"), "(hidden)");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"(hidden)\"");
        assert_eq!(format!("{:?}", secret.resolve(&BTreeMap::new()).unwrap()), "(hidden)");
    }

    #[tokio::test]
    async fn a_file_is_read_each_time_without_its_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let secret = Secret::File(file.path().to_owned()).resolve(&BTreeMap::new()).unwrap();
        for token in ["first", "second"] {
            std::fs::write(file.path(), format!("{token}\n")).unwrap();
            assert_eq!(secret.read().await.unwrap(), token);
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = Secret::Env("TOKEN".to_owned()).resolve(&BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable `TOKEN` is not set");
    }
}
