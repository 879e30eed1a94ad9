package main

// harmonics writes sh4: the 16 spherical harmonics of degree 4 of a block of directions given as (d+1)/2.
func harmonics() {
	begin("sh4NEON", "writes 16 planes from 3; planes are stride bytes apart.", "(dst, dir *float32, vectors, stride int)", "dst", "dir", "vectors", "stride")
	dst, dir, n, stride := param("dst"), param("dir"), param("vectors"), param("stride")
	const (
		c0  = 0.28209479177387814
		c1  = 0.48860251190291987
		c2  = 1.0925484305920792
		c6a = 0.94617469575755997
		c6b = 0.31539156525251999
		c8  = 0.54627421529603959
		c9  = 0.59004358992664352
		c10 = 2.8906114426405538
		c11 = 0.45704579946446572
		c12 = 0.3731763325901154
		c14 = 1.4453057213202769
	)
	scale := func(c float32, a vec) vec { return fmul(a, constant(c)) }
	loop("loop", n, 1, func() {
		p, q := copyGP(dir), copyGP(dst)
		one := constant(1)
		var d [3]vec
		for i := range d {
			if i > 0 {
				addTo(p, stride)
			}
			x := load(p, 0)
			d[i] = fsub(fadd(x, x), one)
		}
		x, y, z := d[0], d[1], d[2]
		put := func(r vec) {
			store(r, q, 0)
			addTo(q, stride)
		}
		put(constant(c0))
		put(scale(-c1, y))
		put(scale(c1, z))
		put(scale(-c1, x))
		xy := fmul(x, y)
		put(scale(c2, xy))
		put(scale(-c2, fmul(y, z)))
		z2 := fmul(z, z)
		put(fsub(scale(c6a, z2), constant(c6b)))
		put(scale(-c2, fmul(x, z)))
		x2, y2 := fmul(x, x), fmul(y, y)
		put(scale(c8, fsub(x2, y2)))
		put(fmul(scale(c9, y), fsub(y2, scale(3, x2))))
		put(scale(c10, fmul(xy, z)))
		f := fsub(one, scale(5, z2))
		put(fmul(scale(c11, y), f))
		put(fmul(scale(c12, z), fsub(scale(5, z2), constant(3))))
		put(fmul(scale(c11, x), f))
		put(fmul(scale(c14, z), fsub(x2, y2)))
		put(fmul(scale(c9, x), fadd(scale(-1, x2), scale(3, y2))))
		advance(dst, 16)
		advance(dir, 16)
	})
	end()
}
