#!/usr/bin/env python3
"""Runs Radia and its peers one after the other on the same cores, network and points, and prints the ratios.

Standard Python only; what the peers need is installed into .venv beside this file. A peer that cannot be had is named and
left out; a peer whose values differ from Radia's makes the exit code 1.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
SYSTEM = "/usr/bin/python3"  # of the distribution, which sees its python3-torch

# The greatest difference that rounding explains. Features: the position may be one rounding off, 2^-13 of a cell on a
# level of scale 2^11, along three axes, and values span 1. Outputs: that through up to five layers whose rows have an
# absolute sum below 8 in all. Gradients: 2^-13 of the greatest one, which is below 2^-10. A scale that the peer computes
# is 2^(l·log2 b), below 2^11: the exponent is rounded by at most 2^-21, so a position moves by 2^11 · ln 2 · 2^-21 cells more.
FEATURES = 3 * 2**-13
ITS_SCALES = FEATURES + 3 * 0.6932 * 2**-10
BOUNDS = {"features, our scales": FEATURES, "features, its scales": ITS_SCALES, "raw": 8 * FEATURES, "table gradient": 2**-23}
PLANTED = "planted fault: results of the neighbouring sample"


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def attempt(*command):
    """Runs a command; what it printed is shown only when it fails."""
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        say(f"  {' '.join(command)}: {p.stdout.strip().splitlines()[-1] if p.stdout.strip() else 'failed'}")
    return p.returncode == 0


def install():
    """Makes the virtual environment and returns the names of the peers that can run."""
    python = SYSTEM if os.path.exists(SYSTEM) else sys.executable
    apt = shutil.which("apt-get") and os.geteuid() == 0

    def module(name):
        return attempt(PYTHON, "-c", f"import {name}")

    if not os.path.exists(PYTHON):
        if not attempt(python, "-m", "venv", "--system-site-packages", VENV) and apt:
            shutil.rmtree(VENV, ignore_errors=True)
            attempt("apt-get", "install", "-y", "python3-venv")
            attempt(python, "-m", "venv", "--system-site-packages", VENV)
    if not os.path.exists(PYTHON):
        say("bench-peers: no virtual environment (Debian: apt-get install python3-venv)")
        return []
    peers = []
    if not module("torch") and apt:
        # OpenBLAS beside it: with the reference BLAS its networks would run at a fraction of their speed.
        attempt("apt-get", "install", "-y", "python3-torch", "libopenblas0-pthread")
    if module("torch"):
        peers.append("torch")
    else:
        say("bench-peers: PyTorch is not measured: it cannot be installed here (Debian: apt-get install python3-torch libopenblas0-pthread)")
    if not module("drjit"):
        attempt(PYTHON, "-m", "pip", "install", "--quiet", "drjit")
    llvm = "import drjit as dr; from drjit.llvm import Float; dr.eval(Float(1) + 1)"
    if module("drjit") and not attempt(PYTHON, "-c", llvm) and apt:
        attempt("apt-get", "install", "-y", "libllvm15")
    if module("drjit") and attempt(PYTHON, "-c", llvm):
        peers.append("drjit")
    else:
        say("bench-peers: Dr.Jit is not measured: it cannot be installed here (pip install drjit; Debian: apt-get install libllvm15)")
    return peers


def lines(*command):
    p = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if p.returncode:
        say(f"bench-peers: {' '.join(command)} failed with {p.returncode}")
        return None
    return [json.loads(l) for l in p.stdout.splitlines()]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--bench", default=os.path.join(ROOT, "bin", "bench"), help="Radia's bench program")
    p.add_argument("--presets", default="ngpc-2022,ingp-2023,small")
    p.add_argument("--points", default="rays")
    p.add_argument("--samples", type=int, default=1 << 16)
    p.add_argument("--rounds", type=int, default=3, help="how often the programs take turns")
    p.add_argument("--seconds", type=float, default=2, help="time for each measurement")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    a = p.parse_args()
    peers = install()
    failed = False
    table = []
    for preset in a.presets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            common = ["--device", "cpu", "--threads", str(a.threads), "--preset", preset, "--points", a.points, "--samples", str(a.samples)]
            if lines(a.bench, "export", *common, "--out", folder) is None:
                return 1
            rates, how = {}, {}
            for i in range(a.rounds):
                say(f"bench-peers: {preset}, round {i + 1} of {a.rounds}")
                ours = lines(a.bench, "--json", "kernels", *common, "--kernel", "fused,train", "--seconds", str(a.seconds))
                if ours is None:
                    return 1
                for l in ours:
                    work = {"fused": "inference", "train": "training"}[l["kernel"]]
                    rates.setdefault(("radia", work), []).append(l["msamples_per_s"])
                    how["radia", work], device = l["variant"], l["device"]
                for peer in list(peers):
                    script = os.path.join(HERE, peer + "_peer.py")
                    out = lines(PYTHON, script, folder, "--threads", str(a.threads), "--seconds", str(a.seconds))
                    if out is None:
                        peers.remove(peer)
                        failed = True
                        continue
                    for l in out:
                        if "check" in l:
                            planted = l["check"] == PLANTED
                            l["within"] = l["max_difference"] <= BOUNDS["raw" if planted else l["check"]]
                            if l["within"] == planted:
                                say(f"bench-peers: {peer}: {l['check']}: a difference of {l['max_difference']:.3g}")
                                failed = True
                            if i == 0:
                                print(json.dumps({"preset": preset, "points": a.points, **l}), flush=True)
                        else:
                            rates.setdefault((peer, l["work"]), []).append(l["msamples_per_s"])
                            how[peer, l["work"]] = f"{l['version']}, {l['how']}"
            for (peer, work), r in rates.items():
                # A ratio is taken within a round, where the machine was in one mood.
                ratios = sorted(o / t for o, t in zip(rates["radia", work], r))
                result = {"preset": preset, "points": a.points, "work": work, "program": peer, "msamples_per_s": statistics.median(r),
                          "lowest": min(r), "highest": max(r), "ratio": statistics.median(ratios), "ratio_lowest": ratios[0], "ratio_highest": ratios[-1],
                          "rounds": len(r), "samples": a.samples, "threads": a.threads, "how": how[peer, work], "device": device}
                print(json.dumps(result), flush=True)
                table.append(result)
    print(f"\n{'preset':10} {'work':10} {'program':8} {'Msample/s':>10} {'from':>8} {'to':>8} {'ours/theirs':>12}  how")
    for t in sorted(table, key=lambda t: (t["preset"], t["work"])):
        ratio = "" if t["program"] == "radia" else f"{t['ratio']:.1f}"
        print(f"{t['preset']:10} {t['work']:10} {t['program']:8} {t['msamples_per_s']:10.4f} {t['lowest']:8.4f} {t['highest']:8.4f} {ratio:>12}  {t['how']}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
