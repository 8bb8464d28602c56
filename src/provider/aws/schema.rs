//! The schema: what AWS's operations take and return, and how that travels.
//!
//! It is botocore's service models, pruned to the operations that are used (`ci/aws/gen_schema.py`). A service is
//! compiled when it is first asked for: references become indices, and traits of a reference are merged with those of
//! the shape it refers to, so that a protocol need look in one place only.

use std::{collections::BTreeMap, fmt, marker::PhantomData, sync::OnceLock};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::provider::catalogue::{Name, hash};

mod traits;

pub use traits::{Location, Namespace, TimestampFormat, Traits};

/// Every service that the catalogue calls; each is compiled when it is first asked for.
#[derive(Debug)]
pub struct Schema {
    services: BTreeMap<&'static str, (&'static RawValue, OnceLock<Service>)>,
}

impl Schema {
    /// The schema that is built into the program.
    pub fn embedded() -> &'static Self {
        #[derive(Deserialize)]
        struct Document {
            #[serde(borrow)]
            services: BTreeMap<&'static str, &'static RawValue>,
        }
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            let document: Document =
                serde_json::from_str(include_str!("schema.json")).expect("the embedded schema is valid");
            let services = document.services.into_iter().map(|(name, text)| (name, (text, OnceLock::new())));
            Self { services: services.collect() }
        })
    }

    pub fn service(&self, name: &str) -> Option<&Service> {
        let (text, service) = self.services.get(name)?;
        Some(service.get_or_init(|| Service::parse(name, text.get()).expect("the embedded schema is valid")))
    }

    pub fn services(&self) -> impl Iterator<Item = &'static str> {
        self.services.keys().copied()
    }
}

/// One service: its wire protocol, operations and shapes.
#[derive(Debug)]
pub struct Service {
    /// The name the catalogue uses, for example `ec2`.
    pub name: String,
    pub metadata: Metadata,
    operations: BTreeMap<String, Operation>,
    shapes: Vec<Shape>,
}

/// How a service is spoken to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    pub api_version: String,
    pub endpoint_prefix: String,
    pub json_version: Option<String>,
    pub protocol: Protocol,
    pub service_id: String,
    signing_name: Option<String>,
    pub target_prefix: String,
    /// Present where errors of the former query protocol are carried in a header.
    aws_query_compatible: Option<serde_json::Value>,
}

impl Metadata {
    pub fn signing_name(&self) -> &str {
        self.signing_name.as_deref().unwrap_or(&self.endpoint_prefix)
    }

    pub fn is_query_compatible(&self) -> bool {
        self.aws_query_compatible.is_some()
    }
}

/// The wire protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Ec2,
    #[default]
    Query,
    Json,
    RestJson,
    RestXml,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub name: String,
    pub method: String,
    /// A path with `{label}`s, and a query string perhaps.
    pub uri: String,
    pub input: Option<Target>,
    pub output: Option<Target>,
    /// The element that wraps the result in the query protocol.
    pub result_wrapper: Option<String>,
    /// A template that comes before the host name.
    pub host_prefix: Option<String>,
    /// Whether the request must carry a checksum of its body.
    pub checksum_required: bool,
    /// Whether the request is signed; nearly all are.
    pub signed: bool,
    pub paginator: Option<Paginator>,
}

/// How the pages of a list are asked for.
#[derive(Clone, Debug, Deserialize)]
pub struct Paginator {
    /// The parameters that carry the token, in the order of `output_token`.
    #[serde(deserialize_with = "one_or_many")]
    pub input_token: Vec<String>,
    /// Expressions for the token of the next page.
    #[serde(deserialize_with = "one_or_many")]
    pub output_token: Vec<String>,
    /// The parameter for the size of a page.
    #[serde(default)]
    pub limit_key: Option<String>,
    /// The smallest and largest page, where the model says.
    #[serde(default)]
    pub limit_min: Option<u32>,
    #[serde(default)]
    pub limit_max: Option<u32>,
    /// The member that says whether there are more pages.
    #[serde(default)]
    pub more_results: Option<String>,
    /// The members that hold the items.
    #[serde(default, deserialize_with = "one_or_many")]
    pub result_key: Vec<String>,
}

