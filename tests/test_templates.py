"""Session templates: those shipped can be read, and a mistake is told with file, line and remedy."""

import os
import re

import pytest

from peerkit import template
from peerkit.errors import TemplateError
from peerkit.schema import FLOORS
from peerkit.shapes import HELPS, TERMS, Phase, Prompt
from peerkit.template_file import read_template
from peerkit.templates import copy_template, list_templates, origin, readable_templates, sheet, shipped

TALK = """\
name = "talk"
title = "A talk"
minutes = 30
about = "Two phases, for the tests."

[[phases]]
id = "arrive"
title = "Arrive"
minutes = 10
leads = "both"
guidance.focus = "Sit down."
guidance.coach = "Listen."

[[phases.prompts]]
id = "mood"
kind = "choice"
text = "How is your mood?"
for = "both"
options = ["light", "heavy"]

[[phases.prompts]]
id = "heard"
kind = "heard"
text = "How understood do you feel?"
for = "focus"

[[phases]]
id = "close"
title = "Close"
minutes = 20
leads = "focus"
after_heard = true
guidance.focus = "Say thanks."
guidance.coach = "Say thanks too."

[[phases.prompts]]
id = "thanks"
kind = "line"
text = "What do you want to thank the other for?"
for = "focus"
visibility = "shared"
also = ["What were you glad of?"]
"""


@pytest.fixture
def read(tmp_path):
    """Reads TALK after a text in it was replaced by another."""

    def read_changed(old="", new="", *, name="talk.toml", more=""):
        path = tmp_path / name
        text = TALK.replace(old, new, 1) if old else TALK
        # More of the template's own keys stand before its first phase.
        path.write_text(text.replace("\n[[phases]]", f"{more}\n[[phases]]", 1), encoding="utf-8")
        return read_template(path)

    return read_changed


