"""A page in a headless Chromium: what a script finds there, and what went wrong."""

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

FIRST = """<script>
window.wrong = [];
addEventListener("error", (event) => wrong.push(String(event.message || event.target.src)), true);
addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
</script>"""
LAST = """<script>
addEventListener("load", async () => {
  let found = null;
  try { found = await (async () => { %s })(); } catch (error) { wrong.push(String(error)); }
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = JSON.stringify({found, wrong});
  document.body.append(told);
});
</script>"""


def in_chromium(page: Path, script: str) -> Any:
    """Return what a script returns in a page, which must go without an error."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium (bash .ci/chromium)")
    text = page.read_text(encoding="utf-8")
    assert text.count("<head>") == text.count("</body>") == 1
    told = text.replace("<head>", "<head>" + FIRST).replace("</body>", LAST % script + "</body>")
    copy = page.with_name("with_script.html")
    copy.write_text(told, encoding="utf-8")
    done = subprocess.run(
        [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--virtual-time-budget=10000", f"--user-data-dir={page.parent / 'profile'}"),
            *("--dump-dom", copy.as_uri()),
        ],
        capture_output=True, text=True, timeout=120, env=os.environ | {"HOME": str(page.parent)},
    )  # fmt: skip
    match = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, done.stderr
    answer = json.loads(unescape(match[1]))
    assert answer["wrong"] == []
    return answer["found"]
