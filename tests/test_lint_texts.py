"""SH3: what hides in texts, and what should not be in a repository. Made-up secrets only."""

import json
import random
import string
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.lint.checking import lint_suites
from specharness.lint.hidden import find_hidden
from specharness.lint.machine import render_json, render_sarif
from specharness.lint.markers import find_markers
from specharness.lint.plain import render_plain
from specharness.lint.private import find_personal, find_secrets
from tests.lintsets import ROOMY, clean_rows, lint, make_suite, message, told


def made_up(alphabet: str, length: int) -> str:
    return "".join(random.Random(f"{alphabet}{length}").choices(alphabet, k=length))


ALNUM = string.ascii_letters + string.digits
# put together here, so that no scanner of this repository takes them for real ones
SECRETS = {
    "private key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
    "AWS access key": "AKIA" + made_up("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "GitHub token": "ghp_" + made_up(ALNUM, 36),
    "GitHub token ": "github_pat_" + made_up(ALNUM, 82),
    "GitLab token": "glpat-" + made_up(ALNUM, 20),
    "Slack token": "xox" + "b-" + made_up(string.digits, 12) + "-" + made_up(ALNUM, 24),
    "Slack webhook": "hooks.slack.com" + "/services/T0AB12CD3/B0AB12CD3/" + made_up(ALNUM, 24),
    "Stripe key": "sk_" + "live_" + made_up(ALNUM, 24),
    "Google API key": "AIza" + made_up(ALNUM, 35),
    "OpenAI key": "sk-" + "proj-" + made_up(ALNUM, 60),
    "OpenAI key ": "sk-" + made_up(ALNUM, 20) + "T3Blbk" + "FJ" + made_up(ALNUM, 20),
    "Anthropic key": "sk-" + "ant-api03-" + made_up(ALNUM, 80),
    "Hugging Face token": "hf_" + made_up(ALNUM, 34),
    "npm token": "npm_" + made_up(ALNUM, 36),
    "PyPI token": "pypi-AgE" + made_up(ALNUM, 80),
    "SendGrid key": "SG." + made_up(ALNUM, 22) + "." + made_up(ALNUM, 43),
    "JSON web token": f"eyJ{made_up(ALNUM, 20)}.eyJ{made_up(ALNUM, 30)}.{made_up(ALNUM, 40)}",
    "password in an address": "postgres://admin:" + "hunter2-Rosebud" + "@db.corp.tld/main",
}  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_found_wherever_it_stands_and_never_shown(tmp_path: Path, name: str) -> None:
    secret, rows = SECRETS[name], clean_rows(12)
    rows[4]["rejected"] += f" Use {secret}, please."
    rows[7]["prompt"] = [{"role": "system", "content": f"key='{secret}'"},
                         {"role": "user", "content": "Hi there, who are you?"}]  # fmt: skip
    suite = make_suite(tmp_path / "tone", rows, ROOMY, f"- Be brief.\n<!-- {secret} -->\n")
    found = lint_suites([suite])
    errors = [(f.path.name, f.line) for f in found.findings if f.code == "SH305"]
    assert errors == [("pairs.jsonl", 5), ("pairs.jsonl", 8), ("spec.md", 2)]
    for text in (render_plain(found, whole=True), render_json(found), render_sarif(found)):
        assert name.strip() in text
        assert secret not in text
        assert not any(secret[i : i + 10] in text for i in range(4, len(secret) - 10))


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "sk-" + "proj-" + "0" * 60,
        "postgres://user:password@host/db",
        "http://host:8080/@scope",
        "git@github.com:owner/name.git",
        "https://user:${PASSWORD}@host/",
        "the word eyJ alone, sk-learn, hf_hub, xoxo-love",
    ],
)
def test_placeholders_are_no_secrets(text: str) -> None:
    assert list(find_secrets(text)) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("mail jane.doe@mail.tld now", [("SH306", "'j…@m…tld'")]),
        ("jane@example.com bob@sub.example.org x@host.test y@a.localhost @home", []),
        ("git@github.com:a/b.git, -@pytest.mark.slow, owner/name@host.tld", []),
        ("-author = jane@post.tld", [("SH306", "'j…@p…tld'")]),
        ("call +49 30 901820 or +1 (212) 736-5000", [("SH307", "'+49…'"), ("SH307", "'+1 …'")]),
        ("+1 212 555 0143 is from a film; 1+2+3; +100000000", []),
        ("4539 1488 0343 6467", [("SH308", "'…6467'")]),
        ("5425233430109903", [("SH308", "'…9903'")]),
        ("4242 4242 4242 4242, 378282246310005", []),
        ("4539 1488 0343 6468", []),  # the check digit is wrong
        ("1234567890123452", []),  # the check digit is right, but no card begins so
        ("DE89 3704 0044 0532 0130 00", [("SH309", "'DE89…'")]),
        ("GB82WEST12345698765432", [("SH309", "'GB82…'")]),
        ("GB82WEST12345698765433", []),
        ("v1.2.3-4539148803436467", []),
    ],
)
def test_personal_data_is_masked(text: str, seen: list[tuple[str, str]]) -> None:
    assert list(find_personal(text)) == seen


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("tab\tand\nline\r\nbreaks", []),
        ("bell\x07", ["SH301"]),
        ("\x1b[31mred", ["SH301"]),
        ("over\rwritten", ["SH301"]),
        ("\x85 \x9b", ["SH301", "SH301"]),
        ("\u202eevil", ["SH302"]),
        ("\u2066isolate\u2069", ["SH302", "SH302"]),
        ("left\u200emark", ["SH302"]),
        ("שלום\u200f!", []),  # a mark belongs into text of that direction
        ("שלום\u202e!", ["SH302"]),
        ("zero\u200bwidth", ["SH303"]),
        ("word\u200djoiner", ["SH303"]),
        ("👩\u200d💻 👨\u200d👩\u200d👧 🏳️\u200d🌈 ❤️\u200d🔥", []),
        ("می\u200cخواهم क्\u200dष", []),  # Persian and Hindi need them
        ("soft\u00adhyphen \ufeff", ["SH303", "SH303"]),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", []),
        ("hidden \U000e0041\U000e0042", ["SH303"]),
        ("🏴" + "\U000e0061" * 9, ["SH303"]),
        ("heart ❤️ keycap 1️⃣", []),
        ("naïve – “quotes” … ½ 日本語 العربية", []),
    ],
)
def test_hidden_characters(text: str, codes: list[str]) -> None:
    assert [code for code, _ in find_hidden(text)] == codes


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Yes.\n\nHuman: And now?\n\nAssistant: Well.", ["'Human:'", "'Assistant:'"]),
        ("Human: Hi", ["'Human:'"]),
        ("prevent infection. Human: Does this", ["'Human:'"]),
        ("class Human:\n    pass; superHuman: x; Human:Being", []),
        ("<|im_start|>user\nHi<|im_end|>", ["'<|im_start|>'", "'<|im_end|>'"]),
        ("[INST] <<SYS>>", ["'[INST]'", "'<<SYS>>'"]),
        ("a <| b |> c and arr[INST]x", ["'[INST]'"]),
        ("### Instruction:\nDo it.", ["'### Instruction:'"]),
        ("### Instructions for use", []),
    ],
)
def test_role_markers(text: str, marks: list[str]) -> None:
    assert list(find_markers(text)) == [("SH304", mark) for mark in marks]


