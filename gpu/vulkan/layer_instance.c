//go:build linux || darwin || freebsd

// Loader, instance, queries of physical devices, validation messages.
#include "layer.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD(loader, instance, result, name, params) \
    result(VKAPI_PTR *name) params = (result(VKAPI_PTR *) params)((PFN_vkGetInstanceProcAddr)(loader))((VkInstance)(instance), #name)

void *rvk_load(const char *names, uint32_t n, char *err, size_t size) {
    err[0] = 0;
    for (; n; n--, names += strlen(names) + 1) {
        void *lib = dlopen(names, RTLD_NOW | RTLD_LOCAL);
        if (!lib) {
            const char *why = dlerror();
            if (!err[0]) snprintf(err, size, "%s", why ? why : names); // the first name is the one a user should have
            continue;
        }
        void *p = dlsym(lib, "vkGetInstanceProcAddr");
        if (p) return p;
        snprintf(err, size, "%s has no vkGetInstanceProcAddr", names);
        dlclose(lib);
    }
    return NULL;
}

uint32_t rvk_instance_version(void *loader) {
    LOAD(loader, NULL, VkResult, vkEnumerateInstanceVersion, (uint32_t *));
    uint32_t v = 1u << 22;
    if (vkEnumerateInstanceVersion) vkEnumerateInstanceVersion(&v);
    return v;
}

int rvk_has_layer(void *loader, const char *name) {
    LOAD(loader, NULL, VkResult, vkEnumerateInstanceLayerProperties, (uint32_t *, VkLayerProperties *));
    uint32_t n = 0;
    if (!vkEnumerateInstanceLayerProperties || vkEnumerateInstanceLayerProperties(&n, NULL) < 0 || !n) return 0;
    VkLayerProperties *p = calloc(n, sizeof *p);
    int found = 0;
    if (p && vkEnumerateInstanceLayerProperties(&n, p) >= 0)
        for (uint32_t i = 0; i < n; i++) found |= !strcmp(p[i].layerName, name);
    free(p);
    return found;
}

int rvk_has_instance_extension(void *loader, const char *layer, const char *name) {
    LOAD(loader, NULL, VkResult, vkEnumerateInstanceExtensionProperties, (const char *, uint32_t *, VkExtensionProperties *));
    uint32_t n = 0;
    if (!vkEnumerateInstanceExtensionProperties || vkEnumerateInstanceExtensionProperties(layer, &n, NULL) < 0 || !n) return 0;
    VkExtensionProperties *p = calloc(n, sizeof *p);
    int found = 0;
    if (p && vkEnumerateInstanceExtensionProperties(layer, &n, p) >= 0)
        for (uint32_t i = 0; i < n; i++) found |= !strcmp(p[i].extensionName, name);
    free(p);
    return found;
}

// split points at the n names of a NUL-separated list; NULL when out of memory.
static const char **split(const char *list, uint32_t n) {
    const char **p = calloc(n + 1, sizeof *p);
    for (uint32_t i = 0; p && i < n; i++, list += strlen(list) + 1) p[i] = list;
    return p;
}

enum { LOG_KEEP = 16, LOG_TEXT = 2000 };

struct rvk_log {
    pthread_mutex_t lock;
    uint32_t count; // messages since the last take; only the first LOG_KEEP are kept
    char text[LOG_KEEP][LOG_TEXT];
    VkDebugUtilsMessengerEXT messenger;
    VkDebugUtilsMessengerCreateInfoEXT info;
    VkValidationFeaturesEXT features;
    uint32_t enable[1];
};

static VkBool32 VKAPI_PTR on_message(uint32_t severity, VkFlags types, const VkDebugUtilsMessengerCallbackDataEXT *data, void *user) {
    (void)severity;
    (void)types;
    rvk_log *log = user;
    pthread_mutex_lock(&log->lock);
    if (log->count < LOG_KEEP) {
        char *t = log->text[log->count];
        snprintf(t, LOG_TEXT, "%s", data->pMessage ? data->pMessage : data->pMessageIdName ? data->pMessageIdName : "?");
        for (char *c = t; *c; c++)
            if (*c == '\n' || *c == '\r') *c = ' ';
    }
    log->count++;
    pthread_mutex_unlock(&log->lock);
    return 0;
}

rvk_log *rvk_log_new(int warnings) {
    rvk_log *log = calloc(1, sizeof *log);
    if (!log) return NULL;
    pthread_mutex_init(&log->lock, NULL);
    log->info = (VkDebugUtilsMessengerCreateInfoEXT){
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity = (warnings ? VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT : 0) | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
        .pfnUserCallback = on_message,
        .pUserData = log,
    };
    return log;
}

void rvk_log_free(rvk_log *log) {
    if (!log) return;
    pthread_mutex_destroy(&log->lock);
    free(log);
}

uint32_t rvk_log_take(rvk_log *log, char *out, size_t size) {
    pthread_mutex_lock(&log->lock);
    uint32_t n = log->count;
    size_t at = 0;
    for (uint32_t i = 0; i < n && i < LOG_KEEP && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? "\n" : "", log->text[i]);
    if (!n && size) out[0] = 0;
    log->count = 0;
    pthread_mutex_unlock(&log->lock);
    return n;
}

int rvk_log_attach(rvk_log *log, void *loader, void *instance) {
    LOAD(loader, instance, VkResult, vkCreateDebugUtilsMessengerEXT,
         (VkInstance, const VkDebugUtilsMessengerCreateInfoEXT *, const void *, VkDebugUtilsMessengerEXT *));
    VkDebugUtilsMessengerCreateInfoEXT info = log->info;
    info.pNext = NULL;
    return vkCreateDebugUtilsMessengerEXT && vkCreateDebugUtilsMessengerEXT(instance, &info, NULL, &log->messenger) == VK_SUCCESS;
}

void rvk_log_detach(rvk_log *log, void *loader, void *instance) {
    LOAD(loader, instance, void, vkDestroyDebugUtilsMessengerEXT, (VkInstance, VkDebugUtilsMessengerEXT, const void *));
    if (vkDestroyDebugUtilsMessengerEXT && log->messenger) vkDestroyDebugUtilsMessengerEXT(instance, log->messenger, NULL);
    log->messenger = 0;
}

VkResult rvk_create_instance(void *loader, uint32_t api, uint32_t flags, const char *layers, uint32_t nlayers,
                             const char *extensions, uint32_t nextensions, rvk_log *log, int sync, void **instance) {
    LOAD(loader, NULL, VkResult, vkCreateInstance, (const VkInstanceCreateInfo *, const void *, VkInstance *));
    if (!vkCreateInstance) return VK_ERROR_INITIALIZATION_FAILED;
    const char **l = split(layers, nlayers), **e = split(extensions, nextensions);
    VkResult r = VK_ERROR_OUT_OF_HOST_MEMORY;
    if (l && e) {
        VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pApplicationName = "radia", .pEngineName = "radia", .apiVersion = api};
        VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .flags = flags, .pApplicationInfo = &app,
                                     .enabledLayerCount = nlayers, .ppEnabledLayerNames = l,
                                     .enabledExtensionCount = nextensions, .ppEnabledExtensionNames = e};
        if (log) { // also reports what happens while the instance is created and destroyed
            info.pNext = &log->info;
            if (sync) {
                log->enable[0] = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
                log->features = (VkValidationFeaturesEXT){.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
                                                          .enabledValidationFeatureCount = 1, .pEnabledValidationFeatures = log->enable};
                log->info.pNext = &log->features;
            }
        }
        r = vkCreateInstance(&info, NULL, (VkInstance *)instance);
    }
    free(l);
    free(e);
    return r;
}

