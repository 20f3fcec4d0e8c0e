# `make run` shows a workflow running; `make test-unit` is the fast cycle; `make test` checks everything.
# Each installs what it needs into .tools and target; Debian packages only as root, and by name.

# Tools that the scripts install come first, so that all of them are found.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: help run test test-unit test-rust test-model test-c test-bun fuzz differential chaos bench bench-quick check tidy build install packages tools format clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: ## a real workflow with a real activity, on a server inside of the process if PATH has no `temporal`; SERVER=dev for the real one
	scripts/install-bun
	$(if $(filter dev,$(SERVER)),scripts/install-temporal)
	scripts/build-bridge
	scripts/install-packages bun-bindings examples/hello
	cd examples/hello && SERVER=$(SERVER) bun run.ts

test: ## every check and every test; 55 minutes on 2 cores the first time, 39 later
	scripts/test

test-unit: ## the tests that need no server; under 20 s
	scripts/test-unit

test-rust: ## the tests of the bridge and the embedded server, FILTER=part of a name; some seconds
	scripts/test-rust $(FILTER)

test-model: ## queues and tasks in thousands of orders of their threads; some seconds
	scripts/test-model

test-c: ## the C programs, PROGRAMS="queues pending"; 2 minutes for all
	scripts/test-c $(PROGRAMS)

fuzz: ## changed bytes for the C interface, led by what code they reach, SECONDS=3600; a failure leaves its bytes
	FUZZ_SECONDS=$(or $(SECONDS),3600) scripts/fuzz

test-bun: ## Bun's tests, FILES=bun-bindings/tests/replay.test.ts; 27 minutes for all
	scripts/test-bun $(FILES)

differential: ## generated programs on the embedded server and the real one, N=500 SEED=7; prints figures
	scripts/differential $(or $(N),500) $(or $(SEED),1)

chaos: ## workflows through kills, cuts and restarts, SEED=7 MINUTES=5; FLEET=mixed or node, QUERIES=1, FAULTS=0, AT_ONCE=50; prints figures
	scripts/chaos $(or $(SEED),1) $(or $(MINUTES),3) $(or $(FLEET),ours) $(if $(QUERIES),--queries) $(if $(filter 0,$(FAULTS)),--no-faults) \
		$(if $(AT_ONCE),--at-a-time=$(AT_ONCE))

bench: ## our worker and upstream's side by side, about half an hour; writes bench/RESULTS.md
	scripts/bench

bench-quick: ## the same in a few minutes; says what got worse since
	scripts/bench --quick

check: ## formatting, lints, types, the header, and tidiness
	scripts/check

tidy: ## links, paths and generated files in the repository; some seconds
	scripts/tidy

build: ## the native library
	scripts/build-bridge

install: ## header, libraries, pkg-config, CMake and .proto files, below DESTDIR and PREFIX (/usr/local), after make build
	scripts/install-library

packages: ## the packages to publish, as tarballs in dist/
	scripts/build-packages

tools: ## Bun, the Temporal CLI, the time-skipping test server, and the collector for the telemetry tests
	scripts/install-bun
	scripts/install-temporal
	scripts/install-test-server
	scripts/build-telemetry-peer

format: ## puts all sources into the usual format
	scripts/install-bun
	scripts/install-packages bun-bindings
	cargo fmt --all
	gofmt -w tests/telemetry-peer
	cd bun-bindings && bun run format

clean: ## removes what was built and installed here
	rm -rf target dist .tools bun-bindings/node_modules bun-bindings/prebuilt examples/*/node_modules bench/node_modules bench/upstream/node_modules
