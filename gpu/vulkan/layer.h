// The C layer: everything of Vulkan that takes structures. Go passes numbers, handles and flat arrays; the structures
// are built, used and dropped inside one call, so the garbage collector never sees them.
#ifndef RADIA_LAYER_H
#define RADIA_LAYER_H

#include "vkapi.h"

// Extension structures that a device understands; they may be chained only then.
enum {
    RVK_HAS_FLOAT16 = 1, // VkPhysicalDeviceShaderFloat16Int8Features
    RVK_HAS_MEMORY_MODEL = 2,
    RVK_HAS_SCALAR = 4,
    RVK_HAS_SUBGROUP_SIZE = 8,
    RVK_HAS_ATOMIC_FLOAT = 16,
    RVK_HAS_COOP = 32,
    RVK_HAS_DRIVER = 64,
    RVK_HAS_BUDGET = 128,
    RVK_HAS_NV_SM = 256,
    RVK_HAS_AMD_CORE = 512,
};

// Features that are asked for and enabled.
enum {
    RVK_FLOAT16 = 1,
    RVK_STORAGE16 = 2,
    RVK_ATOMIC_FLOAT = 4,
    RVK_SCALAR = 8,
    RVK_MEMORY_MODEL = 16,
    RVK_SUBGROUP_SIZE = 32, // subgroupSizeControl and computeFullSubgroups
    RVK_COOP = 64,
    RVK_MEMORY_MODEL_DEVICE = 128, // vulkanMemoryModelDeviceScope, which cooperative matrix shaders may declare
};

enum { RVK_MAX_SHAPES = 64 };

typedef struct {
    uint32_t features; // RVK_FLOAT16 ...
    uint32_t subgroupSize, subgroupStages, subgroupOps;
    uint32_t minSubgroup, maxSubgroup, requiredStages;
    uint32_t computeUnits;
    uint64_t maxAllocation;
    uint8_t deviceUUID[16], driverUUID[16];
    uint32_t driverID;
    char driverName[256], driverInfo[256];
    uint32_t shapes, shape[RVK_MAX_SHAPES][4]; // M, N, K, 1 when the accumulator is float32
} rvk_caps;

// Queue family as the selection sees it.
typedef struct { uint32_t flags, count, timestampBits; } rvk_family;

// Validation messages, gathered by a callback that may run on any thread.
typedef struct rvk_log rvk_log;

// Lists of names are separated by NUL. rvk_load opens the first library there is and returns its vkGetInstanceProcAddr.
void *rvk_load(const char *names, uint32_t n, char *err, size_t size);
uint32_t rvk_instance_version(void *loader);
int rvk_has_layer(void *loader, const char *name);
int rvk_has_instance_extension(void *loader, const char *layer, const char *name);
VkResult rvk_create_instance(void *loader, uint32_t api, uint32_t flags, const char *layers, uint32_t nlayers,
                             const char *extensions, uint32_t nextensions, rvk_log *log, int sync, void **instance);
int rvk_log_attach(rvk_log *log, void *loader, void *instance);
void rvk_log_detach(rvk_log *log, void *loader, void *instance);
rvk_log *rvk_log_new(int warnings); // whether it takes warnings besides errors
void rvk_log_free(rvk_log *log);
// rvk_log_take copies the first messages out, newline-separated, empties the log and returns how many there were.
uint32_t rvk_log_take(rvk_log *log, char *out, size_t size);

void rvk_query(void *loader, void *instance, void *physical, uint32_t has, rvk_caps *caps);
void rvk_budget(void *loader, void *instance, void *physical, uint64_t budget[16], uint64_t usage[16]);
uint32_t rvk_families(void *loader, void *instance, void *physical, rvk_family *out, uint32_t max);
// rvk_extensions returns a malloc'ed NUL-separated list of the device's extensions, ended by an empty name.
char *rvk_extensions(void *loader, void *instance, void *physical);

typedef struct rvk_device rvk_device;

VkResult rvk_open(void *loader, void *instance, void *physical, uint32_t family, uint32_t features,
                  const char *extensions, uint32_t nextensions, int naming, rvk_device **out);
