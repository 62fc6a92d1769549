from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicetorgConfig(AppConfig):
    name = "servicetorg"
    verbose_name = _("The site")

    def ready(self) -> None:
        # Checks register themselves when they are imported.
        from rooms.management.commands import tend  # noqa: PLC0415
        from servicetorg import checks  # noqa: F401, PLC0415
        from servicetorg.reports.privacy import forget_old_reports  # noqa: PLC0415
        from servicetorg.reports.tasks import send_due_report_mails  # noqa: PLC0415
        from servicetorg.search import asked, index  # noqa: PLC0415
        from surveys.verbs import forget_written_answers  # noqa: PLC0415

        # The command is in rooms, which knows nothing of the search, of reports and of surveys.
        tend.PARTS |= {
            "search documents written": index.tend,
            "searches forgotten": asked.forget_old,
            "mails about reports sent": send_due_report_mails,
            "reports forgotten": forget_old_reports,
            "written answers forgotten": forget_written_answers,
        }
