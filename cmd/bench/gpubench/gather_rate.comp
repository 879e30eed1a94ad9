#version 460
// Random loads of 8 bytes from a table, eight in flight: the ceiling of a grid encoding without locality.

layout(local_size_x = 256, local_size_x_id = 0) in;
layout(set = 0, binding = 0) readonly buffer B0 { uvec2 table[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { uint result[]; };
layout(push_constant) uniform Push {
    uint rounds;
    uint entries;
    uint never;
} push;

void main() {
    uint state = gl_GlobalInvocationID.x * 747796405u + 2891336453u;
    uvec2 sum = uvec2(0u);
    for (uint r = 0u; r < push.rounds; r++) {
        uvec2 v[8];
        for (uint k = 0u; k < 8u; k++) {
            state = state * 747796405u + 2891336453u;
            uint word = (state >> 15) ^ state;
            uint hi, lo;
            umulExtended(word * 277803737u, push.entries, hi, lo);
            v[k] = table[hi];
        }
        for (uint k = 0u; k < 8u; k++) sum += v[k];
    }
    if (push.never != 0u) result[gl_GlobalInvocationID.x] = sum.x ^ sum.y;
}
