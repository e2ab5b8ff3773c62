"""Epidural steroid injection for lumbar radiculopathy, clinical and Medicare."""

from __future__ import annotations

from painpath.cohort.truth.answers import NO, Answer, all_of, any_of, when
from painpath.cohort.truth.case import Case

_EPIDURAL = "epidural-steroid-injection"
_CARE = "conservative-care"


def clinical(case: Case) -> Answer:
    """By the clinical policy."""
    case = case.under("clinical-esi")
    return all_of(_common(case), case.tried("esi-conservative-care", _CARE, since="onset"))


def medicare(case: Case) -> Answer:
    """By the Medicare family; there care must be on record at all, and in this episode."""
    case = case.under("medicare-esi")
    return all_of(
        _common(case),
        case.tried("esi-conservative-care", _CARE, default=NO),
        case.tried("esi-conservative-care-this-episode", _CARE, since="onset"),
        when(
            case.elapsed("esi-first-over-a-year-ago", _EPIDURAL, first=True, default=NO), _on(case)
        ),
    )


def _common(case: Case) -> Answer:
    return all_of(
        case.lasted("esi-pain-duration"),
        case.present("esi-imaging", "spine-mri-ct"),
        case.present("esi-baseline-score", "pain-or-function-score", since="onset"),
        case.sessions("esi-sessions-lumbar-sacral", _EPIDURAL),
        when(case.present("esi-done-before", _EPIDURAL, default=NO), _again(case)),
        case.absent("esi-no-infection", "infection-active", bars=True),
    )


def _on(case: Case) -> Answer:
    """Treatment that goes on beyond a year, by two or more."""
    return when(
        case.sessions("esi-treated-twice", _EPIDURAL),
        all_of(
            case.present("esi-long-disability", "pain-limits-function", since="onset"),
            case.present("esi-long-primary-care-told", "esi-primary-care-informed"),
        ),
    )


def _again(case: Case) -> Answer:
    """After one that helped long enough; or once more, otherwise, after a first that failed."""
    return any_of(
        case.relief("esi-repeat-relief", _EPIDURAL),
        all_of(
            case.latest_relief("esi-last-relief-under-half", _EPIDURAL),
            case.sessions("esi-only-one-before-lumbar-sacral", _EPIDURAL),
            case.elapsed("esi-fourteen-days-since-failed", _EPIDURAL),
            case.present("esi-changed-approach", "esi-changed-approach", since=_EPIDURAL),
        ),
    )
