//! Which file of a room imports which, and the circles among them.
//!
//! What counts as an import of a file: each path in its code that leads into another file of the
//! same room, whether a `use`, a `super::`, or a path to a child module such as `sms::status`. A
//! name is followed through re-exports to the file that declares it, so that
//! `use crate::delivery::Outbox` imports `outbox/handoff.rs` and not `delivery/mod.rs`. What does
//! not count: `mod child;`, and a re-export of something below the file, since both only say where
//! things are. So a `mod.rs` and its children make a circle only if the `mod.rs` calls its children
//! and they use an item that is declared in the `mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::File;
use super::source::{bare, end_of_block, expand, is_for_tests, tokens};

/// A name that a file brings into scope, and where it comes from.
struct Import {
    /// As the file writes it, from the crate's root.
    path: Vec<String>,
    /// What it is called in this file; `*` for all that the path holds.
    name: String,
    is_reexport: bool,
}

/// What one file names and declares.
struct Module {
    path: Vec<String>,
    imports: Vec<Import>,
    /// Paths in its code, from the crate's root.
    used: Vec<Vec<String>>,
    declared: BTreeSet<String>,
}

/// The files of the server, by their module's path.
pub struct Imports<'f> {
    files: Vec<&'f str>,
    modules: Vec<Module>,
    by_path: BTreeMap<Vec<String>, usize>,
}

/// Files that import one another in a circle: their paths, in order.
pub type Circle = Vec<String>;

impl<'f> Imports<'f> {
    pub fn of(files: &'f [File]) -> Self {
        let files: Vec<&File> = files
            .iter()
            .filter(|file| !matches!(file.path.as_str(), "server/main.rs" | "server/lib.rs"))
            .collect();
        let modules: Vec<Module> = files.iter().map(|file| read(file)).collect();
        let by_path = modules
            .iter()
            .enumerate()
            .map(|(at, module)| (module.path.clone(), at))
            .collect();
        Self {
            files: files.iter().map(|file| file.path.as_str()).collect(),
            modules,
            by_path,
        }
    }

    /// Every circle, each of as many files as are tied together.
    pub fn circles(&self) -> Vec<Circle> {
        let edges: Vec<BTreeSet<usize>> = (0..self.modules.len()).map(|at| self.uses(at)).collect();
        let mut circles: Vec<Circle> = Tied::of(&edges)
            .into_iter()
            .filter(|tied| tied.len() > 1)
            .map(|tied| {
                let mut names: Vec<String> =
                    tied.iter().map(|at| self.files[*at].to_owned()).collect();
                names.sort();
                names
            })
            .collect();
        circles.sort();
        circles
    }

    /// The imports between files of one circle, each as `a.rs uses b.rs`.
    pub fn arrows(&self, circle: &Circle) -> Vec<String> {
        let inside = |at: &usize| circle.iter().any(|file| file == self.files[*at]);
        let mut arrows = Vec::new();
        for from in (0..self.files.len()).filter(inside) {
            for to in self.uses(from).iter().filter(|to| inside(to)) {
                arrows.push(format!("{} uses {}", self.files[from], self.files[*to]));
            }
        }
        arrows
    }

    /// The files of the same room that this one imports.
    fn uses(&self, from: usize) -> BTreeSet<usize> {
        let module = &self.modules[from];
        let imported = module.imports.iter().filter_map(|import| {
            let (to, _) = self.file_of(&import.path, 0)?;
            let below = self.modules[to].path.starts_with(&module.path);
            (!(import.is_reexport && below)).then_some(to)
        });
        let named = module
            .used
            .iter()
            .filter_map(|path| Some(self.file_of(&self.through_names(module, path), 0)?.0));
        imported
            .chain(named)
            .filter(|to| *to != from && self.modules[*to].path[0] == module.path[0])
            .collect()
    }

    /// A path that begins with a name of this file, written out from the crate's root.
    fn through_names(&self, module: &Module, path: &[String]) -> Vec<String> {
        let local = path.strip_prefix(module.path.as_slice());
        let Some([first, rest @ ..]) = local else {
            return path.to_vec();
        };
        let import = module.imports.iter().find(|import| import.name == *first);
        match import {
            Some(import) => [import.path.as_slice(), rest].concat(),
            None => path.to_vec(),
        }
    }

