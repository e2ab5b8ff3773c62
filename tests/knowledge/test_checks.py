"""Every finding of the checkers, by the smallest change to sound knowledge that causes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from painpath.knowledge.checks import Finding, check
from painpath.knowledge.checks.codes import loinc_valid, verhoeff_valid
from painpath.knowledge.loading import Knowledge, load

SOUND = """\
sources: [{id: source, title: Source, url: "u", date: "2026"}]
regions:
  - {id: lumbar, name: Lumbar}
  - {id: sacral, name: Sacral, counts_as: lumbar}
  - {id: low-back, name: Low back, parts: [lumbar, sacral]}
concepts:
  - {id: pain, name: Pain, category: condition, icd10cm: [M54.50], snomed: [279039007],
     region: lumbar}
  - {id: ache, name: Ache, category: condition, includes: [pain]}
  - {id: score, name: Score, category: observation, loinc: [72514-3], words: [pain score]}
  - {id: needle, name: Needle, category: procedure, cpt: [{codes: [64483], region: lumbar}],
     hcpcs: [G0260]}
  - {id: drug, name: Drug, category: drug, rxnorm: [11289]}
  - {id: walk, name: Walking, category: care}
  - {id: expert, name: Expert, category: specialist, nucc: [208VP0014X]}
problems:
  - {id: problem, name: P, patient_name: p, pain_type: mixed, region: lumbar, replaces: [other],
     recognise: [{all: [pain, [ache, score]], without: [expert], since: pain}]}
  - {id: other, name: O, patient_name: o, pain_type: mixed, recognise: [{all: [ache]}]}
options:
  - id: first
    name: First
    family: f
    rung: initial
    done: needle
    fits: [{problem: problem}]
    not_for: [{problems: [other], why: no, cite: source}]
    outlook: [{problem: problem, responders_percent: 50, response: r, at_months: 3, cite: source}]
    evidence: [{kind: trial, stance: for, text: t, problem: problem, cite: source}]
    patient: {name: n, what: w, on_the_day: o, until_then: u, call_if: c}
  - {id: second, name: Second, family: f, rung: repeat, done: needle, after: first, part_of: first,
     fits: [{problem: problem}]}
policies:
  - id: policy
    name: Policy
    issuer: i
    payer: clinical
    axis: clinical
    end: 2025-12-31
    cite: source
    rules:
      - options: [first]
        problems: [problem]
        position: criteria
        statement: s
        criteria:
          - {id: there, text: t, kind: present, of: pain, since: ache, within: 6 months}
          - {id: high, text: t, kind: score, of: score, at_least: 50 %}
          - {id: long, text: t, kind: lasted, more_than: 3 months}
          - {id: few, text: t, kind: sessions, of: needle, region: low-back, less_than: 4}
          - {id: good, text: t, kind: blocks, of: needle, number: 2, at_least: 80, spacing: 14 days}
          - {id: tried, text: t, kind: tried, of: walk, lasting: 4 weeks, gap: 42 days}
          - {id: fits, text: t, kind: problem, of: problem}
    cases:
      - {name: case, option: first, asked_on: 2025-01-01, problem: {id: problem},
         facts: [{is: pain, at: 2024-01-01}], status: eligible,
         verdicts: {there: met, high: met, long: met, few: met, good: met, tried: met}}
      - {name: none, option: first, asked_on: 2025-01-01, problem: {id: problem}, status: not-met}
      - {name: again, option: second, asked_on: 2025-01-01, problem: {id: problem}, status: wait}
      - {name: well, option: second, asked_on: 2025-01-01, problem: {id: problem}, status: eligible}
  - id: newer
    name: Newer
    issuer: i
    payer: clinical
    axis: clinical
    start: 2026-01-01
    cite: source
    rules: [{options: [first], position: criteria, statement: s}]
