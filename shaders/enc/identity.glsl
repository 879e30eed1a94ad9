// Identity: output d = scale x_d + offset; P0 and P1 hold the bits of scale and offset.
void identityForward() {
    for (uint d = 0u; d < DIMS; d++) encOut(d, uintBitsToFloat(P0) * encIn(d) + uintBitsToFloat(P1));
}

void identityBackward() {
    for (uint d = 0u; d < DIMS; d++) encDin(d, uintBitsToFloat(P0) * encGrad(d));
}
