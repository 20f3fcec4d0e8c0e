//! The queries of lists: a subset of SQL's conditions.

use std::fmt;

/// A value that a query compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// As the real server's errors show it.
impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => {
                let text = text.replace('\\', "\\\\").replace('\'', "\\'");
                write!(out, "'{text}'")
            }
            Literal::Int(number) => number.fmt(out),
            Literal::Float(number) => number.fmt(out),
            Literal::Bool(is_true) => is_true.fmt(out),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

/// A condition on a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    All,
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(String, Comparison, Literal),
    In(String, Vec<Literal>),
    Between(String, Literal, Literal),
    StartsWith(String, Literal),
    IsNull(String),
    /// Well formed, but of no use. With the attribute that must be there, so that this is the error.
    Refused(Option<String>, String),
}

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub condition: Condition,
    /// The attributes of `GROUP BY`.
    pub group_by: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    /// In backquotes: never a keyword.
    Name(String),
    Literal(Literal),
    Symbol(&'static str),
}

impl Token {
    fn text(&self) -> String {
        match self {
            Token::Word(text) | Token::Name(text) | Token::Literal(Literal::Text(text)) => {
                text.clone()
            }
            Token::Literal(literal) => literal.to_string(),
            Token::Symbol(symbol) => (*symbol).to_owned(),
        }
    }
}

const SYMBOLS: &[&str] = &["<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ","];

/// The text that the real server puts before a query, so that it is a whole statement. Positions in its errors count it.
const STATEMENT: &str = "select * from table1 where ";

/// The error of a query that ends too early, or goes on with `near`, whose end is at `end`.
fn syntax_error(end: usize, near: &str) -> String {
    let position = STATEMENT.len() + end + 1;
    let near = if near.is_empty() {
        String::new()
    } else {
        format!(" near '{near}'")
    };
    format!("malformed SQL query: syntax error at position {position}{near}")
}

/// A token, and the position of its end.
type Placed = (Token, usize);

/// The tokens of a text, up to one that is none: the error of that comes behind those of the others.
struct Tokens {
    placed: Vec<Placed>,
    refusal: Option<String>,
}

fn tokens(text: &str) -> Tokens {
    let mut placed = Vec::new();
    let refusal = read_tokens(text, &mut placed).err();
    Tokens { placed, refusal }
}

fn read_tokens(text: &str, tokens: &mut Vec<Placed>) -> Result<(), String> {
    let text = text.trim_end();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken;
        let token;
        if matches!(first, '\'' | '"' | '`') {
            let (content, length) =
                quoted(rest, first).ok_or_else(|| syntax_error(text.len(), &rest[1..]))?;
            taken = length;
            token = if first == '`' {
                Token::Name(content)
            } else {
                Token::Literal(Literal::Text(content))
            };
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            taken = symbol.len();
            token = Token::Symbol(symbol);
        } else {
            taken = rest
                .find(|character: char| {
                    character.is_whitespace() || "'\"`<>=!(),".contains(character)
                })
                .unwrap_or(rest.len());
            if taken == 0 {
                return Err(syntax_error(text.len() - rest.len(), &rest[..1]));
            }
            let word = &rest[..taken];
            token = match word.to_ascii_lowercase().as_str() {
                "true" => Token::Literal(Literal::Bool(true)),
                "false" => Token::Literal(Literal::Bool(false)),
                _ => number(word).map_or_else(|| Token::Word(word.to_owned()), Token::Literal),
            };
        }
        tokens.push((token, text.len() - rest.len() + taken));
        rest = rest[taken..].trim_start();
    }
    Ok(())
}

fn number(word: &str) -> Option<Literal> {
    // "inf" and "nan" are names.
    if !word.ends_with(|last: char| last.is_ascii_digit() || last == '.') {
        return None;
    }
    let int = word.parse().ok().map(Literal::Int);
    int.or_else(|| word.parse().ok().map(Literal::Float))
}

/// The content of a quoted text, and the number of bytes up to its end. A doubled quote or one behind a backslash is
/// part of it. None if it has no end.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            if let Some((_, escaped)) = characters.next() {
                content.push(escaped);
            }
        } else if character == quote {
            if characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
                content.push(quote);
            } else {
                return Some((content, at + quote.len_utf8()));
            }
        } else {
            content.push(character);
        }
    }
    None
}

