"""The process that trains: `python -m specharness.arms.training.worker FOLDER`.

FOLDER holds `model/` and `job.json` (see `process`); the adapter and `training.json` are put into
`out/`, or the reason why not into `error.txt`. When standard input ends, so did the process that
asked: then this one ends, too, and deletes the folder. DPO is trl's DPOTrainer, SimPO its
CPOTrainer with that loss; both get the token ids as they are, so that what is trained is what is
weighed. DPO's reference is the same network with the adapter switched off.
"""

import json
import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import Any

from specharness.arms.training.rating import rate
from specharness.arms.training.room import sweep_rooms

_IGNORED = -100  # a label that counts for nothing


def train(work: Path) -> None:
    """Train as the job in `work` says."""
    job = json.loads((work / "job.json").read_text(encoding="utf-8"))
    make = {"dpo": _dpo, "simpo": _simpo}[job["recipe"]["loss"]]
    import torch  # noqa: PLC0415 - seconds to import
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    torch.set_num_threads(job["threads"])
    set_seed(job["recipe"]["seed"])  # the adapter's first numbers are drawn
    place = str(work / "model")
    network = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(place)
    if tokenizer.pad_token_id is None:  # any token does: padding is masked
        tokenizer.pad_token_id = job["end"]
    trainer = make(network, tokenizer, job, work / "log")
    trainer.train()
    rated = rate(trainer.model, job["triples"], job["recipe"]["loss"])
    _write(trainer, job, rated, work / "out")


def _settings(job: dict[str, Any], out: Path) -> dict[str, Any]:
    """What both trainers are told."""
    recipe = job["recipe"]
    return {
        "output_dir": str(out), "report_to": "none", "save_strategy": "no", "push_to_hub": False,
        "disable_tqdm": not sys.stderr.isatty(), "logging_steps": 1, "bf16": False, "fp16": False,
        "use_cpu": job["device"] == "cpu", "gradient_checkpointing": False,
        "per_device_train_batch_size": 1, "gradient_accumulation_steps": recipe["batch"],
        "num_train_epochs": recipe["epochs"], "learning_rate": recipe["rate"],
        "lr_scheduler_type": "linear", "warmup_steps": 0, "max_grad_norm": 1.0,
        "weight_decay": 0.0, "beta": recipe["beta"], "seed": recipe["seed"],
        "data_seed": recipe["seed"], "max_length": recipe["length"],
        "dataloader_pin_memory": False, "remove_unused_columns": False,
    }  # fmt: skip


def _adapter(recipe: dict[str, Any]) -> Any:
    rank = recipe["rank"]
    return import_module("peft").LoraConfig(
        r=rank, lora_alpha=recipe["scale"] * rank, target_modules="all-linear",
        task_type="CAUSAL_LM",
    )  # fmt: skip


def _dpo(network: Any, tokenizer: Any, job: dict[str, Any], out: Path) -> Any:
    trl: Any = import_module("trl")

    class TokenTrainer(trl.DPOTrainer):  # type: ignore[misc]
        """DPO on token ids: there is nothing to prepare."""

        def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
            return dataset

    settings = _settings(job, out)
    return TokenTrainer(
        model=network, args=trl.DPOConfig(**settings), processing_class=tokenizer,
        train_dataset=_rows(job), peft_config=_adapter(job["recipe"]),
    )  # fmt: skip


def _simpo(network: Any, tokenizer: Any, job: dict[str, Any], out: Path) -> Any:
    trl: Any = import_module("trl.experimental.cpo")

    class TokenTrainer(trl.CPOTrainer):  # type: ignore[misc]
        """SimPO on token ids."""

        def tokenize_row(self, feature: Any, model: Any = None) -> Any:
            return _labelled(feature)

    settings = _settings(job, out)
    gamma = job["recipe"]["gamma"]
    args = trl.CPOConfig(**settings, loss_type="simpo", cpo_alpha=0.0, simpo_gamma=gamma)
    return TokenTrainer(
        model=network, args=args, processing_class=tokenizer,
        train_dataset=_rows(job), peft_config=_adapter(job["recipe"]),
    )  # fmt: skip


def _rows(job: dict[str, Any]) -> Any:
    return import_module("datasets").Dataset.from_list(job["triples"])


def _labelled(triple: dict[str, list[int]]) -> dict[str, list[int]]:
    """The columns CPOTrainer's collator reads; labels are the response's tokens."""
    prompt = triple["prompt_ids"]
    found = {"prompt_input_ids": prompt, "prompt_attention_mask": [1] * len(prompt)}
    for side in ("chosen", "rejected"):
        answer = triple[f"{side}_ids"]
        found[f"{side}_input_ids"] = prompt + answer
        found[f"{side}_attention_mask"] = [1] * len(prompt + answer)
        found[f"{side}_labels"] = [_IGNORED] * len(prompt) + answer
    return found


def _write(trainer: Any, job: dict[str, Any], rated: dict[str, float], out: Path) -> None:
    """The adapter, and what is known of its training."""
    config = trainer.model.peft_config["default"]
    config.base_model_name_or_path = job["name"]  # not the folder of this process
    config.target_modules = sorted(config.target_modules)  # a set: the file would differ each time
    trainer.model.save_pretrained(str(out))
    steps = [entry for entry in trainer.state.log_history if "rewards/accuracies" in entry]
    passes = {"dpo": 2, "simpo": 1}[job["recipe"]["loss"]]  # the reference is run too
    rating = 2  # with the adapter and without
    told = {
        "format": 2, "model": job["name"], "revision": job["revision"], "recipe": job["recipe"],
        "pairs": len(job["triples"]), "steps": trainer.state.global_step,
        "tokens": (passes * job["recipe"]["epochs"] + rating) * _tokens(job["triples"]),
        "loss": [round(step["loss"], 4) for step in steps],
        "libraries": _versions(), "provenance": job["provenance"], **rated,
    }  # fmt: skip
    text = json.dumps(told, sort_keys=True, indent=1)
    (out / "training.json").write_text(text + "\n", encoding="utf-8")


def _tokens(triples: list[dict[str, list[int]]]) -> int:
    return sum(
        2 * len(t["prompt_ids"]) + len(t["chosen_ids"]) + len(t["rejected_ids"]) for t in triples
    )


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("peft", "torch", "transformers", "trl")}


def _end_with_the_other(work: Path, alone: Event) -> None:
    """End this process when the one that started it has ended, and nobody waits for the result."""
    while os.read(0, 1):
        pass
    alone.set()
    sweep_rooms(work.parent, wait=2)
    os._exit(1)


def main() -> None:
    """Train, or say why not."""
    work = Path(sys.argv[1])
    alone = Event()
    Thread(target=_end_with_the_other, args=(work, alone), daemon=True).start()
    try:
        train(work)
    except Exception as error:  # whatever the libraries raise: the other process tells the user
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        if alone.is_set():  # nobody waits, and the folder is being deleted
            Event().wait()
        (work / "error.txt").write_text(reason, encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main()