@pytest.mark.parametrize("path", sorted(shipped("templates").rglob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_template_or_sheet_can_be_read(path):
    made = read_template(path)

    assert (made.name, made.minutes) == (path.stem, sum(phase.minutes for phase in made.phases))


def test_a_template_says_its_phases_and_prompts(read):
    made = read()

    mood, thanks = made.phase("arrive").prompts[0], made.phase("close").prompts[0]
    assert [(phase.id, phase.minutes, phase.leads, phase.after_heard) for phase in made.phases] == [
        ("arrive", 10, "both", False),
        ("close", 20, "focus", True),
    ]
    assert (mood.whose, mood.options, mood.visibility) == ("both", ("light", "heavy"), "private")
    assert (thanks.whose, thanks.also, thanks.visibility) == ("focus", ("What were you glad of?",), "shared")


# Two phases with all that a template may say, in place of the last one of TALK.
FULL = """\
id = "aim"
title = "Aim"
minutes = 5
leads = "focus"
guidance.focus = "Choose."
guidance.coach = "Wait."

[[phases.prompts]]
id = "help"
kind = "help"
text = "What kind of help do you want?"
for = "focus"

[[phases]]
id = "close"
title = "Close"
minutes = 15
leads = "coach"
after_heard = true
swap = true
guidance.focus = "Say thanks."
guidance.coach = "Say thanks too."

[phases.when_asked]
"ideas" = ["One or two.", "By when?"]

[[phases.prompts]]
id = "idea"
kind = "text"
text = "What could be done?"
for = "coach"
visibility = "shared"
required = true
also = ["And what else?"]
help = "One is enough."
by = "idea-by"
begins = "I would"

[[phases.prompts]]
id = "idea-by"
kind = "date"
text = "By when?"
for = "coach"

[[phases.prompts]]
id = "good"
kind = "scale"
text = "How good is it?"
for = "both"
low = "not at all"
high = "very"

[[phases.prompts]]
id = "ways"
kind = "checklist"
text = "How do you do it?"
for = "pair"
own = true
options = ["alone", "together"]
"""


def test_all_that_a_template_may_say_is_there_as_it_was_written(read):
    about = (
        'when = "In spring."\ncredit = "Nobody\'s."\nfloor = "both"\nsets_next = false\ncopy_of = "weekly"\n'
    )
    made = read(TALK[TALK.index('id = "close"') :], FULL, more=about)

    assert (made.when, made.credit, made.floor, made.sets_next, made.copy_of) == (
        "In spring.", "Nobody's.", "both", False, "weekly",
    )  # fmt: skip
    aim, close = made.phases[1:]
    assert aim.prompts == (Prompt("help", "help", "What kind of help do you want?", "focus", options=HELPS),)
    assert close == Phase(
        "close", "Close", 15, "coach", "Say thanks.", "Say thanks too.", after_heard=True, swap=True,
        when_asked={"ideas": ("One or two.", "By when?")},
        prompts=(
            Prompt("idea", "text", "What could be done?", "coach", "shared", required=True, also=("And what else?",),
                   help="One is enough.", by="idea-by", begins="I would"),
            Prompt("idea-by", "date", "By when?", "coach"),
            Prompt("good", "scale", "How good is it?", "both", low="not at all", high="very"),
            Prompt("ways", "checklist", "How do you do it?", "pair", own=True, options=("alone", "together")),
        ),
    )  # fmt: skip


def test_what_a_template_leaves_out_is_as_in_most_sessions(read):
    made = read()

    assert (made.when, made.credit, made.floor, made.sets_next, made.copy_of) == ("", "", "focus", True, "")
    assert [(phase.swap, dict(phase.when_asked)) for phase in made.phases] == [(False, {}), (False, {})]


@pytest.mark.parametrize("floor", FLOORS)
def test_any_of_the_floors_can_be_said(read, floor):
    assert read(more=f'floor = "{floor}"\n').floor == floor


def test_an_agenda_is_a_table_of_phases_with_their_beginnings(read):
    agenda = read().agenda

    assert agenda.to_dict("list") == {
        "phase": ["arrive", "close"],
        "title": ["Arrive", "Close"],
        "leads": ["both", "focus"],
        "minutes": [10, 20],
        "starts_at": [0, 10],
    }
    assert agenda.dtypes.astype(str).to_list() == ["str", "str", "str", "int64", "int64"]


def test_a_digest_changes_with_the_file_and_only_with_it(read):
    first, again, changed = read(), read(), read("Sit down.", "Sit down!")

    assert first.digest == again.digest
    assert first.digest != changed.digest
    assert len(first.digest) == 64


MISTAKES = [
    pytest.param("minutes = 30", "minutes = 60", 3, "the phases take 30 minutes, the template says 60", "set minutes = 30, or change a phase", id="minutes do not add up"),
    pytest.param("minutes = 20", "minutes = 0", 30, "minutes = 0", "give 1 to 240", id="a phase without time"),
    pytest.param("minutes = 20", 'minutes = "20"', 30, '"minutes" has the wrong kind of value', "give a whole number", id="minutes as text"),
    pytest.param("minutes = 20", "minutes = true", 30, '"minutes" has the wrong kind of value', "give a whole number", id="minutes as truth"),
    pytest.param("minutes = 20", "minutes = 20\nrequired = true", 31, 'unknown key "required"', "use one of: id, title, minutes", id="unknown key of a phase"),
    pytest.param('visibility = "shared"', 'visibility = "shared"\nhint = "x"', 42, 'unknown key "hint"', "use one of: id, kind, text, for", id="unknown key of a prompt"),
    pytest.param('title = "A talk"', 'subtitle = "A talk"', 2, 'unknown key "subtitle"', "use one of: name, title", id="unknown key of the template"),
    pytest.param('title = "Close"\n', "", 27, '"title" is missing', "add it", id="missing key of a phase"),
    pytest.param('kind = "line"\n', "", 36, '"kind" is missing', "add it", id="missing key of a prompt"),
    pytest.param('title = "A talk"\n', "", 1, '"title" is missing', "add it", id="missing key of the template"),
    pytest.param('id = "close"', 'id = "arrive"', 28, 'the id "arrive" is there twice', "rename one", id="double id of a phase"),
    pytest.param('also = ["What were you glad of?"]', '[[phases.prompts]]\nid = "thanks"\nkind = "line"\ntext = "Again?"\nfor = "coach"', 43, 'the id "thanks" is there twice', "rename one", id="double id of a prompt"),
    pytest.param('id = "close"', 'id = "Close!"', 28, '"Close!" is no id', "use a-z, 0-9 and -", id="an id with signs"),
    pytest.param('id = "thanks"', 'id = "timer"', 37, "the id \"timer\" is peerkit's own", "choose another", id="reserved id"),
    pytest.param('name = "talk"', 'name = "walk"', 1, 'its name is "walk", its file talk.toml', "make them the same", id="another name than the file"),
    pytest.param('kind = "line"', 'kind = "slider"', 38, 'unknown kind "slider"', "use one of: line, text, scale", id="unknown kind"),
    pytest.param('leads = "focus"', 'leads = "boss"', 31, 'unknown leads "boss"', "use one of: both, focus, coach", id="unknown lead"),
    pytest.param('for = "focus"', 'for = "boss"', 25, 'unknown for "boss"', "use one of: both, focus, coach", id="for an unknown role"),
    pytest.param('visibility = "shared"', 'visibility = "public"', 41, 'unknown visibility "public"', "use one of: private, shared", id="unknown visibility"),
    pytest.param('options = ["light", "heavy"]\n', "", 16, 'kind "choice" with 0 options', "give options", id="a choice without options"),
    pytest.param('visibility = "shared"', 'visibility = "shared"\noptions = ["one"]', 38, 'kind "line" with 1 options', "and to no other kind", id="a line with options"),
    pytest.param('["light", "heavy"]', '["light", "light"]', 19, '"options" is a list of different texts', "at most 300 characters", id="the same option twice"),
    pytest.param('["What were you glad of?"]', "[1]", 42, '"also" is a list of different texts', "at most 300 characters", id="a number among texts"),
    pytest.param('text = "How is your mood?"', 'text = ""', 17, '"text" has 0 characters', "give 1 to 2000", id="a blank text"),
    pytest.param('"Sit down."', f'"{"a" * 2001}"', 11, '"focus" has 2001 characters', "give 1 to 2000", id="a guidance that is too long"),
    pytest.param('guidance.coach = "Say thanks too."\n', "", 27, '"coach" is missing', "add it", id="guidance for one only"),
    pytest.param('for the tests."\n\n[[phases]]\nid = "arrive"', 'for\u2028the tests."\n\n[[phases]]\nid = "Arrive!"', 7, '"Arrive!" is no id', "use a-z", id="after a line separator in a text"),
    pytest.param('[[phases.prompts]]\nid = "thanks"', '[phases.prompts]\nid = "thanks"', 36, '"prompts" has the wrong kind of value', "give a list", id="a prompt in single brackets"),
    pytest.param("minutes = 30", 'minutes = 30\nfloor = "all"', 4, 'unknown floor "all"', "use one of: focus, both, nobody, apart", id="unknown floor"),
    pytest.param("minutes = 30", "minutes = 30\nfloor = true", 4, '"floor" has the wrong kind of value', "give a text", id="a floor that is no text"),
    pytest.param("minutes = 30", 'minutes = 30\nsets_next = "no"', 4, '"sets_next" has the wrong kind of value', "give true or false", id="sets_next as text"),
    pytest.param("minutes = 30", 'minutes = 30\nwhen = " "', 4, '"when" has 1 characters', "give 1 to 2000", id="a blank when"),
    pytest.param("minutes = 30", 'minutes = 30\ncredit = ["me"]', 4, '"credit" has the wrong kind of value', "give a text", id="a list for a credit"),
    pytest.param("minutes = 30", 'minutes = 30\ncopy_of = "Weekly hour"', 4, '"Weekly hour" is no copy_of', "use a-z, 0-9 and -", id="a copy of no name"),
    pytest.param("minutes = 20", "minutes = 20\nswap = 1", 31, '"swap" has the wrong kind of value', "give true or false", id="swap as a number"),
    pytest.param('kind = "heard"', 'kind = "scale"', 32, "it unfolds after being heard, which no earlier prompt asks", "leave out after_heard", id="unfolding with nothing to wait for"),
    pytest.param('kind = "line"', 'kind = "heard"', 32, "it unfolds after being heard, and asks for that itself", "move the prompt", id="unfolding by what is folded"),
    pytest.param("\n[[phases.prompts]]\nid = \"thanks\"", "\n[phases.when_asked]\n\"ideas\" = [\"One.\"]\n\n[[phases.prompts]]\nid = \"thanks\"", 36, "when asked for a kind of help, which no earlier prompt asks", "leave out when_asked", id="help that nobody asked about"),
    pytest.param('kind = "line"', 'kind = "help"\nwhen_asked = 1', 39, 'unknown key "when_asked"', "use one of: id, kind", id="help in a prompt"),
    pytest.param("after_heard = true", 'when_asked."a hug" = ["Come."]', 32, 'unknown kind of help "a hug"', "use one of: just listen, ask me questions, your experience, ideas, hold me to it", id="unknown kind of help"),
    pytest.param("after_heard = true", 'when_asked."ideas" = "One."', 32, '"ideas" has the wrong kind of value', "give a list of texts", id="a text for help"),
    pytest.param("after_heard = true", 'when_asked."ideas" = [["One."]]', 32, '"ideas" is a list of different texts', "at most 300 characters", id="a list among texts"),
    pytest.param("after_heard = true", "when_asked = []", 32, '"when_asked" has the wrong kind of value', "give a table", id="a list for help"),
    pytest.param('visibility = "shared"', 'by = "soon"', 41, 'by = "soon" is no date of it', "name a prompt of kind date of the same phase", id="by no prompt"),
    pytest.param('visibility = "shared"', 'by = "mood"', 41, 'by = "mood" is no date of it', "name a prompt of kind date of the same phase", id="by a date of another phase"),
    pytest.param('visibility = "shared"', 'by = "thanks"', 41, 'by = "thanks" is no date of it', "name a prompt of kind date of the same phase", id="by a line"),
    pytest.param('visibility = "shared"', "own = 1", 41, '"own" has the wrong kind of value', "give true or false", id="own as a number"),
    pytest.param('visibility = "shared"', 'begins = ""', 41, '"begins" has 0 characters', "give 1 to 2000", id="a blank beginning"),
    pytest.param('kind = "line"', 'kind = "help"\noptions = ["a hug"]', 38, 'kind "help" with 1 options', "and to no other kind", id="kinds of help of its own"),
    pytest.param('kind = "line"', 'kind = "checklist"', 38, 'kind "checklist" with 0 options', "to choice, checklist, terms, map, and", id="a checklist without options"),
    pytest.param('kind = "line"', 'kind = "terms"', 38, 'kind "terms" with 0 options', "to choice, checklist, terms, map, and", id="terms without options"),
    pytest.param('kind = "line"', 'kind = "map"', 38, 'kind "map" with 0 options', "to choice, checklist, terms, map, and", id="a map without rows"),
    pytest.param('kind = "line"', 'kind = "terms"\noptions = ["ways", "bet"]', 36, 'unknown term of the agreement "bet"', "use one of: written, deletion, coach-notes", id="a term that no agreement has"),
    pytest.param("minutes = 30", "minutes = ", 3, "this is not TOML (Invalid value)", "Compare the line", id="no TOML"),
    pytest.param('"What do you', '"""What do you', 0, "this is not TOML", "Compare the line", id="a text that never ends"),
    pytest.param("minutes = 30", f"minutes = {'[' * 5000}", 0, "this is not TOML", "Compare the line", id="brackets without end"),
    pytest.param("minutes = 30", f"minutes = {'9' * 5000}", 0, "", "", id="a number of 5000 digits"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "what", "remedy"), MISTAKES)
def test_a_mistake_is_told_with_file_line_and_remedy(read, tmp_path, old, new, line, what, remedy):
    with pytest.raises(TemplateError, match=r"talk\.toml") as caught:
        read(old, new)

    told = str(caught.value)
    where = f"{tmp_path}/talk.toml:{line}: " if line else f"{tmp_path}/talk.toml"
    assert (told[: len(where)], what in told, remedy in told) == (where, True, True)


DATED = 'kind = "date"\ntext = "By when?"'


@pytest.mark.parametrize(
    ("whose", "dated"),
    [("coach", "focus"), ("both", "both"), ("both", "pair")],
    ids=["another's", "two", "of two"],
)
def test_an_advice_takes_its_day_from_the_one_whose_advice_it_is(read, whose, dated):
    """Of two people's advice one day would say nothing."""
    advice = f'for = "{whose}"\nby = "day"\n[[phases.prompts]]\nid = "day"\n{DATED}\nfor = "{dated}"\n'

    with pytest.raises(
        TemplateError, match=r'talk\.toml:41: by = "day" is no date of it\. Remedy: .*"for" the same'
    ):
        read('for = "focus"\nvisibility = "shared"\n', advice + 'visibility = "shared"\n')


# Where a text can stand, with the line that tells of it.
TEXTS = [
    *(
        pytest.param("minutes = 30", f'minutes = 30\n{name} = "TEXT"', name, 4, id=name)
        for name in ("when", "credit")
    ),
    pytest.param("A talk", "TEXT", "title", 2, id="title"),
    pytest.param("Two phases, for the tests.", "TEXT", "about", 4, id="about"),
    pytest.param("Arrive", "TEXT", "title", 8, id="title of a phase"),
    pytest.param("Sit down.", "TEXT", "focus", 11, id="guidance"),
    pytest.param("What do you want to thank the other for?", "TEXT", "text", 39, id="text"),
    pytest.param("What were you glad of?", "TEXT", "also", 42, id="another way to ask"),
    pytest.param('"light"', '"TEXT"', "options", 19, id="option"),
    *(
        pytest.param('visibility = "shared"', f'{name} = "TEXT"', name, 41, id=name)
        for name in ("help", "low", "high", "begins")
    ),
    pytest.param("after_heard = true", 'when_asked."ideas" = ["TEXT"]', "ideas", 32, id="when asked"),
]
MARKUP = ["<b>", "</p>", "<!-- x", "<script>alert(1)</script>", "<?php", "a<br", "<img src=x onerror=y>"]


@pytest.mark.parametrize(("old", "new", "name", "line"), TEXTS)
def test_html_is_refused_wherever_a_text_can_stand(read, tmp_path, old, new, name, line):
    """It would be shown sign by sign, which nobody wants to read."""
    told = (
        rf'{tmp_path}/talk.toml:{line}: "{name}" has HTML in it\. Remedy: write plain text, without <tags>\.'
    )
    with pytest.raises(TemplateError, match=told):
        read(old, new.replace("TEXT", "Say <b>it</b>"))


@pytest.mark.parametrize(("old", "new", "name", "line"), TEXTS)
@pytest.mark.parametrize(
    "sign", ["\\u0000", "\\u001b[31m", "\\u001b]0;x\\u0007", "\\r", "\\u009b", "\\u007f"]
)
def test_control_characters_are_refused_wherever_a_text_can_stand(read, tmp_path, old, new, name, line, sign):
    """A terminal obeys them: a template could colour it, move its cursor or name its window."""
    what = "is not one line" if name == "title" else "has control characters in it"
    with pytest.raises(TemplateError, match=rf'{tmp_path}/talk.toml:{line}: "{name}" {what}\. Remedy: '):
        read(old, new.replace("TEXT", f"Say {sign} it"))


@pytest.mark.parametrize("markup", MARKUP)
def test_whatever_begins_as_a_tag_is_html(read, markup):
    with pytest.raises(TemplateError, match=r'talk\.toml:39: "text" has HTML in it\.'):
        read("What do you want", f"What {markup} do you want")


@pytest.mark.parametrize(
    "text", ["a < b > c", "1<2", "<- there", "<3", "5 <", "a > b", "&lt;b&gt;", "{b} #b [b](c)"]
)
def test_a_sign_that_begins_no_tag_is_plain_text(read, text):
    assert read("What do you want to thank the other for?", text).phases[1].prompts[0].text == text


def phases_with(*prompts):
    """Return a template of phases with so many prompts each."""
    many = [
        f'[[phases]]\nid = "p{at}"\ntitle = "P"\nminutes = 1\nleads = "both"\nguidance.focus = "Say."\nguidance.coach = "Hear."\n'
        + "".join(
            f'[[phases.prompts]]\nid = "q{one}"\nkind = "line"\ntext = "What?"\nfor = "both"\n'
            for one in range(count)
        )
        for at, count in enumerate(prompts)
    ]
    return f'name = "talk"\ntitle = "A talk"\nminutes = {len(prompts)}\nabout = "Long."\n' + "".join(many)


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        pytest.param([500], r"talk\.toml:5: there are 500 prompts here\. Remedy: leave at most 40\.", id="500 in one phase"),
        pytest.param([41], r"talk\.toml:5: there are 41 prompts here\. Remedy: leave at most 40\.", id="41 in one phase"),
        pytest.param([40] * 13, r"talk\.toml:1: there are 520 prompts\. Remedy: leave at most 100\.", id="520 in 13 phases"),
        pytest.param([40, 40, 21], r"talk\.toml:1: there are 101 prompts\. Remedy: leave at most 100\.", id="101 in three"),
        pytest.param([0] * 41, r"talk\.toml:1: there are 41 phases here\. Remedy: leave at most 40\.", id="41 phases"),
    ],
)  # fmt: skip
def test_a_template_with_more_than_anybody_could_answer_is_refused(tmp_path, prompts, said):
    (tmp_path / "talk.toml").write_text(phases_with(*prompts))

    with pytest.raises(TemplateError, match=said):
        read_template(tmp_path / "talk.toml")


