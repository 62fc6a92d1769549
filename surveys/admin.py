from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from accounts import roles
from accounts.missing_texts import MissingTextFilter, WithMissingTexts
from accounts.scoped_admin import RoleScopedAdmin
from hubs.admin import in_languages
from surveys.admin_forms import QuestionForm, SurveyForm
from surveys.files import counts_file, written_answers_file
from surveys.models import Finding, Question, Survey, WrittenAnswer
from surveys.results import number_of_answers, results
from surveys.verbs import NothingToSayError, StillOpenError, publish_results, set_options, withdraw_results


class QuestionInline(TranslationStackedInline):
    model = Question
    form = QuestionForm
    extra = 0
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "is_required", "order"),
                    *in_languages("text"),
                    ("options_sv", "options_fi", "options_en"),
                ]
            },
        ),
        (
            _("Help, and what the ends of a scale mean"),
            {"fields": in_languages("help", "low", "high"), "classes": ["collapse"]},
        ),
    ]

    def get_extra(self, request: HttpRequest, obj: Survey | None = None, **kwargs: Any) -> int:
        return 0 if obj else 1

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Question]:
        return super().get_queryset(request).prefetch_related("options")

    def has_add_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return super().has_add_permission(request, obj) and not is_locked(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_locked(obj)


class FindingInline(TranslationStackedInline):
    model = Finding
    extra = 0
    fields = [("share", "order"), *in_languages("text")]


def is_locked(survey: Survey | None) -> bool:
    return survey is not None and survey.pk is not None and survey.has_answers


def is_over(survey: Survey | None) -> bool:
    return survey is not None and survey.closes_at <= timezone.now()


class StageFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("can be answered now")), ("waiting", _("waits for its results")), ("told", _("has results"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Survey]) -> models.QuerySet[Survey]:
        match self.value():
            case "open":
                return queryset.filter(pk__in=Survey.objects.open_at(timezone.now()))
            case "waiting":
                return queryset.filter(waiting(timezone.now()))
            case "told":
                return queryset.filter(results_published_at__isnull=False)
        return queryset


def waiting(at: datetime) -> models.Q:
    return models.Q(is_published=True, closes_at__lte=at, results_published_at=None)


