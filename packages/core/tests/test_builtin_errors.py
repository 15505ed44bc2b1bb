"""Python's own errors, as Footfall tells them by name."""

import builtins

from footfall.vocabulary import BUILTIN_ERRORS


def test_every_error_of_this_python_is_in_the_list():
    """Whatever built-in exception a run ends with can be told by its name: none of this version's is missing."""
    kinds = {kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException)}
    assert {kind.__name__ for kind in kinds} <= BUILTIN_ERRORS


def test_the_list_has_no_name_that_an_error_cannot_have():
    """Other names of one class, such as IOError, are never told: those in the list are classes' own names."""
    known = [getattr(builtins, name) for name in BUILTIN_ERRORS if hasattr(builtins, name)]
    assert {kind.__name__ for kind in known} == {name for name in BUILTIN_ERRORS if hasattr(builtins, name)}
    later = {
        "ExceptionGroup",
        "BaseExceptionGroup",
        "PythonFinalizationError",
        "EncodingWarning",
        "_IncompleteInputError",
    }
    assert {name for name in BUILTIN_ERRORS if not hasattr(builtins, name)} <= later
