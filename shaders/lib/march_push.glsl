layout(push_constant) uniform Push {
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box: lower corner and 1/size
    float cone, lambda, a, b, ta, tb;            // step law
    uint max_mip;                                // coarsest cascade in use
    uint max_samples;                            // of one ray
    uint capacity;                               // stride of the sample planes, and the most samples of a batch
};
