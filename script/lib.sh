# Shared by the scripts beside it; sourced, never run. Works in bash 3.2 (macOS) and later.
# shellcheck shell=bash

# The repository, whatever directory the caller is in.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in
/*) ;;
*)
    TARGET=$PWD/$TARGET
    export CARGO_TARGET_DIR=$TARGET
    ;;
esac
OLDEST_POSTGRES=15
# One file for each script that has a throw-away cluster, named by its process.
CLUSTER_RECORDS=$TARGET/throw-away-clusters

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

# Cargo, also where the shell has not read rustup's file.
need_cargo() {
    if ! has cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH=$HOME/.cargo/bin:$PATH
    fi
    has cargo && return
    die "cargo was not found. Spineboard is built with Rust, which comes with rustup:
  see https://rustup.rs, or on Debian 13 and Ubuntu 24.04 and later: apt-get install rustup && rustup default stable
  on Fedora: dnf install rustup && rustup-init        on macOS: brew install rustup && rustup default stable
Then open a new terminal and run this again."
}

# --- packages -------------------------------------------------------------------------------------

# Whether apt may be used: as root, or with a sudo that asks for no password.
may_apt() {
    has apt-get && { is_root || { has sudo && sudo -n true 2>/dev/null; }; }
}

apt_install() {
    local become=()
    is_root || become=(sudo -n)
    say "installing $* with apt"
    # A list of packages that is out of date is not a failure as long as the packages are found.
    ${become[@]+"${become[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || true
    ${become[@]+"${become[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

# The linker, and the C compiler that the cryptography is partly built with.
need_compiler() {
    has cc && return
    if may_apt; then
        apt_install gcc libc6-dev
        has cc && return
    fi
    die "A C compiler (cc), which Rust needs to link, was not found. Install it and run this again:
  Debian, Ubuntu:  sudo apt-get install gcc libc6-dev
  Fedora:          sudo dnf install gcc
  macOS:           xcode-select --install"
}

# --- PostgreSQL -----------------------------------------------------------------------------------

# The major version of the PostgreSQL in a directory; fails when there is none.
postgres_major() {
    [ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return 1
    "$1/postgres" --version 2>/dev/null | sed -n 's/^.*(PostgreSQL) \([0-9]*\).*$/\1/p'
}

# The directories that may hold PostgreSQL, in the order of the program's own search.
postgres_places() {
    if [ -n "${SPINEBOARD_POSTGRES_BIN:-}" ]; then
        printf '%s\n' "$SPINEBOARD_POSTGRES_BIN"
        return
    fi
    has pg_config && pg_config --bindir
    has postgres && dirname "$(command -v postgres)"
    local version
    for version in $(seq 30 -1 "$OLDEST_POSTGRES"); do
        printf '%s\n' "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" \
            "/opt/homebrew/opt/postgresql@$version/bin" "/usr/local/opt/postgresql@$version/bin"
    done
    printf '%s\n' /usr/bin /Applications/Postgres.app/Contents/Versions/latest/bin
}

# Sets POSTGRES_BIN; fails when nothing usable is installed.
find_postgres() {
    local place major
    while read -r place; do
        major=$(postgres_major "$place") || continue
        if [ "${major:-0}" -ge "$OLDEST_POSTGRES" ] && [ -x "$place/pg_ctl" ]; then
            POSTGRES_BIN=$place
            return 0
        fi
    done < <(postgres_places)
    return 1
}

# Sets POSTGRES_BIN, installing PostgreSQL when that is allowed.
need_postgres() {
    find_postgres && return
    if may_apt; then
        # Without this, Debian would also make and start a cluster that nobody asked for.
        apt_install postgresql-common
        disable_debian_cluster
        apt_install postgresql
        find_postgres && return
    fi
    die "PostgreSQL $OLDEST_POSTGRES or later was not found. Install it and run this again:
  Debian, Ubuntu:  sudo apt-get install postgresql
  Fedora:          sudo dnf install postgresql-server postgresql
  macOS:           brew install postgresql@17
or name the directory of its programs: SPINEBOARD_POSTGRES_BIN=/path/to/bin"
}

disable_debian_cluster() {
    local become=()
    is_root || become=(sudo -n)
    local conf=/etc/postgresql-common/createcluster.conf
    [ -f "$conf" ] || return 0
    ${become[@]+"${become[@]}"} sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$conf"
}

# PostgreSQL refuses to run as root, so root becomes somebody else for it.
server_user() {
    local name
    for name in postgres nobody; do
        if id -u "$name" >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    die "PostgreSQL does not run as root, and there is neither a user postgres nor nobody."
}

# Runs a command as the user that PostgreSQL runs as.
as_server() {
    if ! is_root; then
        "$@"
        return
    fi
    local user
    user=$(server_user)
    if has setpriv; then
        (cd / && setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@")
    elif has runuser; then
        (cd / && runuser -u "$user" -- "$@")
    else
        (cd / && sudo -n -u "$user" "$@")
    fi
}

# Starts a throw-away cluster without durability; sets CLUSTER and CLUSTER_URL (superuser, socket).
# Call stop_cluster in an EXIT trap set before this.
start_cluster() {
    stop_abandoned_clusters
    mkdir -p "$CLUSTER_RECORDS"
    CLUSTER=$(mktemp -d "${TMPDIR:-/tmp}/spineboard-pg.XXXXXX")
    if is_root; then chown "$(server_user)" "$CLUSTER"; fi
    printf '%s\n' "$CLUSTER" >"$CLUSTER_RECORDS/$$"
    local locale=(--locale=C.UTF-8)
    if [ "$(uname -s)" = Darwin ]; then locale=(--lc-collate=C --lc-ctype=UTF-8); fi
    as_server "$POSTGRES_BIN/initdb" --pgdata "$CLUSTER/data" --no-sync --auth=trust --encoding=UTF8 \
        "${locale[@]}" --username=postgres >/dev/null
    local options="-c listen_addresses= -c unix_socket_directories=$CLUSTER -c port=5432"
    options="$options -c unix_socket_permissions=0700 -c max_connections=200 -c timezone=UTC"
    options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    if ! as_server "$POSTGRES_BIN/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -t 60 -s \
        -o "$options" start >/dev/null; then
        as_server cat "$CLUSTER/log" >&2 || true
        die "the throw-away PostgreSQL did not start"
    fi
    CLUSTER_URL="postgres://postgres@${CLUSTER//\//%2F}:5432/postgres"
}

# Stops and removes the cluster; harmless when there is none.
stop_cluster() {
    [ -n "${CLUSTER:-}" ] || return 0
    if [ -f "$CLUSTER/data/postmaster.pid" ]; then
        as_server "$POSTGRES_BIN/pg_ctl" -D "$CLUSTER/data" -m immediate -w -t 30 -s stop >/dev/null 2>&1 || true
    fi
    rm -rf "$CLUSTER"
    rm -f "$CLUSTER_RECORDS/$$"
    CLUSTER=
}

# A script that was killed could not clean up after itself; its record is named by its process.
stop_abandoned_clusters() {
    local record
    for record in "$CLUSTER_RECORDS"/*; do
        [ -f "$record" ] || continue
        # Not by a signal: a process of somebody else's cannot be signalled, and lives all the same.
        if ps -p "${record##*/}" >/dev/null 2>&1; then continue; fi
        CLUSTER=$(cat "$record")
        case $CLUSTER in
        */spineboard-pg.??????) stop_cluster ;;
        esac
        rm -f "$record"
    done
    CLUSTER=
}

