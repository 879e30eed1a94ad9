// TriangleWave: output P0*d + k = 4 |v - floor(v) - 1/2| - 1 with v = x_d 2^(k-1) + k/4, k < P0.
void triangleWaveForward() {
    for (uint d = 0u; d < DIMS; d++) {
        float x = 0.5 * encIn(d);
        for (uint k = 0u; k < P0; k++) {
            float v = x + 0.25 * float(k);
            encOut(d * P0 + k, 4.0 * abs(v - floor(v) - 0.5) - 1.0);
            x *= 2.0;
        }
    }
}

// The slope of |t| at t = 0 is taken as +1.
void triangleWaveBackward() {
    for (uint d = 0u; d < DIMS; d++) {
        float x = 0.5 * encIn(d), slope = 2.0, sum = 0.0;
        for (uint k = 0u; k < P0; k++) {
            float v = x + 0.25 * float(k);
            sum += encGrad(d * P0 + k) * (v - floor(v) >= 0.5 ? slope : -slope);
            x *= 2.0;
            slope *= 2.0;
        }
        encDin(d, sum);
    }
}
