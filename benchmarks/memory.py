"""How much memory one engine needs, in a process of its own: `python -m benchmarks.memory ENGINE WORK FILE SMALL`."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.compare import NotMeasuredError
from benchmarks.programme import LAST_DAY


def of(engine: str, work: str, entries: Path, small: Path) -> dict[str, float]:
    """Return MiB: `peak` at its highest, and `above` what was held when the data had been loaded.

    Args:
        engine: Module in `benchmarks.engines`.
        work: What of it is called: "run" or "rate".
        entries: What is folded.
        small: A few entries, folded first, so that imports and thread pools are not counted.

    Raises:
        NotMeasuredError: Where the system is not Linux, or the process fails.
    """
    if not Path("/proc/self/clear_refs").exists():
        msg = "the peak of a part of a process is read from Linux's /proc"
        raise NotMeasuredError(msg)
    command = [sys.executable, "-m", "benchmarks.memory", engine, work, str(entries), str(small)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise NotMeasuredError((ran.stderr.strip() or "the process ended").splitlines()[-1])
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def main() -> None:
    """Load, fold once, and print what it took."""
    module = importlib.import_module(f"benchmarks.engines.{sys.argv[1]}")
    work = getattr(module, sys.argv[2])
    work(module.load(Path(sys.argv[4])), LAST_DAY, in_order=True)
    loaded = module.load(Path(sys.argv[3]))
    in_order = "shuffled" not in sys.argv[3]
    gc.collect()
    # What loading has freed goes back to the system; it would hide what the fold takes.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _mebibytes("VmRSS")
    made = work(loaded, LAST_DAY, in_order=in_order)
    peak = _mebibytes("VmHWM")
    del made
    print(json.dumps({"above": peak - before, "peak": peak}))


def _mebibytes(name: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
