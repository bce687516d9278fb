"""Recipe for a rule."""

from __future__ import annotations

from tests.recipes.recipe import Sandbox


def test_a_rule_added_by_the_recipe_is_shown_with_its_fix(sandbox: Sandbox) -> None:
    sandbox.follow("rule")
    sandbox.check_in_the_studio("rule_in_the_studio")
