"""Final Draft files (.fdx) read into elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from toolkit.errors import SourceError
from toolkit.screenplay.elements import SPOKEN, Element, Kind
from toolkit.screenplay.inline import marked, styled
from toolkit.screenplay.marks import DEEPEST, in_parentheses, split_cue
from toolkit.screenplay.title_page import keyed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Node

# Types of paragraphs; what is not here (Action, General, Shot, Cast List, a user's own) is action.
_KINDS: dict[str, Kind] = {
    "Scene Heading": "scene heading", "Character": "character", "Parenthetical": "parenthetical",
    "Dialogue": "dialogue", "Lyrics": "lyric", "Singing": "lyric", "Transition": "transition",
    "New Act": "centred", "End of Act": "centred", "Synopsis": "synopsis", "Outline Body": "synopsis",
}  # fmt: skip
_APART = frozenset({"ScriptNote", "SceneProperties", "DualDialogue"})  # their text is not the paragraph's
_OF_SPEECH = SPOKEN | {"parenthetical"}


def parse_final_draft(data: bytes, name: str) -> tuple[Element, ...]:
    """The elements of a .fdx file, in its order, entries of the title page first.

    Every run of text counts, its bold, italic and underlined style becomes markup. Paragraphs of dialogue that follow
    each other are lines of one element. Script notes follow the speech or paragraph that they are attached to. `line`
    is the number of the paragraph. A title page has no keys in such files; they are told from its order and words.

    Args:
        data: the file.
        name: what the user calls it, for errors.

    Raises:
        SourceError: broken XML, XML with entities, another root element, or no XML at all.
    """
    root = _root(data, name)
    script = _Script()
    content = root.find("Content")
    for node in () if content is None else content.findall("Paragraph"):
        script.paragraph(node)
    script.end_speech()
    return (*_title_page(root), *script.elements)


def _root(data: bytes, name: str) -> Node:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if data.startswith(b"PK\x03\x04"):
        raise SourceError(f"{name} is a zip archive, not Final Draft's XML; export the script as .fdx or .fountain")
    if not data.strip():
        raise SourceError(f"{name} is empty; export the script again")
    try:
        root: Node = fromstring(data, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise SourceError(
            f"{name} defines XML entities, as attacks on readers do and Final Draft does not; export the script again"
        ) from None
    except ParseError as error:
        line = error.position[0]
        what = str(error).split(":")[0]
        raise SourceError(f"{name} is broken XML in line {line} ({what}); export the script again") from error
    except (ValueError, LookupError) as error:
        raise SourceError(f"{name} is XML in an encoding that cannot be read ({error}); save it as UTF-8") from error
    if root.tag != "FinalDraft":
        raise SourceError(f"{name} is XML, but of <{str(root.tag)[:60]}> and not of Final Draft; export it as .fdx")
    return root


class _Line(NamedTuple):
    """A line of a speech that is being read: its element so far."""

    kind: Kind
    markup: str
    line: int
    revisions: tuple[str, ...]


class _Script:
    """Elements, collected paragraph by paragraph."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self._count = 0
        self._speech: list[_Line] = []
        self._notes: list[Element] = []
        self._dual = ""

    def paragraph(self, node: Node) -> None:
        """Take in one paragraph of the script, or a pair of speeches that stand side by side."""
        dual = node.find("DualDialogue")
        if dual is not None:
            self._side_by_side(dual)
            return
        self._count += 1
        kind = _kind(node)
        if node.get("StartsNewPage") == "Yes" and self.elements:
            self.end_speech()
            self.elements.append(Element("page break", line=self._count))
        if kind not in _OF_SPEECH:
            self.end_speech()
        runs = list(_runs(node))
        markup = _trimmed(styled((text, style) for text, style, _ in runs), kind)
        revisions = tuple(dict.fromkeys(revision for text, _, revision in runs if text.strip() and revision != "0"))
        self._notes += _notes(node, self._count)
        if kind in _OF_SPEECH:
            self._speech.append(_Line(kind, markup, self._count, revisions))
        elif markup.strip():
            self._add(node, kind, markup, " ".join(filter(None, revisions)))
        if kind == "scene heading":
            self.elements += _summaries(node, self._count)
        if kind not in _OF_SPEECH and kind != "character":
            self._place_notes()

    def end_speech(self) -> None:
        """Add what was spoken since the last cue, dialogue that follows dialogue as one element; then the notes."""
        run: list[_Line] = []
        for line in self._speech:
            if run and (line.kind != run[-1].kind or line.kind == "parenthetical"):
                self._add_run(run)
                run = []
            if line.markup or run:
                run.append(line)
        self._add_run(run)
        self._speech = []
        self._place_notes()

    def _side_by_side(self, node: Node) -> None:
        self.end_speech()
        cues = 0
        for paragraph in _paragraphs(node):
            if _kind(paragraph) == "character":
                self.end_speech()
                cues += 1
                self._dual = "left" if cues == 1 else "right"
            self.paragraph(paragraph)
        self.end_speech()
        self._dual = ""

    def _add(self, node: Node, kind: Kind, markup: str, revision: str) -> None:
        if kind == "character":
            cue = split_cue(markup)
            element = marked(
                kind, cue.name, self._count, extension=cue.extension, dual=self._dual, revision=revision
            )  # fmt: skip
        elif kind == "section":
            level = node.get("Type", "").rpartition(" ")[2]
            depth = min(max(int(level), 1), DEEPEST) if level.isdecimal() and len(level) < 4 else 1
            element = marked(kind, markup, self._count, depth=depth, revision=revision)
        elif kind == "scene heading":
            element = marked(kind, markup, self._count, scene_number=node.get("Number", "").strip(), revision=revision)
        else:
            element = marked(kind, markup, self._count, revision=revision)
        self.elements.append(element)

    def _add_run(self, run: list[_Line]) -> None:
        while run and not run[-1].markup:
            run.pop()
        if not run:
            return
        markup = "\n".join(line.markup for line in run)
        if run[0].kind == "parenthetical" and not in_parentheses(markup):
            markup = f"({markup})"
        revision = " ".join(dict.fromkeys(revision for line in run for revision in line.revisions if revision))
        self.elements.append(marked(run[0].kind, markup, run[0].line, dual=self._dual, revision=revision))

    def _place_notes(self) -> None:
        self.elements += self._notes
        self._notes = []


