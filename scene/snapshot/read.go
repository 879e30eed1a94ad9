package snapshot

import (
	"errors"
	"fmt"
	"math"
)

const maxInt = math.MaxInt64

var identity3 = [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// fromTree takes the tree apart; it owns the maps.
func fromTree(root map[string]any) (*Snapshot, error) {
	var err error
	r := fields{root, "root", &err}
	f, ok := r.sub("snapshot")
	if !ok {
		return nil, errors.New("it has no key snapshot: it is a configuration, or not a snapshot at all")
	}
	f.path = "snapshot"
	if !f.has("version") {
		return nil, errors.New("snapshot.version is missing: files from before July 2022 cannot be read")
	}
	if v := f.int("version", 0, -maxInt, maxInt); err == nil && v != Version {
		return nil, fmt.Errorf("snapshot.version is %d; this program reads version %d", v, Version)
	}
	s := &Snapshot{Config: root, Mode: f.str("mode")}
	if s.Mode == "" && f.has("nerf") {
		s.Mode = "nerf"
	}
	f.params(&s.Params)
	if o, ok := f.sub("optimizer"); ok {
		s.Optimizer = o.optimizer()
	}
	if size := f.int("density_grid_size", GridSize, 0, maxInt); size != GridSize && f.has("density_grid_binary") {
		f.fail("density_grid_size", "is %d; it must be %d", size, GridSize)
	}
	if b := f.blob("density_grid_binary", 2); len(b) > 0 {
		s.DensityGrid = halvesOf(b)
	}
	if n, ok := f.sub("nerf"); ok {
		s.NeRF = n.nerf()
	}
	s.TrainingStep = f.int("training_step", 0, 0, maxInt)
	s.Loss = f.float("loss", 0)
	f.box("aabb", &s.AABB)
	f.box("render_aabb", &s.RenderAABB)
	s.RenderAABBToLocal = identity3
	f.matrix3("render_aabb_to_local", &s.RenderAABBToLocal)
	s.BoundingRadius = f.float32("bounding_radius", 0)
	f.floats("up_dir", s.UpDir[:])
	f.floats("sun_dir", s.SunDir[:])
	s.Exposure = f.float32("exposure", 0)
	f.floats("background_color", s.BackgroundColor[:])
	if c, ok := f.sub("camera"); ok {
		s.Camera = c.camera()
	}
	if x, ok := f.sub("radia"); ok {
		s.Radia = x.radia()
	}
	s.Extra = f.rest()
	if err != nil {
		return nil, err
	}
	return s, s.check()
}

func (f fields) params(p *Params) {
	typ := f.str("params_type")
	n := f.int("n_params", -1, 0, math.MaxInt32)
	size := 2
	switch typ {
	case "__half":
	case "float":
		size = 4
	default:
		f.fail("params_type", "is %s; it must be __half or float", kindOf(typ))
	}
	if !f.has("params_binary") {
		f.fail("params_binary", "is missing")
	}
	b := f.blob("params_binary", size)
	if *f.err != nil {
		return
	}
	if n >= 0 && int64(len(b)) != n*int64(size) {
		f.fail("params_binary", "has %d bytes; %d parameters of type %s need %d", len(b), n, typ, n*int64(size))
		return
	}
	if size == 2 {
		p.Half = halvesOf(b)
	} else {
		p.Float = floatsOf(b)
	}
}

// optimizer walks down the nested optimisers; each is known by its keys.
func (f fields) optimizer() *Optimizer {
	o := &Optimizer{}
	for range maxDepth {
		if f.has("weights_ema_binary") {
			o.Ema = &Ema{Weights: halvesOf(f.blob("weights_ema_binary", 2))}
		}
		if f.has("learning_rate_factor") {
			o.Decay = &Decay{LearningRate: f.float32("learning_rate", 0), Factor: f.float32("learning_rate_factor", 1)}
		}
		if f.has("first_moments_binary") || f.has("current_step") {
			o.Adam = &Adam{
				CurrentStep:      f.int("current_step", 0, 0, maxInt),
				BaseLearningRate: f.float32("base_learning_rate", 0),
				First:            floatsOf(f.blob("first_moments_binary", 4)),
				Second:           floatsOf(f.blob("second_moments_binary", 4)),
				Steps:            wordsOf(f.blob("param_steps_binary", 4)),
			}
		}
		next, ok := f.sub("nested")
		if !ok {
			break
		}
		f = next
	}
	return o
}

func (f fields) nerf() *NeRF {
	n := &NeRF{}
	n.CamPosOffset = f.adams("cam_pos_offset")
	n.CamRotOffset = f.adams("cam_rot_offset")
	n.ExtraDims = f.adams("extra_dims_opt")
	if r, ok := f.sub("rgb"); ok {
		n.RGB = RayCounters{r.int("rays_per_batch", 0, 0, maxInt), r.int("measured_batch_size", 0, 0, maxInt),
			r.int("measured_batch_size_before_compaction", 0, 0, maxInt)}
	}
	if d, ok := f.sub("dataset"); ok {
		d.dataset(&n.Dataset)
	}
	def := int64(n.Dataset.AABBScale)
	n.AABBScale = int(f.int("aabb_scale", max(def, 1), 1, 128))
	n.Extra = f.rest()
	return n
}

func (f fields) adams(key string) []VectorAdam {
	var out []VectorAdam
	for _, a := range f.maps(key) {
		out = append(out, VectorAdam{
			Iter: a.int("iter", 0, 0, maxInt), FirstMoment: a.vector("first_moment"), SecondMoment: a.vector("second_moment"),
			Variable: a.vector("variable"), LearningRate: a.float32("learning_rate", 0), Epsilon: a.float32("epsilon", 0),
			Beta1: a.float32("beta1", 0), Beta2: a.float32("beta2", 0),
		})
	}
	return out
}

func (f fields) dataset(d *Dataset) {
	for i, p := range f.list("paths") {
		s, ok := p.(string)
		if !ok {
			f.fail("paths", "[%d] is %s; it must be a string", i, kindOf(p))
		}
		d.Paths = append(d.Paths, s)
	}
	d.RenderAABBToLocal = identity3
	f.box("render_aabb", &d.RenderAABB)
	f.matrix3("render_aabb_to_local", &d.RenderAABBToLocal)
	f.floats("up", d.Up[:])
	f.floats("offset", d.Offset[:])
	d.Scale = f.float32("scale", 0.33)
	f.ints("envmap_resolution", d.EnvmapResolution[:])
	d.AABBScale = int(f.int("aabb_scale", 1, 1, 128))
	d.FromMitsuba = f.bool("from_mitsuba", false)
	d.IsHDR = f.bool("is_hdr", false)
	d.WantsImportanceSamples = f.bool("wants_importance_sampling", true)
	d.ExtraLearnableDims = int(f.int("n_extra_learnable_dims", 0, 0, 1<<16))
	f.images(d)
	d.Extra = f.rest()
}

// images reads the cameras. Old files have one lens, principal point, shutter and resolution for all of them.
func (f fields) images(d *Dataset) {
	global := ImageMeta{PrincipalPoint: [2]float32{0.5, 0.5}}
	lens, _ := f.sub("camera_distortion")
	if l, ok := f.sub("lens"); ok {
		lens = l
	}
	if len(lens.m) > 0 {
		global.Lens = lens.m
	}
	f.floats("principal_point", global.PrincipalPoint[:])
	f.floats("rolling_shutter", global.RollingShutter[:])
	f.floats("focal_length", global.FocalLength[:])
	f.ints("image_resolution", global.Resolution[:])
	focals := f.list("focal_lengths")
	metas, poses := f.maps("metadata"), f.maps("xforms")
	n := max(len(metas), len(poses))
	if want := f.int("n_images", int64(n), 0, math.MaxInt32); want != int64(n) {
		f.fail("n_images", "is %d, but %d images are described", want, n)
	}
	if len(metas) > 0 && len(poses) > 0 && len(metas) != len(poses) {
		f.fail("metadata", "describes %d images and xforms %d", len(metas), len(poses))
	}
	if *f.err != nil {
		return
	}
	for i := range n {
		im := global
		if i < len(focals) && !fillFloats(im.FocalLength[:], focals[i]) {
			f.fail("focal_lengths", "[%d] must be 2 numbers", i)
		}
		if i < len(metas) {
			m := metas[i]
			m.ints("resolution", im.Resolution[:])
			m.floats("focal_length", im.FocalLength[:])
			m.floats("principal_point", im.PrincipalPoint[:])
			m.floats("rolling_shutter", im.RollingShutter[:])
			for _, key := range []string{"camera_distortion", "lens"} {
				if l, ok := m.sub(key); ok && len(l.m) > 0 {
					im.Lens = l.m
				}
			}
		}
		if i < len(poses) {
			poses[i].matrix("start", &im.Start)
			im.End = im.Start
			poses[i].matrix("end", &im.End)
		}
		d.Images = append(d.Images, im)
	}
}

func (f fields) camera() *Camera {
	c := &Camera{Zoom: 1, Scale: 1, ScreenCenter: [2]float32{0.5, 0.5}}
	f.matrix("matrix", &c.Matrix)
	c.FovAxis = int(f.int("fov_axis", 1, 0, 2))
	f.floats("relative_focal_length", c.RelativeFocalLength[:])
	f.floats("screen_center", c.ScreenCenter[:])
	c.Zoom = f.float32("zoom", c.Zoom)
	c.Scale = f.float32("scale", c.Scale)
	c.ApertureSize = f.float32("aperture_size", 0)
	c.Autofocus = f.bool("autofocus", false)
	f.floats("autofocus_target", c.AutofocusTarget[:])
	c.AutofocusDepth = f.float32("autofocus_depth", 0)
	return c
}

func (f fields) radia() *Radia {
	r := NewRadia()
	if v := f.int("version", 0, 0, maxInt); *f.err == nil && v != RadiaVersion {
		f.fail("version", "is %d; this program reads version %d", v, RadiaVersion)
	}
	if all, ok := f.sub("sections"); ok {
		for name := range all.m {
			s, ok := all.sub(name)
			if !ok {
				break
			}
			sec := Section{Type: s.str("type"), Shape: []int{}}
			for _, d := range s.vectorInts("shape") {
				sec.Shape = append(sec.Shape, int(d))
			}
			sec.Data = s.blob("data", 1)
			r.Sections[name] = sec
		}
	}
	if all, ok := f.sub("rng"); ok {
		for name := range all.m {
			if g, ok := all.sub(name); ok {
				r.RNG[name] = RNG{g.uint64("state"), g.uint64("inc")}
			}
		}
	}
	if st, ok := f.sub("state"); ok {
		r.State = st.m
	}
	return r
}

func (f fields) vectorInts(key string) []int64 {
	l := f.list(key)
	if len(l) > 8 {
		f.fail(key, "has %d dimensions; at most 8 are allowed", len(l))
		return nil
	}
	out := make([]int64, len(l))
	for i, v := range l {
		n, ok := v.(int64)
		if !ok || n < 0 {
			f.fail(key, "must be whole numbers")
		}
		out[i] = n
	}
	return out
}
