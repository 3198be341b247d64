"""Reads exports of records with numpy, pandas and h5py and holds every value, type and text to what the device delivered.

Called by check-exports.mjs as `check-exports.py FOLDER`: FOLDER/expected.json says what was delivered, FOLDER/NAME.FORMAT is
the export. Prints one line a file; ends with 1 at the first that differs.
"""

import csv
import json
import struct
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

FOLDER = Path(sys.argv[1])


def same(what, got, want):
    if got != want:
        raise SystemExit(f"{what}: {got!r:.300}, not {want!r:.300}")


def double(bits):
    return struct.unpack(">d", bytes.fromhex(bits))[0]


def bits(value):
    """As the other side has it: one NaN for all."""
    return "7ff8000000000000" if value != value else struct.pack(">d", value).hex()


def same_doubles(what, got, want):
    """An array against rows of bits; null stands for NaN in arrays that have no null."""
    same(f"{what}: type", got.dtype.str, "<f8")
    flat = [bits(x) for x in got.reshape(-1).tolist()]
    same(what, flat, want)


def flat_cells(cells, width):
    nan = "7ff8000000000000"
    out = []
    for cell in cells:
        if width is None:
            out.append(nan if cell is None else cell)
        else:
            out.extend([nan] * width if cell is None else cell)
    return out


def arrays(expected):
    """Names, types and values of the arrays of NPZ and HDF5."""
    n, sites = len(expected["row"]), expected["sites"]
    for name in ("row", "shot", "step"):
        dtype = "<i8" if name == "row" else "<i4"
        yield name, dtype, (n,), [int(x) for x in expected[name]]
    yield "t", "<f8", (n,), expected["t"]
    for name, cells in expected["scalars"].items():
        yield name, "<f8", (n,), flat_cells(cells, None)
    if expected["overlaps"] is not None:
        p = expected["references"]
        yield "overlaps", "<f8", (n, p), flat_cells(expected["overlaps"], p)
    spins = expected["spins"]
    dtype = "|i1" if spins else "<f8"
    missing = 0 if spins else "7ff8000000000000"
    states = expected["state"]
    if "state" in expected["channels"]:
        flat = [x for s in states for x in ([missing] * sites if s is None else s)]
        yield "state", dtype, (n, sites), flat
    finals = [
        s
        for s, step in zip(states, expected["step"])
        if s is not None and step == expected["readouts"] - 1
    ]
    yield "final_states", dtype, (len(finals), sites), [x for s in finals for x in s]


def check_arrays(what, expected, names, get):
    wanted = list(arrays(expected))
    same(f"{what}: arrays", sorted(names), sorted(name for name, *_ in wanted))
    for name, dtype, shape, values in wanted:
        got = get(name)
        same(f"{what}: type of {name}", got.dtype.str, dtype)
        same(f"{what}: shape of {name}", tuple(got.shape), shape)
        if dtype == "<f8":
            same_doubles(f"{what}: {name}", got, values)
        else:
            same(f"{what}: {name}", got.reshape(-1).tolist(), values)


def check_npz(expected):
    with np.load(FOLDER / f"{expected['name']}.npz", allow_pickle=False) as z:
        same("npz: metadata", json.loads(str(z["metadata"])), json.loads(expected["headerJson"]))
        names = [name for name in z.files if name != "metadata"]
        check_arrays(f"{expected['name']}.npz", expected, names, lambda name: z[name])


def check_hdf5(expected):
    what = f"{expected['name']}.hdf5"
    with h5py.File(FOLDER / what, "r") as f:
        header = json.loads(expected["headerJson"])
        same(f"{what}: metadata", json.loads(f["metadata"].asstr()[()]), header)
        for key, value in header.items():
            if isinstance(value, int):
                same(f"{what}: attribute {key}", int(f.attrs[key]), value)
            elif len(expected["metadata"][f"relaxd.{key}"]) <= 15_000:
                same(f"{what}: attribute {key}", f.attrs[key], expected["metadata"][f"relaxd.{key}"])
        units = json.loads(header.get("thermodynamics", "{}")).get("units")
        if units is not None:
            same(f"{what}: unit of t", f["t"].attrs["unit"], units["time"]["name"])
            for name in expected["scalars"]:
                same(f"{what}: unit of {name}", f[name].attrs["unit"], units["energy"]["name"])
        names = [name for name in f if name != "metadata"]
        check_arrays(what, expected, names, lambda name: f[name][()])


