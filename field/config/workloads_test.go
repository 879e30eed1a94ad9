package config

import "testing"

// workload is one of the four applications with one of the three encodings of Mubarik et al. 2023, at the data of their
// Table 1: fox (aabb_scale 4), a mesh, a picture of 1024 x 1024 pixels, a volume of 612 voxels.
type workload struct {
	preset     string
	grid       int // parameters of the encoding
	width      int // of its output
	networks   int
	mode       Mode
	outputs    int
	activation string // of the output of the only network
}

// Networks: 3072 + 7168 (density 32 to 64 to 16, colour 32 to 64 to 64 to 16) or 64·32 + 64·64 + 16·64; narrower inputs save
// 64·16. Dense grids in two dimensions: 16, 23, 32, 45, 63, 88, 124 and 173 vertices an axis, squares rounded up to 8:
// 256 + 536 (529) + 1024 + 2032 (2025) + 3976 (3969) + 7744 + 15376 + 29936 (29929) = 60880 rows of 2; and 2·128²·8.
var workloads = []workload{
	{"nerf/ngpc-2022", 13074912, 32, 10240, NeRF, 4, ActNone},
	{"nerf/ngpc-2022-densegrid", 16312048, 16, 9216, NeRF, 4, ActNone},
	{"nerf/ngpc-2022-densegrid_1res", 33554432, 16, 9216, NeRF, 4, ActNone},
	{"sdf/ngpc-2022", 12196240, 32, 7168, SDF, 1, ActNone},
	{"sdf/ngpc-2022-densegrid", 16312048, 16, 6144, SDF, 1, ActNone},
	{"sdf/ngpc-2022-densegrid_1res", 33554432, 16, 6144, SDF, 1, ActNone},
	{"image/ngpc-2022", 1419392, 32, 7168, Image, 3, ActNone},
	{"image/ngpc-2022-densegrid", 121760, 16, 6144, Image, 3, ActNone},
	{"image/ngpc-2022-densegrid_1res", 262144, 16, 6144, Image, 3, ActNone},
	{"volume/ngpc-2022", 10712864, 32, 7168, Volume, 4, ActReLU},
	{"volume/ngpc-2022-densegrid", 16312048, 16, 6144, Volume, 4, ActReLU},
	{"volume/ngpc-2022-densegrid_1res", 33554432, 16, 6144, Volume, 4, ActReLU},

	// Since February 2023 a radiance field has 8 levels of 4 features, of which the multi-resolution dense grid takes the 4.
	// A picture of 1024 pixels: the float32 growth of the formula lies above the cube root of 2, which gives every third level
	// a vertex more than the five decimals of 2022 do.
	{"nerf/ingp-2023", 12855296, 32, 10240, NeRF, 4, ActNone},
	{"nerf/ingp-2023-densegrid", 32624096, 32, 10240, NeRF, 4, ActNone},
	{"nerf/ingp-2023-densegrid_1res", 33554432, 16, 9216, NeRF, 4, ActNone},
	{"sdf/ingp-2023", 12196240, 32, 7168, SDF, 1, ActNone},
	{"sdf/ingp-2023-densegrid", 16312048, 16, 6144, SDF, 1, ActNone},
	{"sdf/ingp-2023-densegrid_1res", 33554432, 16, 6144, SDF, 1, ActNone},
	{"image/ingp-2023", 1423440, 32, 7168, Image, 3, ActNone},
	{"image/ingp-2023-densegrid", 121760, 16, 6144, Image, 3, ActNone},
	{"image/ingp-2023-densegrid_1res", 262144, 16, 6144, Image, 3, ActNone},
	{"volume/ingp-2023", 10712864, 32, 7168, Volume, 4, ActReLU},
	{"volume/ingp-2023-densegrid", 16312048, 16, 6144, Volume, 4, ActReLU},
	{"volume/ingp-2023-densegrid_1res", 33554432, 16, 6144, Volume, 4, ActReLU},
}

// concrete is the preset's configuration at the data of the table.
func (w workload) concrete(t *testing.T) *Config {
	t.Helper()
	c := must(Load(w.preset))(t)
	switch w.mode {
	case NeRF:
		return must(c.ForNeRF(4))(t)
	case SDF:
		return must(c.ForSDF())(t)
	case Image:
		return must(c.ForImage(1024, 1024))(t)
	}
	return must(c.ForVolume(612))(t)
}

func TestWorkloads(t *testing.T) {
	for _, w := range workloads {
		c := w.concrete(t)
		l := must(c.Layout())(t)
		if l.Mode != w.mode || l.Position.Count != w.grid || l.Position.PaddedOutputs != w.width || l.NetworkParams != w.networks || l.Total != w.grid+w.networks {
			t.Errorf("%s: mode %s, %d parameters in the grid, %d wide, %d in networks, %d in all; want %s, %d, %d, %d", w.preset, l.Mode, l.Position.Count,
				l.Position.PaddedOutputs, l.NetworkParams, l.Total, w.mode, w.grid, w.width, w.networks)
		}
		if c.Outputs != w.outputs || l.Density.Output != w.activation {
			t.Errorf("%s: %d outputs through %s, want %d through %s", w.preset, c.Outputs, l.Density.Output, w.outputs, w.activation)
		}
	}
}

// The finest levels of the table, and the resolutions it lists for distance fields.
func TestWorkloadLevels(t *testing.T) {
	for preset, want := range map[string][]uint32{
		"sdf/ngpc-2022":                {16, 23, 31, 43, 59, 81, 112, 154, 213, 295, 407, 562, 777, 1073, 1483, 2048},
		"sdf/ngpc-2022-densegrid":      {16, 23, 32, 45, 63, 88, 124, 173},
		"sdf/ngpc-2022-densegrid_1res": {128, 128},
		"nerf/ngpc-2022":               {8192},
		"image/ngpc-2022":              {512},
		"volume/ngpc-2022":             {612},
	} {
		for _, w := range workloads {
			if w.preset != preset {
				continue
			}
			levels := must(w.concrete(t).Layout())(t).Position.Grids[0].Levels
			levels = levels[len(levels)-len(want):]
			for i, l := range levels {
				// A level at a whole number of cells may have one vertex more, as its float32 growth falls.
				if l.Resolution != want[i] && l.Resolution != want[i]+1 {
					t.Errorf("%s: level %d has %d vertices an axis, want %d", preset, i, l.Resolution, want[i])
				}
			}
		}
	}
}
