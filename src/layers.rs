//! Holds the sources to the directions of imports: downwards through the layers, and never in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The layers, from the top. A file imports from its own layer and from those below.
const LAYERS: &[&[&str]] = &[
    &["ffi"],
    &["worker"],
    &["client", "server", "metric"],
    &["embedded_server"],
    &["runtime", "messages"],
    &["bridge"],
];

/// The only folder with unsafe code.
const UNSAFE: &str = "ffi";

/// The files by their modules, `worker::streams::task`; without comments, text, and the tests at the end.
fn modules() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(&root).unwrap().with_extension("");
            let name = file.to_str().unwrap().replace('/', "::");
            let name = name.strip_suffix("::mod").unwrap_or(&name);
            if !["lib", "layers"].contains(&name) {
                let source = fs::read_to_string(&path).unwrap();
                let (code, _tests) = source
                    .split_once("#[cfg(test)]\nmod tests {")
                    .unwrap_or((&source, ""));
                modules.insert(name.to_owned(), bare(code));
            }
        }
    }
    modules
}

/// The code without comments and text.
fn bare(code: &str) -> String {
    let lines = code.lines().map(|line| {
        // Every second piece between quotes is text. No text in these sources has an escaped quote and a `//` in one line.
        let pieces = line.split('"').step_by(2).collect::<Vec<_>>();
        let line = pieces.join("\"\"");
        line.split("//").next().unwrap_or_default().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that `module` imports or names in a path.
fn imports(module: &str, code: &str, all: &BTreeMap<String, String>) -> BTreeSet<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut paths = Vec::new();
    for (start, base) in [("crate::", ""), ("super::", parent), ("self::", module)] {
        for (at, _) in code.match_indices(start) {
            expand(base.to_owned(), &code[at + start.len()..], &mut paths);
        }
    }
    // A parent reaches its children without a prefix.
    for name in all.keys() {
        if let Some(child) = name.strip_prefix(&format!("{module}::"))
            && words(code, &format!("{child}::"))
        {
            paths.push(name.clone());
        }
    }
    let targets = paths.iter().filter_map(|path| module_of(path, all));
    targets.filter(|target| target != module).collect()
}

/// Finds `word` in `code`, with no letter before it.
fn words(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        !before.is_alphanumeric() && before != '_' && before != ':'
    })
}

/// Adds the paths that a use tree stands for to `paths`, and returns the rest of the text.
fn expand<'a>(base: String, tree: &'a str, paths: &mut Vec<String>) -> &'a str {
    let tree = tree.trim_start();
    if let Some(mut rest) = tree.strip_prefix('{') {
        loop {
            rest = expand(base.clone(), rest, paths).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            if rest.is_empty() {
                return rest;
            }
            if let Some(rest) = rest.strip_prefix('}') {
                return rest;
            }
        }
    }
    let end = tree
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(tree.len());
    let (name, rest) = tree.split_at(end);
    let path = match (&*base, name) {
        (_, "" | "self") => base,
        ("", _) => name.to_owned(),
        _ => format!("{base}::{name}"),
    };
    if let Some(rest) = rest.strip_prefix("::") {
        return expand(path, rest, paths);
    }
    paths.push(path);
    // `name as other`, or a token that is no name.
    let skipped = rest.find([',', '}', ';']).unwrap_or(rest.len());
    &rest[skipped..]
}

/// The module that holds the item at `path`.
fn module_of(path: &str, all: &BTreeMap<String, String>) -> Option<String> {
    let mut path = path;
    loop {
        if all.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// The number of a module's layer, from the top.
fn layer(module: &str) -> usize {
    let folder = module.split("::").next().unwrap();
    LAYERS
        .iter()
        .position(|layer| layer.contains(&folder))
        .unwrap_or_else(|| panic!("say in LAYERS where {folder} belongs"))
}

/// Lists the imports that break the rules.
fn complaints(modules: &BTreeMap<String, String>) -> Vec<String> {
    let graph: BTreeMap<_, _> = modules
        .iter()
        .map(|(module, code)| (module.clone(), imports(module, code, modules)))
        .collect();
    let mut complaints = Vec::new();
    for (module, targets) in &graph {
        for target in targets
            .iter()
            .filter(|target| layer(target) < layer(module))
        {
            complaints.push(format!("{module} imports {target}, which is above it"));
        }
    }
    // Takes away the modules that import nothing that is left, until only circles and their importers are left.
    let mut left = graph;
    loop {
        let done: Vec<_> = left
            .iter()
            .filter(|(_, targets)| targets.iter().all(|target| !left.contains_key(target)))
            .map(|(module, _)| module.clone())
            .collect();
        if done.is_empty() {
            break;
        }
        left.retain(|module, _| !done.contains(module));
    }
    if !left.is_empty() {
        let names: Vec<_> = left.keys().cloned().collect();
        complaints.push(format!("a circle among {}", names.join(", ")));
    }
    complaints
}

fn sources(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let files = files.iter();
    files
        .map(|(module, code)| ((*module).to_owned(), bare(code)))
        .collect()
}

#[test]
fn imports_go_downwards_and_in_no_circle() {
    let modules = modules();
    assert!(modules.len() > 30, "{:?}", modules.keys());
    assert!(
        imports("ffi::worker", &modules["ffi::worker"], &modules).contains("bridge::call"),
        "imports are found"
    );
    assert_eq!(complaints(&modules), [] as [String; 0]);
}

#[test]
fn unsafe_code_is_in_one_folder() {
    let with_unsafe: BTreeSet<_> = modules()
        .into_iter()
        .filter(|(_, code)| words(&code.replace("unsafe_code", ""), "unsafe"))
        .map(|(module, _)| module.split("::").next().unwrap().to_owned())
        .collect();
    assert_eq!(with_unsafe, BTreeSet::from([UNSAFE.to_owned()]));
}

#[test]
fn an_import_from_above_is_found() {
    let modules = sources(&[
        (
            "bridge::call",
            "use crate::{\n    runtime::{self, Runtime},\n};",
        ),
        ("runtime", ""),
    ]);
    assert_eq!(
        complaints(&modules),
        ["bridge::call imports runtime, which is above it"]
    );
}

#[test]
fn a_circle_is_found() {
    let modules = sources(&[
        ("bridge", "pub mod a;"),
        ("bridge::a", "// use nothing\nuse super::b::{c::D, E};"),
        ("bridge::b", "fn f() { crate::bridge::a::g(\"//\") }"),
    ]);
    assert_eq!(
        complaints(&modules),
        ["a circle among bridge::a, bridge::b"]
    );
}
