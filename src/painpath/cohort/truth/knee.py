"""Worn and replaced knees: steroid injection, genicular block and ablation."""

from __future__ import annotations

from painpath.cohort.truth.answers import NO, Answer, all_of, any_of, when
from painpath.cohort.truth.case import Case

_STEROID = "clinical-knee-steroid-injection"
_WORN = "clinical-genicular-osteoarthritis"
_REPLACED = "clinical-genicular-replaced-knee"

_BLOCK, _ABLATION = "genicular-nerve-block", "genicular-rfa"
_OPERATION = "knee-prosthesis-operation"


def steroid(case: Case) -> Answer:
    """Steroid into a worn knee."""
    case = case.under(_STEROID)
    injection = "intra-articular-steroid-injection"
    return all_of(
        case.tried("steroid-exercise-tried"),
        case.tried("steroid-analgesic-tried"),
        case.elapsed("steroid-interval", injection, side=True, default=2),
        case.sessions("steroid-yearly-cap", injection, side=True),
        case.absent(
            "steroid-knee-not-replaced", "knee-arthroplasty", side=True, active=False, bars=True
        ),
        case.absent("steroid-no-infection", "leg-cellulitis", side=True, bars=True),
    )


def worn_block(case: Case) -> Answer:
    """Genicular block of a worn knee."""
    case = case.under(_WORN)
    return all_of(
        case.lasted("oa-pain-duration"),
        case.tried("oa-conservative-care"),
        case.absent("oa-knee-not-replaced", "knee-arthroplasty", side=True, active=False),
        case.absent("oa-no-skin-infection", "leg-cellulitis", side=True, bars=True),
    )


def worn_ablation(case: Case) -> Answer:
    """Genicular ablation of a worn knee."""
    case = case.under(_WORN)
    return all_of(
        case.lasted("rfa-pain-duration"),
        case.present("rfa-imaging", "knee-imaging", side=True),
        case.tried("rfa-exercise-tried"),
        case.tried("rfa-analgesic-tried"),
        case.blocks("rfa-block-positive", _BLOCK, side=True),
        case.absent(
            "rfa-knee-not-replaced", "knee-arthroplasty", side=True, active=False, bars=True
        ),
        case.absent("rfa-no-skin-infection", "leg-cellulitis", side=True, bars=True),
        when(
            case.present("rfa-done-before", _ABLATION, side=True, default=NO),
            all_of(
                case.elapsed("rfa-repeat-judged", _ABLATION, side=True),
                case.relief("rfa-repeat-helped", _ABLATION, side=True, default=None),
            ),
        ),
    )


def _work_up(case: Case) -> Answer:
    """What stands before any procedure on a replaced knee."""
    raised = any_of(
        case.score("tka-crp-raised", "crp", default=NO),
        case.score("tka-esr-raised", "esr", default=NO),
    )
    return all_of(
        case.elapsed("tka-six-months", _OPERATION, side=True),
        case.present("tka-film", "knee-radiograph", side=True, since="onset"),
        case.present("tka-crp-known", "crp", since=_OPERATION),
        case.present("tka-esr-known", "esr", since=_OPERATION),
        when(raised, case.present("tka-aspirated", "knee-aspiration", side=True, since=_OPERATION)),
        case.absent(
            "tka-no-infection", "knee-prosthesis-infection", "knee-joint-infection",
            side=True, bars=True,
        ),
        case.absent(
            "tka-no-mechanical-failure", "knee-prosthesis-loosening", side=True, bars=True
        ),
        case.absent("tka-no-crps", "crps-1", side=True, bars=True),
        case.absent("tka-no-skin-infection", "leg-cellulitis", side=True, bars=True),
        case.tried("tka-conservative-care", since=_OPERATION),
    )  # fmt: skip


def replaced_block(case: Case) -> Answer:
    """Genicular block of a replaced knee."""
    case = case.under(_REPLACED)
    return all_of(_work_up(case), case.lasted("tka-pain-duration"))


def replaced_ablation(case: Case) -> Answer:
    """Genicular ablation of a replaced knee."""
    case = case.under(_REPLACED)
    return all_of(
        _work_up(case),
        case.blocks("tka-block-positive", _BLOCK, side=True),
        when(
            case.present("tka-ablated-before", _ABLATION, side=True, since=_OPERATION, default=NO),
            all_of(
                case.elapsed("tka-repeat-judged", _ABLATION, side=True),
                case.relief("tka-repeat-helped", _ABLATION, side=True, default=None),
            ),
        ),
    )
