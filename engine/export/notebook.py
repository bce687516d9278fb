"""Jupyter notebook: the sections of a script as cells, to build, train, plot and predict."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.export.assembly import Framework, assemble
from engine.export.base import Format
from engine.export.keras import KERAS
from engine.export.names import remark
from engine.export.plain_numpy import NUMPY
from engine.export.pytorch import PYTORCH
from engine.export.script import Script, in_text, packed
from engine.export.subject import Subject
from engine.source_code import literal

FRAMEWORKS: dict[str, Framework] = {"numpy": NUMPY, "pytorch": PYTORCH, "keras": KERAS}

# Drawn as SVG, so that nothing has to be installed for it.
_PLOT = '''def plot(history, width=560, height=240):
    """Losses over the epochs, as a drawing."""
    colours = {"loss": "#1f77b4", "val_loss": "#ff7f0e"}
    shown = {name: values for name, values in history.items() if values}
    top = max(max(values) for values in shown.values()) or 1.0
    parts = []
    for place, (name, values) in enumerate(shown.items()):
        across = width / max(len(values) - 1, 1)
        dots = " ".join(f"{40 + i * across:.1f},{10 + height * (1 - v / top):.1f}" for i, v in enumerate(values))
        parts.append(f'<polyline points="{dots}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        parts.append(f'<text x="{60 + 90 * place}" y="{height + 40}" fill="{colours[name]}">{name}</text>')
    parts.append(f'<text x="0" y="20" fill="#777">{top:.3g}</text><text x="16" y="{height + 10}" fill="#777">0</text>')
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 60}" height="{height + 60}">'
    return SVG(frame + "".join(parts) + "</svg>")


plot(history)'''


_TRAIN = "From the exported weights on; leave `load(model)` out to begin with fresh ones. The losses are drawn below."


def cells(script: Script, stem: str, *, training: bool) -> list[Any]:
    """Cells of nbformat for a script whose files bear the name `stem`."""
    from nbformat.v4 import new_code_cell, new_markdown_cell

    made = [new_markdown_cell(f"# {remark(script.title)}\n\nThis is {script.summary}")]
    places = ['HERE = Path(".").resolve()'] if script.files or (script.arrays and not script.inside) else []
    if script.inside:
        places.append(f"ARRAYS = dict(np.load(io.BytesIO({in_text(packed(script.arrays))})))")
    elif script.arrays:
        places.append(f"ARRAYS = dict(np.load(HERE / {literal(stem + '.npz')}))")
    display = ["from IPython.display import SVG"] if training else []
    made.append(new_code_cell("\n\n".join([script.imports, *display, *places])))
    for part in script.sections:
        made += [new_markdown_cell(f"## {part.title}\n\n{part.text}"), new_code_cell(part.code)]
    if training:
        made.append(new_markdown_cell(f"## Train\n\n{_TRAIN}"))
        fresh = [line for line in script.main if not line.startswith(("model", "load", "if", "    train", "print"))]
        made.append(
            new_code_cell("\n".join(["model = Network()", "load(model)", *_dedented(fresh), "history = train(model)"]))
        )
        made.append(new_code_cell(_PLOT))
        made.append(new_markdown_cell("## Predict\n\nThe first samples, and what they should be."))
        made.append(new_code_cell('print(predict(model, ARRAYS["x_train"][:5]))\nprint(ARRAYS["y_train"][:5])'))
    else:
        made.append(new_markdown_cell("## Predict\n\nWith the exported weights."))
        made.append(new_code_cell("\n".join(script.main)))
    for number, cell in enumerate(made):
        # Equal notebooks have equal bytes.
        cell["id"] = f"cell-{number}"
    return made


def _dedented(lines: list[str]) -> list[str]:
    return [line.removeprefix("    ") for line in lines]


class Notebook(Format):
    """Notebook that builds, trains, plots and predicts."""

    title: ClassVar[str] = "Notebook: build, train, plot and predict"
    help: ClassVar[str] = "A Jupyter notebook with the sections of a script as cells, and the losses as a plot."
    format: ClassVar[str] = "notebook"
    suffix: ClassVar[str] = ".ipynb"
    needs: ClassVar[str] = "nbformat"
    extra: ClassVar[str] = "notebook"

    framework: Literal["numpy", "pytorch", "keras"] = Field(
        "pytorch", title="Framework", description="The framework that the notebook is written for"
    )
    training: bool = Field(True, title="Training", description="Adds the training loop, with the data it needs.")

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        import nbformat

        training = self.training and subject.training is not None
        made = assemble(FRAMEWORKS[self.framework], subject, stem, training=training)
        book = nbformat.v4.new_notebook(
            cells=cells(made, stem, training=training),
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.validate(book)
        return {self.suffix: nbformat.writes(book).encode(), **made.beside()}