def test_a_hundred_prompts_can_be_asked(tmp_path):
    (tmp_path / "talk.toml").write_text(phases_with(40, 40, 20))

    assert [len(phase.prompts) for phase in read_template(tmp_path / "talk.toml").phases] == [40, 40, 20]


def test_a_template_without_phases_is_refused(tmp_path):
    path = tmp_path / "talk.toml"
    path.write_text('name = "talk"\ntitle = "A talk"\nminutes = 0\nabout = "Nothing."\nphases = []\n')

    with pytest.raises(TemplateError, match=r"talk\.toml:\d+: .*phase.* Remedy: "):
        read_template(path)


def test_a_template_that_is_too_big_is_refused(tmp_path):
    path = tmp_path / "talk.toml"
    path.write_text("# more\n" * 30_000)

    with pytest.raises(TemplateError, match=r"talk\.toml: a template is at most 200,000 bytes\. Shorten it"):
        read_template(path)


def test_a_template_with_a_byte_order_mark_is_read(read, tmp_path):
    """Some editors write one before the first sign."""
    made = read()
    (tmp_path / "talk.toml").write_text(TALK, encoding="utf-8-sig")

    assert read_template(tmp_path / "talk.toml").phases == made.phases


def test_a_key_of_many_dots_is_told_with_its_line(tmp_path):
    (tmp_path / "talk.toml").write_text(f"{TALK}{'a.' * 50_000}a = 1\n")

    with pytest.raises(
        TemplateError, match=rf"talk\.toml:{TALK.count(chr(10)) + 1}: .*A key has more than 8 dots"
    ):
        read_template(tmp_path / "talk.toml")


