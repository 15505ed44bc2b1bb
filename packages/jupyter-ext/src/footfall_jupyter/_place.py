"""Where a shell runs: which frontend asked for the cell, told from the form of its request and from nothing else."""

from __future__ import annotations

from typing import Any

_CLASSIC_DIGITS = 32  # of the classic notebook's random names, which have no dashes
_VSCODE = "vscode-notebook-cell:"


def of(shell: Any) -> tuple[str, str]:
    """Frontend, one of ``footfall.wire.FRONTENDS``, and surface; an empty surface is to be seen from the process."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return "console", ""
    if type(shell).__module__.startswith("google.colab"):
        return "colab", "notebook"
    request = _request(kernel)
    if not request:
        return "other", "notebook"  # no cell was asked for yet
    if not request.get("content", {}).get("allow_stdin"):
        return "batch", "batch"  # nobody sits there who could be asked for input
    about = request.get("metadata", {})
    if str(about.get("cellId", "")).startswith(_VSCODE):
        return "vscode", "notebook"
    if "deletedCells" in about or "cellId" in about:
        return "lab", "notebook"
    header = request.get("header", {})
    names = [str(header.get(name, "")) for name in ("msg_id", "session")]
    is_classic = not about and all(len(name) == _CLASSIC_DIGITS and name.isalnum() for name in names)
    return ("notebook" if is_classic else "other"), "notebook"


def _request(kernel: Any) -> dict[str, Any]:
    """The execute request that the kernel is at work on; empty if it is at none."""
    parent = kernel.get_parent("shell") if hasattr(kernel, "get_parent") else kernel._parent_header
    return parent if parent and parent.get("msg_type", "execute_request") == "execute_request" else {}
