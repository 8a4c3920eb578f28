"""The tokens of the API, as administrators see them: made, shown once, revoked."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from integrations import api_tokens
from integrations.admin_parts import BAD, GOOD, QUIET, ReadOnlyAdmin, badge, change_url, counted, moment
from integrations.models import ApiToken


class ApiTokenForm(forms.ModelForm):
    """A new token. `maker` is who makes it, and may not reach beyond what they may do themselves."""

    maker: Any = None

    class Meta:
        model = ApiToken
        fields = ("user", "name", "expires_at")

    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        if not user.get_all_permissions() <= self.maker.get_all_permissions():
            raise forms.ValidationError("This user may do more than you, so somebody else has to make their token.")
        return user

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError("This is in the past, so the token would never work.")
        return expires_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        same = ApiToken.objects.filter(user=cleaned.get("user"), name=cleaned.get("name", ""), revoked_at=None)
        if same.exists():  # the table's own rule is not asked by a form that lacks one of its columns
            self.add_error("name", "This user has a token of that name. Revoke it first, or choose another name.")
        return cleaned


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    form = ApiTokenForm
    list_display = ("name", "user", "state", "used", "expires", "made")
    list_select_related = ("user",)
    list_filter = (("user", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name", "user__username")
    search_help_text = "Name or user."
    actions = ("revoke_chosen",)
    fields = ("name", "user", "state", "used", "expires", "made")
    empty_words = "No token yet. Press “Add API token” for each program that is to use the portal’s API."

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.has_perm("integrations.add_apitoken"))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("integrations.change_apitoken"))

    # ---------------------------------------------------------------- made, and shown once

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        return self.fields if obj else ApiTokenForm.Meta.fields

    def get_form(self, request: HttpRequest, obj: ApiToken | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.maker = request.user
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = get_user_model()._default_manager.filter(is_staff=True, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "user":  # users are not made in passing
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.shown_once = api_tokens.new_secret()
        obj.digest = api_tokens.digest_of(obj.shown_once)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The answer itself shows the token: a message or a redirect would have to keep it somewhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"New API token: {obj.name}",
            "opts": self.opts,
            "token": obj,
            "plain": obj.shown_once,
            "url": change_url(obj),
        }
        return TemplateResponse(request, "integrations/new_api_token.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        token = kwargs.get("obj")
        context["may_revoke"] = token is not None and token.works and self.has_revoke_permission(request)
        context["show_save_and_add_another"] = context["show_save_and_continue"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    # ---------------------------------------------------------------- revoked

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.revoke))
        return [path("<uuid:token_id>/revoke/", view, name="integrations_apitoken_revoke"), *super().get_urls()]

    def revoke(self, request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        token = get_object_or_404(ApiToken, pk=token_id)
        self._revoke(request, [token])
        return HttpResponseRedirect(change_url(token))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke_chosen(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        self._revoke(request, list(queryset))

    def _revoke(self, request: HttpRequest, tokens: list[ApiToken]) -> None:
        revoked = [token for token in tokens if api_tokens.revoke(token)]
        for token in revoked:
            self.log_change(request, token, "Revoked.")
        if revoked:
            messages.success(request, f"{counted(len(revoked), 'token')} revoked: refused from now on.")
        else:
            messages.info(request, "Revoked before already.")

    # ---------------------------------------------------------------- showing

    @admin.display(description="status")
    def state(self, token: ApiToken) -> SafeString:
        if token.revoked_at:
            return badge("Revoked", QUIET)
        if not token.works:
            return badge("Expired", QUIET)
        if not (token.user.is_active and token.user.is_staff):
            return badge("User may not log in", BAD)
        return badge("Works", GOOD)

    @admin.display(description="last used", ordering=models.F("last_used_at").desc(nulls_last=True))
    def used(self, token: ApiToken) -> str:
        return moment(token.last_used_at) if token.last_used_at else "Never"

    @admin.display(description="made", ordering="created_at")
    def made(self, token: ApiToken) -> str:
        return moment(token.created_at)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, token: ApiToken) -> str:
        return moment(token.expires_at) if token.expires_at else "Not by itself"
