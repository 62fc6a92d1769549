"""A QR code as an image inside the page: no picture is stored, nobody else is asked."""

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE = 3  # white squares around the code, without which cameras miss it on a dark screen


def qr_svg(text: str) -> SafeString:
    """Draw the text as an SVG that fills its box. Its numbers are written by segno, in no language."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, border=QUIET_ZONE, dark="#000", light="#fff")
    return mark_safe(drawn.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S308 - squares, not the text
