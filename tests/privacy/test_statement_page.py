"""The list of statements and tests in docs/privacy.md: whole, up to date, and of tests that are there."""

from __future__ import annotations

import pytest

pytest.importorskip("tomllib")  # the oldest Python has none

from statement_page import PAGE, marked_tests, page, statements

pytestmark = pytest.mark.privacy

FRAMEWORKS = ("click", "typer", "jupyter")


def test_the_page_is_up_to_date():
    """docs/privacy.md is what ``python tests/privacy/statement_page.py --write`` would write."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_there_are_sixty_statements():
    """Statements are numbered from 1 to 60, and tests are marked with no other number."""
    numbers = [statement["number"] for statement in statements()]
    assert numbers == list(range(1, 61))
    assert marked_tests().keys() <= set(numbers)


@pytest.mark.parametrize("number", [s["number"] for s in statements() if "later" not in s])
def test_each_statement_has_a_test(number):
    """Every statement that is true today is proved by a test."""
    assert marked_tests().get(number)


def test_what_comes_later_is_one_statement():
    """Only publication waits."""
    assert [statement["number"] for statement in statements() if "later" in statement] == [59]


@pytest.mark.parametrize(
    ("number", "framework"),
    [(s["number"], framework) for s in statements() for framework in s.get("frameworks", ())],
)
def test_each_framework_has_a_test(number, framework):
    """A statement about what adapters do is proved for each of them, by a test in its package or named after it."""
    assert framework in FRAMEWORKS
    assert any(framework in f"{test.path}::{test.name}" for test in marked_tests()[number])


def test_marks_are_found_wherever_they_stand(tmp_path):
    """Numbers of a function's, a class's and a module's marks are found, each test once a number."""
    folder = tmp_path / "tests"
    folder.mkdir()
    text = (
        "import pytest\npytestmark = [pytest.mark.privacy, pytest.mark.statement(3)]\n"
        "@pytest.mark.statement(1, 2)\n@pytest.mark.slow\ndef test_a():\n    '''Statement 1: a holds.'''\n"
        "@pytest.mark.statement(4)\nclass TestB:\n    '''All of b.'''\n"
        "    @pytest.mark.statement(3)\n    def test_c(self):\n        '''C holds.'''\n"
        "def helper():\n    pass\n"
    )
    (folder / "test_x.py").write_text(text)
    found = {number: [(test.name, test.sentence) for test in tests] for number, tests in marked_tests(tmp_path).items()}
    assert found == {
        1: [("test_a", "A holds.")],
        2: [("test_a", "A holds.")],
        3: [("test_a", "A holds."), ("TestB::test_c", "C holds.")],
        4: [("TestB", "All of b.")],
    }
