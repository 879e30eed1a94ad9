// Real spherical harmonics of a direction given as d01 = (d+1)/2, with the Condon-Shortley sign; not normalised again.
// Output l*l+l+m holds K Q(z) A(x,y): Q the m-th derivative of the Legendre polynomial l, A the real (m >= 0) or
// imaginary (m < 0) part of (x+iy)^|m|.
#ifndef RADIA_SPHERICAL_HARMONICS
#define RADIA_SPHERICAL_HARMONICS

// Degrees 0..3, 16 values.
void shEncode4(vec3 d01, out float o[16]) {
    vec3 d = 2.0 * d01 - 1.0;
    float x = d.x, y = d.y, z = d.z;
    float xx = x * x, yy = y * y, zz = z * z;
    o[0] = 0.28209479177387814;
    o[1] = -0.48860251190291987 * y;
    o[2] = 0.48860251190291987 * z;
    o[3] = -0.48860251190291987 * x;
    o[4] = 1.0925484305920792 * (x * y);
    o[5] = -1.0925484305920792 * (y * z);
    o[6] = 0.94617469575755997 * zz - 0.31539156525251999;
    o[7] = -1.0925484305920792 * (x * z);
    o[8] = 0.54627421529603959 * (xx - yy);
    o[9] = 0.59004358992664352 * (y * (yy - 3.0 * xx));
    o[10] = 2.8906114426405538 * (x * y * z);
    o[11] = 0.45704579946446572 * (y * (1.0 - 5.0 * zz));
    o[12] = 0.3731763325901154 * (z * (5.0 * zz - 3.0));
    o[13] = 0.45704579946446572 * (x * (1.0 - 5.0 * zz));
    o[14] = 1.4453057213202769 * (z * (xx - yy));
    o[15] = 0.59004358992664352 * (x * (3.0 * yy - xx));
}

#ifdef ENC_INTERFACE
// K of order m of degree l at l(l+1)/2 + m: (-1)^m sqrt((2l+1)/(4 pi) (l-m)!/(l+m)!), times sqrt 2 for m > 0.
const float SH_K[36] = float[36](
    0.282094792,
    0.488602512, -0.488602512,
    0.630783131, -0.36418281, 0.182091405,
    0.746352665, -0.3046972, 0.0963537148, -0.0393362393,
    0.846284375, -0.267618617, 0.0630783131, -0.0168583883, 0.00596034034,
    0.93560258, -0.241571547, 0.0456527313, -0.00931882475, 0.00219646806, -0.000694584187,
    1.01710724, -0.221950995, 0.0350935337, -0.00584892228, 0.00106786222, -0.000227668991, 6.57223766e-05,
    1.09254843, -0.206472246, 0.0280973138, -0.00397356023, 0.000599036743, -9.98394572e-05, 1.95801285e-05, -5.23300945e-06);

// Q_l from the two before it: (l-m) Q_l = (2l-1) z Q_(l-1) - (l+m-1) Q_(l-2), from Q_m = (2m-1)!!.
void sphericalHarmonicsForward() {
    vec3 d01 = vec3(encIn(0u), encIn(1u), encIn(2u));
    if (P0 <= 4u) {
        float o[16];
        shEncode4(d01, o);
        for (uint k = 0u; k < P0 * P0; k++) encOut(k, o[k]);
        return;
    }
    vec3 d = 2.0 * d01 - 1.0;
    float re = 1.0, im = 0.0, first = 1.0;
    for (uint m = 0u; m < P0; m++) {
        float q1 = 0.0, q = first;
        for (uint l = m; l < P0; l++) {
            if (l > m) {
                float next = (float(2u * l - 1u) * (d.z * q) - float(l + m - 1u) * q1) / float(l - m);
                q1 = q;
                q = next;
            }
            float k = SH_K[l * (l + 1u) / 2u + m] * q;
            encOut(l * l + l + m, k * re);
            if (m > 0u) encOut(l * l + l - m, k * im);
        }
        first *= float(2u * m + 1u);
        float r = d.x * re - d.y * im;
        im = d.x * im + d.y * re;
        re = r;
    }
}

void sphericalHarmonicsBackward() {
    vec3 d = 2.0 * vec3(encIn(0u), encIn(1u), encIn(2u)) - 1.0;
    vec3 sum = vec3(0.0);
    float re = 1.0, im = 0.0, reBefore = 0.0, imBefore = 0.0, first = 1.0;
    for (uint m = 0u; m < P0; m++) {
        float q1 = 0.0, q = first, s1 = 0.0, s = 0.0; // s is the derivative of q by z
        for (uint l = m; l < P0; l++) {
            if (l > m) {
                float a = float(2u * l - 1u), b = float(l + m - 1u), c = float(l - m);
                float next = (a * (d.z * q) - b * q1) / c;
                float slope = (a * (q + d.z * s) - b * s1) / c;
                q1 = q;
                q = next;
                s1 = s;
                s = slope;
            }
            float k = SH_K[l * (l + 1u) / 2u + m];
            float cosine = k * encGrad(l * l + l + m);
            float sine = m > 0u ? k * encGrad(l * l + l - m) : 0.0;
            float n = float(m) * q;
            sum.x += n * (cosine * reBefore + sine * imBefore);
            sum.y += n * (sine * reBefore - cosine * imBefore);
            sum.z += s * (cosine * re + sine * im);
        }
        first *= float(2u * m + 1u);
        reBefore = re;
        imBefore = im;
        re = d.x * reBefore - d.y * imBefore;
        im = d.x * imBefore + d.y * reBefore;
    }
    for (uint a = 0u; a < 3u; a++) encDin(a, 2.0 * sum[a]);
}
#endif

#endif
