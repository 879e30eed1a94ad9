package config

// Present arranges parameters of a layout with the alignment of 2022 as those of the present one of the same configuration:
// what the wider alignment adds reads and writes nothing, so that the field is the same. Parameters of the present layout are
// returned as they are.
func (c *Config) Present(params []float32) (*Layout, []float32, error) {
	now, err := c.Layout()
	if err != nil {
		return nil, nil, err
	}
	old, err := c.LayoutFor(len(params))
	if err != nil || old.Alignment == now.Alignment {
		return now, params, err
	}
	out := make([]float32, now.Total)
	now.Density.copyFrom(&old.Density, out, params, old.Density.Inputs)
	copyEncoding(&now.Position, &old.Position, out, params)
	if now.RGB != nil {
		// Its inputs are the outputs of the density network, then the encoded direction.
		now.RGB.copyFrom(old.RGB, out, params, old.Density.PaddedOutputs)
		shift := now.Density.PaddedOutputs - old.Density.PaddedOutputs
		first, was := now.RGB.Matrices[0], old.RGB.Matrices[0]
		for row := range was.Rows {
			copy(out[first.Offset+row*first.Cols+old.Density.PaddedOutputs+shift:][:old.Direction.PaddedOutputs],
				params[was.Offset+row*was.Cols+old.Density.PaddedOutputs:][:old.Direction.PaddedOutputs])
		}
		copyEncoding(now.Direction, old.Direction, out, params)
	}
	return now, out, nil
}

// copyFrom copies the matrices of the same network in another layout, of the first one the first columns only.
func (m *MLP) copyFrom(old *MLP, to, from []float32, columns int) {
	for i, was := range old.Matrices {
		is, n := m.Matrices[i], was.Cols
		if i == 0 {
			n = columns
		}
		for row := range was.Rows {
			copy(to[is.Offset+row*is.Cols:][:n], from[was.Offset+row*was.Cols:][:n])
		}
	}
}

// copyEncoding copies tables, which no alignment changes.
func copyEncoding(now, old *EncodingLayout, to, from []float32) {
	copy(to[now.Offset:now.Offset+now.Count], from[old.Offset:old.Offset+old.Count])
}
