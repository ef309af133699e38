from django.urls import path

from contacts import views

app_name = "contacts"

urlpatterns = [
    path("", views.ContactView.as_view(), name="list"),
    path("e-post/<str:token>/", views.EmailView.as_view(), name="email"),
    path("visitkort/<str:token>/", views.VcardView.as_view(), name="vcard"),
]
