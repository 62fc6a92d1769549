"""Equipment and the rooms of both houses: one hall is divisible, and two rooms can be booked together."""

from hubs.models import Hub
from rooms.enums import BookingChannel
from rooms.models import Equipment, Room
from servicetorg.demo import hours, source
from servicetorg.demo.source import Entry, in_languages, slug_in_hub


def load_rooms(hubs: dict[str, Hub]) -> dict[str, Room]:
    """Return the rooms by the id that the data knows them by."""
    equipment = load_equipment()
    rooms: dict[str, Room] = {}
    for order, entry in enumerate(room_entries(), start=1):
        room = load_room(entry, hubs[entry["hub"]], rooms.get(entry.get("parent", "")), order)
        room.equipment.set(equipment[slug] for slug in entry["equipment"])
        rooms[entry["id"]] = room
    return rooms


def load_equipment() -> dict[str, Equipment]:
    return {
        slug: Equipment.objects.create(slug=slug.replace("_", "-"), order=order, **in_languages("name", name))
        for order, (slug, name) in enumerate(source.facts()["equipment_labels"].items(), start=1)
    }


def room_entries() -> list[Entry]:
    """Return the found rooms with what is an example in every value: the parts of a room after it, its whole before."""
    additions, entries = source.additions(), []
    whole_of = {part: whole for whole in additions["wholes"] for part in whole["parts"]}
    for entry in source.facts()["rooms"]:
        whole = whole_of.get(entry["id"])
        if whole is not None:
            if entry["id"] == whole["parts"][0]:
                entries.append(example(entry, whole))
            entry = {**entry, "parent": whole["id"], "assumed": [*entry["assumed"], "parent"]}
        entries.append(entry)
        entries += [example(entry, part) for part in additions["parts"] if part["parent"] == entry["id"]]
    return entries


def example(like: Entry, values: Entry) -> Entry:
    """Return a room that no source knows, like one that they do."""
    return {**like, "assumed": sorted({*like, "parent"} - {"id", "hub", "sources"}), "sources": {}, **values}


def load_room(entry: Entry, hub: Hub, parent: Room | None, order: int) -> Room:
    """Make the room. It is released when nobody comes, unless the staff approve each booking and know who comes."""
    rules, price = entry["rules"], entry["price"]
    channel, _, channel_email = entry["booking_channel"].partition(":")
    room = Room(
        hub=hub,
        parent=parent,
        slug=slug_in_hub(entry),
        kind=entry["kind"],
        order=order,
        floor=source.floor_in(entry["hub"]),
        area=entry["area_m2"],
        is_wheelchair_accessible=entry["wheelchair_accessible"],
        accessibility=dict.fromkeys({"hearing_loop", "microphone"} & set(entry["equipment"]), True),
        channel=BookingChannel.STAFF if channel == "email" else BookingChannel.ONLINE,
        channel_email=channel_email,
        capacity=entry["capacity"],
        grid_minutes=rules["slot_minutes"],
        shortest_minutes=rules["min_minutes"],
        longest_minutes=rules["max_minutes"],
        earliest_days=rules["advance_days_max"],
        most_active=rules["max_active_bookings"],
        needs_approval=rules["requires_approval"],
        is_purpose_required=rules["requires_approval"],
        cancel_hours=rules["cancel_before_hours"],
        release_minutes=None if rules["requires_approval"] else rules["no_show_release_minutes"],
        price_cents=round(price["amount_eur_per_hour"] * 100),
        assumed=[*entry["assumed"], *source.floor_marks(entry["hub"]), "is_purpose_required"],
        sources=entry["sources"],
        **in_languages("name", entry["name"]),
        **in_languages("summary", source.joined(entry["summary"], entry.get("note"))),
        **in_languages("not_allowed", entry["not_allowed"]),
    )
    room.save()
    hours.set_regular_hours(room.timetable, [{"kind": "bookable", "weekly": entry["bookable_hours"]}])
    return room
