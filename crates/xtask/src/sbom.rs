//! What the program is made of, as a CycloneDX document (P-X14): the crates that are compiled into it, and the packages that
//! the web application in it is built from, with versions, licences, hashes and who needs whom.
//!
//! The document follows from the two locks alone, without time or place: the same locks give the same document. There
//! are programs that write one for Cargo or for npm; none of them for one binary that holds both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{run, tree, web};

/// The crate that becomes the program.
const PROGRAM: &str = "overture";
/// Features that only tests may have.
const FOR_TESTS: &str = "planted-bugs";

/// Packages whose licence npm does not see, since they tell it in a form that has long been given up.
const OLD_FORM: [(&str, &str); 1] = [("xmlhttprequest-ssl", "MIT")];

/// Writes the document; without a path beside the build products. Returns where it is.
pub fn write(path: Option<&Path>) -> Result<PathBuf> {
    let document = document()?;
    let path = path.map_or_else(|| tree::built("debug").join("overture.cdx.json"), Path::to_owned);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let text = serde_json::to_string_pretty(&document)? + "\n";
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

fn document() -> Result<Value> {
    let metadata = json_of(&mut run::cargo(&["metadata", "--format-version", "1", "--locked"]))?;
    let lock = fs::read_to_string(tree::root().join("Cargo.lock")).context("reading Cargo.lock")?;
    let (mut components, mut dependencies) = crates(&metadata, &hashes(&lock))?;
    let root = components.remove(0);
    let mut npm = web::npm(&["sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"]);
    let mut packages = json_of(&mut npm)?;
    let web = packages["metadata"]["component"].take();
    dependencies[0]["dependsOn"]
        .as_array_mut()
        .context("the program depends on nothing")?
        .push(web["bom-ref"].clone());
    components.push(web);
    for (all, of_web) in [(&mut components, "components"), (&mut dependencies, "dependencies")] {
        let Value::Array(more) = packages[of_web].take() else { bail!("npm sbom tells no {of_web}") };
        all.extend(more);
    }
    for component in &mut components {
        let licence = OLD_FORM.iter().find(|(name, _)| component["name"] == *name);
        if let Some((_, id)) = licence.filter(|_| component["licenses"].is_null()) {
            component["licenses"] = json!([{ "license": { "id": id } }]);
        }
    }
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": root },
        "components": components,
        "dependencies": dependencies,
    });
    check(&document)?;
    Ok(document)
}

fn json_of(command: &mut std::process::Command) -> Result<Value> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}"))?;
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).with_context(|| format!("reading what {name} says"))
}

/// The hash of each package in a Cargo.lock, by name and version.
fn hashes(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let value = |package: &str, key: &str| -> Option<(usize, usize)> {
        let start = package.find(&format!("\n{key} = \""))? + key.len() + 5;
        Some((start, start + package[start..].find('"')?))
    };
    let read = |package| {
        let (name, version, hash) =
            (value(package, "name")?, value(package, "version")?, value(package, "checksum")?);
        Some(((&package[name.0..name.1], &package[version.0..version.1]), &package[hash.0..hash.1]))
    };
    lock.split("[[package]]").filter_map(read).collect()
}

/// The program and every crate in it, the program first; and what each of them needs, in the same order.
fn crates(metadata: &Value, hashes: &BTreeMap<(&str, &str), &str>) -> Result<(Vec<Value>, Vec<Value>)> {
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        let all = list.as_array().into_iter().flatten();
        all.filter_map(|it| Some((it["id"].as_str()?.to_owned(), it.clone()))).collect()
    };
    let (packages, nodes) = (by_id(&metadata["packages"]), by_id(&metadata["resolve"]["nodes"]));
    let program = packages.values().find(|it| it["name"] == PROGRAM && it["source"].is_null());
    let program = program.and_then(|it| it["id"].as_str()).context("cargo metadata knows no overture")?;
    let (mut seen, mut open) = (BTreeSet::from([program]), vec![program]);
    let (mut components, mut dependencies) = (Vec::new(), Vec::new());
    while let Some(id) = open.pop() {
        let (package, node) = (&packages[id], &nodes[id]);
        let features = node["features"].as_array().into_iter().flatten();
        ensure!(
            features.clone().all(|feature| feature != FOR_TESTS),
            "{} would be released with the feature {FOR_TESTS}",
            package["name"]
        );
        let mut needs = BTreeSet::new();
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let mut kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            // What only tests and build scripts need is not in the program.
            let Some(other) = dependency["pkg"].as_str().filter(|_| kinds.any(|it| it["kind"].is_null()))
            else {
                continue;
            };
            needs.insert(reference(&packages[other]));
            if seen.insert(other) {
                open.push(other);
            }
        }
        components.push(component(package, hashes));
        dependencies.push(json!({ "ref": reference(package), "dependsOn": needs }));
    }
    Ok((components, dependencies))
}

