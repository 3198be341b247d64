"""The workloads in PyTorch: in place, with memory allocated once."""

import time

import numpy as np
import torch
from peer import TEMPERATURE, glass, serve, timed

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def network(coupling, dt):
    """512 wells, dense couplings of J ~ N(0, coupling^2/N), 256 replicas as columns, and a function that does steps.

    The product takes the linear force and the old positions along.
    """
    sites, replicas = 512, 256
    couplings = torch.from_numpy(coupling * glass(sites))
    amplitude = float(np.sqrt(2 * TEMPERATURE * dt))
    torch.manual_seed(6)
    x = torch.zeros(sites, replicas)
    y, cube, noise = torch.empty_like(x), torch.empty_like(x), torch.empty_like(x)

    def move(steps):
        nonlocal x, y
        for _ in range(steps):
            torch.addmm(x, couplings, x, beta=1 - dt, alpha=-dt, out=y)
            torch.mul(x, x, out=cube)
            y.addcmul_(cube, x, value=-0.5 * dt)
            noise.normal_()
            y.add_(noise, alpha=amplitude)
            x, y = y, x
        return x

    return move


def langevin():
    """W4."""
    steps = 20
    move = network(1.0, 0.01)

    def run():
        move(0).zero_()
        began = time.perf_counter()
        x = move(steps)
        seconds = (time.perf_counter() - began) / steps
        return seconds, 1000 * seconds, x.square().mean().item()

    return run


def equilibrium():
    """Euler-Maruyama at the longest step that is within 1 % of the mean square, 0.02."""
    dt = 0.02
    move = network(0.5, dt)
    move(round(24 / dt))

    def run():
        began = time.perf_counter()
        x = move(round(1 / dt))
        seconds = time.perf_counter() - began
        return seconds, 1000 * seconds, x.square().mean().item()

    return run


def layered():
    """W5: each step reads every weight matrix twice, once a direction."""
    sizes, steps, dt = (784, 256, 10), 1000, 0.01
    rng = np.random.default_rng(9)
    weights = [
        torch.from_numpy((rng.standard_normal((b, a)) / np.sqrt(a)).astype(np.float32))
        for a, b in zip(sizes, sizes[1:])
    ]
    turned = [w.t().contiguous() for w in weights]
    amplitude = float(np.sqrt(2 * TEMPERATURE * dt))
    torch.manual_seed(9)
    units = torch.zeros(sum(sizes))
    force, cube, noise = torch.empty_like(units), torch.empty_like(units), torch.empty_like(units)
    parts, forces = units.split(sizes), force.split(sizes)
    up = torch.empty(sizes[1])

    def run():
        units.zero_()
        began = time.perf_counter()
        for _ in range(steps):
            torch.mv(turned[0], parts[1], out=forces[0])
            torch.mv(weights[0], parts[0], out=forces[1])
            torch.mv(turned[1], parts[2], out=up)
            forces[1].add_(up)
            torch.mv(weights[1], parts[1], out=forces[2])
            torch.mul(units, units, out=cube)
            cube.mul_(0.5).add_(1)
            force.addcmul_(cube, units, value=-1)
            noise.normal_()
            units.add_(force, alpha=dt).add_(noise, alpha=amplitude)
        seconds = time.perf_counter() - began
        return seconds, 1000 * seconds, units.square().mean().item()

    return run


def gaussians():
    """W7."""
    out = torch.empty(1 << 20)
    torch.manual_seed(7)

    def run():
        seconds, _ = timed(out.normal_)
        x = out.numpy().astype(np.float64)
        variance = np.mean(x**2)
        return seconds, 1e9 * seconds / len(x), variance + np.mean(x**4) / variance**2 - 3

    return run


if __name__ == "__main__":
    serve("torch", f"torch {torch.__version__}", {"W4": langevin, "W5": layered, "W7": gaussians, "equilibrium": equilibrium})
