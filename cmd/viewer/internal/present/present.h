// A swapchain that shows pictures from host memory. The C side of package present.
#ifndef RADIA_PRESENT_H
#define RADIA_PRESENT_H

#include <stdint.h>

typedef struct rp_presenter rp_presenter;

// Results besides negative VkResults.
enum { RP_SHOWN = 0, RP_SKIPPED = 1 };

// What rp_create refuses.
enum { RP_NO_PRESENT = -2000, RP_NO_TRANSFER = -2001, RP_NO_FORMAT = -2002, RP_NO_FUNCTION = -2003, RP_NO_MEMORY_TYPE = -2004 };

int32_t rp_create(void *get_instance_proc, void *instance, void *physical, void *device, void *queue, uint32_t family, uint64_t surface, int vsync, rp_presenter **out);

// rp_show shows width x height RGBA pixels, rows from the top. RP_SKIPPED: nothing could be shown now (minimised, or the
// window has no free picture).
int32_t rp_show(rp_presenter *p, const uint8_t *pixels, uint32_t width, uint32_t height);

// rp_dirty makes the next rp_show build a new swapchain.
void rp_dirty(rp_presenter *p);

void rp_destroy(rp_presenter *p);

#endif
