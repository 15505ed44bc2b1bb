"""What in the benchmarks could falsify results: headers, tokens, pairing, ratios, verdicts, tables, pages."""

import base64
import gzip
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

if sys.platform != "linux":
    pytest.skip("the benchmarks run on Linux only", allow_module_level=True)
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import budgets  # noqa: E402
import costs  # noqa: E402
import delivery  # noqa: E402
import earlier  # noqa: E402
import environments  # noqa: E402
import headers  # noqa: E402
import instructions  # noqa: E402
import page  # noqa: E402
import pairs  # noqa: E402
import picture  # noqa: E402
import run as command  # noqa: E402
import runs  # noqa: E402
import sink  # noqa: E402
import tables  # noqa: E402
import targets  # noqa: E402
import tokens  # noqa: E402
from costs import Pairs  # noqa: E402

sys.path.remove(str(BENCHMARKS))

TOKEN = "tok-seq-0042"


def made_run(wall, cpu=0.05, *, code=0, eof=None, timed_out=False):
    """A run as runner.py tells it."""
    return {
        "wall": wall, "cpu": cpu, "eof": wall if eof is None else eof, "rss_kib": 2048, "code": code,
        "timed_out": timed_out, "left_cpu": 0.0, "left_wall": 0.0, "out": "",
    }  # fmt: skip


def made_pairs(added, bare=0.05):
    """Pairs of which each takes so many seconds more, by clock and processor, than the bare run beside it."""
    measured = [made_run(bare + more, bare + more) for more in added]
    return Pairs(measured, [made_run(bare, bare) for _ in added])


def installed(name, tmp_path):
    """A peer as if it were installed."""
    places = environments.Places(tmp_path, tmp_path)
    peer = headers.load([name])[0]
    return environments.Installed(peer, places, ("click==8.5.1", "footfall-click==0.1.0", "posthog==7.91.1"))


class TestHeaders:
    def test_all_files_have_one(self):
        """Every adapter file has a header, its program and its helper files exist, and the bare program is first."""
        peers = headers.load()
        assert peers[0].name == headers.BARE
        assert {*headers.ALWAYS} <= {peer.name for peer in peers}
        for peer in peers:
            assert peer.program.is_file()
            assert all((headers.PEERS / name).is_file() for name in (*peer.files, *filter(None, [peer.delivery_app])))

    def test_exact_versions(self):
        """Every requirement is pinned, or a comparison would change from day to day."""
        assert all("==" in wanted for peer in headers.load() for wanted in peer.requires)

    def test_values(self):
        """Lists become tuples, and what a header leaves out has its default."""
        peer = headers.parse("some", '# /// peer\n# title = "Some"\n# requires = ["some==1"]\n# ///\nimport some\n')
        assert (peer.title, peer.requires, peer.collector, peer.kind) == ("Some", ("some==1",), "tokens", "peer")

    @pytest.mark.parametrize(
        "text", ["import some\n", "# /// peer\n# tilte = 1\n# ///\n", '# /// peer\n# collector = "x"\n# ///\n']
    )
    def test_faults(self, text):
        """A file without a header, a misspelled key and an unknown collector are told, not passed over."""
        with pytest.raises(ValueError, match="some"):
            headers.parse("some", text)

    def test_unknown_name(self):
        """A name without a file ends the command."""
        with pytest.raises(SystemExit, match="no such peer: nobody"):
            headers.load(["nobody"])

    def test_plan_has_all_tokens(self):
        """Our program's plan has the token of every run that the delivery table makes."""
        text = (headers.PEERS / "_footfall_tokens.py").read_text(encoding="utf-8")
        for situation, most in (("seq", 100), ("out", 100), ("kil", 100), ("aft", 1), ("par", 400)):
            assert f'"{situation}": {most}' in text


