//! Holds the page of the embedded server to what the code serves.

use std::fmt::Write;
use temporal_bun_embedded_server::{SERVED_COMMANDS, SERVED_RPCS};
use temporalio_protos::temporal::api::enums::v1::CommandType;

const START: &str = "<!-- served -->\n";
const END: &str = "<!-- end of served -->\n";

/// All commands, by number.
fn all_commands() -> Vec<String> {
    (1..100)
        .filter_map(|number| CommandType::try_from(number).ok())
        .map(|command| format!("{command:?}"))
        .collect()
}

fn table() -> String {
    let mut table = String::from("\n| service | methods |\n| --- | --- |\n");
    for (service, methods) in SERVED_RPCS {
        let name = service.rsplit('.').next().unwrap();
        writeln!(table, "| {name} | {} |", methods.join(", ")).unwrap();
    }
    let all = all_commands();
    let missing: Vec<_> = all
        .iter()
        .filter(|command| !SERVED_COMMANDS.contains(&command.as_str()))
        .map(String::as_str)
        .collect();
    write!(
        table,
        "\n| commands | |\n| --- | --- |\n| served | {} |\n| not served | {} |\n\n",
        SERVED_COMMANDS.join(", "),
        missing.join(", ")
    )
    .unwrap();
    table
}

#[test]
fn the_page_lists_what_is_served() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/embedded-server.md");
    let text = std::fs::read_to_string(page).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (listed, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(page, format!("{before}{START}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(listed, table, "run this test with UPDATE_TABLE=1");
    }
}

#[test]
fn every_served_command_is_one() {
    let all = all_commands();
    for command in SERVED_COMMANDS {
        assert!(all.iter().any(|other| other == command), "{command}");
    }
}
