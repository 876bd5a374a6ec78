# Needs Go, Node 20 or later with npm, git and make. Everything else is installed when it is needed, with a word on it.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --warn-undefined-variables
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .cache/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

SITE := web/apps/meet/dist/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f ! -name '*.go' -print)

# The example that make run-example runs.
NAME ?=
# Arguments of make run for confab serve.
ARGS ?=
# How many inputs each fuzz target tries in make test, or a time for longer runs (make test-fuzz FUZZTIME=5m).
FUZZTIME ?= 5000x

# What Prettier formats outside of web/.
PRETTY := 'test/e2e/**/*.{mjs,json}' 'examples/{html,next,node-backend,svelte,vue}/**/*.{html,css,js,ts,tsx,vue,json}' \
	'!**/{node_modules,dist,.next}/**' '!**/{package-lock.json,next-env.d.ts}'

say = @printf '\n── %s\n' "$(1)"

.PHONY: help run run-clinic run-support sample-clinic run-example samples examples build packages test lint linter generate fmt test-go test-fuzz test-web test-cluster e2e bench bench-load check-generated clean

help: ## This list.
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: build ## Build everything and serve it on http://localhost:8080 (ARGS="--addr :9000" for other flags).
	$(call say,Serving. Ctrl-C stops it.)
	@bin/confab serve $(ARGS)

run-clinic: sample-clinic ## A sample telemedicine clinic with a node of its own, on http://localhost:8090.
	$(call say,A clinic and its video node)
	@scripts/run-sample.sh clinic 8090

# Samples have their pages in web/apps/NAME and their back end in examples/NAME.
sample-clinic: build web/apps/clinic/dist/index.html
	$(call say,Building bin/clinic)
	CGO_ENABLED=0 go build -trimpath -o bin/clinic ./examples/clinic

web/apps/clinic/dist/index.html: $(SITE)
	$(call say,Building the pages of the clinic)
	cd web && npm run --silent build -w @confab/clinic
	@touch $@

run-support: build web/apps/support/dist/index.html ## A sample shop and its support desk with a node of their own, on http://localhost:8091.
	$(call say,Building bin/support)
	go build -o bin/support ./examples/support
	$(call say,A support desk and its video node)
	@scripts/run-sample.sh support 8091

web/apps/support/dist/index.html: $(SITE)
	$(call say,Building the pages of the support desk)
	cd web && npm run --silent build -w @confab/support
	@touch $@

run-example: build bin/packages/.packed ## Run an example with a node of its own: NAME=html, vue, svelte, next, node-backend or go-backend.
	@scripts/run-example.sh $(NAME)

samples: sample-clinic web/apps/support/dist/index.html bin/.examples bin/openid-provider # What the end-to-end tests run besides Confab itself.

examples: bin/.examples ## Build the examples with the packed packages, as somebody else's application is built.

EXAMPLE_SOURCES := $(shell find examples/{go-backend,next,node-backend,svelte,vue} \( -name node_modules -o -name dist -o -name .next \) -prune -o -type f -print)

bin/.examples: bin/packages/.packed $(EXAMPLE_SOURCES)
	$(call say,Building the examples)
	@scripts/build-examples.sh
	@touch $@

build: $(SITE) ## Build the web site, and bin/confab with the site inside.
	$(call say,Building bin/confab)
	CGO_ENABLED=0 go build -trimpath -o bin/confab ./cmd/confab

$(SITE): web/node_modules/.package-lock.json $(WEB_SOURCES)
	$(call say,Building the client library and the web site)
	cd web && npm run --silent build
	@touch $@

packages: bin/packages/.packed ## The web packages as npm would publish them, in bin/packages.

bin/packages/.packed: $(SITE)
	$(call say,Packing the web packages)
	@scripts/pack.sh
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	$(call say,Installing the web packages that web/package-lock.json names)
	cd web && npm ci --no-audit --no-fund
	@touch $@

test/e2e/node_modules/.package-lock.json: test/e2e/package-lock.json
	$(call say,Installing the packages that drive browsers)
	cd test/e2e && npm ci --no-audit --no-fund
	@touch $@

test: ## Everything that continuous integration checks.
	@scripts/steps.sh build+linter test-go+lint,check-generated,test-fuzz,test-web,samples test-cluster e2e
	$(call say,All passed)