    /// The file that declares what `path` leads to, and what of the path is left inside it.
    fn file_of(&self, path: &[String], followed: usize) -> Option<(usize, Vec<String>)> {
        let cut = (1..=path.len())
            .rev()
            .find(|cut| self.by_path.contains_key(&path[..*cut]))?;
        let at = self.by_path[&path[..cut]];
        let rest = &path[cut..];
        let (Some(name), true) = (rest.first(), followed < 8) else {
            return Some((at, rest.to_vec()));
        };
        let module = &self.modules[at];
        if let Some(import) = module.imports.iter().find(|import| import.name == *name) {
            let further = [import.path.as_slice(), &rest[1..]].concat();
            return self.file_of(&further, followed + 1);
        }
        if !module.declared.contains(name) {
            for glob in module.imports.iter().filter(|import| import.name == "*") {
                let further = [glob.path.as_slice(), rest].concat();
                if let Some((to, left)) = self.file_of(&further, followed + 1)
                    && left
                        .first()
                        .is_some_and(|name| self.modules[to].declared.contains(name))
                {
                    return Some((to, left));
                }
            }
        }
        Some((at, rest.to_vec()))
    }
}

/// Reads a file's imports. Its inline modules count as part of it; what only its tests use doesn't
/// count.
fn read(file: &File) -> Module {
    let code = bare(&file.text);
    let tokens = tokens(&code);
    let children = tokens
        .windows(3)
        .filter(|three| three[0] == "mod" && three[2] == ";")
        .map(|three| three[1])
        .collect();
    let mut reader = Reader {
        module: Module {
            path: module_path(&file.path),
            imports: Vec::new(),
            used: Vec::new(),
            declared: BTreeSet::new(),
        },
        tokens,
        children,
        inline: Vec::new(),
        depth: 0,
    };
    let mut at = 0;
    while at < reader.tokens.len() {
        at = reader.step(at);
    }
    reader.module
}

/// Goes through the tokens of a file.
struct Reader<'t> {
    module: Module,
    tokens: Vec<&'t str>,
    /// The modules that the file declares in files of their own.
    children: BTreeSet<&'t str>,
    /// Inline modules that are open here, each with the depth of braces at which it ends.
    inline: Vec<(String, usize)>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn token(&self, at: usize) -> &'t str {
        self.tokens.get(at).copied().unwrap_or("")
    }

    /// The module that the tokens here are in.
    fn here(&self) -> Vec<String> {
        let inner = self.inline.iter().map(|(name, _)| name.clone());
        self.module.path.iter().cloned().chain(inner).collect()
    }

    /// Takes the token at `at`, and returns where the next one is.
    fn step(&mut self, at: usize) -> usize {
        let before = at.checked_sub(1).map_or("", |before| self.token(before));
        let after = self.token(at + 1);
        match self.token(at) {
            "{" => self.depth += 1,
            "}" => self.closes(),
            "mod" if self.token(at + 2) == "{" => {
                if is_for_tests(&self.tokens[..at]) {
                    return end_of_block(&self.tokens, at + 2);
                }
                self.inline.push((after.to_owned(), self.depth));
            }
            "use" if after != "<" => return self.imports(at, before == "pub" || before == ")"),
            "fn" | "struct" | "enum" | "const" | "static" | "type" | "trait"
                if self.inline.is_empty() =>
            {
                self.module.declared.insert(after.to_owned());
            }
            // The `path` of `pub(in path)`.
            _ if before == "in" && at >= 3 && self.token(at - 3) == "pub" => {}
            _ if after == "::" && before != "::" && before != "." => self.names(at),
            _ => {}
        }
        at + 1
    }

    fn closes(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self
            .inline
            .last()
            .is_some_and(|(_, until)| *until == self.depth)
        {
            self.inline.pop();
        }
    }

    /// Takes the `use` at `at`, and returns where it ends.
    fn imports(&mut self, at: usize, is_reexport: bool) -> usize {
        let mut leaves = Vec::new();
        expand(&self.tokens, at + 1, &[], &mut leaves);
        let length = self.tokens[at..].iter().position(|token| *token == ";");
        let end = at + length.unwrap_or(1);
        for leaf in leaves {
            let renamed = renamed(&self.tokens[at..end], &leaf);
            let Some(mut path) = absolute(&leaf, &self.here(), &self.children) else {
                continue;
            };
            let last = path.last().cloned().unwrap_or_default();
            if last == "*" {
                path.pop();
            }
            self.module.imports.push(Import {
                path,
                name: renamed.unwrap_or(last),
                is_reexport,
            });
        }
        end
    }

    /// Takes a path in an expression or type.
    fn names(&mut self, at: usize) {
        let mut found = Vec::new();
        expand(&self.tokens, at, &[], &mut found);
        let Some(named) = found.pop() else {
            return;
        };
        if let Some(path) = absolute(&named, &self.here(), &self.children) {
            self.module.used.push(path);
        } else if self.inline.is_empty() {
            // Perhaps by a name that a `use` of this file has brought.
            self.module
                .used
                .push([self.module.path.clone(), named].concat());
        }
    }
}

