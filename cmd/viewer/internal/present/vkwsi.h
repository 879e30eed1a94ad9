// The part of the Vulkan interface that this package uses, declared here so that building needs no Vulkan development
// package. Names, values and layouts are those of the Khronos specification.
#ifndef RADIA_VKWSI_H
#define RADIA_VKWSI_H

#include <stddef.h>
#include <stdint.h>

typedef void *VkInstance, *VkPhysicalDevice, *VkDevice, *VkQueue, *VkCommandBuffer;
typedef uint64_t VkSurfaceKHR, VkSwapchainKHR, VkImage, VkBuffer, VkDeviceMemory, VkFence, VkSemaphore, VkCommandPool;
typedef int32_t VkResult;

enum {
    VK_SUCCESS = 0, VK_NOT_READY = 1, VK_TIMEOUT = 2, VK_SUBOPTIMAL = 1000001003, VK_OUT_OF_DATE = -1000001004,
    VK_OUT_OF_HOST_MEMORY = -1,
};

enum {
    ST_SUBMIT = 4, ST_ALLOCATE = 5, ST_FENCE = 8, ST_SEMAPHORE = 9, ST_BUFFER = 12, ST_COMMAND_POOL = 39, ST_COMMAND_BUFFER = 40, ST_BEGIN = 42,
    ST_IMAGE_BARRIER = 45, ST_MEMORY_BARRIER = 46, ST_SWAPCHAIN = 1000001000, ST_PRESENT = 1000001001,
};

enum {
    FORMAT_RGBA8 = 37, FORMAT_BGRA8 = 44,
    LAYOUT_UNDEFINED = 0, LAYOUT_TRANSFER_DST = 7, LAYOUT_PRESENT = 1000001002,
    USAGE_IMAGE_TRANSFER_DST = 2, USAGE_BUFFER_TRANSFER_SRC = 1,
    STAGE_COMPUTE = 0x800, STAGE_TRANSFER = 0x1000, STAGE_BOTTOM = 0x2000,
    ACCESS_SHADER_WRITE = 0x40, ACCESS_TRANSFER_READ = 0x800, ACCESS_TRANSFER_WRITE = 0x1000,
    PRESENT_IMMEDIATE = 0, PRESENT_MAILBOX = 1, PRESENT_FIFO = 2,
    MEMORY_HOST_VISIBLE = 2, MEMORY_HOST_COHERENT = 4,
};

typedef struct { uint32_t width, height; } Extent;
typedef struct { int32_t x, y, z; } Offset3;
typedef struct { uint32_t width, height, depth; } Extent3;
typedef struct {
    uint32_t minImageCount, maxImageCount;
    Extent currentExtent, minImageExtent, maxImageExtent;
    uint32_t maxImageArrayLayers, supportedTransforms, currentTransform, supportedCompositeAlpha, supportedUsageFlags;
} SurfaceCaps;
typedef struct { uint32_t format, colorSpace; } SurfaceFormat;
typedef struct {
    uint32_t sType; const void *pNext; uint32_t flags; VkSurfaceKHR surface; uint32_t minImageCount, imageFormat, imageColorSpace;
    Extent imageExtent; uint32_t imageArrayLayers, imageUsage, imageSharingMode, queueFamilyIndexCount; const uint32_t *pQueueFamilyIndices;
    uint32_t preTransform, compositeAlpha, presentMode, clipped; VkSwapchainKHR oldSwapchain;
} SwapchainInfo;
typedef struct {
    uint32_t sType; const void *pNext; uint32_t waitSemaphoreCount; const VkSemaphore *pWaitSemaphores; uint32_t swapchainCount;
    const VkSwapchainKHR *pSwapchains; const uint32_t *pImageIndices; VkResult *pResults;
} PresentInfo;
typedef struct { uint32_t sType; const void *pNext; uint32_t flags; } PlainInfo; // fences and semaphores
typedef struct { uint32_t sType; const void *pNext; uint32_t flags, queueFamilyIndex; } CommandPoolInfo;
typedef struct { uint32_t sType; const void *pNext; VkCommandPool commandPool; uint32_t level, commandBufferCount; } CommandBufferInfo;
typedef struct { uint32_t sType; const void *pNext; uint32_t flags; const void *pInheritanceInfo; } BeginInfo;
typedef struct {
    uint32_t sType; const void *pNext; uint32_t flags; uint64_t size; uint32_t usage, sharingMode, queueFamilyIndexCount;
    const uint32_t *pQueueFamilyIndices;
} BufferInfo;
typedef struct { uint64_t size, alignment; uint32_t memoryTypeBits; } MemoryRequirements;
typedef struct { uint32_t sType; const void *pNext; uint64_t allocationSize; uint32_t memoryTypeIndex; } AllocateInfo;
typedef struct { uint32_t propertyFlags, heapIndex; } MemoryType;
typedef struct { uint64_t size; uint32_t flags; } MemoryHeap;
typedef struct { uint32_t memoryTypeCount; MemoryType memoryTypes[32]; uint32_t memoryHeapCount; MemoryHeap memoryHeaps[16]; } MemoryProperties;
typedef struct { uint32_t aspectMask, baseMipLevel, levelCount, baseArrayLayer, layerCount; } SubresourceRange;
typedef struct { uint32_t aspectMask, mipLevel, baseArrayLayer, layerCount; } SubresourceLayers;
typedef struct {
    uint32_t sType; const void *pNext; uint32_t srcAccessMask, dstAccessMask, oldLayout, newLayout, srcQueueFamilyIndex, dstQueueFamilyIndex;
    VkImage image; SubresourceRange range;
} ImageBarrier;
typedef struct { uint32_t sType; const void *pNext; uint32_t srcAccessMask, dstAccessMask; } MemoryBarrier;
typedef struct { uint64_t bufferOffset; uint32_t bufferRowLength, bufferImageHeight; SubresourceLayers layers; Offset3 offset; Extent3 extent; } BufferImageCopy;
typedef struct {
    uint32_t sType; const void *pNext; uint32_t waitSemaphoreCount; const VkSemaphore *pWaitSemaphores; const uint32_t *pWaitDstStageMask;
    uint32_t commandBufferCount; const VkCommandBuffer *pCommandBuffers; uint32_t signalSemaphoreCount; const VkSemaphore *pSignalSemaphores;
} SubmitInfo;

