// Package demo holds the model with which the viewer starts when nothing else is asked for: the built-in procedural scene,
// trained. It was made by
//
//	radia synth scene --views 80 --size 160 --seed 1
//	radia train scene --config demo.json --batch 16384 --steps 3500 -o model.ingp
//	go run ./cmd/viewer/internal/demo/shrink model.ingp cmd/viewer/internal/demo/procedural.ingp
//
// where demo.json, which the model holds as every snapshot does, is base with log2_hashmap_size 12, per_level_scale 1.6,
// decay_start 1500 and decay_interval 750.
package demo

import (
	_ "embed"

	"github.com/radia-go/radia/scene/snapshot"
)

//go:embed procedural.ingp
var procedural []byte

// Seed is the seed of the scene that the model shows.
const Seed = 1

// Model is the trained model.
func Model() (*snapshot.Snapshot, error) { return snapshot.Decode("the built-in model", procedural) }
