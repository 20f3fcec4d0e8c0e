//! The queries of lists: a subset of SQL's conditions.

/// A value that a query compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Number(f64),
    Bool(bool),
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
    StartsWith(String, String),
    IsNull(String),
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
            Token::Literal(Literal::Number(number)) => number.to_string(),
            Token::Literal(Literal::Bool(is_true)) => is_true.to_string(),
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

fn tokens(text: &str) -> Result<Vec<Placed>, String> {
    let mut tokens = Vec::new();
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
            token = match word.parse::<f64>() {
                Ok(number) => Token::Literal(Literal::Number(number)),
                Err(_) => match word.to_ascii_lowercase().as_str() {
                    "true" => Token::Literal(Literal::Bool(true)),
                    "false" => Token::Literal(Literal::Bool(false)),
                    _ => Token::Word(word.to_owned()),
                },
            };
        }
        tokens.push((token, text.len() - rest.len() + taken));
        rest = rest[taken..].trim_start();
    }
    Ok(tokens)
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
    tokens: Vec<Placed>,
    at: usize,
    /// The length of the text.
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(token)
    }

    /// The error of a token that is not expected where it is.
    fn error(&self) -> String {
        match self.tokens.get(self.at) {
            None => syntax_error(self.end, ""),
            Some((token, end)) => syntax_error(*end, &token.text()),
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
        let name = self.name()?;
        if self.take_word("is") {
            let negated = self.take_word("not");
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
            let Literal::Text(prefix) = self.literal()? else {
                return Err("STARTS_WITH takes a text".to_owned());
            };
            return Ok(negate(negated, Condition::StartsWith(name, prefix)));
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
        Ok(Condition::Compare(name, comparison, self.literal()?))
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
        tokens: tokens(text)?,
        at: 0,
        end: text.trim_end().len(),
    };
    let mut query = Query {
        condition: Condition::All,
        group_by: Vec::new(),
    };
    if parser.peek().is_some() && !parser.is_word("group") && !parser.is_word("order") {
        query.condition = parser.or()?;
    }
    if parser.take_word("group") {
        parser.expect_word("by")?;
        query.group_by.push(parser.name()?);
        while parser.take_symbol(",") {
            query.group_by.push(parser.name()?);
        }
    }
    if parser.is_word("order") {
        return Err("operation is not supported: 'order by' clause".to_owned());
    }
    match parser.peek() {
        None => Ok(query),
        Some(_) => Err(parser.error()),
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
            Condition::Or(Box::new(equal("a", Literal::Number(1.0))), Box::new(right))
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
                Literal::Number(1.0),
                Literal::Number(2.5)
            )))
        );
        assert_eq!(
            parsed("`in` STARTS_WITH 'it''s'"),
            Condition::StartsWith("in".into(), "it's".into())
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
}
