"""The stream that WebSocket clients follow: what changed, numbered without a hole in commit order."""

from django.db import models


class StreamHead(models.Model):
    """The number of the latest event; its row lock makes commit order and number order the same."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_stream_head")]

    def __str__(self) -> str:
        return str(self.seq)


class StreamEvent(models.Model):
    """One message to the clients. Kept for a day, so that a client that was away can ask for what it missed."""

    seq = models.BigIntegerField(primary_key=True)
    channel = models.CharField(max_length=20)
    event = models.CharField(max_length=40)
    account = models.CharField(max_length=20, blank=True, help_text="Empty: everybody who may use the desk")
    data = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["seq"]
        indexes = [models.Index(fields=["at"], name="stream_event_at")]

    def __str__(self) -> str:
        return f"{self.seq} {self.event}"
