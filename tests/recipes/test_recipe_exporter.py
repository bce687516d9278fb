"""Recipe for an exporter."""

from __future__ import annotations

from tests.recipes.recipe import Kitchen


def test_an_exporter_added_by_the_recipe_is_listed_and_writes(kitchen: Kitchen) -> None:
    kitchen.follow("exporter")
    assert "| tanh_2 | Tanh | 1 |\n" in (kitchen.folder / "xor.md").read_text(encoding="utf-8")
    kitchen.check_in_the_studio("exporter_in_the_studio")
