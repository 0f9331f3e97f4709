"""The fold and follow-through by peer and week: with peerkit, by hand in other engines, and with peerkit on these.

Every module has `load`, which reads entries into the form that its engine likes best (through Narwhals, into
that of the engine by hand); `run`, which returns all columns of the commitments on a day, and their
follow-through; `rate`, which returns this follow-through alone, from the columns it takes and in the shortest
way; and `arrow`, which turns a table into an Arrow table, to compare them. METRICS.md has the rules. Where
`in_order` is said, the others may rely on the order of the rows; peerkit looks for itself.
"""
