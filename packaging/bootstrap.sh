# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the launchers share (./coview, ./test, bench/run): installing what is missing, building a preset, staying friendly
# to the checkout's owner. Sourced by bash with `top` set to the top of the checkout.
#
# Everything here talks on stderr and reads nothing from stdin: both belong to the program that is launched.

say() { printf 'coview: %s\n' "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# Runs a command as whoever owns the checkout. With sudo in a user's checkout the build must not leave files there that
# the user cannot change or remove.
as_owner() {
  local uid gid
  if ((EUID == 0)) && read -r uid gid < <(stat -c '%u %g' "$top") && ((uid != 0)); then
    setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$@"
  else
    "$@"
  fi
}

# packages GROUP…: the packages of those groups, one a line.
packages() {
  local group
  for group in "$@"; do sed -n "s/^$group //p" "$top/packaging/dependencies"; done
}

# need GROUP…: makes sure that the packages of those groups are there.
need() {
  local wanted missing=() package root=() log status=0
  mapfile -t wanted < <(packages "$@")
  if ! command -v dpkg-query >/dev/null; then
    for package in cmake ninja c++; do
      command -v "$package" >/dev/null ||
        die "'$package' is missing. This is not a Debian system, so please install what answers to: ${wanted[*]}"
    done
    return 0
  fi
  for package in "${wanted[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "missing: ${missing[*]}. There is no sudo here; as root, run: apt-get install ${missing[*]}"
    root=(sudo)
    # Without a terminal nobody can type a password.
    [[ -t 2 ]] || root+=(-n)
    "${root[@]}" true </dev/null ||
      die "missing: ${missing[*]}. sudo does not let us; as root, run: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  log=$(mktemp)
  {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update &&
      "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || tail -n 30 "$log" >&2
  rm -f "$log"
  ((status == 0)) || die "could not install ${missing[*]}; apt-get's words are above"
}

# lock NAME: one at a time. Waits for the others; the lock goes with `unlock` or with this process.
lock() {
  { as_owner mkdir -p "$top/build" && as_owner touch "$top/build/.$1.lock"; } 2>/dev/null ||
    die "cannot write to $top/build; build as the owner of this checkout"
  exec {lock_fd}<"$top/build/.$1.lock"
  flock -n "$lock_fd" && return 0
  say "waiting for another build in this checkout"
  flock "$lock_fd"
}

unlock() { exec {lock_fd}<&-; }

# configure PRESET DIRECTORY [ARGUMENT…]
configure() {
  local preset=$1 directory=$2 fresh=()
  shift 2
  # A checkout that was moved or copied brings a cache that names another place.
  if [[ -f $directory/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$directory/CMakeCache.txt"; then
    fresh=(--fresh)
  fi
  as_owner cmake "${fresh[@]}" -S "$top" -B "$directory" --preset "$preset" "$@"
}

# compile DIRECTORY TARGET…
compile() {
  local directory=$1
  shift
  as_owner cmake --build "$directory" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" --target "$@"
}

# build PRESET DIRECTORY [-DSETTING…] TARGET…: quietly; what the compiler says is shown only where it fails.
build() {
  local preset=$1 directory=$2 settings=() log status=0 start=$SECONDS
  local first=
  [[ -f $directory/build.ninja ]] || first=' (the first time takes a minute or two)'
  shift 2
  while [[ $1 == -D* ]]; do settings+=("$1") && shift; done
  log=$(mktemp)
  printf 'coview: building %s%s … ' "${directory#"$top"/}" "$first" >&2
  # The lock is closed for the children: a compiler server that stays must not keep it.
  { configure "$preset" "$directory" "${settings[@]}" && compile "$directory" "$@"; } >"$log" 2>&1 </dev/null {lock_fd}<&- || status=$?
  if ((status == 0)); then
    printf '%d s\n' $((SECONDS - start)) >&2
  else
    printf 'failed\n' >&2
    # Ninja's progress lines say nothing about what is wrong.
    grep -vE '^\[[0-9]+/[0-9]+\]|^-- ' "$log" >&2 || true
  fi
  rm -f "$log"
  return "$status"
}

# What the program is made of; changed directories tell of files that went away.
readonly program_sources=(CMakeLists.txt CMakePresets.json cmake include src tools/coview packaging/completions)

# stale STAMP: whether anything the program is made of is newer, or the checkout stood elsewhere then.
stale() {
  local built_in
  [[ -r $1 ]] && read -r built_in <"$1" && [[ $built_in == "$top" ]] || return 0
  [[ -n $(find "${program_sources[@]/#/$top/}" -newer "$1" -print -quit 2>&1) ]]
}

# build_program PRESET TARGET…: brings build/release up to date and remembers since when it is.
build_program() {
  local directory=$top/build/release
  as_owner mkdir -p "$directory"
  # The stamp has the time before the build: what changes meanwhile is built the next time.
  as_owner bash -c 'printf "%s\n" "$1" >"$2/.stamp.new"' - "$top" "$directory"
  build "$1" "$directory" "${@:2}" || return
  as_owner mv "$directory/.stamp.new" "$directory/.stamp"
}
