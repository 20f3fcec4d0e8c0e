# Runs the parts of a test run and reports them. Sourced from the root of the repository by scripts/test and scripts/test-*.
#
#   step NAME COMMAND...    runs a preparation or a check; its failure counts as one
#   suite NAME COMMAND...   runs tests; counts what their runner says has passed and failed
#   finish                  prints what failed, the times and "N passed, M failed"; exits with 1 if anything failed

# The tools that the scripts install come first, also without make.
export PATH="$PWD/.tools/bin:$PATH"

logs=target/test-logs
passed=0
failed=0
broken=()
broken_suites=()
times=()

# Adds a line to the table: the name of a part, and the time since START, an $EPOCHREALTIME.
record_time() {
  local name=$1 start=$2 ms
  ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
  times+=("$(printf '%-16s %6d.%d s' "$name" $((ms / 1000)) $((ms % 1000 / 100)))")
}

step() {
  local name=$1 start=$EPOCHREALTIME code=0
  shift
  echo "==> $name"
  "$@" || code=$?
  record_time "$name" "$start"
  if [ "$code" -eq 0 ]; then return; fi
  failed=$((failed + 1))
  broken+=("$name")
}

suite() {
  local name=$1 log="$logs/$1" start=$EPOCHREALTIME code=0 counts
  shift
  echo "==> $name"
  mkdir -p "$logs"
  "$@" 2>&1 | tee "$log" || code=$?
  record_time "$name" "$start"
  counts=$(scripts/count-tests "$log")
  local ok=${counts% *} not_ok=${counts#* }
  passed=$((passed + ok))
  failed=$((failed + not_ok))
  if [ "$code" -eq 0 ] && [ "$not_ok" -eq 0 ] && [ "$ok" -gt 0 ]; then return; fi
  broken+=("$name")
  broken_suites+=("$name")
  # A suite that broke off, or ran nothing, counts as one failure.
  if [ "$not_ok" -eq 0 ]; then failed=$((failed + 1)); fi
}

finish() {
  local name
  record_time total "$started"
  for name in "${broken_suites[@]}"; do
    echo "==> what failed in $name"
    scripts/failed-tests "$logs/$name"
  done
  printf '%s\n' '' "${times[@]}"
  if [ ${#broken[@]} -gt 0 ]; then echo "failed: ${broken[*]}"; fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# Runs Bun's tests. Files are given by their paths from the root or from bun-bindings/; without files it runs all.
bun_tests() {
  TEMPORAL_CLI_PATH=${TEMPORAL_CLI_PATH:-$(command -v temporal || true)}
  export TEMPORAL_CLI_PATH
  # A slow machine needs more than the five seconds that a test has by default.
  (cd bun-bindings && bun test --timeout 60000 "${@#bun-bindings/}")
}

rust_tests() {
  cargo test --release --locked --workspace --lib "$@"
}

started=$EPOCHREALTIME
