"""Free-text directions: what is read, what is not, and that no number is ever guessed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painpath.opioids import opioid_knowledge
from painpath.opioids.numbers import exact
from painpath.opioids.sig import Sig, SigReader

READER = SigReader(opioid_knowledge())


def read(text: str) -> Sig:
    return READER.read(text)


# --- one dose, one timing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "times"),
    [
        ("1 tab BID", 1, 1, "tablet", 2),
        ("1 tab TID", 1, 1, "tablet", 3),
        ("1 tab QID", 1, 1, "tablet", 4),
        ("Take 1 tab po q.i.d.", 1, 1, "tablet", 4),
        ("1 tab daily", 1, 1, "tablet", 1),
        ("1 tablet once daily", 1, 1, "tablet", 1),
        ("1 tab at bedtime", 1, 1, "tablet", 1),
        ("1 tab qhs", 1, 1, "tablet", 1),
        ("1 tab daily at bedtime", 1, 1, "tablet", 1),
        ("1 tab every morning", 1, 1, "tablet", 1),
        ("One tablet every morning and every evening", 1, 1, "tablet", 2),
        ("1 tab twice daily, in the morning and at bedtime", 1, 1, "tablet", 2),
        ("1 tab TID and at bedtime", 1, 1, "tablet", 4),
        ("1 tab 4 times daily before meals and at bedtime", 1, 1, "tablet", 4),
        ("1 tab before meals and at bedtime", 1, 1, "tablet", 4),
        ("1 tablet TID with meals", 1, 1, "tablet", 3),
        ("1-2 tabs q4h prn", 1, 2, "tablet", 6),
        ("1 to 2 tablets every 6 hours as needed", 1, 2, "tablet", 4),
        ("1 or 2 tablets every 6 hours", 1, 2, "tablet", 4),
        ("1 tablet or 2 tablets every 6 hours", 1, 2, "tablet", 4),
        ("1 tab every 4 to 6 h", 1, 1, "tablet", 6),
        ("1 tab every 4-6 hours", 1, 1, "tablet", 6),
        ("1 tab q4-6h", 1, 1, "tablet", 6),
        ("1 tab q 4-6 hrs", 1, 1, "tablet", 6),
        ("1 tab q4h-q6h", 1, 1, "tablet", 6),
        ("1 tablet every 4 hours to 6 hours", 1, 1, "tablet", 6),
        ("1 tablet every six (6) hours", 1, 1, "tablet", 4),
        ("Take 1 tablet by mouth every 6 (six) hours as needed.", 1, 1, "tablet", 4),
        ("2 tabs q8h", 2, 2, "tablet", 3),
        ("2 tablets three times a day", 2, 2, "tablet", 3),
        ("2 tablets 3 times/day", 2, 2, "tablet", 3),
        ("1 cap 2x daily", 1, 1, "capsule", 2),
        ("1 tab 2-3 times a day", 1, 1, "tablet", 3),
        ("1 tab every other day", 1, 1, "tablet", Fraction(1, 2)),
        ("1 tab weekly", 1, 1, "tablet", Fraction(1, 7)),
        ("1 tab 3 times a week", 1, 1, "tablet", Fraction(3, 7)),
        ("1 patch every 72 h", 1, 1, "patch", Fraction(1, 3)),
        ("Place 1 patch onto the skin every 3 days", 1, 1, "patch", Fraction(1, 3)),
        ("apply a patch every seventy-two hours", 1, 1, "patch", Fraction(1, 3)),
        ("0.5 mL every 4 h", 0.5, 0.5, "mL", 6),
        (".5 ml q4h", 0.5, 0.5, "mL", 6),
        ("15 mL every 6 h", 15, 15, "mL", 4),
        ("1 tsp every 6 hours", 1, 1, "teaspoon", 4),
        ("5-10 mg every 3-4 hours prn", 5, 10, "mg", 8),
        ("5 mg to 10 mg every 4 hours", 5, 10, "mg", 6),
        ("400 mcg every 6 hours", 400, 400, "mcg", 4),
        ("half a tablet q8h", 0.5, 0.5, "tablet", 3),
        ("take 1/2 tablet twice a day", 0.5, 0.5, "tablet", 2),
        ("1 1/2 tabs bid", 1.5, 1.5, "tablet", 2),
        ("one and a half tablets every 8 hours", 1.5, 1.5, "tablet", 3),
        ("½ tablet bid", 0.5, 0.5, "tablet", 2),
        ("take 1 every 6 hours", 1, 1, None, 4),
        ("1-2 po q4-6h prn pain #120", 1, 2, None, 6),
        ("1 Tablet(s) PO Q6H PRN", 1, 1, "tablet", 4),
        ("1 tablet every 8 hours at 6 am, 2 pm, 10 pm", 1, 1, "tablet", 3),
        ("1 tablet 30 minutes before bedtime", 1, 1, "tablet", 1),
    ],
)
def test_dose_and_timing(
    text: str, low: float, high: float, unit: str | None, times: int | Fraction
) -> None:
    sig = read(text)
    assert sig.problem is None
    (part,) = sig.parts
    assert (part.low, part.high, part.unit) == (exact(low), exact(high), unit)
    assert part.times == times


@pytest.mark.parametrize(
    "text",
    [
        "Take 1 tablet (5 mg total) by mouth every 6 hours as needed for moderate pain (4-6).",
        "1 tablet every 6 hours as needed for severe pain (pain score 7-10)",
        "1 tablet q6h prn pain 4-6/10",
        "1 tablet every 6 hours for up to 5 days",
        "1 tablet every 6 hours for 7 days. Disp #28, 0 refills",
        "1 tablet every 6 hours x 10 days",
        "1 tablet every 6 hours with at least 8 oz of water",
        "1 tablet every 6 hours until 2026-04-01",
        "1 tablet of 5 mg every 6 hours",
        "1 tablet every 6 hours. Do not exceed 4 grams of acetaminophen per day",
        "1 tablet every 6 hours daily",
    ],
)
def test_other_numbers_are_no_doses(text: str) -> None:
    sig = read(text)
    assert sig.problem is None
    assert [(part.high, part.times) for part in sig.parts] == [(1, 4)]
    assert sig.caps == ()


# --- what is missing stays missing --------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["one tablet by mouth", "1 tab as needed", "1 tab with meals", "1 tablet once"]
)
def test_no_timing_is_no_timing(text: str) -> None:
    (part,) = read(text).parts
    assert part.high == 1
    assert part.times is None


@pytest.mark.parametrize("text", ["every 6 hours as needed", "take by mouth twice daily"])
def test_no_dose_is_no_dose(text: str) -> None:
    (part,) = read(text).parts
    assert part.high is None
    assert part.times is not None


@pytest.mark.parametrize("text", ["take as directed", "use as instructed", "see note"])
def test_nothing_said(text: str) -> None:
    (part,) = read(text).parts
    assert (part.high, part.times) == (None, None)


# --- the daily maximum --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1-2 tabs q4h PRN, max 8/day", 8, None),
        ("1-2 tabs q4h prn max 8 tablets per day", 8, "tablet"),
        ("1 tab q4h prn. Max Daily Amount: 6 tablets", 6, "tablet"),
        ("1 tab q4h prn. Max daily dose 40 mg", 40, "mg"),
        ("1 tab q4h prn, not to exceed 6 tablets in 24 hours", 6, "tablet"),
        ("1 tab q4h prn. Do not take more than 6 tablets in a 24 hour period", 6, "tablet"),
        ("1 tab q4h prn, no more than 4 a day", 4, None),
        ("1 tab q4h prn, maximum of 6 tabs/24h", 6, "tablet"),
        ("1 tab q4h prn (MDD 6)", 6, None),
        ("1 tab up to 4 times a day as needed", 4, "dose"),
        ("1 tab prn up to 3-4 times daily", 4, "dose"),
        ("1 spray in one nostril, max 4 doses per day", 4, "dose"),
        ("take up to 6 tablets daily", 6, "tablet"),
    ],
)
def test_caps(text: str, amount: int, unit: str | None) -> None:
    sig = read(text)
    assert sig.problem is None
    assert [(cap.amount, cap.unit) for cap in sig.caps] == [(amount, unit)]


def test_a_cap_holds_though_the_rest_is_not_understood() -> None:
    sig = read("take 1 now, 2 later on and 17 on Sundays, max 8 tablets per day")
    assert sig.problem is not None
    assert [(cap.amount, cap.unit) for cap in sig.caps] == [(8, "tablet")]


# --- several doses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doses", "join"),
    [
        ("1 tab in the morning and 2 tabs at bedtime", [(1, 1), (2, 1)], "sum"),
        ("Take 1 tablet in the morning. Take 2 tablets at bedtime.", [(1, 1), (2, 1)], "sum"),
        ("1 tab twice daily and 2 tabs at bedtime", [(1, 2), (2, 1)], "sum"),
        ("1 tab q4h or 2 tabs q6h prn", [(1, 6), (2, 4)], "max"),
    ],
)
def test_several_doses(text: str, doses: list[tuple[int, int]], join: str) -> None:
    sig = read(text)
    assert [(part.high, part.times) for part in sig.parts] == doses
    assert sig.join == join


# --- not read rather than guessed ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1 tab TID x 3 days then 1 tab BID x 3 days",
        "taper: 1 tab TID",
        "1 tablet every 6 hours, may repeat once",
        "1 tab q6h; may take 1 extra tablet at night",
        "1 tablet now and 1 tablet every 6 hours",
        "1 tab q6h; 1 tab q6h",
        "1 tab q6h, bid",
        "1 tab BID and with 3 others",
        "1 tab twice daily at bedtime",
        "1 spray in each nostril every 6 hours",
        "1000 every 24h",
        "take every 6 hours for pain 5",
        "day 1: 1 tab bid",
        "increase to 2 tabs after that",
    ],
)
def test_not_read(text: str) -> None:
    sig = read(text)
    assert sig.problem is not None
    assert sig.parts == ()


@given(
    low=st.integers(1, 4),
    more=st.integers(0, 3),
    hours=st.sampled_from([2, 3, 4, 6, 8, 12, 24]),
    longer=st.integers(0, 4),
    unit=st.sampled_from(["tab", "tablets", "capsule(s)", "mL", "mg"]),
    verb=st.sampled_from(["", "take ", "Take "]),
    tail=st.sampled_from(["", " as needed", " prn pain", " for 5 days", " by mouth."]),
)
def test_any_plain_direction_is_read(
    low: int, more: int, hours: int, longer: int, unit: str, verb: str, tail: str
) -> None:
    amount = f"{low}-{low + more}" if more else f"{low}"
    interval = f"{hours} to {hours + longer}" if longer else f"{hours}"
    sig = read(f"{verb}{amount} {unit} every {interval} hours{tail}")
    assert sig.problem is None
    assert [(p.high, p.times) for p in sig.parts] == [(low + more, Fraction(24, hours))]


@given(st.text(alphabet="1 2q4hbidta./-mgorx()", max_size=30))
def test_reading_never_fails(text: str) -> None:
    read(text)
