"""What a source asks of the machine that it runs on, told from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def dotted(node: ast.AST | None) -> str:
    """The dotted name of an expression; calls and subscripts in it are left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def names_used(tree: ast.AST) -> set[str]:
    """The last two parts of each name that is used: ``a.b.c``, ``from a.b import c`` and ``getattr(b, "c")`` alike."""
    modules = {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, dot, rest = dotted(node).partition(".")
            found.add(modules.get(first, first) + dot + rest)
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and dotted(node.func) == "getattr" and isinstance(node.args[1], ast.Constant):
            found.add(f"{dotted(node.args[0])}.{node.args[1].value}")
    return {".".join(name.split(".")[-2:]) for name in found}


def modules_imported(tree: ast.AST) -> set[str]:
    """Top names of the modules that are imported."""
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in found}


def words_in(tree: ast.AST) -> set[str]:
    """Texts that stand in it."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def variables_read(tree: ast.AST) -> Iterator[str]:
    """Names of the environment's variables that are spelled out where one is read."""
    for node in ast.walk(tree):
        read = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getenv"):
            read = node.args[0] if dotted(node.func).split(".")[-2] in ("environ", "os") and node.args else None
        elif isinstance(node, ast.Subscript) and dotted(node.value).endswith("environ"):
            read = node.slice
        elif isinstance(node, ast.Compare) and dotted(node.comparators[0]).endswith("environ"):
            read = node.left
        if isinstance(read, ast.Constant):
            yield read.value


def takers(tree: ast.AST) -> set[str]:
    """Functions and classes whose parameter ``environ`` is an environment: what they do with it is looked at there."""
    found = set()
    for node in ast.walk(tree):
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in inside:
            if isinstance(function, ast.FunctionDef) and "environ" in _parameters(function):
                found.add(node.name if function.name == "__init__" else function.name)
    return found - {"__init__"}


def whole_environment(tree: ast.AST, handed_to: set[str]) -> list[str]:
    """Expressions that use an ``environ`` as a whole, and not only one variable of it, as texts.

    One that is handed to a function of ``handed_to`` is not among them.
    """
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and _is_environ(node):
            above = parents[node]
            call = parents[above] if isinstance(above, ast.keyword) else above
            if not _is_of_one_variable(node, above) and not _is_handed(node, call, handed_to):
                found.append(ast.unparse(call))
    found += [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and _is_taken_from(node)]
    return sorted(set(found))


def _parameters(function: ast.FunctionDef) -> set[str]:
    return {parameter.arg for parameter in (*function.args.args, *function.args.kwonlyargs)}


def _is_environ(node: ast.Name | ast.Attribute) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else node.id) in ("environ", "environb", "_environ")


def _is_taken_from(node: ast.ImportFrom) -> bool:
    return node.module == "os" and bool({"environ", "environb", "getenv"} & {alias.name for alias in node.names})


def _is_of_one_variable(node: ast.AST, above: ast.AST) -> bool:
    if isinstance(above, ast.Attribute):
        return above.attr == "get"
    if isinstance(above, ast.Compare):
        is_asked_for = isinstance(above.ops[0], ast.Is | ast.IsNot)  # whether there is one
        return is_asked_for or (isinstance(above.ops[0], ast.In | ast.NotIn) and above.left is not node)
    return isinstance(above, ast.Subscript) and above.value is node


def _is_handed(node: ast.AST, call: ast.AST, handed_to: set[str]) -> bool:
    if not isinstance(call, ast.Call) or dotted(call.func).rpartition(".")[2] not in handed_to:
        return False
    return node in call.args or any(word.arg == "environ" and word.value is node for word in call.keywords)
