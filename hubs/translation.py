from modeltranslation.translator import TranslationOptions, register

from hubs.models import Hub, Notice, Period, Span, SpecialDay


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
        "hours_note",
    )


@register(Notice)
class NoticeTranslation(TranslationOptions):
    fields = ("title", "text")


@register(Period)
class PeriodTranslation(TranslationOptions):
    fields = ("title",)


@register(Span)
class SpanTranslation(TranslationOptions):
    fields = ("note",)


@register(SpecialDay)
class SpecialDayTranslation(TranslationOptions):
    fields = ("name",)
