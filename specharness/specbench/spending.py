"""What asking a model has cost: tokens read and written, seconds, and what the store had."""

from dataclasses import dataclass
from typing import Self

from specharness.model import Completion
from specharness.models.recorded import RecordedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A cost in tokens and seconds.

    `read` are the tokens that the model read (None: nobody tells), drafts that were weighed and
    requests that failed included; `written` those that it wrote. `reused` counts requests that the
    store answered: they cost nothing now, and are in no other figure.
    """

    read: int | None = 0
    written: int = 0
    seconds: float = 0.0
    reused: int = 0

    def __add__(self, other: Self) -> "Spent":
        """Both together; not told where one of them is not."""
        told = self.read is not None and other.read is not None
        return Spent(
            read=(self.read or 0) + (other.read or 0) if told else None,
            written=self.written + other.written,
            seconds=round(self.seconds + other.seconds, 3),
            reused=self.reused + other.reused,
        )

    def shared(self, count: int) -> list["Spent"]:
        """The cost shared out evenly among as many items, asked together; the sum is kept.

        >>> [each.read for each in Spent(read=8).shared(3)]
        [3, 3, 2]
        """
        told = self.read is not None
        reads: list[int | None] = [*_parts(self.read or 0, count)] if told else [None] * count
        rest = zip(reads, _parts(self.written, count), _parts(self.reused, count), strict=True)
        seconds = round(self.seconds / max(1, count), 3)
        return [
            Spent(read=read, written=written, seconds=seconds, reused=reused)
            for read, written, reused in rest
        ]


class Meter:
    """Reads what `model` costs from now on.

    Tokens are those that the model itself counts (`tokens_run`), as a reading may be shared by
    several requests or belong to one that fails. For a model that does not count, completions tell
    them; what was weighed or failed, or lay in the store, nobody tells then.
    """

    def __init__(self, model: RecordedModel) -> None:
        self._model = model
        self._tokens = _tokens_run(model)
        self._results = len(model.used)
        self._before = (model.calls, model.reused, model.written, model.seconds)

    def spent(self) -> Spent:
        """The cost since this was made."""
        model = self._model
        calls, reused, written, seconds = self._before
        calls, reused = model.calls - calls, model.reused - reused
        written = model.written - written
        tokens = _tokens_run(model)
        if tokens is None:
            read = self._told(calls, reused)
        else:
            read = max(0, tokens - (self._tokens or 0) - written)
        return Spent(
            read=read, written=written, seconds=round(model.seconds - seconds, 3), reused=reused
        )

    def _told(self, calls: int, reused: int) -> int | None:
        """What the completions of these calls say was read; None where one call says nothing."""
        fresh = list(self._model.used.values())[self._results :]
        reads = [one.read if isinstance(one, Completion) else 0 for one in fresh]
        if not calls:
            return 0
        return None if reused or len(fresh) < calls or not all(reads) else sum(reads)


def _tokens_run(model: RecordedModel) -> int | None:
    return 0 if model.inner is None else getattr(model.inner, "tokens_run", None)


def _parts(total: int, count: int) -> list[int]:
    each, rest = divmod(total, max(1, count))
    return [each + (place < rest) for place in range(count)]
