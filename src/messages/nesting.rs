//! A bound on how deep JSON goes. A message that is read has one of its own, but an `Any` holds another message, encoded,
//! which may hold an `Any`: each copy of the rest takes memory, and the stack would not last.

use serde_json::ser::Formatter;
use std::io::{Error, Result, Write};

/// The objects and arrays inside of each other. A message goes 100 messages deep, each of which may be in an array.
const MAX: usize = 200;

/// Writes JSON without spaces, and refuses what is too deep.
#[derive(Default)]
pub struct Bounded {
    depth: usize,
}

impl Bounded {
    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX {
            return Err(Error::other(format!("it is nested more than {MAX} deep")));
        }
        Ok(())
    }
}

impl Formatter for Bounded {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.enter()?;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth -= 1;
        writer.write_all(b"}")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.enter()?;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }
}