def test_a_template_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "talk.toml"
    path.write_bytes(TALK.replace("Two", "Zw\xf6lf").encode("latin-1"))

    with pytest.raises(TemplateError, match=r"talk\.toml is not UTF-8 text\. Save it as UTF-8"):
        read_template(path)


@pytest.mark.parametrize("name", ["talk.toml", "."], ids=["missing", "a folder"])
def test_a_template_that_cannot_be_read_is_told(tmp_path, name):
    with pytest.raises(TemplateError, match=r" cannot be read: .*\. Check the path\."):
        read_template(tmp_path / name)


def test_a_template_with_the_line_ends_of_windows_can_be_read(read, tmp_path):
    made = read()
    (tmp_path / "talk.toml").write_bytes(TALK.replace("\n", "\r\n").encode())

    again = read_template(tmp_path / "talk.toml")

    assert again.phases == made.phases


def test_ones_own_template_wins_over_the_shipped_one(tmp_path):
    own = TALK.replace('name = "talk"', 'name = "weekly"')
    (tmp_path / "weekly.toml").write_text(own)

    made = template("weekly", folder=tmp_path)

    assert (made.title, template("weekly").title) == ("A talk", "Weekly session")


def test_all_templates_are_listed_once_in_name_order(tmp_path):
    (tmp_path / "weekly.toml").write_text(TALK.replace('name = "talk"', 'name = "weekly"'))
    (tmp_path / "talk.toml").write_text(TALK)

    names = [made.name for made in list_templates(folder=tmp_path)]

    shipped_names = {path.stem for path in shipped("templates").glob("*.toml")}
    assert names == sorted({*shipped_names, "talk", "weekly"})


