package field

import (
	"fmt"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
)

// Extra inputs of the colour network, behind the direction: of every picture the direction of its light, where the data has it, and
// latents that training finds (the appearance of NeRF in the wild, Martin-Brualla et al. 2021; reference §4.1, n_extra_dims). Training
// gives each sample those of its picture; rendering gives all samples one appearance.

// LightDims is how many extra inputs a direction of light takes: (l+1)/2 of the unit vector l in the scene's cube.
const LightDims = 3

// LightInputs are the extra inputs that stand for a direction of light.
func LightInputs(l [3]float32) (out [LightDims]float32) {
	for k, v := range l {
		out[k] = (v + 1) / 2
	}
	return out
}

// planesExtra are a direction and the extra inputs, as the direction's encoding reads them.
const planesExtra = "directions and extra inputs"

// ExtraDims is how many extra inputs the colour network has.
func (n *NeRF) ExtraDims() int { return n.extra }

// SetLatents binds the extra inputs of all pictures, ExtraDims numbers each, for batches with Owners.
func (n *NeRF) SetLatents(b gpu.Buffer) { n.latents = b }

// SetAppearance sets the extra inputs of samples that belong to no picture. Recordings made before keep theirs.
func (n *NeRF) SetAppearance(v []float32) {
	if len(v) != n.extra {
		panic(fmt.Sprintf("field: an appearance of %d numbers for %d extra inputs", len(v), n.extra))
	}
	n.appearance = append([]float32(nil), v...)
	n.appearances++
}

// Appearances counts the calls of SetAppearance: recordings of evaluations made under another count are stale.
func (n *NeRF) Appearances() int { return n.appearances }

// extraInputs appends the writing of what the direction's encoding reads: directions of samples and the extra inputs behind them.
func (c chain) extraInputs(r *gpu.Recording, batch kernels.Batch, samples gpu.Bind) {
	inputs := c.planes(planesExtra, c.extraPlanes(), batch)
	copyPlanes(r, inputs, 0, samples, 3, 3, batch.Capacity)
	if batch.Owners != nil {
		kernels.RayLatents(r, batch.Owners, gpu.All(c.latents), inputs, kernels.RayLatentsPush{Capacity: uint32(batch.Capacity), Dims: uint32(c.extra), FirstPlane: 3})
		return
	}
	for k, v := range c.appearance {
		fillPlanes(r, inputs, batch.Capacity, 3+k, 1, v)
	}
}

// Appearance is the extra inputs of picture i of a snapshot, or their mean over all pictures where i is negative; nil where the field
// has none.
func Appearance(s *snapshot.Snapshot, i int) ([]float32, error) {
	if s.NeRF == nil || len(s.NeRF.ExtraDims) == 0 || len(s.NeRF.ExtraDims[0].Variable) == 0 {
		return nil, nil
	}
	all := s.NeRF.ExtraDims
	if i >= len(all) {
		return nil, fmt.Errorf("appearance %d: the model has %d, counted from 0", i, len(all))
	}
	if i >= 0 {
		return all[i].Variable, nil
	}
	mean := make([]float32, len(all[0].Variable))
	for _, a := range all {
		for k, v := range a.Variable {
			mean[k] += v / float32(len(all))
		}
	}
	return mean, nil
}

// extraOf is how many extra inputs a snapshot's field has, and how many of them are a light's: what its pictures have beyond their
// latents. Every picture has as many.
func extraOf(s *snapshot.Snapshot, name string) (extra, light int, err error) {
	if s.NeRF == nil {
		return 0, 0, nil
	}
	all := s.NeRF.ExtraDims
	if extra = s.NeRF.Dataset.ExtraLearnableDims; len(all) > 0 && len(all[0].Variable) == extra+LightDims {
		light = LightDims
	}
	if extra += light; extra > MostExtra {
		return 0, 0, fmt.Errorf("%s: %d extra inputs of the colour network, at most %d are possible", name, extra, MostExtra)
	}
	for i, a := range all {
		if len(a.Variable) != extra {
			return 0, 0, fmt.Errorf("%s: picture %d has %d extra inputs, the field %d", name, i, len(a.Variable), extra)
		}
		for k, v := range a.Variable {
			if !(v >= -1e6 && v <= 1e6) {
				return 0, 0, fmt.Errorf("%s: extra input %d of picture %d is %v", name, k, i, v)
			}
		}
	}
	return extra, light, nil
}

// MostExtra is the most extra inputs.
const MostExtra = 256

// ConfigOf is the concrete configuration of a snapshot's radiance field, whose network has as many extra inputs.
func ConfigOf(s *snapshot.Snapshot, c *config.Config, name string) (*config.Config, error) {
	if s.NeRF == nil {
		return nil, fmt.Errorf("%s: a snapshot of mode %q is no radiance field", name, s.Mode)
	}
	extra, _, err := extraOf(s, name)
	if err != nil {
		return nil, err
	}
	return c.ForNeRFWithExtra(s.NeRF.AABBScale, extra)
}

// StoredExtra is how many latents the pictures of a snapshot have, and whether they have lights.
func StoredExtra(s *snapshot.Snapshot) (latents int, light bool) {
	extra, n, err := extraOf(s, "")
	if err != nil {
		return 0, false
	}
	return extra - n, n > 0
}
