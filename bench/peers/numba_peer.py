"""The workloads in Numba: the loops as one writes them down, compiled, with what can be kept kept."""

import time

import numba
import numpy as np
from numba import njit
from peer import SITES, corrupted, glass, hebb, memories, serve, timed


@njit(fastmath=True)
def seed_numba(seed):
    """Numba has a random state of its own."""
    np.random.seed(seed)


@njit(fastmath=True)
def anneal(couplings, betas, spins):
    """Metropolis in order with local fields that a flip updates."""
    sites = len(spins)
    fields = couplings @ spins
    for beta in betas:
        for i in range(sites):
            change = 2 * spins[i] * fields[i]
            if change <= 0 or np.random.random() < np.exp(-beta * change):
                spins[i] = -spins[i]
                step = 2 * spins[i]
                row = couplings[i]
                for j in range(sites):
                    fields[j] += step * row[j]


def annealing():
    """W1."""
    couplings = glass(SITES)
    rng = np.random.default_rng(3)
    betas = np.linspace(0.5, 10, 1000).astype(np.float32)
    seed_numba(3)
    runs = 4

    def run():
        starts = [(rng.integers(0, 2, SITES) * 2 - 1).astype(np.float32) for _ in range(runs)]
        began = time.perf_counter()
        for spins in starts:
            anneal(couplings, betas, spins)
        seconds = (time.perf_counter() - began) / runs
        exact = couplings.astype(float)
        energy = np.mean([-0.5 * s @ (exact @ s.astype(float)) / SITES for s in starts])
        return seconds, 1000 * seconds, energy

    return run


@njit(fastmath=True)
def retrieve(couplings, spins):
    """Zero temperature, one site after the other, until a sweep flips nothing."""
    sites = len(spins)
    fields = couplings @ spins
    moved = True
    while moved:
        moved = False
        for i in range(sites):
            if spins[i] * fields[i] < 0:
                spins[i] = -spins[i]
                step = 2 * spins[i]
                row = couplings[i]
                for j in range(sites):
                    fields[j] += step * row[j]
                moved = True


def hopfield():
    """W2. (The fields of all cues from one matrix product make it no faster: flips cost more.)"""
    patterns = memories(100, SITES)
    couplings = hebb(patterns)
    rng = np.random.default_rng(4)
    batch = 250

    def run():
        chosen = rng.integers(0, 100, batch)
        cues = [corrupted(patterns[k], 0.2, rng) for k in chosen]
        states = np.array(cues, dtype=np.float32)
        began = time.perf_counter()
        for spins in states:
            retrieve(couplings, spins)
        seconds = time.perf_counter() - began
        overlap = np.mean([s @ patterns[k] / SITES for s, k in zip(states, chosen)])
        return seconds / batch, batch / seconds, overlap

    return run


@njit(fastmath=True)
def restore(columns, spins, sweeps):
    """Rectified cubic memory at zero temperature: overlaps are kept, an attempt sums over all memories."""
    sites, count = columns.shape
    overlaps = np.zeros(count, dtype=np.float32)
    for i in range(sites):
        for k in range(count):
            overlaps[k] += columns[i, k] * spins[i]
    for _ in range(sweeps):
        for i in range(sites):
            gain = np.float32(0)
            for k in range(count):
                bit = np.float32(columns[i, k])
                rest = overlaps[k] - bit * spins[i]
                up = max(rest + bit, np.float32(0))
                down = max(rest - bit, np.float32(0))
                gain += up * up * up - down * down * down
            value = np.float32(1) if gain >= 0 else np.float32(-1)
            if value != spins[i]:
                for k in range(count):
                    overlaps[k] += columns[i, k] * (value - spins[i])
                spins[i] = value


def dense_memory():
    """W3."""
    sites, count, sweeps = 784, 2000, 3
    patterns = memories(count, sites)
    columns = np.ascontiguousarray(patterns.T)
    rng = np.random.default_rng(5)
    batch = 4

    def run():
        chosen = rng.integers(0, count, batch)
        states = [corrupted(patterns[k], 0.3, rng).astype(np.float32) for k in chosen]
        began = time.perf_counter()
        for spins in states:
            restore(columns, spins, sweeps)
        seconds = time.perf_counter() - began
        overlap = np.mean([s @ patterns[k] / sites for s, k in zip(states, chosen)])
        return seconds / batch, batch * sweeps * sites / seconds, overlap

    return run


@njit(fastmath=True)
def kinetics(couplings, spins, fields, rates, count):
    """Rejection-free: an event changes every field, so every rate is computed again."""
    sites = len(spins)
    clock = 0.0
    for _ in range(count):
        total = np.float32(0)
        for i in range(sites):
            rates[i] = np.float32(1) / (np.float32(1) + np.exp(2 * spins[i] * fields[i]))
            total += rates[i]
        clock -= np.log(1 - np.random.random()) / total
        target = np.random.random() * total
        chosen = sites - 1
        sum_ = np.float32(0)
        for i in range(sites):
            sum_ += rates[i]
            if sum_ > target:
                chosen = i
                break
        spins[chosen] = -spins[chosen]
        step = 2 * spins[chosen]
        row = couplings[chosen]
        for j in range(sites):
            fields[j] += step * row[j]
    return clock


def events():
    """W6."""
    couplings = glass(SITES)
    rng = np.random.default_rng(8)
    spins = (2 * rng.integers(0, 2, SITES) - 1).astype(np.float32)
    rates = np.empty_like(spins)
    seed_numba(8)
    count = 20000

    def run():
        fields = couplings @ spins
        began = time.perf_counter()
        kinetics(couplings, spins, fields, rates, count)
        seconds = (time.perf_counter() - began) / count
        return seconds, 1e6 * seconds, -0.5 * spins @ (couplings @ spins) / SITES

    return run


@njit(fastmath=True)
def fill(out):
    """Gaussian numbers of NumPy's old interface, which Numba compiles."""
    for i in range(len(out)):
        out[i] = np.random.standard_normal()


def gaussians():
    """W7."""
    out = np.empty(1 << 20, dtype=np.float32)
    seed_numba(7)

    def run():
        seconds, _ = timed(lambda: fill(out))
        x = out.astype(float)
        variance = np.mean(x**2)
        return seconds, 1e9 * seconds / len(out), variance + np.mean(x**4) / variance**2 - 3

    return run


if __name__ == "__main__":
    serve(
        "numba",
        f"numba {numba.__version__}",
        {
            "W1": annealing,
            "W2": hopfield,
            "W3": dense_memory,
            "W6": events,
            "W7": gaussians,
        },
    )
