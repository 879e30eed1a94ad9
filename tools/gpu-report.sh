#!/usr/bin/env bash
# Everything that docs/performance.md wants to know of a GPU, in one command: the devices, the whole conformance suite, the fused
# kernels beside the device's ceilings, a training, its frames by every pipeline, and fusion.
#
#   make gpu-report OUT=DIR        builds what is needed, then runs this
#   tools/gpu-report.sh DIR [STEP...]
#
# It needs no Go, only what `make gpu-report-build` puts into bin: build where there is a compiler, carry bin and run
# where there is a GPU. Steps, in this order: devices conformance kernels train nerf fusion. Each writes DIR/STEP.txt, and a step
# that fails does not keep the others from running; the last line names those that did, and the status says so.
#
#   GPU_DEVICE   which device, as --device vulkan:NAME takes it; default the best GPU
#   GPU_DATA     scene to train on; default lego_400 in shared/data or ../shared/data
#   GPU_SMALL=1  sizes for a software driver, to try the script
#   GPU_LIMIT    seconds of a step; default 540
set -uo pipefail
cd "$(dirname "$0")/.."

out=${1:?folder for the results}
shift
mkdir -p "$out"
out=$(cd "$out" && pwd)
bin=$PWD/bin
steps=("$@")
[[ ${#steps[@]} -gt 0 ]] || steps=(devices conformance kernels train nerf fusion)

# A machine with a driver but without the loader: make gpu-report-build copied one beside the programs.
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' && [[ -e $bin/lib/libvulkan.so.1 ]]; then
    export LD_LIBRARY_PATH=$bin/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
# A container may have NVIDIA's libraries without the file that names them to the loader.
if [[ -z ${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-} ]] &&
    ! compgen -G '/usr/share/vulkan/icd.d/nvidia*.json' >/dev/null && ! compgen -G '/etc/vulkan/icd.d/nvidia*.json' >/dev/null; then
    for library in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
        if ldconfig -p 2>/dev/null | grep -q "$library"; then
            echo '{"file_format_version": "1.0.1", "ICD": {"library_path": "'"$library"'", "api_version": "1.3.0"}}' >"$out/icd.json"
            export VK_DRIVER_FILES=$out/icd.json VK_ICD_FILENAMES=$out/icd.json
            break
        fi
    done
fi

device=vulkan${GPU_DEVICE:+:$GPU_DEVICE}
data=${GPU_DATA:-}
for d in shared/data/nerf/lego_400 ../shared/data/nerf/lego_400; do
    [[ -n $data || ! -d $d ]] || data=$d
done
small=${GPU_SMALL:-0}
model=$out/model.ingp

devices() {
    if command -v nvidia-smi >/dev/null; then nvidia-smi; fi
    "$bin/radia" devices --kernels && "$bin/radia" devices --json >"$out/devices.json"
}

conformance() {
    local only=()
    [[ $small == 0 ]] || only=(-test.run 'TestCases/(scan|sum_slices)/')
    # From the package's folder, as go test would; every device, every variant.
    cd kernels/conformance && RADIA_REQUIRE=vulkan "$bin/conformance.test" -test.v -test.timeout "${GPU_LIMIT:-540}s" "${only[@]}" |
        grep -vE '^=== |^ +--- PASS'
}

kernels() {
    local args=(--json)
    [[ -z ${GPU_DEVICE:-} ]] || args+=(--device "$GPU_DEVICE")
    if [[ $small != 0 ]]; then
        [[ -n ${GPU_DEVICE:-} ]] || args+=(--device software)
        "$bin/bench-gpu" "${args[@]}" --presets small --tables f16 --points rays --log2 10 --variants portable --scale 1 --repeats 1
        return
    fi
    "$bin/bench-gpu" "${args[@]}" --presets ingp-2023,ngpc-2022 --kernels nerf_infer,nerf_density,nerf_backward --log2 18,22 --variants coop,packed,portable
}

train() {
    [[ -n $data ]] || { echo "no scene: set GPU_DATA"; return 1; }
    local flags=(--seconds 15) eval=()
    [[ $small == 0 ]] || flags=(--steps 20 --batch 1024 --downscale 8) eval=(--downscale 8)
    "$bin/radia" train "$data" -o "$model" --config "$([[ $small == 0 ]] && echo base || echo small)" "${flags[@]}" --device "$device" --save-every 0 --json &&
        "$bin/radia" eval "$model" "$data" --split test_every8 --device "$device" "${eval[@]}" --json
}

nerf() {
    local flags=(--train-time 10s)
    [[ $small == 0 ]] || flags=(--size 16x12 --frames 1 --train-time 1s --preset small)
    [[ -f $model ]] && flags+=(--model "$model")
    [[ -n $data && $small == 0 ]] && flags+=(--data "$data")
    "$bin/bench" nerf --device "$device" "${flags[@]}" --json || return
    # The mega-kernel takes cooperative matrices only where they are asked for by name.
    [[ $small != 0 ]] || "$bin/bench" nerf --device "$device" --model "$model" --pipeline fused,mega --variant coop --train-time 0s --json
}

fusion() {
    local flags=()
    [[ $small == 0 ]] || flags=(--size 16x12 --frames 1 --preset small)
    [[ -f $model ]] && flags+=(--model "$model")
    "$bin/bench" fusion --device "$device" "${flags[@]}" --json
}

failed=()
for step in "${steps[@]}"; do
    case $step in
    devices | conformance | kernels | train | nerf | fusion) ;;
    *)
        echo "gpu-report: no step $step: devices, conformance, kernels, train, nerf, fusion" >&2
        exit 2
        ;;
    esac
    echo "gpu-report: $step"
    start=$SECONDS
    # Each in a process of its own, so that one that hangs is ended.
    ("$step" >"$out/$step.txt" 2>&1) &
    pid=$!
    (sleep "${GPU_LIMIT:-540}" && pkill -P "$pid" && kill "$pid") 2>/dev/null &
    guard=$!
    wait "$pid"
    status=$?
    pkill -P "$guard" 2>/dev/null
    kill "$guard" 2>/dev/null
    wait "$guard" 2>/dev/null
    [[ $status == 0 ]] || failed+=("$step")
    echo "gpu-report: $step took $((SECONDS - start)) s, status $status"
    tail -n 12 "$out/$step.txt" | cut -c1-300
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "gpu-report: FAILED: ${failed[*]}"
    exit 1
fi
echo "gpu-report: all steps passed"
