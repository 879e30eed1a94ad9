//go:build cgo && (darwin || (window && (linux || freebsd)))

#include "present.h"
#include "vkwsi.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_IMAGES = 16 };

struct rp_presenter {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    uint32_t family;
    VkSurfaceKHR surface;
    int vsync, dirty;
    uint32_t index; // of the acquired picture
    SurfaceFormat format;
    uint32_t mode, alpha;

    VkSwapchainKHR swapchain;
    Extent extent;
    uint32_t count;
    VkImage images[MAX_IMAGES];
    VkSemaphore shown[MAX_IMAGES]; // signalled when picture i is written
    VkSemaphore acquired;
    VkFence fence;
    int pending; // the fence belongs to a submission that was not waited for
    VkCommandPool pool;
    VkCommandBuffer commands;

    VkBuffer staging;
    VkDeviceMemory memory;
    uint8_t *mapped;
    uint64_t capacity;

#define FIELD(ret, name, params) ret (*name) params;
    INSTANCE_FUNCTIONS(FIELD)
    DEVICE_FUNCTIONS(FIELD)
#undef FIELD
};

#define TRY(call) do { VkResult r_ = (call); if (r_ < 0) return r_; } while (0)

static int32_t resolve(rp_presenter *p, GetInstanceProc get) {
    GetDeviceProc device = (GetDeviceProc)get(p->instance, "vkGetDeviceProcAddr");
    if (!device) return RP_NO_FUNCTION;
#define LOAD(ret, name, params) if (!(p->name = (ret (*) params)get(p->instance, "vk" #name))) return RP_NO_FUNCTION;
    INSTANCE_FUNCTIONS(LOAD)
#undef LOAD
#define LOAD(ret, name, params) if (!(p->name = (ret (*) params)device(p->device, "vk" #name))) return RP_NO_FUNCTION;
    DEVICE_FUNCTIONS(LOAD)
#undef LOAD
    return 0;
}

// choose_format takes 8 bits a channel in either order; the pixels are sRGB-encoded already, so the format must not encode.
static int32_t choose_format(rp_presenter *p) {
    SurfaceFormat formats[64];
    uint32_t n = 64;
    TRY(p->GetPhysicalDeviceSurfaceFormatsKHR(p->physical, p->surface, &n, formats));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t f = formats[i].format;
        if (f == FORMAT_BGRA8 || f == FORMAT_RGBA8) {
            p->format = formats[i];
            return 0;
        }
    }
    return RP_NO_FORMAT;
}

static int32_t choose_mode(rp_presenter *p) {
    uint32_t modes[16], n = 16;
    TRY(p->GetPhysicalDeviceSurfacePresentModesKHR(p->physical, p->surface, &n, modes));
    p->mode = PRESENT_FIFO; // always there
    for (uint32_t i = 0; i < n && !p->vsync; i++)
        if (modes[i] == PRESENT_MAILBOX || (modes[i] == PRESENT_IMMEDIATE && p->mode == PRESENT_FIFO)) p->mode = modes[i];
    return 0;
}

int32_t rp_create(void *get, void *instance, void *physical, void *device, void *queue, uint32_t family, uint64_t surface, int vsync, rp_presenter **out) {
    rp_presenter *p = calloc(1, sizeof *p);
    if (!p) return VK_OUT_OF_HOST_MEMORY;
    p->instance = instance, p->physical = physical, p->device = device, p->queue = queue, p->family = family, p->surface = surface, p->vsync = vsync, p->dirty = 1;
    int32_t r = resolve(p, (GetInstanceProc)get);
    if (r < 0) {
        free(p);
        return r;
    }
    *out = p; // from here rp_destroy cleans up
    uint32_t can = 0;
    TRY(p->GetPhysicalDeviceSurfaceSupportKHR(physical, family, surface, &can));
    if (!can) return RP_NO_PRESENT;
    SurfaceCaps caps;
    TRY(p->GetPhysicalDeviceSurfaceCapabilitiesKHR(physical, surface, &caps));
    if (!(caps.supportedUsageFlags & USAGE_IMAGE_TRANSFER_DST)) return RP_NO_TRANSFER;
    p->alpha = caps.supportedCompositeAlpha & 1 ? 1 : caps.supportedCompositeAlpha & -caps.supportedCompositeAlpha;
    TRY(choose_format(p));
    TRY(choose_mode(p));
    PlainInfo semaphore = {.sType = ST_SEMAPHORE}, fence = {.sType = ST_FENCE};
    TRY(p->CreateSemaphore(device, &semaphore, NULL, &p->acquired));
    for (int i = 0; i < MAX_IMAGES; i++) TRY(p->CreateSemaphore(device, &semaphore, NULL, &p->shown[i]));
    TRY(p->CreateFence(device, &fence, NULL, &p->fence));
    CommandPoolInfo pool = {.sType = ST_COMMAND_POOL, .queueFamilyIndex = family};
    TRY(p->CreateCommandPool(device, &pool, NULL, &p->pool));
    CommandBufferInfo buffer = {.sType = ST_COMMAND_BUFFER, .commandPool = p->pool, .commandBufferCount = 1};
    return p->AllocateCommandBuffers(device, &buffer, &p->commands);
}

