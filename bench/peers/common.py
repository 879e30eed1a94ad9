"""What the programs under comparison share: reading a workload that `bench export` wrote, and timing."""

import json
import os
import statistics
import time

import numpy as np

# A comparison that must fail, so that one that cannot is noticed; run.py knows it by this name.
PLANTED = "planted fault: results of the neighbouring sample"


class Workload:
    """A network with points, targets and Radia's results; planes are rows of the arrays."""

    def __init__(self, folder):
        with open(os.path.join(folder, "description.json"), encoding="utf-8") as f:
            about = json.load(f)
        self.about = about
        self.n = about["samples"]
        self.levels = about["levels"]
        self.features = about["features"]
        self.base = about["base_resolution"]
        self.growth = about["per_level_scale"]
        self.log2_hashmap = about["log2_hashmap_size"]

        def load(name, planes):
            a = np.fromfile(os.path.join(folder, name + ".f32"), dtype="<f4")
            return a.reshape(planes, -1) if planes else a

        self.samples = load("samples", 7)
        self.targets = load("targets", 4)
        self.raw = load("raw", 4)
        self.encoded = load("features", len(self.levels) * self.features)
        params, gradients = load("params", 0), load("gradients", 0)
        weights = about["network_params"]
        self.table = params[weights:].reshape(-1, self.features)
        self.table_gradient = gradients[weights:].reshape(-1, self.features) / 128
        self.matrices = []
        at = 0
        inside = -(-len(self.levels) * self.features // 16) * 16
        for cols, hidden in ((inside, about["density_hidden"]), (32, about["rgb_hidden"])):
            net = []
            for i in range(hidden + 1):
                rows = about["width"] if i < hidden else 16
                net.append(params[at : at + rows * cols].reshape(rows, cols))
                at += rows * cols
                cols = rows
            self.matrices.append(net)

    @property
    def position(self):
        return self.samples[0:3]

    @property
    def direction(self):
        return self.samples[3:6]


def harmonics(x, y, z):
    """The 16 real spherical harmonics of degree 4 of a unit vector, for any arithmetic type."""
    xx, yy, zz = x * x, y * y, z * z
    return [
        0.28209479177387814 + 0 * x,
        -0.48860251190291987 * y,
        0.48860251190291987 * z,
        -0.48860251190291987 * x,
        1.0925484305920792 * (x * y),
        -1.0925484305920792 * (y * z),
        0.94617469575755997 * zz - 0.31539156525251999,
        -1.0925484305920792 * (x * z),
        0.54627421529603959 * (xx - yy),
        0.59004358992664352 * (y * (yy - 3 * xx)),
        2.8906114426405538 * (x * y * z),
        0.45704579946446572 * (y * (1 - 5 * zz)),
        0.3731763325901154 * (z * (5 * zz - 3)),
        0.45704579946446572 * (x * (1 - 5 * zz)),
        1.4453057213202769 * (z * (xx - yy)),
        0.59004358992664352 * (x * (3 * yy - xx)),
    ]


def rate(once, samples, seconds, least=3):
    """Median rate in Msamples/s of a function that handles so many samples, after one call that does not count."""
    once()
    times = []
    start = time.perf_counter()
    while len(times) < least or time.perf_counter() - start < seconds:
        t = time.perf_counter()
        once()
        times.append(time.perf_counter() - t)
    return samples / statistics.median(times) * 1e-6


def compare(name, got, want, mask=None):
    """Greatest absolute difference, as a finding; NaN counts as infinite."""
    d = np.abs(np.asarray(got, dtype=np.float64) - want)
    d = np.where(np.isnan(d), np.inf, d)
    if mask is not None:
        d = d[..., mask]
    return {"check": name, "max_difference": float(d.max()), "scale": float(np.abs(want).max()), "values": int(d.size)}
