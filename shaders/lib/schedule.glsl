#ifndef RADIA_SCHEDULE
#define RADIA_SCHEDULE
// State of the optimiser; kernels.Schedule has the same fields in the same order.
struct Schedule {
    uint step;           // steps begun so far
    float learning_rate; // of the step in progress
    float factor;        // product of the decays so far
    float ema_old;       // weights of the old average and of the parameter in the new average
    float ema_new;
    float ema_power;     // ema_decay^step
    uint nonfinite;      // gradients that were infinite or not a number
    float base_rate;
    float decay_base;
    uint decay_start;
    uint decay_interval; // 0: no decay
    uint decay_end;
    float ema_decay;
};
#endif
