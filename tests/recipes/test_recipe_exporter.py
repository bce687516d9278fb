"""Recipe for an exporter."""

from __future__ import annotations

from tests.recipes.recipe import Sandbox


def test_an_exporter_added_by_the_recipe_is_listed_and_writes(sandbox: Sandbox) -> None:
    sandbox.follow("exporter")
    assert "| tanh_2 | Tanh | 1 |\n" in (sandbox.folder / "xor.md").read_text(encoding="utf-8")
    sandbox.check_in_the_studio("exporter_in_the_studio")
