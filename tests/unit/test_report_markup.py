import pytest

from neurosim.report.html.markup import Markup, attached, cell, element, heading, link, markup, pairs, table
from neurosim.report.html.summary_values import SummaryValues, pointer


def test_text_is_escaped_once_and_markup_is_left_as_it_is():
    assert element("p", "a < b & \"c\" 'd'") == "<p>a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;</p>"
    assert element("p", element("b", "<"), " & ") == "<p><b>&lt;</b> &amp; </p>"
    assert isinstance(element("p"), Markup)


def test_content_may_be_nested_and_none_is_nothing():
    assert markup(["a", (1, None), (element("i", n) for n in range(2))]) == "a1<i>0</i><i>1</i>"
    assert markup({"a": "<"}) == "{&#x27;a&#x27;: &#x27;&lt;&#x27;}"


def test_attributes_are_escaped_and_those_that_are_none_or_false_left_out():
    found = element("img", alt='"><script>', class_="x", data_of="/a", hidden=True, title=None, open=False)
    assert found == '<img alt="&quot;&gt;&lt;script&gt;" class="x" data-of="/a" hidden>'


def test_a_table_heads_its_columns_and_its_rows():
    text, number = heading("b", class_="text"), cell(1, class_="bar")
    assert table("all", ["a", text], [["<x>", number], ["y", 2]]) == (
        '<div class="scroll" tabindex="0" role="region" aria-label="all"><table><caption><span>all</span></caption>'
        '<thead><tr><th scope="col">a</th><th scope="col" class="text">b</th></tr></thead>'
        '<tbody><tr><th scope="row">&lt;x&gt;</th><td class="bar">1</td></tr>'
        '<tr><th scope="row">y</th><td>2</td></tr></tbody></table></div>'
    )


def test_pairs_are_terms_and_what_they_are():
    assert pairs([("a", 1)], class_="facts") == '<dl class="facts"><div><dt>a</dt><dd>1</dd></div></dl>'


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "file:///x", "", "//host/x"])
def test_only_addresses_on_the_web_become_links(target):
    assert link(target, "a<b") == "a&lt;b"
    assert link("https://doi.org/1", "a<b") == '<a href="https://doi.org/1" rel="noreferrer">a&lt;b</a>'


def test_attached_content_is_a_data_address():
    assert attached("text/csv;charset=utf-8", b"a,b\n") == "data:text/csv;charset=utf-8;base64,YSxiCg=="


def test_a_number_carries_its_exact_value_and_its_place():
    facts = SummaryValues({"chip": {"synchronous": True}, "a/b": [{"x~y": 34447, "z": None}], "share": 0.25})
    place = "/a~1b/0/x~0y"
    assert pointer(("a/b", 0, "x~y")) == place
    assert facts.ticks("a/b", 0, "x~y") == f'<data value="34447" data-of="{place}">34.45 kcycles</data>'
    assert facts.count("a/b", 0, "x~y") == f'<data value="34447" data-of="{place}">34,447</data>'
    assert facts.quantity("a/b", 0, "x~y", unit="pJ") == f'<data value="34447" data-of="{place}">34.45 nJ</data>'
    assert facts.share("share") == '<data value="0.25" data-of="/share">25.0 %</data>'
    assert facts.quantity("a/b", 0, "z", unit="pJ") == ""


def test_a_chip_without_a_clock_has_ticks():
    assert SummaryValues({"chip": {"synchronous": False}}).tick == "ticks"
    assert SummaryValues({"chip": {"synchronous": True}}).tick == "cycles"