class TestTokens:
    @pytest.mark.parametrize(
        "body",
        [
            f'{{"run": "{TOKEN}"}}'.encode(),
            gzip.compress(f'{{"run": "{TOKEN}"}}'.encode()),
            zlib.compress(TOKEN.encode()),
            b"data=" + quote(base64.b64encode(b'{"event": "x", "run": "%s", "more": 1}' % TOKEN.encode())).encode(),
            b"label=" + TOKEN.replace("-", "%2D").encode(),
        ],
    )
    def test_found(self, body):
        """A token is found as it stands, compressed, percent-encoded and in base64."""
        assert tokens.found_in(b"POST / HTTP/1.1", body) == {TOKEN}

    def test_found_in_head(self):
        """A token in the address or a header counts too, and once however often it stands there."""
        head = f"GET /{TOKEN} HTTP/1.1\r\nx: {TOKEN}".encode()
        assert tokens.found_in(head, TOKEN.encode()) == {TOKEN}

    def test_others(self):
        """What only looks like a token is none."""
        assert tokens.found_in(b"", b"tok-seq-42 token-seq-0042") == set()

    def test_count(self):
        """Arrivals are told by token: a lost one and a doubled one do not make up for each other."""
        made = [tokens.token("seq", number) for number in range(3)]
        arrived = {made[0]: 2, made[1]: 1, "tok-aft-0000": 1}
        assert delivery.count_of(made, arrived) == (2, 1)

    def test_whole(self):
        """A situation is whole only if all have arrived, none twice, and the command's own count agrees."""
        assert delivery.Count(4, 4, 0, runs=4).is_whole
        assert not any(
            count.is_whole
            for count in (delivery.Count(4, 3, 0), delivery.Count(4, 4, 1), delivery.Count(4, 4, 0, runs=5))
        )


class TestSink:
    def test_requests(self):
        """Two requests in one piece are two, a half one waits, and a chunked body is put together."""
        first = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        second = b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
        one = sink.Request.taken_from(first + second)
        assert (one.path, one.body) == (b"/a", b"abc")
        two = sink.Request.taken_from(one.rest)
        assert (two.path, two.body, two.rest) == (b"/b", b"def", b"")
        for whole in (first, second):
            assert not any(sink.Request.taken_from(whole[:end]) for end in range(len(whole)))

    def test_counts(self):
        """A running sink tells how often each token came."""
        opened = targets.Sink()
        try:
            for _ in range(2):
                post = "import sys, urllib.request as r; r.urlopen(sys.argv[1], sys.argv[2].encode()).read()"
                subprocess.run([sys.executable, "-c", post, opened.url, TOKEN], check=True, env={})
            assert opened.tokens() == {TOKEN: 2}
        finally:
            opened.close()


class TestRunner:
    def ask(self, tmp_path, code, **more):
        """What the runner tells of a Python program."""
        job = {"argv": [sys.executable, "-c", code], "env": {}, "cwd": str(tmp_path), "err": str(tmp_path / "err")}
        with runs.Runner() as runner:
            return runner.ask({**job, "timeout": 30, "linger": 30, **more})

    def test_ends(self, tmp_path):
        """Output and exit status are the program's own."""
        run = self.ask(tmp_path, "print('hello'); raise SystemExit(3)")
        assert (run["code"], run["out"], run["timed_out"]) == (3, "hello\n", False)

    def test_cut_off(self, tmp_path):
        """A program that goes on when its time is over is ended, and that is told."""
        run = self.ask(tmp_path, "import time; time.sleep(60)", timeout=0.2)
        assert (run["code"], run["timed_out"]) == (-9, True)

    def test_left_behind(self, tmp_path):
        """A process left behind is waited for, its processor time is told apart, and so is when output was closed."""
        child = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
        code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
        run = self.ask(tmp_path, code)
        assert run["left_cpu"] > 0.2
        assert run["eof"] > run["wall"]


