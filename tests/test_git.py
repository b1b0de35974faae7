import os
import subprocess

import pytest

from specharness.errors import UsageError
from specharness.git import describe, export, file_at, is_unchanged, merge_base, project_root

NO_CI = {}


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch, tmp_path):
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


class Repository:
    def __init__(self, root):
        self.root = root
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        who = [
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "protocol.file.allow=always",
        ]
        done = subprocess.run(
            ["git", "-C", str(self.root), *who, *arguments], capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, text, path="spec.md", message="Edit"):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path):
    return Repository(tmp_path / "a répo with spaces")


def clone(repo, tmp_path, *options):
    target = tmp_path / "clone"
    repo.git("clone", "-q", *options, f"file://{repo.root}", str(target))
    found = Repository.__new__(Repository)
    found.root = target
    return found


def test_no_repository_no_git_and_no_commit(tmp_path, repo, monkeypatch):
    assert project_root(tmp_path) is None
    assert merge_base(tmp_path, env=NO_CI) is None
    assert merge_base(repo.root, env=NO_CI) is None
    assert merge_base(repo.root, "main", env=NO_CI) is None
    repo.commit("one")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert project_root(repo.root) is None
    assert merge_base(repo.root, env=NO_CI) is None


def test_the_root_is_found_from_below(repo):
    repo.commit("one", "suites/tone/spec.md")
    assert project_root(repo.root / "suites" / "tone") == repo.root.resolve()


def test_on_the_main_branch_the_base_is_the_last_commit(repo):
    repo.commit("one")
    last = repo.commit("two")
    (repo.root / "spec.md").write_text("three, uncommitted")
    assert merge_base(repo.root, env=NO_CI) == last
    assert file_at(repo.root, last, "spec.md") == "two"


def test_on_a_branch_the_base_is_where_it_left_main(repo):
    fork = repo.commit("one")
    repo.git("switch", "-q", "-c", "edit")
    repo.commit("two")
    repo.git("switch", "-q", "main")
    repo.commit("else", "other.md")
    repo.git("switch", "-q", "edit")
    assert merge_base(repo.root, env=NO_CI) == fork


def test_master_will_do(repo):
    repo.commit("one")
    repo.git("branch", "-m", "master")
    assert merge_base(repo.root, env=NO_CI) == repo.git("rev-parse", "HEAD")


def test_the_remotes_main_branch_comes_first(repo, tmp_path):
    pushed = repo.commit("one")
    mine = clone(repo, tmp_path)
    mine.commit("two, not pushed")
    assert merge_base(mine.root, env=NO_CI) == pushed


def test_a_named_commit_is_taken_as_it_is(repo):
    first = repo.commit("one")
    repo.commit("two")
    repo.git("tag", "-a", "v1", "-m", "release", first)
    for ref in ("v1", "HEAD~1", first, first[:8]):
        assert merge_base(repo.root, ref, env=NO_CI) == first


@pytest.mark.parametrize(
    "ref",
    ["nosuch", "", "--help", "-h", "--output=x", "^main", "main..edit", "a\0b", "HEAD:spec.md"],
)
def test_an_unknown_ref_is_a_usage_error(repo, ref):
    repo.commit("one")
    with pytest.raises(UsageError, match=r"^--spec-base: git knows no commit .*; name a commit"):
        merge_base(repo.root, ref, env=NO_CI)
    with pytest.raises(UsageError):
        file_at(repo.root, ref, "spec.md")
    assert [p.name for p in repo.root.iterdir() if p.name != ".git"] == ["spec.md"]


def test_without_a_main_branch_there_is_no_base(repo):
    repo.commit("one")
    repo.git("branch", "-m", "trunk")
    assert merge_base(repo.root, env=NO_CI) is None


def test_histories_without_a_common_commit(repo):
    repo.commit("one")
    repo.git("switch", "-q", "--orphan", "edit")
    repo.commit("two")
    with pytest.raises(UsageError, match=r"HEAD and main have no common commit.*--spec-base=REF"):
        merge_base(repo.root, env=NO_CI)


@pytest.mark.parametrize("target", ["release", "refs/heads/release"])
def test_ci_names_the_target_branch(repo, tmp_path, target):
    repo.commit("one")
    repo.git("switch", "-q", "-c", "release")
    release = repo.commit("two")
    repo.git("switch", "-q", "-c", "edit")
    repo.commit("three")
    repo.git("switch", "-q", "main")
    theirs = clone(repo, tmp_path, "-b", "edit")
    assert merge_base(theirs.root, env={"GITHUB_BASE_REF": target}) == release
    assert merge_base(theirs.root, env={"GITHUB_BASE_REF": ""}) == repo.git("rev-parse", "main")


