"""What `import peerkit` costs beside `import pandas`, and the measures above it: processor time of a fresh Python."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.compare import Line, medians

ROUNDS = 15

_ALONE = "import peerkit"
_TABLES = "import peerkit; peerkit.commitments; peerkit.follow_through"
# What the names of the package lead to, and what `peerkit.open` loads when it is called.
_ALL = f"{_TABLES}; peerkit.promise; peerkit.plan_session; peerkit.template; peerkit.Journal; import peerkit.workspace"
_PANDAS = "import pandas"
_ADDED = "import pandas, time; begin = time.process_time(); import peerkit.measures; print(time.process_time() - begin)"
# In seconds: what the measures may add to pandas.
AIM_ADDED = 0.1


def lines() -> Iterator[Line]:
    """Yield the package alone, then with what it loads when first asked for."""
    sides = {code: partial(_run, code) for code in (_ALONE, _TABLES, _ALL, _PANDAS, "pass")}
    took = medians(sides, rounds=ROUNDS, clock=_processor_seconds)
    start = f"Python alone takes {took['pass'] * 1000:.0f} ms of each"
    pandas = took[_PANDAS]
    yield Line("imports", "import peerkit", "import pandas", took[_ALONE], pandas, aim=1.3, note=start)
    added = statistics.median(float(_run(_ADDED)) for _ in range(ROUNDS))
    yield Line("imports", "peerkit.measures, above pandas", "100 ms", added, AIM_ADDED, aim=1.0)
    yield Line("imports", "import peerkit, fold and measures", "import pandas", took[_TABLES], pandas)
    yield Line(
        "imports", "import peerkit, all of the core, the database too", "import pandas", took[_ALL], pandas
    )


def _run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def _processor_seconds() -> float:
    """Return the processor time, in user and system mode, of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
