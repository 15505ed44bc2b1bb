"""The forms of request that frontends were seen to send, and which frontend and surface are told from each.

Captured from the kernel's side, without the code, of JupyterLab 4.6.6, Notebook 7.6.5, nbclassic 1.3.3, jupyter_console
6.6.3, nbclient 0.11.0, papermill 2.7.0, nbconvert 7.17.2 and jupyter_client 8.10.0; VS Code's from the source of its
Jupyter extension, of July 2026; qtconsole 5.7.2's from its source, which uses the same client as the console.
"""

from __future__ import annotations

import types

import pytest

from footfall import wire
from footfall_jupyter import _place

BROWSERS_ID = "3e45103a-dca8-4489-a261-de87e3c1adf3"
LAB_METADATA = {"trusted": False, "deletedCells": [], "recordTiming": False, "cellId": "cell-0"}
VSCODE_CELL = "vscode-notebook-cell:/home/x/a.ipynb#W0sZmlsZQ%3D%3D"
REMOTE_CELL = "vscode-notebook-cell://ssh-remote%2Bhost/home/x/a.ipynb#W0sdnNjb2RlLXJlbW90ZQ%3D%3D"


def by_browser(metadata, **content):
    """A request of JupyterLab's client library, which VS Code uses too."""
    header = {
        "msg_id": BROWSERS_ID,
        "session": "93299d3b-502e-4dda-8422-5c6cadb67e12",
        "version": "5.2",
        "username": "",
    }
    return request({**header, "subshell_id": None}, metadata, **content)


def by_classic():
    """A request of the classic Notebook, the newest of which is nbclassic."""
    header = {"msg_id": "bbac63d08cda49cf8980d9fad88338d8", "session": "ace85d259bb144468a453d50fcaad151"}
    return request({**header, "version": "5.2", "username": "username"}, {})


def by_python(**content):
    """A request of jupyter_client, which numbers its messages after its session."""
    session = "be123976-6441b6d017f73c94e8309bae"
    header = {"msg_id": f"{session}_2630_2", "session": session, "version": "5.4", "username": "username"}
    return request(header, {}, **content)


def request(header, metadata, **content):
    """An execute request as the kernel keeps it."""
    usual = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True, "stop_on_error": True}
    return {
        "header": {**header, "msg_type": "execute_request"},
        "msg_id": header["msg_id"],
        "msg_type": "execute_request",
        "parent_header": {},
        "metadata": metadata,
        "content": {"code": "", **usual, **content},
    }


FORMS = {
    "JupyterLab's notebook, and Notebook 7": (by_browser(LAB_METADATA), ("lab", "notebook")),
    "JupyterLab's code console": (by_browser({"cellId": "a48cb87e-856f-4b9c-96a1-ce0496fdfd94"}), ("lab", "notebook")),
    "JupyterLab's, cells without ids": (by_browser({"deletedCells": [], "recordTiming": False}), ("lab", "notebook")),
    "VS Code": (by_browser({"cellId": VSCODE_CELL, "tags": []}, stop_on_error=False), ("vscode", "notebook")),
    "VS Code over ssh": (by_browser({"cellId": REMOTE_CELL}, stop_on_error=False), ("vscode", "notebook")),
    "nbclient, papermill, jupyter execute": (by_python(allow_stdin=False), ("batch", "batch")),
    "nbconvert --execute --allow-errors": (by_python(allow_stdin=False, stop_on_error=False), ("batch", "batch")),
    "another browser's": (by_browser({}), ("other", "notebook")),
    # These send the same as a server that runs JupyterLab's cells itself (jupyter-server-nbmodel), and as any script.
    "jupyter console, qtconsole, jupyter run": (by_python(), ("other", "notebook")),
    "classic Notebook": pytest.param(
        by_classic(),
        ("notebook", "notebook"),
        marks=pytest.mark.xfail(reason="its identifiers without dashes are not looked at yet"),
    ),
}


def kernel_with(parent, *, is_old=False):
    """A shell whose kernel is at work on a request; an old kernel keeps it in an attribute."""
    kernel = (
        types.SimpleNamespace(_parent_header=parent) if is_old else types.SimpleNamespace(get_parent=lambda _: parent)
    )
    return types.SimpleNamespace(kernel=kernel)


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize(("parent", "place"), FORMS.values(), ids=FORMS)
def test_forms_that_were_seen(parent, place, is_old):
    """Each frontend is told from the form of its request, with kernels of either way to keep that."""
    assert _place.of(kernel_with(parent, is_old=is_old)) == place


def test_colab():
    """A shell of Colab's own class is in Colab, whatever the request looks like."""
    shell = type("Shell", (), {"__module__": "google.colab._shell", "kernel": kernel_with(by_python()).kernel})
    assert _place.of(shell()) == ("colab", "notebook")


def test_no_kernel():
    """A shell without a kernel is a console, on whatever its process has for a terminal."""
    assert _place.of(types.SimpleNamespace()) == ("console", "")


@pytest.mark.parametrize("parent", [{}, {"msg_type": "comm_open", "content": {}, "metadata": {}}])
def test_no_request(parent):
    """Before a cell was asked for, nothing is known of who will."""
    assert _place.of(kernel_with(parent)) == ("other", "notebook")


@pytest.mark.parametrize(
    "parent",
    [
        by_browser({"cellId": 7}),
        by_browser({"cellId": None}),
        by_python() | {"header": {}},
        {"msg_type": "execute_request", "content": {"allow_stdin": True}},
        {"msg_type": "execute_request"},
    ],
)
def test_odd_requests_have_a_place(parent):
    """What a request lacks, or holds instead, is never a failure, and the words are of the lists."""
    frontend, surface = _place.of(kernel_with(parent))
    assert frontend in wire.FRONTENDS
    assert surface in wire.ENVIRONMENT["surface"]
