"""The files in docs/deploy as they are shipped: the nginx configuration under Debian's nginx before a real server, and
the systemd unit under systemd's own checks.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from click import Context
from harbour import TRIPLES, Running, wait_until, write_build
from services import free_port
from test_workers import COUNT, ENDLESS, LONG

from wsis_kg.cli import serve

DEPLOY = Path(__file__).resolve().parent.parent / "docs" / "deploy"
QUERY = {"Content-Type": "application/sparql-query"}
MODEST = f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(4))} }}"
"""8^4 rows: some 300 KiB in the shortest format."""
LIMIT = 3.0

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None,
    reason="nginx is not installed: apt-get install nginx-light",
)
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt-get install curl")
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: apt-get install systemd"
)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with each of these replaced, all of which must be there: the shipped file may not drift away."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def options_of_the_unit() -> list[str]:
    """The options on the command line of the shipped unit."""
    text = (DEPLOY / "wsis-kg.service").read_text(encoding="utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    program, name, *options = shlex.split(command)
    assert program.endswith("/wsis-kg") and name == "serve"
    return options


@dataclass
class Site:
    """nginx with the shipped configuration, and the server behind it."""

    address: str
    behind: Running
    folder: Path

    @property
    def sparql(self) -> str:
        return self.address + "/sparql"

    def figure(self, name: str) -> float:
        """One of the figures of the server behind, read as whoever runs it does."""
        text = httpx.get(self.behind.address + "/metrics").text
        return float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[-1])


def started(folder: Path, port: int, server: str) -> subprocess.Popen[bytes]:
    """nginx as whoever runs the tests; its files in the folder."""
    site = changed(
        (DEPLOY / "nginx.conf").read_text(encoding="utf-8"),
        ("server 127.0.0.1:8000;", f"server {server};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    )
    (folder / "site.conf").write_text(site, encoding="utf-8")
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log notice; worker_processes 1;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\naccess_log off;\n{places}include {folder}/site.conf;\n}}\n"
    )
    (folder / "main.conf").write_text(main, encoding="utf-8")
    # Started by root it would give its worker to a user that may not enter the folder of this test.
    mine = ["-g", "user root;"] if Path("/proc/self").stat().st_uid == 0 else []
    command = ["/usr/sbin/nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "main.conf")]
    process = subprocess.Popen([*command, *mine])

    def answers() -> bool:
        assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, "The start of nginx")
    return process


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("harbour")
    write_build(home)
    return home


@pytest.fixture(scope="module")
def site(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With the options of the unit, but the address of this test, a shorter time limit, and no rate."""
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    given = " ".join(options_of_the_unit())
    given = changed(
        given, ("https://kg.example.org", f"http://127.0.0.1:{port}"), ("--port 8000", "--port 0"), ("--rate 10", "")
    )
    behind = Running(home, *given.split(), "--timeout", str(LIMIT))
    try:
        nginx = started(folder, port, behind.address.removeprefix("http://"))
        try:
            yield Site(f"http://127.0.0.1:{port}/wsis", behind, folder)
        finally:
            nginx.terminate()
            nginx.wait(20)
    finally:
        behind.end()


def counted(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "60", *arguments], capture_output=True, check=False
    )


# Through nginx


@needs_nginx
@pytest.mark.parametrize("method", ["GET", "POST", "form", "QUERY"])
def test_queries_in_every_form(site: Site, method: str) -> None:
    if method == "GET":
        answer = httpx.get(site.sparql, params={"query": COUNT})
    elif method == "form":
        answer = httpx.post(site.sparql, data={"query": COUNT})
    else:
        answer = httpx.request(method, site.sparql, content=COUNT, headers=QUERY)
    assert counted(answer) == TRIPLES
    assert answer.headers["access-control-allow-origin"] == "*" and "Accept" in answer.headers["vary"]


@needs_nginx
def test_head_options_and_preflight(site: Site) -> None:
    head = httpx.head(site.sparql, params={"query": COUNT})
    assert head.status_code == 200 and head.headers["content-type"] == "application/sparql-results+json"
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "QUERY"}
    preflight = httpx.options(site.sparql, headers=asked)
    assert preflight.status_code == 204 and "QUERY" in preflight.headers["access-control-allow-methods"]


@needs_nginx
def test_links_and_descriptions_carry_the_public_address(site: Site) -> None:
    led = httpx.get(site.address)
    assert led.status_code == 301 and led.headers["location"] in (site.address + "/", "/wsis/")
    page = {"Accept": "text/html"}
    for start in ("/", "/sparql", "/nothing/here"):
        shown = httpx.get(site.address + start, headers=page)
        for link in set(re.findall(r'(?:href|action)="([^"#?]+)', shown.text)):
            there = httpx.URL(site.address + start).join(link)
            if there.host == "127.0.0.1":
                assert str(there).startswith(site.address + "/"), (start, link)
                assert httpx.get(there, headers=page, follow_redirects="language/" in link).status_code == 200, (start, link)
    here = httpx.get(site.sparql, params={"query": "SELECT (<> AS ?here) {}", "format": "csv"})
    assert here.text.split() == ["here", site.sparql]
    assert f"<{site.sparql}>" in httpx.get(site.sparql, headers={"Accept": "application/n-triples"}).text
    assert httpx.get(site.address + "/.well-known/void").headers["location"] == "/wsis/void"


