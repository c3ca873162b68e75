"""The room's own pages: the door, a desk's welcome, the wall, the instructor's overview.

Each is a whole page without anything from elsewhere. JupyterHub shows them by the templates in
data/course/classroom, which call these functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup

from labsupport.classroom.quota import MEGABYTES_OF_FILES, Quota
from labsupport.classroom.seats import INSTRUCTOR
from labsupport.jupyter import INSTRUCTOR_PAGE
from labsupport.language import Language

STYLE = resources.files("labsupport.data") / "course" / "classroom" / "room.css"
COURSE = "/hub/course"  # to one's own desk, wherever it is
EVERY_SECONDS = 15
QUIET_MINUTES = 10
NEARLY_FULL = 90  # percent
AGAIN_SECONDS = 5

# A page that waits asks again.
AGAIN = "setTimeout(() => location.reload(), %d);"

# The table and the line above it come anew; whoever reads with a screen reader keeps the place.
RENEW = """
setInterval(async () => {
  if (!document.getElementById("renew").checked) { return; }
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["now", "desks"]) {
    const fresh = page.getElementById(part);
    if (fresh) { document.getElementById(part).replaceWith(fresh); }
  }
}, %d);
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One desk in the instructor's overview.

    `state` says whether its server runs; `minutes` how long ago a notebook was saved, or None;
    `full` how much of the room for its files is taken, in percent.
    """

    user: str
    name: str
    state: str
    notebook: str = ""
    section: str = ""
    run: int = 0
    cells: int = 0
    minutes: int | None = None
    stopped: bool = False
    megabytes: int = 0
    full: int = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing was saved for long although the desk is in use."""
        return self.megabytes > 0 and (self.minutes or 0) >= QUIET_MINUTES


