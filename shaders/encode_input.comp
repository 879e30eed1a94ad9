#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/encode_spec.glsl"

// dinputs[input_plane + d][i] = sum over outputs k of dfeatures[output_plane + k][i] * d(output k)/d(input d).
layout(set = 0, binding = 0) readonly buffer B0 { float inputs[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float dfeatures[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint counts[]; };
layout(set = 0, binding = 3) buffer B3 { float dinputs[]; };

uint encSample;

float encIn(uint d) { return inputs[(input_plane + d) * capacity + encSample]; }
void encOut(uint k, float value) {}
float encGrad(uint k) { return dfeatures[(output_plane + k) * capacity + encSample]; }
void encDin(uint d, float value) {
    uint at = (input_plane + d) * capacity + encSample;
    dinputs[at] = accumulate != 0u ? dinputs[at] + value : value;
}

#define ENC_INTERFACE
#include "enc/zz_all.glsl"

void main() {
    encSample = flatIndex();
    if (encSample >= min(counts[count_index], capacity)) return;
    encBackward();
}
