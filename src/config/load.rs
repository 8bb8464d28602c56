//! From files, variables and flags to checked settings.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::input::STANDARD_FILES;
use super::{Input, environment, flag, layers};
use crate::document::{Complaint, Document, Mistake, Mistakes, Origin, Source, Span, Validate};

/// A configuration file may hold thousands of definitions, but it is no data set.
const FILE_BYTES_MAX: usize = 16 << 20;

/// Settings that are well-formed, with the way back to the text they came from.
#[derive(Clone, Debug)]
pub struct Loaded<T> {
    pub settings: T,
    /// The files that were read, lowest layer first; empty if there is none.
    pub files: Vec<PathBuf>,
    /// 48 bits that change when a setting changes, whatever layer it comes from; small enough for a metric's value.
    pub fingerprint: u64,
    document: Document,
}

impl<T> Loaded<T> {
    /// Gives complaints about the settings their line: for checks that need more than the settings, such as the kinds
    /// that a query names. Paths start at the top: `["metrics", "definitions", "instances", "search"]`.
    pub fn locate(&self, complaints: impl IntoIterator<Item = Complaint>) -> Mistakes {
        let mut mistakes = Mistakes::new();
        mistakes.extend(self.document.locate(complaints));
        mistakes
    }
}

/// Reads all layers, merges and checks them.
///
/// # Errors
/// Everything that is wrong in any layer, at once.
pub fn load<T>(input: &Input) -> Result<Loaded<T>, Mistakes>
where
    T: Default + Serialize + DeserializeOwned + Validate,
{
    let mut mistakes = Mistakes::new();
    let defaults = serde_json::to_value(T::default()).unwrap_or_default();
    let files = files(input);
    let mut documents = Vec::new();
    for (path, content) in &files {
        documents.extend(file(path, content, &mut mistakes));
    }
    documents.push(environment::tree(&input.environment, &defaults, &mut mistakes).into());
    documents.push(flag::tree(&input.flags).into());

    for document in &mut documents {
        document.read_part::<T>(&mut mistakes);
    }
    let mut merged = merge(documents, &defaults)?;
    let settings = merged.read::<T>(&mut mistakes);
    if let Some(settings) = &settings {
        mistakes.extend(merged.locate(settings.validate()));
    }
    match settings {
        Some(settings) => mistakes.or(settings).map(|settings| Loaded {
            fingerprint: fingerprint(&settings),
            files: files.into_iter().map(|(path, _)| path).collect(),
            document: merged,
            settings,
        }),
        None => Err(mistakes),
    }
}

/// The named files, or the first of the standard ones that is there.
fn files(input: &Input) -> Vec<(PathBuf, io::Result<Vec<u8>>)> {
    if !input.files.is_empty() {
        return input.files.iter().map(|path| (path.clone(), (input.read)(path))).collect();
    }
    let standard = STANDARD_FILES.iter().map(|path| (PathBuf::from(path), (input.read)(Path::new(path))));
    let is_there = |content: &io::Result<Vec<u8>>| !matches!(content, Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory));
    standard.into_iter().find(|(_, content)| is_there(content)).into_iter().collect()
}

fn file(path: &Path, content: &io::Result<Vec<u8>>, mistakes: &mut Mistakes) -> Option<Document> {
    let name = path.display().to_string();
    let of_file = |message: String| Mistake::of(Origin::File(name.clone()), message);
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(error) => {
            let mistake = match error.kind() {
                io::ErrorKind::NotFound => {
                    of_file("there is no such file".to_owned()).help("relative paths start at the working directory")
                }
                io::ErrorKind::IsADirectory => of_file("this is a directory, not a file".to_owned())
                    .help("name the file in it; give `--config.file` several times for several files"),
                _ => of_file(format!("cannot read the file: {error}")),
            };
            mistakes.push(mistake);
            return None;
        }
    };
    if bytes.len() > FILE_BYTES_MAX {
        mistakes.push(of_file(format!("the file has {} bytes, more than {FILE_BYTES_MAX}", bytes.len())));
        return None;
    }
    match str::from_utf8(bytes) {
        Ok(text) => Document::parse(&Source::file(name, text), mistakes),
        Err(error) => {
            // Positions in the text with replacement characters are the same up to the first bad byte.
            let source: Arc<Source> = Source::file(name, String::from_utf8_lossy(bytes));
            let at = error.valid_up_to();
            let mistake = Mistake::at(Span::new(&source, at..at), "the file is not UTF-8 from here on")
                .help("save it as UTF-8; plain ASCII is UTF-8 too");
            mistakes.push(mistake);
            None
        }
    }
}

fn merge(documents: Vec<Document>, defaults: &Json) -> Result<Document, Mistakes> {
    let trees: Vec<_> =
        documents.iter().map(|document| layers::without_empty_sections(document.root().clone(), defaults)).collect();
    let root = layers::merge(&trees).map_err(|error| {
        let mut mistakes = Mistakes::new();
        mistakes.push(Mistake::anywhere(format!("the layers cannot be merged: {error}")));
        mistakes
    })?;
    Ok(Document::merged(root, documents))
}

fn fingerprint(settings: &impl Serialize) -> u64 {
    let text = serde_json::to_vec(settings).unwrap_or_default();
    let digest = Sha256::digest(&text);
    digest.iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
