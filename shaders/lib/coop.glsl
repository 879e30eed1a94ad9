// Cooperative matrices (GL_KHR_cooperative_matrix): C = A*B + C by a whole subgroup, fp16 operands, fp32 sums.
// The device fills the constants below with a shape of its own and with the size that it pins subgroups to
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

#define CoopA coopmat<float16_t, gl_ScopeSubgroup, COOP_M, COOP_K, gl_MatrixUseA>
#define CoopB coopmat<float16_t, gl_ScopeSubgroup, COOP_K, COOP_N, gl_MatrixUseB>
#define CoopSum coopmat<float, gl_ScopeSubgroup, COOP_M, COOP_N, gl_MatrixUseAccumulator>
#define CoopHalf coopmat<float16_t, gl_ScopeSubgroup, COOP_M, COOP_N, gl_MatrixUseAccumulator>
