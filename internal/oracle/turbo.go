package oracle

// Turbo is Mikhailov's rainbow (2019) by its polynomial of the fifth degree, 0 to 1; t outside that is taken to its ends.
func Turbo(t float64) (rgb [3]float64) {
	if t < 0 {
		t = 0
	}
	if t > 1 {
		t = 1
	}
	powers := [6]float64{1, t, t * t, t * t * t, t * t * t * t, t * t * t * t * t}
	for k, c := range [3][6]float64{
		{0.13572138, 4.6153926, -42.66032258, 132.13108234, -152.94239396, 59.28637943},
		{0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604},
		{0.1066733, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973},
	} {
		for i, v := range c {
			rgb[k] += v * powers[i]
		}
	}
	return rgb
}
