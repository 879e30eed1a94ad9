#!/usr/bin/env bash
# Runs the conformance suite on SwiftShader, a second opinion on Vulkan from other hands than Mesa's: four invocations a
# subgroup, its own compiler. Arguments go to the test binary (-test.run …).
#
# The driver comes out of Debian's package chromium-common, fetched and unpacked without root, not installed. Where it
# cannot be had the lane is skipped, says so, and fails if RADIA_REQUIRE lists "swiftshader". RADIA_SWIFTSHADER is the
# folder to use, by default .swiftshader.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${RADIA_SWIFTSHADER:-.swiftshader}

skip() {
    echo "swiftshader-lane: SKIPPED: $1"
    echo "skipped for swiftshader: 1"
    if [[ ,${RADIA_REQUIRE:-}, == *,swiftshader,* ]]; then
        echo "swiftshader-lane: RADIA_REQUIRE lists swiftshader, so this is a failure" >&2
        exit 1
    fi
    exit 0
}

if [[ ! -f $dir/vk_swiftshader_icd.json ]]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || skip "apt-get or dpkg-deb is missing"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    echo "swiftshader-lane: fetching chromium-common for its Vulkan driver"
    if ! (cd "$work" && apt-get download -q chromium-common >log 2>&1); then
        # The lists may be older than the archive.
        { [[ $(id -u) == 0 ]] && apt-get update -q >/dev/null 2>&1; } || sudo -n apt-get update -q >/dev/null 2>&1 || true
        (cd "$work" && apt-get download -q chromium-common >log 2>&1) || skip "the package chromium-common cannot be fetched: $(grep -m1 '^E:' "$work/log" || true)"
    fi
    dpkg-deb -x "$work"/chromium-common*.deb "$work/tree"
    found=$work/tree/usr/lib/chromium
    [[ -f $found/libvk_swiftshader.so && -f $found/vk_swiftshader_icd.json ]] || skip "the package has no SwiftShader"
    mkdir -p "$dir"
    cp "$found/libvk_swiftshader.so" "$dir"
    cp "$found/vk_swiftshader_icd.json" "$dir" # last: what says that the folder is complete
fi
dir=$(cd "$dir" && pwd)
export VK_DRIVER_FILES=$dir/vk_swiftshader_icd.json VK_ICD_FILENAMES=$dir/vk_swiftshader_icd.json
export RADIA_REQUIRE=vulkan,validation RADIA_REQUIRE_DEVICE=SwiftShader
go test -c -o "$dir/conformance.test" ./kernels/conformance
cd kernels/conformance
"$dir/conformance.test" -test.timeout 20m "$@"
