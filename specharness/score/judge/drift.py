"""Is a judge still the one that was admitted? Its anchors are judged again, and compared."""

from collections.abc import Mapping

from specharness.score.judge.admission import Admission
from specharness.score.margins import verdict_of

LIMIT = 0.02  # the mean change of a weighed p that is still taken for rounding
TURNED = 0.25  # of the anchors may have another verdict


def drifted(admission: Admission, now: Mapping[str, float]) -> bool:
    """Whether the anchors' preferences `now` (by id) are no longer those of the admission.

    They are not where more than a quarter of the verdicts changed, nor, for weighed verdicts, where
    the mean of |p now - p then| is above 0.02. An anchor without a preference counts as a whole
    change. True also where there are no anchors, as nothing is then known.

    The mean is no measure of votes: with 3 in each order, a judge that votes for the better one
    four times out of five moves by 0.18, and in at most 4 of 1,000 such trials does a quarter of
    its 12 anchors turn by chance (simulated). A judge that grew a little worse goes unseen.
    """
    if not admission.anchors:
        return True
    then = {anchor.id: anchor.preference for anchor in admission.anchors}
    changes = [abs(now[name] - p) if name in now else 1.0 for name, p in then.items()]
    turned = sum(
        name not in now or verdict_of(now[name]) != verdict_of(p) for name, p in then.items()
    )
    moved = admission.manner.by == "logprob" and sum(changes) / len(changes) > LIMIT + 1e-9
    return moved or turned > TURNED * len(then)
