package config

import "math"

// Kinds of network. They hold the same matrices; MegakernelMLP is another name of FullyFusedMLP.
const (
	FullyFusedMLP = "FullyFusedMLP"
	CutlassMLP    = "CutlassMLP"
	MegakernelMLP = "MegakernelMLP"
)

// Activations of a network.
const (
	ActNone        = "None"
	ActReLU        = "ReLU"
	ActLeakyReLU   = "LeakyReLU"
	ActSiLU        = "SiLU"
	ActExponential = "Exponential"
	ActSine        = "Sine"
	ActSigmoid     = "Sigmoid"
	ActSquareplus  = "Squareplus"
	ActSoftplus    = "Softplus"
	ActTanh        = "Tanh"
)

var (
	networkNames = []string{FullyFusedMLP, CutlassMLP, MegakernelMLP}
	activations  = []string{ActNone, ActReLU, ActLeakyReLU, ActSiLU, ActExponential, ActSine, ActSigmoid, ActSquareplus,
		ActSoftplus, ActTanh}
	networkFamily = keySet("n_neurons n_hidden_layers activation output_activation n_output_dims")
)

// Network is a multilayer perceptron without biases.
type Network struct {
	OType            string
	Neurons          int // width of the hidden layers
	HiddenLayers     int
	Activation       string
	OutputActivation string
	OutputDims       int // 0: chosen by the mode
}

func (n *node) network() Network {
	net := Network{OType: n.choice("otype", "", networkNames)}
	net.Neurons = n.int("n_neurons", 128, 1, 4096)
	net.HiddenLayers = n.int("n_hidden_layers", 5, 0, 64)
	net.Activation = n.choice("activation", ActReLU, activations)
	net.OutputActivation = n.choice("output_activation", ActNone, activations)
	net.OutputDims = n.int("n_output_dims", 0, 1, 1024)
	if net.OType == CutlassMLP {
		if net.Neurons%16 != 0 {
			n.fail("n_neurons", "is %d; the width of a CutlassMLP must be a multiple of 16", net.Neurons)
		}
	} else {
		switch net.Neurons {
		case 16, 32, 64, 128:
		default:
			n.fail("n_neurons", "is %d; the width of a %s must be 16, 32, 64 or 128", net.Neurons, net.OType)
		}
		if net.HiddenLayers == 0 {
			n.fail("n_hidden_layers", "is 0; a %s needs at least one (a CutlassMLP does not)", net.OType)
		}
	}
	n.close(networkFamily)
	return net
}

func (n Network) tree() map[string]any {
	t := map[string]any{
		"otype": n.OType, "n_neurons": int64(n.Neurons), "n_hidden_layers": int64(n.HiddenLayers),
		"activation": n.Activation, "output_activation": n.OutputActivation,
	}
	if n.OutputDims != 0 {
		t["n_output_dims"] = int64(n.OutputDims)
	}
	return t
}

// Optimizer is Adam, inside an optional decay of the learning rate, inside an optional average of the weights.
type Optimizer struct {
	Ema   *Ema
	Decay *ExponentialDecay
	Adam  Adam
}

// Ema averages the weights: e_t = (e_{t−1}·d·(1−d^{t−1}) + w·(1−d)) / (1−d^t). Inference uses the average.
type Ema struct {
	Decay         float32
	FullPrecision bool // keep the average in float32 rather than float16
}

// ExponentialDecay multiplies the learning rate by Base at every step s with Start ≤ s ≤ End and
// (s−Start) mod Interval = 0.
type ExponentialDecay struct {
	Start, Interval, End int
	Base                 float32
}

// Adam is the optimiser of Kingma and Ba 2015. L2Reg applies to matrices, NonMatrixL2Reg to encodings.
type Adam struct {
	LearningRate                float32
	Beta1, Beta2                float32
	Epsilon                     float32
	L2Reg                       float32
	NonMatrixL2Reg              float32
	NonMatrixLearningRateFactor float32
	OptimizeMatrixParams        bool
	OptimizeNonMatrixParams     bool
}

var (
	optimizerNames  = []string{"Ema", "ExponentialDecay", "Adam"}
	optimizerFamily = keySet("nested decay full_precision decay_start decay_interval decay_end decay_base learning_rate beta1 beta2 epsilon " +
		"l2_reg non_matrix_l2_reg non_matrix_learning_rate_factor relative_decay absolute_decay adabound optimize_matrix_params optimize_non_matrix_params")
)

