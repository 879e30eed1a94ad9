#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// The rate of reading rows of a table at unrelated places: invocation i reads rows (k·2654435761 mod 2^32) >> shift for
// k = i·steps … (i+1)·steps-1 and combines their words by exclusive or.
layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 3) const uint WORDS = 4; // words in a row: 2 or 4

layout(push_constant) uniform Push {
    uint count;
    uint steps;
    uint shift;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint rows[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { uint digests[]; };

const uint GOLDEN = 2654435761u;

uint row(uint place) {
    uint first = (place >> shift) * WORDS;
    uint word = rows[first] ^ rows[first + 1u];
    if (WORDS == 4u) {
        word ^= rows[first + 2u] ^ rows[first + 3u];
    }
    return word;
}

void main() {
    uint i = flatIndex();
    if (i >= count) {
        return;
    }
    uint place = i * steps * GOLDEN;
    uint digest = 0u;
    // Four rows a round, which are in flight together.
    for (uint s = 0u; s < steps / 4u; s++) {
        uint a = row(place);
        uint b = row(place + GOLDEN);
        uint c = row(place + 2u * GOLDEN);
        uint d = row(place + 3u * GOLDEN);
        digest ^= a ^ b ^ c ^ d;
        place += 4u * GOLDEN;
    }
    for (uint s = 0u; s < steps % 4u; s++) {
        digest ^= row(place);
        place += GOLDEN;
    }
    digests[i] = digest;
}
