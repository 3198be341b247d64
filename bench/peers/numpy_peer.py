"""The workloads in NumPy: vectors where the algorithm allows it, loops in Python where it does not."""

import time

import numpy as np
from peer import SITES, TEMPERATURE, corrupted, glass, hebb, memories, serve, timed


def annealing():
    """W1, one run: local fields are kept, a flip adds a row."""
    couplings = glass(SITES)
    rng = np.random.default_rng(3)
    betas = np.linspace(0.5, 10, 1000)

    def run():
        began = time.perf_counter()
        spins = rng.integers(0, 2, SITES) * 2 - 1.0
        fields = (couplings @ spins.astype(np.float32)).tolist()
        spins = spins.tolist()
        local = np.array(fields, dtype=np.float32)
        for beta in betas:
            thresholds = (-np.log(rng.random(SITES)) / (2 * beta)).tolist()
            for i in range(SITES):
                if spins[i] * local[i] <= thresholds[i]:
                    spins[i] = -spins[i]
                    local += (2 * spins[i]) * couplings[i]
        seconds = time.perf_counter() - began
        state = np.array(spins)
        energy = -0.5 * state @ (couplings.astype(float) @ state) / SITES
        return seconds, 1000 * seconds, energy

    return run


def hopfield():
    """W2: site after site, fields from the couplings, until a sweep flips nothing."""
    patterns = memories(100, SITES)
    couplings = hebb(patterns)
    rng = np.random.default_rng(4)
    batch = 20

    def retrieve(cue):
        spins = cue.astype(np.float32)
        fields = couplings @ spins
        moved = True
        while moved:
            moved = False
            for i in range(SITES):
                if spins[i] * fields[i] < 0:
                    spins[i] = -spins[i]
                    fields += (2 * spins[i]) * couplings[i]
                    moved = True
        return spins

    def run():
        chosen = rng.integers(0, 100, batch)
        cues = [corrupted(patterns[k], 0.2, rng) for k in chosen]
        began = time.perf_counter()
        ends = [retrieve(cue) for cue in cues]
        seconds = time.perf_counter() - began
        overlap = np.mean([end @ patterns[k] / SITES for end, k in zip(ends, chosen)])
        return seconds / batch, batch / seconds, overlap

    return run


def dense_memory():
    """W3: overlaps are kept; each attempt compares the two values of a site over all memories."""
    sites, count, sweeps = 784, 2000, 3
    patterns = memories(count, sites)
    columns = np.ascontiguousarray(patterns.T.astype(np.float32))
    rng = np.random.default_rng(5)

    def run():
        k = rng.integers(count)
        spins = corrupted(patterns[k], 0.3, rng).astype(np.float32)
        began = time.perf_counter()
        overlaps = columns.T @ spins
        for _ in range(sweeps):
            for i in range(sites):
                rest = overlaps - columns[i] * spins[i]
                up = np.maximum(rest + columns[i], 0)
                down = np.maximum(rest - columns[i], 0)
                value = 1.0 if np.sum(up * up * up - down * down * down) >= 0 else -1.0
                if value != spins[i]:
                    spins[i] = value
                    overlaps = rest + columns[i] * value
        seconds = time.perf_counter() - began
        return seconds, sweeps * sites / seconds, spins @ patterns[k] / sites

    return run


def langevin():
    """W4: replicas are columns; everything is written in place."""
    sites, replicas, steps, dt = 512, 256, 20, 0.01
    couplings = glass(sites)
    rng = np.random.default_rng(6)
    amplitude = np.float32(np.sqrt(2 * TEMPERATURE * dt))
    x = np.zeros((sites, replicas), dtype=np.float32)
    force, cube, noise = np.empty_like(x), np.empty_like(x), np.empty_like(x)

    def run():
        x.fill(0)
        began = time.perf_counter()
        for _ in range(steps):
            np.matmul(couplings, x, out=force)
            np.multiply(x, x, out=cube)
            np.multiply(cube, np.float32(0.5), out=cube)
            np.add(cube, np.float32(1), out=cube)
            np.multiply(cube, x, out=cube)
            np.add(force, cube, out=force)
            np.multiply(force, np.float32(-dt), out=force)
            rng.standard_normal(dtype=np.float32, out=noise)
            np.multiply(noise, amplitude, out=noise)
            np.add(x, force, out=x)
            np.add(x, noise, out=x)
        seconds = (time.perf_counter() - began) / steps
        return seconds, 1000 * seconds, np.mean(x * x)

    return run


def events():
    """W6: rates of all sites and their running sum in every event."""
    couplings = glass(SITES)
    rng = np.random.default_rng(8)
    spins = (2 * rng.integers(0, 2, SITES) - 1).astype(np.float32)
    fields = couplings @ spins
    count = 4000

    def run():
        nonlocal fields
        clock = 0.0
        began = time.perf_counter()
        for _ in range(count):
            rates = 1 / (1 + np.exp(2 * spins * fields))
            sums = np.cumsum(rates)
            clock += rng.standard_exponential() / sums[-1]
            i = np.searchsorted(sums, rng.random() * sums[-1])
            spins[i] = -spins[i]
            fields += (2 * spins[i]) * couplings[i]
        seconds = (time.perf_counter() - began) / count
        fields = couplings @ spins
        return seconds, 1e6 * seconds, -0.5 * spins @ fields / SITES

    return run


def gaussians():
    """W7."""
    rng = np.random.default_rng(7)
    out = np.empty(1 << 20, dtype=np.float32)

    def run():
        seconds, _ = timed(lambda: rng.standard_normal(dtype=np.float32, out=out))
        x = out.astype(float)
        variance = np.mean(x**2)
        return seconds, 1e9 * seconds / len(out), variance + np.mean(x**4) / variance**2 - 3

    return run


if __name__ == "__main__":
    serve(
        "numpy",
        f"numpy {np.__version__}",
        {
            "W1": annealing,
            "W2": hopfield,
            "W3": dense_memory,
            "W4": langevin,
            "W6": events,
            "W7": gaussians,
        },
    )
