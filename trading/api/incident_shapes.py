"""Incidents over REST: what is asked, and the shapes of the answers."""

from typing import Any

from rest_framework import serializers

from config.shared.fields import ChoiceWordField, QuerySerializer, StrictSerializer, WordField
from trading.domain.incidents import Choice, IncidentKind, Severity
from trading.models.incidents import EntryKind
from trading.services.incident_choices import REASON_MAX

KINDS = [kind.value for kind in IncidentKind]
CHOICES = [choice.value for choice in Choice]


class IncidentQuery(QuerySerializer):
    """Which incidents."""

    account = WordField(required=False, max_length=20)
    kind = ChoiceWordField(choices=KINDS, required=False)
    is_open = ChoiceWordField(choices=["true", "false"], required=False)


class ResolveSerializer(StrictSerializer):
    """What to do, and why."""

    choice = ChoiceWordField(choices=CHOICES)
    reason = WordField(
        required=False,
        allow_blank=True,
        max_length=REASON_MAX,
        help_text="How you know; due for the choices that decide in place of IB's evidence",
    )


class ChoiceSerializer(serializers.Serializer[Any]):
    """One thing a person can do now."""

    choice = serializers.ChoiceField(choices=CHOICES)
    label = serializers.CharField()  # type: ignore[assignment]
    hint = serializers.CharField(help_text="What it does, and what to make sure of first")
    needs_reason = serializers.BooleanField()


class IncidentSerializer(serializers.Serializer[Any]):
    """Something the desk cannot settle alone."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    title = serializers.CharField()
    severity = serializers.ChoiceField(choices=[severity.value for severity in Severity])
    account = serializers.CharField(allow_null=True)
    order_id = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField()
    evidence = serializers.DictField(child=serializers.JSONField(allow_null=True), help_text="Facts; differ by kind")
    is_open = serializers.BooleanField()
    choices = ChoiceSerializer(many=True, help_text="What can be done now; none when it is over")
    opened_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True, help_text="null: evidence settled it")
    resolution = serializers.CharField(allow_null=True)
    choice = serializers.ChoiceField(choices=CHOICES, allow_null=True, help_text="The latest choice taken")
    reason = serializers.CharField(allow_null=True)


class IncidentEntrySerializer(serializers.Serializer[Any]):
    """One line of an incident's history."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=EntryKind.values)
    choice = serializers.ChoiceField(choices=CHOICES, allow_null=True)
    text = serializers.CharField(allow_null=True)
    data = serializers.DictField(child=serializers.JSONField(allow_null=True))  # type: ignore[assignment]
    actor = serializers.CharField(allow_null=True, help_text="Username of who chose")
    at = serializers.DateTimeField()


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with everything that happened to it."""

    history = IncidentEntrySerializer(many=True)
