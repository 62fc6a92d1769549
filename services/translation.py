from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from services.models import Category, Listing, Provider, Service


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name",)


@register(Service)
class ServiceTranslation(TranslationOptions):
    fields = ("name", "keywords")
    # Search words of one language are no stand-in for those of another.
    fallback_undefined = {"keywords": ""}


@register(Provider)
class ProviderTranslation(TranslationOptions):
    fields = ("name", "website")


@register(Listing)
class ListingTranslation(TranslationOptions):
    fields = (
        "name",
        "summary",
        "details",
        "audience",
        "appointment_text",
        "booking_url",
        "bring",
        "price_text",
        "phone_text",
        "website",
        "directions",
        "step_free_way",
        "self_service_rules",
    )


# As in hubs/translation.py: only after the languages have their columns.
keep_history(Listing, excluded_fields=["timetable", "assumed", "sources", "changed_at"])