def check_csv(expected):
    what = f"{expected['name']}.csv"
    file = FOLDER / what
    n, p = len(expected["row"]), expected["references"]
    scalars = list(expected["scalars"])
    overlaps = [f"overlap_{k}" for k in range(p)] if expected["overlaps"] is not None else []
    columns = ["row", "shot", "step", "t", *scalars, *overlaps, "state"]
    # As somebody reads it who knows nothing of the file: integers exact, numbers to the bit.
    frame = pd.read_csv(file, float_precision="round_trip", dtype={"state": str})
    same(f"{what}: columns", list(frame.columns), columns)
    same(f"{what}: rows", len(frame), n)
    if n == 0:
        return
    for name in ("row", "shot", "step"):
        same(f"{what}: type of {name}", frame[name].dtype.kind, "i")
        same(f"{what}: {name}", frame[name].tolist(), [int(x) for x in expected[name]])
    same_doubles(f"{what}: t", frame["t"].to_numpy(dtype="<f8"), expected["t"])
    for name in scalars:
        got = frame[name].to_numpy(dtype="<f8")
        same_doubles(f"{what}: {name}", got, flat_cells(expected["scalars"][name], None))
    if overlaps:
        got = np.ascontiguousarray(frame[overlaps].to_numpy(dtype="<f8"))
        same_doubles(f"{what}: overlaps", got, flat_cells(expected["overlaps"], p))
    # And what a frame cannot tell apart: null is empty, NaN is nan.
    with open(file, newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for k, row in enumerate(rows):
        for name in scalars:
            null = expected["scalars"][name][k] is None
            same(f"{what}: row {k} {name} is null", row[name] == "", null)
        state = expected["state"][k]
        if state is None:
            same(f"{what}: row {k} state", row["state"], "")
        elif expected["spins"]:
            letters = "".join("u" if s > 0 else "d" for s in state)
            same(f"{what}: row {k} state", row["state"], letters)
        else:
            got = [bits(float(x)) for x in row["state"].split(" ")]
            same(f"{what}: row {k} state", got, state)


def check_sweep(sweep):
    frame = pd.read_csv(FOLDER / "sweep.csv", float_precision="round_trip")
    rows = sweep["rows"]
    same("sweep.csv: rows", len(frame), len(rows))
    for k, row in enumerate(rows):
        line = frame.iloc[k]
        for name in ("point", "seed", "shots"):
            same(f"sweep.csv: {name} of {k}", int(frame[name].iloc[k]), row[name])
        same(f"sweep.csv: types", frame["seed"].dtype.kind, "i")
        for name in ("device", "state", "job", "run"):
            same(f"sweep.csv: {name} of {k}", line[name], row[name])
        for path, value in row["values"].items():
            same(f"sweep.csv: {path} of {k}", line[path], value)
        for name in frame.columns:
            if not name.endswith("_sem"):
                continue
            quantity = row[name[:-4]]
            for column, key in ((name[:-4], "mean"), (name, "sem")):
                want = None if quantity is None else quantity[key]
                got = line[column]
                same(f"sweep.csv: {column} of {k}", None if got != got else float(got), want)
    with open(FOLDER / "sweep.json", encoding="utf-8") as text:
        same("sweep.json", json.load(text), sweep)


def main():
    with open(FOLDER / "expected.json", encoding="utf-8") as text:
        known = json.load(text)
    for expected in known["records"]:
        for check in (check_csv, check_npz, check_hdf5):
            check(expected)
    check_sweep(known["sweep"])
    records = len(known["records"])
    print(
        f"csv, npz and hdf5 of {records} records and a sweep: as delivered, by pandas {pd.__version__}, "
        f"numpy {np.__version__}, h5py {h5py.__version__}"
    )


main()
