"""Last known state of the training, for when the trainer is busy."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.document.identity_keys import structure_key
from nnstudio.document.lineage import lineage
from nnstudio.document.model import Document
from nnstudio.training.moments import MomentLog
from nnstudio.training.project import Project
from nnstudio.training.weight_transfer import renamed


class LastTrained:
    """Project as the trainer gave it last, one for each project that is opened.

    Attributes:
        project: as it was then.
    """

    def __init__(self, project: Project) -> None:
        self.project = project

    def take(self, project: Project) -> None:
        """Take a newer answer of the trainer. May be called from any thread."""
        self.project = project

    def with_document(self, document: Document) -> Project:
        """Project of this document, with what was trained then, under the names that its blocks have now."""
        known = self.project
        made = renamed(known.checkpoint, lineage(known.document, document), with_gone=True)
        if structure_key(known.document) != structure_key(document):
            # What the optimiser and the moments hold is of another network.
            made = replace(made, state=None, moments=MomentLog())
        return Project(document, made, known.runs)
