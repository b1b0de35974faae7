"""Products by oneDNN: equal to torch's own, only where they belong, undone on exit."""

from time import sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.models.products import Rerouted, is_quicker, multiply, quick_products
from tests.networks import NETWORKS, torch

_get_current_function_mode_stack = torch.overrides._get_current_function_mode_stack
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


class Noted:
    """The product, and the shapes that went to it; late, where it is to be a slow one."""

    def __init__(self, product: Any = multiply, seconds: float = 0.0) -> None:
        self.product, self.seconds = product, seconds
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, entries: Tensor, *rest: Tensor) -> Tensor:
        self.shapes.append(tuple(entries.shape))
        sleep(self.seconds)
        return self.product(entries, *rest)


@pytest.fixture
def noted() -> Noted:
    return Noted()


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
def test_every_network_says_the_same(name: str, noted: Noted) -> None:
    network = NETWORKS[name]()
    ids = torch.arange(1, 13).reshape(2, 6)
    with torch.inference_mode():
        usual = network(input_ids=ids).logits
        with Rerouted(noted):
            ours = network(input_ids=ids).logits
    assert noted.shapes and torch.allclose(usual, ours, atol=ROOM)


def test_what_wants_gradients_is_left_alone(noted: Noted) -> None:
    layer = torch.nn.Linear(4, 3)
    with Rerouted(noted):
        layer(drawn(5, 4)).sum().backward()
    assert layer.weight.grad is not None and not noted.shapes


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_other_types_are_left_alone(noted: Noted, dtype: str) -> None:
    kind = getattr(torch, dtype)
    with Rerouted(noted), torch.inference_mode():
        found = linear(drawn(5, 4).to(kind), drawn(3, 4).to(kind))
    assert found.dtype == kind and not noted.shapes


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_few_rows_are_left_alone(noted: Noted, rows: int) -> None:
    with Rerouted(noted):
        assert linear(drawn(rows, 4), drawn(3, 4)).shape == (rows, 3)
    assert not noted.shapes


BIASES = {
    "every second": lambda: drawn(6)[::2],
    "one repeated": lambda: drawn(1).expand(3),
    "of one entry": lambda: drawn(1),
    "a matrix": lambda: drawn(5, 3),
    "no axis": lambda: torch.tensor(2.0),
}


@pytest.mark.parametrize("name", BIASES)
def test_a_bias_it_would_misread_is_left_alone(noted: Noted, name: str) -> None:
    entries, weight, bias = drawn(5, 4), drawn(3, 4), BIASES[name]()
    with Rerouted(noted):
        found = linear(entries, weight, bias)
    assert torch.equal(found, linear(entries, weight, bias)) and not noted.shapes


def test_layouts_and_kinds_it_does_not_know_are_left_alone(
    noted: Noted,
) -> None:
    class Halved(torch.Tensor):
        """A weight that means something else than its entries."""

    odd = (drawn(3, 4).to_sparse(), drawn(3, 4).as_subclass(Halved), drawn(4))
    with Rerouted(noted):
        for weight in odd:
            linear(drawn(5, 4), weight)
    assert not noted.shapes


@pytest.mark.parametrize(("device", "dtype"), [("meta", torch.float32), ("cpu", torch.bfloat16)])
def test_other_networks_do_not_pay_for_it(device: str, dtype: Any) -> None:
    network = torch.nn.Linear(1, 1)
    network.device, network.dtype = torch.device(device), dtype
    with quick_products(network):
        assert not _get_current_function_mode_stack()


def test_another_default_device_does_not_matter() -> None:
    with torch.device("meta"):
        assert is_quicker(linear, Noted(linear, 0.05))


def test_named_arguments_are_kept(noted: Noted) -> None:
    entries, weight, bias = drawn(5, 4), drawn(3, 4), drawn(3)
    with Rerouted(noted):
        found = linear(entries, weight, bias=bias)
    assert torch.allclose(found, linear(entries, weight, bias))


def test_it_is_undone_after_an_error(noted: Noted) -> None:
    with pytest.raises(RuntimeError), Rerouted(noted):
        linear(drawn(5, 4), drawn(3, 5))
    noted.shapes.clear()
    linear(drawn(5, 4), drawn(3, 4))
    assert not noted.shapes


@pytest.mark.parametrize("error", [AttributeError("no such product"), RuntimeError("no")])
def test_a_torch_without_it_is_used_as_it_is(error: Exception) -> None:
    def missing(*tensors: Tensor) -> Tensor:
        raise error

    assert not is_quicker(missing, Noted(linear, 0.05))


def test_a_wrong_product_is_not_taken() -> None:
    assert not is_quicker(lambda x, w: 1.01 * linear(x, w), Noted(linear, 0.05))


def test_only_what_is_clearly_quicker_is_taken() -> None:
    assert is_quicker(multiply, Noted(linear, 0.05))
    assert not is_quicker(Noted(multiply, 0.05), linear)