safety:
  - {id: safe, level: stop, text: t, options: [first], cite: source,
     when: [{id: pained, text: t, kind: present, of: pain}]}
red_flags:
  - {id: flag, text: t, act: a, urgency: u, problems: [problem], cite: source,
     when: [{id: aged, text: t, kind: score, of: score, at_least: 7}]}
hold_rule_sets:
  - id: holds
    name: Holds
    cite: source
    upgrade_when: [{id: worse, text: t, kind: present, of: ache}]
    holds:
      - {drug: drug, cite: source, low: {action: no-hold}, intermediate: {action: avoid},
         high: {action: avoid}, only_if: [{id: old, text: t, kind: present, of: expert}]}
bleeding_classes:
  - id: first
    classes: [{rules: holds, bleeding: low, regions: [lumbar], levels: [L5-S1], cite: source}]
  - {id: still-to-come, classes: [{rules: holds, bleeding: high, cite: source}]}
steroid_equivalents: [{id: drug, mg: 4, reference_mg: 4, review: secondary, cite: source}]
anaesthetic_maxima:
  - {id: most, drug: drug, name: D, way: plain, mg_per_kg: 2, review: secondary, cite: source}
checklist:
  - {id: entry, text: t, ask: a, cite: source,
     when: [{id: ill, text: t, kind: present, of: pain}],
     known: [{id: noted, text: t, kind: present, of: score}]}
care:
  - {id: advice, text: t, area: physical, problems: [problem], done_by: walk, cite: source,
     when: [{id: can, text: t, kind: absent, of: pain}],
     unless: [{id: does, text: t, kind: tried, of: walk}]}
