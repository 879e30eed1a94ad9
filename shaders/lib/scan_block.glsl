// Each workgroup of 256 owns a block of 1,024 consecutive values, four to an invocation.
#ifndef RADIA_SCAN_BLOCK
#define RADIA_SCAN_BLOCK
const uint SCAN_GROUP = 256u;
const uint SCAN_BLOCK = 1024u;
shared uint scanShared[256];

// Sum of the workgroup's values, known to every invocation.
uint scanReduce(uint v) {
    uint local = gl_LocalInvocationID.x;
    barrier();
    scanShared[local] = v;
    barrier();
    for (uint half_ = SCAN_GROUP / 2u; half_ > 0u; half_ >>= 1) {
        if (local < half_) scanShared[local] += scanShared[local + half_];
        barrier();
    }
    return scanShared[0];
}
#endif
