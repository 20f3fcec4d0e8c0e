//! The process of an ephemeral server.
//!
//! A program that is already on this machine is started here. One that must be downloaded first is core's to start, since
//! core has the download; but core gives a server only five seconds to answer, which a dev server on a busy machine
//! needs more than, and does not notice when the program ends at once.

use super::options::{DevServerOptions, Executable, TestServerOptions};
use crate::bridge::error::{BridgeError, Code};
use std::{
    net::{IpAddr, TcpListener},
    process::{ExitStatus, Stdio},
    time::Duration,
};
use temporal_bun_calls::server::{connect_once, start_dev, start_test};
use temporalio_client::ConnectionOptions;
use temporalio_sdk_core::ephemeral_server::{
    EphemeralServer, EphemeralServerError, TemporalDevServerConfig, TestServerConfig,
};
use tokio::{process::Child, time::Instant};
use url::Url;

/// The time in which a server must answer.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The time between two attempts to reach a server, which does not say when it is ready.
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(50);

/// The number of free ports to try: another process may take one before the server listens there.
const PORT_ATTEMPTS: usize = 3;

/// A server that runs.
pub struct ServerProcess {
    /// `host:port` of its frontend.
    pub target: String,
    /// Dropped before the process, so that it does not kill another one that has got the server's number.
    guard: Option<Guard>,
    process: Process,
}

enum Process {
    Core(EphemeralServer),
    Child(Child),
}

impl ServerProcess {
    /// Starts a dev server, and waits until it answers.
    pub async fn start_dev(options: DevServerOptions) -> Result<Self, BridgeError> {
        let output = Output::new(options.quiet);
        match options.executable {
            Executable::Path(ref path) => {
                let arguments = |port| dev_arguments(&options, port);
                start(path, arguments, &options.ip, options.port, output).await
            }
            Executable::Download(download) => {
                let config = TemporalDevServerConfig::builder()
                    .exe(download.into())
                    .namespace(options.namespace)
                    .ip(options.ip)
                    .maybe_port(options.port)
                    .maybe_ui_port(options.ui_port)
                    .ui(options.ui)
                    .maybe_db_filename(options.db_filename)
                    .log((options.log_format, options.log_level))
                    .extra_args(options.extra_args)
                    .build();
                start_dev(config, output.stdio(), output.stdio())
                    .await
                    .map(Self::of_core)
                    .map_err(core_failed)
            }
        }
    }

    /// Starts a time-skipping test server, and waits until it answers.
    pub async fn start_test(options: TestServerOptions) -> Result<Self, BridgeError> {
        let output = Output::new(options.quiet);
        match options.executable {
            Executable::Path(path) => {
                let arguments = |port: u16| {
                    let mut arguments = vec![port.to_string()];
                    arguments.extend(options.extra_args.iter().cloned());
                    arguments
                };
                start(&path, arguments, LOOPBACK, options.port, output).await
            }
            Executable::Download(download) => {
                let config = TestServerConfig::builder()
                    .exe(download.into())
                    .maybe_port(options.port)
                    .extra_args(options.extra_args)
                    .build();
                start_test(config, output.stdio(), output.stdio())
                    .await
                    .map(Self::of_core)
                    .map_err(core_failed)
            }
        }
    }

    fn of_core(server: EphemeralServer) -> Self {
        Self {
            target: server.target.clone(),
            guard: server.child_process_id().and_then(Guard::of),
            process: Process::Core(server),
        }
    }

    /// Ends the server's process, and waits until it has ended.
    pub async fn stop(mut self) -> Result<(), BridgeError> {
        drop(self.guard.take());
        match &mut self.process {
            Process::Core(server) => server.shutdown().await.map_err(server_failed),
            Process::Child(child) => child.kill().await.map_err(server_failed),
        }
    }
}

const LOOPBACK: &str = "127.0.0.1";

#[derive(Clone, Copy)]
struct Output {
    quiet: bool,
}

impl Output {
    fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    fn stdio(self) -> Stdio {
        if self.quiet {
            Stdio::null()
        } else {
            Stdio::inherit()
        }
    }
}

fn dev_arguments(options: &DevServerOptions, port: u16) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "server",
        "start-dev",
        "--port",
        &port.to_string(),
        "--namespace",
        &options.namespace,
        "--ip",
        &options.ip,
        "--log-format",
        &options.log_format,
        "--log-level",
        &options.log_level,
    ]
    .map(str::to_owned)
    .into();
    if let Some(file) = &options.db_filename {
        arguments.extend(["--db-filename".to_owned(), file.clone()]);
    }
    if options.ui || options.ui_port.is_some() {
        let ui_port = options.ui_port.unwrap_or(port.saturating_add(1000));
        arguments.extend(["--ui-port".to_owned(), ui_port.to_string()]);
    } else {
        arguments.push("--headless".to_owned());
    }
    arguments.extend(options.extra_args.iter().cloned());
    arguments
}

/// Starts a program at the port asked for, or at a free one, and waits until it answers.
async fn start(
    path: &str,
    arguments: impl Fn(u16) -> Vec<String>,
    ip: &str,
    port: Option<u16>,
    output: Output,
) -> Result<ServerProcess, BridgeError> {
    let mut attempts = if port.is_some() { 1 } else { PORT_ATTEMPTS };
    loop {
        attempts -= 1;
        let port = port.map_or_else(|| free_port(ip), Ok)?;
        let end = match start_at(path, arguments(port), ip, port, output).await? {
            Ok(server) => return Ok(server),
            Err(status) => status,
        };
        if attempts == 0 {
            return Err(server_failed(format_args!(
                "{path} ended before it answered: {end}"
            )));
        }
    }
}