@dataclass(frozen=True)
class Pages:
    """The pages in one language."""

    say: Language

    def door(self, problem: str, name: str, action: str, xsrf: str) -> Markup:
        """Return the page on which one types a name and the code of the class."""
        say = self.say
        fields = [
            Markup(
                '<label for="name">{}</label><p class="hint" id="name-hint">{}</p>'
                '<input id="name" name="username" value="{}" autocomplete="off" required '
                'aria-describedby="name-hint">'
            ).format(
                say("Your name"),
                say("As you want to find your work again. The instructor sees it."),
                name,
            ),
            Markup(
                '<label for="code">{}</label><p class="hint" id="code-hint">{}</p>'
                '<input id="code" name="password" autocomplete="off" autocapitalize="characters" '
                'spellcheck="false" required aria-describedby="code-hint">'
            ).format(say("The code of the class"), say("It is on the wall.")),
            Markup(
                '<label for="own">{}</label><p class="hint" id="own-hint">{}</p>'
                '<input id="own" name="own" autocomplete="off" autocapitalize="characters" '
                'spellcheck="false" aria-describedby="own-hint">'
            ).format(
                say("Your desk's own code"),
                say("Only if you come back with another device or browser. Else leave it empty."),
            ),
        ]
        return self._page(
            say("Take a desk"),
            self._said(problem),
            Markup(
                '<form method="post" action="{}"><input type="hidden" name="_xsrf" value="{}">'
            ).format(action, xsrf),
            *fields,
            Markup('<button type="submit">{}</button></form>').format(say("Come in")),
            Markup('<p class="note">{}</p>').format(
                say(
                    "Everything in this course's Internet is invented. Never type or paste "
                    "anything of a real case here."
                )
            ),
        )

    def welcome(self, name: str, own_code: str, instructor: bool, full: int = 0) -> Markup:
        """Return the page that shows one's desk, and its own code when it was just opened.

        `full` is how much of the room for files is taken, in percent.
        """
        say = self.say
        parts = []
        if own_code:
            parts.append(
                Markup('<div class="note"><p>{}</p><p class="code">{}</p><p>{}</p></div>').format(
                    say("Your desk's own code. Write it down now:"),
                    own_code,
                    say(
                        "You need it only if you come back with another device or browser. It "
                        "keeps others from sitting down at your desk."
                    ),
                )
            )
        if full >= NEARLY_FULL:
            parts.append(
                self._said(
                    say(
                        "Your desk is {full} percent full. What you save may soon be refused: "
                        "delete files that you do not need, in the list on the left.",
                        full=full,
                    )
                )
            )
        parts.append(_button(COURSE, say("Open the course")))
        if instructor:
            guide = f"{COURSE}?next=/user/{INSTRUCTOR}/{INSTRUCTOR_PAGE}"
            links = (
                ("/hub/class", say("How the class is getting on")),
                ("/hub/wall", say("What belongs on the wall")),
                (guide, say("The guide for instructors")),
            )
            items = (Markup('<li><a href="{}">{}</a></li>').format(*link) for link in links)
            parts.append(Markup("<ul>{}</ul>").format(Markup("").join(items)))
        else:
            parts.append(
                Markup("<p>{}</p>").format(
                    say(
                        "Your notebooks are yours: the others in the room cannot open them. The "
                        "instructor's page shows your name, which notebook you have reached and "
                        "how many of its cells have run. It shows nothing that you write. Whoever "
                        "runs the room's computer could read it, as everywhere."
                    )
                )
            )
            parts.append(
                Markup('<p><a href="/hub/take-home">{}</a></p>').format(
                    say("Take your work home (a zip file)")
                )
            )
        return self._page(say("Welcome, {name}", name=name), *parts)

    def starting(self) -> Markup:
        """Return the page that waits until a desk is ready."""
        say = self.say
        return self._page(
            say("Your desk is being made ready"),
            Markup('<p role="status">{}</p><p>{}</p>').format(
                say("One moment …"),
                say(
                    "The course opens by itself. When many arrive at once, it takes a few minutes."
                ),
            ),
            script=AGAIN % 1000,
        )

    def stopping(self) -> Markup:
        """Return the page that stands where a desk is being closed."""
        say = self.say
        return self._page(
            say("Your desk is being tidied up"),
            Markup("<p>{}</p>").format(say("What you saved stays. Open it again in a moment.")),
            _button(COURSE, say("Open the course")),
        )

    def asleep(self, spawn_url: str = COURSE, problem: str = "") -> Markup:
        """Return the page that stands where a desk is closed."""
        say = self.say
        return self._page(
            say("Your desk is closed"),
            self._said(problem),
            Markup("<p>{}</p>").format(
                say(
                    "It was not used for a while, or the room was restarted. What you saved is "
                    "there. After opening, run your notebook again from the top: Run, then Run All "
                    "Above Selected Cell."
                )
            ),
            _button(spawn_url, say("Open it again")),
        )

    def trouble(self, status: int, message: str) -> Markup:
        """Return the page for what went wrong, in a sentence."""
        say = self.say
        known = {
            403: say("This is not your desk, or not your page. Each opens only their own."),
            404: say("There is no such page in this room."),
            429: say("Your work is being packed already. Wait a little, then try again."),
        }
        text = (
            known.get(status) or message or say("Something went wrong in the room's own programs.")
        )
        return self._page(
            say("That did not work"),
            self._said(text),
            _button("/hub/welcome", say("To my desk")),
        )

    def home(self) -> Markup:
        """Return the page that stands where JupyterHub has its control panel."""
        say = self.say
        return self._page(say("Your desk"), _button("/hub/welcome", say("To my desk")))

    def left(self) -> Markup:
        """Return the page for one who has logged out."""
        say = self.say
        text = say("Your work is kept. To come back, type your name, the class code and your own.")
        return self._page(
            say("You have left your desk"),
            Markup("<p>{}</p>").format(text),
            _button("/hub/login", say("Take a desk")),
        )

    def restarting(self) -> Markup:
        """Return the page for the moments in which the room's own programs start again."""
        say = self.say
        return self._page(
            say("The room is just starting again"),
            Markup("<p>{}</p>").format(
                say(
                    "What you saved is kept. This page tries again by itself in {seconds} seconds.",
                    seconds=AGAIN_SECONDS,
                )
            ),
            script=AGAIN % (AGAIN_SECONDS * 1000),
        )

    def wall(self, places: Sequence[str], code: str, fingerprint: str) -> Markup:
        """Return what is projected: where to go, the code, how to know the room."""
        import segno

        say = self.say
        drawn = [
            Markup(
                '<div class="place"><p class="code"><a href="{0}">{0}</a></p>'
                '<div role="img" aria-label="{1}">{2}</div></div>'
            ).format(
                place,
                say("The address, drawn for a camera"),
                Markup(segno.make(place, micro=False).svg_inline(scale=6)),
            )
            for place in places
        ]
        address = Markup("").join(drawn)
        warning = say(
            "Your browser warns that nobody it knows vouches for this room. That is so: the room "
            "vouches for itself. Choose Advanced, then Continue."
        )
        return self._page(
            say("Come in"),
            Markup(
                "<ol><li>{}</li><li>{}{}</li><li>{}</li>"
                '<li>{} <span class="code">{}</span></li></ol>'
            ).format(
                say("Join this room's Wi-Fi."),
                say("Open a browser. Type the address, or point a camera at it:"),
                address,
                warning,
                say("Type your name, and the code of the class:"),
                code,
            ),
            Markup('<p class="hint">{}<br><span class="fingerprint">{}</span></p>').format(
                say("Whoever wants to be sure compares the certificate's SHA-256 fingerprint:"),
                fingerprint,
            ),
            body="wall wide",
        )

    def unbounded(self, quota: Quota) -> list[str]:
        """Return in sentences what this machine does not keep a desk from taking."""
        say, found = self.say, []
        if not quota.memory:
            found.append(
                say(
                    "Not bounded here: memory. This computer has no control groups for it, so one "
                    "participant who tries can use all of it, and slow or stop the others."
                )
            )
        if not quota.processors:
            found.append(
                say(
                    "Not shared evenly here: the processors. One participant who starts very many "
                    "programs can slow the others."
                )
            )
        if not quota.files:
            found.append(
                say(
                    "Not bounded here: files. This computer mounts no file system of fixed size, "
                    "so one participant who tries can fill the disk, and nobody can save."
                )
            )
        return found

    def overview(
        self, rows: Sequence[Row], left: int, xsrf: str, quota: Quota, news: str = ""
    ) -> Markup:
        """Return the instructor's page: who is where; `left` is the memory left in megabytes."""
        say = self.say
        headings = (
            say("Name"),
            say("Desk"),
            say("Notebook"),
            say("Last section with a run cell"),
            say("Cells run"),
            say("Saved, minutes ago"),
            say("Memory, MB"),
            say("Files, % full"),
            say("Own code"),
        )
        head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in headings)
        body = Markup("").join(self._row(row, xsrf) for row in rows)
        reached = Counter(row.notebook for row in rows)
        nowhere = say("no cell run yet")
        where = "; ".join(f"{name or nowhere}: {count}" for name, count in sorted(reached.items()))
        now = " ".join(
            [
                say.many("{count} participant.", "{count} participants.", len(rows)),
                f"{where}." if where else "",
                say(
                    "Perhaps stuck: {stopped} whose last cell ended in an error, {quiet} who have "
                    "saved nothing for {minutes} minutes.",
                    stopped=sum(row.stopped for row in rows),
                    quiet=sum(row.quiet for row in rows),
                    minutes=QUIET_MINUTES,
                ),
                say(
                    "{left} MB of memory are left, enough for about {more} more.",
                    left=left,
                    more=max(0, left // MEGABYTES_A_DESK),
                ),
            ]
        )
        return self._page(
            say("How the class is getting on"),
            Markup('<div role="status">{}</div>').format(self._note(news)),
            Markup('<p id="now">{}</p>').format(now),
            Markup(
                '<div class="scroll" role="region" tabindex="0" aria-labelledby="desks-caption">'
                '<table id="desks"><caption id="desks-caption">{}</caption>'
                "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
            ).format(say("The desks, counted in what was saved last"), head, body),
            Markup(
                '<p><input type="checkbox" id="renew" checked style="width:auto"> '
                '<label for="renew" style="display:inline">{}</label></p>'
            ).format(say("Renew every {seconds} seconds", seconds=EVERY_SECONDS)),
            Markup("<p>{}</p>").format(
                say(
                    "A notebook is saved every half minute. Who reads or talks saves nothing: a "
                    "long time is a reason to walk over, and no judgement."
                )
            ),
            self._bounds(quota),
            Markup('<p><a href="/hub/wall">{}</a> · <a href="/hub/welcome">{}</a></p>').format(
                say("What belongs on the wall"), say("To my desk")
            ),
            script=RENEW % (EVERY_SECONDS * 1000),
            body="wide",
        )

    def _row(self, row: Row, xsrf: str) -> Markup:
        say = self.say
        cells = say("{run} of {cells}", run=row.run, cells=row.cells) if row.cells else ""
        state = (
            say("{state}, last cell with an error", state=row.state) if row.stopped else row.state
        )
        button = Markup(
            '<form method="post" action="/hub/class"><input type="hidden" name="_xsrf" value="{}">'
            '<button name="user" value="{}" aria-label="{}">{}</button></form>'
        ).format(xsrf, row.user, say("A new code for {name}", name=row.name), say("New"))
        minutes = "" if row.minutes is None else row.minutes
        return Markup(
            '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td>'
            '<td class="number">{}</td><td class="number">{}</td><td class="number">{}</td>'
            '<td class="number">{}</td><td>{}</td></tr>'
        ).format(
            *(row.name, state, row.notebook, row.section, cells, minutes),
            *(row.megabytes or "", row.full or "", button),
        )

    def _bounds(self, quota: Quota) -> Markup:
        say = self.say
        kept = [say("Nobody at a desk reaches another desk, the Wi-Fi or the Internet from there.")]
        if quota.memory:
            kept.append(say("A desk that wants more memory than it may have loses its programs."))
        if quota.files:
            kept.append(
                say(
                    "A desk has {megabytes} MB for its files. One that is full saves nothing until "
                    "its owner deletes something; the others notice nothing.",
                    megabytes=MEGABYTES_OF_FILES,
                )
            )
        kept += self.unbounded(quota)
        items = Markup("").join(Markup("<li>{}</li>").format(text) for text in kept)
        return Markup("<h2>{}</h2><ul>{}</ul>").format(say("What is bounded here"), items)

    def _said(self, text: str | None) -> Markup:
        return Markup('<p class="said" role="alert">{}</p>').format(text) if text else Markup()

    def _note(self, text: str) -> Markup:
        return Markup('<p class="note">{}</p>').format(text) if text else Markup()

    def _page(self, title: str, *parts: Markup, script: str = "", body: str = "") -> Markup:
        style = Markup(STYLE.read_text(encoding="utf-8"))
        return Markup(
            '<!DOCTYPE html>\n<html lang="{}"><head><meta charset="utf-8"><title>{} · {}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="data:,"><style>{}</style></head>'
            '<body class="{}"><main><h1>{}</h1>{}</main><script>{}</script></body></html>\n'
        ).format(
            self.say.code,
            title,
            self.say("The Internet, for those who must decide about it"),
            style,
            body,
            title,
            Markup("").join(parts),
            Markup(script),
        )


# What a desk takes: 140 were measured with 02 open and run (benchmarks/classroom.py), and 04 takes
# a good 50 more.
MEGABYTES_A_DESK = 200


def _button(address: str, text: str) -> Markup:
    return Markup('<p><a class="button" href="{}">{}</a></p>').format(address, text)
