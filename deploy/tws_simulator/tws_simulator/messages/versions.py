"""Server versions: which are spoken, and what changed at each that matters here."""

MIN_VERSION = 157
MAX_VERSION = 178

SIZES_IN_SHARES = 159  # US stock sizes change from round lots to shares
SIZE_RULES = 164
REJECT_JSON = 166
MANUAL_ORDER_TIME = 169
PEGGED_ATTRIBUTES = 170
WSH_FILTERS = 171
WSH_DATES = 173
ISSUER_ID = 176
FA_PROFILE_GONE = 177
PENDING_PRICE_REVISION = 178


class VersionError(Exception):
    """A client offers no server version that we speak."""


def negotiate(text: str, *, server_max: int = MAX_VERSION) -> int:
    """Choose the version for a client that said `v157..176 options`. Raises VersionError when none fits."""
    offer = text.split(" ", 1)[0].removeprefix("v")
    low_text, _, high_text = offer.partition("..")
    try:
        low, high = int(low_text), int(high_text or low_text)
    except ValueError:
        raise VersionError(f"unreadable version offer {text[:40]!r}") from None
    chosen = min(high, server_max)
    if chosen < max(low, MIN_VERSION):
        raise VersionError(f"client offers {low} to {high}, this server speaks {MIN_VERSION} to {server_max}")
    return chosen