@needs_nginx
def test_errors_are_ours(site: Site) -> None:
    wrong = httpx.get(site.sparql, params={"query": "SELECT * {"})
    assert wrong.status_code == 400 and wrong.headers["content-type"] == "application/problem+json"
    assert httpx.get(site.sparql, params={"query": COUNT}, headers={"Accept": "image/png"}).status_code == 406
    assert httpx.post(site.sparql, data={"update": "CLEAR ALL"}).status_code == 403
    late = httpx.post(site.sparql, content=ENDLESS, headers=QUERY, timeout=60)
    assert late.status_code == 503 and late.json()["limit_seconds"] == LIMIT
    assert httpx.get(site.address + "/nowhere").json()["status"] == 404


@needs_nginx
def test_an_answer_that_was_not_changed_is_not_sent_again(site: Site) -> None:
    asked = {"query": COUNT}
    for coding in ("identity", "gzip"):
        first = httpx.get(site.sparql, params=asked, headers={"Accept-Encoding": coding})
        again = {"If-None-Match": first.headers["etag"], "Accept-Encoding": coding}
        assert httpx.get(site.sparql, params=asked, headers=again).status_code == 304


@needs_nginx
def test_a_long_answer_is_whole_plain_and_compressed(site: Site) -> None:
    accept = {"Accept": "text/csv"}
    plain, packed = (
        httpx.post(site.sparql, content=MODEST, headers={**QUERY, **accept, "Accept-Encoding": coding})
        for coding in ("identity", "gzip")
    )
    assert plain.text == packed.text and plain.text.count("\n") > TRIPLES**4 and len(plain.content) > 300 << 10
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["vary"]


@needs_nginx
@needs_curl
@pytest.mark.parametrize("option", ["--http1.1", "--compressed"])
def test_an_answer_that_breaks_off_arrives_as_broken_off(site: Site, option: str) -> None:
    ended = curl(option, site.sparql, "--data-urlencode", f"query={LONG}", "-H", "Accept: text/csv")
    # 18: less than announced was transferred; 56: the connection failed while receiving.
    assert ended.returncode in (18, 56), ended.stderr
    assert len(ended.stdout) > 100_000


@needs_nginx
def test_a_slow_reader_gets_the_whole_answer_and_holds_no_worker(site: Site) -> None:
    """nginx keeps the answer for it: without nginx, the time limit would break it off."""
    answered = 'wsis_kg_queries_total{outcome="answered"}'
    httpx.get(site.sparql, params={"query": COUNT})
    before = site.figure(answered)
    large = urlencode({"query": f"SELECT * {{ {' '.join(f'?a{n} ?b{n} ?c{n} .' for n in range(5))} }}"})
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", httpx.URL(site.address).port or 80))
        head = f"GET /wsis/sparql?{large} HTTP/1.1\r\nHost: e\r\nAccept: text/tab-separated-values\r\nConnection: close"
        client.sendall(f"{head}\r\n\r\n".encode())
        wait_until(lambda: site.figure(answered) > before, "The end of the query")
        received = bytearray()
        while piece := client.recv(1 << 16):
            received += piece
    assert received.startswith(b"HTTP/1.1 200") and received.endswith(b"\r\n0\r\n\r\n")
    assert len(received) > 5_000_000


@needs_nginx
def test_long_urls_and_large_bodies(site: Site) -> None:
    def get(size: int) -> tuple[int, str, str | None]:
        """The answer to a URL of so many bytes: httpx takes none above 64 KiB."""
        target = "/wsis/sparql?" + urlencode({"query": "ASK {} #"})
        connection = HTTPConnection("127.0.0.1", httpx.URL(site.address).port, timeout=30)
        connection.request("GET", target + (size - len(target)) * "x")
        answer = connection.getresponse()
        told = answer.status, answer.read().decode(), answer.headers["Access-Control-Allow-Origin"]
        connection.close()
        return told

    assert get(60_000)[0] == 200
    for size in (60_001, 64 << 10, 100_000):
        status, text, origin = get(size)
        assert status == 414 and "by POST" in text and origin == "*"
    assert get(300_000)[0] == 414
    # Large, and no query: what is wrong with it is said by the server.
    assert httpx.post(site.sparql, content=9_000_000 * b"#", headers=QUERY, timeout=60).status_code in (400, 503)
    for size in (10_200_000, 12_000_000):
        large = httpx.post(site.sparql, content=size * b"x", headers=QUERY, timeout=60)
        assert large.status_code == 413 and "10,000,000 bytes" in large.text
        assert large.headers["access-control-allow-origin"] == "*"


