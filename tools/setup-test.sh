#!/usr/bin/env bash
# Installs what the tests use beyond Go: a software Vulkan driver, the loader and the validation layer, and with
# "shaders" as argument the shader compiler. On Debian and Ubuntu it installs what is missing and says so; elsewhere it
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

missing=()
for p in "${packages[@]}"; do
    if [[ $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) != "install ok installed" ]]; then
        missing+=("$p")
    fi
done
if [[ ${#missing[@]} == 0 ]]; then
    exit 0
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "setup-test: not root and no sudo; please install: ${missing[*]}"
        exit 0
    fi
    as_root=(sudo)
fi
echo "setup-test: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null; }
if ! install 2>/dev/null; then
    "${as_root[@]}" apt-get update -q >/dev/null || true
    if ! install; then
        echo "setup-test: could not install ${missing[*]}; tests that need them are skipped, or fail where RADIA_REQUIRE asks for them"
    fi
fi
