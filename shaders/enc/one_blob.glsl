// OneBlob: output P0*d + b is the integral over bin b of [0,1] of a quartic kernel of half width 1/P0 around x_d and its
// images x_d-1 and x_d+1: C(right) - C(left), u = (edge - x) P0, C(u) = 1/2 + 15/16 (u - 2/3 u^3 + 1/5 u^5) on [-1,1].
float oneBlobCdf(float u) {
    u = clamp(u, -1.0, 1.0);
    float s = u * u;
    return 0.5 + 0.9375 * (u * (1.0 + s * (0.2 * s - 0.666666687)));
}

float oneBlobKernel(float u) {
    float s = max(1.0 - u * u, 0.0);
    return 0.9375 * (s * s);
}

void oneBlobForward() {
    float bins = float(P0);
    for (uint d = 0u; d < DIMS; d++) {
        float x = encIn(d);
        for (uint b = 0u; b < P0; b++) {
            float sum = 0.0;
            for (int image = -1; image <= 1; image++) {
                float u = float(b) - (x + float(image)) * bins;
                sum += oneBlobCdf(u + 1.0) - oneBlobCdf(u);
            }
            encOut(d * P0 + b, sum);
        }
    }
}

void oneBlobBackward() {
    float bins = float(P0);
    for (uint d = 0u; d < DIMS; d++) {
        float x = encIn(d), total = 0.0;
        for (uint b = 0u; b < P0; b++) {
            float sum = 0.0;
            for (int image = -1; image <= 1; image++) {
                float u = float(b) - (x + float(image)) * bins;
                sum += oneBlobKernel(u) - oneBlobKernel(u + 1.0);
            }
            total += encGrad(d * P0 + b) * (bins * sum);
        }
        encDin(d, total);
    }
}
