from __future__ import annotations

import pytest

from toolkit.errors import SourceError
from toolkit.screenplay.elements import Element
from toolkit.screenplay.final_draft import parse_final_draft
from toolkit.screenplay.inline import plain

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n<FinalDraft DocumentType="Script" Version="5">'


def read(content: str, rest: str = "") -> tuple[Element, ...]:
    return parse_final_draft(f"{HEAD}<Content>{content}</Content>{rest}</FinalDraft>".encode(), "a.fdx")


def paragraph(kind: str, text: str, attributes: str = "") -> str:
    return f'<Paragraph Type="{kind}" {attributes}><Text>{text}</Text></Paragraph>'


def test_every_type_of_paragraph_becomes_an_element() -> None:
    elements = read(
        paragraph("New Act", "ACT ONE")
        + paragraph("Outline 2", "Harbour")
        + paragraph("Scene Heading", "INT. HALL", 'Number="12A"')
        + paragraph("Action", "  He waits.")
        + paragraph("Shot", "CLOSE ON THE DOOR")
        + paragraph("Character", "BOB (V.O.) (CONT'D)")
        + paragraph("Parenthetical", "softly")
        + paragraph("Dialogue", "Hi.")
        + paragraph("Lyrics", "La la")
        + paragraph("Transition", "CUT TO:")
        + paragraph("Action", "THE END", 'Alignment="Center"')
        + paragraph("Somebody's Own", "Credits.")
        + paragraph("Action", " ")
    )
    assert [(element.kind, element.text) for element in elements] == [
        ("centred", "ACT ONE"),
        ("section", "Harbour"),
        ("scene heading", "INT. HALL"),
        ("action", "  He waits."),
        ("action", "CLOSE ON THE DOOR"),
        ("character", "BOB"),
        ("parenthetical", "(softly)"),
        ("dialogue", "Hi."),
        ("lyric", "La la"),
        ("transition", "CUT TO:"),
        ("centred", "THE END"),
        ("action", "Credits."),
    ]
    assert (elements[1].depth, elements[2].scene_number, elements[5].extension) == (2, "12A", "(V.O.) (CONT'D)")
    assert [element.line for element in elements] == list(range(1, 13))


def test_all_runs_of_a_paragraph_are_read_and_their_styles_are_markup() -> None:
    (element,) = read(
        '<Paragraph Type="Action"><Text>It </Text><Text Style="Underline">is </Text>'
        '<Text Style="Bold+Italic+Underline">so</Text><Wrap><Text Style="AllCaps">, 2*3</Text></Wrap>'
        "<Text>\nAgain.</Text></Paragraph>"
    )
    assert element.text == "It is so, 2*3\nAgain."
    assert element.markup == "It _is_ _***so***_, 2*3\nAgain."
    assert plain(element.markup) == element.text


def test_signs_that_would_be_marks_are_escaped_in_markup() -> None:
    (element,) = read(paragraph("Action", "dial *69* now"))
    assert (element.text, element.markup) == ("dial *69* now", r"dial \*69\* now")


def test_paragraphs_of_dialogue_are_lines_of_one_element_and_an_empty_one_is_kept() -> None:
    content = "".join(paragraph("Dialogue", text) for text in ("Ten.", "", "Hit or stand?", ""))
    assert [element.text for element in read(paragraph("Character", "DEALER") + content)] == [
        "DEALER",
        "Ten.\n\nHit or stand?",
    ]


def test_dual_dialogue_is_left_and_right() -> None:
    inner = "".join(paragraph("Character", name) + paragraph("Dialogue", "Hey!") for name in ("GIRL", "GUY"))
    elements = read(f"<Paragraph><DualDialogue>{inner}</DualDialogue></Paragraph>" + paragraph("Character", "GIRL"))
    assert [(element.text, element.dual) for element in elements] == [
        ("GIRL", "left"),
        ("Hey!", "left"),
        ("GUY", "right"),
        ("Hey!", "right"),
        ("GIRL", ""),
    ]


def test_revisions_are_those_of_the_runs() -> None:
    elements = read(
        '<Paragraph Type="Action"><Text RevisionID="0">Old </Text><Text RevisionID="2">new</Text><Text RevisionID="3">.'
        "</Text></Paragraph>" + paragraph("Action", "Old.")
    )
    assert [element.revision for element in elements] == ["2 3", ""]


