"""The Dagster UI in a real browser, over what `orchestrator dev` starts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException

from orchestrator_assets_tests.fleets import decision
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("ui")]
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver; .ci/run installs them"
)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1500,1100",
          "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


@dataclass
class Running:
    """A running `orchestrator dev` over two repositories."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes]
    repositories: list[GitRepository]

    def graphql(self, query: str) -> Any:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]

    def published(self, text: str, page: str = "adr_index.json") -> bool:
        command = ["git", f"--git-dir={self.folder}/home/hub.git", "show", f"main:{page}"]
        done = subprocess.run(command, env=GIT_ENVIRONMENT, capture_output=True, text=True, check=False)
        return text in done.stdout


def wait(what: Callable[[], Any], seconds: float = 90) -> Any:
    """Asks until the answer is true; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := what():
                return answer
        except (OSError, WebDriverException):  # not there yet, or the page was drawn anew while we looked
            pass
        time.sleep(0.2)
    raise AssertionError("waited in vain")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("ui")) as found:
        yield found


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[Running]:
    """A running `orchestrator dev` in a folder, with these variables beside a clean environment."""
    repositories = []
    for name in ("payments", "webshop"):
        made = GitRepository.create(folder / "repos" / name)
        made.commit({"docs/decisions/ADR-0001-first.md": decision(1, title=f"Beginning of {name}")})
        repositories.append(made)
    rows = "".join(f"  - name: {made.path.name}\n    url: repos/{made.path.name}\n" for made in repositories)
    (folder / "REPOS.yaml").write_text(f"repos:\n{rows}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORCHESTRATOR_", "DAGSTER_"))}
    clean.pop("DATABASE_URL", None)
    where = ["--home", str(folder / "home"), "--fleet", str(folder / "REPOS.yaml")]
    command = [sys.executable, "-m", "orchestrator_assets.cli", *where, "dev", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**clean, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Running(folder, f"http://127.0.0.1:{port}", process, repositories)
    try:
        wait(lambda: found.graphql("{version}"))
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture
def browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in _FLAGS:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    yield driver
    driver.quit()


def shows(browser: Any, *texts: str) -> bool:
    page = browser.find_element("tag name", "body").text
    return all(text in page for text in texts)


def test_a_push_reaches_the_hub_without_anyone_touching_anything(running: Running) -> None:
    wait(lambda: running.published("Beginning of webshop"))
    running.repositories[0].commit({"docs/decisions/ADR-0002-pushed.md": decision(2, title="Pushed")})
    wait(lambda: running.published("ADR-0002-pushed.md"), 60)


@needs_browser
def test_the_browser_shows_counts_and_materializes(running: Running, browser: Any) -> None:
    wait(lambda: running.published("Beginning of webshop"))
    count = '{assetOrError(assetKey:{path:["adr_index"]}){...on Asset{assetMaterializations(limit:50){runId}}}}'

    def materializations() -> int:
        return len(running.graphql(count)["assetOrError"]["assetMaterializations"])

    browser.get(f"{running.url}/assets/adr_index")
    wait(lambda: shows(browser, "documents_found", "records", "Every decision of the fleet"))
    before = materializations()
    button = wait(lambda: [b for b in browser.find_elements("tag name", "button") if b.text.strip() == "Materialize"])
    button[0].click()
    wait(lambda: materializations() > before)


@needs_browser
def test_the_browser_shows_the_sensor_and_the_schedule_on(running: Running, browser: Any) -> None:
    browser.get(f"{running.url}/automation")
    wait(lambda: shows(browser, "git_changes", "document_evidence", "nightly", "weekly_report", "undelivered"))
    wait(lambda: len(browser.find_elements("css selector", "input[type=checkbox]:checked")) >= 6)


@needs_browser
def test_the_browser_shows_a_partition_per_repository(running: Running, browser: Any) -> None:
    wait(lambda: running.published("Beginning of webshop"))
    browser.get(f"{running.url}/assets/repo_scan?view=partitions")
    wait(lambda: shows(browser, "payments", "webshop"))


@needs_browser
def test_the_browser_shows_the_lineage_as_a_picture(running: Running, browser: Any) -> None:
    registry = {"domains": [{"id": "checkout", "name": "Checkout", "category": "system", "status": "active"}]}
    running.repositories[0].commit({"orchestration-domains.json": json.dumps(registry)})
    wait(lambda: running.published("1 system, planned", "domains-lineage.svg"))
    browser.get(f"{running.url}/assets/orchestration_registry")
    link = wait(lambda: browser.find_elements("xpath", "//*[contains(text(),'Show Markdown')]"))[0]
    browser.execute_script("arguments[0].click()", link)
    picture = wait(lambda: browser.find_elements("css selector", "img[src^='data:image/svg+xml']"))[0]
    wait(lambda: browser.execute_script("return arguments[0].naturalWidth", picture) > 100)


def test_the_uis_port_tells_health_readiness_and_metrics(running: Running) -> None:
    wait(lambda: running.published("Beginning of webshop"))

    def get(path: str) -> str:
        with urllib.request.urlopen(f"{running.url}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    assert json.loads(get("/healthz")) == {"status": "ok"}
    assert json.loads(get("/readyz"))["ready"] is True
    assert "orchestrator_" in get("/metrics")


def test_other_sites_pages_can_change_nothing(running: Running) -> None:
    def status(path: str, body: bytes | None = None, **headers: str) -> int:
        request = urllib.request.Request(
            f"{running.url}{path}", body, {n.replace("_", "-"): v for n, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    body = json.dumps({"query": "{version}"}).encode()
    assert status("/graphql", body, Content_Type="application/json") == 200
    assert status("/graphql?query=mutation%7BlogTelemetry%7D") == 405
    assert status("/graphql", body, Content_Type="text/plain") == 415
    assert status("/graphql", body, Content_Type="application/json", Origin="http://evil.example") == 403
    assert status("/graphql", body, Content_Type="application/json", Host="evil.example") == 403


@needs_browser
def test_hostile_text_is_shown_and_obeyed_nowhere(running: Running, browser: Any) -> None:
    """Titles, paths and messages that would load, run or say something, through every page that shows them."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        title = (
            f"<img src={there}/a onerror=alert(1)> ![x]({there}/b) <script>alert(2)</script> [c](javascript:alert(3))"
        )
        evil = {f"docs/decisions/ADR-000{number}-x.md": decision(9, title=title) for number in (7, 8)}
        running.repositories[1].commit({**evil, "PROJECT_COMPLETE.md": f"# {title}\n\n99 ADRs {title}\n"})
        wait(lambda: running.published("ADR-0008-x.md") and running.published("PROJECT_COMPLETE.md", "claims.json"))
        for page in (
            "adr_index",
            "adr_index?view=checks",
            "adr_index?view=events",
            "claim_check",
            "repo_scan",
            "repo_scan?view=events",
        ):
            browser.get(f"{running.url}/assets/{page}")
            wait(lambda: shows(browser, "Materialize") or shows(browser, "Overview"))
            for link in browser.find_elements("xpath", "//*[contains(text(),'Show Markdown')]")[:2]:
                browser.execute_script("arguments[0].click()", link)
            browser.execute_script("return document.readyState")
        browser.get(f"{running.url}/runs")
        wait(lambda: shows(browser, "Runs"))
        assert (
            browser.execute_script(
                "return document.querySelectorAll('img[onerror], script:not([src]):not([nonce])').length"
            )
            == 0
        )
        server.shutdown()
    assert asked == []
