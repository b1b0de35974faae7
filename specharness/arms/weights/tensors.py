"""A checkpoint's tensors, read one by one from its safetensors files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specharness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """The tensors of a folder: their shapes and the file each lies in."""

    shapes: Mapping[str, tuple[int, ...]]
    places: Mapping[str, Path]

    @property
    def files(self) -> list[Path]:
        """The safetensors files, each once, sorted."""
        return sorted(set(self.places.values()))

    def read(self, name: str) -> Any:
        """A tensor on the CPU, in its own precision."""
        from safetensors import safe_open  # noqa: PLC0415 - part of an extra

        with safe_open(self.places[name], framework="pt") as file:
            return file.get_tensor(name)


def open_checkpoint(folder: Path, pattern: str = "*.safetensors") -> Checkpoint:
    """The tensors below `folder`; UsageError where there are none, or one stands twice."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - part of an extra

    shapes: dict[str, tuple[int, ...]] = {}
    places: dict[str, Path] = {}
    for path in sorted(folder.glob(pattern)):
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118 - a handle, not a mapping
                    if name in places:
                        what = f"{name} stands in {places[name].name} and {path.name}"
                        raise UsageError(folder, what, "keep one set of weights in the folder")
                    shapes[name] = tuple(file.get_slice(name).get_shape())
                    places[name] = path
        except (OSError, SafetensorError) as error:
            raise UsageError(path, f"cannot be read ({error})", "give safetensors") from None
    if not places:
        raise UsageError(folder, f"no {pattern} in it", "name an adapter's or checkpoint's folder")
    return Checkpoint(shapes=shapes, places=places)


def same_vocabulary(folder: Path, tokenizer: Any) -> bool:
    """Whether the folder's tokenizer, where it has one, maps texts to the ids of `tokenizer`'s."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - part of an extra

    path = folder / "tokenizer.json"
    if not path.is_file():
        return True
    try:
        vocabulary = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    except Exception as error:  # the library raises its own plain Exception
        raise UsageError(path, f"cannot be read ({error})", "give the model's tokenizer") from None
    return bool(vocabulary == tokenizer.get_vocab())
