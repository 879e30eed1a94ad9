package snapshot

import "maps"

// tree is the whole file as one tree. Keys of Extra never replace a key that is understood.
func (s *Snapshot) tree() map[string]any {
	t := map[string]any{}
	maps.Copy(t, s.Extra)
	t["version"] = int64(Version)
	t["mode"] = s.Mode
	t["n_params"] = int64(s.Params.Len())
	if s.Params.Half != nil {
		t["params_type"], t["params_binary"] = "__half", s.Params.Half
	} else {
		t["params_type"], t["params_binary"] = "float", s.Params.Float
	}
	if s.Optimizer != nil {
		t["optimizer"] = s.Optimizer.tree()
	}
	if s.NeRF != nil {
		t["nerf"] = s.NeRF.tree()
		t["density_grid_size"] = int64(GridSize)
		t["density_grid_binary"] = s.DensityGrid
	}
	t["training_step"], t["loss"] = s.TrainingStep, s.Loss
	t["aabb"], t["render_aabb"] = boxTree(s.AABB), boxTree(s.RenderAABB)
	t["render_aabb_to_local"] = matrix3Rows(s.RenderAABBToLocal)
	t["bounding_radius"], t["exposure"] = s.BoundingRadius, s.Exposure
	t["up_dir"], t["sun_dir"] = floatList(s.UpDir[:]), floatList(s.SunDir[:])
	t["background_color"] = floatList(s.BackgroundColor[:])
	if c := s.Camera; c != nil {
		t["camera"] = map[string]any{
			"matrix": matrixRows(c.Matrix), "fov_axis": int64(c.FovAxis),
			"relative_focal_length": floatList(c.RelativeFocalLength[:]), "screen_center": floatList(c.ScreenCenter[:]),
			"zoom": c.Zoom, "scale": c.Scale, "aperture_size": c.ApertureSize, "autofocus": c.Autofocus,
			"autofocus_target": floatList(c.AutofocusTarget[:]), "autofocus_depth": c.AutofocusDepth,
		}
	}
	if s.Radia != nil {
		t["radia"] = s.Radia.tree()
	}
	root := maps.Clone(s.Config)
	root["snapshot"] = t
	return root
}

// tree nests the state as the configuration nests the optimisers: average, schedule, Adam.
func (o *Optimizer) tree() map[string]any {
	t := map[string]any{}
	if a := o.Adam; a != nil {
		t = map[string]any{
			"current_step": a.CurrentStep, "base_learning_rate": a.BaseLearningRate,
			"first_moments_binary": a.First, "second_moments_binary": a.Second,
			"param_steps_binary": a.Steps,
		}
	}
	if d := o.Decay; d != nil {
		t = map[string]any{"learning_rate": d.LearningRate, "learning_rate_factor": d.Factor, "nested": t}
	}
	if e := o.Ema; e != nil {
		t = map[string]any{"weights_ema_binary": e.Weights, "nested": t}
	}
	return t
}

func (n *NeRF) tree() map[string]any {
	t := map[string]any{}
	maps.Copy(t, n.Extra)
	t["aabb_scale"] = int64(n.AABBScale)
	t["cam_pos_offset"], t["cam_rot_offset"] = adamList(n.CamPosOffset), adamList(n.CamRotOffset)
	t["extra_dims_opt"] = adamList(n.ExtraDims)
	t["rgb"] = map[string]any{
		"rays_per_batch": n.RGB.RaysPerBatch, "measured_batch_size": n.RGB.MeasuredBatchSize,
		"measured_batch_size_before_compaction": n.RGB.MeasuredBatchSizeBeforeCompaction,
	}
	t["dataset"] = n.Dataset.tree()
	return t
}

func adamList(v []VectorAdam) []any {
	out := make([]any, len(v))
	for i, a := range v {
		out[i] = map[string]any{
			"iter": a.Iter, "first_moment": floatList(a.FirstMoment), "second_moment": floatList(a.SecondMoment),
			"variable": floatList(a.Variable), "learning_rate": a.LearningRate, "epsilon": a.Epsilon, "beta1": a.Beta1, "beta2": a.Beta2,
		}
	}
	return out
}

func (d *Dataset) tree() map[string]any {
	t := map[string]any{}
	maps.Copy(t, d.Extra)
	paths, metas, poses := make([]any, len(d.Paths)), make([]any, len(d.Images)), make([]any, len(d.Images))
	for i, p := range d.Paths {
		paths[i] = p
	}
	for i, im := range d.Images {
		lens := im.Lens
		if lens == nil {
			lens = map[string]any{}
		}
		metas[i] = map[string]any{
			"resolution": intList(im.Resolution[:]), "focal_length": floatList(im.FocalLength[:]), "lens": lens,
			"principal_point": floatList(im.PrincipalPoint[:]), "rolling_shutter": floatList(im.RollingShutter[:]),
		}
		poses[i] = map[string]any{"start": matrixRows(im.Start), "end": matrixRows(im.End)}
	}
	t["n_images"], t["paths"], t["metadata"], t["xforms"] = int64(len(d.Images)), paths, metas, poses
	t["render_aabb"], t["render_aabb_to_local"] = boxTree(d.RenderAABB), matrix3Rows(d.RenderAABBToLocal)
	t["up"], t["offset"], t["scale"] = floatList(d.Up[:]), floatList(d.Offset[:]), d.Scale
	t["envmap_resolution"], t["aabb_scale"] = intList(d.EnvmapResolution[:]), int64(max(d.AABBScale, 1))
	t["from_mitsuba"], t["is_hdr"] = d.FromMitsuba, d.IsHDR
	t["wants_importance_sampling"], t["n_extra_learnable_dims"] = d.WantsImportanceSamples, int64(d.ExtraLearnableDims)
	return t
}

func (r *Radia) tree() map[string]any {
	sections, rng := map[string]any{}, map[string]any{}
	for name, s := range r.Sections {
		shape := make([]any, len(s.Shape))
		for i, d := range s.Shape {
			shape[i] = int64(d)
		}
		sections[name] = map[string]any{"type": s.Type, "shape": shape, "data": s.Data}
	}
	for name, g := range r.RNG {
		rng[name] = map[string]any{"state": g.State, "inc": g.Inc}
	}
	t := map[string]any{"version": int64(RadiaVersion), "sections": sections, "rng": rng, "state": map[string]any{}}
	if r.State != nil {
		t["state"] = r.State
	}
	return t
}
