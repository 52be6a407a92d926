"""The narrow door to the client library: which one, and the few names the desk takes from it.

Only its transport is used (socket, handshake, encoding, decoding). Its own idea of orders and trades is not: it
marks live orders cancelled on harmless codes (field guide §8). eventkit keeps the event loop of import time, so the
import happens inside the running loop.
"""

import importlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class IbLibrary:
    """What the gateway uses of ib_insync or of its successor ib_async, which keeps the same names."""

    name: str
    version: str
    Client: Any
    Contract: Any
    Order: Any
    ExecutionFilter: Any


def load_ib_library() -> IbLibrary:
    """Import the library that `IB_LIBRARY` names; call it inside the event loop."""
    name: str = settings.IB_LIBRARY
    package = importlib.import_module(name)
    client = importlib.import_module(f"{name}.client")
    return IbLibrary(
        name=name,
        version=str(package.__version__),
        Client=client.Client,
        Contract=package.Contract,
        Order=package.Order,
        ExecutionFilter=package.ExecutionFilter,
    )
