"""Every path the desk serves."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from config.api import health, views
from config.metrics_view import metrics

api_v1 = [
    path("", include("accounts.api.urls")),
    path("", include("market_data.api.urls")),
    path("", include("trading.api.urls")),
]

urlpatterns = [
    # nothing here changes anything: a POST shall hear that it is not allowed or not found, not of a missing token
    path("health", csrf_exempt(health.health), name="health"),
    path("health/live", csrf_exempt(health.live), name="health-live"),
    path("metrics", csrf_exempt(metrics), name="metrics"),
    path("api/schema/", views.schema, name="schema"),
    path("api/docs/", views.docs, name="docs"),
    path("api/v1/", include(api_v1)),
    path("admin/", admin.site.urls),
    # an app's catch-all must not answer a misspelt API path with a page
    re_path(r"^(?:api|ws|metrics|health)(?:/.*)?$", csrf_exempt(views.json_404)),
    re_path(r"^(?!static/).*$", csrf_exempt(views.react_app), name="app"),
]

handler400 = "config.api.errors.handler400"
handler403 = "config.api.errors.handler403"
handler404 = "config.api.errors.handler404"
handler500 = "config.api.errors.handler500"