def test_a_finding_says_what_where_and_how_often(tmp_path: Path) -> None:
    rows = clean_rows(12)
    rows[0]["chosen"] += " \u202ea \u202eb \u202ec"
    rows[1]["prompt"] = [{"role": "user", "content": "A\x07"},
                         {"role": "assistant", "content": "B"},
                         {"role": "user", "content": "C\x07"}]  # fmt: skip
    rows[2]["rejected"] += " jane.doe@mail.tld \u2060"
    found = lint(tmp_path / "tone", rows)
    assert told(found) == [("SH302", 1), ("SH301", 2), ("SH303", 3), ("SH306", 3)]
    assert message(found, "SH302").startswith("1: SH302 U+202E right-to-left override in chosen; ")
    assert "U+0007 in turn 1 of the prompt, U+0007 in turn 3 of the prompt; " in message(
        found, "SH301"
    )


def test_what_lint_prints_of_hostile_text_hides_nothing(tmp_path: Path) -> None:
    rows = clean_rows(12)
    rows[3]["_split"], rows[4]["_split"] = "a\x1b[31m\u202e\n", "b"
    rows[4]["prompt"] = rows[3]["prompt"]
    lines = [*map(json.dumps, rows), '{"\u202eprompt\x07": 1}', '{"id": "a\\u0007"}']
    found = lint(tmp_path / "tone", lines)
    for text in (render_plain(found, whole=True), render_json(found), render_sarif(found)):
        assert not any(list(find_hidden(line)) for line in text.splitlines())
    assert "⟦U+202E⟧" in message(found, "SH201")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    for find in (find_hidden, find_markers, find_secrets, find_personal):
        for code, seen in find(text):
            assert code.startswith("SH3") and seen


@pytest.mark.parametrize("unit", ["a@", "1 ", "AB12 ", "eyJ", "-----BEGIN A ", "### User: ", "<|["])
def test_a_very_long_text_takes_no_longer_for_being_hostile(unit: str) -> None:
    text = unit * (2_000_000 // len(unit))
    start = time.process_time()
    for find in (find_hidden, find_markers, find_secrets, find_personal):
        assert list(find(text)) == []
    assert time.process_time() - start < 10  # what is quadratic would take days
