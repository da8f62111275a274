# Sourced by tools/demo and tools/check: where we are, what a step looks like, what must be installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A CI account without a home would make ccache fail; the cache lives in the build tree then.
[[ -w ${HOME:-/nonexistent} ]] || export HOME="$PWD/build/home"

step() { echo "== $*"; }
stop() { echo "$*" >&2; exit 1; }

# need PACKAGE=PROBE…: installs what is missing. A probe is a command or a file (a pattern will do), not a question to the package
# manager: so nothing is installed, and the network not touched, where the thing came another way.
need() {
  local entry probe missing=()
  for entry in "$@"; do
    probe=${entry#*=}
    if [[ $probe == /* ]]; then
      compgen -G "$probe" > /dev/null || missing+=("${entry%%=*}")
    else
      command -v "$probe" > /dev/null || missing+=("${entry%%=*}")
    fi
  done
  ((${#missing[@]})) || return 0

  step "install ${missing[*]}"
  command -v apt-get > /dev/null || stop "Not a Debian: please install these, or what corresponds to them, and run this again."
  local root=()
  if ((EUID != 0)); then
    command -v sudo > /dev/null || stop "This needs root: run it as root once, or install sudo."
    root=(sudo)
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  "${apt[@]}" update < /dev/null
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" < /dev/null > /dev/null
}

need_to_build() {
  [[ -z ${BROOD_CXX:-} ]] || need "$BROOD_CXX=$BROOD_CXX"
  need clang-19=clang++-19 cmake=cmake ninja-build=ninja ccache=ccache \
    liburing-dev='/usr/include/liburing.h' libfmt-dev='/usr/include/fmt/core.h' "$@"
}
need_to_check() {
  need_to_build clang-format-19=clang-format-19 catch2='/usr/include/catch2/catch*.hpp' \
    libclang-rt-19-dev='/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.tsan*' erlang-base=erl make=make valgrind=valgrind gdb=gdb redis-tools=redis-benchmark
}

# configure and build are silent unless they fail: nobody reads 200 lines of progress, and a warning is an error anyway.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" > "$log" 2>&1 < /dev/null || status=$?
  ((status == 0)) || cat "$log"
  rm -f "$log"
  return "$status"
}
# BROOD_CXX is another compiler than the preset's: g++-14, say.
configure() {
  step "configure $1${BROOD_CXX:+ for $BROOD_CXX}"
  quietly cmake --preset "$@" ${BROOD_CXX:+-DCMAKE_CXX_COMPILER="$BROOD_CXX"}
}
build() {
  step "build $*"
  local preset=$1
  shift
  quietly cmake --build --preset "$preset" ${1:+--target "$@"}
}
