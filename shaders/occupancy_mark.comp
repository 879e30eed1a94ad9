#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/occupancy.glsl"
#include "lib/camera.glsl"

// Marks the cells that no camera sees with -1 and the others with 0. A camera sees a cell when one of its corners lies in
// front of it, projects into its image, and the ray of that image point comes back in the corner's direction.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count; // cells of this dispatch
    uint n_cameras;
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float density_grid[]; };

bool sees(Camera c, vec3 corner) {
    vec3 dir = corner - cameraPosition(c);
    float len = sqrt(dot(dir, dir));
    if (len == 0.0) return false;
    dir /= len;
    if (dot(dir, cameraForward(c)) < 1e-4) return false;
    vec2 uv;
    if (!cameraProject(c, corner, uv)) return false;
    if (!(uv.x > 0.0 && uv.y > 0.0 && uv.x < 1.0 && uv.y < 1.0)) return false;
    if (c.lens == LENS_ORTHOGRAPHIC) return true;
    vec3 o, d;
    float unused;
    if (!cameraRay(c, uv, o, d, unused)) return false;
    d -= dir;
    return dot(d, d) < 1e-6;
}

void main() {
    uint at = flatIndex();
    if (at >= count) return;
    uint index = first + at;
    uint c = index / GRID_CELLS;
    float edge = power2(int(c)) / 128.0;
    vec3 low = (vec3(unmorton3(index % GRID_CELLS)) - 64.0) * edge + 0.5;
    bool seen = false;
    for (uint k = 0u; k < n_cameras && !seen; k++) {
        Camera camera = cameras[k];
        seen = cameraSeesAll(camera);
        for (uint j = 0u; j < 8u && !seen; j++) {
            seen = sees(camera, low + edge * vec3(float(j & 1u), float(j >> 1 & 1u), float(j >> 2)));
        }
    }
    density_grid[index] = seen ? 0.0 : -1.0;
}
