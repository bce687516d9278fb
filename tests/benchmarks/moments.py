"""Cost of keeping moments, and speed of the time slider: python -m tests.benchmarks.moments

Without a screen it starts one (Xvfb). Runs with and without moments train in turns. Then the main window, at 1920x1080
and paused, is led from moment to moment, and the time until all visible views have drawn the next one is taken. Exit
code 1 if a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from itertools import islice

import numpy as np

from tests.benchmarks.window import TEMPLATES
from tests.e2e.studio import Screen

LEAST_RATE, LEAST_FRAMES = 0.97, 30
TURNS, SECONDS, LOOKS = 9, 1.0, 120
LAYOUTS = ("watch", "understand")


def cost(template: str) -> tuple[float, int]:
    """Rate of a run that keeps moments, as a share of that of one that keeps none; and how many it has kept."""
    from nnstudio.project import templates
    from nnstudio.training.build import read_data
    from nnstudio.training.moments import LIMIT
    from nnstudio.training.run import TrainingRun

    document = templates.load(template).document
    split = read_data(document.data)
    runs = [TrainingRun(document, split, moment_limit=limit) for limit in (0, LIMIT)]
    shares = []
    for run in runs:
        run.target = sys.maxsize
    for turn in range(TURNS):
        rates = {}
        # Who comes first changes: the machine may become slower while it is hot.
        for place in (0, 1) if turn % 2 else (1, 0):
            run = runs[place]
            before, begin = run.step, time.perf_counter()
            run.advance(SECONDS, sys.maxsize, lambda: False)
            rates[place] = (run.step - before) / (time.perf_counter() - begin)
        shares.append(rates[1] / rates[0])
    return float(np.median(shares)), len(runs[1].moments.summary.steps)


def scrubbed(template: str, layout: str) -> tuple[np.ndarray, float]:
    """Milliseconds from asking for a moment until the window draws it, for each of many; and moments a second.

    The first is what somebody waits for who leads the slider to a place; the second how smoothly it follows when it is
    dragged, or a film is played: one moment is computed while the one before is drawn.
    """
    from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

    from nnstudio.app import make_application
    from nnstudio.shell.main_window import MainWindow
    from nnstudio.training.messages import RunState

    make_application()
    window = MainWindow()
    window.resize(1920, 1080)
    window.show()
    window.files.open_template(template)
    window.docks.arrange(layout)  # type: ignore[arg-type]

    def until(fits: object) -> None:
        end = time.perf_counter() + 60
        # With a limit of time it would not wait but spin, and take the interpreter from the worker.
        while not fits() and time.perf_counter() < end:  # type: ignore[operator]
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    session = window.session
    # Something to wait for, also where nothing comes.
    ticks = QTimer(interval=20)
    ticks.start()
    until(lambda: session.snapshot.state is RunState.READY)
    session.finish()
    until(lambda: session.snapshot.state is RunState.FINISHED or session.snapshot.epoch >= 5000)
    session.pause()
    until(lambda: session.snapshot.state is not RunState.RUNNING)
    steps = session.snapshot.history.steps
    times = []
    chosen = np.linspace(0, len(steps) - 1, LOOKS).astype(int)
    for step in islice((int(steps[place]) for place in chosen), LOOKS):
        begin = time.perf_counter()
        window.travel.look(step)
        until(lambda step=step: window.travel.moment is not None and window.travel.moment.step == step)
        times.append((time.perf_counter() - begin) * 1000)
    travel = window.travel
    travel.look_at_index(len(steps) // 4)
    until(lambda: travel.moment is not None and travel.index == len(steps) // 4)
    # Faster than any screen: it plays as fast as moments are drawn, and leaves none out.
    travel.set_rate(1000)
    drawn: list[int] = []
    session.arrived.connect(lambda snapshot: drawn.append(-1 if snapshot.moment is None else snapshot.moment.step))
    begin = time.perf_counter()
    travel.play_film()
    until(lambda: len(set(drawn)) >= LOOKS or not travel.film)
    rate = len(set(drawn)) / (time.perf_counter() - begin)
    travel.stop_film()
    session.close()
    window.hide()
    window.deleteLater()
    return np.array(times[5:]), rate


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.moments", description=__doc__)
    parser.add_argument("templates", nargs="*", default=TEMPLATES)
    arguments = parser.parse_args()
    screen = None if "DISPLAY" in os.environ else Screen()
    if screen is not None:
        os.environ["DISPLAY"] = screen.display
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
    missed = False
    for template in arguments.templates:
        share, count = cost(template)
        missed |= share < LEAST_RATE
        print(f"{template}: {share:.1%} of the rate without moments, {count:,} kept")
        for layout in LAYOUTS:
            times, rate = scrubbed(template, layout)
            median, p90 = np.percentile(times, (50, 90))
            missed |= rate < LEAST_FRAMES
            print(
                f"{template}, {layout}: {rate:.1f} moments a second; "
                f"one is drawn after {median:.1f} ms (median), {p90:.1f} ms (9 of 10)"
            )
    print(
        f"Limits: at least {LEAST_RATE:.0%} of the rate, {LEAST_FRAMES} moments a second."
        + (" MISSED" if missed else "")
    )
    if screen is not None:
        screen.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