def test_notes_follow_the_speech_and_summaries_the_heading() -> None:
    words = "<Paragraph><Text>Who</Text><Text>?</Text></Paragraph><Paragraph><Text>Me.</Text></Paragraph>"
    note = f"<ScriptNote>{words}</ScriptNote>"
    summary = "<SceneProperties><Summary><Paragraph><Text>They meet.</Text></Paragraph></Summary></SceneProperties>"
    elements = read(
        f'<Paragraph Type="Scene Heading">{summary}<Text>INT. A</Text></Paragraph>'
        + paragraph("Character", "BOB")
        + f'<Paragraph Type="Dialogue"><Text>One</Text>{note}</Paragraph>'
        + paragraph("Dialogue", "two.")
        + paragraph("Action", "He goes.")
    )
    assert [(element.kind, element.text) for element in elements] == [
        ("scene heading", "INT. A"),
        ("synopsis", "They meet."),
        ("character", "BOB"),
        ("dialogue", "One\ntwo."),
        ("note", "Who?\nMe."),
        ("action", "He goes."),
    ]


def test_a_title_page_gets_keys_from_its_order_and_words() -> None:
    lines = ["", "HARBOUR", "", "Written by", "Ada Vale", "Based on a true story", "Draft of 3 May", "ada@example.org"]
    page = "".join(paragraph("General", line) for line in lines)
    elements = read("", f"<TitlePage><Content>{page}</Content></TitlePage>")
    assert [(element.key, element.text) for element in elements] == [
        ("Title", "HARBOUR"),
        ("Credit", "Written by"),
        ("Author", "Ada Vale"),
        ("Source", "Based on a true story"),
        ("Draft date", "Draft of 3 May"),
        ("Contact", "ada@example.org"),
    ]


def test_a_paragraph_that_starts_a_page_has_a_page_break_before_it() -> None:
    elements = read(paragraph("Action", "A.") + paragraph("Action", "B.", 'StartsNewPage="Yes"'))
    assert [element.kind for element in elements] == ["action", "page break", "action"]


def test_utf_16_is_read() -> None:
    text = HEAD.replace("UTF-8", "UTF-16") + f"<Content>{paragraph('Action', 'Žluťoučký 中')}</Content></FinalDraft>"
    assert parse_final_draft(text.encode("utf-16"), "a.fdx")[0].text == "Žluťoučký 中"


BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><FinalDraft><Content>&b;</Content></FinalDraft>'
EXTERNAL = '<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><FinalDraft>&a;</FinalDraft>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB.encode(), r"^a\.fdx defines XML entities"),
        (EXTERNAL.encode(), r"^a\.fdx defines XML entities"),
        (b"PK\x03\x04rest", r"^a\.fdx is a zip archive"),
        (b" \n", r"^a\.fdx is empty"),
        (b"<FinalDraft>\n<Content>\n<Paragraph>\n</Content></FinalDraft>", r"^a\.fdx is broken XML in line 4 \("),
        (b"INT. HALL", r"^a\.fdx is broken XML in line 1 \("),
        (b"<html/>", r"^a\.fdx is XML, but of <html>"),
        (b'<?xml version="1.0" encoding="klingon"?><FinalDraft/>', r"^a\.fdx is"),
    ],
)
def test_what_is_no_final_draft_file_is_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        parse_final_draft(data, "a.fdx")
    assert "\n" not in str(caught.value)


def test_deep_nesting_is_no_trouble() -> None:
    deep = "<a>" * 20_000 + "<Text>x</Text>" + "</a>" * 20_000
    assert read(f'<Paragraph Type="Action">{deep}</Paragraph>')[0].text == "x"


def test_a_script_without_content_has_no_elements() -> None:
    assert parse_final_draft(b"<FinalDraft/>", "a.fdx") == ()


def test_pairs_within_pairs_are_read_flat_however_deep() -> None:
    depth = 20_000
    deepest = paragraph("Character", "ANN") + paragraph("Dialogue", "Now.") + paragraph("Character", "BOB")
    nested = "<Paragraph><DualDialogue>" * depth + deepest + "</DualDialogue></Paragraph>" * depth
    found = [(element.kind, element.text, element.dual) for element in read(nested)]
    assert found == [("character", "ANN", "left"), ("dialogue", "Now.", "left"), ("character", "BOB", "right")]


def test_a_pair_within_a_pair_stands_where_it_is() -> None:
    def said(name: str) -> str:
        return paragraph("Character", name) + paragraph("Dialogue", f"{name}.")

    inner = f"<Paragraph><DualDialogue>{said('B')}</DualDialogue></Paragraph>"
    outer = f"<Paragraph><DualDialogue>{said('A')}{inner}{said('C')}</DualDialogue></Paragraph>{said('D')}"
    cues = [(element.text, element.dual) for element in read(outer) if element.kind == "character"]
    assert cues == [("A", "left"), ("B", "right"), ("C", "right"), ("D", "")]
