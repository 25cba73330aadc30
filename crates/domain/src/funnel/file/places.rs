//! What was read from YAML, with the place where each part stands, so that an error can name it.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};
use serde_saphyr::Spanned;
use std::fmt;

/// A value and where it begins.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Plain(Value),
    List(Vec<Tree>),
    Map(Vec<Entry>),
}

/// A name in a map, and what stands behind it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) name: String,
    pub(super) value: Tree,
}

impl Tree {
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.body {
            Body::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Tree> {
        self.entries()?.iter().find(|entry| entry.name == name).map(|entry| &entry.value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Plain(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Without the places.
    pub(super) fn value(&self) -> Value {
        match &self.body {
            Body::Plain(value) => value.clone(),
            Body::List(list) => list.iter().map(Tree::value).collect(),
            Body::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.name.clone(), entry.value.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The place that a path leads to, as far as it leads. `unknown` is a name that should not be there.
    pub(super) fn place(&self, path: &Path, unknown: Option<&str>) -> (usize, usize) {
        let mut tree = self;
        for segment in path.iter() {
            let next = match (segment, &tree.body) {
                (Segment::Map { key }, Body::Map(_)) => tree.get(key),
                (Segment::Seq { index }, Body::List(list)) => list.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            tree = next;
        }
        let named = unknown.and_then(|name| tree.entries()?.iter().find(|entry| entry.name == name));
        named.map_or((tree.line, tree.column), |entry| (entry.line, entry.column))
    }
}

fn located(spanned: Spanned<Body>) -> Tree {
    let at = spanned.referenced;
    let number = |at: u64| usize::try_from(at).unwrap_or(0);
    Tree { line: number(at.line()), column: number(at.column()), body: spanned.value }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Spanned::<Body>::deserialize(d).map(located)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a list or a map")
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Plain(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Body, E> {
        Ok(Body::Plain(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Body, D::Error> {
        d.deserialize_any(Reader)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Body, E> {
        Ok(Body::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Body, E> {
        Ok(Body::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Body, E> {
        Ok(Body::Plain(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Body, E> {
        let number = serde_json::Number::from_f64(value).ok_or_else(|| E::custom("this is not a number"))?;
        Ok(Body::Plain(Value::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Body, E> {
        Ok(Body::Plain(value.into()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Body, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Tree>()? {
            list.push(item);
        }
        Ok(Body::List(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(name) = map.next_key::<Spanned<String>>()? {
            let number = |at: u64| usize::try_from(at).unwrap_or(0);
            let (line, column) = (number(name.referenced.line()), number(name.referenced.column()));
            let value = map.next_value::<Tree>()?;
            entries.push(Entry { line, column, name: name.value, value });
        }
        Ok(Body::Map(entries))
    }
}
