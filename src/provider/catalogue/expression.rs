//! Expressions: how an entry takes a value out of an item.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Map;

use super::{
    answer::Scalar,
    name::{Name, Names},
    path::{Found, Path, Scope, text},
    template::Template,
    transform::{Transform, Transforms},
    view::{View, write_list},
};
use crate::model::{DEPTH_MAX, Properties, PropertyType, Value, Written};

/// A value to be taken out of an item.
///
/// In YAML a text is a [path](Path), or a template where it has braces. Anything else is a mapping with one source
/// (`path`, `template`, `const`, `tag`, `tags`, `obj`, `each`, `values`) and what is done with its value, in the order of
/// [`Transforms`], then `enum`, then `default`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    source: Source,
    transforms: Vec<Transform>,
    /// Other words for the provider's.
    values: Option<BTreeMap<String, Value>>,
    default: Option<Value>,
    declared: Option<PropertyType>,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    Path(Path),
    Template(Template),
    Const(Value),
    /// The value of one tag in a list of keys and values.
    Tag {
        name: String,
        list: Path,
        key: Name,
        value: Name,
    },
    /// A list of keys and values as a map.
    Tags {
        list: Path,
        key: Name,
        value: Name,
    },
    Object {
        path: Path,
        members: BTreeMap<String, Expression>,
    },
    Each {
        path: Path,
        members: BTreeMap<String, Expression>,
    },
    /// Each value of a map, under its own key.
    Values {
        path: Path,
        members: BTreeMap<String, Expression>,
    },
}

/// A value that `enum` has no word for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmapped(pub String);

impl Expression {
    /// The value in `scope`; what `enum` does not know goes to `unmapped`.
    ///
    /// Nothing, rather than an error, where the item lacks it.
    pub fn value(&self, scope: &Scope<'_>, unmapped: &mut Vec<Unmapped>) -> Option<Value> {
        let (mut value, transforms) = match (&self.source, self.transforms.split_first()) {
            // Most of what is large only has its members renamed, which need not be copied before.
            (Source::Path(path), Some((Transform::Snake, rest))) => (path.stands_for(scope).map(View::to_snake), rest),
            _ => (self.source(scope, unmapped), self.transforms.as_slice()),
        };
        // A detail that could not be read is neither empty nor unequal, nor as it is by default: it is not known.
        let is_known = value.is_some() || self.was_read(scope);
        if is_known {
            for transform in transforms {
                value = transform.apply(value, scope);
            }
        }
        if let (Some(values), Some(found)) = (&self.values, &value) {
            let word = text(found).unwrap_or_default();
            value = values.get(&word).cloned();
            if value.is_none() {
                unmapped.push(Unmapped(word));
            }
        }
        value.or_else(|| self.default.clone().filter(|_| is_known)).filter(|value| !value.is_null())
    }

    /// Sets a property to the value, where there is one. What is taken as it is, or only renamed, is not copied before.
    pub(super) fn put(&self, name: &str, scope: &Scope<'_>, properties: &mut Properties, unmapped: &mut Vec<Unmapped>) {
        let names = match (&self.values, &self.default, self.transforms.as_slice()) {
            (None, None, []) => Some(Names::AsTheyAre),
            (None, None, [Transform::Snake]) => Some(Names::Snake),
            _ => None,
        };
        let (Source::Path(path), Some(names)) = (&self.source, names) else {
            if let Some(value) = self.value(scope, unmapped) {
                properties.set(name, &value);
            }
            return;
        };
        match path.stands_for(scope) {
            Found::Nothing => {}
            Found::One(value) => properties.write(name, |text| match value.scalar() {
                Scalar::Null => Written::Null,
                Scalar::Bool(flag) => Written::Bool(flag),
                Scalar::Int(number) => Written::Int(number),
                Scalar::Float(number) => Written::Float(number),
                Scalar::Text(value) => {
                    text.push_str(value);
                    Written::Text
                }
                Scalar::Unsigned(_) | Scalar::List | Scalar::Object => {
                    value.write(text, names);
                    if value.depth_is_within(DEPTH_MAX) { Written::Json } else { Written::Text }
                }
            }),
            Found::Many(values) => properties.write(name, |text| {
                write_list(values.iter().copied(), text, names);
                let fits = values.iter().all(|value| value.depth_is_within(DEPTH_MAX - 1));
                if fits { Written::Json } else { Written::Text }
            }),
        }
    }

