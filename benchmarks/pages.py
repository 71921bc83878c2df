"""`python -m benchmarks.pages`: how long the Dagster UI's pages take in a browser over thousands of repositories, each
with a materialized partition. Rewrites docs/pages.md."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import fleets

TIMES = 5
REPORT = Path(__file__).parent.parent / "docs" / "pages.md"
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1500,1100",
          "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def main() -> None:
    """Makes the fleet, runs the pipeline over it, opens the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--shots", type=Path, help="also keep a screenshot of each page in this folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        folder = Path(name)
        fleets.registry(folder / "REPOS.yaml", fleets.small(folder / "many", chosen.count))
        os.environ.update(ORCHESTRATOR_HOME=str(folder / "home"), ORCHESTRATOR_FLEET=str(folder / "REPOS.yaml"))
        os.environ.pop("DAGSTER_HOME", None)
        print(f"first run over {chosen.count} repositories: {_first_run():.0f} s")
        with _served(folder) as url, _browser() as browser:
            last = f"small-{chosen.count - 1:05d}"
            pages: dict[str, tuple[str, Callable[[], bool]]] = {
                "the asset's page": ("/assets/repo_scan", lambda: _shows(browser, "What each repository holds")),
                "its partitions": ("/assets/repo_scan?view=partitions", lambda: _shows(browser, "small-0")),
                "one partition": (f"/assets/repo_scan?view=partitions&partition={last}", lambda: _shows(browser, last, "Materialized")),
                "its events": ("/assets/repo_scan?view=events", lambda: _shows(browser, "small-0")),
                "an index's page": ("/assets/adr_index", lambda: _shows(browser, "documents_found")),
                "the list of assets": ("/assets", lambda: _shows(browser, "adr_index")),
                "runs": ("/runs", lambda: _shows(browser, "refresh_fleet")),
                "automation": ("/automation", lambda: _shows(browser, "git_changes")),
            }  # fmt: skip
            rows = ["| page | median, s | worst, s |", "|---|---:|---:|"]
            for title, (path, done) in pages.items():
                seconds = [_open(browser, url + path, done) for _ in range(TIMES)]
                rows.append(f"| {title} | {statistics.median(seconds):.1f} | {max(seconds):.1f} |")
                print(rows[-1], flush=True)
                if chosen.shots:
                    browser.save_screenshot(str(chosen.shots / f"{title.replace(' ', '-')}.png"))
    REPORT.write_text(
        "# The UI over many repositories\n\n"
        f"Written by `python -m benchmarks.pages` on {datetime.now(UTC):%Y-%m-%d} ({os.cpu_count()} shared cores): {chosen.count:,} "
        f"repositories, a materialized partition each, in headless Chromium. From asking for the page until what it is asked for "
        f"stands there, {TIMES} times each, the first with nothing cached.\n\n" + "\n".join(rows) + "\n"
    )


def _first_run() -> float:
    code = (
        "import dagster as dg\nfrom orchestrator_assets.instance import prepare_instance\n"
        "from orchestrator_assets.settings import settings\nprepare_instance(settings())\n"
        "from orchestrator_assets.definitions import defs\n"
        "job = defs().resolve_job_def('refresh_fleet')\n"
        "assert job.execute_in_process(instance=dg.DagsterInstance.get()).success"
    )
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - began


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "orchestrator_assets.cli", "dev", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(url), 120)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _answers(url: str) -> bool:
    request = urllib.request.Request(f"{url}/graphql", b'{"query": "{version}"}', {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return "data" in json.load(answer)
    except OSError:
        return False


@contextmanager
def _browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in _FLAGS:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def _open(browser: Any, url: str, done: Callable[[], bool]) -> float:
    browser.get("about:blank")
    began = time.perf_counter()
    browser.get(url)
    _until(done, 60)
    return time.perf_counter() - began


def _shows(browser: Any, *texts: str) -> bool:
    page = browser.execute_script("return document.body ? document.body.innerText : ''")
    return all(text in page for text in texts)


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
