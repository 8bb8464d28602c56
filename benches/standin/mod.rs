//! A stand-in for AWS: it replays recorded answers, for every account and region with other ids.
//!
//! A folder holds what was recorded: `Operation.0.xml`, `Operation.1.xml` and so on are the pages of an answer. Who asks
//! is in the request's credentials: the keys that `AssumeRole` hands out carry the account. Signatures are not checked.

use std::{
    collections::BTreeMap, convert::Infallible, fmt::Write as _, fs, ops::Range, path::Path, sync::Arc, time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use regex::Regex;
use tokio::net::TcpListener;

/// The account and region that the answers were recorded in; others have names of the same length.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
/// Accounts whose number begins so have nothing.
const EMPTY: &str = "9";

/// Serves until the process ends, and says where.
pub(crate) async fn serve(folder: &Path) {
    let answers = Arc::new(Answers::read(folder));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let answers = Arc::clone(&answers);
                async move { Ok::<_, Infallible>(answers.answer(request).await) }
            });
            // A client that goes away is no concern of ours.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// What was recorded, by operation and page.
struct Answers(BTreeMap<String, Vec<Page>>);

struct Page {
    text: Vec<u8>,
    /// Where there are the account, the region, and the first digits of ids.
    accounts: Vec<usize>,
    regions: Vec<usize>,
    ids: Vec<Range<usize>>,
}

impl Answers {
    fn read(folder: &Path) -> Self {
        let mut answers: BTreeMap<String, Vec<Page>> = BTreeMap::new();
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let operations: Vec<String> = files
            .iter()
            .filter_map(|file| Some(file.file_name()?.to_str()?.strip_suffix(".0.xml")?.to_owned()))
            .collect();
        for operation in operations {
            let page = |number: usize| fs::read_to_string(folder.join(format!("{operation}.{number}.xml"))).ok();
            let texts: Vec<String> = (0..).map_while(page).collect();
            let last = texts.len() - 1;
            let pages = texts.into_iter().enumerate().map(|(number, text)| {
                let more = (number < last).then(|| format!("<nextToken>{}</nextToken>", number + 1));
                Page::new(with(text, more.as_deref().unwrap_or_default()))
            });
            answers.insert(operation, pages.collect());
        }
        Self(answers)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let parameters: BTreeMap<_, _> = url::form_urlencoded::parse(&body).collect();
        let authorization = head.headers[AUTHORIZATION].to_str().unwrap();
        let (_, credential) = authorization.split_once("Credential=").unwrap();
        let mut scope = credential.split('/');
        let account = &scope.next().unwrap()[4..16];
        let region = scope.nth(1).unwrap();
        let text = match &*parameters["Action"] {
            "AssumeRole" => assumed_role(&parameters["RoleArn"]).into_bytes(),
            "GetCallerIdentity" => identity(account).into_bytes(),
            "ListAccountAliases" => {
                b"<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases/></ListAccountAliasesResult>\
                  </ListAccountAliasesResponse>"
                    .to_vec()
            }
            action if account.starts_with(EMPTY) => format!("<{action}Response/>").into_bytes(),
            action => {
                let number = parameters.get("NextToken").map_or(0, |token| token.parse().unwrap());
                let pages = self.0.get(action).unwrap_or_else(|| panic!("nothing was recorded of {action}"));
                pages[number].of(account, region)
            }
        };
        Response::builder().header("content-type", "text/xml").body(Full::new(text.into())).unwrap()
    }
}

impl Page {
    fn new(text: String) -> Self {
        let at = |wanted: &str| text.match_indices(wanted).map(|(at, _)| at).collect();
        let ids = Regex::new("[a-z]-([0-9a-f]{6})[0-9a-f]{11}").unwrap();
        Self {
            accounts: at(ACCOUNT),
            regions: at(REGION),
            ids: ids.captures_iter(&text).map(|found| found.get(1).unwrap().range()).collect(),
            text: text.into_bytes(),
        }
    }

    /// The same for another account and region: all ids are others, and equal ones stay equal.
    fn of(&self, account: &str, region: &str) -> Vec<u8> {
        let mut text = self.text.clone();
        for at in &self.accounts {
            text[*at..*at + ACCOUNT.len()].copy_from_slice(account.as_bytes());
        }
        for at in &self.regions {
            text[*at..*at + REGION.len()].copy_from_slice(region.as_bytes());
        }
        let mut shift = account
            .bytes()
            .chain(region.bytes())
            .fold(0xcbf2_9ce4_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        shift ^= shift >> 13;
        for range in &self.ids {
            let digits = u32::from_str_radix(std::str::from_utf8(&text[range.clone()]).unwrap(), 16).unwrap();
            let mut other = String::with_capacity(6);
            write!(other, "{:06x}", (digits ^ shift) & 0xff_ffff).unwrap();
            text[range.clone()].copy_from_slice(other.as_bytes());
        }
        text
    }
}

/// The answer with something before its end.
fn with(mut text: String, more: &str) -> String {
    let end = text.rfind("</").unwrap();
    text.insert_str(end, more);
    text
}

fn assumed_role(role: &str) -> String {
    let account = role.split(':').nth(4).unwrap();
    let end = jiff::Timestamp::now() + Duration::from_hours(12);
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}0000</AccessKeyId>\
         <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{end}</Expiration>\
         </Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}

fn identity(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult>\
         </GetCallerIdentityResponse>"
    )
}
