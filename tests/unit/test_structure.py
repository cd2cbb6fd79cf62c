"""The structure of the house: small files and functions, few files a folder, no circles, commented kernels, fast help.

Every test lists all offenders. The import contract itself is checked by ``lint-imports``.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "neurosim"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_FILES, MOST_LINES, MOST_LINES_OF_A_FUNCTION = 12, 400, 60
LEAST_COMMENTS = 0.03
KERNEL_DECORATORS = {"kernel", "njit", "jit", "vectorize", "guvectorize", "cfunc"}
SLOW_LIBRARIES = ("numpy", "numba", "matplotlib", "pandas")
PROGRAM_FOLDERS = ("neurosim", "studies", "benchmarks", "tests")


def place(path: Path) -> str:
    """Return a path below the repository."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def holds_kernels(tree: ast.AST) -> bool:
    """Return whether a module defines functions that are compiled."""
    return any(
        re.match(r"[\w.]*", ast.unparse(decorator))[0].rpartition(".")[2] in KERNEL_DECORATORS
        for function in functions(tree)
        for decorator in function.decorator_list
    )


def comment_share(text: str) -> float:
    """Return the share of lines that have a comment; what is said to tools is none."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    comments = [token for token in comments if not re.match(r"#\s*(noqa|type:|fmt:|pragma)", token.string)]
    return len({token.start[0] for token in comments}) / max(len(text.splitlines()), 1)


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function; those that its docstring takes to say what each argument is do not count."""
    first = function.body[0]
    is_documented = ast.get_docstring(function, clean=False) is not None
    docstring_lines = first.end_lineno - first.lineno + 1 if is_documented else 0
    return function.end_lineno - function.lineno + 1 - docstring_lines


def assert_none(offenders: dict[str, object]) -> None:
    """Fail with every offender, one a line."""
    assert not offenders, "\n".join(f"{name}: {found}" for name, found in offenders.items())


def modules_on_circles(imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that lie on a circle of imports, or on a path from one circle to another."""
    left = {module: set(imported) for module, imported in imports.items()}
    while True:
        imported_by_some = set().union(*left.values()) if left else set()
        ends = {module for module, imported in left.items() if not imported or module not in imported_by_some}
        if not ends:
            return set(left)
        left = {module: imported - ends for module, imported in left.items() if module not in ends}


def test_a_folder_has_at_most_twelve_files_besides_its_sub_packages():
    folders = {file.parent for file in FILES}
    counts = {
        place(folder): sum(file.is_file() and file.name not in ("__init__.py", "py.typed") for file in folder.iterdir())
        for folder in sorted(folders)
    }
    assert_none({folder: count for folder, count in counts.items() if count > MOST_FILES})


def test_no_file_has_over_400_lines():
    lines = {place(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert_none({file: count for file, count in lines.items() if count > MOST_LINES})


def test_no_function_has_over_60_lines():
    lengths = {
        f"{place(file)}:{function.lineno} {function.name}": code_lines(function)
        for file in FILES
        for function in functions(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert_none({name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION})


COUNTERPARTS = (("activation", "relu"), ("avg_pool2d", "max_pool2d"))
"""Layer types that are made from each other on request: the second import of each pair stands in the method."""


def test_there_is_no_circle_of_imports():
    graph = grimp.build_graph("neurosim", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    for one, other in COUNTERPARTS:
        layers = "neurosim.network.layers"
        imports[f"{layers}.{one}"] = imports[f"{layers}.{one}"] - {f"{layers}.{other}"}
        imports[f"{layers}.{other}"] = imports[f"{layers}.{other}"] - {f"{layers}.{one}"}
    circular = modules_on_circles(imports)
    assert_none({module: f"imports {', '.join(sorted(imports[module] & circular))}" for module in sorted(circular)})


UNCOMMENTED = {
    "neurosim/chip/core/accumulate_kernels.py",
    "neurosim/chip/core/neuron_scan.py",
    "neurosim/chip/core/neuron_unit.py",
    "neurosim/chip/core/spike_packets.py",
    "neurosim/chip/noc/packets.py",
    "neurosim/simulation/counting/nonzero_events.py",
    "neurosim/simulation/timing/phase_work.py",
}
"""Files of kernels that still want comments; one that has them leaves this list."""


def test_every_file_of_kernels_is_commented():
    shares = {
        place(file): round(comment_share(text), 3)
        for file in FILES
        if holds_kernels(ast.parse(text := file.read_text(encoding="utf-8")))
    }
    assert len(shares) >= 5, "kernels are not recognised any more"
    assert_none({file: share for file, share in shares.items() if share < LEAST_COMMENTS and file not in UNCOMMENTED})
    assert_none({file: "has its comments" for file in UNCOMMENTED if shares.get(file, 1.0) >= LEAST_COMMENTS})


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]], ids=" ".join)
def test_help_imports_no_slow_library(arguments):
    program = (
        "import sys\n"
        f"sys.argv = ['neurosim', *{arguments!r}]\n"
        "from neurosim.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(*sorted({SLOW_LIBRARIES!r} & sys.modules.keys()), file=sys.stderr)\n"
    ).replace(repr(SLOW_LIBRARIES), repr(set(SLOW_LIBRARIES)))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.split()) == (0, [])


def test_programs_are_modules_and_docs_holds_none():
    assert [place(file) for file in (ROOT / "docs").rglob("*.py")] == []
    insert = re.compile(r"sys\.path\.(insert|append|extend)|sys\.path\s*[+=]")
    texts = {place(file): file.read_text(encoding="utf-8") for folder in PROGRAM_FOLDERS
             for file in sorted((ROOT / folder).rglob("*.py")) if file != Path(__file__)}  # fmt: skip
    assert [name for name, text in texts.items() if insert.search(text)] == []


def test_commands_of_pages_start_modules():
    """``python -m studies.mesh``; a program's path would work from one folder only."""
    script = re.compile(r"python3? (?:docs|studies|benchmarks|tests)/\S+\.py")
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    programs = [file for folder in ("studies", "benchmarks") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert [place(page) for page in (*pages, *programs) if script.search(page.read_text(encoding="utf-8"))] == []


def test_every_module_that_a_page_starts_is_there():
    started = re.compile(r"python3? -m ((?:studies|benchmarks)[\w.]*)")
    missing = {
        f"{place(page)}: {module}"
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        for module in started.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / module.rstrip(".").replace(".", "/")).with_suffix(".py").is_file()
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("imports", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, set()),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}, {"a", "b"}),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a", "b", "c"}),
    ],
)
def test_a_circle_is_found(imports, circles):
    assert modules_on_circles(imports) == circles


def test_comments_are_counted_and_words_to_tools_are_not():
    assert comment_share("x = 1  # the bound\ny = 2  # noqa: E501\nz = '# no comment'\n\n") == 0.25


def test_kernels_are_recognised():
    assert holds_kernels(ast.parse("@kernel\ndef f(): pass\n"))
    assert holds_kernels(ast.parse("@numba.njit(cache=True)\ndef f(): pass\n"))
    assert not holds_kernels(ast.parse("@property\ndef f(self): pass\n"))