def test_an_unknown_template_is_told_with_those_there_are(tmp_path):
    with pytest.raises(TemplateError, match=r"There is no template 'dance'\. There are: .*weekly"):
        template("dance", folder=tmp_path)


def test_an_unknown_phase_is_told_with_those_there_are(read):
    with pytest.raises(
        TemplateError, match=r"The template talk has no phase 'dance'\. It has: arrive, close\."
    ):
        read().phase("dance")


def test_the_weekly_hour_is_the_one_of_the_method():
    """METHOD.md, "The hour": heard comes before advice, and advice before promises."""
    agenda = template("weekly").agenda

    assert dict(zip(agenda["phase"], agenda["minutes"], strict=True)) == {
        "arrive": 5, "keep-faith": 10, "aim": 3, "open-up": 20, "heard": 3, "offer": 9, "promise": 6, "close": 4,
    }  # fmt: skip
    assert [phase.id for phase in template("weekly").phases if phase.after_heard] == ["offer", "promise"]


@pytest.mark.parametrize(
    "end", ["\\n", "\\r", "\\f", "\\u2028", "\\u2029", "\\u0085", "\\u000b", "\\u001c", "\\u0000", "\\u202e"]
)
@pytest.mark.parametrize("of", ["A talk", "Arrive"], ids=["the template", "a phase"])
def test_a_title_is_one_line_of_printable_text(read, of, end):
    """A notebook shows it in a heading, and in the first line of a form's code."""
    with pytest.raises(TemplateError, match=r'"title" is not one line\. Remedy: leave out line ends'):
        read(f'title = "{of}"', f'title = "{of}{end}import os"')


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_device_in_the_place_of_a_template_is_not_read(tmp_path):
    """A link to one may have come with a folder from elsewhere; reading some devices never ends."""
    (tmp_path / "talk.toml").symlink_to(os.devnull)

    with pytest.raises(TemplateError, match=r"talk\.toml cannot be read: it is no file\. Check the path\."):
        read_template(tmp_path / "talk.toml")


