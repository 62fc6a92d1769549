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

# Groups that book on the site, and those who call or come to the desk.
HOLDERS = {
    "reading-circle@example.org": ("sv", "Demo: läsecirkeln"),
    "choir@example.org": ("fi", "Demo: kuoro"),
    "chess@example.org": ("sv", "Demo: schackklubben"),
    "knitting@example.org": ("fi", "Demo: neulontakerho"),
    "language-cafe@example.org": ("en", "Demo: language café"),
    "parents@example.org": ("fi", "Demo: vanhempainyhdistys"),
    "astronomy@example.org": ("en", "Demo: astronomy club"),
    "board-games@example.org": ("fi", "Demo: lautapelikerho"),
    "dance@example.org": ("sv", "Demo: dansgruppen"),
    "scouts@example.org": ("sv", "Demo: scouterna"),
    "residents@example.org": ("fi", "Demo: asukasyhdistys"),
    "photo@example.org": ("en", "Demo: photo club"),
}
AT_THE_DESK = (PEOPLE[RESIDENT], "Demo: homework club", "Demo: pensionärsföreningen", "Demo: nuorten bändi")


def load_accounts(hubs: dict[str, Hub]) -> None:
    staff = {email: load_account(email, name, is_staff=True) for email, name in STAFF.items()}
    User.objects.filter(email="administrator@example.org").update(is_city_administrator=True)
    hubs["kalajarvi"].editors.add(staff["kalajarvi@example.org"])
    hubs["iso-omena"].editors.add(staff["iso-omena@example.org"])
    Provider.objects.get(slug="western-uusimaa").editors.add(staff["county@example.org"])
    load_account(RESIDENT, PEOPLE[RESIDENT])


def load_account(
    email: str, name: str, *, is_staff: bool = False, language: str = "sv", password: str | None = PASSWORD
) -> User:
    """Make an account with a confirmed address; without a password one signs in by code."""
    user = User.objects.create_user(email, password, name=name, is_staff=is_staff, language=language)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def load_holders() -> list[User]:
    """Return those who book on the site, the demo resident among them."""
    groups = [
        load_account(email, name, language=language, password=None) for email, (language, name) in HOLDERS.items()
    ]
    return [*groups, User.objects.get(email=RESIDENT)]
