# make build   the programs, in bin/
# make test    what continuous integration runs; installs a software Vulkan driver on Debian and Ubuntu
# make test-coop   every kernel on a software driver with cooperative matrices (Debian testing, fetched into .chroot)
# make test-swiftshader   every kernel on SwiftShader, taken from Debian's chromium-common into .swiftshader
# make demo    trains the procedural scene and renders it, in demo/
# make shaders compiles what changed in shaders/ (needs glslc) and rewrites the generated Go
# make lint    gofmt and go vet
# make cross   go vet, tests included, for the systems that this machine is not; without cgo
# make viewer  builds the window into bin/ and opens it on the procedural scene; ARGS="PATH --flags" opens something else
# make bench   measurements on this machine (DEVICE=cpu, vulkan, …)
# make bench-gpu   the fused kernels on a GPU beside its measured ceilings
# make gpu-report OUT=DIR   all that is asked of a GPU: conformance, kernels, a training, frames, fusion (tools/gpu-report.sh)
# make bench-peers   Radia beside PyTorch and Dr.Jit, which it installs into bench/peers/.venv
# make fuzz    every fuzz target for FUZZTIME each

GO ?= go
FUZZTIME ?= 30s
DEVICE ?= cpu

CROSS = windows/amd64 darwin/arm64 linux/arm64

.PHONY: build cross test test-coop test-swiftshader bench-gpu gpu-report gpu-report-build viewer demo shaders lint bench bench-peers fuzz setup

build:
	$(GO) build -o bin/ ./cmd/radia ./cmd/bench

setup:
	tools/setup-test.sh

test: setup lint cross
	CGO_ENABLED=0 $(GO) build ./...
	$(GO) run ./tools/gotest

test-coop:
	tools/testing-lane.sh

test-swiftshader:
	tools/swiftshader-lane.sh

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...

cross:
	@for target in $(CROSS); do \
		echo "vet for $$target"; \
		CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./... || exit 1; \
	done

shaders:
	tools/setup-test.sh shaders
	$(GO) run ./tools/shadergen

viewer:
	tools/setup-window.sh
	$(GO) build -tags window -o bin/viewer ./cmd/viewer
	bin/viewer $(ARGS)

demo:
	$(GO) build -o bin/radia ./cmd/radia
	bin/radia demo demo

bench:
	$(GO) build -o bin/bench ./cmd/bench
	bin/bench kernels --device $(DEVICE)

bench-gpu:
	$(GO) build -o bin/bench-gpu ./cmd/bench/gpu
	bin/bench-gpu $(ARGS)

# What the report runs, for a machine without a compiler: with the loader, should that machine have none.
gpu-report-build:
	$(GO) build -ldflags "-s -w" -o bin/ ./cmd/radia ./cmd/bench
	$(GO) build -ldflags "-s -w" -o bin/bench-gpu ./cmd/bench/gpu
	$(GO) test -ldflags "-s -w" -c -o bin/conformance.test ./kernels/conformance
	@mkdir -p bin/lib; loader=$$(ldconfig -p 2>/dev/null | sed -n 's/.*libvulkan\.so\.1 .*=> //p' | head -n 1); \
		if [ -n "$$loader" ]; then cp -L "$$loader" bin/lib/libvulkan.so.1; else echo "gpu-report-build: no Vulkan loader here to carry along"; fi

gpu-report: gpu-report-build
	tools/gpu-report.sh $(or $(OUT),gpu-report)

bench-peers:
	$(GO) build -o bin/bench ./cmd/bench
	bench/peers/run.py

fuzz:
	@grep -rlE "^func Fuzz" --include=*_test.go . | while read -r file; do \
		for target in $$(sed -nE "s/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p" "$$file"); do \
			echo "fuzz $$target in $$(dirname "$$file")"; \
			$(GO) test -run - -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done; \
	done