struct Parser {
    tokens: Tokens,
    at: usize,
    /// The length of the text.
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.placed.get(self.at).map(|(token, _)| token)
    }

    fn is_at_end(&self) -> bool {
        self.peek().is_none() && self.tokens.refusal.is_none()
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(token)
    }

    /// The error of a token that is not expected where it is.
    fn error(&self) -> String {
        match (self.tokens.placed.get(self.at), &self.tokens.refusal) {
            (Some((token, end)), _) => syntax_error(*end, &token.text()),
            (None, Some(refusal)) => refusal.clone(),
            (None, None) => syntax_error(self.end, ""),
        }
    }

    /// The error of the token that was taken last.
    fn error_before(&mut self) -> String {
        self.at -= 1;
        self.error()
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(other)) if other.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_it = self.is_word(word);
        self.at += usize::from(is_it);
        is_it
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Symbol(other)) if *other == symbol);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect_word(&mut self, word: &str) -> Result<(), String> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.error())
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), String> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.error())
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next()? {
            Token::Literal(literal) => Ok(literal),
            _ => Err(self.error_before()),
        }
    }

    /// Takes the right side of an operator: a value, or the name of a column, where none may stand.
    fn operand(&mut self) -> Result<Result<Literal, String>, String> {
        match self.next()? {
            Token::Literal(literal) => Ok(Ok(literal)),
            Token::Word(word) if word.eq_ignore_ascii_case("null") => Ok(Err(
                "invalid expression: unexpected value type *sqlparser.NullVal".to_owned(),
            )),
            Token::Word(name) | Token::Name(name) => Ok(Err(format!(
                "operation is not supported: column name on the right side of comparison expression (did you forget to quote '{name}'?)"
            ))),
            Token::Symbol(_) => Err(self.error_before()),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Word(name) | Token::Name(name) => Ok(name),
            _ => Err(self.error_before()),
        }
    }

    fn or(&mut self) -> Result<Condition, String> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Condition, String> {
        let mut left = self.one()?;
        while self.take_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.take_word("not") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.take_symbol("(") {
            let inner = self.or()?;
            self.expect_symbol(")")?;
            return Ok(inner);
        }
        let name = match self.next()? {
            Token::Word(name) | Token::Name(name) => name,
            Token::Literal(literal) => return self.without_column(&literal),
            Token::Symbol(_) => return Err(self.error_before()),
        };
        if self.is_at_end_of_condition() {
            return Ok(Condition::Refused(
                None,
                "invalid expression: incomplete expression".to_owned(),
            ));
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            if matches!(self.peek(), Some(Token::Literal(Literal::Bool(_)))) {
                self.at += 1;
                return Ok(Condition::Refused(
                    Some(name),
                    "invalid expression: 'IS' operator can only be used with 'NULL' or 'NOT NULL'"
                        .to_owned(),
                ));
            }
            self.expect_word("null")?;
            return Ok(negate(negated, Condition::IsNull(name)));
        }
        let negated = self.take_word("not");
        if self.take_word("in") {
            self.expect_symbol("(")?;
            let mut values = vec![self.literal()?];
            while self.take_symbol(",") {
                values.push(self.literal()?);
            }
            self.expect_symbol(")")?;
            return Ok(negate(negated, Condition::In(name, values)));
        }
        if self.take_word("between") {
            let from = self.literal()?;
            self.expect_word("and")?;
            let to = self.literal()?;
            return Ok(negate(negated, Condition::Between(name, from, to)));
        }
        if self.take_word("starts_with") {
            return Ok(match self.operand()? {
                Ok(prefix) => negate(negated, Condition::StartsWith(name, prefix)),
                Err(refusal) => Condition::Refused(Some(name), refusal),
            });
        }
        for operator in ["like", "regexp"] {
            if self.take_word(operator) {
                let not = if negated { "not " } else { "" };
                let value = self.literal()?;
                let refusal = format!(
                    "invalid expression: invalid operator '{not}{operator}' in `{name} {not}{operator} {value}`"
                );
                return Ok(Condition::Refused(None, refusal));
            }
        }
        if negated {
            return Err(self.error());
        }
        let comparison = match self.next()? {
            Token::Symbol("=") => Comparison::Equal,
            Token::Symbol("!=" | "<>") => Comparison::NotEqual,
            Token::Symbol("<") => Comparison::Less,
            Token::Symbol("<=") => Comparison::LessOrEqual,
            Token::Symbol(">") => Comparison::Greater,
            Token::Symbol(">=") => Comparison::GreaterOrEqual,
            _ => return Err(self.error_before()),
        };
        Ok(match self.operand()? {
            Ok(value) => Condition::Compare(name, comparison, value),
            Err(refusal) => Condition::Refused(Some(name), refusal),
        })
    }

    fn is_at_end_of_condition(&self) -> bool {
        let words = ["and", "or", "group", "order", "limit"];
        match self.peek() {
            None => true,
            Some(Token::Symbol(symbol)) => *symbol == ")",
            Some(Token::Word(_)) => words.iter().any(|word| self.is_word(word)),
            Some(_) => false,
        }
    }

    /// A condition that begins with a value.
    fn without_column(&mut self, literal: &Literal) -> Result<Condition, String> {
        let kind = match literal {
            Literal::Bool(_) => "sqlparser.BoolVal",
            _ => "*sqlparser.SQLVal",
        };
        if self.is_at_end_of_condition() {
            let refusal = format!("operation is not supported: expression of type {kind}");
            return Ok(Condition::Refused(None, refusal));
        }
        match self.next()? {
            Token::Symbol("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") => {
                self.operand()?.ok();
                Ok(Condition::Refused(
                    None,
                    format!("invalid expression: must be a column name but was {kind}"),
                ))
            }
            _ => Err(self.error_before()),
        }
    }
}