@admin.register(Survey)
class SurveyAdmin(WithMissingTexts, RoleScopedAdmin, TranslationAdmin):
    """A survey with its questions; what was answered, and what is told of it, has a page of its own."""

    form = SurveyForm
    hub_path = "hub"
    texts_shown = ("title",)
    change_form_template = "admin/surveys/survey/change_form.html"
    inlines = [QuestionInline, FindingInline]
    list_display = ["title", "hub", "opens_at", "closes_at", "is_published", "results_published_at", "missing_texts"]
    list_filter = [StageFilter, ("hub", admin.RelatedOnlyFieldListFilter), MissingTextFilter]
    list_select_related = ["hub"]
    search_fields = ["title_sv", "title_fi", "title_en"]
    readonly_fields = ["preview", "results_published_at"]
    fieldsets = [
        (None, {"fields": ["hub", "slug", *in_languages("title", "introduction"), ("opens_at", "closes_at")]}),
        (_("Shown to residents"), {"fields": ["is_published", "preview", "is_example"]}),
        (_("After the survey"), {"fields": [*in_languages("what_we_do"), "results_published_at"]}),
        (
            _("A survey made outside this site"),
            {"fields": ["answered_elsewhere", "source"], "classes": ["collapse"]},
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        def page(address: str, view: Any, name: str) -> URLPattern:
            return path(address, self.admin_site.admin_view(view), name=f"surveys_survey_{name}")

        return [
            page("<int:number>/results/", self.results_view, "results"),
            page("<int:number>/results.csv", self.counts_view, "counts"),
            page("<int:number>/written.csv", self.written_view, "written"),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        """Let an editor delete only what nobody has answered: people's answers are not theirs to lose."""
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or roles.is_city_administrator(request.user) or not is_locked(obj)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Survey | None = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["title_sv"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Survey | None = None) -> tuple[str, ...]:
        readonly = tuple(super().get_readonly_fields(request, obj))
        # Its address is linked to from elsewhere, and its hub decides who reads the answers.
        return (*readonly, "hub", "slug") if is_locked(obj) else readonly

    def get_fieldsets(self, request: HttpRequest, obj: Survey | None = None) -> Any:
        """Leave what comes after the survey folded until it is over."""
        first, shown, after, elsewhere = super().get_fieldsets(request, obj)
        title, options = after
        return [first, shown, (title, {**options, "classes": [] if is_over(obj) else ["collapse"]}), elsewhere]

    def get_inline_instances(self, request: HttpRequest, obj: Survey | None = None) -> list[Any]:
        """Leave folded the questions once they are settled, and what came out until it can have."""
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            is_folded = is_locked(obj) if isinstance(inline, QuestionInline) else not is_over(obj)
            inline.classes = ["collapse"] if is_folded else []
        return inlines

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Keep the first answer out while questions are being saved: what was judged unanswered stays so."""
        with transaction.atomic():
            if request.method == "POST" and object_id and object_id.isdigit():
                list(Survey.objects.select_for_update(of=("self",)).filter(pk=object_id))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if formset.model is not Question:
                continue
            for question in formset.forms:
                if question.has_changed() and question not in formset.deleted_forms:
                    set_options(question=question.instance, texts=question.texts)

    @admin.display(description=_("preview"))
    def preview(self, survey: Survey) -> SafeString | str:
        """Lead to the form as residents see it, in each language."""
        if survey.pk is None:
            return gettext("After you have saved it.")
        here = f"hubs/{survey.hub.slug}/surveys/{survey.slug}/?preview="
        names = {"sv": "Svenska", "fi": "Suomi", "en": "English"}
        return format_html_join(
            " · ", '<a href="/{}/{}" lang="{}">{}</a>', ((code, here, code, name) for code, name in names.items())
        )

    def to_do(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Tell the front page of the admin which surveys are over and have not been answered by the city."""
        if not self.has_change_permission(request):
            return []
        number = self.get_queryset(request).filter(waiting(timezone.now())).count()
        words = ngettext(
            "%(number)s survey is over and waits for what you say about the results",
            "%(number)s surveys are over and wait for what you say about the results",
            number,
        )
        address = reverse("admin:surveys_survey_changelist") + "?stage=waiting"
        return [(address, words % {"number": number})] if number else []

    # --- The page of the results ---------------------------------------------------------------------

    def results_view(self, request: HttpRequest, number: int) -> HttpResponse:
        survey = self.survey_within_reach(request, number)
        if request.method == "POST":
            if not self.has_change_permission(request, survey):
                raise PermissionDenied
            self.act(request, survey)
            return HttpResponseRedirect(request.path)
        written = WrittenAnswer.objects.filter(question__survey=survey).select_related("question")
        languages = dict(survey.responses.values_list("language").annotate(models.Count("pk")).order_by("language"))
        names = {"sv": gettext("Swedish"), "fi": gettext("Finnish"), "en": gettext("English")}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Answers and results"),
            "subtitle": str(survey),
            "survey": survey,
            "number": number_of_answers(survey),
            "languages": [(names[code], number) for code, number in languages.items()],
            "results": results(survey),
            "written": [each for each in written if not each.is_hidden],
            "hidden": [each for each in written if each.is_hidden],
            "is_over": is_over(survey),
            "can_change": self.has_change_permission(request, survey),
        }
        return TemplateResponse(request, "admin/surveys/survey/results.html", context)

    def act(self, request: HttpRequest, survey: Survey) -> None:
        written = chosen(survey, request.POST.get("written", ""))
        match request.POST.get("action"):
            case "publish":
                self.publish(request, survey)
            case "withdraw":
                withdraw_results(survey=survey)
                self.log_change(request, survey, gettext("The results have been taken off the site."))
                self.message_user(request, _("The results have been taken off the site."), messages.SUCCESS)
            case "hide":
                written.update(is_hidden=True)
            case "show":
                written.update(is_hidden=False)
            case "delete":
                written.delete()

    def publish(self, request: HttpRequest, survey: Survey) -> None:
        try:
            publish_results(survey=survey, at=timezone.now())
        except StillOpenError:
            self.message_user(request, _("The survey has not ended yet."), messages.ERROR)
        except NothingToSayError:
            words = _("Write first, in at least one language, what the city will do about it.")
            self.message_user(request, words, messages.ERROR)
        else:
            self.log_change(request, survey, gettext("The results have been published."))
            self.message_user(request, _("The results have been published."), messages.SUCCESS)

    def counts_view(self, request: HttpRequest, number: int) -> HttpResponse:
        return counts_file(self.survey_within_reach(request, number))

    def written_view(self, request: HttpRequest, number: int) -> HttpResponse:
        return written_answers_file(self.survey_within_reach(request, number))

    def survey_within_reach(self, request: HttpRequest, number: int) -> Survey:
        """Return the survey, or 404 where the person does not reach it."""
        survey = Survey.objects.for_page().filter(self.within_reach(request), pk=number).first()
        if survey is None or not self.has_view_permission(request, survey):
            raise Http404
        return survey


def chosen(survey: Survey, number: str) -> models.QuerySet[WrittenAnswer]:
    """Return the written answer of this survey that a form means, if there is one."""
    try:
        return WrittenAnswer.objects.filter(question__survey=survey, pk=UUID(number))
    except ValueError:
        return WrittenAnswer.objects.none()
