"""What kind a reply is, and to which request it belongs: what two gateways should agree on."""

from dataclasses import dataclass

from tws_simulator.messages.names import message_name, name_message

_SIZE_RULES = 164
_CONTRACT_DATA = {"10", "18"}
_NOTICES = range(2100, 2200)
_SYSTEM = {"-1", ""}
_OWNERLESS = {"next_valid_id", "order_bound"}


@dataclass(frozen=True, slots=True)
class Kind:
    """`owner` is the request or order the message belongs to, empty for what belongs to none."""

    owner: str
    name: str

    @property
    def is_refusal(self) -> bool:
        """Whether it is an error about a request."""
        return self.name.startswith("error ") and bool(self.owner)

    def __str__(self) -> str:
        return f"{self.name} for {self.owner}" if self.owner else self.name


def kind_of(fields: list[str], version: int) -> Kind | None:
    """The kind of a message; None for notices about farms and the like, which say nothing about requests."""
    name = message_name(fields)
    named = dict(name_message(fields))
    if fields[0] in _CONTRACT_DATA:
        at = 1 if version >= _SIZE_RULES else 2
        return Kind(fields[at] if len(fields) > at else "", name)
    owner = named.get("req_id") or named.get("order_id") or ""
    owner = "" if owner in _SYSTEM or name in _OWNERLESS else owner
    if name == "error":
        code = named.get("code", "")
        return None if code.isdigit() and int(code) in _NOTICES else Kind(owner, f"error {code}")
    if name == "order_status":
        return Kind(owner, f"order_status {named.get('status', '')}")
    if name == "execution_data":
        # A fill that was asked for belongs to the question, others to their order.
        asked = named.get("req_id", "") not in _SYSTEM
        return Kind(named.get("req_id", "") if asked else named.get("order_id", ""), name)
    return Kind(owner, name)
