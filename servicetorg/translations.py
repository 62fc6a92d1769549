"""Compile and judge the catalogues in locale/; needs neither GNU gettext nor Django's settings.

python -m servicetorg.translations compile    .po → .mo, where the .po is newer
python -m servicetorg.translations check      complete? placeholders kept? nothing missing?
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("sv", "fi")  # English is the source language
DOMAINS = ("django", "djangojs")  # the second: by hand, what Django's own JavaScript lacks
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*\}")


def catalogues(root: Path = ROOT) -> list[Path]:
    return [root / "locale" / language / "LC_MESSAGES" / f"{domain}.po" for domain in DOMAINS for language in LANGUAGES]


def compile_stale() -> None:
    """Compile what has changed. Each file appears whole: others may be reading it."""
    for source in filter(Path.exists, catalogues()):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            unfinished = target.with_suffix(f".{os.getpid()}.tmp")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)


def problems(catalogue: Path) -> list[str]:
    """Return what a reader of the language would stumble over, one sentence each."""
    if not catalogue.exists():
        return [f"{catalogue} does not exist."]
    file = polib.pofile(str(catalogue))
    found = [f"{len(file.obsolete_entries())} entries are obsolete."] if file.obsolete_entries() else []
    for entry in file:
        if not entry.obsolete:
            found += [f"{complaint}: {entry.msgid!r}" for complaint in complaints(entry)]
    return found


def complaints(entry: polib.POEntry) -> list[str]:
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.fuzzy:
        return ["fuzzy"]
    if not all(texts) or (entry.msgid_plural and len(texts) != 2):
        return ["untranslated"]
    found = []
    for index, text in enumerate(texts):
        source = entry.msgid_plural or entry.msgid
        wanted, given = (set(PLACEHOLDER.findall(words)) for words in (source, text))
        # “En person” may leave the number out, as the English singular may.
        if given != wanted and not (entry.msgid_plural and index == 0 and given < wanted):
            found.append(f"placeholders differ in {text!r}")
        if text.startswith("\n") != source.startswith("\n") or text.endswith("\n") != source.endswith("\n"):
            found.append(f"line breaks at the edges differ in {text!r}")
    return found


def missing_from_catalogues() -> list[str]:
    """Return the texts of the code that a catalogue lacks, or has and the code does not.

    Extracts into a copy: `makemessages` leaves files beside the templates while it works.
    """
    found = []
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        for source in sorted(ROOT.iterdir()):
            if (source / "__init__.py").exists() and source.name != "tests":
                shutil.copytree(source, copy / source.name, ignore=shutil.ignore_patterns("__pycache__", "data"))
        for name in ("templates", "locale"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.mo"))
        (copy / "static").mkdir()
        shutil.copy(ROOT / "manage.py", copy)
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "makemessages", *(f"--locale={language}" for language in LANGUAGES), "-v0"],
            cwd=copy,
            env={**os.environ, "DEBUG": "true", "IGNORE_DOT_ENV": "true"},
            check=True,
        )
        for ours, extracted in zip(catalogues(), catalogues(copy), strict=True):
            known, used = keys(ours), keys(extracted)
            found += [f"{ours.parent.parent.name}: missing from the catalogue: {key!r}" for key in sorted(used - known)]
            found += [f"{ours.parent.parent.name}: no longer in the code: {key!r}" for key in sorted(known - used)]
    return found


def keys(catalogue: Path) -> set[str]:
    if not catalogue.exists():
        return set()
    entries = [entry for entry in polib.pofile(str(catalogue)) if not entry.obsolete]
    return {entry.msgid + (f" [{entry.msgctxt}]" if entry.msgctxt else "") for entry in entries}


def check() -> int:
    found = [f"{path.parent.parent.name}: {problem}" for path in catalogues() for problem in problems(path)]
    if shutil.which("xgettext"):
        found += missing_from_catalogues()
    elif os.environ.get("CI"):
        found.append("xgettext is not installed, so nobody knows whether texts are missing.")
    else:
        print("Left out: texts missing from the catalogues (install GNU gettext to look for them).")  # noqa: T201
    for problem in found:
        print(problem)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(check())
    compile_stale()
