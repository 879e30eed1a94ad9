#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/encode_spec.glsl"

// features[output_plane + k][i] = output k of the encoding KIND of inputs[input_plane .. +DIMS][i], for i below
// counts[count_index].
layout(set = 0, binding = 0) readonly buffer B0 { float inputs[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint counts[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float features[]; };

uint encSample;

float encIn(uint d) { return inputs[(input_plane + d) * capacity + encSample]; }
void encOut(uint k, float value) { features[(output_plane + k) * capacity + encSample] = value; }
float encGrad(uint k) { return 0.0; }
void encDin(uint d, float value) {}

#define ENC_INTERFACE
#include "enc/zz_all.glsl"

void main() {
    encSample = flatIndex();
    if (encSample >= min(counts[count_index], capacity)) return;
    encForward();
}
