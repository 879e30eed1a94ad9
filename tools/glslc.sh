#!/usr/bin/env bash
# The only place that runs a shader compiler.
#
#   tools/glslc.sh named|small [--new] [--target ENV] IN.comp OUT.spv [NAME=VALUE ...]
#
# named: not optimised, with names, for reflection. small: optimised and stripped, for embedding.
# --new uses the compiler that RADIA_GLSLC names, for extensions that the distribution's glslc does not know yet; without
# RADIA_GLSLC it exits with status 3. Anything the compiler writes to standard error is a failure, warnings included.
set -euo pipefail

form=${1:?form: named or small}
shift
compiler=glslc
target=vulkan1.1
while [[ ${1:-} == --* ]]; do
    case $1 in
    --new)
        if [[ -z ${RADIA_GLSLC:-} ]]; then
            echo "glslc.sh: this variant needs a newer glslc: set RADIA_GLSLC to one that knows its extensions" >&2
            exit 3
        fi
        compiler=$RADIA_GLSLC
        ;;
    --target)
        target=${2:?target environment}
        shift
        ;;
    *)
        echo "glslc.sh: unknown option $1" >&2
        exit 2
        ;;
    esac
    shift
done
in=${1:?input file}
out=${2:?output file}
shift 2

case $form in
named) flags=(-O0) ;;
small) flags=(-O) ;;
*)
    echo "glslc.sh: unknown form $form" >&2
    exit 2
    ;;
esac
if ! command -v "$compiler" >/dev/null; then
    echo "glslc.sh: $compiler is not installed (Debian and Ubuntu: apt-get install glslc)" >&2
    exit 2
fi
for define in "$@"; do
    flags+=("-D$define")
done

if ! messages=$("$compiler" "--target-env=$target" -fshader-stage=compute "${flags[@]}" -o "$out" "$in" 2>&1); then
    echo "$messages" >&2
    exit 1
fi
if [[ -n $messages ]]; then
    rm -f "$out"
    echo "$messages" >&2
    exit 1
fi