typedef void (*AnyFunction)(void);
typedef AnyFunction (*GetInstanceProc)(VkInstance, const char *);
typedef AnyFunction (*GetDeviceProc)(VkDevice, const char *);

// The functions, as X(return type, name without vk, parameters): of the instance, then of the device.
#define INSTANCE_FUNCTIONS(X) \
    X(VkResult, GetPhysicalDeviceSurfaceSupportKHR, (VkPhysicalDevice, uint32_t, VkSurfaceKHR, uint32_t *)) \
    X(VkResult, GetPhysicalDeviceSurfaceCapabilitiesKHR, (VkPhysicalDevice, VkSurfaceKHR, SurfaceCaps *)) \
    X(VkResult, GetPhysicalDeviceSurfaceFormatsKHR, (VkPhysicalDevice, VkSurfaceKHR, uint32_t *, SurfaceFormat *)) \
    X(VkResult, GetPhysicalDeviceSurfacePresentModesKHR, (VkPhysicalDevice, VkSurfaceKHR, uint32_t *, uint32_t *)) \
    X(void, GetPhysicalDeviceMemoryProperties, (VkPhysicalDevice, MemoryProperties *)) \
    X(void, DestroySurfaceKHR, (VkInstance, VkSurfaceKHR, const void *))
#define DEVICE_FUNCTIONS(X) \
    X(VkResult, CreateSwapchainKHR, (VkDevice, const SwapchainInfo *, const void *, VkSwapchainKHR *)) \
    X(void, DestroySwapchainKHR, (VkDevice, VkSwapchainKHR, const void *)) \
    X(VkResult, GetSwapchainImagesKHR, (VkDevice, VkSwapchainKHR, uint32_t *, VkImage *)) \
    X(VkResult, AcquireNextImageKHR, (VkDevice, VkSwapchainKHR, uint64_t, VkSemaphore, VkFence, uint32_t *)) \
    X(VkResult, QueuePresentKHR, (VkQueue, const PresentInfo *)) \
    X(VkResult, QueueSubmit, (VkQueue, uint32_t, const SubmitInfo *, VkFence)) \
    X(VkResult, QueueWaitIdle, (VkQueue)) \
    X(VkResult, CreateFence, (VkDevice, const PlainInfo *, const void *, VkFence *)) \
    X(VkResult, WaitForFences, (VkDevice, uint32_t, const VkFence *, uint32_t, uint64_t)) \
    X(VkResult, ResetFences, (VkDevice, uint32_t, const VkFence *)) \
    X(void, DestroyFence, (VkDevice, VkFence, const void *)) \
    X(VkResult, CreateSemaphore, (VkDevice, const PlainInfo *, const void *, VkSemaphore *)) \
    X(void, DestroySemaphore, (VkDevice, VkSemaphore, const void *)) \
    X(VkResult, CreateCommandPool, (VkDevice, const CommandPoolInfo *, const void *, VkCommandPool *)) \
    X(void, DestroyCommandPool, (VkDevice, VkCommandPool, const void *)) \
    X(VkResult, AllocateCommandBuffers, (VkDevice, const CommandBufferInfo *, VkCommandBuffer *)) \
    X(VkResult, ResetCommandPool, (VkDevice, VkCommandPool, uint32_t)) \
    X(VkResult, BeginCommandBuffer, (VkCommandBuffer, const BeginInfo *)) \
    X(VkResult, EndCommandBuffer, (VkCommandBuffer)) \
    X(void, CmdPipelineBarrier, (VkCommandBuffer, uint32_t, uint32_t, uint32_t, uint32_t, const void *, uint32_t, const void *, uint32_t, const ImageBarrier *)) \
    X(void, CmdCopyBufferToImage, (VkCommandBuffer, VkBuffer, VkImage, uint32_t, uint32_t, const BufferImageCopy *)) \
    X(void, CmdClearColorImage, (VkCommandBuffer, VkImage, uint32_t, const void *, uint32_t, const SubresourceRange *)) \
    X(VkResult, CreateBuffer, (VkDevice, const BufferInfo *, const void *, VkBuffer *)) \
    X(void, DestroyBuffer, (VkDevice, VkBuffer, const void *)) \
    X(void, GetBufferMemoryRequirements, (VkDevice, VkBuffer, MemoryRequirements *)) \
    X(VkResult, AllocateMemory, (VkDevice, const AllocateInfo *, const void *, VkDeviceMemory *)) \
    X(void, FreeMemory, (VkDevice, VkDeviceMemory, const void *)) \
    X(VkResult, BindBufferMemory, (VkDevice, VkBuffer, VkDeviceMemory, uint64_t)) \
    X(VkResult, MapMemory, (VkDevice, VkDeviceMemory, uint64_t, uint64_t, uint32_t, void **))

#endif
