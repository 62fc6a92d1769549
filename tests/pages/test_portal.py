"""The template tags that pages are built with."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from hubs.models import Hub
from servicetorg.templatetags import portal
from tests.cast import helsinki
from tests.pages.client import Tree

EIGHT, TEN, NOON, EIGHT_PM = (helsinki(2026, 11, 25, hour) for hour in (8, 10, 12, 20))


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("Låna böcker och skriv ut. Läs tidningar. Sitt.", "Låna böcker och skriv ut."),
        ("Betjäning av bl.a. FPA och t.ex. Kela. Kom in!", "Betjäning av bl.a. FPA och t.ex. Kela."),
        ("Utan punkt", "Utan punkt"),
        ("<b>Fet</b> text. Mer.", "&lt;b&gt;Fet&lt;/b&gt; text."),
    ],
)
def test_a_card_shows_the_first_sentence(summary: str, shown: str) -> None:
    hub = Hub(summary_sv=summary, summary_fi="Suomeksi. Lisää.")

    with translation.override("sv"):
        assert Template('{% first_sentence hub "summary" %}').render(Context({"hub": hub})) == shown
    with translation.override("fi"):
        assert Template('{% first_sentence hub "summary" %}').render(Context({"hub": hub})) == "Suomeksi."


class TestFreeBar:
    def test_what_is_taken_is_drawn_where_it_is(self) -> None:
        bar = portal.free_bar(EIGHT, EIGHT_PM, [(EIGHT, TEN), (NOON, NOON + timedelta(hours=3))])

        assert bar["busy"] == [portal.Stripe("0.00", "16.67"), portal.Stripe("33.33", "25.00")]

    def test_what_is_not_free_is_taken(self) -> None:
        assert portal.free_bar(EIGHT, EIGHT_PM, free=[(EIGHT, NOON)])["busy"] == [portal.Stripe("33.33", "66.67")]

    def test_what_reaches_outside_is_cut(self) -> None:
        hour = timedelta(hours=1)

        assert portal.free_bar(EIGHT, NOON, [(EIGHT - hour, TEN), (NOON, NOON + hour)])["busy"] == [
            portal.Stripe("0.00", "50.00")
        ]

    @pytest.mark.parametrize("language", ["sv", "fi", "en"])
    def test_no_language_puts_a_comma_into_a_number(self, language: str) -> None:
        with translation.override(language):
            bar = Template("{% free_bar a b busy selected %}").render(
                Context({"a": EIGHT, "b": EIGHT_PM, "busy": [(EIGHT, TEN)], "selected": (TEN, NOON)})
            )

        assert '<rect x="0.00%" width="16.67%"' in bar
        assert "," not in bar

    @pytest.mark.parametrize(
        ("starts_at", "ends_at", "expected"),
        [
            pytest.param(EIGHT, EIGHT_PM, "8 10 12 14 16 18 20", id="a day"),
            pytest.param(helsinki(2026, 11, 25), helsinki(2026, 11, 26), "0 4 8 12 16 20 24", id="day and night"),
            pytest.param(helsinki(2026, 11, 25, 6, 40), helsinki(2026, 11, 25, 9, 15), "7 8 9", id="between the hours"),
            pytest.param(
                helsinki(2026, 3, 29), helsinki(2026, 3, 29, 6), "0 1 2 4 5 6", id="the night of a missing hour"
            ),
        ],
    )
    def test_the_axis_names_whole_hours(self, starts_at: datetime, ends_at: datetime, expected: str) -> None:
        assert (
            " ".join(tick.label for tick in portal.hour_ticks((starts_at.astimezone(UTC), ends_at.astimezone(UTC))))
            == expected
        )


class TestText:
    def test_the_readers_own_is_plain(self, kalajarvi: Hub) -> None:
        assert portal.text(kalajarvi, "name") == "Kalajärvi servicetorg"

    def test_another_language_is_marked(self, kalajarvi: Hub) -> None:
        kalajarvi.name_sv = ""

        assert portal.text(kalajarvi, "name") == '<span lang="fi">Kalajärven palvelutori</span>'

    def test_what_staff_write_is_escaped(self, kalajarvi: Hub) -> None:
        kalajarvi.name_sv, kalajarvi.name_fi = "", "<b>"

        assert portal.text(kalajarvi, "name") == '<span lang="fi">&lt;b&gt;</span>'
        kalajarvi.summary_sv = "<b>\n\ntwo"
        assert portal.long_text(kalajarvi, "summary") == "<p>&lt;b&gt;</p>\n\n<p>two</p>"


class TestFields:
    class Form(forms.Form):
        name = forms.CharField(label="Namn", help_text="Hela namnet.")
        people = forms.IntegerField(label="Antal", required=False, max_value=8)
        kind = forms.ChoiceField(label="Vem bokar?", choices=[("a", "Privat")], widget=forms.RadioSelect)
        terms = forms.BooleanField(label="Jag godkänner")

    def rendered(self, data: dict[str, str]) -> Tree:
        source = '{% include "includes/error_summary.html" %}{% for f in form %}{{ f.as_field_group }}{% endfor %}'
        return Tree(Template(source).render(Context({"form": self.Form(data)})))

    def test_hint_and_error_are_tied_to_the_field(self) -> None:
        tree = self.rendered({})

        name = next(each for each in tree.elements if each.attributes.get("name") == "name")
        assert name.attributes["aria-invalid"] == "true"
        described = name.attributes["aria-describedby"].split()
        ids = {each.attributes.get("id"): each for each in tree.elements}
        assert [ids[one].text for one in described if one.endswith("helptext")] == ["Hela namnet."]
        assert set(described) <= set(ids)

    def test_radios_stand_in_a_fieldset_with_a_legend(self) -> None:
        legends = [each.text for each in self.rendered({}).elements if each.tag == "legend"]

        assert legends == ["Vem bokar?"]

    def test_the_summary_leads_to_each_field(self) -> None:
        tree = self.rendered({"people": "12"})

        ids = {each.attributes.get("id") for each in tree.elements}
        targets = [each.attributes["href"].removeprefix("#") for each in tree.elements if each.tag == "a"]
        assert targets == ["id_name", "id_people", "id_kind_0", "id_terms"]
        assert set(targets) <= ids

    def test_what_may_stay_empty_says_so(self) -> None:
        labels = [each.text for each in self.rendered({}).elements if each.tag == "label"]

        with translation.override("sv"):
            assert labels[1] == f"Antal {translation.gettext('(optional)')}"
        assert labels[0] == "Namn"
