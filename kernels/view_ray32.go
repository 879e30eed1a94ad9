package kernels

// The statements of shaders/lib/view_ray.glsl and radiance_add.glsl in Go.

// viewRay is the ray of a pixel of a frame; seen is false where the lens sees nothing.
func viewRay(cam *Camera, v *View, pixel uint32) (o, d vec3, seen bool) {
	offX, offY := viewOffset(v)
	return viewRayAt(cam, v, pixel, offX, offY)
}

// viewOffset is where in its pixel every ray of a frame goes through.
func viewOffset(v *View) (x, y float32) {
	if v.Snap != 0 {
		return 0.5, 0.5
	}
	x0, y0 := sobol2(0, 0xdeadbeef)
	x1, y1 := sobol2(v.Spp, 0xdeadbeef)
	return fract32(0.5 - x0 + x1), fract32(0.5 - y0 + y1)
}

// viewRayAt is viewRay for the frame's viewOffset.
func viewRayAt(cam *Camera, v *View, pixel uint32, offX, offY float32) (o, d vec3, seen bool) {
	x, y := pixel%cam.Width, pixel/cam.Width
	o, d, length, seen := cam.ray((float32(x)+offX)/float32(cam.Width), (float32(y)+offY)/float32(cam.Height))
	if v.Aperture != 0 {
		qx, qy := squareToDisc(sobol2(v.Spp, x*19349663+y*96925573))
		target := o.add(d.mul(v.Focus * length))
		o = o.add(cam.toWorld(vec3{qx * v.Aperture, qy * v.Aperture, 0}))
		d = target.sub(o)
		l := sqrt32(d.dot(d))
		d = vec3{d[0] / l, d[1] / l, d[2] / l}
	}
	return o.add(d.mul(v.Near)), d, seen
}

// viewCosine is the cosine of the direction to the camera's axis, 1 for lenses that see everything.
func viewCosine(cam *Camera, d vec3) float32 {
	if cam.seesAll() {
		return 1
	}
	return cam.forward().dot(d)
}

// viewSpan is the first lattice point inside the box and where the ray leaves it; 0 and 0 where it misses.
func viewSpan(v *View, law *StepLaw, pixel uint32, o, d vec3, seen bool) (t, tmax float32, hit bool) {
	box := [3]vec3{{v.B00, v.B01, v.B02}, {v.B10, v.B11, v.B12}, {v.B20, v.B21, v.B22}}
	lo := vec3{box[0].dot(o), box[1].dot(o), box[2].dot(o)}
	ld := vec3{box[0].dot(d), box[1].dot(d), box[2].dot(d)}
	t0, tmax, hit := boxSpan(lo, ld, vec3{v.LoX, v.LoY, v.LoZ}, vec3{v.HiX, v.HiY, v.HiZ})
	if !hit || !seen {
		return 0, 0, false
	}
	return law.position(law.number(max(t0, 0)+1e-6) + sobolValue(v.Spp, pixel*786433, 0)), tmax, true
}

// radianceAdd composites one sample into a pixel from the network's outputs; true where the ray ends.
func radianceAdd(px *Pixel, raw [4]float32, dt, depth float32, hdr bool, minTransmittance float32) bool {
	return colorAdd(px, vec3{colorOf(raw[0], hdr), colorOf(raw[1], hdr), colorOf(raw[2], hdr)}, 1-rExp(-densityOf(raw[3])*dt), depth, minTransmittance)
}

// colorAdd composites one sample of opacity alpha into a pixel; true where the ray ends.
func colorAdd(px *Pixel, c vec3, alpha, depth, minTransmittance float32) bool {
	w := alpha * (1 - px.A)
	px.R += float32(w * c[0])
	px.G += float32(w * c[1])
	px.B += float32(w * c[2])
	px.A += w
	px.Cost++
	if w > px.Weight {
		px.Weight, px.Depth = w, depth
	}
	if !(px.A > 1-minTransmittance) {
		return false
	}
	px.R, px.G, px.B, px.A = px.R/px.A, px.G/px.A, px.B/px.A, 1
	return true
}
