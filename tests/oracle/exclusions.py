"""Cases of the CQL suite that cannot be put to our engine, by file, group and reason.

Names may end in `*`. Every other case of these files is asked (see `test_cql`).
"""

from __future__ import annotations

ALL = ["*"]

CLOCK = "facts are dated to the day; times of day and time zones are dropped on reading"
DENSE = "whole numbers stand for days; decimals and quantities are no days"
BUILDS = "the answer is a date or an interval, not a verdict; the engine only answers questions"
NO_QUESTION = "a literal or a part of one, no question"
SHAPE = "no criterion asks whether two periods begin, end or meet together, or are the same"
NULL_PERIOD = "an interval of which nothing is known is no fact"
KNOWN_DAY = "the day asked about is always a known, whole day"
TODAY = "the engine has no clock: the day asked about is given"
INVALID = "the expression is invalid; nothing to compare"
TRUNCATED = "CQL cuts the sum to the precision of the date; a partial date stays an interval here"
BACKWARDS = "a length of time is counted from an earlier to a later day"
VALUES = "picks a value; the engine has no expression that does"
WEEKS = "counts the Sundays between two days; durations here are counted from the day itself"
NO_ANSWER = "whether something is known shows as the verdict unknown, not as an answer"
SUMS = "arithmetic on lengths of time; criteria only compare them"

_CLOCKED = [
    "DateTime*Hour*",
    "DateTime*Minute*",
    "DateTime*Second*",
    "DateTime*Millisecond*",
    "*Timezone*",
    "Time*",
]

EXCLUDED: dict[str, dict[str, dict[str, list[str]]]] = {
    "CqlLogicalOperatorsTest": {},
    "CqlNullologicalOperatorsTest": {
        "Coalesce": {VALUES: ALL},
        "IsNull": {NO_ANSWER: ALL},
    },
    "CqlIntervalOperatorsTest": {
        "After": {DENSE: ["Decimal*", "Quantity*"], CLOCK: ["Time*"]},
        "Before": {DENSE: ["Decimal*", "Quantity*"], CLOCK: ["Time*"]},
        "Collapse": {BUILDS: ALL},
        "Expand": {BUILDS: ALL},
        "Contains": {
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*"],
            KNOWN_DAY: ["TestContainsNull"],
            NULL_PERIOD: ["TestNullElement1"],
        },
        "End": {BUILDS: ALL},
        "Ends": {SHAPE: ALL},
        "Equal": {SHAPE: ALL},
        "Except": {BUILDS: ALL},
        "In": {
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["TimeInTrue", "TimeInFalse", "TimeInNull", "Issue32Interval"],
            NULL_PERIOD: ["TestInNullBoundaries"],
            NO_QUESTION: ["TestPeriod*"],
        },
        "Includes": {
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*"],
            KNOWN_DAY: ["TestIncludesNull"],
        },
        "Included In": {
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*", "DateTimeIncludedInNull", "DateTimeIncludedInPrecisionNull"],
            KNOWN_DAY: ["TestIncludedInNull"],
        },
        "Intersect": {BUILDS: ALL},
        "Equivalent": {SHAPE: ALL},
        "Meets": {SHAPE: ALL},
        "MeetsBefore": {SHAPE: ALL},
        "MeetsAfter": {SHAPE: ALL},
        "NotEqual": {SHAPE: ALL},
        "OnOrAfter": {
            DENSE: ["*Decimal*", "*Quantity*"],
            CLOCK: ["*Time*"],
            NULL_PERIOD: ["TestOnOrAfterNull"],
        },
        "OnOrBefore": {
            DENSE: ["*Decimal*", "*Quantity*"],
            CLOCK: ["*Time*"],
            NULL_PERIOD: ["TestOnOrBeforeNull"],
        },
        "Overlaps": {
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*"],
            NULL_PERIOD: ["TestOverlapsNull"],
        },
        "OverlapsBefore": {
            SHAPE: ["IntegerInterval*"],
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*"],
            NULL_PERIOD: ["TestOverlapsBeforeNull"],
        },
        "OverlapsAfter": {
            SHAPE: ["IntegerInterval*"],
            DENSE: ["Decimal*", "Quantity*"],
            CLOCK: ["Time*"],
            NULL_PERIOD: ["TestOverlapsAfterNull"],
        },
        "PointFrom": {BUILDS: ALL},
        "ProperContains": {CLOCK: ALL},
        "ProperIn": {CLOCK: ALL},
        "ProperlyIncludes": {SHAPE: ALL},
        "ProperlyIncludedIn": {SHAPE: ALL},
        "Start": {BUILDS: ALL},
        "Starts": {SHAPE: ALL},
        "Union": {BUILDS: ALL},
        "Width": {BUILDS: ["*Width9", "*WidthNull", "*Width11", "*Width5"], INVALID: ["*eWidth"]},
        "Interval": {NO_QUESTION: ["*Test*"], INVALID: ["Invalid*"]},
    },
    "CqlDateTimeOperatorsTest": {
        "Add": {
            INVALID: ["DateTimeAddInvalidYears"],
            CLOCK: [
                "DateTimeAdd5Hours*",
                "DateTimeAddHours*",
                "DateTimeAdd*Minutes*",
                "DateTimeAdd*Seconds*",
                "DateTimeAdd*Milliseconds*",
                "Time*",
            ],
            TRUNCATED: ["DateAdd2YearsAsMonthsRem1", "DateAdd33Days", "DateTimeAdd2YearsByDays*"],
        },
        "After": {CLOCK: _CLOCKED},
        "Before": {CLOCK: _CLOCKED},
        "DateTime": {NO_QUESTION: ALL},
        "DateTimeComponentFrom": {NO_QUESTION: ALL},
        "Difference": {
            CLOCK: [
                "DateTimeDifferenceHour",
                "DateTimeDifferenceMinute",
                "DateTimeDifferenceSecond",
                "DateTimeDifferenceMillisecond",
                "Time*",
            ],
            WEEKS: ["DateTimeDifferenceWeeks*"],
            BACKWARDS: ["DateTimeDifferenceNegative"],
        },
        "From Github issue #29": {NO_QUESTION: ["DateTime*"], CLOCK: ["*Hours*", "*Minutes*"]},
        "Duration": {BACKWARDS: ["DateTimeDurationBetweenDaysDiffYears"]},
        "Uncertainty tests": {
            SUMS: ["*UncertainAdd", "*UncertainSubtract", "*UncertainMultiply", "*UncertainDiv"],
            NO_QUESTION: ["DateTime1", "DateTime2"],
            CLOCK: ["DurationInWeeks*", "DurationIn[HMD]*", "Time*"],
        },
        "Now": {TODAY: ALL},
        "SameAs": {CLOCK: _CLOCKED},
        "SameOrAfter": {CLOCK: [*_CLOCKED, "OnOrAfterTrue", "Issue32DateTime"]},
        "SameOrBefore": {CLOCK: [*_CLOCKED, "DateTimeSameOrBeforeNull1"]},
        "Subtract": {
            INVALID: ["DateTimeSubtractInvalidYears"],
            CLOCK: [
                "DateTimeSubtract*Hour*",
                "DateTimeSubtract*Minutes*",
                "DateTimeSubtract*Seconds*",
                "DateTimeSubtract*Milliseconds*",
                "Time*",
            ],
            KNOWN_DAY: ["*AsMonths*", "DateSubtract33Days", "DateSubtract1Year"],
        },
        "Time": {NO_QUESTION: ALL},
        "TimeOfDay": {TODAY: ALL},
        "Today": {TODAY: ALL},
    },
}