lint: $(GOLANGCI) $(SITE) test/e2e/node_modules/.package-lock.json ## Formatting, linters and types of both languages.
	$(call say,Go: golangci-lint (go vet is in it))
	$(GOLANGCI) run ./...
	$(call say,Protocol: buf lint)
	web/node_modules/.bin/buf lint
	$(call say,Web: Prettier)
	cd web && npm run --silent format
	web/node_modules/.bin/prettier --config web/.prettierrc.json --check $(PRETTY)
	$(call say,Web: TypeScript)
	cd web && npm run --silent typecheck
	cd test/e2e && npm run --silent typecheck
	$(call say,Web: ESLint)
	cd web && npm run --silent lint

# It is built from source through the Go module proxy, once: about a minute and a half on two cores.
linter: $(GOLANGCI)

$(GOLANGCI):
	$(call say,Building golangci-lint $(GOLANGCI_VERSION))
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

test-go: web/node_modules/.package-lock.json ## Go tests, with the race detector.
	@scripts/install-packages.sh gcc libc6-dev ffmpeg postgresql
	$(call say,Go: tests with the race detector)
	CGO_ENABLED=1 go test -race -vet off -timeout 20m ./...
	@[ -n "$${CONFAB_TEST_IGGY-}" ] || echo "NOT TESTED: APACHE IGGY. Set CONFAB_TEST_IGGY to a running server (CONTRIBUTING.md)."
	$(call say,Go: what the race detector hides: no allocation per delivered object)
	go test -count 1 -run AllocatesNothing ./internal/relay
	$(call say,Go: the API against an OpenID provider, an OpenAPI validator and a generated client)
	cd test/api && go test ./...

test-fuzz: ## Every fuzz target over FUZZTIME inputs.
	$(call say,Go: every fuzz target over $(FUZZTIME))
	@scripts/fuzz.sh $(FUZZTIME)

test-web: web/node_modules/.package-lock.json ## TypeScript tests that need no browser.
	$(call say,Web: Vitest)
	cd web && npm run --silent test

# The server that nodes have inside them, as operators run it: a process of its own.
bin/nats-server: go.sum
	$(call say,Building bin/nats-server)
	CGO_ENABLED=0 go build -trimpath -o $@ github.com/nats-io/nats-server/v2

# Where people sign in in the end-to-end tests, which have no network to build it in.
bin/openid-provider: $(wildcard test/api/provider/*.go) test/api/go.sum
	$(call say,Building bin/openid-provider)
	cd test/api && CGO_ENABLED=0 go build -trimpath -o ../../$@ ./provider

test-cluster: build bin/nats-server ## A call over three nodes while one is frozen, cut off or killed, or what joins them is.
	@scripts/install-packages.sh iproute2 util-linux
	$(call say,Nodes: faults in a call)
	CONFAB_TEST_CLUSTER=1 go test -count 1 -parallel 6 -v ./test/cluster

e2e: build samples bin/nats-server test/e2e/node_modules/.package-lock.json ## Chromium, Firefox and WebKitGTK in calls with each other.
	$(call say,Browsers: installing those that are missing)
	@scripts/install-browsers.sh
	$(call say,Browsers: end-to-end tests)
	cd test/e2e && npm run --silent test

bench: build test/e2e/node_modules/.package-lock.json ## Benchmarks of the node; between browsers, glass to glass, and sound with picture.
	$(call say,Go: benchmarks)
	go test -run '^$$' -bench . -benchmem ./...
	@scripts/install-browsers.sh
	@scripts/install-packages.sh pulseaudio gstreamer1.0-pulseaudio
	$(call say,Browsers: glass to glass; sound with picture)
	cd test/e2e && npm run --silent bench

bench-load: build ## Raise the load on a node until it has enough, per workload and transport; see scripts/bench.sh.
	@scripts/bench.sh

generate: web/node_modules/.package-lock.json ## Generate code from proto/, and references from code.
	$(call say,Generating from proto/)
	web/node_modules/.bin/buf generate
	@$(MAKE) $(SITE)
	$(call say,Generating docs/reference/)
	scripts/generate-reference.sh docs/reference

check-generated: $(SITE)
	$(call say,Generated code and references are up to date)
	@scripts/check-generated.sh

fmt: $(GOLANGCI) web/node_modules/.package-lock.json ## Format everything.
	$(GOLANGCI) fmt ./...
	cd web && npm run --silent format:fix
	web/node_modules/.bin/prettier --config web/.prettierrc.json --write $(PRETTY)

clean: ## Remove what was built.
	rm -rf bin web/packages/*/dist web/apps/*/dist/assets web/apps/*/dist/index.html
