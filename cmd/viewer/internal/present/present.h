// A swapchain that shows pictures from host memory or from a buffer of the device. The C side of package present.
#ifndef RADIA_PRESENT_H
#define RADIA_PRESENT_H

#include <stdint.h>

typedef struct rp_presenter rp_presenter;

// Results besides negative VkResults.
enum { RP_SHOWN = 0, RP_SKIPPED = 1, RP_STALE = 2 };

// What rp_create refuses.
enum { RP_NO_PRESENT = -2000, RP_NO_TRANSFER = -2001, RP_NO_FORMAT = -2002, RP_NO_FUNCTION = -2003, RP_NO_MEMORY_TYPE = -2004 };

int32_t rp_create(void *get_instance_proc, void *instance, void *physical, void *device, void *queue, uint32_t family, uint64_t surface, int vsync, rp_presenter **out);

// rp_acquire takes the next picture of the swapchain, which rp_show or rp_show_buffer must show. RP_SKIPPED: there is none now.
// RP_STALE: rp_rebuild comes first. It does not use the queue.
int32_t rp_acquire(rp_presenter *p);

// rp_rebuild makes the swapchain for the window's present size. RP_SKIPPED: the window has no area (minimised). It uses the
// queue, as all that follows but rp_dirty, rp_swap and rp_settle.
int32_t rp_rebuild(rp_presenter *p, uint32_t width, uint32_t height);

// rp_show_buffer shows width x height pixels of a VkBuffer in the swapchain's order of channels, after what was submitted to
// the queue before.
int32_t rp_show_buffer(rp_presenter *p, uint64_t buffer, uint32_t width, uint32_t height);

// rp_swap is 1 where the swapchain is BGRA; rp_settle waits for the last copy.
int rp_swap(const rp_presenter *p);
void rp_settle(rp_presenter *p);

// rp_show shows width x height RGBA pixels, rows from the top.
int32_t rp_show(rp_presenter *p, const uint8_t *pixels, uint32_t width, uint32_t height);

// rp_dirty makes the next rp_show build a new swapchain.
void rp_dirty(rp_presenter *p);

void rp_destroy(rp_presenter *p);

#endif
