#version 450
// Every member of a structure of 4-byte scalars gets a number of its own, so that its place can be seen from the host.
layout(local_size_x = 1) in;
struct Item { uint id; float weight; int sign; float position[3]; uint cell[2]; float last; };
layout(std430, set = 0, binding = 0) writeonly buffer Items { Item items[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    float f = float(100 * i);
    items[i].id = 100 * i;
    items[i].weight = f + 1.0;
    items[i].sign = -int(100 * i + 2);
    for (int k = 0; k < 3; k++) items[i].position[k] = f + 3.0 + float(k);
    items[i].cell[0] = 100 * i + 6;
    items[i].cell[1] = 100 * i + 7;
    items[i].last = f + 8.0;
}
