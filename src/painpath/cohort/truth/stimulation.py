"""Trial and implant of a spinal cord stimulator, clinical and Medicare."""

from __future__ import annotations

from painpath.cohort.truth.answers import NO, Answer, all_of, any_of, when
from painpath.cohort.truth.case import Case

NORIDIAN = "medicare-noridian-scs"
_NATIONAL = "medicare-ncd-160-7"
_TRIAL = "scs-trial"


def clinical_trial(case: Case) -> Answer:
    """Trial, by the clinical policy."""
    case = case.under("clinical-spinal-cord-stimulation")
    return all_of(_clinical(case), _after_an_earlier_trial(case))


def clinical_implant(case: Case) -> Answer:
    """Implant, by the clinical policy."""
    case = case.under("clinical-spinal-cord-stimulation")
    return all_of(_clinical(case), case.relief("scs-trial-relief", _TRIAL))


def medicare_trial(case: Case) -> Answer:
    """Trial: Noridian's rule in its states, the national one elsewhere."""
    if _noridian(case):
        case = case.under(NORIDIAN)
        return all_of(
            _medicare(case),
            case.absent("scs-no-substance-abuse", "substance-use-active"),
            any_of(
                case.sessions("scs-fewer-than-two-trials", _TRIAL),
                case.present("scs-trial-exception-on-file", "scs-trial-exception"),
            ),
            _after_an_earlier_trial(case),
        )
    return _medicare(case.under(_NATIONAL))


def medicare_implant(case: Case) -> Answer:
    """Implant: Noridian's rule in its states, the national one elsewhere."""
    if _noridian(case):
        case = case.under(NORIDIAN)
        return all_of(
            _medicare(case),
            case.absent("scs-no-substance-abuse", "substance-use-active"),
            any_of(
                case.relief("scs-trial-relief", _TRIAL),
                case.lesser_relief_in_crps(
                    "scs-trial-judged-success", "trial-success-by-judgement"
                ),
            ),
            case.present("scs-trial-function", "functional-improvement-after-trial", since=_TRIAL),
        )
    case = case.under(_NATIONAL)
    return all_of(
        _medicare(case),
        any_of(
            case.relief("scs-trial-relief", _TRIAL),
            all_of(
                case.relief("scs-trial-any-relief", _TRIAL),
                case.present(
                    "scs-implant-outside-hospital-outpatient", "implant-outside-hospital-outpatient"
                ),
            ),
        ),
    )


def _noridian(case: Case) -> bool:
    return case.telling.state in case.numbers.states(NORIDIAN)


def _clinical(case: Case) -> Answer:
    return all_of(
        case.adult("scs-adult"),
        case.lasted("scs-chronic"),
        _other_care(case),
        _assessed(case),
    )


def _medicare(case: Case) -> Answer:
    return all_of(_other_care(case), _assessed(case))


def _other_care(case: Case) -> Answer:
    other = case.tried("scs-other-care-tried")
    if case.policy == _NATIONAL:
        other = any_of(other, case.present("scs-surgery-tried", "spine-surgery"))
    return all_of(
        any_of(
            case.tried("scs-drugs-tried"),
            case.present("scs-drugs-unsuitable", "conservative-care-unsuitable"),
        ),
        any_of(other, case.present("scs-other-care-unsuitable", "conservative-care-unsuitable")),
    )


def _assessed(case: Case) -> Answer:
    return all_of(
        case.present("scs-psychological-evaluation", "psych-clearance"),
        case.present("scs-multidisciplinary-assessment", "multidisciplinary-assessment"),
    )


def _after_an_earlier_trial(case: Case) -> Answer:
    return when(
        case.present("scs-trial-before", _TRIAL, default=NO),
        any_of(
            case.relief("scs-earlier-trial-relief", _TRIAL),
            case.present("scs-failure-explained", "scs-trial-exception"),
        ),
    )
