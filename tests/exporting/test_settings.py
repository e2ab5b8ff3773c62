"""Settings from flags, environment and TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from painpath.exporting.asking import asked
from painpath.exporting.choices import PREFIX, Choices, settled
from painpath.exporting.errors import SettingsError

TOML = """
server = "https://file.example/fhir/"
group = "pain-clinic"
type = ["Patient", "Condition"]
client-id = "file"
parallel = 2
plain = true
"""


def test_flags_come_before_environment_before_file(tmp_path: Path) -> None:
    file = tmp_path / "export.toml"
    file.write_text(TOML, encoding="utf-8")
    environment = {
        "PAINPATH_EXPORT_CLIENT_ID": "environment",
        "PAINPATH_EXPORT_PARALLEL": "7",
        "PAINPATH_EXPORT_PLAIN": "false",
        "PAINPATH_EXPORT_TYPE_FILTER": "Condition?a=b,c\nObservation?d=e",
        "PAINPATH_EXPORT_KEY": "not a setting of this kind",
    }
    found = settled(Choices(parallel=9), environment, file)
    assert found == Choices(
        server="https://file.example/fhir/",
        group="pain-clinic",
        type=["Patient", "Condition"],
        type_filter=["Condition?a=b,c", "Observation?d=e"],
        client_id="environment",
        parallel=9,
        plain=False,
    )
    assert asked(found).operation == "https://file.example/fhir/Group/pain-clinic/$export"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("servr = 'x'", "unknown field servr"),
        ("parallel = 'x'", "got str - at parallel"),
        ("parallel = 99", "<= 32"),
        ("server", "export.toml: "),
    ],
)
def test_a_file_that_cannot_be_understood_is_one_sentence(
    tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "export.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=why) as caught:
        settled(Choices(), {}, file)
    assert "\n" not in str(caught.value)


def test_an_environment_that_cannot_be_understood_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"environment PAINPATH_EXPORT_.*parallel"):
        settled(Choices(), {"PAINPATH_EXPORT_PARALLEL": "many"}, None)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"server": None}, "is missing"),
        ({"server": "file:///etc/passwd"}, "not an http or https address"),
        ({"server": "https://me:secret@a/b"}, "password in the server's address"),
        ({"group": "g", "patients": True}, "exclude each other"),
        ({"type": ["patient"]}, "patient is not a type"),
        ({"type": ["known", "Patient"]}, "known stands alone"),
        ({"since": "yesterday"}, "--since: yesterday is neither"),
        ({"since": "2026-11-01T06:00:00"}, "instant with its offset"),
    ],
)
def test_what_cannot_be_asked_is_said(choices: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        asked(Choices(**{"server": "https://a/b", **choices}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01T06:00:00+01:00", "2026-11-01T06:00:00+01:00"),
        ("last", "last"),
    ],
)
def test_a_date_is_its_first_instant(text: str, instant: str) -> None:
    assert asked(Choices(server="https://a/b", since=text)).since == instant


def test_the_page_names_every_setting() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "export-from-a-fhir-server.md"
    text = page.read_text(encoding="utf-8")
    for name in Choices.__struct_fields__:
        assert f"`{PREFIX}{name.upper()}`" in text
        assert f"`{name.replace('_', '-')}`" in text


def test_types_may_be_listed_in_either_way() -> None:
    found = asked(Choices(server="https://a/b/", type=["Patient,Condition", "Patient"]))
    assert found.types == ["Patient", "Condition"]
    assert found.server == "https://a/b"
