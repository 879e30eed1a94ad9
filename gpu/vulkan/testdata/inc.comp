#version 450
// x[i] += step, one invocation per element of the bound range
layout(local_size_x = 64) in;
layout(constant_id = 3) const uint STEP = 1;
layout(std430, set = 0, binding = 0) buffer X { uint x[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < x.length()) x[i] += STEP;
}
