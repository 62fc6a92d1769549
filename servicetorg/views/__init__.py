from servicetorg.views.about import accessibility, privacy
from servicetorg.views.home import home, root
from servicetorg.views.hub import hub
from servicetorg.views.preferences import color_scheme
from servicetorg.views.search import search

__all__ = ["accessibility", "color_scheme", "home", "hub", "privacy", "root", "search"]
