// Group counts of an indirect dispatch: more than 65,535 groups, the most that every device runs along an axis, wrap into
// the second dimension. Of a size of 2 or more, no count that 32 bits hold needs more there than 32,769.
#ifndef RADIA_GROUPS
#define RADIA_GROUPS
uvec3 groupsFor(uint count, uint size) {
    uint groups = (count + size - 1u) / size;
    return uvec3(min(groups, 65535u), (groups + 65534u) / 65535u, 1u);
}
#endif
