#!/usr/bin/env bash
# Runs the conformance suite on a software Vulkan driver with cooperative matrices, from Debian testing: every kernel in
# every variant, with the validation layer on, and spirv-val over every module specialised to the shapes in use. Arguments go
# to the test binary (-test.run …). Without arguments, kernels with workgroup memory run again in a shape or two with
# subgroups of 4 and of 16, and every kernel in its first cases under the layer's own instrumentation, which sees what is read
# or written beside a bound range: drivers may answer such reads kindly, and nothing here may rely on that.
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
export RADIA_REQUIRE=vulkan,validation,coop,spirv-tools RADIA_REQUIRE_DEVICE=llvmpipe
export RADIA_SPIRV_TOOLS="$chroot/run $chroot/tree/usr/bin"
cd kernels/conformance
RADIA_REQUIRE_SUBGROUP=8 LP_NATIVE_VECTOR_WIDTH=256 "$chroot/run" "$binary" -test.timeout 20m "$@"
echo "testing-lane: subgroups of 8: passed"
[[ $# == 0 ]] || exit 0

# What waits for others, or exchanges values with them, in other sizes of subgroups; the driver makes one invocation of each
# 32 bits of a vector. With vectors of 512 bits it crashes while it compiles cooperative matrices (Mesa 26.1), so they are off.
shared='scan|scan_blocks|train_end|occupancy_sums|occupancy_mean|exposure_adam|image_sums|mlp_weights'
shapes='TestCases/nerf_.*/L8_F(2_16x1.1|4_64x1.2)_interpolation=0_half=false'
for width in 128 512; do
    RADIA_REQUIRE=vulkan,validation RADIA_DISABLE=coop RADIA_REQUIRE_SUBGROUP=$((width / 32)) LP_NATIVE_VECTOR_WIDTH=$width \
        MESA_SHADER_CACHE_DIR=$chroot/cache-$width "$chroot/run" "$binary" -test.timeout 10m -test.run "TestCases/($shared)/|$shapes"
    echo "testing-lane: subgroups of $((width / 32)): passed"
done

# Instrumented, the packed forms that are unrolled most take minutes to compile.
RADIA_REQUIRE=vulkan,validation,gpuav RADIA_VALIDATE=errors RADIA_DISABLE=coop VK_LAYER_GPUAV_ENABLE=1 VK_LAYER_VALIDATE_CORE=0 \
    MESA_SHADER_CACHE_DIR=$chroot/cache-gpuav "$chroot/run" "$binary" -test.timeout 10m -test.short -test.run 'TestCases|TestBoundsAreWatched' \
    -test.skip 'TestCases/(mlp_weights|nerf_backward|nerf_mega)/.*/.*-packed'
echo "testing-lane: nothing is read or written beside a bound range"
