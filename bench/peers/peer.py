"""What the peers have in common: instances, and the protocol by lines.

A peer prints one line of JSON when it has started, {"peer", "version", "workloads"}. Then it reads lines `run NAME`
and answers each with {"seconds", "figure", "check"} or {"error"}. The first run of a workload sets it up.
"""

import json
import sys
import time

import numpy as np

SITES = 1000
# Of the Langevin workloads.
TEMPERATURE = 0.2
RUN_AT_LEAST = 0.05


def glass(sites, seed=1):
    """Symmetric couplings J ~ N(0, 1/N) without a diagonal (Sherrington-Kirkpatrick), f32."""
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.standard_normal((sites, sites)) / np.sqrt(sites), 1)
    return np.ascontiguousarray((upper + upper.T).astype(np.float32))


def memories(count, sites, seed=2):
    """Random patterns of -1 and +1, one a row, int8."""
    rng = np.random.default_rng(seed)
    return (2 * rng.integers(0, 2, (count, sites)) - 1).astype(np.int8)


def corrupted(pattern, share, rng):
    """A copy with exactly round(share N) sites flipped."""
    cue = pattern.copy()
    cue[rng.permutation(len(cue))[: round(share * len(cue))]] *= -1
    return cue


def hebb(patterns):
    """J = X^T X / N without a diagonal, f32."""
    x = patterns.astype(np.float32)
    couplings = x.T @ x / x.shape[1]
    np.fill_diagonal(couplings, 0)
    return np.ascontiguousarray(couplings)


def timed(work):
    """Seconds that one call takes (repeated where it is short), and what the last one returned."""
    calls = 0
    began = time.perf_counter()
    while True:
        answer = work()
        calls += 1
        seconds = time.perf_counter() - began
        if seconds >= RUN_AT_LEAST:
            return seconds / calls, answer


def serve(peer, version, workloads):
    """Answers until stdin ends. `workloads`: name -> function that sets up and returns run() -> (seconds, figure, check)."""
    runs = {}
    answers = sys.stdout
    sys.stdout = sys.stderr

    def say(document):
        answers.write(json.dumps(document) + "\n")
        answers.flush()

    say({"peer": peer, "version": version, "workloads": list(workloads)})
    for line in sys.stdin:
        name = line.split()[-1]
        try:
            if name not in runs:
                runs[name] = workloads[name]()
            seconds, figure, check = runs[name]()
            say({"seconds": seconds, "figure": figure, "check": float(check)})
        except Exception as error:  # told to the runner, which leaves the row out
            say({"error": f"{type(error).__name__}: {error}"})