void rvk_close(rvk_device *d); // pools only; the VkDevice itself is destroyed by the caller
void *rvk_device_handle(rvk_device *d);
void *rvk_queue_handle(rvk_device *d);
VkResult rvk_wait_idle(rvk_device *d);

VkResult rvk_buffer(rvk_device *d, uint64_t size, uint32_t usage, const char *name, uint64_t *buffer,
                    uint64_t *need, uint64_t *align, uint32_t *types);
VkResult rvk_allocate(rvk_device *d, uint64_t size, uint32_t type, uint64_t dedicated, int map, uint64_t *memory, void **ptr);
VkResult rvk_bind(rvk_device *d, uint64_t buffer, uint64_t memory, uint64_t offset);
void rvk_destroy_buffer(rvk_device *d, uint64_t buffer);
void rvk_free(rvk_device *d, uint64_t memory);

VkResult rvk_set_layout(rvk_device *d, uint32_t bindings, uint64_t *layout);
VkResult rvk_pipeline_layout(rvk_device *d, uint64_t setLayout, uint32_t push, uint64_t *layout);
VkResult rvk_cache(rvk_device *d, const void *data, size_t size, uint64_t *cache);
VkResult rvk_cache_data(rvk_device *d, uint64_t cache, void *data, size_t *size);
VkResult rvk_pipeline(rvk_device *d, uint64_t cache, uint64_t layout, const void *code, size_t size, const uint32_t *ids,
                      const uint32_t *values, uint32_t nspec, uint32_t subgroup, int full, const char *name, uint64_t *pipeline);
void rvk_destroy_pipeline(rvk_device *d, uint64_t pipeline);
void rvk_destroy_pipeline_layout(rvk_device *d, uint64_t layout);
void rvk_destroy_set_layout(rvk_device *d, uint64_t layout);
void rvk_destroy_cache(rvk_device *d, uint64_t cache);

VkResult rvk_descriptor_pool(rvk_device *d, uint32_t sets, uint32_t descriptors, uint64_t *pool);
void rvk_destroy_descriptor_pool(rvk_device *d, uint64_t pool);
VkResult rvk_query_pool(rvk_device *d, uint32_t count, uint64_t *pool);
void rvk_destroy_query_pool(rvk_device *d, uint64_t pool);
VkResult rvk_query_results(rvk_device *d, uint64_t pool, uint32_t count, uint64_t *out);
VkResult rvk_command_buffer(rvk_device *d, void **cb);

// Words of a command list.
enum {
    RVK_OP_BARRIER = 1, // everything before is visible to everything after
    RVK_OP_HOST = 2,    // transfers before are visible to the host
    RVK_OP_DISPATCH = 3, // pipeline, layout, set+1 or 0, push bytes, push words..., x, y, z
    RVK_OP_INDIRECT = 4, // pipeline, layout, set+1 or 0, push bytes, push words..., buffer, offset
    RVK_OP_COPY = 5,     // source, offset, destination, offset, size
    RVK_OP_FILL = 6,     // buffer, offset, size, word
    RVK_OP_RESET = 7,    // query pool, count
    RVK_OP_STAMP = 8,    // query pool, index
};

// rvk_record allocates nsets descriptor sets from pool (sets: layout, n, then n times buffer, offset, range), and records
// the command list into cb.
VkResult rvk_record(rvk_device *d, void *cb, uint64_t pool, const uint64_t *sets, uint32_t nsets, const uint64_t *words,
                    size_t nwords, int simultaneous);

// rvk_submit makes one submission of each command buffer, in order; the first waits for wait, the last signals signal
// and the fence. Zero semaphores are left out.
VkResult rvk_submit(rvk_device *d, void *const *cbs, uint32_t n, uint64_t wait, uint64_t signal, uint64_t fence);
VkResult rvk_fence(rvk_device *d, uint64_t *fence);
void rvk_destroy_fence(rvk_device *d, uint64_t fence);
VkResult rvk_fence_status(rvk_device *d, uint64_t fence);
VkResult rvk_fence_wait(rvk_device *d, uint64_t fence);
VkResult rvk_fence_reset(rvk_device *d, uint64_t fence);

#endif
