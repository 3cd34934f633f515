# Installs what a step needs and is missing; sourced by ./demo and ./test. Says what it could not install and how to get it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sightline
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
mkdir -p "$cache"

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# What the build links or runs with, and what the tests run with.
build_packages=(build-essential cmake pkg-config libvpx-dev ca-certificates)
window_packages=(libgl1 libegl1 libgl1-mesa-dri libxkbcommon0 libxkbcommon-x11-0 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 fonts-dejavu-core fonts-noto-core)
test_packages=(chromium xvfb procps openssl iproute2 iputils-ping)

# Debian packages of this list that are not there are installed, as root or with sudo.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "These packages are missing: ${missing[*]}. Install them as root with: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq >"$cache/apt.log" 2>&1
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$cache/apt.log" 2>&1 ||
    fail "Installing ${missing[*]} failed; the end of $cache/apt.log: $(tail -n 5 "$cache/apt.log")"
}

need_rust() {
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  command -v cargo >/dev/null ||
    fail "Rust is missing. Install it with rustup (on Debian 13 or Ubuntu: apt-get install rustup && rustup default stable), version 1.95 or newer, then run this again."
}

node_is_new_enough() {
  command -v node >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
}

# Node 20.19 or newer: the one that is there, the distribution's, or the one the npm registry carries.
need_node() {
  export PATH="$cache/node/node_modules/node/bin:$PATH"
  node_is_new_enough && command -v npm >/dev/null && return
  command -v npm >/dev/null || need_packages nodejs npm
  node_is_new_enough && return
  say "Installing a newer Node"
  mkdir -p "$cache/node"
  npm install --silent --no-fund --no-audit --prefix "$cache/node" node@22 >"$cache/node.log" 2>&1 || fail "Installing Node failed; see $cache/node.log"
  hash -r
  node_is_new_enough || fail "Node 20.19 or newer is needed and could not be installed."
}

# The packages of a folder, from its lock file, once per version of it.
need_npm() {
  local folder=$1 stamp=$1/node_modules/.sightline-lock
  cmp -s "$folder/package-lock.json" "$stamp" && return
  (cd "$folder" && npm ci --silent --no-fund --no-audit) || fail "npm ci in ${folder#"$root"/} failed."
  cp "$folder/package-lock.json" "$stamp"
}
