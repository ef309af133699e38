from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("", views.DocumentListView.as_view(), name="list"),
    path("<slug:slug>.pdf", views.FileView.as_view(), name="file"),
    path("<slug:slug>/", views.DocumentView.as_view(), name="document"),
]
