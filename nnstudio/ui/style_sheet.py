"""Style sheet and palette of Qt, in the colours of a theme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QGuiApplication, QPalette

import resources
from nnstudio.ui.colours import Colours, chosen_fill, field_border, hover_fill


def qt_palette(colours: Colours) -> QPalette:
    """Palette of Qt for these colours."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.panel),
        (role.AlternateBase, colours.window),
        (role.Text, colours.text),
        (role.Button, colours.panel),
        (role.ButtonText, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.ToolTipBase, colours.panel),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.accent_text),
        (role.Link, colours.accent),
        (role.Mid, colours.border),
        (role.Light, colours.panel),
        (role.Dark, colours.border),
    ):
        palette.setColor(which, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, which, QColor(colours.muted))
    return palette


def style_sheet(colours: Colours) -> str:
    """Style sheet for what a palette cannot express: borders, spacing, focus rings."""
    # A font whose size is given in pixels has no points.
    base = max(QGuiApplication.font().pointSizeF(), 8.0)
    outline = field_border(colours)
    hover, chosen = hover_fill(colours), chosen_fill(colours)
    pictures = Path(str(resources.path("theme"))).as_posix()
    return f"""
    QDockWidget {{ color: {colours.text}; font-weight: 600; }}
    QDockWidget::title {{ background: {colours.window}; padding: 6px 8px; }}
    QMainWindow::separator {{ background: {colours.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {colours.accent}; }}
    QToolBar {{ background: {colours.panel}; border: 0; border-bottom: 1px solid {colours.border};
                spacing: 4px; padding: 4px 8px; }}
    #canvas {{ border: 2px solid {colours.canvas}; }}
    #canvas:focus {{ border-color: {colours.accent}; }}
    QFrame[role="overlay"] {{ background: {colours.panel}; border: 1px solid {outline}; border-radius: 10px; }}
    QFrame[role="overlay"] QListView {{ background: {colours.panel}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QUndoView::item {{ padding: 5px 8px; }}
    QStatusBar {{ background: {colours.panel}; border-top: 1px solid {colours.border}; }}
    QStatusBar::item {{ border: 0; }}
    QToolTip {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {colours.border};
                padding: 4px; }}
    *[role="panel"], *[role="panel"] #content, *[role="panel"] QScrollArea {{ background: {colours.panel}; }}
    *[role="welcome"], *[role="welcome"] #content, *[role="welcome"] QScrollArea {{ background: {colours.window}; }}
    QLabel[role="display"] {{ font-size: {base + 13}pt; font-weight: 700; }}
    QLabel[role="tagline"] {{ font-size: {base + 2}pt; color: {colours.muted}; }}
    QLabel[role="title"] {{ font-size: {base + 3}pt; font-weight: 600; }}
    QLabel[role="heading"] {{ font-weight: 600; }}
    QLabel[role="muted"] {{ color: {colours.muted}; }}
    QLabel[role="error"] {{ color: {colours.error}; }}
    QLabel[role="formula"] {{ background: {colours.window}; border-radius: 6px; padding: 7px 10px;
                               font-size: {base + 1}pt; }}
    QLabel[role="foot"] {{ background: {colours.window}; color: {colours.muted};
                           border-top: 1px solid {colours.border}; padding: 6px 12px; }}
    QFrame[role="problem"] {{ background: {colours.error_fill}; border: 1px solid {colours.error};
                              border-radius: 8px; }}
    QFrame[role="remark"] {{ background: {colours.window}; border: 1px solid {colours.border}; border-radius: 8px; }}
    QLabel[role="problem-text"] {{ color: {colours.text}; }}
    QFrame[role="finding"] {{ border: 1px solid transparent; border-bottom-color: {colours.border}; }}
    QFrame[role="finding"]:hover {{ background: {hover}; }}
    QFrame[role="finding"]:focus {{ border: 1px solid {colours.accent}; border-radius: 5px; background: {hover}; }}
    QLineEdit, QAbstractSpinBox, QComboBox, QPushButton {{
        background: {colours.panel}; color: {colours.text}; border: 1px solid {outline}; border-radius: 5px;
        min-height: 20px; padding: 2px 7px; }}
    QComboBox {{ padding-right: 20px; }}
    QAbstractSpinBox {{ padding-right: 18px; padding-left: 0; min-height: 18px; }}
    QComboBox QLineEdit, QAbstractSpinBox QLineEdit {{ border: 0; padding: 0; min-height: 0; background: transparent; }}
    QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPushButton:focus {{
        border: 1px solid {colours.accent}; }}
    QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"] {{
        border: 1px solid {colours.error}; background: {colours.error_fill}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: 18px; border: 0; background: transparent; }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; padding-top: 2px; margin: 1px;
                                   border-top-right-radius: 4px; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; padding-bottom: 2px; margin: 1px;
                                     border-bottom-right-radius: 4px; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {hover}; }}
    QAbstractSpinBox::up-arrow {{ image: url("{pictures}/up.svg"); width: 9px; height: 9px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{pictures}/down.svg"); width: 9px; height: 9px; }}
    QComboBox::drop-down {{ subcontrol-origin: border; subcontrol-position: center right; width: 20px; border: 0; }}
    QComboBox::down-arrow {{ image: url("{pictures}/down.svg"); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ background: {colours.panel}; color: {colours.text}; border: 1px solid {outline};
        selection-background-color: {colours.accent}; selection-color: {colours.accent_text}; outline: 0; }}
    QPushButton {{ padding: 3px 12px; }}
    QPushButton:hover {{ background: {hover}; }}
    QPushButton:pressed {{ background: {colours.border}; }}
    QPushButton:disabled {{ color: {colours.muted}; border-color: {colours.border}; }}
    QPushButton[role="primary"] {{ background: {colours.accent}; color: {colours.accent_text};
                                   border-color: {colours.accent}; font-weight: 600; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {colours.text}; padding: 2px 11px; }}
    QPushButton[role="recent"] {{ background: transparent; border-color: transparent; }}
    QPushButton[role="recent"]:hover {{ background: {hover}; border-color: {colours.border}; }}
    QPushButton[role="recent"]:focus {{ border-color: {colours.accent}; }}
    *[role="panel"] QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 3px; }}
    *[role="panel"] QToolButton:hover {{ background: {hover}; }}
    *[role="panel"] QToolButton:checked {{ background: {chosen}; border-color: {colours.accent}; }}
    *[role="panel"] QToolButton:focus {{ border-color: {colours.muted}; }}
    *[role="panel"] QToolButton:checked:focus {{ border: 2px solid {colours.accent}; padding: 2px; }}
    *[role="panel"] QToolButton[role="heading"], *[role="panel"] QToolButton[role="heading"]:checked {{
        font-weight: 600; padding: 4px 6px 4px 0; background: transparent; border-color: transparent; }}
    *[role="panel"] QToolButton[role="heading"]:hover {{ background: {hover}; }}
    *[role="panel"] QToolButton[role="heading"]:focus {{ border: 1px solid {colours.accent}; padding: 4px 6px 4px 0; }}
    *[role="panel"] QToolButton[role="tile"] {{ font-size: {base - 1}pt; padding: 5px 0; }}
    *[role="panel"] QToolButton[role="tile"]:checked:focus {{ padding: 4px 0; }}
    *[role="panel"] QTreeView {{ border: 1px solid {colours.border}; border-radius: 6px;
                                 background: {colours.panel}; }}
    *[role="panel"] QTreeView::item {{ min-height: 24px; padding: 0 2px; }}
    *[role="panel"] QTreeView::item:hover {{ background: {hover}; }}
    *[role="panel"] QHeaderView::section {{ background: {colours.panel}; color: {colours.muted}; border: 0;
        border-bottom: 1px solid {colours.border}; padding: 4px 4px; }}
    QCheckBox {{ spacing: 6px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {colours.muted}; border-radius: 4px;
                            background: {colours.panel}; }}
    QCheckBox::indicator:checked {{ background: {colours.accent}; border-color: {colours.accent};
                                    image: url("{pictures}/check-{colours.name}.svg"); }}
    QCheckBox::indicator:focus {{ border: 1px solid {colours.text}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {colours.border}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {colours.accent}; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
                                  background: {colours.accent}; border: 1px solid {colours.panel}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {colours.text}; border-radius: 7px; }}
    QScrollBar:vertical {{ width: 10px; background: transparent; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {outline}; border-radius: 4px; min-height: 28px; margin: 1px; }}
    QScrollBar:horizontal {{ height: 10px; background: transparent; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {outline}; border-radius: 4px; min-width: 28px; margin: 1px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
