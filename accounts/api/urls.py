"""Routes of sign-in, accounts and positions, below `/api/v1/`."""

from django.urls import path

from accounts.api import auth_views, views

urlpatterns = [
    path("auth/token/", auth_views.TokenView.as_view()),
    path("auth/token/refresh/", auth_views.TokenRefreshView.as_view()),
    path("auth/ws-ticket/", auth_views.TicketView.as_view()),
    path("auth/session/", auth_views.SessionView.as_view()),
    path("auth/me/", auth_views.MeView.as_view()),
    path("accounts/", views.AccountList.as_view()),
    path("accounts/<str:account>/", views.AccountDetail.as_view()),
    path("accounts/<str:account>/pnl/", views.AccountPnlView.as_view()),
    path("positions/", views.PositionList.as_view()),
]
