from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicetorgConfig(AppConfig):
    name = "servicetorg"
    verbose_name = _("The site")

    def ready(self) -> None:
        # Checks register themselves when they are imported.
        from servicetorg import checks  # noqa: F401, PLC0415
