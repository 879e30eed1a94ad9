#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_draw.glsl"
#include "lib/ray.glsl"

// The depth that each training ray should reach, as a distance along the ray; 0 where it is not known. Depth maps hold
// depth z along the optical axis, distance = z / cos(axis, ray); of lenses that see all around, the distance itself.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint image_base; // pixel of the depths buffer's first element
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float depths[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) readonly buffer B3 { Ray rays[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float ray_depths[]; };

void main() {
    uint i = flatIndex();
    uint n = state[STATE_RAYS];
    if (i >= n) return;
    Camera c = cameras[trainImage(i, n, n_images)];
    TrainDraw drawn = trainDraw(i, Pcg32(uvec2(state[STATE_RNG_LO], state[STATE_RNG_HI]), uvec2(state[STATE_INC_LO], state[STATE_INC_HI])));
    uvec2 at = trainPixel(c, drawn.uv);
    float z = depths[c.image - image_base + at.y * c.width + at.x];
    float cosine = cameraSeesAll(c) ? 1.0 : rays[i].cosine;
    ray_depths[i] = z > 0.0 && cosine > 1e-3 ? z / cosine : 0.0;
}
