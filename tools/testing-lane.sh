#!/usr/bin/env bash
# Runs the conformance suite on a software Vulkan driver with cooperative matrices, from Debian testing: every kernel in
# every variant, with the validation layer on. Arguments go to the test binary (-test.run …).
#
# Where the packages cannot be had the lane is skipped, says so, and fails if RADIA_REQUIRE lists "coop". RADIA_CHROOT
# is the tree to use, by default .chroot.
set -euo pipefail
cd "$(dirname "$0")/.."

chroot=${RADIA_CHROOT:-.chroot}
status=0
tools/testing-chroot.sh "$chroot" || status=$?
if [[ $status != 0 ]]; then
    echo "testing-lane: SKIPPED: no software Vulkan driver with cooperative matrices"
    echo "skipped for coop: 1"
    if [[ ,${RADIA_REQUIRE:-}, == *,coop,* ]]; then
        echo "testing-lane: RADIA_REQUIRE lists coop, so this is a failure" >&2
        exit 1
    fi
    exit 0
fi
chroot=$(cd "$chroot" && pwd)
binary=$chroot/conformance.test
go test -c -o "$binary" ./kernels/conformance

# Compiling these kernels is most of the time, so the driver does not optimise; what it compiled stays in the tree.
export GALLIVM_PERF=nopt MESA_SHADER_CACHE_DIR=$chroot/cache
export RADIA_REQUIRE=vulkan,validation,coop RADIA_REQUIRE_DEVICE=llvmpipe
cd kernels/conformance
"$chroot/run" "$binary" -test.timeout 20m "$@"
