"""The list of posts with Django REST framework, in one file."""

# It runs in a separate environment, which has the packages that it imports.
# mypy: ignore-errors

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark-0123456789-abcdefghijkl",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BARE_DATABASE"]}
    },
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    USE_TZ=True,
    TIME_ZONE="UTC",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, pagination, serializers  # noqa: E402
from rest_framework.response import Response  # noqa: E402


class Post(models.Model):
    title = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "peers"
        db_table = "posts"


class PostSerializer(serializers.ModelSerializer):
    class Meta:
        model = Post
        fields = ("id", "title", "body", "created_at", "updated_at")


class Pages(pagination.PageNumberPagination):
    page_size = 20
    page_size_query_param = "per_page"
    max_page_size = 100

    def get_paginated_response(self, data):
        paginator = self.page.paginator
        return Response(
            {
                "items": data,
                "page": self.page.number,
                "per_page": paginator.per_page,
                "total": paginator.count,
                "pages": paginator.num_pages,
            }
        )


class PostList(generics.ListAPIView):
    queryset = Post.objects.order_by("-id")
    serializer_class = PostSerializer
    pagination_class = Pages


urlpatterns = [path("api/v1/posts", PostList.as_view())]
app = get_wsgi_application()
