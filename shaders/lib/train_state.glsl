// Word indices of the `state` buffer that drives a training step on the device. kernels/train_state.go has the same
// list as a struct; a test compares the two. Every word is a uint, so that any kernel can take a count from the same
// buffer by index.
#ifndef RADIA_TRAIN_STATE
#define RADIA_TRAIN_STATE
const uint STATE_STEP = 0;             // finished training steps
const uint STATE_RAYS = 1;             // rays of this batch
const uint STATE_SAMPLES = 2;          // samples of this batch that fit the sample capacity
const uint STATE_KEPT = 3;             // samples before termination that fit the batch capacity
const uint STATE_SAMPLES_TOTAL = 4;    // samples before clamping
const uint STATE_KEPT_TOTAL = 5;       // kept samples before clamping
const uint STATE_RNG_LO = 6;           // pcg32 position of this step
const uint STATE_RNG_HI = 7;
const uint STATE_INC_LO = 8;           // pcg32 stream
const uint STATE_INC_HI = 9;
const uint STATE_GRID_RNG_LO = 10;     // the same for the occupancy grid
const uint STATE_GRID_RNG_HI = 11;
const uint STATE_GRID_INC_LO = 12;
const uint STATE_GRID_INC_HI = 13;
const uint STATE_GRID_STEP = 14;       // finished updates of the occupancy grid
const uint STATE_MEASURED_SAMPLES = 15; // totals of the last finished step; 0 before the first
const uint STATE_MEASURED_KEPT = 16;
const uint STATE_FLAGS = 17;           // FLAG_ bits, kept until the host clears them
const uint STATE_RAY_GROUPS = 18;      // indirect group counts, three words each
const uint STATE_SAMPLE_GROUPS = 21;
const uint STATE_KEPT_GROUPS = 24;
const uint STATE_WORDS = 32;

const uint FLAG_LOSS_NOT_FINITE = 1u;
const uint FLAG_SAMPLES_DROPPED = 2u; // a batch had more samples than the sample capacity
const uint FLAG_KEPT_DROPPED = 4u;    // a batch kept more samples than the batch capacity
const uint FLAG_NOTHING_KEPT = 8u;    // a batch kept no sample at all
#endif
