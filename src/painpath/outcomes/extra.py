"""SciPy and lifelines, or one sentence that says how to get them."""

from __future__ import annotations

try:
    from lifelines import KaplanMeierFitter, statistics, utils
    from scipy import stats
except ImportError as error:  # pragma: no cover - the tests have both
    raise ImportError(
        "outcome statistics need SciPy and lifelines: pip install 'painpath[outcomes]'"
    ) from error

__all__ = ["KaplanMeierFitter", "statistics", "stats", "utils"]
