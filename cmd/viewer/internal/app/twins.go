package app

// widgetTwins are the command lines that do what the panels' widgets do, by label; as action.twin.
var widgetTwins = map[string]string{
	// training
	"train": "train --steps --seconds --resume", "stop": "train --steps --seconds", "start again": "train --seed",
	// training options
	"small": "train --config", "base": "train --config", "big": "train --config", "batch": "train --batch", "learning rate": "train --learning-rate",
	"L2": "train --loss", "L1": "train --loss", "Huber": "train --loss", "MAPE": "train --loss", "SMAPE": "train --loss", "LogL1": "train --loss", "RelativeL2": "train --loss", "RelativeL1": "train --loss",
	"random": "train --background", "on black": "train --background", "on white": "train --background", "nerf": "train --train-mode", "rfl": "train --train-mode", "rflrelax": "train --train-mode",
	"near distance": "train --near-distance", "depth weight": "train --depth-weight", "refine cameras": "train --refine-cameras", "optimize exposures": "train --optimize-exposure",
	"nothing": "train --freeze", "encoding": "train --freeze", "networks": "train --freeze", "copy training command": "train --resume",
	// picture
	"shade": "render --mode", "depth": "render --mode", "normals": "render --mode", "alpha": "render --mode", "position": "render --mode", "cost": "render --mode", "slice": "render --mode",
	"slice at": "render --slice", "levels": "render --levels", "this level alone": "render --levels",
	// light and background
	"exposure": "render --exposure", "none": "render --curve", "ACES": "render --curve", "Hable": "render --curve", "Reinhard": "render --curve",
	"black": "render --background", "white": "render --background", "grey": "render --background", "data": "render --background", "checkerboard behind": "render --background",
	// camera
	"orbit": "render --orbit", "fly": inWindow, "field of view": "render --fov", "speed": inWindow, "aperture": "render --aperture --focus", "cut nearer than": "render --near",
	"reset": "render --view", "roll -": "render --roll", "roll +": "render --roll", "level": "render --roll",
	// scene
	"first": "render --data --view", "prev": "render --data --view", "next": "render --data --view", "last": "render --data --view",
	"truth": "render --truth", "error": "render --truth", "truth opacity": "render --truth-opacity", "show cameras": "render --overlay", "show occupancy": "render --overlay",
	"crop": "render --crop --overlay", "from x": "render --crop", "to x": "render --crop", "from y": "render --crop", "to y": "render --crop", "from z": "render --crop", "to z": "render --crop",
	// quality
	"ms per frame": "- a picture of the command line takes its time", "samples per pixel": "render --spp", "fixed resolution": "render --size", "divided by": "render --size",
	// files
	"picture": "render --out", "EXR": "render --out", "snapshot": "train --out", "copy command line": "render --look", "help  ?": inWindow,
	// camera path and film
	"add key (K)": "render --camera-path", "<": byHand, ">": byHand, "go": "render --eye --at", "set": byHand, "earlier": byHand, "later": byHand, "remove": byHand,
	"0": byHand, "1": byHand, "2": byHand, "3": byHand, "loop": byHand, "time": "render --frames", "seconds": "render --frames --fps", "play": "render --frames --fps", "height": "render --size", "pictures a second": "render --fps", "samples a pixel": "render --spp",
	"render": "render --camera-path --frames", "save path": "render --camera-path",
}
