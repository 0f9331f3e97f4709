"""Many pairs' ledgers as Parquet in buckets of whole pairs: exported, folded and measured at any size.

- `export` writes a workspace's ledger into a lake, without names and texts
- `commitments`, `follow_through`, `heard`: the one fold and the measures, in processes, on Dask or on Spark
- `spread`, `over_pairs`, `together`, `suppressed`: what may be shown of a programme
- `simulate` writes a lake of invented pairs
"""

from peerkit.lake.cells import LEAST, over_pairs, spread, suppressed, together
from peerkit.lake.export import Exported, export
from peerkit.lake.layout import BUCKETS
from peerkit.lake.measuring import commitments, follow_through, heard
from peerkit.lake.simulated import LAST_DAY, simulate

__all__ = [
    "BUCKETS",
    "LAST_DAY",
    "LEAST",
    "Exported",
    "commitments",
    "export",
    "follow_through",
    "heard",
    "over_pairs",
    "simulate",
    "spread",
    "suppressed",
    "together",
]
