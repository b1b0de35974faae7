"""A local model whose network is changed while it answers, and is as it was afterwards.

A change is a context manager over the network (hooks, other weights). It holds only while the
changed model is asked, so the plain model may be asked in between, and it is undone when the block
ends, also after an error or where nobody fetched the rest of the results. A changed model has an
identity of its own: what it answers is never stored as an answer of the plain one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from specharness.errors import UsageError
from specharness.model import Completion, Identity, Logprobs, Model, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel

# From a network (a torch module) to its change, which ends with the block.
Change = Callable[[Any], AbstractContextManager[None]]


@runtime_checkable
class OpenModel(Protocol):
    """A model whose inside can be reached: a `LocalModel`, or one like it."""

    identity: Identity
    network: Any
    tokenizer: Any
    template: Any
    engine: Any

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """As `Model.logprobs`."""
        ...

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        """As `Streaming.iter_logprobs`."""
        ...

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """As `Model.generate`."""
        ...


class ChangedModel:
    """A `Model` that answers as `base` does with its network under `changes`, made in order."""

    def __init__(self, base: OpenModel, identity: Identity, changes: tuple[Change, ...]) -> None:
        self.identity = identity
        self.base = base
        self.changes = changes
        self.takes_prefill: bool = getattr(base, "takes_prefill", False)
        self._standing = ExitStack()  # what is changed now

    @property
    def tokens_run(self) -> int:
        """Tokens put through the network so far, those of the plain model included."""
        return int(getattr(self.base, "tokens_run", 0))

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each response under the change."""
        with self._made():
            return self.base.logprobs(requests)

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        """Yield (index, result) as results are done; the change stands until all are fetched."""
        with self._made():
            yield from self.base.iter_logprobs(requests)

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Answer each request under the change."""
        with self._made():
            return self.base.generate(requests, sampling)

    def undo(self) -> None:
        """Take back what still stands: results were being fetched and nobody fetches the rest."""
        self._standing.close()

    @contextmanager
    def _made(self) -> Iterator[None]:
        self.undo()
        standing = self._standing = ExitStack()  # its own: an older block may end later
        try:
            for change in self.changes:
                standing.enter_context(change(self.base.network))
            yield
        finally:
            standing.close()


def changed_identity(identity: Identity, mark: str) -> Identity:
    """Who answers under a change that `mark` names: another revision of the same model."""
    return replace(identity, revision=f"{identity.revision}+{mark}")


@contextmanager
def changed_model(model: Model, mark: str, change: Change, where: str) -> Iterator[Model]:
    """`model` under `change` until the block ends; `mark` has to name everything about the change.

    A model behind recordings and a store stays behind them, and one that is changed already is
    changed further. UsageError, naming the arm `where`, for a model without a reachable inside.
    """
    made: list[ChangedModel] = []

    def make(plain: Model) -> Model:
        found = _change(plain, mark, change, where)
        made.append(found)
        return found

    try:
        if isinstance(model, RecordedModel):
            with model.under(changed_identity(model.identity, mark), make) as answering:
                yield answering
        else:
            yield make(model)
    finally:
        for one in made:
            one.undo()


def open_inside(model: Model, where: str) -> OpenModel:
    """The local model itself, loaded now if need be; UsageError, naming the arm, for another."""
    if isinstance(model, RecordedModel) and model.mode == "replay":
        what = "has to be fitted on the model itself, which replay never loads"
        raise UsageError(where, what, "run it with --spec-mode live")
    found = model.opened() if isinstance(model, RecordedModel) else model
    if isinstance(found, ChangedModel):
        what = "is fitted on a model as it is, not on a changed one"
        raise UsageError(where, what, "fit the arms before one of them is entered")
    if not isinstance(found, OpenModel):
        what = f"{found.identity.name} does not show its inside"
        raise UsageError(where, what, "take a local model: a folder, or a name of the catalog")
    return found


def _change(plain: Model, mark: str, change: Change, where: str) -> ChangedModel:
    identity = changed_identity(plain.identity, mark)
    if isinstance(plain, ChangedModel):
        return ChangedModel(plain.base, identity, (*plain.changes, change))
    return ChangedModel(open_inside(plain, where), identity, (change,))
