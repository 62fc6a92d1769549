from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.scoped_admin import RoleScopedAdmin
from servicetorg.reports.mails import change_address
from servicetorg.reports.models import Report, ReportState
from servicetorg.reports.verbs import AnsweredError, answer_report


class ReportForm(forms.ModelForm):
    """The answer; saved by the verb, which also owes the mail about it."""

    state = forms.ChoiceField(
        label=_("What do you answer?"),
        choices=[
            (ReportState.CORRECTED, _("I have corrected it")),
            (ReportState.RIGHT, _("The page is right")),
            (ReportState.DECLINED, _("We leave it as it is")),
        ],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Report
        fields = ["state", "answer"]
        help_texts = {
            "answer": _("Whoever reported it reads this. You need it only if you leave a mistake as it is."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("state") == ReportState.DECLINED and not data.get("answer", "").strip():
            self.add_error("answer", _("Say why you do not change it."))
        return data

    def _post_clean(self) -> None:
        """Leave the report as it is: the verb writes the answer, and looks whether somebody else has."""


class WaitingFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ReportState.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Report]) -> models.QuerySet[Report]:
        return queryset.filter(state=self.value()) if self.value() in ReportState.values else queryset


class ReportAdmin(RoleScopedAdmin):
    """What people have found to be wrong. Nobody adds one here; one is answered once."""

    form = ReportForm
    hub_path = "hub"
    provider_path = "listing__provider"
    list_display = ["where", "what", "in_short", "state", "made_at"]
    list_display_links = ["where", "what"]
    list_filter = [WaitingFilter, "what", ("hub", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["hub", "listing__hub", "room__hub"]
    search_fields = ["reference", "text", "answer"]
    readonly_fields = ["where_to_correct", "what", "text", "made_at", "wants_an_answer", "answered_at", "answered_by"]
    facts = ["where_to_correct", "what", "text", ("made_at", "wants_an_answer")]

    def get_fieldsets(self, request: HttpRequest, obj: Report | None = None) -> Any:
        answer: list[Any] = ["state", "answer"]
        if obj is not None and not obj.is_waiting:
            answer += [("answered_at", "answered_by")]
        return [(None, {"fields": self.facts}), (_("Answer"), {"fields": answer})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_waiting)

    def save_model(self, request: HttpRequest, obj: Report, form: ReportForm, change: bool) -> None:
        data = form.cleaned_data
        state = ReportState(data["state"])
        try:
            answer_report(report=obj, state=state, answer=data["answer"], actor=request.user, at=timezone.now())  # type: ignore[arg-type]  # the admin is signed in to
        except AnsweredError:
            self.message_user(request, _("Somebody has answered this report already."), "warning")

    def to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell the front page of the admin how many reports wait."""
        if not self.has_view_permission(request):
            return []
        number = Report.objects.waiting().filter(self.within_reach(request)).count()
        words = ngettext(
            "%(number)s report of a mistake waits for your answer",
            "%(number)s reports of mistakes wait for your answer",
            number,
        )
        address = reverse("admin:servicetorg_report_changelist") + f"?state={ReportState.NEW}"
        return [(address, words % {"number": number})] if number else []

    @admin.display(description=_("page"))
    def where(self, report: Report) -> str:
        return f"{report.about}, {report.hub}" if report.about != report.hub else str(report.hub)

    @admin.display(description=_("page"))
    def where_to_correct(self, report: Report) -> SafeString:
        about = report.about
        ways = [
            (about.get_absolute_url(), _("See the page")),
            (change_address(report), _("Correct it")),
            (reverse("admin:hubs_timetable_change", args=[about.timetable_id]), _("Correct the opening hours")),
        ]
        return format_html("{} · {}", self.where(report), format_html_join(" · ", '<a href="{}">{}</a>', ways))

    @admin.display(description=_("in their words"))
    def in_short(self, report: Report) -> str:
        return Truncator(report.text).chars(80)

    @admin.display(description=_("wants an answer by mail"), boolean=True)
    def wants_an_answer(self, report: Report) -> bool:
        return bool(report.email)