    /// The value as text.
    pub fn text(&self, scope: &Scope<'_>) -> Option<String> {
        self.text_or_unmapped(scope, &mut Vec::new())
    }

    pub(super) fn text_or_unmapped(&self, scope: &Scope<'_>, unmapped: &mut Vec<Unmapped>) -> Option<String> {
        match (self.plain(), &self.source) {
            (Some(path), _) if !path.is_list() => path.first_if_read(scope)?.text().map(Cow::into_owned),
            (_, Source::Template(template))
                if self.transforms.is_empty() && self.values.is_none() && self.default.is_none() =>
            {
                template.render(scope)
            }
            _ => self.value(scope, unmapped).as_ref().and_then(text),
        }
    }

    /// The path, where nothing is done with what it leads to.
    fn plain(&self) -> Option<&Path> {
        match &self.source {
            Source::Path(path) if self.transforms.is_empty() && self.values.is_none() && self.default.is_none() => {
                Some(path)
            }
            _ => None,
        }
    }

    /// Visits every value as text: those of a list, or the one.
    pub(super) fn each_text(&self, scope: &Scope<'_>, mut visit: impl FnMut(Cow<'_, str>)) {
        let mut visit = |value: View<'_>| {
            if let Some(text) = value.text() {
                visit(text);
            }
        };
        let Some(path) = self.plain() else {
            match &self.value(scope, &mut Vec::new()) {
                Some(Value::Array(list)) => list.iter().map(View::from).for_each(visit),
                Some(one) => visit(View::from(one)),
                None => {}
            }
            return;
        };
        match path.stands_for(scope) {
            Found::Nothing => {}
            Found::One(value) if value.is_list() => value.elements().for_each(visit),
            Found::One(value) => visit(value),
            Found::Many(values) => values.into_iter().for_each(visit),
        }
    }

    /// Whether there is a value other than false, zero or empty.
    pub fn holds(&self, scope: &Scope<'_>) -> bool {
        if let (Source::Path(path), [Transform::Eq(Value::String(expected))], None, None) =
            (&self.source, self.transforms.as_slice(), &self.values, &self.default)
            && !path.is_list()
        {
            return path.first_if_read(scope).is_some_and(|value| value.scalar() == Scalar::Text(expected));
        }
        match self.value(scope, &mut Vec::new()) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(value)) => value,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(list)) => !list.is_empty(),
            Some(Value::Object(members)) => !members.is_empty(),
        }
    }

    /// The type of its values, as the entry declares it or its form tells it; text where neither says.
    pub fn property_type(&self) -> Option<PropertyType> {
        let of_value = |value: &Value| match value {
            Value::Bool(_) => PropertyType::Bool,
            Value::Number(number) if number.is_f64() => PropertyType::Float,
            Value::Number(_) => PropertyType::Int,
            Value::Array(_) => PropertyType::List,
            Value::Object(_) => PropertyType::Object,
            Value::String(_) | Value::Null => PropertyType::String,
        };
        let of_source = || match &self.source {
            Source::Const(value) => Some(of_value(value)),
            Source::Each { .. } => Some(PropertyType::List),
            Source::Path(path) if path.is_list() => Some(PropertyType::List),
            Source::Object { .. } | Source::Values { .. } | Source::Tags { .. } => Some(PropertyType::Object),
            Source::Template(_) | Source::Tag { .. } => Some(PropertyType::String),
            Source::Path(_) if self.transforms.contains(&Transform::Snake) => Some(PropertyType::Object),
            Source::Path(_) => None,
        };
        self.declared
            .or_else(|| self.values.as_ref()?.values().next().map(of_value))
            .or_else(|| self.transforms.iter().rev().find_map(Transform::property_type))
            .or_else(of_source)
    }

    /// The members of an item that it looks at, by their names from the outside in.
    pub(super) fn members(&self) -> Vec<Vec<&str>> {
        let mut found: Vec<Vec<&str>> = match &self.source {
            // What is taken out of a text of JSON is no member of the answer.
            Source::Path(path) => match self.transforms.first() {
                Some(Transform::Get(inner)) => joined(path, &inner.members()),
                _ => path.members(),
            },
            Source::Template(template) => template.paths().flat_map(Path::members).collect(),
            Source::Const(_) => Vec::new(),
            Source::Tag { list, key, value, .. } | Source::Tags { list, key, value } => {
                joined(list, &[vec![key.as_str()], vec![value.as_str()]])
            }
            Source::Object { path, members } | Source::Each { path, members } | Source::Values { path, members } => {
                joined(path, &members.values().flat_map(Self::members).collect::<Vec<_>>())
            }
        };
        for transform in &self.transforms {
            if let Transform::EqText(template) = transform {
                found.extend(template.paths().flat_map(Path::members));
            }
        }
        found
    }

    fn source(&self, scope: &Scope<'_>, unmapped: &mut Vec<Unmapped>) -> Option<Value> {
        match &self.source {
            Source::Path(path) => path.value(scope),
            Source::Template(template) => template.render(scope).map(Value::String),
            Source::Const(value) => Some(value.clone()),
            Source::Tag { name, list, key, value } => pairs(list, scope, key, value)
                .find(|(tag, value)| tag == name && !value.is_empty())
                .map(|(_, value)| Value::String(value.into_owned())),
            Source::Tags { .. } => {
                let tags = self.tags(scope)?;
                Some(Value::Object(tags.into_iter().map(|(key, value)| (key, Value::String(value))).collect()))
            }
            Source::Object { path, members } => {
                let members = object(path.first(scope)?, members, unmapped);
                (!members.is_empty()).then_some(Value::Object(members))
            }
            Source::Values { path, members } => {
                let values = path.first(scope).filter(|value| value.is_object())?.members().into_iter();
                let values =
                    values.map(|(key, value)| (key.to_owned(), Value::Object(object(value, members, unmapped))));
                Some(Value::Object(values.collect()))
            }
            Source::Each { path, members } => {
                if path.find(scope).is_empty() && !path.was_read(scope) {
                    return None;
                }
                let elements = path.find(scope).into_iter();
                Some(elements.map(|element| Value::Object(object(element, members, unmapped))).collect())
            }
        }
    }

    /// The pairs of a list of keys and values; nothing where there is no list, or the expression is about something else.
    pub(super) fn tags(&self, scope: &Scope<'_>) -> Option<BTreeMap<String, String>> {
        match &self.source {
            Source::Tags { list, key, value } if self.transforms.is_empty() => {
                list.first(scope)?;
                let mut tags = BTreeMap::new();
                for (key, value) in pairs(list, scope, key, value) {
                    tags.insert(key.into_owned(), value.into_owned());
                }
                Some(tags)
            }
            _ => None,
        }
    }

    fn was_read(&self, scope: &Scope<'_>) -> bool {
        match &self.source {
            Source::Path(path)
            | Source::Object { path, .. }
            | Source::Each { path, .. }
            | Source::Values { path, .. } => path.was_read(scope),
            Source::Tag { list, .. } | Source::Tags { list, .. } => list.was_read(scope),
            Source::Template(_) | Source::Const(_) => true,
        }
    }
}

