"""Recipe for a data format."""

from __future__ import annotations

from tests.recipes.recipe import Sandbox


def test_a_format_added_by_the_recipe_is_opened_by_its_path(sandbox: Sandbox) -> None:
    sandbox.follow("data-format")
    sandbox.check_in_the_studio("format_in_the_studio")
