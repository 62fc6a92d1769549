from modeltranslation.translator import TranslationOptions, register

from surveys.models import Finding, Option, Question, Survey


@register(Survey)
class SurveyTranslation(TranslationOptions):
    fields = ("title", "introduction", "what_we_do")


@register(Question)
class QuestionTranslation(TranslationOptions):
    fields = ("text", "help", "low", "high")


@register(Option)
class OptionTranslation(TranslationOptions):
    fields = ("text",)


@register(Finding)
class FindingTranslation(TranslationOptions):
    fields = ("text",)
