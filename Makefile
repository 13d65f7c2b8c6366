# The verbs of this project. `make` alone prints them. Their scripts are in infra/local, written in Python without packages.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install run serve stop clean build deploy deploy-check deploy-function logs destroy invoke infra-check test check golden bench
.PHONY: bench-coldstart bench-pooler bench-sql fuzz oracle

PYTHON ?= python3
LOCAL := $(PYTHON) -B infra/local

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

install: ## find or install what the other verbs need, into .tools/
	@$(LOCAL)/install.py test

run: ## run the demo: PostgreSQL, the Lambda functions, a token and a curl line [PORT=4000]
	@$(LOCAL)/run.py $(if $(PORT),--port $(PORT))

serve: ## serve a Cube project of your own: PROJECT=folder [PORT=4000]
	@$(if $(PROJECT),,echo 'usage: make serve PROJECT=folder [PORT=4000]'; exit 2)
	@cargo build --locked --quiet --package tessera
	@exec target/debug/tessera serve $(PROJECT) $(if $(PORT),--port $(PORT))

stop: ## end what `make run` has started
	@$(LOCAL)/stop.py

clean: ## end it and remove its data, the installed tools and everything built
	@$(LOCAL)/clean.py
	@cargo clean

build: ## build the functions for AWS: one zip each, arm64, in target/ARCH/lambda [PROJECT=folder] [ARCH=x86-64]
	@$(LOCAL)/build.py '$(ARCH)' $(if $(PROJECT),'$(abspath $(PROJECT))')

deploy: ## build and deploy an installation to AWS: STACK=name PROJECT=folder [PARAMETERS="Database=new ..."]
	@$(if $(STACK),,echo 'usage: make deploy STACK=name PROJECT=folder [PARAMETERS="Name=value ..."]'; exit 2)
	@$(LOCAL)/deploy.py stack $(STACK) $(if $(PROJECT),'$(abspath $(PROJECT))') $(PARAMETERS)

deploy-check: ## say what a deployment would break off at: STACK=name [PARAMETERS="..."]
	@$(if $(STACK),,echo 'usage: make deploy-check STACK=name [PARAMETERS="Name=value ..."]'; exit 2)
	@$(LOCAL)/deploy.py check $(STACK) $(PARAMETERS)

deploy-function: ## build and deploy the code of one function: STACK=name FUNCTION=load [PROJECT=folder]
	@$(if $(and $(STACK),$(FUNCTION)),,echo 'usage: make deploy-function STACK=name FUNCTION=load [PROJECT=folder]'; exit 2)
	@$(LOCAL)/deploy.py function $(STACK) $(FUNCTION) $(if $(PROJECT),'$(abspath $(PROJECT))')

logs: ## print what a deployed function logs: STACK=name FUNCTION=load
	@$(if $(and $(STACK),$(FUNCTION)),,echo 'usage: make logs STACK=name FUNCTION=load'; exit 2)
	@$(LOCAL)/deploy.py logs $(STACK) $(FUNCTION)

destroy: ## delete an installation, but for what holds data: STACK=name
	@$(if $(STACK),,echo 'usage: make destroy STACK=name'; exit 2)
	@$(LOCAL)/deploy.py destroy $(STACK)

invoke: ## send an event to a running function: FUNCTION=load EVENT=load-get; to a deployed one with STACK=name
	@$(if $(STACK),$(LOCAL)/deploy.py invoke $(STACK) $(FUNCTION) events/$(EVENT).json,$(LOCAL)/invoke.py $(FUNCTION) $(EVENT))

infra-check: ## lint the templates, hold them against rules of security, deploy them to an emulated AWS
	@$(LOCAL)/install.py test
	@$(LOCAL)/infra_check.py

test: ## run all tests; they start PostgreSQL, moto and the Lambda emulator themselves
	@$(LOCAL)/install.py test
	cargo build --locked --workspace --bins
	cargo test --locked --workspace --no-fail-fast

check: ## formatting, lints, documentation, architecture, licences
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
	cargo test --locked --package harness --test architecture
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --locked check; else echo 'cargo-deny is not installed: licences and advisories were not checked'; fi

golden: ## rewrite the expected plans, statements and rows in tests/golden, and docs/settings.md; read the diff
	@$(LOCAL)/install.py test
	GOLDEN=rewrite cargo test --locked --package harness --test golden --test documents

bench: ## measure speed: criterion, cold start, load beside pgbench; never part of the tests
	@$(LOCAL)/install.py test
	cargo bench --locked --package benches
	cargo bench --locked --package server
	cargo build --locked --release --workspace --bins
	target/release/cold_start
	target/release/requests
	target/release/refusals
	target/release/tenants

fuzz: ## feed readers of tokens, key sets and secrets with bytes of chance, SECONDS=60 each
	@$(LOCAL)/fuzz.py $(SECONDS)

bench-coldstart: ## start each function's release program thirty times beside a hello-world; print the medians
	@$(LOCAL)/install.py test
	cargo build --locked --release $(patsubst functions/%/,--package %,$(wildcard functions/*/)) --package tessera --package benches $(patsubst functions/%/,--bin %,$(wildcard functions/*/)) --bin tessera --bin hello --bin cold_start
	target/release/cold_start

bench-pooler: ## two hundred instances of load on twenty connections of PgBouncer
	@$(LOCAL)/install.py test
	cargo build --locked --release --package load --package benches --bins
	target/release/pooler

bench-sql: ## run Cube's statements and ours on a larger database, in turns; print what PostgreSQL took
	@$(PYTHON) -B benches/sql/statements.py

oracle: ## ask real Cubes (npm) and ours the same queries; print what differs [SEED=1 COUNT=500]
	@$(PYTHON) -B tests/oracle/oracle.py --seed $(or $(SEED),1) --count $(or $(COUNT),500)
