# What people and CI call. Each target sees to what it needs.
.DEFAULT_GOAL := help
.PHONY: help setup run check openapi clients test test-full simulate planted bench deb sbom

# One rustc a core; two at the least that this is tried on.
JOBS ?= 2

help: ## Show what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-10s %s\n", $$1, $$2}'

setup: ## Check for what the build and the tests need; as root on Debian, install what is missing
	@bash .ci/setup

run: ## Build and run the Chihuahua demo on embedded SQLite
	@bash .ci/setup run
	cargo run --profile demo --locked -j$(JOBS) -- demo

check: setup ## Formatting, lints of code and API, planted bugs, and dependencies where cargo-deny is installed
	cargo fmt --check
	cargo clippy --all-targets --locked -j$(JOBS) -- -D warnings
	@cd tests/clients && REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
	npx --no-install redocly lint ../../mobile-api-spec/openapi.yaml
	@bash .ci/planted --check
	@if command -v cargo-deny >/dev/null; then cargo deny --locked check; \
	else echo "cargo-deny isn't installed: licences, bans and advisories not checked"; fi

openapi: ## Write mobile-api-spec/openapi.yaml anew from the code's types
	cargo run -q -j$(JOBS) -- openapi > target/openapi.yaml && mv target/openapi.yaml mobile-api-spec/openapi.yaml

clients: setup ## Write clients of the API under target/clients; WHICH="typescript python kotlin swift bruno"
	TOKENS=$(TOKENS) bash .ci/clients $(WHICH)

test: setup ## Every test on both engines, at reduced counts; prints the slowest ten
	JOBS=$(JOBS) bash .ci/test

test-full: export TEST_TIER = full
test-full: setup ## The same at full counts
	JOBS=$(JOBS) bash .ci/test

# SEEDS, FROM; or SEED, KEEP, CALM to play one again: see CONTRIBUTING.md.
simulate: setup ## Play SEEDS=n more seeds of the simulator
	SEEDS=$(SEEDS) FROM=$(FROM) SEED=$(SEED) KEEP=$(KEEP) CALM=$(CALM) \
	cargo test --locked -q -j$(JOBS) --test simulator more_seeds -- --ignored --nocapture

planted: setup ## Show that the simulator finds each of the bugs planted for it
	JOBS=$(JOBS) bash .ci/planted

bench: setup ## Measure on both engines, beside Alertmanager
	JOBS=$(JOBS) bash .ci/bench

deb: ## Make the Debian package below target/package; BINARY=path takes a binary that is built already
	@JOBS=$(JOBS) BINARY=$(BINARY) bash .ci/package deb

sbom: ## Write the list of what the binary is built from (CycloneDX)
	@bash .ci/package sbom
