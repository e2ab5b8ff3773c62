"""Diagnostic and therapeutic injections of the sacroiliac joint, clinical and Medicare."""

from __future__ import annotations

from painpath.cohort.truth.answers import NO, Answer, all_of, any_of, when
from painpath.cohort.truth.case import Case

_TESTS = ("sij-injection-diagnostic", "sacral-lateral-branch-block")
_THERAPY = "sij-injection-therapeutic"
_COUNTED = (_THERAPY, "sij-injection-unclassified", "sacral-lateral-branch-injection-unclassified")


def clinical_test(case: Case) -> Answer:
    """Diagnostic injection, by the clinical policy."""
    return _test(case.under("clinical-sacroiliac"))


def medicare_test(case: Case) -> Answer:
    """Diagnostic injection, by the Medicare family, which wants a diagnosis from its list."""
    case = case.under("medicare-sij")
    return all_of(_test(case), case.present("sij-claim-diagnosis", "sij-claim-diagnosis"))


def clinical_therapy(case: Case) -> Answer:
    """Therapeutic injection, by the clinical policy."""
    return _therapy(case.under("clinical-sacroiliac"), (_THERAPY,))


def medicare_therapy(case: Case) -> Answer:
    """Therapeutic injection, by the Medicare family: one that nobody classified is one of these."""
    case = case.under("medicare-sij")
    return all_of(
        _therapy(case, _COUNTED), case.present("sij-claim-diagnosis", "sij-claim-diagnosis")
    )


def _common(case: Case) -> Answer:
    return all_of(
        case.lasted("sij-pain-duration"),
        any_of(
            case.absent("sij-no-other-cause", "sij-pain-other-cause"),
            case.present(
                "sij-other-cause-treated", "radiculopathy-treated", since="onset", default=NO
            ),
        ),
        case.present("sij-provocation-tests", "three-positive-si-tests"),
        case.tried("sij-conservative-care", since="onset"),
        case.present("sij-baseline-score", "pain-or-function-score", since="onset"),
    )


def _test(case: Case) -> Answer:
    return all_of(
        _common(case),
        case.sessions("sij-diagnostic-cap", *_TESTS),
        when(
            case.present("sij-diagnostic-before", *_TESTS, side=True, default=NO),
            case.relief("sij-first-diagnostic-positive", *_TESTS, side=True),
        ),
    )


def _therapy(case: Case, earlier: tuple[str, ...]) -> Answer:
    return all_of(
        _common(case),
        case.relief("sij-diagnostic-positive", *_TESTS, side=True, pick="any"),
        case.sessions("sij-therapeutic-cap", *_COUNTED),
        when(
            case.present("sij-therapeutic-before", *earlier, side=True, default=NO),
            case.relief("sij-repeat-relief", *earlier, side=True),
        ),
    )