/// A reference to a shape, with the traits that hold at this place.
#[derive(Clone, Debug)]
pub struct Target {
    shape: u32,
    pub traits: Traits,
}

/// The shape of a value.
#[derive(Debug)]
pub enum Shape {
    Structure(Structure),
    List(Target),
    Map {
        key: Target,
        value: Target,
    },
    String,
    Integer,
    Float,
    Boolean,
    /// Bytes; base64 text in a JSON value.
    Blob,
    Timestamp,
    /// Any JSON.
    Document,
}

/// A structure and its members, in the order of the model.
#[derive(Debug)]
pub struct Structure {
    pub members: Vec<Member>,
    /// The member that is the whole body.
    pub payload: Option<String>,
    pub required: Vec<String>,
    /// Whether elements of a list or entries of a map may stand among the members.
    pub has_flattened: bool,
    by_wire_name: WireNames,
}

/// Members by the names that they have in a body.
///
/// A table by the lower bits of the names' hashes, half of it empty: places have a hash, and the number of the member,
/// counted from one.
#[derive(Debug)]
struct WireNames(Box<[(u32, u16)]>);

#[derive(Debug)]
pub struct Member {
    pub name: String,
    /// The same, as answers have it.
    pub key: Name,
    /// The name in JSON and XML bodies.
    pub wire_name: String,
    pub target: Target,
}

impl Service {
    /// Compiles a service from its model.
    pub fn parse(name: &str, model: &str) -> Result<Self, SchemaError> {
        let error = |source| SchemaError::Json { service: name.to_owned(), source };
        let mut model: model::Service = serde_json::from_str(model).map_err(error)?;
        let compiler = Compiler {
            service: name,
            protocol: model.metadata.protocol,
            index: (0..).zip(model.shapes.keys()).map(|(index, name)| (name.as_str(), index)).collect(),
            shapes: &model.shapes,
        };
        let shapes = model.shapes.iter().map(|(name, shape)| compiler.shape(name, shape)).collect::<Result<_, _>>()?;
        let mut operations = BTreeMap::new();
        for (name, operation) in &model.operations {
            let paginator = model.paginators.remove(name);
            operations.insert(name.clone(), compiler.operation(name, operation, paginator)?);
        }
        Ok(Self { name: name.to_owned(), metadata: model.metadata, operations, shapes })
    }

    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.get(name)
    }

    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    pub fn shape(&self, target: &Target) -> &Shape {
        &self.shapes[target.shape as usize]
    }

    /// The structure a target refers to; an input or output always is one.
    pub fn structure(&self, target: &Target) -> Option<&Structure> {
        match self.shape(target) {
            Shape::Structure(structure) => Some(structure),
            _ => None,
        }
    }
}

impl Structure {
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The member that has this name in a body.
    pub fn by_wire_name(&self, wire_name: &str) -> Option<&Member> {
        let WireNames(places) = &self.by_wire_name;
        let wanted = hash(wire_name);
        let mut place = wanted as usize;
        loop {
            let (hash, number) = places[place & (places.len() - 1)];
            let position = usize::from(number.checked_sub(1)?);
            if hash == wanted && self.members[position].wire_name == wire_name {
                return Some(&self.members[position]);
            }
            place += 1;
        }
    }
}

impl WireNames {
    fn new(members: &[Member]) -> Self {
        let mut places = vec![(0, 0); (2 * members.len()).next_power_of_two().max(1)].into_boxed_slice();
        for (number, member) in (1_u16..).zip(members) {
            let hash = hash(&member.wire_name);
            let mut place = hash as usize;
            while places[place & (places.len() - 1)].1 != 0 {
                place += 1;
            }
            places[place & (places.len() - 1)] = (hash, number);
        }
        Self(places)
    }
}

