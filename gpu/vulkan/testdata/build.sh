#!/bin/sh
# Compiles the kernels of this package's own tests and notes which sources they come from.
set -e
cd "$(dirname "$0")"
cc() { glslc --target-env=vulkan1.1 -O "$@"; }
for k in axpy inc groups layout which; do cc $k.comp -o $k.spv; done
cc -DHALF which.comp -o which_half.spv
cc -DATOMIC which.comp -o which_atomic.spv
cc -DSUBGROUP which.comp -o which_subgroup.spv
sha256sum axpy.comp build.sh groups.comp inc.comp layout.comp which.comp > SUMS
