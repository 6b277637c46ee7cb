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

# tool NAME: the command of that name, or the newest that has a version behind it (clang++-19); empty where there is none.
tool() {
  command -v "$1" || compgen -c "$1-" | grep -xE "${1//+/[+]}-[0-9]+" | sort -t- -k"$(awk -F- '{print NF}' <<<"$1-1")" -n | tail -n 1
}

# packages GROUP…: the packages of those groups, one a line; "optional" behind those that Debian may not have, "unless" and
# a file behind those that something else may have brought.
packages() {
  local group
  for group in "$@"; do sed -n "s/^$group //p" "$top/packaging/dependencies"; done | sort -u
}

# as_root COMMAND…: for installing packages.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo $([[ -t 2 ]] || echo -n) "$@"; fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

# need GROUP…: makes sure that the packages of those groups are there.
need() {
  local missing=() optional=() package kind file log status=0
  if ! command -v dpkg-query >/dev/null; then
    for package in cmake ninja c++; do
      command -v "$package" >/dev/null ||
        die "'$package' is missing. This is not a Debian system, so please install what answers to: $(packages "$@" | xargs)"
    done
    return 0
  fi
  while read -r package kind file; do
    if [[ $kind == unless && -e $file ]]; then continue; fi
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] && continue
    if [[ $kind == optional ]]; then optional+=("$package"); else missing+=("$package"); fi
  done < <(packages "$@")
  # What Debian is not known to have here is not asked for each time.
  if ((${#missing[@]} == 0)); then mapfile -t missing < <(available "${optional[@]}") && optional=(); fi
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "missing: ${missing[*]}. There is no sudo here; as root, run: apt-get install ${missing[*]}"
    as_root true </dev/null ||
      die "missing: ${missing[*]}. sudo does not let us; as root, run: apt-get install ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  log=$(mktemp)
  {
    apt_get update && mapfile -t optional < <(available "${optional[@]}") &&
      apt_get install -y --no-install-recommends "${missing[@]}" "${optional[@]}"
  } >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || tail -n 30 "$log" >&2
  rm -f "$log"
  ((status == 0)) || die "could not install ${missing[*]}; apt-get's words are above"
}

# available PACKAGE…: those of them that can be installed here.
available() {
  local package
  for package in "$@"; do
    # Not through a pipe to grep: it leaves at what it seeks, and apt-cache fails then, writing on.
    if [[ $(LC_ALL=C apt-cache policy "$package" 2>/dev/null) == *$'\n  Candidate: '[^\(]* ]]; then printf '%s\n' "$package"; fi
  done
}

# source_files: the files that the project is made of, one a line: in the index, or new and not ignored; in an unpacked
# archive, all.
source_files() {
  local file
  { git -C "$top" -c safe.directory='*' ls-files --cached --others --exclude-standard 2>/dev/null ||
    (cd "$top" && find . -path ./build -prune -o -path ./debian -prune -o -type f -printf '%P\n'); } | sort -u |
    while IFS= read -r file; do [[ ! -e $top/$file ]] || printf '%s\n' "$file"; done
}

# version: coview's.
version() { sed -n 's/^project(coview VERSION \([0-9.]*\) .*/\1/p' "$top/CMakeLists.txt"; }

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

# configure PRESET [ARGUMENT…]
configure() {
  local preset=$1 directory=$top/build/$1 fresh=()
  shift
  # A checkout that was moved or copied brings a cache that names another place.
  if [[ -f $directory/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$directory/CMakeCache.txt"; then
    fresh=(--fresh)
  fi
  as_owner cmake "${fresh[@]}" -S "$top" -B "$directory" --preset "$preset" "$@"
}

# build PRESET [-DSETTING…] TARGET…: in build/PRESET. On a terminal it shows how far it is; what the compiler says is
# shown only where it fails. Ended by a signal, it ends what it started.
build() {
  local preset=$1 settings=() log status=0 start=$SECONDS pipe line builder traps
  shift
  while [[ $1 == -D* ]]; do settings+=("$1") && shift; done
  log=$(mktemp) && pipe=$(mktemp -u) && mkfifo "$pipe" || return
  printf 'coview: building %s … ' "build/$preset" >&2
  # A process group of its own can be ended as a whole. The lock is closed for it: a compiler server that stays must not
  # keep it.
  set -m
  {
    configure "$preset" "${settings[@]}" &&
      as_owner cmake --build "$top/build/$preset" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" --target "$@"
  } >"$pipe" 2>&1 </dev/null {lock_fd}<&- &
  builder=$!
  set +m
  traps=$(trap -p INT TERM HUP)
  # shellcheck disable=SC2064
  trap "kill -TERM -- -$builder; wait $builder || true; rm -f '$log' '$pipe'; printf 'ended\n' >&2; exit 130" INT TERM HUP
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    if [[ -t 2 && $line =~ ^\[([0-9]+/[0-9]+)\] ]]; then
      printf '\rcoview: building build/%s … %s \033[K' "$preset" "${BASH_REMATCH[1]}" >&2
    fi
  done <"$pipe"
  wait "$builder" || status=$?
  trap - INT TERM HUP
  eval "$traps"
  [[ ! -t 2 ]] || printf '\rcoview: building build/%s … \033[K' "$preset" >&2
  if ((status == 0)); then
    printf '%d s\n' $((SECONDS - start)) >&2
  else
    printf 'failed\n' >&2
    # Ninja's progress lines say nothing about what is wrong.
    grep -vE '^\[[0-9]+/[0-9]+\]|^-- ' "$log" >&2 || true
  fi
  rm -f "$log" "$pipe"
  return "$status"
}
