"""The documents say what is true: settings, verbs, paths and links are compared with the code."""

from __future__ import annotations

import re
from pathlib import Path
from pkgutil import resolve_name

from pydantic import SecretStr

from entrypoints.cli.main import main
from entrypoints.settings import Settings
from kit.about import for_each

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """The table of all settings, as the README shows it."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = str(default).lower() if isinstance(default, bool) else default
        rows.append(f"| `{name.upper()}` | {f'`{shown}`' if shown else ''} | {_cell(field.description or '')} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def test_the_readme_lists_every_setting_with_its_default() -> None:
    shown = README.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip()
    assert shown == settings_table()


@for_each("document", [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), target
    for path in re.findall(r"`((?:src|tests|docs|migrations|demo)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"`((?:domain|application|adapters|entrypoints)/[\w./-]+)`", text):
        assert (ROOT / "src" / path).exists(), path
    for name in re.findall(r"`((?:domain|application|adapters|entrypoints)\.[\w.]+)`", text):
        assert resolve_name(name) is not None, name


def test_the_readme_names_verbs_that_exist() -> None:
    named = set(re.findall(r"unified-dental ([a-z][a-z-]+)", README))
    assert named
    assert named <= set(main.commands)


def test_all_decisions_are_listed_in_the_order_of_their_numbers() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(
        r"^(\d+)\. \[.+\]\((\S+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for _, name in listed] == sorted(path.name for path in folder.glob("0*.md"))
    assert [int(number) for number, _ in listed] == [int(name[:4]) for _, name in listed]
