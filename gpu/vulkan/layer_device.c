//go:build linux || darwin || freebsd

// Device objects, recording and submission.
#include "layer.h"

#include <stdlib.h>
#include <string.h>

struct rvk_device {
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    VkResult(VKAPI_PTR *name)(VkDevice, const VkDebugUtilsObjectNameInfoEXT *); // NULL without debug utils
#define X(result, name, params) result(VKAPI_PTR *name) params;
    RADIA_DEVICE_COMMANDS(X)
#undef X
};

VkResult rvk_create_device(void *loader, void *instance, void *physical, uint32_t family, uint32_t features,
                           const char *extensions, uint32_t nextensions, VkDevice *device);

VkResult rvk_open(void *loader, void *instance, void *physical, uint32_t family, uint32_t features,
                  const char *extensions, uint32_t nextensions, int naming, rvk_device **out) {
    PFN_vkGetInstanceProcAddr gipa = (PFN_vkGetInstanceProcAddr)loader;
    PFN_vkGetDeviceProcAddr gdpa = (PFN_vkGetDeviceProcAddr)gipa(instance, "vkGetDeviceProcAddr");
    if (!gdpa) return VK_ERROR_INITIALIZATION_FAILED;
    rvk_device *d = calloc(1, sizeof *d);
    if (!d) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkResult r = rvk_create_device(loader, instance, physical, family, features, extensions, nextensions, &d->device);
    if (r != VK_SUCCESS) {
        free(d);
        return r;
    }
#define X(result, name, params) d->name = (result(VKAPI_PTR *) params)gdpa(d->device, #name);
    RADIA_DEVICE_COMMANDS(X)
#undef X
    if (naming) d->name = (VkResult(VKAPI_PTR *)(VkDevice, const VkDebugUtilsObjectNameInfoEXT *))gdpa(d->device, "vkSetDebugUtilsObjectNameEXT");
    d->vkGetDeviceQueue(d->device, family, 0, &d->queue);
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                    .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT, .queueFamilyIndex = family};
    *out = d;
    return d->vkCreateCommandPool(d->device, &pool, NULL, &d->pool);
}

void rvk_close(rvk_device *d) {
    if (d->pool) d->vkDestroyCommandPool(d->device, d->pool, NULL);
    free(d);
}

void *rvk_device_handle(rvk_device *d) { return d->device; }
void *rvk_queue_handle(rvk_device *d) { return d->queue; }
VkResult rvk_wait_idle(rvk_device *d) { return d->vkDeviceWaitIdle(d->device); }

static void set_name(rvk_device *d, uint32_t type, uint64_t handle, const char *name) {
    if (!d->name || !name) return;
    VkDebugUtilsObjectNameInfoEXT info = {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT, .objectType = type, .objectHandle = handle, .pObjectName = name};
    d->name(d->device, &info);
}

VkResult rvk_buffer(rvk_device *d, uint64_t size, uint32_t usage, const char *name, uint64_t *buffer,
                    uint64_t *need, uint64_t *align, uint32_t *types) {
    VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = size, .usage = usage};
    VkResult r = d->vkCreateBuffer(d->device, &info, NULL, buffer);
    if (r != VK_SUCCESS) return r;
    VkMemoryRequirements req;
    d->vkGetBufferMemoryRequirements(d->device, *buffer, &req);
    *need = req.size, *align = req.alignment, *types = req.memoryTypeBits;
    set_name(d, VK_OBJECT_TYPE_BUFFER, *buffer, name);
    return VK_SUCCESS;
}

VkResult rvk_allocate(rvk_device *d, uint64_t size, uint32_t type, uint64_t dedicated, int map, uint64_t *memory, void **ptr) {
    VkMemoryDedicatedAllocateInfo own = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, .buffer = dedicated};
    VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = dedicated ? &own : NULL,
                                 .allocationSize = size, .memoryTypeIndex = type};
    *ptr = NULL;
    VkResult r = d->vkAllocateMemory(d->device, &info, NULL, memory);
    if (r != VK_SUCCESS || !map) return r;
    r = d->vkMapMemory(d->device, *memory, 0, ~(uint64_t)0, 0, ptr);
    if (r != VK_SUCCESS) d->vkFreeMemory(d->device, *memory, NULL);
    return r;
}

