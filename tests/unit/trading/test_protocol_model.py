"""A model of the way between intent, gateway process and IB, with crashes and lost messages as moves.

The desk's side of it are the real rules (`trading.domain`, `trading.gateway.ib_mapping`) joined as the gateway joins
them: write-ahead before the socket, doubt after every lost connection, and silence that proves nothing. IB's side is
as small as can be. Hypothesis looks for an order of moves after which the desk has sent an intent twice, says an end
that IB has not given, or does not find the truth when everything is connected again.
"""

from dataclasses import dataclass, field
from decimal import Decimal as D

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trading.domain import order_events as ev
from trading.domain.order_state import IllegalMove, apply
from trading.domain.orders import OrderState, OrderStatus
from trading.gateway import ib_mapping as ib

QUANTITY = D(10)
Message = tuple[str, int, int, D]
_LIVE_WORDS = {"PreSubmitted", "Submitted"}


@dataclass
class AtIb:
    """An order as IB has it; `executions` are (root, quantity)."""

    ref: int
    order_id: int
    perm: int = 0
    quantity: D = QUANTITY
    status: str = "Submitted"
    executions: list[tuple[str, D]] = field(default_factory=list)

    @property
    def filled(self) -> D:
        return sum((quantity for _, quantity in self.executions), D(0))

    @property
    def is_live(self) -> bool:
        return self.status in _LIVE_WORDS


@dataclass
class AtDesk:
    """An intent in the database: the order by the real rules, and how far its command has come."""

    state: OrderState
    command: str = "queued"
    order_id: int = 0
    refusal: str = ""
    wants_cancel: bool = False
    wanted: D = QUANTITY  # by the latest change
    said: dict[int, str] = field(default_factory=dict)  # IB's last word about each of its numbers

    def lives_under_another(self, perm: int) -> bool:
        """Whether IB has called another of the order's numbers alive and not yet ended."""
        return any(number != perm and word in _LIVE_WORDS for number, word in self.said.items())


@dataclass(frozen=True)
class Word:
    """One message from IB about one order."""

    kind: str
    ref: int
    text: str = ""
    root: str = ""
    quantity: D = D(0)
    perm: int = 0