# A copy of one's own


@pytest.mark.parametrize("name", sorted(path.stem for path in shipped("templates").glob("*.toml")))
def test_a_copy_is_the_same_session_under_another_name(tmp_path, name):
    source = (shipped("templates") / f"{name}.toml").read_text(encoding="utf-8")

    path = copy_template(name, "ours", folder=tmp_path / "templates")

    hint, own = f"{source.splitlines()[0]}\n", f'name = "ours"\ncopy_of = "{name}"'
    assert path == tmp_path / "templates" / "ours.toml"
    assert hint.startswith("# To change this session, copy the file")
    assert path.read_text(encoding="utf-8") == source.replace(hint, "").replace(f'name = "{name}"', own, 1)
    assert (read_template(path).phases, read_template(path).copy_of) == (template(name).phases, name)


def test_a_copy_of_a_copy_knows_both(tmp_path):
    copy_template("lightning", "ours", folder=tmp_path)

    copy_template("ours", "yours", folder=tmp_path)

    made = template("yours", folder=tmp_path)
    assert (made.copy_of, origin("yours", folder=tmp_path)) == ("ours", "lightning")
    assert made.phases == template("lightning").phases


@pytest.mark.parametrize(
    ("of", "copied"),
    [
        pytest.param('name = "ours"', 'name = "yours"', id="as peerkit writes it"),
        pytest.param('"name"="ours"\n"copy_of"\t= "talk"', 'name = "yours"', id="with quotes and tabs"),
    ],
)
def test_a_template_that_was_written_by_hand_can_be_copied(tmp_path, of, copied):
    (tmp_path / "ours.toml").write_text(TALK.replace('name = "talk"', of), encoding="utf-8")

    path = copy_template("ours", "yours", folder=tmp_path)

    assert path.read_text(encoding="utf-8") == TALK.replace('name = "talk"', f'{copied}\ncopy_of = "ours"')


@pytest.mark.parametrize(
    ("name", "new_name", "said"),
    [
        pytest.param("dance", "ours", r"There is no template 'dance'\. There are: ", id="unknown"),
        *(
            pytest.param(
                "weekly", bad, rf"{re.escape(repr(bad))} is no name for a template\. Use a-z, ", id=repr(bad)
            )
            for bad in ("", "Ours", "our hour", "../ours", "ours.toml", "1st", "a" * 41)
        ),
        pytest.param("weekly", "lightning", r"There is a template 'lightning' already\.", id="a shipped one"),
        pytest.param("weekly", "weekly", r"There is a template 'weekly' already\.", id="itself"),
        pytest.param("weekly", "talk", r"There is a template 'talk' already\.", id="one's own"),
    ],
)
def test_a_copy_that_cannot_be_is_refused_and_nothing_is_written(tmp_path, name, new_name, said):
    (tmp_path / "talk.toml").write_text(TALK)

    with pytest.raises(TemplateError, match=said):
        copy_template(name, new_name, folder=tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"talk.toml": TALK}


def test_a_copy_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "note").write_text("mine")

    with pytest.raises(TemplateError, match=r"ours\.toml cannot be written: .*\. Check the folder and its"):
        copy_template("weekly", "ours", folder=tmp_path / "note")


def test_one_s_own_template_comes_from_itself_and_a_shipped_one_too(tmp_path):
    (tmp_path / "talk.toml").write_text(TALK)
    (tmp_path / "weekly.toml").write_text(TALK.replace('name = "talk"', 'name = "weekly"'))

    assert [origin(name, folder=tmp_path) for name in ("talk", "weekly", "lightning")] == [
        "talk", "weekly", "lightning",
    ]  # fmt: skip


def test_what_was_copied_from_a_template_that_is_gone_still_knows_its_name(tmp_path):
    (tmp_path / "talk.toml").write_text(TALK.replace('name = "talk"', 'name = "talk"\ncopy_of = "dance"'))

    assert origin("talk", folder=tmp_path) == "dance"


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]], ids=len)
def test_copies_that_name_each_other_in_a_circle_are_told(tmp_path, names):
    for name, before in zip(names, [*names[1:], names[0]], strict=True):
        own = f'name = "{name}"\ncopy_of = "{before}"'
        (tmp_path / f"{name}.toml").write_text(TALK.replace('name = "talk"', own))

    with pytest.raises(TemplateError) as caught:
        origin("a", folder=tmp_path)

    assert str(caught.value) == (
        f"The templates {', '.join(names)} are copies of each other in a circle. Remedy: take out copy_of in one"
        f" of them, in {tmp_path}."
    )