fn module_path(file: &str) -> Vec<String> {
    let inside = file.strip_prefix("server/").unwrap_or(file);
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    inside
        .split('/')
        .filter(|part| *part != "mod")
        .map(str::to_owned)
        .collect()
}

/// What a `use` calls this leaf by `as`.
fn renamed(tokens: &[&str], leaf: &[String]) -> Option<String> {
    let last = leaf.last()?;
    tokens
        .windows(3)
        .find(|three| three[0] == last.as_str() && three[1] == "as")
        .map(|three| three[2].to_owned())
}

/// A path as written in the module `here`, from the crate's root; `None` for another crate's.
fn absolute(path: &[String], here: &[String], children: &BTreeSet<&str>) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let whole = |base: &[String], rest: &[String]| {
        let mut path = [base, rest].concat();
        // `use a::{self, b}`: the first of them is `a`.
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        path
    };
    match first.as_str() {
        "crate" => Some(whole(&[], rest)),
        "self" => Some(whole(here, rest)),
        "super" => {
            let climbs = path.iter().take_while(|part| *part == "super").count();
            let base = &here[..here.len().saturating_sub(climbs)];
            Some(whole(base, &path[climbs..]))
        }
        child if children.contains(child) => Some(whole(here, path)),
        _ => None,
    }
}

/// Finds what is tied together in circles (Tarjan, 1972).
struct Tied<'e> {
    edges: &'e [BTreeSet<usize>],
    order: Vec<Option<usize>>,
    lowest: Vec<usize>,
    open: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl<'e> Tied<'e> {
    fn of(edges: &'e [BTreeSet<usize>]) -> Vec<Vec<usize>> {
        let mut tied = Self {
            edges,
            order: vec![None; edges.len()],
            lowest: vec![0; edges.len()],
            open: Vec::new(),
            next: 0,
            found: Vec::new(),
        };
        for at in 0..edges.len() {
            if tied.order[at].is_none() {
                tied.visit(at);
            }
        }
        tied.found
    }

    fn visit(&mut self, at: usize) {
        (self.order[at], self.lowest[at]) = (Some(self.next), self.next);
        self.next += 1;
        self.open.push(at);
        for to in &self.edges[at] {
            match self.order[*to] {
                None => {
                    self.visit(*to);
                    self.lowest[at] = self.lowest[at].min(self.lowest[*to]);
                }
                Some(seen) if self.open.contains(to) => {
                    self.lowest[at] = self.lowest[at].min(seen);
                }
                Some(_) => {}
            }
        }
        if Some(self.lowest[at]) == self.order[at] {
            let first = self.open.iter().position(|open| *open == at);
            let tied = self.open.split_off(first.unwrap_or_default());
            self.found.push(tied);
        }
    }
}
