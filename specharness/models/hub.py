"""A model's GGUF file from the hub: one quick question first, so that no hub costs seconds."""

from pathlib import Path
from typing import Any

from specharness.errors import ModelError
from specharness.models.cache import sha256_of
from specharness.models.catalog import CatalogEntry, HubFile
from specharness.models.progress import Say, on_terminal

PATIENCE = 5.0  # seconds until the hub counts as out of reach


def fetch_from_hub(entry: CatalogEntry, hub: HubFile, room: Path, say: Say) -> Path:
    """The verified file, from the hub's own cache when it is there, else downloaded to `room`.

    ModelError when the hub is offline, out of reach or has another file.
    """
    import huggingface_hub  # noqa: PLC0415 - comes with transformers

    where = {"repo_id": hub.repository, "filename": hub.file, "revision": hub.revision}
    kept = huggingface_hub.try_to_load_from_cache(**where)
    if isinstance(kept, str) and sha256_of(Path(kept)) == entry.sha256:
        return Path(kept)
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise _refused("HF_HUB_OFFLINE is set")
    try:
        path = _download(huggingface_hub, where, entry, room, say)
    except ModelError:
        raise
    except Exception as error:  # the client raises many kinds; all mean: not to be had from here
        raise _refused(" ".join(str(error).split())[:120]) from None
    if sha256_of(path) != entry.sha256:
        path.unlink()
        raise _refused("the file there has another digest")
    return path


def _download(
    client: Any, where: dict[str, str], entry: CatalogEntry, room: Path, say: Say
) -> Path:
    # one attempt: hf_hub_download itself asks an unreachable hub six times, in 23 seconds
    found = client.get_hf_file_metadata(client.hf_hub_url(**where), timeout=PATIENCE)
    if found.size not in (None, entry.size):
        raise _refused("the file there has another size")
    say(f"{entry.name}: downloading {entry.size / 1e6:.0f} MB from the hub")
    if not on_terminal():
        client.utils.disable_progress_bars()
    return Path(client.hf_hub_download(**where, local_dir=room / "hub", etag_timeout=PATIENCE))


def _refused(reason: str) -> ModelError:
    return ModelError("hub", reason, "another source is tried")
