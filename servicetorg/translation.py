from modeltranslation.translator import TranslationOptions, register

from servicetorg.models import InfoPage


@register(InfoPage)
class InfoPageTranslation(TranslationOptions):
    fields = ("title", "body")
