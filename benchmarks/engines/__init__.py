"""The fold and follow-through by peer and week, once with peerkit and once each with other engines.

Every module has `load`, which reads entries into the form that its engine likes best; `run`, which
returns all columns of the commitments on a day, and their follow-through; and `arrow`, which turns
either into an Arrow table, to compare them. METRICS.md has the rules.
"""
