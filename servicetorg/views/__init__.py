from servicetorg.views.about import accessibility, open_data, privacy
from servicetorg.views.changes import (
    hub_changes_atom,
    hub_changes_ics,
    hub_year,
    listing_changes_atom,
    listing_changes_ics,
)
from servicetorg.views.compare import compare
from servicetorg.views.home import home, root
from servicetorg.views.hub import hub
from servicetorg.views.hub_display import hub_display
from servicetorg.views.listing import listing
from servicetorg.views.my_data import delete_my_account, my_data, my_data_file
from servicetorg.views.planner import planner, planner_visit_ics
from servicetorg.views.preferences import color_scheme
from servicetorg.views.reports import answer_report_by_link, report, report_hub, report_listing, report_room
from servicetorg.views.search import search, suggestions
from servicetorg.views.services import services
from servicetorg.views.sign import hub_sign, listing_sign

__all__ = [
    "accessibility",
    "answer_report_by_link",
    "color_scheme",
    "compare",
    "delete_my_account",
    "home",
    "hub",
    "hub_changes_atom",
    "hub_changes_ics",
    "hub_display",
    "hub_sign",
    "hub_year",
    "listing",
    "listing_changes_atom",
    "listing_changes_ics",
    "listing_sign",
    "my_data",
    "my_data_file",
    "open_data",
    "planner",
    "planner_visit_ics",
    "privacy",
    "report",
    "report_hub",
    "report_listing",
    "report_room",
    "root",
    "search",
    "services",
    "suggestions",
]
