"""Compiled kernels are kept, believed only with their checksum, and compiled again where they are damaged."""

import importlib.util
import warnings

import pytest

from neurosim.errors import NeurosimWarning
from neurosim.kernels import cached, damaged, kernel

SOURCE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def double(tmp_path, monkeypatch):
    """Give what imports a function anew, as another process would, and makes a kernel of it."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    (tmp_path / "doubling.py").write_text(SOURCE)

    def made():
        specification = importlib.util.spec_from_file_location("doubling", tmp_path / "doubling.py")
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return kernel(module.double)

    return made


def hits(compiled):
    return sum(compiled.stats.cache_hits.values())


def test_a_kernel_is_compiled_once_and_found_by_the_next_process(double, tmp_path):
    assert double()(4) == 8
    again = double()
    assert (again(4), hits(again)) == (8, 1)
    assert len(cached(tmp_path)) == 1
    assert list(damaged(tmp_path)) == []


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:-40], lambda content: content[:9],
                                    lambda content: content[:60] + b"\xff" + content[61:]])  # fmt: skip
def test_a_damaged_file_is_told_of_and_compiled_again(double, tmp_path, ending, damage):
    double()(4)
    (path,) = tmp_path.rglob(f"*.{ending}")
    path.write_bytes(damage(path.read_bytes()))
    assert list(damaged(tmp_path)) == [path]
    again = double()
    with pytest.warns(NeurosimWarning, match="are damaged; they are compiled again"):
        assert (again(4), hits(again)) == (8, 0)
    assert list(damaged(tmp_path)) == []
    third = double()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (third(4), hits(third)) == (8, 1)


def test_where_nothing_can_be_kept_a_kernel_is_compiled_all_the_same(double, tmp_path, monkeypatch):
    def none(*_):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr("neurosim.kernels._CheckedCache", none)
    assert double()(4) == 8
    assert cached(tmp_path) == []
