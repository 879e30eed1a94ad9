// Flat index of an invocation. More than 65,535 workgroups wrap into the second dimension, so the index runs along x
// first; the last row may be partly beyond the count, and every kernel compares flatIndex() with its count.
#ifndef RADIA_INDEX
#define RADIA_INDEX
uint flatIndex() {
    return gl_GlobalInvocationID.x + gl_GlobalInvocationID.y * gl_NumWorkGroups.x * gl_WorkGroupSize.x;
}
#endif