// feature_chain links the structures that the device understands behind head.
static void feature_chain(VkPhysicalDeviceFeatures2 *head, RadiaFeatures f[7], uint32_t has) {
    static const struct { uint32_t bit, type; } table[] = {
        {RVK_HAS_FLOAT16, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES},
        {0, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES}, // core in 1.1
        {RVK_HAS_ATOMIC_FLOAT, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_ATOMIC_FLOAT_FEATURES_EXT},
        {RVK_HAS_SCALAR, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SCALAR_BLOCK_LAYOUT_FEATURES},
        {RVK_HAS_MEMORY_MODEL, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES},
        {RVK_HAS_SUBGROUP_SIZE, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES},
        {RVK_HAS_COOP, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR},
    };
    memset(head, 0, sizeof *head);
    memset(f, 0, 7 * sizeof *f);
    head->sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    for (int i = 0; i < 7; i++) {
        f[i].sType = table[i].type;
        if (table[i].bit && !(has & table[i].bit)) continue;
        f[i].pNext = head->pNext;
        head->pNext = &f[i];
    }
}

void rvk_query(void *loader, void *instance, void *physical, uint32_t has, rvk_caps *c) {
    LOAD(loader, instance, void, vkGetPhysicalDeviceFeatures2, (VkPhysicalDevice, VkPhysicalDeviceFeatures2 *));
    LOAD(loader, instance, void, vkGetPhysicalDeviceProperties2, (VkPhysicalDevice, RadiaHead *));
    LOAD(loader, instance, VkResult, vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR, (VkPhysicalDevice, uint32_t *, VkCooperativeMatrixPropertiesKHR *));
    memset(c, 0, sizeof *c);
    if (!vkGetPhysicalDeviceFeatures2 || !vkGetPhysicalDeviceProperties2) return;

    VkPhysicalDeviceFeatures2 head;
    RadiaFeatures f[7];
    feature_chain(&head, f, has);
    vkGetPhysicalDeviceFeatures2(physical, &head);
    // The places of the booleans are those of the specification's structures.
    if (f[0].on[0]) c->features |= RVK_FLOAT16;
    if (f[1].on[0]) c->features |= RVK_STORAGE16;
    if (f[2].on[0] && f[2].on[1]) c->features |= RVK_ATOMIC_FLOAT;
    if (f[3].on[0]) c->features |= RVK_SCALAR;
    if (f[4].on[0]) c->features |= RVK_MEMORY_MODEL;
    if (f[4].on[0] && f[4].on[1]) c->features |= RVK_MEMORY_MODEL_DEVICE;
    if (f[5].on[0] && f[5].on[1]) c->features |= RVK_SUBGROUP_SIZE;
    if (f[6].on[0] && f[4].on[0]) c->features |= RVK_COOP;

    RadiaHead props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
    VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceSubgroupProperties sub = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES, .pNext = &id};
    VkPhysicalDeviceMaintenance3Properties m3 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES, .pNext = &sub};
    VkPhysicalDeviceDriverProperties driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
    VkPhysicalDeviceSubgroupSizeControlProperties size = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES};
    VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nv = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV};
    VkPhysicalDeviceShaderCorePropertiesAMD amd = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD};
    props.pNext = &m3;
