from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from hubs.models import Hub, Notice, Period, RegularGroup, Span, SpecialDay


@register(Hub)
class HubTranslation(TranslationOptions):
    fields = (
        "name",
        "building",
        "district",
        "summary",
        "street",
        "locality",
        "address_detail",
        "website",
        "directions",
        "stop",
        "parking",
        "bicycles",
        "entrance",
        "doors",
        "hours_note",
    )


@register(Notice)
class NoticeTranslation(TranslationOptions):
    fields = ("title", "text")


@register(RegularGroup)
class RegularGroupTranslation(TranslationOptions):
    fields = ("name", "text", "place")


@register(Period)
class PeriodTranslation(TranslationOptions):
    fields = ("title",)


@register(Span)
class SpanTranslation(TranslationOptions):
    fields = ("note",)


@register(SpecialDay)
class SpecialDayTranslation(TranslationOptions):
    fields = ("name",)


# Here and not in the model: the history's columns are copied when it is made, and only now
# are those of the three languages there.
keep_history(Hub, excluded_fields=["timetable", "assumed", "sources", "changed_at"])
