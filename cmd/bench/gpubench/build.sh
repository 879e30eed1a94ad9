#!/usr/bin/env bash
# Compiles the ceilings. RADIA_GLSLC names a glslc that knows GL_KHR_cooperative_matrix.
set -euo pipefail
cd "$(dirname "$0")"
../../../tools/glslc.sh named gather_rate.comp gather_rate.spv
../../../tools/glslc.sh named --new --target vulkan1.2 matrix_peak.comp matrix_peak.spv
