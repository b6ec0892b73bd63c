//! The life of a private cluster: start, refusals, crashes, stop.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use spineboard::postgres::{
    Binaries, ClusterOptions, DataDirectory, PostgresError, PrivateCluster, discover,
};

use crate::support::{Scratch, eventually, program, runs, signal};

/// Asks the server something with its own client.
fn query(cluster: &PrivateCluster, sql: &str) -> String {
    let output = Command::new(cluster.binaries().directory.join("psql"))
        .args(["-X", "-A", "-t", "-d", &cluster.superuser_url(), "-c", sql])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn accepts_connections(cluster: &PrivateCluster) -> bool {
    UnixStream::connect(cluster.socket().directory().join(".s.PGSQL.5432")).is_ok()
}

#[test]
fn a_fresh_directory_gets_a_cluster_that_is_found_again_at_the_second_start() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    let cluster = PrivateCluster::start(&options).unwrap();
    assert!(cluster.was_created());
    query(&cluster, "create table kept (n int)");
    let pid = cluster.server_pid().unwrap();
    cluster.stop().unwrap();
    assert!(!runs(pid));

    let cluster = PrivateCluster::start(&options).unwrap();
    assert!(!cluster.was_created());
    assert_eq!(query(&cluster, "select count(*) from kept"), "0");
}

#[test]
fn the_only_way_in_is_a_socket_in_a_directory_of_mode_0700() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    assert_eq!(query(&cluster, "show listen_addresses"), "");
    assert_eq!(query(&cluster, "show data_checksums"), "on");
    assert_eq!(query(&cluster, "select count(*) from pg_hba_file_rules"), "1");
    assert_eq!(query(&cluster, "select datcollate from pg_database limit 1"), "C.UTF-8");
    let socket = fs::metadata(cluster.socket().directory()).unwrap();
    assert_eq!(socket.mode() & 0o777, 0o700);
    assert_eq!(socket.uid(), fs::metadata(scratch.data_directory().cluster()).unwrap().uid());
    assert_ne!(socket.uid(), 0, "PostgreSQL never runs as root");
}

#[test]
fn the_cluster_is_durable_unless_a_test_says_otherwise() {
    let scratch = Scratch::new();
    let options = ClusterOptions::new(scratch.data_directory());
    let cluster = PrivateCluster::start(&options).unwrap();
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(query(&cluster, &format!("show {setting}")), "on");
    }
}

#[test]
fn a_second_start_on_the_same_directory_is_refused_and_names_it() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    let first = PrivateCluster::start(&options).unwrap();
    let error = PrivateCluster::start(&options).unwrap_err();
    let expected = format!(
        "the data directory `{}` is in use by another Spineboard (process {})",
        scratch.data_directory().root().display(),
        std::process::id()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(accepts_connections(&first), "the first one is not disturbed");
    let running = PrivateCluster::running_in(&options.data_directory).unwrap();
    assert_eq!(&running, first.socket());
    first.stop().unwrap();
    assert_eq!(PrivateCluster::running_in(&options.data_directory), None);
}

#[test]
fn a_directory_of_another_major_version_is_refused() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    PrivateCluster::start(&options).unwrap().stop().unwrap();
    fs::write(options.data_directory.cluster().join("PG_VERSION"), "11\n").unwrap();
    let error = PrivateCluster::start(&options).unwrap_err();
    assert!(matches!(error, PostgresError::OtherMajor { cluster: 11, .. }), "{error}");
    let message = error.to_string();
    let directory = options.data_directory.root().display().to_string();
    assert!(message.contains(&directory) && message.contains("PostgreSQL 11"), "{message}");
}

#[test]
fn something_else_in_the_place_of_the_cluster_is_left_alone() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    let precious = options.data_directory.cluster().join("thesis.txt");
    fs::create_dir_all(precious.parent().unwrap()).unwrap();
    fs::write(&precious, "years of work").unwrap();
    let error = PrivateCluster::start(&options).unwrap_err();
    assert!(matches!(error, PostgresError::NotACluster { .. }), "{error}");
    assert!(precious.exists());
}