#define CHAIN(bit, s) if (has & (bit)) { (s).pNext = props.pNext; props.pNext = &(s); }
    CHAIN(RVK_HAS_DRIVER, driver)
    CHAIN(RVK_HAS_SUBGROUP_SIZE, size)
    CHAIN(RVK_HAS_NV_SM, nv)
    CHAIN(RVK_HAS_AMD_CORE, amd)
#undef CHAIN
    vkGetPhysicalDeviceProperties2(physical, &props);
    memcpy(c->deviceUUID, id.deviceUUID, 16);
    memcpy(c->driverUUID, id.driverUUID, 16);
    c->subgroupSize = sub.subgroupSize;
    c->subgroupStages = sub.supportedStages;
    c->subgroupOps = sub.supportedOperations;
    c->maxAllocation = m3.maxMemoryAllocationSize;
    c->driverID = driver.driverID;
    memcpy(c->driverName, driver.driverName, 255);
    memcpy(c->driverInfo, driver.driverInfo, 255);
    c->minSubgroup = size.minSubgroupSize;
    c->maxSubgroup = size.maxSubgroupSize;
    c->requiredStages = size.requiredSubgroupSizeStages;
    c->computeUnits = has & RVK_HAS_NV_SM ? nv.shaderSMCount : amd.value[0] * amd.value[1] * amd.value[2];

    if (!(c->features & RVK_COOP) || !vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) return;
    uint32_t n = 0;
    if (vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(physical, &n, NULL) < 0 || !n) return;
    VkCooperativeMatrixPropertiesKHR *p = calloc(n, sizeof *p);
    if (!p) return;
    for (uint32_t i = 0; i < n; i++) p[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
    if (vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(physical, &n, p) >= 0)
        for (uint32_t i = 0; i < n && c->shapes < RVK_MAX_SHAPES; i++) {
            if (p[i].AType != VK_COMPONENT_TYPE_FLOAT16_KHR || p[i].BType != VK_COMPONENT_TYPE_FLOAT16_KHR) continue;
            if (p[i].CType != p[i].ResultType || p[i].CType > VK_COMPONENT_TYPE_FLOAT32_KHR) continue;
            if (p[i].scope != VK_SCOPE_SUBGROUP_KHR || p[i].saturatingAccumulation) continue;
            uint32_t *s = c->shape[c->shapes++];
            s[0] = p[i].MSize, s[1] = p[i].NSize, s[2] = p[i].KSize, s[3] = p[i].CType == VK_COMPONENT_TYPE_FLOAT32_KHR;
        }
    free(p);
}

