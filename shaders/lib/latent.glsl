// What Adam keeps of one number of an image's latents.
#ifndef RADIA_LATENT
#define RADIA_LATENT
struct LatentAdam {
    uint iter;
    float m, v;
};
#endif
