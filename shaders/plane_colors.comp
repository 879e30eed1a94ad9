#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/radiance.glsl"
#include "lib/view.glsl"

// The colours of the samples of plane_points, premultiplied, with delta the thickness of the sheet:
//   of a radiance field, whose colours are logistic or exponential   a = 1 - exp(-sigma delta), C = a c
//   of an opaque sheet, whose outputs are colours                    a = 1, C = clamp(c, 0, 1)
//   of a volume                                                      a = 1 - exp(-extinction max(density, 0) delta), C = a max(c, 0)
//   of a distance d                                                  a = 1, C = mix(side (0.75 + 0.25 cos(2 pi d / PLANE_SPACING)), 1, w)
// with side a colour for each sign of d and w = max(1 - |d| / PLANE_LINE, 0): bands of equal distance, the surface white.
// Twin: kernels/plane_colors.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count, capacity;
    uint colors;
    float extinction; // of a volume's density 1, per unit of length
};

const uint PLANE_RADIANCE = 0u;
const uint PLANE_HDR = 1u; // radiance with exponential colours
const uint PLANE_OPAQUE = 2u; // colours of an opaque sheet
const uint PLANE_VOLUME = 3u;
const uint PLANE_DISTANCE = 4u;

const float PLANE_SPACING = 0.03125; // between bands of equal distance
const float PLANE_LINE = 0.00390625; // half of the line's width where the distance is 0

vec3 distanceColor(float d) {
    vec3 side = d < 0.0 ? vec3(0.25, 0.5, 0.875) : vec3(0.875, 0.625, 0.25);
    float band = 0.75 + 0.25 * rCosPi(2.0 / PLANE_SPACING * d);
    float w = max(1.0 - abs(d) * (1.0 / PLANE_LINE), 0.0);
    return side * band * (1.0 - w) + w;
}

layout(set = 0, binding = 0) readonly buffer B0 { float samples[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float raw[]; };
layout(set = 0, binding = 2) buffer B2 { Pixel pixels[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    float thickness = samples[6u * capacity + i];
    Pixel p = pixels[i];
    float a = thickness > 0.0 ? 1.0 : 0.0;
    vec3 c;
    if (colors == PLANE_DISTANCE) {
        c = distanceColor(raw[i]);
    } else {
        c = vec3(raw[i], raw[capacity + i], raw[2u * capacity + i]);
        if (colors == PLANE_OPAQUE) {
            c = clamp(c, vec3(0.0), vec3(1.0));
        } else {
            float density = raw[3u * capacity + i];
            if (colors == PLANE_VOLUME) {
                c = max(c, vec3(0.0));
                density = extinction * max(density, 0.0);
            } else {
                c = vec3(colorOf(c.x, colors == PLANE_HDR), colorOf(c.y, colors == PLANE_HDR), colorOf(c.z, colors == PLANE_HDR));
                density = densityOf(density);
            }
            a = 1.0 - rExp(-density * thickness);
        }
    }
    p.r = a * c.x;
    p.g = a * c.y;
    p.b = a * c.z;
    p.a = a;
    pixels[i] = p;
}
