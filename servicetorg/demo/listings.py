"""Categories, services, providers and the listings of both houses."""

from hubs.models import Hub
from services.enums import Appointment
from services.models import Category, Listing, Provider, Service
from servicetorg.demo import hours, source
from servicetorg.demo.source import Entry, Texts, in_languages, slug_in_hub

# Both say “without an appointment, or book one”, which a yes or no cannot tell.
WITH_OR_WITHOUT_APPOINTMENT = {"iso-omena-kela", "iso-omena-hus-laboratory"}


def load_categories() -> dict[str, Category]:
    icons = source.additions()["category_icons"]
    return {
        slug: Category.objects.create(
            slug=slug,
            order=order,
            icon=icons[slug],
            leads_to_rooms=slug == "spaces",
            **in_languages("name", name),
        )
        for order, (slug, name) in enumerate(source.facts()["category_labels"].items(), start=1)
    }


def load_services(categories: dict[str, Category]) -> dict[str, Service]:
    """Return the service of each listing, by the listing's id: both houses share one “library”."""
    services = {}
    for entry in source.additions()["services"]:
        service = Service.objects.create(
            slug=entry["slug"],
            category=categories[entry["category"]],
            **in_languages("name", entry["name"]),
            **in_languages("keywords", entry["keywords"]),
        )
        services.update(dict.fromkeys(entry["listings"], service))
    return services


def load_providers() -> dict[str, Provider]:
    """Return the providers by their English name, which is how listings name them."""
    names: dict[str, Texts] = {entry["provider"]["en"]: entry["provider"] for entry in source.facts()["services"]}
    return {
        entry["name_en"]: Provider.objects.create(
            slug=entry["slug"],
            kind=entry["kind"],
            **in_languages("name", names[entry["name_en"]]),
            **in_languages("website", entry["website"]),
        )
        for entry in source.additions()["providers"]
    }


def load_listings(hubs: dict[str, Hub]) -> dict[str, Listing]:
    """Return the listings by the id that the data knows them by."""
    services, providers = load_services(load_categories()), load_providers()
    return {
        entry["id"]: load_listing(entry, hubs[entry["hub"]], services[entry["id"]], providers[entry["provider"]["en"]])
        for entry in source.facts()["services"]
    }


def load_listing(entry: Entry, hub: Hub, service: Service, provider: Provider) -> Listing:
    contact = entry["contact"]
    bring, way = source.additions()["bring"].get(entry["id"]), source.additions()["step_free_ways"][entry["hub"]]
    listing = Listing(
        hub=hub,
        service=service,
        provider=provider,
        slug=slug_in_hub(entry),
        order=entry["order"],
        appointment=appointment(entry),
        phone=contact["phone"] or "",
        email=contact["email"] or "",
        floor=source.floor_in(entry["hub"]),
        assumed=[*entry["assumed"], *assumed_of(bring=bring, step_free_way=way)],
        sources=entry["sources"]
        | ({"caution": entry["caution"]} if "caution" in entry else {})
        | sources_of(bring=bring, step_free_way=way),
        **in_languages("name", entry["name"]),
        **in_languages("summary", entry["summary"]),
        **in_languages("details", details(entry)),
        **in_languages("audience", source.additions()["audiences"].get(service.slug)),
        **in_languages("appointment_text", entry["appointment"]["text"]),
        **in_languages("phone_text", phone_text(entry)),
        **in_languages("bring", bring),
        **in_languages("step_free_way", way),
        **in_languages("website", contact["web"]),
        **in_languages("self_service_rules", entry.get("self_service_rules")),
    )
    listing.save()
    hours.set_regular_hours(listing.timetable, entry["hours"])
    for exception in source.facts()["holiday_defaults"]["exceptions"]:
        # The other one, the Sunday after Midsummer Day, is an ordinary Sunday to us.
        if exception["service"] == entry["id"] and exception["holiday"] == "independence_day":
            hours.add_exception(
                listing.timetable,
                special_day="independence_day",
                hours=exception["hours"],
                mode=exception["kind"],
            )
    hours.add_found_exceptions(listing.timetable, hub=entry["hub"], listing=entry["id"])
    listing.assumed = [
        *listing.assumed,
        *source.floor_marks(entry["hub"]),
        *hours.add_assumed_exceptions(listing.timetable, listing=entry["id"]),
    ]
    listing.save()
    return listing


def sources_of(**texts: Texts | None) -> dict[str, str]:
    return {name: found for name, text in texts.items() if text and (found := text["source"])}


def assumed_of(**texts: Texts | None) -> list[str]:
    return [name for name, text in texts.items() if text and not text["source"]]


def appointment(entry: Entry) -> Appointment:
    if entry["id"] in WITH_OR_WITHOUT_APPOINTMENT:
        return Appointment.BOTH
    return Appointment.NEEDED if entry["appointment"]["required"] else Appointment.NOT_NEEDED


def phone_text(entry: Entry) -> Texts | None:
    """Say when the phone is answered.

    In words and not as spans: whoever knows that the door closes at 15.30 must not be told
    “open until 16” because the county's switchboard is.
    """
    contact = entry["contact"]
    if not contact["phone"] or "phone_hours" not in contact:
        return None
    (((opens, closes), _mask),) = hours.grouped(contact["phone_hours"]).items()
    pattern = source.additions()["phone_texts"]["weekdays"]
    return {language: text.format(opens=int(opens[:2]), closes=int(closes[:2])) for language, text in pattern.items()}


def details(entry: Entry) -> Texts | None:
    """Tell the found terms of the rooms where the rooms are presented."""
    terms = source.facts()["booking_terms"]
    return {
        "kalajarvi-resident-spaces": terms["who_may_book"],
        "iso-omena-resident-spaces": source.joined(terms["open_events_only"], terms["catering"]),
    }.get(entry["id"])
