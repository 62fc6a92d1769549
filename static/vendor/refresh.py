"""Fetch the vendored files anew and write SHA256SUMS.

    uv run --no-project --with fonttools --with brotli python static/vendor/refresh.py

Needs npm. Change a version below, run the line above, look at the result in the browser.
A test recomputes SHA256SUMS, so that nobody edits a vendored file by hand.
"""

import hashlib
import re
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).resolve().parent
PACKAGES = {"htmx.org": "4.0.1", "inter-ui": "4.1.1", "lucide-static": "1.62.0"}

# Swedish, Finnish and English, Š and Ž for Finnish loan words, and the signs we set ourselves.
CHARACTERS = [*range(0x20, 0x7F), *range(0xC0, 0x100), *map(ord, "\u00a0§©«»°·²½ŠšŽž–—‘’“”•…€−→\u202f")]
FONT_FEATURES = ["kern", "tnum"]
FONT_WEIGHTS = (400, 700)

ICONS = [
    "accessibility",
    "baby",
    "book-open",
    "briefcase",
    "bus",
    "calendar-check",
    "calendar-days",
    "circle-check",
    "clock",
    "door-open",
    "ear",
    "euro",
    "external-link",
    "flask-conical",
    "globe",
    "hammer",
    "hand-helping",
    "heart-handshake",
    "heart-pulse",
    "house",
    "info",
    "landmark",
    "languages",
    "log-in",
    "mail",
    "map-pin",
    "music",
    "phone",
    "search",
    "smile-plus",
    "stethoscope",
    "triangle-alert",
    "user",
    "users",
    "utensils",
]


def unpack(folder: Path) -> dict[str, Path]:
    unpacked = {}
    for name, version in PACKAGES.items():
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{version}"]
        archive = folder / subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        with tarfile.open(archive) as tar:
            tar.extractall(folder / name, filter="data")
        unpacked[name] = folder / name / "package"
    return unpacked


def copy(source: Path, target: str) -> None:
    path = HERE / target
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(source.read_bytes())


def make_font(source: Path, target: Path) -> None:
    font = TTFont(source)
    options = subset.Options(flavor="woff2", layout_features=FONT_FEATURES, hinting=False, name_IDs=[1, 2, 13])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    instancer.instantiateVariableFont(font, {"opsz": 14, "wght": FONT_WEIGHTS}, inplace=True)
    subset.save_font(font, str(target), options)


def make_sprite(icons: Path, target: Path) -> None:
    """Put the drawings of ICONS into one file; colour and stroke come from `.icon` in site.css."""
    symbols = []
    for name in ICONS:
        drawing = ET.parse(icons / f"{name}.svg").getroot()  # noqa: S314 - from the pinned package
        shapes = "".join(ET.tostring(shape, encoding="unicode").strip() for shape in drawing)
        shapes = re.sub(r'\s+xmlns:?\w*="[^"]*"', "", shapes).replace("ns0:", "").replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    target.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n', encoding="utf-8")


def write_sums() -> None:
    files = sorted(path for path in HERE.rglob("*") if path.is_file() and path.parent != HERE)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(HERE)}\n" for path in files]
    (HERE / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def refresh() -> None:
    with tempfile.TemporaryDirectory() as folder:
        packages = unpack(Path(folder))
        copy(packages["htmx.org"] / "dist/htmx.min.js", "htmx/htmx.min.js")
        copy(packages["htmx.org"] / "LICENSE", "htmx/LICENSE")
        copy(packages["inter-ui"] / "LICENSE.txt", "inter/LICENSE.txt")
        make_font(packages["inter-ui"] / "variable/InterVariable.woff2", HERE / "inter/inter.woff2")
        copy(packages["lucide-static"] / "LICENSE", "lucide/LICENSE")
        make_sprite(packages["lucide-static"] / "icons", HERE / "lucide/icons.svg")
    write_sums()


if __name__ == "__main__":
    refresh()
