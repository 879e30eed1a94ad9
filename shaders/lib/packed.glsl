// The operations of lib/coop.glsl for devices without cooperative matrices: packed fp16 operands, fp32 sums, by SUBGROUP
// consecutive invocations, which need not be a subgroup of the device. Each has a part of one row of a sum, and reads that row
// of the left operand into registers; the right operand is read where it stands, by all invocations alike, so it must
// not change before the product. Where SUBGROUP = COOP_M an invocation has whole rows and need not wait for others;
// where it is more, a workgroup must be one group of SUBGROUP. COOP_M <= SUBGROUP <= COOP_M*COOP_N/2.
// Halves stand in 32-bit words, so that this needs no feature. Include this file before anything else.
#extension GL_EXT_control_flow_attributes : require

layout(constant_id = 100) const uint COOP_M = 16u;
layout(constant_id = 101) const uint COOP_N = 8u;
layout(constant_id = 102) const uint COOP_K = 16u;
layout(constant_id = 103) const uint SUBGROUP = 16u;

#define HalfPair uint
HalfPair halfPair(float x, float y) { return packHalf2x16(vec2(x, y)); }
vec2 halfVec(HalfPair p) { return unpackHalf2x16(p); }

const uint COOP_PER = COOP_M * COOP_N / SUBGROUP; // elements of an invocation
const uint COOP_PARTS = SUBGROUP / COOP_M;        // invocations of a row

const uint ROW_PAD = 2u; // halves behind a row of activations: invocations read rows of their own, from different banks
uint coopGroup() { return gl_LocalInvocationIndex / SUBGROUP; }
uint coopLane() { return gl_LocalInvocationIndex % SUBGROUP; }
uint coopRow() { return coopLane() / COOP_PARTS; }
uint coopCol() { return coopLane() % COOP_PARTS * COOP_PER; }
void coopSync() {
    if (COOP_PARTS != 1u) barrier();
}

struct CoopA { HalfPair v[COOP_K / 2u]; };
struct CoopB { uint at, stride; };
struct CoopSum { float v[COOP_PER]; };

#define coopClear(c) [[unroll]] for (uint i_ = 0u; i_ < COOP_PER; i_++) c.v[i_] = 0.0
#define coopLoadRows(m, buf, at, stride) { \
    uint p_ = (at) + coopRow() * (stride); \
    [[unroll]] for (uint j_ = 0u; j_ < COOP_K / 2u; j_++) m.v[j_] = buf[p_ + j_]; \
}
#define coopLoadCols(m, buf, at, stride) { \
    uint p_ = (at) + coopRow() / 2u; \
    bool odd_ = (coopRow() & 1u) != 0u; \
    [[unroll]] for (uint j_ = 0u; j_ < COOP_K / 2u; j_++) { \
        uint x_ = buf[p_ + 2u * j_ * (stride)], y_ = buf[p_ + (2u * j_ + 1u) * (stride)]; \
        m.v[j_] = odd_ ? x_ >> 16 | y_ & 0xffff0000u : x_ & 0xffffu | y_ << 16; \
    } \
}
#define coopRightRows(m, buf, at_, stride_) m = CoopB(at_, stride_)
#define coopRightCols(m, buf, at_, stride_) m = CoopB(at_, stride_)
#define coopAddRows(c, a, b, buf) { \
    uint p_ = b.at + coopCol() / 2u; \
    [[unroll]] for (uint j_ = 0u; j_ < COOP_K / 2u; j_++) { \
        vec2 a_ = halfVec(a.v[j_]); \
        [[unroll]] for (uint i_ = 0u; i_ < COOP_PER / 2u; i_++) { \
            vec2 x_ = halfVec(buf[p_ + 2u * j_ * b.stride + i_]), y_ = halfVec(buf[p_ + (2u * j_ + 1u) * b.stride + i_]); \
            c.v[2u * i_] += a_.x * x_.x; \
            c.v[2u * i_] += a_.y * y_.x; \
            c.v[2u * i_ + 1u] += a_.x * x_.y; \
            c.v[2u * i_ + 1u] += a_.y * y_.y; \
        } \
    } \
}
#define coopAddCols(c, a, b, buf) { \
    [[unroll]] for (uint i_ = 0u; i_ < COOP_PER; i_++) { \
        uint p_ = b.at + (coopCol() + i_) * b.stride; \
        [[unroll]] for (uint j_ = 0u; j_ < COOP_K / 2u; j_++) { \
            vec2 a_ = halfVec(a.v[j_]), w_ = halfVec(buf[p_ + j_]); \
            c.v[i_] += a_.x * w_.x; \
            c.v[i_] += a_.y * w_.y; \
        } \
    } \
}
#define coopEach(i, c) [[unroll]] for (uint i = 0u; i < COOP_PER; i++)
#define coopAt(c, i) c.v[i]
#define coopStoreHalf(c, buf, at, stride) { \
    uint p_ = (at) + coopRow() * (stride) + coopCol() / 2u; \
    [[unroll]] for (uint i_ = 0u; i_ < COOP_PER / 2u; i_++) buf[p_ + i_] = halfPair(c.v[2u * i_], c.v[2u * i_ + 1u]); \
}
#define coopLoadSum(c, buf, at, stride) { \
    uint p_ = (at) + coopRow() * (stride) + coopCol() / 2u; \
    [[unroll]] for (uint i_ = 0u; i_ < COOP_PER / 2u; i_++) { \
        vec2 x_ = halfVec(buf[p_ + i_]); \
        c.v[2u * i_] = x_.x; \
        c.v[2u * i_ + 1u] = x_.y; \
    } \
}
#define coopStoreFloat(c, buf, at, stride) { \
    uint p_ = (at) + coopRow() * (stride) + coopCol(); \
    [[unroll]] for (uint i_ = 0u; i_ < COOP_PER; i_++) buf[p_ + i_] = c.v[i_]; \
}
// Here an invocation has the elements of its own part of a row.
const uint COOP_SHARED = 0u;
const uint COOP_PAIRS = COOP_PER / 2u;
bool coopHasPair(uint i) { return true; }
uint coopPairRow(uint i) { return coopRow(); }
uint coopPairCol(uint i) { return coopCol() + 2u * i; }
#define coopShare(c, buf, at)
#define coopPair(c, i, buf, at) vec2(c.v[2u * (i)], c.v[2u * (i) + 1u])
