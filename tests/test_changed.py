"""A changed model answers under its own name, and nothing of the change stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import UsageError
from specharness.model import Completion, Logprobs, Sampling
from specharness.models.changed import ChangedModel, changed_model, open_inside
from specharness.models.recorded import RecordedModel
from specharness.recordings import Recordings, read_recordings
from specharness.store import Store
from tests.inside import TINY, make_local
from tests.networks import torch
from tests.toy import ToyModel, ask

ASKED = [ask("Why?", "Because."), ask("How?", "So.")]


@contextmanager
def louder(network: Any) -> Iterator[None]:
    """The output map times 1.5."""
    before = network.lm_head.weight.data
    network.lm_head.weight.data = before * 1.5
    try:
        yield
    finally:
        network.lm_head.weight.data = before


@contextmanager
def shifted(network: Any) -> Iterator[None]:
    """The output map moved, which does not commute with `louder`."""
    before = network.lm_head.weight.data
    network.lm_head.weight.data = before + torch.linspace(0, 1, before.shape[0])[:, None]
    try:
        yield
    finally:
        network.lm_head.weight.data = before


def test_the_change_holds_while_it_is_asked_and_no_longer() -> None:
    model = make_local()
    plain = model.logprobs(ASKED)
    with changed_model(model, "loud", louder, "arm") as loud:
        assert loud.identity.revision == "1+loud"
        changed = loud.logprobs(ASKED)
        assert model.logprobs(ASKED) == plain  # asked within the block, and still plain
        assert loud.logprobs(ASKED) == changed != plain
        assert loud.generate(ASKED, Sampling(max_tokens=3))
    assert model.logprobs(ASKED) == plain


def test_a_change_is_undone_after_an_error_and_where_nobody_fetches_the_rest() -> None:
    model = make_local()
    plain = model.logprobs(ASKED)
    with (
        pytest.raises(RuntimeError, match="broken") as kept,  # holds on to the frames
        changed_model(model, "loud", louder, "arm") as loud,
    ):
        assert isinstance(loud, ChangedModel)
        results = loud.iter_logprobs(ASKED)
        next(results)
        raise RuntimeError("broken")
    assert model.logprobs(ASKED) == plain
    results.close()  # its end comes late and takes nothing back twice
    assert model.logprobs(ASKED) == plain
    assert kept


def test_an_older_block_that_ends_late_leaves_a_newer_change_alone() -> None:
    model = make_local()
    with changed_model(model, "loud", louder, "arm") as loud:
        assert isinstance(loud, ChangedModel)
        changed = loud.logprobs(ASKED)
        older = loud.iter_logprobs(ASKED)
        next(older)
        newer = loud.iter_logprobs(ASKED)
        found = dict([next(newer)])
        older.close()
        found |= dict(newer)
    assert [found[0], found[1]] == changed


def test_changes_of_a_changed_model_are_made_in_order() -> None:
    model = make_local()
    plain = model.logprobs(ASKED)

    @contextmanager
    def both(network: Any) -> Iterator[None]:
        with louder(network), shifted(network):
            yield

    with (
        changed_model(model, "loud", louder, "arm") as loud,
        changed_model(loud, "shift", shifted, "arm") as two,
    ):
        assert two.identity.revision == "1+loud+shift"
        found = two.logprobs(ASKED)
    with changed_model(model, "both", both, "arm") as once:
        assert once.logprobs(ASKED) == found
    assert model.logprobs(ASKED) == plain


def test_stored_results_are_kept_by_the_changed_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    model = RecordedModel(mode="auto", factory=make_local, store=store, expected=TINY)
    plain = model.logprobs(ASKED)
    for _ in range(2):
        with changed_model(model, "loud", louder, "arm") as loud:
            changed = loud.logprobs(ASKED)
        assert changed != plain
    assert (model.calls, model.reused) == (4, 0)  # the second time they were at hand
    assert model.logprobs(ASKED) == plain
    again = RecordedModel(mode="auto", store=store, expected=TINY)  # there is no model to ask
    with changed_model(again, "loud", louder, "arm") as loud:
        assert loud.logprobs(ASKED) == changed
    assert again.logprobs(ASKED) == plain


def test_a_changed_model_is_recorded_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "tiny.jsonl"
    model = RecordedModel(mode="record", factory=make_local, expected=TINY)
    plain = model.logprobs(ASKED)
    with changed_model(model, "loud", louder, "arm") as loud:
        changed = loud.logprobs(ASKED)
    model.save(path)
    replayed = RecordedModel(mode="replay", recordings=read_recordings(path))
    with changed_model(replayed, "loud", louder, "arm") as loud:
        assert loud.logprobs(ASKED) == changed
    assert replayed.logprobs(ASKED) == plain


def test_a_model_without_an_inside_is_told() -> None:
    toy = ToyModel()
    with pytest.raises(UsageError, match="arm: toy does not show its inside"):
        open_inside(toy, "arm")
    with (
        pytest.raises(UsageError, match="toy does not show its inside"),
        changed_model(toy, "loud", louder, "arm"),
    ):
        pass
    with (
        changed_model(make_local(), "loud", louder, "arm") as loud,
        pytest.raises(UsageError, match="fitted on a model as it is"),
    ):
        open_inside(loud, "arm")


def test_results_are_of_the_usual_kinds() -> None:
    with changed_model(make_local(), "loud", louder, "arm") as loud:
        assert all(isinstance(one, Logprobs) for one in loud.logprobs(ASKED))
        (answer,) = loud.generate(ASKED[:1], Sampling(max_tokens=2))
        assert isinstance(answer, Completion) and answer.count <= 2


def test_recordings_of_the_plain_model_are_no_answers_of_the_changed_one() -> None:
    model = RecordedModel(mode="record", factory=make_local, expected=TINY)
    model.logprobs(ASKED)
    recordings = Recordings(identity=TINY, results=dict(model.used))
    auto = RecordedModel(mode="auto", factory=make_local, recordings=recordings, expected=TINY)
    with changed_model(auto, "loud", louder, "arm") as loud:
        loud.logprobs(ASKED)
    assert (auto.calls, auto.reused) == (2, 0)
