"""The plan in a terminal: the answer first, then the reasons, then what to do before and beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from painpath.planning.asking import PriorAuthorisation
from painpath.planning.next_step import OPEN
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import (
    CriterionResult,
    Evidence,
    Missing,
    OptionResult,
    Plan,
    PositionResult,
    ProblemResult,
    RequestResult,
    SafetyItem,
)
from painpath.report.policies import policy_tables
from painpath.report.scores import score_words
from painpath.report.words import (
    MARKS,
    STATUS_MARKS,
    ago_words,
    authorisation_words,
    day_words,
    number,
    patient_words,
    problem_place,
    since_words,
    status_words,
)

_STYLES = {
    "eligible": "bold green",
    "wait": "bold cyan",
    "needs-more": "bold yellow",
    "not-met": "bold",
    "contraindicated": "bold red",
    "not-indicated": "dim",
    "met": "green",
    "unknown": "yellow",
    "stop": "bold red",
    "hold": "bold yellow",
    "caution": "yellow",
    "info": "dim",
}
_OPEN_VERDICTS = ("unknown", "not-met")
_MOST_REASONS = 4
_MOST_MET = 2
_MOST_SAFETY = 5
_MOST_SCORES = 4
_NARROW = 84
_WIDEST_REFS = 44


def render(plan: Plan, console: Console, *, verbose: bool = False) -> None:
    """Print a plan. `verbose` opens every criterion of every option."""
    narrow = console.width < _NARROW
    parts: list[RenderableType] = [_head(plan)]
    parts += _red_flags(plan)
    parts += [_request(request, plan) for request in plan.requests]
    if plan.patient.deceased:
        died = "The record says that this patient has died; nothing is proposed."
        parts.append(Padding(Text(died, style="bold"), (1, 0, 0, 0)))
    elif not plan.problems:
        parts.append(_nothing())
    for problem in plan.problems:
        parts += [Text(), _problem(problem, plan, narrow=narrow, verbose=verbose)]
    parts += policy_tables(plan)
    parts += _safety(plan, verbose=verbose)
    if verbose:
        parts += _amounts(plan)
    parts += _alongside(plan)
    parts += _scores(plan)
    parts += _missing(plan)
    parts += _foot(plan)
    console.print(Group(*parts))


def _head(plan: Plan) -> Text:
    patient = plan.patient
    text = Text.assemble(("Patient ", "dim"), (patient.id, "bold"))
    for words in (patient_words(patient), f"as of {day_words(plan.as_of)}", plan.policy.name):
        if words:
            text.append(f" · {words}")
    return text


def _red_flags(plan: Plan) -> list[RenderableType]:
    rows: list[RenderableType] = []
    for flag in plan.red_flags:
        rows.append(Text(f"■ RED FLAG  {flag.text}", style="bold red"))
        rows.append(_line("", Text(f"{flag.act} ({flag.urgency})"), _refs(flag.evidence)))
    return [Text(), *rows] if rows else []


def _nothing() -> RenderableType:
    return Padding(
        Text(
            "No pain problem was recognised in this record. See `painpath knowledge list problems`."
        ),
        (1, 0, 0, 0),
    )


def _line(label: str, text: Text, right: Text | str = "", *, indent: int = 2) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=max(5, len(label)), no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(Text(label, style="dim"), text, right)
    return Padding(grid, (0, 0, 0, indent))


def _refs(evidence: Iterable[Evidence], most: int = 2) -> Text:
    refs = list(dict.fromkeys(item.ref for item in evidence))
    if len(", ".join(refs[:most])) > _WIDEST_REFS:
        most = 1
    more = f" +{len(refs) - most}" if len(refs) > most else ""
    return Text(", ".join(map(_short, refs[:most])) + more, style="dim")


def _short(ref: str) -> str:
    """`Condition/22bbe238…`: long ids would leave no room for the words."""
    kind, slash, key = ref.partition("/")
    return f"{kind}{slash}{key[:8]}…" if len(ref) > _WIDEST_REFS else ref


# --- one problem ---------------------------------------------------------------------------------


def _problem(problem: ProblemResult, plan: Plan, *, narrow: bool, verbose: bool) -> RenderableType:
    head = Text.assemble((f"{problem_place(problem)}  ".lstrip(), "bold"), (problem.name, "bold"))
    since = since_words(problem, plan.as_of)
    if since:
        head.append(f" · {since}")
    if problem.pain is not None:
        head.append(f" · {problem.pain.text} ({day_words(problem.pain.date)})")
    rows: list[RenderableType] = [head]
    if problem.weak and problem.ask:
        rows.append(_line("", Text(f"Cause not known. {problem.ask}", style="yellow")))
    by_id = {option.id: option for option in problem.options}
    step = by_id.get(problem.next_step or "")
    if step is not None:
        rows += _step("Next", step, narrow=narrow)
    shown = {problem.next_step}
    for option in problem.options:
        if option.status == "not-indicated" or option.id in shown or step is None:
            continue
        if step.id in option.after:
            shown.add(option.id)
            note = f"after {step.name.lower()}" if _follows(option, step) else status_words(option)
            rows.append(_line("Then", Text.assemble(option.name, (f"  {note}", "dim"))))
    rows += _others(problem, shown)
    if step is not None:
        rows += _cover(step)
        rows += _ask_first(step.prior_authorisation)
    if verbose:
        for option in problem.options:
            rows += _open(option, narrow=narrow)
    return Group(*rows)


def _follows(option: OptionResult, step: OptionResult) -> bool:
    """The rung waits for the step and nothing of the two is on record yet."""
    return step.id in option.after and not step.done and not option.done


def _status(option: OptionResult) -> Text:
    return Text(
        f"{STATUS_MARKS[option.status]} {status_words(option).upper()}",
        style=_STYLES[option.status],
    )


def _step(label: str, option: OptionResult, *, narrow: bool) -> list[RenderableType]:
    rows = [_line(label, Text(option.name, style="bold"), _status(option))]
    if option.status == "contraindicated" and option.why:
        rows.append(_line("", Text(option.why)))
    # One line per act: the same request may settle several criteria.
    acts = {
        c.ask or c.id: c
        for c in reversed(option.criteria)
        if c.decisive and c.verdict in _OPEN_VERDICTS
    }
    open_ones = list(reversed(acts.values()))
    met = [c for c in option.criteria if c.decides and c.verdict == "met"]
    rows += [_criterion(c, narrow=narrow) for c in open_ones[:_MOST_REASONS]]
    if len(open_ones) > _MOST_REASONS:
        rows.append(
            _line("", Text(f"… and {len(open_ones) - _MOST_REASONS} more (-v)", style="dim"))
        )
    room = max(_MOST_MET, _MOST_REASONS - len(open_ones))
    rows += [_criterion(c, narrow=narrow) for c in met[:room]]
    if len(met) > room:
        rows.append(_line("", Text(f"✓ {len(met) - room} more met (-v)", style="dim")))
    return rows


def _criterion(criterion: CriterionResult, *, narrow: bool, full: bool = False) -> RenderableType:
    text = Text(f"{MARKS[criterion.verdict]} ", style=_STYLES.get(criterion.verdict, ""))
    text.append(criterion.text, style="" if criterion.verdict != "met" else "default")
    if criterion.review == "unverified":
        text.append(" [source unverified: also check]", style="dim")
    elif not criterion.decides:
        text.append(" [also check]", style="dim")
    if criterion.verdict == "unknown" and criterion.ask:
        text.append(f" → {criterion.ask}", style="yellow")
    elif criterion.verdict == "not-met" and criterion.due:
        text.append(f" → from {day_words(criterion.due)}", style="cyan")
    if full and criterion.why:
        text.append(f" {criterion.why}", style="dim")
    refs = _refs(criterion.evidence)
    if narrow or full:
        shown = "; ".join(
            f"{item.ref}: {item.text} ({day_words(item.date)})" if full else item.ref
            for item in criterion.evidence[: 4 if full else 1]
        )
        if shown:
            text.append(f"  {shown}", style="dim")
        refs = Text()
    return _line("", text, refs)


def _others(problem: ProblemResult, shown: set[str | None]) -> list[RenderableType]:
    rows: list[RenderableType] = []
    rest = [o for o in problem.options if o.id not in shown and o.part_of is None]
    possible = [o for o in rest if o.status in OPEN and not _used(o, problem)]
    if possible:
        text = Text(" · ").join(
            Text.assemble(o.name, (f" ({status_words(o).lower()})", "dim")) for o in possible[:4]
        )
        rows.append(_line("Else" if problem.next_step else "Other", text))
    for option in rest:
        if option.done and option not in possible:
            text = Text.assemble(option.name, (f" ({day_words(option.done[0].date)})", "dim"))
            rows.append(_line("Done", text, _refs(option.done)))
    refused = [o for o in rest if o.status not in OPEN and not o.done]
    for option in refused[:3]:
        text = Text.assemble((f"{option.name}: ", ""), (_refusal(option), "dim"))
        rows.append(_line("Not", text))
    return rows


def _used(option: OptionResult, problem: ProblemResult) -> bool:
    """A rung that is on record and has led on is history, not an alternative."""
    return bool(option.done) and any(
        option.id in o.after for o in problem.options if o.done or o.id == problem.next_step
    )


def _refusal(option: OptionResult) -> str:
    if option.why:
        return option.why
    lacking = [c.text for c in option.criteria if c.verdict == "not-met" and c.decisive]
    word = status_words(option).lower()
    return f"{word}: {lacking[0]}" if lacking else word


_POSITIONS = {
    "criteria": "covered if criteria met",
    "covered": "covered",
    "not-covered": "not covered",
    "investigational": "held investigational",
    "silent": "no policy names it",
    "recommends": "recommends it",
    "advises-against": "advises against it",
}


def position_words(position: PositionResult) -> str:
    """`Aetna: criteria not met`."""
    if position.position == "criteria" and position.status:
        words = {
            "eligible": "criteria met",
            "wait": f"from {day_words(position.earliest_date)}",
            "needs-more": "needs more",
            "not-met": "criteria not met",
            "contraindicated": "contraindicated",
        }[position.status]
    else:
        words = _POSITIONS[position.position]
    return f"{position.name}: {words}"


def _cover(option: OptionResult) -> list[RenderableType]:
    others = [p for p in option.coverage if p.axis != "clinical"]
    words = [position_words(p) for p in others[:4]]
    if len(others) > 4:
        words.append(f"{len(others) - 4} more (--format html)")
    stances = Counter(row.stance for row in option.evidence)
    if stances:
        tally = [f"{stances[s]} {s}" for s in ("for", "mixed", "neutral", "against") if stances[s]]
        words.append(f"evidence: {', '.join(tally)}")
    return [_line("Cover", Text(" · ".join(words), style="dim"))] if words else []


def _ask_first(answer: PriorAuthorisation | None) -> list[RenderableType]:
    """Prior authorisation, where a payer is on record."""
    if answer is None or answer.payer == CLINICAL:
        return []
    return [_line("Ask", Text(f"Prior authorisation: {authorisation_words(answer)}", style="dim"))]


def _open(option: OptionResult, *, narrow: bool) -> list[RenderableType]:
    """Every criterion of one option."""
    rows: list[RenderableType] = [
        Text(),
        _line("", Text(option.name, style="bold"), _status(option)),
    ]
    if option.why:
        rows.append(_line("", Text(option.why, style="dim")))
    rows += [_criterion(c, narrow=narrow, full=True) for c in option.criteria]
    return rows


# --- around the problems -------------------------------------------------------------------------


def _request(request: RequestResult, plan: Plan) -> RenderableType:
    name = next(
        (o.name for p in plan.problems for o in p.options if o.id == request.option),
        request.option or request.code,
    )
    words = request.status.replace("-", " ").upper()
    if request.status == "wait" and request.earliest_date:
        words = f"WAIT UNTIL {day_words(request.earliest_date).upper()}"
    status = Text(f"{STATUS_MARKS[request.status]} {words}", style=_STYLES[request.status])
    rows: list[RenderableType] = [
        Text(),
        _line(
            "Booked",
            Text(f"{name} ({request.code}) on {day_words(request.on)}", style="bold"),
            status,
            indent=0,
        ),
    ]
    if request.why:
        rows.append(_line("", Text(request.why)))
    rows += [
        _criterion(c, narrow=False)
        for c in request.criteria
        if c.decisive and c.verdict in _OPEN_VERDICTS
    ]
    rows += [_safety_line(item) for item in request.safety if item.level in ("stop", "hold")]
    rows += _ask_first(request.prior_authorisation)
    if request.better:
        rows.append(_line("", Text(f"Better fitting next step: {request.better}", style="bold")))
    return Group(*rows)


def _safety(plan: Plan, *, verbose: bool) -> list[RenderableType]:
    graver = [item for item in plan.safety if item.level != "info" or verbose]
    if not graver:
        return []
    rows: list[RenderableType] = [Text(), Text("BEFORE ANY NEEDLE", style="bold")]
    shown = graver if verbose else graver[:_MOST_SAFETY]
    rows += [_safety_line(item) for item in shown]
    if len(graver) > len(shown):
        rows.append(_line("", Text(f"… and {len(graver) - len(shown)} more (-v)", style="dim")))
    return rows


def _amounts(plan: Plan) -> list[RenderableType]:
    """Steroid so far, anaesthetic maxima, and what is not on file: only where all is shown."""
    rows: list[RenderableType] = []
    steroids = plan.steroids
    if steroids.items:
        more = ", doses missing" if steroids.incomplete else ""
        text = (
            f"steroid in 12 months {number(steroids.mg_12_months)} mg as methylprednisolone{more}"
        )
        rows.append(_line("", Text(text), indent=0))
    anaesthetic = plan.anaesthetic
    if anaesthetic.limits:
        each = [
            f"{limit.name.lower()} {limit.way} {number(limit.mg)} mg"
            for limit in anaesthetic.limits
        ]
        kg = f"{number(anaesthetic.weight_kg)} kg ({anaesthetic.basis})"
        text = f"local anaesthetic at most, at {kg}: {', '.join(each)}"
        if anaesthetic.less_percent is not None:
            text += f"; {number(anaesthetic.less_percent)} % less for {anaesthetic.less_for}"
        rows.append(_line("", Text(text), indent=0))
    missing = [item for item in plan.checklist if item.state == "missing"]
    if missing:
        rows += [Text(), Text("NOT ON FILE BEFORE SCHEDULING", style="bold")]
        rows += [_line("", Text(f"? {item.text} → {item.ask}"), indent=0) for item in missing]
    return rows


def _safety_line(item: SafetyItem) -> RenderableType:
    mark = {"stop": "■", "hold": "■", "caution": "!", "info": "·"}[item.level]
    text = Text(f"{mark} ", style=_STYLES[item.level])
    text.append(item.text)
    source = item.cite[0].split("#")[0] if item.cite else ""
    text.append(f"  {source} [{item.review}]", style="dim")
    return _line("", text, _refs(item.evidence, 1), indent=0)


_AREAS = ("physical", "medication", "psychological", "opioid-safety", "self-management", "referral")
_MOST_PER_AREA = 2
_TRIED = {"ongoing": " (ongoing)", "tried": " (tried)", "consider": ""}


def _alongside(plan: Plan) -> list[RenderableType]:
    """One line an area: what is in place or was tried, then what to consider."""
    load = plan.opioids
    lines: list[str] = []
    left = 0
    for area in _AREAS:
        items = [i for i in plan.alongside if i.area == area and i.stance == "for"]
        left += max(0, len(items) - _MOST_PER_AREA)
        words = [_first_clause(i.text) + _TRIED[i.state] for i in items[:_MOST_PER_AREA]]
        if area == "opioid-safety" and load.items:
            words.insert(0, f"opioids {number(load.mme_per_day)} MME/day ({load.rule_set})")
        if words:
            lines.append(f"{area.replace('-', ' ')}: {' · '.join(words)}")
    if not lines:
        return []
    if left:
        lines.append(f"{left} more (--format html)")
    return [Text(), _block("ALONGSIDE", "\n".join(lines))]


def _scores(plan: Plan) -> list[RenderableType]:
    """The newest scores; pain itself stands at the head of its problem."""
    found = [score for score in plan.scores if score.id != "pain-score"]
    if not found:
        return []
    lines = [score_words(score) for score in found[:_MOST_SCORES]]
    if len(found) > _MOST_SCORES:
        lines.append(f"{len(found) - _MOST_SCORES} more (--format html)")
    return [Text(), _block("SCORES", "\n".join(lines))]


def _first_clause(text: str) -> str:
    """Enough to recognise the advice; the page has the whole."""
    for end in (";", ". "):
        text = text.split(end)[0]
    return text.rstrip(".")


def _block(label: str, words: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(Text(label, style="bold"), Text(words))
    return grid


def _missing(plan: Plan) -> list[RenderableType]:
    if not plan.missing:
        return []
    shown = [_act(row) for row in plan.missing[:4]]
    more = len(plan.missing) - len(shown)
    tail = f" · {more} more" if more > 0 else ""
    return [_block("MISSING", " · ".join(shown) + tail)]


def _act(row: Missing) -> str:
    """`HbA1c of the last 3 months (settles 2 criteria)`."""
    if not row.settles:
        return row.ask
    noun = "criterion" if row.settles == 1 else "criteria"
    return f"{row.ask.rstrip('.')} (settles {row.settles} {noun})"


def _foot(plan: Plan) -> list[RenderableType]:
    rows: list[RenderableType] = [Text()]
    if plan.skipped:
        first = plan.skipped[0]
        rows.append(
            Text(
                f"{len(plan.skipped)} part(s) of the record could not be used, e.g."
                f" {first.ref}: {first.why}",
                style="dim",
            )
        )
    if plan.failures:
        names = ", ".join(f.ref for f in plan.failures)
        rows.append(
            Text(f"Not evaluated: {names}; criteria that need it are unknown.", style="red")
        )
    rows.append(
        Text(f"{plan.notice} Every criterion: -v; timeline and sources: --format html", style="dim")
    )
    return rows


__all__ = ["ago_words", "render"]