fn reference(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", text(package, "name"), text(package, "version"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn component(package: &Value, hashes: &BTreeMap<(&str, &str), &str>) -> Value {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let mut component = json!({
        "type": if name == PROGRAM { "application" } else { "library" },
        "bom-ref": reference(package),
        "name": name,
        "version": version,
        "purl": reference(package),
        // Old packages write `MIT/Apache-2.0` where SPDX says `OR`.
        "licenses": [{ "expression": text(package, "license").replace('/', " OR ") }],
    });
    if let Some(hash) = hashes.get(&(name, version)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
    }
    component
}

/// A document that lacks something is worse than none.
fn check(document: &Value) -> Result<()> {
    let all: Vec<&Value> = document["components"]
        .as_array()
        .into_iter()
        .flatten()
        .chain([&document["metadata"]["component"]])
        .collect();
    let references: BTreeSet<&str> = all.iter().map(|it| text(it, "bom-ref")).collect();
    ensure!(references.len() == all.len(), "two components have one name");
    for component in &all {
        let name = text(component, "bom-ref");
        let licence = &component["licenses"][0];
        let licence = [&licence["expression"], &licence["license"]["id"], &licence["license"]["name"]];
        ensure!(
            licence.iter().any(|it| it.as_str().is_some_and(|text| !text.is_empty())),
            "{name} has no licence"
        );
        let is_ours =
            text(component, "version") == env!("CARGO_PKG_VERSION") && component["hashes"].is_null();
        ensure!(is_ours || component["hashes"][0]["content"].is_string(), "{name} has no hash");
    }
    let mut told = BTreeSet::new();
    for dependency in document["dependencies"].as_array().into_iter().flatten() {
        told.insert(text(dependency, "ref"));
        for other in dependency["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            ensure!(references.contains(other), "{} needs {other}, which is no component", dependency["ref"]);
        }
    }
    ensure!(told == references, "of some components nobody says what they need");
    for kind in ["pkg:cargo/", "pkg:npm/"] {
        let count = all.iter().filter(|it| text(it, "purl").starts_with(kind)).count();
        ensure!(count > 1, "there is no component of {kind}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(features: &[&str]) -> Value {
        let package = |id: &str, source: Value| json!({ "id": id, "name": id, "version": "0.1.0", "license": "MIT/Apache-2.0", "source": source });
        let node = |id: &str, deps: Value, features: &[&str]| json!({ "id": id, "deps": deps, "features": features });
        let needs = |id: &str, kind: Value| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        json!({
            "packages": [package("overture", Value::Null), package("axum", json!("registry")), package("proptest", json!("registry"))],
            "resolve": { "nodes": [
                node("overture", json!([needs("axum", Value::Null), needs("proptest", json!("dev"))]), features),
                node("axum", json!([]), &[]),
                node("proptest", json!([]), &[]),
            ] },
        })
    }

    #[test]
    fn what_only_tests_need_is_not_in_the_program() {
        let lock = "\n[[package]]\nname = \"axum\"\nversion = \"0.1.0\"\nchecksum = \"abc\"\n";
        let (components, dependencies) = crates(&metadata(&["default"]), &hashes(lock)).unwrap();
        let names: Vec<&str> = components.iter().map(|it| text(it, "purl")).collect();
        assert_eq!(names, ["pkg:cargo/overture@0.1.0", "pkg:cargo/axum@0.1.0"]);
        assert_eq!(components[1]["hashes"][0]["content"], "abc");
        assert_eq!(components[1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(dependencies[0]["dependsOn"], json!(["pkg:cargo/axum@0.1.0"]));
    }

    #[test]
    fn a_program_with_bugs_on_purpose_is_refused() {
        let refused = crates(&metadata(&[FOR_TESTS]), &BTreeMap::new()).unwrap_err().to_string();
        assert!(refused.contains(FOR_TESTS), "{refused}");
    }

    #[test]
    fn a_document_that_lacks_something_is_refused() {
        let part = |name: &str| json!({ "bom-ref": name, "purl": name, "version": "1", "licenses": [{ "expression": "MIT" }], "hashes": [{ "content": "abc" }] });
        let names = ["pkg:cargo/a", "pkg:cargo/b", "pkg:npm/a", "pkg:npm/b"];
        let mut good = json!({
            "metadata": { "component": part("app") },
            "components": names.map(part),
            "dependencies": names.iter().chain(&["app"]).map(|it| json!({ "ref": it, "dependsOn": [names[0]] })).collect::<Vec<_>>(),
        });
        check(&good).unwrap();
        good["dependencies"][0]["dependsOn"] = json!(["pkg:cargo/unknown"]);
        assert!(check(&good).unwrap_err().to_string().contains("unknown"));
        good["dependencies"][0]["dependsOn"] = json!([]);
        good["components"][1]["licenses"] = json!([]);
        assert!(check(&good).unwrap_err().to_string().contains("licence"));
        good["components"][1] = part("pkg:cargo/b");
        good["components"][2]["hashes"] = Value::Null;
        assert!(check(&good).unwrap_err().to_string().contains("hash"));
    }
}