"""


def knowledge(folder: Path, text: str) -> Knowledge:
    (folder / "all.yaml").write_text(text)
    return load(folder)


def after(folder: Path, old: str, new: str) -> list[Finding]:
    """New findings after one change, besides notes on concepts that are no longer used."""
    assert old in SOUND
    before = {finding.what for finding in check(knowledge(folder, SOUND))}
    found = check(knowledge(folder, SOUND.replace(old, new, 1)))
    new = [each for each in found if each.what not in before]
    return [each for each in new if "used by no rule" not in each.what]


def test_sound_knowledge_has_no_findings(tmp_path: Path) -> None:
    assert check(knowledge(tmp_path, SOUND)) == []


UNDEFINED = '"nobody" is not defined; define it or correct it'


def nobody(text: str) -> tuple[str, str]:
    """The text, and the same ending in an id that does not exist."""
    return text, text.rpartition(" ")[0] + " nobody"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        # references
        ("kind: present, of: pain, since", "kind: present, of: nobody, since", UNDEFINED),
        ("since: ache,", "since: nobody,", UNDEFINED),
        ("kind: problem, of: problem", "kind: problem, of: nobody", UNDEFINED),
        ("region: low-back", "region: nobody", UNDEFINED),
        ("includes: [pain]", "includes: [nobody]", UNDEFINED),
        ("     region: lumbar}", "     region: nobody}", UNDEFINED),
        ("{codes: [64483], region: lumbar}", "{codes: [64483], region: nobody}", UNDEFINED),
        ("counts_as: lumbar", "counts_as: nobody", UNDEFINED),
        ("parts: [lumbar, sacral]", "parts: [lumbar, nobody]", UNDEFINED),
        ("replaces: [other]", "replaces: [nobody]", UNDEFINED),
        ("mixed, region: lumbar", "mixed, region: nobody", UNDEFINED),
        ("[ache, score]]", "[ache, nobody]]", UNDEFINED),
        ("without: [expert]", "without: [nobody]", UNDEFINED),
        ("since: pain}", "since: nobody}", UNDEFINED),
        ("done: needle\n", "done: nobody\n", UNDEFINED),
        ("after: first", "after: nobody", UNDEFINED),
        ("part_of: first", "part_of: nobody", UNDEFINED),
        ("    fits: [{problem: problem}]\n", "    fits: [{problem: nobody}]\n", UNDEFINED),
        ("not_for: [{problems: [other]", "not_for: [{problems: [nobody]", UNDEFINED),
        ("outlook: [{problem: problem", "outlook: [{problem: nobody", UNDEFINED),
        ("t, problem: problem, cite", "t, problem: nobody, cite", UNDEFINED),
        ("- options: [first]", "- options: [first, nobody]", UNDEFINED),
        ("        problems: [problem]", "        problems: [problem, nobody]", UNDEFINED),
        ("option: first", "option: nobody", UNDEFINED),
        ("problem: {id: problem}", "problem: {id: nobody}", UNDEFINED),
        ("{is: pain", "{is: nobody", UNDEFINED),
        ("t, options: [first]", "t, options: [nobody]", UNDEFINED),
        ("u, problems: [problem]", "u, problems: [nobody]", UNDEFINED),
        ("classes: [{rules: holds, bl", "classes: [{rules: nobody, bl", UNDEFINED),
        ("- {id: most, drug: drug", "- {id: most, drug: nobody", UNDEFINED),
        (
            "ill, text: t, kind: present, of: pain",
            "ill, text: t, kind: present, of: nobody",
            UNDEFINED,
        ),
        ("levels: [L5-S1]", "levels: [X1]", '"X1" is no spinal level such as L4-L5'),
        ("regions: [lumbar]", "regions: [nobody]", UNDEFINED),
        ("drug: drug", "drug: nobody", UNDEFINED),
        ("done_by: walk", "done_by: nobody", UNDEFINED),
        ("physical, problems: [problem]", "physical, problems: [nobody]", UNDEFINED),
        ("problems: [other], why", "problems: [problem], why", "in fits and in not_for; keep one"),
        # criteria outside policies
        (*nobody("pained, text: t, kind: present, of: pain"), UNDEFINED),
        (*nobody("aged, text: t, kind: score, of: score"), UNDEFINED),
        (*nobody("worse, text: t, kind: present, of: ache"), UNDEFINED),
        (*nobody("old, text: t, kind: present, of: expert"), UNDEFINED),
        (*nobody("can, text: t, kind: absent, of: pain"), UNDEFINED),
        (*nobody("does, text: t, kind: tried, of: walk"), UNDEFINED),
        # thresholds
        (", at_least: 50 %", "", 'criterion "high" needs exactly one of at_least, more_than'),
        ("at_least: 50 %", "at_least: 5, at_most: 7", 'criterion "high" needs exactly one of'),
        ("at_least: 50 %", "at_least: half", '"half" is not a number such as "50 %" or "7"'),
        ("more_than: 3 months", "more_than: '3'", '"3" is not a duration such as "6 months"'),
        ("within: 6 months", "within: half a year", '"half a year" is not a duration'),
        ("lasting: 4 weeks", "lasting: '4'", '"4" is not a duration'),
        ("spacing: 14 days", "spacing: 1 month", "spacing is counted in days or weeks"),
        ("gap: 42 days", "gap: 1 month", "gap is counted in days or weeks"),
        # citations
        ("cite: source\n    rules:\n", "rules:\n", 'criterion "there" has no citation; add cite'),
        ("cite: source\n    rules:\n", "rules:\n", "rule for first has no citation; add cite"),
        ("of: walk,", "of: walk, cite: gone#4,", 'criterion "tried" cites "gone#4", which is no'),
        ("at_months: 3, cite: source", "at_months: 3, cite: gone", 'evidence of "first" cites'),
        ("problem: problem, cite: source}]\n    pat", "cite: []}]\n    pat", "has no citation"),
        ("why: no, cite: source", "why: no", 'not_for of "first" has no citation'),
        ("options: [first], cite: source", "options: [first], cite: gone", '"safe" cites "gone"'),
        ("u, problems: [problem], cite: source", "u, cite: []", '"flag" has no citation'),
        ("drug: drug, cite: source", "drug: drug, cite: gone", 'hold of "drug" cites "gone"'),
        (
            "levels: [L5-S1], cite: source",
            "levels: [L5-S1], cite: gone",
            'class of "first" cites "gone"',
        ),
        ("walk, cite: source", "walk, cite: gone", '"advice" cites "gone"'),
        # codes
        ("M54.50", "M5450", '"M5450" is not a icd10cm code'),
        ("279039007", "2790", '"2790" is not a snomed code'),
        ("279039007", "279039008", "SNOMED CT 279039008 fails its check digit"),
        ("72514-3", "725143", '"725143" is not a loinc code'),
        ("72514-3", "72514-4", "LOINC 72514-4 fails its check digit"),
        ("64483", "6448", '"6448" is not a cpt code'),
        ("G0260", "X260", '"X260" is not a hcpcs code'),
        ("11289", "x1", '"x1" is not a rxnorm code'),
        ("208VP0014X", "208VP", '"208VP" is not a nucc code'),
        ("words: [pain score]", 'words: ["pain (score"]', '"pain (score" is not a pattern'),
        # claims and patients
        (
            "- {id: ache, name: Ache, category: condition,",
            "- {id: ache-claim-diagnosis, name: A, category: condition, snomed: [279039007],\n"
            "     icd10cm: [M54.5]}\n  - {id: ache, name: Ache, category: condition,",
            "M54.5 is a header with codes under it, so no claim can carry it; remove it",
        ),
        (
            "until_then: u",
            "until_then: Continue individualised rehabilitation despite intermittent"
            " debilitating progressive symptomatology",
            'patient text of "first", until_then: reading level is grade',
        ),
        # ladders and versions
        ("    rung: initial\n", "    rung: initial\n    after: second\n", "comes after itself"),
        ("after: first", "after: second", "comes after itself; break the circle"),
        ("start: 2026-01-01", "start: 2025-12-31", '"newer" and "policy" both speak for clinical'),
    ],
)
def test_what_would_make_it_wrong_is_an_error(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    errors = [each for each in after(tmp_path, old, new) if each.level == "error"]
    assert any(what in error.what for error in errors), errors
    assert all(error.where.startswith("all.yaml:") for error in errors)


@pytest.mark.parametrize(
    ("old", "new", "level", "what"),
    [
        # sources
        (', url: "u", date: "2026"', "", "warning", 'source "source" has no url and no date'),
        (', url: "u"', "", "warning", 'source "source" has no url; add it where'),
        (', date: "2026"', "", "warning", 'source "source" has no date; add it where'),
        (
            "sources: [",
            "sources: [{id: idle, title: I, url: u, date: d}, ",
            "note",
            "cited nowhere",
        ),
        # what the record may hold and no claim can
        ("icd10cm: [M54.50]", "icd10cm: [M54.50, M54.5]", "note", "M54.5 is a header with codes"),
        (
            "icd10cm: [M54.50]",
            "icd10cm: [{codes: [M54.5], until: 2021-09-30}]",
            "note",
            "M54.5 was retired on 2021-09-30; records may hold it, no claim can",
        ),
        (
            "includes: [pain]}",
            "includes: [pain], snomed: [279039007],\n"
            "     icd10cm: [M54.9, {codes: [M54.50], until: 2021-09-30}]}",
            "warning",
            'concept "pain": M54.50 was retired on 2021-09-30 elsewhere; add until',
        ),
        # doubles
        (
            "nucc: [208VP0014X]}",
            "nucc: [208VP0014X], rxnorm: [11289]}",
            "warning",
            'RxNorm 11289 stands in "drug" and in "expert"',
        ),
        # examples
        (
            "2025-01-01, problem: {id: problem}, status: not-met}",
            "2025-01-01, problem: {id: problem}}",
            "warning",
            'no example shows "first" not eligible',
        ),
        (
            "problem: {id: problem}, status: eligible}",
            "problem: {id: problem}}",
            "warning",
            'no example shows "second" eligible',
        ),
        (
            "long: met,",
            "",
            "note",
            'criterion "long" of "policy" (more than 3 months) stands in no case',
        ),
        # grades
        (
            "{id: fits, text: t,",
            "{id: fits, text: Fits, review: unverified,",
            "note",
            "policy policy: Fits",
        ),
        (
            "icd10cm: [M54.50]",
            "icd10cm: [{codes: [M54.50], review: unverified}]",
            "note",
            "concept pain: codes M54.50",
        ),
        (
            "id: source, title: Source,",
            "id: source, title: Source, review: unverified,",
            "note",
            "source source: Source",
        ),
        (
            "        problems: [problem]",
            "        problems: [other]",
            "warning",
            'rule for "first" names only problems that the option does not fit',
        ),
        ("part_of: first,", "", "warning", 'option "second" has no clinical criteria'),
        ("part_of: first,", "", "note", 'option "second" has no text for patients'),
        (", snomed: [279039007]", "", "note", "known in ICD-10-CM but not in SNOMED CT"),
    ],
)
def test_what_looks_odd_is_no_error(
    tmp_path: Path, old: str, new: str, level: str, what: str
) -> None:
    found = after(tmp_path, old, new)
    assert [each.level for each in found if what in each.what] == [level]
    assert [each for each in found if each.level == "error"] == []


def test_a_concept_that_nothing_uses_is_a_note(tmp_path: Path) -> None:
    text = SOUND.replace("concepts:\n", "concepts:\n  - {id: idle, name: I, category: care}\n", 1)
    (found,) = check(knowledge(tmp_path, text))
    assert found.subject == "references"
    assert (found.level, found.what) == ("note", 'concept "idle" is used by no rule')
    assert found.where == f"all.yaml:{text[: text.index('idle')].count(chr(10)) + 1}"


NEEDLES = SOUND.replace("name: Holds", "name: Holds\n    default: true").replace(
    "    done: needle\n", "    done: needle\n    tags: [needle]\n"
)


def test_an_option_with_a_needle_has_a_bleeding_class(tmp_path: Path) -> None:
    assert check(knowledge(tmp_path, NEEDLES)) == []
    moved = NEEDLES.replace("  - id: first\n    classes", "  - id: somewhere-else\n    classes")
    errors = [each.what for each in check(knowledge(tmp_path, moved)) if each.level == "error"]
    assert [what.split(";")[0] for what in errors] == [
        'option "first" has the tag needle and no bleeding class by "holds"'
    ]


def test_a_route_goes_by_the_class_of_its_parent(tmp_path: Path) -> None:
    route = NEEDLES.replace("rung: repeat,", "rung: repeat, tags: [needle],")
    assert check(knowledge(tmp_path, route)) == []


def test_errors_come_first(tmp_path: Path) -> None:
    text = SOUND.replace("part_of: first,", "").replace("drug: drug", "drug: nobody")
    levels = [each.level for each in check(knowledge(tmp_path, text))]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert len(set(levels)) == 3


@pytest.mark.parametrize("states", [("AZ", "FL"), ("AZ", "")])
def test_policies_for_different_states_do_not_clash(tmp_path: Path, states: tuple) -> None:
    text = SOUND.replace("start: 2026-01-01", "start: 2025-01-01")
    for name, state in zip(("policy", "newer"), states, strict=True):
        document = f"documents: [{{id: d, contractor: c, states: [{state}]}}]"
        text = text.replace(f"- id: {name}\n", f"- id: {name}\n    {document}\n", 1)
    assert [each for each in check(knowledge(tmp_path, text)) if each.level == "error"] == []


@pytest.mark.parametrize(("end", "clash"), [("2025-12-31", False), ("2026-01-01", True)])
def test_versions_clash_on_a_shared_day_in_either_order(
    tmp_path: Path, end: str, clash: bool
) -> None:
    text = SOUND.replace("start: 2026-01-01", f"end: {end}").replace(
        "end: 2025-12-31", "start: 2026-01-01", 1
    )
    found = [each.what for each in check(knowledge(tmp_path, text)) if each.level == "error"]
    assert any("both speak for clinical" in what for what in found) == clash


def test_examples_outside_the_policies_count(tmp_path: Path) -> None:
    text = SOUND.replace("status: not-met}", "status: eligible}", 1)
    (found,) = check(knowledge(tmp_path, text))
    assert found.what == 'no example shows "first" not eligible; add a case or a vignette'
    assert check(knowledge(tmp_path, text), [("first", "wait")]) == []


def test_what_everybody_refuses_needs_no_eligible_example(tmp_path: Path) -> None:
    text = SOUND.replace("status: eligible,\n", "status: not-met,\n").replace("eligible}", "wait}")
    text = text.replace("problems: [problem]\n        position: criteria", "position: not-covered")
    assert [each.what for each in check(knowledge(tmp_path, text))] == []


def test_a_finding_names_the_line_of_the_criterion(tmp_path: Path) -> None:
    text = SOUND.replace("of: walk, lasting", "of: nobody, lasting")
    (found,) = [each for each in check(knowledge(tmp_path, text)) if each.level == "error"]
    assert found.where == f"all.yaml:{text[: text.index('id: tried')].count(chr(10)) + 1}"


def test_check_digits() -> None:
    assert verhoeff_valid("24028007")
    assert verhoeff_valid("7771000")
    assert not verhoeff_valid("24028008")
    assert not verhoeff_valid("42028007")  # two digits swapped
    assert loinc_valid("4548-4")
    assert loinc_valid("72514-3")
    assert not loinc_valid("4548-5")


SECOND = """      - options: [second]
        position: criteria
        statement: s
        criteria: [{{id: there, text: {text}, kind: present, of: pain, since: ache{more}}}]
