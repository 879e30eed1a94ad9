// Written by `go test ./kernels/enc -run TestInclude -update` from the registry of kernels/enc.
#include "spherical_harmonics.glsl"
#include "frequency.glsl"
#include "triangle_wave.glsl"
#include "one_blob.glsl"
#include "identity.glsl"

void encForward() {
    switch (KIND) {
    case 0u: sphericalHarmonicsForward(); break;
    case 1u: frequencyForward(); break;
    case 2u: triangleWaveForward(); break;
    case 3u: oneBlobForward(); break;
    case 4u: identityForward(); break;
    }
}

void encBackward() {
    switch (KIND) {
    case 0u: sphericalHarmonicsBackward(); break;
    case 1u: frequencyBackward(); break;
    case 2u: triangleWaveBackward(); break;
    case 3u: oneBlobBackward(); break;
    case 4u: identityBackward(); break;
    }
}
