//! Pages: follows a listing to its end.

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use serde_json::{Map, Value};

use super::{
    client::{AwsClient, Session},
    error::AwsError,
    protocol::Projection,
    schema::{Operation, Paginator},
};
use crate::provider::catalogue::{Answer, Name, View};

/// No listing of a region is that long; whatever is longer does not end.
const PAGES_MAX: usize = 20_000;

/// A listing to read.
#[derive(Clone, Debug)]
pub struct Listing {
    pub service: String,
    pub operation: String,
    pub region: String,
    /// An object, by the names of the schema.
    pub params: Value,
    /// The items that a page should have; as many as the service gives, if nothing is said.
    pub page_size: Option<u32>,
    /// The members to read. The tokens of pages are read in any case.
    pub projection: Arc<Projection>,
}

impl AwsClient {
    /// Reads all pages; each is a value of its own.
    pub fn pages<'a>(
        &'a self,
        session: &'a Session,
        listing: Listing,
    ) -> impl Stream<Item = Result<Value, AwsError>> + Send + 'a {
        self.answers(session, listing).map(|page| page.map(|page| page.value()))
    }

    /// Reads all pages, in order; the stream ends after the first error.
    ///
    /// An operation without pages yields its one answer. A page without items does not end a listing that goes on.
    pub fn answers<'a>(
        &'a self,
        session: &'a Session,
        listing: Listing,
    ) -> impl Stream<Item = Result<Arc<Answer>, AwsError>> + Send + 'a {
        let listing = self.with_tokens(listing);
        stream::unfold(Some(Pages { client: self, session, listing, used: Vec::new(), next: None }), |state| async {
            let mut pages = state?;
            match pages.read().await {
                Ok((page, true)) => Some((Ok(page), Some(pages))),
                Ok((page, false)) => Some((Ok(page), None)),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// A listing that reads the tokens of its pages too. An operation that does not exist fails when it is called.
    fn with_tokens(&self, listing: Listing) -> Listing {
        let paginator = match self.operation(&listing.service, &listing.operation) {
            Ok((_, Operation { paginator: Some(paginator), .. })) if *listing.projection != Projection::All => {
                paginator
            }
            _ => return listing,
        };
        let mut projection = Projection::clone(&listing.projection);
        let paths = paginator.output_token.iter().chain(&paginator.more_results);
        for path in paths.flat_map(|expression| expression.split("||")) {
            projection.add(path.trim());
        }
        Listing { projection: Arc::new(projection), ..listing }
    }
}

/// A listing that is being read.
struct Pages<'a> {
    client: &'a AwsClient,
    session: &'a Session,
    listing: Listing,
    /// The tokens of the pages that have been read.
    used: Vec<Vec<Value>>,
    /// The token of the next page.
    next: Option<Vec<Value>>,
}

impl Pages<'_> {
    /// Reads the next page; also says whether there is one more.
    async fn read(&mut self) -> Result<(Arc<Answer>, bool), AwsError> {
        let Listing { service, operation, region, params, page_size, projection } = &self.listing;
        let (_, found) = self.client.operation(service, operation)?;
        let mut params = params.clone();
        if let (Some(paginator), Value::Object(params)) = (&found.paginator, &mut params) {
            set_page_size(params, paginator, *page_size, service);
            for (name, token) in paginator.input_token.iter().zip(self.next.iter().flatten()) {
                params.insert(name.clone(), token.clone());
            }
        }
        let answer = Arc::new(self.client.call(self.session, region, service, operation, &params, projection).await?);
        let token = found.paginator.as_ref().and_then(|paginator| next_token(View::from(&answer), paginator));
        let more = token.is_some();
        if let Some(token) = token {
            if self.used.contains(&token) {
                return Err(AwsError::RepeatedToken { page: self.used.len() + 1 });
            }
            if self.used.len() + 1 >= PAGES_MAX {
                return Err(AwsError::TooManyPages { pages: PAGES_MAX });
            }
            self.used.push(token.clone());
            self.next = Some(token);
        }
        Ok((answer, more))
    }
}

