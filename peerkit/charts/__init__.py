"""Charts of tables from `measures`: each takes a table and perhaps axes, and returns the axes it drew on.

- over time: `follow_through`, `first_due`, `heard`, `effort`
- what became of promises: `waterfall` (of `promised`), `calendar`, `time_to_done`
- side by side: `by_group`, `load`, `calibration`, `balance`
- over the pairs of a programme: `spread`, `over_pairs`

Each writes what it shows onto its axes in sentences; `alt` returns them, `svg` puts them into the file, and
`words` has a function of the same name for a table alone. Charts have a style of their own: they obey no
matplotlibrc and change no setting.
"""

from peerkit.charts import words
from peerkit.charts.canvas import alt, svg
from peerkit.charts.counts import promised
from peerkit.charts.curves import calibration, time_to_done
from peerkit.charts.effort import effort
from peerkit.charts.floor import balance
from peerkit.charts.groups import by_group, load
from peerkit.charts.outcomes import calendar, waterfall
from peerkit.charts.over_time import first_due, follow_through, heard
from peerkit.charts.programme import over_pairs, spread
from peerkit.charts.words import follow_through as describe

__all__ = [
    "alt",
    "balance",
    "by_group",
    "calendar",
    "calibration",
    "describe",
    "effort",
    "first_due",
    "follow_through",
    "heard",
    "load",
    "over_pairs",
    "promised",
    "spread",
    "svg",
    "time_to_done",
    "waterfall",
    "words",
]
