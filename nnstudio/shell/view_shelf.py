"""Views of the window, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nnstudio.store import Store
from nnstudio.views import VIEWS
from nnstudio.views.base import View


class ViewShelf(Mapping[str, View]):
    """Views by the names of their docks, in the order of their ranks.

    Most of the time that a window takes to open would go into views that nobody looks at. So `shelf[name]` makes the
    view if it is not there yet, and going through `values()` or `items()` makes all.

    Attributes:
        kinds: the classes of all views, made or not.
        present: the views that have been made.
    """

    def __init__(self, store: Store, made: Callable[[str, View], None]) -> None:
        """`made` is called with each new view and its name; it gives the view its place."""
        self.kinds: Mapping[str, type[View]] = dict(sorted(VIEWS.items(), key=lambda entry: entry[1].rank))
        self.present: dict[str, View] = {}
        self._store, self._made = store, made

    def __getitem__(self, name: str) -> View:
        view = self.present.get(name)
        if view is None:
            view = self.present[name] = self.kinds[name](self._store)
            self._made(name, view)
        return view

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def __contains__(self, name: object) -> bool:
        return name in self.kinds

    def in_section(self, section: str) -> list[str]:
        """Names of the views that the View menu lists in a section."""
        return [name for name, kind in self.kinds.items() if kind.section == section]
