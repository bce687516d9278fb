"""Answers to the views' requests, computed separately within a time budget.

A request that raises is refused in a sentence and reported as a fault; the others and training itself go on. While
training runs, no request takes more than its share of the time, and a snapshot is not held up for long: the cheapest
requests come first, and what is left over comes with the next snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from engine.backends.base import NetworkLike, TrainerLike
from engine.errors import EngineError
from nnstudio.faults import log
from nnstudio.training.checkpoint import Initial
from nnstudio.training.moments import MomentLog
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split

# Seconds after which no further answer is begun for a snapshot.
_BUDGET = 0.03
# Largest share of the time that all answers together take while training runs.
_LIMIT = 0.5
# Seconds until a request that failed is tried again while training runs; doubled each time, up to the second number.
_RETRY, _LONGEST_RETRY = 1.0, 60.0
# Multiply-adds per second, for a first guess at what an answer will take.
_RATE = 1e9


@dataclass
class _Record:
    """Experience with one request: seconds and end of its last answer, wait after failures, snapshots left out."""

    seconds: float | None = None
    ended: float = float("-inf")
    wait: float = 0.0
    skipped: int = 0


class Answering:
    """Computation of answers to requests, with a cache for the present moment.

    Attributes:
        pending: some requests of the last snapshot are still without an answer of this moment, and can have one now.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.pending = False
        self._clock = clock
        self._moment: object = None
        self._answers: dict[Request, Any] = {}
        # By series, which is the request itself for most.
        self._records: dict[Hashable, _Record] = {}

    def clear(self) -> None:
        """Discard all answers, for another network or other data."""
        self.pending, self._moment = False, None
        self._answers.clear()
        self._records.clear()

    def answer(
        self,
        requests: Iterable[Request],
        moment: object,
        network: NetworkLike,
        split: Split,
        before: Mapping[str, NDArray[Any]],
        *,
        running: bool,
        watched: Mapping[str, NDArray[Any]] | None = None,
        initial: Mapping[str, Initial] | None = None,
        trainer: TrainerLike | None = None,
        moments: MomentLog | None = None,
    ) -> dict[Request, Any]:
        """Answers for a snapshot, by request; a `Refusal` where there is none.

        Args:
            requests: all that the visible views need.
            moment: a key that stays equal while network and data do not change; answers are computed once for each.
            before: the parameters before a manual step, by full names; empty after other steps.
            running: training waits meanwhile. Requests that have had their share of the time are then left out.
            watched: the parameters before the last step, for the requests that watch steps.
            initial: what the parameters began with, by full names.
            trainer: the run's, for the requests that look ahead.
            moments: of the run, for the requests that use them.
        """
        wanted = list(requests)
        if moment != self._moment:
            self._moment = moment
            self._answers.clear()
        # What nobody wants any more is let go: a picture put together from many parts would be kept twice.
        self._answers = {request: self._answers[request] for request in wanted if request in self._answers}
        self._records = {key: self._records.get(key) or _Record() for key in (each.series() for each in wanted)}
        begin = self._clock()
        scale = _scale(wanted)
        open_ = [request for request in wanted if request not in self._answers]
        if running:
            open_ = [request for request in open_ if self._is_due(request, begin, scale)]
        # What earlier snapshots had to leave out goes first, so that nobody waits for ever.
        open_.sort(key=lambda each: (-self._records[each.series()].skipped, self._expected(each, network, split)))
        self.pending = False
        for place, request in enumerate(open_):
            if place and self._clock() - begin >= _BUDGET:
                self.pending = True
                for left in open_[place:]:
                    self._records[left.series()].skipped += 1
                break
            known = watched or before if request.watches_step else before
            self._answers[request] = self._compute(request, network, split, known, initial or {}, trainer, moments)
        return {request: self._answers[request] for request in wanted if request in self._answers}

    def wants_step(self, requests: Iterable[Request]) -> bool:
        """True if a request that watches steps would be answered now, while training runs."""
        wanted = list(requests)
        begin, scale = self._clock(), _scale(wanted)
        return any(
            request.watches_step and (request.series() not in self._records or self._is_due(request, begin, scale))
            for request in wanted
        )

    def _is_due(self, request: Request, now: float, scale: float) -> bool:
        record = self._records[request.series()]
        rest = max(request.min_interval, (record.seconds or 0.0) / (request.share * scale), record.wait)
        return now - record.ended >= rest

    def _expected(self, request: Request, network: NetworkLike, split: Split) -> float:
        """Seconds that the answer will take, as last time; the first time, a guess from its declared cost."""
        seconds = self._records[request.series()].seconds
        if seconds is not None:
            return seconds
        try:
            return request.cost(network, split) / _RATE
        except Exception as error:
            log.report(error)
            return 0.0

    def _compute(
        self,
        request: Request,
        network: NetworkLike,
        split: Split,
        before: Mapping[str, NDArray[Any]],
        initial: Mapping[str, Initial],
        trainer: TrainerLike | None,
        moments: MomentLog | None,
    ) -> Any:
        record = self._records[request.series()]
        begin = self._clock()
        answer: Any
        try:
            if request.looks_ahead and trainer is not None:
                answer = request.answer_before_step(network, split, trainer)
            elif request.uses_moments:
                answer = request.answer_with_moments(network, split, moments or MomentLog())
            elif before:
                answer = request.answer_after_step(network, split, before)
            else:
                answer = request.answer(network, split)
            if answer is not None and not isinstance(answer, Refusal):
                answer = request.compare(answer, initial)
        except EngineError as error:
            answer = Refusal(f"{error}.".replace("..", "."))
        except MemoryError:
            answer = Refusal("There is not enough memory to compute this.")
        except Exception as error:
            log.report(error)
            answer = Refusal(
                f"This cannot be computed because of a fault in the program ({type(error).__name__}). "
                "It is in the log; training is not affected."
            )
        record.ended = self._clock()
        record.seconds, record.skipped = record.ended - begin, 0
        failed = isinstance(answer, Refusal) and answer.sentence
        record.wait = min(max(2 * record.wait, _RETRY), _LONGEST_RETRY) if failed else 0.0
        return Refusal() if answer is None else answer


def _scale(requests: Iterable[Request]) -> float:
    """Factor on the shares of these requests, so that all of them together keep within the limit."""
    return min(1.0, _LIMIT / max(sum(request.share for request in requests), _LIMIT))
