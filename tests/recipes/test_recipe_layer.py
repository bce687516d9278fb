"""Recipe for a layer."""

from __future__ import annotations

from tests.recipes.recipe import Sandbox


def test_a_layer_added_by_the_recipe_works_everywhere(sandbox: Sandbox) -> None:
    sandbox.follow("layer")
    sandbox.check_in_the_studio("layer_in_the_studio")