func defaultAdam() Adam {
	return Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, L2Reg: 1e-8, NonMatrixLearningRateFactor: 1,
		OptimizeMatrixParams: true, OptimizeNonMatrixParams: true}
}

func (n *node) optimizer() Optimizer {
	o := Optimizer{Adam: defaultAdam()}
	for {
		var next *node
		switch n.choice("otype", "", optimizerNames) {
		case "Ema":
			if o.Ema != nil {
				n.fail("otype", "is a second Ema in one optimizer")
			}
			o.Ema = &Ema{Decay: n.float("decay", 0.99, 0, 1), FullPrecision: n.bool("full_precision", false)}
			next = n.required("nested")
		case "ExponentialDecay":
			if o.Decay != nil {
				n.fail("otype", "is a second ExponentialDecay in one optimizer")
			}
			const most = math.MaxInt32
			o.Decay = &ExponentialDecay{
				Start: n.int("decay_start", 10000, 0, most), Interval: n.int("decay_interval", 10000, 1, most),
				End: n.int("decay_end", 10000000, 0, most), Base: n.float("decay_base", 0.1, 0, 1),
			}
			next = n.required("nested")
		case "Adam":
			o.Adam = n.adam()
		}
		n.close(optimizerFamily)
		if n.d.err != nil || next == nil {
			return o
		}
		n = next
	}
}

func (n *node) adam() Adam {
	d := defaultAdam()
	n.neutral("adabound", false)
	n.neutral("relative_decay", 0)
	n.neutral("absolute_decay", 0)
	return Adam{
		LearningRate:                n.float("learning_rate", d.LearningRate, 0, 1e3),
		Beta1:                       n.float("beta1", d.Beta1, 0, 0.9999999),
		Beta2:                       n.float("beta2", d.Beta2, 0, 0.9999999),
		Epsilon:                     n.float("epsilon", d.Epsilon, 0, 1),
		L2Reg:                       n.float("l2_reg", d.L2Reg, 0, 1e3),
		NonMatrixL2Reg:              n.float("non_matrix_l2_reg", d.NonMatrixL2Reg, 0, 1e3),
		NonMatrixLearningRateFactor: n.float("non_matrix_learning_rate_factor", d.NonMatrixLearningRateFactor, 0, 1e6),
		OptimizeMatrixParams:        n.bool("optimize_matrix_params", true),
		OptimizeNonMatrixParams:     n.bool("optimize_non_matrix_params", true),
	}
}

func (o Optimizer) tree() map[string]any {
	a := o.Adam
	t := map[string]any{
		"otype": "Adam", "learning_rate": shortest(a.LearningRate), "beta1": shortest(a.Beta1), "beta2": shortest(a.Beta2),
		"epsilon": shortest(a.Epsilon), "l2_reg": shortest(a.L2Reg),
	}
	d := defaultAdam()
	if a.NonMatrixL2Reg != d.NonMatrixL2Reg {
		t["non_matrix_l2_reg"] = shortest(a.NonMatrixL2Reg)
	}
	if a.NonMatrixLearningRateFactor != d.NonMatrixLearningRateFactor {
		t["non_matrix_learning_rate_factor"] = shortest(a.NonMatrixLearningRateFactor)
	}
	if !a.OptimizeMatrixParams {
		t["optimize_matrix_params"] = false
	}
	if !a.OptimizeNonMatrixParams {
		t["optimize_non_matrix_params"] = false
	}
	if e := o.Decay; e != nil {
		t = map[string]any{"otype": "ExponentialDecay", "decay_start": int64(e.Start), "decay_interval": int64(e.Interval),
			"decay_end": int64(e.End), "decay_base": shortest(e.Base), "nested": t}
	}
	if e := o.Ema; e != nil {
		t = map[string]any{"otype": "Ema", "decay": shortest(e.Decay), "nested": t}
		if e.FullPrecision {
			t["full_precision"] = true
		}
	}
	return t
}

// Loss names the function of prediction and target that training reduces.
type Loss struct{ OType string }

var lossNames = []string{"L2", "L1", "Huber", "MAPE", "SMAPE", "LogL1", "RelativeL2", "RelativeL2Luminance", "RelativeL1",
	"CrossEntropy", "Variance"}

func (n *node) loss() Loss {
	l := Loss{OType: n.choice("otype", "", lossNames)}
	n.close(nil)
	return l
}

func (l Loss) tree() map[string]any { return map[string]any{"otype": l.OType} }
