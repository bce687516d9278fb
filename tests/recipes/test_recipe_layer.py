"""Recipe for a layer."""

from __future__ import annotations

from tests.recipes.recipe import Kitchen


def test_a_layer_added_by_the_recipe_works_everywhere(kitchen: Kitchen) -> None:
    kitchen.follow("layer")
    kitchen.check_in_the_studio("layer_in_the_studio")
