"""Notices by hand: for the whole hub, or for chosen listings and rooms."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from hubs.models import Hub, Notice, Period
from rooms.models import Room
from services.models import Listing
from tests import cast

ADD = "/admin/hubs/notice/add/"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(cast.TUESDAY, tick=False):
        yield


def written(hub: Hub, **fields: Any) -> dict[str, Any]:
    days = {"starts_at_0": "2026-11-24", "starts_at_1": "08:00", "ends_at_0": "2026-12-08", "ends_at_1": "08:00"}
    titles = {"title_sv": "Hissen är trasig", "title_fi": "Hissi on rikki", "title_en": "The lift is out of order"}
    return {"hub": hub.pk, "severity": "normal", **days, **titles, **fields}


def errors_of(response: Any) -> dict[str, Any]:
    return dict(response.context["adminform"].form.errors)


def warnings_of(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request) if each.level_tag == "warning"]


def test_a_notice_is_written_for_the_whole_hub(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    response = as_kalajarvi_editor.post(ADD, written(kalajarvi, is_for_whole_hub="on"))

    assert response.status_code == 302
    assert Notice.objects.get().title_fi == "Hissi on rikki"


def test_a_notice_is_written_for_some_listings_and_rooms(
    as_kalajarvi_editor: Client, library: Listing, hall: Room
) -> None:
    as_kalajarvi_editor.post(ADD, written(library.hub, listings=[library.pk], rooms=[hall.pk]))

    notice = Notice.objects.get()
    assert (list(notice.listings.all()), list(notice.rooms.all())) == ([library], [hall])


def test_what_was_chosen_can_be_changed(as_kalajarvi_editor: Client, library: Listing, hall: Room) -> None:
    as_kalajarvi_editor.post(ADD, written(library.hub, listings=[library.pk]))
    notice = Notice.objects.get()
    change = reverse("admin:hubs_notice_change", args=[notice.pk])

    form = as_kalajarvi_editor.get(change).context["adminform"].form
    assert list(form["listings"].value()) == [library.pk]
    as_kalajarvi_editor.post(change, written(library.hub, rooms=[hall.pk]))

    assert (list(notice.listings.all()), list(notice.rooms.all())) == ([], [hall])


def test_a_notice_that_nothing_shows_is_refused(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    assert errors_of(as_kalajarvi_editor.post(ADD, written(kalajarvi))).keys() == {"is_for_whole_hub"}


def test_only_what_is_within_reach_is_offered_and_taken(
    as_kalajarvi_editor: Client, library: Listing, iso_omena: Hub
) -> None:
    far = cast.make_listing(iso_omena, "clinic")

    offered = as_kalajarvi_editor.get(ADD).context["adminform"].form.fields["listings"].queryset
    response = as_kalajarvi_editor.post(ADD, written(library.hub, listings=[far.pk]))

    assert list(offered) == [library]
    assert "listings" in errors_of(response)


def test_who_edits_one_hub_need_not_choose_it_nor_read_its_name(as_kalajarvi_editor: Client, library: Listing) -> None:
    form = as_kalajarvi_editor.get(ADD).context["adminform"].form

    assert form["hub"].value() == library.hub.pk
    assert [str(label) for _value, label in form.fields["hub"].choices] == [str(library.hub)]
    assert [str(label) for _value, label in form.fields["listings"].choices] == [str(library)]


def test_who_edits_several_hubs_chooses_among_them(
    as_city_administrator: Client, library: Listing, iso_omena: Hub
) -> None:
    form = as_city_administrator.get(ADD).context["adminform"].form

    assert form["hub"].value() is None
    assert [str(label) for _value, label in form.fields["listings"].choices] == [f"{library.hub}: {library}"]


def test_a_notice_names_nothing_of_another_hub(as_city_administrator: Client, library: Listing, iso_omena: Hub) -> None:
    response = as_city_administrator.post(ADD, written(iso_omena, listings=[library.pk]))

    assert "listings" in errors_of(response)


def test_it_warns_where_the_hours_know_of_no_closed_day(as_kalajarvi_editor: Client, library: Listing) -> None:
    closed = written(library.hub, severity="closed", listings=[library.pk])

    (warning,) = warnings_of(as_kalajarvi_editor.post(ADD, closed))

    assert reverse("admin:hubs_timetable_change", args=[library.timetable_id]) in warning


@pytest.mark.parametrize(
    "fields", [{"severity": "closed"}, {"severity": "changed"}], ids=["hours that know", "nothing closed"]
)
def test_it_does_not_warn_otherwise(as_kalajarvi_editor: Client, library: Listing, fields: dict[str, str]) -> None:
    if fields["severity"] == "closed":
        day = date(2026, 12, 6)
        Period.objects.create(timetable=library.timetable, kind="exception", first_day=day, last_day=day)

    response = as_kalajarvi_editor.post(ADD, written(library.hub, listings=[library.pk], **fields))

    assert warnings_of(response) == []


def test_a_notice_is_seen_before_it_is_shown(as_kalajarvi_editor: Client, client: Client, library: Listing) -> None:
    later = written(library.hub, listings=[library.pk], starts_at_0="2026-12-01")
    as_kalajarvi_editor.post(ADD, later)
    notice = Notice.objects.get()

    shown = as_kalajarvi_editor.get(reverse("admin:hubs_notice_change", args=[notice.pk])).text
    preview = "/fi/hubs/kalajarvi/library/?at=2026-12-01T08:00"

    assert f'href="{preview}"' in shown
    assert "Hissi on rikki" in client.get(preview).text
    assert "Hissi on rikki" not in client.get("/fi/hubs/kalajarvi/library/").text


def test_the_list_tells_which_language_lacks_a_title(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    times = {"starts_at": cast.TUESDAY, "ends_at": cast.TUESDAY + timedelta(days=1)}
    Notice.objects.create(hub=kalajarvi, title_sv="Hissen", title_fi="Hissi", **times)

    found = as_kalajarvi_editor.get("/admin/hubs/notice/", {"missing": "en"})

    assert [notice.title_sv for notice in found.context["cl"].queryset] == ["Hissen"]


def test_the_hours_page_tells_what_needs_no_notice(as_kalajarvi_editor: Client, library: Listing) -> None:
    day = date(2026, 12, 6)
    Period.objects.create(timetable=library.timetable, kind="exception", first_day=day, last_day=day)

    page = as_kalajarvi_editor.get(reverse("admin:hubs_timetable_change", args=[library.timetable_id]))

    assert [sentence.split()[-2:] for sentence in page.context["told"]] == [["6", "december"]]
    assert f"<li>{page.context['told'][0]}</li>" in page.text


def test_the_form_says_that_a_notice_changes_no_hours(as_kalajarvi_editor: Client, kalajarvi: Hub) -> None:
    help_text = as_kalajarvi_editor.get(ADD).context["adminform"].form.fields["severity"].help_text

    assert reverse("admin:hubs_timetable_changelist") in help_text
