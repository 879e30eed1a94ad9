// Group counts of an indirect dispatch: more than 65,535 groups wrap into the second dimension.
#ifndef RADIA_GROUPS
#define RADIA_GROUPS
uvec3 groupsFor(uint count, uint size) {
    uint groups = (count + size - 1u) / size;
    return uvec3(min(groups, 65535u), (groups + 65534u) / 65535u, 1u);
}
#endif