fn negate(negated: bool, condition: Condition) -> Condition {
    if negated {
        Condition::Not(Box::new(condition))
    } else {
        condition
    }
}

/// Reads a query. Nothing matches everything.
pub fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
        end: text.trim_end().len(),
    };
    let mut query = Query {
        condition: Condition::All,
        group_by: Vec::new(),
    };
    if !parser.is_at_end() && !parser.is_word("group") && !parser.is_word("order") {
        query.condition = parser.or()?;
    }
    if parser.take_word("group") {
        parser.expect_word("by")?;
        query.group_by.push(parser.name()?);
        while parser.take_symbol(",") {
            query.group_by.push(parser.name()?);
        }
    }
    for (clause, name) in [("order", "order by"), ("limit", "limit")] {
        if parser.is_word(clause) {
            return Err(format!("operation is not supported: '{name}' clause"));
        }
    }
    if parser.is_at_end() {
        Ok(query)
    } else {
        Err(parser.error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    fn equal(name: &str, value: Literal) -> Condition {
        Condition::Compare(name.to_owned(), Comparison::Equal, value)
    }

    #[test]
    fn and_binds_more_than_or() {
        let parsed = parse("a = 1 OR b = 'x' and not (c = true)")
            .unwrap()
            .condition;
        let right = Condition::And(
            Box::new(equal("b", text("x"))),
            Box::new(Condition::Not(Box::new(equal("c", Literal::Bool(true))))),
        );
        assert_eq!(
            parsed,
            Condition::Or(Box::new(equal("a", Literal::Int(1))), Box::new(right))
        );
    }

    #[test]
    fn every_form_is_read() {
        let parsed = |query: &str| parse(query).unwrap().condition;
        assert_eq!(
            parsed("Name in ('a', \"it's\")"),
            Condition::In("Name".into(), vec![text("a"), text("it's")])
        );
        assert_eq!(
            parsed("n not between 1 and 2.5"),
            Condition::Not(Box::new(Condition::Between(
                "n".into(),
                Literal::Int(1),
                Literal::Float(2.5)
            )))
        );
        assert_eq!(
            parsed("`in` STARTS_WITH 'it''s'"),
            Condition::StartsWith("in".into(), text("it's"))
        );
        assert_eq!(
            parsed("x IS NOT NULL"),
            Condition::Not(Box::new(Condition::IsNull("x".into())))
        );
        assert_eq!(parsed("  "), Condition::All);
        let grouped = parse("a<>1 GROUP BY ExecutionStatus").unwrap();
        assert_eq!(grouped.group_by, ["ExecutionStatus"]);
    }

    #[test]
    fn wrong_queries_are_refused() {
        for query in [
            "a =",
            "a 1",
            "(a = 1",
            "a = 'x",
            "a = 1 b",
            "a in ()",
            "a = 1 order by a",
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
    }

    #[test]
    fn the_first_token_that_does_not_fit_is_named() {
        assert_eq!(
            parse("a = 'it's'").unwrap_err(),
            "malformed SQL query: syntax error at position 37 near 's'"
        );
        assert_eq!(
            parse("a = 'x").unwrap_err(),
            "malformed SQL query: syntax error at position 34 near 'x'"
        );
    }
}
