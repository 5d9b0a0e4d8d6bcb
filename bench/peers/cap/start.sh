#!/usr/bin/env bash
# start.sh sqlite|postgres PORT [ROWS]: fills a fresh database and serves it on 127.0.0.1:PORT until it is killed.
# Prints one line once it answers: cap ready http://127.0.0.1:PORT ROWID
set -euo pipefail

engine=${1:?sqlite or postgres} port=${2:?a port} rows=${3:-100000}
case $engine in sqlite | postgres) ;; *) echo "no engine: $engine" >&2; exit 2 ;; esac
data=$(realpath -m "${CAP_DATA:-$(mktemp -d)}")
mkdir -p "$data"
cd "$(dirname "$0")"

# .npmrc keeps packages from running scripts; only the SQLite driver needs one, to be compiled.
if [ ! -e node_modules/better-sqlite3/build/Release/better_sqlite3.node ]; then
  npm ci >&2
  npm_config_build_from_source=true npm rebuild better-sqlite3 --ignore-scripts=false >&2
fi

export NODE_ENV=production CDS_ENV=$engine
if [ "$engine" = sqlite ]; then
  export CDS_REQUIRES_DB_CREDENTIALS_URL=$data/cap.db
  rm -f "$data"/cap.db*
fi

node seed.js "$rows" "$data/ids" >&2
exec node serve.js "$port" "$(sed -n "$((rows / 2 + 1))p" "$data/ids")"
