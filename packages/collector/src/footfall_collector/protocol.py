"""HTTP as uvicorn speaks it, with a limit that it has not: how much a request may be beside its body."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_MAX = 65_536  # bytes of a request that are not its body: line, headers, what chunks and trailers add
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"footfall-collector: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class LimitedProtocol(HttpToolsProtocol):
    """Closes a connection on which comes more than ``HEAD_MAX`` of a request beside its body.

    The parser joins a header that comes in pieces anew with each of them: one without an end would take all memory
    and, on the way there, all time.
    """

    _head = 0  # bytes so far of the request that is coming in, without its body

    def data_received(self, data: bytes) -> None:
        """Take what came, never much more of it at once than may be."""
        for at in range(0, len(data), HEAD_MAX):
            piece = data[at : at + HEAD_MAX]
            self._head += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                return
            if self._head > HEAD_MAX:
                self._refuse()
                return

    def on_body(self, body: bytes) -> None:
        """A piece of the body, which the application limits."""
        self._head -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._head = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:  # else it would stand amid another answer
            self.transport.write(_REFUSAL)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: it is answered as if it had not asked, and uvicorn would log advice to install a library."""