/// A model that cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the model of {service} is not a service model")]
    Json { service: String, source: serde_json::Error },
    #[error("the model of {service} refers to a shape {shape:?} that it lacks")]
    MissingShape { service: String, shape: String },
    #[error("the model of {service} has a shape {shape:?} of unknown type {kind:?}")]
    UnknownType { service: String, shape: String, kind: String },
}

struct Compiler<'a> {
    service: &'a str,
    protocol: Protocol,
    index: BTreeMap<&'a str, u32>,
    shapes: &'a BTreeMap<String, model::Shape>,
}

impl Compiler<'_> {
    fn operation(
        &self,
        name: &str,
        operation: &model::Operation,
        paginator: Option<Paginator>,
    ) -> Result<Operation, SchemaError> {
        let checksum = operation.http_checksum_required
            || operation.http_checksum.as_ref().is_some_and(|checksum| checksum.request_checksum_required);
        Ok(Operation {
            name: name.to_owned(),
            method: operation.http.method.clone(),
            uri: operation.http.request_uri.clone(),
            input: operation.input.as_ref().map(|input| self.target(input)).transpose()?,
            output: operation.output.as_ref().map(|output| self.target(output)).transpose()?,
            result_wrapper: operation.output.as_ref().and_then(|output| self.result_wrapper(name, output)),
            host_prefix: operation.endpoint.as_ref().and_then(|endpoint| endpoint.host_prefix.clone()),
            checksum_required: checksum,
            signed: operation.authtype.as_deref() != Some("none"),
            paginator,
        })
    }

    fn result_wrapper(&self, operation: &str, output: &model::Reference) -> Option<String> {
        let own = output.result_wrapper.clone();
        own.or_else(|| (self.protocol == Protocol::Query).then(|| format!("{operation}Result")))
    }

    fn target(&self, reference: &model::Reference) -> Result<Target, SchemaError> {
        let missing = || SchemaError::MissingShape { service: self.service.to_owned(), shape: reference.shape.clone() };
        let definition = self.shapes.get(&reference.shape).ok_or_else(missing)?;
        let shape = *self.index.get(reference.shape.as_str()).ok_or_else(missing)?;
        Ok(Target { shape, traits: reference.traits.over(&definition.traits) })
    }

    fn shape(&self, name: &str, shape: &model::Shape) -> Result<Shape, SchemaError> {
        let unknown = || SchemaError::UnknownType {
            service: self.service.to_owned(),
            shape: name.to_owned(),
            kind: shape.kind.clone(),
        };
        Ok(match shape.kind.as_str() {
            "structure" if shape.document => Shape::Document,
            "structure" => Shape::Structure(self.structure(shape)?),
            "list" => Shape::List(self.target(shape.member.as_ref().ok_or_else(unknown)?)?),
            "map" => Shape::Map {
                key: self.target(shape.key.as_ref().ok_or_else(unknown)?)?,
                value: self.target(shape.value.as_ref().ok_or_else(unknown)?)?,
            },
            "string" | "character" => Shape::String,
            "integer" | "long" => Shape::Integer,
            "float" | "double" => Shape::Float,
            "boolean" => Shape::Boolean,
            "blob" => Shape::Blob,
            "timestamp" => Shape::Timestamp,
            _ => return Err(unknown()),
        })
    }

    fn structure(&self, shape: &model::Shape) -> Result<Structure, SchemaError> {
        let members = shape.members.0.iter().map(|(name, reference)| {
            let target = self.target(reference)?;
            let wire_name = self.wire_name(name, reference, &target.traits);
            Ok(Member { name: name.clone(), key: Name::new(name), wire_name, target })
        });
        let mut members: Vec<Member> = members.collect::<Result<_, _>>()?;
        Name::rank(members.iter_mut().map(|member| &mut member.key));
        Ok(Structure {
            by_wire_name: WireNames::new(&members),
            has_flattened: members.iter().any(|member| member.target.traits.flattened),
            members,
            payload: shape.payload.clone(),
            required: shape.required.clone(),
        })
    }

    /// The elements of a flattened list stand in its place, under their own name.
    fn wire_name(&self, name: &str, reference: &model::Reference, traits: &Traits) -> String {
        let own = traits.location_name.as_deref().unwrap_or(name);
        let element = || {
            let member = self.shapes.get(&reference.shape)?.member.as_ref()?;
            let shape = self.shapes.get(&member.shape)?;
            member.traits.location_name.as_deref().or(shape.traits.location_name.as_deref())
        };
        if traits.flattened { element().unwrap_or(own) } else { own }.to_owned()
    }
}

