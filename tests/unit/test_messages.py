"""Texts in messages: what a terminal would obey is escaped, and a file name that is not UTF-8 stays as it is."""

from neurosim.messages import LONGEST_LINE, printable


def test_control_characters_and_changes_of_direction_are_escaped():
    assert printable("a\x1b[31mb\x07\u202ec\td\ne") == "a\\x1b[31mb\\x07\\u202ec\td\ne"


def test_bytes_of_a_file_name_stay_and_other_surrogates_are_escaped():
    assert printable("caf\udce9") == "caf\udce9"
    assert printable("\ud800") == "\\ud800"


def test_long_lines_are_shortened_one_by_one():
    assert printable("x" * 5000 + "\ny") == "x" * (LONGEST_LINE - 3) + "...\ny"
