"""How sure a share is: the 95 % intervals of Wilson and of Greenwood."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

# The 97.5 % point of the standard normal distribution: 95 % lie between its negative and itself.
Z_95 = 1.959963984540054
# Under this many due commitments no trend is drawn.
FEW = 10


def wilson(kept: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the low and high ends of the 95 % Wilson interval of `kept` out of `n`.

    The score interval without continuity correction (Wilson 1927, doi 10.1080/01621459.1927.10502953).
    Where `n` is 0 both are NaN.

    Example:
        >>> low, high = wilson([8], [10])
        >>> [round(float(end), 3) for end in (low[0], high[0])]
        [0.49, 0.943]
    """
    k = np.asarray(kept, dtype=np.float64)
    size = np.asarray(n, dtype=np.float64)
    size = np.where(size > 0, size, np.nan)
    share, z2 = k / size, Z_95**2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = Z_95 * np.sqrt(share * (1 - share) / size + z2 / (4 * size**2)) / (1 + z2 / size)
    # Rounding may leave the last bit on the wrong side of the share or of 0 and 1.
    return np.clip(np.minimum(middle - half, share), 0, 1), np.clip(np.maximum(middle + half, share), 0, 1)


def kaplan_meier(at_risk: Floats, done: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the product-limit estimate of what is not yet done, and its 95 % interval, day by day.

    Kaplan and Meier 1958 (doi 10.1080/01621459.1958.10501452), with Greenwood's variance (1926) on the
    scale of log(-log S), which keeps the ends within 0 and 1 (Kalbfleisch and Prentice 1980). The ends
    are NaN where S is 1 or 0: there the variance would be 0 or unknown, and a certainty that is not there
    must not be drawn.

    Args:
        at_risk: How many were neither done nor out of sight before each day, days in order, none of them 0.
        done: How many were done on it.
    """
    staying: Floats = np.cumprod(1 - done / at_risk, dtype=np.float64)
    is_inside = (staying > 0) & (staying < 1)
    # The last day may leave nobody; its term is infinite and belongs to an S of 0.
    left = np.where(at_risk > done, at_risk - done, np.nan)
    spread = np.cumsum(done / (at_risk * left))
    log_s = np.log(np.where(is_inside, staying, np.nan))
    half = Z_95 * np.sqrt(spread) / log_s
    # `half` is below 0, as the logarithm is: the ends come in this order.
    low: Floats = np.where(is_inside, staying ** np.exp(-half), np.nan)
    high: Floats = np.where(is_inside, staying ** np.exp(half), np.nan)
    return staying, low, high
