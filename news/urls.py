from django.urls import path, register_converter
from django.urls.converters import IntConverter
from django.views.decorators.http import require_safe

from news import views
from news.calendar import files as calendar
from news.lists.feeds import AreaFeed, NewsFeed


class YearConverter(IntConverter):
    regex = "[1-9][0-9]{3}"


register_converter(YearConverter, "year")

app_name = "news"
feed, area_feed = require_safe(NewsFeed()), require_safe(AreaFeed())
feed.query_parameters = area_feed.query_parameters = ()

urlpatterns = [
    path("", views.PostListView.as_view(), name="list"),
    path("rss/", feed, name="feed"),
    path("kategori/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("kategori/<slug:slug>/rss/", feed, name="category_feed"),
    path("arkiv/<year:year>/", views.YearView.as_view(), name="year"),
    path("<slug:slug>/", views.PostView.as_view(), name="post"),
    path("<slug:slug>/anslag/", views.NoticeView.as_view(), name="notice"),
    path("<slug:slug>/<uuid:uid>.ics", calendar.occurrence_file, name="occurrence_file"),
]
area_patterns = [
    path("", views.AreaListView.as_view(), name="areas"),
    path("<slug:slug>/", views.AreaView.as_view(), name="area"),
    path("<slug:slug>/rss/", area_feed, name="area_feed"),
    path("<slug:slug>/kalender.ics", calendar.calendar_file, name="area_calendar"),
]
