//! The catalogue's API: an account's session, as the engine sees it.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, stream::BoxStream};

use super::{account::Entered, client::AwsClient, error::AwsError, paginate::Listing};
use crate::{
    model::RegionId,
    provider::catalogue::{Answer, Api, ApiError, Request},
};

/// Makes the calls of one account.
#[derive(Debug)]
pub(super) struct AccountApi {
    pub(super) client: Arc<AwsClient>,
    pub(super) entered: Arc<Entered>,
    /// Replaces the catalogue's sizes of pages.
    pub(super) page_size: Option<u32>,
}

impl AccountApi {
    /// What an account has only once is asked for in its partition's own region.
    fn region(&self, region: &RegionId) -> String {
        if *region == RegionId::GLOBAL {
            self.client.endpoints().partition(&self.entered.home_region).global_region.clone()
        } else {
            region.to_string()
        }
    }
}

#[async_trait]
impl Api for AccountApi {
    fn pages(&self, request: Request) -> BoxStream<'_, Result<Arc<Answer>, ApiError>> {
        let listing = Listing {
            region: self.region(&request.region),
            service: request.call.service,
            operation: request.call.operation,
            params: request.params,
            page_size: request.page_size.map(|size| self.page_size.unwrap_or(size)),
            projection: request.projection,
        };
        self.client.answers(&self.entered.session, listing).map(|page| page.map_err(ApiError::from)).boxed()
    }

    async fn call(&self, request: Request) -> Result<Arc<Answer>, ApiError> {
        let region = self.region(&request.region);
        let call = &request.call;
        let session = &self.entered.session;
        let answer = self
            .client
            .call(session, &region, &call.service, &call.operation, &request.params, &request.projection)
            .await;
        answer.map(Arc::new).map_err(ApiError::from)
    }
}

impl From<AwsError> for ApiError {
    fn from(error: AwsError) -> Self {
        let message = match &error {
            AwsError::Service(error) => error.message.clone(),
            error => error.to_string(),
        };
        Self { code: error.code().to_owned(), message, class: error.class() }
    }
}
