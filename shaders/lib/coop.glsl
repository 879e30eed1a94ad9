// Cooperative matrices (GL_KHR_cooperative_matrix): C = A*B + C by a whole subgroup, fp16 operands, fp32 sums.
// The plan of a dispatch fills the constants below with a shape of the device and the size that it pins subgroups to
// (gpu.SpecCoopM ...); rows and columns divide 16 and COOP_M divides SUBGROUP. Include this file before anything else.
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_control_flow_attributes : require
#pragma use_vulkan_memory_model

layout(constant_id = 100) const uint COOP_M = 16u;
layout(constant_id = 101) const uint COOP_N = 16u;
layout(constant_id = 102) const uint COOP_K = 16u;
layout(constant_id = 103) const uint SUBGROUP = 32u;
layout(constant_id = 104) const uint IN_STEP = 0u; // 1: a software driver, whose subgroup is one vector and needs no barrier of execution

#define CoopA coopmat<float16_t, gl_ScopeSubgroup, COOP_M, COOP_K, gl_MatrixUseA>
#define CoopB coopmat<float16_t, gl_ScopeSubgroup, COOP_K, COOP_N, gl_MatrixUseB>
#define CoopSum coopmat<float, gl_ScopeSubgroup, COOP_M, COOP_N, gl_MatrixUseAccumulator>
#define CoopHalf coopmat<float16_t, gl_ScopeSubgroup, COOP_M, COOP_N, gl_MatrixUseAccumulator>

#define HalfPair f16vec2
HalfPair halfPair(float x, float y) { return f16vec2(x, y); }
vec2 halfVec(HalfPair p) { return vec2(p); }

// What the fused kernels do with matrices; lib/packed.glsl has the same names for devices without. Matrices stand in
// arrays `buf` of pairs of halves, from pair `at` on, with `stride` pairs between rows (Rows) or columns (Cols).
const uint ROW_PAD = 8u; // halves behind a row of activations: rows start in different banks, at multiples of 16 bytes
uint coopGroup() { return gl_SubgroupID; }
uint coopLane() { return gl_SubgroupInvocationID; }
// lavapipe 26.1 takes a subgroup's barrier for one of the workgroup: where subgroups meet different numbers of them, all of the
// workgroup ends with the first that ends.
void coopSync() {
    if (IN_STEP == 0u) subgroupBarrier();
    else subgroupMemoryBarrierShared();
}
#define coopClear(c) c = CoopSum(0.0)
#define coopLoadRows(m, buf, at, stride) coopMatLoad(m, buf, at, stride, gl_CooperativeMatrixLayoutRowMajor)
#define coopLoadCols(m, buf, at, stride) coopMatLoad(m, buf, at, stride, gl_CooperativeMatrixLayoutColumnMajor)
// The right operand, which may be read as late as in coopAdd.
#define coopRightRows(m, buf, at, stride) coopLoadRows(m, buf, at, stride)
#define coopRightCols(m, buf, at, stride) coopLoadCols(m, buf, at, stride)
#define coopAddRows(c, a, b, buf) c = coopMatMulAdd(a, b, c)
#define coopAddCols(c, a, b, buf) c = coopMatMulAdd(a, b, c)
// Elements of a sum that this invocation has.
#define coopEach(i, c) for (uint i = 0u; i < c.length(); i++)
#define coopAt(c, i) c[i]
#define coopStoreHalf(c, buf, at, stride) coopMatStore(CoopHalf(c), buf, at, stride, gl_CooperativeMatrixLayoutRowMajor)
// A sum from halves; elements of one type of matrix correspond.
#define coopLoadSum(c, buf, at, stride) { CoopHalf h_; coopLoadRows(h_, buf, at, stride); c = CoopSum(h_); }
#define coopStoreFloat(c, buf, at, stride) coopMatStore(c, buf, at, stride, gl_CooperativeMatrixLayoutRowMajor)
// Pairs of elements side by side of which an invocation knows row and column: coopShare lays the sum out in the floats of
// `buf` from `at` on, COOP_SHARED of them for each subgroup, and pair i of this invocation is coopPair.
const uint COOP_SHARED = COOP_M * COOP_N;
const uint COOP_PAIRS = (COOP_SHARED / 2u + SUBGROUP - 1u) / SUBGROUP;
bool coopHasPair(uint i) { return i * SUBGROUP + coopLane() < COOP_SHARED / 2u; }
uint coopPairRow(uint i) { return (i * SUBGROUP + coopLane()) % COOP_M; }
uint coopPairCol(uint i) { return (i * SUBGROUP + coopLane()) / COOP_M * 2u; }
#define coopShare(c, buf, at) { \
    coopMatStore(c, buf, at, COOP_M, gl_CooperativeMatrixLayoutColumnMajor); \
    coopSync(); \
}
#define coopPair(c, i, buf, at) vec2(buf[(at) + coopPairCol(i) * COOP_M + coopPairRow(i)], buf[(at) + (coopPairCol(i) + 1u) * COOP_M + coopPairRow(i)])
