"""Whatever is wrong with somebody's file ends in a message; the whole of it with ``pytest -m long tests/fuzz``."""

import resource
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

from neurosim.errors import NeurosimError
from tests.fuzz import outside_files

FEW, MANY = 400, 10_000
FOUND = (2721, 3554, 5860, 6626, 7665)  # seeds that once ended in anything but a message
LARGEST = 2 * 2**30


def judge(seed):
    """Read the file of a seed in every way that there is; whether all were refused."""
    refusals = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for reading in outside_files.read(seed, Path(folder)):
            try:
                assert_sound(reading())
            except NeurosimError as error:
                refusals.append(error)
            else:
                refusals.append(None)
    for refusal in filter(None, refusals):
        assert refusal.exit_code in (2, 3)
        assert str(refusal).strip()
    return None not in refusals


def assert_sound(found):
    """What is accepted can be worked with: finite weights, codes within their range, labels that are numbers."""
    if hasattr(found, "parameters"):
        assert all(np.isfinite(array).all() for array in found.parameters.values())
    if hasattr(found, "images"):
        assert found.images.dtype.isnative
        assert np.abs(found.images.astype(np.int64)).max() <= found.max_code
        assert found.labels is None or (len(found.labels) == len(found.images) and found.labels.dtype == np.int64)


@pytest.mark.parametrize("start", range(0, FEW, 50))
def test_spoilt_files_are_read_or_refused_in_words(start):
    refused = [judge(seed) for seed in range(start, start + 50)]
    assert sum(refused) > 10


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_once_found_is_refused_in_words(seed):
    judge(seed)


@pytest.mark.long
def test_ten_thousand_spoilt_files_are_read_or_refused_in_words():
    refused = [judge(seed) for seed in range(MANY)]
    assert MANY / 3 < sum(refused) < MANY
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < LARGEST
