//! The tree keeps the shape that ARCHITECTURE.md describes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Which modules a module may import from. What is not named here does not exist.
const ALLOWED: &[(&str, &[&str])] = &[
    ("build", &[]),
    ("document", &[]),
    ("model", &[]),
    ("provider", &["document", "model"]),
    ("graph", &["model"]),
    ("collect", &["document", "graph", "model", "provider"]),
    ("search", &["graph", "model"]),
    ("cleanup", &["document", "graph", "model", "provider", "search"]),
    ("metrics", &["document", "graph", "model", "search"]),
    ("store", &["document", "graph", "model"]),
    ("cache", &["metrics"]),
    ("http", &["cache", "document", "model"]),
    ("workflow", &["document", "model"]),
    ("telemetry", &["build", "document", "metrics", "model", "provider"]),
    (
        "config",
        &[
            "cleanup",
            "collect",
            "document",
            "http",
            "metrics",
            "model",
            "provider",
            "search",
            "store",
            "telemetry",
            "workflow",
        ],
    ),
    ("cli", &["build", "collect", "config", "document", "graph", "model", "provider", "search", "workflow"]),
];

/// The module that wires all others.
const WIRING: &str = "app";

/// No file of code is longer: past that, a second noun has moved in.
const LINES_MAX: usize = 700;

fn sources(folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found.sort();
    found
}

/// The top-level module a file of `src` belongs to.
fn module_of(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The modules that a file names as `crate::module`, in imports and elsewhere.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for after in code.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            // `use crate::{graph::X, model::{A, B}}`: the names at the depth of the first brace.
            Some(list) => top_level(list),
            None => vec![after.to_owned()],
        };
        for name in names {
            let name: String = name.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}

fn top_level(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().unwrap().push(character),
            _ => {}
        }
    }
    names
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut mistakes = Vec::new();
    for path in sources("src") {
        let module = module_of(&path);
        if ["main", "lib", WIRING].contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            mistakes.push(format!("{}: the module `{module}` is not part of the architecture", path.display()));
            continue;
        };
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            if import != module && !allowed.contains(&import.as_str()) {
                mistakes.push(format!("{}: `{module}` must not import `{import}`", path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn the_table_in_the_document_is_this_one() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let section = document.split("## Dependencies").nth(1).unwrap().split("\n## ").next().unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let written: BTreeMap<String, Vec<String>> = rows
        .map(|row| {
            let (_, row) = row.split_once("| ").unwrap();
            let (module, imports) = row.split_once('|').unwrap();
            (quoted(module).remove(0), quoted(imports))
        })
        .collect();
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let held: BTreeMap<String, Vec<String>> =
        ALLOWED.iter().map(|(module, imports)| ((*module).to_owned(), owned(imports))).collect();
    assert_eq!(written, held);
}

#[test]
fn only_the_executor_asks_a_provider_to_delete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let asks: Vec<_> = sources("src")
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .filter(|(_, text)| text.contains(".delete("))
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with("provider"))
        .collect();
    assert_eq!(asks, [Path::new("cleanup/execute.rs")]);
}

#[test]
fn the_allowed_dependencies_have_no_circle() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < allowed.len() {
        let next: Vec<_> = allowed
            .iter()
            .filter(|(module, imports)| !done.contains(*module) && imports.iter().all(|import| done.contains(import)))
            .map(|(module, _)| *module)
            .collect();
        assert!(
            !next.is_empty(),
            "these modules import each other: {:?}",
            allowed.keys().filter(|m| !done.contains(*m))
        );
        done.extend(next);
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::{a::X, b::{c::Y, d}, e};\nuse crate::f::Z;\nlet g = crate::h::i();\n// crate::comment\n";
    assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["a", "b", "e", "f", "h"]);
}

#[test]
fn no_file_holds_two_nouns() {
    let long: Vec<_> = ["src", "tests", "benches"]
        .into_iter()
        .filter(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).is_dir())
        .flat_map(sources)
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(long.is_empty(), "files over {LINES_MAX} lines: {long:?}");
}
