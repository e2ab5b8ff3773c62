"""A small bulk server for tests: strict about who asks, and as unreliable as it is told to be."""

from __future__ import annotations

import gzip
import json
import math
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

Resource = dict[str, Any]

CLIENT = "painpath-tests"
CHUNK = 4096


@dataclass
class Ways:
    """How the server behaves."""

    keys: KeySet | None = None
    """Of the client; none: everybody may come in."""
    jku: str | None = None
    lifetime: float = 300
    """Seconds a token lives."""
    polls: int = 1
    """How often it says that the export is not ready."""
    busy: int = 0
    """Every so many requests one is answered 429, the next time 503; never the same twice running,
    or a client that is unlucky would lose patience."""
    drops: int = 0
    """How often each file breaks off in the middle."""
    ranges: bool = True
    tagged: bool = True
    """Whether files have an ETag."""
    packs: bool = True
    damaged: int = 0
    """How often a packed file comes with a wrong checksum."""
    per_file: int = 40
    miscounts: int = 0
    """What is added to the count of each file in the manifest."""
    token_for_files: bool = True
    signed: bool = False
    """Whether addresses of files carry a signature that is good for one manifest only."""
    fails: tuple[int, Resource | str] | None = None
    """Status and body of what the status address says in the end."""
    refuses: tuple[int, Resource | str] | None = None
    """Status and body of what the operation says."""
    errors: list[Resource] = field(default_factory=list)
    known_types: list[str] | None = None
    configuration: Resource | None = None


@dataclass
class Job:
    """An export under way; its content does not change any more."""

    at: str
    files: dict[str, bytes]
    manifest: Resource
    polls: int
    signature: int = 0


class BulkServer:
    """Holds resources and exports them."""

    def __init__(self, resources: list[Resource], ways: Ways | None = None) -> None:
        self.ways = ways or Ways()
        self.resources = {(each["resourceType"], each["id"]): each for each in resources}
        self.deleted: list[str] = []
        self.asked: list[tuple[str, str]] = []
        """Method and address of each request."""
        self.statuses: Counter[tuple[str, int]] = Counter()
        """Answers by what was asked for."""
        self.tokens: dict[str, float] = {}
        self.used: set[str] = set()
        self.jobs: dict[str, Job] = {}
        self.dropped: Counter[str] = Counter()
        self.ranges: list[str] = []
        self.revoke_next = False
        self.now = 0
        self.turned_away: set[str] = set()
        """What was asked for when it was busy last."""
        self.clock: Callable[[], float] = time.monotonic
        """By which tokens end."""
        self.lock = threading.Lock()
        self.is_silent = threading.Event()
        self._speaks = threading.Event()
        self._steps_left: float = math.inf
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        self.root = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.base = f"{self.root}/fhir"

    def kick_offs(self) -> list[str]:
        """Addresses with which exports were started."""
        return [path for method, path in self.asked if "$export" in path]

    def fall_silent(self, after: int) -> None:
        """Answer nothing any more after so many requests and pieces of files, until `speak`."""
        self._speaks.clear()
        self._steps_left = after

    def speak(self) -> None:
        """Go on with everything that was asked for."""
        self._steps_left = math.inf
        self.is_silent.clear()
        self._speaks.set()

    def step(self) -> None:
        """A request came, or a piece of a file went."""
        with self.lock:
            self._steps_left -= 1
            if self._steps_left >= 0:
                return
            self.is_silent.set()
        self._speaks.wait()

    def is_busy(self, turn: int, path: str) -> bool:
        """Whether a request is turned away."""
        with self.lock:
            busy = bool(self.ways.busy) and turn % self.ways.busy == 0
            busy = busy and path not in self.turned_away
            self.turned_away.discard(path)
            if busy:
                self.turned_away.add(path)
            return busy

    def job(self, query: dict[str, list[str]]) -> str:
        """Start an export of what is there now."""
        types = query["_type"][0].split(",") if "_type" in query else None
        lines: dict[str, list[bytes]] = {}
        for (kind, _), resource in sorted(self.resources.items()):
            since = query.get("_since", [""])[0]
            if (types is None or kind in types) and resource["meta"]["lastUpdated"] > since:
                lines.setdefault(kind, []).append(json.dumps(resource).encode() + b"\n")
        name = uuid.uuid4().hex
        files: dict[str, bytes] = {}
        manifest: Resource = {
            "transactionTime": self.moment(),
            "request": "x",
            "requiresAccessToken": self.ways.keys is not None and self.ways.token_for_files,
            "output": [],
            "deleted": [],
            "error": [],
        }

        def add(section: str, kind: str, found: list[bytes]) -> None:
            file = f"{name}/{len(files)}"
            files[file] = b"".join(found)
            count = len(found) + self.ways.miscounts
            manifest[section].append({"type": kind, "url": f"/files/{file}", "count": count})

        step = self.ways.per_file
        for kind, found in lines.items():
            for at in range(0, len(found), step):
                add("output", kind, found[at : at + step])
        if "_since" in query and self.deleted:
            entries = [{"request": {"method": "DELETE", "url": url}} for url in self.deleted]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            add("deleted", "Bundle", [json.dumps(bundle).encode() + b"\n"])
        if self.ways.errors:
            told = [json.dumps(each).encode() + b"\n" for each in self.ways.errors]
            add("error", "OperationOutcome", told)
        self.jobs[name] = Job(manifest["transactionTime"], files, manifest, self.ways.polls)
        return name

    def moment(self) -> str:
        """The server's clock: one minute further each time it is looked at."""
        self.now += 1
        return f"2026-10-01T00:{self.now:02}:00Z"

    def put(self, *resources: Resource) -> None:
        """New resources or versions, as of now."""
        at = self.moment()
        for each in resources:
            changed = {**each, "meta": {"lastUpdated": at}}
            self.resources[each["resourceType"], each["id"]] = changed

    def delete(self, kind: str, name: str) -> None:
        """A resource is no more."""
        del self.resources[kind, name]
        self.deleted.append(f"{kind}/{name}")


