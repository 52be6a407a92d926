"""Routes of orders, fills, the gateway, risk and reconciliation, below `/api/v1/`."""

from django.urls import path

from trading.api import incident_views, kill_switch, order_views, risk_views, views

urlpatterns = [
    path("orders/", order_views.OrderList.as_view()),
    path("orders/preview/", order_views.OrderPreview.as_view()),
    path("orders/cancel-all/", order_views.OrderCancelAll.as_view()),
    path("orders/<uuid:id>/", order_views.OrderDetail.as_view()),
    path("orders/<uuid:id>/events/", order_views.OrderEvents.as_view()),
    path("orders/<uuid:id>/cancel/", order_views.OrderCancel.as_view()),
    path("fills/", views.FillList.as_view()),
    path("gateway/", views.GatewayView.as_view()),
    path("gateway/reconnect/", views.GatewayReconnect.as_view()),
    path("incidents/", incident_views.IncidentList.as_view()),
    path("incidents/<int:id>/", incident_views.IncidentView.as_view()),
    path("incidents/<int:id>/resolve/", incident_views.IncidentResolve.as_view()),
    path("risk/limits/", risk_views.LimitsList.as_view()),
    path("risk/limits/preview/", risk_views.LimitsPreview.as_view()),
    path("risk/limits/<account:account>/", risk_views.LimitsDetail.as_view()),
    path("risk/limits/<account:account>/versions/", risk_views.LimitVersions.as_view()),
    path("risk/decisions/", views.DecisionList.as_view()),
    path("risk/kill-switch/", kill_switch.KillSwitchView.as_view()),
    path("risk/kill-switch/history/", kill_switch.KillSwitchHistory.as_view()),
    path("reconciliation/runs/", views.RunList.as_view()),
    path("reconciliation/breaks/", views.BreakList.as_view()),
    path("reconciliation/run/", views.RunNow.as_view()),
]
