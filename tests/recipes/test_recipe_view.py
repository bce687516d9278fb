"""Recipe for a view."""

from __future__ import annotations

from tests.recipes.recipe import Kitchen


def test_a_view_added_by_the_recipe_has_its_dock_and_draws(kitchen: Kitchen) -> None:
    kitchen.follow("view")
    kitchen.check_in_the_studio("view_in_the_studio")