VkResult rvk_bind(rvk_device *d, uint64_t buffer, uint64_t memory, uint64_t offset) {
    return d->vkBindBufferMemory(d->device, buffer, memory, offset);
}
void rvk_destroy_buffer(rvk_device *d, uint64_t buffer) { d->vkDestroyBuffer(d->device, buffer, NULL); }
void rvk_free(rvk_device *d, uint64_t memory) { d->vkFreeMemory(d->device, memory, NULL); } // unmaps too

VkResult rvk_set_layout(rvk_device *d, uint32_t bindings, uint64_t *layout) {
    VkDescriptorSetLayoutBinding *b = calloc(bindings + 1, sizeof *b);
    if (!b) return VK_ERROR_OUT_OF_HOST_MEMORY;
    for (uint32_t i = 0; i < bindings; i++)
        b[i] = (VkDescriptorSetLayoutBinding){.binding = i, .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = 1,
                                              .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
    VkDescriptorSetLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = bindings, .pBindings = b};
    VkResult r = d->vkCreateDescriptorSetLayout(d->device, &info, NULL, layout);
    free(b);
    return r;
}

VkResult rvk_pipeline_layout(rvk_device *d, uint64_t setLayout, uint32_t push, uint64_t *layout) {
    VkPushConstantRange range = {.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = push};
    VkPipelineLayoutCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &setLayout,
                                       .pushConstantRangeCount = push ? 1 : 0, .pPushConstantRanges = &range};
    return d->vkCreatePipelineLayout(d->device, &info, NULL, layout);
}

VkResult rvk_cache(rvk_device *d, const void *data, size_t size, uint64_t *cache) {
    VkPipelineCacheCreateInfo info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = size, .pInitialData = data};
    return d->vkCreatePipelineCache(d->device, &info, NULL, cache);
}
VkResult rvk_cache_data(rvk_device *d, uint64_t cache, void *data, size_t *size) { return d->vkGetPipelineCacheData(d->device, cache, size, data); }
void rvk_destroy_cache(rvk_device *d, uint64_t cache) { d->vkDestroyPipelineCache(d->device, cache, NULL); }

VkResult rvk_pipeline(rvk_device *d, uint64_t cache, uint64_t layout, const void *code, size_t size, const uint32_t *ids,
                      const uint32_t *values, uint32_t nspec, uint32_t subgroup, int full, const char *name, uint64_t *pipeline) {
    uint32_t *words = malloc(size); // the module must be aligned to words, an embedded file need not be
    VkSpecializationMapEntry *map = calloc(nspec + 1, sizeof *map);
    VkShaderModule module = 0;
    VkResult r = VK_ERROR_OUT_OF_HOST_MEMORY;
    if (words && map) {
        memcpy(words, code, size);
        VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = words};
        r = d->vkCreateShaderModule(d->device, &info, NULL, &module);
    }
    if (r == VK_SUCCESS) {
        for (uint32_t i = 0; i < nspec; i++) map[i] = (VkSpecializationMapEntry){ids[i], 4 * i, 4};
        VkSpecializationInfo spec = {nspec, map, 4 * (size_t)nspec, values};
        VkPipelineShaderStageRequiredSubgroupSizeCreateInfo required = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO, .requiredSubgroupSize = subgroup};
        VkComputePipelineCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .pNext = subgroup ? &required : NULL,
                      .flags = full ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT : 0, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                      .module = module, .pName = "main", .pSpecializationInfo = nspec ? &spec : NULL},
            .layout = layout, .basePipelineIndex = -1};
        r = d->vkCreateComputePipelines(d->device, cache, 1, &info, NULL, pipeline);
        if (r == VK_SUCCESS) set_name(d, VK_OBJECT_TYPE_PIPELINE, *pipeline, name);
    }
    if (module) d->vkDestroyShaderModule(d->device, module, NULL);
    free(words);
    free(map);
    return r;
}
void rvk_destroy_pipeline(rvk_device *d, uint64_t p) { d->vkDestroyPipeline(d->device, p, NULL); }
void rvk_destroy_pipeline_layout(rvk_device *d, uint64_t l) { d->vkDestroyPipelineLayout(d->device, l, NULL); }
void rvk_destroy_set_layout(rvk_device *d, uint64_t l) { d->vkDestroyDescriptorSetLayout(d->device, l, NULL); }

