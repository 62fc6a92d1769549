from modeltranslation.translator import TranslationOptions, register

from rooms.models import Closure, Equipment, Room


@register(Equipment)
class EquipmentTranslation(TranslationOptions):
    fields = ("name",)


@register(Room)
class RoomTranslation(TranslationOptions):
    fields = ("name", "summary", "directions", "not_allowed")


@register(Closure)
class ClosureTranslation(TranslationOptions):
    fields = ("reason",)
