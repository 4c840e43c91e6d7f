# What to type in this repository; `make help` lists it.
# NO_DEPS=1 leaves out the installation of missing packages.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

RUNTIME := $(if $(filter Darwin,$(shell uname -s)),osx,linux)-$(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x64)
BINARY := build/qvmc
IMAGE := build/tiny.qcow2
DEBIAN_IMAGE := build/debian.qcow2
BARE_IMAGE := build/debian-without-agent.qcow2
DRIVER := bench/Qvmc.Bench/bin/Release/net10.0/Qvmc.Bench
# The shell has a variable of this name too: only what is given to make counts.
FUZZ_SECONDS := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
DEPS := $(if $(NO_DEPS),true,scripts/deps.sh)

sources := $(shell find src -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/node_modules/*') \
	Directory.Build.props Directory.Packages.props global.json
recipe := $(shell find images/tiny -type f)
debian_recipe := $(shell find images/debian -type f)

.PHONY: all jit image image-debian test test-slow faults faults-store fuzz load soak packer-test lint demo bench bench-quick deps sdk clean help

all: $(BINARY) ## The one native binary, build/qvmc (2 to 4 minutes)

$(BINARY): $(sources) | sdk
	@$(DEPS) build
	dotnet publish src/Qvmc.Cli -c Release -r $(RUNTIME) -o build/publish -v quiet -nologo
	cp build/publish/qvmc $@.tmp && mv $@.tmp $@ && touch $@

jit: sdk ## The same for the inner loop, in seconds and not native: build/jit/qvmc
	@$(DEPS) build
	dotnet build src/Qvmc.Cli -v quiet -nologo
	mkdir -p build && ln -sfn ../src/Qvmc.Cli/bin/Debug/net10.0 build/jit

image: $(IMAGE) ## The small guest of tests and demo, build/tiny.qcow2

$(IMAGE): $(recipe)
	@$(DEPS) image
	images/tiny/build.sh $@

image-debian: $(DEBIAN_IMAGE) $(BARE_IMAGE) ## Cloud images of Debian 12, with and without the guest agent (3 minutes)

$(DEBIAN_IMAGE): $(debian_recipe)
	@$(DEPS) debian-image
	images/debian/build.sh $@

$(BARE_IMAGE): $(debian_recipe)
	@$(DEPS) debian-image
	images/debian/build.sh --without-agent $@

test: sdk ## Every test, with real machines too; ends with "N passed, N failed"
	@$(DEPS) build run image test
	$(MAKE) --no-print-directory NO_DEPS=1 $(BINARY) $(IMAGE)
	scripts/test.sh

test-slow: sdk ## A real distribution's life, which takes minutes without KVM; ends as "test" does
	@$(DEPS) build run debian-image test
	$(MAKE) --no-print-directory NO_DEPS=1 $(BINARY)
	$(MAKE) --no-print-directory NO_DEPS=1 -j2 image-debian
	scripts/test.sh Qvmc.EndToEnd.Slow

faults: sdk ## Daemons killed and failing at every step, and random stories: ROUNDS=2 SEQUENCES=100 SEED=
	@$(DEPS) build run image test
	$(MAKE) --no-print-directory NO_DEPS=1 $(BINARY) $(IMAGE)
	QVMC_FAULTS_ROUNDS=$(or $(ROUNDS),2) QVMC_FAULTS_SEQUENCES=$(or $(SEQUENCES),100) QVMC_FAULTS_SEED=$(SEED) scripts/test.sh Qvmc.Faults

faults-store: sdk ## Kills and power cuts of the store, many (KILLS=200 CUTS=10)
	@$(DEPS) build test
	dotnet build tests/Qvmc.Store.Tests -v quiet -nologo
	QVMC_STORE_KILLS=$(or $(KILLS),200) QVMC_POWER_CUTS=$(or $(CUTS),10) dotnet test tests/Qvmc.Store.Tests --no-build --nologo --filter 'FullyQualifiedName~CrashTests|FullyQualifiedName~PowerCut'

fuzz: sdk ## Fuzzes what reads others' bytes: TARGET=... (all) SECONDS=... (60, of each) SEED=...
	@$(DEPS) build
	dotnet build tests/Qvmc.Fuzz.Tests -v quiet -nologo
	dotnet exec tests/Qvmc.Fuzz.Tests/bin/Debug/net10.0/Qvmc.Fuzz.Tests.dll run $(or $(TARGET),all) $(FUZZ_SECONDS) $(SEED)

load: $(BINARY) $(IMAGE) ## Storms and restarts with N=... (2000) machines on one host, without guests; prints a table
	@$(DEPS) run test
	dotnet build tests/Qvmc.EndToEnd -v quiet -nologo
	QVMC_LOAD=$(or $(N),2000) dotnet test tests/Qvmc.EndToEnd --no-build --nologo --filter FullyQualifiedName~.Load.LoadTests --logger 'console;verbosity=detailed'

soak: $(BINARY) $(IMAGE) ## Launches, stops and deletes N=... (1000) machines, without guests; prints what the daemons keep of it
	@$(DEPS) run test
	dotnet build tests/Qvmc.EndToEnd -v quiet -nologo
	QVMC_SOAK=$(or $(N),1000) dotnet test tests/Qvmc.EndToEnd --no-build --nologo --filter FullyQualifiedName~.Load.SoakTests --logger 'console;verbosity=detailed'

lint: sdk ## Format, protos, scripts, units
	@$(DEPS) lint
	scripts/lint.sh

packer-test: $(BINARY) ## A base image by Packer, launched (10 minutes and more without KVM)
	@$(DEPS) run debian-image packer
	$(MAKE) --no-print-directory NO_DEPS=1 $(BARE_IMAGE)
	scripts/packer-test.sh

demo: ## A machine's life by the commands that a user types (KEEP=1 leaves it)
	scripts/demo.sh

# What calls the daemons while they are measured.
$(DRIVER): $(sources) $(shell find bench/Qvmc.Bench -name '*.cs*' -not -path '*/obj/*') | sdk
	dotnet build bench/Qvmc.Bench -c Release -v quiet -nologo && touch $@

bench: $(BINARY) $(IMAGE) $(DRIVER) ## Everything beside its peers, as table and plots (as root; ROWS="launch info" leaves the rest out)
	@$(DEPS) build run test bench
	bench/run.py $(ROWS)

bench-quick: $(BINARY) $(IMAGE) $(DRIVER) ## The same with fewer rounds of smaller sizes, in 5 minutes
	@$(DEPS) build run test bench
	bench/run.py --quick $(ROWS)

deps: ## Install every package that anything here needs
	scripts/deps.sh build run image debian-image packer test lint bench

sdk:
	@scripts/check-sdk.sh

clean: ## Remove what was built; the image too
	rm -rf build
	find src tests -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +

help: ## This
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