/// What is below the places that a path leads to; these themselves, where nothing is.
fn joined<'a>(path: &'a Path, below: &[Vec<&'a str>]) -> Vec<Vec<&'a str>> {
    let places = path.members();
    if below.is_empty() {
        return places;
    }
    places.iter().flat_map(|place| below.iter().map(|names| [place.as_slice(), names].concat())).collect()
}

fn object(item: View<'_>, members: &BTreeMap<String, Expression>, unmapped: &mut Vec<Unmapped>) -> Map<String, Value> {
    let scope = Scope::new(item);
    members.iter().filter_map(|(name, expression)| Some((name.clone(), expression.value(&scope, unmapped)?))).collect()
}

/// The pairs of a list of keys and values.
fn pairs<'a>(
    list: &Path,
    scope: &Scope<'a>,
    key: &Name,
    value: &Name,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    // A path to one list needs no list of lists.
    let (one, many) = if list.is_list() { (None, list.find(scope)) } else { (list.first(scope), Vec::new()) };
    one.into_iter().chain(many).flat_map(View::elements).filter_map(move |pair| {
        let member = |name: &Name| pair.member(name).and_then(View::text);
        Some((member(key)?, member(value).unwrap_or_default()))
    })
}

/// An expression as YAML spells it out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    path: Option<Path>,
    template: Option<Template>,
    #[serde(rename = "const")]
    constant: Option<Value>,
    tag: Option<String>,
    from: Option<Path>,
    tags: Option<Path>,
    key: Option<String>,
    value: Option<String>,
    obj: Option<Path>,
    each: Option<Path>,
    #[serde(rename = "values")]
    each_value: Option<Path>,
    map: Option<BTreeMap<String, Expression>>,
    #[serde(rename = "enum")]
    values: Option<BTreeMap<String, Value>>,
    default: Option<Value>,
    #[serde(rename = "type")]
    declared: Option<PropertyType>,
    get: Option<Path>,
    flat: Option<bool>,
    json: Option<bool>,
    host: Option<bool>,
    before: Option<String>,
    after: Option<String>,
    basename: Option<bool>,
    lower: Option<bool>,
    capture: Option<String>,
    number: Option<bool>,
    quantity: Option<bool>,
    scale: Option<f64>,
    divide: Option<f64>,
    round: Option<bool>,
    time: Option<super::transform::Epoch>,
    seconds: Option<bool>,
    snake: Option<bool>,
    count: Option<bool>,
    sum: Option<bool>,
    present: Option<bool>,
    not_empty: Option<bool>,
    eq: Option<Value>,
    starts_with: Option<String>,
    contains: Option<String>,
}

