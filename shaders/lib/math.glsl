// Elementary functions from polynomials of our own, because Vulkan bounds the built-in ones only loosely. internal/math32
// holds the same statements in Go together with the derivation of every error bound. `precise` forbids contraction, so
// both give the same bits wherever they only add, multiply and floor.
#ifndef RADIA_MATH
#define RADIA_MATH

const float R_PI = 3.14159265358979;

// e^x, relative error below 2.1*2^-24; 0 where e^x < 2^-126, +Inf where x > 88.72283.
float rExp(float x) {
    precise float n = floor(x * 1.44269502 + 0.5);
    n = clamp(n, -127.0, 128.0);
    precise float r = x - n * 0.693145751953125;
    r = r - n * 1.428606765330187e-06;
    precise float p = 0.0013926184037700295;
    p = p * r + 0.008363178931176662;
    p = p * r + 0.041666556149721146;
    p = p * r + 0.16666576266288757;
    p = p * r + 0.5;
    p = p * (r * r) + r;
    p = p + 1.0;
    int k = int(n);
    int half_k = k >> 1;
    precise float s = p * uintBitsToFloat(uint(half_k + 127) << 23);
    s = s * uintBitsToFloat(uint(k - half_k + 127) << 23);
    if (x < -87.336544) s = 0.0;
    if (x > 88.72283) s = uintBitsToFloat(0x7f800000u);
    return s;
}

// ln x, relative error below 4*2^-24; -Inf for 0 and subnormal x, NaN for negative x, +Inf for +Inf.
float rLog(float x) {
    uint bits = floatBitsToUint(x);
    // Adding 2^23*(1 - 1/sqrt 2) moves the cut between two exponents from 1 to 1/sqrt 2.
    uint shifted = bits + (0x3f800000u - 0x3f3504f3u);
    int e = int(shifted >> 23) - 127;
    precise float f = uintBitsToFloat((shifted & 0x7fffffu) + 0x3f3504f3u) - 1.0;
    precise float p = -0.0790274366736412;
    p = p * f + 0.12622319161891937;
    p = p * f - 0.12998183071613312;
    p = p * f + 0.14214496314525604;
    p = p * f - 0.166412815451622;
    p = p * f + 0.20001044869422913;
    p = p * f - 0.25000306963920593;
    p = p * f + 0.3333333134651184;
    precise float z = f * f;
    precise float n = float(e);
    precise float y = p * (z * f);
    y = y + n * 1.428606765330187e-06;
    y = y - z * 0.5;
    y = y + f;
    y = y + n * 0.693145751953125;
    if (bits < 0x00800000u) y = uintBitsToFloat(0xff800000u);
    if (bits >= 0x7f800000u) y = bits == 0x7f800000u ? x : uintBitsToFloat(0x7fc00000u);
    if (bits == 0x80000000u) y = uintBitsToFloat(0xff800000u);
    return y;
}

// x^y for x >= 0, relative error below (2.1 + 5*|y ln x|)*2^-24; x^0 = 1; 0^y is 0 for y > 0 and +Inf for y < 0.
float rPow(float x, float y) {
    if (y == 0.0) return 1.0;
    precise float p = y * rLog(x);
    return rExp(p);
}

// The quadrant of 2x and the remainder r = x - k/2 in [-1/4, 1/4]; the subtraction is exact.
void rQuadrant(float x, out int quadrant, out float r) {
    precise float k = 2.0 * x;
    if (abs(x) < 4194304.0) k = floor(k + 0.5);
    precise float rest = x - k * 0.5;
    r = rest;
    precise float q = k - 4.0 * floor(k * 0.25);
    quadrant = int(q);
}

float rSinPoly(float r) {
    precise float z = r * r;
    precise float p = -0.5890750885009766;
    p = p * z + 2.549767017364502;
    p = p * z - 5.167707920074463;
    p = p * z + 3.1415927410125732;
    p = p * r;
    return p;
}

float rCosPoly(float r) {
    precise float z = r * r;
    precise float p = 0.2313287854194641;
    p = p * z - 1.335044503211975;
    p = p * z + 4.058707237243652;
    p = p * z - 4.934802055358887;
    p = p * z + 1.0;
    return p;
}

// sin(pi x), relative error below 4*2^-24.
float rSinPi(float x) {
    int q;
    float r;
    rQuadrant(x, q, r);
    float v = (q & 1) == 0 ? rSinPoly(r) : rCosPoly(r);
    return q >= 2 ? -v : v;
}

// cos(pi x), relative error below 4*2^-24.
float rCosPi(float x) {
    int q;
    float r;
    rQuadrant(x, q, r);
    float v = (q & 1) == 0 ? rCosPoly(r) : rSinPoly(r);
    return q == 1 || q == 2 ? -v : v;
}

// 1/(1 + e^-x), relative error below 13*2^-24 with a division of 2.5 ulp, as Vulkan allows.
float rSigmoid(float x) {
    precise float e = rExp(-abs(x));
    precise float d = 1.0 / (1.0 + e);
    precise float low = e * d;
    return x >= 0.0 ? d : low;
}

// The built-in square root; Vulkan's bound is that of 1/inversesqrt(x), about 5 ulp.
float rSqrt(float x) { return sqrt(x); }

#endif
