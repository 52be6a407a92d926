"""Cuts both directions of a connection into messages; whatever is no TWS stream stays bytes."""

from collections.abc import Iterator

from tws_simulator.wire.framing import FrameError, FrameReader

MAX_FRAME = 64 << 20  # gateways send lists of scanner parameters of some megabytes


class _Gateway(FrameReader):
    """Frames of a gateway, which begin without a prefix."""

    def __init__(self) -> None:
        super().__init__(MAX_FRAME)
        self._prefix_seen = True


class Cutter:
    """One direction of one connection."""

    def __init__(self, *, from_client: bool) -> None:
        self._reader: FrameReader | None = FrameReader(MAX_FRAME) if from_client else _Gateway()

    def feed(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        """Messages that `data` completes, each with True; once the stream is no TWS, its bytes with False."""
        if self._reader is None:
            yield False, data
            return
        try:
            for payload in self._reader.feed(data):
                yield True, payload
        except FrameError:
            self._reader = None
            yield False, data