static int32_t finish(rp_presenter *p) {
    if (!p->pending) return 0;
    TRY(p->WaitForFences(p->device, 1, &p->fence, 1, UINT64_MAX));
    p->pending = 0;
    return p->ResetFences(p->device, 1, &p->fence);
}

static void drop_swapchain(rp_presenter *p, VkSwapchainKHR old) {
    if (!old) return;
    p->QueueWaitIdle(p->queue);
    p->DestroySwapchainKHR(p->device, old, NULL);
}

static uint32_t clamp(uint32_t v, uint32_t lo, uint32_t hi) { return v < lo ? lo : v > hi ? hi : v; }

int32_t rp_rebuild(rp_presenter *p, uint32_t width, uint32_t height) {
    SurfaceCaps caps;
    TRY(finish(p));
    TRY(p->GetPhysicalDeviceSurfaceCapabilitiesKHR(p->physical, p->surface, &caps));
    Extent e = caps.currentExtent;
    if (e.width == UINT32_MAX) {
        e.width = clamp(width, caps.minImageExtent.width, caps.maxImageExtent.width);
        e.height = clamp(height, caps.minImageExtent.height, caps.maxImageExtent.height);
    }
    if (e.width == 0 || e.height == 0) return RP_SKIPPED;
    uint32_t images = caps.minImageCount + 1;
    if (caps.maxImageCount && images > caps.maxImageCount) images = caps.maxImageCount;
    VkSwapchainKHR old = p->swapchain;
    SwapchainInfo info = {
        .sType = ST_SWAPCHAIN, .surface = p->surface, .minImageCount = images, .imageFormat = p->format.format, .imageColorSpace = p->format.colorSpace,
        .imageExtent = e, .imageArrayLayers = 1, .imageUsage = USAGE_IMAGE_TRANSFER_DST, .preTransform = caps.currentTransform,
        .compositeAlpha = p->alpha, .presentMode = p->mode, .clipped = 1, .oldSwapchain = old,
    };
    p->swapchain = 0;
    VkResult r = p->CreateSwapchainKHR(p->device, &info, NULL, &p->swapchain);
    drop_swapchain(p, old);
    if (r < 0) {
        p->swapchain = 0;
        return r;
    }
    p->extent = e;
    p->count = MAX_IMAGES;
    TRY(p->GetSwapchainImagesKHR(p->device, p->swapchain, &p->count, p->images));
    p->dirty = 0;
    return 0;
}

static void drop_staging(rp_presenter *p) {
    if (p->staging) p->DestroyBuffer(p->device, p->staging, NULL);
    if (p->memory) p->FreeMemory(p->device, p->memory, NULL);
    p->staging = 0, p->memory = 0, p->mapped = NULL, p->capacity = 0;
}

