"""Diagnostic block and ablation for lumbar facet pain, clinical and Medicare."""

from __future__ import annotations

from painpath.cohort.truth.answers import NO, Answer, all_of, any_of, when
from painpath.cohort.truth.case import Case

_BLOCK, _ABLATION = "facet-mbb-diagnostic", "facet-rfa"


def clinical_block(case: Case) -> Answer:
    """Block, by the clinical policy."""
    return _block(case.under("clinical-facet"))


def medicare_block(case: Case) -> Answer:
    """Block, by the Medicare family, which wants a diagnosis from its list."""
    case = case.under("medicare-facet")
    return all_of(_block(case), case.present("facet-claim-diagnosis", "facet-claim-diagnosis"))


def clinical_ablation(case: Case) -> Answer:
    """Ablation, by the clinical policy."""
    return _ablation(case.under("clinical-facet"))


def medicare_ablation(case: Case) -> Answer:
    """Ablation, by the Medicare family; less gain in function may do where the payer agrees."""
    case = case.under("medicare-facet")
    return all_of(_ablation(case), case.present("facet-claim-diagnosis", "facet-claim-diagnosis"))


def _common(case: Case) -> Answer:
    return all_of(
        case.lasted("facet-pain-duration"),
        case.tried("facet-conservative-care", since="onset"),
        case.score("facet-pain-severity", "pain-score", since="onset", highest=True),
        case.absent("facet-no-root-pain", "nerve-root-or-cord-diagnosis"),
    )


def _block(case: Case) -> Answer:
    helped = case.relief("facet-rfa-had-helped", _ABLATION, side=True)
    return all_of(
        _common(case),
        when(
            case.present("facet-block-before", _BLOCK, side=True, default=NO),
            all_of(
                case.relief("facet-first-block-positive", _BLOCK, side=True),
                case.elapsed("facet-second-block-spacing", _BLOCK, side=True, default=2),
            ),
        ),
        when(
            all_of(
                case.sessions("facet-two-blocks-done", _BLOCK, side=True),
                case.relief(
                    "facet-first-of-them-positive", _BLOCK, side=True, pick="first", default=None
                ),
                case.relief("facet-latest-of-them-positive", _BLOCK, side=True, default=None),
                case.blocks("facet-two-positive-in-a-row", _BLOCK, side=True, default=NO),
            ),
            case.absent("facet-no-further-block", _BLOCK, side=True, active=False),
        ),
        when(
            all_of(
                case.elapsed("facet-rfa-within-two-years", _ABLATION, side=True, default=NO), helped
            ),
            case.absent("facet-no-block-after-successful-rfa", _ABLATION, side=True, active=False),
        ),
        when(
            all_of(
                case.elapsed("facet-rfa-two-years-ago", _ABLATION, side=True, default=NO), helped
            ),
            case.present("facet-source-in-question", "facet-pain-source-in-question"),
        ),
        case.sessions("facet-diagnostic-cap-low-back", _BLOCK),
    )


def _ablation(case: Case) -> Answer:
    return all_of(
        _common(case),
        when(
            case.absent("facet-rfa-first-time", _ABLATION, side=True, active=False),
            case.blocks("facet-two-positive-blocks", _BLOCK, side=True),
        ),
        when(
            case.present("facet-rfa-done-before", _ABLATION, side=True, default=NO),
            case.relief("facet-rfa-repeat-relief", _ABLATION, side=True),
        ),
        when(
            case.elapsed("facet-rfa-two-years-ago", _ABLATION, side=True, default=NO),
            any_of(
                case.blocks("facet-new-blocks-after-two-years", _BLOCK, side=True, default=NO),
                case.present("facet-source-not-in-question", "facet-pain-source-in-question"),
            ),
        ),
        case.sessions("facet-rfa-cap-low-back", _ABLATION),
    )
