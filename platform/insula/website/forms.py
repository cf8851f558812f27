"""The form in which a person writes a page: texts in, changes or errors with their lines out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from insula.kit.errors import FieldError, InsulaError, Invalid
from insula.web.interfaces import Blocks, blocks_of
from insula.website.documents import check_blocks, check_fields
from insula.website.textform import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from insula.website.interfaces import PageState

LABELS = {
    "path": "Path",
    "title": "Title",
    "summary": "Summary",
    "label": "Label",
    "position": "Position",
    "blocks": "Blocks",
}


@dataclass
class PageForm:
    """What stands in the form, as text."""

    path: str = "/"
    title: str = ""
    summary: str = ""
    label: str = ""
    position: str = ""
    ask_to_sign_in: bool = False
    blocks: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, page: PageState, kinds: Blocks) -> PageForm:
        """Return the form of a page as it stands."""
        return cls(
            path=page.path,
            title=page.title,
            summary=page.summary,
            label=page.label or "",
            position="" if page.position is None else str(page.position),
            ask_to_sign_in=page.ask_to_sign_in,
            blocks=write(page.blocks, kinds),
        )

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> PageForm:
        """Return the form as it was sent."""
        return cls(
            path=sent.get("path", "").strip(),
            title=sent.get("title", ""),
            summary=sent.get("summary", ""),
            label=sent.get("label", ""),
            position=sent.get("position", "").strip(),
            ask_to_sign_in="ask_to_sign_in" in sent,
            blocks=sent.get("blocks", ""),
        )

    def changes(self, kinds: Blocks) -> tuple[dict[str, Any], dict[str, int]]:
        """Return what to change, and the line of every block; raises Invalid for texts that cannot be read."""
        errors: list[FieldError] = []
        position: int | None = None
        if self.position.isascii() and self.position.isdigit() and len(self.position) < 10:
            position = int(self.position)
        elif self.position:
            detail = f"Use a whole number such as 1, or nothing. You typed “{self.position[:40]}”."
            errors.append(FieldError("position", detail))
        blocks, self.lines, unreadable = read(self.blocks, kinds)
        changes = {
            "title": self.title,
            "summary": self.summary,
            "label": self.label or None,
            "position": position,
            "ask_to_sign_in": self.ask_to_sign_in,
            "blocks": blocks,
        }
        errors += unreadable
        if errors:
            # Everything that is wrong is told at once, not only what could not be read.
            raise Invalid(errors=[*check_fields(changes), *errors, *_also_wrong(blocks, kinds, unreadable)])
        return changes, self.lines


def _also_wrong(
    blocks: Sequence[Mapping[str, Any]], kinds: Blocks, told: Sequence[FieldError]
) -> list[FieldError]:
    bad = {error.path.partition("]")[0] for error in told}
    try:
        check_blocks(blocks, kinds)
    except Invalid as error:
        return [each for each in error.errors if each.path.partition("]")[0] not in bad]
    return []


def place_errors(form: PageForm, error: InsulaError | None) -> dict[str, Any]:
    """Return the errors as the form shows them: one summary with links, and the words at each control."""
    summary: list[tuple[str, str]] = []
    by_field: dict[str, str] = dict.fromkeys((*LABELS, "ask_to_sign_in"), "")
    if error is not None and not error.errors and error.status != 412:  # it has a notice of its own
        summary.append(("f-path" if error.status == 409 else "", error.detail or error.title))
    for name, line, each in sorted(_placed(form, error), key=lambda found: (found[0] == "blocks", found[1])):
        leaf = each.path.rpartition(".")[2] if "." in each.path else ""
        text = (
            f"Line {line}{', ' + leaf if leaf and leaf != 'kind' else ''}: {each.detail}"
            if line
            else each.detail
        )
        by_field[name] = f"{by_field.get(name, '')} {text}".strip()
        summary.append((f"f-{name}" if name in LABELS else "", f"{LABELS.get(name, name)}: {text}"))
    return {"summary": summary, "errors": by_field}


def _placed(form: PageForm, error: InsulaError | None) -> Iterator[tuple[str, int, FieldError]]:
    for each in error.errors if error is not None else ():
        name = each.path.partition("[")[0].partition(".")[0]
        line = each.line or (line_of(each.path, form.lines) if name == "blocks" else None)
        yield name, line or 0, each


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of the nearest place around a path that has one."""
    while path:
        if path in lines:
            return lines[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None


def flagged(request: Any, page: PageState) -> list[str]:  # Pyramid is untyped
    """Return what visitors do not see of a page, one sentence a block."""
    kinds = blocks_of(request.registry)
    found = []
    for number, block in enumerate(page.blocks, 1):
        name = str(block.get("kind"))
        kind = kinds.get(name)
        if kind is None:
            found.append(f"Block {number} is a “{name}”, which this installation does not have.")
        elif kind.feature is not None and not request.has_feature(kind.feature):
            found.append(
                f"Block {number} is a “{name}”, which needs the feature “{kind.feature}”. It is switched off."
            )
    return found


def help_of(request: Any) -> Sequence[tuple[str, str, str]]:
    """Return the kinds of block there are: name, title, and an example of each as text."""
    rows = []
    for kind in blocks_of(request.registry):
        if kind.feature is None or request.has_feature(kind.feature):
            fields = [
                f"{name}: {_hint(info)}"
                for name, info in kind.model.model_fields.items()
                if name != kind.body_field
            ]
            body = (
                ["", "The text, as long as it needs to be."] if fields and kind.body_field else ["The text."]
            )
            example = [f"::: {kind.name}", *fields, *(body if kind.body_field else []), ":::"]
            rows.append((kind.name, kind.title, "\n".join(example)))
    return rows


def _hint(info: Any) -> str:  # a pydantic field
    if not info.is_required() and info.get_default(call_default_factory=True) not in (None, "", (), []):
        return str(info.get_default(call_default_factory=True))
    return info.description.rstrip(".") if info.description else "…"
