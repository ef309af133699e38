from django.urls import path

from mailing import contact_form, subscribing

app_name = "mailing"

urlpatterns = [
    path("brev/", subscribing.SubscribeView.as_view(), name="subscribe"),
    path("brev/<str:key>/", subscribing.ManageView.as_view(), name="manage"),
    path("brev/<str:key>/sluta/", subscribing.LeaveView.as_view(), name="leave"),
    path("kontakt/skriv/", contact_form.WriteView.as_view(), name="write"),
]
