"""A plug-in is a file, in its folder or named by its path; a data file is found by its name."""

import inspect
import sys

import pytest

from neurosim import data_files, plugins
from neurosim.errors import DocumentError
from neurosim.messages import suggest


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "rose.py").write_text('class Rose:\n    kind: str = "rose"\n\n\nclass Thorn:\n    pass\n')
    (folder / "tulip.py").write_text('KIND = "tulip"\n\n\nclass Tulip:\n    pass\n')
    (folder / "soil.py").write_text("class Soil:\n    kind: str\n")
    (folder / "_seed.py").write_text('KIND = "seed"\n')
    (folder / "weed.py").write_text('class A:\n    kind = "a"\n\n\nclass B:\n    kind = "b"\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "garden"]:
        del sys.modules[name]


def test_the_kinds_of_a_package_are_its_marked_modules(package):
    assert plugins.known("garden") == ["rose", "tulip", "weed"]


def test_listing_kinds_imports_none_of_them(package):
    plugins.known("garden")
    assert "garden.rose" not in sys.modules


def test_a_new_file_is_a_new_kind_at_once(package):
    assert "lily" not in plugins.known("garden")
    (package / "lily.py").write_text('class Lily:\n    kind = "lily"\n')
    assert "lily" in plugins.known("garden")


def test_a_kind_is_the_one_marked_class_of_its_file(package):
    assert plugins.resolve("garden", "rose").__name__ == "Rose"
    assert plugins.resolve("garden", "tulip").__name__ == "Tulip"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("rosé", "unknown garden 'rosé'; did you mean 'rose'?"),
        ("oak", "unknown garden 'oak'; there are: rose, tulip, weed"),
        ("soil", "unknown garden 'soil'; there are: rose, tulip, weed"),
        ("weed", "weed: wanted one class with a 'kind', found 2"),
        ("absent.py", "absent.py: no such file"),
    ],
)
def test_what_is_no_kind_is_answered_with_what_is(package, kind, message):
    with pytest.raises(DocumentError) as error:
        plugins.resolve("garden", kind)
    assert str(error.value) == message


def test_a_users_own_file_is_a_kind(package, tmp_path):
    own = tmp_path / "orchid.py"
    own.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n\n"
        '@dataclass\nclass Orchid:\n    colour: str = "white"\n    kind = "orchid"\n'
    )
    assert plugins.resolve("garden", str(own))().colour == "white"


def test_a_users_file_that_cannot_be_imported_is_refused_with_its_reason(package, tmp_path):
    own = tmp_path / "broken.py"
    own.write_text("1 / 0\n")
    with pytest.raises(DocumentError) as error:
        plugins.resolve("garden", str(own))
    assert str(error.value) == f"{own}: cannot be imported: ZeroDivisionError: division by zero"


@pytest.mark.parametrize("package_name", ["neurosim.neurons", "neurosim.schedule", "neurosim.mapping"])
def test_every_shipped_kind_resolves_to_a_class_that_knows_its_name(package_name):
    found = plugins.known(package_name)
    assert found
    for kind in found:
        assert plugins.resolve(package_name, kind).kind == kind


def test_the_nearest_name_does_not_depend_on_case():
    assert suggest("PJ", ["J", "pJ", "nJ"]) == "; did you mean 'pJ'?"
    assert suggest("coers", ["cores", "core"]) == "; did you mean 'cores'?"
    assert suggest("elephant", ["cores"]) == ""


def test_a_bare_name_is_looked_up_here_first_and_then_among_the_shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = plugins.data_folder("chips") / "loihi_like.yaml"
    assert plugins.data_file("chips", "loihi_like") == shipped
    (tmp_path / "chips").mkdir()
    (tmp_path / "chips" / "loihi_like.yaml").write_text("")
    (tmp_path / "chips" / "mine.yaml").write_text("")
    assert plugins.data_file("chips", "loihi_like").resolve() == tmp_path / "chips" / "loihi_like.yaml"
    assert {"mine", "loihi_like", "loihi1_davies2018"} <= set(plugins.data_names("chips"))


def test_an_installed_package_has_its_folders_in_it(tmp_path, monkeypatch):
    shipped = tmp_path / "neurosim" / "chips"
    shipped.mkdir(parents=True)
    monkeypatch.setattr(data_files.importlib.resources, "files", lambda package: tmp_path / package)
    assert data_files.data_folder("chips") == shipped
    with pytest.raises(DocumentError, match=r"^the folder 'workloads' was not installed with neurosim$"):
        data_files.data_folder("workloads")


def test_every_group_names_a_package_and_its_built_in_kinds_are_of_its_form():
    for package, group in plugins.GROUPS.items():
        for kind in plugins.known(package):
            found = plugins.resolve(package, kind)
            assert {"class": inspect.isclass, "module": inspect.ismodule}[group.form](found)
            assert plugins.origin(package, kind) == plugins.DISTRIBUTION
            assert plugins.source_file(package, kind) is None
            assert plugins.about(package, kind)


def test_what_a_file_holds_is_what_its_group_wants(tmp_path):
    (tmp_path / "two.py").write_text("def one():\n    pass\n\n\ndef other():\n    pass\n")
    for package, said in (
        ("neurosim.network.zoo", "wanted one function, found 2"),
        ("neurosim.chip.noc", "wanted a module with 'FOLLOWS_PACKETS', which says that it is a NoC model"),
    ):
        with pytest.raises(DocumentError, match=said):
            plugins.resolve(package, str(tmp_path / "two.py"))


def test_a_path_is_used_as_it_is():
    assert str(plugins.data_file("chips", "absent/x.yaml")) == "absent/x.yaml"
    assert str(plugins.data_file("chips", "x.yaml")) == "x.yaml"


def test_an_unknown_data_name_is_answered_with_the_nearest():
    with pytest.raises(DocumentError, match=r"^unknown chip 'lohi_like'; did you mean 'loihi_like'\?$"):
        plugins.data_file("chips", "lohi_like")
    with pytest.raises(DocumentError, match=r"^unknown chip 'x{300}'; there are: "):
        plugins.data_file("chips", "x" * 300)