void rvk_budget(void *loader, void *instance, void *physical, uint64_t budget[16], uint64_t usage[16]) {
    LOAD(loader, instance, void, vkGetPhysicalDeviceMemoryProperties2, (VkPhysicalDevice, RadiaHead *));
    VkPhysicalDeviceMemoryBudgetPropertiesEXT b = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    RadiaHead head = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &b};
    if (vkGetPhysicalDeviceMemoryProperties2) vkGetPhysicalDeviceMemoryProperties2(physical, &head);
    memcpy(budget, b.heapBudget, sizeof b.heapBudget);
    memcpy(usage, b.heapUsage, sizeof b.heapUsage);
}

uint32_t rvk_families(void *loader, void *instance, void *physical, rvk_family *out, uint32_t max) {
    LOAD(loader, instance, void, vkGetPhysicalDeviceQueueFamilyProperties, (VkPhysicalDevice, uint32_t *, VkQueueFamilyProperties *));
    uint32_t n = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, NULL);
    VkQueueFamilyProperties *p = calloc(n + 1, sizeof *p);
    if (!p) return 0;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, p);
    if (n > max) n = max;
    for (uint32_t i = 0; i < n; i++) out[i] = (rvk_family){p[i].queueFlags, p[i].queueCount, p[i].timestampValidBits};
    free(p);
    return n;
}

char *rvk_extensions(void *loader, void *instance, void *physical) {
    LOAD(loader, instance, VkResult, vkEnumerateDeviceExtensionProperties, (VkPhysicalDevice, const char *, uint32_t *, VkExtensionProperties *));
    uint32_t n = 0;
    if (vkEnumerateDeviceExtensionProperties(physical, NULL, &n, NULL) < 0) n = 0;
    VkExtensionProperties *p = calloc(n + 1, sizeof *p);
    char *out = calloc(n + 1, 257), *at = out;
    if (p && out && n && vkEnumerateDeviceExtensionProperties(physical, NULL, &n, p) >= 0)
        for (uint32_t i = 0; i < n; i++) {
            size_t len = strnlen(p[i].extensionName, 256);
            memcpy(at, p[i].extensionName, len);
            at += len + 1;
        }
    free(p);
    return out;
}

VkResult rvk_create_device(void *loader, void *instance, void *physical, uint32_t family, uint32_t features,
                           const char *extensions, uint32_t nextensions, VkDevice *device) {
    LOAD(loader, instance, VkResult, vkCreateDevice, (VkPhysicalDevice, const VkDeviceCreateInfo *, const void *, VkDevice *));
    uint32_t has = (features & RVK_FLOAT16 ? RVK_HAS_FLOAT16 : 0) | (features & RVK_ATOMIC_FLOAT ? RVK_HAS_ATOMIC_FLOAT : 0) |
                   (features & RVK_SCALAR ? RVK_HAS_SCALAR : 0) | (features & RVK_MEMORY_MODEL ? RVK_HAS_MEMORY_MODEL : 0) |
                   (features & RVK_SUBGROUP_SIZE ? RVK_HAS_SUBGROUP_SIZE : 0) | (features & RVK_COOP ? RVK_HAS_COOP : 0);
    VkPhysicalDeviceFeatures2 head;
    RadiaFeatures f[7];
    feature_chain(&head, f, has);
    f[0].on[0] = 1;
    f[1].on[0] = features & RVK_STORAGE16 ? 1 : 0;
    f[2].on[0] = f[2].on[1] = 1;
    f[3].on[0] = 1;
    f[4].on[0] = 1;
    f[4].on[1] = features & RVK_MEMORY_MODEL_DEVICE ? 1 : 0;
    f[5].on[0] = f[5].on[1] = 1;
    f[6].on[0] = 1;
    const char **e = split(extensions, nextensions);
    if (!e) return VK_ERROR_OUT_OF_HOST_MEMORY;
    float priority = 1;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueFamilyIndex = family,
                                     .queueCount = 1, .pQueuePriorities = &priority};
    VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &head, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
                               .enabledExtensionCount = nextensions, .ppEnabledExtensionNames = e};
    VkResult r = vkCreateDevice(physical, &info, NULL, device);
    free(e);
    return r;
}
