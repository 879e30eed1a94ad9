// Frequency: output 2*P0*d + k = sin(pi 2^(k/2) x_d + (k mod 2) pi/2), k < 2 P0, k/2 rounded down.
void frequencyForward() {
    for (uint d = 0u; d < DIMS; d++) {
        float x = encIn(d);
        for (uint j = 0u; j < P0; j++) {
            encOut(2u * (d * P0 + j), rSinPi(x));
            encOut(2u * (d * P0 + j) + 1u, rCosPi(x));
            x *= 2.0;
        }
    }
}

void frequencyBackward() {
    for (uint d = 0u; d < DIMS; d++) {
        float x = encIn(d), slope = R_PI, sum = 0.0;
        for (uint j = 0u; j < P0; j++) {
            uint k = 2u * (d * P0 + j);
            sum += slope * (encGrad(k) * rCosPi(x) - encGrad(k + 1u) * rSinPi(x));
            x *= 2.0;
            slope *= 2.0;
        }
        encDin(d, sum);
    }
}
