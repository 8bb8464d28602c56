//! The probe: asks IAM what it would refuse, before anything is listed.

use std::{collections::BTreeSet, sync::Arc};

use futures::TryStreamExt;
use serde_json::{Value, json};

use super::{account::Entered, client::AwsClient, error::AwsError, paginate::Listing, protocol::Projection};

/// Actions that one question asks for.
const AT_ONCE: usize = 100;

/// The actions that IAM would refuse to the identity that an account is read with.
///
/// What IAM cannot say, as a policy's condition hangs on the request, is not among them.
pub(super) async fn refused(
    client: &AwsClient,
    entered: &Entered,
    actions: &BTreeSet<String>,
) -> Result<BTreeSet<String>, AwsError> {
    let source = match &entered.role {
        Some(role) => role.clone(),
        None => identity(client, entered).await?,
    };
    let mut refused = BTreeSet::new();
    // Nobody refuses anything to the account itself, and IAM answers no questions about it.
    if source.ends_with(":root") {
        return Ok(refused);
    }
    let actions: Vec<&String> = actions.iter().collect();
    for actions in actions.chunks(AT_ONCE) {
        let listing = Listing {
            service: "iam".to_owned(),
            operation: "SimulatePrincipalPolicy".to_owned(),
            region: entered.home_region.clone(),
            params: json!({ "PolicySourceArn": source, "ActionNames": actions }),
            page_size: None,
            projection: Arc::new(Projection::of([
                "EvaluationResults[].EvalActionName",
                "EvaluationResults[].EvalDecision",
                "EvaluationResults[].MissingContextValues",
            ])),
        };
        let pages: Vec<Value> = client.pages(&entered.session, listing).try_collect().await?;
        for result in pages.iter().filter_map(|page| page["EvaluationResults"].as_array()).flatten() {
            let undecided = result["MissingContextValues"].as_array().is_some_and(|missing| !missing.is_empty());
            let allowed = result["EvalDecision"] == "allowed";
            if let (false, false, Some(action)) = (allowed, undecided, result["EvalActionName"].as_str()) {
                refused.insert(action.to_owned());
            }
        }
    }
    Ok(refused)
}

/// The identity of the credentials, as policies are attached to it.
async fn identity(client: &AwsClient, entered: &Entered) -> Result<String, AwsError> {
    let (region, projection) = (&entered.home_region, Projection::of(["Arn"]));
    let answer =
        client.call(&entered.session, region, "sts", "GetCallerIdentity", &json!({}), &projection).await?.value();
    Ok(policy_source(answer["Arn"].as_str().unwrap_or_default()))
}

/// The role of a session: `arn:aws:sts::1:assumed-role/reader/session` is `arn:aws:iam::1:role/reader`.
///
/// A session does not tell the path of its role; IAM does not know such a role, and the question stays open.
fn policy_source(identity: &str) -> String {
    let parts: Vec<&str> = identity.splitn(6, ':').collect();
    if let [arn, partition, "sts", region, account, session] = parts[..]
        && let Some(role) = session.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next())
    {
        return format!("{arn}:{partition}:iam:{region}:{account}:role/{role}");
    }
    identity.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_attached_to_roles_and_not_to_sessions() {
        let session = "arn:aws-cn:sts::111111111111:assumed-role/reader/cloudgauge";
        assert_eq!(policy_source(session), "arn:aws-cn:iam::111111111111:role/reader");
        let user = "arn:aws:iam::111111111111:user/ops/ada";
        assert_eq!(policy_source(user), user);
        assert_eq!(policy_source(""), "");
    }
}
