//! Definition files: which files the settings mean, and their texts.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use globset::GlobBuilder;

use crate::document::{Complaint, Mistake, Mistakes, Origin, Source};

/// Directory entries that are looked at for one pattern.
const ENTRIES_MAX: usize = 10_000;

/// Definitions are written by people.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Characters that make a path a pattern.
const PATTERN_CHARACTERS: [char; 4] = ['*', '?', '[', '{'];

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
    if !pattern.contains(PATTERN_CHARACTERS) {
        let path = directory.join(pattern);
        return match path.is_file() {
            true => Ok(vec![path]),
            false => Err(Complaint::new(format!("there is no file `{}`", path.display()))
                .help("relative paths start at the configuration file's directory")),
        };
    }
    let matcher = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| Complaint::new(format!("this pattern cannot be read: {}", error.kind())))?
        .compile_matcher();
    let (start, levels) = start(pattern);
    let mut walk = Walk { entries: 0, found: Vec::new() };
    walk.directory(&directory.join(&start), levels)
        .map_err(|error| Complaint::new(format!("cannot look for `{pattern}`: {error}")))?;
    let relative = |path: &PathBuf| path.strip_prefix(directory).map(Path::to_path_buf).unwrap_or(path.clone());
    let mut paths: Vec<_> = walk.found.into_iter().filter(|path| matcher.is_match(relative(path))).collect();
    paths.sort();
    Ok(paths)
}

/// The directory that a pattern starts in, and how many levels below can match.
fn start(pattern: &str) -> (PathBuf, usize) {
    const LEVELS_MAX: usize = 16;
    let components: Vec<_> = Path::new(pattern).components().collect();
    let is_literal = |component: &&Component<'_>| !component.as_os_str().to_string_lossy().contains(PATTERN_CHARACTERS);
    let literal = components.iter().take_while(is_literal).count();
    let levels = if pattern.contains("**") { LEVELS_MAX } else { components.len() - literal };
    (components[..literal].iter().collect(), levels)
}

struct Walk {
    entries: usize,
    found: Vec<PathBuf>,
}

impl Walk {
    fn directory(&mut self, directory: &Path, levels: usize) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(io::Error::other(format!("more than {ENTRIES_MAX} directory entries")));
            }
            match path.is_dir() {
                true if levels > 1 => self.directory(&path, levels - 1)?,
                true => {}
                false => self.found.push(path),
            }
        }
        Ok(())
    }
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
        let files = DefinitionFiles::read(&["none.yaml".to_owned(), "none/*.yaml".to_owned()], directory.path());
        assert_eq!(files.complaints.len(), 2);
        assert!(files.complaints[0].message.starts_with("there is no file"));
        assert_eq!(files.complaints[1].path, ["files".into(), 1.into()]);
    }

    #[test]
    fn a_file_that_is_no_text_is_a_mistake() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("own.yaml"), [0xff, 0xfe]).unwrap();
        let files = DefinitionFiles::read(&["own.yaml".to_owned()], directory.path());
        assert_eq!(files.mistakes.len(), 1);
    }
}
