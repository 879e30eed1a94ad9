"""Dr.Jit's LLVM back end: its own hash grid and its own networks over cooperative vectors."""

import argparse
import json

import drjit as dr
import drjit.nn as nn
import numpy as np
from drjit.llvm.ad import ArrayXf, Float32, TensorXf

from common import PLANTED, Workload, compare, harmonics, rate


class ExactScales(nn.HashGridEncoding):
    """The grid with the level scales that Radia rounds to float32, given by the workload."""

    scales = None

    def _level_scale(self, level):
        return self.scales[level]


def make_grid(w, exact):
    ExactScales.scales = [float(l["scale"]) for l in w.levels]
    kind = ExactScales if exact else nn.HashGridEncoding
    grid = kind(
        Float32,
        3,
        n_levels=len(w.levels),
        n_features_per_level=w.features,
        hashmap_size=1 << w.log2_hashmap,
        base_resolution=w.base,
        per_level_scale=w.growth,
        torchngp_compat=True,
    )
    # The two libraries round the size of a level up differently (8 rows; F rows), so it is filled level by level.
    table = np.zeros((grid.level_offset(len(w.levels)), w.features), np.float32)
    ranges = []
    for i, l in enumerate(w.levels):
        first, size = grid.level_offset(i), grid.level_offset(i + 1) - grid.level_offset(i)
        size = min(size, l["size"])
        table[first : first + size] = w.table[l["offset"] : l["offset"] + size]
        ranges.append((first, l["offset"], size))
    grid.data = Float32(table.ravel())
    return grid, ranges


def make_networks(w):
    nets = []
    for matrices in w.matrices:
        layers = []
        for i, m in enumerate(matrices):
            linear = nn.Linear(m.shape[1], m.shape[0], bias=False)
            linear.weights = TensorXf(m)
            layers.append(linear)
            if i + 1 < len(matrices):
                layers.append(nn.ReLU())
        nets.append(nn.Sequential(*layers, prefix=f"net{len(nets)}"))
    return nets


def field(grid, nets, x, d):
    density = list(nets[0](nn.CoopVec(grid(x))))
    x, y, z = (2 * v - 1 for v in d)
    colour = list(nets[1](nn.CoopVec(*density, *harmonics(x, y, z))))
    return ArrayXf(colour[0], colour[1], colour[2], density[0])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--threads", type=int, required=True)
    p.add_argument("--seconds", type=float, default=3)
    a = p.parse_args()
    dr.set_thread_count(a.threads)
    w = Workload(a.folder)
    x, d, targets = ArrayXf(w.position), ArrayXf(w.direction), ArrayXf(w.targets)
    dr.eval(x, d, targets)

    # Its values as an outside opinion on ours. A vertex one beyond the edge wraps around into another row where the
    # sizes of dense levels differ, so samples that touch one are counted apart.
    inner = np.ones(w.n, bool)
    for l in w.levels:
        if not l["hashed"]:
            inner &= (np.floor(w.position * np.float32(l["scale"]) + np.float32(0.5)) + 1 < l["resolution"]).all(0)
    for exact in (True, False):
        grid, _ = make_grid(w, exact)
        features = np.array(grid(x))
        name = "features, our scales" if exact else "features, its scales"
        print(json.dumps({"peer": "drjit", **compare(name, features, w.encoded, inner), "samples_at_the_edge": int((~inner).sum())}))

    grid, ranges = make_grid(w, True)
    nets = [nn.pack(net, layout="inference") for net in make_networks(w)]

    def infer():
        out = field(grid, nets, x, d)
        dr.eval(out)
        dr.sync_thread()
        return out

    r = rate(infer, w.n, a.seconds)
    print(json.dumps({"peer": "drjit", "work": "inference", "msamples_per_s": r, "how": "LLVM, cooperative vectors", "version": dr.__version__}))
    raw = np.array(infer())
    print(json.dumps({"peer": "drjit", **compare("raw", raw, w.raw, inner)}))
    print(json.dumps({"peer": "drjit", **compare(PLANTED, raw, np.roll(w.raw, 1, -1), inner)}))

    from drjit.opt import Adam

    nets = [nn.pack(net, layout="training") for net in make_networks(w)]
    # Like ours, it leaves entries without a gradient alone.
    table = Adam(lr=1e-2, beta_1=0.9, beta_2=0.99, epsilon=1e-15, mask_updates=True, params={"table": grid.data})
    weights = [Adam(lr=1e-2, beta_1=0.9, beta_2=0.99, epsilon=1e-15) for _ in nets]
    for optimiser, net in zip(weights, nets):
        optimiser.update(net)

    def gradients():
        grid.data = table["table"]
        for optimiser, net in zip(weights, nets):
            net.update(optimiser)
        out = field(grid, nets, x, d)
        e = out - targets
        dr.backward(dr.sum(dr.sum(e * e)) / (4 * w.n))

    def step():
        gradients()
        table.step()
        for optimiser in weights:
            optimiser.step()
        dr.eval(table["table"], *(o[key] for o in weights for key in o))
        dr.sync_thread()

    gradients()
    theirs = np.array(dr.grad(table["table"])).reshape(-1, w.features)
    ours = np.zeros_like(theirs)
    for first, offset, size in ranges:
        ours[first : first + size] = w.table_gradient[offset : offset + size]
    print(json.dumps({"peer": "drjit", **compare("table gradient", theirs, ours)}))
    r = rate(step, w.n, a.seconds)
    print(json.dumps({"peer": "drjit", "work": "training", "msamples_per_s": r, "how": "LLVM, cooperative vectors, masked Adam", "version": dr.__version__}))


if __name__ == "__main__":
    main()
