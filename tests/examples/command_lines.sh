# SPDX-License-Identifier: MIT
# Sourced by EXAMPLE_errors.sh PROGRAM, which checks what an example says of command lines. Goes to a folder that is
# deleted at the end and sets name (the example), program and outputs (the files that a right command line writes).
# finish, the last line, prints the counts and fails if there was a mismatch.
set -uo pipefail
name=$(basename -- "$0" _errors.sh)
program=$(realpath -- "${1:?usage: ${name}_errors.sh PROGRAM}") || exit 2
folder=$(mktemp -d) || exit 2
trap 'rm -rf -- "$folder"' EXIT
cd "$folder" || exit 2
outputs=("$name.png") # the sheet comes first
# An AddressSanitizer build stops at an allocation that is too large unless it is told to fail it, as others do.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1"

cases=0
mismatches=0
mismatch() {
  mismatches=$((mismatches + 1))
  printf '%s %s: %s\n' "$name" "$1" "$2"
}

# fails CODE REGEX ARGUMENT...: exit code, the whole of stderr is one line that matches, and no sheet is left.
fails() {
  local code=$1 regex=$2 got text
  shift 2
  cases=$((cases + 1))
  rm -f "${outputs[@]}"
  "$program" "$@" >stdout 2>stderr
  got=$?
  text=$(grep -v '^==[0-9]*==WARNING: AddressSanitizer failed to allocate' stderr)
  [[ $got -eq $code ]] || mismatch "$*" "exit code $got, expected $code"
  [[ $text != *$'\n'* && $text =~ ^$name:\ $regex$ ]] || mismatch "$*" "stderr is '$text', expected '$regex'"
  [[ ! -s stdout ]] || mismatch "$*" "stdout is not empty"
  [[ ! -e ${outputs[0]} ]] || mismatch "$*" "a sheet was written"
}

# passes REGEX ARGUMENT...: exit code 0, nothing on stderr, every output, and stdout matches.
passes() {
  local regex=$1 got output magic
  shift
  cases=$((cases + 1))
  rm -f "${outputs[@]}"
  "$program" "$@" >stdout 2>stderr
  got=$?
  [[ $got -eq 0 ]] || mismatch "$*" "exit code $got: $(<stderr)"
  [[ ! -s stderr ]] || mismatch "$*" "stderr is '$(<stderr)'"
  [[ $(<stdout) =~ $regex ]] || mismatch "$*" "stdout is '$(<stdout)', expected '$regex'"
  for output in "${outputs[@]}"; do
    magic=PNG
    [[ $output == *.npy ]] && magic=NUMPY
    [[ $(head -c $((1 + ${#magic})) "$output" 2>/dev/null | tail -c ${#magic}) == "$magic" ]] ||
      mismatch "$*" "$output was not written"
  done
}

finish() {
  printf '%d cases, %d mismatches\n' "$cases" "$mismatches"
  [[ $mismatches -eq 0 ]]
}
