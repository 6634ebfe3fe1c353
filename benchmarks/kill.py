"""Kill -9 whatever takes part in a batch, at random moments, and look at what is left.

    python -m benchmarks.kill STORE --term 2026-2027-1 --as-of 2026-11-20 [--times 50] [--only ID,…] [--cluster]

Each time a batch starts with everything to do; after a random while one of its processes (a worker, the batch itself,
and with ``--cluster`` a worker of Dask or its scheduler) is killed. Then the batch runs once more. Every output must be
whole and equal to an undisturbed one, no half-written file may lie about, and no process may be left.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

OURS = "xueji_lib.support.worker"
ENDS_IN = 30.0
"""Seconds in which every process has to be gone after the batch: a worker of Dask keeps its own for 15."""


def fingerprint(out: Path) -> dict[str, str]:
    """Every file with a digest; the manifest without its seconds and times, the lock left out."""
    found = {}
    for file in sorted(out.rglob("*")):
        if not file.is_file() or file.name == ".lock":
            continue
        content = file.read_bytes()
        if file.name == "manifest.json":
            whole = json.loads(content)
            for entry in whole["schools"].values():
                entry["seconds"] = 0
            for was in (files for entry in (whole, *whole["schools"].values()) for files in entry["files"].values()):
                was["mtime_ns"] = 0
            content = json.dumps(whole, sort_keys=True).encode()
        found[file.relative_to(out).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def role(process: psutil.Process) -> str:
    """What a process of the batch is for."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return "gone"
    if any(OURS in word for word in words):
        return "worker"
    if "dask" in words and "scheduler" in words:
        return "scheduler"
    if any("spawn_main" in word for word in words) or ("dask" in words and "worker" in words):
        return "dask worker"
    return "batch" if "xueji_lib" in words else "other"


def workers_since(started: float) -> list[psutil.Process]:
    """Every process on this machine that runs schools and was started since."""
    found = [process for process in psutil.process_iter() if role(process) == "worker"]
    return [process for process in found if _is_of(process, started)]


def _is_of(process: psutil.Process, started: float) -> bool:
    try:
        return process.create_time() >= started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class Cluster:
    """A scheduler and two workers of Dask, as a county office would start them."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.file.unlink(missing_ok=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        dask = [sys.executable, "-m", "dask"]
        start = [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)]
        self.parts = [subprocess.Popen(start, **quiet)]  # type: ignore[call-overload]
        place = ["--local-directory", str(folder / "dask"), "--no-dashboard"]
        join = [*dask, "worker", "--nthreads", "1", "--nworkers", "2", *place, "--scheduler-file", str(self.file)]
        while not self.file.exists():
            time.sleep(0.1)
        self.parts.append(subprocess.Popen(join, **quiet))  # type: ignore[call-overload]

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def stop(self) -> None:
        everyone = [p for part in self.parts if part.poll() is None for p in family(psutil.Process(part.pid))]
        for process in everyone:
            try:
                process.kill()
            except psutil.Error:
                continue
        for part in self.parts:
            part.wait()


def command(options: argparse.Namespace, out: Path, address: str) -> list[str]:
    given = ["--store", str(options.store), "batch", "--term", options.term, "--as-of", options.as_of]
    given += ["--out", str(out), "--jobs", "2"]
    given += ["--only", options.only] if options.only else []
    given += ["--scheduler", address] if address else []
    return [sys.executable, "-m", "xueji_lib", *given]


def run(options: argparse.Namespace, out: Path, address: str = "") -> float:
    started = time.monotonic()
    done = subprocess.run(command(options, out, address), capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise SystemExit(f"a batch that nobody disturbed ended with {done.returncode}:\n{done.stderr}")
    return time.monotonic() - started


def strike(options: argparse.Namespace, out: Path, seconds: float, rng: random.Random, cluster: Cluster | None) -> str:
    """Start a batch, kill a part of it after a while, wait for its end. Returns what was killed."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    line = command(options, out, cluster.address if cluster else "")
    started = time.time() - 1
    batch = subprocess.Popen(line, **quiet)  # type: ignore[call-overload]
    time.sleep(rng.uniform(0.2, seconds))
    everyone = [batch.pid, *(part.pid for part in cluster.parts)] if cluster else [batch.pid]
    living = [p for pid in everyone if psutil.pid_exists(pid) for p in family(psutil.Process(pid))]
    by_role: dict[str, list[psutil.Process]] = {}
    for process in living:
        by_role.setdefault(role(process), []).append(process)
    chosen = rng.choice(sorted(by_role.keys() - {"other", "gone"}) or ["nothing"])
    if chosen in by_role:
        rng.choice(by_role[chosen]).kill()
    try:
        batch.wait(180)
    except subprocess.TimeoutExpired:
        batch.kill()
        batch.wait()
        chosen += " (the batch did not end and was killed)"
    until = time.monotonic() + ENDS_IN
    while (left := workers_since(started)) and time.monotonic() < until:
        time.sleep(0.1)
    if left:
        raise SystemExit(f"{len(left)} processes outlived the batch after {chosen} was killed")
    return chosen


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--term", required=True)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--only", default="", help="only these schools, for short runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cluster", action="store_true")
    options = parser.parse_args(argv)
    rng, struck = random.Random(options.seed), dict[str, int]()
    with tempfile.TemporaryDirectory(prefix="xueji-kill-") as place:
        folder = Path(place)
        seconds = run(options, folder / "undisturbed")
        wanted = fingerprint(folder / "undisturbed")
        for number in range(1, options.times + 1):
            out = folder / "struck"
            shutil.rmtree(out, ignore_errors=True)
            cluster = Cluster(folder) if options.cluster else None
            try:
                chosen = strike(options, out, seconds, rng, cluster)
            finally:
                if cluster:
                    cluster.stop()
            struck[chosen] = struck.get(chosen, 0) + 1
            run(options, out)
            found = fingerprint(out)
            if found != wanted:
                wrong = sorted(k for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k))
                raise SystemExit(f"strike {number} ({chosen}): not as undisturbed: {wrong[:10]}")
            print(f"{number}/{options.times} {chosen}", flush=True)
    killed = ", ".join(f"{name} {count}" for name, count in sorted(struck.items()))
    print(f"{options.times} strikes ({killed}); after one more run all {len(wanted)} files whole and equal")


if __name__ == "__main__":
    main()
