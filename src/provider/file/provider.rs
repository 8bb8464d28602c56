//! The files' side of [`Provider`].

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::{
    model::{Failure, FailureClass, Kind, KindName, Listing, ProviderName, ScopeKey},
    provider::{DeleteTarget, DiscoveredAccount, Discovery, Provider},
};

use super::{
    Config,
    assembly::{Assembled, Assembly},
    contents::Contents,
    problem::{FileError, Problems},
    roles::Roles,
    source::{self, DeclaredKinds},
};

/// The name in the configuration and in scopes.
pub(super) const NAME: &str = "file";

/// Lists what files say.
///
/// The files are read when a collection starts, all of them, to find out what they have. The resources of lines are read
/// once more when their scope is listed, so that they are never all held; each scope is handed out once. What is kept
/// between collections is only which scopes each file had.
#[derive(Clone, Debug)]
pub struct FileProvider {
    config: Arc<Config>,
    roles: Arc<Roles>,
    state: Arc<Mutex<State>>,
    /// As many scopes are read at once as there are processors: more would only hold more.
    readers: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    listings: BTreeMap<ScopeKey, Waiting>,
    /// The scopes of every file when it could last be read, the unusable entries of that time aside.
    scopes_of: BTreeMap<PathBuf, BTreeSet<ScopeKey>>,
}

/// A scope that was not handed out yet.
#[derive(Debug)]
struct Waiting {
    contents: Arc<Contents>,
    nodes: Vec<u32>,
    /// Why it may be incomplete.
    missing: Option<Failure>,
}

/// What reading all files yielded.
#[derive(Debug)]
struct Reading {
    assembled: Assembled,
    /// Files and patterns that yielded nothing.
    errors: Vec<FileError>,
    /// Files of which some entries cannot be used.
    problems: BTreeMap<PathBuf, Problems>,
    files: BTreeSet<PathBuf>,
}

impl FileProvider {
    pub fn new(config: Config) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            config: Arc::new(config),
            roles: Arc::new(Roles::new()),
            state: Arc::default(),
            readers: Arc::new(Semaphore::new(processors)),
        }
    }

    /// The kinds that the files declare and that `known` does not have, to be joined with all others at start-up.
    ///
    /// Reads every file, and says nothing of those that it cannot read: [`discover`](Provider::discover) does. A kind
    /// that first appears later is collected all the same; what it inherits is known after the next start.
    pub fn declared_kinds(&self, known: &dyn Fn(&str) -> bool) -> Vec<Kind> {
        let mut declared = DeclaredKinds::new();
        for path in source::find(&self.config.files).0 {
            let mut found = DeclaredKinds::new();
            let sink = &mut |_, entry| found.extend(Assembly::bases(&entry));
            let read = source::read(&path, &self.config, &self.roles, sink);
            if let Ok(read) = read {
                found.extend(read.kinds);
                declared.extend(found);
            }
        }
        kinds(declared, known)
    }

    fn read(&self) -> Reading {
        let (paths, mut errors) = source::find(&self.config.files);
        let mut assembly = Assembly::new(&self.config, NAME.into(), self.roles.clone());
        let mut problems = BTreeMap::new();
        for path in &paths {
            let checkpoint = assembly.begin(path.clone());
            match source::read(path, &self.config, &self.roles, &mut |_, entry| assembly.add(entry)) {
                Ok(read) => {
                    assembly.end(read.file);
                    if !read.problems.is_empty() {
                        problems.insert(path.clone(), read.problems);
                    }
                }
                Err(error) => {
                    assembly.roll_back(&checkpoint);
                    errors.push(error);
                }
            }
        }
        Reading { assembled: assembly.finish(), errors, problems, files: paths.into_iter().collect() }
    }
}

#[async_trait]
impl Provider for FileProvider {
    fn name(&self) -> ProviderName {
        NAME.into()
    }

    async fn discover(&self) -> Discovery {
        let this = self.clone();
        let work = tokio::task::spawn_blocking(move || {
            let reading = this.read();
            lock(&this.state).take_in(reading)
        });
        work.await.unwrap_or_else(|error| Discovery {
            accounts: Vec::new(),
            failure: Some(Failure::new(FailureClass::BadAnswer, format!("reading the files was broken off: {error}"))),
        })
    }

    async fn list(&self, scope: &ScopeKey) -> Listing {
        let failed = |message| Listing::Failed(Failure::new(FailureClass::BadAnswer, message));
        let Some(waiting) = lock(&self.state).listings.remove(scope) else {
            return failed(format!("{scope} is handed out already, or in no file; the next collection reads again"));
        };
        let reader = self.readers.acquire().await.expect("the semaphore is never closed");
        let listing = tokio::task::spawn_blocking(move || waiting.listing()).await;
        drop(reader);
        listing.unwrap_or_else(|error| failed(format!("reading the files again was broken off: {error}")))
    }

    fn deletes(&self, _kind: &str) -> bool {
        false
    }

    async fn delete(&self, target: &DeleteTarget) -> Result<(), Failure> {
        let message = format!("{} comes from a file; delete it where the file comes from", target.resource.id);
        Err(Failure::new(FailureClass::Unsupported, message))
    }
}

impl Waiting {
    fn listing(self) -> Listing {
        match self.contents.read(&self.nodes) {
            Err(failure) => Listing::Failed(failure),
            Ok((resources, problems)) => {
                let found_now = (!problems.is_empty()).then(|| problems.failure());
                match self.missing.or(found_now) {
                    Some(missing) => Listing::Partial { resources, missing },
                    None => Listing::Complete(resources),
                }
            }
        }
    }
}

