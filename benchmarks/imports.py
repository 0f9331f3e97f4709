"""What `import peerkit` costs beside `import pandas`: processor time of a fresh Python."""

from __future__ import annotations

import resource
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


def lines() -> Iterator[Line]:
    """Yield the package alone, then with what it loads when first asked for."""
    sides = {code: partial(_run, code) for code in (_ALONE, _TABLES, _ALL, _PANDAS, "pass")}
    took = medians(sides, rounds=ROUNDS, clock=_processor_seconds)
    start = f"Python alone takes {took['pass'] * 1000:.0f} ms of each"
    pandas = took[_PANDAS]
    yield Line("imports", "import peerkit", "import pandas", took[_ALONE], pandas, aim=1.3, note=start)
    yield Line("imports", "... and fold and measures", "import pandas", took[_TABLES], pandas)
    yield Line("imports", "... and all of the core, the database too", "import pandas", took[_ALL], pandas)


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _processor_seconds() -> float:
    """Return the processor time, in user and system mode, of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
