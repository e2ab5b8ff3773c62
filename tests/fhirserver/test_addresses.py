"""Only what lies below the server's own address is asked for, and pages of the same server."""

from __future__ import annotations

import pytest

from painpath.fhirserver.addresses import below, following, is_id, is_private_line, query
from painpath.fhirserver.errors import AskError, Why

BASE = "https://ehr.example.org/fhir"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("example-01", True),
        ("1.2.3", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a b", False),
        ("a?b", False),
        ("a\n", False),
        ("ä", False),
    ],
)
def test_ids_are_those_of_fhir_and_lead_nowhere_else(text: str, fits: bool) -> None:
    assert is_id(text) is fits


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("https://ehr.example.org/fhir", True),
        ("http://localhost:8080/fhir", True),
        ("http://127.0.0.1/fhir", True),
        ("http://[::1]:8080/fhir", True),
        ("http://ehr.example.org/fhir", False),
        ("http://10.0.0.1/fhir", False),
        ("http://localhost.example.org/", False),
        ("https://who:secret@ehr.example.org/", False),
        ("ftp://localhost/", False),
        ("https://", False),
        ("ehr.example.org", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_a_private_line_is_https_or_this_machine(address: str, private: bool) -> None:
    assert is_private_line(address) is private


@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
def test_what_is_asked_for_lies_below_the_servers_address(base: str) -> None:
    assert below(base, "Patient/1/$everything") == f"{BASE}/Patient/1/$everything"
    assert below(base, "Condition?patient=..") == f"{BASE}/Condition?patient=.."


def test_what_somebody_typed_stays_in_its_place() -> None:
    asked = below(BASE, query("Patient", {"name": "a&b=c#/../Ä", "_count": "20"}))
    assert asked == f"{BASE}/Patient?name=a%26b%3Dc%23%2F..%2F%C3%84&_count=20"


@pytest.mark.parametrize(
    "relative",
    [
        "Patient/../Observation",
        "Patient/..",
        "./Patient",
        "/Patient/1",
        "//evil.example.org/Patient",
        "https://evil.example.org/",
        "Patient/\n1",
        "",
    ],
)
def test_what_would_leave_it_is_not_asked_for(relative: str) -> None:
    with pytest.raises(AskError) as raised:
        below(BASE, relative)
    assert raised.value.why is Why.unasked


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (f"{BASE}?page=2", f"{BASE}?page=2"),
        ("https://ehr.example.org:443/fhir/x", f"{BASE}/x"),
        ("Condition?page=2", f"{BASE}/Condition?page=2"),
        ("?page=2", f"{BASE}/?page=2"),
        ("/fhir/Condition?page=2", f"{BASE}/Condition?page=2"),
        ("HTTPS://EHR.example.org/fhir/x", f"{BASE}/x"),
    ],
)
def test_pages_of_the_same_server_are_followed(link: str, address: str) -> None:
    assert following(BASE, link) == address


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.org/fhir?page=2",
        "http://ehr.example.org/fhir?page=2",
        "https://ehr.example.org:8443/fhir?page=2",
        "https://ehr.example.org.evil.example.org/",
        "https://ehr.example.org@evil.example.org/",
        "https://who:secret@ehr.example.org/fhir",
        "//169.254.169.254/latest",
        "file:///etc/passwd",
        "https://[::1",
        "Condition?\n",
    ],
)
def test_pages_of_another_server_are_not(link: str) -> None:
    with pytest.raises(AskError) as raised:
        following(BASE, link)
    assert raised.value.why is Why.elsewhere


def test_a_password_of_the_settings_goes_along_to_the_next_page() -> None:
    assert (
        following("https://who:secret@a.example/fhir", "x") == "https://who:secret@a.example/fhir/x"
    )
