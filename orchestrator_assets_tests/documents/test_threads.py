"""Documents are read by several threads at once, from the first moment of a process on."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from orchestrator_assets.documents.header import read_header
sys.setswitchinterval(1e-6)
text = "# Title `x`\\n\\n> **Status:** Accepted\\n\\n| a | b |\\n|---|---|\\n| [c](d.md) | e |\\n"
rst = "Title\\n=====\\n\\n:Status: Accepted\\n"
with ThreadPoolExecutor(16) as pool:
    jobs = [(text, ".md"), (rst, ".rst")] * 64
    found = list(pool.map(lambda job: read_header(*job).labels["status"].value, jobs))
assert found == ["Accepted"] * 128, found
"""


def test_many_threads_read_at_once() -> None:
    for _ in range(4):
        subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, timeout=120)
