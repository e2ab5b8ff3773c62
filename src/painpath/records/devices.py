"""Device and DeviceUseStatement: what is implanted or used."""

from __future__ import annotations

from painpath.knowledge.vocabulary import Matches
from painpath.records import places
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept
from painpath.records.meanings import label
from painpath.records.places import NOWHERE
from painpath.records.resources import Device, DeviceUseStatement
from painpath.records.status import refusal


def read(device: Device, ref: str, chart: Chart) -> Outcome:
    """Facts of one Device; when it was implanted is not said there."""
    found = _find(device, chart)
    if not found:
        return "ignored"
    why = refusal("Device", device.status)
    if why is not None:
        return chart.skip(ref, why)
    for match in found:
        chart.add(match, "device", ref, _text(device), open=device.status != "inactive")
    return "used"


def read_use(use: DeviceUseStatement, ref: str, chart: Chart) -> Outcome:
    """Facts of one DeviceUseStatement."""
    target = chart.index.find(use.device, use)
    device = target.resource if target is not None else None
    if isinstance(device, Device):
        found, text = _find(device, chart), _text(device)
    elif use.device is not None and use.device.display:
        named = CodeableConcept(text=use.device.display)
        found, text = chart.find(named, "device"), label(named)
    else:
        if use.device is not None:
            chart.note(ref, "device points to nothing in the record")
        return "ignored"
    if not found:
        return "ignored"
    why = refusal("DeviceUseStatement", use.status)
    if why is not None:
        return chart.skip(ref, why)
    start, end = chart.period(use.timingPeriod, ref, "timingPeriod")
    start = start or chart.span(use.timingDateTime, ref, "timingDateTime")
    recorded = chart.recorded(use.recordedOn, ref, "recordedOn")
    if start is None and recorded is not None:
        start = (recorded, recorded)
    place = places.of_sites([use.bodySite], chart.vocabulary) if use.bodySite else NOWHERE
    for match in found:
        chart.add(
            match,
            "device",
            ref,
            text,
            start=start,
            end=end,
            open=end is None and use.status not in ("completed", "stopped"),
            recorded=recorded,
            place=place,
        )
    return "used"


def _find(device: Device, chart: Chart) -> Matches:
    found = chart.find(device.type, "device")
    for named in device.deviceName:
        if not found and named.name:
            found = chart.find(CodeableConcept(text=named.name), "device")
    return found


def _text(device: Device) -> str:
    names = [named.name for named in device.deviceName if named.name]
    return label(device.type) or (names[0] if names else "")
