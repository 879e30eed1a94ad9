"""PyTorch: a hash grid and two networks in eager operations, in the fastest of a few formulations."""

import argparse
import json
import os

# Threads that wait for each other give their core to other work, else two of them stall each other on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from torch.nn.functional import embedding, embedding_bag

from common import PLANTED, Workload, compare, harmonics, rate

PRIMES = (1, 2654435761, 805459861)


class Grid:
    def __init__(self, w, lookup):
        self.lookup, self.features, self.levels = lookup, w.features, w.levels
        self.scale = torch.tensor([l["scale"] for l in w.levels])
        self.corners = torch.tensor([[c & 1, c >> 1 & 1, c >> 2] for c in range(8)])

    def places(self, x):
        """Rows [levels][n][8] and weights of the same shape for positions [3][n]."""
        rows, weights = [], []
        for i, l in enumerate(self.levels):
            p = x * self.scale[i] + 0.5
            cell = p.floor()
            t = p - cell
            cell = cell.long()
            axis = []
            for d in range(3):
                lo = cell[d]
                step = PRIMES[d] if l["hashed"] else l["resolution"] ** d
                axis.append((lo * step, (lo + 1) * step, 1 - t[d], t[d]))
            (x0, x1, wx0, wx1), (y0, y1, wy0, wy1), (z0, z1, wz0, wz1) = axis
            row, weight = [], []
            for zc, wz in ((z0, wz0), (z1, wz1)):
                for yc, wy in ((y0, wy0), (y1, wy1)):
                    wyz = wy * wz
                    yz = yc ^ zc if l["hashed"] else yc + zc
                    for xc, wx in ((x0, wx0), (x1, wx1)):
                        r = (xc ^ yz) & (l["size"] - 1) if l["hashed"] else (xc + yz) % l["size"]
                        row.append(r)
                        weight.append(wx * wyz)
            rows.append(torch.stack(row, -1) + l["offset"])
            weights.append(torch.stack(weight, -1))
        return rows, weights

    def __call__(self, table, x):
        rows, weights = self.places(x)
        out = []
        for r, w in zip(rows, weights):
            if self.lookup.startswith("bag"):
                out.append(embedding_bag(r, table, mode="sum", per_sample_weights=w, sparse=self.lookup == "bag-sparse"))
            else:
                out.append((embedding(r, table) * w.unsqueeze(-1)).sum(1))
        return torch.cat(out, 1)


def network(x, matrices):
    for m in matrices[:-1]:
        x = torch.relu(x @ m.t())
    return x @ matrices[-1].t()


def field(grid, table, nets, x, d):
    features = grid(table, x)
    density = network(features, nets[0])
    x, y, z = d * 2 - 1
    colour = network(torch.cat([density, torch.stack(harmonics(x, y, z), 1)], 1), nets[1])
    return torch.cat([colour[:, :3], density[:, :1]], 1)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--threads", type=int, required=True)
    p.add_argument("--seconds", type=float, default=3)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    w = Workload(a.folder)
    position, direction = torch.tensor(w.position), torch.tensor(w.direction)
    targets = torch.tensor(w.targets).t().contiguous()
    table = torch.tensor(w.table)
    nets = [[torch.tensor(m) for m in net] for net in w.matrices]

    def infer(grid, chunk):
        with torch.inference_mode():
            return torch.cat([field(grid, table, nets, position[:, i : i + chunk], direction[:, i : i + chunk]) for i in range(0, w.n, chunk)])

    # The fastest of several formulations, batches and numbers of threads is measured; which one it is, the first round
    # finds out and keeps beside the workload.
    memory = os.path.join(a.folder, "torch.json")
    known = {}
    if os.path.exists(memory):
        with open(memory, encoding="utf-8") as f:
            known = json.load(f)

    def fastest(work, candidates, measure):
        if work not in known:
            known[work] = max(candidates, key=measure)
            with open(memory, "w", encoding="utf-8") as f:
                json.dump(known, f)
        return known[work]

    def try_inference(c):
        torch.set_num_threads(c[2])
        grid = Grid(w, c[0])
        return rate(lambda: infer(grid, c[1]), w.n, 0, least=1)

    n = a.threads
    lookup, chunk, threads = fastest("inference", [("bag", 4096, n), ("bag", 16384, n), ("bag", 65536, n), ("bag", 4096, 1), ("bag", 16384, 1), ("rows", 16384, n)], try_inference)
    torch.set_num_threads(threads)
    grid = Grid(w, lookup)
    r = rate(lambda: infer(grid, chunk), w.n, a.seconds)
    raw = infer(grid, chunk).t().numpy()
    print(json.dumps({"peer": "torch", "work": "inference", "msamples_per_s": r, "how": f"{lookup}, {chunk} samples at a time, {threads} threads", "version": torch.__version__}))
    print(json.dumps({"peer": "torch", **compare("raw", raw, w.raw)}))
    print(json.dumps({"peer": "torch", **compare(PLANTED, raw, np.roll(w.raw, 1, -1))}))

    class Training:
        def __init__(self, lookup):
            self.grid = Grid(w, lookup)
            self.table = table.clone().requires_grad_(True)
            self.nets = [[x.clone().requires_grad_(True) for x in net] for net in nets]
            flat = [x for net in self.nets for x in net]
            settings = {"lr": 1e-2, "betas": (0.9, 0.99), "eps": 1e-15}
            if lookup == "bag-sparse":
                self.optimisers = [torch.optim.SparseAdam([self.table], **settings), torch.optim.Adam(flat, **settings)]
            else:
                self.optimisers = [torch.optim.Adam([self.table] + flat, **settings)]

        def gradients(self):
            for o in self.optimisers:
                o.zero_grad(set_to_none=True)
            ((field(self.grid, self.table, self.nets, position, direction) - targets) ** 2).mean().backward()

        def step(self):
            self.gradients()
            for o in self.optimisers:
                o.step()

    def try_training(c):
        torch.set_num_threads(c[1])
        return rate(Training(c[0]).step, w.n, 0, least=1)

    lookup, threads = fastest("training", [("bag", n), ("bag", 1), ("bag-sparse", n)], try_training)
    torch.set_num_threads(threads)
    training = Training("bag")
    training.gradients()
    print(json.dumps({"peer": "torch", **compare("table gradient", training.table.grad.numpy(), w.table_gradient)}))
    r = rate(Training(lookup).step, w.n, a.seconds)
    print(json.dumps({"peer": "torch", "work": "training", "msamples_per_s": r, "how": f"{lookup}, {threads} threads", "version": torch.__version__}))


if __name__ == "__main__":
    main()
