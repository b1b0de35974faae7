"""Products by oneDNN: equal to torch's own, only where they belong, undone on exit."""

from collections.abc import Iterator
from typing import Any

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
PLAIN = torch.nn.Linear(1, 1)  # stands for a network in float32 on the processor
PLAIN.device, PLAIN.dtype = torch.device("cpu"), torch.float32
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
    with quick_products(PLAIN):
        layer(drawn(5, 4)).sum().backward()
    assert layer.weight.grad is not None and not rerouted


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_other_types_are_left_alone(rerouted: list[tuple[int, ...]], dtype: str) -> None:
    kind = getattr(torch, dtype)
    with quick_products(PLAIN), torch.inference_mode():
        found = linear(drawn(5, 4).to(kind), drawn(3, 4).to(kind))
    assert found.dtype == kind and not rerouted


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_rows_are_left_alone(rerouted: list[tuple[int, ...]], rows: int) -> None:
    with quick_products(PLAIN):
        assert linear(drawn(rows, 4), drawn(3, 4)).shape == (rows, 3)
    assert not rerouted


BIASES = {
    "every second": lambda: drawn(6)[::2],
    "one repeated": lambda: drawn(1).expand(3),
    "of one entry": lambda: drawn(1),
    "a matrix": lambda: drawn(5, 3),
    "no axis": lambda: torch.tensor(2.0),
}


@pytest.mark.parametrize("name", BIASES)
def test_a_bias_it_would_misread_is_left_alone(rerouted: list[tuple[int, ...]], name: str) -> None:
    entries, weight, bias = drawn(5, 4), drawn(3, 4), BIASES[name]()
    with quick_products(PLAIN):
        found = linear(entries, weight, bias)
    assert torch.equal(found, linear(entries, weight, bias)) and not rerouted


def test_layouts_and_kinds_it_does_not_know_are_left_alone(
    rerouted: list[tuple[int, ...]],
) -> None:
    class Halved(torch.Tensor):
        """A weight that means something else than its entries."""

    odd = (drawn(3, 4).to_sparse(), drawn(3, 4).as_subclass(Halved), drawn(4))
    with quick_products(PLAIN):
        for weight in odd:
            linear(drawn(5, 4), weight)
    assert not rerouted


@pytest.mark.parametrize(("device", "dtype"), [("meta", torch.float32), ("cpu", torch.bfloat16)])
def test_other_networks_do_not_pay_for_it(
    rerouted: list[tuple[int, ...]], device: str, dtype: Any
) -> None:
    network = torch.nn.Linear(1, 1)
    network.device, network.dtype = torch.device(device), dtype
    with quick_products(network):
        linear(drawn(5, 4), drawn(3, 4))
    assert not rerouted


def test_another_default_device_does_not_matter() -> None:
    with torch.device("meta"):
        assert quicker() in (True, False)


def test_named_arguments_are_kept(rerouted: list[tuple[int, ...]]) -> None:
    entries, weight, bias = drawn(5, 4), drawn(3, 4), drawn(3)
    with quick_products(PLAIN):
        found = linear(entries, weight, bias=bias)
    assert torch.allclose(found, linear(entries, weight, bias))


def test_it_is_undone_after_an_error(rerouted: list[tuple[int, ...]]) -> None:
    with pytest.raises(RuntimeError), quick_products(PLAIN):
        linear(drawn(5, 4), drawn(3, 5))
    rerouted.clear()
    linear(drawn(5, 4), drawn(3, 4))
    assert not rerouted


@pytest.mark.parametrize("error", [AttributeError("no such product"), RuntimeError("no")])
def test_a_torch_without_it_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def missing(*tensors: Tensor) -> Tensor:
        raise error

    monkeypatch.setattr(products, "multiply", missing)
    assert not quicker()
    with quick_products(PLAIN):
        assert linear(drawn(5, 4), drawn(3, 4)).shape == (5, 3)


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
