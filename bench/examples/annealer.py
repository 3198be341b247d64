"""A plain annealer that takes part in `relaxd bench W1 --outside 'plain=python3 bench/examples/annealer.py'`."""

import json
import math
import random
import sys
import time

task = json.load(sys.stdin)
sites, sweeps, (first, last) = task["sites"], task["sweeps"], task["beta"]
rows = [[0.0] * sites for _ in range(sites)]
for i, j, coupling in task["couplings"]:
    rows[i][j] = rows[j][i] = coupling
rng = random.Random(task["seed"])
best, state = math.inf, []
began = time.perf_counter()
for _ in range(task["runs"]):
    spins = [rng.choice((-1, 1)) for _ in range(sites)]
    fields = [sum(c * s for c, s in zip(row, spins)) for row in rows]
    for sweep in range(sweeps):
        beta = first + (last - first) * sweep / max(1, sweeps - 1)
        for i in range(sites):
            change = 2 * spins[i] * fields[i]
            if change <= 0 or rng.random() < math.exp(-beta * change):
                spins[i] = -spins[i]
                fields = [f + 2 * spins[i] * c for f, c in zip(fields, rows[i])]
    energy = -sum(s * f for s, f in zip(spins, fields)) / 2
    if energy < best:
        best, state = energy, spins
seconds = time.perf_counter() - began
print(json.dumps({"energy": best, "seconds": seconds, "state": state}))
