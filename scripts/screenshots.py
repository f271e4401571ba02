"""Photograph every page: wide and phone, light and dark.

Starts a server of its own with the sample data set, waits until a page is complete, and writes
`PAGE-WIDTH-THEME.png` into a folder. With --readme only the pictures of the README and the site.

    python -m scripts.screenshots FOLDER [--pages /,/cost] [--query "?timeframe=15m"]
    python -m scripts.screenshots docs/img --readme
"""

from __future__ import annotations

import argparse
import base64
from pathlib import Path

from selenium.webdriver import Chrome

from benchmarks.browsing import chromium, size, wait_for_charts
from benchmarks.serving import server

PAGES = ("/", "/forecasts", "/scaling", "/cost", "/data", "/api", "/model-cards")
SCREENS = {"wide": (1920, 1080, False), "laptop": (1366, 900, False), "phone": (390, 844, True)}
README = (
    ("/", "laptop", False),
    ("/forecasts", "laptop", False),
    ("/scaling", "laptop", True),
    ("/cost", "laptop", False),
)
WAIT_SECONDS = 120
SETTLED_SECONDS = 4.0
TALLEST = 6000


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", default=",".join(PAGES))
    parser.add_argument("--query", default="?timeframe=15m")
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    every = [(page, screen, dark) for page in options.pages.split(",") for screen in SCREENS for dark in (False, True)]
    with server(1) as (port, _), chromium() as browser:
        for page, screen, dark in README if options.readme else every:
            name = f"{page.strip('/') or 'overview'}-{screen}-{'dark' if dark else 'light'}.png"
            photograph(browser, f"http://127.0.0.1:{port}{page}{options.query}", SCREENS[screen], dark, options.readme)
            (options.folder / name).write_bytes(picture(browser, whole=not options.readme))
            print(options.folder / name, flush=True)


def photograph(browser: Chrome, url: str, screen: tuple[int, int, bool], dark: bool, calm: bool) -> None:
    """Have a page drawn; `calm` closes the hint first."""
    width, height, phone = screen
    size(browser, width, height, phone=phone, dark=dark)
    browser.get(url)
    if calm:
        closed = "localStorage.setItem('closed-hints', JSON.stringify(['synthetic', 'built-in']))"
        browser.execute_script(f"{closed}; location.reload()")
    wait_for_charts(browser, WAIT_SECONDS, settled=SETTLED_SECONDS)


def picture(browser: Chrome, *, whole: bool) -> bytes:
    """The page as PNG, all of it or what the screen shows."""
    wanted: dict[str, object] = {"format": "png"}
    if whole:
        content = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": content["width"], "height": min(content["height"], TALLEST), "scale": 1}
        wanted |= {"captureBeyondViewport": True, "clip": clip}
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", wanted)["data"])


if __name__ == "__main__":
    main()
