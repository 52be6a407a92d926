"""Incidents: what the desk cannot settle alone, and a person's choice about it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.shared.fields import read_body
from config.shared.throttling import OrderThrottle, UserBurstThrottle
from config.shared.views import DeskList
from trading.api.incident_shapes import (
    IncidentDetailSerializer,
    IncidentQuery,
    IncidentSerializer,
    ResolveSerializer,
)
from trading.api.order_views import person
from trading.api.rows import incident_detail_json
from trading.domain.incidents import Choice
from trading.models import Incident
from trading.representations import incident_json
from trading.selectors import incident_history, visible_incident, visible_incidents
from trading.services.incident_choices import resolve_incident


class IncidentList(DeskList):
    """What could not be settled."""

    serializer_class = IncidentSerializer
    query = IncidentQuery
    queryset = Incident.objects.none()

    def rows(self, asked: dict[str, Any]) -> Any:
        """Newest first."""
        is_open = asked.get("is_open")
        filters = {
            "account": asked.get("account"),
            "kind": asked.get("kind"),
            "resolved_at__isnull": None if is_open is None else is_open == "true",
        }
        known = {name: value for name, value in filters.items() if value is not None}
        return visible_incidents(person(self.request)).filter(**known)

    def row_json(self, row: Incident) -> dict[str, Any]:
        """One incident."""
        return incident_json(row)

    @extend_schema(operation_id="incidents_list", parameters=[IncidentQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what IB's evidence does not settle, newest first, with the evidence and the choices."""
        return self.list(request)


class IncidentView(APIView):
    """One incident."""

    @extend_schema(operation_id="incidents_get", responses={200: IncidentDetailSerializer})
    def get(self, request: Request, id: int) -> Response:
        """Answer one incident with its history."""
        return _answer(request, id)


class IncidentResolve(APIView):
    """A person's choice."""

    throttle_classes = (UserBurstThrottle, OrderThrottle)

    @extend_schema(
        operation_id="incidents_resolve", request=ResolveSerializer, responses={200: IncidentDetailSerializer}
    )
    def post(self, request: Request, id: int) -> Response:
        """Carry out a choice, and answer the incident as it stands then. For risk managers of the account."""
        incident = visible_incident(person(request), id)
        fields = read_body(ResolveSerializer, request)
        resolve_incident(
            incident_id=incident.pk,
            user=person(request),
            choice=Choice(fields["choice"]),
            reason=fields.get("reason", ""),
        )
        return _answer(request, id)


def _answer(request: Request, incident_id: int) -> Response:
    incident = visible_incident(person(request), incident_id)
    return Response(incident_detail_json(incident, incident_history(incident)))