class TestPairs:
    def test_by_pair(self):
        """Ratios and differences are taken pair by pair: what slows both runs of a pair does not show."""
        bare = [0.4, 0.05, 0.1]
        measured = [2 * each for each in bare]
        assert pairs.ratios(measured, bare) == [2, 2, 2]
        assert pairs.differences(measured, bare) == bare

    def test_same_length(self):
        """Runs without a partner are a fault."""
        for taken in (pairs.ratios, pairs.differences):
            with pytest.raises(ValueError, match="zip"):
                taken([1.0], [1.0, 2.0])

    def test_interval(self):
        """The interval holds the median, is the same each time, and is a point when all values are one."""
        values = [1.0, 2.0, 3.0, 4.0, 100.0]
        found = pairs.estimate(values)
        assert found.middle == 3
        assert 1 <= found.low <= 3 <= found.high <= 100
        assert found == pairs.estimate(values)
        assert pairs.estimate([7.0] * 5) == pairs.Estimate(7, 7, 7)

    def test_share(self):
        """A share is median by median; without a floor above zero there is none."""
        assert pairs.share_of([0.5, 0.6, 0.4], [1.0, 1.0, 1.0]).middle == 0.5
        assert pairs.share_of([0.5], [0.0]) is None
        assert pairs.share_of([0.5, 0.5], [1.0, 1.0, 1.0]).middle == 0.5

    def test_exceeds(self):
        """More is what lies above the other's interval as a whole; less never is."""
        assert pairs.Estimate(2, 1.6, 3).exceeds(pairs.Estimate(1, 0, 1.5))
        assert not pairs.Estimate(2, 1.5, 3).exceeds(pairs.Estimate(1, 0, 1.5))
        assert not pairs.Estimate(1, 0, 1.5).exceeds(pairs.Estimate(2, 1.6, 3))


class TestBudgets:
    def costs(self, on, off, black_hole):
        """Costs where the floor adds 1 ms."""
        found = {
            "footfall": made_pairs([on] * 5), "footfall_off": made_pairs([off] * 5), "floor": made_pairs([0.001] * 5),
            "footfall_first": made_pairs([on + 0.001] * 5),
        }  # fmt: skip
        return dict(zip(targets.SITUATIONS, (found, {"footfall": made_pairs([black_hole] * 5)}, found), strict=True))

    def verdicts(self, *costs):
        """Verdicts by what they are on."""
        return {each.what: each.is_met for each in budgets.of_costs(self.costs(*costs), {"none": 90, "footfall": 95})}

    def test_met(self):
        """Half of the floor on, a quarter of it off, 5 modules and the same wall are within the budgets."""
        found = self.verdicts(0.0005, 0.00025, 0.0005)
        assert len(found) == 11
        assert {*found.values()} == {True}

    def test_missed(self):
        """Whatever is above its budget is missed, and nothing else."""
        found = self.verdicts(0.0006, 0.0002, 0.02)
        missed = {what for what, is_met in found.items() if not is_met}
        assert missed == {"CPU added, on", "wall added, on", "wall, on, collector: black hole"}

    def test_within_noise(self):
        """A verdict whose interval reaches over the budget says so."""
        found = self.costs(0.0005, 0.0002, 0.0005)
        for pairs_of_one in found.values():
            pairs_of_one["footfall"] = made_pairs([0.0001, 0.0006, 0.0009])
        words = {each.what: each.word for each in budgets.of_costs(found, {})}
        assert words["CPU added, on"] == "**missed**, within noise"
        assert words["CPU added, off"] == "met"

    def test_first_of_a_day_has_fewer_rounds(self):
        """The first run of a day is told against another's of the same round, also where its time was over sooner."""
        found = self.costs(0.0005, 0.0002, 0.0005)
        found[budgets.UP]["footfall"] = made_pairs([0.0001, 0.0002, 0.0003, 0.0900, 0.0900])
        found[budgets.UP]["footfall_first"] = made_pairs([0.0026, 0.0027, 0.0028])
        first = {each.what: each for each in budgets.of_costs(found, {})}[
            "CPU that the first run of a day adds to another's"
        ]
        assert (first.is_met, first.measured[:8]) == (False, "+2.50 ms")

    @pytest.mark.parametrize("slow", targets.SITUATIONS[1:])
    def test_a_sender_that_is_waited_for(self, slow):
        """A first run of a day that is slower where the collector does not answer, or says something else, is told."""
        first = f"wall, first run of a day, collector: {slow}"
        for added, out, is_met in ((0.0015, "", True), (0.02, "", False), (0.0015, "sorry", False)):
            found = self.costs(0.0005, 0.0002, 0.0005)
            found[slow] = {**found[slow], "footfall_first": made_pairs([added] * 5)}
            found[slow]["footfall_first"].measured[-1]["out"] = out
            assert {each.what: each.is_met for each in budgets.of_costs(found, {})}[first] is is_met

    def test_more_time_for_small_differences(self, tmp_path):
        """Ours and the floors have four times the pairs of a peer that takes as long; the rounds end all of them."""
        for rounds, most in ((99, {"footfall": 32, "floor": 32, "posthog": 8}), (5, {"footfall": 5, "posthog": 5})):
            bench = object.__new__(costs.Bench)  # without its processes
            bench.programs = [installed(name, tmp_path) for name in most]
            bench.limits = costs.Limits(rounds=rounds, cap=90, spend=1)
            bench.costs = {situation: {} for situation in targets.SITUATIONS}
            bench.run = lambda situation, name: made_run(0.125)
            for number in range(rounds):
                bench.round(number)
            for found in bench.costs.values():
                assert {name: len(pairs.measured) for name, pairs in found.items()} == most

    def test_exit_codes(self):
        """Another exit status in one of the situations is no pass."""
        found = self.costs(0.0005, 0.0002, 0.0005)
        found["black hole"]["footfall"].measured[0]["code"] = 1
        verdict = next(each for each in budgets.of_costs(found, {}) if "black hole" in each.what)
        assert verdict.is_met is False

    def test_delivery(self):
        """A lost run and a doubled one are missed."""
        found = {"footfall": {"in a row": delivery.Count(4, 4, 0), "outage": delivery.Count(4, 4, 1)}}
        assert [each.is_met for each in budgets.of_delivery(found)] == [True, False]


