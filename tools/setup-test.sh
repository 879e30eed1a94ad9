#!/usr/bin/env bash
# Installs what the tests use beyond Go: a software Vulkan driver, the loader and the validation layer, an emulator of
# arm64, and with "shaders" as argument the shader compiler. On Debian and Ubuntu it installs what is missing and says so; elsewhere it
# names what to install and lets the tests go on, which count what they then have to skip.
set -euo pipefail

packages=(mesa-vulkan-drivers libvulkan1 vulkan-validationlayers)
if [[ ${1:-} == shaders ]]; then
    packages=(glslc)
fi
# A C compiler for cgo and the race detector, and the headers that the window library is built with.
if [[ ${1:-} != shaders ]]; then
    packages+=(gcc libc6-dev)
    if [[ -d cmd/viewer ]]; then
        packages+=(libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev)
    fi
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup-test: this is not Debian or Ubuntu; please install the equivalents of: ${packages[*]}"
    exit 0
fi

absent() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null || true) != "install ok installed" ]]; }
missing=()
for p in "${packages[@]}"; do
    if absent "$p"; then
        missing+=("$p")
    fi
done
# An emulator for the lanes of arm64, apart from the others since its package has another name on newer systems.
emulator=()
if [[ ${1:-} != shaders && $(uname -m) != aarch64 ]] && ! command -v qemu-aarch64-static qemu-aarch64 >/dev/null; then
    emulator=(qemu-user-static qemu-user)
fi
if [[ ${#missing[@]} == 0 && ${#emulator[@]} == 0 ]]; then
    exit 0
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "setup-test: not root and no sudo; please install: ${missing[*]} ${emulator[*]:0:1}"
        exit 0
    fi
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
install() { "${as_root[@]}" apt-get install -y -q --no-install-recommends "$@" >/dev/null; }
refresh() { "${as_root[@]}" apt-get update -q >/dev/null || true; }
if [[ ${#missing[@]} != 0 ]]; then
    echo "setup-test: installing ${missing[*]}"
    if ! install "${missing[@]}" 2>/dev/null; then
        refresh
        if ! install "${missing[@]}"; then
            echo "setup-test: could not install ${missing[*]}; tests that need them are skipped, or fail where RADIA_REQUIRE asks for them"
        fi
    fi
fi
if [[ ${#emulator[@]} != 0 ]]; then
    echo "setup-test: installing an emulator of arm64"
    if ! install "${emulator[0]}" 2>/dev/null; then
        refresh
        if ! install "${emulator[0]}" 2>/dev/null && ! install "${emulator[1]}"; then
            echo "setup-test: could not install ${emulator[0]}; the lanes of arm64 are skipped, or fail where RADIA_REQUIRE asks for them"
        fi
    fi
fi
