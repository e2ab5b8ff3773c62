"""Durations and thresholds as people write them; what cannot be read is refused, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painpath.knowledge.quantities import Duration, QuantityError, parse_duration, parse_number


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [
        ("1 day", 0, 1),
        ("14 days", 0, 14),
        ("4 weeks", 0, 28),
        ("1 week", 0, 7),
        ("6 months", 6, 0),
        ("1 month", 1, 0),
        ("1 year", 12, 0),
        ("2 years", 24, 0),
        ("5 months 30 days", 5, 30),
        ("1 year 6 months", 18, 0),
        ("6 months, 2 weeks", 6, 14),
        ("4weeks", 0, 28),
        ("0 days", 0, 0),
    ],
)
def test_durations(text: str, months: int, days: int) -> None:
    assert parse_duration(text) == Duration(months, days)


def test_months_are_not_days() -> None:
    assert parse_duration("6 months") != parse_duration("180 days")
    assert parse_duration("12 months") == parse_duration("1 year")


@pytest.mark.parametrize(
    "text",
    ["", "6", "months", "6 mths", "six months", "1.5 months", "-4 weeks", "6 months or so"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(QuantityError) as error:
        parse_duration(text)
    assert f'"{text}"' in str(error.value)
    assert "6 months" in str(error.value)


@given(st.integers(0, 600), st.integers(0, 1000))
def test_a_duration_prints_as_it_is_read(months: int, days: int) -> None:
    duration = Duration(months, days)
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(6), "6 months"),
        (Duration(1), "1 month"),
        (Duration(12), "12 months"),
        (Duration(24), "2 years"),
        (Duration(0, 14), "14 days"),
        (Duration(0, 28), "4 weeks"),
        (Duration(5, 30), "5 months 30 days"),
        (Duration(), "0 days"),
    ],
)
def test_a_duration_prints_as_a_policy_would_say_it(duration: Duration, text: str) -> None:
    assert str(duration) == text


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("50 %", 50),
        ("50%", 50),
        ("7", 7),
        (" 7 ", 7),
        ("7.5", 7.5),
        ("-1", -1),
        ("10 mg/L", 10),
        ("8.0 %", 8),
        ("30 mL/min/1.73 m2", 30),
        (7, 7),
        (7.5, 7.5),
    ],
)
def test_numbers(written: str | float, number: float) -> None:
    assert parse_number(written) == number


@pytest.mark.parametrize("text", ["", "%", "half", "> 5", "fifty %", ".5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(QuantityError) as error:
        parse_number(text)
    assert f'"{text}"' in str(error.value)


@pytest.mark.parametrize("text", ["1,000", "1e3", "4-6", "7,5", "1.2.3", "5O"])
def test_a_number_that_could_be_read_as_another_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_number(text)


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))
def test_a_number_keeps_its_value_with_and_without_a_unit(value: float) -> None:
    text = f"{value:.3f}"
    assert parse_number(text) == parse_number(f"{text} %") == float(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_duration, parse_number):
        try:
            parse(text)
        except QuantityError as error:
            assert text in str(error)
