"""Addresses that GHL posts to, with or without the last slash: a redirect would lose what was posted."""

from django.urls import re_path

from integrations.webhooks import AppDeliveryView, WorkflowDeliveryView

urlpatterns = [
    re_path(r"^webhooks/ghl/calls/(?P<secret>[^/]+)/?$", WorkflowDeliveryView.as_view(), name="workflow-delivery"),
    re_path(r"^webhooks/ghl/app/?$", AppDeliveryView.as_view(), name="app-delivery"),
]