#[test]
fn an_interrupted_first_start_is_begun_again() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    let unfinished = options.data_directory.root().join("postgres.unfinished");
    fs::create_dir_all(unfinished.join("base")).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let cluster = PrivateCluster::start(&options).unwrap();
    assert!(cluster.was_created());
    assert!(!unfinished.exists());
}

#[test]
fn the_server_comes_back_after_kill_9_with_everything_that_was_committed() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    query(&cluster, "create table kept (n int); insert into kept values (42)");
    for _ in 0..3 {
        let killed = cluster.server_pid().unwrap();
        signal(killed, Signal::KILL);
        eventually(30, "another server", || {
            let pid = cluster.server_pid();
            pid.is_some_and(|pid| pid != killed) && accepts_connections(&cluster)
        });
        eventually(30, "ready", || PrivateCluster::running_in(&scratch.data_directory()).is_some());
        assert_eq!(query(&cluster, "select n from kept"), "42");
    }
    cluster.stop().unwrap();
}

#[test]
fn a_backend_that_holds_on_after_kill_9_is_waited_for() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    let mut busy = Command::new(cluster.binaries().directory.join("psql"))
        .args(["-X", "-d", &cluster.superuser_url(), "-c", "select pg_sleep(60)"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleepers = "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)'";
    eventually(10, "a busy backend", || query(&cluster, sleepers) == "1");
    let backend =
        query(&cluster, "select pid from pg_stat_activity where query = 'select pg_sleep(60)'");
    let backend: i32 = backend.parse().unwrap();
    // Stopped, it cannot notice that its server is gone and keeps hold of the shared memory.
    signal(backend, Signal::STOP);
    let killed = cluster.server_pid().unwrap();
    signal(killed, Signal::KILL);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert!(PrivateCluster::running_in(&scratch.data_directory()).is_none());
    signal(backend, Signal::CONT);
    eventually(30, "ready again", || {
        PrivateCluster::running_in(&scratch.data_directory()).is_some()
    });
    assert_eq!(query(&cluster, "select 1"), "1");
    let _ = busy.kill();
    busy.wait().unwrap();
}

#[test]
fn an_orphan_of_an_earlier_run_is_stopped_and_its_work_is_there() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    let first = PrivateCluster::start(&options).unwrap();
    query(&first, "create table kept (n int); insert into kept values (7)");
    let binaries = first.binaries().clone();
    first.stop().unwrap();
    let mut orphan = start_by_hand(&binaries, &options.data_directory);
    let orphan_pid = i32::try_from(orphan.id()).unwrap();
    eventually(20, "the orphan is ready", || {
        PrivateCluster::running_in(&options.data_directory).is_some()
    });

    let second = PrivateCluster::start(&options).unwrap();
    assert!(!runs(orphan_pid), "the orphan was stopped");
    assert_ne!(second.server_pid(), Some(orphan_pid));
    assert_eq!(query(&second, "select n from kept"), "7");
    orphan.wait().unwrap();
}

/// A server that nobody supervises, as it is left when its parent was killed without a guard.
fn start_by_hand(binaries: &Binaries, directory: &DataDirectory) -> std::process::Child {
    use std::os::unix::process::CommandExt as _;
    let owner = fs::metadata(directory.cluster()).unwrap();
    let mut command = Command::new(binaries.directory.join("postgres"));
    let sockets = directory.root().join("postgres-socket");
    command.arg("-D").arg(directory.cluster()).args(["-c", "listen_addresses="]);
    command.arg("-c").arg(format!("unix_socket_directories={}", sockets.display()));
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.spawn().unwrap()
}

#[test]
fn a_stale_pid_file_that_names_somebody_else_does_not_block_the_start() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    PrivateCluster::start(&options).unwrap().stop().unwrap();
    let mut innocent = Command::new("sleep").arg("60").spawn().unwrap();
    let file = options.data_directory.cluster().join("postmaster.pid");
    fs::write(&file, format!("{}\n", innocent.id())).unwrap();
    let cluster = PrivateCluster::start(&options).unwrap();
    assert_eq!(query(&cluster, "select 1"), "1");
    assert!(innocent.try_wait().unwrap().is_none(), "the other process was not touched");
    innocent.kill().unwrap();
    innocent.wait().unwrap();
}

