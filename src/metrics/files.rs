//! Definition files: which files the settings mean, and their texts.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use glob::{MatchOptions, Pattern, glob_with};

use crate::document::{Complaint, Mistake, Mistakes, Origin, Source};

/// Files that one pattern may match.
const FILES_MAX: usize = 1_000;

/// Definitions are written by people.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Characters that make a path a pattern.
const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

/// `*` stays within a directory and leaves hidden files alone.
const MATCHING: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What `metrics.files` names: the files' texts, in order of pattern and path.
#[derive(Debug, Default)]
pub struct DefinitionFiles {
    pub sources: Vec<Arc<Source>>,
    /// What is wrong with the patterns; paths start in the section `metrics`.
    pub complaints: Vec<Complaint>,
    /// What is wrong with the files.
    pub mistakes: Mistakes,
}

impl DefinitionFiles {
    /// Reads the files that the patterns match, seen from `directory`; no file is read twice.
    pub fn read(patterns: &[String], directory: &Path) -> Self {
        let mut files = Self::default();
        let mut paths: Vec<PathBuf> = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            match find(pattern, directory) {
                Ok(found) => {
                    let new: Vec<_> = found.into_iter().filter(|path| !paths.contains(path)).collect();
                    paths.extend(new);
                }
                Err(complaint) => files.complaints.push(complaint.under(index).under("files")),
            }
        }
        for path in paths {
            let name = path.display().to_string();
            match text(&path) {
                Ok(text) => files.sources.push(Source::file(name, text)),
                Err(error) => {
                    let message = format!("cannot read the metric definitions: {error}");
                    files.mistakes.push(Mistake::of(Origin::File(name), message));
                }
            }
        }
        files
    }
}

fn find(pattern: &str, directory: &Path) -> Result<Vec<PathBuf>, Complaint> {
    let is_pattern = pattern.contains(PATTERN_CHARACTERS);
    // The directory's own name is no pattern, whatever characters it has.
    let absolute = Path::new(&Pattern::escape(&directory.to_string_lossy())).join(pattern);
    let matches = glob_with(&absolute.to_string_lossy(), MATCHING)
        .map_err(|error| Complaint::new(format!("this pattern cannot be read: {}", error.msg)))?;
    let mut paths = Vec::new();
    for path in matches.take(FILES_MAX + 1) {
        let path = path.map_err(|error| Complaint::new(format!("cannot look for files: {error}")))?;
        if path.is_file() {
            paths.push(path);
        }
    }
    if paths.len() > FILES_MAX {
        return Err(Complaint::new(format!("more than {FILES_MAX} files match `{pattern}`")));
    }
    if paths.is_empty() && !is_pattern {
        let message = format!("there is no file `{}`", directory.join(pattern).display());
        return Err(Complaint::new(message).help("relative paths start at the configuration file's directory"));
    }
    Ok(paths)
}

fn text(path: &Path) -> io::Result<String> {
    let bytes = fs::metadata(path)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &DefinitionFiles, directory: &Path) -> Vec<String> {
        let name = |source: &Arc<Source>| source.origin.to_string();
        files.sources.iter().map(name).map(|path| path[directory.to_string_lossy().len() + 1..].to_owned()).collect()
    }

    #[test]
    fn patterns_find_files_in_order_and_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("metrics/team/deep")).unwrap();
        for file in ["own.yaml", "metrics/b.yaml", "metrics/a.yaml", "metrics/c.txt", "metrics/team/deep/d.yaml"] {
            fs::write(root.join(file), "metrics: {}\n").unwrap();
        }
        let find = |patterns: &[&str]| {
            let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            names(&DefinitionFiles::read(&patterns, root), root)
        };
        assert_eq!(find(&["own.yaml", "metrics/*.yaml"]), ["own.yaml", "metrics/a.yaml", "metrics/b.yaml"]);
        assert_eq!(find(&["metrics/b.yaml", "metrics/*.yaml"]), ["metrics/b.yaml", "metrics/a.yaml"]);
        assert_eq!(find(&["metrics/**/*.yaml"]), ["metrics/a.yaml", "metrics/b.yaml", "metrics/team/deep/d.yaml"]);
        assert_eq!(find(&["metrics/*.json"]), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let directory = tempfile::tempdir().unwrap();
        let files =
            DefinitionFiles::read(&["*.yaml".to_owned(), "none.yaml".to_owned(), "[".to_owned()], directory.path());
        assert_eq!(files.complaints.len(), 2);
        assert_eq!(files.complaints[0].path, ["files".into(), 1.into()]);
        assert!(files.complaints[0].message.starts_with("there is no file"));
        assert!(files.complaints[1].message.starts_with("this pattern cannot be read"));
    }

    #[test]
    fn a_file_that_is_no_text_is_a_mistake() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("own.yaml"), [0xff, 0xfe]).unwrap();
        let files = DefinitionFiles::read(&["own.yaml".to_owned()], directory.path());
        assert_eq!(files.mistakes.len(), 1);
    }
}
