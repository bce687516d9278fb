"""Style of the report: the colours of the window's themes, chosen by the reader's system."""

from __future__ import annotations

# Names of the variables, with their colours in the light and in the dark; those of the window, as a test sees to it.
COLOURS: dict[str, tuple[str, str]] = {
    "window": ("#f3f4f6", "#181b20"),
    "panel": ("#ffffff", "#20242b"),
    "canvas": ("#fafbfc", "#1b1f25"),
    "border": ("#cfd4dc", "#3d4552"),
    "text": ("#1c2430", "#e6e9ee"),
    "muted": ("#596474", "#a3adbb"),
    "measure": ("#0b7f88", "#3fc4c9"),
    "warning": ("#8a5a00", "#f0b429"),
}
CLASSES: tuple[tuple[str, str], ...] = (
    ("#d9790f", "#e08214"),
    ("#1f639c", "#2b7bba"),
    ("#009e73", "#009e73"),
    ("#cc79a7", "#cc79a7"),
    ("#a39600", "#b8a800"),
    ("#3d9bd4", "#56b4e9"),
    ("#a6461a", "#b8562a"),
    ("#8468c4", "#8468c4"),
    ("#6e7781", "#6e7781"),
    ("#2f8f8f", "#2f8f8f"),
)


def variables(dark: bool) -> dict[str, str]:
    """Colours by variable, of one of the two themes."""
    place = int(dark)
    found = {name: pair[place] for name, pair in COLOURS.items()}
    # Text on the darkest shade of a table.
    found["on-measure"] = COLOURS["panel"][place]
    return found | {f"class-{number}": pair[place] for number, pair in enumerate(CLASSES)}


def style_sheet() -> str:
    """Style sheet of the page."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in variables(theme).items()) for theme in (False, True)
    )
    hues = "".join(f".c{n}{{stroke:var(--class-{n})}}.f{n}{{fill:var(--class-{n})}}" for n in range(len(CLASSES)))
    return f":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{_RULES}{hues}"


_RULES = (
    "body{margin:0 auto;max-width:1080px;padding:24px;background:var(--window);color:var(--text);"
    "font:15px/1.5 system-ui,sans-serif}"
    "h1{font-size:24px;margin:0}h2{font-size:18px;margin:0 0 8px}p{margin:4px 0}"
    "section{background:var(--panel);border:1px solid var(--border);border-radius:8px;padding:16px;margin:16px 0}"
    ".muted{color:var(--muted)}.warning{color:var(--warning)}"
    ".row{display:flex;flex-wrap:wrap;gap:16px}.row figure{flex:1 1 320px}"
    "figure{margin:0;min-width:0}figcaption{color:var(--muted);font-size:13px}"
    ".figures{display:flex;flex-wrap:wrap;gap:8px 28px;margin:12px 0 0}"
    ".figures div{display:flex;flex-direction:column}.figures b{font-size:20px;font-variant-numeric:tabular-nums}"
    ".figures span{color:var(--muted);font-size:13px}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}"
    "th,td{padding:3px 10px;border-bottom:1px solid var(--border);text-align:right;white-space:nowrap}"
    "th:first-child,td:first-child,.left td,.left th{text-align:left}.left td{white-space:normal}"
    "th{color:var(--muted);font-weight:600}tr.mean td{font-style:italic}"
    ".wall{display:flex;flex-wrap:wrap;gap:10px}.wall figure{width:88px}"
    ".wall img{width:88px;height:88px;object-fit:contain;image-rendering:pixelated;background:#000;display:block}"
    "svg{width:100%;height:auto;max-width:640px;display:block}svg text{fill:var(--text);font:12px system-ui,sans-serif}"
    "svg .note{fill:var(--muted)}svg .on{fill:var(--on-measure)}"
    "svg .frame{fill:var(--canvas);stroke:var(--border)}svg .grid{stroke:var(--border);stroke-width:.5}"
    "svg .line{fill:none;stroke-width:2;stroke-linejoin:round}svg .thin{stroke-width:1}"
    "svg .measure{stroke:var(--measure)}svg .held{stroke:var(--text)}svg .chance{stroke:var(--muted);"
    "stroke-dasharray:5 4;stroke-width:1;fill:none}"
    "svg .fill{fill:var(--measure)}svg .faint{fill:var(--muted);fill-opacity:.3}"
    "svg .dot{fill:var(--measure);stroke:var(--canvas);stroke-width:.5}"
    "svg .right{fill:none;stroke:var(--text);stroke-width:1.5}"
    ".key{color:var(--muted);font-size:13px;display:flex;flex-wrap:wrap;gap:2px 14px}"
    ".key svg{display:inline;width:18px}"
    "@media print{section{break-inside:avoid}}"
)
