"""How long peerkit takes beside other ways to the same result: `python -m benchmarks [NAME ...]`.

Both sides of a comparison are measured in the same run, turn by turn, and the median counts. The ratio
is peerkit's time (or memory) divided by the other's; the aim is the largest ratio that we are content
with. Where peerkit loses, the line stays in the table.

A benchmark is a module here with a function `lines()` that yields one `compare.Line` per comparison.
"""
