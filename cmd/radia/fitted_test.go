package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/modeler"

	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
)

// fittedData writes a picture, a mesh and a volume, each small and another one of the same kind, and configurations.
func fittedData(t *testing.T) (dir string, in func(string) string) {
	t.Helper()
	dir = t.TempDir()
	in = func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(in(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, w := range map[string]int{"picture.png": 24, "picture2.png": 25} {
		m := imageio.New(w, 16)
		for i := range m.Pix {
			m.Pix[i] = imageio.Pack(uint8(10*(i%w)), uint8(15*(i/w)), 90, 255)
		}
		if err := imageio.WritePNG(in(name), m); err != nil {
			t.Fatal(err)
		}
	}
	const faces = "f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
	write("mesh.obj", "v 0 0 0\nv 3 0 0\nv 3 2 0\nv 0 2 0\nv 0 0 2\nv 3 0 2\nv 3 2 2\nv 0 2 2\n"+faces)
	write("mesh2.obj", "v 0 0 0\nv 3 0 0\nv 3 2 0\nv 0 2 0\nv 0 0 1\nv 3 0 1\nv 3 2 1\nv 0 2 1\n"+faces)
	succeed(t, "synth", in("volume"), "--cloud", "16")
	succeed(t, "synth", in("volume2"), "--cloud", "16", "--seed", "2")
	for _, mode := range []string{"image", "sdf", "volume"} {
		for name, levels := range map[string]string{"": "3", "2": "4"} {
			write(mode+name+".json", `{"parent": "`+mode+`/base", "encoding": {"n_levels": `+levels+`, "log2_hashmap_size": 12, "base_resolution": 8, "per_level_scale": 1.5},
				"network": {"n_neurons": 32, "n_hidden_layers": 1}}`)
		}
	}
	return dir, in
}

// Trainings of pictures, distance fields and volumes are the same file for the same seed, also when they were interrupted;
// data, configurations and seeds that are not those of the model are refused, and nothing is lost.
func TestFittedCommands(t *testing.T) {
	dir, in := fittedData(t)
	f := share(t)
	for _, k := range []struct{ mode, data, other, keys string }{
		{"image", "picture.png", "picture2.png", "device model size psnr ssim seconds model_bytes parameter_bytes image_bytes"},
		{"sdf", "mesh.obj", "mesh2.obj", "device model iou mean_distance points sign"},
		{"volume", "volume/cloud.json", "volume2/cloud.json", "device model views size reference_paths psnr ssim psnr_density psnr_reference seconds samples_per_ray per_view"},
	} {
		train := func(out string, more ...string) []string {
			return append([]string{"train", in(k.data), "-o", in(out), "--batch", "1024", "--device", "cpu"}, more...)
		}
		whole, half, resumed, small := k.mode+"_whole.ingp", k.mode+"_half.ingp", k.mode+"_resumed.ingp", k.mode+"_small.ingp"
		config := []string{"--config", in(k.mode + ".json")}
		succeed(t, train(whole, append(config, "--steps", "9", "--threads", "1")...)...)
		succeed(t, train(half, append(config, "--steps", "4", "--threads", "2")...)...)
		succeed(t, train(resumed, "--steps", "9", "--resume", in(half))...)
		succeed(t, train(small, append(config, "--steps", "9", "--small")...)...)
		if !bytes.Equal(read(t, in(whole)), read(t, in(resumed))) {
			t.Errorf("%s: the resumed run differs from the uninterrupted one", k.mode)
		}
		if bytes.Equal(read(t, in(whole)), read(t, in(half))) {
			t.Errorf("%s: five steps change nothing: the comparison cannot fail", k.mode)
		}
		if a, b := len(read(t, in(small))), len(read(t, in(whole))); a >= b {
			t.Errorf("%s: %d bytes with --small, %d without", k.mode, a, b)
		}
		refuse(t, dir, "--seed 5|seed 1337", train("no.ingp", "--resume", in(half), "--seed", "5")...)
		refuse(t, dir, k.mode+"2.json|n_levels is 3 in one and 4 in the other", train("no.ingp", "--resume", in(half), "--config", in(k.mode+"2.json"))...)
		refuse(t, dir, half, "train", in(k.other), "-o", in("no.ingp"), "--resume", in(half), "--steps", "6", "--device", "cpu")
		refuseWith(t, 2, dir, "--config big is no preset for a |presets: base", train("no.ingp", "--config", "big")...)
		refuse(t, dir, `mode "nerf"`, train("no.ingp", "--resume", f.model)...)
		if k.mode != "volume" { // which takes seconds
			v := object(t, k.keys, "eval", in(whole), in(k.data), "--device", "cpu")
			if k.mode == "image" && (number(t, v, "image_bytes") != float64(len(read(t, in(k.data)))) || number(t, v, "model_bytes") != float64(len(read(t, in(whole))))) {
				t.Errorf("the size report is wrong: %v", v)
			}
		}
		succeed(t, "render", in(whole), "-o", in(k.mode+"_view.png"), "--size", "24x16", "--device", "cpu")
		if k.mode != "volume" { // whose voxels can be rendered
			refuse(t, dir, "not a model; radia train", "render", in(k.data), "-o", in("no.png"), "--device", "cpu")
		}
		refuse(t, dir, "not a model; radia train", "eval", in(k.data), in(k.data), "--device", "cpu")
		refuse(t, dir, "not a model; radia train", "mesh", in(k.data), "-o", in("no.obj"), "--device", "cpu")
		succeed(t, "info", in(whole))
		succeed(t, "info", in(k.data))
	}
}

// glbMesh reads a GLB file: positions, normals, colours and triangles.
func glbMesh(t *testing.T, path string) (points, normals [][3]float32, colors [][4]uint16, faces []uint32) {
	t.Helper()
	doc, err := gltf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	p := doc.Meshes[0].Primitives[0]
	if points, err = modeler.ReadPosition(doc, doc.Accessors[p.Attributes[gltf.POSITION]], nil); err != nil {
		t.Fatal(err)
	}
	if normals, err = modeler.ReadNormal(doc, doc.Accessors[p.Attributes[gltf.NORMAL]], nil); err != nil {
		t.Fatal(err)
	}
	if at, ok := p.Attributes[gltf.COLOR_0]; ok {
		if colors, err = modeler.ReadColor64(doc, doc.Accessors[at], nil); err != nil {
			t.Fatal(err)
		}
	}
	if faces, err = modeler.ReadIndices(doc, doc.Accessors[*p.Indices], nil); err != nil {
		t.Fatal(err)
	}
	return points, normals, colors, faces
}

func unitNormals(t *testing.T, what string, normals [][3]float32) {
	t.Helper()
	for i, n := range normals {
		if l := math.Sqrt(float64(n[0]*n[0] + n[1]*n[1] + n[2]*n[2])); math.Abs(l-1) > 1e-5 {
			t.Fatalf("%s: normal %d has the length %v", what, i, l)
		}
	}
}

const surfaceKeys = "device model file resolution threshold vertices triangles colors seconds bytes"

// A surface of a distance field is closed and lies where the mesh does, in all formats, with as many vertices and faces as
// the report says; of a radiance field it has colours, lies in the box, and shrinks as the threshold rises.
func TestMeshCommand(t *testing.T) {
	_, in := fittedData(t)
	f := share(t)
	succeed(t, "train", in("mesh.obj"), "-o", in("m.ingp"), "--batch", "4096", "--device", "cpu", "--steps", "200", "--config", in("sdf.json"))
	for _, ext := range []string{"obj", "ply", "glb"} {
		path := in("surface." + ext)
		r := object(t, surfaceKeys, "mesh", in("m.ingp"), "-o", path, "--resolution", "40", "--device", "cpu")
		var vertices, triangles int
		if ext == "glb" {
			points, normals, colors, faces := glbMesh(t, path)
			vertices, triangles = len(points), len(faces)/3
			unitNormals(t, ext, normals)
			if len(normals) != vertices || colors != nil {
				t.Errorf("%s: %d vertices, %d normals, %d colours", ext, vertices, len(normals), len(colors))
			}
		} else {
			m, err := mesh.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Closed() {
				t.Errorf("%s: the surface is not closed", ext)
			}
			lo, hi := m.Bounds()
			for k, want := range []float64{3, 2, 2} {
				if math.Abs(lo[k]) > 0.2 || math.Abs(hi[k]-want) > 0.2 {
					t.Errorf("%s: the surface lies from %v to %v", ext, lo, hi)
				}
			}
			vertices, triangles = len(m.Vertices), len(m.Triangles)+m.Skipped
		}
		if number(t, r, "triangles") != float64(triangles) || number(t, r, "vertices") < float64(vertices) || vertices == 0 {
			t.Errorf("%s: %d vertices and %d triangles, the report says %v", ext, vertices, triangles, r)
		}
	}

	model := in("nerf.msgpack")
	succeed(t, f.train(model, "--steps", "300")...)
	counts, widths := map[string]int{}, map[string]float32{}
	for name, more := range map[string][]string{"low": {"--threshold=0.5"}, "high": {"--threshold=3"}, "box": {"--threshold=0.5", "--box=0.3,0.3,0.3,0.6,0.6,0.6"}, "plain": {"--threshold=0.5", "--no-colors"}} {
		path := in(name + ".glb")
		code, _, text := command(append([]string{"mesh", model, "-o", path, "--resolution", "32", "--device", "cpu", "--json"}, more...)...)
		if code != 0 {
			t.Fatalf("%s: %s", name, text)
		}
		points, normals, colors, faces := glbMesh(t, path)
		unitNormals(t, name, normals)
		if (colors != nil) != (name != "plain") || colors != nil && len(colors) != len(points) {
			t.Errorf("%s: %d vertices, %d colours", name, len(points), len(colors))
		}
		counts[name] = len(faces)
		lo, hi := points[0], points[0]
		for _, p := range points {
			for k, x := range p {
				lo[k], hi[k] = min(lo[k], x), max(hi[k], x)
			}
		}
		widths[name] = max(hi[0]-lo[0], hi[1]-lo[1], hi[2]-lo[2])
	}
	// A point cloud has the vertices of the surface and nothing else: 24 bytes of place and normal, 3 of colour each.
	cloud := in("cloud.ply")
	r := object(t, surfaceKeys, "mesh", model, "-o", cloud, "--points", "--resolution", "32", "--threshold=0.5", "--device", "cpu")
	head, body, _ := strings.Cut(string(read(t, cloud)), "end_header\n")
	n := int(number(t, r, "vertices"))
	if number(t, r, "triangles") != 0 || n == 0 || len(body) != 27*n || !strings.Contains(head, fmt.Sprintf("element vertex %d\n", n)) || !strings.Contains(head, "element face 0\n") {
		t.Errorf("%v\n%s%d bytes", r, head, len(body))
	}
	if counts["high"] >= counts["low"] || counts["plain"] != counts["low"] || widths["box"] >= widths["low"] {
		t.Errorf("indices of the surfaces: %v, their widths: %v", counts, widths)
	}
}
