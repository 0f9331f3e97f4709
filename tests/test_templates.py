"""Session templates: those shipped can be read, and a mistake is told with file, line and remedy."""

import os

import pytest

from peerkit import template
from peerkit.errors import TemplateError
from peerkit.template_file import read_template
from peerkit.templates import list_templates, shipped

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

    def read_changed(old="", new="", *, name="talk.toml"):
        path = tmp_path / name
        path.write_text(TALK.replace(old, new, 1) if old else TALK, encoding="utf-8")
        return read_template(path)

    return read_changed


@pytest.mark.parametrize("path", sorted(shipped("templates").glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_template_can_be_read(path):
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
    pytest.param("minutes = 20", "minutes = 0", 24, "minutes = 0", "give 1 to 240", id="a phase without time"),
    pytest.param("minutes = 20", 'minutes = "20"', 24, '"minutes" has the wrong kind of value', "give a whole number", id="minutes as text"),
    pytest.param("minutes = 20", "minutes = true", 24, '"minutes" has the wrong kind of value', "give a whole number", id="minutes as truth"),
    pytest.param("minutes = 20", "minutes = 20\nrequired = true", 25, 'unknown key "required"', "use one of: id, title, minutes", id="unknown key of a phase"),
    pytest.param('for = "focus"', 'for = "focus"\nhint = "x"', 35, 'unknown key "hint"', "use one of: id, kind, text, for", id="unknown key of a prompt"),
    pytest.param('title = "A talk"', 'subtitle = "A talk"', 2, 'unknown key "subtitle"', "use one of: name, title", id="unknown key of the template"),
    pytest.param('title = "Close"\n', "", 21, '"title" is missing', "add it", id="missing key of a phase"),
    pytest.param('kind = "line"\n', "", 30, '"kind" is missing', "add it", id="missing key of a prompt"),
    pytest.param('title = "A talk"\n', "", 1, '"title" is missing', "add it", id="missing key of the template"),
    pytest.param('id = "close"', 'id = "arrive"', 22, 'the id "arrive" is there twice', "rename one", id="double id of a phase"),
    pytest.param('for = "focus"', 'for = "focus"\n[[phases.prompts]]\nid = "thanks"\nkind = "line"\ntext = "Again?"\nfor = "coach"', 36, 'the id "thanks" is there twice', "rename one", id="double id of a prompt"),
    pytest.param('id = "close"', 'id = "Close!"', 22, '"Close!" is no id', "use a-z, 0-9 and -", id="an id with signs"),
    pytest.param('id = "thanks"', 'id = "timer"', 31, "the id \"timer\" is peerkit's own", "choose another", id="reserved id"),
    pytest.param('name = "talk"', 'name = "walk"', 1, 'its name is "walk", its file talk.toml', "make them the same", id="another name than the file"),
    pytest.param('kind = "line"', 'kind = "slider"', 32, 'unknown kind "slider"', "use one of: line, text, scale", id="unknown kind"),
    pytest.param('leads = "focus"', 'leads = "boss"', 25, 'unknown leads "boss"', "use one of: both, focus, coach", id="unknown lead"),
    pytest.param('for = "focus"', 'for = "boss"', 34, 'unknown for "boss"', "use one of: both, focus, coach", id="for an unknown role"),
    pytest.param('visibility = "shared"', 'visibility = "public"', 35, 'unknown visibility "public"', "use one of: private, shared", id="unknown visibility"),
    pytest.param('options = ["light", "heavy"]\n', "", 16, 'kind "choice" with 0 options', "give options", id="a choice without options"),
    pytest.param('for = "focus"', 'for = "focus"\noptions = ["one"]', 32, 'kind "line" with 1 options', "and to no other kind", id="a line with options"),
    pytest.param('["light", "heavy"]', '["light", "light"]', 19, '"options" is a list of different texts', "at most 300 characters", id="the same option twice"),
    pytest.param('["What were you glad of?"]', "[1]", 36, '"also" is a list of different texts', "at most 300 characters", id="a number among texts"),
    pytest.param('text = "How is your mood?"', 'text = ""', 17, '"text" has 0 characters', "give 1 to 2000", id="a blank text"),
    pytest.param('"Sit down."', f'"{"a" * 2001}"', 11, '"focus" has 2001 characters', "give 1 to 2000", id="a guidance that is too long"),
    pytest.param('guidance.coach = "Say thanks too."\n', "", 21, '"coach" is missing', "add it", id="guidance for one only"),
    pytest.param('for the tests."\n\n[[phases]]\nid = "arrive"', 'for\u2028the tests."\n\n[[phases]]\nid = "Arrive!"', 7, '"Arrive!" is no id', "use a-z", id="after a line separator in a text"),
    pytest.param('[[phases.prompts]]\nid = "mood"', '[phases.prompts]\nid = "mood"', 6, '"prompts" has the wrong kind of value', "give a list", id="a prompt in single brackets"),
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
