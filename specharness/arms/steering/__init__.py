"""A vector added to what a network's blocks read: fitted on pairs, saved, added, taken away."""