static int32_t ensure_staging(rp_presenter *p, uint64_t bytes) {
    if (p->capacity >= bytes) return 0;
    drop_staging(p);
    bytes += bytes / 4;
    BufferInfo info = {.sType = ST_BUFFER, .size = bytes, .usage = USAGE_BUFFER_TRANSFER_SRC};
    TRY(p->CreateBuffer(p->device, &info, NULL, &p->staging));
    MemoryRequirements need;
    p->GetBufferMemoryRequirements(p->device, p->staging, &need);
    MemoryProperties props;
    p->GetPhysicalDeviceMemoryProperties(p->physical, &props);
    const uint32_t want = MEMORY_HOST_VISIBLE | MEMORY_HOST_COHERENT;
    uint32_t kind = 0;
    while (kind < props.memoryTypeCount && !((need.memoryTypeBits >> kind & 1) && (props.memoryTypes[kind].propertyFlags & want) == want)) kind++;
    if (kind == props.memoryTypeCount) return RP_NO_MEMORY_TYPE;
    AllocateInfo alloc = {.sType = ST_ALLOCATE, .allocationSize = need.size, .memoryTypeIndex = kind};
    TRY(p->AllocateMemory(p->device, &alloc, NULL, &p->memory));
    TRY(p->BindBufferMemory(p->device, p->staging, p->memory, 0));
    TRY(p->MapMemory(p->device, p->memory, 0, UINT64_MAX, 0, (void **)&p->mapped));
    p->capacity = bytes;
    return 0;
}

// fill writes the picture into staging memory at the swapchain's size and channel order; what a picture of another size
// leaves is black.
static void fill(rp_presenter *p, const uint8_t *pixels, uint32_t width, uint32_t height) {
    uint32_t *dst = (uint32_t *)p->mapped;
    const uint32_t *src = (const uint32_t *)pixels;
    const Extent e = p->extent;
    const uint32_t columns = width < e.width ? width : e.width;
    const int swap = p->format.format == FORMAT_BGRA8;
    for (uint32_t y = 0; y < e.height; y++, dst += e.width) {
        uint32_t x = 0;
        if (y < height) {
            const uint32_t *row = src + (size_t)y * width;
            if (swap)
                for (; x < columns; x++) dst[x] = (row[x] & 0xff00ff00u) | (row[x] >> 16 & 0xffu) | (row[x] & 0xffu) << 16;
            else {
                memcpy(dst, row, (size_t)columns * 4);
                x = columns;
            }
        }
        for (; x < e.width; x++) dst[x] = 0xff000000u;
    }
}

static int32_t begin(rp_presenter *p, ImageBarrier *b) {
    TRY(p->ResetCommandPool(p->device, p->pool, 0));
    BeginInfo begin = {.sType = ST_BEGIN, .flags = 1};
    TRY(p->BeginCommandBuffer(p->commands, &begin));
    *b = (ImageBarrier){
        .sType = ST_IMAGE_BARRIER, .dstAccessMask = ACCESS_TRANSFER_WRITE, .oldLayout = LAYOUT_UNDEFINED, .newLayout = LAYOUT_TRANSFER_DST,
        .srcQueueFamilyIndex = UINT32_MAX, .dstQueueFamilyIndex = UINT32_MAX, .image = p->images[p->index], .range = {1, 0, 1, 0, 1},
    };
    p->CmdPipelineBarrier(p->commands, STAGE_TRANSFER, STAGE_TRANSFER, 0, 0, NULL, 0, NULL, 1, b);
    return 0;
}

// end submits the commands and shows the picture.
static int32_t end(rp_presenter *p, ImageBarrier *b) {
    b->srcAccessMask = ACCESS_TRANSFER_WRITE, b->dstAccessMask = 0, b->oldLayout = LAYOUT_TRANSFER_DST, b->newLayout = LAYOUT_PRESENT;
    p->CmdPipelineBarrier(p->commands, STAGE_TRANSFER, STAGE_BOTTOM, 0, 0, NULL, 0, NULL, 1, b);
    TRY(p->EndCommandBuffer(p->commands));
    const uint32_t stage = STAGE_TRANSFER;
    SubmitInfo submit = {
        .sType = ST_SUBMIT, .waitSemaphoreCount = 1, .pWaitSemaphores = &p->acquired, .pWaitDstStageMask = &stage, .commandBufferCount = 1,
        .pCommandBuffers = &p->commands, .signalSemaphoreCount = 1, .pSignalSemaphores = &p->shown[p->index],
    };
    TRY(p->QueueSubmit(p->queue, 1, &submit, p->fence));
    p->pending = 1;
    PresentInfo present = {
        .sType = ST_PRESENT, .waitSemaphoreCount = 1, .pWaitSemaphores = &p->shown[p->index], .swapchainCount = 1, .pSwapchains = &p->swapchain, .pImageIndices = &p->index,
    };
    VkResult r = p->QueuePresentKHR(p->queue, &present);
    if (r == VK_OUT_OF_DATE || r == VK_SUBOPTIMAL) {
        p->dirty = 1;
        return RP_SHOWN;
    }
    return r < 0 ? r : RP_SHOWN;
}

