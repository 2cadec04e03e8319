#!/usr/bin/env bash
# Starts the foreign services that tests use, each on a port of its own with its data in a temporary folder, and prints the variables
# that tell the tests where they are. Starting twice is harmless: what runs already is left alone.
#
#   scripts/services.sh            starts, prints `export …` lines
#   scripts/services.sh install    installs the Debian packages first
#   scripts/services.sh stop       stops what was started
#   scripts/services.sh running    succeeds where all of them run already
set -euo pipefail

dir=${BELVEDERE_SERVICES_DIR:-${TMPDIR:-/tmp}/belvedere-services}
postgres_port=${BELVEDERE_POSTGRES_PORT:-25432}
mysql_port=${BELVEDERE_MYSQL_PORT:-23306}
redis_port=${BELVEDERE_REDIS_PORT:-26379}
mkdir -p "$dir"
chmod 755 "$dir"

say() { echo "services: $*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
# A database refuses to run as root: as root, its own user runs it.
as_user() { local user=$1; shift; if [ "$(id -u)" = 0 ]; then setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"; else "$@"; fi; }
owned_folder() { mkdir -p "$2"; if [ "$(id -u)" = 0 ]; then chown "$1" "$2"; fi; }
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
wait_for() { local port=$1 what=$2; for _ in $(seq 150); do listening "$port" && return 0; sleep 0.2; done; say "$what did not start"; return 1; }

install() {
  local missing=()
  [ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || missing+=(postgresql)
  command -v mariadbd >/dev/null || missing+=(mariadb-server)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v kubectl >/dev/null || missing+=(kubernetes-client)
  command -v slapd >/dev/null || [ -x /usr/sbin/slapd ] || missing+=(slapd)
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  # The packages must not start services of their own on the usual ports.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null; as_root chmod +x "$policy"; trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT; fi
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

start_postgres() {
  local bin; bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
  [ -n "$bin" ] || { say 'no PostgreSQL on this machine'; return 0; }
  if ! listening "$postgres_port"; then
    local data=$dir/postgres
    owned_folder postgres "$data"
    if [ ! -e "$data/PG_VERSION" ]; then
      local pw; pw=$(mktemp); echo belvedere > "$pw"; chmod 644 "$pw"
      as_user postgres "$bin/initdb" -D "$data" -U belvedere --pwfile="$pw" -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync >&2
      rm -f "$pw"
    fi
    as_user postgres "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c fsync=off -c max_connections=300" start >&2
  fi
  wait_for "$postgres_port" PostgreSQL
  local psql="env PGPASSWORD=belvedere psql -h 127.0.0.1 -p $postgres_port -U belvedere -v ON_ERROR_STOP=1 -qAt"
  [ "$($psql -d postgres -c "select 1 from pg_database where datname = 'belvedere_test'")" = 1 ] || $psql -d postgres -c 'create database belvedere_test' >&2
  echo "export BELVEDERE_TEST_POSTGRES_URL=postgres://belvedere:belvedere@127.0.0.1:$postgres_port/belvedere_test"
}

start_mysql() {
  command -v mariadbd >/dev/null || { say 'no MariaDB on this machine'; return 0; }
  local data=$dir/mysql socket=$dir/mysql/server.sock
  if ! listening "$mysql_port"; then
    owned_folder mysql "$data"
    [ -e "$data/mysql" ] || mariadb-install-db --no-defaults --datadir="$data" --user="$(if [ "$(id -u)" = 0 ]; then echo mysql; else id -un; fi)" --auth-root-authentication-method=normal --skip-test-db >&2
    as_user mysql mariadbd --no-defaults --datadir="$data" --socket="$socket" --pid-file="$data/server.pid" --port="$mysql_port" --bind-address=127.0.0.1 \
      --skip-name-resolve --innodb-flush-log-at-trx-commit=0 --max-connections=300 --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci --log-error="$data/server.log" </dev/null >/dev/null 2>&1 &
    disown
  fi
  wait_for "$mysql_port" MariaDB
  mariadb --no-defaults --socket="$socket" -u root -e "create database if not exists belvedere_test; create user if not exists belvedere@'%' identified by 'belvedere'; grant all on *.* to belvedere@'%' with grant option; flush privileges" >&2
  echo "export BELVEDERE_TEST_MYSQL_URL=mysql://belvedere:belvedere@127.0.0.1:$mysql_port/belvedere_test"
}

start_redis() {
  command -v redis-server >/dev/null || { say 'no Redis on this machine'; return 0; }
  if ! listening "$redis_port"; then
    mkdir -p "$dir/redis"
    redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$dir/redis" --save '' --appendonly no --daemonize yes --pidfile "$dir/redis/server.pid" >&2
  fi
  wait_for "$redis_port" Redis
  echo "export BELVEDERE_TEST_REDIS_URL=redis://127.0.0.1:$redis_port"
}

stop() {
  local file pid
  for file in "$dir/postgres/postmaster.pid" "$dir/mysql/server.pid" "$dir/redis/server.pid"; do
    [ -e "$file" ] || continue
    pid=$(head -1 "$file")
    kill "$pid" 2>/dev/null || true
  done
}

case ${1:-start} in
  stop) stop; exit 0 ;;
  running) listening "$postgres_port" && listening "$mysql_port" && listening "$redis_port"; exit ;;
  install) install ;;
  start) ;;
  *) say "unknown command: $1"; exit 2 ;;
esac
start_postgres
start_mysql
start_redis
if command -v prometheus >/dev/null; then echo "export BELVEDERE_TEST_PROMETHEUS=$(command -v prometheus)"; else say 'no Prometheus on this machine'; fi
if command -v chromium >/dev/null; then echo "export BELVEDERE_TEST_CHROMIUM=$(command -v chromium)"; else say 'no Chromium on this machine'; fi