"""


@pytest.mark.parametrize(
    ("text", "more", "differ"),
    [
        ("another wording", ", within: 6 months", None),
        ("t", ", within: 5 months", "within"),
        ("t", "", "within"),
        ("t", ", within: 6 months, same: [side], role: exclusion", "role, same"),
    ],
)
def test_an_id_reused_with_other_parameters_is_an_error(
    tmp_path: Path, text: str, more: str, differ: str | None
) -> None:
    cases = "    cases:\n"
    assert cases in SOUND
    made = SOUND.replace(cases, SECOND.format(text=text, more=more) + cases, 1)
    found = [f for f in check(knowledge(tmp_path, made)) if f.subject == "one id, one question"]
    assert [f.level for f in found] == ([] if differ is None else ["error"])
    assert all(f"with different {differ};" in f.what for f in found)


@pytest.mark.parametrize(
    ("concept", "more", "said"),
    [
        ("category: finding", "", True),
        ("category: finding", ", active: false", False),
        ("category: finding, icd10cm: [R26.2]", "", False),
        ("category: finding, includes: [ache]", "", False),
        ("category: condition", "", False),
    ],
)
def test_what_is_noted_on_a_day_is_not_asked_for_as_still_holding(
    tmp_path: Path, concept: str, more: str, said: bool
) -> None:
    sound = "{id: there, text: t, kind: present, of: pain, since: ache, within: 6 months}"
    asked = f"{{id: there, text: t, kind: absent, of: weak{more}}}"
    made = SOUND.replace(sound, asked, 1).replace(
        "concepts:\n", f"concepts:\n  - {{id: weak, name: Weak, {concept}}}\n", 1
    )
    found = [f for f in check(knowledge(tmp_path, made)) if f.subject == "of a day"]
    assert [f.level for f in found] == (["error"] if said else [])
