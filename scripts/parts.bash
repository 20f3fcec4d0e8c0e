# Runs the parts of a test run and reports them. Sourced from the root of the repository by scripts/test and scripts/test-*.
#
#   step NAME COMMAND...    runs a preparation or a check; its failure counts as one
#   suite NAME COMMAND...   runs tests; counts what their runner says has passed and failed
#   bun_suite [FILE...]     the same for Bun's tests; files that fail have a second chance
#   beside COMMAND...       starts one beside the parts that come next
#   settle                  waits for it and prints what it said; a step
#   finish                  prints what failed, the times and "N passed, M failed"; exits with 1 if anything failed

# The tools that the scripts install come first, also without make.
export PATH="$PWD/.tools/bin:$PATH"

logs=target/test-logs
passed=0
failed=0
broken=()
unsteady=()
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
  ok_of_suite=${counts% *}
  # A suite that broke off, or ran nothing, counts as one failure.
  not_ok_of_suite=${counts#* }
  if [ "$not_ok_of_suite" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$ok_of_suite" -eq 0 ]; }; then not_ok_of_suite=1; fi
  passed=$((passed + ok_of_suite))
  failed=$((failed + not_ok_of_suite))
  if [ "$not_ok_of_suite" -eq 0 ]; then return; fi
  broken+=("$name")
}

# Gives the command a process group of its own, so that all of it ends if this script is broken off.
beside() {
  mkdir -p "$logs"
  set -m
  "$@" >"$logs/beside" 2>&1 &
  set +m
  beside=$!
  trap 'kill -- "-$beside" 2>/dev/null || true' EXIT
}

settle() {
  local code=0
  wait "$beside" || code=$?
  trap - EXIT
  cat "$logs/beside"
  return "$code"
}

# So many files have a second chance. If more fail, it is not by bad luck.
second_chances=4

# Runs Bun's tests, and the files in which one failed once more by themselves. What passes then is no failure, but is named at
# the end: it depends on what ran before it, or on how fast the machine is.
bun_suite() {
  local files
  suite bun bun_tests "$@"
  mapfile -t files < <(scripts/failed-tests --files "$logs/bun")
  if [ ${#files[@]} -eq 0 ] || [ ${#files[@]} -gt $second_chances ]; then return; fi
  echo "==> what failed in bun, and runs again"
  scripts/failed-tests "$logs/bun"
  local failed_at_first=$not_ok_of_suite failed_before=$failed
  suite bun-again bun_tests "${files[@]}"
  passed=$((passed - ok_of_suite))
  if [ "$failed" -gt "$failed_before" ]; then
    failed=$failed_before
    return
  fi
  passed=$((passed + failed_at_first))
  failed=$((failed - failed_at_first))
  unsteady+=("${files[@]}")
  unset 'broken[-1]'
}

finish() {
  local name
  record_time total "$started"
  for name in "${broken[@]}"; do
    if [ ! -f "$logs/$name" ]; then continue; fi
    echo "==> what failed in $name"
    scripts/failed-tests "$logs/$name"
  done
  printf '%s\n' '' "${times[@]}"
  if [ ${#unsteady[@]} -gt 0 ]; then echo "failed at first, and passed alone: ${unsteady[*]}"; fi
  if [ ${#broken[@]} -gt 0 ]; then echo "failed: ${broken[*]}"; fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# Tells tests where Temporal's CLI is, unless the caller has.
export_cli_path() {
  TEMPORAL_CLI_PATH=${TEMPORAL_CLI_PATH:-$(command -v temporal || true)}
  export TEMPORAL_CLI_PATH
}

# Runs Bun's tests. Files are given by their paths from the root or from bun-bindings/; without files it runs all, but for
# those of the templates, which belong to the projects that are made of them.
bun_tests() {
  if [ $# -eq 0 ]; then set -- src tests; fi
  export_cli_path
  # A slow machine needs more than the five seconds that a test has by default.
  (cd bun-bindings && bun test --timeout 60000 "${@#bun-bindings/}")
}

# Runs those of Bun's tests that are about threads and the life of workers with calls of native threads into the engine.
bun_tests_with_callbacks() {
  TEMPORAL_BUN_SDK_CALLBACKS=all bun_tests tests/thread-crash.test.ts tests/attacks-in-threads.test.ts \
    tests/patch-activation.test.ts tests/workflow-codec.test.ts tests/workflow.test.ts tests/replay.test.ts \
    tests/shutdown.test.ts tests/reliability tests/worker-life
}

# Runs generated workflows on a mixed fleet, a few at a time, and fails if a value is wrong or a worker grows meanwhile.
steady_load() {
  export_cli_path
  bun bun-bindings/tests/chaos/run.ts 20261129 20 mixed --no-faults --at-a-time=1
}

rust_tests() {
  cargo test --release --locked --workspace --lib --test embedded_server "$@"
}

started=$EPOCHREALTIME