def test_one_s_own_in_the_place_of_a_shipped_one_may_be_its_copy(tmp_path):
    """The natural way to change a session: a copy that keeps the name."""
    own = 'name = "weekly"\ncopy_of = "weekly"'
    (tmp_path / "weekly.toml").write_text(TALK.replace('name = "talk"', own))
    (tmp_path / "talk.toml").write_text(TALK.replace('name = "talk"', 'name = "talk"\ncopy_of = "weekly"'))

    assert [origin(name, folder=tmp_path) for name in ("weekly", "talk")] == ["weekly", "weekly"]
    assert readable_templates(folder=tmp_path)[1] == []


def test_copies_in_a_circle_are_no_templates_to_choose_from(tmp_path):
    for name, before in (("aa", "bb"), ("bb", "aa"), ("cc", "dd")):
        own = f'name = "{name}"\ncopy_of = "{before}"'
        (tmp_path / f"{name}.toml").write_text(TALK.replace('name = "talk"', own))
    (tmp_path / "dd.toml").write_text("")

    usable, mistakes = readable_templates(folder=tmp_path)

    assert [one.name for one in usable] == sorted({*(one.name for one in list_templates()), "cc"})
    assert [mistake.split(". ")[0] for mistake in mistakes] == [
        "The templates aa, bb are copies of each other in a circle",
        "The templates bb, aa are copies of each other in a circle",
        f'{tmp_path}/dd.toml:1: "name" is missing',
    ]


# What is shipped

# METHOD.md, "The hour" and "The other templates": the minutes of each, and where it says so those of each phase; the others
# are as they were first shipped.
METHOD = {
    "weekly": (60, {"arrive": 5, "keep-faith": 10, "aim": 3, "open-up": 20, "heard": 3, "offer": 9, "promise": 6, "close": 4}),
    "first-meeting": (60, {"why": 10, "fit": 10, "privacy": 10, "accountability": 15, "cadence": 10, "promise": 5}),
    "half-hour": (30, {"arrive": 3, "keep-faith": 6, "aim": 2, "open-up": 10, "heard": 2, "offer": 3, "promise": 3, "close": 1}),
    "split-hour": (60, {
        "arrive": 5,
        "keep-faith": 4, "aim": 1, "open-up": 13, "heard": 1, "promise": 6,
        "keep-faith-2": 4, "aim-2": 1, "open-up-2": 13, "heard-2": 1, "promise-2": 6,
        "close": 5,
    }),
    "stuck-case": (60, {"arrive": 3, "the-case": 12, "quiet": 2, "mirror": 8, "correct-me": 3, "thinking": 18, "see-now": 6, "promise": 5, "thanks": 3}),
    "lightning": (12, {"think": 1, "tell": 2, "clarify": 2, "aloud": 5, "keep": 2}),
    "questions-only": (40, {"keep-faith": 5, "present": 3, "clarify": 8, "open-questions": 15, "sum-up": 3, "promise": 6}),
    "goal-options": (45, {"aim": 6, "stands": 12, "options": 12, "promise": 10, "close": 5}),
    "looking-ahead": (15, {"name-it": 3, "ideas": 4, "ideas-2": 4, "promise": 4}),
    "daily-card": (5, {"today": 4, "kind-word": 1}),
    "ten-session-review": (60, {"arrive": 4, "charts": 12, "keep-change-stop": 18, "agreement-again": 12, "sign-or-end": 9, "close": 5}),
    "repair": (45, {"arrive": 4, "what-happened": 16, "what-was-needed": 12, "one-change": 8, "close": 5}),
    "missed-week": (10, {"ledger": 7, "new-date": 3}),
    "ending": (45, {"arrive": 4, "built": 12, "taking-along": 11, "records": 10, "thanks": 8}),
}  # fmt: skip
SHEETS = ("agreement", "ahead-behind", "partner-fit")
NEVER = r"users?|clients?|coachees?|mentors?|tasks?|goals?|failures?|scores?|compliance"


@pytest.fixture(params=METHOD)
def made(request):
    """Each of the templates that are shipped."""
    return template(request.param)


def texts_of(prompt):
    """Return every text that a prompt shows."""
    return [prompt.text, prompt.help, prompt.low, prompt.high, *prompt.also, *prompt.options]


def test_the_templates_and_sheets_that_are_shipped_are_those_of_the_method():
    assert {one.name for one in list_templates()} == set(METHOD)
    assert {path.stem for path in (shipped("templates") / "sheets").glob("*.toml")} == set(SHEETS)


def test_minutes_and_phases_are_those_of_the_method(made):
    minutes, phases = METHOD[made.name]

    held = {phase.id: phase.minutes for phase in made.phases}
    assert (made.minutes, sum(held.values())) == (minutes, minutes)
    assert list(held.items()) == list(phases.items())