def _kind(node: Node) -> Kind:
    name = node.get("Type", "")
    if name.startswith("Outline ") and name != "Outline Body":
        return "section"
    kind = _KINDS.get(name, "action")
    return "centred" if kind == "action" and node.get("Alignment") == "Center" else kind


def _paragraphs(node: Node) -> Iterator[Node]:
    """The paragraphs of a pair of speeches, in order; those of a pair within it are its own."""
    waiting = list(reversed(node.findall("Paragraph")))
    while waiting:
        paragraph = waiting.pop()
        within = paragraph.find("DualDialogue")
        if within is None:
            yield paragraph
        else:
            waiting += reversed(within.findall("Paragraph"))


def _runs(node: Node) -> Iterator[tuple[str, str, str]]:
    """Text, style and revision of each run, in order, whatever the runs are wrapped in."""
    waiting = list(reversed(node))
    while waiting:
        child = waiting.pop()
        if child.tag == "Text":
            yield "".join(child.itertext()), child.get("Style", ""), child.get("RevisionID", "0")
        elif child.tag not in _APART:
            waiting += reversed(child)


def _trimmed(markup: str, kind: Kind) -> str:
    """Markup without blanks that mean nothing: action keeps its indentation, cues and headings fill one line."""
    lines = [line.rstrip() for line in markup.replace("\t", "    ").split("\n")]
    if kind == "action":
        return "\n".join(lines).strip("\n")
    lines = [line.strip() for line in lines]
    if kind in ("dialogue", "lyric", "centred"):
        return "\n".join(lines).strip("\n")
    return " ".join(line for line in lines if line)


def _lines_of(node: Node) -> str:
    """The words of the paragraphs within `node`, a line each."""
    lines = (
        "".join("".join(text.itertext()) for text in paragraph.iter("Text")) for paragraph in node.iter("Paragraph")
    )
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _notes(node: Node, count: int) -> list[Element]:
    words = (_lines_of(note) for note in node.iter("ScriptNote"))
    return [Element("note", text, line=count) for text in words if text]


def _summaries(node: Node, count: int) -> list[Element]:
    found = (_lines_of(summary).replace("\n", " ") for summary in node.findall("SceneProperties/Summary"))
    return [marked("synopsis", styled([(text, "")]), count) for text in found if text]


def _title_page(root: Node) -> list[Element]:
    lines: list[str] = []
    for node in root.findall("TitlePage/Content/Paragraph"):
        lines += _trimmed(styled((text, style) for text, style, _ in _runs(node)), "action").split("\n")
    return keyed((line, 0) for line in lines)