# psql as the superuser of the cluster: on_cluster DATABASE ARGUMENT …
on_cluster() {
    local database=$1
    shift
    as_server "$POSTGRES_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$CLUSTER" -U postgres -d "$database" "$@"
}

# --- query metadata -------------------------------------------------------------------------------

# Writes the metadata of every query in crates/store into the directory $1, checked against a
# database of the throw-away cluster that holds the migrations. Needs start_cluster.
write_query_metadata() {
    local into=$1 migration
    rm -rf "$into"
    mkdir -p "$into"
    on_cluster postgres -c 'drop database if exists query_check' -c 'create database query_check' >&2
    for role in spineboard_owner spineboard_app spineboard_auditor; do
        on_cluster postgres -c "do \$\$ begin create role $role nologin;
            exception when duplicate_object then null; end \$\$" >&2
    done
    on_cluster query_check -c 'grant usage, create on schema public to spineboard_owner' \
        -c 'grant usage on schema public to spineboard_app, spineboard_auditor' >&2
    for migration in "$ROOT"/migrations/*.sql; do
        { echo 'set role spineboard_owner;' && cat "$migration"; } |
            PGOPTIONS='-c client_min_messages=warning' on_cluster query_check -f - >&2
    done
    # Cargo must expand the macros again, whatever it has compiled before.
    find "$ROOT/crates/store" -name '*.rs' -exec touch {} +
    (cd "$ROOT" &&
        SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$into DATABASE_URL=${CLUSTER_URL%/postgres}/query_check \
            cargo check --quiet -p spineboard-store --all-targets --all-features) || return 1
    on_cluster postgres -c 'drop database query_check' >&2
}

# --- browser --------------------------------------------------------------------------------------

# Ubuntu's chromium is a snap, which cannot be driven with a profile under /tmp.
is_snap() {
    case $(readlink -f "$1" 2>/dev/null || printf '%s' "$1") in
    */snap/* | */snap) return 0 ;;
    esac
    [ "$(head -c 2 "$1" 2>/dev/null)" = '#!' ] && grep -q '/snap/bin' "$1" 2>/dev/null
}