VkResult rvk_descriptor_pool(rvk_device *d, uint32_t sets, uint32_t descriptors, uint64_t *pool) {
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptors};
    VkDescriptorPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = sets, .poolSizeCount = 1, .pPoolSizes = &size};
    return d->vkCreateDescriptorPool(d->device, &info, NULL, pool);
}
void rvk_destroy_descriptor_pool(rvk_device *d, uint64_t p) { d->vkDestroyDescriptorPool(d->device, p, NULL); }

VkResult rvk_query_pool(rvk_device *d, uint32_t count, uint64_t *pool) {
    VkQueryPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = count};
    return d->vkCreateQueryPool(d->device, &info, NULL, pool);
}
void rvk_destroy_query_pool(rvk_device *d, uint64_t p) { d->vkDestroyQueryPool(d->device, p, NULL); }
VkResult rvk_query_results(rvk_device *d, uint64_t pool, uint32_t count, uint64_t *out) {
    return d->vkGetQueryPoolResults(d->device, pool, 0, count, 8 * (size_t)count, out, 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
}

VkResult rvk_command_buffer(rvk_device *d, void **cb) {
    VkCommandBufferAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = d->pool, .commandBufferCount = 1};
    return d->vkAllocateCommandBuffers(d->device, &info, (VkCommandBuffer *)cb);
}

// make_sets allocates and writes the descriptor sets of a recording.
static VkResult make_sets(rvk_device *d, uint64_t pool, const uint64_t *w, uint32_t n, VkDescriptorSet *out) {
    VkDescriptorSetLayout *layouts = malloc((n + 1) * sizeof *layouts);
    if (!layouts) return VK_ERROR_OUT_OF_HOST_MEMORY;
    uint32_t most = 1;
    const uint64_t *p = w;
    for (uint32_t i = 0; i < n; i++) {
        layouts[i] = p[0];
        if (p[1] > most) most = (uint32_t)p[1];
        p += 2 + 3 * p[1];
    }
    VkResult r = d->vkResetDescriptorPool(d->device, pool, 0);
    VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO, .descriptorPool = pool, .descriptorSetCount = n, .pSetLayouts = layouts};
    if (r == VK_SUCCESS) r = d->vkAllocateDescriptorSets(d->device, &info, out);
    free(layouts);
    if (r != VK_SUCCESS) return r;
    VkDescriptorBufferInfo *buffers = malloc(most * sizeof *buffers);
    VkWriteDescriptorSet *writes = calloc(most, sizeof *writes);
    if (buffers && writes) {
        p = w;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t count = (uint32_t)p[1];
            p += 2;
            for (uint32_t j = 0; j < count; j++, p += 3) {
                buffers[j] = (VkDescriptorBufferInfo){p[0], p[1], p[2]};
                writes[j] = (VkWriteDescriptorSet){.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = out[i], .dstBinding = j, .descriptorCount = 1,
                                                   .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .pBufferInfo = &buffers[j]};
            }
            d->vkUpdateDescriptorSets(d->device, count, writes, 0, NULL);
        }
    } else {
        r = VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    free(buffers);
    free(writes);
    return r;
}

static void barrier(rvk_device *d, VkCommandBuffer cb) {
    VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                         .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
                                          VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_INDIRECT_COMMAND_READ_BIT};
    // Indirect reads stand on the left as well: a later write must not overtake the reading of group counts.
    VkFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_DRAW_INDIRECT_BIT;
    d->vkCmdPipelineBarrier(cb, work, work, 0, 1, &m, 0, NULL, 0, NULL);
}