/// The model as botocore writes it.
mod model {
    use super::{BTreeMap, Deserialize, Metadata, Ordered, Paginator, Traits};

    #[derive(Deserialize)]
    pub(super) struct Service {
        pub(super) metadata: Metadata,
        pub(super) operations: BTreeMap<String, Operation>,
        #[serde(default)]
        pub(super) paginators: BTreeMap<String, Paginator>,
        pub(super) shapes: BTreeMap<String, Shape>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Operation {
        pub(super) http: Http,
        pub(super) input: Option<Reference>,
        pub(super) output: Option<Reference>,
        pub(super) endpoint: Option<Endpoint>,
        pub(super) authtype: Option<String>,
        #[serde(default)]
        pub(super) http_checksum_required: bool,
        pub(super) http_checksum: Option<Checksum>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Http {
        #[serde(default = "post")]
        pub(super) method: String,
        #[serde(default = "root")]
        pub(super) request_uri: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Endpoint {
        pub(super) host_prefix: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Checksum {
        #[serde(default)]
        pub(super) request_checksum_required: bool,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Reference {
        pub(super) shape: String,
        pub(super) result_wrapper: Option<String>,
        #[serde(flatten)]
        pub(super) traits: Traits,
    }

    #[derive(Deserialize)]
    pub(super) struct Shape {
        #[serde(rename = "type")]
        pub(super) kind: String,
        #[serde(default)]
        pub(super) members: Ordered<Reference>,
        pub(super) member: Option<Reference>,
        pub(super) key: Option<Reference>,
        pub(super) value: Option<Reference>,
        pub(super) payload: Option<String>,
        #[serde(default)]
        pub(super) required: Vec<String>,
        #[serde(default)]
        pub(super) document: bool,
        #[serde(flatten)]
        pub(super) traits: Traits,
    }

    fn post() -> String {
        "POST".to_owned()
    }

    fn root() -> String {
        "/".to_owned()
    }
}

/// A JSON object that keeps the order of its entries.
struct Ordered<T>(Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::One(one) => vec![one],
        Form::Many(many) => many,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_service_compiles() {
        let schema = Schema::embedded();
        for name in schema.services() {
            let service = schema.service(name).unwrap();
            assert!(service.operations().count() > 0, "{name}");
        }
    }

    #[test]
    fn a_missing_shape_is_named() {
        let model = r#"{"metadata": {"protocol": "json"}, "shapes": {},
            "operations": {"List": {"http": {}, "input": {"shape": "ListRequest"}}}}"#;
        let error = Service::parse("x", model).unwrap_err();
        insta::assert_snapshot!(error, @r#"the model of x refers to a shape "ListRequest" that it lacks"#);
    }

    #[test]
    fn flattened_elements_go_by_their_own_name() {
        let service = Schema::embedded().service("s3").unwrap();
        let output = service.operation("GetBucketLifecycleConfiguration").unwrap().output.as_ref().unwrap();
        let member = service.structure(output).unwrap().by_wire_name("Rule").unwrap();
        assert_eq!(member.name, "Rules");
        assert!(member.target.traits.flattened);
    }
}
