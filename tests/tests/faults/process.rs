//! The program as a process with a data directory of its own; both go away with the test, also when it
//! fails.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use spineboard::postgres::{DataDirectory, PrivateCluster, superuser_url};
use spineboard_tests::Visitor;

/// What a visitor of ours sees when a connection is refused or cut off; the product never answers it.
pub(crate) const NO_ANSWER: StatusCode = StatusCode::BAD_GATEWAY;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// The program under test, which the build of the workspace puts two folders above the tests.
pub(crate) fn program_path() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("spineboard");
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// The program with nothing of our environment that it would read but where PostgreSQL is.
pub(crate) fn program() -> Command {
    let mut command = Command::new(program_path());
    for (name, _) in std::env::vars() {
        let ours = name.starts_with("SPINEBOARD_") && name != "SPINEBOARD_POSTGRES_BIN";
        if ours || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// A folder that PostgreSQL may enter when the tests run as root and it is another user.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("spineboard-faults-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn data(&self) -> DataDirectory {
        DataDirectory::at(&self.0.join("data")).unwrap()
    }

    /// A command of the program on this data directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg("--data-dir").arg(self.data().root());
        command
    }

    /// Runs a command of the program that has to succeed; `input` is what it reads.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
        succeed(&mut self.command(arguments), input)
    }

    /// The process number of the private PostgreSQL, as it says itself.
    pub(crate) fn postmaster(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data().cluster().join("postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
    }

    /// Whether a process works in the cluster, so that it is this one's PostgreSQL and nobody else. Where
    /// there is no `/proc` the file that it wrote has to be believed.
    fn is_ours(&self, pid: Pid) -> bool {
        match fs::read_link(format!("/proc/{}/cwd", pid.as_raw_pid())) {
            Ok(folder) => folder == self.data().cluster(),
            Err(_) if Path::new("/proc/self").exists() => false,
            Err(_) => test_kill_process(pid).is_ok(),
        }
    }

    /// `kill -9` of the private PostgreSQL.
    pub(crate) fn kill_postgres(&self) {
        self.postgres_killer()();
    }

    /// The same for another task, at one moment among requests.
    pub(crate) fn postgres_killer(&self) -> impl Fn() + Send + Sync + use<> {
        let pid = self.postmaster().expect("PostgreSQL runs");
        assert!(self.is_ours(pid), "{pid:?} is the PostgreSQL of {}", self.0.display());
        move || kill_process(pid, Signal::KILL).unwrap()
    }

    /// A connection string past all policies; the server has to run.
    pub(crate) fn database(&self) -> String {
        let socket = eventually("PostgreSQL runs", || PrivateCluster::running_in(&self.data()));
        superuser_url(&socket)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster().filter(|pid| self.is_ours(*pid)) {
            let _ = kill_process(pid, Signal::QUIT);
            for _ in 0..500 {
                if !self.is_ours(pid) {
                    break;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a command with this on its standard input and answers its standard output.
pub(crate) fn succeed(command: &mut Command, input: &str) -> String {
    let output = outcome(command, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {error}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command to its end.
pub(crate) fn outcome(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The program while it serves.
pub(crate) struct Served {
    child: Child,
    /// Where it answers.
    address: String,
}

impl Served {
    /// Starts `serve` or `demo` and waits until it says that it is ready. Its messages go to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let messages = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(messages);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        // The rest is read, so that nothing it prints later finds the pipe closed.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let mut served = Self { child, address: String::new() };
        let said = line.trim().strip_prefix("ready http://").map(str::to_owned);
        served.address = said.unwrap_or_else(|| panic!("{command:?} said `{line}`: {}", tail(log)));
        served
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// For a kill from another task, at one moment among requests.
    pub(crate) fn killer(&self) -> impl Fn() + Send + Sync + use<> {
        let pid = self.pid();
        move || {
            // It may have been killed a moment ago; it has not been collected, so the number is its own.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Asks it to stop and waits for it.
    pub(crate) fn stop(self) {
        self.signal(Signal::TERM);
        self.await_end();
    }

    /// Waits until it has stopped, which it must do well.
    pub(crate) fn await_end(mut self) {
        assert!(self.child.wait().unwrap().success(), "it stops cleanly");
    }

    /// Somebody at a browser, over connections of their own.
    pub(crate) fn visitor(&self) -> Visitor {
        visitor_at(&Arc::new(std::sync::RwLock::new(self.address.clone())))
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Gently at first: it stops its PostgreSQL.
            let _ = kill_process(self.pid(), Signal::TERM);
            for _ in 0..1500 {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Where a server answers now: it is another port after each start.
pub(crate) type Place = Arc<std::sync::RwLock<String>>;

/// Somebody at a browser, who finds the server wherever it is.
pub(crate) fn visitor_at(place: &Place) -> Visitor {
    let place = Arc::clone(place);
    let redirects = reqwest::redirect::Policy::none();
    let limit = Duration::from_mins(1);
    let client =
        reqwest::Client::builder().redirect(redirects).timeout(limit).no_proxy().build().unwrap();
    let hand_on = move |request: Request| {
        let (place, client) = (place.read().unwrap().clone(), client.clone());
        async move { handed_on(&client, &place, request).await.unwrap_or_else(|_| no_answer()) }
    };
    Visitor::over(Router::new().fallback(hand_on))
}

async fn handed_on(
    client: &reqwest::Client,
    place: &str,
    request: Request,
) -> Result<Response, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let address = format!("http://{place}{}", parts.uri);
    let mut headers = parts.headers;
    headers.remove(http::header::HOST);
    let answer = client.request(parts.method, address).headers(headers).body(body).send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await?));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

fn no_answer() -> Response {
    let mut response = Response::default();
    *response.status_mut() = NO_ANSWER;
    response
}

/// Waits for something that has to happen, and says what did not.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within a minute");
        thread::sleep(Duration::from_millis(20));
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.split_at(lines.len().saturating_sub(20)).1.join("\n")
}
