// SPDX-License-Identifier: Apache-2.0
//! What goes over the pipes: flat objects of JSON, and values by a schema.
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What the driver or the face finds wrong: errno's number, and a sentence.
pub struct Failure(pub i32, pub String);

impl From<coview::Error> for Failure {
    fn from(error: coview::Error) -> Self {
        Self(error.code(), error.to_string())
    }
}

pub fn invalid(what: impl Into<String>) -> Failure {
    Failure(22, what.into())
}

/// A request: strings without escapes, and whole numbers.
pub struct Request(BTreeMap<String, String>);

impl Request {
    pub fn parse(line: &str) -> Self {
        let mut members = BTreeMap::new();
        let mut rest = line.trim().trim_start_matches('{');
        while let Some((_, after)) = rest.split_once('"') {
            let (name, after) = after.split_once('"').expect("a name ends");
            let after = after.trim_start().strip_prefix(':').expect("a colon").trim_start();
            let (value, after) = match after.strip_prefix('"') {
                Some(text) => text.split_once('"').expect("a text ends"),
                None => after.split_at(after.find([',', '}']).expect("a number ends")),
            };
            members.insert(name.to_owned(), value.trim().to_owned());
            rest = after;
        }
        Self(members)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| invalid(format!("there is no '{name}'")))
    }

    pub fn text_or<'a>(&'a self, name: &str, otherwise: &'a str) -> &'a str {
        self.0.get(name).map_or(otherwise, String::as_str)
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Failure> {
        let text = self.text(name)?;
        text.parse().map_err(|_| invalid(format!("'{text}' is no number for '{name}'")))
    }

    pub fn number_or<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> Result<T, Failure> {
        if self.has(name) {
            self.number(name)
        } else {
            Ok(otherwise)
        }
    }
}

/// An answer, and what it has beside its result.
pub struct Answer(String);

impl Answer {
    pub fn new(result: &str) -> Self {
        Self(format!("{{\"result\": \"{result}\""))
    }

    pub fn ok() -> Self {
        Self::new("ok")
    }

    pub fn in_time(done: bool) -> Self {
        Self::new(if done { "ok" } else { "timed out" })
    }

    pub fn number(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        write!(self.0, ", \"{name}\": {value}").unwrap();
        self
    }

    pub fn text(mut self, name: &str, value: &str) -> Self {
        write!(self.0, ", \"{name}\": \"").unwrap();
        for character in value.chars() {
            match character {
                '"' | '\\' => write!(self.0, "\\{character}").unwrap(),
                '\0'..='\x1f' => write!(self.0, "\\u{:04x}", character as u32).unwrap(),
                _ => self.0.push(character),
            }
        }
        self.0.push('"');
        self
    }

    pub fn error(failure: &Failure) -> Self {
        Self::new("error").number("errno", failure.0).text("message", &failure.1)
    }

    pub fn line(self) -> String {
        self.0 + "}"
    }
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn from_hex(text: &str) -> Result<Vec<u8>, Failure> {
    let pair = |i| text.get(i..i + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    (0..text.len()).step_by(2).map(|i| pair(i).ok_or_else(|| invalid("these are no bytes"))).collect()
}

/// `size=8 id:u32@0 kind:u8@4`
pub struct Schema {
    size: usize,
    fields: Vec<(String, String, usize)>,
}

macro_rules! numbers {
    ($($name:literal $type:ident)*) => {
        fn store(kind: &str, text: &str, to: &mut [u8]) -> Result<(), Failure> {
            match kind {
                $($name => {
                    let value: $type = text.parse().map_err(|_| invalid(format!("'{text}' is no {kind}")))?;
                    to[..std::mem::size_of::<$type>()].copy_from_slice(&value.to_ne_bytes());
                })*
                _ => return Err(invalid(format!("there is no type '{kind}'"))),
            }
            Ok(())
        }

        fn load(kind: &str, from: &[u8]) -> Result<String, Failure> {
            match kind {
                $($name => {
                    let bytes = from[..std::mem::size_of::<$type>()].try_into().expect("as many");
                    Ok(format!("{:?}", $type::from_ne_bytes(bytes)))
                })*
                _ => Err(invalid(format!("there is no type '{kind}'"))),
            }
        }
    };
}
numbers! { "u8" u8 "i8" i8 "u16" u16 "i16" i16 "u32" u32 "i32" i32 "u64" u64 "i64" i64 "f32" f32 "f64" f64 }

impl Schema {
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || invalid(format!("'{text}' is no schema"));
        let mut words = text.split_whitespace();
        let size = words.next().and_then(|word| word.strip_prefix("size=")?.parse().ok()).ok_or_else(wrong)?;
        let field = |word: &str| {
            let (name, place) = word.split_once(':')?;
            let (kind, offset) = place.split_once('@')?;
            Some((name.to_owned(), kind.to_owned(), offset.parse().ok().filter(|&at| at < size)?))
        };
        let fields = words.map(field).collect::<Option<_>>().ok_or_else(wrong)?;
        Ok(Self { size, fields })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn pack(&self, values: &str) -> Result<Vec<u8>, Failure> {
        let given: BTreeMap<_, _> = values.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        let mut bytes = vec![0; self.size];
        for (name, kind, offset) in &self.fields {
            let text = given.get(name.as_str()).ok_or_else(|| invalid(format!("there is no value '{name}'")))?;
            store(kind, text, &mut bytes[*offset..])?;
        }
        Ok(bytes)
    }

    pub fn unpack(&self, bytes: &[u8]) -> Result<String, Failure> {
        if bytes.len() != self.size {
            return Err(Failure(74, format!("{} bytes are no message of {}", bytes.len(), self.size)));
        }
        let one =
            |(name, kind, offset): &(String, String, usize)| Ok(format!("{name}={}", load(kind, &bytes[*offset..])?));
        Ok(self.fields.iter().map(one).collect::<Result<Vec<_>, Failure>>()?.join(" "))
    }
}
