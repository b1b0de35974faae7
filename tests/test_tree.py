"""The prefix tree and its plan, without a model."""

from hypothesis import given
from hypothesis import strategies as st

from specharness.models.tree import Node, TokenRun, build_tree, plan_steps, targets, visible

runs = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2), min_size=1, max_size=6),
        st.lists(st.integers(0, 2), min_size=1, max_size=6),
    ).map(lambda t: TokenRun(ids=(*t[0], *t[1]), start=len(t[0]))),
    min_size=1,
    max_size=12,
)


def path(node: Node | None) -> list[int]:
    return [] if node is None else [*path(node.parent), *node.tokens]


@given(runs)
def test_every_sequence_is_a_path(batch: list[TokenRun]) -> None:
    tree = build_tree(batch)
    assert [tuple(path(end)) for end in tree.ends] == [run.ids for run in batch]


@given(runs)
def test_the_tree_holds_each_prefix_once(batch: list[TokenRun]) -> None:
    prefixes = {run.ids[:n] for run in batch for n in range(1, len(run.ids) + 1)}
    assert sum(root.size for root in build_tree(batch).roots) == len(prefixes)


@given(runs, st.integers(1, 9))
def test_the_plan_runs_every_token_once_within_its_budget(
    batch: list[TokenRun], budget: int
) -> None:
    tree = build_tree(batch)
    steps = list(plan_steps(tree.roots, budget))
    assert all(0 < len(step.tokens) <= budget for step in steps)
    assert sum(len(step.tokens) for step in steps) == sum(root.size for root in tree.roots)


@given(runs, st.integers(1, 9))
def test_each_token_sees_its_own_prefix_and_nothing_else(
    batch: list[TokenRun], budget: int
) -> None:
    cache: list[tuple[int, int]] = []  # (token, position) as a model would have cached them
    for step in plan_steps(build_tree(batch).roots, budget):
        cache = cache[: step.past]
        seen = [*cache, *zip(step.tokens, step.positions, strict=True)]
        rows = iter(visible(step))
        for piece in step.pieces:
            for i in range(piece.begin, piece.end):
                shown = [seen[c] for c, yes in enumerate(next(rows)) if yes]
                whole = path(piece.node)[: piece.node.depth + i + 1]
                assert sorted(shown, key=lambda t: t[1]) == [(t, n) for n, t in enumerate(whole)]
        cache = seen if len(step.pieces) == 1 else cache


@given(runs, st.integers(1, 9))
def test_every_response_token_is_predicted_once(batch: list[TokenRun], budget: int) -> None:
    tree = build_tree(batch)
    found = [(id(node), i) for s in plan_steps(tree.roots, budget) for _, node, i in targets(s)]
    assert len(found) == len(set(found))
    for run, end in zip(batch, tree.ends, strict=True):
        node: Node | None = end
        while node is not None:
            need = range(max(0, run.start - node.depth), len(node.tokens))
            assert all((id(node), i) in set(found) for i in need)
            node = node.parent
