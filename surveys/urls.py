from django.urls import path

from surveys import views

app_name = "surveys"
urlpatterns = [
    path("hubs/<slug:hub>/surveys/<slug:survey>/", views.survey, name="survey"),
    path("hubs/<slug:hub>/surveys/<slug:survey>/results/", views.results, name="results"),
]
