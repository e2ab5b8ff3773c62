"""Every piece of an export in a run: what is in one already, as it is now, is not read again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from painpath.screening import exports, runs
from painpath.screening.exports import Piece
from painpath.screening.gathering import RunRef
from painpath.screening.hands import work
from painpath.screening.runs import PieceSheet, Sheet, Written
from painpath.screening.steps import Check, Checked, Deal, Setting, Step

Watch = Callable[[str, int, int], None]
"""Told of progress: what is counted (`bytes`, `patients`), how much is done, of how much."""


def dealt(found: list[Piece], setting: Setting, hands: int, watch: Watch) -> list[Written]:
    """Every piece in a run; those that are in one already, as they are now, are left alone."""
    written = _correct(found, setting, hands)
    held = {sheet.piece for run in written for sheet in run.sheet.pieces}
    steps: list[Step] = []
    left: list[Piece] = []
    for group in exports.groups(found, hands):
        missing = [piece for piece in group if piece not in held]
        if len(missing) == len(group):
            steps.append(Deal(missing))
        else:
            left += missing
    steps += [Deal(group) for group in exports.groups(left, hands)]
    total = sum(piece.end - piece.start for piece in found)
    done = total - sum(_size(step) for step in steps)
    watch("bytes", done, total)
    for step, _ in work(steps, setting, hands):
        done += _size(step)
        watch("bytes", done, total)
    return runs.runs(setting.runs) if steps else written


def _size(step: Step) -> int:
    return sum(piece.end - piece.start for piece in step.pieces) if isinstance(step, Deal) else 0


def _correct(found: list[Piece], setting: Setting, hands: int) -> list[Written]:
    """The runs, with the sheets corrected of pieces that were written again with the same bytes."""
    now = {piece.place: piece for piece in found}
    written = runs.runs(setting.runs)
    held = {sheet.piece for run in written for sheet in run.sheet.pieces}
    doubtful: dict[Piece, int] = {}
    for run in written:
        for sheet in run.sheet.pieces:
            piece = now.get(sheet.piece.place)
            if piece is None or piece in held or piece == sheet.piece:
                continue
            if (piece.end, piece.size) == (sheet.piece.end, sheet.piece.size):
                doubtful[piece] = sheet.checksum
    same: set[Piece] = set()
    steps: list[Step] = [
        Check(group, [doubtful[piece] for piece in group])
        for group in exports.groups(sorted(doubtful), hands)
    ]
    for step, report in work(steps, setting, hands):
        assert isinstance(step, Check) and isinstance(report, Checked)
        same |= {piece for piece, is_same in zip(step.pieces, report.same, strict=True) if is_same}
    return [_corrected(run, now, same, doubtful, setting) for run in written]


def _corrected(
    run: Written,
    now: dict[tuple[str, int], Piece],
    same: set[Piece],
    checksum_of: dict[Piece, int],
    setting: Setting,
) -> Written:
    """A run whose sheet names its pieces as they are now, where their bytes are the same."""
    sheets = []
    for sheet in run.sheet.pieces:
        piece = now.get(sheet.piece.place)
        if piece in same and sheet.checksum == checksum_of[piece]:
            sheet = msgspec.structs.replace(sheet, piece=piece)
        sheets.append(sheet)
    if sheets == run.sheet.pieces:
        return run
    runs.write_sheet(setting.runs, run.name, Sheet(sheets))
    return Written(run.name, Sheet(sheets))


def references(found: list[Piece], written: list[Written]) -> tuple[list[RunRef], list[PieceSheet]]:
    """Runs with the place of each of their pieces in the export, and the sheets that count."""
    order = {piece: number for number, piece in enumerate(found)}
    seen: set[Piece] = set()
    refs: list[RunRef] = []
    sheets: dict[int, PieceSheet] = {}
    for run in written:
        orders = []
        for sheet in run.sheet.pieces:
            # A piece that stands in two runs counts once.
            place = -1 if sheet.piece in seen else order.get(sheet.piece, -1)
            if place >= 0:
                seen.add(sheet.piece)
                sheets[place] = sheet
            orders.append(place)
        if any(place >= 0 for place in orders):
            refs.append(RunRef(run.name, orders))
    return refs, [sheets[place] for place in sorted(sheets)]
