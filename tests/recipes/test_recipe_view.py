"""Recipe for a view."""

from __future__ import annotations

from tests.recipes.recipe import Sandbox


def test_a_view_added_by_the_recipe_has_its_dock_and_draws(sandbox: Sandbox) -> None:
    sandbox.follow("view")
    sandbox.check_in_the_studio("view_in_the_studio")