VkResult rvk_record(rvk_device *d, void *handle, uint64_t pool, const uint64_t *setwords, uint32_t nsets, const uint64_t *w, size_t n, int simultaneous) {
    VkCommandBuffer cb = handle;
    VkDescriptorSet *sets = malloc((nsets + 1) * sizeof *sets);
    if (!sets) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkResult r = nsets ? make_sets(d, pool, setwords, nsets, sets) : VK_SUCCESS;
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = simultaneous ? VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT : 0};
    if (r == VK_SUCCESS) r = d->vkBeginCommandBuffer(cb, &begin);
    if (r != VK_SUCCESS) {
        free(sets);
        return r;
    }
    uint64_t bound = 0, boundLayout = 0, boundSet = 0;
    for (const uint64_t *end = w + n; w < end;) {
        switch (*w++) {
        case RVK_OP_BARRIER:
            barrier(d, cb);
            break;
        case RVK_OP_HOST: {
            VkMemoryBarrier m = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT, .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
            d->vkCmdPipelineBarrier(cb, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &m, 0, NULL, 0, NULL);
            break;
        }
        case RVK_OP_DISPATCH:
        case RVK_OP_INDIRECT: {
            int indirect = w[-1] == RVK_OP_INDIRECT;
            if (bound != w[0]) d->vkCmdBindPipeline(cb, VK_PIPELINE_BIND_POINT_COMPUTE, w[0]);
            if (w[2] && (boundSet != w[2] || boundLayout != w[1]))
                d->vkCmdBindDescriptorSets(cb, VK_PIPELINE_BIND_POINT_COMPUTE, w[1], 0, 1, &sets[w[2] - 1], 0, NULL);
            bound = w[0], boundLayout = w[1], boundSet = w[2];
            if (w[3]) d->vkCmdPushConstants(cb, w[1], VK_SHADER_STAGE_COMPUTE_BIT, 0, (uint32_t)w[3], &w[4]);
            w += 4 + (w[3] + 7) / 8;
            if (indirect) {
                d->vkCmdDispatchIndirect(cb, w[0], w[1]);
                w += 2;
            } else {
                d->vkCmdDispatch(cb, (uint32_t)w[0], (uint32_t)w[1], (uint32_t)w[2]);
                w += 3;
            }
            break;
        }
        case RVK_OP_COPY: {
            VkBufferCopy c = {w[1], w[3], w[4]};
            d->vkCmdCopyBuffer(cb, w[0], w[2], 1, &c);
            w += 5;
            break;
        }
        case RVK_OP_FILL:
            d->vkCmdFillBuffer(cb, w[0], w[1], w[2], (uint32_t)w[3]);
            w += 4;
            break;
        case RVK_OP_RESET:
            d->vkCmdResetQueryPool(cb, w[0], 0, (uint32_t)w[1]);
            w += 2;
            break;
        case RVK_OP_STAMP:
            d->vkCmdWriteTimestamp(cb, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, w[0], (uint32_t)w[1]);
            w += 2;
            break;
        default:
            abort(); // the list is written by this package alone
        }
    }
    free(sets);
    return d->vkEndCommandBuffer(cb);
}

VkResult rvk_submit(rvk_device *d, void *const *cbs, uint32_t n, uint64_t wait, uint64_t signal, uint64_t fence) {
    static const VkFlags stage = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
    for (uint32_t i = 0; i < n; i++) {
        int last = i + 1 == n;
        VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = (const VkCommandBuffer *)&cbs[i]};
        if (!i && wait) info.waitSemaphoreCount = 1, info.pWaitSemaphores = &wait, info.pWaitDstStageMask = &stage;
        if (last && signal) info.signalSemaphoreCount = 1, info.pSignalSemaphores = &signal;
        VkResult r = d->vkQueueSubmit(d->queue, 1, &info, last ? fence : 0);
        if (r != VK_SUCCESS) return r;
    }
    return VK_SUCCESS;
}

VkResult rvk_fence(rvk_device *d, uint64_t *fence) {
    VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    return d->vkCreateFence(d->device, &info, NULL, fence);
}
void rvk_destroy_fence(rvk_device *d, uint64_t f) { d->vkDestroyFence(d->device, f, NULL); }
VkResult rvk_fence_status(rvk_device *d, uint64_t f) { return d->vkGetFenceStatus(d->device, f); }
VkResult rvk_fence_wait(rvk_device *d, uint64_t f) { return d->vkWaitForFences(d->device, 1, &f, 1, ~(uint64_t)0); }
VkResult rvk_fence_reset(rvk_device *d, uint64_t f) { return d->vkResetFences(d->device, 1, &f); }