int32_t rp_acquire(rp_presenter *p) {
    if (p->dirty || !p->swapchain) return RP_STALE;
    TRY(finish(p));
    VkResult r = p->AcquireNextImageKHR(p->device, p->swapchain, 1000000000ull, p->acquired, 0, &p->index);
    if (r == VK_TIMEOUT || r == VK_NOT_READY) return RP_SKIPPED;
    if (r == VK_OUT_OF_DATE) {
        p->dirty = 1;
        return RP_STALE;
    }
    if (r == VK_SUBOPTIMAL) p->dirty = 1;
    return r < 0 ? r : RP_SHOWN;
}

int32_t rp_show(rp_presenter *p, const uint8_t *pixels, uint32_t width, uint32_t height) {
    TRY(ensure_staging(p, (uint64_t)p->extent.width * p->extent.height * 4));
    fill(p, pixels, width, height);
    ImageBarrier b;
    TRY(begin(p, &b));
    BufferImageCopy c = {.layers = {1, 0, 0, 1}, .extent = {p->extent.width, p->extent.height, 1}};
    p->CmdCopyBufferToImage(p->commands, p->staging, p->images[p->index], LAYOUT_TRANSFER_DST, 1, &c);
    return end(p, &b);
}

int32_t rp_show_buffer(rp_presenter *p, uint64_t buffer, uint32_t width, uint32_t height) {
    ImageBarrier b;
    TRY(begin(p, &b));
    const Extent e = {width < p->extent.width ? width : p->extent.width, height < p->extent.height ? height : p->extent.height};
    if (e.width < p->extent.width || e.height < p->extent.height) { // what a picture of another size leaves is black
        const float black[4] = {0, 0, 0, 1};
        p->CmdClearColorImage(p->commands, p->images[p->index], LAYOUT_TRANSFER_DST, black, 1, &b.range);
        ImageBarrier again = b;
        again.srcAccessMask = ACCESS_TRANSFER_WRITE, again.oldLayout = LAYOUT_TRANSFER_DST;
        p->CmdPipelineBarrier(p->commands, STAGE_TRANSFER, STAGE_TRANSFER, 0, 0, NULL, 0, NULL, 1, &again);
    }
    const MemoryBarrier made = {.sType = ST_MEMORY_BARRIER, .srcAccessMask = ACCESS_SHADER_WRITE, .dstAccessMask = ACCESS_TRANSFER_READ};
    p->CmdPipelineBarrier(p->commands, STAGE_COMPUTE, STAGE_TRANSFER, 0, 1, &made, 0, NULL, 0, NULL);
    BufferImageCopy c = {.bufferRowLength = width, .layers = {1, 0, 0, 1}, .extent = {e.width, e.height, 1}};
    p->CmdCopyBufferToImage(p->commands, buffer, p->images[p->index], LAYOUT_TRANSFER_DST, 1, &c);
    return end(p, &b);
}

int rp_swap(const rp_presenter *p) { return p->format.format == FORMAT_BGRA8; }

void rp_settle(rp_presenter *p) { finish(p); }

void rp_dirty(rp_presenter *p) { p->dirty = 1; }

void rp_destroy(rp_presenter *p) {
    p->QueueWaitIdle(p->queue);
    drop_swapchain(p, p->swapchain);
    drop_staging(p);
    if (p->acquired) p->DestroySemaphore(p->device, p->acquired, NULL);
    for (int i = 0; i < MAX_IMAGES; i++)
        if (p->shown[i]) p->DestroySemaphore(p->device, p->shown[i], NULL);
    if (p->fence) p->DestroyFence(p->device, p->fence, NULL);
    if (p->pool) p->DestroyCommandPool(p->device, p->pool, NULL);
    p->DestroySurfaceKHR(p->instance, p->surface, NULL);
    free(p);
}