class TestTables:
    def test_seconds(self):
        """Runs that were cut off are told as more than the time they had; an output never closed likewise."""
        assert tables.seconds(Pairs([made_run(2.0)] * 3, []), "wall") == "2.00"
        assert tables.seconds(Pairs([made_run(75.0, timed_out=True)] * 2, []), "wall") == "> 75"
        never = {**made_run(0.1), "eof": None, "left_wall": 20.0}
        assert tables.seconds(Pairs([never] * 2, []), "eof") == "> 20"

    def test_costs(self, tmp_path):
        """The cheapest program comes first; milliseconds and ratios are those of the pairs."""
        programs = [installed(name, tmp_path) for name in ("posthog", "footfall", "none")]
        found = {"none": made_pairs([0.0] * 3), "footfall": made_pairs([0.001] * 3), "posthog": made_pairs([0.2] * 3)}
        lines = tables.of_costs(programs, dict.fromkeys(targets.SITUATIONS, found), {"none": 90, "footfall": 95})
        assert [line.split(" | ")[0] for line in lines[2:]] == [
            "| bare Click",
            "| **Footfall 0.1.0, on**",
            "| posthog 7.91.1",
        ]
        assert lines[3].split(" | ")[1:5] == ["1.020", "+1.00 (+1.00 to +1.00)", "1.020", "+1.00 (+1.00 to +1.00)"]
        assert lines[3].split(" | ")[9] == "+5"

    def test_delivery(self, tmp_path):
        """Copies too many are added up, and hung runs are told beside the count."""
        counts = {name: delivery.Count(100, 99, 2, hung=1) for name in delivery.SITUATIONS}
        line = tables.of_delivery([installed("posthog", tmp_path)], {"posthog": counts})[-1]
        assert line == "| posthog 7.91.1 | " + "99 of 100 (1 hung) | " * 4 + "8 |"

    def test_missing(self):
        """A peer that could not be measured is listed with its reason."""
        lines = tables.of_missing({"posthog": "no | wheel"}, headers.load(["posthog"]))
        assert lines[-1] == "| posthog | posthog==7.91.1 | no \\| wheel |"

    def test_work(self, tmp_path):
        """Instructions and calls are those added to the bare program's, and as the floor's."""
        programs = [installed(name, tmp_path) for name in ("none", "floor", "footfall")]
        work = {"none": (10_000_000, 100, 90), "floor": (14_000_000, 120, 95), "footfall": (11_000_000, 130, 95)}
        lines = tables.of_work(programs, {name: instructions.Work(*counts) for name, counts in work.items()})
        assert lines[4] == "| **Footfall 0.1.0, on** | +1.00 | 0.25 | +30 | 1.50 | +5 |"

    def test_parsed(self):
        """Callgrind's and strace's reports are read: calls only, not signals, exits and what was unfinished."""
        assert instructions.instructions_in("==1== \n==1== Collected : 174600123\n") == 174_600_123
        with pytest.raises(ValueError, match="no count"):
            instructions.instructions_in("valgrind: failed")
        trace = 'execve("/x", [], 0) = 0\nbrk(NULL) = 1\nresumed\n--- SIGCHLD {} ---\n+++ exited with 0 +++\n'
        assert instructions.calls_in(trace) == 2


