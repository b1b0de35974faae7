"""One case per held-out pair, and one per suite: the gate is what blocks."""


def test_preference(preference):
    preference.check()


def test_gate(gate):
    gate.check()
