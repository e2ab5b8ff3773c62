"""Cement for a broken vertebra, botulinum toxin for chronic migraine; the clinical policies."""

from __future__ import annotations

from painpath.cohort.truth.answers import Answer, all_of, any_of
from painpath.cohort.truth.case import Case

AUGMENTATION = "clinical-vertebral-augmentation"
BOTULINUM = "clinical-onabotulinumtoxina"
_TOXIN = "onabotulinumtoxina-chronic-migraine"


def augmentation(case: Case) -> Answer:
    """Fresh, seen to be fresh, painful there, not yet treated."""
    case = case.under(AUGMENTATION)
    return all_of(
        case.lasted("vcf-acute-or-subacute"),
        case.present("vcf-fresh-on-imaging", "fresh-fracture-on-imaging", since="onset"),
        case.present("vcf-pain-from-fracture", "fracture-pain-confirmed", since="onset", bars=True),
        case.score("vcf-pain-5", "pain-score", since="onset"),
        case.tried("vcf-care-tried", since="onset"),
        any_of(
            case.absent(
                "vcf-no-augmentation-since-onset",
                "vertebral-augmentation",
                since="onset",
                active=False,
            ),
            case.present("vcf-augmentation-elsewhere", "augmentation-other-body", since="onset"),
        ),
        case.absent("vcf-no-spinal-infection", "infection-active", bars=True),
    )


def botulinum(case: Case) -> Answer:
    """Frequent enough, long enough, after two classes of preventives, 12 weeks apart."""
    case = case.under(BOTULINUM)
    return all_of(
        case.adult("botox-adult"),
        case.score("botox-headache-days", "headache-days-per-month", highest=True),
        case.lasted("botox-lasted"),
        case.score("botox-hours", "headache-hours-per-day", highest=True),
        case.score("botox-migraine-days", "migraine-days-per-month", highest=True),
        any_of(
            case.tried("botox-two-classes"),
            case.present("botox-preventives-unsuitable", "migraine-preventives-unsuitable"),
        ),
        case.elapsed("botox-interval", _TOXIN, default=2),
        case.after_some_treatments(
            "botox-three-cycles", _TOXIN, "botox-response", "headache-days-fall"
        ),
    )
