#ifndef RADIA_VIEW
#define RADIA_VIEW
// What a frame shows besides its camera.
struct View {
    float lo_x, lo_y, lo_z, hi_x, hi_y, hi_z; // render box in its own axes
    float b00, b01, b02, b10, b11, b12, b20, b21, b22; // world to the box's axes
    float near;     // distance from the lens at which rays begin
    float aperture; // radius of the lens, 0 for a pinhole
    float focus;    // distance of the plane in focus
    uint spp;       // index of this sample per pixel
    uint snap;      // rays through pixel centres
};

// A ray of a frame as far as it is composited.
struct Pixel {
    float r, g, b, a; // premultiplied, as the network encodes colour
    float depth;      // of the sample with the largest weight
    float weight;     // that weight
    float cost;       // samples taken
};
#endif
