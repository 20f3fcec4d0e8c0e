//! Queries of lists, and the search attributes that they name.

pub mod attributes;
pub mod filter;
pub mod query;
pub mod search;