class TestPage:
    def test_filled(self):
        """What stands between the markers is replaced, what is around them stays; doing it again is the same."""
        text = "a\n<!-- bench:x -->\nold\n<!-- bench:x end -->\nb\n"
        once = page.filled(text, "x", ["new"])
        assert once == "a\n<!-- bench:x -->\n\nnew\n\n<!-- bench:x end -->\nb\n"
        assert page.filled(once, "x", ["new"]) == once

    def test_no_place(self):
        """A page without the markers is left alone."""
        begin, end = "<!-- bench:x -->", "<!-- bench:x end -->"
        for text in ("a", begin, end, end + begin, begin + begin + end):
            with pytest.raises(ValueError, match="no single place"):
                page.filled(text, "x", [])

    def test_places(self):
        """The pages have a place for each part that is written."""
        root = BENCHMARKS.parent
        text = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
        for name in (*command.PARTS, "budgets", "missing", "picture"):
            page.filled(text, name, [])
        page.filled((root / "README.md").read_text(encoding="utf-8"), "short", [])

    def test_reason(self):
        """A reason has no address and no path of the machine that it was told on."""
        output = (
            "Looking at https://index.example/simple\nERROR: No match for x==1 (from /home/someone/x) at file:///opt/y"
        )
        assert environments.reason_of(output) == "ERROR: No match for x==1 (from …) at …"
        output = "error: No solution found\n  cause: Because Python is too old\n         And because of more"
        assert environments.reason_of(output) == "error: No solution found cause: Because Python is too old"
        assert environments.reason_of("") == "it says nothing"

    def test_patch(self, tmp_path):
        """A patch changes the environment's file, and not the one that an installer has linked it to."""
        cached, file = tmp_path / "cached.py", tmp_path / "sender.py"
        cached.write_text("HOST = 'far'\n", encoding="utf-8")
        file.hardlink_to(cached)
        environments._patch(file, "'far'", "'near'")
        assert (file.read_text("utf-8"), cached.read_text("utf-8")) == ("HOST = 'near'\n", "HOST = 'far'\n")
        with pytest.raises(environments.NotInstallableError, match=r"sender\.py has no line"):
            environments._patch(file, "'far'", "'near'")

    def test_command(self, tmp_path):
        """The command that is told can be repeated anywhere: it has no paths."""
        asked = ["--peers", "posthog", "migas", "--rounds", "9", "--no-cells", "--dist", str(tmp_path)]
        told = command.arguments_of(command.options_of(asked))
        assert told == "--peers posthog migas --only costs delivery instructions counting --rounds 9"
        assert command.arguments_of(command.options_of([])) == ""


