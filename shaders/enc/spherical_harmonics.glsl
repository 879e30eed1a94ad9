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
#endif
