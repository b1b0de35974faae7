"""Products by oneDNN: equal to torch's own, only where they belong, undone on exit."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.models import products
from specharness.models.engine import Engine
from specharness.models.products import multiply, quick_products, quicker
from tests.networks import NETWORKS, torch
from tests.test_engine import random_runs, weigh, worst

Tensor = torch.Tensor
linear = torch.nn.functional.linear
ROOM = 1e-4  # float32 products of at most 64 entries from N(0, 1)


def has_product() -> bool:
    try:
        multiply(torch.ones(2, 2), torch.ones(2, 2))
    except (AttributeError, RuntimeError):
        return False
    return True


pytestmark = pytest.mark.skipif(not has_product(), reason="this torch has no oneDNN product")


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture
def rerouted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """As on a processor on which oneDNN is quicker; the shapes that went to it."""
    seen: list[tuple[int, ...]] = []

    def noted(entries: Tensor, *rest: Tensor) -> Tensor:
        seen.append(tuple(entries.shape))
        return multiply(entries, *rest)

    monkeypatch.setattr(products, "quicker", lambda: True)
    monkeypatch.setattr(products, "multiply", noted)
    return seen


@pytest.fixture(autouse=True)
def measured_anew() -> Iterator[None]:
    quicker.cache_clear()
    yield
    quicker.cache_clear()


@given(
    lead=st.lists(st.integers(1, 5), max_size=3),
    inputs=st.integers(1, 64),
    outputs=st.integers(1, 64),
    has_bias=st.booleans(),
    is_turned=st.booleans(),
)
def test_a_product_is_what_torch_says(
    lead: list[int], inputs: int, outputs: int, has_bias: bool, is_turned: bool
) -> None:
    entries, bias = drawn(*lead, inputs), drawn(outputs) if has_bias else None
    weight = drawn(inputs, outputs).T if is_turned else drawn(outputs, inputs)
    assert torch.allclose(multiply(entries, weight, bias), linear(entries, weight, bias), atol=ROOM)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_says_the_same(
    name: str, rerouted: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(NETWORKS[name](), 64)
    engine.shared = engine.agrees(1e-3)
    runs = random_runs(3, prompts=6)
    ours = weigh(engine, runs)
    assert rerouted
    monkeypatch.setattr(products, "quicker", lambda: False)
    count = len(rerouted)
    assert worst(weigh(engine, runs), ours) < 1e-3
    assert len(rerouted) == count


def test_what_wants_gradients_is_left_alone(rerouted: list[tuple[int, ...]]) -> None:
    layer = torch.nn.Linear(4, 3)
    with quick_products():
        layer(drawn(2, 4)).sum().backward()
    assert layer.weight.grad is not None and not rerouted


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_other_types_are_left_alone(rerouted: list[tuple[int, ...]], dtype: str) -> None:
    kind = getattr(torch, dtype)
    with quick_products(), torch.inference_mode():
        found = linear(drawn(2, 4).to(kind), drawn(3, 4).to(kind))
    assert found.dtype == kind and not rerouted


def test_no_rows_are_left_alone(rerouted: list[tuple[int, ...]]) -> None:
    with quick_products():
        found = linear(drawn(0, 4), drawn(3, 4))
    assert found.shape == (0, 3) and not rerouted


def test_named_arguments_are_kept(rerouted: list[tuple[int, ...]]) -> None:
    entries, weight, bias = drawn(2, 4), drawn(3, 4), drawn(3)
    with quick_products():
        found = linear(entries, weight, bias=bias)
    assert torch.allclose(found, linear(entries, weight, bias))


def test_it_is_undone_after_an_error(rerouted: list[tuple[int, ...]]) -> None:
    with pytest.raises(RuntimeError), quick_products():
        linear(drawn(2, 4), drawn(3, 5))
    rerouted.clear()
    linear(drawn(2, 4), drawn(3, 4))
    assert not rerouted


@pytest.mark.parametrize("error", [AttributeError("no such product"), RuntimeError("no")])
def test_a_torch_without_it_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def missing(*tensors: Tensor) -> Tensor:
        raise error

    monkeypatch.setattr(products, "multiply", missing)
    assert not quicker()
    with quick_products():
        assert linear(drawn(2, 4), drawn(3, 4)).shape == (2, 3)


def test_a_wrong_product_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "multiply", lambda x, w: 1.01 * linear(x, w))
    monkeypatch.setattr(products, "_best", lambda *rest: (9.0, 1.0))
    assert not quicker()


@pytest.mark.parametrize(("usual", "ours", "takes"), [(2.0, 1.0, True), (1.1, 1.0, False)])
def test_only_what_is_clearly_quicker_is_taken(
    monkeypatch: pytest.MonkeyPatch, usual: float, ours: float, takes: bool
) -> None:
    monkeypatch.setattr(products, "_best", lambda *rest: (usual, ours))
    assert quicker() is takes
