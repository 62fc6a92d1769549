"""The pages of allauth that are offered, under the names it uses, and the person's own page."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.details, name="account_details"),
    path("calendar/renew/", views.renew_calendar, name="account_renew_calendar"),
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.confirm_code, name="account_confirm_login_code"),
    path("login/code/again/", views.resend_code, name="account_resend_login_code"),
    path("logout/", views.sign_out, name="account_logout"),
    path("inactive/", views.inactive, name="account_inactive"),
]
