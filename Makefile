# SPDX-License-Identifier: MIT
# The front door. Everything is built below build/; `make help` lists what there is.

BUILD := build/release
RUN_OPTIONS ?=
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

BUILD_PACKAGES := gcc cmake make pkg-config libmicrohttpd-dev libjansson-dev \
	libsqlite3-dev libcurl4-openssl-dev libssl-dev
TEST_PACKAGES := clang clang-format libcmocka-dev libclang-rt-14-dev openssl python3 python3-pytest \
	python3-twilio $(DEB_PACKAGES) bash chromium fish iproute2 lintian man-db mandoc python3-yaml \
	shellcheck sqlite3 systemd valgrind zsh
DEB_PACKAGES := binutils dpkg-dev file python3
FAST_PACKAGES := clang-format libcmocka-dev python3
BENCH_PACKAGES := wrk python3
BUDGET_PACKAGES := valgrind python3

.PHONY: help run build build-bench test test-fast bench bench-peers budget install package format fuzz torture clean setup-build setup-test setup-fast setup-bench setup-budget

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## Install what is missing, build, and start the server (RUN_OPTIONS="--db :memory:")
	@exec $(BUILD)/supersimd $(RUN_OPTIONS)

build: setup-build ## Build build/release/supersimd
	@cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@env -u MAKELEVEL -u MAKEFLAGS cmake --build $(BUILD) -j $(JOBS)

test: setup-build setup-test ## Run every test, under sanitizers and with warnings as errors
	@JOBS=$(JOBS) tests/run

test-fast: setup-build setup-fast ## Run the unit tests, most of the API's and the checks, in a minute
	@JOBS=$(JOBS) tests/run-fast

build-bench: setup-build
	@cmake -S . -B build/bench -DCMAKE_BUILD_TYPE=Release -DSUPERSIM_BENCH=ON >/dev/null
	@env -u MAKELEVEL -u MAKEFLAGS cmake --build build/bench -j $(JOBS)

bench: build-bench setup-bench ## Measure beside other servers (BENCH_OPTIONS=--quick)
	@python3 tests/bench/bench.py --build build/bench $(BENCH_OPTIONS)

bench-peers: ## Install Fastify and Prism, to measure beside them, too
	@tests/bench/install-peers

budget: build-bench setup-budget ## Count what requests cost (BUDGET_OPTIONS=--record: new numbers)
	@tests/support/python tests/bench/budget.py build/bench $(BUDGET_OPTIONS)

install: build ## Install below PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(DESTDIR)$(PREFIX)

package: setup-build ## Make the Debian package, its list of parts and checksums
	@tests/support/install-packages $(DEB_PACKAGES)
	@packaging/make-package build/package $(JOBS)
	@ls build/package/packages/*.*

format: ## Format the C files
	@clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

fuzz: setup-build setup-test ## Fuzz every harness for FUZZ_SECONDS (default 60) each
	@JOBS=$(JOBS) tests/fuzz/run $(or $(FUZZ_SECONDS),60)

torture: setup-build setup-test ## Fail every call, cut the power and kill for TORTURE_SECONDS (1800)
	@JOBS=$(JOBS) tests/fault/torture $(or $(TORTURE_SECONDS),1800)

clean: ## Remove what was built
	@rm -rf build

setup-build:
	@tests/support/install-packages $(BUILD_PACKAGES)

setup-test:
	@tests/support/install-packages $(TEST_PACKAGES)
	@tests/support/install-node
	@tests/support/unpack-nginx

setup-fast:
	@tests/support/install-packages $(FAST_PACKAGES)

setup-bench:
	@tests/support/install-packages $(BENCH_PACKAGES)

setup-budget:
	@tests/support/install-packages $(BUDGET_PACKAGES)
