from django.urls import path

from news import views

app_name = "news"

urlpatterns = [
    path("", views.PostListView.as_view(), name="list"),
    path("kategori/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("arkiv/<int:year>/", views.YearView.as_view(), name="year"),
    path("<slug:slug>/", views.PostView.as_view(), name="post"),
]
