// Each workgroup of 128, the most that every Vulkan device runs, owns a block of 1,024 consecutive values, eight to an
// invocation.
#ifndef RADIA_SCAN_BLOCK
#define RADIA_SCAN_BLOCK
const uint SCAN_GROUP = 128u;
const uint SCAN_OWN = 8u;
const uint SCAN_BLOCK = SCAN_GROUP * SCAN_OWN;
shared uint scanShared[SCAN_GROUP];

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
