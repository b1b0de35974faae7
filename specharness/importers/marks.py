"""A set of 64-bit numbers that stays small with millions of them."""

from array import array

_FIRST = 1024  # slots, a power of two


class Marks:
    """Numbers that were seen, in 16 to 32 bytes each (a Python set takes about 80)."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST))
        self._count = 0

    def add(self, mark: int) -> bool:
        """Note a number of 0 to 2**64 - 1; whether it is new. 0 counts as 1: 0 is a free slot.

        >>> marks = Marks()
        >>> marks.add(7), marks.add(7), marks.add(8)
        (True, False, True)
        """
        mark = mark or 1
        slots, last = self._slots, len(self._slots) - 1
        place = mark & last
        while found := slots[place]:
            if found == mark:
                return False
            place = (place + 1) & last
        slots[place] = mark
        self._count += 1
        if 2 * self._count > len(slots):
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._slots
        self._slots, self._count = array("Q", bytes(16 * len(old))), 0
        for mark in old:
            if mark:
                self.add(mark)
