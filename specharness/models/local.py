"""A causal language model run in this process with transformers and torch (extra `local`).

Loads safetensors from a folder; never pickles, never remote code.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from specharness.errors import ModelError
from specharness.model import (
    Completion,
    Cuts,
    Identity,
    Logprobs,
    Request,
    Sampling,
    Unmeasured,
)
from specharness.models.decoding import Manner, Row, Stop, plan_rows, write_rows
from specharness.models.engine import Engine
from specharness.models.template import Template
from specharness.models.tree import TokenRun
from specharness.settings import EngineSettings

# What shared and plain computation may differ by, in nats per token.
TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.5, torch.float16: 0.1}


class LocalModel:
    """A `Model` in this process.

    `tokens_run` counts the tokens put through the network; `template` and `engine` are open to
    scripts that measure, `network` and `tokenizer` to what reads or changes the inside (`changed`).
    """

    takes_prefill = True

    def __init__(self, network: Any, tokenizer: Any, identity: Identity, budget: int) -> None:
        self.identity = identity
        self.template = Template(tokenizer, identity.name)
        self.engine = Engine(network, budget)
        self._budget = budget
        self.engine.shared = self.engine.agrees(TOLERANCE.get(network.dtype, 1e-3))
        self.network = network
        self.tokenizer = tokenizer
        self._pad = tokenizer.pad_token_id
        if self._pad is None:
            self._pad = self.template.end[-1]

    @property
    def tokens_run(self) -> int:
        """Tokens put through the network so far."""
        return self.engine.ran

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each response; prefixes shared within the batch are computed once."""
        results = dict(self.iter_logprobs(requests))
        return [results[i] for i in range(len(requests))]

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        """Yield (index, result) as results are done, so that a caller can keep what is paid for."""
        runs: dict[int, TokenRun] = {}
        for i, request in enumerate(requests):
            run = self._encode(request)
            if isinstance(run, Unmeasured):
                yield i, run
            else:
                runs[i] = run
        places = list(runs)
        total = sum(len(r.ids) for r in runs.values())
        with tqdm(total=total, unit="tok", desc=self.identity.name, disable=None) as bar:
            for k, values in self.engine.weigh(list(runs.values()), bar.update):
                yield places[k], Logprobs(tokens=tuple(values))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Answer each request, several at a time; temperature 0 is greedy.

        Draws depend on the request, the seed and the indexes, not on what is asked beside it. A
        prefilled turn goes on from its last token.
        """
        results = dict(self.iter_generate(requests, sampling))
        return [results[i] for i in range(len(requests))]

    def iter_generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> Iterator[tuple[int, Completion | Unmeasured]]:
        """Yield (index, result) as results are done, so that a caller can keep what is paid for."""
        drafts: dict[int, _Draft] = {}
        for i, request in enumerate(requests):
            draft = self._begin(request, sampling)
            if isinstance(draft, Unmeasured):
                yield i, draft
            else:
                drafts[i] = draft
        places, rows = list(drafts), [draft.row for draft in drafts.values()]
        with tqdm(total=len(rows), unit="answer", desc=self.identity.name, disable=None) as bar:
            for batch in plan_rows(rows, self._budget):
                yield from self._write([(places[k], drafts[places[k]]) for k in batch], sampling)
                bar.update(len(batch))

    def cut(self, texts: Sequence[str]) -> list[Cuts | None]:
        """How the tokens cut each response; None where the tokenizer does not tell."""
        found = [self.template.cuts(text) for text in texts]
        return [None if sizes is None else Cuts(sizes=sizes) for sizes in found]

    def _begin(self, request: Request, sampling: Sampling) -> "_Draft | Unmeasured":
        """The tokens that an answer goes on from, and how long it may get."""
        try:
            prompt = self.template.prompt(request.messages)
            begun = self.template.begin(prompt, request.prefill, request.tags)
        except ModelError as error:
            return Unmeasured(reason=str(error))
        ids = prompt + begun
        most = min(sampling.max_tokens, (self.engine.context or 10**9) - len(ids))
        if most < 1:
            return Unmeasured(reason=self._too_long(len(ids)))
        seed = f"{sampling.seed} {sampling.index} {request.index} {ids}"
        return _Draft(row=Row(ids=ids, most=most, seed=seed), begun=begun)

    def _write(
        self, drafts: Sequence[tuple[int, "_Draft"]], sampling: Sampling
    ) -> Iterator[tuple[int, Completion]]:
        manner = Manner(
            temperature=sampling.temperature,
            end=self.template.end[-1],
            pad=self._pad,
            stops=self._stops(sampling.stop) if sampling.stop else None,
        )
        written = write_rows(self.network, [draft.row for _, draft in drafts], manner)
        for (place, draft), out in zip(drafts, written, strict=True):
            read, begun = len(draft.row.ids), draft.begun
            self.engine.ran += read + len(out)
            text = self.template.decode_after(begun, out) if begun else self.template.decode(out)
            for stop in sampling.stop:
                text = text.partition(stop)[0]
            yield place, Completion(text=text, count=len(out), read=read)

    def _stops(self, texts: tuple[str, ...]) -> Stop:
        """Whether one of the texts stands among a row's tokens, control tokens too."""
        last = max(len(text.encode()) for text in texts)  # no token is less than a byte

        def stop(written: list[int]) -> bool:
            told = self.template.spell(written[-last:])
            return any(text in told for text in texts)

        return stop

    def _encode(self, request: Request) -> TokenRun | Unmeasured:
        try:
            run = self.template.encode(
                request.messages, request.response, request.prefill, request.tags
            )
        except ModelError as error:
            return Unmeasured(reason=str(error))
        if self.engine.context is not None and len(run.ids) > self.engine.context:
            return Unmeasured(reason=self._too_long(len(run.ids)))
        return run

    def _too_long(self, length: int) -> str:
        return f"{length} tokens are more than the model's context of {self.engine.context}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An answer that is to be written; `begun` are the tokens that its turn begins with."""

    row: Row
    begun: tuple[int, ...]


def load_local(source: str | Path, identity: Identity, settings: EngineSettings) -> LocalModel:
    """Load a model folder; ModelError when it cannot be.

    Threads are set for the whole process, as torch knows no other way.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - seconds to import
    from transformers.utils import logging  # noqa: PLC0415

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(settings.threads or _cores())
    device = _device(settings.device)
    place = str(source)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        network: Any = AutoModelForCausalLM.from_pretrained(
            place,
            dtype=getattr(torch, settings.dtype),
            attn_implementation="sdpa",
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(
            identity.name, f"cannot be loaded ({reason})", "give a folder or hub id of safetensors"
        ) from None
    network = network.to(device).eval()
    budget = settings.tokens or (1024 if device == "cpu" else 8192)
    return LocalModel(network, tokenizer, identity, budget)


def _device(name: str) -> str:
    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _cores() -> int:
    """The processors this process may use, or as many threads as OMP_NUM_THREADS says."""
    own = os.environ.get("OMP_NUM_THREADS", "")  # set on busy machines, where two threads are slow
    if own.isdigit() and int(own):
        return int(own)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
