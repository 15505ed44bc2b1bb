"""Starts one program at a time and measures it from outside; a process of its own, driven by ``runs.Runner``.

Few imports and ``python -I -S``: a child's peak memory, as the kernel tells it, is never below its parent's, so the
parent must be small. It is a "child subreaper": what a program leaves behind becomes a child of this process, and its
processor time can be read too.

Reads a JSON job a line, {"argv", "env", "cwd", "err", "timeout", "linger"}, and writes a JSON result a line:
  wall        seconds from start to the program's exit
  eof         seconds until everybody had closed its standard output: what ``$(hello ...)`` waits for; null: not yet
  cpu         user and system seconds of the program and the children that it waited for
  rss_kib     its peak resident set
  code        its exit status; negative: the signal
  timed_out   whether it was killed when its time was over
  left_cpu    processor seconds of processes that it left behind, until they ended
  left_wall   seconds from its exit until the last of those ended
With "linger" null those are neither waited for nor killed. {"drain": s} waits up to s seconds for them and answers
{"alive": n}. When its input ends, so do they.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def children() -> list[int]:
    """Process ids of all children, adopted ones too."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - few imports
        return [int(pid) for pid in file.read().split()]


def reap() -> tuple[float, bool]:
    """Processor seconds of the orphans that have ended, and whether any is left."""
    cpu = 0.0
    while True:
        try:
            pid, _, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu, False
        if pid == 0:
            return cpu, True
        cpu += used.ru_utime + used.ru_stime


def kill_all() -> int:
    """End all children; how many signals that took."""
    sent = 0
    for _ in range(50):
        pids = children()
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                sent += 1
            except ProcessLookupError:
                pass
        time.sleep(0.01)
        reap()
    return sent


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One run, from its start until it has ended and, if asked for, all that it left behind."""
    os.chdir(job["cwd"])
    watched = Watched(job)
    watched.watch(job["timeout"], job["linger"])
    left_cpu, left_wall = leftovers(watched, job["linger"])
    os.close(watched.stdout)
    return {
        "wall": watched.wall,
        "eof": watched.eof,
        "cpu": watched.used.ru_utime + watched.used.ru_stime,
        "rss_kib": watched.used.ru_maxrss,
        "code": watched.code,
        "timed_out": watched.timed_out,
        "out": watched.out.decode("utf-8", "replace")[:2000],
        "left_cpu": left_cpu,
        "left_wall": left_wall,
    }


class Watched:
    """A program that was started, and what became of it."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.stdout, stdout = os.pipe2(os.O_CLOEXEC)
        stderr = os.open(job["err"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, stdout, 1),
            (os.POSIX_SPAWN_DUP2, stderr, 2),
        ]
        self.wall: Any = None
        self.eof: float | None = None
        self.code: int | None = None
        self.used: Any = None
        self.out, self.timed_out = b"", False
        self.start = time.perf_counter()
        self.pid = os.posix_spawn(job["argv"][0], job["argv"], job["env"], file_actions=actions)
        os.close(stdout)
        os.close(stderr)
        self.pidfd = os.pidfd_open(self.pid)
        self.poll = select.poll()
        self.poll.register(self.stdout, select.POLLIN | select.POLLHUP)
        self.poll.register(self.pidfd, select.POLLIN)

    def watch(self, timeout: float, linger: float | None) -> None:
        """Until it has ended and, with ``linger``, until its output is closed or that many seconds later."""
        deadline = self.start + timeout
        while self.wall is None or (self.eof is None and linger):
            now = time.perf_counter()
            limit = deadline if self.wall is None else self.start + self.wall + linger
            if now < limit:
                for descriptor, _ in self.poll.poll(max(1, (limit - now) * 1000)):
                    self.take(descriptor)
            elif self.wall is None:
                os.kill(self.pid, signal.SIGKILL)
                self.timed_out, deadline = True, now + 5
            else:
                break
        os.close(self.pidfd)

    def take(self, descriptor: int) -> None:
        """More output, or the end of it, or of the program."""
        if descriptor == self.pidfd:
            _, status, self.used = os.wait4(self.pid, 0)
            self.wall = time.perf_counter() - self.start
            self.code = os.waitstatus_to_exitcode(status)
            self.poll.unregister(self.pidfd)
            return
        more = os.read(self.stdout, 65536)
        self.out += more
        if not more:
            self.eof = time.perf_counter() - self.start
            self.poll.unregister(self.stdout)


def leftovers(watched: Watched, linger: float | None) -> tuple[float, float]:
    """Processor seconds of what it left behind, and how long after its end the last of that ended."""
    cpu, wall = 0.0, 0.0
    ended = watched.start + watched.wall
    while linger is not None:
        more, is_any = reap()
        cpu += more
        if more:
            wall = time.perf_counter() - ended
        if not is_any:
            break
        if time.perf_counter() > ended + linger:
            kill_all()
            wall = time.perf_counter() - ended
            break
        time.sleep(0.001)
    return cpu, wall


def drain(seconds: float) -> dict[str, int]:
    """Wait up to so many seconds for all that was left behind; how many are still there."""
    end = time.perf_counter() + seconds
    while reap()[1] and time.perf_counter() < end:
        time.sleep(0.005)
    return {"alive": len(children())}


def main() -> None:
    """Answer each job."""
    for line in sys.stdin:
        job = json.loads(line)
        result = drain(job["drain"]) if "drain" in job else run(job)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
    kill_all()


if __name__ == "__main__":
    main()