/// Asks for pages of a size: EC2 limits requests without one to half the rate.
fn set_page_size(params: &mut Map<String, Value>, paginator: &Paginator, asked: Option<u32>, service: &str) {
    let Some(key) = paginator.limit_key.as_ref().filter(|key| !params.contains_key(*key)) else { return };
    // A size is refused beside a list of ids, so none is made up where there are other parameters.
    let usual = match (params.is_empty(), service) {
        (false, _) => None,
        (true, "ec2") => Some(paginator.limit_max.unwrap_or(1000)),
        (true, _) => paginator.limit_max.filter(|max| *max <= 1000),
    };
    if let Some(size) = asked.or(usual) {
        let size = size.max(paginator.limit_min.unwrap_or(1)).min(paginator.limit_max.unwrap_or(u32::MAX));
        params.insert(key.clone(), size.into());
    }
}

/// The token of the next page; `None` at the end.
fn next_token(answer: View<'_>, paginator: &Paginator) -> Option<Vec<Value>> {
    if let Some(expression) = &paginator.more_results
        && select(answer, expression).map(View::to_value) != Some(Value::Bool(true))
    {
        return None;
    }
    let token = paginator.output_token.iter().map(|expression| select(answer, expression).map(View::to_value));
    let token: Vec<Value> = token.map(Option::unwrap_or_default).collect();
    let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    if token.iter().all(empty) { None } else { Some(token) }
}

/// A small part of the language that botocore's paginators are written in: `A.B[-1].C || D`.
fn select<'a>(answer: View<'a>, expression: &str) -> Option<View<'a>> {
    expression.split("||").find_map(|path| {
        let value = path.trim().split('.').try_fold(answer, |value, step| {
            let (name, index) = step.split_once('[').map_or((step, None), |(name, index)| (name, Some(index)));
            let value = value.member(&Name::new(name))?;
            match index {
                None => Some(value),
                Some("-1]") => value.elements().last(),
                Some(index) => value.elements().nth(index.trim_end_matches(']').parse().ok()?),
            }
        })?;
        (!value.is_null()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::aws::schema::Schema;

    fn paginator(service: &str, operation: &str) -> &'static Paginator {
        let service = Schema::embedded().service(service).unwrap();
        service.operation(operation).unwrap().paginator.as_ref().unwrap()
    }

    #[test]
    fn tokens_are_found_where_the_model_says() {
        let ec2 = paginator("ec2", "DescribeInstances");
        assert_eq!(next_token(View::from(&json!({"NextToken": "a", "Reservations": []})), ec2), Some(vec![json!("a")]));
        assert_eq!(next_token(View::from(&json!({"NextToken": ""})), ec2), None);
        assert_eq!(next_token(View::from(&json!({})), ec2), None);
        let iam = paginator("iam", "GetAccountAuthorizationDetails");
        assert_eq!(next_token(View::from(&json!({"IsTruncated": false, "Marker": "a"})), iam), None);
        assert_eq!(next_token(View::from(&json!({"IsTruncated": true, "Marker": "a"})), iam), Some(vec![json!("a")]));
    }

    #[test]
    fn expressions_take_the_first_that_is_there() {
        let answer = json!({"A": [{"K": 1}, {"K": 2}], "B": {"C": "x"}, "N": null});
        let value = |expression| select(View::from(&answer), expression).map(View::to_value);
        assert_eq!(value("N || A[-1].K"), Some(json!(2)));
        assert_eq!(value("A[0].K"), Some(json!(1)));
        assert_eq!(value("B.C"), Some(json!("x")));
        assert_eq!(value("B.D || Z"), None);
    }

    #[test]
    fn pages_have_a_size_unless_ids_are_asked_for() {
        let size = |service, operation, params: Value, asked| {
            let mut params = params.as_object().unwrap().clone();
            let paginator = paginator(service, operation);
            set_page_size(&mut params, paginator, asked, service);
            params.get(paginator.limit_key.as_ref().unwrap()).cloned()
        };
        assert_eq!(size("ec2", "DescribeInstances", json!({}), None), Some(json!(1000)));
        assert_eq!(size("ec2", "DescribeInstances", json!({"InstanceIds": ["i"]}), None), None);
        assert_eq!(size("ec2", "DescribeInstances", json!({}), Some(7)), Some(json!(7)));
        assert_eq!(size("ec2", "DescribeInstanceTypes", json!({}), Some(1000)), Some(json!(100)));
        assert_eq!(size("rds", "DescribeDBInstances", json!({}), None), None);
    }
}
