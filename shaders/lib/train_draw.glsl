// What a training ray draws: ray i has the draws 16i … 16i+15 of the step's sequence, so that every kernel of a step that
// looks at the ray draws the same. Image (i·n_images/n_rays) mod n_images.
#ifndef RADIA_TRAIN_DRAW
#define RADIA_TRAIN_DRAW
#include "pcg32.glsl"
#include "camera.glsl"

struct TrainDraw {
    vec2 uv;       // place on the picture
    float shutter; // time within the exposure
    float jitter;  // of the first sample, in steps
    vec3 back;     // background
};

// rng is the step's sequence at its beginning.
TrainDraw trainDraw(uint i, Pcg32 rng) {
    TrainDraw t;
    pcgAdvance(rng, uvec2(i << 4, i >> 28));
    t.uv.x = pcgFloat(rng);
    t.uv.y = pcgFloat(rng);
    t.shutter = pcgFloat(rng);
    t.jitter = pcgFloat(rng);
    t.back.x = pcgFloat(rng);
    t.back.y = pcgFloat(rng);
    t.back.z = pcgFloat(rng);
    return t;
}

uint trainImage(uint i, uint n_rays, uint n_images) { return mulDiv(i, n_images, n_rays) % n_images; }

// Column and row of the pixel that uv lies in.
uvec2 trainPixel(Camera c, vec2 uv) {
    return uvec2(min(uint(uv.x * float(c.width)), c.width - 1u), min(uint(uv.y * float(c.height)), c.height - 1u));
}
#endif