@contextmanager
def running(server: BulkServer) -> Iterator[BulkServer]:
    """The server, answering meanwhile."""
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


class RefusedError(Exception):
    """Why no token is given."""


def _handler(server: BulkServer) -> type[BaseHTTPRequestHandler]:
    class Bound(_Handler):
        bulk = server

    return Bound


class _Handler(BaseHTTPRequestHandler):
    bulk: BulkServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        ways, parts = self.bulk.ways, urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        with self.bulk.lock:
            self.bulk.asked.append((method, self.path))
            turn = len(self.bulk.asked)
        self.bulk.step()
        self.what = parts.path.split("/")[1] if "$export" not in parts.path else "export"
        if self.bulk.is_busy(turn, parts.path):
            self._send(429 if turn % (2 * ways.busy) else 503, "", {"Retry-After": "0"})
        elif parts.path.endswith("/.well-known/smart-configuration"):
            self._configuration()
        elif parts.path == "/token":
            self._token(form)
        elif parts.path.endswith("/metadata"):
            kinds = [{"type": kind} for kind in ways.known_types or ()]
            rest = [{"mode": "server", "resource": kinds}]
            self._send(200, {"resourceType": "CapabilityStatement", "rest": rest})
        elif parts.path.startswith("/files/") and not ways.token_for_files:
            # As a store of signed addresses does: an access token is a mistake.
            if self.headers.get("authorization"):
                self._send(400, "only one way to sign in")
            else:
                self._file(parts.path.removeprefix("/files/"), parts.query)
        elif not self._allowed():
            self._send(401, _outcome("login", "the token is not good"))
        elif "$export" in parts.path:
            self._export(parse_qs(parts.query))
        elif parts.path.startswith("/status/"):
            self._status(method, parts.path.removeprefix("/status/"))
        elif parts.path.startswith("/files/"):
            self._file(parts.path.removeprefix("/files/"), parts.query)
        else:
            self._send(404, "<html>nothing here</html>", {"Content-Type": "text/html"})

    # -- who asks --

    def _configuration(self) -> None:
        told = self.bulk.ways.configuration
        if told is None:
            told = {
                "token_endpoint": f"{self.bulk.root}/token",
                "capabilities": ["client-confidential-asymmetric", "permission-v2"],
                "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            }
        self._send(200, told) if told else self._send(404, "")

    def _token(self, form: dict[str, str]) -> None:
        try:
            self._check(form)
        except (RefusedError, JoseError) as error:
            self._send(400, {"error": "invalid_client", "error_description": str(error)})
            return
        token = uuid.uuid4().hex
        self.bulk.tokens[token] = self.bulk.clock() + self.bulk.ways.lifetime
        given = {"access_token": token, "token_type": "bearer", "scope": form["scope"]}
        self._send(200, {**given, "expires_in": self.bulk.ways.lifetime})

    def _check(self, form: dict[str, str]) -> None:
        def want(right: bool, what: str) -> None:
            if not right:
                raise RefusedError(what)

        keys, jku = self.bulk.ways.keys, self.bulk.ways.jku
        assert keys is not None
        want(form.get("grant_type") == "client_credentials", "grant_type")
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        want(form.get("client_assertion_type") == kind, "client_assertion_type")
        want(re.fullmatch(r"system/\*\.(rs|read)", form.get("scope", "")) is not None, "scope")
        token = jwt.decode(form["client_assertion"], keys, algorithms=["RS384", "ES384"])
        want(token.header.get("typ") == "JWT", "typ")
        want(token.header.get("kid") in [key.kid for key in keys.keys], "kid")
        want(token.header.get("jku") == jku, "jku")
        claims, now = token.claims, time.time()
        want(claims.get("iss") == claims.get("sub") == CLIENT, "iss and sub")
        want(claims.get("aud") == f"{self.bulk.root}/token", "aud")
        want(now < claims["exp"] <= now + 300, "exp")
        want(claims["jti"] not in self.bulk.used, "jti was used before")
        self.bulk.used.add(claims["jti"])

    def _allowed(self) -> bool:
        if self.bulk.ways.keys is None:
            return True
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        with self.bulk.lock:
            if self.what == "files" and self.bulk.revoke_next:
                self.bulk.revoke_next = False
                self.bulk.tokens.clear()
        return self.bulk.tokens.get(token, 0) > self.bulk.clock()

    # -- the export --

    def _export(self, query: dict[str, list[str]]) -> None:
        ways = self.bulk.ways
        if ways.refuses is not None:
            self._send(*ways.refuses)
        elif self.headers.get("prefer") != "respond-async":
            self._send(400, _outcome("invalid", "Prefer: respond-async is missing"))
        elif self.headers.get("accept") != "application/fhir+json":
            self._send(406, "")
        else:
            with self.bulk.lock:
                name = self.bulk.job(query)
            self._send(202, "", {"Content-Location": f"/status/{name}"})

    def _status(self, method: str, name: str) -> None:
        job, ways = self.bulk.jobs.get(name), self.bulk.ways
        if job is None:
            self._send(404, _outcome("not-found", "no such export"))
        elif method == "DELETE":
            del self.bulk.jobs[name]
            self._send(202, "")
        elif job.polls > 0:
            job.polls -= 1
            headers = {"Retry-After": "0", "X-Progress": f"{job.polls} steps left"}
            self._send(202, "", headers)
        elif ways.fails is not None:
            self._send(*ways.fails)
        else:
            job.signature += 1
            manifest = json.loads(json.dumps(job.manifest))
            if ways.signed:
                for entry in manifest["output"]:
                    entry["url"] += f"?signature={job.signature}"
            self._send(200, manifest)

    def _file(self, name: str, query: str) -> None:
        ways, job = self.bulk.ways, self.bulk.jobs.get(name.split("/")[0])
        if job is None or (ways.signed and query != f"signature={job.signature}"):
            self._send(403 if ways.signed else 404, "")
            return
        data = job.files[name]
        headers = {"Content-Type": "application/fhir+ndjson"}
        if ways.packs and "gzip" in (self.headers.get("accept-encoding") or ""):
            data = gzip.compress(data, mtime=0)
            headers["Content-Encoding"] = "gzip"
            if self.bulk.dropped[f"{name} damaged"] < ways.damaged:
                self.bulk.dropped[f"{name} damaged"] += 1
                data = data[:-8] + b"\0" * 8
        if ways.tagged:
            headers["ETag"] = f'"{name}"'
        begin, whole = 0, len(data)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range") or "")
        fresh = self.headers.get("if-range") in (None, f'"{name}"')
        if asked and ways.ranges and fresh:
            begin = int(asked[1])
            self.bulk.ranges.append(f"{name} {begin}")
            headers["Content-Range"] = f"bytes {begin}-{whole - 1}/{whole}"
        self._pour(name, data[begin:], 206 if begin else 200, headers)

    def _pour(self, name: str, data: bytes, status: int, headers: dict[str, str]) -> None:
        """The bytes, or only half of them."""
        ways = self.bulk.ways
        with self.bulk.lock:
            breaks = self.bulk.dropped[name] < ways.drops
            self.bulk.dropped[name] += breaks
        self.bulk.statuses[self.what, status] += 1
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        sent = data[: len(data) // 2] if breaks else data
        for at in range(0, len(sent), CHUNK):
            self.wfile.write(sent[at : at + CHUNK])
            self.wfile.flush()
            self.bulk.step()
        if breaks:
            self.wfile.flush()
            self.close_connection = True

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.bulk.statuses[self.what, status] += 1
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        shown = {"Content-Type": "application/json", **(headers or {})}
        for key, value in {**shown, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)


def _outcome(code: str, words: str, severity: str = "error") -> Resource:
    issue = {"severity": severity, "code": code, "diagnostics": words}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


outcome = _outcome