fn free_port(ip: &str) -> Result<u16, BridgeError> {
    let listener = TcpListener::bind((ip, 0)).map_err(server_failed)?;
    Ok(listener.local_addr().map_err(server_failed)?.port())
}

/// The server when it answers, or how it ended before.
async fn start_at(
    path: &str,
    arguments: Vec<String>,
    ip: &str,
    port: u16,
    output: Output,
) -> Result<Result<ServerProcess, ExitStatus>, BridgeError> {
    let mut child = tokio::process::Command::new(path)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.stdio())
        .stderr(output.stdio())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| server_failed(format_args!("{path} does not start: {error}")))?;
    let guard = child.id().and_then(Guard::of);
    // A server that listens everywhere is reached through the loopback.
    let host = match ip.parse::<IpAddr>() {
        Ok(ip) if ip.is_unspecified() => LOOPBACK.to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => ip.to_owned(),
    };
    let target = format!("{host}:{port}");
    tokio::select! {
        reached = reach(&target) => reached?,
        exit = child.wait() => return Ok(Err(exit.map_err(server_failed)?)),
    }
    Ok(Ok(ServerProcess {
        target,
        guard,
        process: Process::Child(child),
    }))
}

/// Ends a server when this process ends in a way that leaves it no time to do so itself: when it is killed.
///
/// It is a shell that waits for the end of its input, which nobody but this process can write to.
struct Guard {
    _shell: Child,
}

impl Guard {
    /// None if there is no shell: the server then outlives a killed process.
    fn of(server: u32) -> Option<Self> {
        let shell = tokio::process::Command::new("/bin/sh")
            .args(["-c", "read -r _; kill -9 \"$0\"", &server.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .ok()?;
        Some(Self { _shell: shell })
    }
}

/// Waits until a server answers.
async fn reach(target: &str) -> Result<(), BridgeError> {
    let url = Url::parse(&format!("http://{target}")).map_err(server_failed)?;
    let options = ConnectionOptions::new(url)
        .identity("ephemeral-server-start")
        .client_name("temporal-bun-bridge")
        .client_version(env!("CARGO_PKG_VERSION"))
        .dns_load_balancing(None)
        .build();
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        let Err(error) = connect_once(options.clone()).await else {
            return Ok(());
        };
        if Instant::now() > deadline {
            return Err(server_failed(format_args!(
                "{target} did not answer within {START_TIMEOUT:?}: {error}"
            )));
        }
        tokio::time::sleep(ATTEMPT_INTERVAL).await;
    }
}

/// An error of core's start. The details tell a download that failed from a program that did.
fn core_failed(error: EphemeralServerError) -> BridgeError {
    let is_download = matches!(
        error,
        EphemeralServerError::Download { .. } | EphemeralServerError::InvalidDownload { .. }
    );
    let error = server_failed(error);
    if is_download {
        error.with_detail("reason", "download")
    } else {
        error
    }
}

fn server_failed(error: impl std::fmt::Display) -> BridgeError {
    BridgeError::new(Code::ServerFailed, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::options::parse_dev;
    use parking_lot::Mutex;

    fn arguments(config: &str, port: u16) -> String {
        dev_arguments(&parse_dev(config.as_bytes()).unwrap(), port).join(" ")
    }

    #[test]
    fn the_program_is_told_every_option() {
        assert_eq!(
            arguments(r#"{"executable":{"path":"/bin/sh"}}"#, 7),
            "server start-dev --port 7 --namespace default --ip 127.0.0.1 --log-format pretty --log-level warn \
             --headless"
        );
        assert_eq!(
            arguments(
                r#"{"executable":{"path":"/bin/sh"},"namespace":"n","ip":"::1","uiPort":8,"dbFilename":"d",
                    "logFormat":"json","logLevel":"info","extraArgs":["--more"]}"#,
                7
            ),
            "server start-dev --port 7 --namespace n --ip ::1 --log-format json --log-level info --db-filename d \
             --ui-port 8 --more"
        );
        let ui = arguments(r#"{"executable":{"path":"/bin/sh"},"ui":true}"#, 7233);
        assert!(ui.ends_with("--ui-port 8233"), "{ui}");
    }

    #[test]
    fn a_program_that_ends_at_once_fails_at_once() {
        let config = br#"{"executable":{"path":"/bin/false"},"quiet":true}"#;
        let tokio = tokio::runtime::Runtime::new().unwrap();
        let start = ServerProcess::start_dev(parse_dev(config).unwrap());
        let error = tokio.block_on(start).err().unwrap();
        assert_eq!(error.code, Code::ServerFailed);
        assert!(error.message.contains("/bin/false ended"), "{error}");
    }

    #[test]
    fn another_free_port_is_tried_if_the_program_ends() {
        let tried = Mutex::new(Vec::new());
        let arguments = |port: u16| {
            tried.lock().push(port);
            Vec::new()
        };
        let tokio = tokio::runtime::Runtime::new().unwrap();
        let quiet = Output::new(true);
        let start_false =
            |port| tokio.block_on(start("/bin/false", arguments, LOOPBACK, port, quiet));
        assert!(start_false(Some(7)).is_err());
        assert_eq!(*tried.lock(), [7]);
        assert!(start_false(None).is_err());
        assert_eq!(tried.lock().len(), 1 + PORT_ATTEMPTS);
    }
}
