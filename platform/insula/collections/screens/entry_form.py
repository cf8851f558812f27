"""The form of an entry, made of its collection's schema: each type its control, errors at their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from insula.collections.screens.values import is_long, texts_of, value_of

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection, FieldDocument
    from insula.kit.errors import InsulaError

PREFIX: Final = "values."
INPUTS: Final[Mapping[str, tuple[str, str]]] = {
    "integer": ("text", "numeric"),
    "decimal": ("text", "decimal"),
    "date": ("date", ""),
    "time": ("time", ""),
    "datetime": ("datetime-local", ""),
}
"""Type of the input and what a phone's keyboard offers, for each type of field that one input is enough for."""


@dataclass(frozen=True)
class Offer:
    """What one field may lead to: pairs of id and name, the chosen ones first."""

    choices: Sequence[tuple[str, str]]
    find: str
    searched: bool
    """Whether there is more than what is offered, or something was looked for."""
    source: str
    """What is looked into, in words."""
    many: bool
    upload: bool
    missing: bool = False
    """Whether nothing was found."""


@dataclass(frozen=True)
class Control:
    """What the template draws for one field."""

    field: FieldDocument
    name: str
    kind: str
    """input, textarea, select, pick or boxes; or shown, for what one may look at only."""
    texts: Sequence[str]
    label: str
    help: str
    error: str = ""
    rule: str = ""
    """Why it is shown only."""
    choices: Sequence[tuple[str, str]] = ()
    offer: Offer | None = None
    type: str = "text"
    inputmode: str = ""

    @property
    def text(self) -> str:
        """The one text of a control that has one."""
        return "\n".join(self.texts[:1])

    @property
    def id(self) -> str:
        """The id of the control, which a summary of errors links to."""
        return "f-" + self.name.replace(".", "-")


@dataclass
class EntryForm:
    """What stands in the form of an entry, as text, for the fields that whoever asks may view."""

    info: Collection
    fields: Sequence[FieldDocument]
    writable: frozenset[str]
    texts: dict[str, list[str]]
    found: dict[str, str] = field(default_factory=dict)
    """What each link and file is looked for by."""

    @classmethod
    def of(
        cls, info: Collection, readable: frozenset[str], writable: frozenset[str], values: Mapping[str, Any]
    ) -> EntryForm:
        """Return the form of an entry as it stands."""
        fields = [each for each in info.document.fields if each.name in readable]
        return cls(
            info, fields, writable, {each.name: texts_of(each, values.get(each.name)) for each in fields}
        )

    def read(self, sent: Any) -> EntryForm:
        """Return the form as it was sent; what one may not write stays as it stands."""
        texts = dict(self.texts)
        for each in self.fields:
            if each.name in self.writable:
                texts[each.name] = [
                    text for text in sent.getall(PREFIX + each.name) if isinstance(text, str) and text
                ]
        found = {each.name: str(sent.get(f"find.{each.name}", "")).strip()[:200] for each in self.fields}
        return EntryForm(self.info, self.fields, self.writable, texts, found)

    def changes(self, stored: EntryForm) -> dict[str, Any]:
        """Return the values of the fields whose texts differ from those stored."""
        return {
            each.name: value_of(each, self.texts[each.name])
            for each in self.fields
            if each.name in self.writable and _differs(self.texts[each.name], stored.texts[each.name])
        }

    def values(self) -> dict[str, Any]:
        """Return the values of a new entry: those that are given."""
        found = {
            each.name: value_of(each, self.texts[each.name])
            for each in self.fields
            if each.name in self.writable
        }
        return {name: value for name, value in found.items() if value is not None}

    def controls(
        self,
        errors: Mapping[str, str] | None = None,
        offers: Mapping[str, Offer] | None = None,
        rules: Mapping[str, str] | None = None,
    ) -> list[Control]:
        """Return what the template draws, in the order of the schema."""
        told, offered = errors or {}, offers or {}
        return [
            self._control(
                each, told.get(each.name, ""), offered.get(each.name), (rules or {}).get(each.name, "")
            )
            for each in self.fields
        ]

    def _control(self, each: FieldDocument, error: str, offer: Offer | None, rule: str) -> Control:
        texts = self.texts[each.name]
        kind, type_, mode = "input", "text", ""
        choices: Sequence[tuple[str, str]] = ()
        if each.name not in self.writable:
            kind = "shown"
        elif offer is not None:
            kind = "pick"
        elif each.type == "list" and each.items == "choice":
            kind, choices = "boxes", [(one, one) for one in each.choices]
        elif each.type in {"choice", "boolean"}:
            kind, choices = "select", _choices(each)
        elif each.type in {"list", "object"} or is_long(each, "\n".join(texts)):
            kind = "textarea"
        else:
            type_, mode = INPUTS.get(each.type, ("text", ""))
        return Control(
            each,
            PREFIX + each.name,
            kind,
            texts,
            each.title or each.name,
            " ".join(part for part in (each.help, _hint(each)) if part),
            error,
            rule,
            choices,
            offer,
            type_,
            mode,
        )


def _differs(sent: Sequence[str], stored: Sequence[str]) -> bool:
    # A browser ends the lines of a text its own way.
    return [text.replace("\r\n", "\n") for text in sent] != [
        text.replace("\r\n", "\n") for text in stored if text
    ]


def _choices(each: FieldDocument) -> list[tuple[str, str]]:
    none = [] if each.required and each.type == "boolean" else [("", "none")]
    if each.type == "boolean":
        return [*none, ("no", "no"), ("yes", "yes")]
    return [*none, *((one, one) for one in each.choices)]


def _hint(each: FieldDocument) -> str:
    """Say what fits, where the control does not show it."""
    parts = []
    if each.min is not None and each.max is not None:
        parts.append(f"{each.min} to {each.max}")
    elif each.min is not None:
        parts.append(f"at least {each.min}")
    elif each.max is not None:
        parts.append(f"at most {each.max}")
    if each.type == "decimal" and each.scale:
        parts.append(f"{each.scale} digits behind the point")
    if each.type == "datetime":
        parts.append("in UTC")
    if each.type == "list" and each.items not in {"choice", "link", "file"}:
        parts.append("one a line")
    if each.type == "object":
        parts.append("as JSON")
    if each.type == "rich_text":
        parts.append("Markdown")
    if each.unique:
        parts.append("no two entries have the same")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def placed(form: EntryForm, error: InsulaError | None) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the words at each field, and the summary that links to them."""
    labels = {each.name: each.title or each.name for each in form.fields}
    at: dict[str, str] = {}
    summary: list[tuple[str, str]] = []
    for each in error.errors if error is not None else ():
        steps = each.path.removeprefix(PREFIX).replace("[", ".").split(".")
        name = steps[0]
        place = f"{steps[1]}: " if len(steps) > 1 else ""
        if name in labels:
            at[name] = f"{at.get(name, '')} {place}{each.detail}".strip()
            summary.append((f"f-values-{name}", f"{labels[name]}: {place}{each.detail}"))
        else:
            summary.append(("", each.detail))
    if error is not None and not error.errors and error.status != 412:
        summary.append(("", error.detail or error.title))
    return at, summary