#[test]
fn a_long_path_gets_a_short_socket() {
    let scratch = Scratch::new();
    let deep = scratch.path().join("d".repeat(100)).join("data");
    let directory = DataDirectory::at(&deep).unwrap();
    fs::create_dir_all(deep.parent().unwrap()).unwrap();
    fs::set_permissions(deep.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    let options = ClusterOptions { data_directory: directory, ..scratch.cluster_options() };
    let cluster = PrivateCluster::start(&options).unwrap();
    assert!(!cluster.socket().directory().starts_with(scratch.path()));
    assert_eq!(query(&cluster, "select 1"), "1");
    let socket = cluster.socket().directory().to_owned();
    cluster.stop().unwrap();
    fs::remove_dir_all(socket).unwrap();
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let scratch = Scratch::new();
    let options = scratch.cluster_options();
    PrivateCluster::start(&options).unwrap().stop().unwrap();
    let settings = options.data_directory.cluster().join("postgresql.auto.conf");
    fs::write(&settings, "shared_buffers = 'lots'\n").unwrap();
    let error = PrivateCluster::start(&options).unwrap_err();
    assert!(matches!(error, PostgresError::Start { .. }), "{error}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[test]
fn root_is_told_which_directory_its_postgres_cannot_enter() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let closed = scratch.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let directory = DataDirectory::at(&closed.join("data")).unwrap();
    let options = ClusterOptions { data_directory: directory, ..scratch.cluster_options() };
    let error = PrivateCluster::start(&options).unwrap_err();
    let named = format!("cannot enter `{}`", closed.display());
    assert!(error.to_string().contains(&named), "{error}");
}

#[test]
fn the_programs_are_found_and_new_enough() {
    let found = discover(None, None).unwrap();
    assert!(found.major >= 15);
    let named = discover(Some(&found.directory), Some(11)).unwrap();
    assert_eq!(named.major, found.major, "a named directory is taken as it is");
}

#[test]
fn several_migrate_at_once_make_one_installation_and_the_database_has_nothing_to_remark() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    let children: Vec<_> = (0..3)
        .map(|n| {
            let data = scratch.path().join(format!("process-{n}"));
            let mut command = program();
            command.args(["migrate", "--json", "--data-dir"]).arg(data);
            command.env("DATABASE_URL", cluster.superuser_url());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut created = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        // A busy machine may make any statement slow, which is another matter.
        let remarks = said.lines().filter(|line| !line.contains("slow statement"));
        assert_eq!(remarks.count(), 0, "neither an error nor a warning: {said}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        created += usize::from(report["created"].as_bool().unwrap());
    }
    assert_eq!(created, 1);
    assert_eq!(query(&cluster, "select count(*) from installation"), "1");
}

#[test]
fn a_role_that_another_program_makes_meanwhile_for_its_database_is_taken_as_made() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    query(&cluster, "create database other");
    let mut other = Command::new(cluster.binaries().directory.join("psql"))
        .args(["-X", "-q", "-d", &cluster.socket().url("postgres", "other")])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = other.stdin.take().unwrap();
    writeln!(orders, "begin; create role spineboard_owner nologin;").unwrap();
    let sessions = |state: &str| {
        query(&cluster, &format!("select count(*) from pg_stat_activity where {state}")) == "1"
    };
    eventually(10, "the other one is at it", || sessions("state = 'idle in transaction'"));
    let mut migrate = program();
    migrate.args(["migrate", "--data-dir"]).arg(scratch.path().join("own"));
    migrate.env("DATABASE_URL", cluster.superuser_url());
    let migrate = migrate.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eventually(10, "ours waits for it", || sessions("wait_event = 'transactionid'"));
    writeln!(orders, "commit;").unwrap();
    drop(orders);
    assert!(other.wait().unwrap().success());
    let output = migrate.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
