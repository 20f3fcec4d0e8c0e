# `make run` shows a workflow running; `make test` checks everything. Both install what they need.

# Tools that the scripts install come first, so that all of them are found.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: run test bench bench-quick check build tools format clean

run: ## a real workflow with a real activity, on a real server
	scripts/build-all
	scripts/install-packages bun-bindings examples/hello
	cd examples/hello && bun run.ts

test: ## every check and every test
	scripts/test

bench: ## our worker and upstream's side by side, about half an hour; writes bench/RESULTS.md
	scripts/bench

bench-quick: ## the same in a few minutes; says what got worse since
	scripts/bench --quick

check: ## formatting, lints, types, and the header
	scripts/check

build: ## the native library
	scripts/build-bridge

tools: ## Bun, the Temporal CLI, the time-skipping test server, and the collector for the telemetry tests
	scripts/install-bun
	scripts/install-temporal
	scripts/install-test-server
	scripts/build-telemetry-peer

format: ## puts all sources into the usual format
	scripts/install-bun
	scripts/install-packages bun-bindings
	cargo fmt
	gofmt -w tests/telemetry-peer
	cd bun-bindings && bun run format

clean: ## removes what was built and installed here
	rm -rf target .tools bun-bindings/node_modules bun-bindings/prebuilt examples/*/node_modules bench/node_modules bench/upstream/node_modules