class Protocol(RuleBasedStateMachine):
    """The moves."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[AtDesk] = []
        self.at_ib: list[AtIb] = []
        self.to_ib: list[Message] = []  # (place, modify, split or cancel; ref; order id; quantity)
        self.from_ib: list[Word] = []
        self.held: list[Message] = []
        self.in_hand: set[int] = set()  # claimed by the living process, not written yet
        self.in_doubt: set[int] = set()  # claimed by it in a commit that was not answered
        self.frozen_hand: set[int] = set()  # what a frozen process believes to have in hand
        self.is_alive = self.is_connected = self.is_ready = True
        self.link_is_up = True
        self.highest_id = 0
        self.next_valid_id = 1
        self.executions = 0

    # without trouble ----------------------------------------------------------------------------------------

    @initialize(count=st.integers(0, 2))
    def orders_work_already(self, count: int) -> None:
        """Most of what can go wrong needs an order that IB has."""
        for _ in range(count):
            self.somebody_wants_an_order()
        self.everything_flows()

    @precondition(lambda self: self.is_ready)
    @rule()
    def everything_flows(self) -> None:
        """What waits anywhere goes all its way."""
        for ref in self.queued():
            self.claim(ref)
        for ref in sorted(self.in_hand):
            self.write(ref)
        while self.to_ib:
            self.ib_takes(self.to_ib.pop(0))
        while self.from_ib:
            self.hear(self.from_ib.pop(0))

    @rule(rolled_back=st.integers(0, 3))
    def all_is_mended(self, rolled_back: int) -> None:
        """The process, the link and the connection are there again, and what waits flows."""
        if not self.is_alive:
            self.the_process_starts_again()
        if not self.link_is_up:
            self.ib_has_its_link_again(held="kept for later")
        if not self.is_connected:
            self.the_gateway_connects(rolled_back=rolled_back)
        self.everything_flows()

    # the desk -----------------------------------------------------------------------------------------------

    def record(self, ref: int, event: ev.OrderEvent) -> None:
        """As the gateway does: what the table does not know is an anomaly and moves nothing."""
        order = self.orders[ref]
        try:
            order.state = apply(order.state, event)
        except IllegalMove:
            return
        if order.command == "sent" and order.state.status is not OrderStatus.PENDING_SUBMIT:
            order.command = "done"

    @precondition(lambda self: len(self.orders) < 3 and self.is_ready)
    @rule()
    def somebody_wants_an_order(self) -> None:
        self.orders.append(AtDesk(OrderState(status=OrderStatus.PENDING_SUBMIT, quantity=QUANTITY)))
        self.record(len(self.orders) - 1, ev.OrderSubmitted())

    def queued(self) -> list[int]:
        return [ref for ref, order in enumerate(self.orders) if order.command == "queued"]

    @precondition(lambda self: self.is_ready and self.queued())
    @rule(data=st.data())
    def the_gateway_claims(self, data: st.DataObject) -> None:
        """One transaction: the id is reserved and the sending is on record before a byte is written."""
        self.claim(data.draw(st.sampled_from(self.queued())))

    def claim(self, ref: int) -> None:
        order = self.orders[ref]
        if order.state.status not in (OrderStatus.PENDING_SUBMIT, OrderStatus.PENDING_CANCEL):
            order.command = "failed"
            return
        self.highest_id = max(self.next_valid_id, self.highest_id + 1)
        order.order_id, order.command = self.highest_id, "sent"
        self.record(ref, ev.SendReserved(ib_order_id=order.order_id, ib_client_id=1))
        order.command = "sent"
        self.in_hand.add(ref)

    @precondition(lambda self: self.is_ready and self.queued())
    @rule(data=st.data(), committed=st.booleans())
    def a_claim_has_no_answer_to_its_commit(self, data: st.DataObject, committed: bool) -> None:
        """The database went away in that moment: the claim stands, or it does not, and nothing is written."""
        ref = data.draw(st.sampled_from(self.queued()))
        if self.orders[ref].state.status in (OrderStatus.PENDING_SUBMIT, OrderStatus.PENDING_CANCEL) and committed:
            self.highest_id = max(self.next_valid_id, self.highest_id + 1)
            self.orders[ref].order_id = self.highest_id
            self.record(ref, ev.SendReserved(ib_order_id=self.highest_id, ib_client_id=1))
            self.orders[ref].command = "sent"
            self.in_doubt.add(ref)

    @precondition(lambda self: self.is_alive and self.in_doubt)
    @rule()
    def the_database_is_back(self) -> None:
        self.take_back(self.in_doubt)

    def take_back(self, refs: set[int]) -> None:
        """Whoever had them in hand knows that not a byte was written, whatever others have begun to doubt."""
        for ref in sorted(refs):
            self.orders[ref].command = "expired"
            self.record(ref, ev.SendExpired(reason="not sent"))
        refs.clear()

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def a_deadline_passes_between_claim_and_write(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(sorted(self.in_hand)))
        self.in_hand.discard(ref)
        self.take_back({ref})

    @precondition(lambda self: self.in_hand and self.is_connected)
    @rule(data=st.data())
    def the_gateway_writes(self, data: st.DataObject) -> None:
        self.write(data.draw(st.sampled_from(sorted(self.in_hand))))

    def write(self, ref: int) -> None:
        self.in_hand.discard(ref)
        self.to_ib.append(("place", ref, self.orders[ref].order_id, QUANTITY))

    @precondition(lambda self: self.is_alive and self.queued())
    @rule(data=st.data())
    def a_deadline_passes(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(self.queued()))
        self.orders[ref].command = "expired"
        self.record(ref, ev.SendExpired(reason="too late"))

    def cancellable(self) -> list[int]:
        return [r for r, o in enumerate(self.orders) if not o.state.status.is_terminal and not o.wants_cancel]

    @precondition(lambda self: self.is_ready and self.cancellable())
    @rule(data=st.data())
    def somebody_wants_a_cancel(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(self.cancellable()))
        order = self.orders[ref]
        order.wants_cancel = True
        self.record(ref, ev.CancelRequested())
        if order.order_id and ref not in self.in_hand | self.in_doubt | self.frozen_hand:
            self.to_ib.append(("cancel", ref, order.order_id, D(0)))

    def changeable(self) -> list[int]:
        may = (OrderStatus.WORKING, OrderStatus.PARTIALLY_FILLED)
        return [r for r, o in enumerate(self.orders) if o.state.status in may and not o.wants_cancel]

    @precondition(lambda self: self.is_ready and self.changeable())
    @rule(data=st.data(), quantity=st.sampled_from([D(5), D(20)]), how=st.sampled_from(["modify", "modify", "split"]))
    def somebody_wants_a_change(self, data: st.DataObject, quantity: D, how: str) -> None:
        """On a degraded link IB can make a second order of it, with a number of its own (field guide §1.1)."""
        ref = data.draw(st.sampled_from(self.changeable()))
        order = self.orders[ref]
        if quantity > order.state.filled_quantity:
            order.wanted = quantity
            self.record(ref, ev.ModifyRequested(quantity=quantity))
            self.to_ib.append((how, ref, order.order_id, quantity))

    @precondition(lambda self: any(o.state.status is OrderStatus.UNKNOWN for o in self.orders))
    @rule(data=st.data(), cancelled=st.booleans())
    def a_person_attests(self, data: st.DataObject, cancelled: bool) -> None:
        unknown = [r for r, o in enumerate(self.orders) if o.state.status is OrderStatus.UNKNOWN]
        said = ev.AttestedCancelled if cancelled else ev.AttestedNeverReached
        self.record(data.draw(st.sampled_from(unknown)), said(person="trader", reason="asked IB on the phone"))

    # trouble ------------------------------------------------------------------------------------------------

    def lose_the_wire(self, arrived: int) -> None:
        """A prefix of what was written arrives; everything on its way back is gone."""
        for message in self.to_ib[:arrived]:
            self.ib_takes(message)
        self.to_ib.clear()
        self.from_ib.clear()
        self.is_connected = self.is_ready = False

    def doubt(self) -> None:
        for ref, order in enumerate(self.orders):
            if order.command == "sent" and ref not in self.in_hand | self.in_doubt:
                order.command = "unknown"
                self.record(ref, ev.OutcomeUnknown(reason="the connection was lost"))

    @precondition(lambda self: self.is_connected)
    @rule(arrived=st.integers(0, 4))
    def the_connection_is_cut(self, arrived: int) -> None:
        self.lose_the_wire(arrived)
        self.take_back(self.in_hand)  # not a byte was written: IB has certainly not seen it
        self.doubt()

    @precondition(lambda self: self.is_alive and not self.frozen_hand)
    @rule(arrived=st.integers(0, 4))
    def the_leader_freezes_and_another_takes_over(self, arrived: int) -> None:
        """The new one knows nothing of the old one's hands and doubts all that is not answered."""
        self.lose_the_wire(arrived)
        self.frozen_hand = self.in_hand | self.in_doubt
        self.in_hand, self.in_doubt = set(), set()
        self.doubt()

    @precondition(lambda self: self.frozen_hand)
    @rule()
    def the_frozen_one_wakes(self) -> None:
        """It has lost the lease, so it writes nothing to IB; but it knows what it never wrote."""
        self.take_back(self.frozen_hand)

    @precondition(lambda self: self.is_alive)
    @rule(arrived=st.integers(0, 4))
    def the_process_is_killed(self, arrived: int) -> None:
        self.lose_the_wire(arrived)
        self.is_alive = False
        self.in_hand.clear()  # nobody remembers what was written
        self.in_doubt.clear()

    @precondition(lambda self: not self.is_alive)
    @rule()
    def the_process_starts_again(self) -> None:
        self.is_alive = True
        self.doubt()

    @precondition(lambda self: self.is_alive and not self.is_connected)
    @rule(rolled_back=st.integers(0, 3))
    def the_gateway_connects(self, rolled_back: int) -> None:
        """IB's next valid id may have gone back."""
        self.is_connected = True
        self.next_valid_id = max(1, 1 + max((row.order_id for row in self.at_ib), default=0) - rolled_back)
        self.compare()
        self.is_ready = self.link_is_up

    @precondition(lambda self: self.is_connected)
    @rule()
    def the_gateway_compares(self) -> None:
        self.compare()

    def compare(self) -> None:
        """Open orders, completed orders, executions, each to its end; the wire keeps order, so all sent is in it."""
        while self.to_ib:
            self.ib_takes(self.to_ib.pop(0))
        while self.from_ib:
            self.hear(self.from_ib.pop(0))
        if not self.link_is_up:
            return  # without its link IB answers from memory, which proves nothing
        for row in self.at_ib:
            if row.is_live:
                self.hear_terms(row.ref, row.quantity)
                self.hear_status(row.ref, row.perm, row.status, ib.status_event(row.status, is_sync=True))
        for row in self.at_ib:
            if not row.is_live:
                self.hear_completed(row)
        for row in self.at_ib:
            for root, quantity in row.executions:
                self.record(row.ref, _fill(root, quantity))
        self.settle()

    def hear_completed(self, row: AtIb) -> None:
        order = self.orders[row.ref]
        status = "Cancelled" if row.status == "Inactive" else row.status
        event = ib.completed_event(status, "")
        if status == "Filled" and row.quantity == order.state.filled_quantity:
            event = ev.TermsConfirmed(quantity=row.quantity)
        if order.refusal and isinstance(event, ev.OrderCancelled):
            event = ev.OrderRejected(code="201", reason=order.refusal)
        self.hear_status(row.ref, row.perm, status, event)

    def hear_status(self, ref: int, perm: int, word: str, event: ev.OrderEvent) -> None:
        """The end of one of IB's numbers is the order's end only when none of its others lives."""
        order = self.orders[ref]
        order.said[perm] = word
        ends = isinstance(event, (ev.OrderCancelled, ev.OrderExpired, ev.OrderRejected, ev.OrderHeld))
        if not (ends and order.lives_under_another(perm)):
            self.record(ref, event)

    def hear_terms(self, ref: int, quantity: D) -> None:
        """While a change is pending only the echo of that change counts."""
        order = self.orders[ref]
        is_pending = order.state.status is OrderStatus.PENDING_REPLACE
        if quantity == order.wanted if is_pending else quantity != order.state.quantity:
            self.record(ref, ev.TermsConfirmed(quantity=quantity))

    def settle(self) -> None:
        known = {row.ref for row in self.at_ib}
        listed = {row.ref for row in self.at_ib if row.is_live}
        for ref, order in enumerate(self.orders):
            sent = order.order_id and ref not in self.in_hand | self.in_doubt | self.frozen_hand
            if ref in listed and order.state.status is OrderStatus.PENDING_REPLACE:
                self.record(ref, ev.ModifyRejected(reason="IB still holds the order on its old terms"))
            if ref in listed and order.state.status is OrderStatus.PENDING_CANCEL:
                self.record(ref, ev.CancelRejected(reason="IB still holds the order open"))
                order.wants_cancel = False
            if sent and ref not in known and not order.state.status.is_terminal:
                if order.refusal:
                    self.record(ref, ev.OrderRejected(code="201", reason=order.refusal))
                else:
                    self.record(ref, ev.OutcomeUnknown(reason="IB does not list it"))

    def hear(self, word: Word) -> None:
        match word.kind:
            case "status":
                self.hear_status(word.ref, word.perm, word.text, ib.status_event(word.text))
            case "terms":
                self.hear_terms(word.ref, word.quantity)
            case "change refused":
                self.record(word.ref, ev.ModifyRejected(code="104", reason="cannot modify"))
            case "execution":
                self.record(word.ref, _fill(word.root, word.quantity))
            case "refusal":
                self.orders[word.ref].refusal = word.text  # believed when an answer does not list the order

    @precondition(lambda self: self.from_ib and self.is_connected)
    @rule(second=st.booleans(), twice=st.booleans())
    def a_word_of_ib_arrives(self, second: bool, twice: bool) -> None:
        """Neighbours may change places, and IB says things twice."""
        word = self.from_ib.pop(1 if second and len(self.from_ib) > 1 else 0)
        self.hear(word)
        if twice:
            self.hear(word)

    @precondition(lambda self: self.from_ib)
    @rule()
    def a_word_of_ib_is_lost(self) -> None:
        self.from_ib.pop(0)

    # IB -----------------------------------------------------------------------------------------------------

    def say(self, word: Word) -> None:
        if self.is_connected and self.link_is_up:
            self.from_ib.append(word)

    def ib_takes(self, message: Message) -> None:
        if not self.link_is_up:
            self.held.append(message)
            return
        kind, ref, order_id, quantity = message
        found = next((row for row in self.at_ib if row.order_id == order_id and row.is_live), None)
        if kind == "place" and not any(row.order_id == order_id for row in self.at_ib):
            self.work(AtIb(ref, order_id, perm=len(self.at_ib) + 1))
        elif kind == "split" and found is not None:
            self.work(AtIb(ref, order_id, perm=len(self.at_ib) + 1, quantity=quantity))
        elif kind in ("modify", "split"):
            self.change(found, ref, quantity)
        elif kind == "cancel" and found is not None:
            self.end(found, "Cancelled")

    def work(self, row: AtIb) -> None:
        self.at_ib.append(row)
        self.say(Word("status", row.ref, "PreSubmitted", perm=row.perm))
        self.say(Word("status", row.ref, "Submitted", perm=row.perm))
        self.say(Word("terms", row.ref, quantity=row.quantity))

    def change(self, row: AtIb | None, ref: int, quantity: D) -> None:
        if row is None or quantity < row.filled:
            self.say(Word("change refused", ref))
            return
        row.quantity = quantity
        self.say(Word("terms", ref, quantity=quantity))
        if row.filled == row.quantity:
            self.end(row, "Filled")

    def end(self, row: AtIb, status: str) -> None:
        row.status = status
        self.say(Word("status", row.ref, status, perm=row.perm))

    @precondition(lambda self: self.to_ib)
    @rule()
    def ib_reads(self) -> None:
        self.ib_takes(self.to_ib.pop(0))

    @precondition(lambda self: any(message[0] == "place" for message in self.to_ib))
    @rule()
    def ib_swallows_an_order(self) -> None:
        self.to_ib.remove(next(message for message in self.to_ib if message[0] == "place"))

    @precondition(lambda self: self.link_is_up)
    @rule()
    def ib_loses_its_link(self) -> None:
        self.link_is_up = self.is_ready = False

    @precondition(lambda self: not self.link_is_up)
    @rule(held=st.sampled_from(["released", "discarded", "kept for later"]))
    def ib_has_its_link_again(self, held: str) -> None:
        """What was written meanwhile goes out now, never, or some time later: nobody knows (field guide §4.4)."""
        self.link_is_up = True
        if held == "released":
            self.ib_releases_what_it_held()
        elif held == "discarded":
            self.held.clear()
        if self.is_connected:
            self.compare()
            self.is_ready = True

    @precondition(lambda self: self.held and self.link_is_up)
    @rule()
    def ib_releases_what_it_held(self) -> None:
        held, self.held = self.held, []
        for message in held:
            self.ib_takes(message)

    def live(self) -> list[AtIb]:
        return [row for row in self.at_ib if row.is_live]

    @precondition(lambda self: self.live())
    @rule(data=st.data(), quantity=st.sampled_from([D(3), D(10)]))
    def ib_fills(self, data: st.DataObject, quantity: D) -> None:
        row = data.draw(st.sampled_from(self.live()))
        quantity = min(quantity, row.quantity - row.filled)
        self.executions += 1
        root = f"e{self.executions}"
        row.executions.append((root, quantity))
        self.say(Word("execution", row.ref, root=root, quantity=quantity))
        if row.filled == row.quantity:
            self.end(row, "Filled")

    @precondition(lambda self: self.live())
    @rule(data=st.data(), word=st.sampled_from(["Cancelled", "Inactive"]))
    def ib_ends_an_order(self, data: st.DataObject, word: str) -> None:
        """Cancelled by IB, or refused: Inactive with a 201, in either order."""
        row = data.draw(st.sampled_from(self.live()))
        if word == "Inactive" and not row.executions:
            self.say(Word("refusal", row.ref, "not enough margin"))
            self.end(row, "Inactive")
        else:
            self.end(row, "Cancelled")

    # what must always be true -------------------------------------------------------------------------------

    def placed(self) -> list[int]:
        """Intents on their way to IB."""
        return [ref for kind, ref, _, _ in [*self.to_ib, *self.held] if kind == "place"]

    @invariant()
    def no_intent_is_sent_twice(self) -> None:
        """What IB itself makes of a change on a degraded link has the same order id; nothing else may."""
        ids = {(row.ref, row.order_id) for row in self.at_ib}
        assert len(ids) == len({ref for ref, _ in ids}) == len({order_id for _, order_id in ids})
        assert len(self.placed()) == len(set(self.placed()))
        assert not set(self.placed()) & {row.ref for row in self.at_ib}

    @invariant()
    def nothing_that_was_given_up_is_at_ib(self) -> None:
        for ref, order in enumerate(self.orders):
            if order.command in ("expired", "failed"):
                assert ref not in self.placed()
                assert all(row.ref != ref for row in self.at_ib)

    @invariant()
    def no_end_without_evidence(self) -> None:
        for ref, order in enumerate(self.orders):
            if not order.state.status.is_terminal or order.state.is_attested:
                continue
            rows = [row for row in self.at_ib if row.ref == ref]
            assert ref not in self.placed(), "an order that may still reach IB was called ended"
            if order.state.status is OrderStatus.FILLED:
                assert sum((row.filled for row in rows), D(0)) >= order.state.quantity
            else:
                heard = {row.perm for row in rows if row.perm in order.said}
                assert all(not row.is_live for row in rows if row.perm in heard), "a working order was called ended"

    @invariant()
    def no_execution_is_invented_or_counted_twice(self) -> None:
        for ref, order in enumerate(self.orders):
            theirs = {root for row in self.at_ib if row.ref == ref for root, _ in row.executions}
            ours = [execution.exec_root for execution in order.state.executions]
            assert len(ours) == len(set(ours))
            assert set(ours) <= theirs

    def teardown(self) -> None:
        """Connect everything again: the desk must end where IB is, whatever happened."""
        if not self.link_is_up:
            self.ib_has_its_link_again(held="released")
        self.ib_releases_what_it_held()
        if not self.is_alive:
            self.the_process_starts_again()
        for ref in sorted(self.in_hand) if self.is_connected else []:
            self.to_ib.append(("place", ref, self.orders[ref].order_id, QUANTITY))
        self.in_hand.clear()
        self.take_back(self.in_doubt)
        self.take_back(self.frozen_hand)
        self.is_connected = True
        for _ in range(3):  # a contradiction makes the gateway ask again
            self.compare()
        for ref, order in enumerate(self.orders):
            rows = [row for row in self.at_ib if row.ref == ref]
            assert order.state.filled_quantity == sum((row.filled for row in rows), D(0))
            if len(rows) < 2:
                assert order.state.status in _may_be(order, rows[0] if rows else None), (order, rows)
            if len(rows) == 1 and rows[0].is_live:
                assert order.state.quantity == rows[0].quantity
            if any(row.is_live for row in rows) and order.state.status is not OrderStatus.FILLED:
                assert not order.state.status.is_terminal


def _fill(root: str, quantity: D) -> ev.OrderFilled:
    return ev.OrderFilled(exec_root=root, revision=1, quantity=quantity, price=D(1))


def _may_be(order: AtDesk, row: AtIb | None) -> set[OrderStatus]:
    """What the desk may say once it has compared everything."""
    s = OrderStatus
    if row is None:
        if not order.order_id:
            return {s.PENDING_SUBMIT, s.PENDING_CANCEL, s.REJECTED}
        return {s.UNKNOWN, s.REJECTED, *({s.CANCELLED} if order.state.is_attested else ())}
    if row.is_live:
        resting = s.PARTIALLY_FILLED if row.executions else s.WORKING
        return {resting, s.PENDING_CANCEL}
    return {"Filled": {s.FILLED}, "Cancelled": {s.CANCELLED}, "Inactive": {s.REJECTED, s.CANCELLED}}[row.status]


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(
    max_examples=500, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
