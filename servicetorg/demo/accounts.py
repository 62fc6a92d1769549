"""Accounts to try the roles with: names of roles, not of people."""

from allauth.account.models import EmailAddress

from accounts.models import User
from hubs.models import Hub
from services.models import Provider

PASSWORD = "servicetorg-demo"  # noqa: S105 - printed by the command; only for demo sites

STAFF = {
    "administrator@example.org": "Demo: city administrator",
    "kalajarvi@example.org": "Demo: hub editor, Kalajärvi",
    "iso-omena@example.org": "Demo: hub editor, Iso Omena",
    "county@example.org": "Demo: provider editor, wellbeing services county",
}
RESIDENT = "resident@example.org"
PEOPLE = STAFF | {RESIDENT: "Demo: resident"}


def load_accounts(hubs: dict[str, Hub]) -> None:
    staff = {email: load_account(email, name, is_staff=True) for email, name in STAFF.items()}
    User.objects.filter(email="administrator@example.org").update(is_city_administrator=True)
    hubs["kalajarvi"].editors.add(staff["kalajarvi@example.org"])
    hubs["iso-omena"].editors.add(staff["iso-omena@example.org"])
    Provider.objects.get(slug="western-uusimaa").editors.add(staff["county@example.org"])
    load_account(RESIDENT, PEOPLE[RESIDENT])


def load_account(email: str, name: str, *, is_staff: bool = False) -> User:
    user = User.objects.create_user(email, PASSWORD, name=name, is_staff=is_staff)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
