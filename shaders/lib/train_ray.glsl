#ifndef RADIA_TRAIN_RAY
#define RADIA_TRAIN_RAY
// A ray's result between composite_train and composite_grad.
struct RayResult {
    float r, g, b;       // composited colour, with the background where the ray was not terminated
    float transmittance; // left behind the last composited sample
    float loss;          // mean over the channels, not divided by the number of rays
};

// A ray's supervision.
struct Target {
    float r, g, b;    // colour to reach
    float br, bg, bb; // background behind it, in the same encoding
};
#endif
