#!/usr/bin/env bash
# Makes a tree of Debian testing with a Vulkan driver newer than the distribution's (lavapipe with cooperative matrices),
# the validation layer and a newer glslc:
#
#   tools/testing-chroot.sh [DIR]      default .chroot, which git ignores
#
# It needs apt-get, dpkg-deb and a Debian mirror, but no root: packages are fetched through a private apt state and
# unpacked, not installed. Programs run in the tree through DIR/run, its compiler is DIR/glslc (for RADIA_GLSLC). A tree
# that is complete is left alone. Status 3: it cannot be made here, and the message says why.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${1:-.chroot}
suite=testing
packages=(mesa-vulkan-drivers libvulkan1 vulkan-validationlayers glslc spirv-tools)
# RADIA_CHROOT_MIRROR names the mirror; otherwise the first Debian one that apt is configured for.
mirror=${RADIA_CHROOT_MIRROR:-}

cannot() {
    echo "testing-chroot: $1" >&2
    exit 3
}

stamp="$suite ${packages[*]}"
if [[ -f $dir/complete && $(cat "$dir/complete") == "$stamp" ]]; then
    exit 0
fi
for tool in apt-get dpkg-deb dpkg; do
    command -v "$tool" >/dev/null || cannot "$tool is missing: this needs Debian or a distribution made from it"
done
if [[ -z $mirror ]]; then
    mirror=$(sed -nE 's/^(deb[[:space:]]+(\[[^]]*\][[:space:]]*)?|URIs:[[:space:]]*)(https?:[^[:space:]]*\/debian)\/?([[:space:]].*)?$/\3/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1 || true)
fi
[[ -n $mirror ]] || cannot "no Debian mirror in apt's sources: set RADIA_CHROOT_MIRROR"

echo "testing-chroot: fetching ${packages[*]} of Debian $suite into $dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/apt
rm -rf "$apt" "$dir/tree" "$dir/complete"
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/preferences" "$dir/tree"
: >"$apt/status"
echo "deb $mirror $suite main" >"$apt/sources"
options=(-q -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt"
    -o "Dir::Cache::archives=$apt/archives" -o "Dir::Etc::SourceList=$apt/sources" -o Dir::Etc::SourceParts=-
    -o "Dir::Etc::PreferencesParts=$apt/preferences" -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
    -o APT::Sandbox::User= -o Debug::NoLocking=1 -o APT::Get::List-Cleanup=0)
log=$dir/log
if ! apt-get "${options[@]}" update >"$log" 2>&1 || grep -qE '^(Err|E):' "$log"; then
    grep -E '^(Err|E|W):' "$log" | head -n 3 >&2 || true
    cannot "the package lists of Debian $suite cannot be fetched or verified"
fi
if ! apt-get "${options[@]}" -y --no-install-recommends --download-only install "${packages[@]}" >"$log" 2>&1; then
    grep -E '^(Err|E):' "$log" | head -n 3 >&2 || true
    cannot "the packages cannot be fetched"
fi
mkdir -p "$dir/tree/usr/bin" "$dir/tree/usr/sbin" "$dir/tree/usr/lib" "$dir/tree/usr/lib64"
for merged in bin sbin lib lib64; do
    ln -s "usr/$merged" "$dir/tree/$merged"
done
for deb in "$apt"/archives/*.deb; do
    # Through tar, because dpkg-deb would replace the links by folders.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/tree" --keep-directory-symlink --no-same-owner --no-same-permissions
done
rm -rf "$apt"

case $(dpkg --print-architecture) in
amd64) triple=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
arm64) triple=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
*) cannot "unknown architecture $(dpkg --print-architecture)" ;;
esac
[[ -e $dir/tree/$loader ]] || cannot "the tree has no $loader"
icd=$(find "$dir/tree/usr/share/vulkan/icd.d" -name 'lvp_icd*.json' | head -n 1)
[[ -n $icd ]] || cannot "the tree has no lavapipe"

cat >"$dir/run" <<RUN
#!/usr/bin/env bash
# Runs a program with the libraries, the software Vulkan driver and the validation layer of this tree.
root=\$(cd "\$(dirname "\$0")" && pwd)/tree
export VK_DRIVER_FILES=\$root/${icd#"$dir/tree/"} VK_ICD_FILENAMES=\$root/${icd#"$dir/tree/"}
export VK_LAYER_PATH=\$root/usr/share/vulkan/explicit_layer.d
exec "\$root/$loader" --library-path "\$root/usr/lib/$triple" "\$@"
RUN
cat >"$dir/glslc" <<RUN
#!/usr/bin/env bash
# The glslc of this tree.
exec "\$(dirname "\$0")/run" "\$(dirname "\$0")/tree/usr/bin/glslc" "\$@"
RUN
chmod +x "$dir/run" "$dir/glslc"
"$dir/glslc" --version >"$log" 2>&1 || {
    head -n 3 "$log" >&2
    cannot "programs of the tree do not run here"
}
echo "$stamp" >"$dir/complete"
echo "testing-chroot: $dir is complete, $(head -n 1 "$log")"
