# SPDX-License-Identifier: MIT
# Sourced by tests/run, examples/run and .ci/run: installs what is missing on a Debian machine, finds nvcc,
# configures and builds. Sets pane_root. Reads the environment's
#   PANE_CUDA        OFF: build without CUDA even where nvcc is found
#   PANE_JOBS        compilers at a time; default: one for each core
#   PANE_BUILD_ROOT  folder of the build trees; default: build/ of the source tree
set -euo pipefail

pane_root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
pane_build_root=${PANE_BUILD_ROOT:-$pane_root/build}
pane_cuda_release=13.0

pane_say() { printf '== %s\n' "$*"; }
pane_fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# pane_need FILE-OR-COMMAND:PACKAGE...: installs the packages whose command or file is not there.
pane_need() {
  local entry probe missing=()
  for entry in "$@"; do
    probe=${entry%%:*}
    if [[ $probe == */* ]]; then
      compgen -G "/usr/include/$probe" >/dev/null || compgen -G "/usr/local/include/$probe" >/dev/null ||
        missing+=("${entry#*:}")
    else
      command -v "$probe" >/dev/null || missing+=("${entry#*:}")
    fi
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  if ! command -v apt-get >/dev/null || [[ $(id -u) -ne 0 ]]; then
    pane_fail "missing here: ${missing[*]} (names of Debian packages)." \
      "Install them, for example: sudo apt-get install ${missing[*]}"
  fi
  pane_say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null || pane_say "apt-get update failed; trying with the lists that are here"
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
    pane_fail "apt-get could not install ${missing[*]}"
}

pane_need_compiler() {
  pane_need g++:g++ cmake:cmake ninja:ninja-build ccache:ccache python3:python3
  local version
  version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
  [[ $(printf '3.25\n%s\n' "$version" | sort -V | head -n 1) == 3.25 ]] ||
    pane_fail "cmake is $version; Pane's own build needs 3.25 or later"
}
pane_need_tests() {
  pane_need 'catch2/catch*.hpp:catch2' fmt/format.h:libfmt-dev 'python3*/Python.h:python3-dev' \
    pybind11/pybind11.h:pybind11-dev opencv4/opencv2/core.hpp:libopencv-core-dev
  python3 -c 'import numpy, pytest' 2>/dev/null || /usr/bin/python3 -c 'import numpy, pytest' 2>/dev/null ||
    pane_need numpy-of-python3:python3-numpy pytest-of-python3:python3-pytest
}
pane_need_examples() {
  pane_need fmt/format.h:libfmt-dev CLI/CLI.hpp:libcli11-dev nlohmann/json.hpp:nlohmann-json3-dev \
    stb/stb_image.h:libstb-dev ffnvcodec/dynlink_nvcuvid.h:libffmpeg-nvenc-dev
}
pane_need_benchmarks() { pane_need benchmark/benchmark.h:libbenchmark-dev; }

# Sets pane_nvcc to a CUDA compiler of release 12 or later, or to nothing.
pane_find_nvcc() {
  local candidate release
  pane_nvcc=
  [[ ${PANE_CUDA:-} == OFF ]] && return 0
  for candidate in "${CUDACXX:-}" "$(command -v nvcc || true)" "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" \
      /usr/local/cuda/bin/nvcc "$pane_build_root/cuda/bin/nvcc"; do
    [[ -n $candidate && -x $candidate ]] || continue
    release=$("$candidate" --version | sed -n 's/.*release \([0-9]*\)\..*/\1/p')
    if [[ ${release:-0} -ge 12 ]]; then
      pane_nvcc=$candidate
      return 0
    fi
    pane_say "not used: $candidate (release ${release:-unknown}; Pane needs CUDA 12 or later)"
  done
}

# Gets nvcc from PyPI into build/cuda when the machine has none: compiler and headers, no driver, no GPU.
pane_need_nvcc() {
  pane_find_nvcc
  [[ -n $pane_nvcc || ${PANE_CUDA:-} == OFF ]] && return 0
  pane_need python3:python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || pane_need ensurepip-of-python3:python3-venv
  pane_say "no nvcc: installing the CUDA $pane_cuda_release compiler into $pane_build_root/cuda"
  mkdir -p "$pane_build_root"
  rm -rf "$pane_build_root/cuda" "$pane_build_root/cuda-venv" # left by an installation that broke off
  python3 -m venv "$pane_build_root/cuda-venv"
  local package packages=()
  for package in nvcc runtime crt cccl; do packages+=("nvidia-cuda-$package==$pane_cuda_release.*"); done
  packages+=("nvidia-nvjpeg==$pane_cuda_release.*") # its header, for the JPEG pipeline; the library is loaded at run time
  "$pane_build_root/cuda-venv/bin/python3" -m pip install --quiet --disable-pip-version-check \
    "${packages[@]}" "nvidia-nvvm==$pane_cuda_release.*" </dev/null || pane_fail "pip could not install nvcc"
  local toolkit
  toolkit=$(echo "$pane_build_root"/cuda-venv/lib/python3*/site-packages/nvidia/cu13)
  [[ -x $toolkit/bin/nvcc ]] || pane_fail "the wheels hold no nvcc at $toolkit/bin"
  # The compiler's own settings name lib64, and other people's builds libcudart.so; the wheels have neither name.
  [[ -e $toolkit/lib64 ]] || ln -s lib "$toolkit/lib64"
  [[ -e $toolkit/lib/libcudart.so ]] || (cd "$toolkit/lib" && ln -s libcudart.so.*[0-9] libcudart.so)
  ln -s "$toolkit" "$pane_build_root/cuda"
  pane_find_nvcc
  [[ -n $pane_nvcc ]] || pane_fail "nvcc was installed but does not run: $pane_build_root/cuda/bin/nvcc"
}

# pane_configure BUILD_DIR PRESET [CMAKE OPTION...]: PRESET is for a machine with the compiler found by pane_find_nvcc.
pane_configure() {
  local build=$1 preset=$2 options=()
  shift 2
  if command -v ccache >/dev/null; then
    options+=(-D CMAKE_CXX_COMPILER_LAUNCHER=ccache -D CMAKE_CUDA_COMPILER_LAUNCHER=ccache)
  fi
  [[ -n ${pane_nvcc:-} ]] && options+=(-D "CMAKE_CUDA_COMPILER=$pane_nvcc")
  [[ ${PANE_CUDA:-} == OFF ]] && options+=(-D PANE_CUDA=OFF)
  pane_say "configuring $build (preset $preset)"
  # The CUDA options are not used by a build without CUDA, which is no news to a user.
  (cd "$pane_root" && cmake --preset "$preset" -B "$build" --no-warn-unused-cli "${options[@]}" "$@" \
    </dev/null) || pane_fail "cmake could not configure $build"
}

# pane_build BUILD_DIR [TARGET...]
pane_build() {
  local build=$1
  shift
  cmake --build "$build" --parallel "${PANE_JOBS:-$(nproc)}" ${@:+--target "$@"} </dev/null ||
    pane_fail "the build in $build failed"
}
