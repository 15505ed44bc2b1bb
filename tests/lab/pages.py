"""A notebook in JupyterLab, as a person uses it: by its cells, its menus and its dialogs, in a headless chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from servers import SECONDS_MAX, TOKEN, Server

CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
_IS_READY = """name => {
    const shown = window.jupyterapp?.shell?.currentWidget;
    const session = shown?.sessionContext?.isReady && shown.context.path === name && shown.sessionContext.session;
    return session?.kernel?.status === "idle" && session.kernel.connectionStatus === "connected";
}"""
_CHANGE_THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """The system's chromium, which sees nothing but the loopback."""
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=executable, args=list(CHROMIUM_OPTIONS))
        try:
            yield opened
        finally:
            opened.close()


class Notebook:
    """A notebook that is open, in a window of its own."""

    def __init__(self, page: Page, server: Server, name: str) -> None:
        page.set_default_timeout(SECONDS_MAX * 1000)
        self.page = page
        self.name = name
        page.goto(f"{server.url}/lab/workspaces/{Path(name).stem}/tree/{name}?token={TOKEN}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until all is in place and the kernel has nothing to do."""
        self.page.wait_for_function(_IS_READY, arg=self.name)

    def cell(self, at: int) -> Locator:
        """The cell at this place."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(at)

    def start(self, at: int) -> None:
        """Run a cell, without waiting for its end."""
        self.cell(at).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Shift+Enter")

    def wait_for_text(self, at: int, text: str) -> None:
        """Until a cell has put this out."""
        expect(self.cell(at).locator(".jp-OutputArea")).to_contain_text(text, timeout=SECONDS_MAX * 1000)

    def wait_for_end(self, at: int) -> str:
        """Until a cell has its number; all that it displays."""
        prompt = self.cell(at).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=SECONDS_MAX * 1000)
        self.wait_until_ready()
        return "\n".join(self.cell(at).locator(".jp-OutputArea-output").all_inner_texts())

    def run(self, at: int) -> str:
        """Run a cell to its end; all that it displays."""
        self.start(at)
        return self.wait_for_end(at)

    def choose(self, menu: str, item: str) -> None:
        """Choose from the menu."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}")).first.click()

    def accept(self, text: str) -> None:
        """Say yes to a dialog that says this."""
        dialog = self.page.locator(".jp-Dialog", has_text=text)
        dialog.locator("button.jp-mod-accept").click()
        expect(dialog).to_have_count(0)

    def picture(self, path: Path, theme: str) -> None:
        """Take a picture of the window in a theme, ``Light`` or ``Dark``."""
        self.page.evaluate(_CHANGE_THEME, f"JupyterLab {theme}")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}")
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)
        self.page.screenshot(path=path)
