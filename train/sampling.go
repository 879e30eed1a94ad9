package train

import (
	"fmt"

	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// Sampling is how a step's positions on a picture are drawn.
type Sampling string

// Samplings.
const (
	Stratified Sampling = ""       // one in each cell of a square lattice where the batch is a square number, else independent
	Random     Sampling = "random" // independent
	Halton     Sampling = "halton" // points of the sequence with bases 2 and 3, which goes on from step to step
	Sobol      Sampling = "sobol"  // the same of Sobol's in two dimensions
)

// ParseSampling reads a name; "stratified" and "" are the same.
func ParseSampling(name string) (Sampling, error) {
	switch s := Sampling(name); s {
	case Stratified, "stratified":
		return Stratified, nil
	case Random, Halton, Sobol:
		return s, nil
	}
	return "", fmt.Errorf("%.20q is no sampling; want stratified, random, halton or sobol", name)
}

// apply makes the kernel draw so.
func (s Sampling) apply(to *kernels.ImageSamples) {
	switch s {
	case Stratified:
		to.Stratified = true
	case Halton:
		to.Sequence = kernels.HaltonSequence
	case Sobol:
		to.Sequence = kernels.SobolSequence
	}
}

// samplingKey is the sampling in a snapshot's Radia.State, where it is not stratified.
const samplingKey = "sampling"

// StoredSampling is the sampling with which the training of a snapshot goes on.
func StoredSampling(s *snapshot.Snapshot) (Sampling, error) {
	if s.Radia == nil {
		return Stratified, nil
	}
	name, _ := s.Radia.State[samplingKey].(string)
	return ParseSampling(name)
}