def test_advice_and_promises_wait_until_somebody_was_heard_wherever_it_is_asked(made):
    """METHOD.md, R2: heard comes before advice, advice before accountability."""
    asks = [phase.id for phase in made.phases if any(one.kind == "heard" for one in phase.prompts)]
    waits = [phase.id for phase in made.phases if phase.after_heard]

    assert (made.name, asks, waits) == {
        "weekly": ("weekly", ["heard"], ["offer", "promise"]),
        "half-hour": ("half-hour", ["heard"], ["offer", "promise"]),
        "split-hour": ("split-hour", ["heard", "heard-2"], ["promise", "promise-2"]),
        "stuck-case": ("stuck-case", ["correct-me"], ["thinking", "promise"]),
        "questions-only": ("questions-only", ["sum-up"], ["promise"]),
    }.get(made.name, (made.name, [], []))


def test_who_has_the_floor_and_whether_a_next_day_is_set(made):
    floors = {
        "split-hour": "both", "looking-ahead": "both",
        "first-meeting": "nobody", "ten-session-review": "nobody", "repair": "nobody", "ending": "nobody",
        "daily-card": "apart", "missed-week": "apart",
    }  # fmt: skip

    assert made.floor == floors.get(made.name, "focus")
    assert made.sets_next == (made.name not in ("daily-card", "ending"))


def test_only_where_both_have_the_floor_do_the_two_exchange_their_roles(made):
    swapped = [phase.id for phase in made.phases if phase.swap]

    assert swapped == {
        "split-hour": ["keep-faith-2", "aim-2", "open-up-2", "heard-2", "promise-2"],
        "looking-ahead": ["ideas-2"],
    }.get(made.name, [])


def test_it_says_when_it_fits_and_where_it_comes_from(made):
    assert made.when.endswith(".")
    assert made.credit.endswith(".")


def test_each_role_is_guided_in_every_phase(made):
    guided = [(phase.guidance_focus, phase.guidance_coach) for phase in made.phases]

    assert [pair for pair in guided if not all(text.endswith((".", "?")) for text in pair)] == []
    assert [focus for focus, coach in guided if focus == coach] == []


def test_where_much_is_written_there_is_another_way_to_ask(made):
    asked = [(phase.id, one) for phase in made.phases for one in phase.prompts]

    assert [(phase, one.id) for phase, one in asked if one.kind == "text" and not one.also] == []


def test_what_is_said_of_a_kind_of_help_is_said_of_all_of_them(made):
    told = {phase.id: tuple(phase.when_asked) for phase in made.phases if phase.when_asked}

    assert set(told.values()) <= {HELPS}
    offered = [one.options for phase in made.phases for one in phase.prompts if one.kind == "help"]
    assert set(offered) <= {HELPS}


def test_where_a_kind_of_help_is_asked_for_the_end_asks_whether_it_was_given(made):
    """METHOD.md, R8: the focus person names the kind of help wanted; the close asks whether they got it."""
    asks = [phase.id for phase in made.phases if any(one.kind == "help" for one in phase.prompts)]
    shaped = [phase.id for phase in made.phases if phase.when_asked]
    given = [phase.id for phase in made.phases if any(one.id == "help-given" for one in phase.prompts)]

    assert (asks, shaped, given) == {
        "weekly": (["aim"], ["open-up", "heard", "offer", "promise"], ["close"]),
        "half-hour": (["aim"], ["open-up", "heard", "offer", "promise"], ["close"]),
        "split-hour": (
            ["aim", "aim-2"], ["open-up", "heard", "promise", "open-up-2", "heard-2", "promise-2"], ["close"],
        ),
        "goal-options": (["aim"], ["stands", "options", "promise"], ["close"]),
        "stuck-case": (["the-case"], ["mirror", "thinking", "promise"], ["thanks"]),
    }.get(made.name, ([], [], []))  # fmt: skip


def test_every_advice_says_by_when(made):
    """METHOD.md, R5: advice is clear and time-specific."""
    ideas = [
        one
        for phase in made.phases
        for one in phase.prompts
        if one.id.startswith("idea-") and one.kind != "date"
    ]

    assert [one.id for one in ideas if not one.by] == []


def test_no_word_is_used_that_makes_a_judgement_or_a_trade_of_it(made):
    """STYLE.md, "Words"; only a name of ours keeps the word goal."""
    source = (shipped("templates") / f"{made.name}.toml").read_text(encoding="utf-8")

    assert re.findall(rf"(?i)\b({NEVER})\b", source.replace('name = "goal-options"', "")) == []


def test_no_text_of_a_prompt_is_longer_than_one_reads_at_a_glance(made):
    texts = [text for phase in made.phases for one in phase.prompts for text in texts_of(one)]

    assert [text for text in texts if len(text) > 300] == []


def test_the_sheet_of_the_agreement_has_the_terms_that_a_session_may_ask_for():
    shape = sheet("agreement")

    assert tuple(one.id for phase in shape.phases for one in phase.prompts) == TERMS


@pytest.mark.parametrize("name", ["first-meeting", "ten-session-review"])
def test_where_an_agreement_is_signed_every_term_is_read(name):
    asked = [one.options for phase in template(name).phases for one in phase.prompts if one.kind == "terms"]

    assert sorted(term for options in asked for term in options) == sorted(TERMS)
