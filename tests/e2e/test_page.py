"""The landing page, in a browser."""

import html.parser
import subprocess

import pytest

CHROMIUM = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class Page(html.parser.HTMLParser):
    """Links and the cells of table rows."""

    def __init__(self, text):
        super().__init__()
        self.links, self.rows, self.cell = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.links.append(dict(attributes)["href"])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None


@pytest.fixture
def chromium(tmp_path):
    def look(*arguments):
        command = [*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True, cwd=tmp_path)

    return look


def test_the_page_shows_every_account_and_region(example, chromium, tmp_path):
    page = Page(chromium("--dump-dom", example.url).stdout)
    assert {"/metrics", "/-/healthy", "/-/ready"} <= set(page.links)
    header, *rows = page.rows
    assert header[:2] == ["Cloud", "Account"]
    assert {row[0] for row in rows} == {"aws", "azure", "gcp", "k8s"}
    assert {row[header.index("State")] for row in rows} == {"complete"}
    assert sum(int(row[header.index("Resources")]) for row in rows) > 4_000

    chromium(f"--screenshot={tmp_path / 'page.png'}", "--window-size=1200,900", example.url)
    assert (tmp_path / "page.png").stat().st_size > 10_000