@needs_nginx
def test_a_client_that_leaves_ends_its_query(site: Site) -> None:
    left = 'wsis_kg_queries_total{outcome="client-left"}'
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(site.sparql, content=ENDLESS, headers=QUERY, timeout=0.5)
    wait_until(lambda: left in httpx.get(site.behind.address + "/metrics").text, "The end of the query")
    assert counted(httpx.get(site.sparql, params={"query": COUNT})) == TRIPLES


@needs_nginx
def test_the_figures_stay_inside(site: Site) -> None:
    for path in ("/metrics", "/./metrics", "//metrics", "/%6detrics", "/x/../metrics"):
        url = httpx.URL(site.address).copy_with(raw_path=("/wsis" + path).encode())
        assert httpx.get(url).status_code in (403, 404), path
    assert httpx.get(site.behind.address + "/metrics").status_code == 200


@needs_nginx
def test_what_a_client_says_of_itself_is_not_passed_on(site: Site) -> None:
    lies = {"Host": "evil.example", "X-Forwarded-For": "192.0.2.66", "X-Forwarded-Host": "evil.example"}
    here = httpx.get(site.sparql, params={"query": "SELECT (<> AS ?here) {}", "format": "csv"}, headers=lies)
    assert here.text.split() == ["here", site.sparql]


@needs_nginx
@pytest.mark.parametrize("unix", [False, True])
def test_the_rate_is_that_of_the_client(home: Path, tmp_path: Path, unix: bool) -> None:
    """Clients have addresses of their own on this machine: all of 127.0.0.0/8 is here."""
    port = free_port()
    path = tmp_path / "http"
    where = ["--unix-socket", str(path)] if unix else ["--trusted-proxy", "127.0.0.1"]
    behind = Running(home, *where, "--rate", "0.2", ready=not unix)
    server = f"unix:{path}" if unix else behind.address.removeprefix("http://")
    try:
        nginx = started(tmp_path, port, server)
        try:

            def status(client: str, claimed: str) -> int:
                with httpx.Client(transport=httpx.HTTPTransport(local_address=client)) as http:
                    told = {"X-Forwarded-For": claimed, "Forwarded": f"for={claimed}"}
                    asked = http.get(f"http://127.0.0.1:{port}/wsis/sparql?query=ASK%7B%7D", headers=told)
                return asked.status_code

            wait_until(lambda: status("127.0.0.9", "") == 200, "The start of the server")
            assert [status("127.0.0.2", f"192.0.2.{n}") for n in range(3)] == [200, 429, 429]
            assert status("127.0.0.3", "192.0.2.1") == 200
        finally:
            nginx.terminate()
            nginx.wait(20)
    finally:
        behind.end()


@needs_nginx
def test_without_a_server_behind_it_nginx_says_when_to_come_back(tmp_path: Path) -> None:
    port = free_port()
    nginx = started(tmp_path, port, f"127.0.0.1:{free_port()}")
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/wsis/sparql")
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert answer.headers["access-control-allow-origin"] == "*" and "does not answer" in answer.text
    finally:
        nginx.terminate()
        nginx.wait(20)


# Under systemd


def test_the_command_line_of_the_unit_is_understood() -> None:
    options = options_of_the_unit()
    parsed = serve.make_context("serve", list(options))
    assert isinstance(parsed, Context)
    assert str(parsed.params["base_url"]) == "https://kg.example.org/wsis" and parsed.params["proxies"] == (
        "127.0.0.1",
    )


@needs_systemd
def test_the_unit_is_correct_and_tight(tmp_path: Path) -> None:
    text = (DEPLOY / "wsis-kg.service").read_text(encoding="utf-8")
    unit = tmp_path / "wsis-kg.service"
    unit.write_text(changed(text, ("/opt/wsis-kg/bin/wsis-kg", sys.executable)), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert verified.returncode == 0 and "wsis-kg" not in verified.stderr, verified.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--json=short", "--threshold=15", "--no-pager", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # The threshold is ten times the exposure: 1.5 of 10.
    assert rated.returncode == 0, rated.stdout + rated.stderr
    settings = {row["json_field"]: row for row in json.loads(rated.stdout)}
    assert settings["MemoryDenyWriteExecute"]["set"] is True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="by design: only Linux has such a thing")
def test_the_server_runs_where_no_memory_may_be_both_written_and_executed(home: Path) -> None:
    """As under MemoryDenyWriteExecute of the unit: the kernel's own switch for it, where it has one."""
    confined = Running(home, "--timeout", "3", first="import ctypes; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)")
    try:
        begin = time.monotonic()
        assert counted(httpx.get(confined.address + "/sparql", params={"query": COUNT})) == TRIPLES
        late = httpx.post(confined.address + "/sparql", content=ENDLESS, headers=QUERY, timeout=60)
        assert late.status_code == 503 and time.monotonic() - begin > 3
    finally:
        confined.end()
