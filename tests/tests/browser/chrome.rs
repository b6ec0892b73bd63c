//! A browser of one test: chromedriver on a free port, the application on another, over a database of
//! its own. Nothing is shared, so tests do not depend on each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use spineboard_tests::TestApp;
use store::testing::PASSWORD;
use thirtyfour::prelude::*;

/// A browser with the application in front of it.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    pub(crate) app: TestApp,
    address: SocketAddr,
    /// Stops what was started, however the test ends.
    _chromedriver: Chromedriver,
}

/// A running chromedriver, with the profile of the browser that it starts. Dropped, it is stopped with
/// its browser, also when the test failed.
struct Chromedriver {
    child: Child,
    port: u16,
    profile: PathBuf,
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Asked to shut down, it ends its browser too, which a killed one leaves behind.
        let _ = self.shut_down();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

impl Chromedriver {
    /// Starts one on a port that it chooses, which it says.
    fn start() -> Self {
        let mut child = Command::new(program("SPINEBOARD_CHROMEDRIVER", "/usr/bin/chromedriver"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| {
                line.split("on port ").nth(1)?.trim_end_matches('.').trim().parse().ok()
            })
            // The first line repeats the 0 that was asked for.
            .find(|port: &u16| *port != 0);
        let Some(port) = port else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("chromedriver says no port");
        };
        // Keep reading, so that the driver never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let profile =
            std::env::temp_dir().join(format!("spineboard-chrome-{port}-{}", std::process::id()));
        Self { child, port, profile }
    }

    fn shut_down(&mut self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream
            .write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        // It answers when its sessions have ended.
        stream.read_to_end(&mut Vec::new())?;
        for _ in 0..100 {
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn program(variable: &str, usual: &str) -> String {
    let named = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    assert!(
        std::path::Path::new(&named).exists(),
        "{named} is missing: install Chromium and its driver, or set {variable}; script/test does both"
    );
    named
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let app = TestApp::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = app.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let chromedriver = Chromedriver::start();
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&program("SPINEBOARD_CHROME", "/usr/bin/chromium")).unwrap();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", chromedriver.profile.display()),
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        let server = format!("http://127.0.0.1:{}", chromedriver.port);
        let driver = WebDriver::new(server, capabilities).await.unwrap();
        let browser = Self { driver, app, address, _chromedriver: chromedriver };
        browser.size(1366, 900).await;
        browser
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(self.url(path)).await.unwrap();
    }

    /// The path of the page that is shown.
    pub(crate) async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.path().to_owned()
    }

    async fn devtools(&self, command: &str, parameters: serde_json::Value) {
        self.driver.cdp().send_raw(command, parameters).await.unwrap();
    }

    pub(crate) async fn size(&self, width: u32, height: u32) {
        let parameters = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", parameters).await;
    }

    /// Light or dark, as the operating system would prefer it.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    pub(crate) async fn without_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Signs in through the page, by keyboard.
    pub(crate) async fn sign_in(&self, email: &str) {
        self.driver.delete_all_cookies().await.unwrap();
        self.open("/sign-in").await;
        self.field("email").await.send_keys(email).await.unwrap();
        self.field("password").await.send_keys(PASSWORD + Key::Enter).await.unwrap();
        self.wait_until(|path| path != "/sign-in").await;
    }

    /// The control of a name.
    pub(crate) async fn field(&self, name: &str) -> WebElement {
        self.driver.query(By::Css(format!("[name=\"{name}\"]"))).first().await.unwrap_or_else(
            |error| {
                panic!("no field {name}: {error}");
            },
        )
    }

    /// Waits until the address is as wanted.
    pub(crate) async fn wait_until(&self, wanted: impl Fn(&str) -> bool) {
        for _ in 0..200 {
            if wanted(&self.path().await) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("still at {}: {}", self.path().await, self.text().await);
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> String {
        let main = self.driver.query(By::Css("main")).first().await.unwrap();
        main.text().await.unwrap()
    }

    /// The whole page as a picture.
    pub(crate) async fn picture(&self, file: &std::path::Path) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        self.driver.screenshot(file).await.unwrap();
    }

    pub(crate) async fn quit(self) {
        let Self { driver, _chromedriver, .. } = self;
        driver.quit().await.unwrap();
    }
}
