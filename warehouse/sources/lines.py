"""Where the records of a text file stand: asked only when a row has to be refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

CHUNK = 1 << 24
LINE_FEED, CARRIAGE_RETURN = 10, 13


class RecordPositions:
    """Positions of lines, and of the records that DuckDB's reader accepted.

    Args:
        path: UTF-8 text.
        quote: character that quotes fields with line ends inside them, or "".
        header: the first record is a header.
        rejected: byte offsets at which rejected records begin.
        accepted: how many records the reader accepted.
    """

    def __init__(self, path: Path, quote: str, *, header: bool, rejected: NDArray[np.int64], accepted: int) -> None:
        self.data = np.memmap(path, dtype=np.uint8, mode="r")
        self.line_starts = self._line_starts()
        self.records = self._records(quote, header, rejected, accepted)

    def line(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers, from 1, of the lines that hold these byte offsets."""
        return np.searchsorted(self.line_starts, offsets, side="right").astype(np.int64)

    def locate(self, ordinals: NDArray[np.int64]) -> pa.Table:
        """Line and text of accepted records, by their ordinals: a table (ordinal, line, content).

        Where quotes stand so oddly that records cannot be told from lines, line and content are NULL.
        """
        import pyarrow as pa

        if self.records is None:
            empty = pa.nulls(len(ordinals))
            return pa.table({"ordinal": ordinals, "line": empty.cast(pa.int64()), "content": empty.cast(pa.string())})
        starts = self.records[ordinals]
        ends = np.append(self.line_starts, len(self.data))
        following = np.append(self.records, len(self.data))[ordinals + 1]
        # A rejected record may stand between an accepted one and the next.
        line_end = ends[np.searchsorted(ends, starts, side="right")]
        stop = np.where(self.multiline[ordinals], following, np.minimum(following, line_end))
        offsets = np.empty(2 * len(ordinals) + 1, dtype=np.int64)
        offsets[0:-1:2], offsets[1:-1:2], offsets[-1] = starts, stop, len(self.data)
        # Slices of the mapped file, none copied: every second one is a record, the others lie between.
        slices = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(self.data)]
        )
        content = slices.take(pa.array(np.arange(0, len(offsets) - 1, 2)))
        return pa.table({"ordinal": ordinals, "line": self.line(starts), "content": content})

    def _line_starts(self) -> NDArray[np.int64]:
        ends = self._positions(LINE_FEED)
        if not len(ends):
            ends = self._positions(CARRIAGE_RETURN)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends + 1])
        return starts[starts < len(self.data)]

    def _positions(self, byte: int) -> NDArray[np.int64]:
        found = [
            np.flatnonzero(self.data[at : at + CHUNK] == byte).astype(np.int64) + at
            for at in range(0, len(self.data), CHUNK)
        ]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _records(
        self, quote: str, header: bool, rejected: NDArray[np.int64], accepted: int
    ) -> NDArray[np.int64] | None:
        starts = self.line_starts
        first = self.data[starts]
        filled = (first != LINE_FEED) & (first != CARRIAGE_RETURN)
        candidates = [filled]
        if quote:
            # A line begins a record unless an odd number of quotes stands before it: then a quoted field is open.
            quotes_before = np.searchsorted(self._positions(ord(quote)), starts)
            candidates.insert(0, filled & (quotes_before % 2 == 0))
        candidates.append(np.ones_like(filled))  # of a single column, a blank line is a record
        for begins in candidates:
            records = starts[begins][int(header) :]
            records = records[~np.isin(records, rejected)]
            if len(records) == accepted:
                own = np.searchsorted(starts, records)
                # The line after a record's first one belongs to it when it begins no record and is not blank.
                after = np.append(begins | ~filled, True)[own + 1]
                self.multiline = ~after
                return np.asarray(records, dtype=np.int64)
        return None
