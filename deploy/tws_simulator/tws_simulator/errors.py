"""What the broker refuses, with IB's code and words."""


class BrokerError(Exception):
    """A request that IB would answer with an error message. `code` is IB's, `text` is in IB's words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
