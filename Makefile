# What to type in this repository; `make help` lists it.
# NO_DEPS=1 leaves out the installation of missing packages.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

RUNTIME := $(if $(filter aarch64 arm64,$(shell uname -m)),linux-arm64,linux-x64)
BINARY := build/qvmc
IMAGE := build/tiny.qcow2
DEPS := $(if $(NO_DEPS),true,scripts/deps.sh)

sources := $(shell find src -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/node_modules/*') \
	Directory.Build.props Directory.Packages.props global.json
recipe := $(shell find images/tiny -type f)

.PHONY: all jit image test lint demo bench deps sdk clean help

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

test: sdk ## Every test, with real machines too; ends with "N passed, N failed"
	@$(DEPS) build run image test
	$(MAKE) --no-print-directory NO_DEPS=1 $(BINARY) $(IMAGE)
	scripts/test.sh

lint: sdk ## Format, protos, scripts, units
	@$(DEPS) lint
	scripts/lint.sh

demo: ## A machine's life by the commands that a user types (KEEP=1 leaves it)
	scripts/demo.sh

bench: $(BINARY) $(IMAGE) ## Time of the commands, and of a launch beside bare QEMU
	@$(DEPS) run test
	bench/run.sh

deps: ## Install every package that anything here needs
	scripts/deps.sh build run image test lint

sdk:
	@scripts/check-sdk.sh

clean: ## Remove what was built; the image too
	rm -rf build
	find src tests -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +

help: ## This
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