class TestSittings:
    def test_kept(self, tmp_path, monkeypatch):
        """What was measured in one sitting is there in the next, with how it was measured."""
        monkeypatch.setattr(command, "RAW", tmp_path / "out" / "bench.json")
        assert earlier.load(command.RAW) == ({}, {}, {}, {})
        results = command.Results([installed("footfall", tmp_path)], [], {})
        results.costs = {"collector up": {"footfall": made_pairs([0.002, 0.003])}}
        results.modules = {"footfall": 104}
        results.delivery = {"footfall": {"in a row": delivery.Count(100, 99, 1, runs=99)}}
        results.told = {"costs": {"footfall": "yesterday"}}
        kept = results.costs, results.modules, results.delivery, results.told
        command.keep(command.options_of([]), results)
        assert earlier.load(command.RAW) == kept
        for some in (["--only", "costs"], ["--peers", "migas"]):
            command.keep(command.options_of(some), command.Results([], [], {}))
            assert earlier.load(command.RAW) == kept
        command.keep(command.options_of(["--resume", "--only", "costs"]), command.Results([], [], {}))
        assert earlier.load(command.RAW) != kept

    def test_told(self):
        """A part of which some programs were measured at another time tells of both times, and of which programs."""
        told = {"none": "now", "footfall": "now", "migas": "then", "posthog": "then", "segment": "then"}
        assert earlier.in_words(told) == "none, footfall: now; all others: then"
        assert earlier.in_words(dict.fromkeys(told, "now")) == "now"
        assert earlier.in_words({}) == ""

    def test_told_by_program(self, tmp_path, monkeypatch):
        """Each delivery is kept with how it was measured at once, so that an interrupted sitting tells no untruth."""
        monkeypatch.setattr(command, "RAW", tmp_path / "bench.json")
        counts = {"in a row": delivery.Count(100, 100, 0)}
        programs = [installed(name, tmp_path) for name in ("posthog", "migas")]
        results = command.Results(programs, [], {}, now="now", delivery={"migas": counts})
        results.told = {"delivery": {"migas": "then"}}

        def one(*_):
            yield "posthog", counts
            raise KeyboardInterrupt

        monkeypatch.setattr(delivery, "measure", one)
        with pytest.raises(KeyboardInterrupt):
            command.measure_delivery(command.options_of(["--only", "delivery", "--resume"]), results)
        kept = earlier.load(command.RAW)
        assert kept.delivery == {"migas": counts, "posthog": counts}
        assert kept.told == {"delivery": {"migas": "then", "posthog": "now"}}

    @pytest.mark.parametrize("asked", [["--only"], ["--only", "prices"], ["--only", "costs", "prices", "--resume"]])
    def test_parts(self, asked, capsys):
        """Only parts that there are can be asked for, and none only where what is kept is to be shown."""
        with pytest.raises(SystemExit):
            command.options_of(asked)
        assert "--only takes some of costs, delivery" in capsys.readouterr().err
        assert command.options_of(["--only", "--resume"]).only == []

    def test_costs_are_of_one_run(self, capsys):
        """Costs of some programs are not put beside those of other days."""
        with pytest.raises(SystemExit):
            command.options_of(["--resume", "--peers", "posthog", "--only", "costs"])
        assert "costs are those of one run" in capsys.readouterr().err

    def test_some(self, tmp_path):
        """Of a sitting for some peers the others are not measured again, and ours are."""
        programs = [installed(name, tmp_path) for name in ("none", "footfall", "posthog", "migas")]
        results = command.Results(programs, [], {})
        assert [one.peer.name for one in results.measured(["migas"])] == ["none", "footfall", "migas"]
        assert results.measured([]) == programs


class TestPicture:
    def test_drawn(self, tmp_path):
        """The picture is well-formed, has a row for each program but the bare one, and a disc for each situation."""
        programs = [installed(name, tmp_path) for name in ("none", "footfall", "posthog")]
        found = {name: made_pairs([more] * 3) for name, more in (("none", 0), ("footfall", 0.0002), ("posthog", 0.2))}
        counts = {
            name: delivery.Count(100, arrived, 0)
            for name, arrived in zip(delivery.SITUATIONS, (100, 50, 0, 99), strict=True)
        }
        made = picture.bars(programs, dict.fromkeys(targets.SITUATIONS, found), {"footfall": counts, "posthog": counts})
        assert [bar.title for bar in made] == ["Footfall, on", "posthog"]
        drawn = ET.fromstring(picture.draw(made, "<caption> & more"))
        assert len(drawn.findall("{*}circle")) == 8
        assert len(drawn.findall("{*}path")) == 4

    def test_scale(self):
        """Ten times as much is one step more, and what is too little to draw is at the begin."""
        step = picture.x_of(1, 100) - picture.x_of(0.1, 100)
        assert picture.x_of(10, 100) - picture.x_of(1, 100) == pytest.approx(step)
        assert picture.x_of(-3, 100) == picture.BARS
        assert picture.x_of(100, 100) == picture.BAR_END