impl State {
    /// Decides what may be believed complete.
    ///
    /// A file that cannot be read may hold resources of the scopes that it had before; if it was never read, of any.
    fn take_in(&mut self, reading: Reading) -> Discovery {
        let Reading { assembled, errors, problems, files } = reading;
        let failure = first_failure(&errors, &problems);
        let mut doubtful: BTreeMap<ScopeKey, Failure> = BTreeMap::new();
        let mut unknown = None;
        for error in &errors {
            let failure = error.failure();
            warn!(error = failure.message, "a file's resources stay as they were");
            // A pattern without a match stands for the files that it used to match.
            let known = self.scopes_of.iter().filter(|(path, _)| match error.path() {
                Some(bad) => bad == path.as_path(),
                None => !files.contains(*path),
            });
            let held: Vec<&ScopeKey> = known.flat_map(|(_, scopes)| scopes).collect();
            if held.is_empty() {
                unknown = unknown.or(Some(failure));
            } else {
                doubtful.extend(held.into_iter().map(|scope| (scope.clone(), failure.clone())));
            }
        }
        for (path, problems) in &problems {
            warn!(error = %problems, "some entries of a file cannot be used");
            let before = self.scopes_of.get(path).into_iter().flatten();
            doubtful.extend(before.map(|scope| (scope.clone(), problems.failure())));
        }
        self.remember(&assembled, &errors, &problems, &files);

        let mut discovery = Discovery { accounts: Vec::new(), failure };
        let mut scopes: BTreeMap<_, Vec<ScopeKey>> = BTreeMap::new();
        self.listings.clear();
        let contents = Arc::new(assembled.contents);
        for (scope, nodes) in assembled.scopes {
            let in_file = || contents.files(&nodes).into_iter().find_map(|file| problems.get(file));
            let of_file = if problems.is_empty() { None } else { in_file().map(Problems::failure) };
            let missing = of_file.or_else(|| doubtful.get(&scope).cloned()).or_else(|| unknown.clone());
            scopes.entry((scope.cloud.clone(), scope.account.clone())).or_default().push(scope.clone());
            self.listings.insert(scope, Waiting { contents: contents.clone(), nodes, missing });
        }
        for (key, (account, regions)) in assembled.accounts {
            let scopes = scopes.remove(&key).unwrap_or_default();
            let doubt = doubtful.iter().find(|(scope, _)| (&scope.cloud, &scope.account) == (&key.0, &key.1));
            let in_file = scopes.iter().find_map(|scope| self.listings.get(scope)?.missing.as_ref());
            let failure = unknown.as_ref().or(doubt.map(|(_, failure)| failure)).or(in_file).cloned();
            discovery.accounts.push(DiscoveredAccount {
                account,
                regions: regions.into_values().collect(),
                scopes,
                failure,
            });
        }
        discovery
    }

    /// Notes which scopes each readable file has; of an unreadable one the last note stays.
    fn remember(
        &mut self,
        assembled: &Assembled,
        errors: &[FileError],
        problems: &BTreeMap<PathBuf, Problems>,
        files: &BTreeSet<PathBuf>,
    ) {
        let unreadable: BTreeSet<_> = errors.iter().filter_map(FileError::path).collect();
        // While a pattern fails, files that it used to match count as unreadable too.
        let lost_pattern = errors.iter().any(|error| error.path().is_none());
        self.scopes_of.retain(|path, _| {
            problems.contains_key(path)
                || unreadable.contains(path.as_path())
                || (lost_pattern && !files.contains(path))
        });
        for (scope, nodes) in &assembled.scopes {
            for file in assembled.contents.files(nodes) {
                match self.scopes_of.get_mut(file) {
                    Some(scopes) => drop(scopes.insert(scope.clone())),
                    None => drop(self.scopes_of.insert(file.to_owned(), BTreeSet::from([scope.clone()]))),
                }
            }
        }
    }
}

/// The kinds that files declare and that `known` does not have.
pub(super) fn kinds(mut declared: DeclaredKinds, known: &dyn Fn(&str) -> bool) -> Vec<Kind> {
    let named: BTreeSet<KindName> = declared.values().flatten().cloned().collect();
    for base in named {
        declared.entry(base).or_default();
    }
    declared.retain(|name, _| !known(name));
    let kind = |(name, mut bases): (KindName, Vec<KindName>)| {
        // `resource` ends every chain, and nothing inherits from itself.
        bases.retain(|base| *base != name);
        if bases.is_empty() {
            bases.push("resource".into());
        }
        let phantom = bases.iter().any(|base| *base == "phantom_resource");
        Kind { name, bases, properties: BTreeMap::new(), phantom, open: true }
    };
    declared.into_iter().map(kind).collect()
}

/// One failure for all that is wrong: the first, and how many there are.
fn first_failure(errors: &[FileError], problems: &BTreeMap<PathBuf, Problems>) -> Option<Failure> {
    let mut failures = errors.iter().map(FileError::failure).chain(problems.values().map(Problems::failure));
    let mut first = failures.next()?;
    match failures.count() {
        0 => {}
        more => first.message = format!("{}; and {more} more files or patterns fail", first.message),
    }
    Some(first)
}

/// A panic elsewhere leaves nothing half-written behind this lock.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