def test_a_shallow_clone_is_told_what_to_fetch(repo, tmp_path):
    repo.commit("one")
    repo.git("switch", "-q", "-c", "edit")
    repo.commit("two")
    repo.git("switch", "-q", "main")
    repo.commit("three")
    shallow = clone(repo, tmp_path, "--depth=1", "-b", "edit")
    with pytest.raises(
        UsageError, match=r"target branch main is not in this clone; .*fetch-depth: 0"
    ):
        merge_base(shallow.root, env={"GITHUB_BASE_REF": "main"})
    with pytest.raises(UsageError, match=r"no commit 'v1'; .*fetch-depth: 0"):
        merge_base(shallow.root, "v1", env=NO_CI)
    shallow.git("fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    with pytest.raises(UsageError, match=r"no common commit in this clone; .*fetch-depth: 0"):
        merge_base(shallow.root, env=NO_CI)


@pytest.mark.parametrize(
    "path",
    ["spec.md", "sp ec.md", "spéc 规.md", "-x.md", "*.md", ":(top)a.md", "a/b:c.md", "a\nb.md"],
)
def test_a_file_as_it_was(repo, path):
    first = repo.commit("one\r\ntwo\n", path)
    repo.commit("new", path)
    assert file_at(repo.root, first, path) == "one\ntwo\n"
    assert file_at(repo.root, first, repo.root / path) == "one\ntwo\n"
    assert file_at(repo.root, "HEAD", path) == "new"


def test_what_was_not_there_is_none(repo, tmp_path):
    first = repo.commit("one", "a/spec.md")
    repo.commit("new", "b.md")
    for path in ("b.md", "a", "a/spec.md/x", "*", ".", tmp_path / "elsewhere.md", "../x.md"):
        assert file_at(repo.root, first, path) is None


def test_a_file_that_is_gone_from_the_working_tree(repo):
    first = repo.commit("one")
    (repo.root / "spec.md").unlink()
    assert file_at(repo.root, first, "spec.md") == "one"


def test_an_empty_file_is_there(repo):
    assert file_at(repo.root, repo.commit(""), "spec.md") == ""


def test_what_is_not_text_is_a_usage_error(repo):
    first = repo.commit(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"spec.md: not UTF-8 text"):
        file_at(repo.root, first, "spec.md")


def test_files_and_folders_are_put_elsewhere_byte_for_byte(repo, tmp_path):
    repo.commit("one", "data/more/b.csv")
    first = repo.commit(b"\xff\r\n", "data/é a.bin")
    repo.commit("new", "data/later.csv")
    (repo.root / "data/link").symlink_to("later.csv")
    second = repo.commit("x", "c.md")
    into = tmp_path / "there"
    into.mkdir()
    assert export(repo.root, first, "data", into) == into / "data"
    files = {p.relative_to(into / "data").as_posix(): p for p in into.rglob("*") if p.is_file()}
    assert sorted(files) == ["more/b.csv", "é a.bin"]
    assert files["é a.bin"].read_bytes() == b"\xff\r\n"
    assert export(repo.root, second, repo.root / "c.md", into) == into / "c.md"
    assert export(repo.root, first, "c.md", into) is None
    assert export(repo.root, first, "../x", into) is None


def test_what_a_link_led_to_then(repo, tmp_path):
    link = repo.root / "sub" / "spec.md"
    repo.commit("a", "a.md")
    link.parent.mkdir()
    link.symlink_to("../a.md")
    first = repo.commit("b", "b.md")
    link.unlink()
    link.symlink_to("../b.md")
    second = repo.commit("b2", "b.md")
    assert (file_at(repo.root, first, link), file_at(repo.root, second, link)) == ("a", "b2")
    assert export(repo.root, first, link, tmp_path).read_text() == "a"
    assert not is_unchanged(repo.root, first, link)
    link.unlink()
    link.symlink_to("/etc/passwd")
    third = repo.commit("b3", "b.md")
    assert file_at(repo.root, third, link) is None
    link.unlink()
    link.symlink_to("spec.md")
    assert file_at(repo.root, repo.commit("b4", "b.md"), "sub/spec.md") is None


def test_unchanged_is_what_git_would_store_alike(repo):
    (repo.root / ".gitattributes").write_text("*.md text\n")
    first = repo.commit("one\n", "data/a.md")
    (repo.root / "data/a.md").write_bytes(b"one\r\n")
    assert is_unchanged(repo.root, first, "data/a.md")
    assert is_unchanged(repo.root, first, "data")
    (repo.root / "data/a.md").write_bytes(b"two\n")
    assert not is_unchanged(repo.root, first, "data/a.md")
    assert not is_unchanged(repo.root, first, "data")
    assert not is_unchanged(repo.root, first, "data/b.md")


def test_a_label_is_short(repo):
    first = repo.commit("one", message="Say less")
    assert describe(repo.root, first) == f"{first[:7]} Say less"
    second = repo.commit("two", message="word " * 50)
    label = describe(repo.root, "HEAD")
    assert label.startswith(f"{second[:7]} word word")
    assert len(label) == 68


def test_a_linked_worktree_has_its_own_head(repo, tmp_path):
    fork = repo.commit("one")
    repo.git("worktree", "add", "-q", "-b", "edit", str(tmp_path / "linked"))
    repo.commit("two")
    assert project_root(tmp_path / "linked") == tmp_path / "linked"
    assert merge_base(tmp_path / "linked", env=NO_CI) == fork


def test_git_variables_are_respected(repo, tmp_path, monkeypatch):
    first = repo.commit("one")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("GIT_DIR", str(repo.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(work))
    assert project_root(work) == work
    assert file_at(work, merge_base(work, env=NO_CI), "spec.md") == "one"
    assert merge_base(work, env=NO_CI) == first


def test_index_and_working_tree_stay_as_they_are(repo):
    repo.commit("one")
    (repo.root / "spec.md").write_text("two")
    os.utime(repo.root / "spec.md", (1, 1))
    files = [p for p in repo.root.rglob("*") if p.is_file()]
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files}
    base = merge_base(project_root(repo.root), env=NO_CI)
    file_at(repo.root, base, "spec.md")
    describe(repo.root, base)
    files = [p for p in repo.root.rglob("*") if p.is_file()]
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files} == before


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give away")
def test_a_folder_that_git_does_not_trust(repo, monkeypatch):
    repo.commit("one")
    for path in (repo.root, repo.root / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(
        UsageError, match=r"does not trust .*git config --global --add safe.directory"
    ):
        project_root(repo.root)
