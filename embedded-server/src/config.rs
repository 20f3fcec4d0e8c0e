//! Options of a server.

/// How the server's time goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeMode {
    /// As a time-skipping test server: it jumps only while a client has unlocked it.
    #[default]
    Locked,
    /// It jumps to the next timer whenever no task is waiting or out, until a client locks it.
    Unlocked,
    /// It never jumps.
    Real,
}

/// Options of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The namespace that exists from the start.
    pub namespace: String,
    /// How time goes on.
    pub time: TimeMode,
    /// Custom search attributes of that namespace: names, and values of `temporal.api.enums.v1.IndexedValueType`.
    pub search_attributes: Vec<(String, i32)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            namespace: "default".to_owned(),
            time: TimeMode::default(),
            search_attributes: Vec::new(),
        }
    }
}