first_program() {
    local candidate path
    for candidate in "$@"; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        if ! is_snap "$path"; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    return 1
}

major_version() { "$1" --version 2>/dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\)\..*$/\1/p' | head -n 1; }

# Sets and exports SPINEBOARD_CHROME and SPINEBOARD_CHROMEDRIVER; fails when one is missing.
find_browser() {
    SPINEBOARD_CHROME=$(first_program ${SPINEBOARD_CHROME:+"$SPINEBOARD_CHROME"} chromium chromium-browser \
        google-chrome google-chrome-stable chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        /Applications/Chromium.app/Contents/MacOS/Chromium) || return 1
    SPINEBOARD_CHROMEDRIVER=$(first_program ${SPINEBOARD_CHROMEDRIVER:+"$SPINEBOARD_CHROMEDRIVER"} \
        chromedriver /usr/lib/chromium-browser/chromedriver /usr/lib64/chromium-browser/chromedriver) || return 1
    export SPINEBOARD_CHROME SPINEBOARD_CHROMEDRIVER
}

need_browser() {
    local chrome driver
    if ! find_browser && may_apt && [ "$(. /etc/os-release && printf '%s' "$ID")" = debian ]; then
        apt_install chromium chromium-driver
    fi
    find_browser || die "A Chrome or Chromium with its driver was not found; the browser tests need one. Install it and run this again:
  Debian:  sudo apt-get install chromium chromium-driver
  Ubuntu:  its chromium is a snap, which cannot be driven; install Google Chrome and the chromedriver
           of the same version (https://googlechromelabs.github.io/chrome-for-testing)
  Fedora:  sudo dnf install chromium chromedriver
  macOS:   brew install --cask google-chrome chromedriver
or name them: SPINEBOARD_CHROME=/path/to/chrome SPINEBOARD_CHROMEDRIVER=/path/to/chromedriver"
    chrome=$(major_version "$SPINEBOARD_CHROME")
    driver=$(major_version "$SPINEBOARD_CHROMEDRIVER")
    [ "$chrome" = "$driver" ] || die "$SPINEBOARD_CHROME is version ${chrome:-unknown}, but \
$SPINEBOARD_CHROMEDRIVER is version ${driver:-unknown}; they must be the same."
}
