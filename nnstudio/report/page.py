"""Page of the report: parts of HTML, and the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnstudio.report.axes import clean
from nnstudio.report.style import style_sheet


def page(title: str, parts: Iterable[str]) -> str:
    """Whole page, which loads nothing from elsewhere."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Whatever a name in the data may hold: nothing runs here, and nothing is fetched.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{clean(title)}</title><style>{style_sheet()}</style></head>\n<body>{''.join(parts)}</body></html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Section under a heading."""
    return f"<section><h2>{clean(title)}</h2>{''.join(parts)}</section>\n"


def paragraph(text: str, kind: str = "") -> str:
    """Paragraph of text."""
    return f'<p class="{kind}">{clean(text)}</p>' if kind else f"<p>{clean(text)}</p>"


def row(*figures: str) -> str:
    """Figures side by side, as far as there is room."""
    return f'<div class="row">{"".join(figures)}</div>'


def figure(svg: str, caption: str, legend: str = "") -> str:
    """Drawing with a line of text below it, and a legend below that."""
    return f"<figure>{svg}<figcaption>{clean(caption)}</figcaption>{legend}</figure>"


def key(entries: Iterable[tuple[str, str]], title: str = "") -> str:
    """Legend of lines: the kind of each, as it is drawn, and its text."""
    marks = "".join(
        f'<span><svg viewBox="0 0 18 8" aria-hidden="true"><path class="line {kind}" d="M1 4H17"/></svg> '
        f"{clean(text)}</span>"
        for kind, text in entries
    )
    return f'<p class="key">{clean(title)}{marks}</p>'


def figures(values: Iterable[tuple[str, str]]) -> str:
    """Large numbers with their names."""
    return (
        '<div class="figures">'
        + "".join(f"<div><b>{clean(value)}</b><span>{clean(name)}</span></div>" for name, value in values)
        + "</div>"
    )


def table(header: Sequence[str], lines: Iterable[Sequence[str]], *, means: int = 0, left: bool = False) -> str:
    """Table of texts; the last `means` lines are averages, and `left` aligns all of it as text."""
    made = [list(line) for line in lines]
    body = "".join(
        f"<tr{' class=mean' if place >= len(made) - means else ''}>"
        + "".join(f"<td>{clean(cell)}</td>" for cell in line)
        + "</tr>"
        for place, line in enumerate(made)
    )
    head = "".join(f"<th>{clean(cell)}</th>" for cell in header)
    kind = ' class="left"' if left else ""
    return f'<div class="scroll"><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def wall(pictures: Iterable[tuple[str, str]]) -> str:
    """Small pictures, each with a line of text."""
    return (
        '<div class="wall">'
        + "".join(
            f'<figure><img src="{address}" alt="{clean(text)}"><figcaption>{clean(text)}</figcaption></figure>'
            for address, text in pictures
        )
        + "</div>"
    )
