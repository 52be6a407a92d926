"""How the web and the gateway process meet: commands, raw messages, and the gateway's own state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from config.shared.append_only import append_only
from config.shared.clock import boot_id, boot_seconds
from trading.domain.planned_windows import Window

COMPLETE_ANSWER = "complete_answer"
"""Kind of the message that says that IB answered in full: what it did not contain is evidence."""
HEARTBEAT_STALE_AFTER = timedelta(seconds=5)


class CommandKind(models.TextChoices):
    """What the gateway is asked to do."""

    PLACE = "place", "place order"
    MODIFY = "modify", "modify order"
    CANCEL = "cancel", "cancel order"
    RECONNECT = "reconnect", "reconnect to IB"
    COMPARE = "compare", "compare with IB's lists"


class CommandStatus(models.TextChoices):
    """How far a command has come. `SENT` says only that we were about to write to the socket."""

    QUEUED = "queued", "queued"
    SENT = "sent", "sent, unconfirmed"
    DONE = "done", "answered by IB"
    FAILED = "failed", "refused by IB"
    EXPIRED = "expired", "never sent, deadline passed"
    UNKNOWN = "unknown", "outcome unknown"


class GatewayCommand(models.Model):
    """One instruction to the gateway process, written in the transaction of the request that caused it."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    order = models.ForeignKey("trading.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="commands")
    payload = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=CommandStatus.choices, default=CommandStatus.QUEUED)
    deadline_at = models.DateTimeField(help_text="After this moment the command is not sent any more")
    ib_order_id = models.IntegerField("IB order id", null=True, blank=True)
    error = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=128, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    boot_id = models.CharField(max_length=40, blank=True, help_text="Run of the machine it was asked for on")
    boot_seconds = models.FloatField(default=0, help_text="Seconds since that machine's boot, which no step changes")
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="command_unfinished",
                condition=models.Q(status__in=["queued", "sent", "unknown"]),
            ),
            models.Index(fields=["order", "id"], name="command_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id or ''} ({self.status})"


class IbMessage(models.Model):
    """IB's own words, in the order they arrived: append-only, enforced by the database."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(
        "trading.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="ib_messages"
    )
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=10)
    session = models.CharField(max_length=40, blank=True, help_text="The connection it came over")
    payload = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = "IB message"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["order", "id"], name="ib_message_order"),
            # the end markers of IB's lists: looked up when an order is in none of them
            models.Index(fields=["received_at"], name="ib_message_complete", condition=models.Q(kind=COMPLETE_ANSWER)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class GatewayStatus(models.TextChoices):
    """States of the connection to IB; `docs/connection.md` says what to do in each."""

    DISCONNECTED = "disconnected", "disconnected"
    CONNECTING = "connecting", "connecting"  # the socket and the handshake
    WAITING_FOR_LOGIN = "waiting_for_login", "waiting for login"
    SYNCING = "syncing", "syncing"
    READY = "ready", "ready"
    DEGRADED = "degraded", "degraded"
    STANDBY = "standby", "standby"  # of a second process, never of the one that holds the lease


class GatewayLease(models.Model):
    """Which gateway process may speak to IB; one row. `beat` stands still when its holder does."""

    name = models.CharField(max_length=20, primary_key=True, default="main")
    holder = models.CharField(max_length=40, blank=True, help_text="Empty: nobody")
    epoch = models.BigIntegerField(default=0, help_text="Raised by every change of holder")
    beat = models.BigIntegerField(default=0, help_text="Raised by every renewal")
    host = models.CharField(max_length=300, blank=True)
    pid = models.IntegerField(default=0)
    process = models.CharField(max_length=120, blank=True, help_text="Tells the process from a later one with its pid")

    class Meta:
        verbose_name = "gateway lease"

    def __str__(self) -> str:
        return f"{self.name}: {self.holder or 'nobody'} (epoch {self.epoch})"


class GatewayStandby(models.Model):
    """A gateway process that waits for its turn; its row goes when it takes over or ends."""

    holder = models.CharField(max_length=40, primary_key=True)
    host = models.CharField(max_length=300, blank=True)
    pid = models.IntegerField()
    reason = models.TextField(blank=True)
    since = models.DateTimeField()
    heartbeat_at = models.DateTimeField()

    class Meta:
        verbose_name = "gateway standing by"
        verbose_name_plural = "gateways standing by"
        ordering = ["since", "holder"]

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The connection as one may believe it at a moment: a silent process and a planned absence included.

    `takes_orders` is about new orders and changes; `takes_cancels` also holds in the last minute before a restart.
    """

    state: GatewayStatus
    reason: str
    since: datetime
    takes_orders: bool
    takes_cancels: bool
    window: Window | None


class GatewayState(models.Model):
    """What the gateway process last said about itself; one row."""

    name = models.CharField(max_length=20, primary_key=True, default="main")
    state = models.CharField(max_length=20, choices=GatewayStatus.choices, default=GatewayStatus.DISCONNECTED)
    reason = models.TextField(blank=True)
    since = models.DateTimeField(default=timezone.now)
    connected_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    heartbeat_boot_id = models.CharField(max_length=40, blank=True, help_text="Run of the gateway's machine")
    heartbeat_boot_seconds = models.FloatField(default=0, help_text="Seconds since that machine's boot")
    lag_seconds = models.FloatField(default=0)
    host = models.CharField(max_length=200, blank=True)
    port = models.IntegerField(null=True, blank=True)
    client_id = models.IntegerField(null=True, blank=True)
    server_version = models.IntegerField(null=True, blank=True)
    library = models.CharField(max_length=40, blank=True)
    accounts = models.JSONField(default=list, blank=True)
    highest_order_id = models.IntegerField(
        default=0, help_text="Highest IB order id ever reserved or seen for our client id"
    )
    session = models.CharField(max_length=40, blank=True)
    pid = models.IntegerField(null=True, blank=True)
    lease_epoch = models.BigIntegerField(default=0, help_text="Of the gateway whose words these are")
    reconnects = models.IntegerField(default=0)
    clock_note = models.TextField(blank=True, help_text="Clocks that were stepped or do not agree")
    clock_since = models.DateTimeField(null=True, blank=True)
    last_error_code = models.IntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    farms_down = models.JSONField(default=list, blank=True, help_text="IB's data farms that are broken, since when")

    class Meta:
        verbose_name = "gateway state"
        verbose_name_plural = "gateway state"

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def is_alive(self) -> bool:
        """Whether the gateway process itself has spoken lately."""
        if self.heartbeat_at is None:
            return False
        if self.heartbeat_boot_id and self.heartbeat_boot_id == boot_id():
            # on one machine a clock that was stepped neither kills a gateway nor keeps a dead one alive
            return boot_seconds() - self.heartbeat_boot_seconds < HEARTBEAT_STALE_AFTER.total_seconds()
        return timezone.now() - self.heartbeat_at < HEARTBEAT_STALE_AFTER

    @property
    def is_ready(self) -> bool:
        """Whether orders may be sent: connected to IB, in sync, the process alive, and no planned absence."""
        return self.believed().takes_orders

    def believed(self, now: datetime | None = None) -> Belief:
        """What may be believed of this row at `now`."""
        now = now or timezone.now()
        window = settings.IB_PLAN.current(now)
        state, reason, since = GatewayStatus(self.state), self.reason, self.since
        if not self.is_alive:
            reason, since = "The gateway process is not running", self.heartbeat_at or self.since
            return _belief(GatewayStatus.DISCONNECTED, reason, since, window=window)
        in_sync = state == GatewayStatus.READY
        if window is not None:
            planned = f"{window_words(window, now)} until {window.ends_at:%H:%M:%S} UTC"
            if in_sync:
                state, since = GatewayStatus.DEGRADED, max(since, window.closes_at)
            reason = f"{planned}: new orders and changes are refused. {reason}".strip()
            return _belief(state, reason, since, takes_cancels=in_sync, window=window)
        over_since = settings.IB_PLAN.last_end(now)
        if in_sync and over_since is not None and (self.synced_at is None or self.synced_at < over_since):
            reason = "The planned interruption is over: comparing everything with IB first"
            return _belief(GatewayStatus.SYNCING, reason, over_since, takes_cancels=True)
        return _belief(state, reason, since, takes_orders=in_sync, takes_cancels=in_sync)


def window_words(window: Window, now: datetime) -> str:
    """`Planned: daily restart of IB Gateway at 04:45:00 UTC` before it, without the time once it has begun."""
    ahead = f" at {window.starts_at:%H:%M:%S} UTC" if now < window.starts_at else ""
    return f"Planned: {window.name}{ahead}"


def _belief(
    state: GatewayStatus,
    reason: str,
    since: datetime,
    *,
    takes_orders: bool = False,
    takes_cancels: bool = False,
    window: Window | None = None,
) -> Belief:
    return Belief(
        state=state,
        reason=reason,
        since=since,
        takes_orders=takes_orders,
        takes_cancels=takes_cancels,
        window=window,
    )