impl TryFrom<Fields> for Expression {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let transforms = Transforms {
            get: fields.get,
            flat: fields.flat,
            json: fields.json,
            host: fields.host,
            before: fields.before,
            after: fields.after,
            basename: fields.basename,
            lower: fields.lower,
            capture: fields.capture,
            number: fields.number,
            quantity: fields.quantity,
            scale: fields.scale,
            divide: fields.divide,
            round: fields.round,
            time: fields.time,
            seconds: fields.seconds,
            snake: fields.snake,
            count: fields.count,
            sum: fields.sum,
            present: fields.present,
            not_empty: fields.not_empty,
            eq: fields.eq,
            starts_with: fields.starts_with,
            contains: fields.contains,
        };
        let key = || Name::new(fields.key.as_deref().unwrap_or("Key"));
        let value = || Name::new(fields.value.as_deref().unwrap_or("Value"));
        let members = |map: Option<BTreeMap<String, Self>>| map.ok_or("`obj`, `each` and `values` need a `map`");
        let mut sources = Vec::new();
        sources.extend(fields.path.map(Source::Path));
        sources.extend(fields.template.map(Source::Template));
        sources.extend(fields.constant.map(Source::Const));
        if let Some(name) = fields.tag {
            let list = fields.from.unwrap_or_else(|| Path::parse("Tags").expect("a name is a path"));
            sources.push(Source::Tag { name, list, key: key(), value: value() });
        }
        if let Some(list) = fields.tags {
            sources.push(Source::Tags { list, key: key(), value: value() });
        }
        if let Some(path) = fields.obj {
            sources.push(Source::Object { path, members: members(fields.map.clone())? });
        }
        if let Some(path) = fields.each {
            sources.push(Source::Each { path, members: members(fields.map.clone())? });
        }
        if let Some(path) = fields.each_value {
            sources.push(Source::Values { path, members: members(fields.map)? });
        }
        let (Some(source), true) = (sources.pop(), sources.is_empty()) else {
            let all = "`path`, `template`, `const`, `tag`, `tags`, `obj`, `each`, `values`";
            return Err(format!("needs exactly one of {all}"));
        };
        Ok(Self {
            source,
            transforms: transforms.into_list()?,
            values: fields.values,
            default: fields.default,
            declared: fields.declared,
        })
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Expression;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path, a template, or a mapping such as `{path: State.Name, enum: {...}}`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expression, E> {
                let source = if text.contains('{') {
                    Template::parse(text).map(Source::Template)
                } else {
                    Path::parse(text).map(Source::Path)
                };
                Ok(Expression {
                    source: source.map_err(E::custom)?,
                    transforms: Vec::new(),
                    values: None,
                    default: None,
                    declared: None,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expression, A::Error> {
                let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
                Expression::try_from(fields).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Form)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expression(yaml: &str) -> Expression {
        serde_saphyr::from_str(yaml).unwrap()
    }

    fn value(yaml: &str, item: &Value) -> Option<Value> {
        expression(yaml).value(&Scope::new(item), &mut Vec::new())
    }

    #[test]
    fn tags_become_a_map_and_an_empty_name_is_none() {
        let item = json!({"Tags": [{"Key": "Name", "Value": ""}, {"Key": "owner", "Value": "ada"}, {"Key": "bare"}]});
        assert_eq!(value("{tags: Tags}", &item), Some(json!({"Name": "", "owner": "ada", "bare": ""})));
        assert_eq!(value("{tag: owner}", &item), Some(json!("ada")));
        assert_eq!(value("{tag: Name}", &item), None);
        assert_eq!(value("{tags: Absent}", &item), None);
    }

    #[test]
    fn a_word_that_enum_does_not_know_is_told_and_replaced_by_the_default() {
        let status = expression("{path: State, enum: {on: running, off: stopped}, default: unknown}");
        let mut unmapped = Vec::new();
        let mut of = |item: Value| status.value(&Scope::new(&item), &mut unmapped);
        assert_eq!(of(json!({"State": "on"})), Some(json!("running")));
        assert_eq!(of(json!({})), Some(json!("unknown")));
        assert_eq!(of(json!({"State": "melting"})), Some(json!("unknown")));
        assert_eq!(unmapped, [Unmapped("melting".to_owned())]);
    }

    #[test]
    fn nested_maps_take_members_of_what_they_stand_on() {
        let item = json!({"Disks": [{"Ebs": {"Id": "vol-1"}, "Name": "a"}, {"Name": "b"}], "Place": {"Zone": "z"}});
        assert_eq!(
            value("{each: 'Disks[]', map: {volume: Ebs.Id, name: Name}}", &item),
            Some(json!([{"volume": "vol-1", "name": "a"}, {"name": "b"}]))
        );
        assert_eq!(value("{obj: Place, map: {zone: Zone}}", &item), Some(json!({"zone": "z"})));
        assert_eq!(value("{obj: Absent, map: {zone: Zone}}", &item), None);
        let item = json!({"Methods": {"GET": {"Open": true}, "PUT": {}}});
        assert_eq!(
            value("{values: Methods, map: {open: Open}}", &item),
            Some(json!({"GET": {"open": true}, "PUT": {}}))
        );
    }

    #[test]
    fn what_could_not_be_read_is_not_known_rather_than_false() {
        let versioned = "{path: _versioning.Status, eq: Enabled}";
        assert_eq!(value(versioned, &json!({})), None);
        let cores = "{path: _type.Cores || Cores, default: 0}";
        assert_eq!(value(cores, &json!({"Cores": 2})), None, "nor as it is by default");
        assert_eq!(value(cores, &json!({"_type": {}})), Some(json!(0)));
        assert_eq!(value(versioned, &json!({"_versioning": {}})), Some(json!(false)));
        assert_eq!(value(versioned, &json!({"_versioning": {"Status": "Enabled"}})), Some(json!(true)));
    }

    #[test]
    fn the_form_of_an_expression_tells_its_type() {
        let of = |yaml: &str| expression(yaml).property_type();
        assert_eq!(of("State.Name"), None);
        assert_eq!(of("'Tags[]'"), Some(PropertyType::List));
        assert_eq!(of("'{id}-x'"), Some(PropertyType::String));
        assert_eq!(of("{path: A, type: int}"), Some(PropertyType::Int));
        assert_eq!(of("{path: A, eq: x}"), Some(PropertyType::Bool));
        assert_eq!(of("{path: A, divide: 1024}"), Some(PropertyType::Float));
        assert_eq!(of("{path: 'A[]', count: true}"), Some(PropertyType::Int));
        assert_eq!(of("{path: A, enum: {x: true}}"), Some(PropertyType::Bool));
    }

    #[test]
    fn a_mapping_without_one_source_is_refused_with_its_place() {
        let error = serde_saphyr::from_str::<Expression>("{path: A, const: 1}").unwrap_err().to_string();
        assert!(error.contains("exactly one of"), "{error}");
        let error = serde_saphyr::from_str::<Expression>("path: A\nlowr: true").unwrap_err();
        assert_eq!(error.location().map(|location| location.line()), Some(2), "{error}");
    }
}
